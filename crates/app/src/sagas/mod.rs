//! Sagas: processes of several steps, each of which may be done by another process than the one
//! before.
//!
//! A step is executed at least once, so it must be one that may be repeated. A process that dies
//! in the middle of a step leaves it to the next that finds the saga due. A step that fails for
//! good turns the saga around: the steps done so far are compensated, the last first.

pub mod deletion;
mod executor;
pub mod invitation;
pub mod provisioning;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use raally_domain::time::Timestamp;

use crate::error::Error;
use crate::ports::{Saga, SagaStatus};
use crate::services::Services;
use crate::tenants::Tenants;

pub use deletion::{DeletionPhase, PendingDeletion, WorkspaceDeletion};
pub use executor::SagaExecutor;
pub use invitation::{Invitation, InvitationStatus, Invitations};
pub use provisioning::WorkspaceProvisioning;

/// A saga is one process's for that long; a step that takes longer may be executed twice.
pub(crate) const LEASE: Duration = Duration::from_secs(60);
/// A step that fails that often fails for good: after about an hour.
const MAX_ATTEMPTS: u32 = 12;
/// How long a step waits at least that had no turn.
const TURN_AGAIN: Duration = Duration::from_secs(2);

/// All kinds of sagas.
#[must_use]
pub fn definitions(services: &Services, tenants: &Tenants) -> Vec<Arc<dyn AnySaga>> {
    let (services, tenants) = (|| services.clone(), || tenants.clone());
    vec![
        Arc::new(invitation::InvitationSaga::new(services(), tenants())),
        Arc::new(provisioning::ProvisioningSaga::new(services(), tenants())),
        Arc::new(deletion::DeletionSaga::new(services(), tenants())),
    ]
}

/// When a step that had no turn is executed again: soon, and not all of them at once.
fn no_turn(services: &Services) -> StepOutcome {
    let pause = TURN_AGAIN + services.jitter(TURN_AGAIN);
    StepOutcome::NoTurn(crate::services::later(services.now(), pause))
}

/// What an executed step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// The step is done.
    Done,
    /// The step is not done: it is executed again at that time.
    Wait(Timestamp),
    /// The step could not be tried, since others are before it: at that time it can be. It is not
    /// counted as an attempt, and those before it stay counted.
    NoTurn(Timestamp),
}

/// Why a step was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepError {
    /// The step is executed again after a pause.
    Retryable(String),
    /// Executing it again would not help: the saga turns around.
    Fatal(String),
}

impl From<Error> for StepError {
    fn from(error: Error) -> StepError {
        match error {
            // A closing may be taken back.
            Error::Closing
            | Error::Unavailable { .. }
            | Error::Internal { .. }
            | Error::RateLimited { .. } => StepError::Retryable(error.causes()),
            error => StepError::Fatal(error.to_string()),
        }
    }
}

impl From<crate::ports::StoreError> for StepError {
    fn from(error: crate::ports::StoreError) -> StepError {
        StepError::from(Error::from(error))
    }
}

/// A kind of saga.
#[async_trait]
pub trait SagaDefinition: Send + Sync {
    /// Its steps, the first first, by the numbers that stores keep: see [`saga_steps!`].
    type Step: SagaStep;

    /// Sagas of this kind are kept under that name for ever.
    const KIND: &'static str;
    /// From this step on there is no way back: it and those after it are executed until they are
    /// done. `None`: every step can be compensated.
    const PIVOT: Option<Self::Step> = None;

    /// Executes a step, which may have been executed before, in whole or in part.
    async fn execute(&self, step: Self::Step, saga: &Saga) -> Result<StepOutcome, StepError>;

    /// Takes a step back, which may not have been executed, or been compensated before.
    async fn compensate(&self, step: Self::Step, saga: &Saga) -> Result<(), StepError>;
}

/// The steps of a kind of saga: an enum that [`saga_steps!`] declares.
pub trait SagaStep: Copy + Debug + PartialEq + Send + Sync + TryFrom<u32> + 'static {
    /// All steps, the first first.
    const ALL: &'static [Self];

    /// The number that stores keep.
    fn number(self) -> u32;
}

/// Declares the steps of a kind of saga, the first first. Stores keep their numbers, counted from
/// 0: a step's place in the list never changes.
#[macro_export]
macro_rules! saga_steps {
    ($(#[$meta:meta])* $visibility:vis enum $name:ident {
        $($(#[$doc:meta])* $step:ident,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        $visibility enum $name {
            $($(#[$doc])* $step,)+
        }

        impl TryFrom<u32> for $name {
            type Error = u32;

            fn try_from(number: u32) -> Result<$name, u32> {
                let all = <$name as $crate::sagas::SagaStep>::ALL;
                let step = usize::try_from(number).ok().and_then(|n| all.get(n));
                step.copied().ok_or(number)
            }
        }

        impl $crate::sagas::SagaStep for $name {
            const ALL: &'static [$name] = &[$($name::$step,)+];

            fn number(self) -> u32 {
                self as u32
            }
        }
    };
}

/// A kind of saga as the executor sees it, whatever its steps are. Implemented by every
/// [`SagaDefinition`].
#[async_trait]
pub trait AnySaga: Send + Sync {
    /// Sagas of this kind are kept under that name.
    fn kind(&self) -> &'static str;
    /// How many steps it has.
    fn steps(&self) -> u32;
    /// The number of the first step from which there is no way back.
    fn pivot(&self) -> u32;
    /// Executes `saga.step`, which is one of its steps.
    async fn execute_current(&self, saga: &Saga) -> Result<StepOutcome, StepError>;
    /// Compensates `saga.step`, which is one of its steps.
    async fn compensate_current(&self, saga: &Saga) -> Result<(), StepError>;
}

#[async_trait]
impl<D: SagaDefinition> AnySaga for D {
    fn kind(&self) -> &'static str {
        D::KIND
    }

    fn steps(&self) -> u32 {
        u32::try_from(D::Step::ALL.len()).unwrap_or(u32::MAX)
    }

    fn pivot(&self) -> u32 {
        D::PIVOT.map_or(u32::MAX, SagaStep::number)
    }

    async fn execute_current(&self, saga: &Saga) -> Result<StepOutcome, StepError> {
        self.execute(step(saga)?, saga).await
    }

    async fn compensate_current(&self, saga: &Saga) -> Result<(), StepError> {
        self.compensate(step(saga)?, saga).await
    }
}

fn step<S: SagaStep>(saga: &Saga) -> Result<S, StepError> {
    let unknown = |_| StepError::Retryable(format!("step {} is not known here", saga.step));
    S::try_from(saga.step).map_err(unknown)
}

/// A saga that begins now, leased to the caller.
fn new_saga<D: SagaDefinition>(
    services: &Services,
    tenant: raally_domain::ids::TenantId,
    state: &impl serde::Serialize,
) -> Saga {
    Saga {
        tenant,
        id: services.uuid(),
        kind: D::KIND.to_owned(),
        status: SagaStatus::Running,
        step: 0,
        state: serde_json::to_string(state).expect("a saga's state is plain data"),
        attempts: 0,
        due_at: crate::services::later(services.now(), LEASE),
        version: 1,
    }
}

/// Whether a step that fails once more has failed for good.
fn is_last_attempt(saga: &Saga) -> bool {
    saga.attempts + 1 >= MAX_ATTEMPTS
}

/// The saga as it ends. Its state may be personal, and nobody needs it any more.
fn ended(saga: &Saga, status: SagaStatus, now: Timestamp) -> Saga {
    Saga {
        status,
        state: "{}".to_owned(),
        attempts: 0,
        due_at: now,
        ..saga.clone()
    }
}
