//! Teams, skills and holiday calendars.

use raally_domain::date::Date;
use raally_domain::figures::{SearchTerm, fold};
use raally_domain::kinds::{
    HolidayCalendar, HolidayCalendarBody, NamedBody, Resource, Rows, Skill, Table, Team,
};
use raally_domain::plan::Plan;
use uuid::Uuid;

use super::crud::{Collection, SortKey};

/// Those whose name holds the text, by name.
pub(super) fn by_name<E: Resource<Table = Rows<E>>>(
    plan: &Plan,
    text: Option<&SearchTerm>,
    name: impl Fn(&E) -> &str,
) -> Vec<SortKey> {
    Rows::<E>::rows(plan)
        .filter_map(|(id, _, value)| Some((name(value?), id)))
        .filter(|(name, _)| text.is_none_or(|text| text.is_in(name)))
        .map(|(name, id)| SortKey(0, fold(name), id.into()))
        .collect()
}

macro_rules! catalogue {
    ($entity:ident, $body:ty) => {
        impl Collection for $entity {
            type Fields = $body;
            type Filter = ();

            const TAG: &'static str = "catalogues";

            fn find(
                plan: &Plan,
                _: Option<Uuid>,
                (): &(),
                text: Option<&SearchTerm>,
                _: &str,
                _: Date,
            ) -> Vec<SortKey> {
                by_name(plan, text, |value: &$entity| &value.name)
            }
        }
    };
}

catalogue!(Team, NamedBody);
catalogue!(Skill, NamedBody);
catalogue!(HolidayCalendar, HolidayCalendarBody);
