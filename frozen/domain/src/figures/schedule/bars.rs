//! What is drawn in a row: assignments and time off.

use serde::Serialize;

use super::super::person::PersonFigures;
use super::super::presence::runs_in;
use super::super::profile::Lanes;
use crate::date::{Date, Period};
use crate::effort::Effort;
use crate::ids::{AssignmentId, ProjectId, TimeOffId};
use crate::kinds::{
    AssignmentStatus, EffortBody, PortionName, TimeOff, TimeOffKind, TimeOffStatus, WeekdayName,
};
use crate::plan::{Booking, Record, Version};

/// A booking as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssignmentBar {
    /// Which record.
    pub id: AssignmentId,
    /// The version that a change is based on.
    pub version: Version,
    /// Which project.
    pub project_id: ProjectId,
    /// The first day.
    pub start: Date,
    /// `null` is open.
    pub end: Option<Date>,
    /// How much work.
    pub effort: EffortBody,
    /// Per-day effort only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<Vec<WeekdayName>>,
    /// Whether days without hours count, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_non_working: bool,
    /// Its own; see `tentative`.
    pub status: AssignmentStatus,
    /// By its own status or its project's.
    pub tentative: bool,
    /// By its own word or its project's.
    pub billable: bool,
    /// What the person does there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Where the work is done, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// 0 is the uppermost.
    pub lane: u16,
    /// What approved time off took from it in the period.
    #[serde(skip_serializing_if = "is_zero")]
    pub displaced_minutes: u64,
    /// Shown to those who may read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// Time off as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeOffBar {
    /// Which record.
    pub id: TimeOffId,
    /// The version that a change is based on.
    pub version: Version,
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    /// How much of each day.
    pub portion: PortionName,
    /// Where the portion is `minutes`.
    pub minutes_per_day: Option<u16>,
    /// Whether it is approved.
    pub status: TimeOffStatus,
    /// What it is for.
    pub kind: TimeOffKind,
}

impl AssignmentBar {
    fn of(booking: &Booking, lane: u16) -> AssignmentBar {
        let record = &booking.record;
        let assignment = &record.value;
        let (weekdays, include_non_working) = match assignment.effort {
            Effort::PerDay {
                weekdays,
                include_non_working,
                ..
            } => (weekdays.map(WeekdayName::of), include_non_working),
            _ => (None, false),
        };
        AssignmentBar {
            id: record.id,
            version: record.version,
            project_id: assignment.project_id,
            start: assignment.start,
            end: assignment.end,
            effort: EffortBody::of(&assignment.effort),
            weekdays,
            include_non_working,
            status: assignment.status,
            tentative: booking.tentative,
            billable: booking.billable,
            role: assignment.role.clone(),
            location: assignment.location.clone(),
            lane,
            displaced_minutes: 0,
            notes: assignment.notes.as_ref().and_then(|n| n.get().cloned()),
        }
    }
}

/// The bars of those bookings that run within the period.
pub(super) fn assignments<'a>(
    bookings: impl Iterator<Item = &'a Booking>,
    lanes: &Lanes,
    period: Period,
) -> Vec<AssignmentBar> {
    bookings
        .enumerate()
        .filter(|(_, booking)| runs_in(booking, period))
        .map(|(n, booking)| AssignmentBar::of(booking, lanes.of(n)))
        .collect()
}

/// The bars of a person's bookings, with what approved time off took from them.
pub(super) fn of_person<'a>(
    bookings: impl Iterator<Item = &'a Booking>,
    lanes: &Lanes,
    figures: &PersonFigures<'_>,
) -> Vec<AssignmentBar> {
    let mut bars = assignments(bookings, lanes, figures.period());
    for displaced in figures.displaced(figures.period()) {
        let id = displaced.booking.record.id;
        if let Some(bar) = bars.iter_mut().find(|bar| bar.id == id) {
            bar.displaced_minutes = displaced.minutes;
        }
    }
    bars
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(minutes: &u64) -> bool {
    *minutes == 0
}

/// The bars of time off, requested and approved, within the period; what was declined is not
/// going to be.
pub(super) fn time_off(records: &[Record<TimeOff>], period: Period) -> Vec<TimeOffBar> {
    records
        .iter()
        .filter(|r| r.value.status != TimeOffStatus::Declined)
        .filter(|r| r.value.from <= period.to() && period.from() <= r.value.to)
        .map(|r| TimeOffBar {
            id: r.id,
            version: r.version,
            from: r.value.from,
            to: r.value.to,
            portion: r.value.portion.name(),
            minutes_per_day: r.value.portion.minutes_per_day(),
            status: r.value.status,
            kind: r.value.kind,
        })
        .collect()
}
