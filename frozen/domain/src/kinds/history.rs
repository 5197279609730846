//! Rows of an audit log that was imported.

use serde::{Deserialize, Serialize};

use super::{EntityKind, Names, Topic, entity};
use crate::access::Operation;
use crate::ids::HistoryId;
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::time::Timestamp;

/// A row of an audit log that was imported: shown as history, changes no plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// The kind of thing it is about, as the old system named it.
    pub entity: String,
    /// Its id there.
    pub entity_id: String,
    /// What was done, as the old system named it.
    pub action: String,
    /// Who did it, if that is known.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub actor_email: Option<Personal<String>>,
    /// When it was done.
    pub at: Timestamp,
    /// The recorded values as JSON text.
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    pub values: Personal<String>,
}
entity!(
    History,
    HistoryId,
    History,
    subject = |h, id| h.entity_id.parse().unwrap_or(id.0),
    personal = [values; ? actor_email]
);

impl EntityKind for History {
    const TOPIC: Option<Topic> = None;
    const WRITERS: &'static [Operation] = &[];

    fn label(&self, _: HistoryId, _: &Names<'_>) -> String {
        String::new()
    }
}
