//! Teams.

use serde::{Deserialize, Serialize};

use super::named::named;
use super::{EntityKind, Names, Topic, entity};
use crate::access::Operation;
use crate::ids::TeamId;

/// People who belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// What it is called; no two share a name.
    pub name: String,
}
entity!(Team, TeamId, Team);

impl EntityKind for Team {
    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManageCatalogues];

    const NAMED: bool = true;

    fn name_key(&self) -> Option<String> {
        Some(self.name.to_lowercase())
    }

    fn label(&self, _: TeamId, _: &Names<'_>) -> String {
        self.name.clone()
    }
}

named!(Team, TeamId, "team", 5_000 "teams");
