//! The fast calculus agrees with a naive one on random plans.

mod dashboard;
mod schedule;

use crate::figures_support::oracle::{Day, Oracle};
use crate::figures_support::{World, random};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use raally_domain::date::{Date, Period};
use raally_domain::figures::{PersonFigures, Totals, excess_days};
use raally_domain::kinds::WeekStart;
use raally_domain::plan::Plan;

/// The same cases every time.
fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_123),
        ..Config::default()
    }
}

fn sum(days: &[(Date, Day)], part: Period) -> Totals {
    let mut totals = Totals::default();
    for (_, day) in days.iter().filter(|(d, _)| part.contains(*d)) {
        totals.capacity += day.capacity;
        totals.booked += day.booked;
        totals.tentative += day.tentative;
        totals.billable += day.billable;
        totals.billable_tentative += day.billable_tentative;
        totals.busy += day.busy(false);
        totals.busy_with_tentative += day.busy(true);
        totals.displaced += day.displaced;
        totals.displaced_tentative += day.displaced_tentative;
    }
    totals
}

/// The ISO weeks or months of a period, told apart day by day.
fn parts<K: PartialEq>(period: Period, key: impl Fn(Date) -> K) -> Vec<Period> {
    let mut parts: Vec<(K, Period)> = Vec::new();
    for day in period.iter() {
        match parts.last_mut() {
            Some((k, part)) if *k == key(day) => *part = Period::new(part.from(), day).unwrap(),
            _ => parts.push((key(day), Period::new(day, day).unwrap())),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// Weeks as they are shown: 1970-01-05 is a Monday.
fn weeks(world: &World, period: Period) -> Vec<Period> {
    parts(period, |d| (d.days() - first_week(world)).div_euclid(7))
}

/// The first day of a week early in 1970, before the tests' periods.
fn first_week(world: &World) -> i32 {
    match world.settings.week_start {
        WeekStart::Monday => 4,
        WeekStart::Sunday => 3,
        WeekStart::Saturday => 2,
    }
}

fn months(period: Period) -> Vec<Period> {
    parts(period, |d| (d.ymd().0, d.ymd().1))
}

fn check_people(world: &World, plan: &Plan, period: Period) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(world);
    let tolerance = u64::from(world.settings.tolerance_minutes);
    for entry in plan.people().values() {
        let expected = oracle.days(entry.id, period);
        let figures = PersonFigures::of(plan, entry, period);
        let mut excess = Vec::new();
        for (day, e) in &expected {
            let f = figures.day(*day);
            let found = (f.capacity, f.booked, f.tentative);
            let found = (found.0.into(), found.1.into(), found.2.into());
            prop_assert_eq!(
                found,
                (e.capacity, e.booked, e.tentative),
                "{} {:?}",
                day,
                e
            );
            let displaced = (f.displaced.into(), f.displaced_tentative.into());
            prop_assert_eq!(displaced, (e.displaced, e.displaced_tentative), "{}", day);
            let explained: u64 = figures.loads_on(*day).iter().map(|l| u64::from(l.1)).sum();
            prop_assert_eq!(explained, e.booked + e.tentative);
            for with in [false, true] {
                let tolerated = world.settings.tolerance_minutes;
                let over = e.overbooked(with, tolerance);
                prop_assert_eq!(f.overbooked(with, tolerated), over);
            }
            if e.overbooked(false, tolerance) {
                let allowed = if e.capacity == 0 {
                    0
                } else {
                    e.capacity + tolerance
                };
                excess.push((*day, u32::try_from(e.booked - allowed).unwrap()));
            }
        }
        prop_assert_eq!(excess_days(plan, entry, period), excess);
        for part in weeks(world, period)
            .into_iter()
            .chain(months(period))
            .chain([period])
        {
            prop_assert_eq!(figures.totals(part), sum(&expected, part));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(160))]

    #[test]
    fn people_day_by_day_and_in_sums(world in random::world(), period in random::period()) {
        check_people(&world, &world.plan(), period)?;
    }

    #[test]
    fn dashboards(world in random::world(), period in random::period(), with in any::<bool>()) {
        dashboard::check(&world, &world.plan(), period, with)?;
    }

    #[test]
    fn schedules(world in random::world(), period in random::period()) {
        let plan = world.plan();
        schedule::check(&world, &plan, period)?;
        schedule::check_order(&world, &plan, period)?;
    }

    #[test]
    fn default_weeks_and_holidays_that_change_while_figures_are_remembered(
        mut world in random::world(),
        other in random::world(),
        period in random::period(),
    ) {
        let mut plan = world.plan();
        check_people(&world, &plan, period)?;
        world.settings = other.settings;
        plan.apply_provisional(&crate::figures_support::put(
            raally_domain::ids::TheSettings,
            &world.settings,
        )).unwrap();
        check_people(&world, &plan, period)?;
        world.calendars = other.calendars;
        for (id, calendar) in &world.calendars {
            plan.apply_provisional(&crate::figures_support::put(*id, calendar)).unwrap();
        }
        check_people(&world, &plan, period)?;
        dashboard::check(&world, &plan, period, false)?;
    }
}
