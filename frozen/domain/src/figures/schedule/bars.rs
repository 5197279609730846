//! What is drawn in a row: assignments and time off.

use serde::Serialize;

use super::super::load::window;
use super::super::profile::Lanes;
use crate::date::{Date, Period};
use crate::effort::Effort;
use crate::ids::{AssignmentId, ProjectId, TimeOffId};
use crate::kinds::{
    AssignmentStatus, EffortBody, PortionName, TimeOff, TimeOffKind, TimeOffStatus, WeekdayName,
};
use crate::plan::{Booking, Record, Version};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssignmentBar {
    pub id: AssignmentId,
    pub version: Version,
    pub project_id: ProjectId,
    pub start: Date,
    /// `null` is open.
    pub end: Option<Date>,
    pub effort: EffortBody,
    /// Per-day effort only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<Vec<WeekdayName>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_non_working: bool,
    pub status: AssignmentStatus,
    /// By its own status or its project's.
    pub tentative: bool,
    /// By its own word or its project's.
    pub billable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Where the work is done, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// 0 is the uppermost.
    pub lane: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeOffBar {
    pub id: TimeOffId,
    pub version: Version,
    pub from: Date,
    pub to: Date,
    pub portion: PortionName,
    /// Where the portion is `minutes`.
    pub minutes_per_day: Option<u16>,
    pub status: TimeOffStatus,
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

/// Whether the booking has a day in the period.
pub(super) fn runs_in(booking: &Booking, period: Period) -> bool {
    let (from, to) = window(&booking.record.value);
    from <= period.to().days() && period.from().days() <= to
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
