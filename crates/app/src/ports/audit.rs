//! The audit store: every event of every stream, kept a second time and only ever added to.

#[cfg(feature = "contract")]
pub mod contract;

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::event::{Hash, chain_hash};
use raally_domain::time::Timestamp;

use super::{LoggedEvent, OffsetCommit, StoreError};

/// An event on its way into the audit store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The stream as the event names it: `tenant/01931c00-…`.
    pub stream: String,
    /// Its sequence number in the stream, from 1 on.
    pub seq: u64,
    /// When it was written to the log.
    pub recorded_at: Timestamp,
    /// The hash of the event before it, zero for the first.
    pub previous: Hash,
    /// The very text that its hash covers.
    pub body: Arc<str>,
}

impl AuditEntry {
    /// Worked out anew: what the log says of itself is not taken for granted.
    #[must_use]
    pub fn hash(&self) -> Hash {
        chain_hash(&self.previous, &self.body)
    }

    /// Whether it comes at once after that one in its stream.
    #[must_use]
    pub fn follows(&self, before: &AuditEntry) -> bool {
        self.follows_hashed(before, &before.hash())
    }

    /// The same, where that one's hash has been worked out.
    #[must_use]
    pub fn follows_hashed(&self, before: &AuditEntry, hash: &Hash) -> bool {
        self.stream == before.stream
            && Some(self.seq) == before.seq.checked_add(1)
            && self.previous == *hash
    }
}

/// Whether each entry follows the one before it.
#[must_use]
pub fn are_consecutive(entries: &[AuditEntry]) -> bool {
    entries.windows(2).all(|pair| match pair {
        [before, after] => after.follows(before),
        _ => true,
    })
}

/// What appending entries came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOutcome {
    /// The store has them (or had them before, byte for byte), and the offset is committed.
    Appended,
    /// The consumer's offset is another than the commit expects: nothing changed.
    Conflict,
    /// The entry before one is missing or has another hash, or another entry has its seq: nothing
    /// changed.
    ChainMismatch,
}

/// Entries are added and never changed; whoever may do more is not the application.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends consecutive entries of a stream, at least one, and commits the consumer's offset, in
    /// one transaction. A stream's entries begin at seq 1 and have no gap.
    async fn append_entries(
        &self,
        commit: OffsetCommit,
        entries: Vec<AuditEntry>,
    ) -> Result<AppendOutcome, StoreError>;

    /// Streams that have entries, in the order of their names, after that one; at most `limit`.
    async fn streams(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError>;

    /// Entries with `seq > after`, in order, at most `limit`.
    async fn entries(
        &self,
        stream: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, StoreError>;

    /// The seq of a stream's last entry recorded at or before that moment; 0 if there is none.
    async fn recorded_until(&self, stream: &str, at: Timestamp) -> Result<u64, StoreError>;
}
