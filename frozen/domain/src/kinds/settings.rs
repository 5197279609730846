//! A workspace's settings: one thing that is always there.

mod default_week;
mod v1;

pub use default_week::{DatedWeekBody, DefaultWeekBody};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::{CALENDAR_IN_USE, visit_optional};
use super::{
    EntityKind, EntityRef, Kind, Names, OnDelete, Resource, Topic, Upcast, Validator, choice,
    entity, merge_patch, without,
};
use crate::access::Operation;
use crate::date::Date;
use crate::default_week::DefaultWeeks;
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::{HolidayCalendarId, TheSettings};
use crate::money::Currency;
use crate::pattern::Pattern;
use crate::plan::{Plan, Version};
use crate::problem::Message;

choice!(
    /// The day a tenant's weeks are shown to begin on; the calculus always begins on Monday.
    WeekStart {
        /// As in ISO 8601.
        Monday,
        /// As in the Americas.
        Sunday,
        /// As in much of the Middle East.
        Saturday,
    }
);
choice!(
    /// How work is shown.
    Units {
        /// Hours and minutes.
        Hours,
        /// Working days.
        Days,
        /// Of capacity.
        Percent,
        /// Full-time equivalents.
        Fte,
    }
);
choice!(
    /// Which colours the web app has.
    Theme {
        /// As the reader's system has it.
        System,
        /// Dark on light.
        Light,
        /// Light on dark.
        Dark,
    }
);
choice!(
    /// Whether a booking may overfill a day.
    Overbooking {
        /// It may; the day is shown as overbooked.
        Allow,
        /// It is refused.
        Forbid,
    }
);

/// What holds for the whole workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// What the workspace is called.
    pub name: String,
    /// The workspace's part of an address: lower-case letters, digits and hyphens.
    pub slug: String,
    /// The day its weeks are shown to begin on.
    pub week_start: WeekStart,
    /// An IANA time zone name; used where "today" is worked out, never in the calculus.
    pub time_zone: String,
    /// The working minutes of whoever has no availability of their own, from day to day.
    pub default_week: DefaultWeeks,
    /// The days off of whoever has no calendar of their own.
    pub holiday_calendar_id: Option<HolidayCalendarId>,
    /// How work is shown.
    pub units: Units,
    /// Which colours the web app has.
    pub theme: Theme,
    /// The web app's accent, `#rrggbb`.
    pub accent: Option<String>,
    /// The address of its logo.
    pub logo_url: Option<String>,
    /// The address of a picture for the background.
    pub background_image_url: Option<String>,
    /// Whether a booking may overfill a day.
    pub overbooking: Overbooking,
    /// How many minutes over capacity a day may be before it counts as overbooked.
    pub tolerance_minutes: u32,
    /// What money is in where nothing else is said.
    pub currency: Currency,
}
entity!(Settings, TheSettings, Settings);

impl EntityKind for Settings {
    /// 2: default weeks have dates, in version 1 there was one.
    const READS: u32 = 2;

    fn upcast(version: u32, data: &str) -> Result<Upcast<Self>, serde_json::Error> {
        Ok(Upcast::plain(match version {
            1 => v1::read(data)?,
            _ => serde_json::from_str(data)?,
        }))
    }

    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManageSettings];
    const REFERS_TO: &'static [(Kind, OnDelete)] =
        &[(Kind::HolidayCalendar, OnDelete::Restrict(CALENDAR_IN_USE))];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit_optional(Kind::HolidayCalendar, self.holiday_calendar_id, visit);
    }

    fn label(&self, _: TheSettings, _: &Names<'_>) -> String {
        self.name.clone()
    }

    fn touched(diff: &Diff<Settings>, _: &Plan) -> Vec<Touched> {
        touched::settings(diff)
    }
}

impl Settings {
    /// What a new workspace starts with.
    #[must_use]
    pub fn new(name: String, slug: String) -> Settings {
        Settings {
            name,
            slug,
            week_start: WeekStart::Monday,
            time_zone: "UTC".to_owned(),
            default_week: Pattern::eight_hours().into(),
            holiday_calendar_id: None,
            units: Units::Hours,
            theme: Theme::System,
            accent: None,
            logo_url: None,
            background_image_url: None,
            overbooking: Overbooking::Allow,
            tolerance_minutes: 0,
            currency: Currency::USD,
        }
    }
}

/// A working week: a weekly figure, or the minutes of each day in a cycle of weeks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WeekBody {
    /// Spread evenly over Monday to Friday; instead of `cycle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_minutes: Option<u32>,
    /// A day of the cycle's first week.
    #[serde(default)]
    pub anchor: Option<Date>,
    /// Minutes for Monday to Sunday, week by week.
    #[serde(default)]
    pub cycle: Option<Vec<[u16; 7]>>,
}

/// A pattern from a weekly figure or a cycle, of which there must be exactly one.
pub(super) fn pattern(
    pointer: &str,
    week: WeekBody,
    default_anchor: Date,
    draft: &mut Validator<'_>,
) -> Pattern {
    let anchor = week.anchor.unwrap_or(default_anchor);
    let (at, built) = match (week.weekly_minutes, week.cycle) {
        (Some(minutes), None) => ("weekly_minutes", Pattern::weekly(anchor, minutes)),
        (None, Some(cycle)) => ("cycle", Pattern::new(anchor, cycle)),
        _ => {
            draft.wrong(&format!("{pointer}/weekly_minutes"), Message::WeekOrCycle);
            return Pattern::eight_hours();
        }
    };
    built.unwrap_or_else(|error| {
        draft.wrong(&format!("{pointer}/{at}"), error);
        Pattern::eight_hours()
    })
}

/// Settings as they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettingsBody {
    /// What the workspace is called, in one line.
    pub name: String,
    /// Its part of addresses: lower-case letters, digits and hyphens; no other workspace's.
    pub slug: String,
    /// The day its weeks are shown to begin on.
    pub week_start: WeekStart,
    /// An IANA time zone name.
    pub time_zone: String,
    /// The working minutes of whoever has no availability of their own: a list of weeks with the
    /// days on which they begin to hold, which takes the place of the list before, or one week
    /// that has always held.
    pub default_week: DefaultWeekBody,
    /// The days off of whoever has no calendar of their own.
    #[serde(default)]
    pub holiday_calendar_id: Option<HolidayCalendarId>,
    /// How work is shown.
    pub units: Units,
    /// Which colours the web app has.
    pub theme: Theme,
    /// The web app's accent, `#rrggbb`.
    #[serde(default)]
    pub accent: Option<String>,
    /// The address of its logo.
    #[serde(default)]
    pub logo_url: Option<String>,
    /// The address of a picture for the background.
    #[serde(default)]
    pub background_image_url: Option<String>,
    /// Whether a booking may overfill a day.
    pub overbooking: Overbooking,
    /// Minutes of a day by which work may pass capacity without being overbooked, 0 to 1,440.
    pub tolerance_minutes: u32,
    /// What money is in where nothing else is said.
    pub currency: Currency,
}

/// Settings as the API shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsView {
    /// Rises with every change; the resource's ETag.
    pub version: Version,
    /// The body that would write them.
    #[serde(flatten)]
    pub body: SettingsBody,
}

impl SettingsView {
    /// What the settings of that plan show.
    #[must_use]
    pub fn of(plan: &Plan) -> SettingsView {
        SettingsView {
            version: plan.settings_version(),
            body: plan.settings().body(),
        }
    }
}

impl Resource for Settings {
    type Body = SettingsBody;
    type View = SettingsView;

    const NOUN: &'static str = "settings";

    fn body(&self) -> SettingsBody {
        SettingsBody {
            name: self.name.clone(),
            slug: self.slug.clone(),
            week_start: self.week_start,
            time_zone: self.time_zone.clone(),
            default_week: DefaultWeekBody::of(&self.default_week),
            holiday_calendar_id: self.holiday_calendar_id,
            units: self.units,
            theme: self.theme,
            accent: self.accent.clone(),
            logo_url: self.logo_url.clone(),
            background_image_url: self.background_image_url.clone(),
            overbooking: self.overbooking,
            tolerance_minutes: self.tolerance_minutes,
            currency: self.currency,
        }
    }

    fn merge(mut current: Value, patch: &Value) -> Value {
        if patch.get("default_week").is_some() {
            current = without(current, &["default_week"]);
        }
        merge_patch(current, patch)
    }

    fn build(
        body: SettingsBody,
        _: TheSettings,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        if !is_slug(&body.slug) {
            d.wrong("/slug", Message::SlugShape);
        }
        let known_zone = jiff::tz::TimeZoneDatabase::bundled()
            .get(&body.time_zone)
            .is_ok();
        if !known_zone && before.is_none_or(|b| b.time_zone != body.time_zone) {
            d.wrong("/time_zone", Message::UnknownTimeZone);
        }
        if body.tolerance_minutes > 1440 {
            d.wrong("/tolerance_minutes", Message::AboveMost { most: 1440 });
        }
        d.known_calendar("/holiday_calendar_id", body.holiday_calendar_id);
        let weeks_before = before.map(|settings| &settings.default_week);
        Settings {
            name: d.name("/name", &body.name),
            slug: body.slug,
            week_start: body.week_start,
            time_zone: body.time_zone,
            default_week: body.default_week.build("/default_week", weeks_before, d),
            holiday_calendar_id: body.holiday_calendar_id,
            units: body.units,
            theme: body.theme,
            accent: d.optional_name("/accent", body.accent.as_deref()),
            logo_url: url(d, "/logo_url", body.logo_url.as_deref()),
            background_image_url: url(
                d,
                "/background_image_url",
                body.background_image_url.as_deref(),
            ),
            overbooking: body.overbooking,
            tolerance_minutes: body.tolerance_minutes,
            currency: body.currency,
        }
    }

    fn view(plan: &Plan, _: TheSettings, _: Date) -> Option<SettingsView> {
        Some(SettingsView::of(plan))
    }
}

fn url(d: &mut Validator<'_>, pointer: &str, text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|t| !t.is_empty())?;
    let shaped = ["https://", "http://", "/"]
        .iter()
        .any(|p| text.starts_with(p));
    if !shaped || text.len() > 2000 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        d.wrong(pointer, Message::NotAWebAddress { most: 2000 });
    }
    Some(text.to_owned())
}

fn is_slug(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A slug for a name: its ASCII letters and digits in lower case, the rest as hyphens;
/// `workspace` where nothing is left.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().take(60) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "workspace" } else { slug }.to_owned()
}
