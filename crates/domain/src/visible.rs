//! The one guard on every way out: what of a value a role sees.

use crate::access::{Access, Operation};

/// A value that may hold what not everybody sees.
pub trait Guarded: Sized {
    /// The value without what that access may not see; `None` where nothing is left.
    fn guard(self, access: &Access) -> Option<Self>;
}

/// What of a value that access sees; `None` where it sees nothing of it.
#[must_use]
pub fn visible<T: Guarded>(value: T, access: &Access) -> Option<T> {
    value.guard(access)
}

/// What of each value that access sees.
#[must_use]
pub fn all_visible<T: Guarded>(values: Vec<T>, access: &Access) -> Vec<T> {
    values.into_iter().filter_map(|v| v.guard(access)).collect()
}

/// Every access that sees the same gets the same answer: a part of cache keys and ETags.
#[must_use]
pub fn audience(access: &Access) -> String {
    let pay = access.may(Operation::ReadPay);
    let notes = access.may(Operation::ReadPrivateNotes);
    match (pay, notes, access.person) {
        (true, _, _) => "pay".to_owned(),
        (_, true, _) => "notes".to_owned(),
        (_, _, Some(person)) => format!("own-{person}"),
        _ => "plain".to_owned(),
    }
}
