//! Reading the plan as it is, or as it was.

use std::sync::Arc;

use raally_domain::plan::Plan;

use crate::http::access::InTenant;
use crate::http::params::ReadParams;
use crate::http::problem::Problem;

/// The plan that a read asks for. Permissions are always today's.
pub(crate) async fn reading(t: &InTenant, read: ReadParams) -> Result<Arc<Plan>, Problem> {
    match read.as_of {
        None => Ok(Arc::clone(&t.plan)),
        Some(_) => Err(Problem::malformed("?as_of", "not yet")),
    }
}
