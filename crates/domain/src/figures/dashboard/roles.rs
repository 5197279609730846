//! Figures by job title in force each day, with what placeholders ask of them.

use std::collections::HashMap;

use serde::Serialize;

use super::super::demand::PlaceholderFigures;
use super::super::fold::fold;
use super::super::person::PersonFigures;
use super::super::totals::Totals;
use crate::date::Period;
use crate::plan::{PersonEntry, Plan};

/// The figures of a job title, in minutes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleFigures {
    /// `null`: days on which no job title is in force.
    pub job_title: Option<String>,
    /// People employed at the period's end who have the title then.
    pub people: u32,
    pub capacity_minutes: u64,
    pub booked_minutes: u64,
    pub tentative_minutes: u64,
    pub busy_minutes: u64,
    pub idle_minutes: u64,
    pub overtime_minutes: u64,
    pub utilization: Option<f64>,
    /// What placeholders of this title ask for.
    pub demand_minutes: u64,
    /// Σ over days of what they ask for beyond what is idle.
    pub shortage_minutes: u64,
}

/// Visits the job titles of a person in a period, each with the days it is in force.
pub(super) fn each_title<'p>(
    entry: &'p PersonEntry,
    period: Period,
    mut visit: impl FnMut(Option<&'p str>, Period),
) {
    let titles = &entry.job_titles;
    let mut next = titles.partition_point(|t| t.value.effective_date <= period.from());
    let mut from = period.from();
    loop {
        let title = next.checked_sub(1).map(|i| titles[i].value.title.as_str());
        let Some(change) = titles
            .get(next)
            .map(|t| t.value.effective_date)
            .filter(|day| *day <= period.to())
        else {
            visit(title, within(from, period.to()));
            return;
        };
        visit(title, within(from, change.plus(-1)));
        from = change;
        next += titles[next..]
            .iter()
            .take_while(|t| t.value.effective_date == change)
            .count();
    }
}

fn within(from: crate::date::Date, to: crate::date::Date) -> Period {
    Period::new(from, to).expect("a part of a period")
}

#[derive(Default)]
struct Role {
    people: u32,
    totals: Totals,
    /// By day of the period; empty where nothing is asked for.
    demand: Vec<u64>,
    idle: Vec<u64>,
}

pub(super) struct Roles<'p> {
    period: Period,
    with_tentative: bool,
    places: HashMap<Option<&'p str>, usize>,
    roles: Vec<Role>,
}

impl<'p> Roles<'p> {
    pub(super) fn new(plan: &'p Plan, period: Period, with_tentative: bool) -> Roles<'p> {
        let mut roles = Roles {
            period,
            with_tentative,
            places: HashMap::new(),
            roles: Vec::new(),
        };
        for entry in plan.placeholders().values() {
            let figures = PlaceholderFigures::of(plan, entry, period);
            for (booking, days) in figures.loads() {
                if with_tentative || !booking.tentative {
                    roles.ask(&entry.placeholder.title, days);
                }
            }
        }
        roles
    }

    fn role(&mut self, title: Option<&'p str>) -> &mut Role {
        let place = *self.places.entry(title).or_insert_with(|| {
            self.roles.push(Role::default());
            self.roles.len() - 1
        });
        &mut self.roles[place]
    }

    fn ask(&mut self, title: &'p str, days: &[u32]) {
        let role = self.role(Some(title));
        role.demand.resize(days.len(), 0);
        role.idle.resize(days.len(), 0);
        for (sum, minutes) in role.demand.iter_mut().zip(days) {
            *sum += u64::from(*minutes);
        }
    }

    /// Adds the days of a person on which the title is in force.
    pub(super) fn add(
        &mut self,
        title: Option<&'p str>,
        part: Period,
        totals: &Totals,
        figures: &PersonFigures<'_>,
    ) {
        let (first, with_tentative) = (self.period.from().days(), self.with_tentative);
        let role = self.role(title);
        role.totals += *totals;
        if role.demand.is_empty() {
            return;
        }
        for day in part.iter() {
            let at = usize::try_from(day.days() - first).expect("within the period");
            if role.demand[at] > 0 {
                role.idle[at] += u64::from(figures.day(day).idle(with_tentative));
            }
        }
    }

    /// Counts a person who is employed at the period's end.
    pub(super) fn count(&mut self, title: Option<&'p str>) {
        self.role(title).people += 1;
    }

    pub(super) fn demand(&self) -> u64 {
        self.roles.iter().flat_map(|r| &r.demand).sum()
    }

    /// Titles in the order of their names, none last; those of nobody and nothing left out.
    pub(super) fn finish(self) -> Vec<RoleFigures> {
        let with = self.with_tentative;
        let figures = |title: Option<&str>, role: &Role| RoleFigures {
            job_title: title.map(str::to_owned),
            people: role.people,
            capacity_minutes: role.totals.capacity,
            booked_minutes: role.totals.booked,
            tentative_minutes: role.totals.tentative,
            busy_minutes: role.totals.busy(with),
            idle_minutes: role.totals.idle(with),
            overtime_minutes: role.totals.overtime(with),
            utilization: role.totals.utilization(with),
            demand_minutes: role.demand.iter().sum(),
            shortage_minutes: std::iter::zip(&role.demand, &role.idle)
                .map(|(demand, idle)| demand.saturating_sub(*idle))
                .sum(),
        };
        let mut found: Vec<RoleFigures> = self
            .places
            .iter()
            .map(|(title, place)| figures(*title, &self.roles[*place]))
            .filter(|r| {
                let minutes = r.capacity_minutes + r.booked_minutes + r.tentative_minutes;
                r.people > 0 || minutes + r.demand_minutes > 0
            })
            .collect();
        found.sort_by_cached_key(|r| {
            let folded = r.job_title.as_deref().map(fold);
            (folded.is_none(), folded, r.job_title.clone())
        });
        found
    }
}
