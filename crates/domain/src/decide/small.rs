//! What takes so little to decide that it need not be done aside: going there would take longer.

use uuid::Uuid;

use super::{Command, Op};
use crate::ids::{AssignmentId, PersonId, ProjectId, UserId};
use crate::kinds::{Kind, Overbooking, Owner};
use crate::plan::Plan;

/// So many commands are small together.
const COMMANDS: usize = 4;
/// So many entities are looked at in no time.
const LOOKED_AT: usize = 500;

/// Whether deciding these commands and applying what they bring takes well below a millisecond.
/// What it says of commands that are refused anyhow does not matter.
#[must_use]
pub fn is_small(plan: &Plan, commands: &[Command]) -> bool {
    commands.len() <= COMMANDS && commands.iter().all(|command| small(plan, command))
}

/// The same of taking a user's last step back, or doing it again.
#[must_use]
pub fn is_small_undo(plan: &Plan, user: UserId) -> bool {
    let Some(steps) = plan.steps(user) else {
        return true;
    };
    let mut last = [&steps.undo, &steps.redo]
        .into_iter()
        .filter_map(|stack| stack.back());
    last.all(|step| step.changes.len() <= COMMANDS) && steps_are_few(plan)
}

/// Whoever takes a step back looks through everybody's steps.
fn steps_are_few(plan: &Plan) -> bool {
    plan.step_changes() <= 20 * LOOKED_AT
}

fn small(plan: &Plan, command: &Command) -> bool {
    match (command.resource, command.op) {
        (Kind::Assignment, _) => {
            plan.settings().overbooking == Overbooking::Allow
                || owners(plan, command).all(|bookings| bookings <= LOOKED_AT)
        }
        (Kind::TimeOff | Kind::Availability | Kind::JobTitle | Kind::Compensation, Op::Create) => {
            owners(plan, command).all(|bookings| bookings <= LOOKED_AT)
        }
        (Kind::Person, Op::Create | Op::Update) => {
            plan.people().len() <= LOOKED_AT || !places(command)
        }
        (Kind::Project, Op::Create) => true,
        (Kind::Project, Op::Update) => {
            let id = command.id.map(ProjectId);
            let entry = id.and_then(|id| plan.projects().get(&id));
            entry.is_none_or(|entry| entry.assignments.len() <= LOOKED_AT)
        }
        (
            Kind::Client | Kind::Team | Kind::Skill | Kind::Placeholder | Kind::Member,
            Op::Create | Op::Update,
        )
        | (Kind::Settings, _) => true,
        _ => is_little(plan),
    }
}

/// How many bookings the people have whom a command is about.
fn owners<'p>(plan: &'p Plan, command: &Command) -> impl Iterator<Item = usize> + use<'p> {
    let named = command.body.get("person_id").and_then(|id| id.as_str());
    let named = named.and_then(|id| Uuid::parse_str(id).ok()).map(PersonId);
    let now = command.id.and_then(|id| plan.owner(AssignmentId(id)));
    let people = [named, now.and_then(Owner::person)].into_iter().flatten();
    people.filter_map(|id| Some(plan.people().get(&id)?.bookings.len()))
}

/// Whether a person is to be placed, which looks through chains of managers.
fn places(command: &Command) -> bool {
    let fields = ["team_id", "manager_id", "holiday_calendar_id"];
    fields.iter().any(|field| command.body.get(field).is_some())
}

/// A plan of which everything can be looked at in no time.
fn is_little(plan: &Plan) -> bool {
    let people = plan.people().len() + plan.projects().len() + plan.placeholders().len();
    let holidays = plan.calendars().values().map(|c| c.value.holidays.len());
    people + plan.assignment_count() <= LOOKED_AT && holidays.sum::<usize>() <= LOOKED_AT
}
