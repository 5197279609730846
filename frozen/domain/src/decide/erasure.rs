//! The step before somebody's personal values are erased: it leaves none of them in the plan.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Command, Context, Decision, Op, Reason, Rejection, decide};
use crate::access::Operation;
use crate::ids::PersonId;
use crate::kinds::Kind;
use crate::personal::PersonalSlot;
use crate::plan::{PersonEntry, Plan};

/// What the person is called once nothing personal is left: nobody's name, and told apart from
/// others who were erased.
#[must_use]
pub fn erased_name(person: PersonId) -> String {
    let id = person.0.simple().to_string();
    format!("Erased {}", &id[id.len() - 6..])
}

/// What takes everything personal of a person out of the plan: name, address, account, notes,
/// also those of bookings, reasons of time off, and pay. Bookings, hours and figures stay. The
/// values themselves are erased beside the log after that.
///
/// # Errors
/// Where there is no such person, the caller may not erase, or the step is over its bounds.
pub fn decide_erasure(
    plan: &Plan,
    context: &mut Context<'_>,
    person: PersonId,
) -> Result<Decision, Rejection> {
    if !context.access.may(Operation::ErasePeople) {
        return Err(Reason::Forbidden.into());
    }
    let entry = plan.people().get(&person);
    let entry = entry.ok_or(Reason::NotFound(Kind::Person))?;
    decide(plan, context, &commands(entry))
}

fn commands(entry: &PersonEntry) -> Vec<Command> {
    let name = erased_name(entry.id);
    let fields = json!({ "full_name": name, "email": null, "notes": null, "user_id": null });
    let mut commands = vec![update(Kind::Person, entry.id.0, fields)];
    for off in entry.time_off.iter().filter(|r| r.value.reason.is_some()) {
        commands.push(without(Kind::TimeOff, off.id.into(), "reason"));
    }
    let bookings = entry.bookings.iter().map(|b| &b.record);
    for assignment in bookings.filter(|r| r.value.notes.is_some()) {
        commands.push(without(Kind::Assignment, assignment.id.into(), "notes"));
    }
    for pay in &entry.compensations {
        commands.push(Command {
            op: Op::Delete,
            ..update(Kind::Compensation, pay.id.into(), Value::Null)
        });
    }
    commands
}

fn update(resource: Kind, id: Uuid, body: Value) -> Command {
    Command {
        op: Op::Update,
        resource,
        id: Some(id),
        expect: None,
        body,
    }
}

fn without(resource: Kind, id: Uuid, field: &str) -> Command {
    let fields = Map::from_iter([(field.to_owned(), Value::Null)]);
    update(resource, id, fields.into())
}

/// Visits every personal value that the plan has of a person.
pub fn personal_of(entry: &PersonEntry, visit: &mut dyn FnMut(&dyn PersonalSlot)) {
    use crate::kinds::Entity;
    entry.person.personal(visit);
    entry.time_off.iter().for_each(|r| r.value.personal(visit));
    entry
        .compensations
        .iter()
        .for_each(|r| r.value.personal(visit));
    let bookings = entry.bookings.iter();
    bookings.for_each(|b| b.record.value.personal(visit));
}
