//! Removing: what has bookings stays and can be archived; what merely refers to it is unlinked.

use super::references::{looked_through, referrers};
use super::{Reason, StepBuilder};
use crate::event::{Change, Diff, Recorded};
use crate::kinds::{EntityRef, Kind, OnDelete, Resource, find};
use crate::problem::Message;

/// Removes an entity and what goes with it, as the kinds that refer to it say.
pub(super) fn remove(step: &mut StepBuilder<'_>, entity: EntityRef) -> Result<(), Reason> {
    if entity.kind == Kind::Settings || entity.kind.path().is_none() {
        let noun = entity.kind.noun().to_owned();
        return Err(Reason::Conflict(Message::NotDeletable { noun }));
    }
    let all = || Kind::ALL.iter().copied();
    let refusal = |(_, on_delete)| match on_delete {
        OnDelete::Restrict(why) => Some(why),
        OnDelete::Unlink | OnDelete::Cascade => None,
    };
    // Once for what keeps it, once for what goes with it.
    step.budget.visit(2 * looked_through(&step.plan, entity))?;
    let plan = step.plan.clone();
    let mut kept = all().flat_map(|kind| referrers(&plan, kind, entity));
    if let Some(why) = kept.find_map(refusal) {
        return Err(Reason::Conflict(why.clone()));
    }
    let mut said_with_it = Vec::new();
    for kind in all() {
        let referrers: Vec<_> = referrers(&step.plan, kind, entity).collect();
        for (referrer, on_delete) in referrers {
            match on_delete {
                // What is not written yet is said by the event of what it is a part of.
                OnDelete::Cascade if kind.versions().1 == 0 => said_with_it
                    .extend(for_resource!(kind, E => deletion::<E>(step, referrer)?, else => None)),
                OnDelete::Cascade => remove(step, referrer)?,
                OnDelete::Unlink => {
                    for_resource!(kind, E => unlink::<E>(step, referrer, entity)?, else => {});
                }
                OnDelete::Restrict(_) => {}
            }
        }
    }
    let deletion = for_resource!(entity.kind, E => deletion::<E>(step, entity)?, else => None);
    deletion.map_or(Ok(()), |change| {
        step.add(Recorded {
            change,
            implied: said_with_it,
        })
    })
}

/// The change that removes an entity, if it is there.
/// Whoever removes something must be allowed to remove what goes with it.
fn deletion<E: Resource>(
    step: &StepBuilder<'_>,
    entity: EntityRef,
) -> Result<Option<Change>, Reason> {
    let id = E::Id::from(entity.id);
    let Some((_, before)) = find::<E>(&step.plan, id) else {
        return Ok(None);
    };
    let diff = Diff {
        id,
        before: Some(before.clone()),
        after: None,
    };
    step.permit(&diff)?;
    Ok(Some(E::change(diff)))
}

fn unlink<E: Resource>(
    step: &mut StepBuilder<'_>,
    referrer: EntityRef,
    target: EntityRef,
) -> Result<(), Reason> {
    let id = E::Id::from(referrer.id);
    let before = find::<E>(&step.plan, id).map(|(_, value)| value.clone());
    if let Some(mut after) = before.clone() {
        after.unlink(target);
        let after = Some(after);
        step.push(E::change(Diff { id, before, after }))?;
    }
    Ok(())
}
