//! Open tenants: each has its plan in memory and one sequencer that writes.

mod batch;
mod config;
mod kept;
pub(crate) mod load;
mod open;
mod proposal;
mod sequencer;
mod shared;
mod snapshots;
pub(crate) mod tail;
mod write;

use std::sync::Arc;
use std::time::Duration;

use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::timeout;

use crate::error::Error;
use crate::live::{Follower, Live};
use crate::ports::Store;

pub use config::TenantsConfig;
pub use open::Tenants;
pub(crate) use open::estimate;
pub use write::{
    Answer, Decide, Idempotency, IsSmall, Outcome, Render, RenderedResponse, RestsOn, Write,
};

use load::Caught;
use proposal::Job;
use sequencer::Request;
use shared::Shared;

/// A read waits that long for the sequencer to take over what other processes wrote.
const PATIENCE: Duration = Duration::from_millis(500);

/// A handle to an open tenant. While one is held the tenant stays open.
pub struct Tenant {
    shared: Arc<Shared>,
    requests: mpsc::Sender<Request>,
}

impl Tenant {
    /// The tenant's id.
    #[must_use]
    pub fn id(&self) -> TenantId {
        self.shared.tenant
    }

    /// Whether it is being closed, as this process knows it.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.shared.is_suspended()
    }

    /// The plan as this process knows it. See [`Tenant::plan`] for one that is fresh.
    #[must_use]
    pub fn published(&self) -> Arc<Plan> {
        self.shared.plan.load_full()
    }

    /// The plan, no older than the configured freshness and at least at `at_least`.
    /// [`Error::Reset`] where that head is of an epoch that has ended or lies beyond the log.
    pub async fn plan(&self, at_least: Option<Head>) -> Result<Arc<Plan>, Error> {
        self.shared.touch();
        if let Some(error) = self.shared.failed() {
            return Err(error);
        }
        let plan = self.published();
        let enough = at_least.is_none_or(|wanted| wanted <= plan.head());
        let plan = match enough {
            true if !self.shared.is_stale() => plan,
            true => self.looked_lately().await?,
            false => self.look().await?,
        };
        let head = plan.head();
        match at_least {
            Some(wanted) if wanted.epoch != head.epoch || wanted.seq > head.seq => {
                Err(Error::Reset { head })
            }
            _ => Ok(plan),
        }
    }

    /// The plan, where another read has not just looked whether it is fresh.
    async fn looked_lately(&self) -> Result<Arc<Plan>, Error> {
        let _looking = self.shared.looking.lock().await;
        if self.shared.is_stale() {
            self.look().await
        } else {
            Ok(self.published())
        }
    }

    /// The plan as the log has it now. The store is asked where the log stands, not the sequencer,
    /// which may be deciding something that takes long; while it does, what other processes have
    /// written is applied for this read alone.
    pub(crate) async fn look(&self) -> Result<Arc<Plan>, Error> {
        let services = &self.shared.services;
        let id = self.id();
        let (log, suspended) = tokio::try_join!(
            services.store.head(id),
            load::suspended(&services.store, id)
        )?;
        let plan = self.published();
        let is_current = log.is_some_and(|log| {
            let is_ahead = log.head.epoch == plan.head().epoch && log.head.seq < plan.head().seq;
            is_ahead || (log.head == plan.head() && log.hash == plan.last_hash())
        });
        if is_current {
            self.shared.suspend(suspended);
            self.shared.mark_fresh();
            return Ok(plan);
        }
        match timeout(PATIENCE, self.catch_up()).await {
            Ok(caught) => {
                caught?;
                Ok(self.published())
            }
            Err(_) => match load::catch_up(services, &self.published(), |_, _| {}).await? {
                Caught::Same => Ok(self.published()),
                Caught::Ahead(plan) | Caught::Reset(plan) => Ok(Arc::new(plan)),
                Caught::Gone => Err(crate::access::no_workspace()),
            },
        }
    }

    /// The plan with the event `seq` applied, if the log has it; later ones may be too.
    pub async fn reaching(&self, seq: u64) -> Result<Arc<Plan>, Error> {
        let plan = self.published();
        if plan.head().seq < seq {
            return self.look().await;
        }
        Ok(plan)
    }

    /// Takes over what other processes have written until now.
    pub async fn catch_up(&self) -> Result<(), Error> {
        self.ask(Request::CatchUp).await
    }

    /// Takes over what other processes have written, without waiting for it.
    pub(crate) fn request_refresh(&self) {
        let (reply, _) = oneshot::channel();
        // Where the queue is full, the sequencer is about to look anyway.
        let _ = self.requests.try_send(Request::CatchUp(reply));
    }

    /// Has a write decided and committed, and returns its answer. A rejection changes nothing.
    /// On `Unavailable` because it took too long the write may still happen; with an
    /// idempotency key it can be sent again.
    pub async fn submit(&self, write: Write) -> Result<Answer, Error> {
        let mut committed = self
            .ask(|reply| Request::Write(Job { write, reply }))
            .await?;
        if let Some(head) = committed.ahead_of_plan() {
            committed = committed.on(&*self.plan(Some(head)).await?);
        }
        if committed.is_small() {
            return Ok(committed.answer());
        }
        // It is committed: the answer is given however long its turn takes.
        let cpu = &self.shared.services.cpu;
        let answering = move || committed.answer();
        cpu.run_patiently(self.id().0, answering).await
    }

    /// Follows the tenant's steps after that head; `None`: from now on.
    pub async fn follow(self: &Arc<Self>, after: Option<Head>) -> Result<Follower, Error> {
        self.shared.touch();
        Follower::start(Arc::clone(self), after).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Request,
    ) -> Result<T, Error> {
        self.shared.touch();
        let (reply, answer) = oneshot::channel();
        let asking = async {
            self.requests
                .send(request(reply))
                .await
                .map_err(|_| self.closed())?;
            answer.await.map_err(|_| self.closed())?
        };
        timeout(self.shared.config.timeout, asking)
            .await
            .unwrap_or_else(|_| {
                Err(Error::Unavailable {
                    detail: "this took too long and may or may not have been done: look before \
                             trying again"
                        .to_owned(),
                    retry_after: Duration::from_secs(2),
                    source: None,
                })
            })
    }

    /// Asks the sequencer to end once it has done what is queued.
    async fn close(&self) {
        let _ = self.requests.send(Request::Close).await;
    }

    /// Why the sequencer no longer answers.
    fn closed(&self) -> Error {
        self.shared
            .failed()
            .unwrap_or_else(|| Error::unavailable("this workspace was just closed: try again"))
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Option<Live>> {
        self.shared.live.subscribe()
    }

    pub(crate) fn backlog(&self) -> u64 {
        self.shared.config.live_backlog
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.shared.services.store
    }
}
