//! A person's dated records: job titles, availabilities, compensations.

use raally_domain::access::{Access, Operation};
use raally_domain::date::Date;
use raally_domain::decide::Resource as Name;
use raally_domain::entities::Entity;
use raally_domain::ids::PersonId;
use raally_domain::money::Money;
use raally_domain::plan::{PersonEntry, Plan, Record, Version};
use raally_domain::redact::redacted;
use raally_domain::resources::{AvailabilityView, CompensationView, JobTitleView};
use utoipa::ToSchema;
use uuid::Uuid;

use super::crud::{Place, Resource};

/// What a job title's POST and PATCH take; the person stands in the address.
#[derive(ToSchema)]
#[schema(as = JobTitleBody)]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct JobTitleFields {
    title: String,
    /// In force from this day on.
    effective_date: Date,
}

/// Either a weekly figure, or a cycle of weeks with its anchor.
#[derive(ToSchema)]
#[schema(as = AvailabilityBody)]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct AvailabilityFields {
    /// In force from this day on.
    effective_date: Date,
    /// Spread evenly over Monday to Friday; instead of `cycle`.
    weekly_minutes: Option<u32>,
    /// A day of the cycle's first week; the effective date where it is missing.
    anchor: Option<Date>,
    /// Minutes for Monday to Sunday, week by week.
    cycle: Option<Vec<[u16; 7]>>,
}

#[derive(ToSchema)]
#[schema(as = CompensationBody)]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct CompensationFields {
    /// In force from this day on.
    effective_date: Date,
    #[schema(rename = "type")]
    pay_type: raally_domain::entities::PayType,
    /// An hour's pay where hourly, a year's where salaried.
    amount: Option<Money>,
    /// Days a year.
    paid_time_off_days: Option<u32>,
    other_benefits: Option<String>,
}

/// The records of the person named, in the order in which they come into force.
fn places<E: Entity>(
    plan: &Plan,
    of: Option<Uuid>,
    records: impl Fn(&PersonEntry) -> &[Record<E>],
) -> Vec<Place> {
    let person = of.and_then(|id| plan.people().get(&PersonId(id)));
    let records = person.map_or(&[][..], |person| records(person));
    (0..)
        .zip(records)
        .map(|(n, record)| Place(n, String::new(), record.id.into()))
        .collect()
}

macro_rules! dated {
    (
        $name:ident, $view:ident, $body:ty, $resource:ident, $records:ident, $get:ident,
        $path:literal, $what:literal, $ids:expr, $read:ident, $write:ident,
        $guard:expr, $person:expr
    ) => {
        pub(crate) struct $name;

        impl Resource for $name {
            type Body = $body;
            type View = $view;
            type Filter = ();

            const NAME: Name = Name::$resource;
            const PATH: &'static str = $path;
            const WHAT: &'static str = $what;
            const IDS: (&'static str, &'static str) = $ids;
            const TAG: &'static str = "people";
            const READ: Operation = Operation::$read;
            const WRITE: &'static [Operation] = &[Operation::$write];
            const OF_PERSON: bool = true;
            const SORTS: &'static [&'static str] = &["effective_date"];

            fn find(
                plan: &Plan,
                of: Option<Uuid>,
                (): &(),
                _: Option<&str>,
                _: &str,
            ) -> Vec<Place> {
                places(plan, of, |person| &person.$records)
            }

            fn view(plan: &Plan, id: Uuid) -> Option<$view> {
                plan.$get(id.into()).map($view::of)
            }

            fn redact(view: $view, access: &Access) -> Option<$view> {
                let guard: fn($view, &Access) -> Option<$view> = $guard;
                guard(view, access)
            }

            fn version(view: &$view) -> Version {
                view.identified.version
            }

            fn person(view: &$view) -> Option<Uuid> {
                let person: fn(&$view) -> Uuid = $person;
                Some(person(view))
            }
        }
    };
}

dated!(
    JobTitles,
    JobTitleView,
    JobTitleFields,
    JobTitles,
    job_titles,
    job_title,
    "job-titles",
    "job title",
    ("job_title", "job_titles"),
    ReadPlan,
    ManagePeople,
    |view, _| Some(view),
    |view| view.body.person_id.0
);
dated!(
    Availabilities,
    AvailabilityView,
    AvailabilityFields,
    Availabilities,
    availabilities,
    availability,
    "availabilities",
    "availability",
    ("availability", "availabilities"),
    ReadPlan,
    ManagePeople,
    |view, _| Some(view),
    |view| view.person_id.0
);
dated!(
    Compensations,
    CompensationView,
    CompensationFields,
    Compensations,
    compensations,
    compensation,
    "compensations",
    "compensation",
    ("compensation", "compensations"),
    ReadPay,
    ManagePay,
    redacted,
    |view| view.body.person_id.0
);
