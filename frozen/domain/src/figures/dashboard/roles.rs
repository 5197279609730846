//! Figures by job title in force each day, with what placeholders ask of them.

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use super::super::block::{TitleKey, first_day, title_key};
use super::super::columns::{Quarter, Titles};
use super::super::demand::PlaceholderFigures;
use super::super::fold::fold;
use super::super::totals::Totals;
use crate::date::Period;
use crate::plan::Plan;

/// The figures of a job title, in minutes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleFigures {
    /// `null`: days on which no job title is in force.
    pub job_title: Option<String>,
    /// Those in the period, each once: by the title of their last employed day in it, else of its
    /// last day.
    pub people: u32,
    /// Minutes that people can work.
    pub capacity_minutes: u64,
    /// Minutes of confirmed bookings.
    pub booked_minutes: u64,
    /// Minutes of tentative bookings, which no other figure holds unless it says so.
    pub tentative_minutes: u64,
    /// What approved time off took from the bookings that count.
    pub displaced_minutes: u64,
    /// Load within capacity.
    pub busy_minutes: u64,
    /// Capacity without load.
    pub idle_minutes: u64,
    /// Load beyond capacity.
    pub overtime_minutes: u64,
    /// Load by capacity; 1.0 is all of it. `null` without capacity.
    pub utilization: Option<f64>,
    /// What placeholders of this title ask for.
    pub demand_minutes: u64,
    /// Σ over days of what they ask for beyond what is idle.
    pub shortage_minutes: u64,
}

#[derive(Clone, Default)]
struct Role {
    people: u32,
    totals: Totals,
}

/// What placeholders of a title ask for, and how much its people are idle, by day of the period.
struct Demand<'p> {
    title: &'p str,
    asked: Vec<u64>,
    idle: Vec<u64>,
}

pub(super) struct Roles<'p> {
    period: Period,
    with_tentative: bool,
    /// By the title's number.
    roles: Vec<Role>,
    demand: HashMap<TitleKey, Demand<'p>>,
}

impl<'p> Roles<'p> {
    pub(super) fn new(plan: &'p Plan, period: Period, with_tentative: bool) -> Roles<'p> {
        let mut demand: HashMap<TitleKey, Demand<'p>> = HashMap::new();
        let figures = PlaceholderFigures::of_all(plan, period);
        for (entry, figures) in figures {
            for (booking, days) in figures.loads() {
                if with_tentative || !booking.tentative {
                    let title = entry.placeholder.title.as_str();
                    let of_title = demand.entry(title_key(Some(title)));
                    let of_title = of_title.or_insert_with(|| Demand {
                        title,
                        asked: vec![0; days.len()],
                        idle: vec![0; days.len()],
                    });
                    for (sum, minutes) in of_title.asked.iter_mut().zip(days) {
                        *sum += u64::from(*minutes);
                    }
                }
            }
        }
        Roles {
            period,
            with_tentative,
            roles: Vec::new(),
            demand,
        }
    }

    pub(super) fn add(&mut self, titles: &Titles, quarter: &Quarter, days: &Range<usize>) {
        if self.roles.len() < quarter.titles.len() {
            self.roles.resize(quarter.titles.len(), Role::default());
        }
        let first = first_day(quarter.number);
        let last =
            usize::try_from(self.period.to().days() - first).expect("not before the quarter");
        for (role, title) in self.roles.iter_mut().zip(&quarter.titles) {
            if let Some(title) = title {
                role.totals += title.over(days);
                if let Some(people) = title.people.get(last) {
                    role.people = *people;
                }
            }
        }
        for (key, demand) in &mut self.demand {
            let number = titles.find(*key);
            let title = number
                .and_then(|n| quarter.titles.get(n))
                .and_then(Option::as_ref);
            if let Some(title) = title {
                for day in days.clone() {
                    let day_of = first + i32::try_from(day).expect("a quarter has 91 days");
                    let at = usize::try_from(day_of - self.period.from().days());
                    let at = at.expect("within the period");
                    demand.idle[at] += title.days[day].idle(self.with_tentative);
                }
            }
        }
    }

    /// Counts somebody who is in the period and not employed on its last day.
    pub(super) fn count(&mut self, title: Option<usize>) {
        if let Some(role) = title.and_then(|title| self.roles.get_mut(title)) {
            role.people += 1;
        }
    }

    pub(super) fn demand(&self) -> u64 {
        self.demand.values().flat_map(|d| &d.asked).sum()
    }

    /// Titles in the order of their names, none last; those of nobody and nothing left out.
    pub(super) fn finish(mut self, titles: &Titles) -> Vec<RoleFigures> {
        let with = self.with_tentative;
        let figures = |title: Option<&str>, role: &Role, demand: Option<&Demand<'_>>| RoleFigures {
            job_title: title.map(str::to_owned),
            people: role.people,
            capacity_minutes: role.totals.capacity,
            booked_minutes: role.totals.booked,
            tentative_minutes: role.totals.tentative,
            displaced_minutes: role.totals.displaced(with),
            busy_minutes: role.totals.busy(with),
            idle_minutes: role.totals.idle(with),
            overtime_minutes: role.totals.overtime(with),
            utilization: role.totals.utilization(with),
            demand_minutes: demand.map_or(0, |d| d.asked.iter().sum()),
            shortage_minutes: demand.map_or(0, Demand::shortage),
        };
        let mut found: Vec<RoleFigures> = Vec::new();
        for ((key, text), role) in titles.iter().zip(&self.roles) {
            let demand = self.demand.remove(&key);
            found.push(figures(text, role, demand.as_ref()));
        }
        for demand in self.demand.values() {
            found.push(figures(Some(demand.title), &Role::default(), Some(demand)));
        }
        found.retain(|r| {
            let minutes = r.capacity_minutes + r.booked_minutes + r.tentative_minutes;
            r.people > 0 || minutes + r.displaced_minutes + r.demand_minutes > 0
        });
        found.sort_by_cached_key(|r| {
            let folded = r.job_title.as_deref().map(fold);
            (folded.is_none(), folded, r.job_title.clone())
        });
        found
    }
}

impl Demand<'_> {
    /// Σ over days of what is asked for beyond what is idle.
    fn shortage(&self) -> u64 {
        std::iter::zip(&self.asked, &self.idle)
            .map(|(asked, idle)| asked.saturating_sub(*idle))
            .sum()
    }
}
