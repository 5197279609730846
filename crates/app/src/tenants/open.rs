//! Which tenants are open: each opened once however many ask, the longest idle evicted when memory
//! runs short.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use raally_domain::event::Head;
use raally_domain::figures::remembered_bytes;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Tenant;
use super::config::TenantsConfig;
use super::load::{self, Progress};
use super::sequencer::Sequencer;
use crate::error::Error;
use crate::head_broadcast::{self, CommitNotifier};
use crate::memory::{Keeper, Kept};
use crate::services::{Services, earlier};

/// How long the reason why a tenant could not be opened is given again without another try.
const FAILED_FOR: Duration = Duration::from_secs(3);
/// When whoever asked for a workspace that is being loaded should ask again.
const RETRY_LOADING: Duration = Duration::from_secs(5);
/// How long closing waits for a sequencer to finish what it has begun.
const CLOSING: Duration = Duration::from_secs(20);

/// The tenants of this process. Cheap to clone.
#[derive(Clone)]
pub struct Tenants {
    inner: Arc<Inner>,
}

struct Inner {
    services: Services,
    config: TenantsConfig,
    committed: Arc<CommitNotifier>,
    open: Mutex<HashMap<TenantId, Arc<Slot>>>,
    asked: AtomicU64,
    loaded: AtomicU64,
}

#[derive(Default)]
struct Slot {
    cell: OnceLock<Opened>,
    /// The load that is under way.
    loading: Mutex<Option<Loading>>,
    progress: Arc<Progress>,
    failed: Mutex<Option<(i64, Error)>>,
}

type Loading = Shared<BoxFuture<'static, Result<(), Error>>>;

impl Slot {
    fn open(&self, opened: Opened) -> Result<(), Error> {
        let twice = |_| Error::unavailable("this workspace is being loaded twice: try again");
        self.cell.set(opened).map_err(twice)
    }
}

fn still_loading(progress: &Progress) -> Error {
    let far = progress.percent().map(|n| format!(" ({n} % are done)"));
    Error::Unavailable {
        detail: format!(
            "this workspace is being loaded{}: try again",
            far.unwrap_or_default()
        ),
        retry_after: RETRY_LOADING,
        source: None,
    }
}

struct Opened {
    tenant: Arc<Tenant>,
    sequencer: Mutex<Option<JoinHandle<()>>>,
}

impl Opened {
    /// What its plan is estimated to take.
    fn bytes(&self) -> u64 {
        estimate(&self.tenant.published())
    }
}

impl Tenants {
    /// None is open yet.
    #[must_use]
    pub fn new(services: Services, config: TenantsConfig) -> Tenants {
        let memory = Arc::clone(&services.memory);
        let inner = Arc::new(Inner {
            services,
            config,
            committed: Arc::default(),
            open: Mutex::new(HashMap::new()),
            asked: AtomicU64::new(0),
            loaded: AtomicU64::new(0),
        });
        let keeper = Arc::downgrade(&inner);
        memory.register(keeper);
        Tenants { inner }
    }

    /// What they are opened from.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.inner.services
    }

    /// Notified after every commit of this process.
    #[must_use]
    pub fn commit_notifier(&self) -> Arc<CommitNotifier> {
        Arc::clone(&self.inner.committed)
    }

    /// The open tenant; opens it if need be. [`Error::NotFound`] if there is none.
    pub async fn open(&self, id: TenantId) -> Result<Arc<Tenant>, Error> {
        self.inner.asked.fetch_add(1, Ordering::Relaxed);
        let slot = self.slot(id);
        let tenant = match slot.cell.get() {
            Some(opened) => Arc::clone(&opened.tenant),
            None => self.open_slot(id, &slot).await?,
        };
        tenant.shared.touch();
        Ok(tenant)
    }

    /// Waits for the load that is under way, or begins one. It goes on though nobody may wait for
    /// it any more, and whoever comes meanwhile is told how far it is.
    async fn open_slot(&self, id: TenantId, slot: &Arc<Slot>) -> Result<Arc<Tenant>, Error> {
        self.recently_failed(slot)?;
        let loading = self.loading(id, slot);
        let loaded = tokio::time::timeout(self.inner.config.timeout, loading).await;
        let Ok(loaded) = loaded else {
            return Err(still_loading(&slot.progress));
        };
        loaded?;
        let opened = slot.cell.get();
        let tenant = opened.map(|opened| Arc::clone(&opened.tenant));
        tenant.ok_or_else(|| Error::unavailable("this workspace was just closed: try again"))
    }

    fn loading(&self, id: TenantId, slot: &Arc<Slot>) -> Loading {
        let mut loading = slot.loading.lock();
        if let Some(loading) = &*loading {
            return loading.clone();
        }
        // A load may have ended since the caller looked.
        if slot.cell.get().is_some() {
            return futures::future::ready(Ok(())).boxed().shared();
        }
        let (tenants, loaded) = (self.clone(), Arc::clone(slot));
        let task = tokio::spawn(async move {
            let opened = tenants.load(id, &loaded).await;
            let result = match opened {
                Ok(opened) => loaded.open(opened),
                Err(error) => Err(tenants.not_opened(id, &loaded, error)),
            };
            *loaded.loading.lock() = None;
            result
        });
        let panicked = |e| Err(Error::internal("a workspace could not be loaded", e));
        let begun: Loading = task
            .map(move |ended| ended.unwrap_or_else(panicked))
            .boxed()
            .shared();
        *loading = Some(begun.clone());
        begun
    }

    /// The plan of a tenant, if it is open; does not count as using it.
    #[must_use]
    pub fn published(&self, id: TenantId) -> Option<Arc<Plan>> {
        let slot = self.inner.open.lock().get(&id).map(Arc::clone)?;
        slot.cell.get().map(|opened| opened.tenant.published())
    }

    /// Another process says where a log stands: takes up what is new, if the tenant is open here.
    pub fn on_head(&self, id: TenantId, head: Head) {
        let Some(slot) = self.inner.open.lock().get(&id).map(Arc::clone) else {
            return;
        };
        let Some(opened) = slot.cell.get() else {
            return;
        };
        let here = opened.tenant.published().head();
        let another = head.epoch != head_broadcast::ANY_EPOCH && here.epoch != head.epoch;
        if another || here.seq < head.seq {
            opened.tenant.shared.contended();
            opened.tenant.request_refresh();
        }
    }

    /// Whether a tenant is suspended or closed has changed: it is looked at again here, and soon
    /// wherever it is open.
    pub(crate) async fn reload_status(&self, id: TenantId) {
        let slot = self.inner.open.lock().get(&id).map(Arc::clone);
        if let Some(opened) = slot.as_ref().and_then(|slot| slot.cell.get()) {
            // Where that fails, it is done before the next read.
            let _ = opened.tenant.catch_up().await;
        }
        let beyond = Head {
            epoch: head_broadcast::ANY_EPOCH,
            seq: u64::MAX,
        };
        self.inner.committed.publish(id, beyond);
    }

    /// The plans of all open tenants; does not count as using them.
    #[must_use]
    pub fn plans(&self) -> Vec<Arc<Plan>> {
        let open = self.inner.open.lock();
        let opened = open.values().filter_map(|s| s.cell.get());
        opened.map(|opened| opened.tenant.published()).collect()
    }

    /// How many tenants are open, and the bytes their plans are estimated to take.
    #[must_use]
    pub fn usage(&self) -> (usize, u64) {
        let open = self.inner.open.lock();
        let plans = open.values().filter_map(|s| s.cell.get());
        plans.fold((0, 0), |(n, bytes), opened| (n + 1, bytes + opened.bytes()))
    }

    /// The bytes that an open tenant's plan is estimated to take.
    #[must_use]
    pub fn bytes(&self, id: TenantId) -> Option<u64> {
        self.published(id).map(|plan| estimate(&plan))
    }

    /// How often a tenant was asked for, and how often its plan was loaded because of it.
    #[must_use]
    pub fn openings(&self) -> (u64, u64) {
        let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
        (count(&self.inner.asked), count(&self.inner.loaded))
    }

    /// Closes all tenants, keeping snapshots; waits for what they have begun.
    pub async fn close(&self) {
        let slots: Vec<Arc<Slot>> = self.inner.open.lock().drain().map(|(_, s)| s).collect();
        let mut waits = Vec::new();
        for opened in slots.iter().filter_map(|slot| slot.cell.get()) {
            opened.tenant.close().await;
            waits.extend(opened.sequencer.lock().take());
        }
        for wait in waits {
            if tokio::time::timeout(CLOSING, wait).await.is_err() {
                tracing::warn!("a workspace's sequencer did not end in time");
            }
        }
    }

    fn slot(&self, id: TenantId) -> Arc<Slot> {
        let mut open = self.inner.open.lock();
        let slot = open.entry(id).or_default();
        // Its sequencer ended: the log could not be followed, or it panicked.
        if slot
            .cell
            .get()
            .is_some_and(|o| o.tenant.requests.is_closed())
        {
            *slot = Arc::default();
        }
        Arc::clone(slot)
    }

    fn recently_failed(&self, slot: &Slot) -> Result<(), Error> {
        let now = self.inner.services.now().micros();
        match &*slot.failed.lock() {
            Some((until, error)) if now < *until => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn not_opened(&self, id: TenantId, slot: &Arc<Slot>, error: Error) -> Error {
        if load::is_broken(&error) {
            tracing::error!(tenant = %id, error = error.causes(), "a workspace's plan could not be loaded");
            let until = crate::services::later(self.inner.services.now(), FAILED_FOR);
            *slot.failed.lock() = Some((until.micros(), error.clone()));
        } else {
            // A slot for every id that anybody asks about would grow without end.
            let mut open = self.inner.open.lock();
            if open.get(&id).is_some_and(|s| Arc::ptr_eq(s, slot)) && slot.cell.get().is_none() {
                open.remove(&id);
            }
        }
        error
    }

    async fn load(&self, id: TenantId, slot: &Slot) -> Result<Opened, Error> {
        let inner = &self.inner;
        let every = Some(inner.config.snapshot_every);
        let loading = load::load_keeping(&inner.services, id, every, &slot.progress);
        let Some(loaded) = loading.await? else {
            return Err(crate::access::no_workspace());
        };
        let shared = super::shared::Shared::new(
            inner.services.clone(),
            inner.config.clone(),
            Arc::clone(&inner.committed),
            loaded.plan,
            loaded.snapshot,
            loaded.suspended,
        );
        inner.loaded.fetch_add(1, Ordering::Relaxed);
        let (requests, receiver) = mpsc::channel(inner.config.queue);
        let sequencer = Sequencer::new(Arc::clone(&shared), receiver);
        let task = tokio::spawn(sequencer.run());
        Ok(Opened {
            tenant: Arc::new(Tenant { shared, requests }),
            sequencer: Mutex::new(Some(task)),
        })
    }
}

#[async_trait]
impl Keeper for Inner {
    fn kept(&self) -> Kept {
        Kept::Plans
    }

    fn bytes(&self) -> u64 {
        let open = self.open.lock();
        let opened = open.values().filter_map(|slot| slot.cell.get());
        opened.map(Opened::bytes).sum()
    }

    /// The longest idle go first.
    async fn put_away(&self, bytes: u64) {
        let idle_before = earlier(self.services.now(), self.config.idle_after);
        let mut open = self.open.lock();
        let mut idle = Vec::new();
        for (id, slot) in open.iter() {
            let Some(opened) = slot.cell.get() else {
                continue;
            };
            let used_at = opened.tenant.shared.used_at();
            // Somebody who holds it (a follower, a request) will use it again.
            let held = Arc::strong_count(&opened.tenant) > 1;
            if !held && used_at <= idle_before.micros() {
                idle.push((used_at, *id));
            }
        }
        idle.sort_unstable();
        let (mut evicted, mut gone) = (Vec::new(), 0);
        for (_, id) in idle {
            if gone >= bytes {
                break;
            }
            let slot = open.remove(&id);
            let opened = slot.as_ref().and_then(|slot| slot.cell.get());
            gone += opened.map_or(0, Opened::bytes);
            evicted.push(slot);
            tracing::debug!(tenant = %id, "the plan of an idle workspace was evicted from memory");
        }
        // Others must not wait while large plans are taken down.
        drop(open);
        drop(evicted);
    }
}

/// Roughly how many bytes a plan takes with its remembered figures.
pub(crate) fn estimate(plan: &Plan) -> u64 {
    let counted = [
        (plan.people().len(), 2_000),
        (plan.assignment_count(), 500),
        (plan.projects().len(), 800),
        (plan.placeholders().len(), 500),
        (plan.calendars().len(), 500),
    ];
    let sum: usize = counted.iter().map(|(n, each)| n * each).sum();
    // Names of holidays may be long, and there are calendars of thousands.
    let calendars = plan.calendars().values();
    let holidays = calendars.flat_map(|c| &c.value.holidays);
    let holidays: usize = holidays.map(|day| 60 + day.name.len()).sum();
    (50_000 + sum + holidays + plan.step_bytes() + remembered_bytes(plan)) as u64
}
