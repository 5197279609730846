//! Notes what events touch.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::date::Date;
use raally_domain::event::{Change, Event, chain_hash};
use raally_domain::figures::touched;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use tokio::sync::Notify;

use super::REPORTING;
use crate::consumers::{Consumer, Effect, Given, Refusal};
use crate::error::Error;
use crate::ports::{Dirt, Message, Passage, Reporting, Subject};
use crate::tenants::Tenants;

pub struct ReportingConsumer {
    tenants: Tenants,
    reporting: Arc<dyn Reporting>,
    marked: Arc<Notify>,
}

impl ReportingConsumer {
    /// `marked` is told whenever there is something to work out.
    #[must_use]
    pub fn new(
        tenants: Tenants,
        reporting: Arc<dyn Reporting>,
        marked: Arc<Notify>,
    ) -> ReportingConsumer {
        ReportingConsumer {
            tenants,
            reporting,
            marked,
        }
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

/// Dirt, one entry a subject.
#[derive(Default)]
struct Heap(BTreeMap<Subject, Dirt>);

impl Heap {
    fn add(&mut self, subject: Subject, days: Option<(Date, Date)>, seq: u64) {
        let empty = || Dirt {
            subject,
            days: None,
            seq,
        };
        let dirt = self.0.entry(subject).or_insert_with(empty);
        dirt.seq = seq;
        dirt.days = match (dirt.days, days) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (one, other) => one.or(other),
        };
    }

    /// What of the tables an event makes wrong.
    fn touch(&mut self, event: &Event, after: &Plan) {
        for t in event.changes().flat_map(|change| touched(change, after)) {
            let subject = match (t.person_id, t.placeholder_id) {
                (Some(person), _) => Subject::Person(person),
                (None, Some(_)) => continue,
                (None, None) => Subject::Everybody,
            };
            self.add(subject, Some((t.from, t.to)), event.seq);
        }
        match &event.change {
            Change::Project(d) => self.add(Subject::Project(d.id), None, event.seq),
            // Its name stands in the rows of its projects.
            Change::Client(d) => {
                let projects = after.projects().values();
                for project in projects.filter(|p| p.project.client_id == Some(d.id)) {
                    self.add(Subject::Project(project.id), None, event.seq);
                }
            }
            // Its name stands in the rows of its people.
            Change::Team(_) => self.add(Subject::Everybody, None, event.seq),
            _ => {}
        }
    }
}

fn read(message: &Message) -> Result<Event, Refusal> {
    Event::read_trusted(message.seq, &message.body)
        .map_err(|e| Refusal::Never(format!("unreadable: {e}")))
}

#[async_trait]
impl Consumer for ReportingConsumer {
    fn name(&self) -> &'static str {
        REPORTING
    }

    /// Also what touches nothing: how far the tables are is part of them.
    fn wants(&self, _: &str) -> bool {
        true
    }

    fn keeps_its_place(&self) -> bool {
        true
    }

    async fn handle(&self, given: &Given<'_>) -> Result<Effect, Refusal> {
        let Some(tenant) = given.message.stream.tenant() else {
            return Ok(Effect::Repeatable);
        };
        let mut events = vec![read(given.message)?];
        // What cannot be read is refused when it is the first.
        events.extend(given.behind.iter().map_while(|m| read(m).ok()));
        match self.take(given, tenant, &events).await {
            // Perhaps for one of those behind: it was lost with its commit, say.
            Err(_) if events.len() > 1 => self.take(given, tenant, &events[..1]).await,
            taken => taken,
        }
    }
}

impl ReportingConsumer {
    /// Marks what these events touch: the given message's and of those behind it the first.
    async fn take(
        &self,
        given: &Given<'_>,
        tenant: TenantId,
        events: &[Event],
    ) -> Result<Effect, Refusal> {
        let last = given.passage.to + events.len() as u64 - 1;
        let behind = events.len().checked_sub(2);
        let message = behind.map_or(given.message, |n| &given.behind[n]);
        let hash = events
            .last()
            .map(|e| chain_hash(&e.previous, &message.body));
        let plan = self.plan(tenant, last).await;
        let plan = plan.map_err(|e| Refusal::Later(e.causes()))?;
        let mut heap = Heap::default();
        for event in events {
            heap.touch(event, &plan);
        }
        let dirt: Vec<Dirt> = heap.0.into_values().collect();
        let passage = Passage {
            to: last,
            event: given.passage.event.and(hash),
            ..given.passage
        };
        if !self.reporting.mark(passage, &dirt).await? {
            return Err(Refusal::taken_over());
        }
        self.marked.notify_one();
        Ok(Effect::NotedTo(last))
    }
}
