//! What happened to something, as far as the caller may see it.

use std::collections::BTreeSet;

use raally_domain::entities::EntityRef;
use raally_domain::event::{Change, Head};
use raally_domain::ids::PersonId;
use raally_domain::plan::{Plan, Version};
use serde_json::Value;

use crate::http::access::InTenant;
use crate::http::problem::Problem;

/// What was changed of an entity after that version.
pub(crate) async fn since(
    _t: &InTenant,
    _entity: EntityRef,
    _since: Version,
) -> Result<Vec<Value>, Problem> {
    Ok(Vec::new())
}

/// The people whose rows may have changed after that head; `None`: everybody's.
pub(crate) async fn people_since(
    _t: &InTenant,
    _plan: &Plan,
    _since: Head,
) -> Result<Option<BTreeSet<PersonId>>, Problem> {
    Ok(None)
}

/// What changes are about, in a line.
pub(crate) fn label_of(_plan: &Plan, _changes: &[Change]) -> String {
    String::new()
}
