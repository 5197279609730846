//! People by state, and the lists of those one should look at.

use std::cmp::Reverse;

use serde::Serialize;

use super::super::memo::FigureContext;
use super::super::person::PersonFigures;
use super::super::profile::BookedUntil;
use super::super::totals::Totals;
use crate::date::{Date, Period};
use crate::ids::{AssignmentId, PersonId};
use crate::plan::PersonEntry;

const MAX_OVERBOOKED: usize = 100;
const MAX_BECOMING_FREE: usize = 20;

/// How many people are in which state over the period; together they are all people.
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OverbookedPerson {
    pub person_id: PersonId,
    pub full_name: String,
    /// Overbooked days in the period.
    pub days: u32,
    pub first_day: Date,
    /// The person's overtime over the period.
    pub overtime_minutes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BecomingFree {
    pub person_id: PersonId,
    pub full_name: String,
    /// The day after the last booking's last day.
    pub date: Date,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InfeasiblePerson {
    pub person_id: PersonId,
    pub full_name: String,
    /// The total efforts that must lie within the window.
    pub assignment_ids: Vec<AssignmentId>,
    pub from: Date,
    pub to: Date,
    pub missing_minutes: u64,
}

pub(super) struct Lists {
    pub by_state: PeopleByState,
    pub overbooked_people: usize,
    pub overbooked: Vec<OverbookedPerson>,
    pub becoming_free: Vec<BecomingFree>,
    pub infeasible: Vec<InfeasiblePerson>,
}

pub(super) struct People<'p> {
    period: Period,
    with_tentative: bool,
    by_state: PeopleByState,
    /// With overtime, first day and number of days.
    overbooked: Vec<(u64, Date, u32, &'p PersonEntry)>,
    becoming_free: Vec<(Date, &'p PersonEntry)>,
    infeasible: Vec<InfeasiblePerson>,
}

impl<'p> People<'p> {
    pub(super) fn new(period: Period, with_tentative: bool) -> People<'p> {
        People {
            period,
            with_tentative,
            by_state: PeopleByState::default(),
            overbooked: Vec::new(),
            becoming_free: Vec::new(),
            infeasible: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        ground: &FigureContext<'_>,
        entry: &'p PersonEntry,
        figures: &PersonFigures<'_>,
        totals: &Totals,
    ) {
        let with = self.with_tentative;
        let states = &mut self.by_state;
        let state = match (totals.load(with), totals.capacity, totals.idle(with)) {
            (0, 0, _) => &mut states.no_capacity,
            (0, _, _) => &mut states.fully_idle,
            (_, _, 0) => &mut states.fully_busy,
            _ => &mut states.partly_idle,
        };
        *state += 1;
        let overtime = totals.overtime(with);
        if overtime > 0
            && let Some((first, days)) = figures.overbooked(self.period, with)
        {
            self.overbooked.push((overtime, first, days, entry));
        }
        let profile = entry.profile();
        let until = if with {
            profile.booked_until
        } else {
            profile.confirmed_until
        };
        if let BookedUntil::Day(last) = until
            && self.period.contains(last)
            && last < Date::MAX
            && entry.person.employment.contains(last.plus(1))
        {
            self.becoming_free.push((last.plus(1), entry));
        }
        if profile.any_total {
            let windows = entry.infeasible(ground, with);
            let met = windows
                .iter()
                .filter(|w| w.from <= self.period.to() && self.period.from() <= w.to);
            self.infeasible.extend(met.map(|w| InfeasiblePerson {
                person_id: entry.id,
                full_name: entry.person.name().to_owned(),
                assignment_ids: w.assignment_ids.clone(),
                from: w.from,
                to: w.to,
                missing_minutes: w.missing_minutes,
            }));
        }
    }

    pub(super) fn finish(mut self) -> Lists {
        fn by_name(entry: &PersonEntry) -> (&str, PersonId) {
            (&entry.profile().folded_name, entry.id)
        }
        self.overbooked
            .sort_by_key(|(overtime, _, _, entry)| (Reverse(*overtime), by_name(entry)));
        self.becoming_free
            .sort_by_key(|(date, entry)| (*date, by_name(entry)));
        self.infeasible.sort_by_key(|w| (w.from, w.to, w.person_id));
        let named = |entry: &PersonEntry| (entry.id, entry.person.name().to_owned());
        let overbooked = self.overbooked.iter().take(MAX_OVERBOOKED);
        let becoming_free = self.becoming_free.iter().take(MAX_BECOMING_FREE);
        Lists {
            by_state: self.by_state,
            overbooked_people: self.overbooked.len(),
            overbooked: overbooked
                .map(|(overtime, first_day, days, entry)| {
                    let (person_id, full_name) = named(entry);
                    OverbookedPerson {
                        person_id,
                        full_name,
                        days: *days,
                        first_day: *first_day,
                        overtime_minutes: *overtime,
                    }
                })
                .collect(),
            becoming_free: becoming_free
                .map(|(date, entry)| {
                    let (person_id, full_name) = named(entry);
                    BecomingFree {
                        person_id,
                        full_name,
                        date: *date,
                    }
                })
                .collect(),
            infeasible: self.infeasible,
        }
    }
}
