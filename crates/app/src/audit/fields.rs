//! Which fields a change wrote, in the API's own words.

use raally_domain::event::{Change, Diff};
use raally_domain::for_resource_change;
use raally_domain::kinds::Resource;
use serde_json::{Map, Value};

use super::FieldChange;

/// The fields that differ, in the order of their names. Of what was made or removed: those
/// that say something.
pub(super) fn changes(change: &Change) -> Vec<FieldChange> {
    for_resource_change!(change, diff => between(diff), else => Vec::new())
}

fn between<E: Resource>(diff: &Diff<E>) -> Vec<FieldChange> {
    let before = members(diff.before.as_ref());
    let after = members(diff.after.as_ref());
    let mut fields: Vec<&String> = before.keys().chain(after.keys()).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
        .into_iter()
        .filter_map(|field| {
            let of = |side: &Map<String, Value>| side.get(field).cloned().unwrap_or_default();
            let (before, after) = (of(&before), of(&after));
            (before != after && !(is_empty(&before) && is_empty(&after))).then(|| FieldChange {
                field: field.clone(),
                before,
                after,
            })
        })
        .collect()
}

fn members<E: Resource>(value: Option<&E>) -> Map<String, Value> {
    let body = value.map(|v| serde_json::to_value(v.body()));
    match body {
        Some(Ok(Value::Object(members))) => members,
        _ => Map::new(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
