//! Figures of a few days, worked out of these days alone, are those of whole quarters.

use crate::figures_support::random;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use raally_domain::date::{Date, Period};
use raally_domain::figures::{DayFigures, PersonFigures, Totals};
use raally_domain::ids::AssignmentId;

fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_129),
        ..Config::default()
    }
}

/// All that is told of a person over some days of a period.
#[derive(Debug, PartialEq)]
struct Told {
    days: Vec<(Date, DayFigures)>,
    totals: Totals,
    overbooked: [Option<(Date, u32)>; 2],
    loads: Vec<Vec<(AssignmentId, u32)>>,
    displaced: Vec<(AssignmentId, u64, Date, Date)>,
    projects: Vec<(u64, u64, u64)>,
}

fn told(figures: &PersonFigures<'_>, part: Period) -> Told {
    let loads = |day| {
        let loads = figures.loads_on(day).into_iter();
        loads.map(|(booking, m)| (booking.record.id, m)).collect()
    };
    let displaced = figures.displaced(part).into_iter();
    let project = |n| {
        let id = random::project_id(n);
        let (sure, tentative) = figures.project(id, part);
        (sure, tentative, figures.displaced_of(id, part))
    };
    Told {
        days: figures.days().collect(),
        totals: figures.totals(part),
        overbooked: [false, true].map(|with| figures.overbooked(part, with)),
        loads: figures.period().iter().map(loads).collect(),
        displaced: displaced
            .map(|d| (d.booking.record.id, d.minutes, d.from, d.to))
            .collect(),
        projects: (0..3).map(project).collect(),
    }
}

/// A few days, or longer than a quarter.
fn days() -> impl Strategy<Value = Period> {
    let short = (random::period(), 0..9i32).prop_map(|(period, days)| {
        let from = period.from();
        Period::new(from, from.plus(days)).unwrap()
    });
    prop_oneof![3 => short, 1 => random::period()]
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn days_alone_have_the_figures_of_their_quarters(
        world in random::world(),
        asked in vec((days(), days()), 6),
    ) {
        let (plan, remembering) = (world.plan(), world.plan());
        for (period, part) in asked {
            for n in 0..4 {
                let id = random::person_id(n);
                let once = PersonFigures::once(&plan, &plan.people()[&id], period);
                let whole = PersonFigures::of(&remembering, &remembering.people()[&id], period);
                prop_assert_eq!(told(&once, part), told(&whole, part));
                prop_assert_eq!(told(&once, period), told(&whole, period));
            }
        }
    }

    #[test]
    fn days_alone_take_what_is_remembered_of_others(
        world in random::world(),
        (before, period) in (days(), days()),
    ) {
        let (plan, other) = (world.plan(), world.plan());
        for n in 0..4 {
            let id = random::person_id(n);
            let known = told(&PersonFigures::of(&plan, &plan.people()[&id], before), before);
            let once = PersonFigures::once(&plan, &plan.people()[&id], period);
            let whole = PersonFigures::of(&other, &other.people()[&id], period);
            prop_assert_eq!(told(&once, period), told(&whole, period));
            // Nor is what is remembered from then on cut to those days.
            let again = PersonFigures::of(&plan, &plan.people()[&id], before);
            prop_assert_eq!(told(&again, before), known);
            let wide = Period::new(period.from().plus(-90), period.to().plus(90)).unwrap();
            let around = PersonFigures::of(&plan, &plan.people()[&id], wide);
            let whole = PersonFigures::of(&other, &other.people()[&id], wide);
            prop_assert_eq!(told(&around, wide), told(&whole, wide));
        }
    }
}
