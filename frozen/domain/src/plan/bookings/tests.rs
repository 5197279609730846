//! What is looked up by days is what a look at all of them finds.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::*;
use crate::effort::Effort;
use crate::ids::{PersonId, ProjectId};
use crate::kinds::{Assignment, Owner};
use crate::plan::Record;

fn date(days: i32) -> Date {
    Date::MIN.plus(days)
}

/// The `n`th booking: of a few days, of some years or without an end.
fn booking(n: u32, start: i32, length: Option<i32>) -> Booking {
    let owner = Owner::Person(PersonId(Uuid::nil()));
    let effort = Effort::PerDay {
        minutes: 60,
        weekdays: None,
        include_non_working: false,
    };
    let record = Record {
        id: AssignmentId(Uuid::from_u128(n.into())),
        version: 1,
        value: Assignment {
            end: length.map(|days| date(start + days)),
            ..Assignment::new(owner, ProjectId(Uuid::nil()), date(start), effort)
        }
        .into(),
    };
    Booking::new(record, None)
}

/// A booking comes, or one of those that are there goes.
#[derive(Clone, Debug)]
enum Step {
    Insert(i32, Option<i32>),
    Remove(usize),
    /// What is said of it is another.
    Replace(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let length = prop_oneof![
        4 => Just(0),
        4 => 0..9i32,
        2 => 0..200i32,
        1 => 0..90_000i32,
        // What ends before it begins was never refused by the first releases.
        1 => -3..0i32,
    ];
    prop_oneof![
        4 => (0..500i32, option::weighted(0.9, length)).prop_map(|(start, length)| {
            Step::Insert(start, length.map(|days| days.max(-start)))
        }),
        1 => any::<usize>().prop_map(Step::Remove),
        1 => any::<usize>().prop_map(Step::Replace),
    ]
}

/// The bookings, and the same as a list in the order of lanes.
fn built(steps: &[Step]) -> (Bookings, Vec<Booking>) {
    let mut bookings = Bookings::default();
    let mut list: Vec<Booking> = Vec::new();
    for (n, step) in (1..).zip(steps) {
        match step {
            Step::Insert(start, length) => {
                let new = booking(n, *start, *length);
                list.push(new.clone());
                bookings.insert(new);
            }
            Step::Remove(_) | Step::Replace(_) if list.is_empty() => {}
            Step::Remove(at) => {
                let gone = list.remove(at % list.len());
                let removed = bookings.remove(&gone.lane_key());
                assert_eq!(removed, Some(gone), "it was there");
            }
            Step::Replace(at) => {
                let at = at % list.len();
                list[at].tentative = !list[at].tentative;
                bookings.insert(list[at].clone());
            }
        }
    }
    list.sort_by_key(Booking::lane_key);
    (bookings, list)
}

proptest! {
    #![proptest_config(Config {
        cases: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_129),
        ..Config::default()
    })]

    #[test]
    fn days_find_what_a_look_at_all_finds(
        steps in vec(step(), 0..80),
        days in vec((0..800i32, 0..60i32), 8),
    ) {
        let (bookings, list) = built(&steps);
        prop_assert_eq!(bookings.len(), list.len());
        prop_assert!(bookings.iter().eq(&list), "all of them, in the order of lanes");
        for (from, length) in days {
            let (from, to) = (date(from), date(from + length));
            let runs = |b: &&Booking| {
                let work = &b.record.value;
                work.start <= to && work.end.is_none_or(|end| from <= end)
            };
            let naive: Vec<&Booking> = list.iter().filter(runs).collect();
            let found: Vec<&Booking> = bookings.between(from, to).collect();
            prop_assert_eq!(found, naive);
        }
        let last = |b: &Booking| b.record.value.end.unwrap_or(b.record.value.start);
        prop_assert_eq!(bookings.last_date(), list.iter().map(last).max());
        let open = |b: &Booking| b.record.value.end.is_none();
        prop_assert_eq!(bookings.any_open(), list.iter().any(open));
    }
}

#[test]
fn a_day_among_many_years_takes_a_look_at_its_own() {
    let mut bookings = Bookings::default();
    for n in 0..20_000 {
        let long = if n % 1_000 == 0 { 999 } else { 0 };
        bookings.insert(booking(n, i32::try_from(n).expect("small"), Some(long)));
    }
    let day = date(10_500);
    let seen = visits(|| assert_eq!(bookings.between(day, day).count(), 2));
    assert!(seen <= 6, "{seen} of 20,000 were looked at for two");
}
