use async_trait::async_trait;
use raally_app::ports::{Mail, MailError, Mailer};

/// Says in the log that there was something to send, for a server without a mail relay. To whom
/// and of what is personal, so it is not said.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogMailer;

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, _mail: Mail) -> Result<(), MailError> {
        tracing::info!("a mail was not sent: there is no mail relay");
        Ok(())
    }
}
