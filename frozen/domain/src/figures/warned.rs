//! Figures that the warnings of a write compare.

use super::infeasible::{Demands, InfeasibleWindow};
use super::memo::FigureContext;
use crate::date::Date;
use crate::plan::{PersonEntry, Plan};

/// The windows of a person's total efforts, of those that have one of some days, that hold more
/// confirmed work than they have room for; `None` where `may_look` refuses to look at so many
/// days and bookings.
pub(crate) fn infeasible_windows(
    plan: &Plan,
    entry: &PersonEntry,
    days: (Date, Date),
    may_look: impl FnOnce(usize) -> bool,
) -> Option<Vec<InfeasibleWindow>> {
    let demands = Demands::of(entry, false, days);
    let Some(span) = demands.span() else {
        return Some(Vec::new());
    };
    let days = usize::try_from(span.1 - span.0 + 1).ok()?;
    if !may_look(days + demands.running(span).count()) {
        return None;
    }
    let inputs = FigureContext::of(plan).inputs(entry).keep();
    Some(demands.windows(&inputs))
}
