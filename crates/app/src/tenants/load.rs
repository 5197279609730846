//! Opening a tenant: the latest snapshot that stands on the log, then the tail.

use std::sync::Arc;

use raally_domain::event::{Event, EventError, Head};
use raally_domain::ids::TenantId;
use raally_domain::plan::{Plan, PlanSnapshot, SnapshotError};

use super::tail::{self, TailError};
use crate::error::Error;
use crate::ports::{LogHead, Snapshot, Store, StoreError, TenantStatus};

/// A plan as it was found.
pub(crate) struct Loaded {
    pub plan: Plan,
    /// Where the snapshot it began with stood; 0 if it was folded from the beginning.
    pub snapshot: u64,
    pub suspended: bool,
}

/// The plan at the log's end; `None` where there is no log.
pub(crate) async fn load(
    store: &Arc<dyn Store>,
    tenant: TenantId,
) -> Result<Option<Loaded>, Error> {
    let (head, suspended) = tokio::try_join!(store.head(tenant), suspended(store, tenant))?;
    let Some(head) = head else {
        return Ok(None);
    };
    let (mut plan, snapshot) = nearest(store, tenant, head.head).await?;
    tail::follow(&**store, &mut plan, None, |_, _| {}).await?;
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
    store: &Arc<dyn Store>,
    tenant: TenantId,
    at: Head,
) -> Result<(Plan, u64), Error> {
    let mut at_most = at.seq;
    while let Some(snapshot) = store.snapshot(tenant, at_most).await? {
        let seq = snapshot.head.seq;
        match restore(store, tenant, snapshot).await? {
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
    store: &Arc<dyn Store>,
    tenant: TenantId,
    snapshot: Snapshot,
) -> Result<Option<Plan>, Error> {
    let head = snapshot.head;
    let decoded = tokio::task::spawn_blocking(move || {
        PlanSnapshot::from_bytes(&snapshot.bytes).and_then(PlanSnapshot::into_plan)
    })
    .await
    .map_err(|e| Error::internal("a snapshot could not be read", e))?;
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
    let logged = store.events(tenant, before, 1).await?;
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
    store: &Arc<dyn Store>,
    plan: &Plan,
    seen: impl FnMut(&Event, &Plan),
) -> Result<Caught, Error> {
    let tenant = plan.tenant();
    let Some(log) = store.head(tenant).await? else {
        return Ok(Caught::Gone);
    };
    let here = plan.head();
    if log.head == here && log.hash == plan.last_hash() {
        return Ok(Caught::Same);
    }
    if log.head.epoch == here.epoch && log.head.seq > here.seq {
        let mut plan = plan.clone();
        match tail::follow(&**store, &mut plan, None, seen).await {
            Ok(_) => return Ok(Caught::Ahead(plan)),
            // It does not continue this plan, whose commits were lost: load what the log has.
            Err(TailError::Event(EventError::Broken(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(match load(store, tenant).await? {
        Some(loaded) => Caught::Reset(loaded.plan),
        None => Caught::Gone,
    })
}

/// True where trying again soon cannot help: what is stored is the trouble.
pub(crate) fn is_broken(error: &Error) -> bool {
    match error {
        Error::Internal { .. } => true,
        Error::Unavailable { source, .. } => source.is_some(),
        _ => false,
    }
}
