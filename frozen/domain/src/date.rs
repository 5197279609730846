//! Civil dates, ISO weeks and periods. No time zones and no instants: a day is a day.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil;
use serde::{Deserialize, Serialize};

/// A civil date, kept as days since 1970-01-01 (day 0, a Thursday).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// The number of days a [`Period`] may have at most: five years.
pub const MAX_PERIOD_DAYS: i32 = 5 * 366;

/// Why a text or number is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// It is not written `YYYY-MM-DD`.
    #[error("must be a date such as 2026-11-23")]
    Malformed,
    /// Its month has no such day, or its year no such month.
    #[error("there is no such date")]
    NoSuchDay,
    /// It lies before or after the years that plans have.
    #[error("must lie between 1970-01-01 and 2199-12-31")]
    OutOfRange,
}

impl Date {
    /// 1970-01-01.
    pub const MIN: Date = Date(0);
    /// 2199-12-31.
    pub const MAX: Date = Date(84_005);

    /// The date that many days after 1970-01-01; `None` outside [`Date::MIN`]..=[`Date::MAX`].
    #[must_use]
    pub fn from_days(days: i32) -> Option<Date> {
        (Self::MIN.0..=Self::MAX.0)
            .contains(&days)
            .then_some(Date(days))
    }

    /// The date of that year, month (1–12) and day (1–31), if there is such a day in range.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Result<Date, DateError> {
        let date = civil::Date::new(year, month, day).map_err(|_| DateError::NoSuchDay)?;
        let days = civil::date(1970, 1, 1)
            .until(date)
            .map_err(|_| DateError::OutOfRange)?
            .get_days();
        Date::from_days(days).ok_or(DateError::OutOfRange)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i32 {
        self.0
    }

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub fn weekday(self) -> usize {
        weekday_of(self.0)
    }

    /// The ISO week this day lies in.
    #[must_use]
    pub fn week(self) -> Week {
        Week::of_days(self.0)
    }

    /// That many days later, held within the range of dates.
    #[must_use]
    pub fn plus(self, days: i32) -> Date {
        Date(self.0.saturating_add(days).clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Year, month (1–12) and day (1–31).
    #[must_use]
    pub fn ymd(self) -> (i16, i8, i8) {
        let date = self.civil();
        (date.year(), date.month(), date.day())
    }

    fn civil(self) -> civil::Date {
        civil::date(1970, 1, 1)
            .checked_add(self.0.days())
            .expect("a Date is between 1970 and 2199")
    }
}

/// 0 for Monday to 6 for Sunday, of a count of days since 1970-01-01 that may lie before it.
#[must_use]
pub fn weekday_of(days: i32) -> usize {
    usize::try_from((days + 3).rem_euclid(7)).expect("a remainder of 7")
}

impl FromStr for Date {
    type Err = DateError;
    fn from_str(s: &str) -> Result<Self, DateError> {
        let b = s.as_bytes();
        let shaped = b.len() == 10
            && b.iter().enumerate().all(|(i, c)| {
                if i == 4 || i == 7 {
                    *c == b'-'
                } else {
                    c.is_ascii_digit()
                }
            });
        if !shaped {
            return Err(DateError::Malformed);
        }
        let number = |from: usize, to: usize| {
            b[from..to]
                .iter()
                .fold(0i16, |n, c| n * 10 + i16::from(c - b'0'))
        };
        let small = |n: i16| i8::try_from(n).map_err(|_| DateError::Malformed);
        Date::from_ymd(number(0, 4), small(number(5, 7))?, small(number(8, 10))?)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            text.parse().map_err(D::Error::custom)
        } else {
            let days = i32::deserialize(deserializer)?;
            Date::from_days(days).ok_or_else(|| D::Error::custom(DateError::OutOfRange))
        }
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
    impl utoipa::PartialSchema for super::Date {
        fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
                .into()
        }
    }
    impl utoipa::ToSchema for super::Date {}
}

/// An ISO week, Monday to Sunday, counted from the week of 1970-01-01 (week 0, whose Monday
/// is 1969-12-29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Week(pub i32);

impl Week {
    /// The week that the day so many days after 1970-01-01 lies in.
    #[must_use]
    pub fn of_days(days: i32) -> Week {
        Week((days + 3).div_euclid(7))
    }

    /// Its Monday in days since 1970-01-01; -3 for week 0.
    #[must_use]
    pub fn monday(self) -> i32 {
        self.0 * 7 - 3
    }
}

/// Days from `from` to `to`, both included; never empty, never over five years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    from: Date,
    to: Date,
}

/// Why two days are no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The last day lies before the first.
    #[error("must not lie before the start")]
    EndsBeforeStart,
    /// It has more days than a period may have.
    #[error("a period is at most 5 years long")]
    TooLong,
}

impl Period {
    /// The days from one to another, both included.
    pub fn new(from: Date, to: Date) -> Result<Period, PeriodError> {
        if to < from {
            return Err(PeriodError::EndsBeforeStart);
        }
        if to.days() - from.days() >= MAX_PERIOD_DAYS {
            return Err(PeriodError::TooLong);
        }
        Ok(Period { from, to })
    }

    /// The first day.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// The last day.
    #[must_use]
    pub fn to(&self) -> Date {
        self.to
    }

    /// How many days it has, at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.to.days() - self.from.days() + 1).expect("a period is not empty")
    }

    /// A period is never empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Whether the day is one of its own.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Its days in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Date> + use<> {
        (self.from.days()..=self.to.days()).map(Date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_and_read_back() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("2024-02-29", 19_782),
            ("2199-12-31", 84_005),
        ] {
            let date: Date = text.parse().unwrap();
            assert_eq!(date.days(), days);
            assert_eq!(date.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["2026-02-30", "2022-02-29", "2026-13-01", "2026-00-10"] {
            assert_eq!(text.parse::<Date>(), Err(DateError::NoSuchDay), "{text}");
        }
        for text in ["2026-1-1", "26-01-01", "2026-01-01T00:00", ""] {
            assert_eq!(text.parse::<Date>(), Err(DateError::Malformed), "{text}");
        }
        for text in ["1969-12-31", "2200-01-01"] {
            assert_eq!(text.parse::<Date>(), Err(DateError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        let monday: Date = "2026-11-23".parse().unwrap();
        assert_eq!(monday.weekday(), 0);
        assert_eq!(monday.week().monday(), monday.days());
        assert_eq!(monday.plus(6).week(), monday.week());
        assert_eq!(monday.plus(7).week(), Week(monday.week().0 + 1));
        assert_eq!(Date::MIN.week(), Week(0));
    }
}
