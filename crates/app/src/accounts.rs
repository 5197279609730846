//! Recording what happens to accounts, in the streams of users and of the platform.

use std::time::Duration;

use raally_domain::account::{AccountChange, AccountEvent, Digest};
use raally_domain::event::Actor;
use raally_domain::ids::{EventId, UserId};
use raally_domain::stream::StreamId;

pub use crate::auth::yielded;
use crate::error::Error;
use crate::ports::{AccountHead, AppendError, Batch, IdentityChange};
use crate::services::Services;
use crate::trace;

/// How often an event is made again because another process wrote to the stream meanwhile.
const MAX_ATTEMPTS: u32 = 24;
/// The longest pause between two of them.
const PAUSE: Duration = Duration::from_millis(15);
/// Of addresses and networks in events.
const DIGESTS: &str = "digests";

/// Something that happened to an account, before it has a sequence number in a stream.
#[derive(Clone, Debug)]
pub(crate) struct AccountEventDraft {
    pub(crate) stream: StreamId,
    pub(crate) actor: Actor,
    pub(crate) change: AccountChange,
}

impl AccountEventDraft {
    /// Something that users do to their own accounts.
    pub(crate) fn by(user: UserId, change: AccountChange) -> AccountEventDraft {
        AccountEventDraft {
            stream: user.into(),
            actor: Actor::User(user),
            change,
        }
    }

    /// Something that somebody unknown did to a stream.
    pub(crate) fn by_nobody(stream: StreamId, change: AccountChange) -> AccountEventDraft {
        AccountEventDraft {
            stream,
            actor: Actor::System("auth".to_owned()),
            change,
        }
    }

    /// The change that appends it after `head`.
    pub(crate) fn after(self, services: &Services, head: AccountHead) -> IdentityChange {
        // A clock may have been set back; the order of a stream is that of its times.
        let now = services.now().max(head.recorded_at);
        let event = AccountEvent {
            stream: self.stream,
            seq: head.seq + 1,
            id: EventId(services.uuid()),
            recorded_at: now,
            occurred_at: now,
            actor: self.actor,
            change: self.change,
            previous: head.hash,
        };
        let stored = event.store();
        IdentityChange::Record(Box::new(event), stored)
    }
}

/// Records something in one transaction with other changes of identity.
pub(crate) async fn record_with(
    services: &Services,
    draft: AccountEventDraft,
    changes: Vec<IdentityChange>,
) -> Result<(), AppendError> {
    let mut attempt = 1;
    loop {
        let head = services.store.account_head(draft.stream).await?;
        let mut identity = changes.clone();
        identity.push(draft.clone().after(services, head));
        let batch = recorded(identity);
        match services.store.append(batch).await {
            Err(AppendError::AccountMoved(_)) if attempt < MAX_ATTEMPTS => {
                tokio::time::sleep(services.jitter(PAUSE)).await;
                attempt += 1;
            }
            done => return done,
        }
    }
}

/// A batch of these changes; what they record belongs to the trace of what is under way.
pub(crate) fn recorded(identity: Vec<IdentityChange>) -> Batch {
    let events = identity.iter().filter_map(|change| match change {
        IdentityChange::Record(event, _) => Some((event.id, event.recorded_at)),
        _ => None,
    });
    let traces = trace::of_current(events);
    Batch {
        identity,
        traces,
        ..Batch::default()
    }
}

/// Records something beside what was asked, which must not fail because of it.
pub(crate) async fn record(services: &Services, draft: AccountEventDraft) {
    let stream = draft.stream;
    if let Err(error) = record_with(services, draft, Vec::new()).await {
        let error = Error::from(error).causes();
        tracing::error!(%stream, error, "an account event could not be recorded");
    }
}

/// Notes that the account of an address is of whoever reads its mail, on an operator's word.
/// Returns the address as it is kept.
pub async fn verify(services: &Services, email: &str) -> Result<String, Error> {
    let email = crate::auth::normal(email);
    let user = services.identity.user_by_email(&email).await?;
    let user = user.ok_or_else(|| Error::NotFound(crate::Message::AccountGone))?;
    if !user.email_verified {
        crate::auth::note_verified(services, &user).await?;
    }
    Ok(user.email)
}

/// The address of an account that has lost its own to whoever proved that it is theirs. Nobody can
/// have it: the domain is reserved (RFC 2606).
#[must_use]
pub fn yielded_address(user: UserId) -> String {
    format!("{user}@yielded.invalid")
}

/// The digest of an address or a network; `None` if the store is away.
pub(crate) async fn digest(services: &Services, text: &str) -> Option<Digest> {
    match services.store.secret(DIGESTS, services.random()).await {
        Ok(secret) => Some(Digest::new(&secret, text)),
        Err(error) => {
            let error = Error::from(error).causes();
            tracing::warn!(
                error,
                "an attempt is recorded without the digest of its network: the store is away"
            );
            None
        }
    }
}

/// Records that somebody was refused for trying too often; `limit` says what was counted and
/// `subject` who (an address of a network or of an account).
pub async fn rate_limited(services: &Services, limit: &str, subject: &str) {
    let Some(subject) = digest(services, subject).await else {
        return;
    };
    let change = AccountChange::RateLimited {
        limit: limit.to_owned(),
        subject,
    };
    record(
        services,
        AccountEventDraft::by_nobody(StreamId::Platform, change),
    )
    .await;
}
