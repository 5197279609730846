//! The audit store against the logs.

use std::collections::HashMap;
use std::time::Duration;

use raally_domain::event::{Hash, chain_hash};
use raally_domain::stream::StreamId;

use super::{Compared, Deadline, PAGE};
use crate::consumers::AUDIT_LOGGER;
use crate::error::Error;
use crate::ports::LoggedEvent;
use crate::services::Services;

/// Compares a log with its entries: text, hash, order, none missing and none beside.
/// Waits that long for the audit logger to come to where the log ends now.
pub async fn audit(
    services: &Services,
    stream: StreamId,
    wait: Duration,
) -> Result<Compared, Error> {
    let head = seq(services, stream).await?;
    let deadline = Deadline::new(wait);
    let offset = loop {
        let offset = services.store.inbox(AUDIT_LOGGER, stream).await?;
        if offset >= head || !deadline.wait().await {
            break offset;
        }
    };
    let name = stream.to_string();
    let mut check = Check {
        offset,
        at: 0,
        hash: [0; 32],
        found: Compared::default(),
    };
    if offset < head {
        check.found.behind = Some(format!(
            "the audit logger has come to event {offset} of {head}"
        ));
    }
    loop {
        // Entries first: whatever has one is in the log by then.
        let entries = services.audit.entries(&name, check.at, PAGE).await?;
        let log = services.store.stream_events(stream, check.at, PAGE).await?;
        if log.is_empty() && entries.is_empty() {
            return Ok(check.found);
        }
        check.page(&log, entries);
    }
}

/// The seq of a log's last event, 0 where there is none.
pub(super) async fn seq(services: &Services, stream: StreamId) -> Result<u64, Error> {
    Ok(match stream {
        StreamId::Tenant(tenant) => {
            let head = services.store.head(tenant).await?;
            head.map_or(0, |h| h.head.seq)
        }
        stream => services.store.account_head(stream).await?.seq,
    })
}

struct Check {
    /// How far the audit logger was at first: what comes after may not be there yet.
    offset: u64,
    at: u64,
    /// Of the last entry, worked out from the first on.
    hash: Hash,
    found: Compared,
}

impl Check {
    fn page(&mut self, log: &[LoggedEvent], entries: Vec<LoggedEvent>) {
        // Both pages begin at one seq; beyond the shorter one nothing can be said yet.
        let end = match (log.last(), entries.last()) {
            (Some(log), _) => log.seq,
            (None, Some(entry)) => entry.seq,
            (None, None) => return,
        };
        let mut entries: HashMap<u64, LoggedEvent> =
            entries.into_iter().map(|e| (e.seq, e)).collect();
        for logged in log {
            self.found.compared += 1;
            match entries.remove(&logged.seq) {
                Some(entry) => self.entry(logged, &entry),
                None => self.missing(logged),
            }
        }
        let mut beside: Vec<u64> = entries.into_keys().filter(|seq| *seq <= end).collect();
        beside.sort_unstable();
        for seq in beside {
            self.found
                .differs(format!("the audit store has entry {seq}, the log has not"));
        }
        self.at = end;
    }

    fn entry(&mut self, logged: &LoggedEvent, entry: &LoggedEvent) {
        let seq = logged.seq;
        self.hash = chain_hash(&self.hash, &entry.stored.body);
        if entry.stored.body != logged.stored.body {
            self.found.differs(format!(
                "the audit store's entry {seq} is not the log's event"
            ));
        } else if entry.stored.hash != self.hash || entry.stored.hash != logged.stored.hash {
            self.found.differs(format!(
                "the audit store's hash of entry {seq} is not the log's"
            ));
        }
        // One difference is told once.
        self.hash = logged.stored.hash;
    }

    fn missing(&mut self, logged: &LoggedEvent) {
        self.hash = logged.stored.hash;
        if logged.seq <= self.offset {
            self.found
                .differs(format!("the audit store lacks entry {}", logged.seq));
        }
    }
}

/// Streams of the audit store that have no log.
pub async fn orphans(services: &Services) -> Result<Vec<String>, Error> {
    let mut orphans = Vec::new();
    let mut after = String::new();
    loop {
        let page = services.audit.streams(&after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(orphans);
        };
        after.clone_from(last);
        for stream in page {
            let known = match stream.parse() {
                Ok(named) => {
                    seq(services, named).await? > 0 || super::is_closed(services, named).await?
                }
                Err(_) => false,
            };
            if !known {
                orphans.push(stream);
            }
        }
    }
}
