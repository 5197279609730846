//! The reporting tables: plans worked out for people who ask by SQL.
//!
//! A consumer notes whom and which days an event touches, with its offset in the stream; the
//! refresher works those out from the plan and replaces their rows. So an event costs one small
//! write however many days it touches, and a burst of events is worked out once.

mod consumer;
mod refresher;
mod rows;

use raally_domain::date::{Date, Period, Week};
use raally_domain::time::Timestamp;

pub use consumer::ReportingConsumer;
pub use refresher::Refresher;
pub use rows::{person_days, person_row, project_row};

/// Under this name the consumer's offsets are kept.
pub const REPORTING: &str = "reporting";

/// How many weeks before and after this one have rows.
const WEEKS_BACK: i32 = 53;
const WEEKS_AHEAD: i32 = 105;

const DAY_MICROS: i64 = 24 * 3_600_000_000;

/// The days that have rows, seen from a moment (in UTC): whole ISO weeks, from 53 before the
/// present one to 105 after it.
#[must_use]
pub fn horizon(now: Timestamp) -> Period {
    let days = i32::try_from(now.micros().div_euclid(DAY_MICROS)).unwrap_or(i32::MAX);
    let today = Date::MIN.plus(days);
    let monday = Date::MIN.plus(Week::of_days(today.days()).monday());
    Period::new(
        monday.plus(-7 * WEEKS_BACK),
        monday.plus(7 * WEEKS_AHEAD + 6),
    )
    .expect("159 weeks are within five years")
}

/// What of the days lies in the period.
fn cut((from, to): (Date, Date), period: Period) -> Option<Period> {
    Period::new(from.max(period.from()), to.min(period.to())).ok()
}
