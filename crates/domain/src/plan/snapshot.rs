//! A plan as plain data: what a snapshot holds. Disposable; another format means fold again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Plan, UserSteps, Version};
use crate::entities::{
    Assignment, Availability, Compensation, Entity, HolidayCalendar, JobTitle, Member, Person,
    Placeholder, Project, Settings, Skill, Team, TimeOff,
};
use crate::event::{Change, Diff, Hash, Head};
use crate::ids::{HistoryId, TenantId, UserId};
use crate::time::Timestamp;

/// Raised whenever the shape of [`PlanSnapshot`] or of an entity changes.
pub(super) const FORMAT: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("the snapshot has format {0}, this program reads format {FORMAT}")]
    Format(u32),
    #[error("the snapshot cannot be read: {0}")]
    Unreadable(#[from] postcard::Error),
    #[error("the snapshot contradicts itself: {0}")]
    Broken(#[from] super::ApplyError),
}

type Rows<E> = Vec<(<E as Entity>::Id, Version, Arc<E>)>;

/// The entities of a plan with their ids and versions.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct PlanSnapshot {
    tenant: TenantId,
    head: Head,
    last_hash: Hash,
    recorded_at: Timestamp,
    settings: (Version, Arc<Settings>),
    members: Rows<Member>,
    teams: Rows<Team>,
    skills: Rows<Skill>,
    calendars: Rows<HolidayCalendar>,
    people: Rows<Person>,
    job_titles: Rows<JobTitle>,
    availabilities: Rows<Availability>,
    compensations: Rows<Compensation>,
    projects: Rows<Project>,
    placeholders: Rows<Placeholder>,
    assignments: Rows<Assignment>,
    time_off: Rows<TimeOff>,
    history: Vec<HistoryId>,
    steps: Vec<(UserId, Arc<UserSteps>)>,
}

impl PlanSnapshot {
    /// The hash of the last event that the plan had.
    #[must_use]
    pub fn last_hash(&self) -> Hash {
        self.last_hash
    }

    #[must_use]
    pub fn of(plan: &Plan) -> PlanSnapshot {
        macro_rules! rows {
            ($records:expr) => {
                $records
                    .map(|r| (r.id, r.version, Arc::clone(&r.value)))
                    .collect()
            };
        }
        PlanSnapshot {
            tenant: plan.tenant,
            head: plan.head,
            last_hash: plan.last_hash,
            recorded_at: plan.recorded_at,
            settings: (plan.settings_version, Arc::clone(&plan.settings)),
            members: rows!(plan.members.values()),
            teams: rows!(plan.teams.values()),
            skills: rows!(plan.skills.values()),
            calendars: rows!(plan.calendars.values()),
            people: plan
                .people
                .values()
                .map(|p| (p.id, p.version, Arc::clone(&p.person)))
                .collect(),
            job_titles: rows!(plan.people.values().flat_map(|p| &p.job_titles)),
            availabilities: rows!(plan.people.values().flat_map(|p| &p.availabilities)),
            compensations: rows!(plan.people.values().flat_map(|p| &p.compensations)),
            projects: plan
                .projects
                .values()
                .map(|p| (p.id, p.version, Arc::clone(&p.project)))
                .collect(),
            placeholders: plan
                .placeholders
                .values()
                .map(|p| (p.id, p.version, Arc::clone(&p.placeholder)))
                .collect(),
            assignments: rows!(
                plan.people
                    .values()
                    .flat_map(|p| &p.bookings)
                    .chain(plan.placeholders.values().flat_map(|p| &p.bookings))
                    .map(|b| &b.record)
            ),
            time_off: rows!(plan.people.values().flat_map(|p| &p.time_off)),
            history: plan.history.iter().copied().collect(),
            steps: plan
                .steps
                .iter()
                .map(|(user, steps)| (*user, Arc::clone(steps)))
                .collect(),
        }
    }

    /// The plan this is an image of.
    pub fn into_plan(self) -> Result<Plan, SnapshotError> {
        let mut plan = Plan::empty(self.tenant, self.head.epoch);
        plan.settings_version = self.settings.0;
        plan.settings = self.settings.1;
        macro_rules! put {
            ($($rows:ident),+) => {$(
                for (id, version, value) in self.$rows {
                    let after = Some(Arc::unwrap_or_clone(value));
                    let change = Change::from(Diff { id, before: None, after });
                    plan.put(&change, version)?;
                }
            )+};
        }
        put!(
            members,
            teams,
            skills,
            calendars,
            people,
            job_titles,
            availabilities,
            compensations,
            projects,
            placeholders,
            assignments,
            time_off
        );
        plan.history = self.history.into_iter().collect();
        plan.steps = self.steps.into_iter().collect();
        plan.head = self.head;
        plan.last_hash = self.last_hash;
        plan.touch_recorded_at(self.recorded_at);
        Ok(plan)
    }

    /// The image as bytes, its format first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = FORMAT.to_le_bytes().to_vec();
        bytes.extend(postcard::to_stdvec(self).expect("an image is plain data"));
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<PlanSnapshot, SnapshotError> {
        let (format, rest) = bytes
            .split_first_chunk::<4>()
            .ok_or(SnapshotError::Format(0))?;
        let format = u32::from_le_bytes(*format);
        if format != FORMAT {
            return Err(SnapshotError::Format(format));
        }
        Ok(postcard::from_bytes(rest)?)
    }
}

impl PartialEq for Plan {
    /// Equal in everything but remembered figures.
    fn eq(&self, other: &Plan) -> bool {
        PlanSnapshot::of(self) == PlanSnapshot::of(other)
    }
}
