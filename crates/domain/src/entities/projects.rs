//! Projects.

use serde::{Deserialize, Serialize};

use super::entity;
use super::workspace::choice;
use crate::date::Date;
use crate::ids::{MilestoneId, PersonId, PhaseId, ProjectId};
use crate::money::Money;

choice!(
    /// Only `tentative` makes a project's assignments tentative.
    ProjectStatus { Tentative, Active, Completed }
);

/// The kinds of project the first Raally knew, still spelt its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProjectType {
    ManagedProject,
    NonManagedProject,
    TeamAugmentation,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    pub name: String,
    /// The company's own code for it.
    pub code: Option<String>,
    pub client: Option<String>,
    pub colour: ProjectColour,
    pub project_type: Option<ProjectType>,
    pub status: ProjectStatus,
    pub owner_id: Option<PersonId>,
    pub billable: bool,
    pub budget: Option<Budget>,
    pub phases: Vec<Phase>,
    pub milestones: Vec<Milestone>,
    pub tags: Vec<String>,
    pub notes: Option<String>,
    pub archived: bool,
}
entity!(Project, ProjectId, Project);

/// 1 to 12: a place in the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "u8", into = "u8")]
#[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 12))]
pub struct ProjectColour(u8);

impl ProjectColour {
    /// The colour of the n-th project of a tenant, counted from 0.
    #[must_use]
    pub fn nth(n: usize) -> ProjectColour {
        ProjectColour(u8::try_from(n % 12).expect("a remainder of 12") + 1)
    }
}

impl TryFrom<u8> for ProjectColour {
    type Error = &'static str;
    fn try_from(colour: u8) -> Result<Self, Self::Error> {
        if (1..=12).contains(&colour) {
            Ok(ProjectColour(colour))
        } else {
            Err("must be 1 to 12")
        }
    }
}

impl From<ProjectColour> for u8 {
    fn from(colour: ProjectColour) -> u8 {
        colour.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Budget {
    #[serde(default)]
    pub minutes: Option<u32>,
    #[serde(default)]
    pub money: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Phase {
    pub id: PhaseId,
    pub name: String,
    pub from: Date,
    pub to: Date,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Milestone {
    pub id: MilestoneId,
    pub name: String,
    pub date: Date,
}
