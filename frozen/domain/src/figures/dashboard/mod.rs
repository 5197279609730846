//! The dashboard: how busy a tenant is, who is free, where it breaks.

mod keys;
mod people;
mod projects;
mod roles;

use std::hint::black_box;

use serde::Serialize;

use super::memo::FigureContext;
use super::person::PersonFigures;
use super::totals::Totals;
use crate::date::{Date, Period, Week};
use crate::plan::{PersonEntry, Plan};

pub use people::{BecomingFree, InfeasiblePerson, OverbookedPerson, PeopleByState};
pub use projects::ProjectFigures;
pub use roles::RoleFigures;

/// A tenant's figures over a period, in minutes. Archived people count as long as they are
/// employed, so the past does not change when a list gets shorter.
///
/// `booked_minutes`, `tentative_minutes` and those by week and project mean the same whatever
/// is asked for; busy, idle, overtime, utilization, states, shortage and the lists count
/// tentative load where `with_tentative` says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dashboard {
    pub from: Date,
    pub to: Date,
    pub with_tentative: bool,
    pub capacity_minutes: u64,
    pub booked_minutes: u64,
    pub tentative_minutes: u64,
    pub billable_minutes: u64,
    pub busy_minutes: u64,
    pub idle_minutes: u64,
    pub overtime_minutes: u64,
    /// Work that placeholders stand for.
    pub demand_minutes: u64,
    pub utilization: Option<f64>,
    pub billable_utilization: Option<f64>,
    pub people: PeopleByState,
    /// By job title, people without one last.
    pub by_role: Vec<RoleFigures>,
    /// By ISO week, the first and the last cut to the period.
    pub by_week: Vec<WeekFigures>,
    /// The most booked first.
    pub projects: Vec<ProjectFigures>,
    /// How many people have an overbooked day.
    pub overbooked_people: usize,
    /// Those with the most overtime, at most 100.
    pub overbooked: Vec<OverbookedPerson>,
    /// The next people whose bookings end within the period, at most 20.
    pub becoming_free: Vec<BecomingFree>,
    /// Windows of total efforts that reach into the period and cannot hold their work.
    pub infeasible: Vec<InfeasiblePerson>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WeekFigures {
    /// Its Monday, which may lie before the period.
    pub week_start: Date,
    pub capacity_minutes: u64,
    pub booked_minutes: u64,
    pub tentative_minutes: u64,
}

/// Works out a tenant's dashboard.
#[must_use]
pub fn dashboard(plan: &Plan, period: Period, with_tentative: bool) -> Dashboard {
    let mut draft = DashboardBuilder::new(plan, period, with_tentative);
    let mut people = plan.people().values().peekable();
    while people.peek().is_some() {
        let some: Vec<&PersonEntry> = people.by_ref().take(AT_A_TIME).map(|e| &**e).collect();
        draft.add_all(&some);
    }
    draft.finish()
}

/// How many people's blocks are fetched side by side.
const AT_A_TIME: usize = 32;

struct DashboardBuilder<'p> {
    ground: FigureContext<'p>,
    period: Period,
    with_tentative: bool,
    totals: Totals,
    /// Capacity, booked and tentative of each week.
    weeks: Vec<[u64; 3]>,
    roles: roles::Roles<'p>,
    people: people::People<'p>,
    projects: projects::Projects,
}

impl<'p> DashboardBuilder<'p> {
    fn new(plan: &'p Plan, period: Period, with_tentative: bool) -> DashboardBuilder<'p> {
        let weeks = period.to().week().0 - period.from().week().0 + 1;
        DashboardBuilder {
            ground: FigureContext::of(plan),
            period,
            with_tentative,
            totals: Totals::default(),
            weeks: vec![[0; 3]; usize::try_from(weeks).expect("a period has weeks")],
            roles: roles::Roles::new(plan, period, with_tentative),
            people: people::People::new(period, with_tentative),
            projects: projects::Projects::default(),
        }
    }

    fn add_all(&mut self, entries: &[&'p PersonEntry]) {
        let begun = entries.iter().map(|e| e.profile().lanes.count());
        let begun = begun.fold(0, u16::wrapping_add);
        let figures: Vec<PersonFigures<'p>> = entries
            .iter()
            .map(|entry| PersonFigures::on(&self.ground, entry, self.period))
            .collect();
        let fetched = figures.iter().map(|f| f.fetch()).fold(0, u32::wrapping_add);
        black_box((begun, fetched));
        for figures in &figures {
            self.add(figures);
        }
    }

    fn add(&mut self, figures: &PersonFigures<'p>) {
        let entry = figures.entry();
        let mut whole = Totals::default();
        let mut title_at_end = 0;
        figures.each_block(self.period, |block, days| {
            block.each_title(days.clone(), |title, days| {
                let mut totals = Totals::default();
                figures.each_week_of(block, days.clone(), |n, week, days| {
                    let sums = block.week(week, days);
                    let minutes = [sums.capacity, sums.booked, sums.tentative];
                    for (sum, minutes) in self.weeks[n].iter_mut().zip(minutes) {
                        *sum += u64::from(minutes);
                    }
                    totals.add_week(&sums);
                });
                self.roles.add(title, &totals, entry, block, days);
                whole += totals;
                title_at_end = title;
            });
            self.projects.add(block, days);
        });
        if entry.person.employment.contains(self.period.to()) {
            self.roles.count(title_at_end);
        }
        self.people.add(&self.ground, entry, figures, &whole);
        self.totals += whole;
    }

    fn finish(self) -> Dashboard {
        let with = self.with_tentative;
        let totals = self.totals;
        let by_week = (self.period.from().week().0..)
            .zip(&self.weeks)
            .map(|(week, [capacity, booked, tentative])| WeekFigures {
                week_start: Date::from_days(Week(week).monday()).unwrap_or(Date::MIN),
                capacity_minutes: *capacity,
                booked_minutes: *booked,
                tentative_minutes: *tentative,
            })
            .collect();
        let lists = self.people.finish();
        Dashboard {
            from: self.period.from(),
            to: self.period.to(),
            with_tentative: with,
            capacity_minutes: totals.capacity,
            booked_minutes: totals.booked,
            tentative_minutes: totals.tentative,
            billable_minutes: totals.billable_load(with),
            busy_minutes: totals.busy(with),
            idle_minutes: totals.idle(with),
            overtime_minutes: totals.overtime(with),
            demand_minutes: self.roles.demand(),
            utilization: totals.utilization(with),
            billable_utilization: totals.billable_utilization(with),
            people: lists.by_state,
            by_role: self.roles.finish(),
            by_week,
            projects: self.projects.finish(self.ground.plan()),
            overbooked_people: lists.overbooked_people,
            overbooked: lists.overbooked,
            becoming_free: lists.becoming_free,
            infeasible: lists.infeasible,
        }
    }
}
