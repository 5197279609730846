//! Time off.

use serde::{Deserialize, Serialize};

use super::kind::{of_person_entry, view_of};
use super::{
    EntityKind, EntityRef, Kind, Names, OnDelete, PersonRecord, Resource, Topic, Validator, choice,
    entity, view,
};
use crate::access::Access;
use crate::access::Operation;
use crate::date::Date;
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::{PersonId, TimeOffId};
use crate::pattern::MAX_DAY_MINUTES;
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::plan::{PersonEntry, Plan, Record};

choice!(
    /// Only approved time off reduces capacity.
    TimeOffStatus { Requested, Approved }
);
choice!(TimeOffKind {
    Vacation,
    Sick,
    Parental,
    Other
});

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeOff {
    pub person_id: PersonId,
    pub from: Date,
    pub to: Date,
    /// Minutes of each day; `None` is full days.
    pub minutes_per_day: Option<u16>,
    pub status: TimeOffStatus,
    pub kind: TimeOffKind,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub reason: Option<Personal<String>>,
}
entity!(
    TimeOff,
    TimeOffId,
    TimeOff,
    subject = |t, _| t.person_id.0,
    personal = [; ? reason]
);

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

    fn referrers(plan: &Plan, target: EntityRef) -> Vec<TimeOffId> {
        of_person_entry::<TimeOff>(plan, target)
    }

    fn label(&self, _: TimeOffId, names: &Names<'_>) -> String {
        names.person(self.person_id)
    }

    fn touched(diff: &Diff<TimeOff>, after: &Plan) -> Vec<Touched> {
        touched::time_off(diff, after)
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
view!(TimeOffView, TimeOffBody);

fn approved() -> TimeOffStatus {
    TimeOffStatus::Approved
}

fn vacation() -> TimeOffKind {
    TimeOffKind::Vacation
}

impl Resource for TimeOff {
    type Body = TimeOffBody;
    type View = TimeOffView;

    const NOUN: &'static str = "time off";

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

    fn view(plan: &Plan, id: TimeOffId, _: Date) -> Option<TimeOffView> {
        view_of!(plan, id, TimeOffView)
    }

    fn hide(view: &mut TimeOffView, _: &str) {
        view.body.reason = None;
    }

    fn of_person(view: &TimeOffView) -> Option<uuid::Uuid> {
        Some(view.body.person_id.0)
    }
}
