//! Members of a workspace.

use serde::{Deserialize, Serialize};

use super::{EntityKind, Names, Resource, Topic, Validator, choice, entity};
use crate::access::Operation;
use crate::date::Date;
use crate::ids::UserId;
use crate::plan::{Plan, Version};

/// A user's place in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// What they may do.
    pub role: Role,
}
entity!(Member, UserId, Member);

impl EntityKind for Member {
    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManageMembers];

    fn label(&self, id: UserId, names: &Names<'_>) -> String {
        (names.user)(id).unwrap_or_default()
    }
}

choice!(
    /// What a member may do; the table stands in `access`.
    Role {
        /// May do everything.
        Admin,
        /// Plans work, and manages people, projects and catalogues.
        ResourceManager,
        /// Reads the plan, and asks for time off.
        Member,
        /// Reads the plan.
        Viewer,
    }
);

/// A member as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MemberBody {
    /// What they may do.
    pub role: Role,
}

impl Resource for Member {
    type Body = MemberBody;
    type View = MemberView;

    const NOUN: &'static str = "member";
    const MOST: Option<(usize, &'static str)> = Some((50_000, "members"));

    fn body(&self) -> MemberBody {
        MemberBody { role: self.role }
    }

    fn build(body: MemberBody, _: UserId, _: Option<&Self>, _: &mut Validator<'_>) -> Self {
        Member { role: body.role }
    }

    fn view(plan: &Plan, id: UserId, _: Date) -> Option<MemberView> {
        let record = plan.members().get(&id)?;
        Some(MemberView {
            user_id: id,
            version: record.version,
            role: record.value.role,
        })
    }
}

/// A member as the API shows one: by the user's id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberView {
    /// Who it is.
    pub user_id: UserId,
    /// Rises with every change; the resource's ETag.
    pub version: Version,
    /// What they may do.
    pub role: Role,
}
