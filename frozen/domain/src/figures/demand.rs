//! Placeholders: demand without capacity.

use std::cell::OnceCell;

use super::day_rules::{DayRules, Worker};
use super::load::{GivenShares, each_in_turn, load, spread};
use crate::date::{Date, Period};
use crate::employment::Employment;
use crate::ids::ProjectId;
use crate::plan::{Booking, PlaceholderEntry, Plan};

/// What a placeholder asks for on each day of a period, in minutes.
///
/// Its load follows the tenant's default week less the tenant's holidays, as if somebody
/// without records of their own did the work.
pub struct PlaceholderFigures<'p> {
    period: Period,
    /// Each booking that asks for anything, with its minutes on each day of the period.
    loads: Vec<(&'p Booking, Vec<u32>)>,
}

/// How placeholders work over a period: all of them alike.
struct PlaceholderRules<'p> {
    worker: Worker<'p>,
    period: Period,
    terms: OnceCell<DayRules>,
}

impl<'p> PlaceholderRules<'p> {
    fn of(plan: &'p Plan, period: Period) -> PlaceholderRules<'p> {
        let settings = plan.settings();
        let calendar = settings.holiday_calendar_id;
        let calendar = calendar.and_then(|id| plan.calendars().get(&id));
        let worker = Worker {
            availabilities: &[],
            employment: &Employment::ALWAYS,
            time_off: &[],
            default_week: &settings.default_week,
            calendars: vec![(i32::MIN, calendar.map(|r| &*r.value))],
        };
        PlaceholderRules {
            worker,
            period,
            terms: OnceCell::new(),
        }
    }

    fn figures<'e>(&self, entry: &'e PlaceholderEntry) -> PlaceholderFigures<'e> {
        let period = self.period;
        let from = period.from().days();
        let running = entry.bookings.between(period.from(), period.to());
        let running = running.enumerate();
        let mut given = GivenShares::default();
        let mut loads = Vec::new();
        each_in_turn(running, |n, booking| {
            let terms = self
                .terms
                .get_or_init(|| DayRules::of(&self.worker, from, period.len()));
            let assignment = &booking.record.value;
            let mut days = vec![0; period.len()];
            let spread = spread(assignment, &self.worker);
            load(assignment, terms, spread.as_ref(), &mut given, |at, day| {
                days[at] = day.load;
            });
            loads.push((n, (booking, days)));
        });
        loads.sort_unstable_by_key(|(n, _)| *n);
        PlaceholderFigures {
            period,
            loads: loads.into_iter().map(|(_, load)| load).collect(),
        }
    }
}

impl<'p> PlaceholderFigures<'p> {
    /// What one placeholder asks for.
    #[must_use]
    pub fn of(plan: &Plan, entry: &'p PlaceholderEntry, period: Period) -> Self {
        PlaceholderRules::of(plan, period).figures(entry)
    }

    /// What each of a plan's placeholders asks for.
    pub(super) fn of_all(
        plan: &'p Plan,
        period: Period,
    ) -> impl Iterator<Item = (&'p PlaceholderEntry, Self)> {
        let rules = PlaceholderRules::of(plan, period);
        let entries = plan.placeholders().values();
        entries.map(move |entry| (&**entry, rules.figures(entry)))
    }

    /// The bookings that run in the period, each with its minutes on each of its days.
    #[must_use]
    pub fn loads(&self) -> &[(&'p Booking, Vec<u32>)] {
        &self.loads
    }

    /// Demand over some days of the period: of confirmed bookings, and of tentative ones.
    #[must_use]
    pub fn demand(&self, part: Period) -> (u64, u64) {
        self.demand_where(part, |_| true)
    }

    /// Minutes of one project on each day of the period, tentative ones with them.
    pub(crate) fn project_by_day(&self, project: ProjectId) -> Vec<u64> {
        let mut minutes = vec![0; self.period.len()];
        for (booking, days) in &self.loads {
            if booking.record.value.project_id == project {
                let days = days.iter().map(|more| u64::from(*more));
                minutes
                    .iter_mut()
                    .zip(days)
                    .for_each(|(sum, more)| *sum += more);
            }
        }
        minutes
    }

    /// As [`Self::demand`], of some bookings only.
    #[must_use]
    pub fn demand_where(&self, part: Period, counts: impl Fn(&Booking) -> bool) -> (u64, u64) {
        let place = |day: Date| day.days() - self.period.from().days();
        let from = usize::try_from(place(part.from())).unwrap_or(0);
        let to = usize::try_from(place(part.to()) + 1).unwrap_or(0);
        let (mut confirmed, mut tentative) = (0, 0);
        for (booking, days) in self.loads.iter().filter(|(b, _)| counts(b)) {
            let days = &days[from.min(days.len())..to.min(days.len())];
            let sum = days.iter().map(|m| u64::from(*m)).sum::<u64>();
            if booking.tentative {
                tentative += sum;
            } else {
                confirmed += sum;
            }
        }
        (confirmed, tentative)
    }
}
