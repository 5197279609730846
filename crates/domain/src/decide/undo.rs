//! Taking a step back, and doing it again: field by field, so that what others wrote beside it
//! stays.

use std::ops::RangeInclusive;
use std::sync::Arc;

use imbl::Vector;

use super::budget::Budget;
use super::fields;
use super::references::{References, missing};
use super::small::is_small_step;
use super::{Context, Decision, Reason, Rejection, managers, overbooking, warnings};
use crate::access::{Access, Operation};
use crate::event::{Action, Change, Diff, Event, Recorded, StepKind};
use crate::ids::StepId;
use crate::kinds::{EntityKind, EntityRef};
use crate::plan::{Plan, StepRecord, Version};
use crate::problem::Message;

/// Which step is taken back, or done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeBack {
    /// The caller's last one.
    Last,
    /// That one, which the caller did before their last one, or somebody else did, who has it
    /// then, to be done again.
    Of(StepId),
    /// The one that the caller took back last is done again.
    Again,
}

impl TakeBack {
    /// The events that have to be read of the log before it can be decided on that plan.
    #[must_use]
    pub fn events(self, plan: &Plan, access: &Access) -> Option<RangeInclusive<Version>> {
        self.step(plan, access).and_then(StepRecord::events)
    }

    /// Whether deciding it takes well below a millisecond.
    #[must_use]
    pub fn is_small(self, plan: &Plan, access: &Access) -> bool {
        let step = self.step(plan, access);
        step.is_none_or(|step| is_small_step(plan, step.changes.len()))
    }

    /// The step, where the caller may name it.
    fn step<'p>(self, plan: &'p Plan, access: &Access) -> Option<&'p StepRecord> {
        let steps = plan.steps(access.user).map(|steps| &**steps);
        match self {
            TakeBack::Last => last(&steps?.undo),
            TakeBack::Again => last(&steps?.redo),
            TakeBack::Of(step) => {
                let own = steps.and_then(|steps| steps.done(step));
                let others = access.may(Operation::UndoOthers);
                own.or_else(|| plan.step_done(step).filter(|_| others))
            }
        }
    }
}

fn last(stack: &Vector<Arc<StepRecord>>) -> Option<&StepRecord> {
    let mut steps = stack.iter().rev().map(|step| &**step);
    steps.find(|step| step.undoable())
}

/// What takes a step back or does it again; `events` are those that [`TakeBack::events`] names.
/// Refused with the reason where later changes stand on it, or where the caller may no longer do
/// it.
pub fn decide_take_back(
    plan: &Plan,
    context: &mut Context<'_>,
    which: TakeBack,
    events: &[Event],
) -> Result<Decision, Rejection> {
    let access = context.access;
    let nothing = match which {
        TakeBack::Last | TakeBack::Of(_) => Message::NothingToUndo,
        TakeBack::Again => Message::NothingToRedo,
    };
    let step = which.step(plan, &access);
    let step = step.ok_or_else(|| conflict(nothing))?;
    let kind = match which {
        TakeBack::Last | TakeBack::Of(_) => StepKind::Undo(step.id),
        TakeBack::Again => StepKind::Redo(step.id),
    };
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
    let mut references = References::of_step(step.changes.len());
    for versioned in step.changes.iter().rev() {
        let change = versioned.change(events);
        let change = change.ok_or_else(|| later_changes(versioned.entity, versioned.event))?;
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
        changes.extend(inverted(
            &mut after,
            inverse,
            implied,
            &mut budget,
            &mut references,
        )?);
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
    references: &mut References,
) -> Result<Vec<Recorded>, Rejection> {
    let inverse = Recorded { change, implied };
    let mut after = plan.clone();
    for change in inverse.changes() {
        if change.action() == Action::Deleted
            && let Some(entity) = references.referrer(&after, change.entity(), budget)?
        {
            // Whoever wrote it last is told of.
            let since = after.version(entity).unwrap_or_default().saturating_sub(1);
            return Err(later_changes(entity, since));
        }
        if let Some(entity) = missing(&after, change) {
            return Err(later_changes(entity, 0));
        }
        after
            .apply_provisional(change)
            .map_err(|e| conflict(e.into()))?;
        references.follow(change);
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
