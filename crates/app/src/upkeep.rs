//! What is cleared away now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::auth::Auth;
use crate::error::Error;
use crate::poll_loop::PollLoop;
use crate::services::{Services, earlier};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long an answer is kept under its idempotency key.
pub const ANSWERS_KEPT: Duration = DAY;
/// How long it is known of which traced request an event came.
const TRACES_KEPT: Duration = DAY;
/// How long a notification is kept, read or not.
const NOTIFICATIONS_KEPT: Duration = DAY.saturating_mul(90);
/// How long the log of a webhook's deliveries reaches back.
const DELIVERIES_KEPT: Duration = DAY.saturating_mul(30);
const LOOP: PollLoop = PollLoop {
    name: "clearing away",
    batch_window: Duration::from_secs(600),
    interval: Duration::from_secs(600),
};

/// Drops what is too old. Any number of processes may.
pub struct Upkeep {
    pub services: Services,
    pub auth: Arc<Auth>,
}

impl Upkeep {
    /// Clears away at once and every ten minutes, until `stop` holds true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let never = Notify::new();
        LOOP.run(&never, stop, || self.round()).await;
    }

    /// Clears away once: answers that are too old to be given again, traces of events relayed
    /// long ago, old notifications and deliveries, and keys whose last token has expired.
    /// Returns how many rows that were.
    pub async fn round(&self) -> Result<usize, Error> {
        let since = |kept| earlier(self.services.now(), kept);
        let answers = self
            .services
            .store
            .drop_answers(since(ANSWERS_KEPT))
            .await?;
        self.services.traces.drop_traces(since(TRACES_KEPT)).await?;
        let told = since(NOTIFICATIONS_KEPT);
        let notifications = self.services.notifications.drop_notifications(told).await?;
        let sent = since(DELIVERIES_KEPT);
        let deliveries = self.services.webhooks.drop_deliveries(sent).await?;
        self.auth.keys().ensure().await?;
        let rows = answers + notifications + deliveries;
        tracing::debug!(answers, notifications, deliveries, "cleared away");
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }
}
