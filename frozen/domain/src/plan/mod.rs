//! A tenant's plan: the value that applying its log in order gives.
//!
//! A plan is persistent: cloning one is O(1), and readers hold a snapshot and never wait.

mod apply;
mod archiving;
mod bookings;
mod snapshot;
mod steps;
mod tables;

use std::cmp::Reverse;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use crate::date::{Date, Period};
use crate::event::{Hash, Head};
use crate::figures::{FigureColumns, Memo};
use crate::ids::{
    AssignmentId, AvailabilityId, CompensationId, HolidayCalendarId, JobTitleId, PersonId,
    PlaceholderId, ProjectId, SkillId, StepId, TeamId, TenantId, TimeOffId, UserId,
};
use crate::kinds::{
    Assignment, Availability, Compensation, Entity, EntityKind, EntityRef, HolidayCalendar,
    JobTitle, Kind, Listed, Member, OfPerson, Owner, Person, Placeholder, Placement, Project,
    Settings, Skill, Table, Tables, Team, TimeOff,
};
use crate::personal::PersonalSlot;
use crate::time::Timestamp;

pub use apply::ApplyError;
#[cfg(test)]
pub(crate) use bookings::visits;
pub use bookings::{Bookings, InOrder, LaneKey};
pub use snapshot::{PlanSnapshot, SnapshotError};
pub use steps::{MAX_STEPS, MAX_STEPS_BYTES, StepRecord, UserSteps, VersionedChange};
pub use tables::{Assignments, ImportedHistory, People, Placeholders, Projects, SettingsTable};

/// The sequence number of the event that last wrote an entity.
pub type Version = u64;

/// An entity with its id and version.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<E: Entity> {
    /// Names it.
    pub id: E::Id,
    /// Its version, by which changes are compared.
    pub version: Version,
    /// What it is.
    pub value: Arc<E>,
}

/// Everything about a person that their figures depend on, beside the settings and the holiday
/// calendar. A changed person gets a new entry and with it a fresh memo of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonEntry {
    /// Names them.
    pub id: PersonId,
    /// The person's own version; their records have versions of their own.
    pub version: Version,
    /// The person's own fields.
    pub person: Arc<Person>,
    /// In the order of effective date and creation.
    pub job_titles: Vec<Record<JobTitle>>,
    /// By the day from which they hold.
    pub availabilities: Vec<Record<Availability>>,
    /// By the day from which they hold.
    pub compensations: Vec<Record<Compensation>>,
    /// By the day from which they hold.
    pub placements: Vec<Record<Placement>>,
    /// In the order of lanes: start, longer first, id.
    pub bookings: Bookings,
    /// In the order of first day and id.
    pub time_off: Vec<Record<TimeOff>>,
    /// Figures that were worked out of this entry.
    pub memo: Memo,
}

/// An assignment with what its project says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Booking {
    /// The assignment.
    pub record: Record<Assignment>,
    /// Of the assignment or of its project.
    pub tentative: bool,
    /// By its own word or its project's.
    pub billable: bool,
}

/// Where an assignment is found among the bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookingPlace {
    owner: Owner,
    start: Date,
    /// The last of all days where the end is open.
    end: Date,
}

/// A project with what refers to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectEntry {
    /// Names it.
    pub id: ProjectId,
    /// Its version.
    pub version: Version,
    /// The project's own fields.
    pub project: Arc<Project>,
    /// The work on it, whoever does it.
    pub assignments: OrdSet<AssignmentId>,
}

/// A placeholder with its work.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceholderEntry {
    /// Names it.
    pub id: PlaceholderId,
    /// Its version.
    pub version: Version,
    /// The placeholder's own fields.
    pub placeholder: Arc<Placeholder>,
    /// In the order of lanes: start, longer first, id.
    pub bookings: Bookings,
}

/// The value that a tenant's log gives. Persistent: a clone shares everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub(crate) tenant: TenantId,
    pub(crate) head: Head,
    pub(crate) last_hash: Hash,
    pub(crate) recorded_at: Timestamp,
    pub(crate) tables: Tables,
    /// Which users are people: every request asks for its own.
    pub(crate) people_by_user: OrdSet<(UserId, PersonId)>,
    /// Which entities have a name, of the kinds that are found by it.
    pub(crate) names: OrdSet<(Kind, String, Uuid)>,
    pub(crate) steps: OrdMap<UserId, Arc<UserSteps>>,
    /// Figures by column, shared by all versions of the plan.
    pub(crate) figures: Arc<FigureColumns>,
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
            tables: Tables::default(),
            people_by_user: OrdSet::new(),
            names: OrdSet::new(),
            steps: OrdMap::new(),
            figures: Arc::default(),
        }
    }

    /// The entities of a kind that is kept as rows.
    #[must_use]
    pub fn table<E: Listed>(&self) -> &E::Table {
        E::table(self)
    }

    /// Whose plan it is.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// How far the log had come.
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

    /// What holds for the whole workspace.
    #[must_use]
    pub fn settings(&self) -> &Arc<Settings> {
        &self.tables.settings.value
    }

    /// The version of the settings.
    #[must_use]
    pub fn settings_version(&self) -> Version {
        self.tables.settings.version
    }

    /// Who belongs to the workspace.
    #[must_use]
    pub fn members(&self) -> &OrdMap<UserId, Record<Member>> {
        &self.tables.members
    }

    /// All teams.
    #[must_use]
    pub fn teams(&self) -> &OrdMap<TeamId, Record<Team>> {
        &self.tables.teams
    }

    /// All skills.
    #[must_use]
    pub fn skills(&self) -> &OrdMap<SkillId, Record<Skill>> {
        &self.tables.skills
    }

    /// All holiday calendars.
    #[must_use]
    pub fn calendars(&self) -> &OrdMap<HolidayCalendarId, Record<HolidayCalendar>> {
        &self.tables.calendars
    }

    /// All people, archived ones too, each with their records.
    #[must_use]
    pub fn people(&self) -> &OrdMap<PersonId, Arc<PersonEntry>> {
        &self.tables.people
    }

    /// All projects, archived ones too.
    #[must_use]
    pub fn projects(&self) -> &OrdMap<ProjectId, Arc<ProjectEntry>> {
        &self.tables.projects
    }

    /// All placeholders, each with their work.
    #[must_use]
    pub fn placeholders(&self) -> &OrdMap<PlaceholderId, Arc<PlaceholderEntry>> {
        &self.tables.placeholders
    }

    /// How many assignments there are.
    #[must_use]
    pub fn assignment_count(&self) -> usize {
        self.tables.assignments.len()
    }

    /// The ids of all assignments, in their order.
    pub fn assignment_ids(&self) -> impl DoubleEndedIterator<Item = AssignmentId> + '_ {
        self.tables.assignments.keys().copied()
    }

    /// The ids of all time off, in their order.
    pub fn time_off_ids(&self) -> impl DoubleEndedIterator<Item = TimeOffId> + '_ {
        self.tables.time_off.ids()
    }

    /// The assignment with what its project says of it.
    #[must_use]
    pub fn booking(&self, id: AssignmentId) -> Option<&Booking> {
        let place = self.tables.assignments.get(&id)?;
        let bookings = match &place.owner {
            Owner::Person(p) => &self.tables.people.get(p)?.bookings,
            Owner::Placeholder(p) => &self.tables.placeholders.get(p)?.bookings,
        };
        bookings.get(&place.key(id))
    }

    /// Whose work an assignment is.
    #[must_use]
    pub fn owner(&self, id: AssignmentId) -> Option<Owner> {
        self.tables.assignments.get(&id).map(|place| place.owner)
    }

    /// Whose work an assignment is, its first day, and its last one where it has an end.
    #[must_use]
    pub fn run(&self, id: AssignmentId) -> Option<(Owner, Date, Option<Date>)> {
        let place = self.tables.assignments.get(&id)?;
        let end = match place.end {
            Date::MAX => self.booking(id)?.record.value.end,
            end => Some(end),
        };
        Some((place.owner, place.start, end))
    }

    /// The time off of that id, whoever's it is.
    #[must_use]
    pub fn time_off_record(&self, id: TimeOffId) -> Option<&Record<TimeOff>> {
        OfPerson::<TimeOff>::record(self, id)
    }

    /// The job title of that id, whoever's it is.
    #[must_use]
    pub fn job_title(&self, id: JobTitleId) -> Option<&Record<JobTitle>> {
        OfPerson::<JobTitle>::record(self, id)
    }

    /// The availability of that id, whoever's it is.
    #[must_use]
    pub fn availability(&self, id: AvailabilityId) -> Option<&Record<Availability>> {
        OfPerson::<Availability>::record(self, id)
    }

    /// The compensation of that id, whoever's it is.
    #[must_use]
    pub fn compensation(&self, id: CompensationId) -> Option<&Record<Compensation>> {
        OfPerson::<Compensation>::record(self, id)
    }

    /// The holiday calendar that holds for that person on that day: their placement's, else the
    /// tenant's.
    #[must_use]
    pub fn calendar_on(&self, entry: &PersonEntry, day: Date) -> Option<&Arc<HolidayCalendar>> {
        let own = entry.placement_on(day).and_then(|p| p.holiday_calendar_id);
        let id = own.or(self.settings().holiday_calendar_id)?;
        self.calendars().get(&id).map(|r| &r.value)
    }

    /// The civil date of an instant where the tenant is.
    #[must_use]
    pub fn day_of(&self, at: Timestamp) -> Date {
        at.date_in(&self.settings().time_zone)
    }

    /// The person whom that user is, if they are one.
    #[must_use]
    pub fn person_of(&self, user: UserId) -> Option<PersonId> {
        let first = PersonId(Uuid::nil());
        let mut from = self.people_by_user.range((user, first)..);
        let (of, person) = from.next()?;
        (*of == user).then_some(*person)
    }

    /// The entities of that name, folded as [`EntityKind::name_key`] folds it, in the order of
    /// their ids.
    pub fn named<E: EntityKind>(&self, name: &str) -> impl Iterator<Item = E::Id> + use<'_, E> {
        let first = (E::KIND, name.to_owned(), Uuid::nil());
        let name = first.1.clone();
        let from = self.names.range(first..);
        from.take_while(move |(kind, of, _)| *kind == E::KIND && *of == name)
            .map(|(_, _, id)| E::Id::from(*id))
    }

    /// The version of an entity; `None` where there is none.
    #[must_use]
    pub fn version(&self, entity: EntityRef) -> Option<Version> {
        for_kind!(entity.kind, E => <E as Listed>::Table::version(self, entity.id.into()))
    }

    /// Visits every personal value of the plan's entities.
    pub fn personal(&self, visit: &mut dyn FnMut(&dyn PersonalSlot)) {
        fn visit_all<E: Listed>(plan: &Plan, visit: &mut dyn FnMut(&dyn PersonalSlot)) {
            let values = E::Table::rows(plan).filter_map(|(_, _, value)| value);
            values.for_each(|value| value.personal(visit));
        }
        for kind in Kind::ALL {
            for_kind!(kind, E => visit_all::<E>(self, visit));
        }
    }

    /// How many changes are kept for everybody's undo and redo.
    #[must_use]
    pub fn step_changes(&self) -> usize {
        self.steps.values().map(|steps| steps.changes()).sum()
    }

    /// Roughly the bytes of what is kept for everybody's undo and redo.
    #[must_use]
    pub fn step_bytes(&self) -> usize {
        self.steps.values().map(|steps| steps.bytes()).sum()
    }

    /// What of the log this plan keeps for that user's undo and redo.
    #[must_use]
    pub fn steps(&self, user: UserId) -> Option<&Arc<UserSteps>> {
        self.steps.get(&user)
    }

    /// The step of that id, whoever did it, while it can be taken back.
    #[must_use]
    pub fn step_done(&self, step: StepId) -> Option<&StepRecord> {
        self.steps.values().find_map(|steps| steps.done(step))
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
        Booking {
            tentative: record.value.is_tentative(project),
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

    /// The latest job title, whether or not it has begun: what a table without days shows.
    #[must_use]
    pub fn last_title(&self) -> Option<&str> {
        self.job_titles.last().map(|r| r.value.title.as_str())
    }

    /// The placement in force on that day.
    #[must_use]
    pub fn placement_on(&self, day: Date) -> Option<&Placement> {
        self.placement_record_on(day).map(|r| &*r.value)
    }

    /// The placement in force on that day, with its id.
    #[must_use]
    pub fn placement_record_on(&self, day: Date) -> Option<&Record<Placement>> {
        in_force(&self.placements, day, |p| p.effective_date)
    }

    /// The placements in force on some day of a period, in their order; `None` stands for the
    /// days before the first.
    pub fn placements_in(&self, period: Period) -> impl Iterator<Item = Option<&Placement>> {
        in_force_in(&self.placements, period, |p| p.effective_date)
    }

    /// The job titles in force on some day of a period, in their order; `None` stands for the
    /// days before the first.
    pub fn titles_in(&self, period: Period) -> impl Iterator<Item = Option<&str>> {
        let titles = in_force_in(&self.job_titles, period, |t| t.effective_date);
        titles.map(|title| title.map(|t| t.title.as_str()))
    }

    /// How many records the person has beside their bookings.
    #[must_use]
    pub fn records(&self) -> usize {
        let dated = self.job_titles.len() + self.availabilities.len() + self.placements.len();
        dated + self.compensations.len() + self.time_off.len()
    }

    /// The availability in force on that day.
    #[must_use]
    pub fn availability_on(&self, day: Date) -> Option<&Availability> {
        in_force(&self.availabilities, day, |a| a.effective_date).map(|r| &*r.value)
    }
}

/// Of records sorted by effective date, those in force on some day of a period.
fn in_force_in<E: Entity>(
    records: &[Record<E>],
    period: Period,
    effective: impl Fn(&E) -> Date,
) -> impl Iterator<Item = Option<&E>> {
    let after = |day: Date| records.partition_point(|r| effective(&r.value) <= day);
    let (first, last) = (after(period.from()), after(period.to()));
    (first..=last)
        .filter(move |n| {
            // Of records of one date only the last is ever in force.
            let date = n.checked_sub(1).map(|n| effective(&records[n].value));
            date.is_none() || records.get(*n).map(|r| effective(&r.value)) != date
        })
        .map(|n| n.checked_sub(1).map(|n| &*records[n].value))
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
