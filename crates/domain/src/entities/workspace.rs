//! The workspace itself: its settings, members, teams and skills, and imported history.

use serde::{Deserialize, Serialize};

use super::entity;
use crate::ids::{HistoryId, HolidayCalendarId, SkillId, TeamId, TheSettings, UserId};
use crate::money::Currency;
use crate::pattern::Pattern;
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::time::Timestamp;

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
    };
}
pub(crate) use choice;

choice!(
    /// The day a tenant's weeks are shown to begin on; the calculus always begins on Monday.
    WeekStart { Monday, Sunday, Saturday }
);
choice!(
    /// How work is shown.
    Units { Hours, Days, Percent, Fte }
);
choice!(Theme {
    System,
    Light,
    Dark
});
choice!(
    /// Whether a booking may overfill a day.
    Overbooking { Allow, Forbid }
);
choice!(
    /// What a member may do; the table stands in `access`.
    Role { Admin, ResourceManager, Member, Viewer }
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    pub name: String,
    /// The workspace's part of an address: lower-case letters, digits and hyphens.
    pub slug: String,
    pub week_start: WeekStart,
    /// An IANA time zone name; used where "today" is worked out, never in the calculus.
    pub time_zone: String,
    pub default_week: Pattern,
    pub holiday_calendar_id: Option<HolidayCalendarId>,
    pub units: Units,
    pub theme: Theme,
    pub accent: Option<String>,
    pub logo_url: Option<String>,
    pub background_image_url: Option<String>,
    pub overbooking: Overbooking,
    /// How many minutes over capacity a day may be before it counts as overbooked.
    pub tolerance_minutes: u32,
    pub currency: Currency,
}
entity!(Settings, TheSettings, Settings);

impl Settings {
    /// What a new workspace starts with.
    #[must_use]
    pub fn new(name: String, slug: String) -> Settings {
        Settings {
            name,
            slug,
            week_start: WeekStart::Monday,
            time_zone: "UTC".to_owned(),
            default_week: Pattern::eight_hours(),
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

/// A user's place in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    pub role: Role,
}
entity!(Member, UserId, Member);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    pub name: String,
}
entity!(Team, TeamId, Team);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Skill {
    pub name: String,
}
entity!(Skill, SkillId, Skill);

/// A row of an audit log that was imported: shown as history, changes no plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// The kind of thing it is about, as the old system named it.
    pub entity: String,
    pub entity_id: String,
    pub action: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub actor_email: Option<Personal<String>>,
    pub at: Timestamp,
    /// The recorded values as JSON text.
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    pub values: Personal<String>,
}
entity!(
    History,
    HistoryId,
    History,
    subject = |h, id| h.entity_id.parse().unwrap_or(id.0),
    personal = [values; ? actor_email]
);
