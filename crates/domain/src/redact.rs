//! The one guard on every way out: what of a value a role sees.

use crate::access::{Access, Operation};

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

/// Every access that sees the same gets the same answer: a part of cache keys and ETags.
#[must_use]
pub fn visibility_class(access: &Access) -> String {
    let pay = access.may(Operation::ReadPay);
    let notes = access.may(Operation::ReadPrivateNotes);
    match (pay, notes, access.person) {
        (true, _, _) => "pay".to_owned(),
        (_, true, _) => "notes".to_owned(),
        (_, _, Some(person)) => format!("own-{person}"),
        _ => "plain".to_owned(),
    }
}
