//! Clock, randomness and mail.

use async_trait::async_trait;
use raally_domain::time::Timestamp;
use uuid::Uuid;

/// The only source of the present.
pub trait Clock: Send + Sync {
    /// The present, in microseconds since 1970 (UTC).
    fn now(&self) -> Timestamp;
}

/// The only source of randomness.
pub trait Ids: Send + Sync {
    /// A fresh UUIDv7.
    fn uuid(&self) -> Uuid;
    /// Fills with random bytes fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// A mail to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The e-mail address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// The link in it that is a proof: where there is nobody to take mail, an operator finds it in
    /// the log.
    pub link: Option<String>,
}

/// Why a mail was not handed over; says nothing of whom it was for.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The relay, or the address, refused it for good: the same mail is never taken.
    #[error("the mail was refused: {0}")]
    Refused(String),
    /// The relay did not take this mail now.
    #[error("the mail was put off: {0}")]
    NotNow(String),
    /// The relay is away, or does not let us in: it takes no mail at all.
    #[error("the mail relay is away: {0}")]
    Away(String),
}

/// Hands mail over to be delivered.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Returns when the mail is handed over, which does not mean that it arrived.
    ///
    /// # Errors
    /// [`MailError`] tells what is refused for good from what is not taken now, and from a relay that
    /// takes nothing at all.
    async fn send(&self, mail: Mail) -> Result<(), MailError>;

    /// Whether mail would be taken; a mailer that hands it to nobody is always there.
    ///
    /// # Errors
    /// [`MailError::Away`] where the relay does not answer, or does not let us in.
    async fn ping(&self) -> Result<(), MailError> {
        Ok(())
    }
}
