//! What refers to what: nothing is removed that something else stands on, and nothing refers to
//! what is not there.

use crate::event::{Change, Diff};
use crate::kinds::{EntityKind, EntityRef, Kind, OnDelete};
use crate::plan::Plan;

/// The entities of a kind that refer to that one, and what deleting it does to them.
pub(super) fn referrers(
    plan: &Plan,
    kind: Kind,
    target: EntityRef,
) -> Option<(OnDelete, Vec<EntityRef>)> {
    fn of<E: EntityKind>(plan: &Plan, target: EntityRef) -> Option<(OnDelete, Vec<EntityRef>)> {
        let mut refers_to = E::REFERS_TO.iter();
        let (_, on_delete) = refers_to.find(|(kind, _)| *kind == target.kind)?;
        let ids = E::referrers(plan, target).into_iter();
        Some((
            *on_delete,
            ids.map(|id| EntityRef::new(E::KIND, id)).collect(),
        ))
    }
    for_kind!(kind, E => of::<E>(plan, target))
}

/// True if something in the plan refers to that entity.
pub(super) fn referred_to(plan: &Plan, target: EntityRef) -> bool {
    let mut kinds = Kind::ALL.iter();
    kinds.any(|kind| referrers(plan, *kind, target).is_some_and(|(_, ids)| !ids.is_empty()))
}

/// True if all that a change's new value refers to is in the plan.
pub(super) fn refers_to_known(plan: &Plan, change: &Change) -> bool {
    fn of<E: EntityKind>(plan: &Plan, diff: &Diff<E>) -> bool {
        let mut known = true;
        if let Some(value) = &diff.after {
            value.references(&mut |entity| known &= plan.version(entity).is_some());
        }
        known
    }
    for_change!(change, diff => of(plan, diff))
}
