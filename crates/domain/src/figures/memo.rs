//! What is remembered of a person's figures, and under which inputs.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::block::Block;
use super::infeasible::InfeasibleWindow;
use super::load::{self, Spread};
use super::profile::Profile;
use super::terms::Worker;
use crate::entities::{HolidayCalendar, Settings};
use crate::plan::{PersonEntry, Plan};

/// How many quarter blocks of a person are remembered; the oldest goes first.
const MAX_BLOCKS: usize = 24;

/// A person's figures, remembered as long as nothing they depend on changes: with each stand
/// the settings and the holiday calendar it was worked out under, the rest is the entry's own.
/// A clone starts empty.
#[derive(Default)]
pub struct Memo {
    profile: OnceLock<Profile>,
    figures: Mutex<Figures>,
}

#[derive(Default)]
struct Figures {
    blocks: Vec<Arc<Block>>,
    spreads: Option<Arc<Spreads>>,
    /// Without and with tentative load.
    infeasible: [Option<Infeasible>; 2],
}

type Infeasible = (Basis, Arc<[InfeasibleWindow]>);

impl Clone for Memo {
    fn clone(&self) -> Memo {
        Memo::default()
    }
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let blocks = self.figures.lock().blocks.len();
        f.debug_struct("Memo").field("blocks", &blocks).finish()
    }
}

/// What figures depend on beside the person's entry.
#[derive(Clone)]
pub(super) struct Basis {
    settings: Arc<Settings>,
    calendar: Option<Arc<HolidayCalendar>>,
}

impl Basis {
    pub(super) fn of(plan: &Plan, entry: &PersonEntry) -> Basis {
        Basis {
            settings: Arc::clone(plan.settings()),
            calendar: entry.calendar(plan).cloned(),
        }
    }

    /// Of the settings only the default week enters a person's minutes.
    fn holds_under(
        &self,
        settings: &Arc<Settings>,
        calendar: Option<&Arc<HolidayCalendar>>,
    ) -> bool {
        let same_calendar = match (&self.calendar, calendar) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        same_calendar
            && (Arc::ptr_eq(&self.settings, settings)
                || self.settings.default_week == settings.default_week)
    }

    fn same(&self, other: &Basis) -> bool {
        self.holds_under(&other.settings, other.calendar.as_ref())
    }

    pub(super) fn worker<'a>(&'a self, entry: &'a PersonEntry) -> Worker<'a> {
        Worker {
            availabilities: &entry.availabilities,
            employment: entry.person.employment,
            time_off: &entry.time_off,
            default_week: &self.settings.default_week,
            calendar: self.calendar.as_deref(),
        }
    }
}

/// How a person's total efforts spread over their windows.
pub(super) struct Spreads {
    basis: Basis,
    /// By place among the bookings, ascending.
    totals: Vec<(u32, Spread)>,
}

impl Spreads {
    fn work_out(entry: &PersonEntry, basis: &Basis) -> Spreads {
        let worker = basis.worker(entry);
        let totals = (0u32..)
            .zip(&entry.bookings)
            .filter_map(|(n, b)| Some((n, load::spread(&b.record.value, &worker)?)))
            .collect();
        Spreads {
            basis: basis.clone(),
            totals,
        }
    }

    /// The spread of that booking, if its effort is a total.
    pub(super) fn of(&self, booking: usize) -> Option<&Spread> {
        let booking = u32::try_from(booking).ok()?;
        let at = self
            .totals
            .binary_search_by_key(&booking, |(n, _)| *n)
            .ok()?;
        Some(&self.totals[at].1)
    }
}

impl PersonEntry {
    /// What of the entry alone is worked out once.
    pub(super) fn profile(&self) -> &Profile {
        self.memo.profile.get_or_init(|| Profile::of(self))
    }

    /// The holiday calendar that holds for the person.
    fn calendar<'p>(&self, plan: &'p Plan) -> Option<&'p Arc<HolidayCalendar>> {
        let own = self.profile().holiday_calendar_id;
        let id = own.or(plan.settings().holiday_calendar_id)?;
        plan.calendars().get(&id).map(|r| &r.value)
    }

    /// The blocks from one quarter to another, both included.
    pub(super) fn blocks(&self, plan: &Plan, from: i32, to: i32) -> Vec<Arc<Block>> {
        let calendar = self.calendar(plan);
        let settings = plan.settings();
        let found: Vec<Option<Arc<Block>>> = {
            let figures = self.memo.figures.lock();
            let find = |quarter| {
                let mut blocks = figures.blocks.iter();
                let fits = |b: &&Arc<Block>| {
                    b.quarter == quarter && b.basis.holds_under(settings, calendar)
                };
                blocks.find(fits).cloned()
            };
            (from..=to).map(find).collect()
        };
        (from..=to)
            .zip(found)
            .map(|(quarter, block)| {
                block.unwrap_or_else(|| self.remember(quarter, Basis::of(plan, self)))
            })
            .collect()
    }

    fn remember(&self, quarter: i32, basis: Basis) -> Arc<Block> {
        let spreads = self.spreads(&basis);
        let block = Arc::new(Block::of(self, basis, quarter, &spreads));
        let mut figures = self.memo.figures.lock();
        figures.blocks.retain(|b| b.quarter != quarter);
        if figures.blocks.len() >= MAX_BLOCKS {
            figures.blocks.remove(0);
        }
        figures.blocks.push(Arc::clone(&block));
        block
    }

    pub(super) fn spreads(&self, basis: &Basis) -> Arc<Spreads> {
        if let Some(spreads) = &self.memo.figures.lock().spreads
            && spreads.basis.same(basis)
        {
            return Arc::clone(spreads);
        }
        let spreads = Arc::new(Spreads::work_out(self, basis));
        self.memo.figures.lock().spreads = Some(Arc::clone(&spreads));
        spreads
    }

    /// The windows of total efforts that cannot be worked, remembered.
    pub(super) fn infeasible(&self, plan: &Plan, with_tentative: bool) -> Arc<[InfeasibleWindow]> {
        let basis = Basis::of(plan, self);
        let slot = usize::from(with_tentative);
        if let Some((known, windows)) = &self.memo.figures.lock().infeasible[slot]
            && known.same(&basis)
        {
            return Arc::clone(windows);
        }
        let windows: Arc<[InfeasibleWindow]> =
            super::infeasible::windows(self, &basis, with_tentative).into();
        self.memo.figures.lock().infeasible[slot] = Some((basis, Arc::clone(&windows)));
        windows
    }

    /// Bytes that remembered blocks of this person take.
    pub(super) fn remembered_bytes(&self) -> usize {
        let figures = self.memo.figures.lock();
        figures.blocks.iter().map(|b| b.bytes()).sum()
    }
}
