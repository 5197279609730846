//! Works out what the consumer has noted. Any number of processes may do so.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::date::Period;
use raally_domain::ids::{PersonId, TenantId};
use raally_domain::personal::PersonalSlot;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{cut, horizon, person_days, person_row, project_row};
use crate::error::Error;
use crate::poll_loop::PollLoop;
use crate::ports::{DirtyRange, DirtySubject, RefreshBatch, Reporting};
use crate::services::later;
use crate::tenants::Tenants;

/// A tenant is one process's for that long at most; then another may take over.
const LEASE: Duration = Duration::from_secs(30);
/// Tenants are given back in time for what is under way to end within the lease.
const GIVE_BACK: Duration = Duration::from_secs(12);
/// How many tenants are leased at a time.
const TENANTS: usize = 8;
/// How many dirty ranges are read or marked at a time.
const PAGE: usize = 500;
/// How many days are replaced at a time: people's writes to the database wait for one such batch.
const DAYS: usize = 4_000;
/// After a batch the database is left alone for so many times as long as it took, and so long at most.
const RESTS: u32 = 4;
const LEFT_ALONE: Duration = Duration::from_secs(1);
const LOOP: PollLoop = PollLoop {
    name: "reporting",
    batch_window: Duration::from_millis(200),
    interval: Duration::from_secs(2),
};

/// Computes rows that are marked as dirty, a leased tenant at a time.
pub struct Refresher {
    tenants: Tenants,
    reporting: Arc<dyn Reporting>,
    /// This process among those that refresh.
    owner: String,
}

impl Refresher {
    /// `None` where there are no reporting tables.
    #[must_use]
    pub fn new(tenants: Tenants) -> Option<Refresher> {
        let services = tenants.services();
        Some(Refresher {
            reporting: Arc::clone(services.reporting.as_ref()?),
            owner: services.uuid().to_string(),
            tenants,
        })
    }

    /// Refreshes until `stop` holds true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        let marked = Arc::clone(&self.tenants.services().reporting_marked);
        LOOP.run(&marked, stop, || self.round()).await;
    }

    /// Works out what is due once; returns how many tenants it had leased.
    pub async fn round(&self) -> Result<usize, Error> {
        let now = self.tenants.services().now();
        let until = later(now, LEASE);
        let last = horizon(now).to();
        let leased = self.reporting.lease(&self.owner, now, until, last, TENANTS);
        let leased = leased.await?;
        let mut failed = None;
        for (n, tenant) in leased.iter().enumerate() {
            // Each has its part of the time, and what the one before it has left.
            let share = GIVE_BACK * (n as u32 + 1) / leased.len() as u32;
            // What fails for one waits until its lease ends; the others go on.
            if let Err(error) = self.tenant(*tenant, now, later(now, share)).await {
                tracing::warn!(%tenant, error = error.causes(), "the reporting tables of a workspace could not be refreshed; they are once its lease has ended");
                failed = Some(error);
            }
        }
        failed.map_or(Ok(leased.len()), Err)
    }

    /// Works out what is due of a leased tenant, until that moment at most.
    async fn tenant(
        &self,
        tenant: TenantId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), Error> {
        let days = self.days(tenant, now).await?;
        while self.tenants.services().now() < until {
            let dirty = self.reporting.dirty_ranges(tenant, PAGE).await?;
            let Some(seq) = dirty.iter().map(|d| d.seq).max() else {
                break;
            };
            let plan = self.tenants.open(tenant).await?.reaching(seq).await?;
            let held = match dirty.first() {
                Some(all) if all.subject == DirtySubject::Everyone => {
                    self.mark_each(tenant, *all, &plan).await?
                }
                _ => self.refresh(&dirty, &plan, days, until).await?,
            };
            if !held {
                tracing::info!(%tenant, "another process has the lease of the workspace's reporting tables");
                return Ok(());
            }
        }
        self.reporting
            .settle(&self.owner, tenant, days, now)
            .await?;
        Ok(())
    }

    /// The days that are to have rows; those that have none yet are marked as dirty for everyone.
    async fn days(&self, tenant: TenantId, now: Timestamp) -> Result<Period, Error> {
        let wanted = horizon(now);
        let Some(progress) = self.reporting.progress(tenant).await? else {
            return Ok(wanted);
        };
        // Of two processes whose clocks differ, the one that is ahead decides.
        if wanted.to() <= progress.days.to() {
            return Ok(progress.days);
        }
        let new = DirtyRange {
            subject: DirtySubject::Everyone,
            days: Some((progress.days.to().plus(1), wanted.to())),
            seq: progress.head.seq,
        };
        self.reporting
            .mark_more_dirty(&self.owner, tenant, &[new])
            .await?;
        Ok(wanted)
    }

    /// Turns a dirty range of everyone into one of each person; false if the lease went to another.
    async fn mark_each(
        &self,
        tenant: TenantId,
        all: DirtyRange,
        plan: &Plan,
    ) -> Result<bool, Error> {
        let people: Vec<PersonId> = plan.people().keys().copied().collect();
        for some in people.chunks(PAGE) {
            let each = |id: &PersonId| DirtyRange {
                subject: DirtySubject::Person(*id),
                ..all
            };
            let dirty: Vec<DirtyRange> = some.iter().map(each).collect();
            if !self
                .reporting
                .mark_more_dirty(&self.owner, tenant, &dirty)
                .await?
            {
                return Ok(false);
            }
        }
        let spread = RefreshBatch {
            covers: vec![all],
            ..RefreshBatch::default()
        };
        self.replace(plan, spread).await
    }

    /// Computes those dirty ranges, page by page, until that moment at most; false if the lease went
    /// to another.
    async fn refresh(
        &self,
        mut dirty: &[DirtyRange],
        plan: &Plan,
        horizon: Period,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let services = self.tenants.services();
        while !dirty.is_empty() {
            let (due, of) = (dirty.to_vec(), plan.clone());
            let page = move || page(&due, &of, horizon);
            let page = services.cpu.run_patiently(plan.tenant().0, page).await?;
            dirty = &dirty[page.covers.len()..];
            if !self.replace(plan, page).await? {
                return Ok(false);
            }
            if services.now() >= until {
                break;
            }
        }
        Ok(true)
    }

    /// Writes what was worked out from that plan; false if the lease went to another.
    async fn replace(&self, plan: &Plan, refreshed: RefreshBatch) -> Result<bool, Error> {
        let refreshed = RefreshBatch {
            plan: Some((plan.head().seq, plan.last_hash())),
            ..refreshed
        };
        let tenant = plan.tenant();
        let began = Instant::now();
        let replaced = self.reporting.replace(&self.owner, tenant, &refreshed);
        let replaced = replaced.await?;
        // Nobody waits for these tables as they do for their own writes: most of the time the database
        // is left alone.
        tokio::time::sleep((began.elapsed() * RESTS).min(LEFT_ALONE)).await;
        Ok(replaced)
    }
}

/// The rows of so many of the dirty ranges as make one batch, at least those of the first.
fn page(dirty: &[DirtyRange], plan: &Plan, horizon: Period) -> RefreshBatch {
    let mut page = RefreshBatch::default();
    let mut days = 0;
    for dirty in dirty {
        if days >= DAYS {
            break;
        }
        days += put(&mut page, *dirty, plan, horizon);
    }
    page
}

/// Puts the rows of a dirty range into the page; returns how many days that are.
fn put(page: &mut RefreshBatch, dirty: DirtyRange, plan: &Plan, horizon: Period) -> usize {
    page.covers.push(dirty);
    match dirty.subject {
        DirtySubject::Everyone => 0,
        DirtySubject::Project(id) => {
            match plan.projects().get(&id) {
                Some(entry) => page.projects.push(project_row(plan, entry)),
                None => page.projects_gone.push(id),
            }
            0
        }
        DirtySubject::Person(id) => {
            let Some(entry) = plan.people().get(&id) else {
                page.people_gone.push(id);
                return 0;
            };
            let reference = entry.person.full_name.reference();
            page.people.push((person_row(plan, entry), reference));
            let Some(period) = dirty.days.and_then(|days| cut(days, horizon)) else {
                return 0;
            };
            page.days.push((period, person_days(plan, entry, period)));
            period.len()
        }
    }
}
