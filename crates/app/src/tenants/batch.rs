//! Deciding a batch: each write in turn on the provisional plan that those before it leave.

use bytes::Bytes;
use raally_domain::decide::Decision;
use raally_domain::event::{Event, Step};
use raally_domain::ids::{EventId, StepId};
use raally_domain::kinds::IdSource;
use raally_domain::personal::Salt;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use super::write::{Outcome, Rendered, Write};
use crate::error::Error;
use crate::live::{Announcement, Announcer};
use crate::ports::{AppendStep, EventTrace, IdempotentResponse};
use crate::services::Services;

/// What was decided about one write of a batch.
pub(crate) enum Verdict {
    Accepted(Box<Accepted>),
    Rejected(Error),
    /// Answered before, under its idempotency key.
    Replayed(Rendered),
    /// The same request as that one earlier in the batch.
    Follows(usize),
}

pub(crate) struct Accepted {
    pub decision: Decision,
    pub step: StepId,
    /// The plan just after it.
    pub plan: Plan,
    /// Rendered already where the answer is to be stored.
    pub rendered: Option<Rendered>,
    /// The workspace's new address, if the write sets one.
    pub slug: Option<String>,
}

/// A batch as decided, to be appended.
pub(crate) struct Batch {
    /// One for each write.
    pub verdicts: Vec<Verdict>,
    /// The plan after all of it.
    pub plan: Plan,
    pub steps: Vec<AppendStep>,
    pub traces: Vec<EventTrace>,
    pub announcements: Vec<Announcement>,
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

/// Decides the writes on `plan`; `stored` are the answers kept under their idempotency keys.
pub(crate) fn decide<'a>(
    services: &Services,
    plan: &Plan,
    writes: impl Iterator<Item = &'a Write>,
    stored: Vec<Option<IdempotentResponse>>,
) -> Batch {
    let mut batch = Batch {
        verdicts: Vec::new(),
        plan: plan.clone(),
        steps: Vec::new(),
        traces: Vec::new(),
        announcements: Vec::new(),
    };
    let mut accepted: Vec<(usize, &Write)> = Vec::new();
    for (at, (write, stored)) in writes.zip(stored).enumerate() {
        let verdict = match earlier_response(write, stored.as_ref(), &accepted) {
            Some(verdict) => verdict,
            None => batch
                .take(services, write)
                .map_or_else(Verdict::Rejected, |a| Verdict::Accepted(Box::new(a))),
        };
        if matches!(verdict, Verdict::Accepted(_)) {
            accepted.push((at, write));
        }
        batch.verdicts.push(verdict);
    }
    batch
}

/// What an idempotency key says: the stored answer, or an equal request earlier in the batch.
fn earlier_response(
    write: &Write,
    stored: Option<&IdempotentResponse>,
    accepted: &[(usize, &Write)],
) -> Option<Verdict> {
    let key = write.idempotency.as_ref()?;
    if let Some(stored) = stored {
        return Some(if stored.request_hash == key.request_hash {
            Verdict::Replayed(Rendered {
                status: stored.status,
                body: Bytes::from(stored.body.clone()),
            })
        } else {
            Verdict::Rejected(Error::IdempotencyMismatch)
        });
    }
    accepted.iter().find_map(|(at, earlier)| {
        let other = earlier.idempotency.as_ref()?;
        (other.user == key.user && other.key == key.key).then(|| {
            if other.request_hash == key.request_hash {
                Verdict::Follows(*at)
            } else {
                Verdict::Rejected(Error::IdempotencyMismatch)
            }
        })
    })
}

impl Batch {
    /// Decides one write and takes it in; on an error the batch is as it was.
    fn take(&mut self, services: &Services, write: &Write) -> Result<Accepted, Error> {
        let decision = (write.decide)(&self.plan, &mut FreshIds(services))?;
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
            announcer.note(&event, &plan);
            events.push((event, stored));
        }
        let rendered = write.idempotency.as_ref().map(|_| {
            (write.render)(&Outcome {
                plan: &plan,
                decision: &decision,
                step: step.id,
            })
        });
        let response = write
            .idempotency
            .as_ref()
            .zip(rendered.as_ref())
            .map(|(key, r)| IdempotentResponse {
                user: key.user,
                key: key.key.clone(),
                request_hash: key.request_hash,
                status: r.status,
                body: r.body.to_vec(),
                at: recorded_at,
            });
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
            rendered,
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
