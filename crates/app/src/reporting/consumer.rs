//! Notes what events touch.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::date::Date;
use raally_domain::event::{Change, Event, chain_hash};
use raally_domain::figures::touched;
use raally_domain::ids::{PersonId, TenantId};
use raally_domain::plan::Plan;

use super::REPORTING;
use crate::consumers::{Applied, ConsumeError, EventBatch, Projection};
use crate::error::Error;
use crate::ports::{DirtyRange, DirtySubject, Message, Reporting};
use crate::tenants::Tenants;

/// Marks the rows that events make out of date.
pub struct ReportingConsumer {
    tenants: Tenants,
    reporting: Arc<dyn Reporting>,
}

impl ReportingConsumer {
    /// `None` where there are no reporting tables.
    #[must_use]
    pub fn new(tenants: Tenants) -> Option<ReportingConsumer> {
        let reporting = Arc::clone(tenants.services().reporting.as_ref()?);
        Some(ReportingConsumer { tenants, reporting })
    }

    /// The plan with the event `seq` applied, and perhaps later ones: those touch what they touch
    /// themselves.
    async fn plan(&self, tenant: TenantId, seq: u64) -> Result<Arc<Plan>, Error> {
        let plan = self.tenants.open(tenant).await?.reaching(seq).await?;
        if plan.head().seq < seq {
            return Err(Error::unavailable("the plan is behind its events"));
        }
        Ok(plan)
    }
}

/// Dirty ranges, one a subject.
#[derive(Default)]
struct DirtyRanges(BTreeMap<DirtySubject, DirtyRange>);

impl DirtyRanges {
    fn add(&mut self, subject: DirtySubject, days: Option<(Date, Date)>, seq: u64) {
        let empty = || DirtyRange {
            subject,
            days: None,
            seq,
        };
        let dirty = self.0.entry(subject).or_insert_with(empty);
        dirty.seq = seq;
        dirty.days = match (dirty.days, days) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (one, other) => one.or(other),
        };
    }

    /// The days on which a change makes figures wrong.
    fn touch_days(&mut self, change: &Change, after: &Plan, seq: u64) {
        for t in touched(change, after) {
            let subject = match (t.person_id, t.placeholder_id) {
                (Some(person), _) => DirtySubject::Person(person),
                (None, Some(_)) => continue,
                (None, None) => DirtySubject::Everyone,
            };
            self.add(subject, Some((t.from, t.to)), seq);
        }
    }

    /// What of the tables an event makes wrong.
    fn touch(&mut self, event: &Event, after: &Plan) {
        for change in event.changes() {
            if let Some(person) = renamed(change) {
                self.add(DirtySubject::Person(person), None, event.seq);
                continue;
            }
            self.touch_days(change, after, event.seq);
        }
        match &event.change {
            Change::Project(d) => self.add(DirtySubject::Project(d.id), None, event.seq),
            // Its name stands in the rows of its projects.
            Change::Client(d) => {
                let projects = after.projects().values();
                for project in projects.filter(|p| p.project.client_id == Some(d.id)) {
                    self.add(DirtySubject::Project(project.id), None, event.seq);
                }
            }
            // Its name stands in the rows of its people.
            Change::Team(_) => self.add(DirtySubject::Everyone, None, event.seq),
            _ => {}
        }
    }
}

/// The person of a change that leaves every day's figures as they are.
fn renamed(change: &Change) -> Option<PersonId> {
    let Change::Person(diff) = change else {
        return None;
    };
    let (before, after) = (diff.before.as_ref()?, diff.after.as_ref()?);
    (before.employment == after.employment).then_some(diff.id)
}

fn read(message: &Message) -> Result<Event, ConsumeError> {
    Event::read_trusted(message.seq, &message.body).map_err(ConsumeError::unreadable)
}

#[async_trait]
impl Projection for ReportingConsumer {
    fn name(&self) -> &'static str {
        REPORTING
    }

    /// Also what touches nothing: how far the tables are is part of them.
    fn wants(&self, _: &str) -> bool {
        true
    }

    async fn apply(&self, batch: &EventBatch<'_>) -> Result<Applied, ConsumeError> {
        let Some(tenant) = batch.first.message.stream.tenant() else {
            return Ok(Applied::Skipped(batch.first.message.seq));
        };
        let mut events = vec![read(batch.first.message)?];
        // An event that cannot be read is refused when it is the first of its batch.
        events.extend(batch.lookahead.iter().map_while(|m| read(m).ok()));
        match self.mark(batch, tenant, &events).await {
            // One of the later events may have been lost with its commit: the first goes alone.
            Err(_) if events.len() > 1 => self.mark(batch, tenant, &events[..1]).await,
            marked => marked,
        }
    }
}

impl ReportingConsumer {
    /// Marks what these events touch: the batch's first and some of those after it.
    async fn mark(
        &self,
        batch: &EventBatch<'_>,
        tenant: TenantId,
        events: &[Event],
    ) -> Result<Applied, ConsumeError> {
        let messages = std::iter::once(batch.first.message).chain(batch.lookahead);
        let last = events.iter().zip(messages).last();
        let commit = last.map_or(batch.commit(), |(event, message)| {
            batch.commit_through(event.seq, chain_hash(&event.previous, &message.body))
        });
        let plan = self.plan(tenant, commit.to).await;
        let plan = plan.map_err(ConsumeError::from)?;
        let mut ranges = DirtyRanges::default();
        for event in events {
            ranges.touch(event, &plan);
        }
        let dirty: Vec<DirtyRange> = ranges.0.into_values().collect();
        if !self.reporting.mark_dirty(commit, &dirty).await? {
            return Err(ConsumeError::taken_over());
        }
        self.tenants.services().reporting_marked.notify_one();
        Ok(Applied::Through(commit.to))
    }
}
