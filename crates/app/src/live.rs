//! What followers of a tenant are told of each step, and how they resume without a gap.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use raally_domain::event::{Actor, Event, Head};
use raally_domain::figures::{Touched, TouchedRows, touched, unite};
use raally_domain::ids::StepId;
use raally_domain::plan::Plan;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::error::Error;
use crate::tenants::Tenant;
use crate::tenants::tail;

/// One step, as followers hear of it: never values, only where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The seq of its first event.
    pub first: u64,
    /// The log's head after it.
    pub head: Head,
    /// Who did it.
    pub actor: Actor,
    /// Whose figures it changes, on which days.
    pub touched: Vec<Touched>,
    /// The ids of the entities it changed, each once.
    pub changed: Vec<Uuid>,
}

/// What a follower gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// Something was done.
    Step(Arc<Announcement>),
    /// Too far behind, or of an epoch that has ended: load again; what follows comes after this
    /// head.
    Reset(Head),
}

/// More rows than that in one step are announced as everybody.
const MAX_TOUCHED: usize = 200;

/// Gathers announcements, one a step, from events that follow one another.
pub(crate) struct Announcer {
    step: Option<Gathered>,
    done: Vec<Announcement>,
    epoch: u32,
}

struct Gathered {
    step: StepId,
    actor: Actor,
    first: u64,
    last: u64,
    touched: TouchedRows,
    changed: Vec<Uuid>,
    seen: HashSet<Uuid>,
}

impl Announcer {
    pub(crate) fn new(epoch: u32) -> Announcer {
        Announcer {
            step: None,
            done: Vec::new(),
            epoch,
        }
    }

    /// Takes note of an event; `plan` has it already.
    pub(crate) fn note(&mut self, event: &Event, plan: &Plan) {
        let gathered = self.event(event);
        for change in event.changes() {
            gathered.touched.add(touched(change, plan));
        }
    }

    /// Takes note of an event of a step whose decision said what it touches.
    pub(crate) fn note_decided(&mut self, event: &Event) {
        self.event(event);
    }

    /// Takes note of what the step of the last event touches.
    pub(crate) fn decided(&mut self, touched: &[Touched]) {
        if let Some(gathered) = &mut self.step {
            gathered.touched.add(touched.iter().copied());
        }
    }

    fn event(&mut self, event: &Event) -> &mut Gathered {
        if self.step.as_ref().is_some_and(|s| s.step != event.step.id) {
            self.end_step();
        }
        let gathered = self.step.get_or_insert_with(|| Gathered {
            step: event.step.id,
            actor: event.actor.clone(),
            first: event.seq,
            last: event.seq,
            touched: TouchedRows::default(),
            changed: Vec::new(),
            seen: HashSet::new(),
        });
        gathered.last = event.seq;
        let id = event.change.entity().id;
        if gathered.seen.insert(id) {
            gathered.changed.push(id);
        }
        gathered
    }

    /// The announcements gathered.
    pub(crate) fn finish(&mut self) -> Vec<Announcement> {
        self.end_step();
        std::mem::take(&mut self.done)
    }

    fn end_step(&mut self) {
        let Some(gathered) = self.step.take() else {
            return;
        };
        self.done.push(Announcement {
            first: gathered.first,
            head: Head {
                epoch: self.epoch,
                seq: gathered.last,
            },
            actor: gathered.actor,
            touched: bounded(gathered.touched.into_rows()),
            changed: gathered.changed,
        });
    }
}

/// The days of each row; of very many rows, everybody's from the first day to the last.
fn bounded(rows: Vec<Touched>) -> Vec<Touched> {
    if rows.len() <= MAX_TOUCHED {
        return rows;
    }
    everybody(&rows)
}

/// Everybody's days, from the first of these to the last.
pub(crate) fn everybody(rows: &[Touched]) -> Vec<Touched> {
    unite(rows.iter().map(|row| Touched {
        person_id: None,
        placeholder_id: None,
        ..*row
    }))
}

/// Follows a tenant's steps from a head on, without gap or duplicate.
pub struct Follower {
    tenant: Arc<Tenant>,
    receiver: broadcast::Receiver<Option<Live>>,
    at: Head,
    pending: VecDeque<Live>,
    /// What comes next has to be read from the log.
    behind: bool,
}

impl Follower {
    /// Begins after that head; `None`: with what comes.
    pub(crate) async fn start(tenant: Arc<Tenant>, after: Option<Head>) -> Result<Follower, Error> {
        let receiver = tenant.listen();
        let here = tenant.look().await?.head();
        // Wakes the sequencer to look for news from now on.
        tenant.request_refresh();
        let mut follower = Follower {
            tenant,
            receiver,
            at: after.unwrap_or(here),
            pending: VecDeque::new(),
            behind: true,
        };
        follower.backfill().await?;
        Ok(follower)
    }

    /// The head up to which steps have been handed out or are about to be.
    #[must_use]
    pub fn at(&self) -> Head {
        self.at
    }

    /// The tenant followed.
    #[must_use]
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// The next step. `None`: the tenant was closed; follow again from [`Follower::at`].
    /// Safe to cancel while it waits.
    pub async fn next(&mut self) -> Option<Result<Live, Error>> {
        loop {
            if let Some(live) = self.pending.pop_front() {
                return Some(Ok(live));
            }
            if self.behind {
                if let Err(error) = self.backfill().await {
                    return Some(Err(error));
                }
                continue;
            }
            match self.receiver.recv().await {
                Ok(Some(Live::Reset(head))) => {
                    if head != self.at {
                        self.at = head;
                        return Some(Ok(Live::Reset(head)));
                    }
                }
                Ok(Some(Live::Step(step))) if step.head <= self.at => {}
                Ok(Some(Live::Step(step)))
                    if step.head.epoch == self.at.epoch && step.first <= self.at.seq + 1 =>
                {
                    self.at = step.head;
                    return Some(Ok(Live::Step(step)));
                }
                Ok(Some(Live::Step(_))) | Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.behind = true;
                }
                Ok(None) | Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// What lies between is not told: whoever follows is to load again.
    fn reset(&mut self, head: Head) {
        self.at = head;
        self.behind = false;
        self.pending.push_back(Live::Reset(head));
    }

    /// Takes what lies between here and the published plan from the log.
    async fn backfill(&mut self) -> Result<(), Error> {
        let plan = self.tenant.published();
        let head = plan.head();
        if head == self.at {
            self.behind = false;
            return Ok(());
        }
        let behind = head.seq.checked_sub(self.at.seq);
        let within = behind.is_some_and(|b| b <= self.tenant.backlog());
        if head.epoch != self.at.epoch || !within {
            self.reset(head);
            return Ok(());
        }
        let limit = usize::try_from(head.seq - self.at.seq).unwrap_or(usize::MAX);
        let store = self.tenant.store();
        let logged = store.events(plan.tenant(), self.at.seq, limit).await?;
        // What is more than a page is more than is told one by one.
        if logged.last().is_none_or(|last| last.seq < head.seq) {
            self.reset(head);
            return Ok(());
        }
        let mut announcer = Announcer::new(head.epoch);
        for event in tail::closed(&logged)? {
            announcer.note(&event, &plan);
        }
        self.at = head;
        self.behind = false;
        let steps = announcer.finish().into_iter();
        self.pending.extend(steps.map(|a| Live::Step(Arc::new(a))));
        Ok(())
    }
}
