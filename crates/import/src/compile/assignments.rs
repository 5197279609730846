//! Work of people on projects.

use std::collections::HashMap;

use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{Assignment, EffortBody, Kind, Per};
use raally_domain::problem::Message;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Compiler, Draft, has};
use crate::check::MatchedBy;
use crate::field::Field;
use crate::lookup::missing;
use crate::value;

const STATUS: &[(&str, &[&str])] = &[
    (
        "confirmed",
        &[
            "confirmado",
            "confirmada",
            "active",
            "approved",
            "firm",
            "n",
        ],
    ),
    (
        "tentative",
        &[
            "tentativo",
            "tentativa",
            "provisional",
            "planned",
            "draft",
            "soft",
            "y",
        ],
    ),
];

pub(super) fn compile(work: &mut Compiler<'_, '_>) {
    // The same booking twice in a table is two bookings, here as there.
    let mut taken: HashMap<Uuid, usize> = HashMap::new();
    work.each(|work, mut draft| {
        let by_id = draft
            .id()
            .filter(|id| has::<Assignment>(work.lookup.plan, *id));
        let person = person(work, &mut draft, by_id.is_none());
        let project = project(work, &mut draft, by_id.is_none());
        draft.date(Field::From, "start");
        draft.date(Field::To, "end");
        draft.needs(Field::From, by_id.is_some());
        effort(&mut draft, by_id.is_none());
        draft.one_of(Field::Status, "status", STATUS);
        draft.yes(Field::Billable, "billable");
        draft.text(Field::Role, "role");
        draft.text(Field::Location, "location");
        draft.text(Field::Notes, "notes");
        let found = by_id.map(|id| (id, MatchedBy::Id)).or_else(|| {
            let id = same(work, &draft, person?, project?, &taken)?;
            Some((id, MatchedBy::Dates))
        });
        if let Some((id, _)) = found {
            taken.insert(id, draft.row);
        }
        work.finish::<Assignment>(draft, found);
    });
}

/// Whose a row is.
pub(super) fn person(
    work: &Compiler<'_, '_>,
    draft: &mut Draft<'_>,
    needed: bool,
) -> Option<PersonId> {
    let by_address = draft.cell(Field::PersonEmail);
    let named = draft.cell(Field::Person);
    let address =
        by_address.and_then(|(column, email)| Some((column, work.lookup.address(email)?)));
    let found = match (address, named) {
        (Some((column, id)), _) => Ok(Some((column, id))),
        (None, Some((column, text))) => match work.lookup.person(text) {
            Ok(found) => found
                .map(|(id, _)| Some((column, id)))
                .ok_or((Some(column), missing(Kind::Person))),
            Err(message) => Err((Some(column), message)),
        },
        (None, None) => match by_address {
            Some((column, _)) => Err((Some(column), missing(Kind::Person))),
            None if needed => {
                let columns = [Field::Person, Field::PersonEmail].into_iter();
                let column = columns.filter_map(|f| draft.table.column(f)).next();
                Err((column, Message::Missing))
            }
            None => Ok(None),
        },
    };
    match found {
        Ok(found) => {
            let (column, id) = found?;
            draft.set("person_id", column, id.0.to_string());
            Some(id)
        }
        Err((column, message)) => {
            draft.wrong(column, message);
            None
        }
    }
}

/// What a row is done for.
fn project(work: &Compiler<'_, '_>, draft: &mut Draft<'_>, needed: bool) -> Option<ProjectId> {
    let code = draft.cell(Field::ProjectCode);
    let coded = code.and_then(|(column, code)| Some((column, work.lookup.code(code)?)));
    let client = draft
        .cell(Field::Client)
        .and_then(|(_, name)| work.lookup.client(name));
    let found = match (coded, draft.cell(Field::Project)) {
        (Some(found), _) => Ok(Some(found)),
        (None, Some((column, text))) => match work.lookup.project(text, client) {
            Ok(Some((id, _))) => Ok(Some((column, id))),
            Ok(None) => Err((Some(column), missing(Kind::Project))),
            Err(message) => Err((Some(column), message)),
        },
        (None, None) => match code {
            Some((column, _)) => Err((Some(column), missing(Kind::Project))),
            None if needed => Err((draft.table.column(Field::Project), Message::Missing)),
            None => Ok(None),
        },
    };
    match found {
        Ok(found) => {
            let (column, id) = found?;
            draft.set("project_id", column, id.0.to_string());
            Some(id)
        }
        Err((column, message)) => {
            draft.wrong(column, message);
            None
        }
    }
}

/// The ways in which a table says how much work it is.
const EFFORTS: [Field; 5] = [
    Field::Effort,
    Field::HoursPerWeek,
    Field::HoursPerDay,
    Field::Percent,
    Field::TotalHours,
];

/// How much work it is, which a row says in one way.
fn effort(draft: &mut Draft<'_>, needed: bool) {
    let mut given = EFFORTS
        .into_iter()
        .filter_map(|field| Some((field, draft.cell(field)?)));
    let first = given.next();
    let second = given.next();
    let Some((field, (column, cell))) = first else {
        if needed {
            let column = EFFORTS
                .into_iter()
                .filter_map(|f| draft.table.column(f))
                .next();
            draft.wrong(column, Message::Missing);
        }
        return;
    };
    if let Some((_, (column, _))) = second {
        draft.wrong(Some(column), Message::EffortTwice);
        return;
    }
    let hours = |per| {
        value::minutes(cell).map(|minutes| EffortBody {
            per,
            minutes: Some(minutes),
            share: None,
        })
    };
    let read = match field {
        Field::Effort => value::effort(cell),
        Field::HoursPerWeek => hours(Per::Week),
        Field::HoursPerDay => hours(Per::Day),
        Field::TotalHours => hours(Per::Total),
        _ => value::share(cell).map(|share| EffortBody {
            per: Per::Capacity,
            minutes: None,
            share: Some(share),
        }),
    };
    match read {
        Ok(body) => draft.set("effort", column, json!(body)),
        Err(message) => draft.wrong(Some(column), message),
    }
}

/// The booking of that person and project over those days that no other row is about.
fn same(
    work: &Compiler<'_, '_>,
    draft: &Draft<'_>,
    person: PersonId,
    project: ProjectId,
    taken: &HashMap<Uuid, usize>,
) -> Option<Uuid> {
    let entry = work.lookup.plan.people().get(&person)?;
    let given = |key: &str| draft.body.get(key).cloned().unwrap_or(Value::Null);
    let (start, end, effort) = (given("start"), given("end"), given("effort"));
    let bookings = entry.bookings.iter().filter(|b| {
        let value = &b.record.value;
        let free = !taken.contains_key(&b.record.id.0);
        free && value.project_id == project
            && json!(value.start) == start
            && json!(value.end) == end
    });
    // Of several the one that is as much work.
    let exact = |id: &(Uuid, bool)| id.1;
    let bookings: Vec<(Uuid, bool)> = bookings
        .map(|b| {
            (
                b.record.id.0,
                json!(EffortBody::of(&b.record.value.effort)) == effort,
            )
        })
        .collect();
    let found = bookings.iter().find(|id| exact(id)).or(bookings.first());
    found.map(|(id, _)| *id)
}
