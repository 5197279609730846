//! Plans as consumers need them: as they were at an event, moving on with the log.

use std::sync::Arc;

use parking_lot::Mutex;
use raally_domain::event::{Event, Head};
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;

use crate::error::Error;
use crate::services::Services;
use crate::tenants::{load, tail};

/// How many assignments the plans that are kept may have in all.
const KEPT: u64 = 500_000;

/// The last plan of each tenant that was asked for lately, so that the next is near.
pub(crate) struct Plans {
    services: Services,
    kept: moka::sync::Cache<TenantId, Plan>,
}

impl Plans {
    pub(crate) fn new(services: Services) -> Plans {
        let weigh = |_: &TenantId, plan: &Plan| {
            let things = plan.assignment_count() + plan.people().len() + 100;
            u32::try_from(things).unwrap_or(u32::MAX)
        };
        Plans {
            services,
            kept: moka::sync::Cache::builder()
                .weigher(weigh)
                .max_capacity(KEPT)
                .time_to_idle(std::time::Duration::from_secs(600))
                .build(),
        }
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
        if let Err(error) = tail::follow(&self.services, &mut after, Some(last), note).await {
            // The plan may be one of commits that were lost: the next try begins from the log.
            self.kept.invalidate(&tenant);
            return Err(error.into());
        }
        self.kept.insert(tenant, after.clone());
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
        self.kept.invalidate(&tenant);
        self.at(tenant, log.head.seq).await
    }

    async fn at(&self, tenant: TenantId, seq: u64) -> Result<Plan, Error> {
        let store = &self.services.store;
        if let Some(mut plan) = self.kept.get(&tenant)
            && plan.head().seq <= seq
        {
            match tail::follow(&self.services, &mut plan, Some(seq), |_, _| {}).await {
                Ok(_) => return Ok(self.keep(plan)),
                Err(error @ (tail::TailError::Store(_) | tail::TailError::Ending(_))) => {
                    return Err(error.into());
                }
                // The log is another one since a backup was restored.
                Err(_) => self.kept.invalidate(&tenant),
            }
        }
        let epoch = store.head(tenant).await?.map_or(1, |h| h.head.epoch);
        let (mut plan, _) = load::nearest(&self.services, tenant, Head { epoch, seq }).await?;
        tail::follow(&self.services, &mut plan, Some(seq), |_, _| {}).await?;
        Ok(self.keep(plan))
    }

    fn keep(&self, plan: Plan) -> Plan {
        self.kept.insert(plan.tenant(), plan.clone());
        plan
    }
}
