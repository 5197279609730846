//! The load of an assignment on each day.

use std::cmp::Reverse;

use super::day_rules::{DayRules, LoadOfDay, Worker};
use crate::date::Week;
use crate::default_week::DefaultWeeks;
use crate::effort::{Effort, Weekdays};
use crate::kinds::Assignment;
use crate::pattern::WeekMinutes;
use crate::plan::Booking;

/// The days an assignment runs over, both included, in days since 1970-01-01; `i32::MAX` for
/// an open end.
pub(super) fn window(assignment: &Assignment) -> (i32, i32) {
    let end = assignment.end.map_or(i32::MAX, |d| d.days());
    (assignment.start.days(), end)
}

/// A total effort's minutes on each day of its window.
pub(super) struct Spread {
    pub first: i32,
    pub minutes: Minutes,
}

/// Minutes by place, kept narrow where they fit.
pub(super) enum Minutes {
    Narrow(Box<[u16]>),
    Wide(Box<[u32]>),
}

impl Minutes {
    pub(super) fn of(minutes: &[u32]) -> Minutes {
        let narrow: Result<Box<[u16]>, _> = minutes.iter().map(|m| u16::try_from(*m)).collect();
        narrow.map_or_else(|_| Minutes::Wide(minutes.into()), Minutes::Narrow)
    }

    pub(super) fn get(&self, at: usize) -> u32 {
        match self {
            Minutes::Narrow(m) => u32::from(m[at]),
            Minutes::Wide(m) => m[at],
        }
    }

    /// The minutes of seven places in a row.
    pub(super) fn seven(&self, at: usize) -> [u32; 7] {
        let mut seven = [0; 7];
        match self {
            Minutes::Narrow(m) => {
                for (to, from) in seven.iter_mut().zip(&m[at..at + 7]) {
                    *to = u32::from(*from);
                }
            }
            Minutes::Wide(m) => seven.copy_from_slice(&m[at..at + 7]),
        }
        seven
    }

    pub(super) fn sum(&self, range: std::ops::Range<usize>) -> u64 {
        match self {
            // At most 65,536 values of 16 bits fit 32; no range here is that long.
            Minutes::Narrow(m) if range.len() < 65_536 => {
                u64::from(m[range].iter().map(|v| u32::from(*v)).sum::<u32>())
            }
            Minutes::Narrow(m) => m[range].iter().map(|v| u64::from(*v)).sum(),
            Minutes::Wide(m) => m[range].iter().map(|v| u64::from(*v)).sum(),
        }
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Minutes::Narrow(m) => size_of_val(&**m),
            Minutes::Wide(m) => size_of_val(&**m),
        }
    }
}

/// Distributes `minutes` in proportion to `weights` by largest remainder, earlier places first;
/// the shares add up to `minutes` unless all weights are 0.
pub(super) fn distribute(minutes: u32, weights: &[u16]) -> Vec<u32> {
    let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let mut left = minutes;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut shares: Vec<u32> = Vec::with_capacity(weights.len());
    for (at, weight) in weights.iter().enumerate() {
        let product = u64::from(minutes) * u64::from(*weight);
        let share = u32::try_from(product / total).expect("a share is at most the whole");
        left -= share;
        shares.push(share);
        remainders.push((Reverse(product % total), at));
    }
    if left > 0 {
        remainders.sort_unstable();
        for (_, at) in &remainders[..left as usize] {
            shares[*at] += 1;
        }
    }
    shares
}

fn week_shares(minutes: u32, week: &WeekMinutes) -> [u32; 7] {
    let mut shares = [0; 7];
    shares.copy_from_slice(&distribute(minutes, week));
    shares
}

/// How much of each day is given to shares, in ten-thousandths, while the bookings of one person
/// are gone through.
#[derive(Default)]
pub(super) struct GivenShares(Vec<u64>);

impl GivenShares {
    /// Gives another share of that many minutes, so that all up to it are their sum, rounded half
    /// up.
    fn give(&mut self, at: usize, share: u32, of: u16) -> u32 {
        let before = self.0[at];
        self.0[at] += u64::from(share);
        let rounded = |share: u64| (u64::from(of) * share + 5000) / 10_000;
        let minutes = rounded(self.0[at]) - rounded(before);
        u32::try_from(minutes).expect("a share is at most a day and a minute")
    }
}

/// Visits one person's bookings in the order in which their load is worked out: shares of
/// capacity last, as they are rounded together, confirmed ones first, then by id.
pub(super) fn each_in_turn<'b>(
    bookings: impl Iterator<Item = (usize, &'b Booking)>,
    mut visit: impl FnMut(usize, &'b Booking),
) {
    let mut shares = Vec::new();
    for (n, booking) in bookings {
        if matches!(booking.record.value.effort, Effort::Share { .. }) {
            shares.push((n, booking));
        } else {
            visit(n, booking);
        }
    }
    shares.sort_unstable_by_key(|(_, booking)| (booking.tentative, booking.record.id));
    for (n, booking) in shares {
        visit(n, booking);
    }
}

/// Works out what an assignment loads on the days of `terms` that it runs over: calls `each`
/// with the place in `terms` and the minutes, where there are any. The person's bookings come as
/// [`each_in_turn`] visits them, with the same `given`.
pub(super) fn load(
    assignment: &Assignment,
    terms: &DayRules,
    spread: Option<&Spread>,
    given: &mut GivenShares,
    mut each: impl FnMut(usize, LoadOfDay),
) {
    let (from, to) = window(assignment);
    let places = terms.places(from, to);
    let mut put = |at: usize, of_day: LoadOfDay| {
        if of_day != LoadOfDay::default() {
            each(at, of_day);
        }
    };
    match assignment.effort {
        Effort::PerWeek { minutes } => {
            let mut known: Option<(u32, [u32; 7])> = None;
            for at in places {
                let day = &terms.days[at];
                let shares = match known {
                    Some((week, shares)) if week == day.week => shares,
                    _ => week_shares(minutes, &terms.weeks[day.week as usize]),
                };
                known = Some((day.week, shares));
                put(at, day.keep(shares[terms.weekday(at)]));
            }
        }
        Effort::PerDay {
            minutes,
            weekdays,
            include_non_working,
        } => {
            for at in places {
                let day = &terms.days[at];
                let worked = include_non_working || day.followed > 0;
                if worked && allows(weekdays, terms.weekday(at)) {
                    put(at, day.keep(minutes));
                }
            }
        }
        Effort::Share { share } => {
            given.0.resize(terms.days.len(), 0);
            for at in places {
                let day = &terms.days[at];
                let minutes = given.give(at, share, day.capacity_before_time_off);
                put(at, day.keep_share(minutes));
            }
        }
        Effort::Total { .. } => {
            let Some(spread) = spread else { return };
            let shift = usize::try_from(terms.first.max(spread.first) - spread.first)
                .expect("not negative");
            for (n, at) in places.enumerate() {
                put(at, LoadOfDay::whole(spread.minutes.get(shift + n)));
            }
        }
    }
}

fn allows(weekdays: Option<Weekdays>, weekday: usize) -> bool {
    weekdays.is_none_or(|days| days.contains(weekday))
}

/// Spreads a total effort over its window; `None` for any other effort, or without an end.
///
/// Weights are capacity; if all are 0, the pattern; then the default week; then Monday to
/// Friday; then every day. A day whose pattern is unknown weighs its default week, less holiday
/// and time off and only while employed as long as the weights are capacities.
pub(super) fn spread(assignment: &Assignment, worker: &Worker<'_>) -> Option<Spread> {
    let Effort::Total { minutes } = assignment.effort else {
        return None;
    };
    let (first, last) = (assignment.start.days(), assignment.end?.days());
    let len = usize::try_from(last - first + 1).ok()?;
    let terms = DayRules::of(worker, first, len);
    let shares = distribute(minutes, &weights(&terms, worker.default_week));
    Some(Spread {
        first,
        minutes: Minutes::of(&shares),
    })
}

fn weights(terms: &DayRules, default_week: &DefaultWeeks) -> Vec<u16> {
    type Weigh<'a> = &'a dyn Fn(usize, i32) -> u16;
    let chain: [Weigh<'_>; 4] = [
        &|at, _| terms.days[at].weight,
        &|at, _| terms.days[at].pattern(),
        &|at, day| default_week.on(day).week(Week::of_days(day))[terms.weekday(at)],
        &|at, _| u16::from(terms.weekday(at) < 5),
    ];
    for weigh in chain {
        let weights: Vec<u16> = (0..terms.days.len())
            .zip(terms.first..)
            .map(|(at, day)| weigh(at, day))
            .collect();
        if weights.iter().any(|w| *w > 0) {
            return weights;
        }
    }
    vec![1; terms.days.len()]
}
