//! Dated working weeks of a person; which is in force, as with job titles.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::of_person_entry;
use super::settings::{WeekBody, pattern};
use super::{
    EntityKind, EntityRef, Identified, Kind, Names, OnDelete, PersonRecord, Resource, Topic,
    Validator, entity, merge_patch, without,
};
use crate::access::Operation;
use crate::date::Date;
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::{AvailabilityId, PersonId};
use crate::pattern::Pattern;
use crate::plan::{PersonEntry, Plan, Record};

/// How much somebody works, by weekday, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Availability {
    /// Whose it is.
    pub person_id: PersonId,
    /// The first day on which it holds.
    pub effective_date: Date,
    /// Minutes of each weekday, in a cycle of weeks.
    pub pattern: Pattern,
    /// The weekly figure, where it was given as one.
    pub weekly_minutes: Option<u32>,
    /// The sequence number of its own creation.
    pub created_seq: u64,
}
entity!(
    Availability,
    AvailabilityId,
    Availability,
    subject = |r, _| r.person_id.0
);

impl PersonRecord for Availability {
    type Order = (Date, u64);

    fn person(&self) -> PersonId {
        self.person_id
    }

    fn order(&self) -> Self::Order {
        (self.effective_date, self.created_seq)
    }

    fn list(entry: &PersonEntry) -> &Vec<Record<Availability>> {
        &entry.availabilities
    }

    fn list_mut(entry: &mut PersonEntry) -> &mut Vec<Record<Availability>> {
        &mut entry.availabilities
    }
}

impl EntityKind for Availability {
    const TOPIC: Option<Topic> = None;
    const WRITERS: &'static [Operation] = &[Operation::ManagePeople];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[(Kind::Person, OnDelete::Cascade)];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit(EntityRef::new(Kind::Person, self.person_id));
    }

    const LOOKED_UP: bool = true;

    fn referrers(plan: &Plan, target: EntityRef) -> Vec<AvailabilityId> {
        of_person_entry::<Availability>(plan, target)
    }

    fn looked_through(plan: &Plan, target: EntityRef) -> usize {
        Self::referrers(plan, target).len()
    }

    fn label(&self, _: AvailabilityId, names: &Names<'_>) -> String {
        names.person(self.person_id)
    }

    fn touched(diff: &Diff<Availability>, after: &Plan) -> Vec<Touched> {
        touched::dated(diff, after, true, |r| (r.person_id, r.effective_date))
    }

    fn reach(diff: &Diff<Availability>, after: &Plan) -> usize {
        touched::entry_reach(diff, after, |r| r.person_id)
    }
}

/// Either a weekly figure, or a cycle of weeks with its anchor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AvailabilityBody {
    /// Given by the address where the record is one of a person's.
    pub person_id: PersonId,
    /// The first day on which it holds.
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

/// An availability as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AvailabilityView {
    /// Its id and version.
    #[serde(flatten)]
    pub identified: Identified,
    /// Whose it is.
    pub person_id: PersonId,
    /// The first day on which it holds.
    pub effective_date: Date,
    /// Where it was given as a weekly figure.
    pub weekly_minutes: Option<u32>,
    /// A day of the cycle's first week.
    pub anchor: Date,
    /// Minutes for Monday to Sunday, week by week.
    pub cycle: Vec<[u16; 7]>,
}

impl AvailabilityView {
    /// What a record shows.
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

impl Resource for Availability {
    type Body = AvailabilityBody;
    type View = AvailabilityView;

    const NOUN: &'static str = "availability";
    const MOST: Option<(usize, &'static str)> = Some((500_000, "availabilities"));

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
        id: AvailabilityId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        let week = WeekBody {
            weekly_minutes: body.weekly_minutes,
            anchor: body.anchor,
            cycle: body.cycle,
        };
        let mut record = Availability {
            person_id: body.person_id,
            effective_date: body.effective_date,
            pattern: pattern("", week, body.effective_date, d),
            weekly_minutes: body.weekly_minutes,
            created_seq: before.map_or(0, |b| b.created_seq),
        };
        d.alone_on(&record, id, before, |r| r.effective_date);
        if before.is_none() {
            record.created_seq = d.next_seq();
        }
        record
    }

    fn view(plan: &Plan, id: AvailabilityId, _: Date) -> Option<AvailabilityView> {
        plan.availability(id).map(AvailabilityView::of)
    }

    fn of_person(view: &AvailabilityView) -> Option<uuid::Uuid> {
        Some(view.person_id.0)
    }
}
