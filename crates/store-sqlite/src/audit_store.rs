//! The port AuditStore.

use async_trait::async_trait;
use raally_app::ports::{
    AppendOutcome, AuditEntry, AuditStore, LoggedEvent, OffsetCommit, StoreError,
};
use raally_domain::event::Hash;
use raally_domain::time::Timestamp;
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::log::logged;
use crate::rows::{all, execute, first, hash, int, moment, number};
use crate::store::{advance, stands_at};

#[async_trait]
impl AuditStore for SqliteStore {
    async fn append_entries(
        &self,
        commit: OffsetCommit,
        entries: Vec<AuditEntry>,
    ) -> Result<AppendOutcome, StoreError> {
        // Hashed here, where no other write waits for it.
        let hashed: Vec<(AuditEntry, Hash)> = entries
            .into_iter()
            .map(|entry| {
                let hash = entry.hash();
                (entry, hash)
            })
            .collect();
        let bytes = hashed.iter().map(|(entry, _)| entry.body.len()).sum();
        self.write_behind(bytes, move |conn| keep(conn, &commit, &hashed))
            .await
    }

    async fn streams(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let after = after.to_owned();
        self.read(move |conn| streams(conn, after, limit)).await
    }

    async fn entries(
        &self,
        stream: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        let stream = stream.to_owned();
        self.read_much(move |conn| {
            all(
                conn,
                "SELECT seq, body, hash FROM audit_entries
                 WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
                params![stream, int(after), int(limit as u64)],
                logged,
            )
        })
        .await
    }

    async fn recorded_until(&self, stream: &str, at: Timestamp) -> Result<u64, StoreError> {
        let stream = stream.to_owned();
        self.read(move |conn| seq_at(&*conn.unchecked_transaction()?, &stream, at))
            .await
    }
}

/// Looks before it writes, so that a refusal leaves nothing to take back.
fn keep(
    conn: &Connection,
    commit: &OffsetCommit,
    entries: &[(AuditEntry, Hash)],
) -> rusqlite::Result<AppendOutcome> {
    if !stands_at(conn, commit)? {
        return Ok(AppendOutcome::Conflict);
    }
    let Some((first_entry, _)) = entries.first() else {
        return Ok(AppendOutcome::ChainMismatch);
    };
    let kept = |seq: u64| {
        first(
            conn,
            "SELECT hash, body FROM audit_entries WHERE stream = ?1 AND seq = ?2",
            params![first_entry.stream, int(seq)],
            |row| Ok((hash(row, 0)?, row.get::<_, String>(1)?)),
        )
    };
    let continues = match first_entry.seq.checked_sub(1) {
        None => false,
        Some(0) => true,
        Some(before) => kept(before)?.is_some_and(|(hash, _)| hash == first_entry.previous),
    };
    let follows = |pair: &[(AuditEntry, Hash)]| match pair {
        [(before, hash), (next, _)] => next.follows_hashed(before, hash),
        _ => true,
    };
    if !continues || !entries.windows(2).all(follows) {
        return Ok(AppendOutcome::ChainMismatch);
    }
    let mut new = Vec::new();
    for (entry, hash) in entries {
        match kept(entry.seq)? {
            Some((there, body)) if there == *hash && body == *entry.body => {}
            Some(_) => return Ok(AppendOutcome::ChainMismatch),
            None => new.push((entry, hash)),
        }
    }
    for (entry, hash) in new {
        execute(
            conn,
            "INSERT INTO audit_entries (stream, seq, recorded_at, hash, body)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                entry.stream,
                int(entry.seq),
                entry.recorded_at.micros(),
                hash,
                entry.body
            ],
        )?;
    }
    advance(conn, commit)?;
    Ok(AppendOutcome::Appended)
}

/// Each is found by one look into the index, however many entries it has.
fn streams(conn: &Connection, mut after: String, limit: usize) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    while found.len() < limit {
        let next: Option<String> = first(
            conn,
            "SELECT stream FROM audit_entries WHERE stream > ?1 ORDER BY stream LIMIT 1",
            [&after],
            |row| row.get(0),
        )?;
        let Some(next) = next else { break };
        found.push(next.clone());
        after = next;
    }
    Ok(found)
}

/// As of the log, of a stream that may have been tampered with: entries may be missing.
fn seq_at(conn: &Connection, stream: &str, at: Timestamp) -> rusqlite::Result<u64> {
    let mut low = 0;
    let mut high = first(
        conn,
        "SELECT seq FROM audit_entries WHERE stream = ?1 ORDER BY seq DESC LIMIT 1",
        [stream],
        |row| number(row, 0),
    )?
    .unwrap_or(0);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let found = first(
            conn,
            "SELECT seq, recorded_at FROM audit_entries
             WHERE stream = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1",
            params![stream, int(middle)],
            |row| Ok((number(row, 0)?, moment(row, 1)?)),
        )?;
        match found {
            Some((seq, recorded)) if recorded <= at => low = seq,
            _ => high = middle - 1,
        }
    }
    Ok(low)
}
