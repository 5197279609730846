//! Opening a tenant: the latest snapshot that stands on the log, then the tail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use raally_domain::event::{Event, EventError, Head};
use raally_domain::ids::TenantId;
use raally_domain::plan::{Plan, PlanSnapshot, SnapshotError};

use super::snapshots;
use super::tail::{self, TailError};
use crate::error::Error;
use crate::ports::{LogHead, Snapshot, Store, StoreError, TenantStatus};
use crate::services::Services;

/// After so many times the events between two snapshots, one fold keeps a snapshot.
const LONG_FOLD: u64 = 25;

/// A plan as it was found.
pub(crate) struct Loaded {
    pub plan: Plan,
    /// Where the snapshot it began with stood; 0 if it was folded from the beginning.
    pub snapshot: u64,
    pub suspended: bool,
}

/// How far a plan has been loaded, for those who wait for it.
#[derive(Default)]
pub(crate) struct Progress {
    at: AtomicU64,
    of: AtomicU64,
}

impl Progress {
    /// In percent; `None` before that is known.
    pub(crate) fn percent(&self) -> Option<u64> {
        let of = self.of.load(Ordering::Relaxed);
        (of > 0).then(|| (self.at.load(Ordering::Relaxed).min(of)) * 100 / of)
    }
}

/// The plan at the log's end; `None` where there is no log.
pub(crate) async fn load(services: &Services, tenant: TenantId) -> Result<Option<Loaded>, Error> {
    load_keeping(services, tenant, None, &Arc::default()).await
}

/// The same; on the way through a long log a snapshot is kept now and then, spaced by so many
/// events, so that whoever has to begin again does not begin from zero.
pub(crate) async fn load_keeping(
    services: &Services,
    tenant: TenantId,
    snapshot_every: Option<u64>,
    progress: &Arc<Progress>,
) -> Result<Option<Loaded>, Error> {
    let store = &services.store;
    let (head, suspended) = tokio::try_join!(store.head(tenant), suspended(store, tenant))?;
    let Some(head) = head else {
        return Ok(None);
    };
    let (mut plan, mut snapshot) = nearest(services, tenant, head.head).await?;
    progress.of.store(head.head.seq, Ordering::Relaxed);
    loop {
        progress.at.store(plan.head().seq, Ordering::Relaxed);
        let end = head.head.seq;
        let stop = snapshot_every.map(|every| plan.head().seq + LONG_FOLD * every);
        let stop = stop.filter(|stop| *stop < end);
        let noted = Arc::clone(progress);
        let note = move |event: &Event, _: &Plan| noted.at.store(event.seq, Ordering::Relaxed);
        tail::follow(services, &mut plan, stop.unwrap_or(end), note).await?;
        let (Some(_), Some(every)) = (stop, snapshot_every) else {
            break;
        };
        match snapshots::save(services, Arc::new(plan.clone()), every).await {
            Ok(()) => snapshot = plan.head().seq,
            // It costs time at another opening, nothing else.
            Err(error) => {
                tracing::warn!(%tenant, error = error.causes(), "a snapshot on the way through a log could not be saved");
            }
        }
    }
    check_end(&plan, head)?;
    Ok(Some(Loaded {
        plan,
        snapshot,
        suspended,
    }))
}

/// Whether the tenant is being closed.
pub(crate) async fn suspended(
    store: &Arc<dyn Store>,
    tenant: TenantId,
) -> Result<bool, StoreError> {
    Ok(store.tenant_status(tenant).await? != TenantStatus::Open)
}

/// What was read must reach what the store calls the log's head.
fn check_end(plan: &Plan, head: LogHead) -> Result<(), Error> {
    let reached = plan.head().seq;
    let same_end = reached != head.head.seq || plan.last_hash() == head.hash;
    if reached < head.head.seq || !same_end {
        return Err(Error::Internal {
            detail: "the log of this workspace does not reach its head".to_owned(),
            source: None,
        });
    }
    Ok(())
}

/// The plan of the latest snapshot at or before `at` that the log vouches for, in `at`'s epoch;
/// the empty plan if there is none. Beside it, where the snapshot stands.
pub(crate) async fn nearest(
    services: &Services,
    tenant: TenantId,
    at: Head,
) -> Result<(Plan, u64), Error> {
    let mut at_most = at.seq;
    while let Some(snapshot) = services.store.snapshot(tenant, at_most).await? {
        let seq = snapshot.head.seq;
        match restore(services, tenant, snapshot).await? {
            Some(mut plan) => {
                plan.begin_epoch(at.epoch);
                return Ok((plan, seq));
            }
            None if seq == 0 => break,
            None => at_most = seq - 1,
        }
    }
    Ok((Plan::empty(tenant, at.epoch), 0))
}

/// The snapshot's plan, unless it cannot be read or is not of this log (as after a restore).
async fn restore(
    services: &Services,
    tenant: TenantId,
    snapshot: Snapshot,
) -> Result<Option<Plan>, Error> {
    let head = snapshot.head;
    let decoding =
        move || PlanSnapshot::from_bytes(&snapshot.bytes).and_then(PlanSnapshot::into_plan);
    let decoded = services.cpu.run_patiently(tenant.0, decoding).await?;
    let plan = match decoded {
        Ok(plan) if plan.tenant() == tenant && plan.head().seq == head.seq => plan,
        Ok(_) => {
            tracing::warn!(%tenant, %head, "a snapshot is of another log: the log is folded without it");
            return Ok(None);
        }
        // As after every upgrade that changes what a snapshot holds.
        Err(SnapshotError::Format(_)) => {
            tracing::info!(%tenant, %head, "a snapshot has another release's format: the log is folded without it");
            return Ok(None);
        }
        Err(error) => {
            tracing::warn!(%tenant, %head, %error, "a snapshot could not be read: the log is folded without it");
            return Ok(None);
        }
    };
    let before = head.seq.saturating_sub(1);
    let logged = services.store.events(tenant, before, 1).await?;
    let vouched = logged
        .first()
        .is_some_and(|l| l.seq == head.seq && l.stored.hash == plan.last_hash());
    if !vouched {
        tracing::warn!(%tenant, %head, "the log does not have a snapshot's last event: the log is folded without it");
    }
    Ok(vouched.then_some(plan))
}

/// What catching up brought.
pub(crate) enum Caught {
    /// Nothing new.
    Same,
    /// Newer events of the same epoch, each handed to `seen`.
    Ahead(Plan),
    /// Another epoch, or a log that is not the plan's any more: the plan was loaded anew.
    Reset(Plan),
    /// The log is gone.
    Gone,
}

/// Brings a plan up to the log's end.
pub(crate) async fn catch_up(
    services: &Services,
    plan: &Plan,
    seen: impl FnMut(&Event, &Plan) + Send + 'static,
) -> Result<Caught, Error> {
    let tenant = plan.tenant();
    let Some(log) = services.store.head(tenant).await? else {
        return Ok(Caught::Gone);
    };
    let here = plan.head();
    if log.head == here && log.hash == plan.last_hash() {
        return Ok(Caught::Same);
    }
    if log.head.epoch == here.epoch && log.head.seq > here.seq {
        let mut plan = plan.clone();
        match tail::follow(services, &mut plan, log.head.seq, seen).await {
            Ok(_) => return Ok(Caught::Ahead(plan)),
            // It does not continue this plan, whose commits were lost: load what the log has.
            Err(TailError::Event(EventError::Broken(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(plan) = carried_over(services, plan, log).await? {
        return Ok(Caught::Reset(plan));
    }
    Ok(match load(services, tenant).await? {
        Some(loaded) => Caught::Reset(loaded.plan),
        None => Caught::Gone,
    })
}

/// A plan in the epoch of a log that goes on from it, as after an erasure: what was erased is not in
/// it any more. [`None`] where the log is another one, as after a restore, or where the plan has a
/// personal value that is gone: it is to be loaded anew.
pub(crate) async fn carried_over(
    services: &Services,
    plan: &Plan,
    log: LogHead,
) -> Result<Option<Plan>, Error> {
    if log.head.epoch == plan.head().epoch || log.head.seq < plan.head().seq {
        return Ok(None);
    }
    let mut plan = plan.clone();
    plan.begin_epoch(log.head.epoch);
    match tail::follow(services, &mut plan, log.head.seq, |_, _| {}).await {
        Ok(_) if plan.last_hash() == log.hash => {}
        Ok(_) | Err(TailError::Event(EventError::Broken(_))) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let (tenant, of) = (plan.tenant(), plan.clone());
    let opened = move || {
        let mut opened = Vec::new();
        of.personal(&mut |slot| opened.extend(slot.is_open().then(|| slot.reference())));
        opened.sort_unstable();
        opened.dedup();
        opened
    };
    let opened = services.cpu.run_patiently(tenant.0, opened).await?;
    let there = tail::has_values(&*services.store, tenant, &opened).await?;
    Ok(there.then_some(plan))
}

/// True where trying again soon cannot help: what is stored is the trouble.
pub(crate) fn is_broken(error: &Error) -> bool {
    match error {
        Error::Internal { .. } => true,
        Error::Unavailable { source, .. } => source.is_some(),
        _ => false,
    }
}
