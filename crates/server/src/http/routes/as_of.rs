//! Reading the plan as it is, or as it was.

use std::sync::Arc;

use raally_app::error::Error;
use raally_domain::plan::Plan;
use raally_domain::problem::Message;

use crate::http::access::InTenant;
use crate::http::params::ReadParams;
use crate::http::problem::{Problem, ProblemKind};

/// The plan that a read asks for. Permissions are always today's.
pub(crate) async fn reading(t: &InTenant, read: ReadParams) -> Result<Arc<Plan>, Problem> {
    let Some(at) = read.as_of else {
        return Ok(Arc::clone(&t.plan));
    };
    match t.app.history.as_of(&t.plan, at).await {
        Ok(plan) => Ok(plan),
        // A parameter that has no meaning, as all others of a query.
        Err(Error::Invalid { errors }) => {
            let problem = Problem::new(ProblemKind::Malformed, Message::MalformedParameters);
            Err(problem.with(errors))
        }
        Err(error) => Err(error.into()),
    }
}
