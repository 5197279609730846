//! Keeps every event in the audit store.

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::event::EventHeader;

use super::{Applied, ConsumeError, EventBatch, Projection};
use crate::ports::{AppendOutcome, AuditEntry, AuditStore, Message};

/// The audit logger's consumer group.
pub const AUDIT_LOGGER: &str = "audit-logger";

/// How many bytes of events are appended at a time, but for a first one of more.
const BYTES: usize = 128 << 10;

/// Appends every event to the audit store, unknown types included.
pub struct AuditLogger {
    store: Arc<dyn AuditStore>,
}

impl AuditLogger {
    /// A logger into that store.
    #[must_use]
    pub fn new(store: Arc<dyn AuditStore>) -> AuditLogger {
        AuditLogger { store }
    }

    /// Appends consecutive entries, the batch's first among them.
    async fn append(
        &self,
        batch: &EventBatch<'_>,
        entries: Vec<AuditEntry>,
    ) -> Result<AppendOutcome, ConsumeError> {
        let last = entries.last().map(|e| (e.seq, e.hash()));
        let commit = last.map_or(batch.commit(), |(seq, hash)| {
            batch.commit_through(seq, hash)
        });
        Ok(self.store.append_entries(commit, entries).await?)
    }
}

#[async_trait]
impl Projection for AuditLogger {
    fn name(&self) -> &'static str {
        AUDIT_LOGGER
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    async fn apply(&self, batch: &EventBatch<'_>) -> Result<Applied, ConsumeError> {
        let first = entry(batch.first.message)?;
        let first_seq = first.seq;
        let mut bytes = first.body.len();
        let mut entries = vec![first.clone()];
        // An entry that does not follow is refused when it is the first of its batch.
        for next in batch.lookahead.iter().map_while(|m| entry(m).ok()) {
            bytes += next.body.len();
            if bytes > BYTES || !entries.last().is_some_and(|before| next.follows(before)) {
                break;
            }
            entries.push(next);
        }
        let mut last = entries.last().map_or(first_seq, |e| e.seq);
        let mut outcome = self.append(batch, entries).await?;
        // One of the later events may have been lost with its commit: the first goes alone.
        if outcome != AppendOutcome::Appended && last > first_seq {
            last = first_seq;
            outcome = self.append(batch, vec![first]).await?;
        }
        match outcome {
            AppendOutcome::Appended => Ok(Applied::Through(last)),
            AppendOutcome::Conflict => Err(ConsumeError::taken_over()),
            AppendOutcome::ChainMismatch => Err(ConsumeError::Fatal(
                "it does not continue what the audit store holds".to_owned(),
            )),
        }
    }
}

/// Events of types that this program does not know have a header too: they are kept.
fn entry(message: &Message) -> Result<AuditEntry, ConsumeError> {
    let header = EventHeader::read(message.seq, &message.body).map_err(ConsumeError::unreadable)?;
    let stream = message.stream.to_string();
    if header.stream != stream {
        return Err(ConsumeError::Fatal(format!(
            "it is an event of {}",
            header.stream
        )));
    }
    Ok(AuditEntry {
        stream,
        seq: message.seq,
        recorded_at: header.recorded_at,
        previous: header.previous,
        body: Arc::clone(&message.body),
    })
}
