//! Mail about an account, sent beside the request that asks for it.

use std::sync::Arc;
use std::time::Duration;

use crate::emails::{EmailTemplate, Language, Recipient};
use crate::error::Error;
use crate::mail::{Asked, MailSender, Purpose, may_mail};
use crate::services::Services;

/// How long a mail about an account waits for its turn: whoever asked for it sits and waits too.
const PATIENCE: Duration = Duration::from_secs(600);

/// Sends a mail to an address, whose account speaks that language, without keeping whoever asked
/// waiting for a relay. `sender` is the user who asks, or their network.
/// [`Error::RateLimited`] where the address or the sender has had enough for a day.
pub(super) async fn send(
    services: &Services,
    template: EmailTemplate<'_>,
    (email, locale): (&str, Option<&str>),
    sender: &str,
) -> Result<(), Error> {
    let asked = Asked {
        to: email,
        purpose: Purpose::Account,
        sender,
        workspace: None,
    };
    may_mail(services, asked).await?;
    let busy = || Error::unavailable("many mails are on their way right now: try again");
    let sender = MailSender::Account(sender.to_owned());
    let place = services.mail.stand(sender, email).ok_or_else(busy)?;
    let mail = template.to(Recipient {
        email,
        // What an account calls itself is not said to an address that may be another's.
        name: None,
        language: Language::of(locale),
    });
    let mailer = Arc::clone(&services.mailer);
    tokio::spawn(async move {
        let Some(turn) = place.turn(PATIENCE).await else {
            tracing::warn!("a mail about an account had no turn: it can be asked for again");
            return;
        };
        if let Err(error) = turn.send(mailer, mail).await {
            tracing::warn!(%error, "a mail about an account was given up: it can be asked for again");
        }
    });
    Ok(())
}
