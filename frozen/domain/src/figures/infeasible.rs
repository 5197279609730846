//! Windows of total efforts that hold more work than they have room for.

use super::day_rules::DayRules;
use super::load::{self, GivenShares, window};
use super::memo::CacheInputs;
use crate::date::Date;
use crate::effort::Effort;
use crate::ids::AssignmentId;
use crate::plan::PersonEntry;

/// An interval in which the total efforts that must lie wholly inside exceed the room there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfeasibleWindow {
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    /// The total efforts whose windows lie inside, in the order of lanes.
    pub assignment_ids: Vec<AssignmentId>,
    /// Work inside − room inside.
    pub missing_minutes: u64,
}

/// A total effort as a demand on an interval.
struct Demand {
    from: i32,
    to: i32,
    minutes: u64,
    id: AssignmentId,
}

/// The smallest infeasible windows of a person by their first day: those that contain no other.
///
/// Room is, day by day, capacity less the load of everything that is no total effort, never
/// below 0. Total efforts only partly inside can give way and do not count.
pub(super) fn windows(
    entry: &PersonEntry,
    inputs: &CacheInputs,
    with_tentative: bool,
) -> Vec<InfeasibleWindow> {
    let demands = demands(entry, with_tentative);
    let (Some(first), Some(last)) = (
        demands.iter().map(|d| d.from).min(),
        demands.iter().map(|d| d.to).max(),
    ) else {
        return Vec::new();
    };
    let room = room(entry, inputs, with_tentative, first, last);
    let room_over = |from: i32, to: i32| {
        let place = |day: i32| usize::try_from(day - first).expect("inside the span");
        room[place(to) + 1] - room[place(from)]
    };
    let mut by_end: Vec<&Demand> = demands.iter().collect();
    by_end.sort_by_key(|d| d.to);
    let mut starts: Vec<i32> = demands.iter().map(|d| d.from).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut found = Vec::new();
    let mut nearest_end = i32::MAX;
    for from in starts.into_iter().rev() {
        let mut work = 0u64;
        let mut inside = by_end.iter().filter(|d| d.from >= from).peekable();
        while let Some(demand) = inside.next() {
            work += demand.minutes;
            if inside.peek().is_some_and(|next| next.to == demand.to) {
                continue;
            }
            let room = room_over(from, demand.to);
            if work > room {
                if demand.to < nearest_end {
                    nearest_end = demand.to;
                    found.push((from, demand.to, work - room));
                }
                break;
            }
        }
    }
    found.reverse();
    let named = |(from, to, missing_minutes): (i32, i32, u64)| InfeasibleWindow {
        from: Date::MIN.plus(from),
        to: Date::MIN.plus(to),
        assignment_ids: demands
            .iter()
            .filter(|d| from <= d.from && d.to <= to)
            .map(|d| d.id)
            .collect(),
        missing_minutes,
    };
    found.into_iter().map(named).collect()
}

fn demands(entry: &PersonEntry, with_tentative: bool) -> Vec<Demand> {
    let counted = entry
        .bookings
        .iter()
        .filter(|b| with_tentative || !b.tentative);
    counted
        .filter_map(|b| match b.record.value.effort {
            Effort::Total { minutes } => {
                let (from, to) = window(&b.record.value);
                (from <= to && to < i32::MAX).then_some(Demand {
                    from,
                    to,
                    minutes: minutes.into(),
                    id: b.record.id,
                })
            }
            _ => None,
        })
        .collect()
}

/// Room before each day of the span, summed up; one longer than the span.
fn room(
    entry: &PersonEntry,
    inputs: &CacheInputs,
    with_tentative: bool,
    first: i32,
    last: i32,
) -> Vec<u64> {
    let len = usize::try_from(last - first + 1).expect("a span is not empty");
    let terms = DayRules::of(&inputs.worker(entry), first, len);
    let mut other = vec![0u32; len];
    let mut given = GivenShares::default();
    let bookings = entry.bookings.iter().enumerate();
    let counted = bookings.filter(|(_, b)| with_tentative || !b.tentative);
    load::each_in_turn(counted, |_, booking| {
        // Without its spread, a total effort adds nothing here.
        load::load(
            &booking.record.value,
            &terms,
            None,
            &mut given,
            |at, day| {
                other[at] = other[at].saturating_add(day.load);
            },
        );
    });
    let mut sum = 0u64;
    let mut sums = Vec::with_capacity(len + 1);
    sums.push(0);
    for (day, other) in terms.days.iter().zip(other) {
        sum += u64::from(u32::from(day.capacity).saturating_sub(other));
        sums.push(sum);
    }
    sums
}
