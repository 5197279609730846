//! Assignments, placeholders and time off.

use raally_domain::access::{Access, Operation};
use raally_domain::date::Date;
use raally_domain::decide::Resource as Name;
use raally_domain::entities::{AssignmentStatus, TimeOffKind, TimeOffStatus};
use raally_domain::figures::fold;
use raally_domain::ids::{PersonId, PlaceholderId};
use raally_domain::plan::{Booking, Bookings, Plan, Version};
use raally_domain::redact::redacted;
use raally_domain::resources::{
    AssignmentBody, AssignmentView, PlaceholderBody, PlaceholderView, TimeOffBody, TimeOffView,
};
use uuid::Uuid;

use super::crud::{Place, Resource};
use crate::http::params::params;

pub(crate) struct Assignments;

params! {
    pub(crate) struct AssignmentFilter {
        /// Of this person.
        person_id: May<Uuid>,
        /// Of this placeholder.
        placeholder_id: May<Uuid>,
        /// On this project.
        project_id: May<Uuid>,
        /// With a day on or after this one.
        from: May<Date>,
        /// With a day on or before this one.
        to: May<Date>,
        /// Confirmed or tentative itself.
        status: May<AssignmentStatus>,
    }
}

impl AssignmentFilter {
    fn fits(&self, booking: &Booking, text: Option<&str>) -> bool {
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
                    .is_some_and(|role| fold(role).contains(text))
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

impl Resource for Assignments {
    type Body = AssignmentBody;
    type View = AssignmentView;
    type Filter = AssignmentFilter;

    const NAME: Name = Name::Assignments;
    const PATH: &'static str = "assignments";
    const WHAT: &'static str = "assignment";
    const IDS: (&'static str, &'static str) = ("assignment", "assignments");
    const TAG: &'static str = "planning";
    const WRITE: &'static [Operation] = &[Operation::PlanWork];
    const SORTS: &'static [&'static str] = &["start", "end", "version"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &AssignmentFilter,
        text: Option<&str>,
        sort: &str,
    ) -> Vec<Place> {
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
                Place(number, String::new(), booking.record.id.0)
            })
            .collect()
    }

    fn view(plan: &Plan, id: Uuid) -> Option<AssignmentView> {
        plan.booking(id.into()).map(AssignmentView::of)
    }

    fn redact(view: AssignmentView, access: &Access) -> Option<AssignmentView> {
        redacted(view, access)
    }

    fn version(view: &AssignmentView) -> Version {
        view.identified.version
    }
}

pub(crate) struct Placeholders;

params! {
    pub(crate) struct PlaceholderFilter {
        /// Of this team.
        team_id: May<Uuid>,
        /// With work on this project.
        project_id: May<Uuid>,
    }
}

impl Resource for Placeholders {
    type Body = PlaceholderBody;
    type View = PlaceholderView;
    type Filter = PlaceholderFilter;

    const NAME: Name = Name::Placeholders;
    const PATH: &'static str = "placeholders";
    const WHAT: &'static str = "placeholder";
    const IDS: (&'static str, &'static str) = ("placeholder", "placeholders");
    const TAG: &'static str = "planning";
    const WRITE: &'static [Operation] = &[Operation::PlanWork];
    const SORTS: &'static [&'static str] = &["title"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &PlaceholderFilter,
        text: Option<&str>,
        _: &str,
    ) -> Vec<Place> {
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
                    && text.is_none_or(|text| fold(&placeholder.title).contains(text))
            })
            .map(|entry| Place(0, fold(&entry.placeholder.title), entry.id.0))
            .collect()
    }

    fn view(plan: &Plan, id: Uuid) -> Option<PlaceholderView> {
        let entry = plan.placeholders().get(&PlaceholderId(id))?;
        Some(PlaceholderView::of(entry))
    }

    fn redact(view: PlaceholderView, _: &Access) -> Option<PlaceholderView> {
        Some(view)
    }

    fn version(view: &PlaceholderView) -> Version {
        view.identified.version
    }
}

pub(crate) struct TimesOff;

params! {
    pub(crate) struct TimeOffFilter {
        /// Of this person.
        person_id: May<Uuid>,
        /// With a day on or after this one.
        from: May<Date>,
        /// With a day on or before this one.
        to: May<Date>,
        /// Requested or approved.
        status: May<TimeOffStatus>,
        /// Of this kind.
        kind: May<TimeOffKind>,
    }
}

impl Resource for TimesOff {
    type Body = TimeOffBody;
    type View = TimeOffView;
    type Filter = TimeOffFilter;

    const NAME: Name = Name::TimeOff;
    const PATH: &'static str = "time-off";
    const WHAT: &'static str = "time off";
    const IDS: (&'static str, &'static str) = ("time_off", "time_offs");
    const TAG: &'static str = "planning";
    const WRITE: &'static [Operation] = &[Operation::PlanWork, Operation::RequestOwnTimeOff];
    const SORTS: &'static [&'static str] = &["from", "version"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &TimeOffFilter,
        _: Option<&str>,
        sort: &str,
    ) -> Vec<Place> {
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
                Place(number, String::new(), record.id.0)
            })
            .collect()
    }

    fn view(plan: &Plan, id: Uuid) -> Option<TimeOffView> {
        plan.time_off_record(id.into()).map(TimeOffView::of)
    }

    fn redact(view: TimeOffView, access: &Access) -> Option<TimeOffView> {
        redacted(view, access)
    }

    fn version(view: &TimeOffView) -> Version {
        view.identified.version
    }
}
