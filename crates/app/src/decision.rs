//! What deciding a request gives. (Stands in until the domain's own types are merged.)

use raally_domain::date::Date;
use raally_domain::entities::EntityRef;
use raally_domain::event::{Change, StepKind};
use raally_domain::personal::Salt;
use uuid::Uuid;

use crate::error::FieldError;

/// Where ids and salts come from.
pub trait Fresh {
    fn uuid(&mut self) -> Uuid;
    fn salt(&mut self) -> Salt;
}

#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub changes: Vec<Change>,
    pub ids: Vec<Uuid>,
    pub kind: StepKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Rejection {
    NotFound,
    Forbidden,
    Invalid {
        errors: Vec<FieldError>,
    },
    Stale {
        entity: EntityRef,
        current: Option<u64>,
    },
    Conflict {
        detail: String,
    },
    Rule {
        detail: String,
        days: Vec<Date>,
    },
}
