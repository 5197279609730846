//! The ports Traces and StoreMetrics.

use async_trait::async_trait;
use raally_app::ports::{Connections, EventTrace, OutboxBacklog, StoreError, StoreMetrics, Traces};
use raally_app::trace::TraceParent;
use raally_domain::ids::EventId;
use raally_domain::time::Timestamp;
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::rows::{execute, first, int, number};

/// So many streams of each kind are counted.
const COUNTED: u64 = 10_000;

pub(crate) fn put_trace(conn: &Connection, trace: &EventTrace) -> rusqlite::Result<()> {
    execute(
        conn,
        "INSERT INTO event_traces (event_id, recorded_at, traceparent) VALUES (?1, ?2, ?3)",
        params![
            trace.event.0.as_bytes(),
            trace.recorded_at.micros(),
            trace.trace.as_str()
        ],
    )
    .map(drop)
}

#[async_trait]
impl Traces for SqliteStore {
    async fn traces(&self, events: &[EventId]) -> Result<Vec<(EventId, TraceParent)>, StoreError> {
        let events = events.to_vec();
        self.read(move |conn| {
            let mut found = Vec::new();
            for event in events {
                let text = first(
                    conn,
                    "SELECT traceparent FROM event_traces WHERE event_id = ?1",
                    [event.0.as_bytes()],
                    |row| row.get::<_, String>(0),
                )?;
                let trace = text.as_deref().and_then(TraceParent::read);
                found.extend(trace.map(|trace| (event, trace)));
            }
            Ok(found)
        })
        .await
    }

    async fn drop_traces(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "DELETE FROM event_traces WHERE recorded_at < ?1",
                [before.micros()],
            )
        })
        .await
    }
}

#[async_trait]
impl StoreMetrics for SqliteStore {
    async fn outbox_backlog(&self) -> Result<OutboxBacklog, StoreError> {
        self.read(|conn| {
            let waiting = first(
                conn,
                "SELECT count(*), coalesce(sum(events), 0), min(since) FROM (
                     SELECT * FROM (
                         SELECT s.seq - s.sent AS events,
                                (SELECT e.recorded_at FROM events e
                                 WHERE e.tenant_id = s.tenant_id AND e.seq = s.sent + 1) AS since
                         FROM streams s WHERE s.sent < s.seq LIMIT ?1)
                     UNION ALL
                     SELECT * FROM (
                         SELECT s.seq - s.sent,
                                (SELECT e.recorded_at FROM account_events e
                                 WHERE e.stream = s.stream AND e.seq = s.sent + 1)
                         FROM account_streams s WHERE s.sent < s.seq LIMIT ?1))",
                [int(COUNTED)],
                |row| {
                    Ok(OutboxBacklog {
                        streams: number(row, 0)?,
                        events: number(row, 1)?,
                        since: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_micros),
                    })
                },
            )?;
            Ok(waiting.unwrap_or_default())
        })
        .await
    }

    async fn server_time(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    fn connections(&self) -> Vec<Connections> {
        Vec::new()
    }
}
