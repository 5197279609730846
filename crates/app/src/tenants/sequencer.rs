//! The one writer of a tenant in this process: takes what is queued, decides it in turn, and
//! commits it together.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, MaybeDone, maybe_done};
use parking_lot::Mutex;
use raally_domain::event::{Event, Head};
use raally_domain::plan::Plan;
use tokio::sync::{mpsc, oneshot};

use super::load::{self, Caught};
use super::proposal::{self, Job, Proposal, Waiting};
use super::shared::Shared;
use super::tail;
use crate::error::Error;
use crate::live::{Announcer, Live};
use crate::ports::{Append, AppendError, Batch, IdempotentResponse};

/// What a sequencer is asked.
pub(crate) enum Request {
    Write(Job),
    /// Look whether another process wrote.
    CatchUp(oneshot::Sender<Result<(), Error>>),
    /// End, though handles are still held; what was queued before is done.
    Close,
}

/// Where several processes write to a tenant, the one that has just written waits for a random
/// part of this, in which the others write.
const BACKOFF: Duration = Duration::from_millis(8);

pub(crate) struct Sequencer {
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
    /// Room for what is taken from the queue at once.
    taken: Vec<Request>,
    waiting: Waiting,
    /// How often in a row another process wrote first.
    tries: u32,
}

/// An append on its way, which goes on while it is not looked at.
type Commit = Pin<Box<MaybeDone<BoxFuture<'static, Result<(), AppendError>>>>>;

/// So many writes are decided ahead between two looks at the commit under way.
const BITE: usize = 16;

impl Sequencer {
    pub(crate) fn new(shared: Arc<Shared>, requests: mpsc::Receiver<Request>) -> Sequencer {
        Sequencer {
            shared,
            requests,
            taken: Vec::new(),
            waiting: Waiting::default(),
            tries: 0,
        }
    }

    /// Works until every handle to the tenant is gone, or its log cannot be followed.
    pub(crate) async fn run(mut self) {
        let most = self.shared.config.batch;
        while !self.waiting.is_done() && self.shared.failed().is_none() {
            if self.waiting.is_empty() {
                let poll = tokio::time::sleep(self.shared.config.max_staleness);
                let is_followed = self.shared.live.receiver_count() > 0;
                tokio::select! {
                    () = self.take(most) => {}
                    // Followers hear of what other processes write even if nobody asks.
                    () = poll, if is_followed => {
                        if let Err(error) = self.catch_up().await {
                            tracing::warn!(tenant = %self.shared.tenant, error = error.causes(), "a log could not be read for what other processes wrote");
                        }
                        continue;
                    }
                }
            }
            self.look().await;
            let writes = !self.waiting.jobs.is_empty();
            self.write().await;
            if writes && self.shared.is_contended() {
                // Whoever lost to us needs a moment to catch up and write. What is asked
                // meanwhile shares our next commit.
                tokio::time::sleep(self.shared.services.jitter(BACKOFF)).await;
            }
        }
        // Followers that are left are to follow again, from a tenant opened anew.
        let _ = self.shared.live.send(None);
        self.shared.save_last().await;
    }

    /// Waits for requests and takes them from the queue. Loses none where it is cancelled.
    async fn take(&mut self, most: usize) {
        if self.requests.recv_many(&mut self.taken, most).await == 0 {
            self.waiting.closing = true;
        }
        for request in self.taken.drain(..) {
            match request {
                Request::Write(job) => self.waiting.jobs.push_back(job),
                Request::CatchUp(reply) => self.waiting.looks.push(reply),
                Request::Close => self.waiting.closing = true,
            }
        }
    }

    /// Catches up where that was asked for.
    async fn look(&mut self) {
        let looks = std::mem::take(&mut self.waiting.looks);
        if looks.is_empty() {
            return;
        }
        let result = self.catch_up().await;
        for reply in looks {
            let _ = reply.send(result.clone());
        }
    }

    /// Decides what waits and commits it. While a commit is under way, what is asked is decided
    /// on the plan that it will leave, and committed next. Should a commit fail, nothing of it is
    /// published, and what was decided ahead stood on it: that is decided anew.
    async fn write(&mut self) {
        let Some(mut current) = self.propose().await else {
            return;
        };
        let mut commit = self.begin(&mut current).await;
        loop {
            let (result, ahead) = self.decide_meanwhile(&mut commit, &current).await;
            if let Err(error) = result {
                if let Some(ahead) = ahead {
                    self.waiting.put_back(ahead.jobs);
                }
                return self.not_committed(current, error).await;
            }
            self.tries = 0;
            match ahead {
                None => return self.done(current),
                // A caller who has gone must not be surprised by a write it gave up on.
                Some(ahead) if ahead.is_given_up() => {
                    self.waiting.put_back(ahead.jobs);
                    return self.done(current);
                }
                Some(mut ahead) => {
                    commit = self.begin(&mut ahead).await;
                    self.done(std::mem::replace(&mut current, ahead));
                }
            }
        }
    }

    /// Decides what waits on the published plan.
    async fn propose(&mut self) -> Option<Proposal> {
        let most = self.shared.config.batch;
        let stored = match self.stored_answers(most).await {
            Ok(stored) => stored,
            Err(error) => {
                let jobs = self.waiting.first(most);
                self.refuse(jobs, &error);
                return None;
            }
        };
        let plan = self.shared.plan.load_full();
        let mut proposal = Proposal::on(&plan);
        for stored in stored {
            let Some(job) = self.waiting.jobs.pop_front() else {
                break;
            };
            let services = &self.shared.services;
            if stored.is_some() {
                proposal.take(services, job, stored, &[]);
                continue;
            }
            let rests_on = match job.rests_on(&proposal.batch.plan) {
                // What is decided and not committed stands in no log.
                Some(events) if *events.end() > proposal.base.head.seq => {
                    self.waiting.jobs.push_front(job);
                    break;
                }
                Some(events) => match tail::read(services, self.shared.tenant, events).await {
                    Ok(events) => events,
                    Err(error) => {
                        let _ = job.reply.send(Err(error.into()));
                        continue;
                    }
                },
                None => Vec::new(),
            };
            if job.is_small(&proposal.batch.plan) {
                proposal.take(services, job, None, &rests_on);
                continue;
            }
            // What is decided so far need not wait for the next that takes long.
            proposal = self.take_aside(proposal, job, rests_on).await?;
            break;
        }
        (!proposal.jobs.is_empty()).then_some(proposal)
    }

    /// Decides one more aside, when it is this workspace's turn; reads are answered meanwhile.
    /// `None` where the process is ending.
    async fn take_aside(
        &self,
        mut proposal: Proposal,
        job: Job,
        rests_on: Vec<Event>,
    ) -> Option<Proposal> {
        let services = self.shared.services.clone();
        let turn = match services.cpu.turn(self.shared.tenant.0).await {
            Ok(turn) => turn,
            Err(error) => {
                let _ = job.reply.send(Err(error));
                return Some(proposal);
            }
        };
        if job.reply.is_closed() {
            return Some(proposal);
        }
        let deciding = move || {
            proposal.take(&services, job, None, &rests_on);
            proposal
        };
        turn.run(deciding).await.ok()
    }

    /// Waits for the end of a commit, and decides meanwhile what is asked.
    async fn decide_meanwhile(
        &mut self,
        commit: &mut Commit,
        current: &Proposal,
    ) -> (Result<(), AppendError>, Option<Proposal>) {
        let mut ahead = None;
        loop {
            tokio::select! {
                biased;
                () = commit.as_mut() => {
                    let result = commit.as_mut().take_output();
                    return (result.expect("its output is taken once"), ahead);
                }
                () = self.decide_ahead(current, &mut ahead) => {}
            }
        }
    }

    /// Decides a few more writes on the plan that `current` leaves. Loses none where it is
    /// cancelled; waits for ever where nothing may be decided ahead.
    async fn decide_ahead(&mut self, current: &Proposal, ahead: &mut Option<Proposal>) {
        let most = self.shared.config.batch;
        let room = most - ahead.as_ref().map_or(0, |ahead| ahead.jobs.len());
        let bite = room.min(BITE);
        // Where others write, too, it would most likely be decided in vain.
        let may = bite > 0 && self.waiting.may_be_joined() && !self.shared.is_contended();
        let plan = ahead
            .as_ref()
            .map_or(&current.batch.plan, |a| &a.batch.plan);
        // What takes long waits for its turn, or for the log to be read, which the commit under
        // way must not wait for.
        let waits = |job: &Job, plan: &Plan| {
            let aside = job.write.rests_on.is_some() || !job.is_small(plan);
            aside || current.batch.answers(&job.write)
        };
        if !may
            || self
                .waiting
                .jobs
                .front()
                .is_some_and(|job| waits(job, plan))
        {
            return std::future::pending().await;
        }
        if self.waiting.jobs.is_empty() {
            return self.take(bite).await;
        }
        let Ok(stored) = self.stored_answers(bite).await else {
            // It is asked for again, and its failure told, after the commit.
            return std::future::pending().await;
        };
        let ahead = ahead.get_or_insert_with(|| Proposal::on(&current.batch.plan));
        for stored in stored {
            // A request whose answer is about to be stored waits for that.
            let plan = &ahead.batch.plan;
            let next = self.waiting.jobs.pop_front_if(|job| !waits(job, plan));
            let Some(job) = next else { break };
            ahead.take(&self.shared.services, job, stored, &[]);
        }
    }

    /// Begins to append; what is appended next is decided meanwhile.
    async fn begin(&self, proposal: &mut Proposal) -> Commit {
        let store = Arc::clone(&self.shared.services.store);
        let base = proposal.base;
        let append = Append {
            tenant: self.shared.tenant,
            expected: Some(base),
            steps: std::mem::take(&mut proposal.batch.steps),
        };
        let traces = std::mem::take(&mut proposal.batch.traces);
        let rejects = proposal.batch.rejects();
        let appending = async move {
            if !append.steps.is_empty() {
                let batch = Batch {
                    appends: vec![append],
                    traces,
                    ..Batch::default()
                };
                return store.append(batch).await;
            }
            // Nothing to append that would show a newer log: a rejection must not rest on an
            // old one.
            let tenant = append.tenant;
            match rejects {
                false => Ok(()),
                true => match store.head(tenant).await? {
                    Some(head) if head == base => Ok(()),
                    actual => Err(AppendError::HeadMoved { tenant, actual }),
                },
            }
        };
        let mut commit: Commit = Box::pin(maybe_done(appending.boxed()));
        // The first poll hands it to the store.
        let _ = futures::poll!(commit.as_mut());
        commit
    }

    /// Publishes what is committed and tells whoever asked for it.
    fn done(&self, mut committed: Proposal) {
        self.publish(&mut committed);
        proposal::reply(committed.jobs, committed.batch);
    }

    /// Nothing of it is committed: decides it again where another process wrote first.
    async fn not_committed(&mut self, proposal: Proposal, error: AppendError) {
        let Proposal {
            mut jobs, batch, ..
        } = proposal;
        match error {
            AppendError::HeadMoved { .. } => {
                if let Err(error) = self.moved().await {
                    return self.refuse(jobs, &error);
                }
                self.waiting.put_back(jobs);
            }
            AppendError::SlugTaken(slug) => {
                match proposal::refuse_slug(&mut jobs, &batch.verdicts, &slug) {
                    Ok(()) => self.waiting.put_back(jobs),
                    Err(error) => self.refuse(jobs, &error),
                }
            }
            error => {
                if matches!(error, AppendError::Suspended(_)) {
                    self.shared.suspend(true);
                }
                self.refuse(jobs, &error.into());
            }
        }
    }

    /// Another process wrote first: takes that over.
    async fn moved(&mut self) -> Result<(), Error> {
        self.shared.contended();
        self.tries += 1;
        if self.tries > 1 {
            // Two that lose to each other must not stay in step.
            tokio::time::sleep(self.shared.services.jitter(BACKOFF / 4)).await;
        }
        if self.tries > self.shared.config.retries {
            self.tries = 0;
            return Err(Error::unavailable(
                "others are writing to this workspace: try again",
            ));
        }
        self.catch_up().await
    }

    fn refuse(&self, jobs: Vec<Job>, error: &Error) {
        tracing::warn!(tenant = %self.shared.tenant, error = error.causes(), writes = jobs.len(), "a batch of writes could not be appended");
        for job in jobs {
            let _ = job.reply.send(Err(error.clone()));
        }
    }

    /// The answers kept under the keys of the first that wait. Those whose callers have gone are
    /// dropped: they must not be surprised by a write they gave up on.
    async fn stored_answers(
        &mut self,
        most: usize,
    ) -> Result<Vec<Option<IdempotentResponse>>, Error> {
        self.waiting.jobs.retain(|job| !job.reply.is_closed());
        let shared = &self.shared;
        let services = &shared.services;
        let now = services.now();
        let reads = self.waiting.jobs.iter().take(most).map(|job| async move {
            match &job.write.idempotency {
                Some(key) => {
                    let tenant = shared.tenant;
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

    fn publish(&self, committed: &mut Proposal) {
        let plan = &committed.batch.plan;
        let head = plan.head();
        if head == committed.base.head {
            return;
        }
        let steps = std::mem::take(&mut committed.batch.announcements);
        let steps = steps.into_iter().map(|a| Live::Step(Arc::new(a)));
        self.shared.publish(plan.clone(), steps.collect());
        self.shared.committed.publish(self.shared.tenant, head);
    }

    /// Takes over what other processes wrote. Where the log cannot be followed, the tenant is
    /// marked as failed: nothing more is answered from a plan that may be wrong.
    async fn catch_up(&self) -> Result<(), Error> {
        let before = self.shared.plan.load_full();
        let announcer = Arc::new(Mutex::new(Announcer::new(before.head().epoch)));
        let store = &self.shared.services.store;
        let noting = Arc::clone(&announcer);
        let note = move |event: &Event, plan: &Plan| noting.lock().note(event, plan);
        let catching_up = load::catch_up(&self.shared.services, &before, note);
        let standing = load::suspended(store, self.shared.tenant);
        let (caught, suspended) = tokio::join!(catching_up, standing);
        self.shared.suspend(suspended?);
        match caught {
            Ok(Caught::Same) => {}
            Ok(Caught::Ahead(plan)) => {
                let steps = announcer.lock().finish().into_iter();
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
                    tracing::error!(tenant = %self.shared.tenant, error = error.causes(), "the log cannot be followed");
                    self.shared.fail(error.clone());
                }
                return Err(error);
            }
        }
        self.shared.mark_fresh();
        Ok(())
    }
}
