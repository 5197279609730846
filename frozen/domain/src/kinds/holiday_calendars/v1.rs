//! Holiday calendars as events of version 1 hold them: without worked days.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::date::Date;
use crate::event::Diff;
use crate::ids::HolidayCalendarId;

#[derive(Serialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = HolidayCalendar)
)]
pub(super) struct HolidayCalendar<'a> {
    name: &'a str,
    holidays: Vec<Holiday<'a>>,
}

/// A day off, or half of one.
#[derive(Serialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Holiday)
)]
struct Holiday<'a> {
    date: Date,
    name: &'a str,
    half: bool,
}

#[derive(Serialize)]
struct Data<'a> {
    id: HolidayCalendarId,
    before: Option<HolidayCalendar<'a>>,
    after: Option<HolidayCalendar<'a>>,
}

/// What a release that writes version 1 answers to what version 1 cannot say.
pub(super) const NOT_YET: &str = "this release reads worked days, the next one writes them";

/// The data of an event where [`holds`] says yes.
pub(super) fn write(
    diff: &Diff<super::HolidayCalendar>,
) -> Result<Box<RawValue>, serde_json::Error> {
    serde_json::value::to_raw_value(&Data {
        id: diff.id,
        before: diff.before.as_ref().map(HolidayCalendar::of),
        after: diff.after.as_ref().map(HolidayCalendar::of),
    })
}

/// Whether version 1 has words for it.
pub(super) fn holds(value: &super::HolidayCalendar) -> bool {
    value.holidays.iter().all(|h| h.works_as.is_none())
}

impl<'a> HolidayCalendar<'a> {
    fn of(value: &'a super::HolidayCalendar) -> HolidayCalendar<'a> {
        let holidays = value.holidays.iter().map(|h| Holiday {
            date: h.date,
            name: &h.name,
            half: h.half,
        });
        HolidayCalendar {
            name: &value.name,
            holidays: holidays.collect(),
        }
    }
}
