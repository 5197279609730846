//! Writes on their way through a sequencer: waiting, decided, answered.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use raally_domain::decide::Decision;
use raally_domain::event::{Event, Head};
use raally_domain::plan::Plan;
use tokio::sync::oneshot;

use super::batch::{Accepted, DecidedBatch, Verdict};
use super::kept::Kept;
use super::write::{Answer, Outcome, Render, Write};
use crate::error::{self, Error};
use crate::ports::{IdempotentResponse, LogHead};
use crate::services::Services;

pub(crate) struct Job {
    pub write: Write,
    pub reply: oneshot::Sender<Result<CommittedWrite, Error>>,
}

/// A committed write, which its caller answers.
pub(crate) enum CommittedWrite {
    Answered(Answer),
    ToRender(Box<ToRender>),
}

/// What an answer is made of.
pub(crate) struct ToRender {
    render: Render,
    decision: Decision,
    step: raally_domain::ids::StepId,
    plan: Plan,
    /// Where the log stood after the write.
    head: Head,
    replayed: bool,
    /// It takes long to make.
    much: bool,
}

/// An answer about more than that is made aside.
const SMALL: usize = 8;

impl CommittedWrite {
    /// Whether its answer takes little to make.
    pub(crate) fn is_small(&self) -> bool {
        match self {
            CommittedWrite::Answered(_) => true,
            CommittedWrite::ToRender(made_of) => {
                let decision = &made_of.decision;
                let few = decision.entities.len() <= SMALL && decision.touched.len() <= SMALL;
                few && !made_of.much
            }
        }
    }

    /// Where the write stands, if that is beyond the plan to answer from: another process made it,
    /// and the answer is asked for again here.
    pub(crate) fn ahead_of_plan(&self) -> Option<Head> {
        match self {
            CommittedWrite::ToRender(made_of) if made_of.head > made_of.plan.head() => {
                Some(made_of.head)
            }
            _ => None,
        }
    }

    /// The same, answered from that plan.
    pub(crate) fn on(mut self, plan: &Plan) -> CommittedWrite {
        if let CommittedWrite::ToRender(made_of) = &mut self {
            made_of.plan = plan.clone();
        }
        self
    }

    pub(crate) fn answer(self) -> Answer {
        match self {
            CommittedWrite::Answered(answer) => answer,
            CommittedWrite::ToRender(made_of) => Answer {
                rendered: (made_of.render)(&Outcome {
                    plan: &made_of.plan,
                    head: made_of.head,
                    decision: &made_of.decision,
                    step: made_of.step,
                }),
                head: made_of.plan.head(),
                replayed: made_of.replayed,
            },
        }
    }

    fn new((render, much): (Render, bool), accepted: Accepted) -> CommittedWrite {
        CommittedWrite::ToRender(Box::new(ToRender {
            render,
            decision: accepted.decision,
            step: accepted.step,
            head: accepted.plan.head(),
            plan: accepted.plan,
            replayed: false,
            much,
        }))
    }

    /// The answer given before, worked out again on a plan that has the write.
    fn again((render, much): (Render, bool), kept: &Kept, plan: Plan) -> CommittedWrite {
        CommittedWrite::ToRender(Box::new(ToRender {
            render,
            decision: kept.decision(),
            step: kept.step,
            head: kept.head,
            plan,
            replayed: true,
            much,
        }))
    }
}

/// What was taken from the queue and is not decided.
#[derive(Default)]
pub(crate) struct Waiting {
    pub jobs: VecDeque<Job>,
    pub looks: Vec<oneshot::Sender<Result<(), Error>>>,
    /// Nothing is taken from the queue any more.
    pub closing: bool,
}

/// Writes that are decided and not yet appended.
pub(crate) struct Proposal {
    /// Where the log must stand.
    pub base: LogHead,
    pub jobs: Vec<Job>,
    pub batch: DecidedBatch,
}

impl Job {
    /// The events that have to be read before it can be decided on that plan.
    pub(crate) fn rests_on(&self, plan: &Plan) -> Option<RangeInclusive<u64>> {
        let rests_on = self.write.rests_on.as_ref()?;
        rests_on(plan)
    }

    /// Whether deciding it on that plan takes little.
    pub(crate) fn is_small(&self, plan: &Plan) -> bool {
        (self.write.is_small)(plan)
    }
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.looks.is_empty()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.closing && self.is_empty()
    }

    /// Whether more may be taken from the queue to be decided ahead.
    pub(crate) fn may_be_joined(&self) -> bool {
        self.looks.is_empty() && !self.closing
    }

    /// They are decided before all others.
    pub(crate) fn put_back(&mut self, jobs: Vec<Job>) {
        for job in jobs.into_iter().rev() {
            self.jobs.push_front(job);
        }
    }

    pub(crate) fn first(&mut self, most: usize) -> Vec<Job> {
        let count = most.min(self.jobs.len());
        self.jobs.drain(..count).collect()
    }
}

impl Proposal {
    pub(crate) fn on(plan: &Plan) -> Proposal {
        Proposal {
            base: LogHead {
                head: plan.head(),
                hash: plan.last_hash(),
            },
            jobs: Vec::new(),
            batch: DecidedBatch::on(plan),
        }
    }

    /// Decides one more; `stored` is the answer kept under its key, `events` are what it rests on.
    pub(crate) fn take(
        &mut self,
        services: &Services,
        job: Job,
        stored: Option<IdempotentResponse>,
        events: &[Event],
    ) {
        self.batch.decide(services, &job.write, stored, events);
        self.jobs.push(job);
    }

    /// Whether somebody does not wait any more for what is about to be written.
    pub(crate) fn is_given_up(&self) -> bool {
        let mut decided = self.jobs.iter().zip(&self.batch.verdicts);
        decided
            .any(|(job, verdict)| matches!(verdict, Verdict::Accepted(_)) && job.reply.is_closed())
    }
}

/// Refuses the writes that ask for an address another workspace has, and leaves the others.
pub(crate) fn refuse_slug(
    jobs: &mut Vec<Job>,
    verdicts: &[Verdict],
    slug: &str,
) -> Result<(), Error> {
    let asks = |verdict: &Verdict| match verdict {
        Verdict::Accepted(a) => a.slug.as_deref() == Some(slug),
        _ => false,
    };
    let before = jobs.len();
    let mut kept = Vec::with_capacity(before);
    for (job, verdict) in std::mem::take(jobs).into_iter().zip(verdicts) {
        if asks(verdict) {
            let _ = job.reply.send(Err(error::slug_taken(slug)));
        } else {
            kept.push(job);
        }
    }
    *jobs = kept;
    if jobs.len() == before {
        return Err(error::slug_taken(slug));
    }
    Ok(())
}

pub(crate) fn reply(jobs: Vec<Job>, batch: DecidedBatch) {
    let last = batch.plan;
    let mut kept: Vec<Option<(Kept, Plan)>> = Vec::with_capacity(jobs.len());
    for (job, verdict) in jobs.into_iter().zip(batch.verdicts) {
        let render = (job.write.render, job.write.answers_much);
        let mut given = None;
        let result = match verdict {
            Verdict::Rejected(error) => Err(error),
            Verdict::Replayed(rendered) => Ok(CommittedWrite::Answered(Answer {
                rendered,
                head: last.head(),
                replayed: true,
            })),
            Verdict::Again(kept) => Ok(CommittedWrite::again(render, &kept, last.clone())),
            Verdict::Follows(at) => match kept.get(at).and_then(Option::as_ref) {
                Some((kept, plan)) => Ok(CommittedWrite::again(render, kept, plan.clone())),
                None => Err(Error::unavailable("the first request is still under way")),
            },
            Verdict::Accepted(accepted) => {
                if job.write.idempotency.is_some() {
                    let (plan, decision) = (&accepted.plan, &accepted.decision);
                    let kept = Kept::of(decision, plan.head(), accepted.step);
                    given = Some((kept, plan.clone()));
                }
                Ok(CommittedWrite::new(render, *accepted))
            }
        };
        kept.push(given);
        let _ = job.reply.send(result);
    }
}
