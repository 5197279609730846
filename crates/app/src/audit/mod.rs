//! The audit list: the log, told to people.

mod fields;
mod imported;
mod pages;

use std::collections::HashMap;

use raally_domain::access::{Access, Operation};
use raally_domain::event::{Action, Change, Diff, Event};
use raally_domain::for_change;
use raally_domain::ids::{EventId, StepId, UserId};
use raally_domain::kinds::{EntityKind, EntityRef, Kind, Names, latest};
use raally_domain::plan::Plan;
use raally_domain::redact::{Redact, redacted};
use raally_domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::access;
use crate::error::Error;
use crate::ports::{AuditFilter, AuditPosition, User};
use crate::services::Services;

pub(crate) use pages::Pages;

/// What of the log is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// By that user alone.
    pub actor: Option<UserId>,
    /// About entities of that kind alone.
    pub kind: Option<Kind>,
    /// About the entity of that id alone.
    pub entity_id: Option<Uuid>,
    /// Of that action alone.
    pub action: Option<Action>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// A text that label, actor or a changed value must hold, in any case.
    pub text: Option<String>,
    /// Where the page before ended.
    pub before: Option<AuditPosition>,
    /// How many items a page has at most.
    pub limit: usize,
}

/// A page of the list, the latest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditPage {
    /// From the latest back.
    pub items: Vec<AuditItem>,
    /// Where to go on. A page may end early where few events pass the filter, even without an
    /// item: the search for the next ones goes on there.
    pub next: Option<AuditPosition>,
}

/// An event as the activity shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditItem {
    /// The event's id.
    pub id: EventId,
    /// Its sequence number in the log.
    pub seq: u64,
    /// When it was written to the log.
    pub recorded_at: Timestamp,
    /// When it happened, which for imported events is long before.
    pub occurred_at: Timestamp,
    /// `None`: Raally itself.
    pub actor: Option<AuditActor>,
    /// The step that it belongs to: what was done in one go.
    pub step: StepId,
    /// The kind, as the API names it, or as the old system did.
    pub entity: String,
    /// The entity's id.
    pub entity_id: String,
    /// `created`, `changed` or `deleted`.
    pub action: String,
    /// What it was about, in a few words.
    pub label: String,
    /// Without what the reader may not see.
    pub changes: Vec<FieldChange>,
    /// Whether it came by an import.
    pub imported: bool,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditActor {
    /// `None` where it was no user.
    pub user_id: Option<UserId>,
    /// The user's name, or what acted.
    pub name: String,
    /// The user's address.
    pub email: Option<String>,
}

/// A field before and after an event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field's name in the API.
    pub field: String,
    /// Null where there was none.
    pub before: Value,
    /// Null where there is none any more.
    pub after: Value,
}

/// Whether that access may read a field of that name, whatever kind has it: imported rows have
/// the first Raally's kinds.
fn may_read(access: &Access, field: &str) -> bool {
    let private = Kind::ALL.iter().flat_map(|kind| kind.reading().1);
    let needs = private.filter(|(name, _)| *name == field);
    needs
        .map(|(_, needs)| *needs)
        .all(|needs| access.may(needs))
}

impl Redact for AuditItem {
    fn redact(mut self, access: &Access) -> Option<AuditItem> {
        let kind = Kind::from_name(&self.entity);
        if kind.is_some_and(|kind| !access.may(kind.reading().0)) {
            return None;
        }
        if !access.may(Operation::ReadPay) {
            self.changes.retain(|c| !imported::is_pay(&c.field));
        }
        self.changes.retain(|c| may_read(access, &c.field));
        Some(self)
    }
}

/// How many events one page looks at, at most.
const SCANNED: usize = 2_000;

/// A page of the audit list of `plan`'s tenant, as `access` may see it.
pub async fn list(
    services: &Services,
    plan: &Plan,
    access: &Access,
    query: &AuditQuery,
) -> Result<AuditPage, Error> {
    access::require(access, Operation::ReadAudit)?;
    let tenant = plan.tenant();
    let mut pages = Pages::new(&*services.store, tenant, filter(query), query.before);
    let mut narrow = Narrow::of(services, query).await?;
    let mut page = AuditPage::default();
    let mut before = query.before;
    let mut scanned = 0;
    while scanned < SCANNED {
        let (positions, events) = pages.next().await?;
        scanned += events.len();
        narrow.meet(services, &events).await?;
        for (position, event) in positions.into_iter().zip(&events) {
            before = Some(position);
            let Some(item) = redacted(narrow.item(event, plan), access) else {
                continue;
            };
            if narrow.passes(&item) {
                page.items.push(item);
            }
            if page.items.len() == query.limit {
                page.next = before;
                return Ok(page);
            }
        }
        if pages.have_ended() {
            return Ok(page);
        }
    }
    page.next = before;
    Ok(page)
}

/// What a change was about, in a few words; names that others have are the plan's.
#[must_use]
pub fn label(change: &Change, plan: &Plan) -> String {
    label_with(change, plan, &|_| None)
}

fn label_with(change: &Change, plan: &Plan, user: &dyn Fn(UserId) -> Option<String>) -> String {
    fn of<E: EntityKind>(diff: &Diff<E>, names: &Names<'_>) -> String {
        latest(diff).map_or_else(String::new, |value| value.label(diff.id, names))
    }
    let names = Names { plan, user };
    for_change!(change, diff => of(diff, &names))
}

fn filter(query: &AuditQuery) -> AuditFilter {
    let entity = query
        .entity_id
        .zip(query.kind)
        .map(|(id, kind)| EntityRef { kind, id });
    AuditFilter {
        actor: query.actor,
        kind: query.kind,
        entity,
        action: query.action,
        from: query.from,
        until: query.until,
    }
}

/// What the store's filter leaves to be looked at: imported rows, texts, and whom ids mean.
struct Narrow<'a> {
    query: &'a AuditQuery,
    text: Option<String>,
    actor_email: Option<String>,
    users: HashMap<UserId, User>,
}

impl<'a> Narrow<'a> {
    async fn of(services: &Services, query: &'a AuditQuery) -> Result<Narrow<'a>, Error> {
        let mut users = HashMap::new();
        let mut actor_email = None;
        if let Some(id) = query.actor
            && let Some(user) = services.identity.user(id).await?
        {
            actor_email = Some(user.email.clone());
            users.insert(id, user);
        }
        Ok(Narrow {
            query,
            text: query.text.as_ref().map(|t| t.to_lowercase()),
            actor_email,
            users,
        })
    }

    /// Learns who the users are that the events name.
    async fn meet(&mut self, services: &Services, events: &[Event]) -> Result<(), Error> {
        let mut unknown: Vec<UserId> = events
            .iter()
            .flat_map(|e| {
                let member = match &e.change {
                    Change::Member(d) => Some(d.id),
                    _ => None,
                };
                e.actor.user().into_iter().chain(member)
            })
            .filter(|id| !self.users.contains_key(id))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            let found = services.identity.users(&unknown).await?;
            self.users.extend(found.into_iter().map(|u| (u.id, u)));
        }
        Ok(())
    }

    fn item(&self, event: &Event, plan: &Plan) -> AuditItem {
        let user_name = |id: UserId| self.users.get(&id).map(|u| u.full_name.clone());
        let entity = event.change.entity();
        let told = match &event.change {
            Change::History(d) => d.after.as_ref().map(imported::told),
            _ => None,
        };
        let told = told.unwrap_or_else(|| imported::Told {
            entity: entity.kind.name().to_owned(),
            entity_id: entity.id.to_string(),
            action: event.change.action().name().to_owned(),
            label: label_with(&event.change, plan, &user_name),
            changes: fields::changes(event, plan),
            actor: event.actor.user().map(|id| AuditActor {
                user_id: Some(id),
                name: user_name(id).unwrap_or_default(),
                email: self.users.get(&id).map(|u| u.email.clone()),
            }),
        });
        AuditItem {
            id: event.id,
            seq: event.seq,
            recorded_at: event.recorded_at,
            occurred_at: event.occurred_at,
            actor: told.actor,
            step: event.step.id,
            entity: told.entity,
            entity_id: told.entity_id,
            action: told.action,
            label: told.label,
            changes: told.changes,
            imported: event.step.kind == raally_domain::event::StepKind::Import,
        }
    }

    fn passes(&self, item: &AuditItem) -> bool {
        let query = self.query;
        let email = item.actor.as_ref().and_then(|a| a.email.as_ref());
        let user = item.actor.as_ref().and_then(|a| a.user_id);
        let by_actor = query.actor.is_none_or(|id| {
            user == Some(id)
                || (user.is_none() && email.is_some() && email == self.actor_email.as_ref())
        });
        let about = query.kind.is_none_or(|k| k.name() == item.entity)
            && query
                .entity_id
                .is_none_or(|id| item.entity_id.parse() == Ok(id));
        let acted = query.action.is_none_or(|a| a.name() == item.action);
        by_actor && about && acted && self.text.as_ref().is_none_or(|t| holds(item, t))
    }
}

fn holds(item: &AuditItem, text: &str) -> bool {
    let has = |s: &str| s.to_lowercase().contains(text);
    let value = |v: &Value| match v {
        Value::Null => false,
        Value::String(s) => has(s),
        other => has(&other.to_string()),
    };
    has(&item.label)
        || item
            .actor
            .as_ref()
            .is_some_and(|a| has(&a.name) || a.email.as_deref().is_some_and(has))
        || item
            .changes
            .iter()
            .any(|c| value(&c.before) || value(&c.after))
}
