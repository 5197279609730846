//! Assignments, placeholders and time off.

use raally_domain::date::Date;
use raally_domain::figures::{SearchTerm, fold};
use raally_domain::ids::{PersonId, PlaceholderId};
use raally_domain::kinds::{
    Assignment, AssignmentBody, AssignmentStatus, Placeholder, PlaceholderBody, TimeOff,
    TimeOffBody, TimeOffKind, TimeOffStatus,
};
use raally_domain::plan::{Booking, Bookings, Plan};
use uuid::Uuid;

use super::crud::{Collection, SortKey};
use crate::http::params::params;

params! {
    pub(crate) struct AssignmentFilter {
        /// Of this person.
        person_id: Optional<Uuid>,
        /// Of this placeholder.
        placeholder_id: Optional<Uuid>,
        /// On this project.
        project_id: Optional<Uuid>,
        /// With a day on or after this one.
        from: Optional<Date>,
        /// With a day on or before this one.
        to: Optional<Date>,
        /// Confirmed or tentative itself.
        status: Optional<AssignmentStatus>,
    }
}

impl AssignmentFilter {
    fn fits(&self, booking: &Booking, text: Option<&SearchTerm>) -> bool {
        let assignment = &booking.record.value;
        self.project_id
            .is_none_or(|id| assignment.project_id.0 == id)
            && self.status.is_none_or(|status| assignment.status == status)
            && self
                .from
                .is_none_or(|from| assignment.end.is_none_or(|end| end >= from))
            && self.to.is_none_or(|to| assignment.start <= to)
            && text.is_none_or(|text| {
                assignment
                    .role
                    .as_ref()
                    .is_some_and(|role| text.is_in(role))
            })
    }

    /// All bookings of those it names, or of all.
    fn bookings<'p>(&self, plan: &'p Plan) -> Vec<&'p Booking> {
        match (self.person_id, self.placeholder_id) {
            (Some(_), Some(_)) => Vec::new(),
            (Some(id), None) => {
                let person = plan.people().get(&PersonId(id));
                person.iter().flat_map(|p| &p.bookings).collect()
            }
            (None, Some(id)) => {
                let placeholder = plan.placeholders().get(&PlaceholderId(id));
                placeholder.iter().flat_map(|p| &p.bookings).collect()
            }
            (None, None) => {
                let people = plan.people().values().flat_map(|p| &p.bookings);
                let placeholders = plan.placeholders().values().flat_map(|p| &p.bookings);
                people.chain(placeholders).collect()
            }
        }
    }
}

impl Collection for Assignment {
    type Fields = AssignmentBody;
    type Filter = AssignmentFilter;

    const TAG: &'static str = "planning";
    const SORTS: &'static [&'static str] = &["start", "end", "version"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &AssignmentFilter,
        text: Option<&SearchTerm>,
        sort: &str,
        _: Date,
    ) -> Vec<SortKey> {
        let bookings = filter.bookings(plan).into_iter();
        let fitting = bookings.filter(|booking| filter.fits(booking, text));
        fitting
            .map(|booking| {
                let assignment = &booking.record.value;
                let number = match sort {
                    "version" => booking.record.version.cast_signed(),
                    "end" => i64::from(assignment.end.unwrap_or(Date::MAX).days()),
                    _ => i64::from(assignment.start.days()),
                };
                SortKey(number, String::new(), booking.record.id.0)
            })
            .collect()
    }
}

params! {
    pub(crate) struct PlaceholderFilter {
        /// Of this team.
        team_id: Optional<Uuid>,
        /// With work on this project.
        project_id: Optional<Uuid>,
    }
}

impl Collection for Placeholder {
    type Fields = PlaceholderBody;
    type Filter = PlaceholderFilter;

    const TAG: &'static str = "planning";
    const SORTS: &'static [&'static str] = &["title"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &PlaceholderFilter,
        text: Option<&SearchTerm>,
        _: &str,
        _: Date,
    ) -> Vec<SortKey> {
        let on_project = |bookings: &Bookings, id: Uuid| {
            bookings.iter().any(|b| b.record.value.project_id.0 == id)
        };
        plan.placeholders()
            .values()
            .filter(|entry| {
                let placeholder = &entry.placeholder;
                filter
                    .team_id
                    .is_none_or(|id| placeholder.team_id.is_some_and(|team| team.0 == id))
                    && filter
                        .project_id
                        .is_none_or(|id| on_project(&entry.bookings, id))
                    && text.is_none_or(|text| text.is_in(&placeholder.title))
            })
            .map(|entry| SortKey(0, fold(&entry.placeholder.title), entry.id.0))
            .collect()
    }
}

params! {
    pub(crate) struct TimeOffFilter {
        /// Of this person.
        person_id: Optional<Uuid>,
        /// With a day on or after this one.
        from: Optional<Date>,
        /// With a day on or before this one.
        to: Optional<Date>,
        /// Requested, approved or declined.
        status: Optional<TimeOffStatus>,
        /// Of this kind.
        kind: Optional<TimeOffKind>,
    }
}

impl Collection for TimeOff {
    type Fields = TimeOffBody;
    type Filter = TimeOffFilter;

    const TAG: &'static str = "planning";
    const SORTS: &'static [&'static str] = &["from", "version"];

    fn plural() -> String {
        "time_offs".to_owned()
    }

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &TimeOffFilter,
        _: Option<&SearchTerm>,
        sort: &str,
        _: Date,
    ) -> Vec<SortKey> {
        let people = plan.people().values();
        let asked = people.filter(|p| filter.person_id.is_none_or(|id| p.id.0 == id));
        asked
            .flat_map(|person| &person.time_off)
            .filter(|record| {
                let off = &record.value;
                filter.status.is_none_or(|status| off.status == status)
                    && filter.kind.is_none_or(|kind| off.kind == kind)
                    && filter.from.is_none_or(|from| off.to >= from)
                    && filter.to.is_none_or(|to| off.from <= to)
            })
            .map(|record| {
                let number = match sort {
                    "version" => record.version.cast_signed(),
                    _ => i64::from(record.value.from.days()),
                };
                SortKey(number, String::new(), record.id.0)
            })
            .collect()
    }
}
