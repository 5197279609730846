//! Random files: what the dashboard says of them agrees with a calculation made here, day by
//! day, from what semantics.md says and from the file alone.

use proptest::prelude::*;
use raally_domain::date::{Date, Period};
use raally_domain::figures::dashboard;

use super::lab::Lab;

#[derive(Clone, Debug)]
struct Booking {
    person: u32,
    /// Quarters of an hour a week.
    quarters: u32,
    start: i32,
    days: Option<i32>,
}

#[derive(Clone, Debug)]
struct Hours {
    person: u32,
    quarters: u32,
    from: i32,
}

const PEOPLE: u32 = 4;

fn bookings() -> impl Strategy<Value = Vec<Booking>> {
    let one = (
        1..=PEOPLE,
        1u32..200,
        -40i32..60,
        proptest::option::of(0i32..40),
    )
        .prop_map(|(person, quarters, start, days)| Booking {
            person,
            quarters,
            start,
            days,
        });
    proptest::collection::vec(one, 0..8)
}

fn hours() -> impl Strategy<Value = Vec<Hours>> {
    let one = (1..=PEOPLE, 0u32..200, -60i32..60).prop_map(|(person, quarters, from)| Hours {
        person,
        quarters,
        from,
    });
    proptest::collection::vec(one, 0..8)
}

/// A whole in parts as these weights, by largest remainder, earlier first.
fn shares(whole: u64, weights: [u64; 7]) -> [u64; 7] {
    let sum: u64 = weights.iter().sum();
    let mut parts = weights.map(|w| whole * w / sum);
    let mut order: Vec<usize> = (0..7).collect();
    order.sort_by_key(|d| std::cmp::Reverse(whole * weights[*d] % sum));
    let left = whole - parts.iter().sum::<u64>();
    for day in order.into_iter().take(usize::try_from(left).unwrap()) {
        parts[day] += 1;
    }
    parts
}

fn working_week(minutes: u64) -> [u64; 7] {
    shares(minutes, [1, 1, 1, 1, 1, 0, 0])
}

/// Capacity, booked and overtime of one week, whose Monday is `monday`.
fn naive(monday: i32, hours: &[Hours], bookings: &[Booking]) -> (u64, u64, u64) {
    let (mut capacity, mut booked, mut overtime) = (0, 0, 0);
    for person in 1..=PEOPLE {
        for (weekday, day) in (monday..monday + 7).enumerate() {
            let known = hours.iter().filter(|h| h.person == person && h.from <= day);
            // The latest date; of one date, the latest row.
            let in_force = known.max_by_key(|h| h.from).map_or(0, |h| h.quarters);
            let pattern = working_week(u64::from(in_force) * 15);
            let weights = if in_force == 0 {
                working_week(2400)
            } else {
                pattern
            };
            let load: u64 = bookings
                .iter()
                .filter(|b| b.person == person && b.start <= day)
                .filter(|b| b.days.is_none_or(|days| day <= b.start + days))
                .map(|b| shares(u64::from(b.quarters) * 15, weights)[weekday])
                .sum();
            capacity += pattern[weekday];
            booked += load;
            overtime += load.saturating_sub(pattern[weekday]);
        }
    }
    (capacity, booked, overtime)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_agree_with_a_naive_calculation(hours in hours(), bookings in bookings(), week in -4i32..8) {
        let lab = Lab::bare();
        let file = lab.edit();
        let origin: Date = "2022-09-12".parse().unwrap();
        let text = |day: i32| origin.plus(day).to_string();
        for n in 1..=PEOPLE {
            file.person(n, 1, &format!("Person {n}"));
        }
        file.project(1, 1, "P1", "Project");
        for (n, h) in (1..).zip(&hours) {
            let quarters = f64::from(h.quarters) / 4.0;
            file.compensation(n, 1, h.person, (&quarters, &10), &text(h.from));
        }
        for (n, b) in (1..).zip(&bookings) {
            let end = b.days.map(|days| text(b.start + days));
            let quarters = format!("{}", f64::from(b.quarters) / 4.0);
            file.assignment(n, 1, (b.person, 1), &quarters, (&text(b.start), end.as_deref()));
        }
        drop(file);
        lab.import();
        let period = Period::new(origin.plus(week * 7), origin.plus(week * 7 + 6)).unwrap();
        let d = dashboard(&lab.plan(1), period, false);
        prop_assert_eq!(
            (d.capacity_minutes, d.booked_minutes, d.overtime_minutes),
            naive(week * 7, &hours, &bookings)
        );
    }
}
