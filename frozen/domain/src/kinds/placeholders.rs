//! Placeholders: demand that nobody fills yet.

use serde::{Deserialize, Serialize};

use super::kind::{take_out, view_of, visit_optional};
use super::{
    EntityKind, EntityRef, Kind, Names, OnDelete, Resource, Topic, Validator, entity, view,
};
use crate::access::Operation;
use crate::date::Date;
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::{PlaceholderId, TeamId};
use crate::plan::Plan;

/// Demand that nobody fills yet, such as "Developer"; its work is assignments of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Placeholder {
    /// The job title that is wanted.
    pub title: String,
    /// Which team's demand it is.
    pub team_id: Option<TeamId>,
    /// Notes, of several lines.
    pub notes: Option<String>,
}
entity!(Placeholder, PlaceholderId, Placeholder);

impl EntityKind for Placeholder {
    const TOPIC: Option<Topic> = Some(Topic::Project);
    const WRITERS: &'static [Operation] = &[Operation::PlanWork];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[(Kind::Team, OnDelete::Unlink)];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit_optional(Kind::Team, self.team_id, visit);
    }

    fn unlink(&mut self, target: EntityRef) {
        take_out(&mut self.team_id, target.id);
    }

    fn label(&self, _: PlaceholderId, _: &Names<'_>) -> String {
        self.title.clone()
    }

    fn touched(diff: &Diff<Placeholder>, _: &Plan) -> Vec<Touched> {
        touched::placeholder(diff)
    }
}

/// A placeholder as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaceholderBody {
    /// The job title that is wanted.
    pub title: String,
    /// Which team's demand it is.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// Notes, of several lines.
    #[serde(default)]
    pub notes: Option<String>,
}
view!(PlaceholderView, PlaceholderBody);

impl Resource for Placeholder {
    type Body = PlaceholderBody;
    type View = PlaceholderView;

    const NOUN: &'static str = "placeholder";
    const MOST: Option<(usize, &'static str)> = Some((50_000, "placeholders"));

    fn body(&self) -> PlaceholderBody {
        PlaceholderBody {
            title: self.title.clone(),
            team_id: self.team_id,
            notes: self.notes.clone(),
        }
    }

    fn build(
        body: PlaceholderBody,
        _: PlaceholderId,
        _: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_team("/team_id", body.team_id);
        Placeholder {
            title: d.name("/title", &body.title),
            team_id: body.team_id,
            notes: d.note("/notes", body.notes.as_deref()),
        }
    }

    fn view(plan: &Plan, id: PlaceholderId, _: Date) -> Option<PlaceholderView> {
        view_of!(plan, id, PlaceholderView)
    }
}
