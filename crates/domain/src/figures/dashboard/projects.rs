//! What is booked on each project.

use std::cmp::Reverse;
use std::ops::Range;

use serde::Serialize;

use super::super::columns::Quarter;
use super::super::fold::fold;
use crate::ids::ProjectId;
use crate::kinds::ProjectColour;
use crate::plan::Plan;

/// What people are booked for on a project, in minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectFigures {
    /// Which project.
    pub project_id: ProjectId,
    /// The name to show.
    pub name: String,
    /// The short name, if it has one.
    pub code: Option<String>,
    /// What its bars are drawn in.
    pub colour: ProjectColour,
    /// Minutes of confirmed bookings.
    pub booked_minutes: u64,
    /// Minutes of tentative bookings, which no other figure holds unless it says so.
    pub tentative_minutes: u64,
}

#[derive(Default)]
pub(super) struct Projects {
    /// Confirmed and tentative minutes, by the project's number.
    booked: Vec<[u64; 2]>,
}

impl Projects {
    pub(super) fn add(&mut self, quarter: &Quarter, days: &Range<usize>) {
        if self.booked.len() < quarter.projects.len() {
            self.booked.resize(quarter.projects.len(), [0; 2]);
        }
        for (sums, project) in self.booked.iter_mut().zip(&quarter.projects) {
            let [booked, tentative] = project.over(days);
            sums[0] += booked;
            sums[1] += tentative;
        }
    }

    /// The most booked first, then by name.
    pub(super) fn finish(self, plan: &Plan, projects: &[ProjectId]) -> Vec<ProjectFigures> {
        let booked = projects.iter().zip(self.booked);
        let mut found: Vec<ProjectFigures> = booked
            .filter(|(_, minutes)| *minutes != [0; 2])
            .filter_map(|(id, [booked, tentative])| {
                let project = &plan.projects().get(id)?.project;
                Some(ProjectFigures {
                    project_id: *id,
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
