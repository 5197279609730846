//! Mail to people who were added to a workspace.

use std::time::Duration;

use async_trait::async_trait;
use raally_domain::event::{Actor, Change, Event, StepKind};
use raally_domain::ids::UserId;

use super::{ConsumeError, Reactor, ReceivedEvent};
use crate::emails::{EmailTemplate, Language, Recipient};
use crate::mail::{MailSender, NotSent, SHORTLY};
use crate::ports::MailError;
use crate::services::{Services, earlier};

/// Nobody is written to about anything older: a consumer group that is new in an installation
/// does not send mail about all that ever happened.
const MAX_AGE: Duration = Duration::from_secs(3 * 24 * 3600);

/// Writes to people who were added to a workspace.
pub struct WelcomeMailConsumer {
    services: Services,
}

impl WelcomeMailConsumer {
    /// Links lead to the web address of the services.
    #[must_use]
    pub fn new(services: Services) -> WelcomeMailConsumer {
        WelcomeMailConsumer { services }
    }

    /// Who was added by the event, and by whom.
    fn added(&self, event: &Event) -> Option<(UserId, UserId)> {
        let Change::Member(d) = &event.change else {
            return None;
        };
        let joined = d.before.is_none() && d.after.is_some();
        let recent = event.recorded_at >= earlier(self.services.now(), MAX_AGE);
        match event.actor {
            Actor::User(by)
                if joined && recent && by != d.id && event.step.kind == StepKind::Do =>
            {
                Some((d.id, by))
            }
            _ => None,
        }
    }
}

#[async_trait]
impl Reactor for WelcomeMailConsumer {
    fn name(&self) -> &'static str {
        "mailer"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == "member.created"
    }

    async fn react(&self, event: &ReceivedEvent<'_>) -> Result<(), ConsumeError> {
        let event = event.event().await?;
        let Some((user, by)) = self.added(&event) else {
            return Ok(());
        };
        let identity = &self.services.identity;
        // An account or a workspace that has gone in the meantime gets no mail.
        let user = identity.user(user).await?;
        let Some(user) = user.filter(|user| user.email_verified) else {
            return Ok(());
        };
        let Some(workspace) = identity.tenant(event.tenant).await? else {
            return Ok(());
        };
        let by = identity.user(by).await?;
        let by = by.map_or_else(|| "Raally".to_owned(), |u| u.full_name);
        let link = self.services.web.workspace(&workspace.slug);
        let template = EmailTemplate::Added {
            by: &by,
            workspace: &workspace.name,
            link: &link,
        };
        let mail = template.to(Recipient {
            email: &user.email,
            name: Some(&user.full_name),
            language: Language::of(user.locale.as_deref()),
        });
        let sender = MailSender::Workspace(event.tenant);
        match self.services.send_mail(sender, mail, SHORTLY).await {
            Ok(()) => Ok(()),
            Err(NotSent::NoTurn) => Err(ConsumeError::Away(NotSent::NoTurn.to_string())),
            Err(NotSent::Failed(MailError::Refused(reason))) => {
                tracing::info!(workspace = %event.tenant, reason, "somebody who was added to a workspace cannot be written to");
                Ok(())
            }
            Err(NotSent::Failed(error @ MailError::NotNow(_))) => {
                Err(ConsumeError::Retryable(error.to_string()))
            }
            Err(NotSent::Failed(error @ MailError::Away(_))) => {
                Err(ConsumeError::Away(error.to_string()))
            }
        }
    }
}
