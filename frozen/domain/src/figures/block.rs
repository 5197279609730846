//! A quarter block: the figures of a person over 13 ISO weeks.

mod builder;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::day_rules::DayRules;
use super::load::{self, GivenShares, Minutes, Spread};
use super::memo::CacheInputs;
use super::person::DayFigures;
use crate::date::{Date, Period, Week};
use crate::ids::ProjectId;
use crate::plan::{Booking, LaneKey, PersonEntry};
use builder::BlockBuilder;

/// Weeks in a block.
pub(super) const WEEKS: i32 = 13;
/// Days in a block.
pub(super) const DAYS: usize = 91;

/// The block that the day so many days after 1970-01-01 lies in.
pub(super) fn quarter_of(day: i32) -> i32 {
    Week::of_days(day).0.div_euclid(WEEKS)
}

/// The first day of a block, a Monday, in days since 1970-01-01.
pub(super) fn first_day(quarter: i32) -> i32 {
    Week(quarter * WEEKS).monday()
}

/// The quarters that a period lies in.
pub(super) fn quarters(period: Period) -> RangeInclusive<i32> {
    quarter_of(period.from().days())..=quarter_of(period.to().days())
}

/// The days of a quarter that lie in a period.
pub(super) fn days_in(quarter: i32, period: Period) -> Range<usize> {
    let first = first_day(quarter);
    let days = i32::try_from(DAYS).expect("91");
    let from = (period.from().days() - first).max(0);
    let to = (period.to().days() - first + 1).min(days);
    let place = |day: i32| usize::try_from(day).expect("the quarter meets the period");
    place(from)..place(to)
}

/// The date of a day of a block; the nearest there is where that one lies out of range.
pub(super) fn date_of(quarter: i32, day: usize) -> Date {
    Date::MIN.plus(first_day(quarter) + i32::try_from(day).expect("a block has 91 days"))
}

/// Sums over the days of a week (or a part of one), in minutes. What is not here follows:
/// idle = capacity − busy, overtime = booked − busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WeekSums {
    pub capacity: u32,
    pub booked: u32,
    /// Load of tentative assignments, on top of what is booked.
    pub tentative: u32,
    pub billable: u32,
    /// Billable load of tentative assignments, on top of `billable`.
    pub billable_tentative: u32,
    pub busy: u32,
    /// Busy if tentative load counted as booked.
    pub busy_with_tentative: u32,
}

/// An assignment's load within a block.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub project: ProjectId,
    /// Which of the block's bookings it is.
    pub booking: u32,
    /// Where its weeks lie among the block's minutes.
    weeks_at: u32,
    /// Where its days lie among the block's minutes.
    at: u32,
    /// The first of its days within the block, and how many they are.
    first: u8,
    len: u8,
    pub tentative: bool,
    pub billable: bool,
}

/// What approved time off took from a booking on a day of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Displaced {
    pub project: ProjectId,
    /// Which of the block's bookings it is.
    pub booking: u32,
    pub minutes: u32,
    pub day: u8,
    pub tentative: bool,
}

pub(super) struct Block {
    pub inputs: CacheInputs,
    pub quarter: i32,
    /// Those that run on its days, in the order of lanes.
    pub bookings: Box<[LaneKey]>,
    /// In the order of the bookings.
    pub loads: Box<[Load]>,
    /// In the order of days and bookings: few days have any.
    pub displaced: Box<[Displaced]>,
    /// The sums of each week, in the order of [`WeekSums`]; then each load's own sums of
    /// weeks; then the days of each of `loads`; then, from `days_at` on, those of capacity, of booked, and of tentative load if there is
    /// any. All in one place, the most read first: a tenant's dashboard reads tens of thousands
    /// of blocks, and waits for memory more than it calculates.
    minutes: Minutes,
    days_at: u32,
    any_tentative: bool,
    /// The job title in force on its first day, and where others come into force: of those on
    /// one day the last.
    title: TitleKey,
    titles: Box<[(u8, TitleKey)]>,
}

/// Stands for a job title without its text, so that people can be put together by title
/// without following them to it: a hash of the text, 0 for none.
pub(super) type TitleKey = u64;

pub(super) fn title_key(title: Option<&str>) -> TitleKey {
    title.map_or(0, |text| {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish() | 1
    })
}

impl Block {
    /// Works out some days of a person's quarter; its other days are left empty. `spread` knows
    /// how total efforts spread.
    pub(super) fn of(
        entry: &PersonEntry,
        inputs: CacheInputs,
        quarter: i32,
        days: Range<usize>,
        spread: impl Fn(&Booking) -> Option<Arc<Spread>>,
    ) -> Block {
        let first = first_day(quarter) + i32::try_from(days.start).expect("a block has 91 days");
        let terms = DayRules::of(&inputs.worker(entry), first, days.len());
        let (from, to) = (date_of(quarter, days.start), date_of(quarter, days.end - 1));
        let running: Vec<&Booking> = entry.bookings.between(from, to).collect();
        let mut draft = BlockBuilder::new(&terms, days.start);
        let mut given = GivenShares::default();
        load::each_in_turn(running.iter().copied().enumerate(), |n, booking| {
            let assignment = &booking.record.value;
            let (from, to) = load::window(assignment);
            let places = terms.places(from, to);
            if !places.is_empty() {
                let spread = spread(booking);
                draft.add(n, booking, places, |each| {
                    load::load(assignment, &terms, spread.as_deref(), &mut given, each);
                });
            }
        });
        let bookings = running.iter().map(|booking| booking.lane_key()).collect();
        let block = draft.finish(inputs, quarter, bookings);
        block.with_titles(entry)
    }

    fn with_titles(mut self, entry: &PersonEntry) -> Block {
        let first = self.first_day();
        let last = first + i32::try_from(DAYS).expect("91") - 1;
        let mut titles: Vec<(u8, TitleKey)> = Vec::new();
        for record in &entry.job_titles {
            let from = record.value.effective_date.days();
            let key = title_key(Some(&record.value.title));
            if from <= first {
                self.title = key;
            } else if from <= last {
                let day = u8::try_from(from - first).expect("a block has 91 days");
                titles.push((day, key));
            }
        }
        self.titles = titles.into();
        self
    }

    /// Visits those days by the job title in force on them, in order.
    pub(super) fn each_title(
        &self,
        days: Range<usize>,
        mut visit: impl FnMut(TitleKey, Range<usize>),
    ) {
        let (mut title, mut from) = (self.title, days.start);
        for (day, next) in &self.titles {
            let day = usize::from(*day);
            if day >= days.end {
                break;
            }
            if day > from {
                visit(title, from..day);
                from = day;
            }
            title = *next;
        }
        visit(title, from..days.end);
    }

    pub(super) fn day(&self, day: usize) -> DayFigures {
        let mut figures = DayFigures {
            capacity: self.capacity(day),
            booked: self.booked(day),
            tentative: self.tentative(day),
            ..DayFigures::default()
        };
        for displaced in self.displaced_in(day..day + 1) {
            let sum = if displaced.tentative {
                &mut figures.displaced_tentative
            } else {
                &mut figures.displaced
            };
            *sum = sum.saturating_add(displaced.minutes);
        }
        figures
    }

    /// What approved time off took on some days of the block.
    pub(super) fn displaced_in(&self, days: Range<usize>) -> &[Displaced] {
        if self.displaced.is_empty() {
            return &[];
        }
        let before = |day: usize| self.displaced.partition_point(|d| usize::from(d.day) < day);
        &self.displaced[before(days.start)..before(days.end)]
    }

    pub(super) fn first_day(&self) -> i32 {
        first_day(self.quarter)
    }

    /// The date of one of its days; the nearest there is where that one lies out of range.
    pub(super) fn date(&self, day: usize) -> Date {
        date_of(self.quarter, day)
    }

    fn capacity(&self, day: usize) -> u32 {
        self.minutes.get(self.days_at as usize + day)
    }

    fn booked(&self, day: usize) -> u32 {
        self.minutes.get(self.days_at as usize + DAYS + day)
    }

    fn tentative(&self, day: usize) -> u32 {
        if self.any_tentative {
            self.minutes.get(self.days_at as usize + 2 * DAYS + day)
        } else {
            0
        }
    }

    /// Minutes of one of its loads on one day of the block.
    pub(super) fn load_on(&self, load: &Load, day: usize) -> u32 {
        match day.checked_sub(usize::from(load.first)) {
            Some(n) if n < usize::from(load.len) => self.minutes.get(load.at as usize + n),
            _ => 0,
        }
    }

    /// The days of the block that one of its loads runs over, with its minutes.
    pub(super) fn days_of(&self, load: &Load) -> impl Iterator<Item = (usize, u32)> {
        let (first, at) = (usize::from(load.first), load.at as usize);
        (0..usize::from(load.len)).map(move |n| (first + n, self.minutes.get(at + n)))
    }

    /// Minutes of one of its loads over some days of the block.
    pub(super) fn load_over(&self, load: &Load, days: Range<usize>) -> u64 {
        if days.start.is_multiple_of(7) && days.end.is_multiple_of(7) {
            let at = load.weeks_at as usize;
            return self.minutes.sum(at + days.start / 7..at + days.end / 7);
        }
        let (first, len) = (usize::from(load.first), usize::from(load.len));
        let from = days.start.max(first) - first;
        let to = days.end.min(first + len).max(first) - first;
        let at = load.at as usize;
        if from < to {
            self.minutes.sum(at + from..at + to)
        } else {
            0
        }
    }

    /// Sums over days of the block, all within its week number `week` (0 to 12).
    pub(super) fn week(&self, week: usize, days: Range<usize>) -> WeekSums {
        if days.len() == 7 {
            return WeekSums::from(self.minutes.seven(week * 7));
        }
        let mut sums = WeekSums::default();
        for day in days.clone() {
            sums.add_day(self.capacity(day), self.booked(day), self.tentative(day));
        }
        for load in self.loads.iter().filter(|l| l.billable) {
            let minutes = self.load_over(load, days.clone());
            sums.add_billable(load.tentative, narrow(minutes));
        }
        sums
    }

    /// Bytes it takes, itself and on the heap.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Block>()
            + size_of_val(&*self.bookings)
            + size_of_val(&*self.loads)
            + size_of_val(&*self.displaced)
            + size_of_val(&*self.titles)
            + self.minutes.bytes()
    }
}

impl From<[u32; 7]> for WeekSums {
    fn from(sums: [u32; 7]) -> WeekSums {
        let [
            capacity,
            booked,
            tentative,
            billable,
            billable_tentative,
            busy,
            with,
        ] = sums;
        WeekSums {
            capacity,
            booked,
            tentative,
            billable,
            billable_tentative,
            busy,
            busy_with_tentative: with,
        }
    }
}

impl From<WeekSums> for [u32; 7] {
    fn from(sums: WeekSums) -> [u32; 7] {
        [
            sums.capacity,
            sums.booked,
            sums.tentative,
            sums.billable,
            sums.billable_tentative,
            sums.busy,
            sums.busy_with_tentative,
        ]
    }
}

impl WeekSums {
    fn add_day(&mut self, capacity: u32, booked: u32, tentative: u32) {
        let with_tentative = booked.saturating_add(tentative);
        self.capacity += capacity;
        self.booked = self.booked.saturating_add(booked);
        self.tentative = self.tentative.saturating_add(tentative);
        self.busy += booked.min(capacity);
        self.busy_with_tentative += with_tentative.min(capacity);
    }

    /// What load exceeds capacity by, day by day.
    pub(super) fn overtime(&self, with_tentative: bool) -> u32 {
        if with_tentative {
            let load = self.booked.saturating_add(self.tentative);
            load.saturating_sub(self.busy_with_tentative)
        } else {
            self.booked - self.busy
        }
    }

    fn add_billable(&mut self, tentative: bool, minutes: u32) {
        let sum = if tentative {
            &mut self.billable_tentative
        } else {
            &mut self.billable
        };
        *sum = sum.saturating_add(minutes);
    }
}

fn small(place: usize) -> u32 {
    u32::try_from(place).expect("a block is small")
}

fn narrow(minutes: u64) -> u32 {
    u32::try_from(minutes).unwrap_or(u32::MAX)
}
