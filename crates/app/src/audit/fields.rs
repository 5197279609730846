//! Which fields a change wrote, in the API's own words.

use raally_domain::event::{Change, Diff};
use raally_domain::resources::Writable;
use serde_json::{Map, Value};

use super::FieldChange;

/// The fields that differ, in the order of their names. Of what was made or removed: those
/// that say something.
pub(super) fn changes(change: &Change) -> Vec<FieldChange> {
    macro_rules! each {
        ($($kind:ident),+) => {
            match change {
                $(Change::$kind(d) => between(d),)+
                Change::History(_) => Vec::new(),
            }
        };
    }
    each!(
        Settings,
        Member,
        Team,
        Skill,
        HolidayCalendar,
        Person,
        JobTitle,
        Availability,
        Compensation,
        Project,
        Placeholder,
        Assignment,
        TimeOff
    )
}

fn between<E: Writable>(diff: &Diff<E>) -> Vec<FieldChange>
where
    Change: From<Diff<E>>,
{
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

fn members<E: Writable>(value: Option<&E>) -> Map<String, Value>
where
    Change: From<Diff<E>>,
{
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
