//! Workspaces (tenants) and their members.

use raally_domain::access::Operation;
use raally_domain::account::AccountChange;
use raally_domain::decide::Decision;
use raally_domain::event::{Actor, Change, Diff, Event, Step, StepKind};
use raally_domain::ids::{EventId, StepId, TenantId, TheSettings, UserId};
use raally_domain::kinds::{Member, Role, Settings, slug_of};

use crate::Message;
use crate::access;
use crate::accounts::{AccountEventDraft, recorded};
use crate::auth::TenantOf;
use crate::error::{Error, slug_taken};
use crate::ports::{AccountHead, Append, AppendError, AppendStep, Batch, IdentityChange, User};
use crate::services::Services;
use crate::tenants::{Decide, Outcome, RenderedResponse, Write};
use crate::trace;

/// What creating a workspace takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWorkspace {
    /// 1 to 200 characters once trimmed.
    pub name: String,
    /// Its address; `None`: made from the name, with a number if another has it.
    pub slug: Option<String>,
}

/// How many addresses are tried with a number before one is made by chance.
const NUMBERED: u32 = 20;

/// A workspace's name and the address that was asked for, both checked.
pub(crate) struct ValidatedWorkspace {
    name: String,
    slug: Option<String>,
}

impl ValidatedWorkspace {
    /// [`Error::Invalid`] if the name or the address will not do.
    pub(crate) fn new(workspace: NewWorkspace) -> Result<ValidatedWorkspace, Error> {
        let name = workspace.name.trim().to_owned();
        let mut errors: Vec<_> = crate::auth::wrong_name("/name", &name)
            .into_iter()
            .collect();
        if workspace.slug.as_ref().is_some_and(|s| slug_of(s) != *s) {
            errors.push(crate::FieldError::new("/slug", Message::NewSlugShape));
        }
        if !errors.is_empty() {
            return Err(Error::Invalid { errors });
        }
        Ok(ValidatedWorkspace {
            name,
            slug: workspace.slug,
        })
    }
}

/// Creates a workspace with its creator as admin, and nothing besides: see
/// [`crate::sagas::WorkspaceProvisioning`]. [`Error::Conflict`] if another has the slug that was asked for.
pub async fn create(
    services: &Services,
    creator: UserId,
    workspace: NewWorkspace,
) -> Result<TenantOf, Error> {
    let wanted = ValidatedWorkspace::new(workspace)?;
    make(services, TenantId(services.uuid()), creator, None, &wanted).await
}

/// Makes a workspace of that id; a new account is made in the same transaction.
pub(crate) async fn make(
    services: &Services,
    id: TenantId,
    creator: UserId,
    account: Option<User>,
    wanted: &ValidatedWorkspace,
) -> Result<TenantOf, Error> {
    let ValidatedWorkspace { name, slug: asked } = wanted;
    let base = asked.clone().unwrap_or_else(|| slug_of(name));
    for attempt in 1.. {
        let slug = match attempt {
            1 => base.clone(),
            2..=NUMBERED => suffixed(&base, &attempt.to_string()),
            _ => suffixed(
                &base,
                &format!("{:08x}", u32::from_le_bytes(services.random())),
            ),
        };
        let batch = first_batch(services, id, creator, account.clone(), name, &slug);
        match services.store.append(batch).await {
            Ok(()) => {
                return Ok(TenantOf {
                    id,
                    slug,
                    name: name.clone(),
                    role: Role::Admin,
                });
            }
            Err(AppendError::SlugTaken(taken)) if asked.is_some() => {
                return Err(slug_taken(&taken));
            }
            Err(AppendError::SlugTaken(_)) if attempt < NUMBERED + 5 => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(slug_taken(&base))
}

/// The changes that make an account, the first of its stream among them.
pub(crate) fn signed_up(services: &Services, user: User) -> Vec<IdentityChange> {
    let draft = AccountEventDraft::by(user.id, AccountChange::SignedUp {});
    let recorded = draft.after(services, AccountHead::default());
    vec![IdentityChange::AddUser(user), recorded]
}

fn suffixed(base: &str, suffix: &str) -> String {
    let room = 60 - suffix.len() - 1;
    let base = base.get(..base.len().min(room)).unwrap_or(base);
    format!("{}-{suffix}", base.trim_end_matches('-'))
}

fn first_batch(
    services: &Services,
    tenant: TenantId,
    creator: UserId,
    account: Option<User>,
    name: &str,
    slug: &str,
) -> Batch {
    let changes = [
        Change::from(Diff {
            id: TheSettings,
            before: None,
            after: Some(Settings::new(name.to_owned(), slug.to_owned())),
        }),
        Change::from(Diff {
            id: creator,
            before: None,
            after: Some(Member { role: Role::Admin }),
        }),
    ];
    let step = Step {
        id: StepId(services.uuid()),
        kind: StepKind::Do,
    };
    let now = services.now();
    let mut previous = [0; 32];
    let mut events = Vec::new();
    for (seq, change) in (1..).zip(changes) {
        let event = Event {
            tenant,
            seq,
            id: EventId(services.uuid()),
            recorded_at: now,
            occurred_at: now,
            actor: Actor::User(creator),
            step,
            change,
            implied: Vec::new(),
            previous,
        };
        let stored = event.store();
        previous = stored.hash;
        events.push((event, stored));
    }
    let identity = account.map_or_else(Vec::new, |user| signed_up(services, user));
    let mut batch = recorded(identity);
    let traced = events
        .iter()
        .map(|(event, _)| (event.id, event.recorded_at));
    batch.traces.extend(trace::of_current(traced));
    Batch {
        appends: vec![Append {
            tenant,
            expected: None,
            steps: vec![AppendStep {
                events,
                response: None,
            }],
        }],
        ..batch
    }
}

/// The write by which a user accepts to be a member: it is their own, and whoever invited them is
/// asked for their right to by then. [`Error::Conflict`] where they are one already.
#[must_use]
pub fn join(user: UserId, role: Role, invited_by: UserId) -> Write {
    let decide: Decide = Box::new(move |plan, _, _| {
        let inviter = access::of(plan, invited_by);
        let inviter = inviter.map_err(|_| Error::Forbidden(Message::Forbidden))?;
        access::require(&inviter, Operation::ManageMembers)?;
        if plan.members().contains_key(&user) {
            return Err(Error::Conflict(Message::AlreadyMember));
        }
        let change = Change::from(Diff {
            id: user,
            before: None,
            after: Some(Member { role }),
        });
        Decision::of_changes(plan, vec![change])
            .map_err(|e| Error::internal("a decision does not fit its plan", e))
    });
    let joined = |_: &Outcome<'_>| RenderedResponse {
        status: 201,
        body: bytes::Bytes::new(),
    };
    Write::by(Actor::User(user), decide, joined).always_small()
}
