//! The things a plan is made of, as they are kept in events and snapshots.
//!
//! Their JSON is part of the log and so for ever: a field is added with a serde default, and a
//! change of meaning is a new event version. No `tag`, `flatten` or `skip_serializing_if` here,
//! since snapshots are written in a format that does not name fields.

mod calendar;
mod people;
mod planning;
mod projects;
mod records;
mod workspace;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub use calendar::{Holiday, HolidayCalendar};
pub use people::{Employment, Person, PersonSkill, SkillLevel};
pub use planning::{
    Assignment, AssignmentStatus, Owner, Placeholder, TimeOff, TimeOffKind, TimeOffStatus,
};
pub use projects::{Budget, Milestone, Phase, Project, ProjectColour, ProjectStatus, ProjectType};
pub use records::{Availability, Compensation, JobTitle, Pay, PayType};
pub use workspace::{
    History, Member, Overbooking, Role, Settings, Skill, Team, Theme, Units, WeekStart,
};

use crate::personal::PersonalSlot;

/// The kinds of entity, in the order in which they may refer to one another.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Settings,
    Member,
    Team,
    Skill,
    HolidayCalendar,
    Person,
    JobTitle,
    Availability,
    Compensation,
    Project,
    Placeholder,
    Assignment,
    TimeOff,
    History,
}

impl Kind {
    pub const ALL: [Kind; 14] = [
        Kind::Settings,
        Kind::Member,
        Kind::Team,
        Kind::Skill,
        Kind::HolidayCalendar,
        Kind::Person,
        Kind::JobTitle,
        Kind::Availability,
        Kind::Compensation,
        Kind::Project,
        Kind::Placeholder,
        Kind::Assignment,
        Kind::TimeOff,
        Kind::History,
    ];

    /// The name used in event types and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Settings => "settings",
            Kind::Member => "member",
            Kind::Team => "team",
            Kind::Skill => "skill",
            Kind::HolidayCalendar => "holiday_calendar",
            Kind::Person => "person",
            Kind::JobTitle => "job_title",
            Kind::Availability => "availability",
            Kind::Compensation => "compensation",
            Kind::Project => "project",
            Kind::Placeholder => "placeholder",
            Kind::Assignment => "assignment",
            Kind::TimeOff => "time_off",
            Kind::History => "history",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// Names one entity of a tenant.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
pub struct EntityRef {
    pub kind: Kind,
    pub id: Uuid,
}

/// What every entity has in common.
pub trait Entity: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned {
    type Id: Copy
        + Ord
        + std::hash::Hash
        + std::fmt::Debug
        + Into<Uuid>
        + From<Uuid>
        + Serialize
        + DeserializeOwned;
    const KIND: Kind;

    /// Whose personal values these are: the person (or, failing one, the entity) that erasing
    /// them is about.
    fn subject(&self, id: Self::Id) -> Uuid {
        id.into()
    }

    /// Visits every personal value.
    fn personal(&self, _visit: &mut dyn FnMut(&dyn PersonalSlot)) {}

    /// Visits every personal value to open or close it.
    fn personal_mut(&mut self, _visit: &mut dyn FnMut(&mut dyn PersonalSlot)) {}
}

/// Implements [`Entity`]; names the fields that are personal values, the optional ones after `?`.
macro_rules! entity {
    ($type:ty, $id:ty, $kind:ident $(, subject = $subject:expr)? $(, personal = [$($field:ident),* $(; ? $($opt:ident),+)?])?) => {
        impl crate::entities::Entity for $type {
            type Id = $id;
            const KIND: crate::entities::Kind = crate::entities::Kind::$kind;

            $(fn subject(&self, id: Self::Id) -> uuid::Uuid {
                let subject: fn(&$type, Self::Id) -> uuid::Uuid = $subject;
                subject(self, id)
            })?

            $(fn personal(&self, visit: &mut dyn FnMut(&dyn crate::personal::PersonalSlot)) {
                $(visit(&self.$field);)*
                $($(self.$opt.iter().for_each(|value| visit(value));)+)?
            }

            fn personal_mut(&mut self, visit: &mut dyn FnMut(&mut dyn crate::personal::PersonalSlot)) {
                $(visit(&mut self.$field);)*
                $($(self.$opt.iter_mut().for_each(|value| visit(value));)+)?
            })?
        }
    };
}
pub(crate) use entity;
