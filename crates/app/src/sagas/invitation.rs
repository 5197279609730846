//! Inviting somebody by their address: a mail, a week to accept it, and the membership.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_domain::event::chain_hash;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{Role, is_email};
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{LEASE, SagaDefinition, SagaExecutor, SagaStep, StepError, StepOutcome, new_saga};
use crate::Message;
use crate::auth::note_verified;
use crate::emails::{EmailTemplate, Language, Recipient};
use crate::error::Error;
use crate::mail::{Asked, MailSender, NotSent, Purpose, SHORTLY, may_mail};
use crate::ports::{Saga, SagaStatus, User};
use crate::saga_steps;
use crate::services::{Services, later};
use crate::tenants::Tenants;
use crate::workspaces;

saga_steps! {
    /// The steps of an invitation.
    pub enum InvitationStep {
        /// The mail is sent.
        Mail,
        /// It waits for an answer. Here an invitation stays that was withdrawn.
        AwaitAnswer,
        /// The membership is made.
        Join,
    }
}
/// How long an invitation can be accepted.
pub const EXPIRES: Duration = Duration::from_secs(7 * 24 * 3600);
/// How many invitations of a workspace may wait for an answer.
const MAX_OPEN: usize = 200;
/// How often an acceptance is tried again because the saga moved meanwhile.
const MAX_ATTEMPTS: u32 = 5;

/// What the saga knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    email: String,
    role: Role,
    invited_by: UserId,
    expires_at: Timestamp,
    #[serde(default)]
    accepted_by: Option<UserId>,
}

/// An invitation that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The saga's id.
    pub id: Uuid,
    /// Who is invited.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who invites.
    pub invited_by: UserId,
    /// From when on it cannot be accepted.
    pub expires_at: Timestamp,
}

/// How an invitation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// It can be accepted.
    Open {
        /// What they will be.
        role: Role,
        /// The inviter's name.
        by: String,
        /// From when on it cannot be accepted.
        expires_at: Timestamp,
    },
    /// Somebody has become a member by it.
    Accepted,
    /// It was taken back.
    Withdrawn,
    /// Its week is over, or whoever invited may no longer.
    Expired,
}

/// Invites, and takes acceptances.
#[derive(Clone)]
pub struct Invitations {
    services: Services,
    executor: SagaExecutor,
}

/// Which saga a token is of: 16 bytes of the tenant, 16 of the saga, 32 that only we can make.
fn token_of(secret: &[u8; 32], tenant: TenantId, id: Uuid) -> String {
    let mac = chain_hash(secret, &format!("{tenant}/{id}"));
    let bytes = [tenant.0.as_bytes().as_slice(), id.as_bytes(), &mac].concat();
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_token(token: &str) -> Option<(TenantId, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let id = |range: std::ops::Range<usize>| Uuid::from_slice(bytes.get(range)?).ok();
    (bytes.len() == 64).then_some(())?;
    Some((TenantId(id(0..16)?), id(16..32)?))
}

async fn token(services: &Services, tenant: TenantId, id: Uuid) -> Result<String, Error> {
    let secret = services
        .store
        .secret("invitations", services.random())
        .await?;
    Ok(token_of(&secret, tenant, id))
}

fn state(saga: &Saga) -> Option<State> {
    serde_json::from_str(&saga.state).ok()
}

fn written(state: &State) -> String {
    serde_json::to_string(state).expect("an invitation is plain data")
}

fn no_invitation() -> Error {
    Error::NotFound(Message::InvitationInvalid)
}

impl Invitations {
    /// Its sagas are run by that executor.
    #[must_use]
    pub fn new(services: Services, executor: SagaExecutor) -> Invitations {
        Invitations { services, executor }
    }

    /// Invites whoever has that address, under an id that is new; the same again changes nothing.
    /// An invitation of that address which waits for an answer is renewed, and keeps its id.
    /// Whether `by` may is checked when the invitation is accepted too: one who no longer may has
    /// invited nobody.
    pub async fn invite(
        &self,
        (tenant, id): (TenantId, Uuid),
        by: UserId,
        email: &str,
        role: Role,
    ) -> Result<Invitation, Error> {
        let email = crate::auth::normal(email);
        if !is_email(&email) || email.chars().count() > 254 {
            return Err(Error::field("/email", Message::NotAnEmail));
        }
        let identity = &self.services.identity;
        let inviter = identity.user(by).await?;
        if !inviter.is_some_and(|user| user.email_verified) {
            return Err(Error::Conflict(Message::AddressUnverified));
        }
        let open = self.list(tenant).await?;
        let again = open.iter().find(|invitation| invitation.email == email);
        if let Some(same) = again.filter(|again| again.id == id) {
            return Ok(same.clone());
        }
        if again.is_none() && open.len() >= MAX_OPEN {
            return Err(Error::Conflict(Message::InvitationsFull { most: MAX_OPEN }));
        }
        if let Some(user) = identity.user_by_email(&email).await? {
            let memberships = identity.memberships(user.id).await?;
            if memberships.iter().any(|(m, _)| m.tenant == tenant) {
                return Err(Error::Conflict(Message::AlreadyMember));
            }
        }
        let asked = Asked {
            to: &email,
            purpose: Purpose::Invitation,
            sender: &by.to_string(),
            workspace: Some(tenant),
        };
        may_mail(&self.services, asked).await?;
        let now = self.services.now();
        let state = State {
            email,
            role,
            invited_by: by,
            expires_at: later(now, EXPIRES),
            accepted_by: None,
        };
        if let Some(again) = again {
            return self.renew((tenant, again.id), state).await;
        }
        let saga = Saga {
            id,
            // It is nobody's yet.
            due_at: now,
            ..new_saga::<InvitationSaga>(&self.services, tenant, &state)
        };
        self.executor.begin(saga).await?;
        Ok(shown(id, state))
    }

    /// Mails an invitation that waits for an answer once more, for a week from now on and as it is
    /// meant by now.
    async fn renew(
        &self,
        (tenant, id): (TenantId, Uuid),
        renewed: State,
    ) -> Result<Invitation, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let saga = self.services.sagas.saga(tenant, id).await?;
            let now = self.services.now();
            let saga = saga.filter(|saga| open(saga, now).is_some());
            let saga = saga.ok_or_else(no_invitation)?;
            let again = Saga {
                step: InvitationStep::Mail.number(),
                state: written(&renewed),
                attempts: 0,
                due_at: now,
                ..saga
            };
            if self.executor.put(&again).await? {
                return Ok(shown(id, renewed));
            }
        }
        Err(Error::unavailable(
            "the invitation is being sent: try again",
        ))
    }

    /// Invitations of a workspace that nobody has accepted yet, in the order of their making.
    pub async fn list(&self, tenant: TenantId) -> Result<Vec<Invitation>, Error> {
        let sagas = self
            .services
            .sagas
            .under_way(tenant, InvitationSaga::KIND)
            .await?;
        let now = self.services.now();
        let waiting = sagas.iter().filter(|saga| open(saga, now).is_some());
        Ok(waiting
            .filter_map(|saga| Some(shown(saga.id, state(saga)?)))
            .collect())
    }

    /// Takes an invitation back. [`Error::NotFound`] if there is none (any more).
    pub async fn cancel(&self, tenant: TenantId, id: Uuid) -> Result<(), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let saga = self.services.sagas.saga(tenant, id).await?;
            let saga = saga.filter(|saga| open(saga, self.services.now()).is_some());
            let saga = saga.ok_or_else(no_invitation)?;
            let ended = withdrawn(&saga, self.services.now());
            if self.services.sagas.put(&ended).await? {
                return Ok(());
            }
        }
        Err(Error::unavailable(
            "the invitation is being sent: try again",
        ))
    }

    /// The saga that a token is of. [`Error::NotFound`] if there is none: tokens of sagas that
    /// have ended are known too.
    async fn found(&self, given: &str) -> Result<Saga, Error> {
        let (tenant, id) = read_token(given).ok_or_else(no_invitation)?;
        let ours = token(&self.services, tenant, id).await?;
        // Digests take the same time to compare wherever they differ.
        if Sha256::digest(ours) != Sha256::digest(given) {
            return Err(no_invitation());
        }
        let saga = self.services.sagas.saga(tenant, id).await?;
        saga.filter(|saga| saga.kind == InvitationSaga::KIND)
            .ok_or_else(no_invitation)
    }

    /// To which workspace a token invites, by its name, and how the invitation stands.
    pub async fn read(&self, given: &str) -> Result<(String, InvitationStatus), Error> {
        let saga = self.found(given).await?;
        let identity = &self.services.identity;
        let workspace = identity.tenant(saga.tenant).await?;
        let workspace = workspace.ok_or_else(no_invitation)?;
        let status = match (open(&saga, self.services.now()), saga.status) {
            (Some(state), _) => {
                let by = identity.user(state.invited_by).await?;
                InvitationStatus::Open {
                    role: state.role,
                    by: by.map_or_else(String::new, |user| user.full_name),
                    expires_at: state.expires_at,
                }
            }
            (None, SagaStatus::Completed) => InvitationStatus::Accepted,
            (None, SagaStatus::Running) if saga.step == InvitationStep::Join.number() => {
                InvitationStatus::Accepted
            }
            (None, SagaStatus::Compensated)
                if saga.step == InvitationStep::AwaitAnswer.number() =>
            {
                InvitationStatus::Withdrawn
            }
            _ => InvitationStatus::Expired,
        };
        Ok((workspace.name, status))
    }

    /// Makes a signed-in user a member by the token that the mail held; returns the workspace.
    /// Again, it returns the same.
    pub async fn accept(&self, given: &str, user: UserId) -> Result<TenantId, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let saga = self.found(given).await?;
            let (tenant, id) = (saga.tenant, saga.id);
            let Some(mut known) = open(&saga, self.services.now()) else {
                return self.accepted(&saga, user).await;
            };
            self.verified_by(&known, user).await?;
            known.accepted_by = Some(user);
            // Who has the mail need not wait until its sending is noted.
            let accepted = Saga {
                step: InvitationStep::Join.number(),
                state: written(&known),
                attempts: 0,
                due_at: later(self.services.now(), LEASE),
                ..saga
            };
            if self.services.sagas.put(&accepted).await? {
                let version = accepted.version + 1;
                self.executor
                    .run_leased(Saga {
                        version,
                        ..accepted
                    })
                    .await?;
                return self.outcome(tenant, id).await;
            }
        }
        Err(Error::unavailable(
            "the invitation is being sent: try again",
        ))
    }

    /// Who holds the token that was mailed to an address, and has an account of that address, has
    /// shown that it is theirs.
    async fn verified_by(&self, invitation: &State, user: UserId) -> Result<(), Error> {
        let user = self.services.identity.user(user).await?;
        let proved = |user: &User| !user.email_verified && user.email == invitation.email;
        match user.filter(proved) {
            Some(user) => note_verified(&self.services, &user).await,
            None => Ok(()),
        }
    }

    /// An invitation that can be accepted no more, for whom it made a member.
    async fn accepted(&self, saga: &Saga, user: UserId) -> Result<TenantId, Error> {
        let by_them = state(saga).is_some_and(|state| state.accepted_by == Some(user));
        if by_them {
            return self.outcome(saga.tenant, saga.id).await;
        }
        let memberships = self.services.identity.memberships(user).await?;
        let is_member = memberships.iter().any(|(m, _)| m.tenant == saga.tenant);
        match saga.status {
            SagaStatus::Completed if is_member => Ok(saga.tenant),
            _ => Err(no_invitation()),
        }
    }

    async fn outcome(&self, tenant: TenantId, id: Uuid) -> Result<TenantId, Error> {
        let saga = self.services.sagas.saga(tenant, id).await?;
        match saga.map(|saga| saga.status) {
            Some(SagaStatus::Completed) => Ok(tenant),
            // It is kept: somebody takes it on.
            Some(SagaStatus::Running) => Err(Error::unavailable(
                "you will be a member in a moment: try again",
            )),
            _ => Err(no_invitation()),
        }
    }
}

/// Withdraws the invitations of a workspace that wait for an answer of such addresses, which are
/// kept no longer then.
pub(crate) async fn withdraw(
    services: &Services,
    tenant: TenantId,
    whose: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    for _ in 0..MAX_ATTEMPTS {
        let (sagas, now) = (&services.sagas, services.now());
        let waiting = sagas.under_way(tenant, InvitationSaga::KIND).await?;
        let theirs = waiting
            .iter()
            .filter(|saga| state(saga).is_some_and(|state| whose(&state.email)));
        let mut moved = false;
        for saga in theirs {
            moved |= !sagas.put(&withdrawn(saga, now)).await?;
        }
        if !moved {
            return Ok(());
        }
    }
    Err(Error::unavailable("an invitation is being sent: try again"))
}

/// An invitation as it is once it was taken back.
fn withdrawn(saga: &Saga, now: Timestamp) -> Saga {
    Saga {
        // What ends by itself ends at the first step.
        step: InvitationStep::AwaitAnswer.number(),
        ..super::ended(saga, SagaStatus::Compensated, now)
    }
}

/// What an invitation knows that can still be accepted.
fn open(saga: &Saga, now: Timestamp) -> Option<State> {
    let waits = saga.kind == InvitationSaga::KIND
        && saga.status == SagaStatus::Running
        && saga.step <= InvitationStep::AwaitAnswer.number();
    let state = state(saga).filter(|state| waits && now < state.expires_at)?;
    Some(state)
}

fn shown(id: Uuid, state: State) -> Invitation {
    Invitation {
        id,
        email: state.email,
        role: state.role,
        invited_by: state.invited_by,
        expires_at: state.expires_at,
    }
}

/// The steps of an invitation.
pub struct InvitationSaga {
    services: Services,
    tenants: Tenants,
}

impl InvitationSaga {
    /// Works on tenants that are open in this process.
    #[must_use]
    pub fn new(services: Services, tenants: Tenants) -> InvitationSaga {
        InvitationSaga { services, tenants }
    }

    async fn mail(&self, saga: &Saga, state: State) -> Result<StepOutcome, StepError> {
        let identity = &self.services.identity;
        let workspace = identity.tenant(saga.tenant).await?;
        let Some(workspace) = workspace else {
            return Err(StepError::Fatal("the workspace is gone".to_owned()));
        };
        let by = identity.user(state.invited_by).await?;
        let invited = identity.user_by_email(&state.email).await?;
        // Who has no account yet has chosen no language: that of who invites is likely theirs.
        let chosen = |user: &User| user.locale.clone();
        let locale = invited.as_ref().or(by.as_ref()).and_then(chosen);
        let by = by.map_or_else(|| "Raally".to_owned(), |user| user.full_name);
        let token = token(&self.services, saga.tenant, saga.id).await?;
        let link = self.services.web.invitation(&token);
        let template = EmailTemplate::Invited {
            by: &by,
            workspace: &workspace.name,
            link: &link,
        };
        let mail = template.to(Recipient {
            email: &state.email,
            name: None,
            language: Language::of(locale.as_deref()),
        });
        let sender = MailSender::Workspace(saga.tenant);
        match self.services.send_mail(sender, mail, SHORTLY).await {
            Ok(()) => Ok(StepOutcome::Done),
            Err(NotSent::NoTurn) => Ok(super::no_turn(&self.services)),
            Err(NotSent::Failed(error)) => Err(StepError::Retryable(error.to_string())),
        }
    }

    /// Makes the user a member, if they are none.
    async fn join(&self, saga: &Saga, state: &State) -> Result<StepOutcome, StepError> {
        let Some(user) = state.accepted_by else {
            return Err(StepError::Fatal("nobody accepted it".to_owned()));
        };
        let tenant = self.tenants.open(saga.tenant).await?;
        let is_member = async || -> Result<bool, Error> {
            let plan = tenant.plan(None).await?;
            Ok(plan.members().contains_key(&user))
        };
        if is_member().await? {
            return Ok(StepOutcome::Done);
        }
        let write = workspaces::join(user, state.role, state.invited_by);
        match tenant.submit(write).await {
            Ok(_) => Ok(StepOutcome::Done),
            // Somebody else was quicker.
            Err(Error::Conflict(_)) if is_member().await? => Ok(StepOutcome::Done),
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl SagaDefinition for InvitationSaga {
    type Step = InvitationStep;

    const KIND: &'static str = "invite";

    async fn execute(&self, step: InvitationStep, saga: &Saga) -> Result<StepOutcome, StepError> {
        let state = state(saga).ok_or_else(|| StepError::Fatal("it cannot be read".to_owned()))?;
        let expired = self.services.now() >= state.expires_at;
        match step {
            InvitationStep::Join => self.join(saga, &state).await,
            InvitationStep::Mail | InvitationStep::AwaitAnswer if expired => {
                Err(StepError::Fatal("it has expired".to_owned()))
            }
            InvitationStep::AwaitAnswer => Ok(StepOutcome::Wait(state.expires_at)),
            InvitationStep::Mail => self.mail(saga, state).await,
        }
    }

    async fn compensate(&self, step: InvitationStep, _: &Saga) -> Result<(), StepError> {
        match step {
            // A mail cannot be taken back; its token opens nothing any more. A membership comes
            // whole or not at all, and is the last step.
            InvitationStep::Mail | InvitationStep::AwaitAnswer | InvitationStep::Join => Ok(()),
        }
    }
}
