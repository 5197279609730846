//! What is planned: assignments, placeholders and time off.

use serde::{Deserialize, Serialize};

use super::entity;
use super::workspace::choice;
use crate::date::Date;
use crate::effort::Effort;
use crate::ids::{AssignmentId, PersonId, PlaceholderId, ProjectId, TeamId, TimeOffId};
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;

choice!(AssignmentStatus {
    Confirmed,
    Tentative
});

/// Whose work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    Person(PersonId),
    Placeholder(PlaceholderId),
}

impl Owner {
    #[must_use]
    pub fn person(self) -> Option<PersonId> {
        match self {
            Owner::Person(id) => Some(id),
            Owner::Placeholder(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignment {
    pub owner: Owner,
    pub project_id: ProjectId,
    pub start: Date,
    /// The last day; `None` is open. A total effort always has one.
    pub end: Option<Date>,
    pub effort: Effort,
    pub status: AssignmentStatus,
    /// `None`: as the project is.
    pub billable: Option<bool>,
    pub role: Option<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub notes: Option<Personal<String>>,
}
entity!(
    Assignment,
    AssignmentId,
    Assignment,
    subject = |a, _| match a.owner {
        Owner::Person(id) => id.0,
        Owner::Placeholder(id) => id.0,
    },
    personal = [; ? notes]
);

/// Demand that nobody fills yet, such as "Developer"; its work is assignments of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Placeholder {
    /// The job title that is wanted.
    pub title: String,
    pub team_id: Option<TeamId>,
    pub notes: Option<String>,
}
entity!(Placeholder, PlaceholderId, Placeholder);

choice!(
    /// Only approved time off reduces capacity.
    TimeOffStatus { Requested, Approved }
);
choice!(TimeOffKind {
    Vacation,
    Sick,
    Parental,
    Other
});

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeOff {
    pub person_id: PersonId,
    pub from: Date,
    pub to: Date,
    /// Minutes of each day; `None` is full days.
    pub minutes_per_day: Option<u16>,
    pub status: TimeOffStatus,
    pub kind: TimeOffKind,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub reason: Option<Personal<String>>,
}
entity!(
    TimeOff,
    TimeOffId,
    TimeOff,
    subject = |t, _| t.person_id.0,
    personal = [; ? reason]
);
