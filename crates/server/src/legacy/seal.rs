//! From changes to events that follow one another in a log.

use raally_app::ports::{Append, AppendStep, Ids};
use raally_domain::decide::MAX_STEP_EVENTS;
use raally_domain::event::{Actor, Change, Event, Step, StepKind};
use raally_domain::ids::{EventId, StepId};
use raally_domain::plan::{ApplyError, Plan};
use raally_domain::time::Moment;

/// Who writes a log, when, and with which ids.
pub(crate) struct Seal<'a> {
    pub(crate) actor: &'a str,
    pub(crate) kind: StepKind,
    pub(crate) now: Moment,
    pub(crate) ids: &'a dyn Ids,
    /// The most events a step has.
    pub(crate) step_events: usize,
}

impl<'a> Seal<'a> {
    /// As an import does it.
    pub(crate) fn import(now: Moment, ids: &'a dyn Ids) -> Seal<'a> {
        Seal {
            actor: "import",
            kind: StepKind::Import,
            now,
            ids,
            step_events: MAX_STEP_EVENTS,
        }
    }

    /// The append that brings these changes, each applied to the plan as readers will apply it:
    /// an error is a bug of ours, found before anything is written.
    pub(crate) fn append(
        &self,
        plan: &mut Plan,
        expected: Option<raally_app::ports::LogHead>,
        changes: Vec<(Change, Option<Moment>)>,
    ) -> Result<Append, ApplyError> {
        let recorded_at = self.now.max(plan.recorded_at());
        let mut steps: Vec<AppendStep> = Vec::new();
        let mut step = self.step();
        for (at, (change, occurred_at)) in changes.into_iter().enumerate() {
            if at % self.step_events == 0 {
                step = self.step();
                steps.push(AppendStep {
                    events: Vec::new(),
                    answer: None,
                });
            }
            let event = Event {
                tenant: plan.tenant(),
                seq: plan.head().seq + 1,
                id: EventId(self.ids.uuid()),
                recorded_at,
                occurred_at: occurred_at.unwrap_or(recorded_at),
                actor: Actor::System(self.actor.to_owned()),
                step,
                change,
                previous: plan.last_hash(),
            };
            let stored = event.store();
            plan.apply(&event, stored.hash)?;
            if let Some(step) = steps.last_mut() {
                step.events.push((event, stored));
            }
        }
        Ok(Append {
            tenant: plan.tenant(),
            expected,
            steps,
        })
    }

    fn step(&self) -> Step {
        Step {
            id: StepId(self.ids.uuid()),
            kind: self.kind,
        }
    }
}
