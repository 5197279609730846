//! Holiday calendars.

use serde::{Deserialize, Serialize};

use super::entity;
use crate::date::Date;
use crate::ids::HolidayCalendarId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HolidayCalendar {
    pub name: String,
    /// In the order of their dates; at most one a date.
    pub holidays: Vec<Holiday>,
}
entity!(HolidayCalendar, HolidayCalendarId, HolidayCalendar);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    pub date: Date,
    pub name: String,
    /// A half holiday halves the day's capacity, rounded down.
    #[serde(default)]
    pub half: bool,
}

impl HolidayCalendar {
    /// The holiday on that day, if it is one.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&Holiday> {
        let at = self.holidays.binary_search_by_key(&day, |h| h.date).ok()?;
        self.holidays.get(at)
    }
}
