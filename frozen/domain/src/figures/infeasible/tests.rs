//! What is looked for on some days is what is found among all.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use uuid::Uuid;

use super::*;
use crate::employment::Employment;
use crate::event::{Change, Diff};
use crate::figures::memo::FigureContext;
use crate::ids::{PersonId, PersonalRef, ProjectId, TenantId};
use crate::kinds::{Assignment, AssignmentStatus, Owner, Person};
use crate::personal::Personal;
use crate::plan::Plan;

const ANA: PersonId = PersonId(Uuid::from_u128(0xa));

fn date(days: i32) -> Date {
    Date::MIN.plus(days)
}

/// Work of somebody: a total effort, or so much a day.
fn work() -> impl Strategy<Value = Assignment> {
    let effort = prop_oneof![
        4 => (60..6000u32).prop_map(|minutes| Effort::Total { minutes }),
        1 => (0..300u32).prop_map(|minutes| Effort::PerDay {
            minutes,
            weekdays: None,
            include_non_working: false,
        }),
    ];
    (0..90i32, 0..12i32, effort, any::<u8>()).prop_map(|(start, days, effort, sure)| Assignment {
        end: Some(date(start + days)),
        status: match sure {
            0..50 => AssignmentStatus::Tentative,
            _ => AssignmentStatus::Confirmed,
        },
        ..Assignment::new(
            Owner::Person(ANA),
            ProjectId(Uuid::nil()),
            date(start),
            effort,
        )
    })
}

fn person() -> Person {
    Person {
        full_name: Personal::new("Ana".to_owned(), PersonalRef(Uuid::nil()), [1; 16]),
        email: None,
        user_id: None,
        employment: Employment::ALWAYS,
        skills: Vec::new(),
        tags: Vec::new(),
        notes: None,
        archived: false,
    }
}

fn plan(work: Vec<Assignment>) -> Plan {
    let mut plan = Plan::empty(TenantId(Uuid::from_u128(1)), 1);
    let person = Change::from(Diff {
        id: ANA,
        before: None,
        after: Some(person()),
    });
    let bookings = (1..).zip(work).map(|(n, work)| {
        Change::from(Diff {
            id: AssignmentId(Uuid::from_u128(n)),
            before: None,
            after: Some(work),
        })
    });
    for change in std::iter::once(person).chain(bookings) {
        plan.apply_provisional(&change).expect("it fits");
    }
    plan
}

proptest! {
    #![proptest_config(Config {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_129),
        ..Config::default()
    })]

    #[test]
    fn some_days_have_the_windows_that_all_days_have_there(
        work in vec(work(), 0..14),
        days in vec((0..110i32, 0..20i32), 6),
        with_tentative: bool,
    ) {
        let plan = plan(work);
        let entry = &plan.people()[&ANA];
        let inputs = FigureContext::of(&plan).inputs(entry).keep();
        let windows = |days| Demands::of(entry, with_tentative, days).windows(&inputs);
        let all = windows((Date::MIN, Date::MAX));
        for (from, length) in days {
            let (from, to) = (date(from), date(from + length));
            let mut there = all.clone();
            there.retain(|window| window.from <= to && from <= window.to);
            prop_assert_eq!(windows((from, to)), there);
        }
    }
}
