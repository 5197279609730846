//! What refers to what: nothing is removed that something else stands on, and nothing refers to
//! what is not there.

use std::collections::HashMap;

use crate::event::{Change, Diff};
use crate::kinds::{EntityKind, EntityRef, Kind, OnDelete, Table, find};
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

/// How often each entity is referred to by entities of the kinds that have no index: counted once,
/// where a step removes so many that looking through all of them for each would take too long.
pub(super) struct Counted(HashMap<EntityRef, usize>);

impl Counted {
    /// How many entities are looked at to count.
    pub(super) fn looks_at(plan: &Plan) -> usize {
        fn of<E: EntityKind>(plan: &Plan) -> usize {
            if E::LOOKED_UP || E::REFERS_TO.is_empty() {
                0
            } else {
                E::Table::count(plan)
            }
        }
        let kinds = Kind::ALL.iter();
        kinds.map(|kind| for_kind!(*kind, E => of::<E>(plan))).sum()
    }

    pub(super) fn of(plan: &Plan) -> Counted {
        fn count<E: EntityKind>(plan: &Plan, counted: &mut Counted) {
            if E::LOOKED_UP || E::REFERS_TO.is_empty() {
                return;
            }
            for value in E::Table::rows(plan).filter_map(|(_, _, value)| value) {
                counted.add(&**value);
            }
        }
        let mut counted = Counted(HashMap::new());
        for kind in Kind::ALL {
            for_kind!(*kind, E => count::<E>(plan, &mut counted));
        }
        counted
    }

    fn add<E: EntityKind>(&mut self, value: &E) {
        value.references(&mut |entity| *self.0.entry(entity).or_default() += 1);
    }

    /// Follows a change that is made.
    pub(super) fn follow(&mut self, change: &Change) {
        fn of<E: EntityKind>(counted: &mut Counted, diff: &Diff<E>) {
            if E::LOOKED_UP {
                return;
            }
            if let Some(before) = &diff.before {
                before.references(&mut |entity| {
                    if let Some(count) = counted.0.get_mut(&entity) {
                        *count = count.saturating_sub(1);
                    }
                });
            }
            if let Some(after) = &diff.after {
                counted.add(after);
            }
        }
        for_change!(change, diff => of(self, diff));
    }

    /// An entity of the plan that refers to that one, if there is any.
    pub(super) fn referrer(&self, plan: &Plan, target: EntityRef) -> Option<EntityRef> {
        fn indexed<E: EntityKind>() -> bool {
            E::LOOKED_UP
        }
        if self.0.get(&target).is_some_and(|count| *count > 0) {
            return referrer(plan, target);
        }
        let kinds = Kind::ALL.iter().copied();
        let mut kinds = kinds.filter(|kind| for_kind!(*kind, E => indexed::<E>()));
        let (entity, _) = kinds.find_map(|kind| referrers(plan, kind, target).next())?;
        Some(entity)
    }
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
