//! The port AuditStore: a schema of its own, reached through its functions alone.

use async_trait::async_trait;
use raally_app::ports::{
    AppendOutcome, AuditEntry, AuditStore, LoggedEvent, OffsetCommit, StoreError, are_consecutive,
};
use raally_domain::event::Hash;
use raally_domain::time::Timestamp;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::log::Params;
use crate::platform::Platform;
use crate::rows::{all, get, int, limit, logged, number, only};

/// Sets the tenant itself. Nothing is kept of an event that the log does not have.
const KEEP: Platform = Platform::new(
    "SELECT CASE WHEN raally.has_event($1, $4, $11, $10)
                 THEN audit.keep($1, $2, $3, $4, $5, $6, $7, $8, $9) ELSE 'elsewhere' END",
);
const STREAMS: Platform = Platform::new("SELECT * FROM audit.streams($1, $2)");
const ENTRIES: Platform =
    Platform::new("SELECT seq, body, hash FROM audit.entries_of($1, $2, $3) ORDER BY seq");
const RECORDED_UNTIL: Platform = Platform::new("SELECT audit.recorded_until($1, $2)");

/// What `audit.keep` raises where another entry has the place.
const OTHER_ENTRY: &str = "RY002";

#[async_trait]
impl AuditStore for PostgresStore {
    async fn append_entries(
        &self,
        commit: OffsetCommit,
        entries: Vec<AuditEntry>,
    ) -> Result<AppendOutcome, StoreError> {
        let _turn = self.background_turn().await;
        let Some(first) = entries.first() else {
            return Ok(AppendOutcome::ChainMismatch);
        };
        if !are_consecutive(&entries) {
            return Ok(AppendOutcome::ChainMismatch);
        }
        let hashes: Vec<_> = entries.iter().map(AuditEntry::hash).collect();
        let hashes: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
        let recorded: Vec<i64> = entries.iter().map(|e| e.recorded_at.micros()).collect();
        let bodies: Vec<&str> = entries.iter().map(|e| &*e.body).collect();
        let (from, seq) = (int(commit.from), int(first.seq));
        let previous = first.previous.as_slice();
        let to = int(commit.to);
        let event = commit.event.as_ref().map(Hash::as_slice);
        let params: Params<11> = [
            &commit.stream.tenant().map(|tenant| tenant.0),
            &commit.consumer,
            &from,
            &first.stream,
            &seq,
            &previous,
            &recorded,
            &hashes,
            &bodies,
            &event,
            &to,
        ];
        let reply = match self.primary.write(KEEP, &params).await {
            Ok(reply) => reply,
            Err(Fault::Server(error))
                if error.code().is_some_and(|code| code.code() == OTHER_ENTRY) =>
            {
                return Ok(AppendOutcome::ChainMismatch);
            }
            Err(fault) => return Err(self.primary.error(&fault)),
        };
        Ok(match get(only(&reply.rows)?, 0)? {
            "kept" => AppendOutcome::Appended,
            "elsewhere" => AppendOutcome::Conflict,
            _ => AppendOutcome::ChainMismatch,
        })
    }

    async fn streams(&self, after: &str, at_most: usize) -> Result<Vec<String>, StoreError> {
        let params: Params<2> = [&after, &limit(at_most)];
        all(&self.primary.read(STREAMS, &params).await?, |row| {
            get(row, 0)
        })
    }

    async fn entries(
        &self,
        stream: &str,
        after: u64,
        at_most: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        let params: Params<3> = [&stream, &int(after), &limit(at_most)];
        all(&self.primary.read(ENTRIES, &params).await?, logged)
    }

    async fn recorded_until(&self, stream: &str, at: Timestamp) -> Result<u64, StoreError> {
        let rows = self
            .primary
            .read(RECORDED_UNTIL, &[&stream, &at.micros()])
            .await?;
        number(only(&rows)?, 0)
    }
}
