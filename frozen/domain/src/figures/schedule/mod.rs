//! The schedule: rows of people or projects over a period, in buckets.

mod bars;
mod order;
mod people;
mod placeholders;
mod projects;
mod redact;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::weeks::first_of_week;
use crate::date::{Date, Period};
use crate::event::Head;
use crate::ids::{PersonId, ProjectId, SkillId, TeamId};
use crate::kinds::{ProjectColour, ProjectStatus, WeekStart};
use crate::plan::Plan;
use crate::problem::Message;

pub use bars::{AssignmentBar, TimeOffBar};
pub use order::{IndexRows, RowGroup, ScheduleIndex, schedule_index};
pub use people::{ScheduleRow, schedule, schedule_rows};
pub use placeholders::{PlaceholderRow, PlaceholderSchedule, placeholder_schedule};
pub use projects::{ProjectPerson, ProjectRow, ProjectSchedule, project_schedule};

/// How the days of a period are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Each day by itself.
    Day,
    /// Weeks from the workspace's `week_start` on.
    Week,
    /// Calendar months.
    Month,
}

/// What rows stand together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Not at all.
    #[default]
    None,
    /// The team at the period's end.
    Team,
    /// The job title at the period's end.
    Role,
}

/// What rows are in order of, within their group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// The folded name.
    #[default]
    Name,
    /// The highest of the period first, people without capacity last.
    Utilization,
    /// The job title at the period's end, people without one last.
    Role,
}

/// Which rows are asked for; what is `None` or `false` does not narrow them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Part of a name, whatever its case and diacritics.
    pub q: Option<String>,
    /// The team on one of the period's days.
    pub team_id: Option<TeamId>,
    /// The job title on one of the period's days.
    pub role: Option<String>,
    /// Those who have the skill.
    pub skill_id: Option<SkillId>,
    /// Booked on the project within the period.
    pub project_id: Option<ProjectId>,
    /// Overbooked on some day of the period.
    pub overbooked: bool,
    /// Archived projects without work in the period too. With work in it they have their rows, as
    /// archived people have who are in the period.
    pub archived: bool,
}

/// Which of the rows to answer with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RowChoice {
    /// So many rows from a certain one on.
    Page {
        /// How many rows come before.
        offset: usize,
        /// How many rows at most.
        limit: usize,
    },
    /// These people in this order, whatever the filter; those there are not are left out.
    People(Vec<PersonId>),
}

/// What is asked of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScheduleQuery {
    /// The days.
    pub period: Period,
    /// How the days are put together.
    pub bucket: Bucket,
    /// Which rows.
    pub filter: Filter,
    /// What rows stand together by.
    pub group: GroupBy,
    /// What rows are in order of.
    pub sort: SortBy,
    /// Which part of the rows.
    pub rows: RowChoice,
}

/// Rows of people who are in the period. Figures are of confirmed assignments, tentative load stands beside them;
/// a row has arrays of them, with an entry for each of `buckets`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// What the rows are.
    pub by: ByPerson,
    /// The state of the log that this was worked out from.
    #[serde(serialize_with = "as_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub head: Head,
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    /// How the days are put together.
    pub bucket: Bucket,
    /// How many rows there are in all.
    pub total: usize,
    /// How many rows come before.
    pub offset: usize,
    /// What the entries of the rows' arrays are for.
    pub buckets: Vec<Span>,
    /// The rows of this page.
    pub rows: Vec<ScheduleRow>,
    /// The projects that bars refer to.
    pub projects: BTreeMap<ProjectId, ProjectLabel>,
}

/// Says of an answer that its rows are of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ByPerson {
    /// Rows are people.
    #[default]
    Person,
}

/// Says of an answer that its rows are of projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ByProject {
    /// Rows are projects.
    #[default]
    Project,
}

/// Says of an answer that its rows are of placeholders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ByPlaceholder {
    /// Rows are placeholders.
    #[default]
    Placeholder,
}

/// Days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
}

impl From<&Period> for Span {
    fn from(period: &Period) -> Span {
        Span {
            from: period.from(),
            to: period.to(),
        }
    }
}

/// What a bar shows of its project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectLabel {
    /// The name to show.
    pub name: String,
    /// The short name, if it has one.
    pub code: Option<String>,
    /// What its bars are drawn in.
    pub colour: ProjectColour,
    /// Where the project stands.
    pub status: ProjectStatus,
}

impl Bucket {
    /// The buckets of a period in order, the first and the last cut to it; weeks begin on
    /// `week_start`.
    #[must_use]
    pub fn cut(self, period: Period, week_start: WeekStart) -> Vec<Period> {
        let mut buckets = Vec::new();
        let mut from = period.from();
        loop {
            let to = self.last_day(from, week_start).min(period.to());
            buckets.push(Period::new(from, to).expect("a part of a period"));
            if to == period.to() {
                return buckets;
            }
            from = to.plus(1);
        }
    }

    fn last_day(self, day: Date, week_start: WeekStart) -> Date {
        match self {
            Bucket::Day => day,
            Bucket::Week => Date::MIN.plus(first_of_week(day.days(), week_start) + 6),
            Bucket::Month => {
                let (year, month, _) = day.ymd();
                let (year, month) = match month {
                    12 => (year + 1, 1),
                    _ => (year, month + 1),
                };
                Date::from_ymd(year, month, 1).map_or(Date::MAX, |next| next.plus(-1))
            }
        }
    }
}

/// The most cells (rows times buckets) of one answer.
pub const MAX_CELLS: usize = 20_000;

/// More cells were asked for than one answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyCells;

impl From<TooManyCells> for Message {
    fn from(_: TooManyCells) -> Message {
        Message::TooManyCells { most: MAX_CELLS }
    }
}

/// Refuses rows of so many buckets that are more than one answer has.
fn within_cells(rows: usize, buckets: &[Period]) -> Result<(), TooManyCells> {
    if rows.saturating_mul(buckets.len()) > MAX_CELLS {
        return Err(TooManyCells);
    }
    Ok(())
}

fn as_text<S: serde::Serializer>(head: &Head, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(head)
}

/// Labels of the projects that these bars refer to.
fn labels<'a>(
    plan: &Plan,
    bars: impl Iterator<Item = &'a AssignmentBar>,
) -> BTreeMap<ProjectId, ProjectLabel> {
    let mut labels = BTreeMap::new();
    for bar in bars {
        let Some(entry) = plan.projects().get(&bar.project_id) else {
            continue;
        };
        labels
            .entry(bar.project_id)
            .or_insert_with(|| ProjectLabel {
                name: entry.project.name.clone(),
                code: entry.project.code.clone(),
                colour: entry.project.colour,
                status: entry.project.status,
            });
    }
    labels
}
