//! Sums of figures over days, people, or both.

use super::block::{Displaced, WeekSums};
use super::person::DayFigures;

/// Sums in minutes. `tentative` comes on top of `booked`; where a question says "with
/// tentative", both count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Minutes that can be worked.
    pub capacity: u64,
    /// Load of confirmed assignments.
    pub booked: u64,
    /// Load of tentative assignments.
    pub tentative: u64,
    /// Billable load of confirmed assignments.
    pub billable: u64,
    /// Billable load of tentative assignments.
    pub billable_tentative: u64,
    /// Booked capped at capacity, day by day.
    pub busy: u64,
    /// Booked and tentative capped at capacity, day by day.
    pub busy_with_tentative: u64,
    /// What approved time off took from confirmed assignments.
    pub displaced: u64,
    /// What it took from tentative ones.
    pub displaced_tentative: u64,
}

impl Totals {
    /// All load that counts.
    #[must_use]
    pub fn load(&self, with_tentative: bool) -> u64 {
        self.booked + if with_tentative { self.tentative } else { 0 }
    }

    /// Minutes of billable load.
    #[must_use]
    pub fn billable_load(&self, with_tentative: bool) -> u64 {
        let tentative = self.billable_tentative;
        self.billable + if with_tentative { tentative } else { 0 }
    }

    /// What approved time off took from all load that counts.
    #[must_use]
    pub fn displaced(&self, with_tentative: bool) -> u64 {
        let tentative = self.displaced_tentative;
        self.displaced + if with_tentative { tentative } else { 0 }
    }

    /// Load within capacity, in minutes.
    #[must_use]
    pub fn busy(&self, with_tentative: bool) -> u64 {
        if with_tentative {
            self.busy_with_tentative
        } else {
            self.busy
        }
    }

    /// Capacity − busy.
    #[must_use]
    pub fn idle(&self, with_tentative: bool) -> u64 {
        self.capacity - self.busy(with_tentative)
    }

    /// What the load exceeds capacity by, day by day.
    #[must_use]
    pub fn overtime(&self, with_tentative: bool) -> u64 {
        self.load(with_tentative)
            .saturating_sub(self.busy(with_tentative))
    }

    /// Load ÷ capacity; `None` without capacity.
    #[must_use]
    pub fn utilization(&self, with_tentative: bool) -> Option<f64> {
        ratio(self.load(with_tentative), self.capacity)
    }

    /// Billable load ÷ capacity; `None` without capacity.
    #[must_use]
    pub fn billable_utilization(&self, with_tentative: bool) -> Option<f64> {
        ratio(self.billable_load(with_tentative), self.capacity)
    }

    /// The figures of one person's day. What is billable is not among them.
    pub(super) fn of_day(day: &DayFigures) -> Totals {
        Totals {
            capacity: day.capacity.into(),
            booked: day.booked.into(),
            tentative: day.tentative.into(),
            busy: day.busy(false).into(),
            busy_with_tentative: day.busy(true).into(),
            displaced: day.displaced.into(),
            displaced_tentative: day.displaced_tentative.into(),
            ..Totals::default()
        }
    }

    /// Billable load alone.
    pub(super) fn billable_of(minutes: u64, tentative: bool) -> Totals {
        let mut totals = Totals::default();
        if tentative {
            totals.billable_tentative = minutes;
        } else {
            totals.billable = minutes;
        }
        totals
    }

    pub(super) fn add_displaced(&mut self, displaced: &Displaced) {
        let sum = if displaced.tentative {
            &mut self.displaced_tentative
        } else {
            &mut self.displaced
        };
        *sum += u64::from(displaced.minutes);
    }

    /// What is displaced is not part of a week's sums.
    pub(super) fn add_week(&mut self, week: &WeekSums) {
        self.capacity += u64::from(week.capacity);
        self.booked += u64::from(week.booked);
        self.tentative += u64::from(week.tentative);
        self.billable += u64::from(week.billable);
        self.billable_tentative += u64::from(week.billable_tentative);
        self.busy += u64::from(week.busy);
        self.busy_with_tentative += u64::from(week.busy_with_tentative);
    }
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Totals) {
        self.capacity += other.capacity;
        self.booked += other.booked;
        self.tentative += other.tentative;
        self.billable += other.billable;
        self.billable_tentative += other.billable_tentative;
        self.busy += other.busy;
        self.busy_with_tentative += other.busy_with_tentative;
        self.displaced += other.displaced;
        self.displaced_tentative += other.displaced_tentative;
    }
}

/// Of sums that the other ones are part of.
impl std::ops::SubAssign for Totals {
    fn sub_assign(&mut self, other: Totals) {
        self.capacity -= other.capacity;
        self.booked -= other.booked;
        self.tentative -= other.tentative;
        self.billable -= other.billable;
        self.billable_tentative -= other.billable_tentative;
        self.busy -= other.busy;
        self.busy_with_tentative -= other.busy_with_tentative;
        self.displaced -= other.displaced;
        self.displaced_tentative -= other.displaced_tentative;
    }
}

/// A ratio of sums, for showing; `None` where there is nothing to divide by.
#[must_use]
pub fn ratio(numerator: u64, denominator: u64) -> Option<f64> {
    // Sums of minutes stay below 2^53, so both convert exactly.
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}
