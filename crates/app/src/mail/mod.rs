//! Mail on its way to the relay: who may have how much of it sent, and whose turn it is.

mod allowance;
mod queue;

use std::sync::Arc;
use std::time::Duration;

pub use allowance::MailAllowance;
pub(crate) use allowance::{Asked, Purpose, may_close, may_mail};
pub use queue::{MailBounds, MailQueue};
pub(crate) use queue::{MailSender, Turn};

use crate::ports::{Mail, MailError};
use crate::services::Services;

/// For what is tried again anyway: no longer than a relay takes for a mail or two.
pub(crate) const SHORTLY: Duration = Duration::from_secs(1);

/// What of mail an operator decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct MailSettings {
    /// How many are handed over at once, and how long each may take.
    pub bounds: MailBounds,
    /// How many a day.
    pub allowance: MailAllowance,
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    /// Others were before it for as long as it could wait: nothing was asked of the relay.
    #[error("other mails are before it")]
    NoTurn,
    /// It was tried.
    #[error(transparent)]
    Failed(#[from] MailError),
}

impl Services {
    /// Hands a mail over in its sender's turn, for which it waits no longer than that.
    pub(crate) async fn send_mail(
        &self,
        sender: MailSender,
        mail: Mail,
        patience: Duration,
    ) -> Result<(), NotSent> {
        let turn = self.mail_turn(sender, &mail.to, patience).await?;
        Ok(turn.send(Arc::clone(&self.mailer), mail).await?)
    }

    /// A turn for a mail to that address, for what is to be decided in the turn alone.
    pub(crate) async fn mail_turn(
        &self,
        sender: MailSender,
        to: &str,
        patience: Duration,
    ) -> Result<Turn, NotSent> {
        let place = self.mail.stand(sender, to).ok_or(NotSent::NoTurn)?;
        place.turn(patience).await.ok_or(NotSent::NoTurn)
    }
}
