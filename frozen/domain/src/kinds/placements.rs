//! Dated placements of a person: team, manager and holiday calendar; which is in force, as with
//! job titles. A move on 1 June leaves January as it was.

use serde::{Deserialize, Serialize};

use super::kind::{CALENDAR_IN_USE, take_out, view_of, visit_optional};
use super::{
    EntityKind, EntityRef, Kind, Listed, Names, OnDelete, Person, PersonRecord, Resource, Topic,
    Validator, entity, find, view,
};
use crate::access::Operation;
use crate::date::Date;
use crate::event::{Change, Diff};
use crate::figures::{Touched, touched};
use crate::ids::{HolidayCalendarId, PersonId, PlacementId, TeamId};
use crate::plan::{PersonEntry, Plan, Record};

/// Where somebody belongs from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Placement {
    /// Whose it is.
    pub person_id: PersonId,
    /// The first day on which it holds.
    pub effective_date: Date,
    /// Their team; `None`: none.
    pub team_id: Option<TeamId>,
    /// Who leads them; `None`: nobody.
    pub manager_id: Option<PersonId>,
    /// Instead of the tenant's.
    pub holiday_calendar_id: Option<HolidayCalendarId>,
    /// The sequence number of its own creation; 0 of one that has been there from the beginning.
    pub created_seq: u64,
}
entity!(
    Placement,
    PlacementId,
    Placement,
    subject = |r, _| r.person_id.0
);

impl Placement {
    /// Of a person whom nobody has placed.
    #[must_use]
    pub fn nowhere(person_id: PersonId, effective_date: Date, created_seq: u64) -> Placement {
        Placement {
            person_id,
            effective_date,
            team_id: None,
            manager_id: None,
            holiday_calendar_id: None,
            created_seq,
        }
    }

    /// Whether it says the same as another, whenever they come into force.
    #[must_use]
    pub fn says_the_same(&self, other: &Placement) -> bool {
        (self.team_id, self.manager_id, self.holiday_calendar_id)
            == (other.team_id, other.manager_id, other.holiday_calendar_id)
    }
}

impl PersonRecord for Placement {
    type Order = (Date, u64);

    fn person(&self) -> PersonId {
        self.person_id
    }

    fn order(&self) -> Self::Order {
        (self.effective_date, self.created_seq)
    }

    fn list(entry: &PersonEntry) -> &Vec<Record<Placement>> {
        &entry.placements
    }

    fn list_mut(entry: &mut PersonEntry) -> &mut Vec<Record<Placement>> {
        &mut entry.placements
    }
}

impl EntityKind for Placement {
    const WRITES: u32 = 1;

    fn carried_by(diff: &Diff<Placement>, plan: &Plan) -> Option<Change> {
        let person = diff.before.as_ref().or(diff.after.as_ref())?.person_id;
        let (_, value) = find::<Person>(plan, person)?;
        (diff.id == PlacementId::from_the_beginning(person)).then(|| {
            Person::change(Diff {
                id: person,
                before: Some(value.clone()),
                after: Some(value.clone()),
            })
        })
    }

    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManagePeople];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[
        // Its own person's; of somebody's manager, see `on_delete`.
        (Kind::Person, OnDelete::Cascade),
        (Kind::Team, OnDelete::Unlink),
        (Kind::HolidayCalendar, OnDelete::Restrict(CALENDAR_IN_USE)),
    ];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit(EntityRef::new(Kind::Person, self.person_id));
        visit_optional(Kind::Team, self.team_id, visit);
        visit_optional(Kind::Person, self.manager_id, visit);
        visit_optional(Kind::HolidayCalendar, self.holiday_calendar_id, visit);
    }

    fn on_delete(&self, target: EntityRef, on_delete: OnDelete) -> OnDelete {
        if target.kind == Kind::Person && target.id != self.person_id.0 {
            OnDelete::Unlink
        } else {
            on_delete
        }
    }

    fn unlink(&mut self, target: EntityRef) {
        match target.kind {
            Kind::Team => take_out(&mut self.team_id, target.id),
            Kind::Person => take_out(&mut self.manager_id, target.id),
            _ => {}
        }
    }

    fn label(&self, _: PlacementId, names: &Names<'_>) -> String {
        names.person(self.person_id)
    }

    fn touched(diff: &Diff<Placement>, after: &Plan) -> Vec<Touched> {
        touched::dated(diff, after, true, |r| (r.person_id, r.effective_date))
    }

    fn reach(diff: &Diff<Placement>, after: &Plan) -> usize {
        touched::entry_reach(diff, after, |r| r.person_id)
    }
}

/// A placement as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlacementBody {
    /// Given by the address where the record is one of a person's.
    pub person_id: PersonId,
    /// In force from this day on.
    pub effective_date: Date,
    /// Their team; none where it is missing.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// Who leads them; nobody where it is missing.
    #[serde(default)]
    pub manager_id: Option<PersonId>,
    /// Instead of the tenant's.
    #[serde(default)]
    pub holiday_calendar_id: Option<HolidayCalendarId>,
}
view!(PlacementView, PlacementBody);

impl Resource for Placement {
    type Body = PlacementBody;
    type View = PlacementView;

    const NOUN: &'static str = "placement";
    const MOST: Option<(usize, &'static str)> = Some((500_000, "placements"));

    fn body(&self) -> PlacementBody {
        PlacementBody {
            person_id: self.person_id,
            effective_date: self.effective_date,
            team_id: self.team_id,
            manager_id: self.manager_id,
            holiday_calendar_id: self.holiday_calendar_id,
        }
    }

    fn build(
        body: PlacementBody,
        id: PlacementId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        let mut placement = Placement {
            person_id: body.person_id,
            effective_date: body.effective_date,
            team_id: body.team_id,
            manager_id: body.manager_id,
            holiday_calendar_id: body.holiday_calendar_id,
            created_seq: before.map_or(0, |b| b.created_seq),
        };
        d.known_placement(&placement);
        d.alone_on(&placement, id, before, |r| r.effective_date);
        if before.is_none() {
            placement.created_seq = d.next_seq();
        }
        placement
    }

    fn view(plan: &Plan, id: PlacementId, _: Date) -> Option<PlacementView> {
        view_of!(plan, id, PlacementView)
    }

    fn of_person(view: &PlacementView) -> Option<uuid::Uuid> {
        Some(view.body.person_id.0)
    }
}
