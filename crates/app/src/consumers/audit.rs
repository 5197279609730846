//! Keeps every event in the audit store.

use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::event::Outline;

use super::{Consumer, Effect, Given, Refusal};
use crate::ports::{AuditEntry, AuditStore, Kept};

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
        let message = given.message;
        // Events of types that this program does not know have an outline too: they are kept.
        let outline = Outline::read(message.seq, &message.body)
            .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
        let stream = message.stream.to_string();
        if outline.stream != stream {
            return Err(Refusal::Never(format!("it is of {}", outline.stream)));
        }
        let entry = AuditEntry {
            stream,
            seq: message.seq,
            recorded_at: outline.recorded_at,
            previous: outline.previous,
            body: Arc::clone(&message.body),
        };
        match self.store.keep(given.passage, entry).await? {
            Kept::Kept => Ok(Effect::Noted),
            Kept::Elsewhere => Err(Refusal::taken_over()),
            Kept::Broken => Err(Refusal::Never(
                "it does not continue what the audit store holds".to_owned(),
            )),
        }
    }
}
