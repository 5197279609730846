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
    /// By row and project.
    taken: BTreeMap<(usize, ProjectId), Taken>,
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
            for displaced in counted {
                let day = date_of(quarter.number, displaced.day.into());
                let known = self.taken.entry((row, displaced.project));
                let known = known.or_insert((0, day, day));
                *known = (known.0 + u64::from(displaced.minutes), known.1, day);
            }
        }
    }

    /// The most minutes first, then by the names of person and project.
    pub(super) fn finish(
        self,
        plan: &Plan,
        rows: &[Option<Arc<PersonEntry>>],
    ) -> Vec<DisplacedFromProject> {
        let taken = self.taken.into_iter().collect();
        let listed = first_of(taken, MAX_LISTED, |((row, project), (minutes, ..))| {
            let name = plan.projects().get(project).map(|p| &*p.project.name);
            (Reverse(*minutes), by_name(&rows[*row]), name, *project)
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
