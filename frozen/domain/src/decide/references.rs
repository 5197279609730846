//! What refers to what: nothing is removed that something else stands on, and nothing refers to
//! what is not there.

use crate::event::{Change, Diff};
use crate::kinds::{EntityKind, EntityRef, Kind, OnDelete, find};
use crate::plan::Plan;

/// The entities of a kind that refer to that one, each with what deleting it does to them.
pub(super) fn referrers<'p>(
    plan: &'p Plan,
    kind: Kind,
    target: EntityRef,
) -> Box<dyn Iterator<Item = (EntityRef, OnDelete)> + 'p> {
    fn of<'p, E: EntityKind>(
        plan: &'p Plan,
        target: EntityRef,
    ) -> Box<dyn Iterator<Item = (EntityRef, OnDelete)> + 'p>
    where
        E::Id: 'p,
    {
        let mut refers_to = E::REFERS_TO.iter();
        let Some((_, on_delete)) = refers_to.find(|(kind, _)| *kind == target.kind) else {
            return Box::new(std::iter::empty());
        };
        let with = move |id| {
            let value = find::<E>(plan, id).map(|(_, value)| value);
            let on_delete = value.map_or(*on_delete, |v| v.on_delete(target, *on_delete));
            (EntityRef::new(E::KIND, id), on_delete)
        };
        Box::new(E::referrers(plan, target).into_iter().map(with))
    }
    for_kind!(kind, E => of::<E>(plan, target))
}

/// How many entities are looked at to find those that refer to that one.
pub(super) fn looked_through(plan: &Plan, target: EntityRef) -> usize {
    fn of<E: EntityKind>(plan: &Plan, target: EntityRef) -> usize {
        let mut refers_to = E::REFERS_TO.iter();
        if refers_to.any(|(kind, _)| *kind == target.kind) {
            E::looked_through(plan, target)
        } else {
            0
        }
    }
    let kinds = Kind::ALL.iter();
    kinds
        .map(|kind| for_kind!(*kind, E => of::<E>(plan, target)))
        .sum()
}

/// An entity of the plan that refers to that one, if there is any.
pub(super) fn referrer(plan: &Plan, target: EntityRef) -> Option<EntityRef> {
    let mut kinds = Kind::ALL.iter();
    let (entity, _) = kinds.find_map(|kind| referrers(plan, *kind, target).next())?;
    Some(entity)
}

/// An entity that a change's new value refers to and the plan does not have, if there is any.
pub(super) fn missing(plan: &Plan, change: &Change) -> Option<EntityRef> {
    fn of<E: EntityKind>(plan: &Plan, diff: &Diff<E>) -> Option<EntityRef> {
        let mut missing = None;
        if let Some(value) = &diff.after {
            value.references(&mut |entity| {
                if plan.version(entity).is_none() {
                    missing = Some(entity);
                }
            });
        }
        missing
    }
    for_change!(change, diff => of(plan, diff))
}
