//! Days on which people are away.

use raally_domain::kinds::TimeOff;
use raally_domain::problem::Message;
use serde_json::json;

use super::{Compiler, Draft, assignments};
use crate::check::MatchedBy;
use crate::field::Field;
use crate::value;

const STATUS: &[(&str, &[&str])] = &[
    (
        "approved",
        &[
            "confirmed",
            "aprobado",
            "aprobada",
            "aprovado",
            "aprovada",
            "taken",
        ],
    ),
    (
        "requested",
        &[
            "pending",
            "waiting",
            "solicitado",
            "solicitada",
            "pendiente",
            "pendente",
            "tentative",
        ],
    ),
    (
        "declined",
        &[
            "rejected",
            "rechazado",
            "rechazada",
            "recusado",
            "recusada",
            "denied",
        ],
    ),
];

/// What sorts of time off are called; whatever else is other, by its own name.
const KINDS: &[(&str, &[&str])] = &[
    (
        "vacation",
        &[
            "holiday",
            "holidays",
            "annual leave",
            "paid time off",
            "pto",
            "vacaciones",
            "ferias",
            "férias",
            "leave",
        ],
    ),
    (
        "sick",
        &[
            "sick leave",
            "sick time",
            "illness",
            "enfermedad",
            "baja",
            "doenca",
            "doença",
            "licenca medica",
        ],
    ),
    (
        "parental",
        &[
            "parental leave",
            "maternity",
            "paternity",
            "maternity leave",
            "paternity leave",
            "maternidad",
            "paternidad",
        ],
    ),
    ("other", &["otro", "otra", "outro", "outra", "unpaid leave"]),
];

pub(super) fn compile(work: &mut Compiler<'_, '_>) {
    work.each(|work, mut draft| {
        let by_id = work.by_id::<TimeOff>(&draft);
        let person = assignments::person(work, &mut draft, by_id.is_none());
        draft.date(Field::From, "from");
        draft.date(Field::To, "to");
        draft.needs(Field::From, by_id.is_some());
        // One day where the last one is not said.
        if by_id.is_none()
            && draft.cell(Field::To).is_none()
            && let (Some((column, _)), Some(from)) =
                (draft.cell(Field::From), draft.body.get("from").cloned())
        {
            draft.set("to", column, from);
        }
        draft.text(Field::Reason, "reason");
        kind(&mut draft);
        draft.one_of(Field::Status, "status", STATUS);
        portion(&mut draft);
        let found = by_id.map(|id| (id, MatchedBy::Id)).or_else(|| {
            let entry = work.lookup.plan.people().get(&person?)?;
            let (from, to) = (draft.body.get("from")?, draft.body.get("to")?);
            let mut same = entry.time_off.iter().filter(|record| {
                let free = !work.claimed.contains_key(&record.id.0);
                free && json!(record.value.from) == *from && json!(record.value.to) == *to
            });
            same.next().map(|record| (record.id.0, MatchedBy::Dates))
        });
        work.finish::<TimeOff>(draft, found);
    });
}

fn kind(draft: &mut Draft<'_>) {
    let Some((column, cell)) = draft.cell(Field::Kind) else {
        return;
    };
    match value::one_of(cell, KINDS) {
        Ok(kind) => draft.set("kind", column, kind),
        Err(_) => {
            draft.set("kind", column, "other");
            if !draft.body.contains_key("reason") {
                draft.set("reason", column, cell);
            }
        }
    }
}

/// The hours of each day, where it is not all of it.
fn portion(draft: &mut Draft<'_>) {
    let Some((column, cell)) = draft.cell(Field::HoursPerDay) else {
        return;
    };
    match value::minutes(cell) {
        Ok(0) => draft.wrong(Some(column), Message::NotHours),
        Ok(minutes) => {
            draft.set("portion", column, "minutes");
            draft.set("minutes_per_day", column, minutes);
        }
        Err(message) => draft.wrong(Some(column), message),
    }
}
