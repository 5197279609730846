//! Runs sagas: executes the steps of those that are due, or compensates them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::{AnySaga, LEASE, StepError, StepOutcome, ended, is_last_attempt};
use crate::error::Error;
use crate::poll_loop::pass_on_panic;
use crate::ports::{Saga, SagaStatus};
use crate::services::{Services, later};

/// How many sagas are run at a time; a step that waits for others keeps the place no longer than
/// its lease.
const AT_ONCE: usize = 32;
/// How long to wait for more to become due: other processes begin sagas too.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long to wait after the store was away.
const STORE_BACK_OFF: Duration = Duration::from_secs(5);
/// How long a failed step is left alone at most.
const MAX_BACKOFF: Duration = Duration::from_secs(900);

/// Runs sagas of all kinds. Any number of processes may.
#[derive(Clone)]
pub struct SagaExecutor {
    services: Services,
    definitions: HashMap<&'static str, Arc<dyn AnySaga>>,
    wake: Arc<Notify>,
}

impl SagaExecutor {
    /// Runs sagas of those kinds; others are left alone.
    #[must_use]
    pub fn new(services: Services, definitions: Vec<Arc<dyn AnySaga>>) -> SagaExecutor {
        let definitions = definitions.into_iter().map(|saga| (saga.kind(), saga));
        SagaExecutor {
            services,
            definitions: definitions.collect(),
            wake: Arc::new(Notify::new()),
        }
    }

    /// Runs what is due until `stop` holds true; what is being run then is run to its end. As each
    /// ends, its room is given to the next: none waits for another's mail.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut running = JoinSet::new();
        loop {
            let mut pause = INTERVAL;
            if running.len() < AT_ONCE {
                match self.lease(AT_ONCE - running.len()).await {
                    Ok(leased) => {
                        for saga in leased {
                            running.spawn(self.clone().run_one(saga));
                        }
                    }
                    Err(error) => {
                        let error = error.causes();
                        tracing::warn!(
                            error,
                            "due sagas could not be read and are looked for again"
                        );
                        pause = STORE_BACK_OFF;
                    }
                }
            }
            tokio::select! {
                Some(ended) = running.join_next() => pass_on_panic(ended),
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
            if *stop.borrow() {
                break;
            }
        }
        while let Some(ended) = running.join_next().await {
            pass_on_panic(ended);
        }
    }

    async fn run_one(self, saga: Saga) {
        let id = saga.id;
        if let Err(error) = self.run_leased(saga).await {
            tracing::warn!(saga = %id, error = error.causes(), "a saga was not run to its end and is found again when its lease has ended");
        }
    }

    async fn lease(&self, limit: usize) -> Result<Vec<Saga>, Error> {
        let now = self.services.now();
        let sagas = &self.services.sagas;
        Ok(sagas.take(now, later(now, LEASE), limit).await?)
    }

    /// Runs what is due once; returns how many sagas that were.
    ///
    /// # Errors
    /// [`Error::Unavailable`] while the store is away.
    pub async fn round(&self) -> Result<usize, Error> {
        let leased = self.lease(AT_ONCE).await?;
        let count = leased.len();
        // None waits for another's mail. What fails is found due again when its lease has ended.
        let running = leased.into_iter().map(|saga| self.run_leased(saga));
        for ran in join_all(running).await {
            ran?;
        }
        Ok(count)
    }

    /// How many sagas have not ended, by kind and status.
    ///
    /// # Errors
    /// [`Error::Unavailable`] while the store is away.
    pub async fn count(&self) -> Result<Vec<(String, SagaStatus, u64)>, Error> {
        Ok(self.services.sagas.count().await?)
    }

    /// The kinds of sagas that are known here.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.definitions.keys().copied()
    }

    /// Keeps a saga that begins at its first step.
    pub(crate) async fn begin(&self, saga: Saga) -> Result<(), Error> {
        self.services.sagas.begin(saga).await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Replaces a saga that is due now; false where it has moved meanwhile.
    pub(crate) async fn put(&self, saga: &Saga) -> Result<bool, Error> {
        let put = self.services.sagas.put(saga).await?;
        self.wake.notify_one();
        Ok(put)
    }

    /// Runs a saga as far as it goes now, within the lease that the caller has.
    pub(crate) async fn run_leased(&self, saga: Saga) -> Result<(), Error> {
        self.run_until(saga, u32::MAX).await
    }

    /// As [`SagaExecutor::run_leased`], but leaves the steps from `until` on to the next process
    /// that finds the saga due.
    pub(crate) async fn run_until(&self, mut saga: Saga, until: u32) -> Result<(), Error> {
        let lease_ends = saga.due_at;
        while !saga.status.has_ended() && saga.step < until && self.services.now() < lease_ends {
            let definition = self.definitions.get(&*saga.kind);
            let Some(definition) = definition.filter(|d| saga.step < d.steps()) else {
                // A newer program knows it, and runs it.
                let (kind, step) = (&saga.kind, saga.step);
                tracing::warn!(saga = %saga.id, kind, step, "a saga's kind or step is not known to this version");
                return Ok(());
            };
            let next = match saga.status {
                SagaStatus::Compensating => {
                    self.compensated(&saga, definition.compensate_current(&saga).await)
                }
                _ => self.executed(
                    &saga,
                    &**definition,
                    definition.execute_current(&saga).await,
                ),
            };
            let goes_on = next.due_at <= self.services.now();
            // Where another process has the saga by now, that one goes on with it.
            if !self.services.sagas.put(&next).await? || !goes_on {
                return Ok(());
            }
            saga = Saga {
                version: next.version + 1,
                ..next
            };
        }
        Ok(())
    }

    /// The saga after a step was executed.
    fn executed(
        &self,
        saga: &Saga,
        definition: &dyn AnySaga,
        result: Result<StepOutcome, StepError>,
    ) -> Saga {
        let now = self.services.now();
        let no_way_back = saga.step >= definition.pivot();
        match result {
            Ok(StepOutcome::Done) if saga.step + 1 >= definition.steps() => {
                ended(saga, SagaStatus::Completed, now)
            }
            Ok(StepOutcome::Done) => Saga {
                step: saga.step + 1,
                attempts: 0,
                due_at: now,
                ..saga.clone()
            },
            Ok(StepOutcome::Wait(due_at)) => Saga {
                attempts: 0,
                due_at,
                ..saga.clone()
            },
            Ok(StepOutcome::NoTurn(due_at)) => Saga {
                due_at,
                ..saga.clone()
            },
            Err(StepError::Retryable(reason)) if !is_last_attempt(saga) => {
                self.backing_off(saga, &reason)
            }
            Err(StepError::Retryable(reason) | StepError::Fatal(reason)) if no_way_back => {
                self.backing_off(saga, &reason)
            }
            Err(StepError::Retryable(reason) | StepError::Fatal(reason)) => {
                let (kind, step) = (&saga.kind, saga.step);
                tracing::info!(saga = %saga.id, kind, step, reason, "a saga's step failed for good: its steps are compensated");
                Saga {
                    status: SagaStatus::Compensating,
                    attempts: 0,
                    due_at: now,
                    ..saga.clone()
                }
            }
        }
    }

    /// The saga after a step was compensated. Compensation is never given up.
    fn compensated(&self, saga: &Saga, result: Result<(), StepError>) -> Saga {
        let now = self.services.now();
        match (result, saga.step) {
            (Ok(()), 0) => ended(saga, SagaStatus::Compensated, now),
            (Ok(()), step) => Saga {
                step: step - 1,
                attempts: 0,
                due_at: now,
                ..saga.clone()
            },
            (Err(StepError::Retryable(reason) | StepError::Fatal(reason)), _) => {
                self.backing_off(saga, &reason)
            }
        }
    }

    fn backing_off(&self, saga: &Saga, reason: &str) -> Saga {
        let attempts = saga.attempts.saturating_add(1);
        let (kind, step) = (&saga.kind, saga.step);
        tracing::warn!(saga = %saga.id, kind, step, attempts, reason, "a saga's step failed and is retried");
        let backoff = Duration::from_secs(1 << attempts.min(10)).min(MAX_BACKOFF);
        Saga {
            attempts,
            due_at: later(self.services.now(), backoff),
            ..saga.clone()
        }
    }
}
