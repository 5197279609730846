//! The one guard on every way out: what of a value a role sees.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::access::{Access, Operation};
use crate::kinds::Kind;

/// A value that may hold what not everybody sees.
pub trait Redact: Sized {
    /// The value without what that access may not see; `None` where nothing is left.
    fn redact(self, access: &Access) -> Option<Self>;
}

/// What of a value that access sees; `None` where it sees nothing of it.
#[must_use]
pub fn redacted<T: Redact>(value: T, access: &Access) -> Option<T> {
    value.redact(access)
}

/// What of each value that access sees.
#[must_use]
pub fn all_redacted<T: Redact>(values: Vec<T>, access: &Access) -> Vec<T> {
    values
        .into_iter()
        .filter_map(|v| v.redact(access))
        .collect()
}

/// What some kind, or some field of one, needs beyond reading the plan.
fn guarded() -> &'static BTreeSet<Operation> {
    static GUARDED: OnceLock<BTreeSet<Operation>> = OnceLock::new();
    GUARDED.get_or_init(|| {
        let of_kind = |kind: &Kind| {
            let (read, private) = kind.reading();
            private.iter().map(|(_, needs)| *needs).chain([read])
        };
        let all = Kind::ALL.iter().flat_map(of_kind);
        all.filter(|needs| *needs != Operation::ReadPlan).collect()
    })
}

/// Every access that sees the same gets the same answer: a part of cache keys and ETags. It
/// follows from what the kinds say of who may read them.
#[must_use]
pub fn visibility_class(access: &Access) -> String {
    let may: Vec<String> = guarded()
        .iter()
        .filter(|needs| access.may(**needs))
        .map(|needs| format!("{needs:?}"))
        .collect();
    match access.person {
        Some(person) if may.len() < guarded().len() => {
            format!(
                "{}own-{person}",
                may.iter().map(|m| format!("{m}-")).collect::<String>()
            )
        }
        _ if may.is_empty() => "plain".to_owned(),
        _ => may.join("-"),
    }
}
