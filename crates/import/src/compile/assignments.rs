//! Work of people on projects.

use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{Assignment, EffortBody, Kind, Per};
use raally_domain::problem::Message;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Compiler, Draft, Named};
use crate::check::MatchedBy;
use crate::field::Field;
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
    work.each(|work, mut draft| {
        let by_id = work.by_id::<Assignment>(&draft);
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
            let id = same(work, &draft, person?, project?)?;
            Some((id, MatchedBy::Dates))
        });
        work.finish::<Assignment>(draft, found);
    });
}

/// Whose a row is.
pub(super) fn person(
    work: &Compiler<'_, '_>,
    draft: &mut Draft<'_>,
    needed: bool,
) -> Option<PersonId> {
    let named = Named {
        key: Field::PersonEmail,
        name: Field::Person,
        kind: Kind::Person,
        member: "person_id",
        asked_in: &[Field::Person, Field::PersonEmail],
    };
    draft.named(
        &named,
        needed,
        |address| work.lookup.address(address),
        |text| work.lookup.person(text),
    )
}

/// What a row is done for.
fn project(work: &Compiler<'_, '_>, draft: &mut Draft<'_>, needed: bool) -> Option<ProjectId> {
    let client = draft
        .cell(Field::Client)
        .and_then(|(_, name)| work.lookup.client(name));
    let named = Named {
        key: Field::ProjectCode,
        name: Field::Project,
        kind: Kind::Project,
        member: "project_id",
        asked_in: &[Field::Project],
    };
    draft.named(
        &named,
        needed,
        |code| work.lookup.code(code),
        |text| work.lookup.project(text, client),
    )
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
    let Some((field, _)) = first else {
        if needed {
            let column = draft.column_of(&EFFORTS);
            draft.wrong(column, Message::Missing);
        }
        return;
    };
    if let Some((_, (column, _))) = second {
        draft.wrong(Some(column), Message::EffortTwice);
        return;
    }
    let counted = |per, minutes, share| EffortBody {
        per,
        minutes,
        share,
    };
    draft.read(field, "effort", |cell| {
        let hours = |per| Ok(counted(per, Some(value::minutes(cell)?), None));
        let body = match field {
            Field::Effort => value::effort(cell),
            Field::HoursPerWeek => hours(Per::Week),
            Field::HoursPerDay => hours(Per::Day),
            Field::TotalHours => hours(Per::Total),
            _ => Ok(counted(Per::Capacity, None, Some(value::share(cell)?))),
        };
        body.map(|body| json!(body))
    });
}

/// The booking of that person and project over those days that no other row is about: the same twice
/// in a table is two bookings, here as there.
fn same(
    work: &Compiler<'_, '_>,
    draft: &Draft<'_>,
    person: PersonId,
    project: ProjectId,
) -> Option<Uuid> {
    let entry = work.lookup.plan.people().get(&person)?;
    let given = |key: &str| draft.body.get(key).cloned().unwrap_or(Value::Null);
    let (start, end, effort) = (given("start"), given("end"), given("effort"));
    let bookings = entry.bookings.iter().filter(|b| {
        let value = &b.record.value;
        let free = !work.claimed.contains_key(&b.record.id.0);
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
