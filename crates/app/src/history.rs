//! The past: the plan as it was.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use tokio::sync::Semaphore;

use crate::Message;
use crate::error::Error;
use crate::services::Services;
use crate::tenants::{load, tail};

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

/// Folds this many plans of the past at a time.
const AT_ONCE: usize = 2;
/// A fold waits this long for its turn.
const TIMEOUT: Duration = Duration::from_secs(10);
/// This many plans of the past are kept, those asked for last.
const KEPT: u64 = 16;

/// Reads plans of the past; keeps the last of them for a while.
pub struct History {
    services: Services,
    turns: Semaphore,
    kept: moka::future::Cache<(TenantId, Head), Arc<Plan>>,
}

impl History {
    /// Without any plan in memory yet.
    #[must_use]
    pub fn new(services: Services) -> History {
        History {
            services,
            turns: Semaphore::new(AT_ONCE),
            kept: moka::future::Cache::builder()
                .max_capacity(KEPT)
                .time_to_idle(Duration::from_secs(300))
                .build(),
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
        let key = (now.tenant(), head);
        let folding = self.kept.try_get_with(key, self.fold(now.tenant(), head));
        folding.await.map_err(|error| (*error).clone())
    }

    async fn fold(&self, tenant: TenantId, head: Head) -> Result<Arc<Plan>, Error> {
        let busy = || Error::unavailable("others are looking at the past: try again");
        let turn = tokio::time::timeout(TIMEOUT, self.turns.acquire());
        let _turn = turn.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let store = &self.services.store;
        let (mut plan, _) = load::nearest(store, tenant, head).await?;
        tail::follow(&**store, &mut plan, Some(head.seq), |_, _| {}).await?;
        if plan.head() != head {
            return Err(Error::Internal {
                detail: "the log of this workspace does not reach its head".to_owned(),
                source: None,
            });
        }
        Ok(Arc::new(plan))
    }
}
