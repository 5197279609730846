//! Time off.

mod portion;
mod v1;

pub(crate) use portion::halves;
pub use portion::{Portion, PortionError, PortionName};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::kind::of_person_entry;
use super::{
    EntityKind, EntityRef, Identified, Kind, Names, OnDelete, PersonRecord, Resource, Topic,
    Upcast, Validator, choice, entity, find, merge_patch, without,
};
use crate::access::Access;
use crate::access::Operation;
use crate::date::Date;
use crate::event::{Change, Diff};
use crate::figures::{Touched, last_working_day, touched};
use crate::ids::{PersonId, TimeOffId};
use crate::pattern::MAX_DAY_MINUTES;
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::plan::{PersonEntry, Plan, Record};
use crate::problem::Message;

choice!(
    /// Only approved time off reduces capacity; declined time off stays on record.
    TimeOffStatus {
        /// Asked for, and not answered yet.
        Requested,
        /// Granted: it reduces capacity.
        Approved,
        /// Not granted.
        Declined,
    }
);
choice!(
    /// Why somebody is away.
    TimeOffKind {
        /// Days off that somebody has each year.
        Vacation,
        /// Illness.
        Sick,
        /// Leave of parents.
        Parental,
        /// Anything else.
        Other,
    }
);

/// Days, or parts of days, on which somebody is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct TimeOff {
    /// Who is away.
    pub person_id: PersonId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How much of every day from `from` to `to`.
    pub portion: Portion,
    /// Whether it was asked for, granted or declined.
    pub status: TimeOffStatus,
    /// Why, as a sort.
    pub kind: TimeOffKind,
    /// Why, in words; personal.
    pub reason: Option<Personal<String>>,
}
entity!(
    TimeOff,
    TimeOffId,
    TimeOff,
    subject = |t, _| t.person_id.0,
    personal = [; ? reason]
);

/// Time off as events of version 2 and snapshots hold it.
#[derive(Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = TimeOff)
)]
struct Stored {
    person_id: PersonId,
    from: Date,
    to: Date,
    portion: PortionName,
    /// Given where the portion is `minutes`, and nowhere else.
    minutes_per_day: Option<u16>,
    status: TimeOffStatus,
    kind: TimeOffKind,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    reason: Option<Personal<String>>,
}

impl From<TimeOff> for Stored {
    fn from(value: TimeOff) -> Stored {
        Stored {
            person_id: value.person_id,
            from: value.from,
            to: value.to,
            portion: value.portion.name(),
            minutes_per_day: value.portion.minutes_per_day(),
            status: value.status,
            kind: value.kind,
            reason: value.reason,
        }
    }
}

impl TryFrom<Stored> for TimeOff {
    type Error = PortionError;

    fn try_from(stored: Stored) -> Result<TimeOff, PortionError> {
        Ok(TimeOff {
            person_id: stored.person_id,
            from: stored.from,
            to: stored.to,
            portion: Portion::of(stored.portion, stored.minutes_per_day)?,
            status: stored.status,
            kind: stored.kind,
            reason: stored.reason,
        })
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for TimeOff {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Stored::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for TimeOff {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        Stored::schemas(schemas);
    }
}

impl PersonRecord for TimeOff {
    type Order = (Date, Date);

    fn person(&self) -> PersonId {
        self.person_id
    }

    fn order(&self) -> Self::Order {
        (self.from, self.to)
    }

    fn list(entry: &PersonEntry) -> &Vec<Record<TimeOff>> {
        &entry.time_off
    }

    fn list_mut(entry: &mut PersonEntry) -> &mut Vec<Record<TimeOff>> {
        &mut entry.time_off
    }
}

impl EntityKind for TimeOff {
    const READS: u32 = 2;
    const WRITES: u32 = 2;

    fn upcast(version: u32, data: &str) -> Result<Upcast<Self>, serde_json::Error> {
        let diff = match version {
            1 => v1::read(data)?,
            _ => serde_json::from_str(data)?,
        };
        Ok(Upcast {
            diff,
            implied: Vec::new(),
        })
    }

    fn downcast(diff: &Diff<Self>, _: &[Change]) -> Result<Box<RawValue>, serde_json::Error> {
        match Self::WRITES {
            1 => v1::write(diff),
            _ => serde_json::value::to_raw_value(diff),
        }
    }

    fn not_yet(diff: &Diff<Self>) -> Option<&'static str> {
        let said = || diff.before.iter().chain(&diff.after).all(v1::holds);
        (Self::WRITES == 1 && !said()).then_some(v1::NOT_YET)
    }

    #[cfg(feature = "openapi")]
    fn written_schema() -> crate::schema::Described {
        match Self::WRITES {
            1 => crate::schema::Described::of::<v1::TimeOff>(),
            _ => crate::schema::Described::of::<Self>(),
        }
    }

    const TOPIC: Option<Topic> = None;
    const WRITERS: &'static [Operation] = &[Operation::PlanWork, Operation::RequestOwnTimeOff];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[(Kind::Person, OnDelete::Cascade)];
    const PRIVATE: &'static [(&'static str, Operation)] =
        &[("reason", Operation::ReadPrivateNotes)];
    const PRIVATE_TO_OTHERS_ONLY: bool = true;

    /// Everybody's for planners; for others the requests of their own.
    fn may_write(access: &Access, diff: &Diff<TimeOff>) -> bool {
        let own_request =
            |t: &TimeOff| access.is(t.person_id) && t.status == TimeOffStatus::Requested;
        access.may(Operation::PlanWork)
            || (access.may(Operation::RequestOwnTimeOff)
                && diff.before.iter().chain(&diff.after).all(own_request))
    }

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit(EntityRef::new(Kind::Person, self.person_id));
    }

    const LOOKED_UP: bool = true;

    fn referrers(plan: &Plan, target: EntityRef) -> Vec<TimeOffId> {
        of_person_entry::<TimeOff>(plan, target)
    }

    fn looked_through(plan: &Plan, target: EntityRef) -> usize {
        Self::referrers(plan, target).len()
    }

    fn label(&self, _: TimeOffId, names: &Names<'_>) -> String {
        names.person(self.person_id)
    }

    fn touched(diff: &Diff<TimeOff>, after: &Plan) -> Vec<Touched> {
        touched::time_off(diff, after)
    }

    fn reach(diff: &Diff<TimeOff>, after: &Plan) -> usize {
        touched::entry_reach(diff, after, |r| r.person_id)
    }
}

/// Time off as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeOffBody {
    /// Who is away.
    pub person_id: PersonId,
    /// The first day.
    pub from: Date,
    /// The last day. Either this or `working_days`.
    #[serde(default)]
    pub to: Option<Date>,
    /// Instead of `to`, of whole days only: the last day is the one that makes so many days with
    /// capacity before time off. It is worked out once; what is kept is `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub working_days: Option<u32>,
    /// `day` where it is missing, `minutes` where only `minutes_per_day` is given.
    #[serde(default)]
    pub portion: Option<PortionName>,
    /// With portion `minutes`.
    #[serde(default)]
    pub minutes_per_day: Option<u16>,
    /// Whether it was asked for, granted or declined; approved where it is missing.
    #[serde(default = "approved")]
    pub status: TimeOffStatus,
    /// Why, as a sort; vacation where it is missing.
    #[serde(default = "vacation")]
    pub kind: TimeOffKind,
    /// Why, in words.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Time off as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeOffView {
    /// Its id and version.
    #[serde(flatten)]
    pub identified: Identified,
    /// Who is away.
    pub person_id: PersonId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How much of every day.
    pub portion: PortionName,
    /// Where the portion is `minutes`.
    pub minutes_per_day: Option<u16>,
    /// Whether it was asked for, granted or declined.
    pub status: TimeOffStatus,
    /// Why, as a sort.
    pub kind: TimeOffKind,
    /// Why, in words; `null` for those who may not read it.
    pub reason: Option<String>,
}

fn approved() -> TimeOffStatus {
    TimeOffStatus::Approved
}

fn vacation() -> TimeOffKind {
    TimeOffKind::Vacation
}

impl TimeOff {
    fn reason(&self) -> Option<String> {
        self.reason.as_ref().and_then(|v| v.get().cloned())
    }
}

/// The portion that a body asks for.
fn portion(body: &TimeOffBody, d: &mut Validator<'_>) -> Portion {
    let given = body.minutes_per_day;
    if given.is_some_and(|m| m == 0 || m > MAX_DAY_MINUTES) {
        d.wrong(
            "/minutes_per_day",
            Message::OutOfRange {
                least: 1,
                most: u32::from(MAX_DAY_MINUTES),
            },
        );
    }
    let by_default = match given {
        Some(_) => PortionName::Minutes,
        None => PortionName::Day,
    };
    Portion::of(body.portion.unwrap_or(by_default), given).unwrap_or_else(|error| {
        d.wrong("/minutes_per_day", error);
        Portion::Day
    })
}

/// The last day that a body asks for.
fn last_day(body: &TimeOffBody, portion: Portion, d: &mut Validator<'_>) -> Date {
    let count = match (body.to, body.working_days) {
        (Some(to), None) => {
            d.period("/to", body.from, to);
            return to;
        }
        (None, Some(count)) => count,
        (to, _) => {
            let pointer = to.map_or("/to", |_| "/working_days");
            d.wrong(pointer, Message::ToOrWorkingDays);
            return body.from;
        }
    };
    if portion != Portion::Day {
        d.wrong("/working_days", Message::WholeDaysOnly);
    } else if count == 0 {
        d.wrong("/working_days", Message::BelowLeast { least: 1 });
    } else if let Some(entry) = d.plan.people().get(&body.person_id) {
        let last = last_working_day(d.plan, entry, body.from, count);
        return last.unwrap_or_else(|| {
            let from = body.from;
            d.wrong("/working_days", Message::NoSuchDate { count, from });
            from
        });
    }
    body.from
}

impl Resource for TimeOff {
    type Body = TimeOffBody;
    type View = TimeOffView;

    const NOUN: &'static str = "time off";
    const MOST: Option<(usize, &'static str)> = Some((1_000_000, "entries of time off"));

    fn body(&self) -> TimeOffBody {
        TimeOffBody {
            person_id: self.person_id,
            from: self.from,
            to: Some(self.to),
            working_days: None,
            portion: Some(self.portion.name()),
            minutes_per_day: self.portion.minutes_per_day(),
            status: self.status,
            kind: self.kind,
            reason: self.reason(),
        }
    }

    fn merge(mut current: Value, patch: &Value) -> Value {
        match (patch.get("portion"), patch.get("minutes_per_day")) {
            (Some(portion), _) if portion != "minutes" => {
                current = without(current, &["minutes_per_day"]);
            }
            (None, Some(_)) => current = without(current, &["portion"]),
            _ => {}
        }
        if patch.get("working_days").is_some_and(|n| !n.is_null()) {
            current = without(current, &["to"]);
        }
        merge_patch(current, patch)
    }

    fn build(
        body: TimeOffBody,
        _: TimeOffId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        let portion = portion(&body, d);
        let to = last_day(&body, portion, d);
        let reason = d.note("/reason", body.reason.as_deref());
        TimeOff {
            person_id: body.person_id,
            from: body.from,
            to,
            portion,
            status: body.status,
            kind: body.kind,
            reason: d.optional_personal(reason, before.map(|b| &b.reason)),
        }
    }

    fn view(plan: &Plan, id: TimeOffId, _: Date) -> Option<TimeOffView> {
        let (version, value) = find::<Self>(plan, id)?;
        Some(TimeOffView {
            identified: Identified {
                id: id.into(),
                version,
            },
            person_id: value.person_id,
            from: value.from,
            to: value.to,
            portion: value.portion.name(),
            minutes_per_day: value.portion.minutes_per_day(),
            status: value.status,
            kind: value.kind,
            reason: value.reason(),
        })
    }

    fn hide(view: &mut TimeOffView, _: &str) {
        view.reason = None;
    }

    fn of_person(view: &TimeOffView) -> Option<uuid::Uuid> {
        Some(view.person_id.0)
    }
}

#[cfg(test)]
mod tests;
