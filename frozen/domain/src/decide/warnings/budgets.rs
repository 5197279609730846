//! Projects whose work has come to be more than their budgets.

use std::collections::BTreeMap;

use super::written::Written;
use super::{Meter, Warning, WarningCode};
use crate::date::{Date, Period};
use crate::decide::horizon::Horizon;
use crate::decide::overbooking::years;
use crate::figures::{PersonFigures, PlaceholderFigures};
use crate::ids::ProjectId;
use crate::kinds::Owner;
use crate::plan::{Plan, ProjectEntry};

/// A warning for each project whose work was more than its budget neither before nor to this
/// measure.
pub(super) fn over(
    before: &Plan,
    after: &Plan,
    written: &Written<'_>,
    meter: &mut Meter,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for id in &written.projects {
        let Some(now) = Excess::of(after, *id, meter).filter(|now| now.is_over()) else {
            continue;
        };
        let was = before
            .projects()
            .get(id)
            .map(|_| Excess::of(before, *id, meter));
        // Where it cannot be told whether it was so before, nothing is said.
        if matches!(was, Some(None)) || matches!(was, Some(Some(was)) if !now.is_worse_than(was)) {
            continue;
        }
        warnings.push(Warning {
            project_id: Some(*id),
            count: None,
            minutes: now.minutes(),
            ..Warning::new(WarningCode::OverBudget)
        });
    }
    warnings
}

/// Work against a budget.
#[derive(Clone, Copy)]
struct Excess {
    /// `None`: there is none.
    budget: Option<u64>,
    /// `None`: there is no end to it.
    work: Option<u64>,
}

impl Excess {
    /// `None` where it would take too long to tell.
    fn of(plan: &Plan, id: ProjectId, meter: &mut Meter) -> Option<Excess> {
        let entry = plan.projects().get(&id)?;
        let budget = entry.project.budget.and_then(|budget| budget.minutes);
        let budget = budget.map(u64::from);
        let work = match budget {
            None => Some(0),
            Some(_) => work(plan, entry, meter)?,
        };
        Some(Excess { budget, work })
    }

    fn is_over(self) -> bool {
        let budget = self.budget.unwrap_or(u64::MAX);
        self.work.is_none_or(|work| work > budget)
    }

    fn minutes(self) -> Option<u64> {
        Some(self.work?.saturating_sub(self.budget?))
    }

    fn is_worse_than(self, other: Excess) -> bool {
        match (self.minutes(), other.minutes()) {
            _ if !other.is_over() => true,
            (Some(now), Some(was)) => now > was,
            (None, was) => was.is_some(),
            (Some(_), None) => false,
        }
    }
}

/// The work of a project, tentative work with it; inside, `None` where there is no end to it.
#[expect(
    clippy::option_option,
    reason = "whether it can be told, and how much it is"
)]
fn work(plan: &Plan, entry: &ProjectEntry, meter: &mut Meter) -> Option<Option<u64>> {
    let mut owners: BTreeMap<Owner, (Date, Option<Date>)> = BTreeMap::new();
    if !meter.spend_bookings(entry.assignments.len()) {
        return None;
    }
    let runs = entry.assignments.iter().filter_map(|id| plan.run(*id));
    for (owner, start, end) in runs {
        let run = owners.entry(owner).or_insert((start, end));
        let end = run.1.zip(end).map(|(a, b)| a.max(b));
        *run = (run.0.min(start), end);
    }
    let mut sum = 0;
    for (owner, (from, end)) in owners {
        let horizon = Horizon::of(plan, owner)?;
        for (from, to) in years((from, end.unwrap_or(horizon.last()))) {
            let period = Period::new(from, to).ok()?;
            if !meter.spend(period.len()) {
                return None;
            }
            sum += minutes(plan, owner, entry.id, period)?;
            let after = horizon.settled.plus(1).max(from);
            if let (None, Ok(after)) = (end, Period::new(after, to))
                && minutes(plan, owner, entry.id, after)? > 0
            {
                return Some(None);
            }
        }
    }
    Some(Some(sum))
}

/// What one of a project's owners does for it.
fn minutes(plan: &Plan, owner: Owner, project: ProjectId, period: Period) -> Option<u64> {
    let (confirmed, tentative) = match owner {
        Owner::Person(id) => {
            let entry = plan.people().get(&id)?;
            PersonFigures::of(plan, entry, period).project(project, period)
        }
        Owner::Placeholder(id) => {
            let entry = plan.placeholders().get(&id)?;
            let figures = PlaceholderFigures::of(plan, entry, period);
            figures.demand_where(period, |b| b.record.value.project_id == project)
        }
    };
    Some(confirmed + tentative)
}
