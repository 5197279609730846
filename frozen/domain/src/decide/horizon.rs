//! How far days must be looked at to know them for ever.

use crate::date::Date;
use crate::kinds::{HolidayCalendar, Owner};
use crate::pattern::Pattern;
use crate::plan::{PersonEntry, PlaceholderEntry, Plan};

/// When the days of whoever does work begin to repeat.
#[derive(Clone, Copy)]
pub(super) struct Horizon {
    /// The last date on which anything begins or ends that the days depend on.
    pub settled: Date,
    /// The weeks of the pattern that load then follows.
    weeks: i32,
}

impl Horizon {
    /// `None` where there is nobody of that id.
    pub(super) fn of(plan: &Plan, owner: Owner) -> Option<Horizon> {
        match owner {
            Owner::Person(id) => Some(Horizon::of_person(plan, plan.people().get(&id)?)),
            Owner::Placeholder(id) => {
                let entry = plan.placeholders().get(&id)?;
                Some(Horizon::of_placeholder(plan, entry))
            }
        }
    }

    pub(super) fn of_person(plan: &Plan, entry: &PersonEntry) -> Horizon {
        let last = entry.availabilities.last().map(|r| &r.value.pattern);
        let known = last.filter(|pattern| !pattern.is_zero());
        let time_off = entry.time_off.iter().map(|r| r.value.to);
        let spans = entry.person.employment.as_spans().unwrap_or_default();
        let spans = spans.iter().flat_map(|span| [span.from, span.to]);
        let availabilities = entry.availabilities.iter().map(|r| r.value.effective_date);
        let placements = entry.placements.iter().map(|r| r.value.effective_date);
        let own = entry.placements.iter();
        let own = own.filter_map(|placement| placement.value.holiday_calendar_id);
        let calendars = own.filter_map(|id| plan.calendars().get(&id));
        let dates = entry.bookings.last_date().into_iter();
        let dates = dates
            .chain(time_off)
            .chain(spans.flatten())
            .chain(availabilities)
            .chain(placements)
            .chain(calendars.flat_map(|calendar| dates_of(&calendar.value)))
            .chain(of_workspace(plan));
        Horizon::after(dates, known.unwrap_or(plan.settings().default_week.last()))
    }

    /// Whoever comes works as the workspace does.
    fn of_placeholder(plan: &Plan, entry: &PlaceholderEntry) -> Horizon {
        let dates = entry.bookings.last_date().into_iter();
        let dates = dates.chain(of_workspace(plan));
        Horizon::after(dates, plan.settings().default_week.last())
    }

    fn after(dates: impl Iterator<Item = Date>, followed: &Pattern) -> Horizon {
        Horizon {
            settled: dates.max().unwrap_or(Date::MIN),
            weeks: i32::try_from(followed.cycle().len()).unwrap_or(i32::MAX),
        }
    }

    /// The same where something ends on that day as well.
    pub(super) fn and(self, day: Date) -> Horizon {
        Horizon {
            settled: self.settled.max(day),
            ..self
        }
    }

    /// The last day that has to be looked at: one whole cycle after the last date. One week more,
    /// so that a whole cycle of whole weeks lies after it on whichever weekday.
    pub(super) fn last(self) -> Date {
        self.settled.plus(7 * (self.weeks + 1))
    }
}

fn dates_of(calendar: &HolidayCalendar) -> impl Iterator<Item = Date> {
    calendar.holidays.iter().map(|holiday| holiday.date)
}

/// The dates of what holds for everybody who has nothing of their own.
fn of_workspace(plan: &Plan) -> impl Iterator<Item = Date> {
    let settings = plan.settings();
    let calendar = settings.holiday_calendar_id;
    let calendar = calendar.and_then(|id| plan.calendars().get(&id));
    let holidays = calendar.into_iter();
    let holidays = holidays.flat_map(|calendar| dates_of(&calendar.value));
    holidays.chain(settings.default_week.changes())
}
