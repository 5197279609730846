//! Deciding a batch: each write in turn on the provisional plan that those before it leave.

use std::collections::HashMap;

use bytes::Bytes;
use raally_domain::decide::Decision;
use raally_domain::event::{Event, Hash, Step};
use raally_domain::ids::{EventId, StepId, UserId};
use raally_domain::kinds::IdSource;
use raally_domain::personal::Salt;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::kept::Kept;
use super::write::{Idempotency, RenderedResponse, Write};
use crate::error::Error;
use crate::live::{Announcement, Announcer};
use crate::ports::{AppendStep, EventTrace, IdempotentResponse};
use crate::services::Services;

/// What was decided about one write of a batch.
pub(crate) enum Verdict {
    Accepted(Box<Accepted>),
    Rejected(Error),
    /// Answered before, under its idempotency key.
    Again(Kept),
    /// The same, by an earlier release that kept the answer whole.
    Replayed(RenderedResponse),
    /// The same request as that one earlier in the batch.
    Follows(usize),
}

pub(crate) struct Accepted {
    pub decision: Decision,
    pub step: StepId,
    /// The plan just after it.
    pub plan: Plan,
    /// The workspace's new address, if the write sets one.
    pub slug: Option<String>,
}

/// A batch as decided, to be appended.
pub(crate) struct DecidedBatch {
    /// One for each write.
    pub verdicts: Vec<Verdict>,
    /// The plan after all of it.
    pub plan: Plan,
    pub steps: Vec<AppendStep>,
    pub traces: Vec<EventTrace>,
    pub announcements: Vec<Announcement>,
    /// The accepted writes that have an idempotency key, with their requests' hashes.
    keyed: HashMap<(UserId, String), (usize, Hash)>,
}

/// Draws ids and salts from the port of randomness.
pub(crate) struct FreshIds<'a>(pub &'a Services);

impl IdSource for FreshIds<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn uuid(&mut self) -> Uuid {
        self.0.uuid()
    }

    fn salt(&mut self) -> Salt {
        self.0.random()
    }
}

impl DecidedBatch {
    /// An empty one.
    pub(crate) fn on(plan: &Plan) -> DecidedBatch {
        DecidedBatch {
            verdicts: Vec::new(),
            plan: plan.clone(),
            steps: Vec::new(),
            traces: Vec::new(),
            announcements: Vec::new(),
            keyed: HashMap::new(),
        }
    }

    /// Decides one more write; `stored` is the answer kept under its idempotency key, `events` are
    /// what it rests on.
    pub(crate) fn decide(
        &mut self,
        services: &Services,
        write: &Write,
        stored: Option<IdempotentResponse>,
        events: &[Event],
    ) {
        let verdict = match self.earlier_response(write, stored) {
            Some(verdict) => verdict,
            None => self
                .take(services, write, events)
                .map_or_else(Verdict::Rejected, |a| Verdict::Accepted(Box::new(a))),
        };
        if let (Verdict::Accepted(_), Some(key)) = (&verdict, &write.idempotency) {
            let at = (self.verdicts.len(), key.request_hash);
            self.keyed.insert((key.user, key.key.clone()), at);
        }
        self.verdicts.push(verdict);
    }

    /// Whether an answer under the write's idempotency key is among what is to be stored.
    pub(crate) fn answers(&self, write: &Write) -> bool {
        self.keyed_like(write).is_some()
    }

    pub(crate) fn rejects(&self) -> bool {
        let mut verdicts = self.verdicts.iter();
        verdicts.any(|verdict| matches!(verdict, Verdict::Rejected(_)))
    }

    /// Which write of the batch has the same key, and its request's hash.
    fn keyed_like(&self, write: &Write) -> Option<&(usize, Hash)> {
        let key = write.idempotency.as_ref()?;
        if self.keyed.is_empty() {
            return None;
        }
        self.keyed.get(&(key.user, key.key.clone()))
    }

    /// What an idempotency key says: the stored answer, or an equal request earlier in the batch.
    fn earlier_response(
        &self,
        write: &Write,
        stored: Option<IdempotentResponse>,
    ) -> Option<Verdict> {
        let key = write.idempotency.as_ref()?;
        if let Some(stored) = stored {
            if stored.request_hash != key.request_hash {
                return Some(Verdict::Rejected(Error::IdempotencyMismatch));
            }
            return Some(match Kept::from_bytes(&stored.body) {
                Some(kept) => Verdict::Again(kept),
                None => Verdict::Replayed(RenderedResponse {
                    status: stored.status,
                    body: Bytes::from(stored.body),
                }),
            });
        }
        let (at, request_hash) = self.keyed_like(write)?;
        Some(if *request_hash == key.request_hash {
            Verdict::Follows(*at)
        } else {
            Verdict::Rejected(Error::IdempotencyMismatch)
        })
    }

    /// Decides one write and takes it in; on an error the batch is as it was.
    fn take(
        &mut self,
        services: &Services,
        write: &Write,
        rests_on: &[Event],
    ) -> Result<Accepted, Error> {
        let decision = (write.decide)(&self.plan, &mut FreshIds(services), rests_on)?;
        let step = Step {
            id: StepId(services.uuid()),
            kind: decision.kind,
        };
        let mut plan = self.plan.clone();
        let mut announcer = Announcer::new(plan.head().epoch);
        let mut events = Vec::with_capacity(decision.changes.len());
        let recorded_at = services.now().max(plan.recorded_at());
        for recorded in &decision.changes {
            let event = Event {
                tenant: plan.tenant(),
                seq: plan.head().seq + 1,
                id: EventId(services.uuid()),
                recorded_at,
                occurred_at: write.occurred_at.unwrap_or(recorded_at),
                actor: write.actor.clone(),
                step,
                change: recorded.change.clone(),
                implied: recorded.implied.clone(),
                previous: plan.last_hash(),
            };
            let stored = event.store();
            plan.apply(&event, stored.hash)
                .map_err(|e| Error::internal("a decision does not fit its plan", e))?;
            announcer.note_decided(&event);
            events.push((event, stored));
        }
        announcer.decided(&decision.touched);
        let kept = |key: &Idempotency| IdempotentResponse {
            user: key.user,
            key: key.key.clone(),
            request_hash: key.request_hash,
            status: IdempotentResponse::DONE,
            body: Kept::of(&decision, plan.head(), step.id).to_bytes(),
            at: recorded_at,
        };
        let response = write.idempotency.as_ref().map(kept);
        if let Some(trace) = &write.trace {
            let traced = events.iter().map(|(e, _)| EventTrace {
                event: e.id,
                recorded_at,
                trace: trace.clone(),
            });
            self.traces.extend(traced);
        }
        let step_to_append = AppendStep { events, response };
        let slug = new_slug(&step_to_append);
        if !step_to_append.events.is_empty() || step_to_append.response.is_some() {
            self.steps.push(step_to_append);
        }
        self.announcements.extend(announcer.finish());
        self.plan = plan.clone();
        Ok(Accepted {
            decision,
            step: step.id,
            plan,
            slug,
        })
    }
}

fn new_slug(step: &AppendStep) -> Option<String> {
    step.lookups().find_map(|lookup| match lookup {
        crate::ports::Lookup::Tenant { slug, .. } => Some(slug),
        crate::ports::Lookup::Member { .. } => None,
    })
}
