//! Windows of total efforts that hold more work than they have room for.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::day_rules::DayRules;
use super::load::{self, GivenShares};
use super::memo::CacheInputs;
use crate::date::Date;
use crate::effort::Effort;
use crate::ids::AssignmentId;
use crate::plan::{Booking, InOrder, LaneKey, PersonEntry};

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

/// The total efforts of a person that matter for the windows on some days.
///
/// In a smallest infeasible window each total effort overlaps another, to both ends: where the
/// work of two parts with nothing in common exceeds the room, that of one part exceeds its own.
/// So those that overlap the days matter, those that overlap these, and so on.
pub(super) struct Demands<'p> {
    entry: &'p PersonEntry,
    with_tentative: bool,
    /// Only windows that have one of these days are looked for.
    days: (Date, Date),
    demands: BTreeMap<LaneKey, Demand>,
}

impl<'p> Demands<'p> {
    /// Those that matter for some days, both the first and the last included.
    pub(super) fn of(
        entry: &'p PersonEntry,
        with_tentative: bool,
        days: (Date, Date),
    ) -> Demands<'p> {
        let mut demands = BTreeMap::new();
        let (mut first, mut last) = days;
        let mut unseen = vec![days];
        while let Some((from, to)) = unseen.pop() {
            let running = entry.bookings.between(from, to);
            for booking in running.filter(|b| with_tentative || !b.tentative) {
                let Some((demand, start, end)) = Demand::of(booking) else {
                    continue;
                };
                demands.insert(booking.lane_key(), demand);
                if start < first {
                    unseen.push((start, first.plus(-1)));
                    first = start;
                }
                if end > last {
                    unseen.push((last.plus(1), end));
                    last = end;
                }
            }
        }
        Demands {
            entry,
            with_tentative,
            days,
            demands,
        }
    }

    /// The days from the first of them to the last; `None` where there are none.
    pub(super) fn span(&self) -> Option<(i32, i32)> {
        let first = self.demands.values().map(|d| d.from).min()?;
        let last = self.demands.values().map(|d| d.to).max()?;
        Some((first, last))
    }

    /// Bookings that run on days of that span.
    pub(super) fn running(&self, (first, last): (i32, i32)) -> InOrder<'p> {
        let date = |days: i32| Date::MIN.plus(days);
        self.entry.bookings.between(date(first), date(last))
    }

    /// The smallest infeasible windows that have one of the days, by their first day: those that
    /// contain no other.
    ///
    /// Room is, day by day, capacity less the load of everything that is no total effort, never
    /// below 0. Total efforts only partly inside can give way and do not count.
    pub(super) fn windows(&self, inputs: &CacheInputs) -> Vec<InfeasibleWindow> {
        let Some(span) = self.span() else {
            return Vec::new();
        };
        let demands: Vec<&Demand> = self.demands.values().collect();
        let mut windows = smallest(&demands, span.0, &self.room(inputs, span));
        windows.retain(|window| window.from <= self.days.1 && self.days.0 <= window.to);
        windows
    }

    /// Room before each day of the span, summed up; one longer than the span.
    fn room(&self, inputs: &CacheInputs, (first, last): (i32, i32)) -> Vec<u64> {
        let len = usize::try_from(last - first + 1).expect("a span is not empty");
        let terms = DayRules::of(&inputs.worker(self.entry), first, len);
        let mut other = vec![0u32; len];
        let mut given = GivenShares::default();
        let running = self.running((first, last));
        let counted = running.filter(|b| self.with_tentative || !b.tentative);
        load::each_in_turn(counted.enumerate(), |_, booking| {
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
}

/// The smallest windows in which demands exceed the room, which is summed up from the first day on.
fn smallest(demands: &[&Demand], first: i32, room: &[u64]) -> Vec<InfeasibleWindow> {
    let room_over = |from: i32, to: i32| {
        let place = |day: i32| usize::try_from(day - first).expect("inside the span");
        room[place(to) + 1] - room[place(from)]
    };
    let mut by_end = demands.to_vec();
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

impl Demand {
    /// A total effort with its first and last day; `None` of any other booking.
    fn of(booking: &Booking) -> Option<(Demand, Date, Date)> {
        let work = &booking.record.value;
        let (Effort::Total { minutes }, Some(end)) = (work.effort, work.end) else {
            return None;
        };
        let demand = Demand {
            from: work.start.days(),
            to: end.days(),
            minutes: minutes.into(),
            id: booking.record.id,
        };
        (work.start <= end).then_some((demand, work.start, end))
    }
}
