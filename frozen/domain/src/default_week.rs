//! The working weeks of a workspace: what holds for whoever has none of their own.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::pattern::Pattern;

/// The most weeks that may follow one another.
pub const MAX_DEFAULT_WEEKS: usize = 100;

/// A working week from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatedWeek {
    /// The first day on which it holds.
    pub effective_date: Date,
    /// Minutes of each weekday, in a cycle of weeks.
    pub pattern: Pattern,
}

/// Working weeks in the order of their dates, of which each holds until the next one does. Before
/// its date the first one holds as well, so that there is one on every day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<DatedWeek>")]
pub struct DefaultWeeks(Vec<DatedWeek>);

/// Why a list is none of default weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefaultWeeksError {
    /// There is none in it.
    #[error("there is at least one default week")]
    Empty,
    /// Two begin on one date, or a later one stands before an earlier one.
    #[error("each default week begins after the one before")]
    Order,
}

impl TryFrom<Vec<DatedWeek>> for DefaultWeeks {
    type Error = DefaultWeeksError;

    fn try_from(weeks: Vec<DatedWeek>) -> Result<DefaultWeeks, DefaultWeeksError> {
        if weeks.is_empty() {
            return Err(DefaultWeeksError::Empty);
        }
        let ascending = |pair: &[DatedWeek]| pair[0].effective_date < pair[1].effective_date;
        if !weeks.windows(2).all(ascending) {
            return Err(DefaultWeeksError::Order);
        }
        Ok(DefaultWeeks(weeks))
    }
}

impl From<Pattern> for DefaultWeeks {
    /// The one week there ever was.
    fn from(pattern: Pattern) -> DefaultWeeks {
        DefaultWeeks(vec![DatedWeek {
            effective_date: Date::MIN,
            pattern,
        }])
    }
}

impl DefaultWeeks {
    /// The weeks, the earliest first.
    #[must_use]
    pub fn as_slice(&self) -> &[DatedWeek] {
        &self.0
    }

    /// The week, where one has held from the first day on.
    #[must_use]
    pub fn only(&self) -> Option<&Pattern> {
        match self.0.as_slice() {
            [week] if week.effective_date == Date::MIN => Some(&week.pattern),
            _ => None,
        }
    }

    /// The week in force on a day, in days since 1970-01-01.
    #[must_use]
    pub fn on(&self, day: i32) -> &Pattern {
        let begun = |week: &DatedWeek| week.effective_date.days() <= day;
        &self.0[self.0.partition_point(begun).saturating_sub(1)].pattern
    }

    /// The one that holds for ever once all have begun.
    #[must_use]
    pub fn last(&self) -> &Pattern {
        &self.0[self.0.len() - 1].pattern
    }

    /// The days on which another week begins to hold.
    pub fn changes(&self) -> impl Iterator<Item = Date> + '_ {
        self.0.iter().skip(1).map(|week| week.effective_date)
    }

    /// The days from one to another, both included, cut where another week begins to hold.
    pub(crate) fn stretches(
        &self,
        from: i32,
        to: i32,
    ) -> impl Iterator<Item = (i32, i32, &Pattern)> {
        self.0.iter().enumerate().filter_map(move |(n, week)| {
            let begins = match n {
                0 => from,
                _ => week.effective_date.days().max(from),
            };
            let next = self.0.get(n + 1);
            let ends = next.map_or(to, |next| to.min(next.effective_date.days() - 1));
            (begins <= ends).then_some((begins, ends, &week.pattern))
        })
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for DefaultWeeks {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <Vec<DatedWeek> as utoipa::PartialSchema>::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for DefaultWeeks {
    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        schemas.push((
            "DatedWeek".to_owned(),
            <DatedWeek as utoipa::PartialSchema>::schema(),
        ));
        <DatedWeek as utoipa::ToSchema>::schemas(schemas);
    }
}
