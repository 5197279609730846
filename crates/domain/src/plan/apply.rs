//! Applying events: the only thing that changes a plan.

use std::sync::Arc;

use imbl::OrdMap;

use super::steps::Rebase;
use super::{
    Booking, BookingPlace, Bookings, PersonEntry, PlaceholderEntry, Plan, ProjectEntry, Record,
    Version,
};
use crate::entities::{Assignment, Entity, Owner, Person, Placeholder, Project};
use crate::event::{Change, Diff, Event, Hash};
use crate::figures::Memo;
use crate::ids::{AssignmentId, PersonId, ProjectId, UserId};
use crate::time::Timestamp;

/// An event that does not fit the plan: the log is broken, or not this plan's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    #[error("event {found} cannot follow event {at}")]
    Order { at: u64, found: u64 },
    #[error("event {seq} is about {what}, which is not in the plan")]
    Missing { seq: u64, what: String },
}

impl Plan {
    /// Applies the next event of the log; `hash` is its own.
    pub fn apply(&mut self, event: &Event, hash: Hash) -> Result<(), ApplyError> {
        if event.seq != self.head.seq + 1 || event.tenant != self.tenant {
            return Err(ApplyError::Order {
                at: self.head.seq,
                found: event.seq,
            });
        }
        let noted_by = event.actor.user();
        let found = noted_by.and_then(|_| self.version(event.change.entity()));
        self.put(&event.change, event.seq)?;
        if let Some(user) = noted_by {
            let steps = self.steps.entry(user).or_default();
            let restored = Arc::make_mut(steps).note(event, found);
            self.rebase(&restored);
        }
        self.head.seq = event.seq;
        self.recorded_at = self.recorded_at.max(event.recorded_at);
        self.last_hash = hash;
        Ok(())
    }

    /// Whoever left an entity as it has become again may take that back.
    fn rebase(&mut self, restored: &[Rebase]) {
        if restored.is_empty() {
            return;
        }
        let users: Vec<UserId> = self
            .steps
            .iter()
            .filter(|(_, steps)| steps.is_affected_by(restored))
            .map(|(user, _)| *user)
            .collect();
        for user in users {
            if let Some(steps) = self.steps.get_mut(&user) {
                Arc::make_mut(steps).rebase(restored);
            }
        }
    }

    /// Applies a change that is not (or not yet) in the log: the preview of a drag, the steps
    /// of a batch while it is being decided. Counts as the event after the head.
    pub fn apply_provisional(&mut self, change: &Change) -> Result<(), ApplyError> {
        self.put(change, self.head.seq + 1)?;
        self.head.seq += 1;
        Ok(())
    }

    /// Begins the epoch after a restore.
    pub fn begin_epoch(&mut self, epoch: u32) {
        self.head.epoch = epoch;
    }

    pub(super) fn touch_recorded_at(&mut self, at: Timestamp) {
        self.recorded_at = at;
    }

    pub(super) fn put(&mut self, change: &Change, seq: Version) -> Result<(), ApplyError> {
        match change {
            Change::Settings(d) => {
                if let Some(settings) = &d.after {
                    self.settings = Arc::new(settings.clone());
                    self.settings_version = seq;
                }
            }
            Change::Member(d) => put_record(&mut self.members, d, seq),
            Change::Team(d) => put_record(&mut self.teams, d, seq),
            Change::Skill(d) => put_record(&mut self.skills, d, seq),
            Change::HolidayCalendar(d) => put_record(&mut self.calendars, d, seq),
            Change::Person(d) => self.put_person(d, seq),
            Change::JobTitle(d) => {
                let owner = |r: &crate::entities::JobTitle| r.person_id;
                for person in move_owner(&mut self.job_titles, d, owner) {
                    let keep = keeps(person, d, owner);
                    let list = &mut self.person_mut(person, seq)?.job_titles;
                    put_sorted(list, d.id, keep, seq, |r| (r.effective_date, r.created_seq));
                }
            }
            Change::Availability(d) => {
                let owner = |r: &crate::entities::Availability| r.person_id;
                for person in move_owner(&mut self.availabilities, d, owner) {
                    let keep = keeps(person, d, owner);
                    let list = &mut self.person_mut(person, seq)?.availabilities;
                    put_sorted(list, d.id, keep, seq, |r| (r.effective_date, r.created_seq));
                }
            }
            Change::Compensation(d) => {
                let owner = |r: &crate::entities::Compensation| r.person_id;
                for person in move_owner(&mut self.compensations, d, owner) {
                    let keep = keeps(person, d, owner);
                    let list = &mut self.person_mut(person, seq)?.compensations;
                    put_sorted(list, d.id, keep, seq, |r| (r.effective_date, r.created_seq));
                }
            }
            Change::TimeOff(d) => {
                let owner = |r: &crate::entities::TimeOff| r.person_id;
                for person in move_owner(&mut self.time_off, d, owner) {
                    let keep = keeps(person, d, owner);
                    let list = &mut self.person_mut(person, seq)?.time_off;
                    put_sorted(list, d.id, keep, seq, |r| (r.from, r.to));
                }
            }
            Change::Project(d) => self.put_project(d, seq)?,
            Change::Placeholder(d) => self.put_placeholder(d, seq),
            Change::Assignment(d) => self.put_assignment(d, seq)?,
            Change::History(d) => {
                if d.after.is_some() {
                    self.history.insert(d.id);
                } else {
                    self.history.remove(&d.id);
                }
            }
        }
        Ok(())
    }

    fn person_mut(&mut self, id: PersonId, seq: u64) -> Result<&mut PersonEntry, ApplyError> {
        let entry = self.people.get_mut(&id).ok_or_else(|| missing(seq, id))?;
        let entry = Arc::make_mut(entry);
        entry.memo = Memo::default();
        Ok(entry)
    }

    fn put_person(&mut self, d: &Diff<Person>, seq: Version) {
        let before = self.people.get(&d.id);
        let user = before.and_then(|entry| entry.person.user_id);
        let now = d.after.as_ref().and_then(|person| person.user_id);
        if user != now {
            user.map(|user| self.people_by_user.remove(&(user, d.id)));
            now.map(|user| self.people_by_user.insert((user, d.id)));
        }
        let Some(person) = &d.after else {
            self.people.remove(&d.id);
            return;
        };
        let person = Arc::new(person.clone());
        if let Ok(entry) = self.person_mut(d.id, seq) {
            entry.person = person;
            entry.version = seq;
        } else {
            self.people.insert(
                d.id,
                Arc::new(PersonEntry {
                    id: d.id,
                    version: seq,
                    person,
                    job_titles: Vec::new(),
                    availabilities: Vec::new(),
                    compensations: Vec::new(),
                    bookings: Bookings::default(),
                    time_off: Vec::new(),
                    memo: Memo::default(),
                }),
            );
        }
    }

    fn put_placeholder(&mut self, d: &Diff<Placeholder>, seq: Version) {
        let Some(placeholder) = &d.after else {
            self.placeholders.remove(&d.id);
            return;
        };
        let bookings = self
            .placeholders
            .get(&d.id)
            .map_or_else(Bookings::default, |e| e.bookings.clone());
        self.placeholders.insert(
            d.id,
            Arc::new(PlaceholderEntry {
                id: d.id,
                version: seq,
                placeholder: Arc::new(placeholder.clone()),
                bookings,
            }),
        );
    }

    fn put_project(&mut self, d: &Diff<Project>, seq: Version) -> Result<(), ApplyError> {
        let Some(project) = &d.after else {
            self.projects.remove(&d.id);
            return Ok(());
        };
        let project = Arc::new(project.clone());
        let assignments = match self.projects.get_mut(&d.id) {
            Some(entry) => {
                let entry = Arc::make_mut(entry);
                entry.project = Arc::clone(&project);
                entry.version = seq;
                entry.assignments.clone()
            }
            None => {
                let entry = ProjectEntry {
                    id: d.id,
                    version: seq,
                    project: Arc::clone(&project),
                    assignments: imbl::OrdSet::new(),
                };
                self.projects.insert(d.id, Arc::new(entry));
                return Ok(());
            }
        };
        let figures_differ = d.before.as_ref().is_none_or(|before| {
            before.status != project.status || before.billable != project.billable
        });
        if figures_differ {
            for id in assignments {
                self.rebook(id, &project, seq)?;
            }
        }
        Ok(())
    }

    /// Tells an assignment what its project now says of it.
    fn rebook(&mut self, id: AssignmentId, project: &Project, seq: u64) -> Result<(), ApplyError> {
        let place = *self.assignments.get(&id).ok_or_else(|| missing(seq, id))?;
        let bookings = self.bookings_mut(place.owner, seq)?;
        if let Some(booking) = bookings.get(&place.key(id)) {
            let record = booking.record.clone();
            bookings.insert(Booking::new(record, Some(project)));
        }
        Ok(())
    }

    fn bookings_mut(&mut self, owner: Owner, seq: u64) -> Result<&mut Bookings, ApplyError> {
        match owner {
            Owner::Person(id) => Ok(&mut self.person_mut(id, seq)?.bookings),
            Owner::Placeholder(id) => {
                let entry = self.placeholders.get_mut(&id);
                let entry = entry.ok_or_else(|| missing(seq, id))?;
                Ok(&mut Arc::make_mut(entry).bookings)
            }
        }
    }

    fn put_assignment(&mut self, d: &Diff<Assignment>, seq: Version) -> Result<(), ApplyError> {
        if let Some(place) = self.assignments.remove(&d.id) {
            let bookings = self.bookings_mut(place.owner, seq)?;
            bookings.remove(&place.key(d.id));
        }
        if let Some(before) = &d.before {
            self.index_project(before.project_id, d.id, false);
        }
        let Some(assignment) = &d.after else {
            return Ok(());
        };
        let record = Record {
            id: d.id,
            version: seq,
            value: Arc::new(assignment.clone()),
        };
        let project = self.projects.get(&assignment.project_id);
        let project = project.map(|p| Arc::clone(&p.project));
        let booking = Booking::new(record, project.as_deref());
        self.bookings_mut(assignment.owner, seq)?.insert(booking);
        self.assignments.insert(d.id, BookingPlace::of(assignment));
        self.index_project(assignment.project_id, d.id, true);
        Ok(())
    }

    fn index_project(&mut self, project: ProjectId, id: AssignmentId, present: bool) {
        if let Some(entry) = self.projects.get_mut(&project) {
            let assignments = &mut Arc::make_mut(entry).assignments;
            if present {
                assignments.insert(id);
            } else {
                assignments.remove(&id);
            }
        }
    }
}

fn missing(seq: u64, what: impl std::fmt::Debug) -> ApplyError {
    ApplyError::Missing {
        seq,
        what: format!("{what:?}"),
    }
}

fn put_record<E: Entity>(map: &mut OrdMap<E::Id, Record<E>>, d: &Diff<E>, seq: Version) {
    match &d.after {
        Some(value) => {
            let record = Record {
                id: d.id,
                version: seq,
                value: Arc::new(value.clone()),
            };
            map.insert(d.id, record);
        }
        None => {
            map.remove(&d.id);
        }
    }
}

/// Keeps the index from record to person true; returns the people whose lists it concerns.
fn move_owner<E: Entity>(
    index: &mut OrdMap<E::Id, PersonId>,
    d: &Diff<E>,
    owner: impl Fn(&E) -> PersonId,
) -> Vec<PersonId> {
    let before = index.remove(&d.id);
    let after = d.after.as_ref().map(owner);
    if let Some(person) = after {
        index.insert(d.id, person);
    }
    before
        .into_iter()
        .filter(|b| Some(*b) != after)
        .chain(after)
        .collect()
}

/// The value a person's list should hold of that record after the change.
fn keeps<E: Entity>(person: PersonId, d: &Diff<E>, owner: impl Fn(&E) -> PersonId) -> Option<&E> {
    d.after.as_ref().filter(|value| owner(value) == person)
}

fn put_sorted<E: Entity, K: Ord>(
    list: &mut Vec<Record<E>>,
    id: E::Id,
    value: Option<&E>,
    version: Version,
    key: impl Fn(&E) -> K,
) {
    list.retain(|r| r.id != id);
    if let Some(value) = value {
        let at = list.partition_point(|r| (key(&r.value), r.id) < (key(value), id));
        let record = Record {
            id,
            version,
            value: Arc::new(value.clone()),
        };
        list.insert(at, record);
    }
}
