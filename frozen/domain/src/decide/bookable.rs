//! Who takes no new work: archived people, and projects that are archived or completed. What ends
//! work, shortens it, removes it or moves it away always passes.

use super::Reason;
use crate::date::Date;
use crate::effort::{Effort, Weekdays};
use crate::ids::{PersonId, ProjectId};
use crate::kinds::{Assignment, AssignmentStatus, EntityRef, Kind, Project, ProjectStatus};
use crate::plan::{Plan, ProjectEntry};
use crate::problem::{Message, Since};

/// Why an assignment may not be what a command makes of it, if it may not.
#[must_use]
pub fn refused(plan: &Plan, before: Option<&Assignment>, now: &Assignment) -> Option<Reason> {
    let more = before.is_none_or(|before| adds(plan, before, now));
    let person = now.owner.person();
    if more || before.is_some_and(|before| before.owner != now.owner) {
        let archived = person.and_then(|id| archived(plan, id));
        if archived.is_some() {
            return archived;
        }
    }
    if more || before.is_some_and(|before| before.project_id != now.project_id) {
        return closed(plan, now.project_id);
    }
    None
}

/// Whether a project's work becomes sure.
pub(crate) fn confirms(before: ProjectStatus, now: ProjectStatus) -> bool {
    before == ProjectStatus::Tentative && now != ProjectStatus::Tentative
}

/// Why a project's work may not become sure: it is archived itself, or somebody is whose work on
/// it is not over.
pub(crate) fn refused_to_confirm(
    plan: &Plan,
    entry: &ProjectEntry,
    archived_now: bool,
    today: Date,
) -> Option<Reason> {
    let bookings = entry.assignments.iter().filter_map(|id| plan.booking(*id));
    let mut sure = bookings
        .map(|booking| &*booking.record.value)
        .filter(|work| work.status == AssignmentStatus::Confirmed)
        .peekable();
    if archived_now && entry.project.archived && sure.peek().is_some() {
        return closed(plan, entry.id);
    }
    sure.filter(|work| work.end.is_none_or(|end| end >= today))
        .find_map(|work| archived(plan, work.owner.person()?))
}

/// Whether work becomes more on some day: earlier, later, more of it, or sure.
fn adds(plan: &Plan, before: &Assignment, now: &Assignment) -> bool {
    let end = |work: &Assignment| work.end.unwrap_or(Date::MAX);
    now.start < before.start
        || end(now) > end(before)
        || more(before.effort, now.effort)
        || (is_tentative(plan, before) && !is_tentative(plan, now))
}

fn is_tentative(plan: &Plan, work: &Assignment) -> bool {
    let project = plan.projects().get(&work.project_id);
    work.is_tentative(project.map(|entry| &*entry.project))
}

/// Whether an effort may be more than another on some day. One of another sort may.
fn more(before: Effort, now: Effort) -> bool {
    match (before, now) {
        (Effort::PerWeek { minutes: was }, Effort::PerWeek { minutes })
        | (Effort::Total { minutes: was }, Effort::Total { minutes }) => minutes > was,
        (Effort::Share { share: was }, Effort::Share { share }) => share > was,
        (
            Effort::PerDay {
                minutes: was,
                weekdays: on,
                include_non_working: also,
            },
            Effort::PerDay {
                minutes,
                weekdays,
                include_non_working,
            },
        ) => minutes > was || (include_non_working && !also) || !within(weekdays, on),
        _ => true,
    }
}

/// Whether a mask has no weekday that another lacks; without one it is all days.
fn within(mask: Option<Weekdays>, other: Option<Weekdays>) -> bool {
    let names = |days: Option<Weekdays>, day| days.is_none_or(|days| days.contains(day));
    (0..7).all(|day| !names(mask, day) || names(other, day))
}

fn archived(plan: &Plan, id: PersonId) -> Option<Reason> {
    let person = &plan.people().get(&id)?.person;
    let name = person.name().to_owned();
    let entity = EntityRef::new(Kind::Person, id);
    person.archived.then(|| stands(entity, name, "archived"))
}

fn closed(plan: &Plan, id: ProjectId) -> Option<Reason> {
    let project = &plan.projects().get(&id)?.project;
    let entity = EntityRef::new(Kind::Project, id);
    over(project).map(|state| stands(entity, project.name.clone(), state))
}

/// The word for a project that takes no new work.
fn over(project: &Project) -> Option<&'static str> {
    match project.status {
        _ if project.archived => Some("archived"),
        ProjectStatus::Completed => Some("completed"),
        ProjectStatus::Active | ProjectStatus::Tentative => None,
    }
}

fn stands(entity: EntityRef, name: String, state: &str) -> Reason {
    Reason::Stands {
        message: Message::NotBookable {
            name,
            state: state.to_owned(),
            since: Since(None),
        },
        entity,
        since: 0,
    }
}
