//! The bookings of one person or placeholder.

#[cfg(test)]
mod tests;

use std::cmp::{Ordering, Reverse};
use std::iter::{FusedIterator, Peekable, from_fn};

use imbl::OrdMap;
use imbl::ordmap::RangedIter;
use imbl::shared_ptr::DefaultSharedPtr;
use uuid::Uuid;

use super::Booking;
use crate::date::Date;
use crate::ids::AssignmentId;

/// The order of lanes: start, longer first, id.
pub type LaneKey = (Date, Reverse<Date>, AssignmentId);

/// Bookings, found by their keys and by the days that they run over. A clone shares them all with
/// its origin, and a change copies only its way down the tree: one more booking costs somebody
/// with thousands of them hardly more than somebody with none.
///
/// They lie in classes by length, each up to twice as long as the one before, and within a class
/// in the order of lanes. Of a class only what began less than its length before a day can still
/// run on it, so that a few days are looked up in few places, whatever else runs for years.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bookings {
    runs: OrdMap<Run, Booking>,
    /// How many there are of each last day.
    ends: OrdMap<End, u32>,
}

/// The days of a booking as it is looked up by them, in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    start: i32,
    /// The last of all days where the end is open.
    end: i32,
    id: AssignmentId,
}

/// The last day of a booking; after all of them, those without one, by their first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    On(Date),
    OpenFrom(Date),
}

impl Run {
    fn of(&(start, Reverse(end), id): &LaneKey) -> Run {
        Run {
            start: start.days(),
            end: end.days(),
            id,
        }
    }

    /// Which power of two its length reaches.
    fn class(&self) -> u32 {
        (self.end - self.start + 1).max(1).ilog2()
    }

    /// What comes before all of a class that begins on that day or later.
    fn first(class: u32, start: i32) -> Run {
        Run {
            start,
            end: start + longest(class) - 1,
            id: AssignmentId(Uuid::nil()),
        }
    }

    fn lane(&self) -> (i32, Reverse<i32>, AssignmentId) {
        (self.start, Reverse(self.end), self.id)
    }
}

/// The days of the longest run of a class.
fn longest(class: u32) -> i32 {
    (2 << class) - 1
}

impl Ord for Run {
    fn cmp(&self, other: &Run) -> Ordering {
        let by_class = self.class().cmp(&other.class());
        by_class.then_with(|| self.lane().cmp(&other.lane()))
    }
}

impl PartialOrd for Run {
    fn partial_cmp(&self, other: &Run) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl End {
    fn of(booking: &Booking) -> End {
        let work = &booking.record.value;
        work.end.map_or(End::OpenFrom(work.start), End::On)
    }

    fn day(self) -> Date {
        let (End::On(day) | End::OpenFrom(day)) = self;
        day
    }
}

impl Bookings {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The booking of that key.
    #[must_use]
    pub fn get(&self, key: &LaneKey) -> Option<&Booking> {
        let found = self.runs.get(&Run::of(key));
        note_visits(found.is_some().into());
        found
    }

    /// In the order of lanes.
    #[must_use]
    pub fn iter(&self) -> InOrder<'_> {
        self.between(Date::MIN, Date::MAX)
    }

    /// Those that run on some day from one to another, both included, in the order of lanes. It
    /// takes as long as there are such, not as there are bookings.
    #[must_use]
    pub fn between(&self, from: Date, to: Date) -> InOrder<'_> {
        let (from, to) = (from.days(), to.days());
        let of = |class: u32| {
            let first = Run::first(class, from - longest(class) + 1);
            let rest = self.runs.range(first..);
            let class = OfClass {
                rest,
                class,
                from,
                to,
            };
            class.peekable()
        };
        InOrder {
            classes: self.classes().map(of).collect(),
        }
    }

    /// The last date on which one ends, or begins that has no end.
    #[must_use]
    pub fn last_date(&self) -> Option<Date> {
        let open = self.ends.get_max().map(|(end, _)| end.day());
        let mut dated = self.ends.range(..End::OpenFrom(Date::MIN));
        let dated = dated.next_back().map(|(end, _)| end.day());
        open.max(dated)
    }

    /// Whether one has no end.
    #[must_use]
    pub fn any_open(&self) -> bool {
        matches!(self.ends.get_max(), Some((End::OpenFrom(_), _)))
    }

    pub(super) fn insert(&mut self, booking: Booking) {
        let end = End::of(&booking);
        let run = Run::of(&booking.lane_key());
        let replaced = self.runs.insert(run, booking);
        let replaced = replaced.map(|replaced| End::of(&replaced));
        if replaced == Some(end) {
            return;
        }
        *self.ends.entry(end).or_default() += 1;
        replaced.into_iter().for_each(|end| self.forget(end));
    }

    pub(super) fn remove(&mut self, key: &LaneKey) -> Option<Booking> {
        let removed = self.runs.remove(&Run::of(key))?;
        self.forget(End::of(&removed));
        Some(removed)
    }

    fn forget(&mut self, end: End) {
        match self.ends.get_mut(&end) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.ends.remove(&end);
            }
        }
    }

    /// The classes that have bookings.
    fn classes(&self) -> impl Iterator<Item = u32> {
        let class_of = |first: Option<(&Run, &Booking)>| first.map(|(run, _)| run.class());
        let mut next = class_of(self.runs.iter().next());
        from_fn(move || {
            let class = next?;
            let later = Run::first(class + 1, -longest(class + 1));
            next = class_of(self.runs.range(later..).next());
            Some(class)
        })
    }
}

impl<'a> IntoIterator for &'a Bookings {
    type Item = &'a Booking;
    type IntoIter = InOrder<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Bookings in the order of lanes.
#[derive(Clone)]
pub struct InOrder<'b> {
    classes: Vec<Peekable<OfClass<'b>>>,
}

impl<'b> Iterator for InOrder<'b> {
    type Item = &'b Booking;

    fn next(&mut self) -> Option<&'b Booking> {
        let heads = self.classes.iter_mut().enumerate();
        let heads = heads.filter_map(|(n, class)| Some((class.peek()?.0.lane(), n)));
        let (_, first) = heads.min()?;
        self.classes[first].next().map(|(_, booking)| booking)
    }
}

impl FusedIterator for InOrder<'_> {}

/// Those of one class that run between two days, in the order of lanes.
#[derive(Clone)]
struct OfClass<'b> {
    rest: RangedIter<'b, Run, Booking, DefaultSharedPtr>,
    class: u32,
    from: i32,
    to: i32,
}

impl<'b> Iterator for OfClass<'b> {
    type Item = (&'b Run, &'b Booking);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (run, booking) = self.rest.next()?;
            note_visits(1);
            if run.class() != self.class || run.start > self.to {
                return None;
            }
            if run.end >= self.from {
                return Some((run, booking));
            }
        }
    }
}

#[cfg(not(test))]
fn note_visits(_: usize) {}

#[cfg(test)]
pub(crate) use visits::{note_visits, visits};

/// How many bookings a test has looked at.
#[cfg(test)]
mod visits {
    use std::cell::Cell;

    thread_local! {
        static VISITS: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn note_visits(more: usize) {
        VISITS.set(VISITS.get() + more);
    }

    /// How many bookings were looked at on this thread while that was done.
    pub(crate) fn visits(done: impl FnOnce()) -> usize {
        let before = VISITS.get();
        done();
        VISITS.get() - before
    }
}
