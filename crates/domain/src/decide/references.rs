//! What refers to what: nothing is removed that something else stands on, and nothing refers to
//! what is not there.

use uuid::Uuid;

use crate::entities::{EntityRef, Kind, Owner};
use crate::event::Change;
use crate::ids::{HolidayCalendarId, PersonId, PlaceholderId, ProjectId, SkillId, TeamId};
use crate::plan::Plan;

/// True if something in the plan refers to that entity.
pub(super) fn referred_to(plan: &Plan, entity: EntityRef) -> bool {
    let id = entity.id;
    match entity.kind {
        Kind::Person => {
            let id = PersonId(id);
            plan.people().get(&id).is_some_and(|p| {
                !p.bookings.is_empty()
                    || !p.time_off.is_empty()
                    || !p.job_titles.is_empty()
                    || !p.availabilities.is_empty()
                    || !p.compensations.is_empty()
            }) || plan
                .people()
                .values()
                .any(|p| p.person.manager_id == Some(id))
                || plan
                    .projects()
                    .values()
                    .any(|p| p.project.owner_id == Some(id))
        }
        Kind::Project => plan
            .projects()
            .get(&ProjectId(id))
            .is_some_and(|p| !p.assignments.is_empty()),
        Kind::Placeholder => plan
            .placeholders()
            .get(&PlaceholderId(id))
            .is_some_and(|p| !p.bookings.is_empty()),
        Kind::Team => {
            let id = Some(TeamId(id));
            plan.people().values().any(|p| p.person.team_id == id)
                || plan
                    .placeholders()
                    .values()
                    .any(|p| p.placeholder.team_id == id)
        }
        Kind::Skill => plan
            .people()
            .values()
            .any(|p| p.person.skills.iter().any(|s| s.skill_id == SkillId(id))),
        Kind::HolidayCalendar => {
            let id = Some(HolidayCalendarId(id));
            plan.settings().holiday_calendar_id == id
                || plan
                    .people()
                    .values()
                    .any(|p| p.person.holiday_calendar_id == id)
        }
        Kind::Settings
        | Kind::Member
        | Kind::JobTitle
        | Kind::Availability
        | Kind::Compensation
        | Kind::Assignment
        | Kind::TimeOff
        | Kind::History => false,
    }
}

/// True if all that a change's new value refers to is in the plan.
pub(super) fn refers_to_known(plan: &Plan, change: &Change) -> bool {
    let known = |kind: Kind, id: Option<Uuid>| {
        id.is_none_or(|id| plan.version(EntityRef { kind, id }).is_some())
    };
    let person = |id: PersonId| known(Kind::Person, Some(id.0));
    match change {
        Change::Settings(d) => d
            .after
            .as_ref()
            .is_none_or(|s| known(Kind::HolidayCalendar, s.holiday_calendar_id.map(Uuid::from))),
        Change::Person(d) => d.after.as_ref().is_none_or(|p| {
            known(Kind::Team, p.team_id.map(Uuid::from))
                && known(Kind::Person, p.manager_id.map(Uuid::from))
                && known(Kind::HolidayCalendar, p.holiday_calendar_id.map(Uuid::from))
                && p.skills
                    .iter()
                    .all(|s| known(Kind::Skill, Some(s.skill_id.0)))
        }),
        Change::JobTitle(d) => d.after.as_ref().is_none_or(|r| person(r.person_id)),
        Change::Availability(d) => d.after.as_ref().is_none_or(|r| person(r.person_id)),
        Change::Compensation(d) => d.after.as_ref().is_none_or(|r| person(r.person_id)),
        Change::TimeOff(d) => d.after.as_ref().is_none_or(|r| person(r.person_id)),
        Change::Project(d) => d
            .after
            .as_ref()
            .is_none_or(|p| known(Kind::Person, p.owner_id.map(Uuid::from))),
        Change::Placeholder(d) => d
            .after
            .as_ref()
            .is_none_or(|p| known(Kind::Team, p.team_id.map(Uuid::from))),
        Change::Assignment(d) => d.after.as_ref().is_none_or(|a| {
            known(Kind::Project, Some(a.project_id.0))
                && match a.owner {
                    Owner::Person(id) => person(id),
                    Owner::Placeholder(id) => known(Kind::Placeholder, Some(id.0)),
                }
        }),
        Change::Member(_)
        | Change::Team(_)
        | Change::Skill(_)
        | Change::HolidayCalendar(_)
        | Change::History(_) => true,
    }
}
