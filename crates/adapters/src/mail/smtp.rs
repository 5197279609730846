use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use raally_app::ports::{Mail, MailError, Mailer};

/// Hands mail to a relay by SMTP (RFC 5321), over connections that are kept for the next.
#[derive(Clone, Debug)]
pub struct SmtpMailer {
    relay: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// `relay` is `smtp://host:25`, `smtp://user:password@host:587?tls=required` or
    /// `smtps://user:password@host`; `from` is what mail says it comes from, such as
    /// `Raally <raally@example.com>`. Nothing is asked of the relay yet. One sentence on what is
    /// wrong with them. At most so many connections are kept, and the relay is waited for so long
    /// at each word. To be called within a Tokio runtime, which keeps its connections.
    pub fn new(
        relay: &str,
        from: &str,
        connections: u32,
        timeout: Duration,
    ) -> Result<SmtpMailer, String> {
        // The address may hold a password, so it is not said again.
        let relay = AsyncSmtpTransport::<Tokio1Executor>::from_url(relay)
            .map_err(|error| format!("the mail relay's address is not right: {error}"))?;
        let from = from
            .parse()
            .map_err(|error| format!("mail cannot come from \"{from}\": {error}"))?;
        Ok(SmtpMailer {
            relay: relay
                .timeout(Some(timeout))
                .pool_config(PoolConfig::new().max_size(connections))
                .build(),
            from,
        })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        // What fails says nothing of whom it was for: errors are logged.
        let to = mail.to.parse();
        let to = to.map_err(|_| MailError::Refused("there is no such address".to_owned()))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body)
            .map_err(|error| MailError::Refused(error.to_string()))?;
        match self.relay.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(told(&error)),
        }
    }

    async fn ping(&self) -> Result<(), MailError> {
        match self.relay.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Away("it does not take mail now".to_owned())),
            Err(error) => match told(&error) {
                MailError::Refused(why) | MailError::NotNow(why) | MailError::Away(why) => {
                    Err(MailError::Away(why))
                }
            },
        }
    }
}

/// What a relay's answer means for the mail; nothing of its text, which may name the recipient.
fn told(error: &lettre::transport::smtp::Error) -> MailError {
    // RFC 4954: it wants another name and password, which is no fault of the mail.
    let not_let_in = error.status().is_some_and(|code| {
        let code = u16::from(code);
        (530..=539).contains(&code) || code == 454
    });
    if not_let_in {
        return MailError::Away("it does not let us in".to_owned());
    }
    if error.is_permanent() {
        return MailError::Refused("the relay does not take it".to_owned());
    }
    if error.is_transient() {
        return MailError::NotNow("the relay does not take it now".to_owned());
    }
    MailError::Away("it does not answer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_wrong_with_a_relay_is_said_without_its_password() {
        let from = "Raally <raally@example.com>";
        let mailer = |relay, from| SmtpMailer::new(relay, from, 8, Duration::from_secs(20));
        assert!(mailer("smtps://us:hush@relay.example.com", from).is_ok());
        for (relay, from) in [
            ("imap://us:hush@relay.example.com", from),
            ("us:hush@relay", from),
            ("smtp://us:hush@relay.example.com", "nobody"),
        ] {
            let said = mailer(relay, from).unwrap_err();
            assert!(!said.contains("hush"), "{said}");
        }
    }
}
