//! One quarter of everybody: a row a person, and sums a day of the tenant, titles and projects.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range, SubAssign};

use super::super::block::{Block, DAYS, Displaced, TitleKey, date_of};
use super::super::totals::Totals;
use super::chunk::{Chunk, ChunkSums, Counting, ROWS};
use super::numbers::Numbers;
use crate::date::Date;
use crate::ids::ProjectId;
use crate::plan::PersonEntry;

/// Numbers of what sums are kept by, the same in all quarters.
#[derive(Default)]
pub(in crate::figures) struct Dimensions {
    pub titles: Titles,
    pub projects: Numbers<ProjectId>,
}

/// The job titles of people, with their numbers.
#[derive(Default)]
pub(in crate::figures) struct Titles {
    numbers: Numbers<TitleKey>,
    /// `None` for no title.
    texts: Vec<Option<Box<str>>>,
}

/// Sums of those who have a job title, day by day.
pub(in crate::figures) struct TitleDays {
    /// How many are employed and have it.
    pub people: [u32; DAYS],
    /// Without what is billable.
    pub days: [Totals; DAYS],
    pub whole: Totals,
}

/// Minutes on one project: of confirmed and of tentative bookings, and what approved time off
/// took from either.
pub(in crate::figures) type ProjectMinutes = [u64; 4];

/// Minutes on one project, day by day; nothing is kept where there are none.
#[derive(Default)]
pub(in crate::figures) struct ProjectDays {
    /// In the order of [`ProjectMinutes`].
    days: [Option<Box<[u64; DAYS]>>; 4],
    whole: ProjectMinutes,
}

pub(in crate::figures) struct Quarter {
    pub number: i32,
    chunks: Vec<Chunk>,
    pub days: Box<[Totals; DAYS]>,
    pub titles: Vec<Option<Box<TitleDays>>>,
    pub projects: Vec<ProjectDays>,
    /// By row, where approved time off took anything.
    displaced: BTreeMap<usize, Box<[Displaced]>>,
}

/// Whether a person's figures come to the sums, or leave them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Add,
    Subtract,
}

impl Quarter {
    pub(super) fn new(number: i32) -> Quarter {
        Quarter {
            number,
            chunks: Vec::new(),
            days: Box::new([Totals::default(); DAYS]),
            titles: Vec::new(),
            projects: Vec::new(),
            displaced: BTreeMap::new(),
        }
    }

    /// Puts a person's figures into a row; `None` clears it.
    pub(super) fn set_row(&mut self, row: usize, block: Option<&Block>, tolerance: u32) {
        match block.map(|block| &block.displaced) {
            Some(displaced) if !displaced.is_empty() => {
                self.displaced.insert(row, displaced.clone());
            }
            _ => {
                self.displaced.remove(&row);
            }
        }
        while self.chunks.len() <= row / ROWS {
            self.chunks.push(Chunk::new());
        }
        self.chunks[row / ROWS].set(row % ROWS, block, tolerance);
    }

    /// Adds a person's figures to the sums, or subtracts them.
    pub(super) fn count(
        &mut self,
        sign: Sign,
        entry: &PersonEntry,
        block: &Block,
        dimensions: &mut Dimensions,
    ) {
        block.each_title(0..DAYS, |key, days| {
            let title = dimensions
                .titles
                .number(key, || entry.title_on(block.date(days.start)));
            let sums = grown(&mut self.titles, title).get_or_insert_with(Box::default);
            for day in days {
                let figures = Totals::of_day(&block.day(day));
                let employed = u32::from(entry.person.employment.contains(block.date(day)));
                sign.apply(&mut sums.days[day], figures);
                sign.apply(&mut sums.whole, figures);
                sign.apply(&mut self.days[day], figures);
                sign.apply(&mut sums.people[day], employed);
            }
        });
        for load in &block.loads {
            let project = dimensions.projects.number(load.project);
            let sums = grown(&mut self.projects, project);
            let lane = usize::from(load.tentative);
            for (day, minutes) in block.days_of(load) {
                let minutes = u64::from(minutes);
                sums.count(sign, lane, day, minutes);
                if load.billable {
                    let billable = Totals::billable_of(minutes, load.tentative);
                    sign.apply(&mut self.days[day], billable);
                }
            }
        }
        for displaced in &block.displaced {
            let project = dimensions.projects.number(displaced.project);
            let sums = grown(&mut self.projects, project);
            let lane = 2 + usize::from(displaced.tentative);
            let (day, minutes) = (displaced.day.into(), displaced.minutes.into());
            sums.count(sign, lane, day, minutes);
        }
    }

    /// What approved time off took, by row.
    pub(in crate::figures) fn displaced(&self) -> impl Iterator<Item = (usize, &[Displaced])> {
        self.displaced.iter().map(|(row, found)| (*row, &**found))
    }

    /// Adds the sums of each chunk's people over those days.
    pub(in crate::figures) fn add_people(
        &self,
        sums: &mut [ChunkSums],
        days: &Range<usize>,
        counting: Counting,
    ) {
        for (chunk, sums) in self.chunks.iter().zip(sums) {
            chunk.add_to(sums, days, counting);
        }
    }

    /// The first of those days on which a row's person is overbooked.
    pub(in crate::figures) fn first_overbooked(
        &self,
        row: usize,
        days: Range<usize>,
        counting: Counting,
    ) -> Option<Date> {
        let chunk = self.chunks.get(row / ROWS)?;
        let day = chunk.first_overbooked(row % ROWS, days, counting)?;
        Some(date_of(self.number, day))
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        let chunks = self.chunks.iter().map(Chunk::bytes).sum::<usize>();
        let titles = self.titles.iter().flatten().count() * size_of::<TitleDays>();
        let lanes = self.projects.iter().flat_map(|p| &p.days).flatten().count();
        let projects =
            lanes * size_of::<[u64; DAYS]>() + self.projects.len() * size_of::<ProjectDays>();
        let displaced = self.displaced.values().map(|d| size_of_val(&**d) + 32);
        chunks + titles + projects + displaced.sum::<usize>() + size_of::<[Totals; DAYS]>()
    }
}

impl Dimensions {
    pub(super) fn len(&self) -> usize {
        self.titles.texts.len() + self.projects.keys().len()
    }
}

impl Titles {
    fn number<'t>(&mut self, key: TitleKey, text: impl FnOnce() -> Option<&'t str>) -> usize {
        let number = self.numbers.number(key);
        if number == self.texts.len() {
            self.texts.push(text().map(Box::from));
        }
        number
    }

    pub(in crate::figures) fn find(&self, key: TitleKey) -> Option<usize> {
        self.numbers.find(key)
    }

    /// Each title's key and text, by number.
    pub(in crate::figures) fn iter(&self) -> impl Iterator<Item = (TitleKey, Option<&str>)> {
        let texts = self.texts.iter().map(Option::as_deref);
        self.numbers.keys().iter().copied().zip(texts)
    }
}

impl Sign {
    fn apply<T: AddAssign + SubAssign>(self, sum: &mut T, share: T) {
        match self {
            Sign::Add => *sum += share,
            Sign::Subtract => *sum -= share,
        }
    }
}

impl Default for TitleDays {
    fn default() -> TitleDays {
        TitleDays {
            people: [0; DAYS],
            days: [Totals::default(); DAYS],
            whole: Totals::default(),
        }
    }
}

impl TitleDays {
    /// Sums over some days.
    pub(in crate::figures) fn over(&self, days: &Range<usize>) -> Totals {
        if *days == (0..DAYS) {
            return self.whole;
        }
        let mut sums = Totals::default();
        self.days[days.clone()].iter().for_each(|day| sums += *day);
        sums
    }
}

impl ProjectDays {
    fn count(&mut self, sign: Sign, lane: usize, day: usize, minutes: u64) {
        let days = self.days[lane].get_or_insert_with(|| Box::new([0; DAYS]));
        sign.apply(&mut days[day], minutes);
        sign.apply(&mut self.whole[lane], minutes);
    }

    /// Minutes over some days.
    pub(in crate::figures) fn over(&self, days: &Range<usize>) -> ProjectMinutes {
        if *days == (0..DAYS) {
            return self.whole;
        }
        let sum = |lane: &Option<Box<[u64; DAYS]>>| {
            let lane = lane.as_ref();
            lane.map_or(0, |minutes| minutes[days.clone()].iter().sum())
        };
        std::array::from_fn(|lane| sum(&self.days[lane]))
    }
}

/// The value with that number, which the vector grows to hold.
fn grown<T: Default>(values: &mut Vec<T>, number: usize) -> &mut T {
    if values.len() <= number {
        values.resize_with(number + 1, T::default);
    }
    &mut values[number]
}
