//! Sessions that have ended, while access tokens of theirs live on for some minutes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raally_domain::ids::SessionId;

use super::ACCESS_LIFE;
use crate::error::Error;
use crate::ports::Cache;
use crate::services::Services;

/// While the cache is away the store is asked, of each session this often.
const ASKED_EVERY: Duration = Duration::from_secs(5);

/// Known to every process through the cache; where that is away, from the store.
pub(super) struct Ended {
    cache: Arc<dyn Cache>,
    /// What the store said, while the cache is away.
    said: moka::sync::Cache<SessionId, bool>,
}

fn key(session: SessionId) -> String {
    format!("session/ended/{session}")
}

impl Ended {
    pub(super) fn new(cache: Arc<dyn Cache>) -> Ended {
        let said = moka::sync::Cache::builder()
            .max_capacity(100_000)
            .time_to_live(ASKED_EVERY)
            .build();
        Ended { cache, said }
    }

    /// Its tokens are no longer taken.
    pub(super) async fn note(&self, session: SessionId) {
        // A little longer than a token lives: clocks differ.
        let life = ACCESS_LIFE + Duration::from_secs(60);
        let key = key(session);
        let noted = self.cache.put(&key, Bytes::from_static(b"1"), life);
        if let Err(error) = noted.await {
            tracing::warn!(%error, "other processes will learn from the store that a session ended");
        }
        self.said.insert(session, true);
    }

    pub(super) async fn has(&self, services: &Services, session: SessionId) -> Result<bool, Error> {
        match self.cache.get(&key(session)).await {
            Ok(noted) => Ok(noted.is_some()),
            Err(_) => {
                if let Some(said) = self.said.get(&session) {
                    return Ok(said);
                }
                let found = services.identity.session(session).await?;
                let ended = found.is_none_or(|s| s.ended);
                self.said.insert(session, ended);
                Ok(ended)
            }
        }
    }
}
