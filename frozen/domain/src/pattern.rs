//! Working patterns: minutes for each weekday, in a cycle of one or more weeks.

use serde::{Deserialize, Serialize};

use crate::date::{Date, Week};

/// Minutes for Monday to Sunday.
pub type WeekMinutes = [u16; 7];

/// The most weeks a cycle may have.
pub const MAX_CYCLE_WEEKS: usize = 12;
/// The most minutes a day has.
pub const MAX_DAY_MINUTES: u16 = 1440;
/// The most minutes a week has.
pub const MAX_WEEK_MINUTES: u32 = 7 * 1440;

/// A cycle of weeks; week 0 is the ISO week of `anchor`, and the cycle repeats both ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pattern {
    anchor: Date,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<u16>>, min_items = 1, max_items = 12))]
    cycle: Vec<WeekMinutes>,
}

/// Why a cycle is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It has no week, or more than a cycle may have.
    #[error("a cycle has 1 to 12 weeks")]
    Weeks,
    /// A day has more minutes than a day.
    #[error("a day has at most 1440 minutes")]
    Day,
    /// A week has more minutes than a week.
    #[error("a week has at most 10080 minutes")]
    WeekTotal,
}

impl Pattern {
    /// A cycle of weeks, of which the first is the one that the anchor lies in.
    pub fn new(anchor: Date, cycle: Vec<WeekMinutes>) -> Result<Pattern, PatternError> {
        if cycle.is_empty() || cycle.len() > MAX_CYCLE_WEEKS {
            return Err(PatternError::Weeks);
        }
        if cycle.iter().flatten().any(|m| *m > MAX_DAY_MINUTES) {
            return Err(PatternError::Day);
        }
        Ok(Pattern { anchor, cycle })
    }

    /// A weekly figure alone: spread evenly over Monday–Friday, earlier days taking the remainder.
    pub fn weekly(anchor: Date, minutes: u32) -> Result<Pattern, PatternError> {
        if minutes > MAX_WEEK_MINUTES {
            return Err(PatternError::WeekTotal);
        }
        let mut week = [0u16; 7];
        for (day, slot) in week.iter_mut().take(5).enumerate() {
            let extra = u32::from(day < (minutes % 5) as usize);
            *slot = u16::try_from(minutes / 5 + extra).map_err(|_| PatternError::WeekTotal)?;
        }
        Pattern::new(anchor, vec![week])
    }

    /// 8 h Monday to Friday, anchored at 1970-01-05: the default week of a new tenant.
    #[must_use]
    pub fn eight_hours() -> Pattern {
        Pattern {
            anchor: Date::MIN.plus(4),
            cycle: vec![[480, 480, 480, 480, 480, 0, 0]],
        }
    }

    /// The Monday of the cycle's first week.
    #[must_use]
    pub fn anchor(&self) -> Date {
        self.anchor
    }

    /// The weeks of the cycle: minutes by weekday, Monday first.
    #[must_use]
    pub fn cycle(&self) -> &[WeekMinutes] {
        &self.cycle
    }

    /// The minutes of each day of that ISO week.
    #[must_use]
    pub fn week(&self, week: Week) -> &WeekMinutes {
        let n = i32::try_from(self.cycle.len()).expect("a cycle is short");
        let at = (week.0 - self.anchor.week().0).rem_euclid(n);
        &self.cycle[usize::try_from(at).expect("a remainder is not negative")]
    }

    /// The minutes of that day.
    #[must_use]
    pub fn day(&self, day: Date) -> u16 {
        self.week(day.week())[day.weekday()]
    }

    /// True where no day of the cycle has a minute: the capacity is unknown.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.cycle.iter().flatten().all(|m| *m == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekly_figure_spreads_over_the_working_days() {
        let p = Pattern::weekly(Date::MIN, 2402).unwrap();
        assert_eq!(p.cycle(), [[481, 481, 480, 480, 480, 0, 0]]);
        assert_eq!(Pattern::weekly(Date::MIN, 10_080), Err(PatternError::Day));
    }

    #[test]
    fn a_cycle_counts_mondays_from_its_anchor_both_ways() {
        let anchor: Date = "2026-11-25".parse().unwrap();
        let p = Pattern::new(anchor, vec![[60; 7], [0; 7]]).unwrap();
        let monday: Date = "2026-11-23".parse().unwrap();
        assert_eq!(p.day(monday), 60);
        assert_eq!(p.day(monday.plus(7)), 0);
        assert_eq!(p.day(monday.plus(-1)), 0);
        assert_eq!(p.day(monday.plus(-8)), 60);
    }
}
