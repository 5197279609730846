//! People by state, and the lists of those one should look at.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::super::block::{days_in, quarters};
use super::super::columns::{ChunkSums, Columns, Counting, Quarter, ROWS};
use crate::date::{Date, Period};
use crate::ids::{AssignmentId, PersonId};
use crate::plan::{PersonEntry, Plan};

const MAX_OVERBOOKED: usize = 100;
const MAX_BECOMING_FREE: usize = 20;

/// How many people are in which state over the period; together they are all who are in it:
/// employed on one of its days, or with load (tentative too) or displaced work in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeopleByState {
    /// Capacity, and nothing booked.
    pub fully_idle: u32,
    /// Something booked, and something idle.
    pub partly_idle: u32,
    /// Something booked, and nothing idle.
    pub fully_busy: u32,
    /// Neither capacity nor anything booked.
    pub no_capacity: u32,
}

/// Somebody with more load than capacity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OverbookedPerson {
    /// Whose it is.
    pub person_id: PersonId,
    /// The name to show.
    pub full_name: String,
    /// Overbooked days in the period.
    pub days: u32,
    /// The first overbooked day of the period.
    pub first_day: Date,
    /// The person's overtime over the period.
    pub overtime_minutes: u64,
}

/// Somebody whose bookings end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BecomingFree {
    /// Whose it is.
    pub person_id: PersonId,
    /// The name to show.
    pub full_name: String,
    /// The day after the last booking's last day.
    pub date: Date,
}

/// A window of somebody's days that is too short for the total efforts within it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InfeasiblePerson {
    /// Whose it is.
    pub person_id: PersonId,
    /// The name to show.
    pub full_name: String,
    /// The total efforts that must lie within the window.
    pub assignment_ids: Vec<AssignmentId>,
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    /// Work that finds no room.
    pub missing_minutes: u64,
}

pub(super) struct Lists {
    pub by_state: PeopleByState,
    pub overbooked_people: usize,
    pub overbooked: Vec<OverbookedPerson>,
    pub becoming_free: Vec<BecomingFree>,
    pub infeasible: Vec<InfeasiblePerson>,
}

pub(super) struct People {
    counting: Counting,
    period: Period,
    /// By chunk of rows.
    sums: Vec<ChunkSums>,
}

impl People {
    pub(super) fn new(plan: &Plan, period: Period, with_tentative: bool, rows: usize) -> People {
        People {
            counting: Counting {
                with_tentative,
                tolerance: plan.settings().tolerance_minutes,
            },
            period,
            sums: vec![ChunkSums::default(); rows.div_ceil(ROWS)],
        }
    }

    pub(super) fn add(&mut self, quarter: &Quarter, days: &Range<usize>) {
        quarter.add_people(&mut self.sums, days, self.counting);
    }

    /// `absent` are the rows of those who are not in the period.
    pub(super) fn finish(
        self,
        plan: &Plan,
        columns: &mut Columns,
        absent: &BTreeSet<usize>,
    ) -> Lists {
        let mut by_state = PeopleByState::default();
        // With overtime and row.
        let mut overbooked: Vec<(u64, usize)> = Vec::new();
        for (row, entry) in columns.rows().iter().enumerate() {
            if entry.is_none() || absent.contains(&row) {
                continue;
            }
            let (sums, at) = (&self.sums[row / ROWS], row % ROWS);
            let (capacity, load, busy) = (sums.capacity[at], sums.load[at], sums.busy[at]);
            let state = match (load, capacity, capacity - busy) {
                (0, 0, _) => &mut by_state.no_capacity,
                (0, _, _) => &mut by_state.fully_idle,
                (_, _, 0) => &mut by_state.fully_busy,
                _ => &mut by_state.partly_idle,
            };
            *state += 1;
            if sums.overbooked_days[at] > 0 {
                overbooked.push((load - u64::from(busy), row));
            }
        }
        Lists {
            by_state,
            overbooked_people: overbooked.len(),
            overbooked: self.overbooked(plan, columns, overbooked),
            becoming_free: self.becoming_free(columns),
            infeasible: self.infeasible(plan, columns),
        }
    }

    /// Those with the most overtime, then by name.
    fn overbooked(
        &self,
        plan: &Plan,
        columns: &mut Columns,
        overtimes: Vec<(u64, usize)>,
    ) -> Vec<OverbookedPerson> {
        let rows = columns.rows();
        let listed = first_of(
            overtimes,
            MAX_OVERBOOKED,
            |(overtime, _)| Reverse(*overtime),
            |(_, row)| by_name(&rows[*row]),
        );
        let listed = listed.into_iter().map(|(overtime, row)| {
            let entry = rows[row].clone()?;
            Some((overtime, row, entry))
        });
        let listed: Vec<(u64, usize, Arc<PersonEntry>)> = listed.flatten().collect();
        let listed = listed
            .into_iter()
            .filter_map(|(overtime_minutes, row, entry)| {
                Some(OverbookedPerson {
                    person_id: entry.id,
                    full_name: entry.person.name().to_owned(),
                    days: self.sums[row / ROWS].overbooked_days[row % ROWS],
                    first_day: self.first_overbooked(plan, columns, row)?,
                    overtime_minutes,
                })
            });
        listed.collect()
    }

    fn first_overbooked(&self, plan: &Plan, columns: &mut Columns, row: usize) -> Option<Date> {
        quarters(self.period).find_map(|number| {
            let days = days_in(number, self.period);
            let (quarter, _) = columns.quarter(plan, number);
            quarter.first_overbooked(row, days, self.counting)
        })
    }

    /// Those whose bookings end first, then by name.
    fn becoming_free(&self, columns: &Columns) -> Vec<BecomingFree> {
        let rows = columns.rows();
        let ending = columns.booked_until(self.counting.with_tentative);
        let ending = ending.filter(|(_, last)| self.period.contains(*last));
        let ending = ending.map(|(row, last)| (last, row)).collect();
        let listed = first_of(
            ending,
            MAX_BECOMING_FREE,
            |(last, _)| *last,
            |(_, row)| by_name(&rows[*row]),
        );
        let listed = listed.into_iter().filter_map(|(last, row)| {
            let entry = rows[row].as_ref()?;
            Some(BecomingFree {
                person_id: entry.id,
                full_name: entry.person.name().to_owned(),
                date: last.plus(1),
            })
        });
        listed.collect()
    }

    /// The windows that reach into the period, by their days.
    fn infeasible(&self, plan: &Plan, columns: &mut Columns) -> Vec<InfeasiblePerson> {
        let (rows, windows) = columns.infeasible(plan, self.counting.with_tentative);
        let mut found = Vec::new();
        for (row, windows) in windows {
            let Some(entry) = &rows[*row] else { continue };
            let met = windows
                .iter()
                .filter(|w| w.from <= self.period.to() && self.period.from() <= w.to);
            found.extend(met.map(|w| InfeasiblePerson {
                person_id: entry.id,
                full_name: entry.person.name().to_owned(),
                assignment_ids: w.assignment_ids.clone(),
                from: w.from,
                to: w.to,
                missing_minutes: w.missing_minutes,
            }));
        }
        found.sort_by_key(|w| (w.from, w.to, w.person_id));
        found
    }
}

pub(super) fn by_name(entry: &Option<Arc<PersonEntry>>) -> Option<(&str, PersonId)> {
    let entry = entry.as_ref()?;
    Some((&entry.profile().folded_name, entry.id))
}

/// The first so many of some, by their ranks, then by their names. Names are looked up for those
/// alone whose ranks suffice.
pub(super) fn first_of<T, R: Ord, N: Ord>(
    mut all: Vec<T>,
    most: usize,
    rank: impl Fn(&T) -> R,
    name: impl Fn(&T) -> N,
) -> Vec<T> {
    if all.len() > most {
        let by_rank = |a: &T, b: &T| rank(a).cmp(&rank(b));
        let (_, last, _) = all.select_nth_unstable_by(most - 1, by_rank);
        let last = rank(last);
        all.retain(|one| rank(one) <= last);
    }
    all.sort_by_cached_key(|one| (rank(one), name(one)));
    all.truncate(most);
    all
}
