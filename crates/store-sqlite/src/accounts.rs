//! The streams of users and of the platform.

use raally_app::ports::{AccountHead, LoggedEvent, OutboxRow, StoreError};
use raally_domain::account::AccountEvent;
use raally_domain::event::{StoredEvent, chain_hash};
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use crate::log::logged;
use crate::rows::{all, execute, first, hash, int, moment, number};

/// Reads a stream's text.
fn stream(row: &Row<'_>, column: usize) -> rusqlite::Result<StreamId> {
    let text: String = row.get(column)?;
    text.parse().map_err(|e: &str| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("{text}: {e}").into())
    })
}

/// Whether an event and its stored form belong together, and to a stream of this kind.
pub(crate) fn check(event: &AccountEvent, stored: &StoredEvent) -> Result<(), StoreError> {
    let sound = event.seq > 0
        && event.stream.tenant().is_none()
        && stored.hash == chain_hash(&event.previous, &stored.body);
    if sound {
        return Ok(());
    }
    Err(StoreError::Corrupt(format!(
        "event {} does not continue the stream {}",
        event.seq, event.stream
    )))
}

pub(crate) fn head(conn: &Connection, stream: StreamId) -> rusqlite::Result<AccountHead> {
    first(
        conn,
        "SELECT seq, hash, recorded_at FROM account_streams WHERE stream = ?1",
        [stream.to_string()],
        |row| {
            Ok(AccountHead {
                seq: number(row, 0)?,
                hash: hash(row, 1)?,
                recorded_at: moment(row, 2)?,
            })
        },
    )
    .map(Option::unwrap_or_default)
}

/// Appends an event to the stream that stands right before it.
pub(crate) fn record(
    conn: &Connection,
    event: &AccountEvent,
    stored: &StoredEvent,
) -> rusqlite::Result<()> {
    let (stream, at) = (event.stream.to_string(), event.recorded_at.micros());
    execute(
        conn,
        "INSERT INTO account_streams (stream, seq, hash, recorded_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash,
         recorded_at = excluded.recorded_at",
        params![stream, int(event.seq), stored.hash, at],
    )?;
    execute(
        conn,
        "INSERT INTO account_events VALUES (?1, ?2, ?3, ?4, ?5)",
        params![stream, int(event.seq), at, stored.hash, stored.body],
    )
    .map(drop)
}

pub(crate) fn events(
    conn: &Connection,
    stream: StreamId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<LoggedEvent>> {
    all(
        conn,
        "SELECT seq, body, hash FROM account_events
         WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        params![stream.to_string(), int(after), int(limit as u64)],
        logged,
    )
}

pub(crate) fn streams(
    conn: &Connection,
    after: Option<StreamId>,
    limit: usize,
) -> rusqlite::Result<Vec<StreamId>> {
    let after = after.map(|stream| stream.to_string()).unwrap_or_default();
    all(
        conn,
        "SELECT stream FROM account_streams WHERE stream > ?1 ORDER BY stream LIMIT ?2",
        params![after, int(limit as u64)],
        |row| stream(row, 0),
    )
}

pub(crate) fn secret(
    conn: &Connection,
    name: &str,
    fresh: &[u8; 32],
) -> rusqlite::Result<[u8; 32]> {
    execute(
        conn,
        "INSERT OR IGNORE INTO secrets VALUES (?1, ?2)",
        params![name, fresh],
    )?;
    let kept = known_secret(conn, name)?;
    Ok(kept.unwrap_or(*fresh))
}

pub(crate) fn known_secret(conn: &Connection, name: &str) -> rusqlite::Result<Option<[u8; 32]>> {
    first(
        conn,
        "SELECT value FROM secrets WHERE name = ?1",
        [name],
        |row| hash(row, 0),
    )
}

/// Streams to relay that nobody holds, those served longest ago first.
pub(crate) fn unleased(
    conn: &Connection,
    now: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<OutboxRow>> {
    all(
        conn,
        "SELECT stream, seq, sent FROM account_streams
         WHERE sent < seq AND (lease_owner IS NULL OR lease_until <= ?1)
         ORDER BY lease_until LIMIT ?2",
        params![now.micros(), int(limit as u64)],
        |row| {
            Ok(OutboxRow {
                stream: stream(row, 0)?,
                head: number(row, 1)?,
                sent: number(row, 2)?,
            })
        },
    )
}
