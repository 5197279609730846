//! Figures that the warnings of a write compare.

use std::sync::Arc;

use super::infeasible::InfeasibleWindow;
use super::memo::FigureContext;
use crate::plan::{PersonEntry, Plan};

/// The windows of a person's total efforts that hold more confirmed work than they have room for.
pub(crate) fn infeasible_windows(plan: &Plan, entry: &PersonEntry) -> Arc<[InfeasibleWindow]> {
    entry.infeasible(&FigureContext::of(plan), false)
}
