//! What a tenant's handle and its sequencer both hold: the published plan and what follows
//! from publishing one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use tokio::sync::broadcast;

use super::config::TenantsConfig;
use super::snapshots;
use crate::error::Error;
use crate::head_broadcast::CommitNotifier;
use crate::live::Live;
use crate::services::Services;

/// Another process that wrote is taken to go on writing for that long.
const CONTENDED_FOR: Duration = Duration::from_secs(1);

pub(crate) struct Shared {
    pub tenant: TenantId,
    pub services: Services,
    pub config: TenantsConfig,
    pub plan: ArcSwap<Plan>,
    /// `None`: the tenant is being closed.
    pub live: broadcast::Sender<Option<Live>>,
    /// Notified after every commit, so that it is relayed soon.
    pub committed: Arc<CommitNotifier>,
    failed: ArcSwapOption<Error>,
    /// Being closed: nothing is written to it.
    suspended: AtomicBool,
    /// When somebody last looked whether another process wrote, in microseconds.
    fresh_at: AtomicI64,
    /// When another process was last found to write, in microseconds.
    contended_at: AtomicI64,
    /// When the tenant was last asked anything, in microseconds.
    used_at: AtomicI64,
    /// Where the latest snapshot stands.
    snapshot: AtomicU64,
    saving: AtomicBool,
    /// Held by the read that asks the store where the log stands; others wait for what it finds.
    pub looking: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(crate) fn new(
        services: Services,
        config: TenantsConfig,
        committed: Arc<CommitNotifier>,
        plan: Plan,
        snapshot: u64,
        suspended: bool,
    ) -> Arc<Shared> {
        let now = services.now().micros();
        let (live, _) = broadcast::channel(config.live_buffer);
        let shared = Arc::new(Shared {
            tenant: plan.tenant(),
            services,
            config,
            plan: ArcSwap::from_pointee(plan),
            live,
            committed,
            failed: ArcSwapOption::empty(),
            suspended: AtomicBool::new(suspended),
            fresh_at: AtomicI64::new(now),
            contended_at: AtomicI64::new(i64::MIN),
            used_at: AtomicI64::new(now),
            snapshot: AtomicU64::new(snapshot),
            saving: AtomicBool::new(false),
            looking: tokio::sync::Mutex::default(),
        });
        // A long tail costs every opening until a snapshot stands at its end.
        shared.save_if_behind(4);
        shared
    }

    /// Readers see the plan from now on; followers hear of it after that.
    pub(crate) fn publish(self: &Arc<Self>, plan: Plan, news: Vec<Live>) {
        self.plan.store(Arc::new(plan));
        self.mark_fresh();
        for live in news {
            // Nobody listening is no error.
            let _ = self.live.send(Some(live));
        }
        self.save_if_behind(1);
    }

    pub(crate) fn failed(&self) -> Option<Error> {
        self.failed.load().as_deref().cloned()
    }

    pub(crate) fn fail(&self, error: Error) {
        self.failed.store(Some(Arc::new(error)));
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Acquire)
    }

    /// Whether it is being closed now; followers of one that is are let go.
    pub(crate) fn suspend(&self, suspended: bool) {
        if !self.suspended.swap(suspended, Ordering::AcqRel) && suspended {
            let _ = self.live.send(None);
        }
    }

    pub(crate) fn mark_fresh(&self) {
        let now = self.services.now().micros();
        self.fresh_at.fetch_max(now, Ordering::Relaxed);
    }

    /// True where the last look at the store is too old for a read.
    pub(crate) fn is_stale(&self) -> bool {
        let age = self.services.now().micros() - self.fresh_at.load(Ordering::Relaxed);
        i128::from(age) > self.config.max_staleness.as_micros().cast_signed()
    }

    /// Another process writes, too.
    pub(crate) fn contended(&self) {
        let now = self.services.now().micros();
        self.contended_at.fetch_max(now, Ordering::Relaxed);
    }

    pub(crate) fn is_contended(&self) -> bool {
        let then = self.contended_at.load(Ordering::Relaxed);
        i128::from(self.services.now().micros().saturating_sub(then))
            < CONTENDED_FOR.as_micros().cast_signed()
    }

    pub(crate) fn touch(&self) {
        let now = self.services.now().micros();
        self.used_at.fetch_max(now, Ordering::Relaxed);
    }

    pub(crate) fn used_at(&self) -> i64 {
        self.used_at.load(Ordering::Relaxed)
    }

    /// Keeps a snapshot in the background if the last one is that part of a tail behind, and none
    /// is under way.
    fn save_if_behind(self: &Arc<Self>, part: u64) {
        if !self.is_behind(part) || self.saving.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            shared.save().await;
            shared.saving.store(false, Ordering::Release);
        });
    }

    /// On closing: keeps a snapshot where it saves the next opening some work.
    pub(crate) async fn save_last(&self) {
        if self.failed().is_none() && self.is_behind(10) {
            self.save().await;
        }
    }

    /// Whether the events since the last snapshot are that part of what the next one may leave to
    /// be read. Of a large plan it may leave more: a snapshot holds all of the plan, and one every
    /// so many events would cost each event the more, the larger the plan is.
    fn is_behind(&self, part: u64) -> bool {
        let plan = self.plan.load();
        let behind = (plan.head().seq).saturating_sub(self.snapshot.load(Ordering::Relaxed));
        let tail = (self.config.snapshot_every).max(snapshots::longest_tail(&plan));
        behind >= (tail / part).max(1)
    }

    async fn save(&self) {
        let plan = self.plan.load_full();
        let seq = plan.head().seq;
        match snapshots::save(&self.services, plan, self.config.snapshot_every).await {
            Ok(()) => {
                self.snapshot.fetch_max(seq, Ordering::Relaxed);
            }
            // It costs time at the next opening, nothing else.
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, error = error.causes(), "a snapshot of the plan could not be saved");
            }
        }
    }
}
