//! The days of some people over one quarter, a column a day.

use std::ops::Range;

use super::super::block::{Block, DAYS};
use super::super::person::DayFigures;

/// How many people a chunk holds: few enough for the sums of all of them to stay in the
/// processor's nearest cache while their days are gone through.
pub(in crate::figures) const ROWS: usize = 64;

/// Which load counts, and from where on a day is overbooked.
#[derive(Clone, Copy, Debug)]
pub(in crate::figures) struct Counting {
    pub with_tentative: bool,
    pub tolerance: u32,
}

/// What a period gives for each person of a chunk, in minutes but for the days.
#[derive(Clone, Debug)]
pub(in crate::figures) struct ChunkSums {
    pub capacity: [u32; ROWS],
    pub load: [u64; ROWS],
    /// Load capped at capacity, day by day.
    pub busy: [u32; ROWS],
    pub overbooked_days: [u32; ROWS],
}

impl Default for ChunkSums {
    fn default() -> ChunkSums {
        ChunkSums {
            capacity: [0; ROWS],
            load: [0; ROWS],
            busy: [0; ROWS],
            overbooked_days: [0; ROWS],
        }
    }
}

/// Minutes of each day, and on each day of each person.
struct Cells<T> {
    capacity: [[T; ROWS]; DAYS],
    booked: [[T; ROWS]; DAYS],
    tentative: [[T; ROWS]; DAYS],
}

/// Kept narrow where all minutes fit, as nearly always.
enum Minutes {
    Narrow(Box<Cells<u16>>),
    Wide(Box<Cells<u32>>),
}

pub(super) struct Chunk {
    minutes: Minutes,
    /// The sums over the whole quarter, without and with tentative load.
    whole: Box<[ChunkSums; 2]>,
}

impl Chunk {
    pub(super) fn new() -> Chunk {
        Chunk {
            minutes: Minutes::Narrow(Cells::zeroed()),
            whole: Box::default(),
        }
    }

    /// Puts a person's days into their row; `None` clears it.
    pub(super) fn set(&mut self, row: usize, block: Option<&Block>, tolerance: u32) {
        let narrow = |block: &Block| {
            let fits = |minutes: u32| u16::try_from(minutes).is_ok();
            (0..DAYS).all(|day| {
                let f = block.day(day);
                fits(f.capacity) && fits(f.booked) && fits(f.tentative)
            })
        };
        if let Minutes::Narrow(cells) = &self.minutes
            && !block.is_none_or(narrow)
        {
            self.minutes = Minutes::Wide(cells.widen());
        }
        match &mut self.minutes {
            Minutes::Narrow(cells) => {
                cells.set(row, block, |m| u16::try_from(m).expect("it was looked at"));
            }
            Minutes::Wide(cells) => cells.set(row, block, |minutes| minutes),
        }
        for with_tentative in [false, true] {
            let sums = &mut self.whole[usize::from(with_tentative)];
            let (mut capacity, mut load, mut busy, mut overbooked) = (0, 0, 0, 0);
            for day in block.iter().flat_map(|b| (0..DAYS).map(|d| b.day(d))) {
                capacity += day.capacity;
                load += u64::from(day.load(with_tentative));
                busy += day.busy(with_tentative);
                overbooked += u32::from(day.overbooked(with_tentative, tolerance));
            }
            sums.capacity[row] = capacity;
            sums.load[row] = load;
            sums.busy[row] = busy;
            sums.overbooked_days[row] = overbooked;
        }
    }

    /// Adds each person's sums over those days of the quarter.
    pub(super) fn add_to(&self, sums: &mut ChunkSums, days: &Range<usize>, counting: Counting) {
        if days.len() <= DAYS / 2 {
            self.add_days(sums, days.clone(), counting);
            return;
        }
        let mut others = ChunkSums::default();
        self.add_days(&mut others, 0..days.start, counting);
        self.add_days(&mut others, days.end..DAYS, counting);
        let whole = &self.whole[usize::from(counting.with_tentative)];
        for row in 0..ROWS {
            sums.capacity[row] += whole.capacity[row] - others.capacity[row];
            sums.load[row] += whole.load[row] - others.load[row];
            sums.busy[row] += whole.busy[row] - others.busy[row];
            sums.overbooked_days[row] += whole.overbooked_days[row] - others.overbooked_days[row];
        }
    }

    fn add_days(&self, sums: &mut ChunkSums, days: Range<usize>, counting: Counting) {
        match &self.minutes {
            Minutes::Narrow(cells) => cells.add_to(sums, days, counting),
            Minutes::Wide(cells) => cells.add_to(sums, days, counting),
        }
    }

    /// The first of those days on which the person is overbooked.
    pub(super) fn first_overbooked(
        &self,
        row: usize,
        mut days: Range<usize>,
        counting: Counting,
    ) -> Option<usize> {
        let whole = &self.whole[usize::from(counting.with_tentative)];
        if whole.overbooked_days[row] == 0 {
            return None;
        }
        days.find(|day| {
            let figures = match &self.minutes {
                Minutes::Narrow(cells) => cells.day(row, *day),
                Minutes::Wide(cells) => cells.day(row, *day),
            };
            figures.overbooked(counting.with_tentative, counting.tolerance)
        })
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        let cells = match self.minutes {
            Minutes::Narrow(_) => size_of::<Cells<u16>>(),
            Minutes::Wide(_) => size_of::<Cells<u32>>(),
        };
        cells + size_of::<[ChunkSums; 2]>()
    }
}

impl<T: Copy + Default + Into<u32>> Cells<T> {
    fn zeroed() -> Box<Cells<T>> {
        Box::new(Cells {
            capacity: [[T::default(); ROWS]; DAYS],
            booked: [[T::default(); ROWS]; DAYS],
            tentative: [[T::default(); ROWS]; DAYS],
        })
    }

    fn widen(&self) -> Box<Cells<u32>> {
        let mut wide = Cells::zeroed();
        let columns = [
            (&mut wide.capacity, &self.capacity),
            (&mut wide.booked, &self.booked),
            (&mut wide.tentative, &self.tentative),
        ];
        for (to, from) in columns {
            for (to, from) in to.iter_mut().flatten().zip(from.iter().flatten()) {
                *to = (*from).into();
            }
        }
        wide
    }

    fn set(&mut self, row: usize, block: Option<&Block>, fit: impl Fn(u32) -> T) {
        for day in 0..DAYS {
            let figures = block.map(|b| b.day(day)).unwrap_or_default();
            self.capacity[day][row] = fit(figures.capacity);
            self.booked[day][row] = fit(figures.booked);
            self.tentative[day][row] = fit(figures.tentative);
        }
    }

    fn day(&self, row: usize, day: usize) -> DayFigures {
        DayFigures {
            capacity: self.capacity[day][row].into(),
            booked: self.booked[day][row].into(),
            tentative: self.tentative[day][row].into(),
            ..DayFigures::default()
        }
    }

    fn add_to(&self, sums: &mut ChunkSums, days: Range<usize>, counting: Counting) {
        for day in days {
            let (capacity, booked) = (&self.capacity[day], &self.booked[day]);
            let tentative = &self.tentative[day];
            for row in 0..ROWS {
                let capacity: u32 = capacity[row].into();
                let booked: u32 = booked[row].into();
                let tentative: u32 = tentative[row].into();
                let tentative = if counting.with_tentative {
                    tentative
                } else {
                    0
                };
                let load = booked.saturating_add(tentative);
                let allowed = if capacity == 0 {
                    0
                } else {
                    capacity.saturating_add(counting.tolerance)
                };
                sums.capacity[row] += capacity;
                sums.load[row] += u64::from(load);
                sums.busy[row] += load.min(capacity);
                sums.overbooked_days[row] += u32::from(load > allowed);
            }
        }
    }
}
