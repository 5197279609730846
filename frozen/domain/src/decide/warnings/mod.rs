//! What a planner would be surprised by in what was written: only what the write brought or made
//! worse. Nothing here refuses anything, and looking stops where it would take long.

mod bookings;
mod budgets;
mod days;
mod projects;
mod written;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::event::Recorded;
use crate::figures::Touched;
use crate::ids::{AssignmentId, PersonId, ProjectId};
use crate::plan::Plan;

use written::Written;

/// The most warnings of one step.
const MAX_WARNINGS: usize = 100;
/// The most days that a warning names.
const NAMED_DAYS: usize = 10;
/// How many days of people are looked at for the warnings of one step, before it and after it.
const MOST_DAYS: usize = 200_000;
/// How many bookings are, each once for every quarter that it runs in, and days that total efforts
/// lie in.
const MOST_BOOKINGS: usize = 500_000;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WarningCode {
    /// A booking loads none of its days.
    NoLoad,
    /// Days hold more confirmed work than they have room for.
    Overbooked,
    /// Work that must be done by a day does not fit before it.
    Infeasible,
    /// Approved time off takes work from bookings.
    Displaced,
    /// There is work on days for which time off is asked.
    RequestedTimeOff,
    /// There is work on days on which the person is not employed.
    OutsideEmployment,
    /// There is work on days on which its project does not run.
    OutsideProject,
    /// The work on a project is more than its budget.
    OverBudget,
}

impl WarningCode {
    /// What it says, in English.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            WarningCode::NoLoad => "The booking has no working day: it counts nothing.",
            WarningCode::Overbooked => "There is more work than fits on these days.",
            WarningCode::Infeasible => "The work does not fit between these days.",
            WarningCode::Displaced => "Time off takes this work from the project's bookings.",
            WarningCode::RequestedTimeOff => "Time off is asked for on these days.",
            WarningCode::OutsideEmployment => "The person is not employed on these days.",
            WarningCode::OutsideProject => "The project does not run on these days.",
            WarningCode::OverBudget => "The project's work is more than its budget.",
        }
    }
}

/// Something that the write brought or made worse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    /// The same in English.
    pub detail: String,
    /// Whose days it is about.
    pub person_id: Option<PersonId>,
    /// On which project.
    pub project_id: Option<ProjectId>,
    /// Which booking, where it is one.
    pub assignment_id: Option<AssignmentId>,
    /// The first of the days, at most 10.
    pub dates: Vec<Date>,
    /// How many days there are; `null` where there is no end to them.
    pub count: Option<u32>,
    /// How much work it is about: over capacity, on those days, or over the budget; `null` where
    /// there is no end to it, or none.
    pub minutes: Option<u64>,
}

impl Warning {
    fn new(code: WarningCode) -> Warning {
        Warning {
            code,
            detail: code.detail().to_owned(),
            person_id: None,
            project_id: None,
            assignment_id: None,
            dates: Vec::new(),
            count: Some(0),
            minutes: None,
        }
    }
}

/// What may be looked at yet.
struct Meter {
    days: usize,
    bookings: usize,
}

impl Meter {
    fn new() -> Meter {
        Meter {
            days: MOST_DAYS,
            bookings: MOST_BOOKINGS,
        }
    }

    /// Whether so many days may be looked at, which are spent then.
    fn spend(&mut self, days: usize) -> bool {
        take(&mut self.days, days)
    }

    /// Whether so many bookings may be looked at, which are spent then.
    fn spend_bookings(&mut self, bookings: usize) -> bool {
        take(&mut self.bookings, bookings)
    }

    /// Whether nothing more may be looked at.
    fn is_spent(&self) -> bool {
        self.days == 0 || self.bookings == 0
    }
}

/// Whether so many are left, which are taken then.
fn take(left: &mut usize, many: usize) -> bool {
    let may = many <= *left;
    *left = left.saturating_sub(many);
    may
}

/// The warnings of changes that lead from one plan to another.
pub(super) fn of(
    before: &Plan,
    after: &Plan,
    changes: &[Recorded],
    touched: &[Touched],
) -> Vec<Warning> {
    let written = Written::of(after, changes, touched);
    let mut meter = Meter::new();
    let mut warnings = bookings::without_load(before, after, &written, &mut meter);
    for row in touched {
        let Some(person) = row.person_id.filter(|id| written.people.contains(id)) else {
            continue;
        };
        if warnings.len() >= MAX_WARNINGS || meter.is_spent() {
            break;
        }
        let days = (row.from, row.to);
        warnings.extend(days::of(before, after, person, days, &written, &mut meter));
    }
    warnings.extend(projects::outside(before, after, &written, &mut meter));
    warnings.extend(budgets::over(before, after, &written, &mut meter));
    warnings.truncate(MAX_WARNINGS);
    warnings
}
