//! What is remembered of a person's figures, and under which inputs.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use imbl::OrdMap;
use parking_lot::Mutex;

use super::block::{Block, DAYS, quarter_of};
use super::day_rules::Worker;
use super::infeasible::{Demands, InfeasibleWindow};
use super::load::{self, Spread};
use super::profile::{Booked, Profile};
use crate::date::Date;
use crate::effort::Effort;
use crate::ids::AssignmentId;
use crate::kinds::{HolidayCalendar, Settings};
use crate::plan::{Booking, PersonEntry, Plan};

/// How many quarter blocks of a person are remembered; the oldest goes first.
const MAX_BLOCKS: usize = 24;

/// A person's figures, remembered as long as nothing they depend on changes: with each stand
/// the settings and the holiday calendar it was worked out under, the rest is the entry's own.
/// A clone starts empty.
#[derive(Default)]
pub struct Memo {
    profile: OnceLock<Arc<Profile>>,
    booked: OnceLock<Booked>,
    figures: Mutex<Figures>,
}

impl PartialEq for Memo {
    /// What is remembered is no part of the value that remembers it.
    fn eq(&self, _: &Memo) -> bool {
        true
    }
}

#[derive(Default)]
struct Figures {
    /// With their quarters, the oldest first.
    blocks: Vec<(i32, Arc<Block>)>,
    spreads: Option<Spreads>,
    /// Without and with tentative load.
    infeasible: [Option<Infeasible>; 2],
}

impl Figures {
    fn find(&self, quarter: i32, inputs: CacheInputsRef<'_>) -> Option<&Arc<Block>> {
        let mut blocks = self.blocks.iter();
        let found = blocks.find(|(q, b)| *q == quarter && b.inputs.holds(inputs));
        found.map(|(_, block)| block)
    }
}

type Infeasible = (CacheInputs, Arc<[InfeasibleWindow]>);

impl Clone for Memo {
    fn clone(&self) -> Memo {
        Memo::default()
    }
}

impl Memo {
    /// What is still true once a booking that runs from one day to another is not what it was:
    /// all that is of other days.
    pub(crate) fn without(&self, id: AssignmentId, (from, to): (Date, Date)) -> Memo {
        let figures = self.figures.lock();
        let changed = quarter_of(from.days())..=quarter_of(to.days());
        let blocks = figures.blocks.iter();
        let blocks = blocks.filter(|(quarter, _)| !changed.contains(quarter));
        let spreads = figures.spreads.as_ref().map(|known| Spreads {
            inputs: known.inputs.clone(),
            totals: known.totals.without(&id),
        });
        Memo {
            profile: self.profile.clone(),
            booked: OnceLock::new(),
            figures: Mutex::new(Figures {
                blocks: blocks.cloned().collect(),
                spreads,
                infeasible: [None, None],
            }),
        }
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
pub(super) struct CacheInputs {
    settings: Arc<Settings>,
    /// In the order of [`Profile::calendars`].
    calendars: Box<[Option<Arc<HolidayCalendar>>]>,
}

impl CacheInputs {
    /// Of the settings only the default week enters a person's minutes.
    fn holds(&self, now: CacheInputsRef<'_>) -> bool {
        let same =
            |(a, b): (&Option<Arc<HolidayCalendar>>, Option<&Arc<HolidayCalendar>>)| match (a, b) {
                (None, None) => true,
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                _ => false,
            };
        self.calendars.len() == now.profile.calendars.len()
            && self.calendars.iter().zip(now.calendars()).all(same)
            && (Arc::ptr_eq(&self.settings, now.settings)
                || self.settings.default_week == now.settings.default_week)
    }

    pub(super) fn worker<'a>(&'a self, entry: &'a PersonEntry) -> Worker<'a> {
        Worker {
            availabilities: &entry.availabilities,
            employment: &entry.person.employment,
            time_off: &entry.time_off,
            default_week: &self.settings.default_week,
            calendars: entry
                .profile()
                .calendars
                .iter()
                .zip(&self.calendars)
                .map(|((from, _), calendar)| (*from, calendar.as_deref()))
                .collect(),
        }
    }
}

/// The inputs as they now are in a plan.
#[derive(Clone, Copy)]
pub(super) struct CacheInputsRef<'p> {
    context: FigureContext<'p>,
    profile: &'p Profile,
    settings: &'p Arc<Settings>,
}

impl<'p> CacheInputsRef<'p> {
    /// In the order of [`Profile::calendars`].
    fn calendars(self) -> impl Iterator<Item = Option<&'p Arc<HolidayCalendar>>> {
        let ids = self.profile.calendars.iter();
        ids.map(move |(_, id)| match id {
            None => self.context.calendar,
            Some(id) => self.context.plan.calendars().get(id).map(|r| &r.value),
        })
    }

    pub(super) fn keep(self) -> CacheInputs {
        CacheInputs {
            settings: Arc::clone(self.settings),
            calendars: self.calendars().map(Option::<&_>::cloned).collect(),
        }
    }
}

/// A plan with what is the same for most of its people looked up once.
#[derive(Clone, Copy)]
pub(super) struct FigureContext<'p> {
    plan: &'p Plan,
    calendar: Option<&'p Arc<HolidayCalendar>>,
}

impl<'p> FigureContext<'p> {
    pub(super) fn of(plan: &'p Plan) -> FigureContext<'p> {
        let calendar = plan.settings().holiday_calendar_id;
        FigureContext {
            plan,
            calendar: calendar
                .and_then(|id| plan.calendars().get(&id))
                .map(|r| &r.value),
        }
    }

    pub(super) fn plan(&self) -> &'p Plan {
        self.plan
    }

    pub(super) fn inputs(&self, entry: &'p PersonEntry) -> CacheInputsRef<'p> {
        CacheInputsRef {
            context: *self,
            profile: entry.profile(),
            settings: self.plan.settings(),
        }
    }
}

/// How total efforts of a person spread over their windows, of those that were asked for.
struct Spreads {
    inputs: CacheInputs,
    totals: OrdMap<AssignmentId, Arc<Spread>>,
}

impl PersonEntry {
    /// What of the entry alone is worked out once.
    pub(super) fn profile(&self) -> &Profile {
        let profile = &self.memo.profile;
        profile.get_or_init(|| Arc::new(Profile::of(self)))
    }

    /// What of all bookings together is worked out once.
    pub(super) fn booked(&self) -> &Booked {
        self.memo.booked.get_or_init(|| Booked::of(self))
    }

    /// Calls `visit` with each block from one quarter to another, both included, in order.
    pub(super) fn blocks(
        &self,
        context: &FigureContext<'_>,
        from: i32,
        to: i32,
        mut visit: impl FnMut(Arc<Block>),
    ) {
        let inputs = context.inputs(self);
        let mut quarter = from;
        while quarter <= to {
            {
                let figures = self.memo.figures.lock();
                while let Some(block) = figures.find(quarter, inputs)
                    && quarter <= to
                {
                    visit(Arc::clone(block));
                    quarter += 1;
                }
            }
            if quarter <= to {
                visit(self.work_out(quarter, inputs));
                quarter += 1;
            }
        }
    }

    /// Some days of a block: the remembered one, or one that has these days alone and will not be
    /// remembered.
    pub(super) fn block(
        &self,
        context: &FigureContext<'_>,
        quarter: i32,
        days: Range<usize>,
    ) -> Arc<Block> {
        let inputs = context.inputs(self);
        if let Some(block) = self.memo.figures.lock().find(quarter, inputs) {
            return Arc::clone(block);
        }
        self.block_of(quarter, days, inputs)
    }

    fn block_of(&self, quarter: i32, days: Range<usize>, inputs: CacheInputsRef<'_>) -> Arc<Block> {
        let spread = |booking: &Booking| self.spread(booking, inputs);
        Arc::new(Block::of(self, inputs.keep(), quarter, days, spread))
    }

    fn work_out(&self, quarter: i32, inputs: CacheInputsRef<'_>) -> Arc<Block> {
        let block = self.block_of(quarter, 0..DAYS, inputs);
        let mut figures = self.memo.figures.lock();
        figures.blocks.retain(|(q, _)| *q != quarter);
        if figures.blocks.len() >= MAX_BLOCKS {
            figures.blocks.remove(0);
        }
        figures.blocks.push((quarter, Arc::clone(&block)));
        block
    }

    /// How a booking of the person spreads if its effort is a total, remembered.
    fn spread(&self, booking: &Booking, inputs: CacheInputsRef<'_>) -> Option<Arc<Spread>> {
        let Effort::Total { .. } = booking.record.value.effort else {
            return None;
        };
        let id = booking.record.id;
        if let Some(known) = &self.memo.figures.lock().spreads
            && known.inputs.holds(inputs)
            && let Some(spread) = known.totals.get(&id)
        {
            return Some(Arc::clone(spread));
        }
        let kept = inputs.keep();
        let spread = Arc::new(load::spread(&booking.record.value, &kept.worker(self))?);
        let mut figures = self.memo.figures.lock();
        match &mut figures.spreads {
            Some(known) if known.inputs.holds(inputs) => {
                known.totals.insert(id, Arc::clone(&spread));
            }
            outdated => {
                *outdated = Some(Spreads {
                    inputs: kept,
                    totals: OrdMap::unit(id, Arc::clone(&spread)),
                });
            }
        }
        Some(spread)
    }

    /// The windows of total efforts that cannot be worked, remembered.
    pub(super) fn infeasible(
        &self,
        context: &FigureContext<'_>,
        with_tentative: bool,
    ) -> Arc<[InfeasibleWindow]> {
        let inputs = context.inputs(self);
        let slot = usize::from(with_tentative);
        if let Some((known, windows)) = &self.memo.figures.lock().infeasible[slot]
            && known.holds(inputs)
        {
            return Arc::clone(windows);
        }
        let inputs = inputs.keep();
        let demands = Demands::of(self, with_tentative, (Date::MIN, Date::MAX));
        let windows: Arc<[InfeasibleWindow]> = demands.windows(&inputs).into();
        self.memo.figures.lock().infeasible[slot] = Some((inputs, Arc::clone(&windows)));
        windows
    }

    /// Bytes that remembered blocks of this person take.
    pub(super) fn remembered_bytes(&self) -> usize {
        let figures = self.memo.figures.lock();
        figures.blocks.iter().map(|(_, b)| b.bytes()).sum()
    }
}
