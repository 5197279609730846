//! Events: what is appended to a log, for ever.
//!
//! The envelope is frozen. A stored event is JSON text; its hash covers those bytes and the
//! hash before it, so a log cannot be changed unseen.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::hex::{hex, unhex};
use crate::ids::{EventId, StepId, TenantId, UserId};
pub use crate::kinds::Change;
use crate::kinds::{Entity, EntityKind, EntityRef, Kind, Upcast};
use crate::personal::{PersonalSlot, PersonalValue};
use crate::stream::StreamId;
use crate::time::Timestamp;

/// SHA-256 of a stored event and all before it.
pub type Hash = [u8; 32];

/// Where a log stands: `seq` events in it, in this epoch. Restoring a backup, or promoting a
/// standby that may have lost commits, begins a new epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Head {
    /// Rises when commits were lost.
    pub epoch: u32,
    /// How many events the log has.
    pub seq: u64,
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

impl std::str::FromStr for Head {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let read = |s: &str| -> Option<Head> {
            let (epoch, seq) = s.split_once('.')?;
            Some(Head {
                epoch: epoch.parse().ok()?,
                seq: seq.parse().ok()?,
            })
        };
        read(s).ok_or("must be a head such as 1.42")
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Somebody who signed in.
    User(UserId),
    /// A part of Raally itself, such as `import`.
    System(String),
}

impl Actor {
    /// The user, if it was one.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Actor::User(id) => Some(*id),
            Actor::System(_) => None,
        }
    }
}

/// One request's worth of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Names the step; undo and redo refer to it.
    pub id: StepId,
    /// What it was for.
    pub kind: StepKind,
}

/// What a step was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Asked for as it is.
    Do,
    /// Takes back the step named.
    Undo(StepId),
    /// Does again what the step named had done.
    Redo(StepId),
    /// Brought by an import; never undone.
    Import,
}

/// What an event did to one entity: `None` before where it was made, after where it was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Diff<E: Entity> {
    /// Which entity.
    pub id: E::Id,
    /// What it was; `None` where it is new.
    pub before: Option<E>,
    /// What it is now; `None` where it was removed.
    pub after: Option<E>,
}

impl Change {
    /// Which entity it is about.
    #[must_use]
    pub fn entity(&self) -> EntityRef {
        fn of<E: Entity>(diff: &Diff<E>) -> EntityRef {
            EntityRef::new(E::KIND, diff.id)
        }
        for_change!(self, diff => of(diff))
    }

    /// What it does, by the sides that there are.
    #[must_use]
    pub fn action(&self) -> Action {
        for_change!(self, diff => Action::of(diff.before.is_some(), diff.after.is_some()))
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Change {
        fn of<E: EntityKind>(diff: &Diff<E>) -> Change {
            E::change(Diff {
                id: diff.id,
                before: diff.after.clone(),
                after: diff.before.clone(),
            })
        }
        for_change!(self, diff => of(diff))
    }

    /// Visits every personal value with the subject it is about.
    pub fn personal(&self, visit: &mut dyn FnMut(Uuid, &dyn PersonalSlot)) {
        for_change!(self, diff => for value in diff.before.iter().chain(&diff.after) {
            let subject = value.subject(diff.id);
            value.personal(&mut |slot| visit(subject, slot));
        });
    }

    /// Visits every personal value to open or close it.
    pub fn personal_mut(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalSlot)) {
        for_change!(self, diff => for value in diff.before.iter_mut().chain(&mut diff.after) {
            value.personal_mut(visit);
        });
    }

    /// The data of the event that records it, in the version that this release writes.
    fn data(&self, implied: &[Change]) -> Result<Box<RawValue>, serde_json::Error> {
        fn of<E: EntityKind>(
            diff: &Diff<E>,
            implied: &[Change],
        ) -> Result<Box<RawValue>, serde_json::Error> {
            if E::WRITES == E::READS {
                return serde_json::value::to_raw_value(diff);
            }
            E::downcast(diff, implied)
        }
        for_change!(self, diff => of(diff, implied))
    }

    /// The schema of an entity of that kind as plans and snapshots hold it, and of what it refers
    /// to.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn schema(kind: Kind) -> crate::schema::Described {
        for_kind!(kind, E => crate::schema::Described::of::<E>())
    }

    /// The schema of an entity of that kind as the events that are written hold it, and of what
    /// it refers to.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn written_schema(kind: Kind) -> crate::schema::Described {
        for_kind!(kind, E => E::written_schema())
    }

    /// Whether anything is different after it.
    #[must_use]
    pub fn changes_something(&self) -> bool {
        for_change!(self, diff => diff.before != diff.after)
    }

    /// Reads the data of an event of that version, with the changes that it implies.
    fn read(kind: Kind, version: u32, data: &str) -> Result<Recorded, serde_json::Error> {
        fn of<E: EntityKind>(version: u32, data: &str) -> Result<Recorded, serde_json::Error> {
            let Upcast { diff, implied } = E::upcast(version, data)?;
            let change = E::change(diff);
            Ok(Recorded { change, implied })
        }
        for_kind!(kind, E => of::<E>(version, data))
    }
}

/// What one event records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What it is about.
    pub change: Change,
    /// What else an event of an older version says: changes of other entities, applied with it
    /// under the same sequence number. Where one of them has equal sides, it changes nothing and
    /// says what the older text names.
    pub implied: Vec<Change>,
}

impl From<Change> for Recorded {
    fn from(change: Change) -> Recorded {
        Recorded {
            change,
            implied: Vec::new(),
        }
    }
}

impl Recorded {
    /// All changes in the order in which they can be applied: what stands on an entity comes
    /// after it and goes before it.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        in_order(&self.change, &self.implied)
    }
}

fn in_order<'c>(change: &'c Change, implied: &'c [Change]) -> impl Iterator<Item = &'c Change> {
    let (first, last) = match change.action() {
        Action::Deleted => (None, Some(change)),
        Action::Created | Action::Changed => (Some(change), None),
    };
    first.into_iter().chain(implied).chain(last)
}

/// What an event did to its entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It was not there before.
    Created,
    /// It is another value now.
    Changed,
    /// It is not there any more.
    Deleted,
}

impl Action {
    fn of(before: bool, after: bool) -> Action {
        match (before, after) {
            (false, _) => Action::Created,
            (true, true) => Action::Changed,
            (true, false) => Action::Deleted,
        }
    }

    /// Its part of an event's type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Action::Created => "created",
            Action::Changed => "changed",
            Action::Deleted => "deleted",
        }
    }
}

/// Something that happened to a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whose log it belongs to.
    pub tenant: TenantId,
    /// Its number in the log, from 1 without gaps.
    pub seq: u64,
    /// The event's own id, under which consumers see it once.
    pub id: EventId,
    /// When it was recorded; never before the event before it.
    pub recorded_at: Timestamp,
    /// When it happened; differs from `recorded_at` for what was imported.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The request that it belongs to.
    pub step: Step,
    /// What it did.
    pub change: Change,
    /// See [`Recorded::implied`].
    pub implied: Vec<Change>,
    /// The hash of the event before it, zero for the first.
    pub previous: Hash,
}

/// An event as it is stored: the very bytes that its hash covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// The JSON text, byte for byte as it is hashed.
    pub body: String,
    /// Covers the body and the hash before it.
    pub hash: Hash,
}

/// Why a stored event is none.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The text with that number is not an event's.
    #[error("event {0} cannot be read: {1}")]
    Unreadable(u64, serde_json::Error),
    /// A newer program wrote it: its type and version.
    #[error("this program does not know events of type {0} version {1}")]
    Unknown(String, u32),
    /// Its text or the one before was changed.
    #[error("the hash of event {0} does not cover what is stored")]
    Broken(u64),
    /// An event is missing or stands twice.
    #[error("event {found} stands where {expected} belongs")]
    Order {
        /// The number that comes next.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
}

/// What every stored event has, whatever its stream.
#[derive(Serialize, Deserialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) stream: String,
    pub(crate) seq: u64,
    pub(crate) id: EventId,
    pub(crate) recorded_at: Timestamp,
    pub(crate) occurred_at: Timestamp,
    pub(crate) actor: Actor,
    /// Of a tenant's events; accounts know no undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<Step>,
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    pub(crate) version: u32,
    #[serde(borrow)]
    pub(crate) data: std::borrow::Cow<'a, RawValue>,
    pub(crate) previous: String,
}

/// What every event says of itself whatever its type and version, for those who keep and compare
/// events without looking into them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHeader {
    /// `tenant/01931c00-…`.
    pub stream: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The hash of the event before it, zero for the first.
    pub previous: Hash,
}

impl EventHeader {
    /// Reads it from a stored event without looking at its place in the chain.
    pub fn read(seq: u64, body: &str) -> Result<EventHeader, EventError> {
        #[derive(Deserialize)]
        struct Read {
            stream: String,
            seq: u64,
            recorded_at: Timestamp,
            previous: String,
        }
        let read: Read = serde_json::from_str(body).map_err(|e| EventError::Unreadable(seq, e))?;
        if read.seq != seq {
            return Err(EventError::Order {
                expected: seq,
                found: read.seq,
            });
        }
        Ok(EventHeader {
            stream: read.stream,
            recorded_at: read.recorded_at,
            previous: unhex(&read.previous).ok_or(EventError::Broken(seq))?,
        })
    }
}

/// The hash of an event stored as `body` after the one hashed `previous`.
#[must_use]
pub fn chain_hash(previous: &Hash, body: &str) -> Hash {
    Sha256::new()
        .chain_update(previous)
        .chain_update(body.as_bytes())
        .finalize()
        .into()
}

impl Event {
    /// `person.changed` and the like.
    #[must_use]
    pub fn event_type(&self) -> String {
        format!(
            "{}.{}",
            self.change.entity().kind.name(),
            self.change.action().name()
        )
    }

    /// All that it changes, in the order in which it can be applied.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        in_order(&self.change, &self.implied)
    }

    /// The event as text with its hash. Personal values are not in it.
    #[must_use]
    pub fn store(&self) -> StoredEvent {
        let envelope = Envelope {
            stream: StreamId::Tenant(self.tenant).to_string(),
            seq: self.seq,
            id: self.id,
            recorded_at: self.recorded_at,
            occurred_at: self.occurred_at,
            actor: self.actor.clone(),
            step: Some(self.step),
            event_type: self.event_type(),
            version: self.change.entity().kind.versions().1,
            data: std::borrow::Cow::Owned(
                self.change
                    .data(&self.implied)
                    .expect("entities are plain data"),
            ),
            previous: hex(&self.previous),
        };
        let body = serde_json::to_string(&envelope).expect("an envelope is plain data");
        let hash = chain_hash(&self.previous, &body);
        StoredEvent { body, hash }
    }

    /// Reads a stored event whose predecessor had the hash `previous`; the personal values are
    /// still closed.
    pub fn read(seq: u64, stored: &StoredEvent, previous: &Hash) -> Result<Event, EventError> {
        if chain_hash(previous, &stored.body) != stored.hash {
            return Err(EventError::Broken(seq));
        }
        Event::read_trusted(seq, &stored.body)
    }

    /// Reads a stored event without looking at its place in the chain.
    pub fn read_trusted(seq: u64, body: &str) -> Result<Event, EventError> {
        let unreadable = |e| EventError::Unreadable(seq, e);
        let envelope: Envelope<'_> = serde_json::from_str(body).map_err(unreadable)?;
        if envelope.seq != seq {
            return Err(EventError::Order {
                expected: seq,
                found: envelope.seq,
            });
        }
        let unknown = || EventError::Unknown(envelope.event_type.clone(), envelope.version);
        let version = envelope.version;
        let kind = envelope
            .event_type
            .split_once('.')
            .and_then(|(kind, _)| Kind::from_name(kind))
            .filter(|kind| (1..=kind.versions().0).contains(&version))
            .ok_or_else(unknown)?;
        let stream: Option<StreamId> = envelope.stream.parse().ok();
        let tenant = stream.and_then(StreamId::tenant).ok_or_else(unknown)?;
        let Recorded { change, implied } =
            Change::read(kind, version, envelope.data.get()).map_err(unreadable)?;
        Ok(Event {
            tenant,
            seq,
            id: envelope.id,
            recorded_at: envelope.recorded_at,
            occurred_at: envelope.occurred_at,
            actor: envelope.actor,
            step: envelope.step.ok_or_else(unknown)?,
            change,
            implied,
            previous: unhex(&envelope.previous).ok_or(EventError::Broken(seq))?,
        })
    }

    /// The personal values that travel beside it, each with its subject.
    #[must_use]
    pub fn personal_values(&self) -> Vec<(Uuid, PersonalValue)> {
        let mut values = Vec::new();
        // What is implied has no personal values.
        self.change.personal(&mut |subject, slot| {
            values.extend(slot.stored().map(|value| (subject, value)));
        });
        values
    }
}
