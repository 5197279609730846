//! Time off as events of version 1 hold it: whole days or minutes of each, requested or approved.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Portion, TimeOffKind, TimeOffStatus};
use crate::date::Date;
use crate::event::Diff;
use crate::ids::{PersonId, TimeOffId};
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;

/// Only approved time off reduces capacity.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TimeOffStatus))]
#[serde(rename_all = "snake_case")]
enum Status {
    Requested,
    Approved,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = TimeOff)
)]
pub(super) struct TimeOff {
    person_id: PersonId,
    from: Date,
    to: Date,
    /// Minutes of each day; `None` is full days.
    minutes_per_day: Option<u16>,
    status: Status,
    kind: TimeOffKind,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    reason: Option<Personal<String>>,
}

#[derive(Serialize, Deserialize)]
struct Data {
    id: TimeOffId,
    before: Option<TimeOff>,
    after: Option<TimeOff>,
}

/// What a release that writes version 1 answers to what version 1 cannot say.
pub(super) const NOT_YET: &str =
    "this release reads half days and declined requests, the next one writes them";

/// Reads the data of an event.
pub(super) fn read(data: &str) -> Result<Diff<super::TimeOff>, serde_json::Error> {
    let Data { id, before, after } = serde_json::from_str(data)?;
    Ok(Diff {
        id,
        before: before.map(super::TimeOff::from),
        after: after.map(super::TimeOff::from),
    })
}

/// The data of an event; an error where [`holds`] says no.
pub(super) fn write(diff: &Diff<super::TimeOff>) -> Result<Box<RawValue>, serde_json::Error> {
    let older = |value: &Option<super::TimeOff>| -> Result<_, serde_json::Error> {
        let older = value.as_ref().map(TimeOff::try_from);
        older.transpose().map_err(serde::ser::Error::custom)
    };
    serde_json::value::to_raw_value(&Data {
        id: diff.id,
        before: older(&diff.before)?,
        after: older(&diff.after)?,
    })
}

/// Whether version 1 has words for it.
pub(super) fn holds(value: &super::TimeOff) -> bool {
    minutes_of(value.portion).is_some() && status_of(value.status).is_some()
}

impl From<TimeOff> for super::TimeOff {
    fn from(older: TimeOff) -> Self {
        super::TimeOff {
            person_id: older.person_id,
            from: older.from,
            to: older.to,
            portion: older.minutes_per_day.map_or(Portion::Day, Portion::Minutes),
            status: match older.status {
                Status::Requested => TimeOffStatus::Requested,
                Status::Approved => TimeOffStatus::Approved,
            },
            kind: older.kind,
            reason: older.reason,
        }
    }
}

impl TryFrom<&super::TimeOff> for TimeOff {
    type Error = &'static str;

    fn try_from(value: &super::TimeOff) -> Result<Self, Self::Error> {
        Ok(TimeOff {
            person_id: value.person_id,
            from: value.from,
            to: value.to,
            minutes_per_day: minutes_of(value.portion).ok_or(NOT_YET)?,
            status: status_of(value.status).ok_or(NOT_YET)?,
            kind: value.kind,
            reason: value.reason.clone(),
        })
    }
}

/// `minutes_per_day` of that portion; `None` where there is no such figure.
fn minutes_of(portion: Portion) -> Option<Option<u16>> {
    match portion {
        Portion::Day => Some(None),
        Portion::Minutes(minutes) => Some(Some(minutes)),
        Portion::FirstHalf | Portion::SecondHalf => None,
    }
}

fn status_of(status: TimeOffStatus) -> Option<Status> {
    match status {
        TimeOffStatus::Requested => Some(Status::Requested),
        TimeOffStatus::Approved => Some(Status::Approved),
        TimeOffStatus::Declined => None,
    }
}
