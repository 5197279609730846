//! The streams of users and of the platform: statements that touch no tenant's table.

use raally_app::ports::{AccountHead, IdentityChange, OutboxRow, StoreError, User, UserUpdate};
use raally_domain::account::AccountEvent;
use raally_domain::event::{StoredEvent, chain_hash};
use raally_domain::ids::{SessionId, UserId};
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::platform::Platform;
use crate::rows::{get, hash, int, moment, number};

pub(crate) const HEAD: Platform =
    Platform::new("SELECT seq, hash, recorded_at FROM raally.account_streams WHERE stream = $1");
pub(crate) const EVENTS: Platform = Platform::new(
    "SELECT seq, body, hash FROM raally.account_events
     WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3",
);
pub(crate) const STREAMS: Platform = Platform::new(
    "SELECT stream FROM raally.account_streams WHERE stream > $1 ORDER BY stream LIMIT $2",
);
/// Whether the event of that seq has that hash.
pub(crate) const HOLDS: Platform =
    Platform::new("SELECT FROM raally.account_events WHERE stream = $1 AND seq = $2 AND hash = $3");
pub(crate) const RECORD: Platform = Platform::new("SELECT raally.record($1, $2, $3, $4, $5, $6)");
pub(crate) const SECRET: Platform =
    Platform::new("SELECT value FROM raally.secrets WHERE name = $1");
pub(crate) const MAKE_SECRET: Platform = Platform::new(
    "INSERT INTO raally.secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
);
/// One that another process has in hand is left to it; one that was relayed since we looked is
/// found to wait no more.
pub(crate) const LEASE: Platform = Platform::new(
    "UPDATE raally.account_streams s SET lease_owner = $1, lease_until = $3
     WHERE s.stream IN (
         SELECT f.stream FROM raally.account_streams f
         WHERE f.waiting AND (f.lease_owner IS NULL OR f.lease_until <= $2)
         ORDER BY f.lease_until, f.stream LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING s.stream, s.seq, s.sent",
);
pub(crate) const MARK_SENT: Platform = Platform::new(
    "UPDATE raally.account_streams SET lease_owner = NULL,
     sent = CASE WHEN raally.has_event(NULL, $1, $3, $4) THEN greatest(sent, least(seq, $3)) ELSE sent END
     WHERE stream = $1 AND lease_owner = $2 RETURNING raally.has_event(NULL, $1, $3, $4)",
);
pub(crate) const INBOX: Platform =
    Platform::new("SELECT seq FROM raally.account_inbox WHERE stream = $1 AND consumer = $2");
pub(crate) const MAY_PASS: Platform = Platform::new(
    "SELECT raally.has_event(NULL, $1, $4, $5) AND $3::bigint = coalesce(
     (SELECT seq FROM raally.account_inbox WHERE stream = $1 AND consumer = $2), 0)",
);
const BEGIN_INBOX: Platform = Platform::new(
    "INSERT INTO raally.account_inbox AS i (stream, consumer, seq)
     SELECT $1::text, $2::text, $4::bigint WHERE raally.has_event(NULL, $1, $4, $5)
     ON CONFLICT (stream, consumer) DO UPDATE SET seq = excluded.seq WHERE i.seq = $3",
);
const ADVANCE_INBOX: Platform = Platform::new(
    "UPDATE raally.account_inbox SET seq = $4 WHERE stream = $1 AND consumer = $2 AND seq = $3
     AND raally.has_event(NULL, $1, $4, $5)",
);

/// Moves a consumer's offset from `$3` to `$4`, the event hashed `$5`; changes no row if it was
/// elsewhere or the stream has no such event.
pub(crate) fn advance(from: u64) -> Platform {
    if from == 0 {
        BEGIN_INBOX
    } else {
        ADVANCE_INBOX
    }
}

/// An event on its way into its stream.
pub(crate) struct Record {
    pub(crate) stream: StreamId,
    name: String,
    seq: i64,
    previous: Vec<u8>,
    recorded: i64,
    hash: Vec<u8>,
    body: String,
}

impl Record {
    /// Refuses an event and a stored form that do not belong together.
    pub(crate) fn new(event: &AccountEvent, stored: StoredEvent) -> Result<Record, StoreError> {
        let sound = event.seq > 0
            && event.stream.tenant().is_none()
            && stored.hash == chain_hash(&event.previous, &stored.body);
        if !sound {
            return Err(StoreError::Corrupt(format!(
                "event {} does not continue the stream {}",
                event.seq, event.stream
            )));
        }
        Ok(Record {
            stream: event.stream,
            name: event.stream.to_string(),
            seq: int(event.seq),
            previous: event.previous.to_vec(),
            recorded: event.recorded_at.micros(),
            hash: stored.hash.to_vec(),
            body: stored.body,
        })
    }

    /// Of [`RECORD`].
    pub(crate) fn params(&self) -> [&(dyn ToSql + Sync); 6] {
        let Record {
            name,
            seq,
            previous,
            recorded,
            hash,
            body,
            ..
        } = self;
        [name, seq, previous, recorded, hash, body]
    }

    /// Of [`HOLDS`].
    pub(crate) fn position(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.name, &self.seq, &self.hash]
    }
}

/// What is written of a user's row and sessions.
pub(crate) enum UserWrite {
    Add(User),
    Update(UserId, UserUpdate),
    EndSessions {
        user: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    },
}

/// Splits what travels with an append into users and events.
pub(crate) fn split(
    changes: Vec<IdentityChange>,
) -> Result<(Vec<UserWrite>, Vec<Record>), StoreError> {
    let (mut users, mut records) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            IdentityChange::AddUser(user) => users.push(UserWrite::Add(User {
                email: user.email.to_lowercase(),
                ..user
            })),
            IdentityChange::UpdateUser(id, update) => {
                users.push(UserWrite::Update(id, update.normalized()));
            }
            IdentityChange::EndSessions { user, except, at } => {
                users.push(UserWrite::EndSessions { user, except, at });
            }
            IdentityChange::Record(event, stored) => records.push(Record::new(&event, stored)?),
        }
    }
    // One order for all, as with logs: nobody waits for each other in a circle.
    records.sort_by_key(|record: &Record| record.stream);
    Ok((users, records))
}

pub(crate) fn head(row: &Row) -> Result<AccountHead, StoreError> {
    Ok(AccountHead {
        seq: number(row, 0)?,
        hash: hash(row, 1)?,
        recorded_at: moment(row, 2)?,
    })
}

pub(crate) fn stream(row: &Row) -> Result<StreamId, StoreError> {
    let text: &str = get(row, 0)?;
    text.parse()
        .map_err(|e| StoreError::Corrupt(format!("the stream {text}: {e}")))
}

pub(crate) fn outbox(row: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        stream: stream(row)?,
        head: number(row, 1)?,
        sent: number(row, 2)?,
    })
}
