//! Refusals that say who did what they rest on, and when.

use std::sync::Arc;

use raally_app::audit::AuditItem;
use raally_app::error::Error;
use raally_domain::kinds::EntityRef;
use raally_domain::plan::Version;
use raally_domain::problem::{Message, Since};
use serde_json::Value;

use super::access::InTenant;
use super::problem::Problem;
use super::routes::changes;

/// The problem of a refused write. Where somebody was faster, with what they changed; where
/// something takes no new work, with the day since when.
pub(crate) async fn refused(t: &InTenant, error: Error) -> Problem {
    let Some((entity, since)) = rests_on(&error) else {
        return error.into();
    };
    // The refusal stands without them.
    let Ok(changes) = changes::since(t, entity, since).await else {
        return error.into();
    };
    if let Message::NotBookable { name, state, .. } = said(&error) {
        let since = changes.iter().find(|item| closes(item, state));
        let message = Message::NotBookable {
            name: name.clone(),
            state: state.clone(),
            since: Since(since.map(|item| t.plan.day_of(item.occurred_at))),
        };
        return saying(error, message).into();
    }
    Problem::from(error).and("changes", serde_json::json!(changes))
}

/// Whose changes a refusal rests on, after which version.
fn rests_on(error: &Error) -> Option<(EntityRef, Version)> {
    match error {
        Error::Command { error, .. } => rests_on(error),
        Error::Stale {
            entity, expected, ..
        } => Some((*entity, *expected)),
        Error::Stands { entity, since, .. } => Some((*entity, *since)),
        _ => None,
    }
}

fn said(error: &Error) -> &Message {
    match error {
        Error::Command { error, .. } => said(error),
        Error::Stands { message, .. } => message,
        _ => &Message::PreconditionFailed,
    }
}

/// The same error with another sentence.
fn saying(error: Error, message: Message) -> Error {
    match error {
        Error::Command { pointer, error } => Error::Command {
            pointer,
            error: Arc::new(saying((*error).clone(), message)),
        },
        Error::Stands { entity, since, .. } => Error::Stands {
            message,
            entity,
            since,
        },
        other => other,
    }
}

/// Whether a change is the one since when something takes no new work.
fn closes(item: &AuditItem, state: &str) -> bool {
    let sets = |field: &str, to: &Value| {
        let mut changes = item.changes.iter();
        changes.any(|change| change.field == field && change.after == *to)
    };
    match state {
        "archived" => sets("archived", &Value::Bool(true)),
        state => sets("status", &Value::from(state)),
    }
}
