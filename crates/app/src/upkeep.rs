//! What is cleared away now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::auth::Auth;
use crate::error::Error;
use crate::ports::Traces;
use crate::world::{World, earlier};

/// How long an answer is kept under its idempotency key.
pub const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long it is known of which traced request an event came.
const TRACES_KEPT: Duration = Duration::from_secs(24 * 3600);
const EVERY: Duration = Duration::from_secs(600);

/// Clears away at once and every ten minutes, until `stop` holds true.
pub async fn run(
    world: World,
    auth: Arc<Auth>,
    traces: Arc<dyn Traces>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        if let Err(error) = round(&world, &auth, &*traces).await {
            tracing::warn!(error = error.causes(), "clearing away failed");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Drops answers that are too old to be given again, traces of events relayed long ago, and keys whose last token has expired.
pub async fn round(world: &World, auth: &Auth, traces: &dyn Traces) -> Result<(), Error> {
    let before = earlier(world.now(), ANSWERS_KEPT);
    let answers = world.store.drop_answers(before).await?;
    if answers > 0 {
        tracing::debug!(answers, "dropped old answers");
    }
    let before = earlier(world.now(), TRACES_KEPT);
    traces.drop_traces(before).await?;
    auth.keys().ensure().await
}
