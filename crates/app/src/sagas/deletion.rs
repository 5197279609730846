//! Closing a workspace: nobody may work in it any more, its admins may fetch an export and take
//! the closing back for a while, then it is erased.

use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use raally_domain::account::AccountChange;
use raally_domain::event::Actor;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Role;
use raally_domain::plan::Plan;
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    LEASE, SagaDefinition, SagaExecutor, SagaStep, StepError, StepOutcome, is_last_attempt,
    new_saga,
};
use crate::Message;
use crate::accounts::{AccountEventDraft, record_with};
use crate::emails::{EmailTemplate, Language, Recipient};
use crate::error::Error;
use crate::export;
use crate::mail::{MailSender, may_close};
use crate::ports::{ExportPart, Saga, SagaStatus};
use crate::saga_steps;
use crate::services::{Services, later};
use crate::tenants::Tenants;

saga_steps! {
    /// The steps of a deletion.
    pub enum DeletionStep {
        /// The workspace is suspended: nobody may work in it any more.
        Suspend,
        /// An export is written, for the admins to fetch.
        Export,
        /// The admins are told, with the date of the erasure.
        Announce,
        /// The closing can be taken back until the workspace's erasure is due.
        AwaitDue,
        /// The workspace is erased. From here on there is no way back.
        Erase,
        /// The closing is recorded on the platform's stream.
        Record,
        /// The admins are told that the workspace has been erased.
        Confirm,
    }
}
/// How many rows are erased at a time.
const ERASE_BATCH: usize = 5_000;
/// How long the admins' mails wait for their turns, within the lease of their step.
const MAIL_PATIENCE: Duration = Duration::from_secs(25);
/// How often a cancellation is tried again because the saga moved meanwhile.
const MAX_ATTEMPTS: u32 = 5;

/// Somebody to be written to, also when the workspace is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Admin {
    email: String,
    full_name: String,
    locale: Option<String>,
}

/// What the saga knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    name: String,
    slug: String,
    by: UserId,
    erase_at: Timestamp,
    admins: Vec<Admin>,
    /// Its admins have been told that it will be erased.
    #[serde(default)]
    announced: bool,
}

fn state(saga: &Saga) -> Result<State, StepError> {
    serde_json::from_str(&saga.state).map_err(|_| StepError::Fatal("it cannot be read".to_owned()))
}

/// The saga's state, which says whether admins were told of the erasure.
fn with_announced(saga: &Saga, announced: bool) -> Result<String, Error> {
    let unreadable = |e| Error::internal("a closing's state cannot be read", e);
    let state: State = serde_json::from_str(&saga.state).map_err(unreadable)?;
    serde_json::to_string(&State { announced, ..state }).map_err(unreadable)
}

/// How far a closing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionPhase {
    /// The export is being written.
    Preparing,
    /// It can be fetched, and the closing be taken back.
    Waiting,
    /// There is no way back any more.
    Erasing,
    /// It is being taken back.
    Resuming,
}

/// A closing under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingDeletion {
    /// The saga's id, which is the export's too.
    pub id: Uuid,
    /// How far it is.
    pub phase: DeletionPhase,
    /// Who closed the workspace.
    pub by: UserId,
    /// When the grace ends.
    pub erase_at: Timestamp,
}

impl PendingDeletion {
    fn of(saga: &Saga) -> Option<PendingDeletion> {
        let state: State = serde_json::from_str(&saga.state).ok()?;
        let phase = match (saga.status, DeletionStep::try_from(saga.step).ok()?) {
            (SagaStatus::Compensating, _) => DeletionPhase::Resuming,
            (_, DeletionStep::Suspend | DeletionStep::Export | DeletionStep::Announce) => {
                DeletionPhase::Preparing
            }
            (_, DeletionStep::AwaitDue) => DeletionPhase::Waiting,
            (_, DeletionStep::Erase | DeletionStep::Record | DeletionStep::Confirm) => {
                DeletionPhase::Erasing
            }
        };
        Some(PendingDeletion {
            id: saga.id,
            phase,
            by: state.by,
            erase_at: state.erase_at,
        })
    }
}

/// Closes workspaces, and takes that back.
#[derive(Clone)]
pub struct WorkspaceDeletion {
    services: Services,
    executor: SagaExecutor,
    /// How long a closing can be taken back.
    grace: Duration,
}

impl WorkspaceDeletion {
    /// `grace` is how long a closing can be taken back.
    #[must_use]
    pub fn new(services: Services, executor: SagaExecutor, grace: Duration) -> WorkspaceDeletion {
        WorkspaceDeletion {
            services,
            executor,
            grace,
        }
    }

    /// Begins to close the plan's workspace for an admin who confirms that by its name or its
    /// address; it is suspended when this returns. [`Error::Conflict`] if it is being closed.
    pub async fn close(
        &self,
        plan: &Plan,
        by: UserId,
        confirm: &str,
    ) -> Result<PendingDeletion, Error> {
        let settings = plan.settings();
        let confirm = confirm.trim();
        if confirm != settings.name && confirm != settings.slug {
            return Err(Error::field("/confirm", Message::ConfirmWorkspace));
        }
        let tenant = plan.tenant();
        if self.find(tenant).await?.is_some() {
            return Err(Error::Conflict(Message::AlreadyClosing));
        }
        may_close(&self.services, tenant).await?;
        let now = self.services.now();
        let state = State {
            name: settings.name.clone(),
            slug: settings.slug.clone(),
            by,
            erase_at: later(now, self.grace),
            admins: self.admins(plan).await?,
            announced: false,
        };
        let saga = new_saga::<DeletionSaga>(&self.services, tenant, &state);
        self.executor.begin(saga.clone()).await?;
        self.executor
            .run_until(saga.clone(), DeletionStep::Export.number())
            .await?;
        let saga = self.services.sagas.saga(tenant, saga.id).await?;
        let begun = saga.filter(|saga| saga.status == SagaStatus::Running);
        let begun = begun.as_ref().and_then(PendingDeletion::of);
        begun.ok_or_else(|| Error::Conflict(Message::AlreadyClosing))
    }

    async fn admins(&self, plan: &Plan) -> Result<Vec<Admin>, Error> {
        let members = plan.members().iter();
        let admins = members.filter(|(_, member)| member.value.role == Role::Admin);
        let ids: Vec<UserId> = admins.map(|(id, _)| *id).collect();
        let users = self.services.identity.users(&ids).await?.into_iter();
        Ok(users
            .filter(|user| user.email_verified)
            .map(|user| Admin {
                email: user.email,
                full_name: user.full_name,
                locale: user.locale,
            })
            .collect())
    }

    /// The closing of a workspace that is under way.
    pub async fn find(&self, tenant: TenantId) -> Result<Option<PendingDeletion>, Error> {
        let sagas = self
            .services
            .sagas
            .under_way(tenant, DeletionSaga::KIND)
            .await?;
        Ok(sagas.first().and_then(PendingDeletion::of))
    }

    /// Takes a closing back: the workspace is as it was before when this returns.
    /// [`Error::Conflict`] if there is none, or if it is too late.
    pub async fn cancel(&self, tenant: TenantId) -> Result<(), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let sagas = self
                .services
                .sagas
                .under_way(tenant, DeletionSaga::KIND)
                .await?;
            let saga = sagas.into_iter().next().ok_or_else(not_closing)?;
            if saga.status == SagaStatus::Compensating {
                return Ok(());
            }
            if saga.step >= DeletionStep::Erase.number() {
                return Err(Error::Conflict(Message::BeingErased));
            }
            let announced = saga.step > DeletionStep::Announce.number();
            let undoing = Saga {
                status: SagaStatus::Compensating,
                state: with_announced(&saga, announced)?,
                attempts: 0,
                due_at: later(self.services.now(), LEASE),
                ..saga
            };
            if self.services.sagas.put(&undoing).await? {
                let version = undoing.version + 1;
                return self.executor.run_leased(Saga { version, ..undoing }).await;
            }
        }
        Err(Error::unavailable(
            "the closing has just gone on: try again",
        ))
    }

    /// Which export can be fetched now. [`Error::Conflict`] if there is none (yet).
    pub async fn export(&self, tenant: TenantId) -> Result<Uuid, Error> {
        let closing = self.find(tenant).await?.ok_or_else(not_closing)?;
        match closing.phase {
            DeletionPhase::Waiting => Ok(closing.id),
            _ => Err(Error::Conflict(Message::ExportAway)),
        }
    }

    /// A part of an export, from 1 on; `None` after the last.
    pub async fn part(
        &self,
        tenant: TenantId,
        export: Uuid,
        number: u32,
    ) -> Result<Option<String>, Error> {
        Ok(self.services.deletion.part(tenant, export, number).await?)
    }
}

fn not_closing() -> Error {
    Error::Conflict(Message::NotClosing)
}

/// The steps of a closing.
pub struct DeletionSaga {
    services: Services,
    tenants: Tenants,
}

impl DeletionSaga {
    /// Works on tenants that are open in this process.
    #[must_use]
    pub fn new(services: Services, tenants: Tenants) -> DeletionSaga {
        DeletionSaga { services, tenants }
    }

    async fn suspend(&self, saga: &Saga) -> Result<StepOutcome, StepError> {
        let now = self.services.now();
        let suspended = self
            .services
            .deletion
            .suspend(saga.tenant, saga.id, now)
            .await;
        if !suspended? {
            return Err(StepError::Fatal("another closing has it".to_owned()));
        }
        self.tenants.reload_status(saga.tenant).await;
        Ok(StepOutcome::Done)
    }

    /// Writes the next part of the export.
    async fn export(&self, saga: &Saga) -> Result<StepOutcome, StepError> {
        let (tenant, id) = (saga.tenant, saga.id);
        let last = self.services.deletion.last_part(tenant, id).await?;
        let (number, after) = last.unwrap_or_default();
        let store = &*self.services.store;
        let Some((last_seq, lines)) = export::lines(store, tenant, after).await? else {
            return Ok(StepOutcome::Done);
        };
        let part = ExportPart {
            number: number + 1,
            last_seq,
            lines,
        };
        let kept = self.services.deletion.keep_part(tenant, id, part).await;
        kept?;
        Ok(StepOutcome::Wait(self.services.now()))
    }

    /// Writes to the admins. It is done if anybody could be written to, so that nobody is written
    /// to again for another's sake, and where nobody ever can: a closing does not wait for mail.
    async fn mail(
        &self,
        saga: &Saga,
        state: &State,
        template: &EmailTemplate<'_>,
    ) -> Result<StepOutcome, StepError> {
        let each = state.admins.iter().map(|admin| {
            let mail = template.to(Recipient {
                email: &admin.email,
                name: Some(&admin.full_name),
                language: Language::of(admin.locale.as_deref()),
            });
            let sender = MailSender::Workspace(saga.tenant);
            self.services.send_mail(sender, mail, MAIL_PATIENCE)
        });
        let sent = join_all(each).await.into_iter();
        let failed: Vec<String> = sent.filter_map(|s| Some(s.err()?.to_string())).collect();
        match failed.first() {
            Some(error) if failed.len() == state.admins.len() && !is_last_attempt(saga) => {
                Err(StepError::Retryable(error.clone()))
            }
            Some(error) => {
                tracing::warn!(tenant = %saga.tenant, error, "some admins of a closing workspace got no mail");
                Ok(StepOutcome::Done)
            }
            None => Ok(StepOutcome::Done),
        }
    }

    /// Erases some more.
    async fn erase(&self, saga: &Saga) -> Result<StepOutcome, StepError> {
        let (tenant, now) = (saga.tenant, self.services.now());
        let closed = self.services.deletion.close(tenant, saga.id, now).await;
        if !closed? {
            return Err(StepError::Fatal("another closing has it".to_owned()));
        }
        self.tenants.reload_status(tenant).await;
        match self.services.deletion.erase(tenant, ERASE_BATCH).await? {
            0 => Ok(StepOutcome::Done),
            _ => Ok(StepOutcome::Wait(now)),
        }
    }

    /// Says on the platform's stream that it was closed. After a crash it may say so twice.
    async fn record(&self, saga: &Saga, state: &State) -> Result<StepOutcome, StepError> {
        let draft = AccountEventDraft {
            stream: StreamId::Platform,
            actor: Actor::User(state.by),
            change: AccountChange::TenantClosed {
                tenant: saga.tenant,
            },
        };
        let recorded = record_with(&self.services, draft, Vec::new()).await;
        recorded.map_err(Error::from)?;
        Ok(StepOutcome::Done)
    }

    fn link(&self, state: &State) -> String {
        self.services.web.workspace(&state.slug)
    }
}

#[async_trait]
impl SagaDefinition for DeletionSaga {
    type Step = DeletionStep;

    const KIND: &'static str = "close";
    const PIVOT: Option<DeletionStep> = Some(DeletionStep::Erase);

    async fn execute(&self, step: DeletionStep, saga: &Saga) -> Result<StepOutcome, StepError> {
        let state = state(saga)?;
        match step {
            DeletionStep::Suspend => self.suspend(saga).await,
            DeletionStep::Export => self.export(saga).await,
            DeletionStep::Announce => {
                let date = state.erase_at.to_string();
                let template = EmailTemplate::Closing {
                    workspace: &state.name,
                    link: &self.link(&state),
                    date: date.split('T').next().unwrap_or_default(),
                };
                self.mail(saga, &state, &template).await
            }
            DeletionStep::AwaitDue if self.services.now() < state.erase_at => {
                Ok(StepOutcome::Wait(state.erase_at))
            }
            DeletionStep::AwaitDue => Ok(StepOutcome::Done),
            DeletionStep::Erase => self.erase(saga).await,
            DeletionStep::Record => self.record(saga, &state).await,
            DeletionStep::Confirm => {
                let workspace = &state.name;
                let template = EmailTemplate::Closed { workspace };
                self.mail(saga, &state, &template).await
            }
        }
    }

    async fn compensate(&self, step: DeletionStep, saga: &Saga) -> Result<(), StepError> {
        let deletion = &self.services.deletion;
        match step {
            DeletionStep::Suspend => {
                deletion.resume(saga.tenant, saga.id).await?;
                self.tenants.reload_status(saga.tenant).await;
                // Admins who were told of the erasure are told that it does not come. The workspace
                // is open by then, whatever becomes of the mail.
                let state = state(saga)?;
                if state.announced {
                    let template = EmailTemplate::Resumed {
                        workspace: &state.name,
                        link: &self.link(&state),
                    };
                    self.mail(saga, &state, &template).await?;
                }
            }
            DeletionStep::Export => deletion.drop_export(saga.tenant).await?,
            // A mail cannot be taken back; from the erasure on nothing can.
            DeletionStep::Announce
            | DeletionStep::AwaitDue
            | DeletionStep::Erase
            | DeletionStep::Record
            | DeletionStep::Confirm => {}
        }
        Ok(())
    }
}
