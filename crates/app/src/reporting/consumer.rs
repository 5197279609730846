//! Notes what events touch.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use raally_domain::date::Date;
use raally_domain::event::{Change, Event};
use raally_domain::figures::touched;
use raally_domain::plan::Plan;
use tokio::sync::Notify;

use super::REPORTING;
use crate::consumers::{Consumer, Effect, Given, Refusal};
use crate::error::Error;
use crate::ports::{Dirt, Reporting, Subject};
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

    /// The plan with the event applied, and perhaps later ones: those touch what they touch
    /// themselves.
    async fn plan(&self, event: &Event) -> Result<Arc<Plan>, Error> {
        let tenant = self.tenants.open(event.tenant).await?;
        let plan = tenant.published();
        if plan.head().seq >= event.seq {
            return Ok(plan);
        }
        tenant.catch_up().await?;
        let plan = tenant.published();
        if plan.head().seq < event.seq {
            return Err(Error::unavailable("the plan is behind its events"));
        }
        Ok(plan)
    }
}

/// What of the tables an event makes wrong, one entry a subject.
fn dirt(event: &Event, after: &Plan) -> Vec<Dirt> {
    let mut subjects: BTreeMap<Subject, Option<(Date, Date)>> = BTreeMap::new();
    for t in touched(&event.change, after) {
        let subject = match (t.person_id, t.placeholder_id) {
            (Some(person), _) => Subject::Person(person),
            (None, Some(_)) => continue,
            (None, None) => Subject::Everybody,
        };
        let days = subjects.entry(subject).or_default();
        *days = Some(days.map_or((t.from, t.to), |(from, to)| {
            (from.min(t.from), to.max(t.to))
        }));
    }
    match &event.change {
        Change::Project(d) => drop(subjects.entry(Subject::Project(d.id)).or_default()),
        // Its name stands in the rows of its people.
        Change::Team(_) => drop(subjects.entry(Subject::Everybody).or_default()),
        _ => {}
    }
    let seq = event.seq;
    let dirt = |(subject, days)| Dirt { subject, days, seq };
    subjects.into_iter().map(dirt).collect()
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
        let message = given.message;
        if message.stream.tenant().is_none() {
            return Ok(Effect::Repeatable);
        }
        let event = Event::read_trusted(message.seq, &message.body)
            .map_err(|e| Refusal::Never(format!("unreadable: {e}")))?;
        let plan = self.plan(&event).await;
        let plan = plan.map_err(|e| Refusal::Later(e.causes()))?;
        let dirt = dirt(&event, &plan);
        if !self.reporting.mark(given.passage, &dirt).await? {
            return Err(Refusal::taken_over());
        }
        self.marked.notify_one();
        Ok(Effect::Noted)
    }
}
