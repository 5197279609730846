//! Assignments: a person's or a placeholder's work on a project.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::view_of;
use super::{
    EntityKind, EntityRef, Kind, Names, OnDelete, Project, ProjectStatus, Resource, Topic,
    Validator, choice, entity, merge_patch, view, without,
};
use crate::access::Operation;
use crate::date::{Date, Period};
use crate::decide::bookable;
use crate::effort::{Effort, Weekdays};
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::{AssignmentId, PersonId, PlaceholderId, ProjectId};
use crate::pattern::{MAX_DAY_MINUTES, MAX_WEEK_MINUTES};
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::plan::{Bookings, Plan};
use crate::problem::Message;

/// The most assignments a tenant may have.
pub const MAX_ASSIGNMENTS: usize = 1_000_000;

choice!(
    /// Whether work is sure.
    AssignmentStatus {
        /// It will be done, as far as anybody knows.
        Confirmed,
        /// It may be done; it counts only where a view says so.
        Tentative,
    }
);

/// Whose work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A person does it.
    Person(PersonId),
    /// Nobody yet: the demand for somebody.
    Placeholder(PlaceholderId),
}

impl Owner {
    /// The person, if it is one.
    #[must_use]
    pub fn person(self) -> Option<PersonId> {
        match self {
            Owner::Person(id) => Some(id),
            Owner::Placeholder(_) => None,
        }
    }
}

/// Work of a person, or of a placeholder, on a project over some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignment {
    /// Whose work it is.
    pub owner: Owner,
    /// What it is done for.
    pub project_id: ProjectId,
    /// The first day.
    pub start: Date,
    /// The last day; `None` is open. A total effort always has one.
    pub end: Option<Date>,
    /// How much work it is.
    pub effort: Effort,
    /// Whether it is sure.
    pub status: AssignmentStatus,
    /// `None`: as the project is.
    pub billable: Option<bool>,
    /// What the person does there, in the planner's words.
    pub role: Option<String>,
    /// Where the work is done.
    pub location: Option<String>,
    /// Notes, of several lines; personal, since they may be about somebody.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub notes: Option<Personal<String>>,
}
entity!(
    Assignment,
    AssignmentId,
    Assignment,
    subject = |a, _| match a.owner {
        Owner::Person(id) => id.0,
        Owner::Placeholder(id) => id.0,
    },
    personal = [; ? notes]
);

impl Assignment {
    /// Whether it counts only where a view says so, by its own word or its project's.
    #[must_use]
    pub fn is_tentative(&self, project: Option<&Project>) -> bool {
        self.status == AssignmentStatus::Tentative
            || project.is_some_and(|p| p.status == ProjectStatus::Tentative)
    }

    /// Confirmed work from that day on, without an end, of which nothing else is said. Whoever
    /// makes an assignment in code begins with this and names what differs.
    #[must_use]
    pub fn new(owner: Owner, project_id: ProjectId, start: Date, effort: Effort) -> Assignment {
        Assignment {
            owner,
            project_id,
            start,
            end: None,
            effort,
            status: AssignmentStatus::Confirmed,
            billable: None,
            role: None,
            location: None,
            notes: None,
        }
    }
}

impl EntityKind for Assignment {
    const READS: u32 = 2;
    const ADDED: &'static [(u32, &'static str)] = &[(2, "location")];

    const TOPIC: Option<Topic> = Some(Topic::Project);
    const WRITERS: &'static [Operation] = &[Operation::PlanWork];
    const PRIVATE: &'static [(&'static str, Operation)] = &[("notes", Operation::ReadPrivateNotes)];
    const PRIVATE_TO_OTHERS_ONLY: bool = true;
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[
        (
            Kind::Person,
            OnDelete::Restrict(&Message::PersonHasBookings),
        ),
        (
            Kind::Project,
            OnDelete::Restrict(&Message::ProjectHasBookings),
        ),
        // A placeholder goes with the demand that it stands for.
        (Kind::Placeholder, OnDelete::Cascade),
    ];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit(EntityRef::new(Kind::Project, self.project_id));
        visit(match self.owner {
            Owner::Person(id) => EntityRef::new(Kind::Person, id),
            Owner::Placeholder(id) => EntityRef::new(Kind::Placeholder, id),
        });
    }

    const LOOKED_UP: bool = true;

    fn referrers(plan: &Plan, target: EntityRef) -> Vec<AssignmentId> {
        let ids = |bookings: &Bookings| bookings.iter().map(|b| b.record.id).collect();
        match target.kind {
            Kind::Person => plan
                .people()
                .get(&PersonId(target.id))
                .map(|p| ids(&p.bookings)),
            Kind::Placeholder => {
                let entry = plan.placeholders().get(&PlaceholderId(target.id));
                entry.map(|p| ids(&p.bookings))
            }
            Kind::Project => {
                let entry = plan.projects().get(&ProjectId(target.id));
                entry.map(|p| p.assignments.iter().copied().collect())
            }
            _ => None,
        }
        .unwrap_or_default()
    }

    fn looked_through(plan: &Plan, target: EntityRef) -> usize {
        Self::referrers(plan, target).len()
    }

    fn label(&self, _: AssignmentId, names: &Names<'_>) -> String {
        let who = match self.owner {
            Owner::Person(id) => names.person(id),
            Owner::Placeholder(id) => {
                let entry = names.plan.placeholders().get(&id);
                entry.map_or("", |p| &p.placeholder.title).to_owned()
            }
        };
        let project = names.plan.projects().get(&self.project_id);
        let project = project.map_or("", |p| &p.project.name);
        format!("{who} – {project}")
    }

    fn touched(diff: &Diff<Assignment>, _: &Plan) -> Vec<Touched> {
        touched::assignment(diff)
    }
}

/// An assignment as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignmentBody {
    /// Either a person or a placeholder.
    #[serde(default)]
    pub person_id: Option<PersonId>,
    /// Either a placeholder or a person.
    #[serde(default)]
    pub placeholder_id: Option<PlaceholderId>,
    /// What it is done for.
    pub project_id: ProjectId,
    /// The first day.
    pub start: Date,
    /// The last day; open where it is missing.
    #[serde(default)]
    pub end: Option<Date>,
    /// How much work it is.
    pub effort: EffortBody,
    /// Only these days; for effort per day alone.
    #[serde(default)]
    pub weekdays: Option<Vec<WeekdayName>>,
    /// Also on days without working time; for effort per day alone.
    #[serde(default)]
    pub include_non_working: bool,
    /// Whether it is sure; confirmed where it is missing.
    #[serde(default = "confirmed")]
    pub status: AssignmentStatus,
    /// As the project is where it is missing.
    #[serde(default)]
    pub billable: Option<bool>,
    /// What the person does there, in one line.
    #[serde(default)]
    pub role: Option<String>,
    /// Where the work is done, in one line.
    #[serde(default)]
    pub location: Option<String>,
    /// Notes, of several lines.
    #[serde(default)]
    pub notes: Option<String>,
}
view!(AssignmentView, AssignmentBody);

fn confirmed() -> AssignmentStatus {
    AssignmentStatus::Confirmed
}

/// `minutes` per week, per day or in total; `share` (ten-thousandths) of capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EffortBody {
    /// What the amount is counted by.
    pub per: Per,
    /// Minutes, where it is not a share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Ten-thousandths of capacity, with `capacity` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
}

/// What an effort is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Minutes of each ISO week.
    Week,
    /// Minutes of each day.
    Day,
    /// A share of each day's capacity.
    Capacity,
    /// Minutes of the whole window.
    Total,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WeekdayName {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl WeekdayName {
    const ALL: [WeekdayName; 7] = [
        WeekdayName::Mon,
        WeekdayName::Tue,
        WeekdayName::Wed,
        WeekdayName::Thu,
        WeekdayName::Fri,
        WeekdayName::Sat,
        WeekdayName::Sun,
    ];

    /// The names of a set of weekdays, Monday first.
    #[must_use]
    pub fn of(weekdays: Weekdays) -> Vec<WeekdayName> {
        weekdays.iter().map(|d| Self::ALL[d]).collect()
    }
}

impl EffortBody {
    /// The effort without its mask and flag.
    #[must_use]
    pub fn of(effort: &Effort) -> EffortBody {
        let (per, minutes, share) = match *effort {
            Effort::PerWeek { minutes } => (Per::Week, Some(minutes), None),
            Effort::PerDay { minutes, .. } => (Per::Day, Some(minutes), None),
            Effort::Share { share } => (Per::Capacity, None, Some(share)),
            Effort::Total { minutes } => (Per::Total, Some(minutes), None),
        };
        EffortBody {
            per,
            minutes,
            share,
        }
    }
}

/// What is wrong with an amount of work, or the amount.
fn amount(body: &AssignmentBody, d: &mut Validator<'_>) -> u32 {
    let EffortBody {
        per,
        minutes,
        share,
    } = body.effort;
    let (name, given, other, most) = match per {
        Per::Week => ("minutes", minutes, share, MAX_WEEK_MINUTES),
        Per::Day => ("minutes", minutes, share, u32::from(MAX_DAY_MINUTES)),
        Per::Capacity => ("share", share, minutes, 10_000),
        Per::Total => {
            let window = body.end.map(|end| Period::new(body.start, end));
            let days = match window {
                None => {
                    d.wrong("/end", Message::TotalNeedsEnd);
                    1
                }
                // A period that is none is reported at the end date itself.
                Some(window) => window.map_or(1, |p| p.len()),
            };
            let most = days * usize::from(MAX_DAY_MINUTES);
            (
                "minutes",
                minutes,
                share,
                u32::try_from(most).unwrap_or(u32::MAX),
            )
        }
    };
    let pointer = format!("/effort/{name}");
    match given {
        _ if other.is_some() => {
            d.wrong("/effort", Message::EffortUnits);
        }
        None => d.wrong(&pointer, Message::Missing),
        Some(n) if n == 0 || n > most => {
            d.wrong(&pointer, Message::OutOfRange { least: 1, most });
        }
        Some(n) => return n,
    }
    0
}

fn effort(body: &AssignmentBody, d: &mut Validator<'_>) -> Effort {
    let amount = amount(body, d);
    let weekdays = body.weekdays.as_ref().map(|days| {
        let set = Weekdays::of(days.iter().map(|day| *day as usize));
        if set.is_none() {
            d.wrong("/weekdays", Message::NoWeekday);
        }
        set
    });
    if body.effort.per != Per::Day {
        if weekdays.is_some() {
            d.wrong("/weekdays", Message::PerDayOnly);
        }
        if body.include_non_working {
            d.wrong("/include_non_working", Message::PerDayOnly);
        }
    }
    match body.effort.per {
        Per::Week => Effort::PerWeek { minutes: amount },
        Per::Capacity => Effort::Share { share: amount },
        Per::Total => Effort::Total { minutes: amount },
        Per::Day => Effort::PerDay {
            minutes: amount,
            weekdays: weekdays.flatten(),
            include_non_working: body.include_non_working,
        },
    }
}

impl Resource for Assignment {
    type Body = AssignmentBody;
    type View = AssignmentView;

    const NOUN: &'static str = "assignment";
    const MOST: Option<(usize, &'static str)> = Some((MAX_ASSIGNMENTS, "assignments"));

    fn body(&self) -> AssignmentBody {
        let (weekdays, include_non_working) = match self.effort {
            Effort::PerDay {
                weekdays,
                include_non_working,
                ..
            } => (weekdays, include_non_working),
            _ => (None, false),
        };
        let (person_id, placeholder_id) = match self.owner {
            Owner::Person(id) => (Some(id), None),
            Owner::Placeholder(id) => (None, Some(id)),
        };
        AssignmentBody {
            person_id,
            placeholder_id,
            project_id: self.project_id,
            start: self.start,
            end: self.end,
            effort: EffortBody::of(&self.effort),
            weekdays: weekdays.map(WeekdayName::of),
            include_non_working,
            status: self.status,
            billable: self.billable,
            role: self.role.clone(),
            location: self.location.clone(),
            notes: self.notes.as_ref().and_then(|v| v.get().cloned()),
        }
    }

    fn merge(mut current: Value, patch: &Value) -> Value {
        if patch.pointer("/effort/per").is_some() {
            current = without(current, &["effort"]);
        }
        for (given, other) in [
            ("person_id", "placeholder_id"),
            ("placeholder_id", "person_id"),
        ] {
            if patch.get(given).is_some_and(|id| !id.is_null()) {
                current = without(current, &[other]);
            }
        }
        merge_patch(current, patch)
    }

    fn build(
        body: AssignmentBody,
        _: AssignmentId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        let owner = match (body.person_id, body.placeholder_id) {
            (Some(person), None) => Owner::Person(person),
            (None, Some(placeholder)) => Owner::Placeholder(placeholder),
            (person, _) => {
                d.wrong("/person_id", Message::PersonOrPlaceholder);
                Owner::Person(person.unwrap_or(PersonId(uuid::Uuid::nil())))
            }
        };
        d.known_person("/person_id", body.person_id);
        if let Some(placeholder) = body.placeholder_id {
            d.known_placeholder("/placeholder_id", placeholder);
        }
        d.known_project("/project_id", body.project_id);
        if let Some(end) = body.end {
            d.period("/end", body.start, end);
        }
        let notes = d.note("/notes", body.notes.as_deref());
        let assignment = Assignment {
            owner,
            project_id: body.project_id,
            start: body.start,
            end: body.end,
            effort: effort(&body, d),
            status: body.status,
            billable: body.billable,
            role: d.optional_name("/role", body.role.as_deref()),
            location: d.optional_name("/location", body.location.as_deref()),
            notes: d.optional_personal(notes, before.map(|b| &b.notes)),
        };
        d.refused = bookable::refused(d.plan, before, &assignment);
        assignment
    }

    fn view(plan: &Plan, id: AssignmentId, _: Date) -> Option<AssignmentView> {
        view_of!(plan, id, AssignmentView)
    }

    fn hide(view: &mut AssignmentView, _: &str) {
        view.body.notes = None;
    }

    fn of_person(view: &AssignmentView) -> Option<uuid::Uuid> {
        view.body.person_id.map(|id| id.0)
    }
}
