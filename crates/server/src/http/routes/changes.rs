//! What happened to something, as far as the caller may see it.

use std::collections::BTreeSet;

use raally_app::audit::{self, AuditItem, AuditQuery};
use raally_app::live::Live;
use raally_domain::access::Access;
use raally_domain::event::{Head, Recorded};
use raally_domain::ids::PersonId;
use raally_domain::kinds::{EntityRef, Role};
use raally_domain::plan::{Plan, Version};
use raally_domain::redact::all_redacted;

use crate::http::access::InTenant;
use crate::http::problem::Problem;

/// At most that many changes are told.
const MAX_CHANGES: usize = 50;

/// The changes of a step among which its name is looked for.
const NAMED_WITHIN: usize = 20;

/// What was changed of an entity after that version, the latest first.
pub(crate) async fn since(
    t: &InTenant,
    entity: EntityRef,
    since: Version,
) -> Result<Vec<AuditItem>, Problem> {
    let query = AuditQuery {
        kind: Some(entity.kind),
        entity_id: Some(entity.id),
        limit: MAX_CHANGES,
        ..AuditQuery::default()
    };
    // Whoever may write a thing may hear of its changes, if not of the whole list; what of
    // them is decided by the guard as everywhere.
    let reader = Access {
        role: Role::Admin,
        ..t.access
    };
    let page = audit::list(&t.app.services, &t.tenant.published(), &reader, &query).await?;
    let items = page.items.into_iter().filter(|item| item.seq > since);
    Ok(all_redacted(items.collect(), &t.access))
}

/// The people whose rows may have changed after that head; `None`: everybody's.
pub(crate) async fn people_since(
    t: &InTenant,
    plan: &Plan,
    since: Head,
) -> Result<Option<BTreeSet<PersonId>>, Problem> {
    let (mut at, until) = (since, plan.head());
    let mut people = BTreeSet::new();
    if at.epoch == until.epoch && at >= until {
        return Ok(Some(people));
    }
    let mut follower = t.tenant.follow(Some(since)).await?;
    while at < until {
        let step = match follower.next().await {
            Some(Ok(Live::Step(step))) => step,
            Some(Ok(Live::Reset(_))) | None => return Ok(None),
            Some(Err(error)) => return Err(error.into()),
        };
        at = step.head;
        for touched in &step.touched {
            match (touched.person_id, touched.placeholder_id) {
                (Some(person), _) => {
                    people.insert(person);
                }
                (None, Some(_)) => {}
                (None, None) => return Ok(None),
            }
        }
    }
    Ok(Some(people))
}

/// What changes are about, in a line.
pub(crate) fn label_of(plan: &Plan, recorded: &[Recorded]) -> String {
    // A record of somebody who goes with it has no name any more: they have it themselves.
    let labels = recorded
        .iter()
        .take(NAMED_WITHIN)
        .map(|r| audit::label(&r.change, plan));
    let label = labels
        .into_iter()
        .find(|label| !label.is_empty())
        .unwrap_or_default();
    match recorded.len() {
        0 | 1 => label,
        n => format!("{label} (+{})", n - 1),
    }
}
