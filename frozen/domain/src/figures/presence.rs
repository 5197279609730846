//! Who is in a period.

use super::load::window;
use super::memo::FigureContext;
use super::person::PersonFigures;
use crate::date::{Date, Period};
use crate::plan::{Booking, PersonEntry};

/// Whether a person is in a period: employed on one of its days, or with load (tentative too) or
/// displaced work in it.
pub(super) fn is_in(context: &FigureContext<'_>, entry: &PersonEntry, period: Period) -> bool {
    entry.person.employment.last_day_in(period).is_some() || has_work(context, entry, period)
}

/// The day by whose job title a person is counted in a period: the last on which they are
/// employed, the period's last where they are there for their work alone; `None` where they are
/// not in it.
pub(super) fn counted_on(
    context: &FigureContext<'_>,
    entry: &PersonEntry,
    period: Period,
) -> Option<Date> {
    let employed = entry.person.employment.last_day_in(period);
    employed.or_else(|| has_work(context, entry, period).then_some(period.to()))
}

/// Whether the booking has a day in the period.
pub(super) fn runs_in(booking: &Booking, period: Period) -> bool {
    let (from, to) = window(&booking.record.value);
    from <= period.to().days() && period.from().days() <= to
}

fn has_work(context: &FigureContext<'_>, entry: &PersonEntry, period: Period) -> bool {
    let mut running = entry.bookings.between(period.from(), period.to());
    if running.next().is_none() {
        return false;
    }
    let totals = PersonFigures::on(context, entry, period).totals(period);
    totals.load(true) + totals.displaced(true) > 0
}
