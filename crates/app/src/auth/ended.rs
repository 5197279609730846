//! Sessions that have ended, while access tokens of theirs live on for some minutes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::ops::compute::Op;
use raally_domain::ids::SessionId;
use raally_domain::time::Timestamp;

use super::ACCESS_LIFE;
use crate::error::Error;
use crate::ports::Cache;
use crate::services::Services;

/// What the store said is taken so long: what another process ended is known then.
const TAKEN_FOR: Duration = Duration::from_millis(900);
/// It is asked again before that, so that whoever keeps asking does not wait for it.
const ASKED_AFTER: Duration = Duration::from_millis(600);
/// A store that takes longer is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// The store is their truth, whoever ended them and before whatever restart. The cache tells other
/// processes sooner, and helps out while the store is away.
#[derive(Clone)]
pub(super) struct Ended {
    cache: Arc<dyn Cache>,
    said: moka::sync::Cache<SessionId, Said>,
}

/// What the store said last of a session.
#[derive(Clone, Copy)]
struct Said {
    ended: bool,
    at: Timestamp,
    /// When it was last asked, whether it has answered or not.
    asked_at: Timestamp,
}

impl Said {
    fn new(ended: bool, at: Timestamp) -> Said {
        Said {
            ended,
            at,
            asked_at: at,
        }
    }
}

fn is_older(now: Timestamp, then: Timestamp, than: Duration) -> bool {
    let age = now.micros().saturating_sub(then.micros());
    u128::from(age.unsigned_abs()) >= than.as_micros()
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
        self.said.insert(session, Said::new(true, services.now()));
    }

    pub(super) async fn has(&self, services: &Services, session: SessionId) -> Result<bool, Error> {
        let now = services.now();
        let said = self.said.get(&session);
        match said {
            // One that has ended stays so.
            Some(said) if said.ended => Ok(true),
            Some(said) if !is_older(now, said.at, TAKEN_FOR) => {
                if is_older(now, said.asked_at, ASKED_AFTER) {
                    self.note_asked(session, now);
                    let (ended, services) = (self.clone(), services.clone());
                    tokio::spawn(async move {
                        // Whoever asks once this is too old waits for an answer, and hears of the error.
                        if let Err(error) = ended.ask(&services, session, true).await {
                            tracing::debug!(%error, "whether a session has ended is not known");
                        }
                    });
                }
                Ok(false)
            }
            said => self.ask(services, session, said.is_some()).await,
        }
    }

    /// Asks the cache and the store; `was_known`: the store had said that it had not ended.
    async fn ask(
        &self,
        services: &Services,
        session: SessionId,
        was_known: bool,
    ) -> Result<bool, Error> {
        let now = services.now();
        let noted = self.cache.get(&key(session)).await;
        if noted.as_ref().is_ok_and(Option::is_some) {
            return Ok(self.says(session, true, now));
        }
        let asked = services.identity.session(session);
        let ended = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(found)) => found.is_none_or(|s| s.ended),
            // What is in memory can be read while the store is away, by whoever was signed in.
            _ if was_known || noted.is_ok() => false,
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(Error::unavailable("the store is slow to answer: try again")),
        };
        Ok(self.says(session, ended, now))
    }

    fn note_asked(&self, session: SessionId, now: Timestamp) {
        self.said.entry(session).and_compute_with(|there| {
            there.map_or(Op::Nop, |there| {
                Op::Put(Said {
                    asked_at: now,
                    ..there.into_value()
                })
            })
        });
    }

    /// Notes an answer, unless it was found meanwhile that the session has ended.
    fn says(&self, session: SessionId, ended: bool, now: Timestamp) -> bool {
        let noted = self.said.entry(session).and_upsert_with(|there| {
            let has_ended = there.is_some_and(|there| there.value().ended);
            Said::new(ended || has_ended, now)
        });
        noted.value().ended
    }
}
