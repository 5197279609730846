//! Sessions that have ended, while access tokens of theirs live on for some minutes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raally_domain::ids::SessionId;
use raally_domain::time::Timestamp;

use super::ACCESS_LIFE;
use crate::error::Error;
use crate::ports::Cache;
use crate::services::Services;

/// The store is asked of each session this often: what another process ended is known then.
const ASKED_EVERY: Duration = Duration::from_millis(900);

/// A store that takes longer is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// The store is their truth, whoever ended them and before whatever restart. The cache tells other
/// processes sooner, and helps out while the store is away.
pub(super) struct Ended {
    cache: Arc<dyn Cache>,
    /// What the store said last, and when.
    said: moka::sync::Cache<SessionId, (bool, Timestamp)>,
}

fn key(session: SessionId) -> String {
    format!("session/ended/{session}")
}

impl Ended {
    pub(super) fn new(cache: Arc<dyn Cache>) -> Ended {
        let said = moka::sync::Cache::builder()
            .max_capacity(100_000)
            .time_to_live(ACCESS_LIFE)
            .build();
        Ended { cache, said }
    }

    /// Its tokens are no longer taken.
    pub(super) async fn note(&self, services: &Services, session: SessionId) {
        // A little longer than a token lives: clocks differ.
        let life = ACCESS_LIFE + Duration::from_secs(60);
        let key = key(session);
        let noted = self.cache.put(&key, Bytes::from_static(b"1"), life);
        if let Err(error) = noted.await {
            tracing::warn!(%error, "other processes will learn from the store that a session ended");
        }
        self.said.insert(session, (true, services.now()));
    }

    pub(super) async fn has(&self, services: &Services, session: SessionId) -> Result<bool, Error> {
        let now = services.now();
        let said = self.said.get(&session);
        if let Some((ended, at)) = said {
            let age = now.micros().saturating_sub(at.micros());
            // One that has ended stays so.
            if ended || u128::from(age.unsigned_abs()) < ASKED_EVERY.as_micros() {
                return Ok(ended);
            }
        }
        let noted = self.cache.get(&key(session)).await;
        if noted.as_ref().is_ok_and(Option::is_some) {
            self.said.insert(session, (true, now));
            return Ok(true);
        }
        let asked = services.identity.session(session);
        let ended = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(found)) => found.is_none_or(|s| s.ended),
            // What is in memory can be read while the store is away, by whoever was signed in.
            _ if said.is_some() || noted.is_ok() => false,
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(Error::unavailable("the store is slow to answer: try again")),
        };
        self.said.insert(session, (ended, now));
        Ok(ended)
    }
}
