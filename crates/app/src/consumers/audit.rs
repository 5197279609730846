//! Keeps every event in the audit store.

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::event::EventHeader;

use super::{Consumer, Effect, Given, Refusal};
use crate::ports::{AuditEntry, AuditStore, Kept, Message, Passage};

/// Under this name the audit logger's places are kept.
pub const AUDIT_LOGGER: &str = "audit-logger";

pub struct AuditLogger {
    store: Arc<dyn AuditStore>,
}

impl AuditLogger {
    #[must_use]
    pub fn new(store: Arc<dyn AuditStore>) -> AuditLogger {
        AuditLogger { store }
    }

    async fn keep(&self, given: &Given<'_>, entries: Vec<AuditEntry>) -> Result<Kept, Refusal> {
        let passage = Passage {
            to: given.passage.to + entries.len() as u64 - 1,
            event: given
                .passage
                .event
                .and(entries.last().map(AuditEntry::hash)),
            ..given.passage
        };
        Ok(self.store.keep(passage, entries).await?)
    }
}

#[async_trait]
impl Consumer for AuditLogger {
    fn name(&self) -> &'static str {
        AUDIT_LOGGER
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    fn keeps_its_place(&self) -> bool {
        true
    }

    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal> {
        let first = entry(given.message)?;
        let mut entries = vec![first.clone()];
        // What does not follow is refused when it is the first.
        for next in given.behind.iter().map_while(|m| entry(m).ok()) {
            if !entries.last().is_some_and(|before| next.follows(before)) {
                break;
            }
            entries.push(next);
        }
        let mut last = given.passage.to + entries.len() as u64 - 1;
        let mut kept = self.keep(given, entries).await?;
        // Perhaps for one of those behind: it was lost with its commit, say.
        if kept != Kept::Kept && last > given.passage.to {
            last = given.passage.to;
            kept = self.keep(given, vec![first]).await?;
        }
        match kept {
            Kept::Kept => Ok(Effect::NotedTo(last)),
            Kept::Elsewhere => Err(Refusal::taken_over()),
            Kept::Broken => Err(Refusal::Never(
                "it does not continue what the audit store holds".to_owned(),
            )),
        }
    }
}

/// Events of types that this program does not know have an outline too: they are kept.
fn entry(message: &Message) -> Result<AuditEntry, Refusal> {
    let outline = EventHeader::read(message.seq, &message.body)
        .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
    let stream = message.stream.to_string();
    if outline.stream != stream {
        return Err(Refusal::Never(format!("it is of {}", outline.stream)));
    }
    Ok(AuditEntry {
        stream,
        seq: message.seq,
        recorded_at: outline.recorded_at,
        previous: outline.previous,
        body: Arc::clone(&message.body),
    })
}
