//! How far somebody's days must be looked at to know them for ever.

use crate::date::Date;
use crate::kinds::HolidayCalendar;
use crate::pattern::Pattern;
use crate::plan::{PersonEntry, Plan};

/// The last day that has to be looked at: after the last date on which anything begins or ends
/// that a person's days depend on, one whole cycle of the pattern that load then follows.
pub(super) fn horizon(plan: &Plan, entry: &PersonEntry) -> Date {
    let weeks = i32::try_from(followed(plan, entry).cycle().len()).unwrap_or(i32::MAX);
    // One week more, so that a whole cycle of whole weeks lies after it on whichever weekday.
    last_change(plan, entry).plus(7 * (weeks + 1))
}

/// The pattern that load follows once everything has begun.
fn followed<'p>(plan: &'p Plan, entry: &'p PersonEntry) -> &'p Pattern {
    let last = entry.availabilities.last().map(|r| &r.value.pattern);
    let known = last.filter(|pattern| !pattern.is_zero());
    known.unwrap_or(&plan.settings().default_week)
}

/// The last date on which anything begins or ends that a person's days depend on.
pub(super) fn last_change(plan: &Plan, entry: &PersonEntry) -> Date {
    let bookings = entry.bookings.iter().map(|b| &b.record.value);
    let bookings = bookings.map(|work| work.end.unwrap_or(work.start));
    let time_off = entry.time_off.iter().map(|r| r.value.to);
    let spans = entry.person.employment.as_spans().unwrap_or_default();
    let spans = spans.iter().flat_map(|span| [span.from, span.to]);
    let availabilities = entry.availabilities.iter().map(|r| r.value.effective_date);
    let placements = entry.placements.iter().map(|r| r.value.effective_date);
    let holidays = calendars(plan, entry).flat_map(|calendar| &calendar.holidays);
    bookings
        .chain(time_off)
        .chain(spans.flatten())
        .chain(availabilities)
        .chain(placements)
        .chain(holidays.map(|holiday| holiday.date))
        .max()
        .unwrap_or(Date::MIN)
}

/// The holiday calendars that hold for somebody on any day.
fn calendars<'p>(
    plan: &'p Plan,
    entry: &'p PersonEntry,
) -> impl Iterator<Item = &'p HolidayCalendar> {
    let own = entry.placements.iter();
    let own = own.filter_map(|placement| placement.value.holiday_calendar_id);
    let ids = own.chain(plan.settings().holiday_calendar_id);
    ids.filter_map(|id| plan.calendars().get(&id))
        .map(|record| &*record.value)
}
