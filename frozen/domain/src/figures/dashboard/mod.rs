//! The dashboard: how busy a tenant is, who is free, where it breaks.

mod displaced;
mod people;
mod projects;
mod roles;

use std::collections::BTreeSet;

use serde::Serialize;

use super::block::{days_in, first_day, quarters, title_key};
use super::columns::{Columns, Quarter, Titles};
use super::memo::FigureContext;
use super::presence::counted_on;
use super::totals::Totals;
use super::weeks::first_of_week;
use crate::date::{Date, Period};
use crate::plan::Plan;

pub use displaced::DisplacedFromProject;
pub use people::{BecomingFree, InfeasiblePerson, OverbookedPerson, PeopleByState};
pub use projects::ProjectFigures;
pub use roles::RoleFigures;

/// A tenant's figures over a period, in minutes. Who is archived counts as everybody does, so the
/// past does not change when a list gets shorter.
///
/// `booked_minutes`, `tentative_minutes` and those by week and project mean the same whatever
/// is asked for; displaced, busy, idle, overtime, utilization, states, shortage and the lists count
/// tentative load where `with_tentative` says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dashboard {
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    /// Whether tentative bookings count as load.
    pub with_tentative: bool,
    /// Minutes that people can work.
    pub capacity_minutes: u64,
    /// Minutes of confirmed bookings.
    pub booked_minutes: u64,
    /// Minutes of tentative bookings, which no other figure holds unless it says so.
    pub tentative_minutes: u64,
    /// What approved time off took from bookings per week, per day and by share.
    pub displaced_minutes: u64,
    /// Minutes of load that is billable.
    pub billable_minutes: u64,
    /// Load within capacity.
    pub busy_minutes: u64,
    /// Capacity without load.
    pub idle_minutes: u64,
    /// Load beyond capacity.
    pub overtime_minutes: u64,
    /// Work that placeholders stand for.
    pub demand_minutes: u64,
    /// Load by capacity; 1.0 is all of it. `null` without capacity.
    pub utilization: Option<f64>,
    /// Billable load by capacity; `null` without capacity.
    pub billable_utilization: Option<f64>,
    /// How many people are booked how far.
    pub people: PeopleByState,
    /// By job title, people without one last.
    pub by_role: Vec<RoleFigures>,
    /// By week, from the workspace's `week_start` on; the first and the last cut to the period.
    pub by_week: Vec<WeekFigures>,
    /// The most booked first.
    pub projects: Vec<ProjectFigures>,
    /// How many people have an overbooked day.
    pub overbooked_people: usize,
    /// Those with the most overtime, at most 100.
    pub overbooked: Vec<OverbookedPerson>,
    /// The next people whose bookings end within the period, at most 20.
    pub becoming_free: Vec<BecomingFree>,
    /// From whose work for which project approved time off took most, at most 100.
    pub displaced: Vec<DisplacedFromProject>,
    /// Windows of total efforts that reach into the period and cannot hold their work.
    pub infeasible: Vec<InfeasiblePerson>,
}

/// The figures of one week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WeekFigures {
    /// Its first day, which may lie before the period.
    pub week_start: Date,
    /// Minutes that people can work.
    pub capacity_minutes: u64,
    /// Minutes of confirmed bookings.
    pub booked_minutes: u64,
    /// Minutes of tentative bookings, which no other figure holds unless it says so.
    pub tentative_minutes: u64,
    /// What approved time off took from the bookings that count.
    pub displaced_minutes: u64,
}

/// Works out a tenant's dashboard. Quarters that were worked out for an earlier state of the plan
/// are brought to this one.
#[must_use]
pub fn dashboard(plan: &Plan, period: Period, with_tentative: bool) -> Dashboard {
    plan.figures.read(plan, |columns| {
        let mut draft = DashboardBuilder::new(plan, period, with_tentative, columns.rows().len());
        for quarter in quarters(period) {
            let (quarter, titles) = columns.quarter(plan, quarter);
            draft.add(quarter, titles);
        }
        draft.finish(columns)
    })
}

struct DashboardBuilder<'p> {
    plan: &'p Plan,
    period: Period,
    with_tentative: bool,
    totals: Totals,
    /// The first day of the first week, in days since 1970-01-01.
    first_week: i32,
    weeks: Vec<Totals>,
    roles: roles::Roles<'p>,
    people: people::People,
    projects: projects::Projects,
    displaced: displaced::DisplacedWork,
}

impl<'p> DashboardBuilder<'p> {
    fn new(
        plan: &'p Plan,
        period: Period,
        with_tentative: bool,
        rows: usize,
    ) -> DashboardBuilder<'p> {
        let week_start = plan.settings().week_start;
        let first_week = first_of_week(period.from().days(), week_start);
        let weeks = (first_of_week(period.to().days(), week_start) - first_week) / 7 + 1;
        DashboardBuilder {
            plan,
            period,
            with_tentative,
            totals: Totals::default(),
            first_week,
            weeks: vec![Totals::default(); usize::try_from(weeks).expect("a period has weeks")],
            roles: roles::Roles::new(plan, period, with_tentative),
            people: people::People::new(plan, period, with_tentative, rows),
            projects: projects::Projects::new(with_tentative),
            displaced: displaced::DisplacedWork::new(with_tentative),
        }
    }

    fn add(&mut self, quarter: &Quarter, titles: &Titles) {
        let days = days_in(quarter.number, self.period);
        let first = first_day(quarter.number) - self.first_week;
        for day in days.clone() {
            let sums = &quarter.days[day];
            let day = first + i32::try_from(day).expect("a quarter has 91 days");
            let week = usize::try_from(day / 7).expect("within the period");
            self.weeks[week] += *sums;
            self.totals += *sums;
        }
        self.roles.add(titles, quarter, &days);
        self.projects.add(quarter, &days);
        self.displaced.add(quarter, &days);
        self.people.add(quarter, &days);
    }

    /// Counts those who are not employed on the period's last day by the title of the last day on
    /// which they are; gives the rows of those who are not in the period.
    fn sort_out(&mut self, columns: &Columns) -> BTreeSet<usize> {
        let context = FigureContext::of(self.plan);
        let last = self.period.to();
        let mut absent = BTreeSet::new();
        for (row, entry) in columns.perhaps_gone(last) {
            match counted_on(&context, entry, self.period) {
                None => {
                    absent.insert(row);
                }
                Some(_) if entry.person.employment.contains(last) => {}
                Some(day) => {
                    let title = title_key(entry.title_on(day));
                    self.roles.count(columns.titles().find(title));
                }
            }
        }
        absent
    }

    fn finish(mut self, columns: &mut Columns) -> Dashboard {
        let absent = self.sort_out(columns);
        let with = self.with_tentative;
        let totals = self.totals;
        let by_week = (self.first_week..)
            .step_by(7)
            .zip(&self.weeks)
            .map(|(first, sums)| WeekFigures {
                week_start: Date::from_days(first).unwrap_or(Date::MIN),
                capacity_minutes: sums.capacity,
                booked_minutes: sums.booked,
                tentative_minutes: sums.tentative,
                displaced_minutes: sums.displaced(with),
            })
            .collect();
        let demand_minutes = self.roles.demand();
        let (by_role, projects) = (
            self.roles.finish(columns.titles()),
            self.projects.finish(self.plan, columns.projects()),
        );
        let displaced = self.displaced.finish(self.plan, columns.rows());
        let lists = self.people.finish(self.plan, columns, &absent);
        Dashboard {
            from: self.period.from(),
            to: self.period.to(),
            with_tentative: with,
            capacity_minutes: totals.capacity,
            booked_minutes: totals.booked,
            tentative_minutes: totals.tentative,
            displaced_minutes: totals.displaced(with),
            billable_minutes: totals.billable_load(with),
            busy_minutes: totals.busy(with),
            idle_minutes: totals.idle(with),
            overtime_minutes: totals.overtime(with),
            demand_minutes,
            utilization: totals.utilization(with),
            billable_utilization: totals.billable_utilization(with),
            people: lists.by_state,
            by_role,
            by_week,
            projects,
            overbooked_people: lists.overbooked_people,
            overbooked: lists.overbooked,
            becoming_free: lists.becoming_free,
            displaced,
            infeasible: lists.infeasible,
        }
    }
}
