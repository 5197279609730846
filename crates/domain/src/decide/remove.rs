//! Removing: what has bookings stays and can be archived; what merely refers to it is unlinked.

use super::references::referrers;
use super::{Reason, StepBuilder};
use crate::event::Diff;
use crate::kinds::{EntityRef, Kind, OnDelete, Resource, find};

/// Removes an entity and what goes with it, as the kinds that refer to it say.
pub(super) fn remove(step: &mut StepBuilder<'_>, entity: EntityRef) -> Result<(), Reason> {
    if entity.kind == Kind::Settings || entity.kind.path().is_none() {
        let detail = format!("{} cannot be deleted", entity.kind.noun());
        return Err(Reason::Conflict(detail));
    }
    let all = || Kind::ALL.iter().copied();
    for kind in all() {
        if let Some((OnDelete::Restrict(why), ids)) = referrers(&step.plan, kind, entity)
            && !ids.is_empty()
        {
            return Err(Reason::Conflict(why.to_owned()));
        }
    }
    for kind in all() {
        let Some((on_delete, referrers)) = referrers(&step.plan, kind, entity) else {
            continue;
        };
        for referrer in referrers {
            match on_delete {
                OnDelete::Cascade => remove(step, referrer)?,
                OnDelete::Unlink => {
                    for_resource!(kind, E => unlink::<E>(step, referrer, entity), else => {});
                }
                OnDelete::Restrict(_) => {}
            }
        }
    }
    for_resource!(entity.kind, E => take::<E>(step, entity), else => {});
    Ok(())
}

fn take<E: Resource>(step: &mut StepBuilder<'_>, entity: EntityRef) {
    let id = E::Id::from(entity.id);
    let before = find::<E>(&step.plan, id).map(|(_, value)| value.clone());
    if before.is_some() {
        step.push(E::change(Diff {
            id,
            before,
            after: None,
        }));
    }
}

fn unlink<E: Resource>(step: &mut StepBuilder<'_>, referrer: EntityRef, target: EntityRef) {
    let id = E::Id::from(referrer.id);
    let before = find::<E>(&step.plan, id).map(|(_, value)| value.clone());
    if let Some(mut after) = before.clone() {
        after.unlink(target);
        let after = Some(after);
        step.push(E::change(Diff { id, before, after }));
    }
}
