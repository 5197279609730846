//! Taking a step back, and doing it again.

use super::references::{referred_to, refers_to_known};
use super::{Context, Decision, Reason, Rejection, overbooking};
use crate::access::{Access, Operation};
use crate::event::{Change, Diff, StepKind};
use crate::kinds::EntityKind;
use crate::plan::{Plan, StepRecord};

/// What takes the caller's last step back. Refused with the reason where later changes stand on
/// it, or where the caller may no longer do it.
pub fn decide_undo(plan: &Plan, context: &mut Context<'_>) -> Result<Decision, Rejection> {
    let steps = plan.steps(context.access.user);
    let step = steps.and_then(|s| s.undo.back());
    let step = step.ok_or_else(|| conflict("there is nothing of yours to take back"))?;
    take_back(plan, &context.access, step, StepKind::Undo(step.id))
}

/// What does again the step that the caller took back last.
pub fn decide_redo(plan: &Plan, context: &mut Context<'_>) -> Result<Decision, Rejection> {
    let steps = plan.steps(context.access.user);
    let step = steps.and_then(|s| s.redo.back());
    let step = step.ok_or_else(|| conflict("there is nothing of yours to do again"))?;
    take_back(plan, &context.access, step, StepKind::Redo(step.id))
}

fn take_back(
    plan: &Plan,
    access: &Access,
    step: &StepRecord,
    kind: StepKind,
) -> Result<Decision, Rejection> {
    if !access.may(Operation::Undo) {
        return Err(Reason::Forbidden.into());
    }
    if !step.undoable() {
        return Err(conflict("changes of members are not taken back"));
    }
    for (entity, left) in step.left() {
        if plan.version(entity) != left {
            return Err(conflict(
                "somebody changed it in between: later changes stand on that step",
            ));
        }
    }
    let mut after = plan.clone();
    let mut changes = Vec::with_capacity(step.changes.len());
    for noted in step.changes.iter().rev() {
        let inverse = noted.change.inverse();
        if !may_write(access, &inverse) {
            return Err(Reason::Forbidden.into());
        }
        let removes = inverse.action() == crate::event::Action::Deleted;
        if (removes && referred_to(&after, inverse.entity())) || !refers_to_known(&after, &inverse)
        {
            return Err(conflict("later changes stand on that step"));
        }
        after
            .apply_provisional(&inverse)
            .map_err(|e| conflict(&e.to_string()))?;
        changes.push(inverse);
    }
    overbooking::check(plan, &after, &changes)?;
    Ok(Decision {
        entities: changes.iter().map(Change::entity).collect(),
        changes,
        kind,
    })
}

fn may_write(access: &Access, change: &Change) -> bool {
    fn of<E: EntityKind>(access: &Access, diff: &Diff<E>) -> bool {
        E::may_write(access, diff)
    }
    for_change!(change, diff => of(access, diff))
}

fn conflict(detail: &str) -> Rejection {
    Reason::Conflict(detail.to_owned()).into()
}
