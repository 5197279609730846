//! The ports that nearly every use case needs, in one handful.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::ports::{Clock, Identity, Ids, Store};

#[derive(Clone)]
pub struct World {
    pub store: Arc<dyn Store>,
    pub identity: Arc<dyn Identity>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl World {
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.ids.uuid()
    }

    /// Random bytes fit for secrets.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ids.fill(&mut bytes);
        bytes
    }

    /// A random part of that time, so that those who wait do not all come back at once.
    #[must_use]
    pub fn jitter(&self, most: Duration) -> Duration {
        most.mul_f64(f64::from(u16::from_le_bytes(self.random())) / f64::from(u16::MAX))
    }
}

/// The moment that much later.
#[must_use]
pub fn later(moment: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(moment.micros().saturating_add(by))
}

/// The moment that much earlier.
#[must_use]
pub fn earlier(moment: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(moment.micros().saturating_sub(by))
}
