//! Importing a database of the first Raally, once or again.
//!
//! The file is read whole, mapped to what each workspace should hold, compared with what was
//! last imported and with what is here, and what follows is written in one batch: all or nothing.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod cell;
mod counters;
mod existing;
mod fields;
mod idle;
mod label;
mod map;
mod merge;
mod open;
mod read;
mod remove;
mod report;
mod skip_reason;
mod slug;
mod tenant;
mod users;

use std::path::Path;

use raally_app::event_factory::EventFactory;
use raally_app::ports::{AppendError, Batch, Clock, Identity, Ids, Store, StoreError};
use raally_domain::kinds::IdSource;
use raally_domain::personal::Salt;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use map::{Incoming, map};
pub use merge::MergeError;
pub use open::Unusable;
pub use read::LOCK_WAIT;
pub use report::Report;
use tenant::Outcome;

/// What an import needs of the world.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    pub store: &'a dyn Store,
    pub identity: &'a dyn Identity,
    pub clock: &'a dyn Clock,
    pub ids: &'a dyn Ids,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// More than a workspace may hold.
    #[error("{0}")]
    Bound(String),
    #[error("{0}; nothing was imported")]
    Merge(#[from] MergeError),
    #[error("{0}; nothing was imported")]
    Append(#[from] AppendError),
    #[error("{0}; nothing was imported")]
    Store(#[from] StoreError),
}

/// How often an import is worked out anew because somebody else wrote meanwhile.
const MAX_ATTEMPTS: usize = 5;

/// A file of the first Raally that has been read.
pub struct First {
    incoming: Incoming,
    file: String,
}

/// Reads a file without changing it; waits for a lock at most [`LOCK_WAIT`].
pub fn read_file(path: &Path) -> Result<First, Unusable> {
    let rows = read::read(path, LOCK_WAIT)?;
    Ok(First {
        incoming: map(&rows),
        file: path.display().to_string(),
    })
}

/// Imports what was read: everything, or nothing where it fails.
pub async fn import(ports: Ports<'_>, first: &First) -> Result<Report, ImportError> {
    let mut attempt = 1;
    loop {
        let (batch, report) = work_out(ports, first).await?;
        if batch.appends.is_empty() && batch.identity.is_empty() {
            return Ok(report);
        }
        match ports.store.append(batch).await {
            Ok(()) => return Ok(report),
            Err(AppendError::Store(error)) => return Err(error.into()),
            Err(error) if attempt == MAX_ATTEMPTS => return Err(error.into()),
            Err(_) => attempt += 1,
        }
    }
}

async fn work_out(ports: Ports<'_>, first: &First) -> Result<(Batch, Report), ImportError> {
    let now = ports.clock.now();
    let incoming = &first.incoming;
    let of_file: Vec<_> = incoming.tenants.iter().map(|t| t.id).collect();
    let users = users::settle(ports.identity, &incoming.users, &of_file, now).await?;
    let mut batch = Batch::default();
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut slugs = slug::Taken::default();
    for tenant in &incoming.tenants {
        let here = existing::load(ports.store, tenant.id).await?;
        if tenant.deleted && here.head.is_none() {
            continue;
        }
        let slug = slugs.choose(ports.identity, tenant, &here).await?;
        let mut fresh = FromIds(ports.ids, ports.clock);
        let seal = EventFactory::import(now, ports.ids);
        let (outcome, append) = tenant::import(tenant, slug, &here, &users, &mut fresh, &seal)?;
        outcomes.push(outcome);
        batch.appends.extend(append);
    }
    batch.identity.extend(users.writes.iter().cloned());
    let changed = !batch.appends.is_empty() || !batch.identity.is_empty();
    let report = Report::of(&first.file, incoming, users, outcomes, changed);
    Ok((batch, report))
}

/// Ids and salts from the port.
struct FromIds<'a>(&'a dyn Ids, &'a dyn Clock);

impl IdSource for FromIds<'_> {
    fn now(&self) -> Timestamp {
        self.1.now()
    }

    fn uuid(&mut self) -> Uuid {
        self.0.uuid()
    }

    fn salt(&mut self) -> Salt {
        let mut salt = [0; 16];
        self.0.fill(&mut salt);
        salt
    }
}
