//! What a workspace holds here, and what of it was last imported.

use std::collections::{BTreeMap, HashMap};

use raally_app::ports::{LogHead, Store, StoreError};
use raally_domain::event::{Change, Diff, Event, StepKind};
use raally_domain::ids::TenantId;
use raally_domain::kinds::EntityRef;
use raally_domain::personal::PersonalValue;
use raally_domain::plan::Plan;

use crate::fields::{Fields, Legacy};

/// How many events are read at a time.
const PAGE: usize = 5_000;

/// A workspace as it stands.
pub(crate) struct Existing {
    pub(crate) plan: Plan,
    /// `None`: it has no log yet.
    pub(crate) head: Option<LogHead>,
    /// For each entity that an import brought, each field's value as last imported.
    pub(crate) imported: BTreeMap<EntityRef, Fields>,
}

fn corrupt(tenant: TenantId, error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!(
        "the log of workspace {tenant} cannot be read: {error}"
    ))
}

/// Folds a workspace's log.
pub(crate) async fn load(store: &dyn Store, tenant: TenantId) -> Result<Existing, StoreError> {
    let head = store.head(tenant).await?;
    let mut here = Existing {
        plan: Plan::empty(tenant, head.map_or(1, |h| h.head.epoch)),
        head,
        imported: BTreeMap::new(),
    };
    let Some(head) = head else { return Ok(here) };
    while here.plan.head().seq < head.head.seq {
        let after = here.plan.head().seq;
        let page = store.events(tenant, after, PAGE).await?;
        if page.is_empty() {
            return Err(corrupt(tenant, format!("it ends after event {after}")));
        }
        let mut events = Vec::with_capacity(page.len());
        let mut previous = here.plan.last_hash();
        for logged in &page {
            let event = Event::read(logged.seq, &logged.stored, &previous);
            previous = logged.stored.hash;
            events.push((event.map_err(|e| corrupt(tenant, e))?, previous));
        }
        open_personal(store, tenant, &mut events).await?;
        for (event, hash) in &events {
            note(&mut here.imported, event);
            let applied = here.plan.apply(event, *hash);
            applied.map_err(|e| corrupt(tenant, e))?;
        }
    }
    Ok(here)
}

/// Puts personal values back that have not been erased.
async fn open_personal(
    store: &dyn Store,
    tenant: TenantId,
    events: &mut [(Event, raally_domain::event::Hash)],
) -> Result<(), StoreError> {
    let mut references = Vec::new();
    for (event, _) in events.iter() {
        event
            .change
            .personal(&mut |_, slot| references.push(slot.reference()));
    }
    references.sort_unstable();
    references.dedup();
    let values = store.personal_values(tenant, &references).await?;
    let values: HashMap<_, PersonalValue> = values.into_iter().map(|v| (v.reference, v)).collect();
    let mut failed = None;
    for (event, _) in events.iter_mut() {
        event.change.personal_mut(&mut |slot| {
            if let Some(Err(e)) = values.get(&slot.reference()).map(|v| slot.open(v)) {
                failed = Some(e);
            }
        });
    }
    failed.map_or(Ok(()), |e| Err(corrupt(tenant, e)))
}

/// Notes what an event of an import brought.
fn note(imported: &mut BTreeMap<EntityRef, Fields>, event: &Event) {
    if event.step.kind != StepKind::Import {
        return;
    }
    let entity = event.change.entity();
    match &event.change {
        Change::Settings(d) => note_diff(imported, entity, d),
        Change::Member(d) => note_diff(imported, entity, d),
        Change::Person(d) => note_diff(imported, entity, d),
        Change::JobTitle(d) => note_diff(imported, entity, d),
        Change::Availability(d) => note_diff(imported, entity, d),
        Change::Compensation(d) => note_diff(imported, entity, d),
        Change::Project(d) => note_diff(imported, entity, d),
        Change::Assignment(d) => note_diff(imported, entity, d),
        // The first Raally had no others.
        _ => {}
    }
}

/// A new entity's fields were all imported, of a changed one those that the import changed.
fn note_diff<E: Legacy>(
    imported: &mut BTreeMap<EntityRef, Fields>,
    entity: EntityRef,
    diff: &Diff<E>,
) {
    let Some(after) = &diff.after else {
        imported.remove(&entity);
        return;
    };
    let before = diff.before.as_ref().map(Legacy::fields);
    let Some(before) = before else {
        imported.insert(entity, after.fields());
        return;
    };
    // Of an entity that no import brought, an import changes what refers to removed things only.
    if let Some(known) = imported.get_mut(&entity) {
        for (name, value) in after.fields() {
            if before.get(name) != Some(&value) {
                known.insert(name, value);
            }
        }
    }
}
