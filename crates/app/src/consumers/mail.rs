//! Mail about what concerns somebody.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use raally_domain::event::{Actor, Change, Event, StepKind};
use raally_domain::ids::UserId;

use super::{Consumer, Effect, Given, Refusal};
use crate::mails::{Language, added};
use crate::ports::Mailer;
use crate::world::{World, earlier};

/// Older news are no news: a new installation does not write of all that ever happened.
const NEWS: Duration = Duration::from_secs(3 * 24 * 3600);

/// Tells people that they were added to a workspace.
pub struct Notifier {
    world: World,
    mailer: Arc<dyn Mailer>,
    /// Where the web app is, without a slash at the end.
    address: String,
}

impl Notifier {
    #[must_use]
    pub fn new(world: World, mailer: Arc<dyn Mailer>, address: String) -> Notifier {
        Notifier {
            world,
            mailer,
            address: address.trim_end_matches('/').to_owned(),
        }
    }

    /// Who is to be told that they were added, and by whom.
    fn added(&self, event: &Event) -> Option<(UserId, UserId)> {
        let Change::Member(d) = &event.change else {
            return None;
        };
        let joined = d.before.is_none() && d.after.is_some();
        let news = event.recorded_at >= earlier(self.world.now(), NEWS);
        match event.actor {
            Actor::User(by) if joined && news && by != d.id && event.step.kind == StepKind::Do => {
                Some((d.id, by))
            }
            _ => None,
        }
    }
}

#[async_trait]
impl Consumer for Notifier {
    fn name(&self) -> &'static str {
        "mailer"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == "member.created"
    }

    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal> {
        let event = given.event().await?;
        let Some((user, by)) = self.added(&event) else {
            return Ok(Effect::Done);
        };
        let identity = &self.world.identity;
        // Whoever or whatever has gone in the meantime need not be told of.
        let Some(user) = identity.user(user).await? else {
            return Ok(Effect::Done);
        };
        let Some(workspace) = identity.tenant(event.tenant).await? else {
            return Ok(Effect::Done);
        };
        let by = identity.user(by).await?;
        let by = by.map_or_else(|| "Raally".to_owned(), |u| u.full_name);
        let link = format!("{}/{}", self.address, workspace.slug);
        let language = Language::of(user.locale.as_deref());
        let to = (&*user.email, &*user.full_name);
        let mail = added(language, to, &by, &workspace.name, &link);
        self.mailer
            .send(mail)
            .await
            .map_err(|e| Refusal::Later(e.to_string()))?;
        Ok(Effect::Done)
    }
}
