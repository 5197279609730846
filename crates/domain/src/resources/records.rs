//! A person's dated records: job titles, availabilities, compensations.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::workspace::pattern;
use super::{Identified, Validator, Writable, merge_patch, without};
use crate::access::{Access, Operation};
use crate::date::Date;
use crate::entities::{Availability, Compensation, JobTitle, Pay, PayType};
use crate::ids::{AvailabilityId, CompensationId, JobTitleId, PersonId};
use crate::money::Money;
use crate::plan::{Plan, Record, Version};
use crate::redact::Redact;

macro_rules! record_view {
    ($view:ident, $body:ty, $entity:ty) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $view {
            #[serde(flatten)]
            pub identified: Identified,
            #[serde(flatten)]
            pub body: $body,
        }

        impl $view {
            #[must_use]
            pub fn of(record: &Record<$entity>) -> $view {
                $view {
                    identified: Identified {
                        id: record.id.0,
                        version: record.version,
                    },
                    body: record.value.body(),
                }
            }
        }
    };
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JobTitleBody {
    /// Given by the address where the record is one of a person's.
    pub person_id: PersonId,
    pub title: String,
    pub effective_date: Date,
}
record_view!(JobTitleView, JobTitleBody, JobTitle);

impl Writable for JobTitle {
    type Body = JobTitleBody;

    fn find(plan: &Plan, id: JobTitleId) -> Option<(Version, &JobTitle)> {
        plan.job_title(id).map(|r| (r.version, &*r.value))
    }

    fn body(&self) -> JobTitleBody {
        JobTitleBody {
            person_id: self.person_id,
            title: self.title.clone(),
            effective_date: self.effective_date,
        }
    }

    fn build(
        body: JobTitleBody,
        _: JobTitleId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        JobTitle {
            person_id: body.person_id,
            title: d.name("/title", &body.title),
            effective_date: body.effective_date,
            created_seq: before.map_or(d.seq, |b| b.created_seq),
        }
    }
}

/// Either a weekly figure, or a cycle of weeks with its anchor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AvailabilityBody {
    /// Given by the address where the record is one of a person's.
    pub person_id: PersonId,
    pub effective_date: Date,
    /// Spread evenly over Monday to Friday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_minutes: Option<u32>,
    /// A day of the cycle's first week; the effective date where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Date>,
    /// Minutes for Monday to Sunday, week by week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<Vec<[u16; 7]>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AvailabilityView {
    #[serde(flatten)]
    pub identified: Identified,
    pub person_id: PersonId,
    pub effective_date: Date,
    /// Where it was given as a weekly figure.
    pub weekly_minutes: Option<u32>,
    pub anchor: Date,
    /// Minutes for Monday to Sunday, week by week.
    pub cycle: Vec<[u16; 7]>,
}

impl AvailabilityView {
    #[must_use]
    pub fn of(record: &Record<Availability>) -> AvailabilityView {
        let value = &record.value;
        AvailabilityView {
            identified: Identified {
                id: record.id.0,
                version: record.version,
            },
            person_id: value.person_id,
            effective_date: value.effective_date,
            weekly_minutes: value.weekly_minutes,
            anchor: value.pattern.anchor(),
            cycle: value.pattern.cycle().to_vec(),
        }
    }
}

impl Writable for Availability {
    type Body = AvailabilityBody;

    fn find(plan: &Plan, id: AvailabilityId) -> Option<(Version, &Availability)> {
        plan.availability(id).map(|r| (r.version, &*r.value))
    }

    fn body(&self) -> AvailabilityBody {
        let cycle = self.weekly_minutes.is_none();
        AvailabilityBody {
            person_id: self.person_id,
            effective_date: self.effective_date,
            weekly_minutes: self.weekly_minutes,
            anchor: cycle.then_some(self.pattern.anchor()),
            cycle: cycle.then(|| self.pattern.cycle().to_vec()),
        }
    }

    fn merge(current: Value, patch: &Value) -> Value {
        let current = match (patch.get("weekly_minutes"), patch.get("cycle")) {
            (Some(_), None) => without(current, &["cycle", "anchor"]),
            (None, Some(_)) => without(current, &["weekly_minutes"]),
            _ => current,
        };
        merge_patch(current, patch)
    }

    fn build(
        body: AvailabilityBody,
        _: AvailabilityId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        Availability {
            person_id: body.person_id,
            effective_date: body.effective_date,
            pattern: pattern(
                "",
                body.weekly_minutes,
                body.anchor,
                body.cycle,
                body.effective_date,
                d,
            ),
            weekly_minutes: body.weekly_minutes,
            created_seq: before.map_or(d.seq, |b| b.created_seq),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CompensationBody {
    /// Given by the address where the record is one of a person's.
    pub person_id: PersonId,
    pub effective_date: Date,
    #[serde(rename = "type")]
    pub pay_type: PayType,
    /// An hour's pay where hourly, a year's where salaried.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Days a year.
    #[serde(default)]
    pub paid_time_off_days: Option<u32>,
    #[serde(default)]
    pub other_benefits: Option<String>,
}
record_view!(CompensationView, CompensationBody, Compensation);

impl Redact for CompensationView {
    fn redact(self, access: &Access) -> Option<Self> {
        access.may(Operation::ReadPay).then_some(self)
    }
}

impl Writable for Compensation {
    type Body = CompensationBody;

    fn find(plan: &Plan, id: CompensationId) -> Option<(Version, &Compensation)> {
        plan.compensation(id).map(|r| (r.version, &*r.value))
    }

    fn body(&self) -> CompensationBody {
        let pay = self.pay.get();
        CompensationBody {
            person_id: self.person_id,
            effective_date: self.effective_date,
            pay_type: pay.map_or(PayType::Salaried, |p| p.pay_type),
            amount: pay.and_then(|p| p.amount),
            paid_time_off_days: pay.and_then(|p| p.paid_time_off_days),
            other_benefits: pay.and_then(|p| p.other_benefits.clone()),
        }
    }

    fn build(
        body: CompensationBody,
        _: CompensationId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        if body.amount.is_some_and(|m| m.amount < 0) {
            d.wrong("/amount/amount", "must not be negative");
        }
        if body.paid_time_off_days.is_some_and(|days| days > 366) {
            d.wrong("/paid_time_off_days", "must be at most 366");
        }
        let pay = Pay {
            pay_type: body.pay_type,
            amount: body.amount,
            paid_time_off_days: body.paid_time_off_days,
            other_benefits: d.note("/other_benefits", body.other_benefits.as_deref()),
        };
        Compensation {
            person_id: body.person_id,
            effective_date: body.effective_date,
            pay: d.personal(pay, before.map(|b| &b.pay)),
            created_seq: before.map_or(d.seq, |b| b.created_seq),
        }
    }
}
