//! Dated pay of a person; which is in force, as with job titles.

use serde::{Deserialize, Serialize};

use super::kind::{of_person_entry, view_of};
use super::{
    EntityKind, EntityRef, Kind, Names, OnDelete, PersonRecord, Resource, Topic, Validator, choice,
    entity, view,
};
use crate::access::Operation;
use crate::date::Date;
use crate::event::Diff;
use crate::figures::touched;
use crate::ids::{CompensationId, PersonId};
use crate::money::Money;
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::plan::{PersonEntry, Plan, Record};
use crate::problem::Message;

choice!(
    /// How the amount is to be read.
    PayType {
        /// For each hour.
        Hourly,
        /// A salary.
        Salaried,
    }
);

/// What somebody is paid from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Compensation {
    /// Whose it is.
    pub person_id: PersonId,
    /// The first day on which it holds.
    pub effective_date: Date,
    /// The pay itself, which can be erased.
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    pub pay: Personal<Pay>,
    /// The sequence number of its own creation.
    pub created_seq: u64,
}
entity!(
    Compensation,
    CompensationId,
    Compensation,
    subject = |r, _| r.person_id.0,
    personal = [pay]
);

impl PersonRecord for Compensation {
    type Order = (Date, u64);

    fn person(&self) -> PersonId {
        self.person_id
    }

    fn order(&self) -> Self::Order {
        (self.effective_date, self.created_seq)
    }

    fn list(entry: &PersonEntry) -> &Vec<Record<Compensation>> {
        &entry.compensations
    }

    fn list_mut(entry: &mut PersonEntry) -> &mut Vec<Record<Compensation>> {
        &mut entry.compensations
    }
}

impl EntityKind for Compensation {
    const TOPIC: Option<Topic> = None;
    const WRITERS: &'static [Operation] = &[Operation::ManagePay];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[(Kind::Person, OnDelete::Cascade)];
    const READ: Operation = Operation::ReadPay;

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit(EntityRef::new(Kind::Person, self.person_id));
    }

    const LOOKED_UP: bool = true;

    fn referrers(plan: &Plan, target: EntityRef) -> Vec<CompensationId> {
        of_person_entry::<Compensation>(plan, target)
    }

    fn reach(diff: &Diff<Compensation>, after: &Plan) -> usize {
        touched::entry_reach(diff, after, |r| r.person_id)
    }

    fn looked_through(plan: &Plan, target: EntityRef) -> usize {
        Self::referrers(plan, target).len()
    }

    fn label(&self, _: CompensationId, names: &Names<'_>) -> String {
        names.person(self.person_id)
    }
}

/// An amount of pay and what comes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// How the amount is to be read.
    pub pay_type: PayType,
    /// An hour's pay where hourly, a year's where salaried.
    pub amount: Option<Money>,
    /// Days a year.
    pub paid_time_off_days: Option<u32>,
    /// What comes beside the money, in one text.
    pub other_benefits: Option<String>,
}

/// A compensation as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CompensationBody {
    /// Given by the address where the record is one of a person's.
    pub person_id: PersonId,
    /// The first day on which it holds.
    pub effective_date: Date,
    /// How the amount is to be read.
    #[serde(rename = "type")]
    pub pay_type: PayType,
    /// An hour's pay where hourly, a year's where salaried.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Days a year.
    #[serde(default)]
    pub paid_time_off_days: Option<u32>,
    /// What comes beside the money.
    #[serde(default)]
    pub other_benefits: Option<String>,
}
view!(CompensationView, CompensationBody);

impl Resource for Compensation {
    type Body = CompensationBody;
    type View = CompensationView;

    const NOUN: &'static str = "compensation";
    const MOST: Option<(usize, &'static str)> = Some((500_000, "compensations"));

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
        id: CompensationId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        if body.amount.is_some_and(|m| m.amount < 0) {
            d.wrong("/amount/amount", Message::Negative);
        }
        if body.paid_time_off_days.is_some_and(|days| days > 366) {
            d.wrong("/paid_time_off_days", Message::AboveMost { most: 366 });
        }
        let pay = Pay {
            pay_type: body.pay_type,
            amount: body.amount,
            paid_time_off_days: body.paid_time_off_days,
            other_benefits: d.note("/other_benefits", body.other_benefits.as_deref()),
        };
        let mut record = Compensation {
            person_id: body.person_id,
            effective_date: body.effective_date,
            pay: d.personal(pay, before.map(|b| &b.pay)),
            created_seq: before.map_or(0, |b| b.created_seq),
        };
        d.alone_on(&record, id, before, |r| r.effective_date);
        if before.is_none() {
            record.created_seq = d.next_seq();
        }
        record
    }

    fn view(plan: &Plan, id: CompensationId, _: Date) -> Option<CompensationView> {
        view_of!(plan, id, CompensationView)
    }

    fn of_person(view: &CompensationView) -> Option<uuid::Uuid> {
        Some(view.body.person_id.0)
    }
}
