//! What a plan remembers of each user's last steps, so that they can be taken back.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Version;
use crate::entities::{EntityRef, Kind};
use crate::event::{Change, Event, StepKind};
use crate::ids::StepId;

/// How many steps of each user are kept.
pub const MAX_STEPS: usize = 100;

/// A step that can be taken back (or done again).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    pub id: StepId,
    /// Its changes in order, each with the version it left.
    pub changes: Vec<(Arc<Change>, Version)>,
}

impl StepRecord {
    /// Each entity it wrote with the version it left last.
    pub fn left(&self) -> impl Iterator<Item = (EntityRef, Version)> + '_ {
        let mut last = std::collections::BTreeMap::new();
        for (change, version) in &self.changes {
            last.insert(change.entity(), *version);
        }
        last.into_iter()
    }

    /// Members and keys are never undone, nor what was imported.
    #[must_use]
    pub fn undoable(&self) -> bool {
        self.changes
            .iter()
            .all(|(c, _)| !matches!(c.entity().kind, Kind::Member | Kind::History))
    }
}

/// The steps of one user, the latest last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserSteps {
    pub undo: VecDeque<StepRecord>,
    pub redo: VecDeque<StepRecord>,
}

impl UserSteps {
    /// Takes note of an event of this user's.
    pub(super) fn note(&mut self, event: &Event) {
        let stack = match event.step.kind {
            StepKind::Import => return,
            StepKind::Do => {
                self.redo.clear();
                &mut self.undo
            }
            StepKind::Undo(taken_back) => {
                self.undo.retain(|s| s.id != taken_back);
                &mut self.redo
            }
            StepKind::Redo(done_again) => {
                self.redo.retain(|s| s.id != done_again);
                &mut self.undo
            }
        };
        let noted = (Arc::new(event.change.clone()), event.seq);
        match stack.back_mut() {
            Some(step) if step.id == event.step.id => step.changes.push(noted),
            _ => {
                stack.push_back(StepRecord {
                    id: event.step.id,
                    changes: vec![noted],
                });
                if stack.len() > MAX_STEPS {
                    stack.pop_front();
                }
            }
        }
    }
}
