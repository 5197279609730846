//! Taking a step back, and doing it again: field by field, so that what others wrote beside it
//! stays.

use super::budget::Budget;
use super::fields;
use super::references::{looked_through, missing, referrer};
use super::{Context, Decision, Reason, Rejection, managers, overbooking, warnings};
use crate::access::{Access, Operation};
use crate::event::{Action, Change, Diff, Recorded, StepKind};
use crate::ids::StepId;
use crate::kinds::{EntityKind, EntityRef};
use crate::plan::{Plan, StepRecord, Version};
use crate::problem::Message;

/// What takes the caller's last step back. Refused with the reason where later changes stand on
/// it, or where the caller may no longer do it.
pub fn decide_undo(plan: &Plan, context: &mut Context<'_>) -> Result<Decision, Rejection> {
    let steps = plan.steps(context.access.user);
    let step = steps.and_then(|s| s.undo.iter().rev().find(|step| step.undoable()));
    let step = step.ok_or_else(|| conflict(Message::NothingToUndo))?;
    take_back(plan, context, step, StepKind::Undo(step.id))
}

/// What takes a step back that somebody else did, or the caller before their last one. Who did it
/// has it back then, to be done again.
pub fn decide_undo_of(
    plan: &Plan,
    context: &mut Context<'_>,
    step: StepId,
) -> Result<Decision, Rejection> {
    let access = context.access;
    let of = |user| plan.steps(user).and_then(|steps| steps.done(step));
    let record = match of(access.user) {
        Some(own) => Some(own),
        None if access.may(Operation::UndoOthers) => plan.step_done(step),
        None => None,
    };
    let record = record.ok_or_else(|| conflict(Message::NothingToUndo))?;
    take_back(plan, context, record, StepKind::Undo(step))
}

/// What does again the step that the caller took back last.
pub fn decide_redo(plan: &Plan, context: &mut Context<'_>) -> Result<Decision, Rejection> {
    let steps = plan.steps(context.access.user);
    let step = steps.and_then(|s| s.redo.iter().rev().find(|step| step.undoable()));
    let step = step.ok_or_else(|| conflict(Message::NothingToRedo))?;
    take_back(plan, context, step, StepKind::Redo(step.id))
}

fn take_back(
    plan: &Plan,
    context: &mut Context<'_>,
    step: &StepRecord,
    kind: StepKind,
) -> Result<Decision, Rejection> {
    let access = context.access;
    if !access.may(Operation::Undo) {
        return Err(Reason::Forbidden.into());
    }
    if !step.undoable() {
        return Err(conflict(Message::MembersStay));
    }
    let left = step.left();
    let mut after = plan.clone();
    let mut budget = Budget::of_undo();
    let mut changes = Vec::with_capacity(step.changes.len());
    let mut implied = Vec::new();
    for versioned in step.changes.iter().rev() {
        let change = &*versioned.change;
        let since = left.get(&change.entity()).copied().flatten();
        let since = since.or(versioned.found).unwrap_or_default();
        let inverse = fields::inverse(&after, change, since, context.fresh)?;
        if erased(&inverse) {
            return Err(conflict(Message::Erased));
        }
        if !may_write(&access, &inverse) {
            return Err(Reason::Forbidden.into());
        }
        if versioned.implied {
            implied.push(inverse);
            continue;
        }
        let implied = std::mem::take(&mut implied);
        changes.extend(inverted(&mut after, inverse, implied, &mut budget)?);
    }
    managers::check(plan, &after, &changes, &mut budget)?;
    overbooking::check(plan, &after, &changes, &mut budget)?;
    let own = changes.iter().map(|recorded| recorded.change.entity());
    let touched = budget.touched();
    Ok(Decision {
        entities: own.collect(),
        warnings: warnings::of(plan, &after, &changes, &touched),
        changes,
        kind,
        touched,
    })
}

/// The events that take one event back, applied to the plan.
fn inverted(
    plan: &mut Plan,
    change: Change,
    implied: Vec<Change>,
    budget: &mut Budget,
) -> Result<Vec<Recorded>, Rejection> {
    let inverse = Recorded { change, implied };
    let mut after = plan.clone();
    for change in inverse.changes() {
        if change.action() == Action::Deleted {
            budget.visit(looked_through(&after, change.entity()))?;
            if let Some(entity) = referrer(&after, change.entity()) {
                // Whoever wrote it last is told of.
                let since = after.version(entity).unwrap_or_default().saturating_sub(1);
                return Err(later_changes(entity, since));
            }
        }
        if let Some(entity) = missing(&after, change) {
            return Err(later_changes(entity, 0));
        }
        after
            .apply_provisional(change)
            .map_err(|e| conflict(e.into()))?;
    }
    let events = inverse.as_written(plan).map_err(Reason::from)?;
    for recorded in &events {
        plan.apply_recorded(recorded)
            .map_err(|e| conflict(e.into()))?;
        budget.event(recorded, plan)?;
    }
    Ok(events)
}

/// Whether the change would bring back what has been erased: a reference without a value.
fn erased(change: &Change) -> bool {
    fn of<E: EntityKind>(diff: &Diff<E>) -> bool {
        let mut erased = false;
        if let Some(after) = &diff.after {
            after.personal(&mut |slot| erased |= !slot.is_open());
        }
        erased
    }
    for_change!(change, diff => of(diff))
}

fn may_write(access: &Access, change: &Change) -> bool {
    fn of<E: EntityKind>(access: &Access, diff: &Diff<E>) -> bool {
        E::may_write(access, diff)
    }
    for_change!(change, diff => of(access, diff))
}

/// Refused for what stands on the step, or is gone from under it.
fn later_changes(entity: EntityRef, since: Version) -> Rejection {
    Rejection::from(Reason::Stands {
        message: Message::LaterChanges,
        entity,
        since,
    })
}

fn conflict(message: Message) -> Rejection {
    Reason::Conflict(message).into()
}
