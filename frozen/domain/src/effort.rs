//! How much work an assignment asks for.

use serde::{Deserialize, Serialize};

/// A set of weekdays, bit 0 for Monday to bit 6 for Sunday; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Weekdays(u8);

impl Weekdays {
    /// The set of these weekdays (0 for Monday to 6 for Sunday); `None` if it would be empty.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = usize>) -> Option<Weekdays> {
        let bits = days
            .into_iter()
            .filter(|d| *d < 7)
            .fold(0u8, |b, d| b | 1 << d);
        (bits != 0).then_some(Weekdays(bits))
    }

    /// Whether it has that weekday, 0 being Monday.
    #[must_use]
    pub fn contains(self, weekday: usize) -> bool {
        weekday < 7 && self.0 & (1 << weekday) != 0
    }

    /// Its weekdays in order, 0 being Monday.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..7).filter(move |d| self.contains(*d))
    }
}

/// The effort of an assignment; what it means by day stands in the figures module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Effort {
    /// Minutes an ISO week, in the proportions of the person's pattern.
    #[serde(rename = "week")]
    PerWeek {
        /// Minutes of a week, 1 to 10,080.
        minutes: u32,
    },
    /// Minutes on each day that the pattern (or the mask) allows.
    #[serde(rename = "day")]
    PerDay {
        /// Minutes of a day, 1 to 1,440.
        minutes: u32,
        /// Only these days; `None`: each day that has working time.
        weekdays: Option<Weekdays>,
        /// Also days without working time.
        include_non_working: bool,
    },
    /// Ten-thousandths of each day's capacity.
    #[serde(rename = "capacity")]
    Share {
        /// 1 to 10,000.
        share: u32,
    },
    /// Minutes in all, spread over the window; such an assignment always has an end.
    #[serde(rename = "total")]
    Total {
        /// Minutes of the whole window.
        minutes: u32,
    },
}
