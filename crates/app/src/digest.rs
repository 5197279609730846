//! Once a day, by mail: what a user has not read yet.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::date::Date;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::plan::Plan;
use tokio::sync::{Notify, watch};

use crate::consumers::Plans;
use crate::emails::{EmailTemplate, Language, Recipient};
use crate::error::Error;
use crate::poll_loop::PollLoop;
use crate::ports::{Mail, Notification, TenantName, User};
use crate::services::Services;
use crate::web_address::WebAddress;

/// After a mail that could not be handed over.
const RETRY_AFTER: Duration = Duration::from_secs(60);
const LOOP: PollLoop = PollLoop {
    name: "mailing digests",
    batch_window: Duration::ZERO,
    interval: Duration::from_secs(60),
};
/// How many digests are looked for at a time.
const AT_ONCE: usize = 200;
/// How many lines a digest has at most.
const LINES: usize = 20;

/// Mails digests. Any number of processes may: a digest is claimed
/// in a transaction, before it is mailed, so it is mailed at most once.
pub struct Digests {
    services: Services,
    plans: Plans,
}

impl Digests {
    /// Links lead to the web address of the services.
    #[must_use]
    pub fn new(services: Services) -> Digests {
        Digests {
            plans: Plans::new(services.clone()),
            services,
        }
    }

    /// Looks every minute, until `stop` holds true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let never = Notify::new();
        LOOP.run(&never, stop, || self.round()).await;
    }

    /// Mails what is due. Returns how many digests went out.
    pub async fn round(&self) -> Result<usize, Error> {
        let now = self.services.now();
        let due = self
            .services
            .notifications
            .digests_due(now, AT_ONCE)
            .await?;
        let mut sent = 0;
        for (tenant, user) in due {
            match self.mail(tenant, user).await {
                Ok(true) => sent += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%tenant, error = error.causes(), "a digest could not be mailed and is given up");
                }
            }
        }
        Ok(sent)
    }

    /// False where another process was first, or where nobody is there to read it.
    async fn mail(&self, tenant: TenantId, user: UserId) -> Result<bool, Error> {
        let identity = &self.services.identity;
        let memberships = identity.memberships(user).await?;
        let name = memberships.into_iter().find(|(m, _)| m.tenant == tenant);
        let to = identity.user(user).await?;
        let to = to.filter(|user| user.email_verified);
        let plan = self.plans.latest(tenant).await;
        let now = self.services.now();
        // Claimed though the plan may not be had: what is due and never mailed would stand before
        // all others for ever.
        let unread = self
            .services
            .notifications
            .claim_digest(tenant, user, now)
            .await?;
        let plan = plan?;
        let (Some((_, name)), Some(to), false) = (name, to, unread.is_empty()) else {
            return Ok(false);
        };
        let mail = digest(&to, &name, &unread, &plan, &self.services.web);
        self.services
            .mailer
            .send(mail)
            .await
            .map_err(|e| Error::Unavailable {
                detail: "the mail could not be handed over".to_owned(),
                retry_after: RETRY_AFTER,
                source: Some(Arc::new(e)),
            })?;
        Ok(true)
    }
}

fn digest(
    to: &User,
    workspace: &TenantName,
    unread: &[Notification],
    plan: &Plan,
    web: &WebAddress,
) -> Mail {
    let language = Language::of(to.locale.as_deref());
    let shown = unread.iter().take(LINES);
    let lines: Vec<String> = shown.map(|one| line(language, one, plan)).collect();
    let template = EmailTemplate::Digest {
        workspace: &workspace.name,
        link: &web.workspace(&workspace.slug),
        count: unread.len(),
        lines: &lines,
        more: unread.len() - lines.len(),
    };
    template.to(Recipient {
        email: &to.email,
        name: Some(&to.full_name),
        language,
    })
}

/// `- New assignments (3): Apollo, 2026-03-02 – 2026-03-13`
fn line(language: Language, one: &Notification, plan: &Plan) -> String {
    let mut line = format!("- {}", language.notification(one.kind, one.count));
    if one.count > 1 {
        line.push_str(&format!(" ({})", one.count));
    }
    let project = one.project.and_then(|id| plan.projects().get(&id));
    let project = project.map(|p| p.project.name.clone());
    let days = match (one.from, one.to) {
        (Some(from), Some(to)) if from == to => Some(from.to_string()),
        (Some(from), to) => {
            let to = to.as_ref().map_or_else(String::new, Date::to_string);
            Some(format!("{from} – {to}").trim_end().to_owned())
        }
        (None, _) => None,
    };
    let about: Vec<String> = project.into_iter().chain(days).collect();
    if !about.is_empty() {
        line.push_str(": ");
        line.push_str(&about.join(", "));
    }
    line
}
