//! Settings as events of version 1 hold them: one default week, which has always been in force.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Overbooking, Theme, Units, WeekStart};
use crate::default_week::DefaultWeeks;
use crate::event::Diff;
use crate::ids::{HolidayCalendarId, TheSettings};
use crate::money::Currency;
use crate::pattern::Pattern;

#[derive(Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Settings)
)]
pub(super) struct Settings {
    name: String,
    slug: String,
    week_start: WeekStart,
    time_zone: String,
    default_week: Pattern,
    holiday_calendar_id: Option<HolidayCalendarId>,
    units: Units,
    theme: Theme,
    accent: Option<String>,
    logo_url: Option<String>,
    background_image_url: Option<String>,
    overbooking: Overbooking,
    tolerance_minutes: u32,
    currency: Currency,
}

#[derive(Serialize, Deserialize)]
struct Data {
    id: TheSettings,
    before: Option<Settings>,
    after: Option<Settings>,
}

/// What a release that writes version 1 answers to what version 1 cannot say.
pub(super) const NOT_YET: &str = "this release reads dated default weeks, the next one writes them";

/// Reads the data of an event.
pub(super) fn read(data: &str) -> Result<Diff<super::Settings>, serde_json::Error> {
    let Data { id, before, after } = serde_json::from_str(data)?;
    Ok(Diff {
        id,
        before: before.map(super::Settings::from),
        after: after.map(super::Settings::from),
    })
}

/// The data of an event; an error where [`holds`] says no.
pub(super) fn write(diff: &Diff<super::Settings>) -> Result<Box<RawValue>, serde_json::Error> {
    let older = |value: &Option<super::Settings>| -> Result<_, serde_json::Error> {
        let older = value.clone().map(Settings::try_from);
        older.transpose().map_err(serde::ser::Error::custom)
    };
    serde_json::value::to_raw_value(&Data {
        id: diff.id,
        before: older(&diff.before)?,
        after: older(&diff.after)?,
    })
}

/// Whether version 1 has words for it.
pub(super) fn holds(value: &super::Settings) -> bool {
    value.default_week.only().is_some()
}

impl From<Settings> for super::Settings {
    fn from(older: Settings) -> Self {
        super::Settings {
            default_week: DefaultWeeks::from(older.default_week),
            name: older.name,
            slug: older.slug,
            week_start: older.week_start,
            time_zone: older.time_zone,
            holiday_calendar_id: older.holiday_calendar_id,
            units: older.units,
            theme: older.theme,
            accent: older.accent,
            logo_url: older.logo_url,
            background_image_url: older.background_image_url,
            overbooking: older.overbooking,
            tolerance_minutes: older.tolerance_minutes,
            currency: older.currency,
        }
    }
}

impl TryFrom<super::Settings> for Settings {
    type Error = &'static str;

    fn try_from(value: super::Settings) -> Result<Self, Self::Error> {
        Ok(Settings {
            default_week: value.default_week.only().cloned().ok_or(NOT_YET)?,
            name: value.name,
            slug: value.slug,
            week_start: value.week_start,
            time_zone: value.time_zone,
            holiday_calendar_id: value.holiday_calendar_id,
            units: value.units,
            theme: value.theme,
            accent: value.accent,
            logo_url: value.logo_url,
            background_image_url: value.background_image_url,
            overbooking: value.overbooking,
            tolerance_minutes: value.tolerance_minutes,
            currency: value.currency,
        })
    }
}
