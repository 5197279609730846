//! A block while it is being worked out.

use std::ops::Range;

use super::{Block, DAYS, Displaced, Load, WEEKS, WeekSums, small, title_key};
use crate::figures::day_rules::{DayRules, LoadOfDay};
use crate::figures::load::Minutes;
use crate::figures::memo::CacheInputs;
use crate::plan::{Booking, LaneKey};

/// A block while it is being worked out.
pub(super) struct BlockBuilder {
    /// Which of its days is the first of the terms.
    first: usize,
    /// The days of capacity, of booked and of tentative load.
    days: Vec<u32>,
    /// The days of each of `loads`, and their weeks.
    minutes: Vec<u32>,
    load_weeks: Vec<u32>,
    billable: [WeekSums; WEEKS as usize],
    loads: Vec<Load>,
    displaced: Vec<Displaced>,
    any_tentative: bool,
}

/// Where the weeks of loads begin among a block's minutes, after the sums of weeks.
const LOADS_AT: usize = 7 * WEEKS as usize;

impl BlockBuilder {
    /// Of a block whose day `first` is the first of the terms.
    pub(super) fn new(terms: &DayRules, first: usize) -> BlockBuilder {
        let mut days = Vec::with_capacity(3 * DAYS);
        days.resize(first, 0);
        days.extend(terms.days.iter().map(|d| u32::from(d.capacity)));
        days.resize(3 * DAYS, 0);
        BlockBuilder {
            first,
            days,
            minutes: Vec::new(),
            load_weeks: Vec::new(),
            billable: Default::default(),
            loads: Vec::new(),
            displaced: Vec::new(),
            any_tentative: false,
        }
    }

    pub(super) fn add(
        &mut self,
        n: usize,
        booking: &Booking,
        places: Range<usize>,
        load: impl FnOnce(&mut dyn FnMut(usize, LoadOfDay)),
    ) {
        let project = booking.record.value.project_id;
        let (tentative, billable) = (booking.tentative, booking.billable);
        let booking = u32::try_from(n).expect("a person has few bookings");
        let first = self.first;
        let at = self.minutes.len();
        self.minutes.resize(at + places.len(), 0);
        let sum_at = if tentative { 2 * DAYS } else { DAYS };
        let mut weeks = [0u32; WEEKS as usize];
        load(&mut |at_day, of_day| {
            let place = first + at_day;
            if of_day.displaced > 0 {
                self.displaced.push(Displaced {
                    project,
                    booking,
                    minutes: of_day.displaced,
                    day: u8::try_from(place).expect("a block has 91 days"),
                    tentative,
                });
            }
            let minutes = of_day.load;
            let sum = &mut self.days[sum_at + place];
            *sum = sum.saturating_add(minutes);
            self.minutes[at + at_day - places.start] = minutes;
            let week = &mut weeks[place / 7];
            *week = week.saturating_add(minutes);
            if billable {
                self.billable[place / 7].add_billable(tentative, minutes);
            }
        });
        if weeks.iter().all(|w| *w == 0) {
            self.minutes.truncate(at);
            return;
        }
        self.any_tentative |= tentative;
        let weeks_at = small(LOADS_AT + self.load_weeks.len());
        self.load_weeks.extend(weeks);
        self.loads.push(Load {
            project,
            booking,
            weeks_at,
            at: small(at),
            first: u8::try_from(first + places.start).expect("a block has 91 days"),
            len: u8::try_from(places.len()).expect("a block has 91 days"),
            tentative,
            billable,
        });
    }

    pub(super) fn finish(
        mut self,
        inputs: CacheInputs,
        quarter: i32,
        bookings: Box<[LaneKey]>,
    ) -> Block {
        let mut weeks = self.billable;
        for day in 0..DAYS {
            let [capacity, booked, tentative] = [0, 1, 2].map(|n| self.days[n * DAYS + day]);
            weeks[day / 7].add_day(capacity, booked, tentative);
        }
        let days = if self.any_tentative {
            &self.days[..]
        } else {
            &self.days[..2 * DAYS]
        };
        let mut minutes: Vec<u32> = weeks.into_iter().flat_map(<[u32; 7]>::from).collect();
        minutes.extend(&self.load_weeks);
        let load_days_at = small(minutes.len());
        self.loads.iter_mut().for_each(|l| l.at += load_days_at);
        minutes.extend(&self.minutes);
        let days_at = small(minutes.len());
        minutes.extend(days);
        self.loads.sort_unstable_by_key(|l| l.booking);
        self.displaced.sort_unstable_by_key(|d| (d.day, d.booking));
        Block {
            inputs,
            quarter,
            bookings,
            loads: self.loads.into(),
            displaced: self.displaced.into(),
            minutes: Minutes::of(&minutes),
            days_at,
            any_tentative: self.any_tentative,
            title: title_key(None),
            titles: Box::default(),
        }
    }
}
