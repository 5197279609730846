//! Once a day, by mail: what a user has not read yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use raally_domain::date::Date;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::plan::Plan;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::consumers::Plans;
use crate::emails::{EmailTemplate, Language, Recipient};
use crate::error::Error;
use crate::mail::{MailSender, SHORTLY};
use crate::poll_loop::PollLoop;
use crate::ports::{Mail, Notification, TenantName, User};
use crate::services::Services;
use crate::web_address::WebAddress;

const LOOP: PollLoop = PollLoop {
    name: "mailing digests",
    batch_window: Duration::ZERO,
    interval: Duration::from_secs(60),
};
/// How many digests are looked for at a time.
const BATCH: usize = 5_000;
/// Of how many workspaces they are mailed at once, and how long a round is one workspace's: what it
/// has left then is looked for again, after the others.
const WORKSPACES_AT_ONCE: usize = 16;
const WORKSPACE_TAKES: Duration = Duration::from_secs(60);
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
        let due = self.services.notifications.digests_due(now, BATCH).await?;
        let mut by_tenant: BTreeMap<TenantId, Vec<UserId>> = BTreeMap::new();
        for (tenant, user) in due {
            by_tenant.entry(tenant).or_default().push(user);
        }
        let sent = AtomicUsize::new(0);
        let each = stream::iter(by_tenant);
        each.for_each_concurrent(WORKSPACES_AT_ONCE, async |(tenant, users)| {
            let of_it = self.of_workspace(tenant, users).await;
            sent.fetch_add(of_it, Ordering::Relaxed);
        })
        .await;
        Ok(sent.into_inner())
    }

    /// Mails the digests of a workspace, one after another; returns how many went out.
    async fn of_workspace(&self, tenant: TenantId, users: Vec<UserId>) -> usize {
        let (began, mut sent) = (Instant::now(), 0);
        for user in users {
            if began.elapsed() > WORKSPACE_TAKES {
                break;
            }
            match self.mail(tenant, user).await {
                Ok(true) => sent += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%tenant, error = error.causes(), "a digest could not be mailed and is given up");
                }
            }
        }
        sent
    }

    /// False where another process was first, where nobody is there to read it, or where it had no
    /// turn and is looked for again.
    async fn mail(&self, tenant: TenantId, user: UserId) -> Result<bool, Error> {
        let identity = &self.services.identity;
        let memberships = identity.memberships(user).await?;
        let name = memberships.into_iter().find(|(m, _)| m.tenant == tenant);
        let to = identity.user(user).await?;
        let to = to.filter(|user| user.email_verified);
        let plan = self.plans.latest(tenant).await;
        let turn = match &to {
            Some(to) => {
                let sender = MailSender::Workspace(tenant);
                let turn = self.services.mail_turn(sender, &to.email, SHORTLY).await;
                match turn {
                    Ok(turn) => Some(turn),
                    // It is not claimed.
                    Err(_) => return Ok(false),
                }
            }
            None => None,
        };
        let now = self.services.now();
        // Claimed though the plan may not be had: what is due and never mailed would stand before
        // all others for ever.
        let unread = self
            .services
            .notifications
            .claim_digest(tenant, user, now)
            .await?;
        let plan = plan?;
        let (Some((_, name)), Some((to, turn)), false) = (name, to.zip(turn), unread.is_empty())
        else {
            return Ok(false);
        };
        let mail = digest(&to, &name, &unread, &plan, &self.services.web);
        let sent = turn.send(Arc::clone(&self.services.mailer), mail).await;
        sent.map_err(|e| Error::internal("the mail could not be handed over", e))?;
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
