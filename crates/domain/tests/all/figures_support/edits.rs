//! Random changes of a tenant, kept in step with its lists.

use proptest::prelude::*;
use raally_domain::employment::Employment;
use raally_domain::event::{Change, Diff};
use raally_domain::ids::{
    AssignmentId, AvailabilityId, JobTitleId, PlacementId, TheSettings, TimeOffId,
};
use raally_domain::kinds::{
    Assignment, Availability, Entity, HolidayCalendar, JobTitle, Placement, ProjectStatus,
    Settings, TimeOff,
};

use super::{World, id, random};

/// Something that may be done to a tenant.
#[derive(Clone, Debug)]
pub enum Edit {
    Book(Assignment),
    Rebook(usize, Assignment),
    Unbook(usize),
    TakeOff(TimeOff),
    Return(usize),
    Work(Availability),
    Forget(usize),
    Promote(JobTitle),
    Employ(usize, Employment),
    Place(Placement),
    Project(usize, ProjectStatus, bool),
    Holidays(usize, HolidayCalendar),
    Settings(Box<Settings>),
}

pub fn edit() -> impl Strategy<Value = Edit> {
    let n = 0..16usize;
    let status = prop_oneof![Just(ProjectStatus::Tentative), Just(ProjectStatus::Active)];
    prop_oneof![
        4 => random::assignment().prop_map(Edit::Book),
        2 => (n.clone(), random::assignment()).prop_map(|(n, a)| Edit::Rebook(n, a)),
        2 => n.clone().prop_map(Edit::Unbook),
        2 => random::time_off().prop_map(Edit::TakeOff),
        1 => n.clone().prop_map(Edit::Return),
        2 => random::availability().prop_map(Edit::Work),
        1 => n.clone().prop_map(Edit::Forget),
        1 => random::title().prop_map(Edit::Promote),
        1 => (n.clone(), random::employment()).prop_map(|(n, e)| Edit::Employ(n, e)),
        2 => random::placement().prop_map(Edit::Place),
        1 => (n.clone(), status, any::<bool>()).prop_map(|(n, s, b)| Edit::Project(n, s, b)),
        1 => (n, random::world()).prop_map(|(n, w)| {
            Edit::Holidays(n % w.calendars.len(), w.calendars[0].1.clone())
        }),
        1 => random::world().prop_map(|w| Edit::Settings(Box::new(w.settings))),
    ]
}

/// Puts a value at a place of a list, or takes it out; `None` where there is no such place.
fn set<E: Entity>(list: &mut Vec<(E::Id, E)>, at: usize, after: Option<E>) -> Option<Change>
where
    Change: From<Diff<E>>,
{
    let (id, before) = list.get(at)?.clone();
    match &after {
        Some(value) => list[at].1 = value.clone(),
        None => drop(list.remove(at)),
    }
    Some(Change::from(Diff {
        id,
        before: Some(before),
        after,
    }))
}

fn add<E: Entity>(list: &mut Vec<(E::Id, E)>, id: E::Id, value: E) -> Option<Change>
where
    Change: From<Diff<E>>,
{
    list.push((id, value.clone()));
    Some(Change::from(Diff {
        id,
        before: None,
        after: Some(value),
    }))
}

impl Edit {
    /// Does it to the lists, and gives the change that does it to the plan; `n` counts edits.
    pub fn apply(self, world: &mut World, n: usize) -> Option<Change> {
        let n = 1000 + n;
        let seq = 100_000 + n as u64;
        match self {
            Edit::Book(a) => add(&mut world.assignments, AssignmentId(id(0x80, n)), a),
            Edit::Rebook(at, a) => set(&mut world.assignments, at, Some(a)),
            Edit::Unbook(at) => set(&mut world.assignments, at, None),
            Edit::TakeOff(t) => add(&mut world.time_off, TimeOffId(id(0xf0, n)), t),
            Edit::Return(at) => set(&mut world.time_off, at, None),
            Edit::Work(mut a) => {
                a.created_seq = seq;
                add(&mut world.availabilities, AvailabilityId(id(0xd0, n)), a)
            }
            Edit::Forget(at) => set(&mut world.availabilities, at, None),
            Edit::Promote(mut t) => {
                t.created_seq = seq;
                add(&mut world.titles, JobTitleId(id(0xe0, n)), t)
            }
            Edit::Employ(at, employment) => {
                let mut person = world.people.get(at)?.1.clone();
                person.employment = employment;
                set(&mut world.people, at, Some(person))
            }
            Edit::Place(mut p) => {
                p.created_seq = seq;
                add(&mut world.placements, PlacementId(id(0xa5, n)), p)
            }
            Edit::Project(at, status, billable) => {
                let mut project = world.projects.get(at)?.1.clone();
                project.status = status;
                project.billable = billable;
                set(&mut world.projects, at, Some(project))
            }
            Edit::Holidays(at, calendar) => set(&mut world.calendars, at, Some(calendar)),
            Edit::Settings(settings) => {
                let before = std::mem::replace(&mut world.settings, *settings);
                Some(Change::from(Diff {
                    id: TheSettings,
                    before: Some(before),
                    after: Some(world.settings.clone()),
                }))
            }
        }
    }
}
