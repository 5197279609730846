//! Dated job titles of a person: of those with `effective_date ≤ day` the latest is in force; on
//! one date the one with the higher `created_seq`.

use serde::{Deserialize, Serialize};

use super::kind::{of_person_entry, view_of};
use super::{
    EntityKind, EntityRef, Kind, Names, OnDelete, PersonRecord, Resource, Topic, Validator, entity,
    view,
};
use crate::access::Operation;
use crate::date::Date;
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::{JobTitleId, PersonId};
use crate::plan::{PersonEntry, Plan, Record};

/// What somebody is called from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobTitle {
    /// Whose it is.
    pub person_id: PersonId,
    /// The title.
    pub title: String,
    /// The first day on which it holds.
    pub effective_date: Date,
    /// The sequence number of its own creation.
    pub created_seq: u64,
}
entity!(
    JobTitle,
    JobTitleId,
    JobTitle,
    subject = |r, _| r.person_id.0
);

impl PersonRecord for JobTitle {
    type Order = (Date, u64);

    fn person(&self) -> PersonId {
        self.person_id
    }

    fn order(&self) -> Self::Order {
        (self.effective_date, self.created_seq)
    }

    fn list(entry: &PersonEntry) -> &Vec<Record<JobTitle>> {
        &entry.job_titles
    }

    fn list_mut(entry: &mut PersonEntry) -> &mut Vec<Record<JobTitle>> {
        &mut entry.job_titles
    }
}

impl EntityKind for JobTitle {
    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManagePeople];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[(Kind::Person, OnDelete::Cascade)];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit(EntityRef::new(Kind::Person, self.person_id));
    }

    const LOOKED_UP: bool = true;

    fn referrers(plan: &Plan, target: EntityRef) -> Vec<JobTitleId> {
        of_person_entry::<JobTitle>(plan, target)
    }

    fn looked_through(plan: &Plan, target: EntityRef) -> usize {
        Self::referrers(plan, target).len()
    }

    fn label(&self, _: JobTitleId, names: &Names<'_>) -> String {
        format!("{} – {}", names.person(self.person_id), self.title)
    }

    fn touched(diff: &Diff<JobTitle>, after: &Plan) -> Vec<Touched> {
        touched::dated(diff, after, false, |r| (r.person_id, r.effective_date))
    }

    fn reach(diff: &Diff<JobTitle>, after: &Plan) -> usize {
        touched::entry_reach(diff, after, |r| r.person_id)
    }
}

/// A job title as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JobTitleBody {
    /// Given by the address where the record is one of a person's.
    pub person_id: PersonId,
    /// The title, in one line.
    pub title: String,
    /// The first day on which it holds.
    pub effective_date: Date,
}
view!(JobTitleView, JobTitleBody);

impl Resource for JobTitle {
    type Body = JobTitleBody;
    type View = JobTitleView;

    const NOUN: &'static str = "job title";
    const MOST: Option<(usize, &'static str)> = Some((500_000, "job titles"));

    fn body(&self) -> JobTitleBody {
        JobTitleBody {
            person_id: self.person_id,
            title: self.title.clone(),
            effective_date: self.effective_date,
        }
    }

    fn build(
        body: JobTitleBody,
        id: JobTitleId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/person_id", Some(body.person_id));
        let mut record = JobTitle {
            person_id: body.person_id,
            title: d.name("/title", &body.title),
            effective_date: body.effective_date,
            created_seq: before.map_or(0, |b| b.created_seq),
        };
        d.alone_on(&record, id, before, |r| r.effective_date);
        if before.is_none() {
            record.created_seq = d.next_seq();
        }
        record
    }

    fn view(plan: &Plan, id: JobTitleId, _: Date) -> Option<JobTitleView> {
        view_of!(plan, id, JobTitleView)
    }

    fn of_person(view: &JobTitleView) -> Option<uuid::Uuid> {
        Some(view.body.person_id.0)
    }
}
