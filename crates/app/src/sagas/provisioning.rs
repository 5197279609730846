//! Opening a workspace: it is made with its admin, gets a calendar, and its admin a mail.

use async_trait::async_trait;
use raally_domain::decide::Decision;
use raally_domain::event::{Actor, Change, Diff};
use raally_domain::ids::{HolidayCalendarId, TenantId, TheSettings, UserId};
use raally_domain::kinds::{HolidayCalendar, Settings};
use raally_domain::plan::Plan;
use serde::{Deserialize, Serialize};

use super::{
    SagaDefinition, SagaExecutor, SagaStep, StepError, StepOutcome, is_last_attempt, new_saga,
};
use crate::auth::TenantOf;
use crate::emails::{EmailTemplate, Language, Recipient};
use crate::error::Error;
use crate::mail::{MailSender, NotSent, SHORTLY};
use crate::ports::{Saga, SagaStatus, User};
use crate::saga_steps;
use crate::services::Services;
use crate::tenants::{Decide, Outcome, RenderedResponse, Tenants, Write};
use crate::workspaces::{self, NewWorkspace, ValidatedWorkspace};

saga_steps! {
    /// The steps of a provisioning.
    pub enum ProvisioningStep {
        /// The workspace is made with its admin.
        Create,
        /// It gets a calendar for its holidays.
        AddCalendar,
        /// Its admin gets a mail.
        Welcome,
    }
}
/// How much is erased at a time.
const ERASE_BATCH: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct State {
    creator: UserId,
}

fn state(saga: &Saga) -> Result<State, StepError> {
    serde_json::from_str(&saga.state).map_err(|_| StepError::Fatal("it cannot be read".to_owned()))
}

/// Opens workspaces. Imports and the demo make theirs whole, calendars and all, and welcome
/// nobody, so they append what they have.
#[derive(Clone)]
pub struct WorkspaceProvisioning {
    services: Services,
    executor: SagaExecutor,
}

impl WorkspaceProvisioning {
    /// Its sagas are run by that executor.
    #[must_use]
    pub fn new(services: Services, executor: SagaExecutor) -> WorkspaceProvisioning {
        WorkspaceProvisioning { services, executor }
    }

    /// Makes a workspace that can be used at once. [`Error::Conflict`] if another has the slug
    /// that was asked for.
    pub async fn open(&self, by: UserId, workspace: NewWorkspace) -> Result<TenantOf, Error> {
        self.with(by, None, workspace).await
    }

    /// As [`WorkspaceProvisioning::open`]; a new account is made in the same transaction as the workspace.
    pub(crate) async fn with(
        &self,
        creator: UserId,
        account: Option<User>,
        workspace: NewWorkspace,
    ) -> Result<TenantOf, Error> {
        let wanted = ValidatedWorkspace::new(workspace)?;
        let now = self.services.now();
        let tenant = TenantId(self.services.uuid());
        let saga = new_saga::<ProvisioningSaga>(&self.services, tenant, &State { creator });
        self.executor.begin(saga.clone()).await?;
        // It is here that it is made, since an account cannot wait in the saga: should we die
        // before, it is undone, and what comes late finds the workspace closed.
        match workspaces::make(&self.services, saga.tenant, creator, account, &wanted).await {
            Ok(made) => {
                // It can be used: whatever is left, somebody does.
                if let Err(error) = self
                    .executor
                    .run_until(saga, ProvisioningStep::Welcome.number())
                    .await
                {
                    tracing::warn!(
                        error = error.causes(),
                        "the steps of a new workspace were not finished and are retried"
                    );
                }
                Ok(made)
            }
            Err(error) => {
                if !matches!(error, Error::Unavailable { .. } | Error::Internal { .. }) {
                    // Nothing was made. Where this cannot be noted, that is found out later.
                    let _ = self
                        .services
                        .sagas
                        .put(&super::ended(&saga, SagaStatus::Compensated, now))
                        .await;
                }
                Err(error)
            }
        }
    }
}

/// The steps of an opening.
pub struct ProvisioningSaga {
    services: Services,
    tenants: Tenants,
}

impl ProvisioningSaga {
    /// Works on tenants that are open in this process.
    #[must_use]
    pub fn new(services: Services, tenants: Tenants) -> ProvisioningSaga {
        ProvisioningSaga { services, tenants }
    }

    async fn made(&self, saga: &Saga) -> Result<StepOutcome, StepError> {
        let head = self.services.store.head(saga.tenant).await;
        match head? {
            Some(_) => Ok(StepOutcome::Done),
            None => Err(StepError::Fatal("whoever asked for it is gone".to_owned())),
        }
    }

    async fn creator(&self, saga: &Saga) -> Result<Option<User>, StepError> {
        Ok(self.services.identity.user(state(saga)?.creator).await?)
    }

    /// Gives the workspace an empty calendar for its holidays, unless it has one by now.
    async fn calendar(&self, saga: &Saga) -> Result<StepOutcome, StepError> {
        let creator = self.creator(saga).await?;
        let name = Language::of(creator.as_ref().and_then(|u| u.locale.as_deref())).holidays();
        let id = HolidayCalendarId(saga.id);
        let tenant = self.tenants.open(saga.tenant).await?;
        // Nobody's step, so nobody takes it back by accident.
        let actor = Actor::System(ProvisioningSaga::KIND.to_owned());
        let decide: Decide = Box::new(move |plan, _, _| calendar(plan, id, name));
        let made = |_: &Outcome<'_>| RenderedResponse {
            status: 201,
            body: bytes::Bytes::new(),
        };
        let write = Write {
            trace: None,
            ..Write::by(actor, decide, made).always_small()
        };
        tenant.submit(write).await?;
        Ok(StepOutcome::Done)
    }

    /// A workspace that people work in is not undone for a mail's sake.
    async fn welcome(&self, saga: &Saga) -> Result<StepOutcome, StepError> {
        let workspace = self.services.identity.tenant(saga.tenant).await?;
        let (Some(user), Some(workspace)) = (self.creator(saga).await?, workspace) else {
            return Ok(StepOutcome::Done);
        };
        if !user.email_verified {
            return Ok(StepOutcome::Done);
        }
        let link = self.services.web.workspace(&workspace.slug);
        let template = EmailTemplate::Welcome {
            workspace: &workspace.name,
            link: &link,
        };
        let mail = template.to(Recipient {
            email: &user.email,
            name: Some(&user.full_name),
            language: Language::of(user.locale.as_deref()),
        });
        let sender = MailSender::Workspace(saga.tenant);
        match self.services.send_mail(sender, mail, SHORTLY).await {
            Ok(()) => Ok(StepOutcome::Done),
            Err(NotSent::NoTurn) => Ok(super::no_turn(&self.services)),
            Err(error) if is_last_attempt(saga) => {
                tracing::warn!(tenant = %saga.tenant, %error, "the welcome mail was given up");
                Ok(StepOutcome::Done)
            }
            Err(error) => Err(StepError::Retryable(error.to_string())),
        }
    }
}

/// What makes the calendar of that id, and makes it the workspace's.
fn calendar(plan: &Plan, id: HolidayCalendarId, name: &str) -> Result<Decision, Error> {
    let mut changes: Vec<Change> = Vec::new();
    let before = plan.settings();
    if before.holiday_calendar_id.is_none() {
        if !plan.calendars().contains_key(&id) {
            let calendar = HolidayCalendar {
                name: name.to_owned(),
                holidays: Vec::new(),
            };
            changes.push(
                Diff {
                    id,
                    before: None,
                    after: Some(calendar),
                }
                .into(),
            );
        }
        let after = Settings {
            holiday_calendar_id: Some(id),
            ..(**before).clone()
        };
        changes.push(
            Diff {
                id: TheSettings,
                before: Some((**before).clone()),
                after: Some(after),
            }
            .into(),
        );
    }
    Decision::of_changes(plan, changes)
        .map_err(|e| Error::internal("a decision does not fit its plan", e))
}

#[async_trait]
impl SagaDefinition for ProvisioningSaga {
    type Step = ProvisioningStep;

    const KIND: &'static str = "open";
    /// People work in a workspace once it is made.
    const PIVOT: Option<ProvisioningStep> = Some(ProvisioningStep::AddCalendar);

    async fn execute(&self, step: ProvisioningStep, saga: &Saga) -> Result<StepOutcome, StepError> {
        match step {
            ProvisioningStep::Create => self.made(saga).await,
            ProvisioningStep::AddCalendar => self.calendar(saga).await,
            ProvisioningStep::Welcome => self.welcome(saga).await,
        }
    }

    async fn compensate(&self, step: ProvisioningStep, saga: &Saga) -> Result<(), StepError> {
        match step {
            // Closes the workspace that does not exist, so that it cannot come to exist any more.
            ProvisioningStep::Create => {
                let (tenant, now) = (saga.tenant, self.services.now());
                let deletion = &self.services.deletion;
                deletion.close(tenant, saga.id, now).await?;
                while deletion.erase(tenant, ERASE_BATCH).await? > 0 {}
                self.tenants.reload_status(tenant).await;
            }
            // From the calendar on there is no way back.
            ProvisioningStep::AddCalendar | ProvisioningStep::Welcome => {}
        }
        Ok(())
    }
}
