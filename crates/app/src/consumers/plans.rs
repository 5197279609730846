//! Plans as consumers need them: as they were at an event, moving on with the log.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use raally_domain::event::{Event, Head};
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;

use crate::error::Error;
use crate::memory;
use crate::services::{Services, later};
use crate::tenants::{estimate, load, tail};

/// The plans that are kept may take that part of the budget of memory.
const PART: u64 = 2;

/// The last plan of each tenant that was asked for lately, so that the next is near.
pub(crate) struct Plans {
    services: Services,
    kept: Arc<memory::Cache<TenantId, Kept>>,
}

/// How long a kept plan is taken to be of the log's epoch without a look.
const LOOKED_FOR: Duration = Duration::from_secs(10);

/// A plan, and when the log was last seen to be in its epoch.
#[derive(Clone)]
struct Kept {
    plan: Plan,
    looked_at: Timestamp,
}

impl Plans {
    pub(crate) fn new(services: Services) -> Plans {
        let weigh = |_: &TenantId, kept: &Kept| {
            let bytes = estimate(&kept.plan);
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let entries = moka::future::Cache::builder()
            .weigher(weigh)
            .max_capacity(services.memory.budget() / PART)
            .time_to_idle(Duration::from_secs(600))
            .build();
        let kept = Arc::new(memory::Cache::new(memory::Kept::ConsumerPlans, entries));
        let keeper = Arc::downgrade(&kept);
        services.memory.register(keeper);
        Plans { services, kept }
    }

    /// The plan before and after the events `first..=last`, and those events.
    pub(crate) async fn around(
        &self,
        tenant: TenantId,
        first: u64,
        last: u64,
    ) -> Result<(Plan, Plan, Vec<Event>), Error> {
        let before = self.at(tenant, first - 1).await?;
        let mut after = before.clone();
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let note = move |event: &Event, _: &Plan| seen.lock().push(event.clone());
        if let Err(error) = tail::follow(&self.services, &mut after, last, note).await {
            // The plan may be one of commits that were lost: the next try begins from the log.
            self.kept.entries.invalidate(&tenant).await;
            return Err(error.into());
        }
        let after = self.keep(after).await;
        let events = std::mem::take(&mut *events.lock());
        Ok((before, after, events))
    }

    /// The plan as the log has it now.
    pub(crate) async fn latest(&self, tenant: TenantId) -> Result<Plan, Error> {
        let Some(log) = self.services.store.head(tenant).await? else {
            return self.at(tenant, 0).await;
        };
        let plan = self.at(tenant, log.head.seq).await?;
        if plan.last_hash() == log.hash {
            return Ok(plan);
        }
        // It is one of commits that were lost.
        self.kept.entries.invalidate(&tenant).await;
        self.at(tenant, log.head.seq).await
    }

    async fn at(&self, tenant: TenantId, seq: u64) -> Result<Plan, Error> {
        if let Some(mut plan) = self.of_this_epoch(tenant).await?
            && plan.head().seq <= seq
        {
            match tail::follow(&self.services, &mut plan, seq, |_, _| {}).await {
                Ok(_) => return Ok(self.keep(plan).await),
                Err(error @ (tail::TailError::Store(_) | tail::TailError::Ending(_))) => {
                    return Err(error.into());
                }
                // The log is another one since a backup was restored.
                Err(_) => self.kept.entries.invalidate(&tenant).await,
            }
        }
        let store = &self.services.store;
        let epoch = store.head(tenant).await?.map_or(1, |h| h.head.epoch);
        let (mut plan, _) = load::nearest(&self.services, tenant, Head { epoch, seq }).await?;
        tail::follow(&self.services, &mut plan, seq, |_, _| {}).await?;
        Ok(self.looked(plan).await)
    }

    /// The plan that is kept, unless its epoch has ended: it may hold what was erased since.
    async fn of_this_epoch(&self, tenant: TenantId) -> Result<Option<Plan>, Error> {
        let Some(Kept { plan, looked_at }) = self.kept.entries.get(&tenant).await else {
            return Ok(None);
        };
        if self.services.now() < later(looked_at, LOOKED_FOR) {
            return Ok(Some(plan));
        }
        let log = self.services.store.head(tenant).await?;
        if log.is_some_and(|log| log.head.epoch == plan.head().epoch) {
            return Ok(Some(self.looked(plan).await));
        }
        self.kept.entries.invalidate(&tenant).await;
        let Some(log) = log else {
            return Ok(None);
        };
        Ok(
            match load::carried_over(&self.services, &plan, log).await? {
                Some(plan) => Some(self.looked(plan).await),
                None => None,
            },
        )
    }

    /// Keeps a plan whose epoch was just seen to be the log's.
    async fn looked(&self, plan: Plan) -> Plan {
        self.insert(plan, self.services.now()).await
    }

    /// Keeps a plan that has moved on.
    async fn keep(&self, plan: Plan) -> Plan {
        let before = self.kept.entries.get(&plan.tenant()).await;
        let same = before.filter(|before| before.plan.head().epoch == plan.head().epoch);
        let looked_at = same.map_or_else(|| self.services.now(), |kept| kept.looked_at);
        self.insert(plan, looked_at).await
    }

    async fn insert(&self, plan: Plan, looked_at: Timestamp) -> Plan {
        let kept = Kept { plan, looked_at };
        let entries = &self.kept.entries;
        entries.insert(kept.plan.tenant(), kept.clone()).await;
        kept.plan
    }
}
