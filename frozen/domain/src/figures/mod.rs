//! What the numbers mean: capacity, load, utilization and all that follows from them.

mod block;
mod columns;
mod dashboard;
mod day_rules;
mod demand;
mod fold;
mod infeasible;
mod load;
mod memo;
mod person;
mod presence;
mod profile;
mod schedule;
mod totals;
pub(crate) mod touched;
mod warned;
mod weeks;
mod working_days;

pub(crate) use columns::FigureColumns;
pub use dashboard::{
    BecomingFree, Dashboard, DisplacedFromProject, InfeasiblePerson, OverbookedPerson,
    PeopleByState, ProjectFigures, RoleFigures, WeekFigures, dashboard,
};
pub use demand::PlaceholderFigures;
pub use fold::{SearchTerm, fold};
pub use infeasible::InfeasibleWindow;
pub use memo::Memo;
pub use person::{DayFigures, DisplacedWork, PersonFigures, excess_days};
pub use profile::Lanes;
pub use schedule::{
    AssignmentBar, Bucket, ByPerson, ByPlaceholder, ByProject, Filter, GroupBy, IndexRows,
    MAX_CELLS, PlaceholderRow, PlaceholderSchedule, ProjectLabel, ProjectPerson, ProjectRow,
    ProjectSchedule, RowChoice, RowGroup, Schedule, ScheduleIndex, ScheduleQuery, ScheduleRow,
    SortBy, Span, TimeOffBar, TooManyCells, placeholder_schedule, project_schedule, schedule,
    schedule_index, schedule_rows,
};
pub use totals::{Totals, ratio};
pub use touched::{Touched, TouchedRows, touched, unite};
pub(crate) use warned::infeasible_windows;
pub(crate) use working_days::last_working_day;
pub use working_days::pattern_days;

/// Bytes that the remembered figures of a plan take, without what is worked out once a person.
#[must_use]
pub fn remembered_bytes(plan: &crate::plan::Plan) -> usize {
    let by_person: usize = plan.people().values().map(|p| p.remembered_bytes()).sum();
    by_person + plan.figures.bytes()
}
