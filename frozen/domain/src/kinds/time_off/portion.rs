//! How much of a day time off takes.

use crate::kinds::choice;
use crate::problem::Message;

choice!(
    /// How much of each day it takes.
    PortionName {
        /// All of it.
        Day,
        /// The first half of the day's pattern, with the odd minute.
        FirstHalf,
        /// The second half of the day's pattern.
        SecondHalf,
        /// So many minutes.
        Minutes,
    }
);

/// How much of each day it takes: [`PortionName`] with the minutes where it is by minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Portion {
    /// All of it.
    Day,
    /// The first half of the day's pattern, with the odd minute.
    FirstHalf,
    /// The second half of the day's pattern.
    SecondHalf,
    /// So many minutes of it, from 1 to 1,440.
    Minutes(u16),
}

/// Why a name and minutes are no portion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortionError {
    /// `minutes` was named without a number.
    #[error("must be given where portion is minutes")]
    NoMinutes,
    /// A number was given with another portion.
    #[error("belongs to portion minutes only")]
    NotByMinutes,
}

impl From<PortionError> for Message {
    fn from(error: PortionError) -> Message {
        match error {
            PortionError::NoMinutes => Message::PortionNeedsMinutes,
            PortionError::NotByMinutes => Message::PortionHasNoMinutes,
        }
    }
}

impl Portion {
    pub(super) fn of(name: PortionName, minutes: Option<u16>) -> Result<Portion, PortionError> {
        match (name, minutes) {
            (PortionName::Minutes, Some(minutes)) => Ok(Portion::Minutes(minutes)),
            (PortionName::Minutes, None) => Err(PortionError::NoMinutes),
            (_, Some(_)) => Err(PortionError::NotByMinutes),
            (PortionName::Day, None) => Ok(Portion::Day),
            (PortionName::FirstHalf, None) => Ok(Portion::FirstHalf),
            (PortionName::SecondHalf, None) => Ok(Portion::SecondHalf),
        }
    }

    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> PortionName {
        match self {
            Portion::Day => PortionName::Day,
            Portion::FirstHalf => PortionName::FirstHalf,
            Portion::SecondHalf => PortionName::SecondHalf,
            Portion::Minutes(_) => PortionName::Minutes,
        }
    }

    /// The minutes of each day where it is by minutes.
    #[must_use]
    pub fn minutes_per_day(self) -> Option<u16> {
        match self {
            Portion::Minutes(minutes) => Some(minutes),
            Portion::Day | Portion::FirstHalf | Portion::SecondHalf => None,
        }
    }

    /// The minutes it takes of a day with that pattern, if nothing else takes any; `None` is all
    /// of the day.
    #[must_use]
    pub fn minutes_of(self, pattern: u16) -> Option<u16> {
        let [first, second] = halves(pattern);
        match self {
            Portion::Day => None,
            Portion::FirstHalf => Some(first),
            Portion::SecondHalf => Some(second),
            Portion::Minutes(minutes) => Some(minutes),
        }
    }
}

/// The minutes of the halves of a day with that pattern; the first has the odd minute.
pub(crate) fn halves(pattern: u16) -> [u16; 2] {
    [pattern.div_ceil(2), pattern / 2]
}
