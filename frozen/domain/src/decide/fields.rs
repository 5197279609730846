//! Taking a change back field by field: what others have written beside it since stays.

use serde_json::{Map, Value};

use super::Reason;
use crate::event::{Change, Diff};
use crate::kinds::{EntityKind, IdSource, Resource, Validator, find};
use crate::plan::{Plan, Version};
use crate::problem::{FieldError, Message};

/// The change that takes one back on that plan: every field that it wrote gets the value it had.
/// Refused where one of them has another value by now than the change left; `since` is the version
/// after which somebody else wrote it.
pub(super) fn inverse(
    plan: &Plan,
    change: &Change,
    since: Version,
    fresh: &mut dyn IdSource,
) -> Result<Change, Reason> {
    fn of<E: EntityKind>(plan: &Plan, diff: &Diff<E>) -> Option<(Change, bool)> {
        let now = find::<E>(plan, diff.id).map(|(_, value)| value);
        if now == diff.after.as_ref() {
            return Some((E::change(diff.clone()).inverse(), true));
        }
        let (was, left, now) = (diff.before.as_ref()?, diff.after.as_ref()?, now?);
        let merged = E::change(Diff {
            id: diff.id,
            before: Some(now.clone()),
            after: Some(restored(was, left, now)?),
        });
        Some((merged, false))
    }
    let conflict = || Reason::Stands {
        message: Message::UndoConflict,
        entity: change.entity(),
        since,
    };
    let inverse = for_change!(change, diff => of(plan, diff));
    let (inverse, whole) = inverse.ok_or_else(conflict)?;
    let fits =
        whole || for_resource_change!(&inverse, diff => fits(plan, diff, fresh), else => true);
    match fits {
        true => Ok(inverse),
        false => Err(conflict()),
    }
}

/// A value with the fields that differ between what it was and what was left as they were; `None`
/// where one of them is neither.
fn restored<E: EntityKind>(was: &E, left: &E, now: &E) -> Option<E> {
    let (was_json, left_json, mut fields) = (object(was)?, object(left)?, object(now)?);
    for (name, left) in &left_json {
        let was = was_json.get(name)?;
        if was == left {
            continue;
        }
        if fields.get(name) != Some(left) {
            return None;
        }
        fields.insert(name.clone(), was.clone());
    }
    let mut value: E = serde_json::from_value(Value::Object(fields)).ok()?;
    // As JSON, personal values are closed.
    let mut opened = Vec::new();
    for side in [was, now] {
        side.personal(&mut |slot| opened.extend(slot.stored()));
    }
    value.personal_mut(&mut |slot| {
        let mut known = opened.iter();
        if let Some(stored) = known.find(|stored| stored.reference == slot.reference()) {
            // One that does not fit its commitment stays closed, as if it had been erased.
            let _ = slot.open(stored);
        }
    });
    Some(value)
}

fn object<E: EntityKind>(value: &E) -> Option<Map<String, Value>> {
    match serde_json::to_value(value).ok()? {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// Whether what was put together of both is as right as what stands: an end that was taken back
/// must not lie before a start that somebody moved.
fn fits<E: Resource>(plan: &Plan, diff: &Diff<E>, fresh: &mut dyn IdSource) -> bool {
    let (Some(now), Some(then)) = (&diff.before, &diff.after) else {
        return true;
    };
    let mut wrong = |value: &E| -> Vec<FieldError> {
        let mut validator = Validator::new(plan, fresh, plan.head().seq + 1);
        let _ = E::build(value.body(), diff.id, Some(now), &mut validator);
        validator.errors
    };
    let known = wrong(now);
    wrong(then).iter().all(|error| known.contains(error))
}
