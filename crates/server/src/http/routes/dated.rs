//! A person's dated records: job titles, availabilities, compensations, placements.

use raally_domain::date::Date;
use raally_domain::figures::SearchTerm;
use raally_domain::ids::PersonId;
use raally_domain::kinds::{
    Availability, AvailabilityBody, Compensation, CompensationBody, JobTitle, JobTitleBody,
    PersonRecord, Placement, PlacementBody,
};
use raally_domain::plan::Plan;
use uuid::Uuid;

use super::crud::{Collection, SortKey};
use crate::http::schema::WithoutPerson;

/// The records of the person named, in the order in which they come into force.
fn in_order<E: PersonRecord>(plan: &Plan, of: Option<Uuid>) -> Vec<SortKey> {
    let person = of.and_then(|id| plan.people().get(&PersonId(id)));
    let records = person.map_or(&[][..], |person| E::list(person));
    (0..)
        .zip(records)
        .map(|(n, record)| SortKey(n, String::new(), record.id.into()))
        .collect()
}

macro_rules! dated {
    ($entity:ident, $body:ty) => {
        impl Collection for $entity {
            type Fields = WithoutPerson<$body>;
            type Filter = ();

            const TAG: &'static str = "people";
            const OF_PERSON: bool = true;
            const SORTS: &'static [&'static str] = &["effective_date"];

            fn find(
                plan: &Plan,
                of: Option<Uuid>,
                (): &(),
                _: Option<&SearchTerm>,
                _: &str,
                _: Date,
            ) -> Vec<SortKey> {
                in_order::<$entity>(plan, of)
            }
        }
    };
}

dated!(JobTitle, JobTitleBody);
dated!(Availability, AvailabilityBody);
dated!(Compensation, CompensationBody);
dated!(Placement, PlacementBody);
