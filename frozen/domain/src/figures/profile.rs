//! What follows from a person's entry alone: lanes, the end of bookings, the folded name.

use crate::date::Date;
use crate::effort::Effort;
use crate::ids::HolidayCalendarId;
use crate::plan::{Booking, PersonEntry};

use super::fold::fold;

/// How long somebody is booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BookedUntil {
    #[default]
    Never,
    /// The last day of the last booking.
    Day(Date),
    Open,
}

/// What follows from a person and their placements.
pub(super) struct Profile {
    pub folded_name: Box<str>,
    /// The holiday calendars of the placements, `None` for the tenant's, each from its first day
    /// on, in days since 1970-01-01.
    pub calendars: Box<[(i32, Option<HolidayCalendarId>)]>,
}

/// What follows from all of a person's bookings together.
pub(super) struct Booked {
    pub confirmed_until: BookedUntil,
    pub until: BookedUntil,
    /// Some booking's effort is a total.
    pub any_total: bool,
    pub lanes: Lanes,
}

impl Profile {
    pub(super) fn of(entry: &PersonEntry) -> Profile {
        Profile {
            folded_name: fold(entry.person.name()).into(),
            calendars: calendars(entry),
        }
    }
}

impl Booked {
    pub(super) fn of(entry: &PersonEntry) -> Booked {
        let until = |b: &Booking| {
            let end = b.record.value.end;
            end.map_or(BookedUntil::Open, BookedUntil::Day)
        };
        let last = |tentative: bool| {
            let bookings = entry.bookings.iter();
            let counted = bookings.filter(|b| tentative || !b.tentative);
            counted.map(until).max().unwrap_or_default()
        };
        Booked {
            confirmed_until: last(false),
            until: last(true),
            any_total: entry
                .bookings
                .iter()
                .any(|b| matches!(b.record.value.effort, Effort::Total { .. })),
            lanes: Lanes::pack(&entry.bookings),
        }
    }
}

/// Where the holiday calendar changes; always one from the beginning.
fn calendars(entry: &PersonEntry) -> Box<[(i32, Option<HolidayCalendarId>)]> {
    let placed = entry.placements.iter().map(|record| {
        let placement = &record.value;
        (
            placement.effective_date.days(),
            placement.holiday_calendar_id,
        )
    });
    let mut calendars: Vec<(i32, Option<HolidayCalendarId>)> = vec![(i32::MIN, None)];
    for (from, calendar) in placed {
        match calendars.last_mut() {
            // Of two of one date, or where the first begins with all days, the later holds.
            Some(last) if last.0 == from || (last.0 == i32::MIN && from <= 0) => last.1 = calendar,
            Some(last) if last.1 == calendar => {}
            _ => calendars.push((from, calendar)),
        }
    }
    calendars.into()
}

/// In which lane of a row each booking is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// Parallel to the bookings.
    of: Box<[u16]>,
    count: u16,
}

impl Lanes {
    /// Packs bookings that stand in the order of lanes: each takes the first lane that is free
    /// from its first day on. Over the whole history, so that no bar hops while one scrolls.
    #[must_use]
    pub fn pack<'a>(bookings: impl IntoIterator<Item = &'a Booking>) -> Lanes {
        let mut ends: Vec<Date> = Vec::new();
        let mut lane_of = |booking: &Booking| {
            let assignment = &booking.record.value;
            let end = assignment.end.unwrap_or(Date::MAX);
            let free = ends.iter().position(|e| *e < assignment.start);
            let lane = free.unwrap_or(ends.len());
            match ends.get_mut(lane) {
                Some(slot) => *slot = end,
                None => ends.push(end),
            }
            u16::try_from(lane).unwrap_or(u16::MAX)
        };
        let of = bookings.into_iter().map(&mut lane_of).collect();
        Lanes {
            of,
            count: u16::try_from(ends.len()).unwrap_or(u16::MAX),
        }
    }

    /// The lane of a booking by its place among the bookings, 0 being the uppermost.
    #[must_use]
    pub fn of(&self, booking: usize) -> u16 {
        self.of.get(booking).copied().unwrap_or(0)
    }

    /// How many lanes there are, 0 without bookings.
    #[must_use]
    pub fn count(&self) -> u16 {
        self.count
    }
}
