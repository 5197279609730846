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
pub const IDEMPOTENCY_TTL: Duration = DAY;
/// How long it is known of which traced request an event came.
const TRACES_TTL: Duration = DAY;
/// How long a notification is kept, read or not.
const NOTIFICATIONS_TTL: Duration = DAY.saturating_mul(90);
/// How long the log of a webhook's deliveries reaches back.
const DELIVERIES_TTL: Duration = DAY.saturating_mul(30);
const LOOP: PollLoop = PollLoop {
    name: "retention",
    batch_window: Duration::from_secs(600),
    interval: Duration::from_secs(600),
};

/// Drops what is too old. Any number of processes may.
pub struct Retention {
    /// Whose rows.
    pub services: Services,
    /// Whose keys are rotated and retired.
    pub auth: Arc<Auth>,
}

impl Retention {
    /// Clears away at once and every ten minutes, until `stop` holds true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let never = Notify::new();
        LOOP.run(&never, stop, || self.round()).await;
    }

    /// Clears away once: answers that are too old to be given again, traces of events relayed
    /// long ago, old notifications and deliveries, sessions that are over with their tokens, and keys whose last token has expired.
    /// Returns how many rows that were.
    pub async fn round(&self) -> Result<usize, Error> {
        let since = |kept| earlier(self.services.now(), kept);
        let answers = self
            .services
            .store
            .drop_idempotent_responses(since(IDEMPOTENCY_TTL))
            .await?;
        self.services.traces.drop_traces(since(TRACES_TTL)).await?;
        let told = since(NOTIFICATIONS_TTL);
        let notifications = self.services.notifications.drop_notifications(told).await?;
        let sent = since(DELIVERIES_TTL);
        let deliveries = self.services.webhooks.drop_deliveries(sent).await?;
        let tokens = since(self.auth.session_life());
        let sessions = self.services.identity.drop_sessions(since(DAY), tokens);
        let sessions = sessions.await?;
        self.auth.keys().ensure().await?;
        let rows = answers + notifications + deliveries + sessions;
        tracing::debug!(
            answers,
            notifications,
            deliveries,
            sessions,
            "rows past their retention were deleted"
        );
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }
}
