//! What approved time off took from whose work for which project.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::super::block::date_of;
use super::super::columns::Quarter;
use super::people::{by_name, first_of};
use crate::date::Date;
use crate::ids::{PersonId, ProjectId};
use crate::plan::{PersonEntry, Plan};

const MAX_LISTED: usize = 100;

/// Work for a project that somebody's approved time off took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DisplacedFromProject {
    /// Whose work it is.
    pub person_id: PersonId,
    /// The person's name to show.
    pub full_name: String,
    /// Which project.
    pub project_id: ProjectId,
    /// The project's name to show.
    pub name: String,
    /// What their bookings would load without any approved time off, less what they load.
    pub minutes: u64,
    /// The first day of the period on which time off took some.
    pub from: Date,
    /// The last one.
    pub to: Date,
}

/// Minutes, with the first and the last day.
type Taken = (u64, Date, Date);

pub(super) struct DisplacedWork {
    with_tentative: bool,
    /// By row: each of the person's projects, of which there are few.
    taken: BTreeMap<usize, Vec<(ProjectId, Taken)>>,
}

impl DisplacedWork {
    pub(super) fn new(with_tentative: bool) -> DisplacedWork {
        DisplacedWork {
            with_tentative,
            taken: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, quarter: &Quarter, days: &Range<usize>) {
        for (row, displaced) in quarter.displaced() {
            let counted = displaced
                .iter()
                .filter(|d| days.contains(&d.day.into()) && (self.with_tentative || !d.tentative));
            let mut counted = counted.peekable();
            if counted.peek().is_none() {
                continue;
            }
            let taken = self.taken.entry(row).or_default();
            for displaced in counted {
                let day = date_of(quarter.number, displaced.day.into());
                let minutes = u64::from(displaced.minutes);
                let known = taken.iter_mut().find(|(p, _)| *p == displaced.project);
                match known {
                    Some((_, (sum, _, to))) => (*sum, *to) = (*sum + minutes, day),
                    None => taken.push((displaced.project, (minutes, day, day))),
                }
            }
        }
    }

    /// The most minutes first, then by the names of person and project.
    pub(super) fn finish(
        self,
        plan: &Plan,
        rows: &[Option<Arc<PersonEntry>>],
    ) -> Vec<DisplacedFromProject> {
        let by_project = |(row, taken): (usize, Vec<(ProjectId, Taken)>)| {
            let taken = taken.into_iter();
            taken.map(move |(project, taken)| ((row, project), taken))
        };
        let taken = self.taken.into_iter().flat_map(by_project).collect();
        let minutes = |(_, (minutes, ..)): &((usize, ProjectId), Taken)| Reverse(*minutes);
        let listed = first_of(taken, MAX_LISTED, minutes, |((row, project), _)| {
            let name = plan.projects().get(project).map(|p| &*p.project.name);
            (by_name(&rows[*row]), name, *project)
        });
        let listed = listed
            .into_iter()
            .filter_map(|((row, project_id), (minutes, from, to))| {
                let entry = rows[row].as_ref()?;
                Some(DisplacedFromProject {
                    person_id: entry.id,
                    full_name: entry.person.name().to_owned(),
                    project_id,
                    name: plan.projects().get(&project_id)?.project.name.clone(),
                    minutes,
                    from,
                    to,
                })
            });
        listed.collect()
    }
}
