//! What is booked on each project.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use serde::Serialize;

use super::super::block::Block;
use super::super::fold::fold;
use super::keys::KeyHasher;
use crate::ids::ProjectId;
use crate::kinds::ProjectColour;
use crate::plan::Plan;

/// What people are booked for on a project, in minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectFigures {
    pub project_id: ProjectId,
    pub name: String,
    pub code: Option<String>,
    pub colour: ProjectColour,
    pub booked_minutes: u64,
    pub tentative_minutes: u64,
}

#[derive(Default)]
pub(super) struct Projects {
    /// Confirmed and tentative minutes.
    booked: HashMap<ProjectId, (u64, u64), BuildHasherDefault<KeyHasher>>,
}

impl Projects {
    pub(super) fn add(&mut self, block: &Block, days: Range<usize>) {
        for load in &block.loads {
            let minutes = block.load_over(load, days.clone());
            if minutes > 0 {
                let (booked, tentative) = self.booked.entry(load.project).or_default();
                *(if load.tentative { tentative } else { booked }) += minutes;
            }
        }
    }

    /// The most booked first, then by name.
    pub(super) fn finish(self, plan: &Plan) -> Vec<ProjectFigures> {
        let mut found: Vec<ProjectFigures> = self
            .booked
            .into_iter()
            .filter_map(|(id, (booked, tentative))| {
                let project = &plan.projects().get(&id)?.project;
                Some(ProjectFigures {
                    project_id: id,
                    name: project.name.clone(),
                    code: project.code.clone(),
                    colour: project.colour,
                    booked_minutes: booked,
                    tentative_minutes: tentative,
                })
            })
            .collect();
        // Names are folded for the few that are booked alike.
        found.sort_unstable_by(|a, b| {
            let most = |p: &ProjectFigures| Reverse((p.booked_minutes, p.tentative_minutes));
            let by_name = |p: &ProjectFigures| (fold(&p.name), p.project_id);
            most(a)
                .cmp(&most(b))
                .then_with(|| by_name(a).cmp(&by_name(b)))
        });
        found
    }
}
