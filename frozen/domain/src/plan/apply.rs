//! Applying events: the only thing that changes a plan.

use std::cmp::Reverse;
use std::sync::Arc;

use super::steps::Rebase;
use super::{
    Booking, BookingPlace, Bookings, LaneKey, PersonEntry, PlaceholderEntry, Plan, ProjectEntry,
    Record, Version,
};
use crate::event::{Change, Diff, Event, Hash, Recorded, StepKind};
use crate::figures::Memo;
use crate::ids::{AssignmentId, PersonId, ProjectId, UserId};
use crate::kinds::{Assignment, EntityKind, Owner, Person, Placeholder, Project, Table, find};
use crate::time::Timestamp;

/// An event that does not fit the plan: the log is broken, or not this plan's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It does not follow the last one.
    #[error("event {found} cannot follow event {at}")]
    Order {
        /// The plan's last event.
        at: u64,
        /// The event that came.
        found: u64,
    },
    /// It changes what is not there, or is another by now.
    #[error("event {seq} is about {what}, which is not in the plan")]
    Missing {
        /// The event's number.
        seq: u64,
        /// What it is about.
        what: String,
    },
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
        let resolved;
        let archived = self.with_last_day(event);
        let is_plain = event.implied.is_empty() && archived.is_none();
        let changes: &mut dyn Iterator<Item = &Change> = if is_plain {
            &mut std::iter::once(&event.change)
        } else {
            resolved = self.resolved(archived.unwrap_or_else(|| event.change.clone()), event);
            &mut resolved.changes()
        };
        let user = event.actor.user().map(|actor| self.whose(actor, event));
        let own = event.change.entity();
        for change in changes {
            let found = user.and_then(|_| self.version(change.entity()));
            self.put(change, event.seq)?;
            // What an event implies without changing it is no part of the step.
            if let Some(user) = user
                && (change.entity() == own || change.changes_something())
            {
                let steps = self.steps.entry(user).or_default();
                let rebases = Arc::make_mut(steps).note(event, change, found, is_plain);
                self.rebase(&rebases);
            }
        }
        self.head.seq = event.seq;
        self.recorded_at = self.recorded_at.max(event.recorded_at);
        self.last_hash = hash;
        Ok(())
    }

    /// Whose steps an event belongs to: an admin may take back a step of somebody else's, who then
    /// may do it again.
    fn whose(&self, actor: UserId, event: &Event) -> UserId {
        let StepKind::Undo(step) = event.step.kind else {
            return actor;
        };
        let holds = |user: &UserId| self.steps.get(user).is_some_and(|steps| steps.holds(step));
        if holds(&actor) {
            return actor;
        }
        let others = self.steps.keys().find(|user| holds(user));
        others.copied().unwrap_or(actor)
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

    /// What an event of an older version records, fitted to this plan.
    fn resolved(&self, mut change: Change, event: &Event) -> Recorded {
        fn resolve<E: EntityKind>(diff: &mut Diff<E>, implied: &mut Vec<Change>, plan: &Plan) {
            E::resolve(diff, implied, plan);
        }
        let mut implied = event.implied.clone();
        for_change!(&mut change, diff => resolve(diff, &mut implied, self));
        Recorded { change, implied }
    }

    /// Applies what the event after the head will record.
    pub fn apply_recorded(&mut self, recorded: &Recorded) -> Result<(), ApplyError> {
        for change in recorded.changes() {
            self.put(change, self.head.seq + 1)?;
        }
        self.head.seq += 1;
        Ok(())
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
        fn put<E: EntityKind>(
            plan: &mut Plan,
            diff: &Diff<E>,
            seq: Version,
        ) -> Result<(), ApplyError> {
            if !E::NAMED {
                return E::Table::put(plan, diff, seq);
            }
            let was = find::<E>(plan, diff.id).and_then(|(_, value)| value.name_key());
            E::Table::put(plan, diff, seq)?;
            plan.rename::<E>(diff.id, was, diff.after.as_ref().and_then(E::name_key));
            Ok(())
        }
        for_change!(change, diff => put(self, diff, seq))
    }

    /// Keeps the index of names.
    pub(crate) fn rename<E: EntityKind>(
        &mut self,
        id: E::Id,
        was: Option<String>,
        now: Option<String>,
    ) {
        if was == now {
            return;
        }
        if let Some(was) = was {
            self.names.remove(&(E::KIND, was, id.into()));
        }
        if let Some(now) = now {
            self.names.insert((E::KIND, now, id.into()));
        }
    }

    pub(crate) fn person_mut(
        &mut self,
        id: PersonId,
        seq: u64,
    ) -> Result<&mut PersonEntry, ApplyError> {
        let entry = self
            .tables
            .people
            .get_mut(&id)
            .ok_or_else(|| missing(seq, id))?;
        let entry = Arc::make_mut(entry);
        entry.memo = Memo::default();
        Ok(entry)
    }

    pub(super) fn put_person(&mut self, d: &Diff<Person>, seq: Version) {
        let before = self.tables.people.get(&d.id);
        let user = before.and_then(|entry| entry.person.user_id);
        let now = d.after.as_ref().and_then(|person| person.user_id);
        if user != now {
            user.map(|user| self.people_by_user.remove(&(user, d.id)));
            now.map(|user| self.people_by_user.insert((user, d.id)));
        }
        let Some(person) = &d.after else {
            self.tables.people.remove(&d.id);
            return;
        };
        let person = Arc::new(person.clone());
        if let Ok(entry) = self.person_mut(d.id, seq) {
            entry.person = person;
            entry.version = seq;
        } else {
            self.tables.people.insert(
                d.id,
                Arc::new(PersonEntry {
                    id: d.id,
                    version: seq,
                    person,
                    job_titles: Vec::new(),
                    availabilities: Vec::new(),
                    compensations: Vec::new(),
                    placements: Vec::new(),
                    bookings: Bookings::default(),
                    time_off: Vec::new(),
                    memo: Memo::default(),
                }),
            );
        }
    }

    pub(super) fn put_placeholder(&mut self, d: &Diff<Placeholder>, seq: Version) {
        let Some(placeholder) = &d.after else {
            self.tables.placeholders.remove(&d.id);
            return;
        };
        let bookings = self
            .tables
            .placeholders
            .get(&d.id)
            .map_or_else(Bookings::default, |e| e.bookings.clone());
        self.tables.placeholders.insert(
            d.id,
            Arc::new(PlaceholderEntry {
                id: d.id,
                version: seq,
                placeholder: Arc::new(placeholder.clone()),
                bookings,
            }),
        );
    }

    pub(super) fn put_project(
        &mut self,
        d: &Diff<Project>,
        seq: Version,
    ) -> Result<(), ApplyError> {
        let Some(project) = &d.after else {
            self.tables.projects.remove(&d.id);
            return Ok(());
        };
        let project = Arc::new(project.clone());
        let assignments = match self.tables.projects.get_mut(&d.id) {
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
                self.tables.projects.insert(d.id, Arc::new(entry));
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
        let place = *self
            .tables
            .assignments
            .get(&id)
            .ok_or_else(|| missing(seq, id))?;
        let key = place.key(id);
        let bookings = self.bookings_mut(place.owner, &key, seq)?;
        if let Some(booking) = bookings.get(&key) {
            let record = booking.record.clone();
            bookings.insert(Booking::new(record, Some(project)));
        }
        Ok(())
    }

    /// The bookings of which the one with that key is to be another.
    fn bookings_mut(
        &mut self,
        owner: Owner,
        &(from, Reverse(to), booking): &LaneKey,
        seq: u64,
    ) -> Result<&mut Bookings, ApplyError> {
        match owner {
            Owner::Person(id) => {
                let entry = self.tables.people.get_mut(&id);
                let entry = entry.ok_or_else(|| missing(seq, id))?;
                let memo = entry.memo.without(booking, (from, to));
                let entry = Arc::make_mut(entry);
                entry.memo = memo;
                Ok(&mut entry.bookings)
            }
            Owner::Placeholder(id) => {
                let entry = self.tables.placeholders.get_mut(&id);
                let entry = entry.ok_or_else(|| missing(seq, id))?;
                Ok(&mut Arc::make_mut(entry).bookings)
            }
        }
    }

    pub(super) fn put_assignment(
        &mut self,
        d: &Diff<Assignment>,
        seq: Version,
    ) -> Result<(), ApplyError> {
        if let Some(place) = self.tables.assignments.remove(&d.id) {
            let key = place.key(d.id);
            self.bookings_mut(place.owner, &key, seq)?.remove(&key);
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
        let project = self.tables.projects.get(&assignment.project_id);
        let project = project.map(|p| Arc::clone(&p.project));
        let booking = Booking::new(record, project.as_deref());
        let key = booking.lane_key();
        self.bookings_mut(assignment.owner, &key, seq)?
            .insert(booking);
        self.tables
            .assignments
            .insert(d.id, BookingPlace::of(assignment));
        self.index_project(assignment.project_id, d.id, true);
        Ok(())
    }

    fn index_project(&mut self, project: ProjectId, id: AssignmentId, present: bool) {
        if let Some(entry) = self.tables.projects.get_mut(&project) {
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
