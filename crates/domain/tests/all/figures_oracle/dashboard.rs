//! Dashboards.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use raally_domain::date::{Date, Period};
use raally_domain::figures::{Dashboard, Totals, dashboard, ratio};
use raally_domain::kinds::Owner;
use raally_domain::plan::Plan;

use super::{first_week, sum, weeks};
use crate::figures_support::World;
use crate::figures_support::oracle::{Day, Oracle};

/// The expected role figures: people, totals, demand, shortage.
type Roles<'w> = BTreeMap<Option<&'w str>, (u32, Totals, u64, u64)>;

fn roles<'w>(
    oracle: &Oracle<'w>,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Roles<'w> {
    let world = oracle.world;
    let mut roles = Roles::new();
    let titles = world.placeholders.iter().map(|(_, p)| p.title.as_str());
    let wanted: Vec<&str> = titles.collect();
    for (n, (_, days)) in all.iter().enumerate() {
        let (id, _) = &world.people[n];
        for (day, figures) in days {
            let role = roles.entry(oracle.title(*id, *day)).or_default();
            role.1 += sum(&[(*day, *figures)], period);
        }
        if oracle.in_period(*id, period) {
            roles.entry(oracle.title_in(*id, period)).or_default().0 += 1;
        }
    }
    for title in wanted.iter().collect::<BTreeSet<_>>() {
        let role = roles.entry(Some(*title)).or_default();
        for day in period.iter() {
            let demand = oracle.demand(title, day, with);
            let holders = world.people.iter().zip(all);
            let idle: u64 = holders
                .filter(|((id, _), _)| oracle.title(*id, day) == Some(*title))
                .map(|(_, (_, days))| days.iter().find(|(d, _)| *d == day).unwrap().1.idle(with))
                .sum();
            role.2 += demand;
            role.3 += demand.saturating_sub(idle);
        }
    }
    roles.retain(|_, r| {
        r.0 > 0 || r.1.capacity + r.1.booked + r.1.tentative + r.1.displaced(with) + r.2 > 0
    });
    roles
}

pub(super) fn check(
    world: &World,
    plan: &Plan,
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(world);
    let found = dashboard(plan, period, with);
    let all: Vec<(usize, Vec<(Date, Day)>)> = (0..world.people.len())
        .map(|n| (n, oracle.days(world.people[n].0, period)))
        .collect();
    let mut totals = Totals::default();
    let mut states = [0u32; 4];
    for (n, days) in &all {
        let own = sum(days, period);
        totals += own;
        if !oracle.in_period(world.people[*n].0, period) {
            continue;
        }
        let idle: u64 = days.iter().map(|(_, d)| d.idle(with)).sum();
        let state = match (own.load(with), own.capacity, idle) {
            (0, 0, _) => 0,
            (0, _, _) => 1,
            (_, _, 0) => 3,
            _ => 2,
        };
        states[state] += 1;
    }
    let overtime: u64 = all
        .iter()
        .flat_map(|(_, days)| days.iter().map(|(_, d)| d.overtime(with)))
        .sum();
    prop_assert_eq!(found.capacity_minutes, totals.capacity);
    prop_assert_eq!(found.booked_minutes, totals.booked);
    prop_assert_eq!(found.tentative_minutes, totals.tentative);
    prop_assert_eq!(found.displaced_minutes, totals.displaced(with));
    prop_assert_eq!(found.overtime_minutes, overtime);
    prop_assert_eq!(found.busy_minutes + found.idle_minutes, totals.capacity);
    prop_assert_eq!(found.idle_minutes, totals.idle(with));
    let billable = totals.billable + if with { totals.billable_tentative } else { 0 };
    prop_assert_eq!(found.billable_minutes, billable);
    prop_assert_eq!(found.billable_utilization, ratio(billable, totals.capacity));
    prop_assert_eq!(found.utilization, ratio(totals.load(with), totals.capacity));
    let people = found.people;
    let counted = [
        people.no_capacity,
        people.fully_idle,
        people.partly_idle,
        people.fully_busy,
    ];
    prop_assert_eq!(counted, states);
    check_roles(&oracle, &found, &all, period, with)?;
    check_weeks(world, &found, &all, period, with)?;
    check_projects(&oracle, &found, period, with)?;
    check_displaced(&oracle, &found, period, with)?;
    check_lists(&oracle, &found, &all, period, with)
}

fn check_roles(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let expected = roles(oracle, all, period, with);
    prop_assert_eq!(found.by_role.len(), expected.len());
    prop_assert_eq!(
        found.demand_minutes,
        expected.values().map(|r| r.2).sum::<u64>()
    );
    for role in &found.by_role {
        let (people, totals, demand, shortage) = expected[&role.job_title.as_deref()];
        prop_assert_eq!(role.people, people);
        prop_assert_eq!(role.capacity_minutes, totals.capacity);
        prop_assert_eq!(role.booked_minutes, totals.booked);
        prop_assert_eq!(role.tentative_minutes, totals.tentative);
        prop_assert_eq!(role.displaced_minutes, totals.displaced(with));
        prop_assert_eq!(role.busy_minutes, totals.busy(with));
        prop_assert_eq!(role.idle_minutes, totals.idle(with));
        prop_assert_eq!(role.overtime_minutes, totals.overtime(with));
        prop_assert_eq!(
            (role.demand_minutes, role.shortage_minutes),
            (demand, shortage)
        );
    }
    Ok(())
}

fn check_weeks(
    world: &World,
    found: &Dashboard,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let expected: Vec<_> = weeks(world, period)
        .into_iter()
        .map(|week| {
            let mut totals = Totals::default();
            for (_, days) in all {
                totals += sum(days, week);
            }
            let from = week.from().days();
            let first = from - (from - first_week(world)).rem_euclid(7);
            let minutes = (totals.capacity, totals.booked, totals.tentative);
            (first, minutes, totals.displaced(with))
        })
        .collect();
    let found: Vec<_> = found
        .by_week
        .iter()
        .map(|w| {
            let minutes = (w.capacity_minutes, w.booked_minutes, w.tentative_minutes);
            (w.week_start.days(), minutes, w.displaced_minutes)
        })
        .collect();
    prop_assert_eq!(found, expected);
    Ok(())
}

fn check_projects(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let mut expected = BTreeMap::new();
    for (id, _) in &oracle.world.projects {
        let sums = oracle.on_project(None, *id, period);
        let (displaced, tentative) = oracle.displaced_on_project(None, *id, period);
        let displaced = displaced + if with { tentative } else { 0 };
        if (sums, displaced) != ((0, 0), 0) {
            expected.insert(*id, (sums, displaced));
        }
    }
    let order: Vec<_> = found
        .projects
        .iter()
        .map(|p| {
            (
                std::cmp::Reverse(p.booked_minutes),
                std::cmp::Reverse(p.tentative_minutes),
            )
        })
        .collect();
    prop_assert!(order.is_sorted());
    let found: BTreeMap<_, _> = found
        .projects
        .iter()
        .map(|p| {
            let minutes = (p.booked_minutes, p.tentative_minutes);
            (p.project_id, (minutes, p.displaced_minutes))
        })
        .collect();
    prop_assert_eq!(found, expected);
    Ok(())
}

/// The list of what time off took from whose work for which project.
fn check_displaced(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let mut expected = BTreeMap::new();
    for (person, _) in &oracle.world.people {
        let own = oracle.world.assignments.iter();
        for (id, a) in own.filter(|(_, a)| a.owner == Owner::Person(*person)) {
            let days = period.iter().filter(|_| with || !oracle.tentative(a));
            for (day, minutes) in days.map(|day| (day, oracle.displaced(*id, a, day))) {
                if minutes > 0 {
                    let key = (*person, a.project_id);
                    let known = expected.entry(key).or_insert((0, day, day));
                    *known = (known.0 + minutes, known.1.min(day), known.2.max(day));
                }
            }
        }
    }
    prop_assert!(
        found
            .displaced
            .is_sorted_by_key(|d| std::cmp::Reverse(d.minutes))
    );
    let listed = found.displaced.iter();
    let listed = listed.map(|d| ((d.person_id, d.project_id), (d.minutes, d.from, d.to)));
    prop_assert_eq!(listed.collect::<BTreeMap<_, _>>(), expected);
    Ok(())
}

fn check_lists(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let world = oracle.world;
    let tolerance = u64::from(world.settings.tolerance_minutes);
    let mut overbooked = BTreeMap::new();
    let mut free = BTreeMap::new();
    let mut infeasible = Vec::new();
    for ((id, person), (_, days)) in world.people.iter().zip(all) {
        let over: Vec<&(Date, Day)> = days
            .iter()
            .filter(|(_, d)| d.overbooked(with, tolerance))
            .collect();
        if let Some((first, _)) = over.first() {
            let overtime: u64 = days.iter().map(|(_, d)| d.overtime(with)).sum();
            overbooked.insert(*id, (over.len(), *first, overtime));
        }
        let own = world.assignments.iter().map(|(_, a)| a);
        let ends: Vec<Option<Date>> = own
            .filter(|a| a.owner == Owner::Person(*id) && (with || !oracle.tentative(a)))
            .map(|a| a.end)
            .collect();
        if !ends.is_empty()
            && ends.iter().all(Option::is_some)
            && let Some(Some(last)) = ends.iter().max()
            && period.contains(*last)
            && person.employment.contains(last.plus(1))
        {
            free.insert(*id, last.plus(1));
        }
        for (from, to, missing) in oracle.infeasible(*id, with) {
            if from <= period.to() && period.from() <= to {
                infeasible.push((from, to, *id, missing));
            }
        }
    }
    infeasible.sort();
    prop_assert_eq!(found.overbooked_people, overbooked.len());
    let listed = found.overbooked.iter().map(|o| {
        let days = usize::try_from(o.days).unwrap();
        (o.person_id, (days, o.first_day, o.overtime_minutes))
    });
    prop_assert_eq!(listed.collect::<BTreeMap<_, _>>(), overbooked);
    let listed = found.becoming_free.iter().map(|f| (f.person_id, f.date));
    prop_assert_eq!(listed.collect::<BTreeMap<_, _>>(), free);
    let listed = found.infeasible.iter();
    let listed: Vec<_> = listed
        .map(|w| (w.from, w.to, w.person_id, w.missing_minutes))
        .collect();
    prop_assert_eq!(listed, infeasible);
    Ok(())
}
