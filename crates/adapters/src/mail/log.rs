use async_trait::async_trait;
use raally_app::ports::{Mail, MailError, Mailer};

/// Says in the log that there was something to send, for a server without a mail relay. To whom
/// and of what is personal, so it is not said; a link that cannot be had otherwise is.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogMailer;

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        match mail.link {
            Some(link) => tracing::info!(
                link,
                "a mail was not sent, since there is no mail relay: give its link to whom it is for"
            ),
            None => tracing::info!("a mail was not sent: there is no mail relay"),
        }
        Ok(())
    }
}
