//! What a user is in a tenant.

use raally_domain::access::{Access, Operation};
use raally_domain::ids::UserId;
use raally_domain::plan::Plan;

use crate::error::Error;
use crate::{Message, Thing};

/// What that user is in the plan's tenant. A stranger is told that there is no such workspace.
pub fn of(plan: &Plan, user: UserId) -> Result<Access, Error> {
    let member = plan.members().get(&user).ok_or_else(no_workspace)?;
    Ok(Access {
        user,
        role: member.value.role,
        person: plan.person_of(user),
    })
}

/// Refuses what the role does not allow.
pub fn require(access: &Access, operation: Operation) -> Result<(), Error> {
    if access.may(operation) {
        Ok(())
    } else {
        Err(Error::Forbidden(Message::Forbidden))
    }
}

/// What a stranger and somebody who mistyped are both told.
#[must_use]
pub fn no_workspace() -> Error {
    Error::NotFound(Thing::Workspace.into())
}
