//! What is booked on each project.

use std::cmp::Reverse;
use std::ops::Range;

use serde::Serialize;

use super::super::columns::{ProjectMinutes, Quarter};
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
    /// What approved time off took from the bookings that count.
    pub displaced_minutes: u64,
}

pub(super) struct Projects {
    with_tentative: bool,
    /// By the project's number.
    minutes: Vec<ProjectMinutes>,
}

impl Projects {
    pub(super) fn new(with_tentative: bool) -> Projects {
        Projects {
            with_tentative,
            minutes: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, quarter: &Quarter, days: &Range<usize>) {
        if self.minutes.len() < quarter.projects.len() {
            self.minutes.resize(quarter.projects.len(), [0; 4]);
        }
        for (sums, project) in self.minutes.iter_mut().zip(&quarter.projects) {
            for (sum, minutes) in sums.iter_mut().zip(project.over(days)) {
                *sum += minutes;
            }
        }
    }

    /// The most booked first, then by name.
    pub(super) fn finish(self, plan: &Plan, projects: &[ProjectId]) -> Vec<ProjectFigures> {
        let counted = |[booked, tentative, displaced, displaced_tentative]: ProjectMinutes| {
            let with = self.with_tentative;
            let displaced = displaced + if with { displaced_tentative } else { 0 };
            [booked, tentative, displaced]
        };
        let minutes = self.minutes.into_iter().map(counted);
        let mut found: Vec<ProjectFigures> = projects
            .iter()
            .zip(minutes)
            .filter(|(_, minutes)| *minutes != [0; 3])
            .filter_map(|(id, [booked, tentative, displaced])| {
                let project = &plan.projects().get(id)?.project;
                Some(ProjectFigures {
                    project_id: *id,
                    name: project.name.clone(),
                    code: project.code.clone(),
                    colour: project.colour,
                    booked_minutes: booked,
                    tentative_minutes: tentative,
                    displaced_minutes: displaced,
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
