//! What a plan remembers of each user's last steps, so that they can be taken back: which events
//! they are. What these say stands in the log alone, and is read when it is asked for.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};

use super::Version;
use crate::decide::json_bytes;
use crate::event::{Action, Change, Event, StepKind};
use crate::ids::StepId;
use crate::kinds::{EntityRef, Kind};

/// How many steps of each user are kept.
pub const MAX_STEPS: usize = 100;
/// How many bytes they take, in what can be taken back and in what can be done again, but for the
/// last step of each: some 12,000 changes.
pub const MAX_STEPS_BYTES: usize = 1 << 20;
/// What a change takes that says where it stands.
const CHANGE_BYTES: usize = 80;

/// A step that can be taken back (or done again).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Names the step.
    pub id: StepId,
    /// In order.
    pub changes: Vec<VersionedChange>,
    /// The bytes that the changes take.
    #[serde(skip)]
    bytes: usize,
}

/// A change with the versions of its entity around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionedChange {
    /// What it changed.
    pub entity: EntityRef,
    /// The event that records it.
    pub event: Version,
    /// What was done, where the event does not say that by itself: what an event of an older
    /// version comes to rests on the plan of its time.
    pub resolved: Option<Arc<Change>>,
    /// Before it; `None` where there was no such entity.
    pub found: Option<Version>,
    /// After it; `None` where it removed the entity.
    pub left: Option<Version>,
    /// Whether it is of the same event as the change before it: taken back with that one.
    pub implied: bool,
}

impl VersionedChange {
    fn bytes(&self) -> usize {
        let resolved = self.resolved.as_deref();
        // In memory a change is about as large as its text.
        let bytes = |change: &Change| for_change!(change, diff => json_bytes(&**diff));
        CHANGE_BYTES + resolved.map_or(0, bytes)
    }

    /// What was done, out of these events in their order; `None` where they are not those of its
    /// step.
    pub(crate) fn change<'e>(&'e self, events: &'e [Event]) -> Option<&'e Change> {
        if let Some(resolved) = &self.resolved {
            return Some(resolved);
        }
        let at = events.binary_search_by_key(&self.event, |event| event.seq);
        let change = &events[at.ok()?].change;
        (change.entity() == self.entity).then_some(change)
    }
}

impl StepRecord {
    /// Each entity it wrote with the version it left last.
    #[must_use]
    pub fn left(&self) -> BTreeMap<EntityRef, Option<Version>> {
        let entries = self.changes.iter();
        entries.map(|n| (n.entity, n.left)).collect()
    }

    /// The events that have to be read before it can be taken back; `None` where all is known.
    #[must_use]
    pub fn events(&self) -> Option<RangeInclusive<Version>> {
        let unknown = self.changes.iter().filter(|n| n.resolved.is_none());
        let mut numbers = unknown.map(|n| n.event);
        let first = numbers.next()?;
        Some(first..=numbers.next_back().unwrap_or(first))
    }

    /// The version an entity had before the step.
    fn found(&self, entity: EntityRef) -> Option<Version> {
        let first = self.changes.iter().find(|n| n.entity == entity);
        first.and_then(|n| n.found)
    }

    /// Members are never undone, nor what was imported.
    #[must_use]
    pub fn undoable(&self) -> bool {
        self.changes
            .iter()
            .all(|n| !matches!(n.entity.kind, Kind::Member | Kind::History))
    }
}

/// An entity that has again the value it once had, under a new version: taking a step back
/// brings the old value back, and so the steps before it can be taken back in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rebase {
    entity: EntityRef,
    was: Version,
    is: Version,
}

/// The steps of one user, the latest last. Every event makes new ones of its user's, so they share
/// their records with those before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserSteps {
    /// What can be taken back, the oldest first.
    pub undo: Vector<Arc<StepRecord>>,
    /// What was taken back and can be done again, the oldest first.
    pub redo: Vector<Arc<StepRecord>>,
    /// The step that the last undo or redo took back, while its events come in.
    pending: Option<Arc<StepRecord>>,
    /// How many of the changes are of each entity.
    #[serde(skip)]
    entities: OrdMap<EntityRef, u32>,
}

impl UserSteps {
    /// The step of that id, while it can be taken back.
    #[must_use]
    pub fn done(&self, step: StepId) -> Option<&StepRecord> {
        let found = self.undo.iter().find(|record| record.id == step);
        found.map(|record| &**record)
    }

    /// Whether an event that takes that step back is about one of these.
    pub(super) fn holds(&self, step: StepId) -> bool {
        self.pending
            .as_ref()
            .is_some_and(|record| record.id == step)
            || self.done(step).is_some()
    }

    /// How many changes all of them have.
    #[must_use]
    pub fn changes(&self) -> usize {
        let steps = self.undo.iter().chain(&self.redo);
        steps.map(|step| step.changes.len()).sum()
    }

    /// Roughly the bytes that all of them take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let steps = self.undo.iter().chain(&self.redo);
        steps.map(|step| 200 + step.bytes).sum()
    }

    /// Works out what a snapshot does not hold, and drops what is beyond the bounds.
    pub(super) fn restored_from_snapshot(&mut self) {
        let stacks = self.undo.iter_mut().chain(self.redo.iter_mut());
        for step in stacks.chain(&mut self.pending) {
            let step = Arc::make_mut(step);
            step.bytes = step.changes.iter().map(VersionedChange::bytes).sum();
        }
        self.entities = OrdMap::new();
        let steps = self.undo.iter().chain(&self.redo);
        for change in steps.flat_map(|step| &step.changes) {
            let count = self.entities.entry(change.entity).or_insert(0);
            *count += 1;
        }
        drop_oldest(&mut self.undo, &mut self.entities);
        drop_oldest(&mut self.redo, &mut self.entities);
    }

    /// Takes note of a change that an event of this user's records, by itself (`plain`) or on the
    /// plan that it came to; `found` is the version its entity had.
    pub(super) fn note(
        &mut self,
        event: &Event,
        change: &Change,
        found: Option<Version>,
        plain: bool,
    ) -> Vec<Rebase> {
        let begins = self.begins(event);
        let implied = change.entity() != event.change.entity();
        let stack = match event.step.kind {
            StepKind::Import => return Vec::new(),
            // Nobody takes it back, so it stands in the way of nothing that can be.
            StepKind::Do if matches!(change.entity().kind, Kind::Member | Kind::History) => {
                take(&mut self.undo, event.step.id, &mut self.entities);
                return Vec::new();
            }
            StepKind::Do => {
                for step in std::mem::take(&mut self.redo) {
                    forget(&step, &mut self.entities);
                }
                self.pending = None;
                &mut self.undo
            }
            StepKind::Undo(step) => {
                if begins {
                    self.pending = take(&mut self.undo, step, &mut self.entities);
                }
                &mut self.redo
            }
            StepKind::Redo(step) => {
                if begins {
                    self.pending = take(&mut self.redo, step, &mut self.entities);
                }
                &mut self.undo
            }
        };
        let versioned = VersionedChange {
            entity: change.entity(),
            event: event.seq,
            resolved: (!plain).then(|| Arc::new(change.clone())),
            found,
            left: (change.action() != Action::Deleted).then_some(event.seq),
            implied,
        };
        *self.entities.entry(change.entity()).or_insert(0) += 1;
        if begins {
            stack.push_back(Arc::new(StepRecord {
                id: event.step.id,
                bytes: versioned.bytes(),
                changes: vec![versioned],
            }));
        } else if let Some(step) = stack.back_mut() {
            let step = Arc::make_mut(step);
            step.bytes += versioned.bytes();
            step.changes.push(versioned);
        }
        drop_oldest(stack, &mut self.entities);
        self.restored(event.seq, change, found)
    }

    /// True for the first event of a step.
    fn begins(&self, event: &Event) -> bool {
        let stack = match event.step.kind {
            StepKind::Undo(_) => &self.redo,
            _ => &self.undo,
        };
        stack.back().is_none_or(|step| step.id != event.step.id)
    }

    fn restored(&self, seq: Version, change: &Change, found: Option<Version>) -> Vec<Rebase> {
        let entity = change.entity();
        let before = self.pending.as_ref().and_then(|step| step.found(entity));
        if before.is_none() || change.action() == Action::Deleted {
            return Vec::new();
        }
        // The event itself, and what an earlier event of the same step had restored.
        [before, found]
            .into_iter()
            .flatten()
            .map(|was| Rebase {
                entity,
                was,
                is: seq,
            })
            .collect()
    }

    /// True if some step left an entity as one of these has become again.
    pub(super) fn is_affected_by(&self, restored: &[Rebase]) -> bool {
        let mut known = restored.iter().map(|r| r.entity);
        known.any(|entity| self.entities.contains_key(&entity)) && self.left_as(restored)
    }

    fn left_as(&self, restored: &[Rebase]) -> bool {
        self.undo
            .iter()
            .chain(&self.redo)
            .flat_map(|step| &step.changes)
            .any(|n| restored.iter().any(|r| r.is_of(n)))
    }

    /// Gives the steps that left an entity as it has become again its new version.
    pub(super) fn rebase(&mut self, restored: &[Rebase]) {
        let is_affected = |step: &StepRecord| {
            let mut changes = step.changes.iter();
            changes.any(|n| restored.iter().any(|r| r.is_of(n)))
        };
        for stack in [&mut self.undo, &mut self.redo] {
            for step in stack.iter_mut().filter(|step| is_affected(step)) {
                for versioned in &mut Arc::make_mut(step).changes {
                    if let Some(r) = restored.iter().find(|r| r.is_of(versioned)) {
                        versioned.left = Some(r.is);
                    }
                }
            }
        }
    }
}

impl Rebase {
    fn is_of(&self, versioned: &VersionedChange) -> bool {
        versioned.left == Some(self.was) && versioned.entity == self.entity
    }
}

type Stack = Vector<Arc<StepRecord>>;
type Entities = OrdMap<EntityRef, u32>;

fn take(stack: &mut Stack, id: StepId, entities: &mut Entities) -> Option<Arc<StepRecord>> {
    let at = stack.iter().position(|step| step.id == id)?;
    let step = stack.remove(at);
    forget(&step, entities);
    Some(step)
}

/// Keeps a stack within its bounds; the last step stays, however large it is.
fn drop_oldest(stack: &mut Stack, entities: &mut Entities) {
    let mut bytes: usize = stack.iter().map(|step| step.bytes).sum();
    while stack.len() > MAX_STEPS || (bytes > MAX_STEPS_BYTES && stack.len() > 1) {
        let Some(step) = stack.pop_front() else { break };
        bytes -= step.bytes;
        forget(&step, entities);
    }
}

fn forget(step: &StepRecord, entities: &mut Entities) {
    for change in &step.changes {
        let entity = change.entity;
        match entities.get_mut(&entity) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(entities.remove(&entity)),
        }
    }
}
