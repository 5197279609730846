//! Events of the first version: team, manager and holiday calendar were a person's own, and so
//! are a placement from the beginning; employment was one span.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::PersonSkill;
use crate::date::Date;
use crate::employment::{Employment, Span};
use crate::event::{Change, Diff};
use crate::ids::{HolidayCalendarId, PersonId, PlacementId, TeamId, UserId};
use crate::kinds::{Listed, Placement, Upcast, find};
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::plan::Plan;

#[derive(Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Person)
)]
pub(super) struct PersonV1 {
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    full_name: Personal<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    email: Option<Personal<String>>,
    user_id: Option<UserId>,
    team_id: Option<TeamId>,
    manager_id: Option<PersonId>,
    employment: Span,
    holiday_calendar_id: Option<HolidayCalendarId>,
    skills: Vec<PersonSkill>,
    tags: Vec<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    notes: Option<Personal<String>>,
    archived: bool,
}

#[derive(Serialize, Deserialize)]
struct DiffV1 {
    id: PersonId,
    before: Option<PersonV1>,
    after: Option<PersonV1>,
}

pub(super) fn upcast(data: &str) -> Result<Upcast<super::Person>, serde_json::Error> {
    let DiffV1 { id, before, after } = serde_json::from_str(data)?;
    let (before, was_placed) = before.map(|p| p.into_person(id)).unzip();
    let (after, is_placed) = after.map(|p| p.into_person(id)).unzip();
    let placed = Diff {
        id: PlacementId::from_the_beginning(id),
        before: was_placed.flatten(),
        after: is_placed.flatten(),
    };
    let implied = (placed.before.is_some() || placed.after.is_some()).then_some(placed);
    Ok(Upcast {
        diff: Diff { id, before, after },
        implied: implied.map(Placement::change).into_iter().collect(),
    })
}

pub(super) fn downcast(
    diff: &Diff<super::Person>,
    implied: &[Change],
) -> Result<Box<RawValue>, serde_json::Error> {
    let placed = implied.iter().find_map(|change| match change {
        Change::Placement(placed) => Some(placed),
        _ => None,
    });
    let side = |person: &Option<super::Person>, placed: Option<&Placement>| {
        person.as_ref().map(|p| PersonV1::of(p, placed))
    };
    serde_json::value::to_raw_value(&DiffV1 {
        id: diff.id,
        before: side(&diff.before, placed.and_then(|d| d.before.as_ref())),
        after: side(&diff.after, placed.and_then(|d| d.after.as_ref())),
    })
}

/// The placement that a person has from the beginning, before an event and after it.
pub(super) fn placement(person: PersonId, before: &Plan, after: &Plan) -> Vec<Change> {
    let id = PlacementId::from_the_beginning(person);
    let of = |plan| find::<Placement>(plan, id).map(|(_, placement)| placement.clone());
    let (before, after) = (of(before), of(after));
    if before.is_none() && after.is_none() {
        return Vec::new();
    }
    vec![Placement::change(Diff { id, before, after })]
}

impl PersonV1 {
    fn into_person(self, id: PersonId) -> (super::Person, Option<Placement>) {
        let always = self.employment == Span::default();
        let spans = || Employment::spans(vec![self.employment]);
        let placement = Placement {
            team_id: self.team_id,
            manager_id: self.manager_id,
            holiday_calendar_id: self.holiday_calendar_id,
            ..Placement::nowhere(id, Date::MIN, 0)
        };
        let nowhere = placement.says_the_same(&Placement::nowhere(id, Date::MIN, 0));
        let person = super::Person {
            full_name: self.full_name,
            email: self.email,
            user_id: self.user_id,
            employment: match always {
                true => Employment::ALWAYS,
                // A span that ends before it begins was never accepted; it would be none.
                false => spans().unwrap_or_default(),
            },
            skills: self.skills,
            tags: self.tags,
            notes: self.notes,
            archived: self.archived,
        };
        (person, (!nowhere).then_some(placement))
    }

    fn of(person: &super::Person, placed: Option<&Placement>) -> PersonV1 {
        PersonV1 {
            full_name: person.full_name.clone(),
            email: person.email.clone(),
            user_id: person.user_id,
            team_id: placed.and_then(|p| p.team_id),
            manager_id: placed.and_then(|p| p.manager_id),
            employment: person.employment.bounds(),
            holiday_calendar_id: placed.and_then(|p| p.holiday_calendar_id),
            skills: person.skills.clone(),
            tags: person.tags.clone(),
            notes: person.notes.clone(),
            archived: person.archived,
        }
    }
}
