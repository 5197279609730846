//! A person's figures over a period.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::block::{Block, Displaced, Load, days_in, first_day, quarter_of, quarters};
use super::memo::FigureContext;
use super::totals::Totals;
use crate::date::{Date, Period};
use crate::ids::{AssignmentId, ProjectId};
use crate::plan::{Booking, LaneKey, PersonEntry, Plan};

/// The figures of a person on one day, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayFigures {
    /// Minutes that can be worked.
    pub capacity: u32,
    /// Load of confirmed assignments.
    pub booked: u32,
    /// Load of tentative assignments, on top.
    pub tentative: u32,
    /// What approved time off took from confirmed assignments.
    pub displaced: u32,
    /// What it took from tentative ones.
    pub displaced_tentative: u32,
}

/// What approved time off took from a booking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplacedWork<'p> {
    /// From which one.
    pub booking: &'p Booking,
    /// Minutes that the booking would load without any approved time off.
    pub minutes: u64,
    /// The first day on which it took some.
    pub from: Date,
    /// The last one.
    pub to: Date,
}

impl DayFigures {
    /// All load that counts.
    #[must_use]
    pub fn load(&self, with_tentative: bool) -> u32 {
        let tentative = if with_tentative { self.tentative } else { 0 };
        self.booked.saturating_add(tentative)
    }

    /// Load capped at capacity.
    #[must_use]
    pub fn busy(&self, with_tentative: bool) -> u32 {
        self.load(with_tentative).min(self.capacity)
    }

    /// Capacity − busy: what the person is still available for.
    #[must_use]
    pub fn idle(&self, with_tentative: bool) -> u32 {
        self.capacity - self.busy(with_tentative)
    }

    /// What load exceeds capacity by.
    #[must_use]
    pub fn overtime(&self, with_tentative: bool) -> u32 {
        self.load(with_tentative) - self.busy(with_tentative)
    }

    /// By how much the day is overbooked, 0 where it is not: on a day with capacity, load over
    /// capacity and tolerance; without, all load.
    #[must_use]
    pub fn excess(&self, with_tentative: bool, tolerance: u32) -> u32 {
        let allowed = match self.capacity {
            0 => 0,
            capacity => capacity.saturating_add(tolerance),
        };
        self.load(with_tentative).saturating_sub(allowed)
    }

    /// Whether the load passes the capacity by more than the tolerated minutes.
    #[must_use]
    pub fn overbooked(&self, with_tentative: bool, tolerance: u32) -> bool {
        self.excess(with_tentative, tolerance) > 0
    }
}

/// The figures of one person over a period, ready to be read in any way.
pub struct PersonFigures<'p> {
    entry: &'p PersonEntry,
    period: Period,
    tolerance: u32,
    first_quarter: i32,
    blocks: Blocks,
}

/// Consecutive blocks. A quarter's worth of days, the common question, lies in at most two.
enum Blocks {
    Few([Option<Arc<Block>>; 2]),
    Many(Vec<Arc<Block>>),
}

impl Blocks {
    /// So many, which `each` hands over in order.
    fn of(count: usize, each: impl FnOnce(&mut dyn FnMut(Arc<Block>))) -> Blocks {
        if count <= 2 {
            let mut few = [None, None];
            let mut slots = few.iter_mut();
            each(&mut |block| {
                if let Some(slot) = slots.next() {
                    *slot = Some(block);
                }
            });
            Blocks::Few(few)
        } else {
            let mut many = Vec::with_capacity(count);
            each(&mut |block| many.push(block));
            Blocks::Many(many)
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Block> {
        let (few, many): (&[Option<Arc<Block>>], &[Arc<Block>]) = match self {
            Blocks::Few(few) => (few, &[]),
            Blocks::Many(many) => (&[], many),
        };
        few.iter().flatten().chain(many).map(|block| &**block)
    }

    fn get(&self, n: usize) -> &Block {
        match self {
            Blocks::Few(few) => few[n].as_ref().expect("within the period"),
            Blocks::Many(many) => &many[n],
        }
    }
}

impl<'p> PersonFigures<'p> {
    /// Takes what is remembered and works out the rest.
    #[must_use]
    pub fn of(plan: &Plan, entry: &'p PersonEntry, period: Period) -> PersonFigures<'p> {
        PersonFigures::on(&FigureContext::of(plan), entry, period)
    }

    pub(super) fn on(
        context: &FigureContext<'_>,
        entry: &'p PersonEntry,
        period: Period,
    ) -> PersonFigures<'p> {
        let (from, to) = quarters(period).into_inner();
        let count = to_usize(to - from) + 1;
        let blocks = Blocks::of(count, |each| entry.blocks(context, from, to, each));
        PersonFigures::with(context, entry, period, blocks)
    }

    /// Takes what is remembered, works out the days of the period alone where that is nothing,
    /// and remembers none of them: for whoever looks at few days once, such as a write.
    #[must_use]
    pub fn once(plan: &Plan, entry: &'p PersonEntry, period: Period) -> PersonFigures<'p> {
        let context = FigureContext::of(plan);
        let quarters = quarters(period);
        let blocks = Blocks::of(quarters.clone().count(), |each| {
            for quarter in quarters {
                each(entry.block(&context, quarter, days_in(quarter, period)));
            }
        });
        PersonFigures::with(&context, entry, period, blocks)
    }

    fn with(
        context: &FigureContext<'_>,
        entry: &'p PersonEntry,
        period: Period,
        blocks: Blocks,
    ) -> PersonFigures<'p> {
        PersonFigures {
            entry,
            period,
            tolerance: context.plan().settings().tolerance_minutes,
            first_quarter: quarter_of(period.from().days()),
            blocks,
        }
    }

    /// How many bookings were looked at, each once a quarter.
    pub(crate) fn looked_at(&self) -> usize {
        self.blocks.iter().map(|block| block.bookings.len()).sum()
    }

    /// The days that figures are kept of.
    #[must_use]
    pub fn period(&self) -> Period {
        self.period
    }

    /// The figures of a day; all 0 outside the period.
    #[must_use]
    pub fn day(&self, day: Date) -> DayFigures {
        if !self.period.contains(day) {
            return DayFigures::default();
        }
        let (block, at) = self.find(day.days());
        block.day(at)
    }

    /// Every day of the period with its figures.
    pub fn days(&self) -> impl Iterator<Item = (Date, DayFigures)> + '_ {
        self.period.iter().map(|day| (day, self.day(day)))
    }

    /// Sums over the days that lie both in `part` and in the period.
    #[must_use]
    pub fn totals(&self, part: Period) -> Totals {
        let mut totals = Totals::default();
        self.each_week(part, |block, week, days| {
            totals.add_week(&block.week(week, days));
        });
        self.each_displaced(part, |_, displaced| totals.add_displaced(displaced));
        totals
    }

    /// What approved time off took from each booking, in the order of lanes; those it took
    /// nothing from are left out.
    #[must_use]
    pub fn displaced(&self, part: Period) -> Vec<DisplacedWork<'p>> {
        let mut found: BTreeMap<LaneKey, (u64, Date, Date)> = BTreeMap::new();
        self.each_block(part, |block, days| {
            for displaced in block.displaced_in(days) {
                let day = block.date(displaced.day.into());
                let booking = block.bookings[displaced.booking as usize];
                let known = found.entry(booking).or_insert((0, day, day));
                *known = (known.0 + u64::from(displaced.minutes), known.1, day);
            }
        });
        let found = found.into_iter();
        found
            .filter_map(|(booking, (minutes, from, to))| {
                Some(DisplacedWork {
                    booking: self.entry.bookings.get(&booking)?,
                    minutes,
                    from,
                    to,
                })
            })
            .collect()
    }

    /// What approved time off took from the confirmed bookings on one project.
    #[must_use]
    pub fn displaced_of(&self, project: ProjectId, part: Period) -> u64 {
        let mut minutes = 0;
        self.each_displaced(part, |_, displaced| {
            if displaced.project == project && !displaced.tentative {
                minutes += u64::from(displaced.minutes);
            }
        });
        minutes
    }

    /// The first overbooked day and how many there are; `None` if there is none.
    #[must_use]
    pub fn overbooked(&self, part: Period, with_tentative: bool) -> Option<(Date, u32)> {
        let mut found: Option<(Date, u32)> = None;
        self.each_week(part, |block, week, days| {
            // Only a week with overtime can hold an overbooked day.
            if block.week(week, days.clone()).overtime(with_tentative) == 0 {
                return;
            }
            for day in days {
                if block.day(day).overbooked(with_tentative, self.tolerance) {
                    found.get_or_insert((block.date(day), 0)).1 += 1;
                }
            }
        });
        found
    }

    /// Confirmed and tentative minutes of one project.
    #[must_use]
    pub fn project(&self, project: ProjectId, part: Period) -> (u64, u64) {
        let (mut booked, mut tentative) = (0, 0);
        self.each_block(part, |block, days| {
            for load in block.loads.iter().filter(|l| l.project == project) {
                let sum = if load.tentative {
                    &mut tentative
                } else {
                    &mut booked
                };
                *sum += block.load_over(load, days.clone());
            }
        });
        (booked, tentative)
    }

    /// How a day's load comes about: each booking that loads it, with its minutes.
    #[must_use]
    pub fn loads_on(&self, day: Date) -> Vec<(&'p Booking, u32)> {
        if !self.period.contains(day) {
            return Vec::new();
        }
        let (block, at) = self.find(day.days());
        let loads = block.loads.iter();
        let loads = loads.map(|load| (load, block.load_on(load, at)));
        loads
            .filter(|(_, minutes)| *minutes > 0)
            .filter_map(|(load, minutes)| {
                let booking = &block.bookings[load.booking as usize];
                Some((self.entry.bookings.get(booking)?, minutes))
            })
            .collect()
    }

    /// Whether a booking loads any day of the period.
    pub(crate) fn is_loaded_by(&self, id: AssignmentId) -> bool {
        let mut any = false;
        self.each_block(self.period, |block, days| {
            let is_it = |load: &&Load| block.bookings[load.booking as usize].2 == id;
            let mut loads = block.loads.iter().filter(is_it);
            any |= loads.any(|load| block.load_over(load, days.clone()) > 0);
        });
        any
    }

    /// Minutes of one project on each day of the period, tentative ones with them.
    pub(crate) fn project_by_day(&self, project: ProjectId) -> Vec<u64> {
        let mut minutes = vec![0; self.period.len()];
        self.each_block(self.period, |block, days| {
            let shift = block.first_day() - self.period.from().days();
            for load in block.loads.iter().filter(|l| l.project == project) {
                for (day, more) in block.days_of(load).filter(|(day, _)| days.contains(day)) {
                    let day = i32::try_from(day).expect("a block has 91 days");
                    minutes[to_usize(shift + day)] += u64::from(more);
                }
            }
        });
        minutes
    }

    fn find(&self, day: i32) -> (&Block, usize) {
        let quarter = quarter_of(day);
        let at = usize::try_from(day - first_day(quarter)).expect("within the block");
        (self.block(quarter), at)
    }

    fn block(&self, quarter: i32) -> &Block {
        self.blocks.get(to_usize(quarter - self.first_quarter))
    }

    /// Visits blocks with the range of their days that lie in `part` and in the period.
    fn each_block(&self, part: Period, mut visit: impl FnMut(&Block, Range<usize>)) {
        let from = part.from().max(self.period.from());
        let to = part.to().min(self.period.to());
        let Ok(cut) = Period::new(from, to) else {
            return;
        };
        for quarter in quarters(cut) {
            visit(self.block(quarter), days_in(quarter, cut));
        }
    }

    /// Visits what is displaced, day by day.
    fn each_displaced(&self, part: Period, mut visit: impl FnMut(Date, &Displaced)) {
        self.each_block(part, |block, days| {
            for displaced in block.displaced_in(days) {
                visit(block.date(displaced.day.into()), displaced);
            }
        });
    }

    /// Visits weeks: the block, the week's place in the block, and those of its days that count.
    fn each_week(&self, part: Period, mut visit: impl FnMut(&Block, usize, Range<usize>)) {
        self.each_block(part, |block, days| {
            for week in days.start / 7..=(days.end - 1) / 7 {
                let cut = days.start.max(week * 7)..days.end.min(week * 7 + 7);
                visit(block, week, cut);
            }
        });
    }
}

fn to_usize(places: i32) -> usize {
    usize::try_from(places).expect("not before the period")
}

/// The overbooked days of a person in a period, confirmed load only, each with the minutes over
/// capacity and tolerance (on a day without capacity: all its load). What `forbid` compares.
#[must_use]
pub fn excess_days(plan: &Plan, entry: &PersonEntry, period: Period) -> Vec<(Date, u32)> {
    let tolerance = plan.settings().tolerance_minutes;
    let figures = PersonFigures::once(plan, entry, period);
    let excess = figures
        .days()
        .map(|(day, f)| (day, f.excess(false, tolerance)));
    excess.filter(|(_, minutes)| *minutes > 0).collect()
}
