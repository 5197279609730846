//! Teams, skills and holiday calendars.

use raally_domain::access::{Access, Operation};
use raally_domain::decide::Resource as Name;
use raally_domain::figures::fold;
use raally_domain::ids::{HolidayCalendarId, SkillId, TeamId};
use raally_domain::plan::{Plan, Version};
use raally_domain::resources::{
    HolidayCalendarBody, HolidayCalendarView, Identified, NamedBody, NamedView, Writable,
};
use uuid::Uuid;

use super::crud::{Place, Resource};

macro_rules! catalogue {
    ($name:ident, $resource:ident, $body:ty, $view:ident, $map:ident, $id:ident, $path:literal,
     $what:literal, $ids:expr) => {
        pub(crate) struct $name;

        impl Resource for $name {
            type Body = $body;
            type View = $view;
            type Filter = ();

            const NAME: Name = Name::$resource;
            const PATH: &'static str = $path;
            const WHAT: &'static str = $what;
            const IDS: (&'static str, &'static str) = $ids;
            const TAG: &'static str = "catalogues";
            const WRITE: &'static [Operation] = &[Operation::ManageCatalogues];

            fn find(
                plan: &Plan,
                _: Option<Uuid>,
                (): &(),
                text: Option<&str>,
                _: &str,
            ) -> Vec<Place> {
                plan.$map()
                    .values()
                    .map(|record| Place(0, fold(&record.value.name), record.id.0))
                    .filter(|place| text.is_none_or(|text| place.1.contains(text)))
                    .collect()
            }

            fn view(plan: &Plan, id: Uuid) -> Option<$view> {
                let record = plan.$map().get(&$id(id))?;
                Some($view {
                    identified: Identified {
                        id,
                        version: record.version,
                    },
                    body: record.value.body(),
                })
            }

            fn redact(view: $view, _: &Access) -> Option<$view> {
                Some(view)
            }

            fn version(view: &$view) -> Version {
                view.identified.version
            }
        }
    };
}

catalogue!(
    Teams,
    Teams,
    NamedBody,
    NamedView,
    teams,
    TeamId,
    "teams",
    "team",
    ("team", "teams")
);
catalogue!(
    Skills,
    Skills,
    NamedBody,
    NamedView,
    skills,
    SkillId,
    "skills",
    "skill",
    ("skill", "skills")
);
catalogue!(
    HolidayCalendars,
    HolidayCalendars,
    HolidayCalendarBody,
    HolidayCalendarView,
    calendars,
    HolidayCalendarId,
    "holiday-calendars",
    "holiday calendar",
    ("holiday_calendar", "holiday_calendars")
);
