//! What takes so little to decide that it need not be done aside: going there would take longer.

use uuid::Uuid;

use super::horizon::Horizon;
use super::{Command, Op};
use crate::date::Date;
use crate::ids::{AssignmentId, PersonId, ProjectId};
use crate::kinds::{Kind, Owner};
use crate::plan::{PersonEntry, Plan};

/// So many commands are small together.
const COMMANDS: usize = 4;
/// So many entities are looked at in no time.
const LOOKED_AT: usize = 500;
/// So many days of somebody are looked at in no time.
const FEW_DAYS: i32 = 3 * 366;
/// So many assignments of a project are added up in no time.
const BUDGETED: usize = 20;

/// Whether deciding these commands and applying what they bring takes well below a millisecond.
/// What it says of commands that are refused anyhow does not matter.
#[must_use]
pub fn is_small(plan: &Plan, commands: &[Command]) -> bool {
    commands.len() <= COMMANDS && commands.iter().all(|command| small(plan, command))
}

/// The same of a step with so many changes that is taken back.
pub(super) fn is_small_step(plan: &Plan, changes: usize) -> bool {
    changes <= COMMANDS && steps_are_few(plan)
}

/// Whoever takes a step back looks through everybody's steps.
fn steps_are_few(plan: &Plan) -> bool {
    plan.step_changes() <= 20 * LOOKED_AT
}

fn small(plan: &Plan, command: &Command) -> bool {
    match (command.resource, command.op) {
        (Kind::Assignment, _) => {
            owners(plan, command).all(|entry| has_few(plan, command, entry))
                && !is_long_budgeted(plan, command)
        }
        (Kind::TimeOff | Kind::Availability | Kind::JobTitle | Kind::Compensation, Op::Create) => {
            owners(plan, command).all(|entry| has_few(plan, command, entry))
        }
        (Kind::Person, Op::Create | Op::Update) => {
            (plan.people().len() <= LOOKED_AT || !places(command)) && !employs(command)
        }
        (Kind::Project, Op::Create) => true,
        (Kind::Project, Op::Update) => {
            let id = command.id.map(ProjectId);
            let entry = id.and_then(|id| plan.projects().get(&id));
            entry.is_none_or(|entry| entry.assignments.len() <= BUDGETED)
        }
        (
            Kind::Client | Kind::Team | Kind::Skill | Kind::Placeholder | Kind::Member,
            Op::Create | Op::Update,
        )
        | (Kind::Settings, _) => true,
        _ => is_little(plan),
    }
}

/// Whether an assignment's project has a budget, and so much work that adding it up takes time.
fn is_long_budgeted(plan: &Plan, command: &Command) -> bool {
    let named = command.body.get("project_id").and_then(|id| id.as_str());
    let named = named.and_then(|id| Uuid::parse_str(id).ok()).map(ProjectId);
    let now = command.id.and_then(|id| plan.booking(AssignmentId(id)));
    let now = now.map(|booking| booking.record.value.project_id);
    let entries = [named, now].into_iter().flatten();
    let mut entries = entries.filter_map(|id| plan.projects().get(&id));
    entries.any(|entry| entry.project.budget.is_some() && entry.assignments.len() > BUDGETED)
}

/// The people whom a command is about.
fn owners<'p>(
    plan: &'p Plan,
    command: &Command,
) -> impl Iterator<Item = &'p PersonEntry> + use<'p> {
    let named = command.body.get("person_id").and_then(|id| id.as_str());
    let named = named.and_then(|id| Uuid::parse_str(id).ok()).map(PersonId);
    let now = command.id.and_then(|id| plan.owner(AssignmentId(id)));
    let people = [named, now.and_then(Owner::person)].into_iter().flatten();
    people.filter_map(|id| plan.people().get(&id).map(|entry| &**entry))
}

/// Whether somebody has few bookings on the days that a command is about, and these are few: from
/// its first one on until all that they depend on has begun or ended, where work has no end.
fn has_few(plan: &Plan, command: &Command, entry: &PersonEntry) -> bool {
    let named = |fields: &[&str]| {
        let day = fields.iter().find_map(|name| command.body.get(name))?;
        Some(day.as_str().and_then(|day| day.parse::<Date>().ok()))
    };
    let now = command.id.and_then(|id| plan.booking(AssignmentId(id)));
    let now = now.map(|booking| &booking.record.value);
    let start = named(&["start", "from", "effective_date"]).flatten();
    let starts = start.into_iter().chain(now.map(|work| work.start));
    let Some(first) = starts.min() else {
        return entry.bookings.len() <= LOOKED_AT;
    };
    let last = Horizon::of_person(plan, entry).last();
    let ends = named(&["end", "to"])
        .into_iter()
        .chain(now.map(|work| work.end));
    let until = ends.map(|end| end.unwrap_or(last)).max().unwrap_or(last);
    let running = entry.bookings.between(first, until);
    until.days() - first.days() <= FEW_DAYS && running.take(LOOKED_AT + 1).count() <= LOOKED_AT
}

/// Whether somebody's days are to be others from the first to the last.
fn employs(command: &Command) -> bool {
    let fields = ["employment", "archived"];
    command.op == Op::Update && fields.iter().any(|field| command.body.get(field).is_some())
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
