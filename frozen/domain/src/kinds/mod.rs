//! The kinds of record that a plan is made of. One module a kind: the value as events and
//! snapshots hold it, the body that writes it, the view that shows it, and what it says of itself
//! ([`EntityKind`], [`Resource`]). All else follows from the list below.
//!
//! An entity's JSON is part of the log and so for ever: a field that is added, or a change of
//! meaning, is a new version of its kind's events (docs/how-to/add-a-field.md). No `tag`,
//! `flatten` or `skip_serializing_if` in entities, since snapshots are written in a format that
//! does not name fields.

pub(crate) mod added;
mod assignments;
mod availabilities;
mod clients;
mod compensations;
mod employment;
mod history;
mod holiday_calendars;
mod job_titles;
mod kind;
mod list;
mod members;
mod named;
pub mod path;
mod people;
mod placeholders;
mod placements;
mod projects;
mod settings;
mod skills;
mod table;
mod teams;
mod time_off;
mod validator;

pub use assignments::{
    Assignment, AssignmentBody, AssignmentStatus, AssignmentView, EffortBody, MAX_ASSIGNMENTS,
    Owner, Per, WeekdayName,
};
pub use availabilities::{Availability, AvailabilityBody, AvailabilityView};
pub use clients::{Client, ClientBody, ClientView};
pub use compensations::{Compensation, CompensationBody, CompensationView, Pay, PayType};
pub use employment::EmploymentBody;
pub use history::History;
pub use holiday_calendars::{
    Holiday, HolidayCalendar, HolidayCalendarBody, HolidayCalendarView, Weekday,
};
pub use job_titles::{JobTitle, JobTitleBody, JobTitleView};
pub use kind::{
    Entity, EntityKind, EntityRef, Identified, Listed, Names, OnDelete, Resource, Topic, Upcast,
    find, latest,
};
pub use members::{Member, MemberBody, MemberView, Role};
pub use named::{NamedBody, NamedView};
pub use people::{
    MAX_PEOPLE, Person, PersonBody, PersonSkill, PersonSkillBody, PersonView, SkillLevel,
};
pub use placeholders::{Placeholder, PlaceholderBody, PlaceholderView};
pub use placements::{Placement, PlacementBody, PlacementView};
pub use projects::{
    Budget, Milestone, MilestoneBody, Phase, PhaseBody, Project, ProjectBody, ProjectColour,
    ProjectStatus, ProjectType, ProjectView,
};
pub use settings::{
    DatedWeekBody, DefaultWeekBody, Overbooking, Settings, SettingsBody, SettingsView, Theme,
    Units, WeekBody, WeekStart, slug_of,
};
pub use skills::Skill;
pub use table::{OfPerson, PersonRecord, Row, Rows, Table};
pub use teams::Team;
pub(crate) use time_off::halves;
pub use time_off::{
    Portion, PortionError, PortionName, TimeOff, TimeOffBody, TimeOffKind, TimeOffStatus,
    TimeOffView,
};
pub use validator::{IdSource, Validator, holds_control, is_email, is_visible};

use std::sync::Arc;

pub use crate::problem::FieldError;
use kind::{choice, entity, merge_patch, view, without};

use crate::access::Operation;
use crate::plan::{ApplyError, Plan, Version};

list::kinds! {
    // In the order in which they may refer to one another.
    // Kind       entity          table                 event name          path, as commands name it    in Plan
    Settings       Settings        (crate::plan::SettingsTable)    "settings"          "settings"          settings;
    Member         Member          (Rows<Member>)                     "member"            "members"           members;
    Team           Team            (Rows<Team>)                       "team"              "teams"             teams;
    Skill          Skill           (Rows<Skill>)                      "skill"             "skills"            skills;
    HolidayCalendar HolidayCalendar (Rows<HolidayCalendar>)           "holiday_calendar"  "holiday-calendars" calendars;
    Person         Person          (crate::plan::People)              "person"            "people"            people;
    JobTitle       JobTitle        (OfPerson<JobTitle>)               "job_title"         "job-titles"        job_titles;
    Placement      Placement       (OfPerson<Placement>)              "placement"         "placements"        placements;
    Availability   Availability    (OfPerson<Availability>)           "availability"      "availabilities"    availabilities;
    Compensation   Compensation    (OfPerson<Compensation>)           "compensation"      "compensations"     compensations;
    Client         Client          (Rows<Client>)                     "client"            "clients"           clients;
    Project        Project         (crate::plan::Projects)            "project"           "projects"          projects;
    Placeholder    Placeholder     (crate::plan::Placeholders)        "placeholder"       "placeholders"      placeholders;
    Assignment     Assignment      (crate::plan::Assignments)         "assignment"        "assignments"       assignments;
    TimeOff        TimeOff         (OfPerson<TimeOff>)                "time_off"          "time-off"          time_off;
    // Never written by the API.
    ; History      History         (crate::plan::ImportedHistory)        "history"                               history;
}

impl Kind {
    /// The kind of that name in event types and in the API.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.name() == name)
    }

    /// The kind that commands name so.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.path() == Some(path))
    }

    /// As a sentence names one.
    #[must_use]
    pub fn noun(self) -> &'static str {
        for_resource!(self, E => E::NOUN, else => self.name())
    }

    /// The topic that its events are published to beside the audit topic.
    #[must_use]
    pub fn topic(self) -> Option<Topic> {
        for_kind!(self, E => E::TOPIC)
    }

    /// What reading it needs, and its fields that need more.
    #[must_use]
    pub fn reading(self) -> (Operation, &'static [(&'static str, Operation)]) {
        for_kind!(self, E => (E::READ, E::PRIVATE))
    }

    /// The versions of its events that this release reads, from 1, and the one it writes.
    #[must_use]
    pub fn versions(self) -> (u32, u32) {
        for_kind!(self, E => (E::READS, E::WRITES))
    }
}

/// The rows of a kind in a snapshot: id, version, value.
type SnapshotRows<E> = Vec<(<E as Entity>::Id, Version, Option<Arc<E>>)>;

fn snapshot_rows<E: Listed>(plan: &Plan) -> SnapshotRows<E> {
    let rows = E::Table::rows(plan);
    rows.map(|(id, version, value)| (id, version, value.cloned()))
        .collect()
}

fn restore_rows<E: EntityKind>(rows: SnapshotRows<E>, plan: &mut Plan) -> Result<(), ApplyError> {
    for (id, version, value) in rows {
        let name = value.as_ref().and_then(|value| value.name_key());
        E::Table::restore(plan, id, version, value)?;
        plan.rename::<E>(id, None, name);
    }
    Ok(())
}
