//! What a table may hold.

use raally_domain::kinds::Kind;
use serde::{Deserialize, Serialize};

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ImportKind {
    /// People, with their job titles and hours.
    People,
    /// Projects.
    Projects,
    /// Clients.
    Clients,
    /// Work of people on projects.
    Assignments,
    /// Days on which people are away.
    TimeOff,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportField))]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The id that it has here, as our own exports name it.
    Id,
    /// What it is called.
    Name,
    /// A person's first name, where it stands by itself.
    FirstName,
    /// A person's last name, where it stands by itself.
    LastName,
    /// A person's e-mail address.
    Email,
    /// A person's job title.
    JobTitle,
    /// Hours a week: what a person works, or an assignment takes.
    HoursPerWeek,
    /// Hours a day: what an assignment takes, or for how long somebody is away.
    HoursPerDay,
    /// An assignment's share of the person's capacity.
    Percent,
    /// An assignment's hours in all.
    TotalHours,
    /// An assignment's effort in words: `20h/w`, `4h/d`, `50%`, `3d total`.
    Effort,
    /// The first day.
    From,
    /// The last day.
    To,
    /// A person's team.
    Team,
    /// A person's manager, by name or e-mail address.
    Manager,
    /// A person's holiday calendar.
    HolidayCalendar,
    /// A person's skills: `React 4, SQL 2`.
    Skills,
    /// Tags.
    Tags,
    /// Notes.
    Notes,
    /// Whether it is out of the way.
    Archived,
    /// A project's code.
    Code,
    /// A project's client.
    Client,
    /// A project's, an assignment's or a time off's status.
    Status,
    /// Whether work is billable.
    Billable,
    /// A project's budget in hours.
    BudgetHours,
    /// Whose it is: name or e-mail address.
    Person,
    /// Whose it is, by e-mail address.
    PersonEmail,
    /// What for: a project's name or code.
    Project,
    /// What for, by the project's code.
    ProjectCode,
    /// What the person does there.
    Role,
    /// Where the work is done.
    Location,
    /// What sort of time off.
    Kind,
    /// Why somebody is away.
    Reason,
}

use Field::{
    Archived, Billable, BudgetHours, Client, Code, Effort, Email, FirstName, From, HolidayCalendar,
    HoursPerDay, HoursPerWeek, Id, JobTitle, LastName, Location, Manager, Name, Notes, Percent,
    Person, PersonEmail, Project, ProjectCode, Reason, Role, Skills, Status, Tags, Team, To,
    TotalHours,
};

impl ImportKind {
    /// All there are.
    pub const ALL: [ImportKind; 5] = [
        ImportKind::People,
        ImportKind::Projects,
        ImportKind::Clients,
        ImportKind::Assignments,
        ImportKind::TimeOff,
    ];

    /// What its tables may hold.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            ImportKind::People => &[
                Id,
                Name,
                FirstName,
                LastName,
                Email,
                JobTitle,
                HoursPerWeek,
                From,
                To,
                Team,
                Manager,
                HolidayCalendar,
                Skills,
                Tags,
                Notes,
                Archived,
            ],
            ImportKind::Projects => &[
                Id,
                Name,
                Code,
                Client,
                Status,
                From,
                To,
                Billable,
                BudgetHours,
                Tags,
                Notes,
                Archived,
            ],
            ImportKind::Clients => &[Id, Name, Notes, Archived],
            ImportKind::Assignments => &[
                Id,
                Person,
                PersonEmail,
                Project,
                ProjectCode,
                Client,
                From,
                To,
                Effort,
                HoursPerWeek,
                HoursPerDay,
                Percent,
                TotalHours,
                Status,
                Billable,
                Role,
                Location,
                Notes,
            ],
            ImportKind::TimeOff => &[
                Id,
                Person,
                PersonEmail,
                Field::Kind,
                From,
                To,
                HoursPerDay,
                Status,
                Reason,
            ],
        }
    }

    /// The kind of record that a row is.
    pub(crate) fn record(self) -> Kind {
        match self {
            ImportKind::People => Kind::Person,
            ImportKind::Projects => Kind::Project,
            ImportKind::Clients => Kind::Client,
            ImportKind::Assignments => Kind::Assignment,
            ImportKind::TimeOff => Kind::TimeOff,
        }
    }
}
