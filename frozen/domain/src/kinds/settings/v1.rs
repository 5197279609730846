//! Settings as events of version 1 hold them: one default week, which has always been in force.

use serde::Deserialize;

use super::{Overbooking, Theme, Units, WeekStart};
use crate::default_week::DefaultWeeks;
use crate::event::Diff;
use crate::ids::{HolidayCalendarId, TheSettings};
use crate::money::Currency;
use crate::pattern::Pattern;

#[derive(Deserialize)]
struct Settings {
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

#[derive(Deserialize)]
struct Data {
    id: TheSettings,
    before: Option<Settings>,
    after: Option<Settings>,
}

/// Reads the data of an event.
pub(super) fn read(data: &str) -> Result<Diff<super::Settings>, serde_json::Error> {
    let Data { id, before, after } = serde_json::from_str(data)?;
    Ok(Diff {
        id,
        before: before.map(super::Settings::from),
        after: after.map(super::Settings::from),
    })
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
