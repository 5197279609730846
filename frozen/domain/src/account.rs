//! What happens to accounts, and what is told of attempts by nobody known: events in the same
//! frozen envelope as a tenant's, in streams of users and of the platform.
//!
//! They hold ids and hashes, never an address or a name.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::event::{Actor, Envelope, EventError, Hash, StoredEvent, chain_hash};
use crate::hex::{hex, unhex};
use crate::ids::{EventId, SessionId, TenantId};
use crate::stream::StreamId;
use crate::time::Timestamp;

/// What happened; the names in the envelope are frozen with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data")]
pub enum AccountChange {
    /// The account was made.
    #[serde(rename = "user.signed_up")]
    SignedUp {},
    /// Somebody signed in with the right password.
    #[serde(rename = "user.signed_in")]
    SignedIn {
        /// The session that began.
        session: SessionId,
        /// Where the request came from; `None` where the address is not known.
        network: Option<Digest>,
    },
    /// Somebody signed out.
    #[serde(rename = "user.signed_out")]
    SignedOut {
        /// The session that ended.
        session: SessionId,
    },
    /// Somebody gave a wrong password.
    #[serde(rename = "user.sign_in_failed")]
    SignInFailed {
        /// Where the request came from; `None` where the address is not known.
        network: Option<Digest>,
    },
    /// The password was changed; all other sessions ended with it.
    #[serde(rename = "user.password_changed")]
    PasswordChanged {},
    /// These fields of the account were changed: `full_name`, `locale`.
    #[serde(rename = "user.changed")]
    Changed {
        /// Their names in the API.
        fields: Vec<String>,
    },
    /// A refresh token came a second time, so its session was ended.
    #[serde(rename = "user.session_reused")]
    SessionReused {
        /// The session that was ended.
        session: SessionId,
    },
    /// Somebody tried an address that no account has.
    #[serde(rename = "platform.sign_in_failed")]
    UnknownAccount {
        /// The address that was tried.
        account: Digest,
        /// Where the request came from; `None` where the address is not known.
        network: Option<Digest>,
    },
    /// Somebody tried too often, and was refused from then on.
    #[serde(rename = "platform.rate_limited")]
    RateLimited {
        /// What was counted: `address` or `account`.
        limit: String,
        /// Who was counted.
        subject: Digest,
    },
    /// A workspace was closed: all that was kept of it has been erased.
    #[serde(rename = "platform.tenant_closed")]
    TenantClosed {
        /// Which one it was.
        tenant: TenantId,
    },
}

/// The types of account events, in the order of the variants.
pub const ACCOUNT_EVENT_TYPES: [&str; 10] = [
    "user.signed_up",
    "user.signed_in",
    "user.signed_out",
    "user.sign_in_failed",
    "user.password_changed",
    "user.changed",
    "user.session_reused",
    "platform.sign_in_failed",
    "platform.rate_limited",
    "platform.tenant_closed",
];

/// A keyed hash of an address or a network: the same for the same, and without the installation's
/// secret nobody can tell of what. 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Of a text, under a secret of 32 bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32], text: &str) -> Digest {
        // The secret has the same length always, so nothing can be appended to it unseen.
        Digest(hex(&chain_hash(secret, text)))
    }
}

impl AccountChange {
    /// The envelope's `type` and `data`.
    fn parts(&self) -> (String, Value) {
        let mut parts = serde_json::to_value(self).expect("account events are plain data");
        let event_type = parts["type"].as_str().unwrap_or_default().to_owned();
        (event_type, parts["data"].take())
    }
}

/// Something that happened to an account, or on the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEvent {
    /// The user's stream or the platform's.
    pub stream: StreamId,
    /// Its number in the stream, from 1 without gaps.
    pub seq: u64,
    /// The event's own id, under which consumers see it once.
    pub id: EventId,
    /// When it was recorded; never before the event before it.
    pub recorded_at: Timestamp,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub change: AccountChange,
    /// The hash of the event before it, zero for the first.
    pub previous: Hash,
}

impl AccountEvent {
    /// `user.signed_in` and the like.
    #[must_use]
    pub fn event_type(&self) -> String {
        self.change.parts().0
    }

    /// The event as text with its hash.
    #[must_use]
    pub fn store(&self) -> StoredEvent {
        let (event_type, data) = self.change.parts();
        let data = RawValue::from_string(data.to_string()).expect("JSON was just written");
        let envelope = Envelope {
            stream: self.stream.to_string(),
            seq: self.seq,
            id: self.id,
            recorded_at: self.recorded_at,
            occurred_at: self.occurred_at,
            actor: self.actor.clone(),
            step: None,
            event_type,
            version: 1,
            data: std::borrow::Cow::Owned(data),
            previous: hex(&self.previous),
        };
        let body = serde_json::to_string(&envelope).expect("an envelope is plain data");
        let hash = chain_hash(&self.previous, &body);
        StoredEvent { body, hash }
    }

    /// Reads a stored event whose predecessor had the hash `previous`.
    pub fn read(
        seq: u64,
        stored: &StoredEvent,
        previous: &Hash,
    ) -> Result<AccountEvent, EventError> {
        if chain_hash(previous, &stored.body) != stored.hash {
            return Err(EventError::Broken(seq));
        }
        AccountEvent::read_trusted(seq, &stored.body)
    }

    /// Reads a stored event without looking at its place in the chain.
    pub fn read_trusted(seq: u64, body: &str) -> Result<AccountEvent, EventError> {
        let unreadable = |e| EventError::Unreadable(seq, e);
        let envelope: Envelope<'_> = serde_json::from_str(body).map_err(unreadable)?;
        if envelope.seq != seq {
            return Err(EventError::Order {
                expected: seq,
                found: envelope.seq,
            });
        }
        let known = ACCOUNT_EVENT_TYPES.contains(&envelope.event_type.as_str());
        let stream = envelope.stream.parse().ok();
        let stream = stream.filter(|_| known && envelope.version == 1);
        let stream = stream
            .ok_or_else(|| EventError::Unknown(envelope.event_type.clone(), envelope.version))?;
        let data: Value = serde_json::from_str(envelope.data.get()).map_err(unreadable)?;
        let parts = json!({ "type": envelope.event_type, "data": data });
        Ok(AccountEvent {
            stream,
            seq,
            id: envelope.id,
            recorded_at: envelope.recorded_at,
            occurred_at: envelope.occurred_at,
            actor: envelope.actor,
            change: serde_json::from_value(parts).map_err(unreadable)?,
            previous: unhex(&envelope.previous).ok_or(EventError::Broken(seq))?,
        })
    }
}
