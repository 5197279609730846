//! The port Reporting: tables for SQL and BI users, in a schema of their own.

mod columns;

use async_trait::async_trait;
use raally_app::ports::{
    DirtyRange, DirtySubject, OffsetCommit, PersonDays, PersonRow, Progress, ProjectRow,
    RefreshBatch, Reporting, StoreError,
};
use raally_domain::date::{Date, Period};
use raally_domain::employment::Span;
use raally_domain::event::Hash;
use raally_domain::ids::{PersonId, ProjectId, TenantId};
use raally_domain::time::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::PostgresStore;
use crate::log::Params;
use crate::platform::Platform;
use crate::rows::{all, first, get, head, id, int, limit, number, only};
use columns::{DayColumns, DirtColumns, choice, day, maybe_day, rows_json};

/// Under this name the consumer's offsets are kept; `settle` looks them up.
const CONSUMER: &str = raally_app::reporting::REPORTING;

const MARK: Platform = Platform::new(
    "SELECT CASE WHEN raally.has_event($1, NULL, $4, $10)
                 THEN raally.mark_reporting($1, $2, $3, $4, $5, $6, $7, $8, $9) ELSE false END",
);
const LEASE: Platform = Platform::new("SELECT * FROM raally.lease_reporting($1, $2, $3, $4, $5)");
const SPREAD: Platform =
    Platform::new("SELECT raally.spread_reporting($1, $2, $3, $4, $5, $6, $7)");
const REPLACE: Platform = Platform::new(
    "SELECT CASE WHEN raally.has_event($1, NULL, $30, $31) THEN
         raally.replace_reporting($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
         $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29) ELSE false END",
);
const SETTLE: Platform = Platform::new("SELECT raally.settle_reporting($1, $2, $3, $4, $5, $6)");

impl PostgresStore {
    /// What a function answers that says whether it did it.
    async fn did(&self, sql: Platform, params: crate::Params<'_>) -> Result<bool, StoreError> {
        get(only(&self.write(sql, params).await?.rows)?, 0)
    }
}

#[async_trait]
impl Reporting for PostgresStore {
    async fn mark_dirty(
        &self,
        commit: OffsetCommit,
        dirty: &[DirtyRange],
    ) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let Some(tenant) = commit.stream.tenant() else {
            return Err(StoreError::Corrupt(format!(
                "{} has no plan",
                commit.stream
            )));
        };
        let d = DirtColumns::of(dirty);
        let event = commit.event.as_ref().map(Hash::as_slice);
        let params: Params<10> = [
            &tenant.0,
            &commit.consumer,
            &int(commit.from),
            &int(commit.to),
            &d.kinds,
            &d.ids,
            &d.froms,
            &d.tos,
            &d.seqs,
            &event,
        ];
        self.did(MARK, &params).await
    }

    async fn lease(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        last: Date,
        at_most: usize,
    ) -> Result<Vec<TenantId>, StoreError> {
        let _turn = self.background_turn().await;
        let params: Params<5> = [
            &owner,
            &now.micros(),
            &until.micros(),
            &last.days(),
            &limit(at_most),
        ];
        all(&self.write(LEASE, &params).await?.rows, |row| id(row, 0))
    }

    async fn dirty_ranges(
        &self,
        tenant: TenantId,
        at_most: usize,
    ) -> Result<Vec<DirtyRange>, StoreError> {
        let _turn = self.background_turn().await;
        let sql = "SELECT kind, id, from_day, to_day, seq FROM raally.reporting_dirt
                   WHERE tenant_id = $1 ORDER BY kind, id LIMIT $2";
        let params: Params<2> = [&tenant.0, &limit(at_most)];
        let rows = self.primary.of(tenant).read(sql, &params).await?;
        all(&rows, columns::dirty)
    }

    async fn mark_more_dirty(
        &self,
        owner: &str,
        tenant: TenantId,
        dirty: &[DirtyRange],
    ) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let d = DirtColumns::of(dirty);
        let params: Params<7> = [
            &tenant.0, &owner, &d.kinds, &d.ids, &d.froms, &d.tos, &d.seqs,
        ];
        self.did(SPREAD, &params).await
    }

    async fn replace(
        &self,
        owner: &str,
        tenant: TenantId,
        refreshed: &RefreshBatch,
    ) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let d = DirtColumns::of(&refreshed.covers);
        let (people, projects) = rows_json(refreshed);
        let c = DayColumns::of(&refreshed.days);
        let seq = refreshed.plan.map(|(seq, _)| int(seq));
        let hash = refreshed.plan.as_ref().map(|(_, hash)| hash.as_slice());
        let params: Params<31> = [
            &tenant.0,
            &owner,
            &d.kinds,
            &d.ids,
            &d.froms,
            &d.tos,
            &d.seqs,
            &people,
            &projects,
            &c.range_people,
            &c.range_froms,
            &c.range_tos,
            &c.capacity.people,
            &c.capacity.days,
            &c.capacity.minutes[0],
            &c.capacity.minutes[1],
            &c.capacity.minutes[2],
            &c.booked.people,
            &c.booked.days,
            &c.booked.ids,
            &c.booked.minutes[0],
            &c.booked.minutes[1],
            &c.booked.minutes[2],
            &c.time_off.people,
            &c.time_off.days,
            &c.time_off.ids,
            &c.time_off_kinds,
            &c.time_off_statuses,
            &c.time_off_minutes,
            &seq,
            &hash,
        ];
        self.did(REPLACE, &params).await
    }

    async fn settle(
        &self,
        owner: &str,
        tenant: TenantId,
        days: Period,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let params: Params<6> = [
            &tenant.0,
            &owner,
            &CONSUMER,
            &days.from().days(),
            &days.to().days(),
            &now.micros(),
        ];
        self.did(SETTLE, &params).await
    }

    async fn progress(&self, tenant: TenantId) -> Result<Option<Progress>, StoreError> {
        let sql = "SELECT p.epoch, p.seq, p.from_day - date '1970-01-01', p.to_day - date '1970-01-01',
                          EXISTS (SELECT FROM raally.reporting_work w WHERE w.tenant_id = p.tenant_id)
                   FROM reporting.progress p WHERE p.tenant_id = $1";
        let rows = self.primary.of(tenant).read(sql, &[&tenant.0]).await?;
        first(&rows, |row| {
            let (from, to) = (day(row, 2)?, day(row, 3)?);
            Ok(Progress {
                head: head(row, 0)?,
                days: Period::new(from, to).map_err(|e| StoreError::Corrupt(e.to_string()))?,
                under_way: get(row, 4)?,
            })
        })
    }

    async fn people(
        &self,
        tenant: TenantId,
        after: Option<PersonId>,
        at_most: usize,
    ) -> Result<Vec<PersonRow>, StoreError> {
        let sql = "SELECT person_id, name, job_title, team, employed_from - date '1970-01-01',
                          employed_until - date '1970-01-01', archived
                   FROM reporting.people WHERE tenant_id = $1 AND ($2::uuid IS NULL OR person_id > $2)
                   ORDER BY person_id LIMIT $3";
        let after = after.map(|id| id.0);
        let params: Params<3> = [&tenant.0, &after, &limit(at_most)];
        all(&self.primary.of(tenant).read(sql, &params).await?, person)
    }

    async fn projects(
        &self,
        tenant: TenantId,
        after: Option<ProjectId>,
        at_most: usize,
    ) -> Result<Vec<ProjectRow>, StoreError> {
        let sql = "SELECT project_id, name, code, client, status, billable, archived
                   FROM reporting.projects WHERE tenant_id = $1 AND ($2::uuid IS NULL OR project_id > $2)
                   ORDER BY project_id LIMIT $3";
        let after = after.map(|id| id.0);
        let params: Params<3> = [&tenant.0, &after, &limit(at_most)];
        all(&self.primary.of(tenant).read(sql, &params).await?, project)
    }

    async fn days(
        &self,
        tenant: TenantId,
        people: &[PersonId],
    ) -> Result<Vec<PersonDays>, StoreError> {
        let ids: Vec<Uuid> = people.iter().map(|p| p.0).collect();
        let scope = self.primary.of(tenant);
        let params: Params<2> = [&tenant.0, &ids];
        let capacity = scope.read(columns::CAPACITY, &params).await?;
        let booked = scope.read(columns::BOOKED, &params).await?;
        let time_off = scope.read(columns::TIME_OFF, &params).await?;
        columns::person_days(people, &capacity, &booked, &time_off)
    }

    async fn orphans(&self, tenant: TenantId) -> Result<u64, StoreError> {
        let table = |name: &str| {
            format!(
                "(SELECT count(*) FROM reporting.{name} t WHERE t.tenant_id = $1 AND NOT EXISTS (
                     SELECT FROM reporting.people p
                     WHERE p.tenant_id = t.tenant_id AND p.person_id = t.person_id))"
            )
        };
        let tables = ["capacity_by_day", "booked_by_day", "time_off_by_day"].map(table);
        let sql = format!("SELECT {}", tables.join(" + "));
        let rows = self.primary.of(tenant).read(&sql, &[&tenant.0]).await?;
        number(only(&rows)?, 0)
    }
}

fn person(row: &Row) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        id: id(row, 0)?,
        name: get(row, 1)?,
        job_title: get(row, 2)?,
        team: get(row, 3)?,
        employment: Span {
            from: maybe_day(row, 4)?,
            to: maybe_day(row, 5)?,
        },
        archived: get(row, 6)?,
    })
}

fn project(row: &Row) -> Result<ProjectRow, StoreError> {
    Ok(ProjectRow {
        id: id(row, 0)?,
        name: get(row, 1)?,
        code: get(row, 2)?,
        client: get(row, 3)?,
        status: choice(row, 4)?,
        billable: get(row, 5)?,
        archived: get(row, 6)?,
    })
}

/// As the tables name it: kind and id.
fn named(subject: DirtySubject) -> (&'static str, Uuid) {
    match subject {
        DirtySubject::Everyone => ("all", Uuid::nil()),
        DirtySubject::Person(id) => ("person", id.0),
        DirtySubject::Project(id) => ("project", id.0),
    }
}
