//! How a plan keeps the entities of a kind.

use std::fmt::Debug;
use std::sync::Arc;

use imbl::OrdMap;

use super::Listed;
use crate::event::Diff;
use crate::ids::PersonId;
use crate::plan::{ApplyError, PersonEntry, Plan, Record, Version};

/// A row of a table: id, version, and the value where the plan keeps one.
pub type Row<'p, E> = (<E as super::Entity>::Id, Version, Option<&'p Arc<E>>);

/// Where a plan keeps the entities of a kind. Cloning one is O(1).
pub trait Table<E: Listed>: Clone + Debug + Default + PartialEq {
    /// Applies a change that is the event `seq`.
    fn put(plan: &mut Plan, diff: &Diff<E>, seq: Version) -> Result<(), ApplyError>;

    /// The value of an entity with its version; `None` where there is none.
    fn find(plan: &Plan, id: E::Id) -> Option<(Version, &E)>;

    /// The version of an entity.
    fn version(plan: &Plan, id: E::Id) -> Option<Version> {
        Self::find(plan, id).map(|(version, _)| version)
    }

    /// All of them.
    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, E>> + 'p>;

    /// How many there are; O(1) where the table is an index.
    fn count(plan: &Plan) -> usize {
        Self::rows(plan).count()
    }

    /// Puts a row of a snapshot back.
    fn restore(
        plan: &mut Plan,
        id: E::Id,
        version: Version,
        value: Option<Arc<E>>,
    ) -> Result<(), ApplyError> {
        let after = value.map(Arc::unwrap_or_clone);
        let before = None;
        Self::put(plan, &Diff { id, before, after }, version)
    }
}

/// Entities by id: all that most kinds need.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows<E: Listed>(OrdMap<E::Id, Record<E>>);

impl<E: Listed> Default for Rows<E> {
    fn default() -> Self {
        Rows(OrdMap::new())
    }
}

impl<E: Listed> std::ops::Deref for Rows<E> {
    type Target = OrdMap<E::Id, Record<E>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<E: Listed<Table = Rows<E>>> Table<E> for Rows<E> {
    fn put(plan: &mut Plan, diff: &Diff<E>, seq: Version) -> Result<(), ApplyError> {
        let rows = &mut E::table_mut(plan).0;
        match &diff.after {
            Some(value) => {
                let record = Record {
                    id: diff.id,
                    version: seq,
                    value: Arc::new(value.clone()),
                };
                rows.insert(diff.id, record);
            }
            None => {
                rows.remove(&diff.id);
            }
        }
        Ok(())
    }

    fn find(plan: &Plan, id: E::Id) -> Option<(Version, &E)> {
        let record = E::table(plan).get(&id)?;
        Some((record.version, &record.value))
    }

    fn count(plan: &Plan) -> usize {
        E::table(plan).len()
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, E>> + 'p> {
        let records = E::table(plan).values();
        Box::new(records.map(|r| (r.id, r.version, Some(&r.value))))
    }
}

/// A record that is a part of a person's entry, in an order of its own.
pub trait PersonRecord: Listed<Table = OfPerson<Self>> {
    /// What a person's list is sorted by, before the id.
    type Order: Ord;

    /// Whose it is.
    fn person(&self) -> PersonId;
    /// What the list is sorted by.
    fn order(&self) -> Self::Order;
    /// Where the person's entry keeps them, in order.
    fn list(entry: &PersonEntry) -> &Vec<Record<Self>>;
    /// The same, to change it.
    fn list_mut(entry: &mut PersonEntry) -> &mut Vec<Record<Self>>;
}

/// Records that lie in the entries of their people; this is the index from record to person.
#[derive(Clone, Debug, PartialEq)]
pub struct OfPerson<E: Listed>(OrdMap<E::Id, PersonId>);

impl<E: Listed> Default for OfPerson<E> {
    fn default() -> Self {
        OfPerson(OrdMap::new())
    }
}

impl<E: PersonRecord> OfPerson<E> {
    /// The ids of all records, in their order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = E::Id> + '_ {
        self.0.keys().copied()
    }

    /// A record with its version.
    #[must_use]
    pub fn record(plan: &Plan, id: E::Id) -> Option<&Record<E>> {
        let person = plan.people().get(E::table(plan).0.get(&id)?)?;
        E::list(person).iter().find(|r| r.id == id)
    }
}

impl<E: PersonRecord> Table<E> for OfPerson<E> {
    fn put(plan: &mut Plan, diff: &Diff<E>, seq: Version) -> Result<(), ApplyError> {
        let index = &mut E::table_mut(plan).0;
        let before = index.remove(&diff.id);
        let after = diff.after.as_ref().map(E::person);
        if let Some(person) = after {
            index.insert(diff.id, person);
        }
        if let Some(before) = before.filter(|before| Some(*before) != after) {
            E::list_mut(plan.person_mut(before, seq)?).retain(|r| r.id != diff.id);
        }
        if let (Some(person), Some(value)) = (after, &diff.after) {
            let list = E::list_mut(plan.person_mut(person, seq)?);
            list.retain(|r| r.id != diff.id);
            let key = (value.order(), diff.id);
            let at = list.partition_point(|r| (r.value.order(), r.id) < key);
            let record = Record {
                id: diff.id,
                version: seq,
                value: Arc::new(value.clone()),
            };
            list.insert(at, record);
        }
        Ok(())
    }

    fn find(plan: &Plan, id: E::Id) -> Option<(Version, &E)> {
        let record = OfPerson::record(plan, id)?;
        Some((record.version, &record.value))
    }

    fn count(plan: &Plan) -> usize {
        E::table(plan).0.len()
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, E>> + 'p> {
        let records = plan.people().values().flat_map(|p| E::list(p));
        Box::new(records.map(|r| (r.id, r.version, Some(&r.value))))
    }
}
