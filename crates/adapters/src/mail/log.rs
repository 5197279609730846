use async_trait::async_trait;
use raally_app::ports::{Mail, MailError, Mailer};

/// Writes mail to the log instead of sending it: for a server without a mail relay, whose
/// operator reads the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogMailer;

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let Mail { to, subject, body } = mail;
        tracing::info!(to, subject, body, "mail");
        Ok(())
    }
}
