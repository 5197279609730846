//! The one writer of a tenant in this process: takes what is queued, decides it in turn, and
//! commits it together.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::decide::Decision;
use raally_domain::event::Head;
use raally_domain::plan::Plan;
use tokio::sync::{mpsc, oneshot};

use super::batch::{self, Accepted, Batch, Verdict};
use super::load::{self, Caught};
use super::shared::Shared;
use super::write::{Answer, Outcome, Render, Rendered, Write};
use crate::error::{self, Error};
use crate::live::{Announcer, Live};
use crate::ports::{
    Append, AppendError, AppendStep, Batch as StoreBatch, EventTrace, IdempotentResponse, LogHead,
};

/// What a sequencer is asked.
pub(crate) enum Request {
    Write(Job),
    /// Look whether another process wrote.
    CatchUp(oneshot::Sender<Result<(), Error>>),
    /// End, though handles are still held; what was queued before is done.
    Close,
}

pub(crate) struct Job {
    pub write: Write,
    pub reply: oneshot::Sender<Result<CommittedWrite, Error>>,
}

/// A committed write; where its answer is not stored, its caller renders it.
pub(crate) enum CommittedWrite {
    Answered(Answer),
    ToRender {
        render: Render,
        decision: Decision,
        step: raally_domain::ids::StepId,
        plan: Box<Plan>,
    },
}

impl CommittedWrite {
    pub(crate) fn answer(self) -> Answer {
        match self {
            CommittedWrite::Answered(answer) => answer,
            CommittedWrite::ToRender {
                render,
                decision,
                step,
                plan,
            } => Answer {
                rendered: render(&Outcome {
                    plan: &plan,
                    decision: &decision,
                    step,
                }),
                head: plan.head(),
                replayed: false,
            },
        }
    }
}

/// Where several processes write to a tenant, the one that has just written lets the others have
/// their turn for a random part of this.
const TURN: Duration = Duration::from_millis(8);

pub(crate) struct Sequencer {
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
}

impl Sequencer {
    pub(crate) fn new(shared: Arc<Shared>, requests: mpsc::Receiver<Request>) -> Sequencer {
        Sequencer { shared, requests }
    }

    /// Works until every handle to the tenant is gone, or its log cannot be followed.
    pub(crate) async fn run(mut self) {
        let mut requests = Vec::new();
        let most = self.shared.config.batch;
        loop {
            let poll = tokio::time::sleep(self.shared.config.max_staleness);
            tokio::select! {
                taken = self.requests.recv_many(&mut requests, most) => if taken == 0 { break },
                // Followers hear of what other processes write even if nobody asks.
                () = poll, if self.shared.live.receiver_count() > 0 => {
                    if let Err(error) = self.catch_up().await {
                        tracing::warn!(tenant = %self.shared.tenant, error = error.causes(), "a log could not be read for what other processes wrote");
                    }
                    continue;
                }
            }
            let closing = requests.iter().any(|r| matches!(r, Request::Close));
            let writes = requests.iter().any(|r| matches!(r, Request::Write(_)));
            self.serve(requests.drain(..)).await;
            if writes && self.shared.is_contended() {
                // Whoever lost to us needs a moment to catch up and write. What is asked
                // meanwhile shares our next commit.
                tokio::time::sleep(self.shared.services.jitter(TURN)).await;
            }
            if closing || self.shared.failed().is_some() {
                break;
            }
        }
        // Followers that are left are to follow again, from a tenant opened anew.
        let _ = self.shared.live.send(None);
        self.shared.save_last().await;
    }

    async fn serve(&mut self, requests: impl Iterator<Item = Request>) {
        let mut jobs = Vec::new();
        let mut asked = Vec::new();
        for request in requests {
            match request {
                Request::Write(job) => jobs.push(job),
                Request::CatchUp(reply) => asked.push(reply),
                Request::Close => {}
            }
        }
        if !asked.is_empty() {
            let result = self.catch_up().await;
            for reply in asked {
                let _ = reply.send(result.clone());
            }
        }
        if let Err((jobs, error)) = self.commit(jobs).await {
            tracing::warn!(tenant = %self.shared.tenant, error = error.causes(), writes = jobs.len(), "a batch of writes could not be appended");
            for job in jobs {
                let _ = job.reply.send(Err(error.clone()));
            }
        }
    }

    /// Decides and appends, again where another process wrote first. On an error nothing of it
    /// is published, and the jobs that got no reply yet come back.
    async fn commit(&self, mut jobs: Vec<Job>) -> Result<(), (Vec<Job>, Error)> {
        let config = &self.shared.config;
        let mut tries = 0;
        loop {
            // A caller who has gone must not be surprised by a write it gave up on.
            jobs.retain(|job| !job.reply.is_closed());
            if jobs.is_empty() {
                return Ok(());
            }
            match self.attempt(&mut jobs).await {
                Ok(Attempt::Done) => return Ok(()),
                Ok(Attempt::Again) => {}
                Ok(Attempt::Moved) => {
                    self.shared.contended();
                    tries += 1;
                    if tries > 1 {
                        // Two that lose to each other must not stay in step.
                        tokio::time::sleep(self.shared.services.jitter(TURN / 4)).await;
                    }
                    if tries > config.retries {
                        let error =
                            Error::unavailable("others are writing to this workspace: try again");
                        return Err((jobs, error));
                    }
                    if let Err(error) = self.catch_up().await {
                        return Err((jobs, error));
                    }
                }
                Err(error) => return Err((jobs, error)),
            }
        }
    }

    async fn attempt(&self, jobs: &mut Vec<Job>) -> Result<Attempt, Error> {
        let services = &self.shared.services;
        let stored = self.stored_responses(jobs).await?;
        let before = self.shared.plan.load_full();
        let mut batch = batch::decide(services, &before, jobs.iter().map(|j| &j.write), stored);
        let expected = LogHead {
            head: before.head(),
            hash: before.last_hash(),
        };
        if batch.steps.is_empty() {
            // Nothing to append that would show a newer log: a rejection must not rest on an
            // old one.
            let rejected = |v: &Verdict| matches!(v, Verdict::Rejected(_));
            if batch.verdicts.iter().any(rejected)
                && services.store.head(before.tenant()).await? != Some(expected)
            {
                return Ok(Attempt::Moved);
            }
        } else {
            let steps = std::mem::take(&mut batch.steps);
            let traces = std::mem::take(&mut batch.traces);
            match self.append(expected, steps, traces).await {
                Ok(()) => {}
                Err(AppendError::HeadMoved { .. }) => return Ok(Attempt::Moved),
                Err(error @ AppendError::Suspended(_)) => {
                    self.shared.suspend(true);
                    return Err(error.into());
                }
                Err(AppendError::SlugTaken(slug)) => {
                    return refuse_slug(jobs, &batch.verdicts, &slug);
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.publish(&before, &mut batch);
        reply(std::mem::take(jobs), batch);
        Ok(Attempt::Done)
    }

    async fn append(
        &self,
        expected: LogHead,
        steps: Vec<AppendStep>,
        traces: Vec<EventTrace>,
    ) -> Result<(), AppendError> {
        let append = Append {
            tenant: self.shared.tenant,
            expected: Some(expected),
            steps,
        };
        let batch = StoreBatch {
            appends: vec![append],
            traces,
            ..StoreBatch::default()
        };
        self.shared.services.store.append(batch).await
    }

    async fn stored_responses(
        &self,
        jobs: &[Job],
    ) -> Result<Vec<Option<IdempotentResponse>>, Error> {
        let services = &self.shared.services;
        let now = services.now();
        let reads = jobs.iter().map(|job| async move {
            match &job.write.idempotency {
                Some(key) => {
                    let tenant = self.shared.tenant;
                    services
                        .store
                        .idempotent_response(tenant, key.user, &key.key, now)
                        .await
                }
                None => Ok(None),
            }
        });
        Ok(futures::future::try_join_all(reads).await?)
    }

    fn publish(&self, before: &Plan, batch: &mut Batch) {
        if batch.plan.head() == before.head() {
            return;
        }
        let plan = batch.plan.clone();
        let steps = std::mem::take(&mut batch.announcements);
        let steps = steps.into_iter().map(|a| Live::Step(Arc::new(a)));
        let head = plan.head();
        self.shared.publish(plan, steps.collect());
        self.shared.committed.publish(self.shared.tenant, head);
    }

    /// Takes over what other processes wrote. Where the log cannot be followed, the tenant is
    /// marked as failed: nothing more is answered from a plan that may be wrong.
    async fn catch_up(&self) -> Result<(), Error> {
        let before = self.shared.plan.load_full();
        let mut announcer = Announcer::new(before.head().epoch);
        let store = &self.shared.services.store;
        let catching_up = load::catch_up(store, &before, |event, plan| {
            announcer.note(event, plan);
        });
        let tenant_status = load::suspended(store, self.shared.tenant);
        let (caught, suspended) = tokio::join!(catching_up, tenant_status);
        self.shared.suspend(suspended?);
        match caught {
            Ok(Caught::Same) => {}
            Ok(Caught::Ahead(plan)) => {
                let steps = announcer.finish().into_iter();
                let steps = steps.map(|a| Live::Step(Arc::new(a)));
                self.shared.publish(plan, steps.collect());
            }
            Ok(Caught::Reset(plan)) => {
                let head: Head = plan.head();
                tracing::warn!(tenant = %self.shared.tenant, %head, "the log began a new epoch");
                self.shared.publish(plan, vec![Live::Reset(head)]);
            }
            Ok(Caught::Gone) => {
                let error = crate::access::no_workspace();
                self.shared.fail(error.clone());
                return Err(error);
            }
            Err(error) => {
                if load::is_broken(&error) {
                    tracing::error!(tenant = %self.shared.tenant, error = error.causes(), "a log could not be applied to its plan: the workspace is closed here");
                    self.shared.fail(error.clone());
                }
                return Err(error);
            }
        }
        self.shared.mark_fresh();
        Ok(())
    }
}

enum Attempt {
    Done,
    /// The log stands elsewhere: catch up first.
    Moved,
    /// A job was refused; decide the others again.
    Again,
}

/// Refuses the writes that ask for an address another workspace has.
fn refuse_slug(jobs: &mut Vec<Job>, verdicts: &[Verdict], slug: &str) -> Result<Attempt, Error> {
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
    Ok(Attempt::Again)
}

fn reply(jobs: Vec<Job>, batch: Batch) {
    let head = batch.plan.head();
    let mut answers: Vec<Option<(Rendered, Head)>> = Vec::with_capacity(jobs.len());
    for (job, verdict) in jobs.into_iter().zip(batch.verdicts) {
        let mut answer = None;
        let replayed = |rendered: Rendered, head: Head| {
            CommittedWrite::Answered(Answer {
                rendered,
                head,
                replayed: true,
            })
        };
        let result = match verdict {
            Verdict::Rejected(error) => Err(error),
            Verdict::Replayed(rendered) => Ok(replayed(rendered, head)),
            Verdict::Follows(at) => match answers.get(at).cloned().flatten() {
                Some((rendered, head)) => Ok(replayed(rendered, head)),
                None => Err(Error::unavailable("the first request is still under way")),
            },
            Verdict::Accepted(accepted) => {
                let accepted = *accepted;
                answer = accepted.rendered.clone().map(|r| (r, accepted.plan.head()));
                Ok(committed(job.write.render, accepted))
            }
        };
        answers.push(answer);
        let _ = job.reply.send(result);
    }
}

fn committed(render: Render, accepted: Accepted) -> CommittedWrite {
    match accepted.rendered {
        Some(rendered) => CommittedWrite::Answered(Answer {
            rendered,
            head: accepted.plan.head(),
            replayed: false,
        }),
        None => CommittedWrite::ToRender {
            render,
            decision: accepted.decision,
            step: accepted.step,
            plan: Box::new(accepted.plan),
        },
    }
}
