//! The ports Traces and StoreMetrics.

use async_trait::async_trait;
use raally_app::ports::{Connections, EventTrace, OutboxBacklog, StoreError, StoreMetrics, Traces};
use raally_app::trace::TraceParent;
use raally_domain::ids::EventId;
use raally_domain::time::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::PostgresStore;
use crate::platform::Platform;
use crate::rows::{get, id, number, only};

/// So many streams of each kind are counted.
const COUNTED: i64 = 10_000;

pub(crate) const PUT_TRACES: Platform = Platform::new(
    "INSERT INTO raally.event_traces (event_id, recorded_at, traceparent)
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[])",
);
const TRACES: Platform = Platform::new(
    "SELECT event_id, traceparent FROM raally.event_traces WHERE event_id = ANY ($1)",
);
const DROP_TRACES: Platform =
    Platform::new("DELETE FROM raally.event_traces WHERE recorded_at < $1");
const WAITING: Platform =
    Platform::new("SELECT streams, events, since FROM raally.outbox_waiting($1)");

const NOW: Platform =
    Platform::new("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");

/// Traces as columns.
#[derive(Default)]
pub(crate) struct TraceColumns {
    events: Vec<Uuid>,
    recorded: Vec<i64>,
    traces: Vec<String>,
}

impl TraceColumns {
    pub(crate) fn new(traces: &[EventTrace]) -> TraceColumns {
        let mut columns = TraceColumns::default();
        for trace in traces {
            columns.events.push(trace.event.0);
            columns.recorded.push(trace.recorded_at.micros());
            columns.traces.push(trace.trace.as_str().to_owned());
        }
        columns
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// In the order of the statement's parameters.
    pub(crate) fn params(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.events, &self.recorded, &self.traces]
    }
}

#[async_trait]
impl Traces for PostgresStore {
    async fn traces(&self, events: &[EventId]) -> Result<Vec<(EventId, TraceParent)>, StoreError> {
        let events: Vec<Uuid> = events.iter().map(|event| event.0).collect();
        let rows = self.primary.read(TRACES, &[&events]).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let trace = TraceParent::read(get(row, 1)?);
            found.extend(trace.map(|trace| Ok((id(row, 0)?, trace))).transpose()?);
        }
        Ok(found)
    }

    async fn drop_traces(&self, before: Timestamp) -> Result<u64, StoreError> {
        let reply = self.write(DROP_TRACES, &[&before.micros()]).await?;
        Ok(reply.changed)
    }
}

#[async_trait]
impl StoreMetrics for PostgresStore {
    async fn outbox_backlog(&self) -> Result<OutboxBacklog, StoreError> {
        let rows = self.primary.read(WAITING, &[&COUNTED]).await?;
        let row = only(&rows)?;
        Ok(OutboxBacklog {
            streams: number(row, 0)?,
            events: number(row, 1)?,
            since: get::<Option<i64>>(row, 2)?.map(Timestamp::from_micros),
        })
    }

    async fn server_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.primary.read(NOW, &[]).await?;
        let micros: i64 = get(only(&rows)?, 0)?;
        Ok(Some(Timestamp::from_micros(micros)))
    }

    fn connections(&self) -> Vec<Connections> {
        let primary = self.primary.use_of("primary");
        let replica = self.replica.as_ref().map(|r| r.connections());
        [Some(primary), replica].into_iter().flatten().collect()
    }
}
