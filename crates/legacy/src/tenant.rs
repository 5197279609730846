//! One workspace's import: what is brought, what is removed, and the events that do it.

use std::collections::{BTreeMap, BTreeSet};

use raally_app::ports::Append;
use raally_domain::event::{Change, Diff, Head};
use raally_domain::ids::{HistoryId, PersonalRef, TenantId, UserId};
use raally_domain::kinds::{EntityRef, History, IdSource, Kind, MAX_ASSIGNMENTS, MAX_PEOPLE, Role};
use raally_domain::personal::Personal;
use raally_domain::plan::Plan;
use uuid::Uuid;

use crate::counters::Counters;
use crate::existing::Existing;
use crate::fields::value;
use crate::map::{IncomingEntity, IncomingHistory, IncomingMember, IncomingTenant, entity};
use crate::merge::{Merge, MergeError};
use crate::users::Settled;
use crate::{EventFactory, ImportError};

/// What became of one workspace.
pub(crate) struct Outcome {
    pub(crate) id: TenantId,
    pub(crate) state: State,
    pub(crate) head: Head,
    pub(crate) tally: Counters,
    /// As it is afterwards.
    pub(crate) plan: Plan,
    /// The slug that the file asked for, where it is not the one given.
    pub(crate) wanted_slug: Option<String>,
    pub(crate) without_admin: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    New,
    Changed,
    Unchanged,
    /// Deleted in the file: nobody can open it any more.
    Removed,
}

/// Works out a workspace's append; `None` where nothing changes.
pub(crate) fn import(
    incoming: &IncomingTenant,
    slug: String,
    here: &Existing,
    users: &Settled,
    fresh: &mut dyn IdSource,
    seal: &EventFactory<'_>,
) -> Result<(Outcome, Option<Append>), ImportError> {
    let mut work = Merge::new(here, fresh);
    let wanted_slug = (slug != incoming.slug).then(|| incoming.slug.clone());
    if incoming.deleted {
        work.leaving = everything(here);
    } else {
        let settings = settings(incoming, slug);
        let members = members(incoming, users);
        work.leaving = leaving(incoming, here, &members, users);
        work.bring(std::slice::from_ref(&settings))?;
        work.bring(&members)?;
        work.bring(&incoming.entities)?;
        bounds(&work.plan)?;
        history(&mut work, &incoming.history)?;
    }
    work.remove_leaving()?;
    let Merge { changes, tally, .. } = work;
    let mut plan = here.plan.clone();
    let append = match changes.is_empty() {
        true => None,
        false => {
            let sealed = seal.append(&mut plan, here.head, changes);
            Some(sealed.map_err(MergeError::from)?)
        }
    };
    let state = match (&here.head, &append) {
        _ if incoming.deleted => State::Removed,
        (None, _) => State::New,
        (Some(_), Some(_)) => State::Changed,
        (Some(_), None) => State::Unchanged,
    };
    let admins = plan.members().values().any(|m| m.value.role == Role::Admin);
    let outcome = Outcome {
        id: incoming.id,
        state,
        head: plan.head(),
        tally,
        plan,
        wanted_slug,
        without_admin: !admins && state != State::Removed,
    };
    Ok((outcome, append))
}

fn settings(incoming: &IncomingTenant, slug: String) -> IncomingEntity {
    let mut fields = incoming.settings.clone();
    fields.insert("slug", value(slug));
    IncomingEntity {
        source: incoming.source.clone(),
        entity: entity(Kind::Settings, Uuid::nil()),
        fields,
        at: incoming.at,
    }
}

/// One membership for each account, of the strongest role.
fn members(incoming: &IncomingTenant, users: &Settled) -> Vec<IncomingEntity> {
    let mut strongest: BTreeMap<UserId, &IncomingMember> = BTreeMap::new();
    for member in &incoming.members {
        let account = users.account(member.user);
        let known = strongest.entry(account).or_insert(member);
        if member.role < known.role {
            *known = member;
        }
    }
    let in_order = incoming.members.iter().filter_map(|member| {
        let account = users.account(member.user);
        let strongest = strongest.remove(&account)?;
        Some(IncomingEntity {
            source: strongest.source.clone(),
            entity: entity(Kind::Member, account.0),
            fields: super::fields::Fields::from([("role", value(strongest.role))]),
            at: strongest.at,
        })
    });
    in_order.collect()
}

/// What was imported and is not in the file any more.
fn leaving(
    incoming: &IncomingTenant,
    here: &Existing,
    members: &[IncomingEntity],
    users: &Settled,
) -> BTreeSet<EntityRef> {
    let mut stays: BTreeSet<EntityRef> = incoming
        .entities
        .iter()
        .chain(members)
        .map(|e| e.entity)
        .collect();
    stays.extend(incoming.unreadable.iter().map(|e| match e.kind {
        Kind::Member => entity(Kind::Member, users.account(UserId(e.id)).0),
        _ => *e,
    }));
    here.imported
        .keys()
        .filter(|e| e.kind != Kind::Settings && !stays.contains(e))
        .copied()
        .collect()
}

/// All that was imported, and all members: nobody opens a workspace that is deleted.
fn everything(here: &Existing) -> BTreeSet<EntityRef> {
    let imported = here.imported.keys().copied();
    let members = here.plan.members().keys();
    imported
        .filter(|e| e.kind != Kind::Settings)
        .chain(members.map(|m| entity(Kind::Member, m.0)))
        .collect()
}

fn bounds(plan: &Plan) -> Result<(), ImportError> {
    let name = &plan.settings().name;
    if plan.people().len() > MAX_PEOPLE {
        let detail = format!("{name} has more people than a workspace may have ({MAX_PEOPLE})");
        return Err(ImportError::Bound(detail));
    }
    if plan.assignment_count() > MAX_ASSIGNMENTS {
        let detail =
            format!("{name} has more assignments than a workspace may have ({MAX_ASSIGNMENTS})");
        return Err(ImportError::Bound(detail));
    }
    Ok(())
}

/// Audit rows that are not here yet; what is written once is never changed.
fn history(work: &mut Merge<'_>, rows: &[IncomingHistory]) -> Result<(), MergeError> {
    for row in rows {
        work.tally.of(Kind::History).imported += 1;
        if work.plan.version(entity(Kind::History, row.id)).is_some() {
            continue;
        }
        let mut personal = |text: &String| {
            let reference = PersonalRef(work.fresh.uuid());
            Personal::new(text.clone(), reference, work.fresh.salt())
        };
        let after = History {
            entity: row.entity.clone(),
            entity_id: row.entity_id.clone(),
            action: row.action.clone(),
            actor_email: row.actor_email.as_ref().map(&mut personal),
            at: row.at,
            values: personal(&row.values),
        };
        let change = Change::from(Diff {
            id: HistoryId(row.id),
            before: None,
            after: Some(after),
        });
        work.push(change, Some(row.at))?;
        work.tally.of(Kind::History).created += 1;
    }
    Ok(())
}
