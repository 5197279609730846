//! Processes of several steps, each of which may be done by another process than the one before.
//!
//! A step is done at least once, so it must be one that may be done again. Whoever dies in the
//! middle of a step leaves it to whoever finds it due. A step that fails for good turns the saga
//! around: what was done is undone, the last first.

pub mod close;
pub mod invite;
mod letters;
pub mod open;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use raally_domain::time::Timestamp;
use tokio::sync::{Notify, watch};

use crate::error::Error;
use crate::ports::{Course, Saga};
use crate::rounds::Rounds;
use crate::services::{Services, later};
use crate::tenants::Tenants;

pub use close::{Closing, Closures, Phase};
pub use invite::{Invitation, Invitations, Standing};
pub use open::Openings;

/// A saga is one process's for that long; a step that takes longer may be done twice.
pub(crate) const TURN: Duration = Duration::from_secs(60);
/// How many sagas are taken at a time.
const AT_ONCE: usize = 16;
const ROUNDS: Rounds = Rounds {
    work: "sagas",
    gather: Duration::ZERO,
    poll: Duration::from_secs(2),
};
/// A step that fails that often fails for good: after about an hour.
const ATTEMPTS: u32 = 12;
/// How long a failed step rests at most.
const REST: Duration = Duration::from_secs(900);

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done.
    Go,
    /// There is nothing to do before then: ask again.
    Wait(Timestamp),
}

/// Why a step was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Later(String),
    /// Trying again would not help.
    Never(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            // A closing may be taken back.
            Error::Closing
            | Error::Unavailable { .. }
            | Error::Internal { .. }
            | Error::RateLimited { .. } => Failure::Later(error.causes()),
            error => Failure::Never(error.to_string()),
        }
    }
}

/// The steps of a kind of saga.
#[async_trait]
pub trait Script: Send + Sync {
    /// Under this name sagas are kept.
    fn kind(&self) -> &'static str;
    fn steps(&self) -> u32;
    /// From this step on there is no way back: it and those after it are tried until they are
    /// done.
    fn pivot(&self) -> u32 {
        u32::MAX
    }
    /// Does `saga.step`, which may have been done before, in whole or in part.
    async fn act(&self, saga: &Saga) -> Result<Next, Failure>;
    /// Takes `saga.step` back, which may not have been done, or taken back before.
    async fn undo(&self, saga: &Saga) -> Result<(), Failure>;
}

/// All kinds of sagas.
#[must_use]
pub fn scripts(services: &Services, tenants: &Tenants) -> Vec<Arc<dyn Script>> {
    let (services, tenants) = (|| services.clone(), || tenants.clone());
    vec![
        Arc::new(invite::InviteScript::new(services(), tenants())),
        Arc::new(open::OpenScript::new(services(), tenants())),
        Arc::new(close::CloseScript::new(services(), tenants())),
    ]
}

/// Takes sagas on.
#[derive(Clone)]
pub struct Director {
    services: Services,
    scripts: HashMap<&'static str, Arc<dyn Script>>,
    nudge: Arc<Notify>,
}

impl Director {
    #[must_use]
    pub fn new(services: Services, scripts: Vec<Arc<dyn Script>>) -> Director {
        let scripts = scripts.into_iter().map(|script| (script.kind(), script));
        Director {
            services,
            scripts: scripts.collect(),
            nudge: Arc::new(Notify::new()),
        }
    }

    /// Takes sagas on until `stop` holds true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        ROUNDS.run(&self.nudge, stop, || self.round()).await;
    }

    /// Takes on what is due once; returns how many sagas that were.
    pub async fn round(&self) -> Result<usize, Error> {
        let now = self.services.now();
        let taken = self
            .services
            .sagas
            .take(now, later(now, TURN), AT_ONCE)
            .await?;
        let count = taken.len();
        for saga in taken {
            self.turn(saga).await?;
        }
        Ok(count)
    }

    /// How many sagas are under way, by kind and course.
    pub async fn count(&self) -> Result<Vec<(String, Course, u64)>, Error> {
        Ok(self.services.sagas.count().await?)
    }

    /// The kinds of sagas that are known here.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.scripts.keys().copied()
    }

    /// Begins a saga at its first step.
    pub(crate) async fn begin(&self, saga: Saga) -> Result<(), Error> {
        self.services.sagas.begin(saga).await?;
        self.nudge.notify_one();
        Ok(())
    }

    /// Takes a saga as far as it goes now, within the turn that the caller has.
    pub(crate) async fn turn(&self, saga: Saga) -> Result<(), Error> {
        self.turn_to(saga, u32::MAX).await
    }

    /// As [`Director::turn`], but leaves the steps from `until` on to whoever finds them due.
    pub(crate) async fn turn_to(&self, mut saga: Saga, until: u32) -> Result<(), Error> {
        let ends = saga.due_at;
        while !saga.course.has_ended() && saga.step < until && self.services.now() < ends {
            let Some(script) = self.scripts.get(&*saga.kind) else {
                // Of a newer program, which will take it.
                tracing::warn!(kind = saga.kind, "no such saga is known here");
                return Ok(());
            };
            let next = match saga.course {
                Course::Undoing => self.undone(&saga, script.undo(&saga).await),
                _ => self.done(&saga, &**script, script.act(&saga).await),
            };
            let goes_on = next.due_at <= self.services.now();
            // Whoever else has it by now goes on with it.
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

    /// Where a saga stands after a step.
    fn done(&self, saga: &Saga, script: &dyn Script, result: Result<Next, Failure>) -> Saga {
        let now = self.services.now();
        let no_way_back = saga.step >= script.pivot();
        match result {
            Ok(Next::Go) if saga.step + 1 >= script.steps() => ended(saga, Course::Done, now),
            Ok(Next::Go) => Saga {
                step: saga.step + 1,
                attempts: 0,
                due_at: now,
                ..saga.clone()
            },
            Ok(Next::Wait(due_at)) => Saga {
                attempts: 0,
                due_at,
                ..saga.clone()
            },
            Err(Failure::Later(reason)) if !is_last(saga) => self.resting(saga, &reason),
            Err(Failure::Later(reason) | Failure::Never(reason)) if no_way_back => {
                self.resting(saga, &reason)
            }
            Err(Failure::Later(reason) | Failure::Never(reason)) => {
                let (kind, step) = (&saga.kind, saga.step);
                tracing::info!(saga = %saga.id, kind, step, reason, "a saga turns around");
                Saga {
                    course: Course::Undoing,
                    attempts: 0,
                    due_at: now,
                    ..saga.clone()
                }
            }
        }
    }

    /// Where a saga stands after a step back. Nobody gives that up.
    fn undone(&self, saga: &Saga, result: Result<(), Failure>) -> Saga {
        let now = self.services.now();
        match (result, saga.step) {
            (Ok(()), 0) => ended(saga, Course::Undone, now),
            (Ok(()), step) => Saga {
                step: step - 1,
                attempts: 0,
                due_at: now,
                ..saga.clone()
            },
            (Err(Failure::Later(reason) | Failure::Never(reason)), _) => {
                self.resting(saga, &reason)
            }
        }
    }

    fn resting(&self, saga: &Saga, reason: &str) -> Saga {
        let attempts = saga.attempts.saturating_add(1);
        let (kind, step) = (&saga.kind, saga.step);
        tracing::warn!(saga = %saga.id, kind, step, attempts, reason, "a step of a saga waits");
        let rest = Duration::from_secs(1 << attempts.min(10)).min(REST);
        Saga {
            attempts,
            due_at: later(self.services.now(), rest),
            ..saga.clone()
        }
    }
}

/// Whether a step that fails once more has failed for good.
fn is_last(saga: &Saga) -> bool {
    saga.attempts + 1 >= ATTEMPTS
}

/// What its steps knew may be personal, and nobody needs it any more.
fn ended(saga: &Saga, course: Course, now: Timestamp) -> Saga {
    Saga {
        course,
        state: "{}".to_owned(),
        attempts: 0,
        due_at: now,
        ..saga.clone()
    }
}
