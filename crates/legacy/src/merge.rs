//! Three values of each entity, field by field: as last imported, as it stands here, as the file
//! has it now. What changed in the file comes in; what changed on both sides stays as it is here.

use std::collections::BTreeSet;

use raally_domain::decide::bookable;
use raally_domain::event::{Change, Diff, Recorded};
use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{
    Assignment, Availability, Compensation, EntityRef, IdSource, JobTitle, Kind, Member, Owner,
    Person, Project, Resource, Settings, find,
};
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use serde_json::Value;

use crate::counters::{Counters, Outcome};
use crate::existing::Existing;
use crate::fields::{Fields, Legacy, Make, erased};
use crate::label::label;
use crate::map::IncomingEntity;
use crate::skip_reason::SkipReason;

/// A field that was changed on both sides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conflict {
    /// What it is about, as a report names it.
    pub(crate) what: String,
    pub(crate) field: &'static str,
    pub(crate) kept: Value,
    pub(crate) in_file: Value,
}

/// A workspace's import while it is being worked out.
pub(crate) struct Merge<'a> {
    /// As it stands after the changes so far.
    pub(crate) plan: Plan,
    pub(crate) here: &'a Existing,
    /// What the file no longer has.
    pub(crate) leaving: BTreeSet<EntityRef>,
    pub(crate) fresh: &'a mut dyn IdSource,
    /// In order, each with the time it happened at where the file knows one.
    pub(crate) changes: Vec<(Recorded, Option<Timestamp>)>,
    pub(crate) tally: Counters,
}

/// What merging found no value for: a bug of ours, so nothing is written.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("{0} cannot be built: {1}")]
    Build(String, serde_json::Error),
    #[error("the import does not fit its own plan: {0}")]
    Apply(#[from] raally_domain::plan::ApplyError),
    #[error("the import cannot be written: {0}")]
    NotWritten(#[from] raally_domain::written::NotWritten),
}

impl<'a> Merge<'a> {
    pub(crate) fn new(here: &'a Existing, fresh: &'a mut dyn IdSource) -> Merge<'a> {
        Merge {
            plan: here.plan.clone(),
            here,
            leaving: BTreeSet::new(),
            fresh,
            changes: Vec::new(),
            tally: Counters::default(),
        }
    }

    pub(crate) fn push(&mut self, change: Change, at: Option<Timestamp>) -> Result<(), MergeError> {
        self.plan.apply_provisional(&change)?;
        self.changes.push((change.into(), at));
        Ok(())
    }

    /// Brings the entities of the file.
    pub(crate) fn bring(&mut self, entities: &[IncomingEntity]) -> Result<(), MergeError> {
        for of_kind in entities.chunk_by(|a, b| a.entity.kind == b.entity.kind) {
            let mut waiting = Vec::new();
            for incoming in of_kind {
                if !self.bring_one(incoming, false)? {
                    waiting.push(incoming);
                }
            }
            for incoming in waiting {
                self.bring_one(incoming, true)?;
            }
        }
        Ok(())
    }

    fn bring_one(&mut self, incoming: &IncomingEntity, last_try: bool) -> Result<bool, MergeError> {
        match incoming.entity.kind {
            Kind::Settings => self.merge::<Settings>(incoming, last_try),
            Kind::Member => self.merge::<Member>(incoming, last_try),
            Kind::Person => self.merge::<Person>(incoming, last_try),
            Kind::JobTitle => self.merge::<JobTitle>(incoming, last_try),
            Kind::Availability => self.merge::<Availability>(incoming, last_try),
            Kind::Compensation => self.merge::<Compensation>(incoming, last_try),
            Kind::Project => self.merge::<Project>(incoming, last_try),
            Kind::Assignment => self.merge::<Assignment>(incoming, last_try),
            // The first Raally had no others.
            _ => Ok(true),
        }
    }

    /// False where it has to wait: its project code is still another project's.
    fn merge<E>(&mut self, incoming: &IncomingEntity, last_try: bool) -> Result<bool, MergeError>
    where
        E: Resource + Legacy,
        Change: From<Diff<E>>,
    {
        let entity = incoming.entity;
        let id = E::Id::from(entity.id);
        let base = self.here.imported.get(&entity);
        let before = find::<E>(&self.plan, id).map(|(_, value)| value.clone());
        let merged = match (base, &before) {
            (Some(base), None) => {
                self.deleted_here(incoming, base);
                return Ok(true);
            }
            (_, None) => Merged::new(incoming.fields.clone()),
            (base, Some(ours)) => merge_fields(&incoming.fields, base, &ours.fields()),
        };
        let Some(merged) = self.free_code(merged, incoming, before.as_ref(), last_try) else {
            return Ok(false);
        };
        if !self.refers_to_what_is_here(&merged.fields) {
            self.tally.skip(&incoming.source, SkipReason::DeletedHere);
            return Ok(true);
        }
        let (seq, projects) = (self.plan.head().seq + 1, self.plan.projects().len());
        let mut make = Make {
            fresh: &mut *self.fresh,
            seq,
            projects,
        };
        let after = E::with_fields(&merged.fields, before.as_ref(), &mut make)
            .map_err(|e| MergeError::Build(incoming.source.to_string(), e))?;
        let outcome = match &before {
            None => Outcome::Created,
            Some(before) if *before == after => Outcome::Same,
            Some(_) => Outcome::Changed,
        };
        if outcome != Outcome::Same {
            let after = Some(after);
            let change = Change::from(Diff { id, before, after });
            if self.takes_no_work(&change) {
                self.tally.skip(&incoming.source, SkipReason::NotBookable);
                return Ok(true);
            }
            self.push(change, incoming.at)?;
        }
        self.tally.count(incoming, outcome);
        self.conflicts(incoming, &merged);
        Ok(true)
    }

    /// Whether a row would bring work to somebody, or to a project, that takes none here any more.
    fn takes_no_work(&self, change: &Change) -> bool {
        let Change::Assignment(diff) = change else {
            return false;
        };
        let (plan, before) = (&self.here.plan, diff.before.as_ref());
        let mut now = diff.after.iter();
        now.any(|now| bookable::refused(plan, before, now).is_some())
    }

    /// Notes the fields that keep another value than the file's.
    fn conflicts(&mut self, incoming: &IncomingEntity, merged: &Merged) {
        for field in &merged.conflicts {
            let conflict = Conflict {
                what: label(&self.plan, incoming.entity),
                field,
                kept: merged.fields[field].clone(),
                in_file: incoming.fields[field].clone(),
            };
            self.tally.conflicts.push(conflict);
        }
    }

    /// A row of something that was deleted here: it stays deleted, and where the file has changed
    /// it meanwhile, that is told.
    fn deleted_here(&mut self, incoming: &IncomingEntity, base: &Fields) {
        let changed = incoming
            .fields
            .iter()
            .filter(|(name, value)| base.get(*name) != Some(value));
        for (field, in_file) in changed {
            self.tally.conflicts.push(Conflict {
                what: format!("{} (deleted here)", incoming.source),
                field,
                kept: Value::Null,
                in_file: in_file.clone(),
            });
        }
        self.tally.skip(&incoming.source, SkipReason::DeletedHere);
    }

    /// No two projects share a code: one that is another's is not taken.
    fn free_code<E: Legacy>(
        &self,
        mut merged: Merged,
        incoming: &IncomingEntity,
        before: Option<&E>,
        last_try: bool,
    ) -> Option<Merged> {
        let code = merged.fields.get("code").and_then(Value::as_str);
        if incoming.entity.kind != Kind::Project || code.is_none() {
            return Some(merged);
        }
        let taken = self.plan.projects().values().any(|p| {
            let other = EntityRef {
                kind: Kind::Project,
                id: p.id.0,
            };
            p.project.code.as_deref() == code
                && other != incoming.entity
                && !self.leaving.contains(&other)
        });
        if taken && !last_try {
            return None;
        }
        if taken {
            let ours = before.map_or(Value::Null, |b| b.fields()["code"].clone());
            merged.keep("code", ours);
        }
        Some(merged)
    }

    fn refers_to_what_is_here(&self, fields: &Fields) -> bool {
        let read = |name: &str| fields.get(name).cloned();
        let person = |id: &PersonId| self.plan.people().contains_key(id);
        let of_person = read("person_id").map(serde_json::from_value::<PersonId>);
        let of_owner = read("owner").map(serde_json::from_value::<Owner>);
        let of_project = read("project_id").map(serde_json::from_value::<ProjectId>);
        of_person.is_none_or(|id| id.is_ok_and(|id| person(&id)))
            && of_owner.is_none_or(|owner| match owner {
                Ok(Owner::Person(id)) => person(&id),
                Ok(Owner::Placeholder(id)) => self.plan.placeholders().contains_key(&id),
                Err(_) => false,
            })
            && of_project.is_none_or(|id| id.is_ok_and(|id| self.plan.projects().contains_key(&id)))
    }
}

/// Fields as they are to be, and the names of those that keep another value than the file's.
struct Merged {
    fields: Fields,
    conflicts: Vec<&'static str>,
}

impl Merged {
    fn new(fields: Fields) -> Merged {
        Merged {
            fields,
            conflicts: Vec::new(),
        }
    }

    fn keep(&mut self, field: &'static str, ours: Value) {
        if self.fields.get(field) != Some(&ours) {
            self.fields.insert(field, ours);
            if !self.conflicts.contains(&field) {
                self.conflicts.push(field);
            }
        }
    }
}

fn merge_fields(theirs: &Fields, base: Option<&Fields>, ours: &Fields) -> Merged {
    let mut merged = Merged::new(ours.clone());
    for (name, theirs) in theirs {
        let here = &ours[name];
        let last = base.and_then(|b| b.get(name));
        if here == theirs || last == Some(theirs) || *here == erased() {
            continue;
        }
        if last == Some(here) {
            merged.fields.insert(name, theirs.clone());
        } else {
            merged.conflicts.push(name);
        }
    }
    if !consistent(&merged.fields) {
        for field in ["start", "end", "effort"] {
            merged.keep(field, ours[field].clone());
        }
    }
    merged
}

/// Whether an assignment's fields, which may come from both sides, go together: it must not end
/// before it starts, and a total effort needs an end.
fn consistent(fields: &Fields) -> bool {
    let (Some(start), Some(end)) = (fields.get("start"), fields.get("end")) else {
        return true;
    };
    match (start.as_str(), end.as_str()) {
        // Dates are written so that their order as texts is their order.
        (Some(start), Some(end)) => start <= end,
        _ => fields
            .get("effort")
            .is_none_or(|e| e.get("total").is_none()),
    }
}
