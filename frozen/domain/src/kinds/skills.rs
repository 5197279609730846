//! Skills.

use serde::{Deserialize, Serialize};

use super::named::named;
use super::{EntityKind, Names, Topic, entity};
use crate::access::Operation;
use crate::ids::SkillId;

/// Something that people can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Skill {
    /// What it is called; no two share a name.
    pub name: String,
}
entity!(Skill, SkillId, Skill);

impl EntityKind for Skill {
    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManageCatalogues];

    const NAMED: bool = true;

    fn name_key(&self) -> Option<String> {
        Some(self.name.to_lowercase())
    }

    fn label(&self, _: SkillId, _: &Names<'_>) -> String {
        self.name.clone()
    }
}

named!(Skill, SkillId, "skill", 5_000 "skills");
