//! Clock, randomness and mail.

use async_trait::async_trait;
use raally_domain::time::Timestamp;
use uuid::Uuid;

/// The only source of the present.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The only source of randomness.
pub trait Ids: Send + Sync {
    /// A fresh UUIDv7.
    fn uuid(&self) -> Uuid;
    /// Fills with random bytes fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    /// Plain text.
    pub body: String,
}

#[derive(Debug, thiserror::Error)]
#[error("the mail could not be handed over: {0}")]
pub struct MailError(pub String);

#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}
