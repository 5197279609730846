//! People.

use serde::{Deserialize, Serialize};

use super::entity;
use crate::date::Date;
use crate::ids::{HolidayCalendarId, PersonId, SkillId, TeamId, UserId};
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    pub full_name: Personal<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub email: Option<Personal<String>>,
    /// The user who is this person, if they sign in.
    pub user_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub manager_id: Option<PersonId>,
    pub employment: Employment,
    /// Instead of the tenant's.
    pub holiday_calendar_id: Option<HolidayCalendarId>,
    /// In the order of their ids; at most one a skill.
    pub skills: Vec<PersonSkill>,
    pub tags: Vec<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub notes: Option<Personal<String>>,
    pub archived: bool,
}
entity!(
    Person,
    PersonId,
    Person,
    personal = [full_name; ? email, notes]
);

impl Person {
    /// The name, or an empty text where it has been erased.
    #[must_use]
    pub fn name(&self) -> &str {
        self.full_name.get().map_or("", String::as_str)
    }
}

/// First and last day of employment, both included; open where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Employment {
    #[serde(default)]
    pub from: Option<Date>,
    #[serde(default)]
    pub to: Option<Date>,
}

impl Employment {
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonSkill {
    pub skill_id: SkillId,
    pub level: SkillLevel,
}

/// 1 (learning) to 5 (expert).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "u8", into = "u8")]
#[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 5))]
pub struct SkillLevel(u8);

impl TryFrom<u8> for SkillLevel {
    type Error = &'static str;
    fn try_from(level: u8) -> Result<Self, Self::Error> {
        if (1..=5).contains(&level) {
            Ok(SkillLevel(level))
        } else {
            Err("must be 1 to 5")
        }
    }
}

impl From<SkillLevel> for u8 {
    fn from(level: SkillLevel) -> u8 {
        level.0
    }
}
