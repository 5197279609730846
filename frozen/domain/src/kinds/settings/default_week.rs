//! The default weeks as a body gives them: a list of dated weeks, or one that holds always.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{WeekBody, pattern};
use crate::date::Date;
use crate::default_week::{DatedWeek, DefaultWeeks, MAX_DEFAULT_WEEKS};
use crate::kinds::Validator;
use crate::pattern::Pattern;
use crate::problem::Message;

/// A list takes the place of the whole list, and so does one week without a date, which has been
/// in force from the first day on.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultWeekBody(Given);

#[derive(Clone, Debug, PartialEq)]
enum Given {
    One(WeekBody),
    Dated(Vec<DatedWeekBody>),
}

/// A working week from a day on: a weekly figure, or the minutes of each day in a cycle of weeks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DatedWeekBody {
    /// The first day on which it holds. The first week holds before its date as well.
    pub effective_date: Date,
    /// Spread evenly over Monday to Friday; instead of `cycle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_minutes: Option<u32>,
    /// A day of the cycle's first week; 1970-01-05 where it is missing.
    #[serde(default)]
    pub anchor: Option<Date>,
    /// Minutes for Monday to Sunday, week by week.
    #[serde(default)]
    pub cycle: Option<Vec<[u16; 7]>>,
}

impl DefaultWeekBody {
    /// As answers show them: always a list.
    pub(super) fn of(weeks: &DefaultWeeks) -> DefaultWeekBody {
        let dated = weeks.as_slice().iter().map(|week| DatedWeekBody {
            effective_date: week.effective_date,
            weekly_minutes: None,
            anchor: Some(week.pattern.anchor()),
            cycle: Some(week.pattern.cycle().to_vec()),
        });
        DefaultWeekBody(Given::Dated(dated.collect()))
    }

    pub(super) fn build(
        self,
        pointer: &str,
        before: Option<&DefaultWeeks>,
        d: &mut Validator<'_>,
    ) -> DefaultWeeks {
        let first_monday = Date::MIN.plus(4);
        let bodies = match self.0 {
            Given::One(body) => {
                let kept = before.and_then(DefaultWeeks::only).map(Pattern::anchor);
                let anchor = kept.unwrap_or(first_monday);
                return DefaultWeeks::from(pattern(pointer, body, anchor, d));
            }
            Given::Dated(bodies) => bodies,
        };
        if bodies.len() > MAX_DEFAULT_WEEKS {
            let most = MAX_DEFAULT_WEEKS;
            d.wrong(pointer, Message::TooMany { most });
        }
        let bodies = bodies.into_iter().enumerate();
        let mut weeks: Vec<(usize, DatedWeek)> = bodies
            .map(|(n, body)| (n, body.build(&format!("{pointer}/{n}"), first_monday, d)))
            .collect();
        weeks.sort_by_key(|(_, week)| week.effective_date);
        for pair in weeks.windows(2) {
            if pair[0].1.effective_date == pair[1].1.effective_date {
                let n = pair[1].0;
                d.wrong(&format!("{pointer}/{n}/effective_date"), Message::DateTaken);
            }
        }
        let weeks: Vec<DatedWeek> = weeks.into_iter().map(|(_, week)| week).collect();
        if weeks.is_empty() {
            d.wrong(pointer, Message::Empty);
        }
        // What is wrong has been noted, and what is returned then is not used.
        DefaultWeeks::try_from(weeks).unwrap_or_else(|_| Pattern::eight_hours().into())
    }
}

impl DatedWeekBody {
    fn build(self, pointer: &str, anchor: Date, d: &mut Validator<'_>) -> DatedWeek {
        let week = WeekBody {
            weekly_minutes: self.weekly_minutes,
            anchor: self.anchor,
            cycle: self.cycle,
        };
        DatedWeek {
            effective_date: self.effective_date,
            pattern: pattern(pointer, week, anchor, d),
        }
    }
}

impl Serialize for DefaultWeekBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Given::One(week) => week.serialize(serializer),
            Given::Dated(weeks) => weeks.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for DefaultWeekBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of weeks, or one week")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Given, A::Error> {
                WeekBody::deserialize(MapAccessDeserializer::new(map)).map(Given::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Given, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Given::Dated)
            }
        }
        deserializer.deserialize_any(OneOrMany).map(DefaultWeekBody)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for DefaultWeekBody {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::ArrayBuilder;
        use utoipa::openapi::{Ref, RefOr};

        let weeks = ArrayBuilder::new().items(Ref::from_schema_name("DatedWeekBody"));
        RefOr::T(
            weeks
                .min_items(Some(1))
                .max_items(Some(MAX_DEFAULT_WEEKS))
                .into(),
        )
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for DefaultWeekBody {
    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        let schema = <DatedWeekBody as utoipa::PartialSchema>::schema();
        schemas.push(("DatedWeekBody".to_owned(), schema));
    }
}
