//! The reporting tables: what people who ask by SQL see of plans.

use async_trait::async_trait;
use raally_domain::date::{Date, Period};
use raally_domain::employment::Span;
use raally_domain::event::{Hash, Head};
use raally_domain::ids::{PersonId, PersonalRef, ProjectId, TenantId, TimeOffId};
use raally_domain::kinds::{ProjectStatus, TimeOffKind, TimeOffStatus};
use raally_domain::time::Timestamp;

use super::{Passage, StoreError};

/// What of the tables no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Everybody,
    /// The person's row, and their rows by day where days are named.
    Person(PersonId),
    /// The project's row.
    Project(ProjectId),
}

/// A note that something is to be worked out anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dirt {
    pub subject: Subject,
    /// First and last day; `None`: no day at all.
    pub days: Option<(Date, Date)>,
    /// Of the last event that brought it.
    pub seq: u64,
}

/// A row of `people`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    pub id: PersonId,
    /// `None` where it has been erased.
    pub name: Option<String>,
    /// The last that comes into force.
    pub job_title: Option<String>,
    /// Of the last placement that comes into force.
    pub team: Option<String>,
    /// From the first day of the first span to the last of the last.
    pub employment: Span,
    pub archived: bool,
}

/// A row of `projects`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRow {
    pub id: ProjectId,
    pub name: String,
    pub code: Option<String>,
    pub client: Option<String>,
    pub status: ProjectStatus,
    pub billable: bool,
    pub archived: bool,
}

/// A row of `capacity_by_day`, in minutes. A day on which all are 0 has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityDay {
    pub day: Date,
    pub capacity: u32,
    pub booked: u32,
    pub tentative: u32,
}

/// A row of `booked_by_day`, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookedDay {
    pub day: Date,
    pub project: ProjectId,
    /// Load of confirmed assignments.
    pub booked: u32,
    /// That of tentative ones, on top.
    pub tentative: u32,
    /// What of `booked` is billable.
    pub billable: u32,
}

/// A row of `time_off_by_day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOffDay {
    pub day: Date,
    pub time_off: TimeOffId,
    pub kind: TimeOffKind,
    pub status: TimeOffStatus,
    /// `None`: the whole day.
    pub minutes: Option<u16>,
}

/// A person's rows by day, each kind in the order of days (and ids).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonDays {
    pub person: PersonId,
    pub capacity: Vec<CapacityDay>,
    pub booked: Vec<BookedDay>,
    pub time_off: Vec<TimeOffDay>,
}

/// What is written together.
#[derive(Clone, Debug, Default)]
pub struct Refreshed {
    /// With where each name is kept: one that has been erased since is not written.
    pub people: Vec<(PersonRow, PersonalRef)>,
    /// Those that are no more, and with them all their days.
    pub people_gone: Vec<PersonId>,
    pub projects: Vec<ProjectRow>,
    pub projects_gone: Vec<ProjectId>,
    /// Days of people whose rows are replaced by those given.
    pub days: Vec<(Period, PersonDays)>,
    /// What it settles, as it was read.
    pub covers: Vec<Dirt>,
    /// The seq and hash of the last event of the plan that all of it was worked out from.
    pub plan: Option<(u64, Hash)>,
}

/// How far the tables have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The tables hold the figures of the plan at this head.
    pub head: Head,
    /// The days for which there are rows.
    pub days: Period,
    /// Something has happened since, and is being worked out.
    pub under_way: bool,
}

/// Tables and the notes of what in them no longer holds.
///
/// Whoever has leased a tenant is the one that works it out; whatever comes from one whose lease
/// went to another is refused.
#[async_trait]
pub trait Reporting: Send + Sync {
    /// Notes dirt and moves the consumer's place, in one transaction; false if that was
    /// elsewhere. Dirt of one subject is put together.
    async fn mark(&self, passage: Passage, dirt: &[Dirt]) -> Result<bool, StoreError>;

    /// Leases tenants with something to work out, or whose tables end before `last`, to `owner`
    /// until `until`; at most `limit`.
    async fn lease(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        last: Date,
        limit: usize,
    ) -> Result<Vec<TenantId>, StoreError>;

    /// Some of a tenant's dirt, at most `limit`; that of everybody first.
    async fn dirt(&self, tenant: TenantId, limit: usize) -> Result<Vec<Dirt>, StoreError>;

    /// Notes more dirt. False if the lease is no longer `owner`'s: nothing changes then.
    async fn spread(
        &self,
        owner: &str,
        tenant: TenantId,
        dirt: &[Dirt],
    ) -> Result<bool, StoreError>;

    /// Writes rows and forgets the dirt that they settle, unless that has grown since it was
    /// read, in one transaction. False if the lease is no longer `owner`'s, or the log has no such
    /// event as the plan's last, whose commit was lost.
    async fn replace(
        &self,
        owner: &str,
        tenant: TenantId,
        refreshed: &Refreshed,
    ) -> Result<bool, StoreError>;

    /// Ends the lease. If no dirt is left, drops rows outside `days` and notes that the tables
    /// are as far as the consumer is; true then.
    async fn settle(
        &self,
        owner: &str,
        tenant: TenantId,
        days: Period,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// `None` before the first time.
    async fn progress(&self, tenant: TenantId) -> Result<Option<Progress>, StoreError>;

    /// Rows of people after that one, in the order of their ids; at most `limit`.
    async fn people(
        &self,
        tenant: TenantId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonRow>, StoreError>;

    /// Rows of projects after that one, in the order of their ids; at most `limit`.
    async fn projects(
        &self,
        tenant: TenantId,
        after: Option<ProjectId>,
        limit: usize,
    ) -> Result<Vec<ProjectRow>, StoreError>;

    /// All rows by day of these people, in their order.
    async fn days(
        &self,
        tenant: TenantId,
        people: &[PersonId],
    ) -> Result<Vec<PersonDays>, StoreError>;

    /// How many rows by day are of people whom `people` does not know.
    async fn strays(&self, tenant: TenantId) -> Result<u64, StoreError>;
}
