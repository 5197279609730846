//! The reporting tables: what people who ask by SQL see of plans.

use async_trait::async_trait;
use raally_domain::date::{Date, Period};
use raally_domain::employment::Span;
use raally_domain::event::{Hash, Head};
use raally_domain::ids::{PersonId, PersonalRef, ProjectId, TenantId, TimeOffId};
use raally_domain::kinds::{ProjectStatus, TimeOffKind, TimeOffStatus};
use raally_domain::time::Timestamp;

use super::{OffsetCommit, StoreError};

/// Whose rows of the tables are out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DirtySubject {
    /// The rows of all people.
    Everyone,
    /// The person's row, and their rows by day where days are named.
    Person(PersonId),
    /// The project's row.
    Project(ProjectId),
}

/// Rows that are out of date and are to be computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirtyRange {
    /// Whose rows.
    pub subject: DirtySubject,
    /// First and last day; `None`: no day at all.
    pub days: Option<(Date, Date)>,
    /// Of the last event that brought it.
    pub seq: u64,
}

/// A row of `people`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Which person.
    pub id: PersonId,
    /// `None` where it has been erased.
    pub name: Option<String>,
    /// The last that comes into force.
    pub job_title: Option<String>,
    /// Of the last placement that comes into force.
    pub team: Option<String>,
    /// From the first day of the first span to the last of the last.
    pub employment: Span,
    /// Out of use.
    pub archived: bool,
}

/// A row of `projects`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRow {
    /// Which project.
    pub id: ProjectId,
    /// The project's name.
    pub name: String,
    /// A short code of its own.
    pub code: Option<String>,
    /// For whom it is.
    pub client: Option<String>,
    /// How far it is.
    pub status: ProjectStatus,
    /// Whether its work is billed unless an assignment says otherwise.
    pub billable: bool,
    /// Out of use.
    pub archived: bool,
}

/// A row of `capacity_by_day`, in minutes. A day on which all are 0 has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityDay {
    /// Which day.
    pub day: Date,
    /// What the person can work.
    pub capacity: u32,
    /// Load of confirmed assignments.
    pub booked: u32,
    /// Load of tentative ones, on top.
    pub tentative: u32,
}

/// A row of `booked_by_day`, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookedDay {
    /// Which day.
    pub day: Date,
    /// On which project.
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
    /// Which day.
    pub day: Date,
    /// Which time off.
    pub time_off: TimeOffId,
    /// Vacation, sickness or the like.
    pub kind: TimeOffKind,
    /// Whether it is approved.
    pub status: TimeOffStatus,
    /// Those of the portion on that day, of a half those of half its pattern; `None`: the whole day.
    pub minutes: Option<u16>,
}

/// A person's rows by day, each kind in the order of days (and ids).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonDays {
    /// Whose rows.
    pub person: PersonId,
    /// One a day with capacity or load.
    pub capacity: Vec<CapacityDay>,
    /// One a day and project.
    pub booked: Vec<BookedDay>,
    /// One a day of each time off.
    pub time_off: Vec<TimeOffDay>,
}

/// Rows that are written in one transaction.
#[derive(Clone, Debug, Default)]
pub struct RefreshBatch {
    /// With where each name is kept: one that has been erased since is not written.
    pub people: Vec<(PersonRow, PersonalRef)>,
    /// Those that are no more, and with them all their days.
    pub people_gone: Vec<PersonId>,
    /// Rows of projects to write.
    pub projects: Vec<ProjectRow>,
    /// Projects that are no more.
    pub projects_gone: Vec<ProjectId>,
    /// Days of people whose rows are replaced by those given.
    pub days: Vec<(Period, PersonDays)>,
    /// What it settles, as it was read.
    pub covers: Vec<DirtyRange>,
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
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait Reporting: Send + Sync {
    /// Marks ranges as dirty and commits the consumer's offset, in one transaction; false if that
    /// is another than the commit expects. Ranges of one subject are merged.
    async fn mark_dirty(
        &self,
        commit: OffsetCommit,
        dirty: &[DirtyRange],
    ) -> Result<bool, StoreError>;

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

    /// Some of a tenant's dirty ranges, at most `limit`; that of everyone first.
    async fn dirty_ranges(
        &self,
        tenant: TenantId,
        limit: usize,
    ) -> Result<Vec<DirtyRange>, StoreError>;

    /// Marks more ranges as dirty. False if the lease is no longer `owner`'s: nothing changes then.
    async fn mark_more_dirty(
        &self,
        owner: &str,
        tenant: TenantId,
        dirty: &[DirtyRange],
    ) -> Result<bool, StoreError>;

    /// Writes rows and forgets the dirty ranges that they cover, unless a range has grown since it was
    /// read, in one transaction. False if the lease is no longer `owner`'s, or the log has no such
    /// event as the plan's last, whose commit was lost.
    async fn replace(
        &self,
        owner: &str,
        tenant: TenantId,
        refreshed: &RefreshBatch,
    ) -> Result<bool, StoreError>;

    /// Ends the lease. If no dirty range is left, drops rows outside `days` and notes that the tables
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
    async fn orphans(&self, tenant: TenantId) -> Result<u64, StoreError>;
}
