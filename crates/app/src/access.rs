//! What a user is in a tenant.

use raally_domain::access::{Access, Operation};
use raally_domain::event::Head;
use raally_domain::ids::{PersonId, TenantId, UserId};
use raally_domain::plan::Plan;

use crate::error::Error;

/// What that user is in the plan's tenant. A stranger is told that there is no such workspace.
pub fn of(plan: &Plan, user: UserId) -> Result<Access, Error> {
    let person = || plan.person_of(user);
    with_person(plan, user, person)
}

fn with_person(
    plan: &Plan,
    user: UserId,
    person: impl FnOnce() -> Option<PersonId>,
) -> Result<Access, Error> {
    let member = plan.members().get(&user).ok_or_else(no_workspace)?;
    Ok(Access {
        user,
        role: member.value.role,
        person: person(),
    })
}

/// Refuses what the role does not allow.
pub fn require(access: &Access, operation: Operation) -> Result<(), Error> {
    if access.may(operation) {
        Ok(())
    } else {
        Err(Error::Forbidden(
            "Your role does not allow this.".to_owned(),
        ))
    }
}

/// What a stranger and somebody who mistyped are both told.
#[must_use]
pub fn no_workspace() -> Error {
    Error::NotFound("There is no such workspace.".to_owned())
}

/// Remembers which person a user is, since finding out looks at everybody.
pub struct AccessCache {
    people: moka::sync::Cache<(TenantId, Head, UserId), Option<PersonId>>,
}

impl AccessCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> AccessCache {
        AccessCache {
            people: moka::sync::Cache::new(10_000),
        }
    }

    /// As [`of`], but quick when asked again at the same head.
    pub fn of(&self, plan: &Plan, user: UserId) -> Result<Access, Error> {
        let key = (plan.tenant(), plan.head(), user);
        with_person(plan, user, || {
            self.people.get_with(key, || plan.person_of(user))
        })
    }
}

impl Default for AccessCache {
    fn default() -> Self {
        AccessCache::new()
    }
}
