//! The past: the plan as it was.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;

use crate::Message;
use crate::cpu::Queues;
use crate::error::Error;
use crate::memory::{Cache, Kept};
use crate::services::Services;
use crate::tenants::{estimate, load, tail};

/// A point of a log's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// After the event at that head.
    Head(Head),
    /// What had been recorded by then.
    Timestamp(Timestamp),
}

impl std::str::FromStr for At {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if let Ok(head) = s.parse() {
            return Ok(At::Head(head));
        }
        s.parse()
            .map(At::Timestamp)
            .map_err(|_| "must be an instant such as 2026-11-23T09:30:00Z, or a head such as 1.42")
    }
}

/// How long somebody waits for the past.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Plans of the past may take that part of the budget of memory, those asked for last.
const PART: u64 = 6;

/// Reads plans of the past; keeps the last of them for a while.
#[derive(Clone)]
pub struct History {
    services: Services,
    /// One at a time for each workspace, whose readers wait for one another and nobody else.
    turns: Arc<Queues>,
    kept: Arc<Cache<(TenantId, Head), Arc<Plan>>>,
}

impl History {
    /// Without any plan in memory yet.
    #[must_use]
    pub fn new(services: Services) -> History {
        let weigh = |_: &(TenantId, Head), plan: &Arc<Plan>| {
            u32::try_from(estimate(plan)).unwrap_or(u32::MAX)
        };
        let entries = moka::future::Cache::builder()
            .weigher(weigh)
            .max_capacity(services.memory.budget() / PART)
            .time_to_idle(Duration::from_secs(300))
            .build();
        let kept = Arc::new(Cache::new(Kept::Pasts, entries));
        let keeper = Arc::downgrade(&kept);
        services.memory.register(keeper);
        History {
            services,
            turns: Arc::new(Queues::new(1)),
            kept,
        }
    }

    /// The plan of `now`'s tenant as it was; `now` is the plan as it is. [`Error::NotFound`]
    /// where there was none yet, [`Error::Reset`] for a head of an epoch that has ended.
    pub async fn as_of(&self, now: &Arc<Plan>, at: At) -> Result<Arc<Plan>, Error> {
        let here = now.head();
        let seq = match at {
            At::Head(head) if head.epoch != here.epoch => return Err(Error::Reset { head: here }),
            At::Head(head) => head.seq,
            At::Timestamp(at) if at >= now.recorded_at() => here.seq,
            At::Timestamp(at) => self.services.store.seq_at(now.tenant(), at).await?,
        };
        if seq == 0 {
            return Err(Error::NotFound(Message::NoPlanThen));
        }
        if seq > here.seq {
            return Err(Error::field("?as_of", Message::InTheFuture));
        }
        if seq == here.seq {
            return Ok(Arc::clone(now));
        }
        let head = Head {
            epoch: here.epoch,
            seq,
        };
        let folding = self.folded(now.tenant(), head);
        let folded = tokio::time::timeout(TIMEOUT, folding).await;
        folded.unwrap_or_else(|_| {
            Err(Error::unavailable(
                "the past of this workspace is being worked out: try again",
            ))
        })
    }

    /// The plan as it was, from memory if it was asked for before. What was begun is finished,
    /// though nobody may wait for it any more: the next to ask finds it.
    async fn folded(&self, tenant: TenantId, head: Head) -> Result<Arc<Plan>, Error> {
        let key = (tenant, head);
        if let Some(plan) = self.kept.entries.get(&key).await {
            return Ok(plan);
        }
        let history = self.clone();
        let turn = self.turns.wait(tenant.0).await?;
        let folding = tokio::spawn(async move {
            let _turn = turn;
            let entries = &history.kept.entries;
            let folding = entries.try_get_with(key, history.fold(tenant, head));
            folding.await.map_err(|error| (*error).clone())
        });
        let folded = folding.await;
        folded.map_err(|e| Error::internal("the past could not be worked out", e))?
    }

    async fn fold(&self, tenant: TenantId, head: Head) -> Result<Arc<Plan>, Error> {
        let services = &self.services;
        let (mut plan, _) = load::nearest(services, tenant, head).await?;
        tail::follow(services, &mut plan, head.seq, |_, _| {}).await?;
        if plan.head() != head {
            return Err(Error::Internal {
                detail: "the log of this workspace does not reach its head".to_owned(),
                source: None,
            });
        }
        Ok(Arc::new(plan))
    }
}
