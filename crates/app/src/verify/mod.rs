//! Proving that nothing was lost: that what is kept beside the logs agrees with them.

mod audit;
mod bus;
mod log;
mod reporting;

use std::time::Duration;

use raally_domain::stream::StreamId;
use tokio::time::Instant;

use crate::error::Error;
use crate::ports::TenantStatus;
use crate::services::Services;

pub use audit::{audit, orphans as audit_orphans};
pub use bus::{BusReport, all_streams, bus};
pub use log::{AccountsReport, Report, verify, verify_accounts};
pub use reporting::reporting;

/// How many events or rows are read at a time.
const PAGE: usize = 500;
/// How often is looked whether a consumer has caught up.
const LOOK: Duration = Duration::from_millis(200);
/// How many differences of a stream are named; the rest are counted.
const NAMED: usize = 20;

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// How many events or rows agreed or did not.
    pub compared: u64,
    /// A sentence for each difference; empty where all agrees.
    pub differences: Vec<String>,
    /// How many there are beyond those named.
    pub more: u64,
    /// Says so where a consumer has not come to where the log ended; nothing beyond its offset
    /// was compared.
    pub behind: Option<String>,
}

impl Compared {
    /// Whether no difference was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.differences.is_empty()
    }

    fn differs(&mut self, what: impl Into<String>) {
        if self.differences.len() < NAMED {
            self.differences.push(what.into());
        } else {
            self.more += 1;
        }
    }
}

/// Whether it is the stream of a tenant that is closed: then whatever is left of it elsewhere is
/// about to go, or stays until retention, and is no difference.
pub async fn is_closed(services: &Services, stream: StreamId) -> Result<bool, Error> {
    let Some(tenant) = stream.tenant() else {
        return Ok(false);
    };
    Ok(services.store.tenant_status(tenant).await? == TenantStatus::Closed)
}

/// How long is waited for consumers and the relay to catch up.
#[derive(Clone, Copy)]
struct Deadline(Instant);

impl Deadline {
    fn new(wait: Duration) -> Deadline {
        Deadline(Instant::now() + wait)
    }

    /// Waits a little; false if there is no time left.
    async fn wait(self) -> bool {
        let left = Instant::now() < self.0;
        if left {
            tokio::time::sleep(LOOK).await;
        }
        left
    }
}
