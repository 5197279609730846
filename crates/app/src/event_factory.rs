//! From changes to events that follow one another in a log, for programs that write a whole log
//! at once: the import of the first Raally's files and the demo.

use crate::ports::{Append, AppendStep, Ids};
use raally_domain::decide::MAX_STEP_EVENTS;
use raally_domain::event::{Actor, Event, Recorded, Step, StepKind};
use raally_domain::ids::{EventId, StepId};
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use raally_domain::written::NotWritten;

/// Who writes a log, when, and with which ids.
pub struct EventFactory<'a> {
    /// The part of Raally that the activity names, such as `import`.
    pub actor: &'a str,
    /// What the steps are called.
    pub kind: StepKind,
    /// When the events are recorded, unless the log is already later.
    pub now: Timestamp,
    /// Where the ids of events and steps come from.
    pub ids: &'a dyn Ids,
    /// The most events a step has.
    pub step_events: usize,
}

impl<'a> EventFactory<'a> {
    /// As an import does it.
    pub fn import(now: Timestamp, ids: &'a dyn Ids) -> EventFactory<'a> {
        EventFactory {
            actor: "import",
            kind: StepKind::Import,
            now,
            ids,
            step_events: MAX_STEP_EVENTS,
        }
    }

    /// The append that brings these changes, each applied to the plan as readers will apply it.
    ///
    /// # Errors
    /// A change that cannot be written or does not fit the plan: a bug of ours, found before
    /// anything is written.
    pub fn append(
        &self,
        plan: &mut Plan,
        expected: Option<crate::ports::LogHead>,
        changes: Vec<(Recorded, Option<Timestamp>)>,
    ) -> Result<Append, NotWritten> {
        let recorded_at = self.now.max(plan.recorded_at());
        let mut steps: Vec<AppendStep> = Vec::new();
        let mut step = self.step();
        for (at, (recorded, occurred_at)) in changes.into_iter().enumerate() {
            if at % self.step_events == 0 {
                step = self.step();
                steps.push(AppendStep {
                    events: Vec::new(),
                    response: None,
                });
            }
            for Recorded { change, implied } in recorded.as_written(plan)? {
                let event = Event {
                    tenant: plan.tenant(),
                    seq: plan.head().seq + 1,
                    id: EventId(self.ids.uuid()),
                    recorded_at,
                    occurred_at: occurred_at.unwrap_or(recorded_at),
                    actor: Actor::System(self.actor.to_owned()),
                    step,
                    change,
                    implied,
                    previous: plan.last_hash(),
                };
                let stored = event.store();
                plan.apply(&event, stored.hash)?;
                if let Some(step) = steps.last_mut() {
                    step.events.push((event, stored));
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use raally_domain::event::{Change, Diff};
    use raally_domain::ids::TenantId;
    use raally_domain::kinds::Team;
    use uuid::Uuid;

    struct Counting(std::sync::atomic::AtomicU64);

    impl Ids for Counting {
        fn uuid(&self) -> Uuid {
            let n = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Uuid::from_u64_pair(1, n)
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn more_than_a_step_may_hold_become_several_steps_of_one_chain() {
        let ids = Counting(std::sync::atomic::AtomicU64::new(1));
        let seal = EventFactory {
            step_events: 2,
            ..EventFactory::import(Timestamp::from_micros(5), &ids)
        };
        let team = |n: u128| {
            let change: Recorded = Change::from(Diff {
                id: Uuid::from_u128(n).into(),
                before: None,
                after: Some(Team {
                    name: n.to_string(),
                }),
            })
            .into();
            (change, None)
        };
        let mut plan = Plan::empty(TenantId(Uuid::from_u128(9)), 1);
        let append = seal.append(&mut plan, None, (1..=5).map(team).collect());
        let steps = append.unwrap().steps;
        let sizes: Vec<usize> = steps.iter().map(|s| s.events.len()).collect();
        assert_eq!(sizes, [2, 2, 1]);
        let events: Vec<_> = steps.iter().flat_map(|s| &s.events).collect();
        assert_eq!(events[0].0.step, events[1].0.step);
        assert_ne!(events[1].0.step, events[2].0.step);
        let mut previous = [0; 32];
        for (n, (event, stored)) in (1..).zip(events) {
            let read = Event::read(n, stored, &previous).unwrap();
            assert_eq!(&read, event);
            previous = stored.hash;
        }
        assert_eq!(plan.teams().len(), 5);
    }
}
