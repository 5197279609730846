//! The figures of all people of a tenant, kept by column, a quarter at a time.
//!
//! A dashboard asks a little of everybody. Kept by person, that is tens of thousands of places in
//! memory, each waited for; kept by column, as a column store keeps a table, it is a few long
//! ones. A write changes one person, whose share in the sums is taken out and put in again.

mod chunk;
mod keys;
mod numbers;
mod quarter;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use parking_lot::Mutex;

use super::block::DAYS;
use super::infeasible::InfeasibleWindow;
use super::memo::FigureContext;
use super::profile::BookedUntil;
use crate::date::Date;
use crate::ids::{HolidayCalendarId, PersonId, ProjectId};
use crate::kinds::{HolidayCalendar, Settings};
use crate::plan::{PersonEntry, Plan, Record};

pub(super) use chunk::{ChunkSums, Counting, ROWS};
use quarter::{Dimensions, Sign};
pub(super) use quarter::{ProjectMinutes, Quarter, Titles};

/// Quarters that were not asked for longest go where all take more.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// How many titles and projects that nobody has any more are kept beside those in use.
const MAX_UNUSED: usize = 10_000;

/// Where all versions of a tenant's plan find their figures by column. Whoever asks brings them
/// to the state of their own plan, which differs by what was written in between.
#[derive(Default)]
pub(crate) struct FigureColumns {
    columns: Mutex<Columns>,
    /// What they weighed when they were last read: whoever weighs plans does not wait for a
    /// quarter that is being worked out.
    bytes: AtomicUsize,
}

impl PartialEq for FigureColumns {
    /// What is worked out from a plan is no part of it.
    fn eq(&self, _: &FigureColumns) -> bool {
        true
    }
}

impl std::fmt::Debug for FigureColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FigureColumns")
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

impl FigureColumns {
    /// Calls `read` with the figures of that plan.
    pub(super) fn read<T>(&self, plan: &Plan, read: impl FnOnce(&mut Columns) -> T) -> T {
        let mut columns = self.columns.lock();
        columns.bring_to(plan);
        let found = read(&mut columns);
        self.bytes.store(columns.bytes(), Ordering::Relaxed);
        found
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// What everybody's figures depend on beside their own entries.
struct CommonInputs {
    settings: Arc<Settings>,
    calendars: OrdMap<HolidayCalendarId, Record<HolidayCalendar>>,
}

impl CommonInputs {
    fn of(plan: &Plan) -> CommonInputs {
        CommonInputs {
            settings: Arc::clone(plan.settings()),
            calendars: plan.calendars().clone(),
        }
    }

    fn hold(&self, plan: &Plan) -> bool {
        let (old, new) = (&self.settings, plan.settings());
        let same_settings = Arc::ptr_eq(old, new)
            || (old.default_week == new.default_week
                && old.holiday_calendar_id == new.holiday_calendar_id
                && old.tolerance_minutes == new.tolerance_minutes);
        same_settings
            && (self.calendars.ptr_eq(plan.calendars()) || self.calendars == *plan.calendars())
    }
}

/// Which windows of total efforts cannot be worked, by row; those of nobody else.
type Infeasible = BTreeMap<usize, Arc<[InfeasibleWindow]>>;

/// A person who came, went or changed.
#[derive(Clone, Copy)]
struct Change<'p> {
    id: PersonId,
    old: Option<&'p Arc<PersonEntry>>,
    new: Option<&'p Arc<PersonEntry>>,
}

impl<'p> Change<'p> {
    fn of(item: DiffItem<'p, 'p, PersonId, Arc<PersonEntry>>) -> Change<'p> {
        let (id, old, new) = match item {
            DiffItem::Add(id, new) => (*id, None, Some(new)),
            DiffItem::Update { old, new } => (*new.0, Some(old.1), Some(new.1)),
            DiffItem::Remove(id, old) => (*id, Some(old), None),
        };
        Change { id, old, new }
    }
}

/// The person of each row; `None` where one was.
pub(super) type Rows = Vec<Option<Arc<PersonEntry>>>;

/// The figures of one state of a plan.
#[derive(Default)]
pub(super) struct Columns {
    inputs: Option<CommonInputs>,
    people: OrdMap<PersonId, Arc<PersonEntry>>,
    rows: Rows,
    row_of: BTreeMap<PersonId, usize>,
    free_rows: Vec<usize>,
    /// By row, from when on the person is employed without an end.
    open_from: Vec<Option<Date>>,
    /// By row, the last day of the last booking where the person is employed on the day after;
    /// without tentative bookings, and with them.
    booked_until: [Vec<Option<Date>>; 2],
    /// Without tentative bookings, and with them; `None` as long as nobody has asked.
    infeasible: [Option<Infeasible>; 2],
    dimensions: Dimensions,
    /// Those asked for last at the end.
    quarters: Vec<Quarter>,
}

impl Columns {
    /// Brings the figures to the state of that plan.
    fn bring_to(&mut self, plan: &Plan) {
        let most = MAX_UNUSED + 2 * plan.people().len() + plan.projects().len();
        if self.dimensions.len() > most || !self.inputs.as_ref().is_some_and(|i| i.hold(plan)) {
            *self = Columns {
                inputs: Some(CommonInputs::of(plan)),
                ..Columns::default()
            };
        }
        let before = std::mem::replace(&mut self.people, plan.people().clone());
        let changes: Vec<Change<'_>> = before.diff(plan.people()).map(Change::of).collect();
        if changes.len() > self.rows.len() / 4 + 16 {
            // Taking most of them out and putting them in again would cost more than beginning anew.
            self.quarters.clear();
        }
        let context = FigureContext::of(plan);
        for change in changes {
            self.carry_out(&context, change);
        }
    }

    fn carry_out(&mut self, context: &FigureContext<'_>, Change { id, old, new }: Change<'_>) {
        let row = self.row_of.get(&id).copied();
        let row = row.unwrap_or_else(|| self.new_row(id));
        let tolerance = context.plan().settings().tolerance_minutes;
        for quarter in &mut self.quarters {
            if let Some(old) = old {
                let block = old.block(context, quarter.number, 0..DAYS);
                quarter.count(Sign::Subtract, old, &block, &mut self.dimensions);
            }
            let block = new.map(|new| (new, new.block(context, quarter.number, 0..DAYS)));
            if let Some((new, block)) = &block {
                quarter.count(Sign::Add, new, block, &mut self.dimensions);
            }
            quarter.set_row(row, block.as_ref().map(|(_, b)| &**b), tolerance);
        }
        for with_tentative in [false, true] {
            let lane = usize::from(with_tentative);
            self.booked_until[lane][row] = new.and_then(|new| booked_until(new, with_tentative));
            if let Some(infeasible) = &mut self.infeasible[lane] {
                note_infeasible(infeasible, context, row, new, with_tentative);
            }
        }
        self.open_from[row] = new.and_then(|new| new.person.employment.open_from());
        if new.is_none() {
            self.row_of.remove(&id);
            self.free_rows.push(row);
        }
        self.rows[row] = new.cloned();
    }

    fn new_row(&mut self, id: PersonId) -> usize {
        let row = self.free_rows.pop().unwrap_or_else(|| {
            self.rows.push(None);
            self.open_from.push(None);
            self.booked_until
                .iter_mut()
                .for_each(|lane| lane.push(None));
            self.rows.len() - 1
        });
        self.row_of.insert(id, row);
        row
    }

    /// The person of each row; `None` where one was.
    pub(super) fn rows(&self) -> &[Option<Arc<PersonEntry>>] {
        &self.rows
    }

    /// Those whose employment on that day has to be looked up: all others are employed then.
    pub(super) fn perhaps_gone(&self, day: Date) -> impl Iterator<Item = (usize, &PersonEntry)> {
        let open_from = self.open_from.iter().enumerate();
        let asked = open_from.filter(move |(_, from)| from.is_none_or(|from| from > day));
        asked.filter_map(|(row, _)| Some((row, &**self.rows[row].as_ref()?)))
    }

    /// The titles, by number.
    pub(super) fn titles(&self) -> &Titles {
        &self.dimensions.titles
    }

    /// The projects, by number.
    pub(super) fn projects(&self) -> &[ProjectId] {
        self.dimensions.projects.keys()
    }

    /// Rows with the last day of the last booking, where the person is employed on the day after.
    pub(super) fn booked_until(&self, with_tentative: bool) -> impl Iterator<Item = (usize, Date)> {
        let lane = self.booked_until[usize::from(with_tentative)].iter();
        lane.enumerate()
            .filter_map(|(row, day)| Some((row, (*day)?)))
    }

    /// Windows of total efforts that cannot be worked, by row.
    pub(super) fn infeasible(&mut self, plan: &Plan, with_tentative: bool) -> (&Rows, &Infeasible) {
        let rows = &self.rows;
        let found = self.infeasible[usize::from(with_tentative)].get_or_insert_with(|| {
            let context = FigureContext::of(plan);
            let mut infeasible = Infeasible::new();
            for (row, entry) in rows.iter().enumerate() {
                note_infeasible(
                    &mut infeasible,
                    &context,
                    row,
                    entry.as_ref(),
                    with_tentative,
                );
            }
            infeasible
        });
        (rows, found)
    }

    /// A quarter with the titles that it numbers, worked out if it is not there.
    pub(super) fn quarter(&mut self, plan: &Plan, number: i32) -> (&Quarter, &Titles) {
        let known = self.quarters.iter().position(|q| q.number == number);
        let quarter = match known {
            Some(at) => self.quarters.remove(at),
            None => self.work_out(plan, number),
        };
        self.quarters.push(quarter);
        let quarter = self.quarters.last().expect("it was pushed");
        (quarter, &self.dimensions.titles)
    }

    fn work_out(&mut self, plan: &Plan, number: i32) -> Quarter {
        let context = FigureContext::of(plan);
        let tolerance = plan.settings().tolerance_minutes;
        let mut quarter = Quarter::new(number);
        for (row, entry) in self.rows.iter().enumerate() {
            if let Some(entry) = entry {
                let block = entry.block(&context, number, 0..DAYS);
                quarter.count(Sign::Add, entry, &block, &mut self.dimensions);
                quarter.set_row(row, Some(&block), tolerance);
            }
        }
        let mut bytes = quarter.bytes() + self.bytes();
        while bytes > MAX_BYTES && !self.quarters.is_empty() {
            bytes -= self.quarters.remove(0).bytes();
        }
        quarter
    }

    fn bytes(&self) -> usize {
        self.quarters.iter().map(Quarter::bytes).sum()
    }
}

fn booked_until(entry: &PersonEntry, with_tentative: bool) -> Option<Date> {
    let booked = entry.booked();
    let until = if with_tentative {
        booked.until
    } else {
        booked.confirmed_until
    };
    match until {
        BookedUntil::Day(last) if last < Date::MAX => {
            let employed = entry.person.employment.contains(last.plus(1));
            employed.then_some(last)
        }
        _ => None,
    }
}

fn note_infeasible(
    infeasible: &mut Infeasible,
    context: &FigureContext<'_>,
    row: usize,
    entry: Option<&Arc<PersonEntry>>,
    with_tentative: bool,
) {
    let counted = entry.filter(|entry| entry.booked().any_total);
    let windows = counted.map(|entry| entry.infeasible(context, with_tentative));
    match windows.filter(|w| !w.is_empty()) {
        Some(windows) => infeasible.insert(row, windows),
        None => infeasible.remove(&row),
    };
}
