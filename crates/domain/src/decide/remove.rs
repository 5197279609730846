//! Removing: what has bookings stays and can be archived; what merely refers to it is told.

use super::references::referred_to;
use super::{Reason, StepBuilder, kind_label};
use crate::entities::{Entity, EntityRef, Kind};
use crate::event::{Change, Diff};
use crate::ids::{
    AssignmentId, AvailabilityId, CompensationId, HolidayCalendarId, JobTitleId, PersonId,
    PlaceholderId, ProjectId, SkillId, TeamId, TimeOffId, UserId,
};
use crate::plan::Bookings;
use crate::resources::Writable;

pub(super) fn remove(work: &mut StepBuilder<'_>, entity: EntityRef) -> Result<(), Reason> {
    let id = entity.id;
    match entity.kind {
        Kind::Person => remove_person(work, PersonId(id))?,
        Kind::Project => remove_project(work, ProjectId(id))?,
        Kind::Placeholder => remove_placeholder(work, PlaceholderId(id)),
        Kind::Team => remove_team(work, TeamId(id)),
        Kind::Skill => {
            edit_people(
                work,
                |p| p.skills.iter().any(|s| s.skill_id == SkillId(id)),
                |p| p.skills.retain(|s| s.skill_id != SkillId(id)),
            );
            take::<crate::entities::Skill>(work, SkillId(id));
        }
        Kind::HolidayCalendar => {
            if referred_to(&work.plan, entity) {
                let detail = "the holiday calendar is in use: choose another for the workspace \
                              and its people first";
                return Err(Reason::Conflict(detail.to_owned()));
            }
            take::<crate::entities::HolidayCalendar>(work, HolidayCalendarId(id));
        }
        Kind::Member => take::<crate::entities::Member>(work, UserId(id)),
        Kind::JobTitle => take::<crate::entities::JobTitle>(work, JobTitleId(id)),
        Kind::Availability => take::<crate::entities::Availability>(work, AvailabilityId(id)),
        Kind::Compensation => take::<crate::entities::Compensation>(work, CompensationId(id)),
        Kind::Assignment => take::<crate::entities::Assignment>(work, AssignmentId(id)),
        Kind::TimeOff => take::<crate::entities::TimeOff>(work, TimeOffId(id)),
        Kind::Settings | Kind::History => {
            let detail = format!("{} cannot be deleted", kind_label(entity.kind));
            return Err(Reason::Conflict(detail));
        }
    }
    Ok(())
}

/// A person who was that user is no longer linked with them.
pub(super) fn unlink_user(work: &mut StepBuilder<'_>, user: UserId) {
    edit_people(work, |p| p.user_id == Some(user), |p| p.user_id = None);
}

fn take<E>(work: &mut StepBuilder<'_>, id: E::Id)
where
    E: Writable,
    Change: From<Diff<E>>,
{
    let before = E::find(&work.plan, id).map(|(_, value)| value.clone());
    if before.is_some() {
        work.push(Change::from(Diff {
            id,
            before,
            after: None,
        }));
    }
}

fn edit<E>(work: &mut StepBuilder<'_>, id: E::Id, change: impl FnOnce(&mut E))
where
    E: Writable + Entity,
    Change: From<Diff<E>>,
{
    let before = E::find(&work.plan, id).map(|(_, value)| value.clone());
    let mut after = before.clone();
    if let Some(value) = &mut after {
        change(value);
        work.push(Change::from(Diff { id, before, after }));
    }
}

fn edit_people(
    work: &mut StepBuilder<'_>,
    concerned: impl Fn(&crate::entities::Person) -> bool,
    change: impl Fn(&mut crate::entities::Person),
) {
    let people = work.plan.people().values();
    let ids: Vec<PersonId> = people
        .filter(|p| concerned(&p.person))
        .map(|p| p.id)
        .collect();
    for id in ids {
        edit::<crate::entities::Person>(work, id, &change);
    }
}

fn remove_person(work: &mut StepBuilder<'_>, id: PersonId) -> Result<(), Reason> {
    let Some(entry) = work.plan.people().get(&id).cloned() else {
        return Ok(());
    };
    if !entry.bookings.is_empty() {
        let detail = "this person has bookings: archive them instead, so that the past stays true";
        return Err(Reason::Conflict(detail.to_owned()));
    }
    for record in &entry.job_titles {
        take::<crate::entities::JobTitle>(work, record.id);
    }
    for record in &entry.availabilities {
        take::<crate::entities::Availability>(work, record.id);
    }
    for record in &entry.compensations {
        take::<crate::entities::Compensation>(work, record.id);
    }
    for record in &entry.time_off {
        take::<crate::entities::TimeOff>(work, record.id);
    }
    edit_people(work, |p| p.manager_id == Some(id), |p| p.manager_id = None);
    let owned: Vec<ProjectId> = work
        .plan
        .projects()
        .values()
        .filter(|p| p.project.owner_id == Some(id))
        .map(|p| p.id)
        .collect();
    for project in owned {
        edit::<crate::entities::Project>(work, project, |p| p.owner_id = None);
    }
    take::<crate::entities::Person>(work, id);
    Ok(())
}

fn remove_project(work: &mut StepBuilder<'_>, id: ProjectId) -> Result<(), Reason> {
    let entity = EntityRef {
        kind: Kind::Project,
        id: id.0,
    };
    if referred_to(&work.plan, entity) {
        let detail = "this project has bookings: archive it instead, so that the past stays true";
        return Err(Reason::Conflict(detail.to_owned()));
    }
    take::<crate::entities::Project>(work, id);
    Ok(())
}

/// A placeholder goes with the demand that it stands for.
fn remove_placeholder(work: &mut StepBuilder<'_>, id: PlaceholderId) {
    let bookings = work
        .plan
        .placeholders()
        .get(&id)
        .map_or_else(Bookings::default, |p| p.bookings.clone());
    for booking in &bookings {
        take::<crate::entities::Assignment>(work, booking.record.id);
    }
    take::<crate::entities::Placeholder>(work, id);
}

fn remove_team(work: &mut StepBuilder<'_>, id: TeamId) {
    edit_people(work, |p| p.team_id == Some(id), |p| p.team_id = None);
    let placeholders: Vec<PlaceholderId> = work
        .plan
        .placeholders()
        .values()
        .filter(|p| p.placeholder.team_id == Some(id))
        .map(|p| p.id)
        .collect();
    for placeholder in placeholders {
        edit::<crate::entities::Placeholder>(work, placeholder, |p| p.team_id = None);
    }
    take::<crate::entities::Team>(work, id);
}
