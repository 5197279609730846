//! How much mail somebody may have sent a day.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_domain::ids::TenantId;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::ports::Rate;
use crate::services::Services;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How often a workspace may be closed a day: each time all of its admins are written to.
const CLOSINGS: u32 = 10;

/// How many mails a day somebody may ask for; 0: as many as they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailAllowance {
    /// To one address, whoever asks: of an account, and as many invitations.
    pub per_recipient: u32,
    /// By one account, or for somebody who is not signed in by one network.
    pub per_sender: u32,
    /// Of one workspace, whoever of it asks.
    pub per_workspace: u32,
}

impl Default for MailAllowance {
    fn default() -> Self {
        MailAllowance {
            per_recipient: 6,
            per_sender: 100,
            per_workspace: 500,
        }
    }
}

/// What a mail is about. Each has an allowance of its own at its recipient's, so that nobody who
/// invites an address keeps its owner from a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Their own account.
    Account,
    /// A workspace that they are to join.
    Invitation,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Purpose::Account => "account",
            Purpose::Invitation => "invitation",
        }
    }
}

/// A mail that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) to: &'a str,
    pub(crate) purpose: Purpose,
    /// Their user id, or the network of somebody who is not signed in.
    pub(crate) sender: &'a str,
    /// In whose name.
    pub(crate) workspace: Option<TenantId>,
}

/// Counts a mail that somebody asks for. [`Error::RateLimited`] where the sender, the workspace or
/// the recipient has had enough for a day. Whoever is refused uses up nothing of those after them:
/// the sender's own allowance is asked first, the recipient's last.
pub(crate) async fn may_mail(services: &Services, asked: Asked<'_>) -> Result<(), Error> {
    let allowance = services.mail.allowance();
    count(services, "by", asked.sender, allowance.per_sender).await?;
    if let Some(workspace) = asked.workspace {
        let most = allowance.per_workspace;
        count(services, "of", &workspace.to_string(), most).await?;
    }
    let what = format!("to/{}", asked.purpose.name());
    count(services, &what, asked.to, allowance.per_recipient).await
}

/// Counts a closing of a workspace, of which its admins are told by mail.
pub(crate) async fn may_close(services: &Services, workspace: TenantId) -> Result<(), Error> {
    count(services, "closing", &workspace.to_string(), CLOSINGS).await
}

async fn count(services: &Services, what: &str, who: &str, most: u32) -> Result<(), Error> {
    if most == 0 {
        return Ok(());
    }
    let rate = Rate {
        count: most,
        period: DAY,
        burst: most,
    };
    // Hashed, so that a shared cache holds no addresses of people.
    let who = URL_SAFE_NO_PAD.encode(Sha256::digest(who));
    let key = format!("mail/{what}/{who}");
    match services.limits.check(&key, rate, services.now()).await {
        Ok(verdict) if verdict.allowed() => Ok(()),
        Ok(verdict) => Err(Error::RateLimited {
            retry_after: verdict.retry_after,
        }),
        Err(error) => {
            // Limits that are away must not keep everybody from their mail.
            tracing::warn!(%error, "a mail was not counted against its limits");
            Ok(())
        }
    }
}
