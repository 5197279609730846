//! Entities as the API speaks of them: a body that comes in, a view that goes out.
//!
//! A body is what POST takes, what PATCH merges into (RFC 7396), and what a batch of commands
//! carries, so a rule about input is written once.

mod people;
mod planning;
mod projects;
mod records;
mod validator;
mod workspace;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

pub use people::{PersonBody, PersonSkillBody, PersonView};
pub use planning::{
    AssignmentBody, AssignmentView, EffortBody, Per, PlaceholderBody, PlaceholderView, TimeOffBody,
    TimeOffView, WeekdayName,
};
pub use projects::{MilestoneBody, PhaseBody, ProjectBody, ProjectView};
pub use records::{
    AvailabilityBody, AvailabilityView, CompensationBody, CompensationView, JobTitleBody,
    JobTitleView,
};
pub use validator::{FieldError, IdSource, Validator, is_email};
pub use workspace::{
    HolidayCalendarBody, HolidayCalendarView, MemberBody, NamedBody, NamedView, SettingsBody,
    SettingsView, WeekBody, slug_of,
};

use crate::entities::Entity;
use crate::event::Diff;
use crate::plan::{Plan, Version};

/// An entity that can be written by a body.
pub trait Writable: Entity
where
    crate::event::Change: From<Diff<Self>>,
{
    type Body: Serialize + DeserializeOwned;

    /// The current value with its version.
    fn find(plan: &Plan, id: Self::Id) -> Option<(Version, &Self)>;

    /// The body that would write this value.
    fn body(&self) -> Self::Body;

    /// The body that a patch asks for, as JSON: RFC 7396, but for fields that stand instead of one
    /// another, of which the one given replaces the other.
    fn merge(current: Value, patch: &Value) -> Value {
        merge_patch(current, patch)
    }

    /// The value that a body asks for. What is wrong with it is noted in the draft; the value
    /// returned then is never used.
    fn build(
        body: Self::Body,
        id: Self::Id,
        before: Option<&Self>,
        draft: &mut Validator<'_>,
    ) -> Self;
}

/// Merges a patch into a value (RFC 7396): objects member by member, `null` removes, all else
/// replaces.
pub(crate) fn merge_patch(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut merged = match target {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            let before = merged.remove(name).unwrap_or(Value::Null);
            merged.insert(name.clone(), merge_patch(before, value));
        }
    }
    Value::Object(merged)
}

/// Drops members of a JSON object, if it is one.
pub(crate) fn without(mut value: Value, members: &[&str]) -> Value {
    if let Value::Object(object) = &mut value {
        for member in members {
            object.remove(*member);
        }
    }
    value
}

/// A view's id and version, which every view begins with.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identified {
    pub id: Uuid,
    /// Rises with every change; the resource's ETag.
    pub version: Version,
}
