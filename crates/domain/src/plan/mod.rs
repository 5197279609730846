//! A tenant's plan: the value that applying its log in order gives.
//!
//! A plan is persistent: cloning one is O(1), and readers hold a snapshot and never wait.

mod apply;
mod bookings;
mod snapshot;
mod steps;

use std::cmp::Reverse;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use crate::date::Date;
use crate::entities::{
    Assignment, Availability, Compensation, Entity, EntityRef, HolidayCalendar, JobTitle, Kind,
    Member, Owner, Person, Placeholder, Project, ProjectStatus, Settings, Skill, Team, TimeOff,
};
use crate::event::{Hash, Head};
use crate::figures::Memo;
use crate::ids::{
    AssignmentId, AvailabilityId, CompensationId, HistoryId, HolidayCalendarId, JobTitleId,
    PersonId, PlaceholderId, ProjectId, SkillId, TeamId, TenantId, TimeOffId, UserId,
};
use crate::time::Timestamp;

pub use apply::ApplyError;
pub use bookings::{Bookings, LaneKey};
pub use snapshot::{PlanSnapshot, SnapshotError};
pub use steps::{MAX_STEPS, StepRecord, UserSteps, VersionedChange};

/// The sequence number of the event that last wrote an entity.
pub type Version = u64;

/// An entity with its id and version.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<E: Entity> {
    pub id: E::Id,
    pub version: Version,
    pub value: Arc<E>,
}

/// Everything about a person that their figures depend on, beside the settings and the holiday
/// calendar. A changed person gets a new entry and with it a fresh memo of figures.
#[derive(Clone, Debug)]
pub struct PersonEntry {
    pub id: PersonId,
    pub version: Version,
    pub person: Arc<Person>,
    /// In the order of effective date and creation.
    pub job_titles: Vec<Record<JobTitle>>,
    pub availabilities: Vec<Record<Availability>>,
    pub compensations: Vec<Record<Compensation>>,
    /// In the order of lanes: start, longer first, id.
    pub bookings: Bookings,
    /// In the order of first day and id.
    pub time_off: Vec<Record<TimeOff>>,
    pub memo: Memo,
}

/// An assignment with what its project says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Booking {
    pub record: Record<Assignment>,
    /// Of the assignment or of its project.
    pub tentative: bool,
    pub billable: bool,
}

/// Where an assignment is found among the bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BookingPlace {
    owner: Owner,
    start: Date,
    /// The last of all days where the end is open.
    end: Date,
}

#[derive(Clone, Debug)]
pub struct ProjectEntry {
    pub id: ProjectId,
    pub version: Version,
    pub project: Arc<Project>,
    pub assignments: OrdSet<AssignmentId>,
}

#[derive(Clone, Debug)]
pub struct PlaceholderEntry {
    pub id: PlaceholderId,
    pub version: Version,
    pub placeholder: Arc<Placeholder>,
    /// In the order of lanes: start, longer first, id.
    pub bookings: Bookings,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) tenant: TenantId,
    pub(crate) head: Head,
    pub(crate) last_hash: Hash,
    pub(crate) recorded_at: Timestamp,
    pub(crate) settings_version: Version,
    pub(crate) settings: Arc<Settings>,
    pub(crate) members: OrdMap<UserId, Record<Member>>,
    pub(crate) teams: OrdMap<TeamId, Record<Team>>,
    pub(crate) skills: OrdMap<SkillId, Record<Skill>>,
    pub(crate) calendars: OrdMap<HolidayCalendarId, Record<HolidayCalendar>>,
    pub(crate) people: OrdMap<PersonId, Arc<PersonEntry>>,
    /// Which users are people: every request asks for its own.
    pub(crate) people_by_user: OrdSet<(UserId, PersonId)>,
    pub(crate) job_titles: OrdMap<JobTitleId, PersonId>,
    pub(crate) availabilities: OrdMap<AvailabilityId, PersonId>,
    pub(crate) compensations: OrdMap<CompensationId, PersonId>,
    pub(crate) projects: OrdMap<ProjectId, Arc<ProjectEntry>>,
    pub(crate) placeholders: OrdMap<PlaceholderId, Arc<PlaceholderEntry>>,
    pub(crate) assignments: OrdMap<AssignmentId, BookingPlace>,
    pub(crate) time_off: OrdMap<TimeOffId, PersonId>,
    /// Imported rows are history, not plan: only which there are is kept.
    pub(crate) history: OrdSet<HistoryId>,
    pub(crate) steps: OrdMap<UserId, Arc<UserSteps>>,
}

impl Plan {
    /// The plan of a log without events.
    #[must_use]
    pub fn empty(tenant: TenantId, epoch: u32) -> Plan {
        Plan {
            tenant,
            head: Head { epoch, seq: 0 },
            last_hash: [0; 32],
            recorded_at: Timestamp::from_micros(0),
            settings_version: 0,
            settings: Arc::new(Settings::new(String::new(), String::new())),
            members: OrdMap::new(),
            teams: OrdMap::new(),
            skills: OrdMap::new(),
            calendars: OrdMap::new(),
            people: OrdMap::new(),
            people_by_user: OrdSet::new(),
            job_titles: OrdMap::new(),
            availabilities: OrdMap::new(),
            compensations: OrdMap::new(),
            projects: OrdMap::new(),
            placeholders: OrdMap::new(),
            assignments: OrdMap::new(),
            time_off: OrdMap::new(),
            history: OrdSet::new(),
            steps: OrdMap::new(),
        }
    }

    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// The hash of the last event applied, zero where there is none.
    #[must_use]
    pub fn last_hash(&self) -> Hash {
        self.last_hash
    }

    /// When the last event applied was recorded.
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    #[must_use]
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    #[must_use]
    pub fn settings_version(&self) -> Version {
        self.settings_version
    }

    #[must_use]
    pub fn members(&self) -> &OrdMap<UserId, Record<Member>> {
        &self.members
    }

    #[must_use]
    pub fn teams(&self) -> &OrdMap<TeamId, Record<Team>> {
        &self.teams
    }

    #[must_use]
    pub fn skills(&self) -> &OrdMap<SkillId, Record<Skill>> {
        &self.skills
    }

    #[must_use]
    pub fn calendars(&self) -> &OrdMap<HolidayCalendarId, Record<HolidayCalendar>> {
        &self.calendars
    }

    #[must_use]
    pub fn people(&self) -> &OrdMap<PersonId, Arc<PersonEntry>> {
        &self.people
    }

    #[must_use]
    pub fn projects(&self) -> &OrdMap<ProjectId, Arc<ProjectEntry>> {
        &self.projects
    }

    #[must_use]
    pub fn placeholders(&self) -> &OrdMap<PlaceholderId, Arc<PlaceholderEntry>> {
        &self.placeholders
    }

    /// How many assignments there are.
    #[must_use]
    pub fn assignment_count(&self) -> usize {
        self.assignments.len()
    }

    /// The ids of all assignments, in their order.
    pub fn assignment_ids(&self) -> impl DoubleEndedIterator<Item = AssignmentId> + '_ {
        self.assignments.keys().copied()
    }

    /// The ids of all time off, in their order.
    pub fn time_off_ids(&self) -> impl DoubleEndedIterator<Item = TimeOffId> + '_ {
        self.time_off.keys().copied()
    }

    /// The assignment with what its project says of it.
    #[must_use]
    pub fn booking(&self, id: AssignmentId) -> Option<&Booking> {
        let place = self.assignments.get(&id)?;
        let bookings = match &place.owner {
            Owner::Person(p) => &self.people.get(p)?.bookings,
            Owner::Placeholder(p) => &self.placeholders.get(p)?.bookings,
        };
        bookings.get(&place.key(id))
    }

    /// Whose work an assignment is.
    #[must_use]
    pub fn owner(&self, id: AssignmentId) -> Option<Owner> {
        self.assignments.get(&id).map(|place| place.owner)
    }

    #[must_use]
    pub fn time_off_record(&self, id: TimeOffId) -> Option<&Record<TimeOff>> {
        let person = self.people.get(self.time_off.get(&id)?)?;
        person.time_off.iter().find(|r| r.id == id)
    }

    #[must_use]
    pub fn job_title(&self, id: JobTitleId) -> Option<&Record<JobTitle>> {
        let person = self.people.get(self.job_titles.get(&id)?)?;
        person.job_titles.iter().find(|r| r.id == id)
    }

    #[must_use]
    pub fn availability(&self, id: AvailabilityId) -> Option<&Record<Availability>> {
        let person = self.people.get(self.availabilities.get(&id)?)?;
        person.availabilities.iter().find(|r| r.id == id)
    }

    #[must_use]
    pub fn compensation(&self, id: CompensationId) -> Option<&Record<Compensation>> {
        let person = self.people.get(self.compensations.get(&id)?)?;
        person.compensations.iter().find(|r| r.id == id)
    }

    /// The holiday calendar that holds for that person: their own, else the tenant's.
    #[must_use]
    pub fn calendar_of(&self, person: &Person) -> Option<&Arc<HolidayCalendar>> {
        let id = person
            .holiday_calendar_id
            .or(self.settings.holiday_calendar_id)?;
        self.calendars.get(&id).map(|r| &r.value)
    }

    /// The person whom that user is, if they are one.
    #[must_use]
    pub fn person_of(&self, user: UserId) -> Option<PersonId> {
        let first = PersonId(Uuid::nil());
        let mut from = self.people_by_user.range((user, first)..);
        let (of, person) = from.next()?;
        (*of == user).then_some(*person)
    }

    /// The version of an entity; `None` where there is none.
    #[must_use]
    pub fn version(&self, entity: EntityRef) -> Option<Version> {
        let id = entity.id;
        match entity.kind {
            Kind::Settings => (self.settings_version > 0).then_some(self.settings_version),
            Kind::Member => self.members.get(&UserId(id)).map(|r| r.version),
            Kind::Team => self.teams.get(&TeamId(id)).map(|r| r.version),
            Kind::Skill => self.skills.get(&SkillId(id)).map(|r| r.version),
            Kind::HolidayCalendar => self
                .calendars
                .get(&HolidayCalendarId(id))
                .map(|r| r.version),
            Kind::Person => self.people.get(&PersonId(id)).map(|p| p.version),
            Kind::JobTitle => self.job_title(id.into()).map(|r| r.version),
            Kind::Availability => self.availability(id.into()).map(|r| r.version),
            Kind::Compensation => self.compensation(id.into()).map(|r| r.version),
            Kind::Project => self.projects.get(&ProjectId(id)).map(|p| p.version),
            Kind::Placeholder => self.placeholders.get(&PlaceholderId(id)).map(|p| p.version),
            Kind::Assignment => self.booking(id.into()).map(|b| b.record.version),
            Kind::TimeOff => self.time_off_record(id.into()).map(|r| r.version),
            Kind::History => self.history.contains(&HistoryId(id)).then_some(0),
        }
    }

    /// What of the log this plan keeps for that user's undo and redo.
    #[must_use]
    pub fn steps(&self, user: UserId) -> Option<&Arc<UserSteps>> {
        self.steps.get(&user)
    }
}

impl BookingPlace {
    fn of(assignment: &Assignment) -> BookingPlace {
        BookingPlace {
            owner: assignment.owner,
            start: assignment.start,
            end: assignment.end.unwrap_or(Date::MAX),
        }
    }

    fn key(&self, id: AssignmentId) -> LaneKey {
        (self.start, Reverse(self.end), id)
    }
}

impl Booking {
    fn new(record: Record<Assignment>, project: Option<&Project>) -> Booking {
        use crate::entities::AssignmentStatus::Tentative;
        Booking {
            tentative: record.value.status == Tentative
                || project.is_some_and(|p| p.status == ProjectStatus::Tentative),
            billable: record
                .value
                .billable
                .unwrap_or_else(|| project.is_none_or(|p| p.billable)),
            record,
        }
    }

    /// The order of lanes: start, longer first, id.
    #[must_use]
    pub fn lane_key(&self) -> LaneKey {
        BookingPlace::of(&self.record.value).key(self.record.id)
    }
}

impl PersonEntry {
    /// The job title in force on that day.
    #[must_use]
    pub fn title_on(&self, day: Date) -> Option<&str> {
        in_force(&self.job_titles, day, |t| t.effective_date).map(|r| r.value.title.as_str())
    }

    /// The latest job title, whether or not it has begun.
    #[must_use]
    pub fn last_title(&self) -> Option<&str> {
        self.job_titles.last().map(|r| r.value.title.as_str())
    }

    /// The availability in force on that day.
    #[must_use]
    pub fn availability_on(&self, day: Date) -> Option<&Availability> {
        in_force(&self.availabilities, day, |a| a.effective_date).map(|r| &*r.value)
    }
}

/// Of records sorted by effective date, the one in force on that day.
fn in_force<E: Entity>(
    records: &[Record<E>],
    day: Date,
    effective: impl Fn(&E) -> Date,
) -> Option<&Record<E>> {
    let after = records.partition_point(|r| effective(&r.value) <= day);
    after.checked_sub(1).and_then(|i| records.get(i))
}
