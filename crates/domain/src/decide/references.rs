//! What refers to what: nothing is removed that something else stands on, and nothing refers to
//! what is not there.

use std::collections::HashMap;

use super::Reason;
use super::budget::Budget;
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
fn referrer(plan: &Plan, target: EntityRef) -> Option<EntityRef> {
    let mut kinds = Kind::ALL.iter();
    let (entity, _) = kinds.find_map(|kind| referrers(plan, *kind, target).next())?;
    Some(entity)
}

/// From so many changes on, what refers to what is counted once for a step.
const COUNTED_FROM: usize = 100;

/// How a step finds what refers to the things that it removes: thing by thing where it changes few.
/// Where it changes many, looking through all there is for each of them would take too long, and it
/// is counted at the first one.
pub(super) struct References {
    many: bool,
    counted: Option<Counted>,
}

impl References {
    /// Of a step with so many changes.
    pub(super) fn of_step(changes: usize) -> References {
        References {
            many: changes > COUNTED_FROM,
            counted: None,
        }
    }

    /// An entity of the plan that refers to that one, if there is any.
    pub(super) fn referrer(
        &mut self,
        plan: &Plan,
        target: EntityRef,
        budget: &mut Budget,
    ) -> Result<Option<EntityRef>, Reason> {
        if !self.many {
            budget.visit(looked_through(plan, target))?;
            return Ok(referrer(plan, target));
        }
        if self.counted.is_none() {
            budget.visit(Counted::looks_at(plan))?;
        }
        let counted = self.counted.get_or_insert_with(|| Counted::of(plan));
        budget.visit(1)?;
        Ok(counted.referrer(plan, target))
    }

    /// Follows a change that is made.
    pub(super) fn follow(&mut self, change: &Change) {
        if let Some(counted) = &mut self.counted {
            counted.follow(change);
        }
    }
}

/// Whether what a kind refers to is found by looking through all of its entities.
fn is_looked_through<E: EntityKind>() -> bool {
    !E::LOOKED_UP && !E::REFERS_TO.is_empty()
}

/// How often each entity is referred to by entities of the kinds that have no index.
struct Counted(HashMap<EntityRef, usize>);

impl Counted {
    /// How many entities are looked at to count.
    fn looks_at(plan: &Plan) -> usize {
        fn of<E: EntityKind>(plan: &Plan) -> usize {
            if is_looked_through::<E>() {
                E::Table::count(plan)
            } else {
                0
            }
        }
        let kinds = Kind::ALL.iter();
        kinds.map(|kind| for_kind!(*kind, E => of::<E>(plan))).sum()
    }

    fn of(plan: &Plan) -> Counted {
        fn count<E: EntityKind>(plan: &Plan, counted: &mut Counted) {
            if is_looked_through::<E>() {
                for value in E::Table::rows(plan).filter_map(|(_, _, value)| value) {
                    counted.add(&**value);
                }
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

    fn take_out<E: EntityKind>(&mut self, value: &E) {
        value.references(&mut |entity| {
            if let Some(count) = self.0.get_mut(&entity) {
                *count = count.saturating_sub(1);
            }
        });
    }

    fn follow(&mut self, change: &Change) {
        fn of<E: EntityKind>(counted: &mut Counted, diff: &Diff<E>) {
            if is_looked_through::<E>() {
                diff.before.iter().for_each(|value| counted.take_out(value));
                diff.after.iter().for_each(|value| counted.add(value));
            }
        }
        for_change!(change, diff => of(self, diff));
    }

    fn referrer(&self, plan: &Plan, target: EntityRef) -> Option<EntityRef> {
        fn has_index<E: EntityKind>() -> bool {
            E::LOOKED_UP
        }
        if self.0.get(&target).is_some_and(|count| *count > 0) {
            return referrer(plan, target);
        }
        let kinds = Kind::ALL.iter().copied();
        let mut kinds = kinds.filter(|kind| for_kind!(*kind, E => has_index::<E>()));
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
