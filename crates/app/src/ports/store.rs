//! Where logs live.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::account::AccountEvent;
use raally_domain::event::{Action, Change, Event, Hash, Head, StoredEvent};
use raally_domain::ids::{EventId, PersonalRef, SessionId, TenantId, UserId};
use raally_domain::kinds::{EntityRef, Kind, Role};
use raally_domain::personal::PersonalValue;
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::{TenantStatus, User, UserUpdate};
use crate::trace::TraceParent;

/// Where a log stands, and the hash of its last event (zero where it has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Epoch and seq.
    pub head: Head,
    /// Of the last event; zero where there is none.
    pub hash: Hash,
}

/// What one transaction writes: all of it, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// At most one a tenant.
    pub appends: Vec<Append>,
    /// Written in their order.
    pub identity: Vec<IdentityChange>,
    /// The traces that events belong to, where there are any.
    pub traces: Vec<EventTrace>,
}

/// The trace that an event belongs to. It is kept for a while, beside the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTrace {
    /// Which event.
    pub event: EventId,
    /// When the event was written to its log.
    pub recorded_at: Timestamp,
    /// The trace of the request that it came of.
    pub trace: TraceParent,
}

/// Events for one tenant's log.
#[derive(Clone, Debug)]
pub struct Append {
    /// Whose log.
    pub tenant: TenantId,
    /// Where the log must stand; epoch, seq and hash are compared. `None`: there must be no log
    /// yet, and the first event is that of epoch 1, seq 1.
    pub expected: Option<LogHead>,
    /// In their order.
    pub steps: Vec<AppendStep>,
}

/// One step's events, with what is written beside them.
#[derive(Clone, Debug)]
pub struct AppendStep {
    /// Each as it is and as it is stored.
    pub events: Vec<(Event, StoredEvent)>,
    /// The answer that another request with the same idempotency key is to get.
    pub response: Option<IdempotentResponse>,
}

/// Rows beside the log that follow from an event and are written with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The tenant's name and slug; a slug that another tenant holds is refused.
    Tenant {
        /// The tenant's address.
        slug: String,
        /// What people call it.
        name: String,
    },
    /// A membership; `None` removes it.
    Member {
        /// Whose membership.
        user: UserId,
        /// What the member may do.
        role: Option<Role>,
    },
}

impl AppendStep {
    /// The lookup rows that its events bring.
    pub fn lookups(&self) -> impl Iterator<Item = Lookup> + '_ {
        self.events
            .iter()
            .filter_map(|(event, _)| match &event.change {
                Change::Settings(d) => d.after.as_ref().map(|s| Lookup::Tenant {
                    slug: s.slug.clone(),
                    name: s.name.clone(),
                }),
                Change::Member(d) => Some(Lookup::Member {
                    user: d.id,
                    role: d.after.as_ref().map(|m| m.role),
                }),
                _ => None,
            })
    }
}

/// Changes to identity that travel with an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityChange {
    /// Makes the account, whose id is new: one that is there refuses the batch, as does an address
    /// that another user has.
    AddUser(User),
    /// Writes the fields that are named of a user's row, at most one update a user. A user who is
    /// not as the update expects refuses the batch.
    UpdateUser(UserId, UserUpdate),
    /// Ends the living sessions of a user, but for one.
    EndSessions {
        /// Whose.
        user: UserId,
        /// The one that goes on.
        except: Option<SessionId>,
        /// When they end.
        at: Timestamp,
    },
    /// Appends to the stream of a user or of the platform, if that stands right before the
    /// event: its seq and the hash before it are compared. At most one a stream.
    Record(Box<AccountEvent>, StoredEvent),
}

/// Where the stream of a user or of the platform stands; all zero where it has no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountHead {
    /// Of the last event, 0 where there is none.
    pub seq: u64,
    /// Of the last event; zero where there is none.
    pub hash: Hash,
    /// When the last event was recorded.
    pub recorded_at: Timestamp,
}

impl Default for AccountHead {
    fn default() -> AccountHead {
        AccountHead {
            seq: 0,
            hash: [0; 32],
            recorded_at: Timestamp::from_micros(0),
        }
    }
}

/// An answer kept for 24 hours under its idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotentResponse {
    /// Whose request it was.
    pub user: UserId,
    /// The key that the client gave.
    pub key: String,
    /// SHA-256 of the request (method, path and body).
    pub request_hash: Hash,
    /// [`IdempotentResponse::CLAIM`] where the answer is still to come.
    pub status: u16,
    /// The response's body; of a claim, the 16 bytes of the id that is made under it.
    pub body: Vec<u8>,
    /// When it was stored.
    pub at: Timestamp,
}

impl IdempotentResponse {
    /// The status of what only holds the key: the request is under way.
    pub const CLAIM: u16 = 0;
    /// The status of a write to the log, whose answer is worked out again from what is kept.
    pub const DONE: u16 = 200;
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Of the last event, 0 where there is none.
    pub seq: u64,
    /// The event as it is stored.
    pub stored: StoredEvent,
}

/// A position in the audit list, which runs from the latest `occurred_at` back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPosition {
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// Of the last event, 0 where there is none.
    pub seq: u64,
}

/// Narrows the audit list. Rows of kind `History` pass the filters of actor, entity, entity id
/// and action whatever they hold: what they say stands in their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By that user alone.
    pub actor: Option<UserId>,
    /// About entities of that kind alone.
    pub kind: Option<Kind>,
    /// About that entity alone.
    pub entity: Option<EntityRef>,
    /// Of that action alone.
    pub action: Option<Action>,
    /// `occurred_at` at or after.
    pub from: Option<Timestamp>,
    /// `occurred_at` before.
    pub until: Option<Timestamp>,
}

/// A snapshot: a disposable image of the plan at a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Epoch and seq.
    pub head: Head,
    /// As `PlanSnapshot` writes them; stores do not look inside.
    pub bytes: Vec<u8>,
}

/// Which personal values go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// All that are about this person or other entity …
    pub subject: Uuid,
    /// … and these, whatever they are about …
    pub also: Vec<PersonalRef>,
    /// … but not these.
    pub keep: Vec<PersonalRef>,
    /// The log's epoch from then on; one above its own, where that is more.
    pub epoch: u32,
}

/// What an erasure took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// How many values went.
    pub values: u64,
    /// Where the log stands; `None` where there is none.
    pub head: Option<Head>,
}

/// A stream with events that have not been relayed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Which stream.
    pub stream: StreamId,
    /// The log's last event.
    pub head: u64,
    /// The last event that was relayed.
    pub sent: u64,
}

/// A compare-and-set of a consumer's offset in a stream. A port that writes a consumer's rows takes
/// it and commits it in the same transaction, so that each event has its effect once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetCommit {
    /// The consumer group's name.
    pub consumer: &'static str,
    /// Which stream.
    pub stream: StreamId,
    /// The seq of the last event taken before.
    pub from: u64,
    /// The seq of the event whose effect is kept.
    pub to: u64,
    /// Its hash: the offset is committed only if the log has that event, so that one of a commit
    /// that was lost has no effect. `None`: an operator sets the offset.
    pub event: Option<Hash>,
}

/// Why a store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Away, full, read-only or locked; one sentence that says what to do. A write was not made,
    /// unless the connection was lost while it was on its way: a look at the head tells.
    #[error("{0}")]
    Unavailable(String),
    /// What is stored contradicts itself.
    #[error("{0}")]
    Corrupt(String),
    /// The engine failed in a way that nobody expected.
    #[error("the store failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a batch was not appended: nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another process wrote: catch up and decide again. `None`: the log does not exist.
    #[error("the log of {tenant} stands elsewhere")]
    HeadMoved {
        /// Whose log.
        tenant: TenantId,
        /// Where the log stands.
        actual: Option<LogHead>,
    },
    /// Another process wrote to the stream of a user or of the platform: look where it stands.
    #[error("the stream {0} stands elsewhere")]
    AccountMoved(StreamId),
    /// Somebody else wrote what an update of that user rests on: read it and decide again.
    #[error("the account {0} is not as it was read")]
    UserMoved(UserId),
    /// The address belongs to another tenant.
    #[error("another workspace has the address {0}")]
    SlugTaken(String),
    /// The e-mail address belongs to another account.
    #[error("another account has the e-mail address {0}")]
    EmailTaken(String),
    /// The tenant is suspended or closed ([`super::TenantDeletion`]).
    #[error("the log of {0} takes nothing any more")]
    Suspended(TenantId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// So many bytes of a log's events are read at a time; an event has up to two values of a megabyte.
pub const MAX_PAGE_BYTES: usize = 4 << 20;

/// Logs and what is kept beside them. Every call waits a bounded time.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait Store: Send + Sync {
    /// Writes a batch durably, in one transaction: events, personal values, heads, lookups,
    /// outbox rows, answers, identity changes, traces. When it returns, a power cut loses nothing of it.
    ///
    /// # Errors
    /// [`AppendError`] says what the batch rests on that is no longer so; nothing was written then,
    /// unless it is [`StoreError::Unavailable`] and the connection was lost on the way.
    async fn append(&self, batch: Batch) -> Result<(), AppendError>;

    /// Where a tenant's log stands; `None` if there is none.
    async fn head(&self, tenant: TenantId) -> Result<Option<LogHead>, StoreError>;

    /// Whether a tenant may be written to. One that nobody has heard of is open.
    async fn tenant_status(&self, tenant: TenantId) -> Result<TenantStatus, StoreError>;

    /// Events with `seq > after`, in order, at most `limit`. The first comes however large it is,
    /// of those behind it as many as do not pass [`MAX_PAGE_BYTES`] with it.
    async fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError>;

    /// The seq of the last event recorded at or before that moment; 0 if there is none.
    async fn seq_at(&self, tenant: TenantId, at: Timestamp) -> Result<u64, StoreError>;

    /// Events that pass the filter from the latest `occurred_at` (then seq) back, beginning
    /// below `before`; at most `limit`.
    async fn audit(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        before: Option<AuditPosition>,
        limit: usize,
    ) -> Result<Vec<(AuditPosition, LoggedEvent)>, StoreError>;

    /// Those of the personal values that (still) exist.
    async fn personal_values(
        &self,
        tenant: TenantId,
        references: &[PersonalRef],
    ) -> Result<Vec<PersonalValue>, StoreError>;

    /// Erases personal values, together with the tenant's snapshots and stored answers, which may
    /// hold them. Where a value went, the log begins a new epoch in the same transaction, so that
    /// no plan, answer or snapshot that somebody still has of before is taken for one of after.
    async fn erase_personal(
        &self,
        tenant: TenantId,
        erasure: Erasure,
    ) -> Result<Erased, StoreError>;

    /// Keeps a snapshot; one of the same head is replaced. One of an epoch that has ended is not
    /// kept: it may hold what was erased since.
    async fn save_snapshot(&self, tenant: TenantId, snapshot: Snapshot) -> Result<(), StoreError>;

    /// The latest snapshot at or before that seq.
    async fn snapshot(
        &self,
        tenant: TenantId,
        at_most: u64,
    ) -> Result<Option<Snapshot>, StoreError>;

    /// The heads of all snapshots kept, oldest first.
    async fn snapshot_heads(&self, tenant: TenantId) -> Result<Vec<Head>, StoreError>;

    /// Drops the snapshots at those heads.
    async fn drop_snapshots(&self, tenant: TenantId, heads: &[Head]) -> Result<(), StoreError>;

    /// The answer or claim stored under an idempotency key, unless it is older than 24 h at `now`.
    async fn idempotent_response(
        &self,
        tenant: TenantId,
        user: UserId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError>;

    /// Keeps a claim to its key, and returns it, unless the key has a claim or an answer that is
    /// not older than 24 h at `claim.at`. A claim of the same request from before `stale` is
    /// taken over: it is returned with its own body, and `claim.at`.
    async fn claim_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        stale: Timestamp,
    ) -> Result<Option<IdempotentResponse>, StoreError>;

    /// Puts an answer in the place of a claim, or gives the claim up. Where there is no claim to
    /// that key any more, nothing changes.
    async fn settle_idempotency_key(
        &self,
        tenant: TenantId,
        claim: IdempotentResponse,
        response: Option<IdempotentResponse>,
    ) -> Result<(), StoreError>;

    /// Drops answers stored before that moment; returns how many.
    async fn drop_idempotent_responses(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// All tenants with a log, in the order of their ids.
    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError>;

    /// Where the stream of a user or of the platform stands.
    async fn account_head(&self, stream: StreamId) -> Result<AccountHead, StoreError>;

    /// Events of a user's or the platform's stream with `seq > after`, in order, at most `limit`.
    async fn account_events(
        &self,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError>;

    /// Events of whatever stream with `seq > after`, in order, at most `limit`.
    async fn stream_events(
        &self,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        match stream {
            StreamId::Tenant(tenant) => self.events(tenant, after, limit).await,
            StreamId::User(_) | StreamId::Platform => {
                self.account_events(stream, after, limit).await
            }
        }
    }

    /// Streams of users and of the platform in the order of their texts, those after `after`, at
    /// most `limit`.
    async fn account_streams(
        &self,
        after: Option<StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamId>, StoreError>;

    /// The installation's secret of that name; `fresh` becomes it where there is none yet.
    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError>;

    /// Leases up to `limit` streams with `sent < head` and no lease that outlives `now` to
    /// `owner`, until `until`: tenants' and others', neither of which keeps the other waiting.
    async fn lease_outbox(
        &self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// Notes that events up to `sent` were relayed and ends the lease. False if the lease was
    /// no longer `owner`'s: nothing is changed then. False too if the log has no such event of
    /// that hash, since its commit was lost: the lease ends, and nothing was relayed.
    async fn mark_sent(
        &self,
        owner: &str,
        stream: StreamId,
        sent: u64,
        event: Option<Hash>,
    ) -> Result<bool, StoreError>;

    /// How far a consumer has taken a stream: the seq of its last event, 0 at first.
    async fn inbox(&self, consumer: &str, stream: StreamId) -> Result<u64, StoreError>;

    /// Whether a consumer's offset is the one that the commit expects, and the log has its event.
    async fn can_advance(&self, commit: OffsetCommit) -> Result<bool, StoreError>;

    /// Commits a consumer's offset; false if it is another than the commit expects, or the log has
    /// no such event.
    async fn advance_inbox(&self, commit: OffsetCommit) -> Result<bool, StoreError>;

    /// A cheap question that a working store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
