//! Weeks as they are shown, from the tenant's first day of the week on. The calculus has ISO weeks.

use crate::date::Week;
use crate::kinds::WeekStart;

/// The first day of the shown week that a day lies in, both in days since 1970-01-01; it may lie
/// before that date.
pub(super) fn first_of_week(day: i32, start: WeekStart) -> i32 {
    let before_monday = match start {
        WeekStart::Monday => 0,
        WeekStart::Sunday => 1,
        WeekStart::Saturday => 2,
    };
    Week::of_days(day + before_monday).monday() - before_monday
}
