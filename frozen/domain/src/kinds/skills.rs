//! Skills.

use serde::{Deserialize, Serialize};

use super::named::named;
use super::{EntityKind, Names, Topic, entity};
use crate::access::Operation;
use crate::ids::SkillId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Skill {
    pub name: String,
}
entity!(Skill, SkillId, Skill);

impl EntityKind for Skill {
    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManageCatalogues];

    fn label(&self, _: SkillId, _: &Names<'_>) -> String {
        self.name.clone()
    }
}

named!(Skill, SkillId, "skill");
