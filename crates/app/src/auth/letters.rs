//! Mail about an account, sent beside the request that asks for it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::emails::{EmailTemplate, Language, Recipient};
use crate::error::Error;
use crate::ports::Rate;
use crate::services::Services;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How many mails one address gets a day because somebody asked for it, whoever asks.
const TO_ADDRESS: u32 = 6;
/// How many mails one account or network has sent a day.
const BY_SENDER: u32 = 100;
/// How many are handed over at a time, and how many may wait for it.
const AT_ONCE: usize = 4;
const WAITING: usize = 256;

/// Hands mail over without keeping whoever asked waiting for a relay.
pub(crate) struct Letters {
    room: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Letters {
    pub(crate) fn new() -> Letters {
        Letters {
            room: Arc::new(Semaphore::new(WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Sends a mail to an address, whose account speaks that language.
    /// [`Error::RateLimited`] where the address or the sender has had enough for a day.
    pub(crate) async fn send(
        &self,
        services: &Services,
        template: EmailTemplate<'_>,
        (email, locale): (&str, Option<&str>),
        sender: &str,
    ) -> Result<(), Error> {
        may_mail(services, email, sender).await?;
        let busy = || Error::unavailable("many mails are on their way right now: try again");
        let room = Arc::clone(&self.room).try_acquire_owned();
        let room = room.map_err(|_| busy())?;
        let mail = template.to(Recipient {
            email,
            // What an account calls itself is not said to an address that may be another's.
            name: None,
            language: Language::of(locale),
        });
        let (turns, mailer) = (Arc::clone(&self.turns), Arc::clone(&services.mailer));
        tokio::spawn(async move {
            let turn = turns.acquire_owned().await;
            if let Err(error) = mailer.send(mail).await {
                tracing::warn!(%error, "a mail about an account was given up: it can be asked for again");
            }
            drop((turn, room));
        });
        Ok(())
    }
}

/// Counts a mail that somebody asks for against what its recipient and its sender have left.
pub(crate) async fn may_mail(services: &Services, to: &str, sender: &str) -> Result<(), Error> {
    let rate = |count| Rate {
        count,
        period: DAY,
        burst: count,
    };
    // Hashed, so that a shared cache holds no addresses of people.
    let key = |what: &str, who: &str| {
        format!(
            "mail/{what}/{}",
            URL_SAFE_NO_PAD.encode(Sha256::digest(who))
        )
    };
    let asked = [
        (key("to", to), rate(TO_ADDRESS)),
        (key("by", sender), rate(BY_SENDER)),
    ];
    let verdicts = match services.limits.check_all(&asked, services.now()).await {
        Ok(verdicts) => verdicts,
        Err(error) => {
            tracing::warn!(%error, "a mail was not counted against its limits");
            return Ok(());
        }
    };
    match verdicts.iter().find(|verdict| !verdict.allowed) {
        Some(verdict) => Err(Error::RateLimited {
            retry_after: verdict.retry_after,
        }),
        None => Ok(()),
    }
}
