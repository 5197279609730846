//! Assignments, placeholders and time off.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Identified, Validator, Writable, merge_patch, without};
use crate::access::{Access, Operation};
use crate::date::{Date, Period};
use crate::effort::{Effort, Weekdays};
use crate::entities::{
    Assignment, AssignmentStatus, Owner, Placeholder, TimeOff, TimeOffKind, TimeOffStatus,
};
use crate::ids::{AssignmentId, PersonId, PlaceholderId, ProjectId, TeamId, TimeOffId};
use crate::pattern::{MAX_DAY_MINUTES, MAX_WEEK_MINUTES};
use crate::plan::{Booking, PlaceholderEntry, Plan, Record, Version};
use crate::redact::Redact;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignmentBody {
    /// Either a person or a placeholder.
    #[serde(default)]
    pub person_id: Option<PersonId>,
    #[serde(default)]
    pub placeholder_id: Option<PlaceholderId>,
    pub project_id: ProjectId,
    pub start: Date,
    /// The last day; open where it is missing.
    #[serde(default)]
    pub end: Option<Date>,
    pub effort: EffortBody,
    /// Only these days; for effort per day alone.
    #[serde(default)]
    pub weekdays: Option<Vec<WeekdayName>>,
    /// Also on days without working time; for effort per day alone.
    #[serde(default)]
    pub include_non_working: bool,
    #[serde(default = "confirmed")]
    pub status: AssignmentStatus,
    /// As the project is where it is missing.
    #[serde(default)]
    pub billable: Option<bool>,
    #[serde(default)]
    pub role: Option<String>,
    #[serde(default)]
    pub notes: Option<String>,
}

fn confirmed() -> AssignmentStatus {
    AssignmentStatus::Confirmed
}

/// `minutes` per week, per day or in total; `share` (ten-thousandths) of capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EffortBody {
    pub per: Per,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Week,
    Day,
    Capacity,
    Total,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WeekdayName {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
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
                    d.wrong("/end", "a total effort needs an end");
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
            let detail =
                "effort per week, day and in total has minutes, effort per capacity a share";
            d.wrong("/effort", detail);
        }
        None => d.wrong(&pointer, "must be given"),
        Some(n) if n == 0 || n > most => {
            d.wrong(&pointer, format!("must be between 1 and {most}"));
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
            d.wrong("/weekdays", "must name at least one day");
        }
        set
    });
    if body.effort.per != Per::Day {
        if weekdays.is_some() {
            d.wrong("/weekdays", "belongs to effort per day only");
        }
        if body.include_non_working {
            d.wrong("/include_non_working", "belongs to effort per day only");
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssignmentView {
    #[serde(flatten)]
    pub identified: Identified,
    #[serde(flatten)]
    pub body: AssignmentBody,
}

impl AssignmentView {
    #[must_use]
    pub fn of(booking: &Booking) -> AssignmentView {
        AssignmentView {
            identified: Identified {
                id: booking.record.id.0,
                version: booking.record.version,
            },
            body: booking.record.value.body(),
        }
    }
}

impl Redact for AssignmentView {
    fn redact(mut self, access: &Access) -> Option<Self> {
        let own = self.body.person_id.is_some_and(|p| access.is(p));
        if !own && !access.may(Operation::ReadPrivateNotes) {
            self.body.notes = None;
        }
        Some(self)
    }
}

impl Writable for Assignment {
    type Body = AssignmentBody;

    fn find(plan: &Plan, id: AssignmentId) -> Option<(Version, &Assignment)> {
        plan.booking(id)
            .map(|b| (b.record.version, &*b.record.value))
    }

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
                d.wrong("/person_id", "give either person_id or placeholder_id");
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
        Assignment {
            owner,
            project_id: body.project_id,
            start: body.start,
            end: body.end,
            effort: effort(&body, d),
            status: body.status,
            billable: body.billable,
            role: d.optional_name("/role", body.role.as_deref()),
            notes: d.optional_personal(notes, before.map(|b| &b.notes)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaceholderBody {
    /// The job title that is wanted.
    pub title: String,
    #[serde(default)]
    pub team_id: Option<TeamId>,
    #[serde(default)]
    pub notes: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceholderView {
    #[serde(flatten)]
    pub identified: Identified,
    #[serde(flatten)]
    pub body: PlaceholderBody,
}

impl PlaceholderView {
    #[must_use]
    pub fn of(entry: &PlaceholderEntry) -> PlaceholderView {
        PlaceholderView {
            identified: Identified {
                id: entry.id.0,
                version: entry.version,
            },
            body: entry.placeholder.body(),
        }
    }
}

impl Writable for Placeholder {
    type Body = PlaceholderBody;

    fn find(plan: &Plan, id: PlaceholderId) -> Option<(Version, &Placeholder)> {
        plan.placeholders()
            .get(&id)
            .map(|p| (p.version, &*p.placeholder))
    }

    fn body(&self) -> PlaceholderBody {
        PlaceholderBody {
            title: self.title.clone(),
            team_id: self.team_id,
            notes: self.notes.clone(),
        }
    }

    fn build(
        body: PlaceholderBody,
        _: PlaceholderId,
        _: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_team("/team_id", body.team_id);
        Placeholder {
            title: d.name("/title", &body.title),
            team_id: body.team_id,
            notes: d.note("/notes", body.notes.as_deref()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeOffBody {
    pub person_id: PersonId,
    pub from: Date,
    pub to: Date,
    /// Full days where it is missing.
    #[serde(default)]
    pub minutes_per_day: Option<u16>,
    #[serde(default = "approved")]
    pub status: TimeOffStatus,
    #[serde(default = "vacation")]
    pub kind: TimeOffKind,
    #[serde(default)]
    pub reason: Option<String>,
}

fn approved() -> TimeOffStatus {
    TimeOffStatus::Approved
}

fn vacation() -> TimeOffKind {
    TimeOffKind::Vacation
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeOffView {
    #[serde(flatten)]
    pub identified: Identified,
    #[serde(flatten)]
    pub body: TimeOffBody,
}

impl TimeOffView {
    #[must_use]
    pub fn of(record: &Record<TimeOff>) -> TimeOffView {
        TimeOffView {
            identified: Identified {
                id: record.id.0,
                version: record.version,
            },
            body: record.value.body(),
        }
    }
}

impl Redact for TimeOffView {
    fn redact(mut self, access: &Access) -> Option<Self> {
        if !access.is(self.body.person_id) && !access.may(Operation::ReadPrivateNotes) {
            self.body.reason = None;
        }
        Some(self)
    }
}

impl Writable for TimeOff {
    type Body = TimeOffBody;

    fn find(plan: &Plan, id: TimeOffId) -> Option<(Version, &TimeOff)> {
        plan.time_off_record(id).map(|r| (r.version, &*r.value))
    }

    fn body(&self) -> TimeOffBody {
        TimeOffBody {
            person_id: self.person_id,
            from: self.from,
            to: self.to,
            minutes_per_day: self.minutes_per_day,
            status: self.status,
            kind: self.kind,
            reason: self.reason.as_ref().and_then(|v| v.get().cloned()),
        }
    }

    fn build(
        body: TimeOffBody,
        _: TimeOffId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        d.period("/to", body.from, body.to);
        if body
            .minutes_per_day
            .is_some_and(|m| m == 0 || m > MAX_DAY_MINUTES)
        {
            d.wrong("/minutes_per_day", "must be between 1 and 1440");
        }
        let reason = d.note("/reason", body.reason.as_deref());
        TimeOff {
            person_id: body.person_id,
            from: body.from,
            to: body.to,
            minutes_per_day: body.minutes_per_day,
            status: body.status,
            kind: body.kind,
            reason: d.optional_personal(reason, before.map(|b| &b.reason)),
        }
    }
}
