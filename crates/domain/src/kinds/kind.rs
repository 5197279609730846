//! What every kind of record says of itself. All that the rest of Raally does with a kind follows
//! from these traits and from the list in `kinds/mod.rs`.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Kind, PersonRecord, Table, Validator, added};
use crate::access::{Access, Operation};
use crate::date::Date;
use crate::event::{Change, Diff};
use crate::figures::Touched;
use crate::ids::{PersonId, UserId};
use crate::personal::PersonalSlot;
use crate::plan::{Plan, Version};
use crate::problem::Message;

/// Names one entity of a tenant.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
pub struct EntityRef {
    /// Which kind it is of.
    pub kind: Kind,
    /// Its id among the kind's own.
    pub id: Uuid,
}

/// A value that events and snapshots hold: what [`entity!`] says of it.
pub trait Entity: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// What names one of them.
    type Id: Copy + Ord + Hash + Debug + Into<Uuid> + From<Uuid> + Serialize + DeserializeOwned;
    /// Which kind it is.
    const KIND: Kind;

    /// Whose personal values these are: the person (or, failing one, the entity) that erasing
    /// them is about.
    fn subject(&self, id: Self::Id) -> Uuid {
        id.into()
    }

    /// Visits every personal value.
    fn personal(&self, _visit: &mut dyn FnMut(&dyn PersonalSlot)) {}

    /// Visits every personal value to open or close it.
    fn personal_mut(&mut self, _visit: &mut dyn FnMut(&mut dyn PersonalSlot)) {}
}

/// What the list of kinds says of an entity: where a plan keeps it, and its variant of
/// [`Change`]. Implemented by the list alone.
pub trait Listed: Entity {
    /// What keeps them in a plan.
    type Table: Table<Self>;

    /// Where a plan keeps them.
    fn table(plan: &Plan) -> &Self::Table;
    /// The same, to change it.
    fn table_mut(plan: &mut Plan) -> &mut Self::Table;
    /// The diff as a change of any kind.
    fn change(diff: Diff<Self>) -> Change;
}

/// The Kafka topic that a kind's events are published to beside the audit topic, which gets all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The workspace itself: settings, members, catalogues, job titles and placements.
    Tenant,
    /// Work: clients, projects, placeholders and assignments.
    Project,
    /// Accounts of users.
    User,
}

impl Topic {
    /// The topic's part of its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Topic::Tenant => "tenant",
            Topic::Project => "project",
            Topic::User => "user",
        }
    }
}

/// What deleting an entity does to an entity that refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion is refused with this sentence.
    Restrict(&'static Message),
    /// The reference is taken out ([`EntityKind::unlink`]).
    Unlink,
    /// The referring entity is deleted as well.
    Cascade,
}

/// What a label may need beside the entity: the plan, and the names of users.
pub struct Names<'a> {
    /// What is there.
    pub plan: &'a Plan,
    /// The full name of a user, if there is one of that id.
    pub user: &'a dyn Fn(UserId) -> Option<String>,
}

/// A diff read from an event, with what else an event of an older version said: changes of
/// other entities, each of which holds whatever stood there before.
pub struct Upcast<E: Entity> {
    /// What the event did to its own entity.
    pub diff: Diff<E>,
    /// What it did to others.
    pub implied: Vec<Change>,
}

impl<E: Entity> Upcast<E> {
    /// A diff that implies nothing else.
    #[must_use]
    pub fn plain(diff: Diff<E>) -> Upcast<E> {
        Upcast {
            diff,
            implied: Vec::new(),
        }
    }
}

/// A kind of record in a tenant's log.
pub trait EntityKind: Listed {
    /// The newest version of its events that this release reads. It reads all before it as well.
    const READS: u32 = 1;
    /// The version that this release writes: [`EntityKind::READS`], or the one before (0 where
    /// the kind is new) while processes of the previous release may still be running.
    const WRITES: u32 = Self::READS;
    /// What a version added to the one before: the version and a field that may be missing, as in
    /// `(2, "location")`. A version that does nothing else needs no other word.
    const ADDED: &'static [(u32, &'static str)] = &[];

    /// Reads the data of an event of a version up to [`EntityKind::READS`]. Pure.
    fn upcast(version: u32, data: &str) -> Result<Upcast<Self>, serde_json::Error> {
        debug_assert!(
            added::only_adds::<Self>(version),
            "a kind with several versions upcasts"
        );
        Ok(Upcast::plain(serde_json::from_str(data)?))
    }

    /// The data of an event in the version [`EntityKind::WRITES`], where that is an older one; the
    /// inverse of [`EntityKind::upcast`].
    fn downcast(
        diff: &Diff<Self>,
        _implied: &[Change],
    ) -> Result<Box<RawValue>, serde_json::Error> {
        added::write(diff, Self::WRITES)
    }

    /// The schema of the value as events of the version [`EntityKind::WRITES`] hold it.
    #[cfg(feature = "openapi")]
    #[must_use]
    fn written_schema() -> crate::schema::Described
    where
        Self: utoipa::ToSchema,
    {
        added::schema::<Self>(Self::WRITES)
    }

    /// Why a diff cannot be written in the version [`EntityKind::WRITES`], if it cannot.
    fn not_yet(_diff: &Diff<Self>) -> Option<&'static str> {
        None
    }

    /// What an event of an older version says beside the diff, for [`EntityKind::downcast`]:
    /// the plan as it is before the event, and after it with all that it brings.
    fn implied(_diff: &Diff<Self>, _before: &Plan, _after: &Plan) -> Vec<Change> {
        Vec::new()
    }

    /// Of a kind that is not written yet: the change (of nothing, in itself) of the entity whose
    /// older events say what this diff does.
    fn carried_by(_diff: &Diff<Self>, _plan: &Plan) -> Option<Change> {
        None
    }

    /// Fits an upcast diff to the plan that it is about to be applied to: what it names may
    /// already be there under another id.
    fn resolve(_diff: &mut Diff<Self>, _implied: &mut Vec<Change>, _plan: &Plan) {}

    /// Where its events are published beside the audit topic; `None` for what is about a person.
    const TOPIC: Option<Topic>;
    /// Who may read it at all.
    const READ: Operation = Operation::ReadPlan;
    /// Fields, as the API names them, that need more than [`EntityKind::READ`].
    const PRIVATE: &'static [(&'static str, Operation)] = &[];
    /// Whose eyes a private field is for whatever their role: the person it is about.
    const PRIVATE_TO_OTHERS_ONLY: bool = false;
    /// Any of these may try to write it; [`EntityKind::may_write`] decides.
    const WRITERS: &'static [Operation];

    /// Whether that access may make this change. Asked of commands, of undo and of redo alike.
    fn may_write(access: &Access, _diff: &Diff<Self>) -> bool {
        Self::WRITERS.iter().any(|operation| access.may(*operation))
    }

    /// The kinds it refers to, and what deleting the entity referred to does to this one.
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[];

    /// Visits what it refers to; only kinds named in [`EntityKind::REFERS_TO`].
    fn references(&self, _visit: &mut dyn FnMut(EntityRef)) {}

    /// What deleting that entity does to this one, where it depends on which reference it is.
    fn on_delete(&self, _target: EntityRef, on_delete: OnDelete) -> OnDelete {
        on_delete
    }

    /// Takes every reference to that entity out.
    fn unlink(&mut self, _target: EntityRef) {}

    /// Whether [`EntityKind::referrers`] asks an index.
    const LOOKED_UP: bool = false;

    /// The entities of this kind that refer to that one; kinds with an index ask it instead.
    fn referrers(plan: &Plan, target: EntityRef) -> Vec<Self::Id> {
        let refers = |value: &Self| {
            let mut found = false;
            value.references(&mut |entity| found |= entity == target);
            found
        };
        let rows = Self::Table::rows(plan);
        rows.filter(|(_, _, value)| value.is_some_and(|value| refers(value)))
            .map(|(id, ..)| id)
            .collect()
    }

    /// How many entities [`EntityKind::referrers`] looks at, for the budget of a step.
    fn looked_through(plan: &Plan, _target: EntityRef) -> usize {
        Self::Table::count(plan)
    }

    /// Whether entities of the kind are found by a name, in O(log n).
    const NAMED: bool = false;

    /// The name by which it is found, folded as names are compared.
    fn name_key(&self) -> Option<String> {
        None
    }

    /// What it is called in the activity; for what has no name, whom it concerns.
    fn label(&self, id: Self::Id, names: &Names<'_>) -> String;

    /// Whose figures, on which days, a change of it touches; `after` is the plan with the change
    /// applied.
    fn touched(_diff: &Diff<Self>, _after: &Plan) -> Vec<Touched> {
        Vec::new()
    }

    /// How many entities applying a change and finding what it touches looks at, for the budget of
    /// a step; `after` is the plan with the change applied.
    fn reach(_diff: &Diff<Self>, _after: &Plan) -> usize {
        1
    }
}

/// A kind that the API writes: a body comes in, a view goes out.
///
/// A body is what POST takes, what PATCH merges into (RFC 7396), and what a batch of commands
/// carries, so a rule about input is written once.
pub trait Resource: EntityKind {
    /// What writes one.
    type Body: Serialize + DeserializeOwned;
    /// What shows one.
    type View: Serialize + Send + 'static;

    /// As a sentence names one.
    const NOUN: &'static str;
    /// How many a tenant may have, and what a sentence calls several of them.
    const MOST: Option<(usize, &'static str)> = None;

    /// The body that would write this value.
    fn body(&self) -> Self::Body;

    /// The body that a patch asks for, as JSON: RFC 7396, but for fields that stand instead of one
    /// another, of which the one given replaces the other.
    fn merge(current: Value, patch: &Value) -> Value {
        merge_patch(current, patch)
    }

    /// The value that a body asks for. What is wrong with it is noted in the validator; the value
    /// returned then is never used.
    fn build(
        body: Self::Body,
        id: Self::Id,
        before: Option<&Self>,
        validator: &mut Validator<'_>,
    ) -> Self;

    /// One of them as the API shows it to somebody who may read everything; what is dated, as of
    /// the day `on`.
    fn view(plan: &Plan, id: Self::Id, on: Date) -> Option<Self::View>;

    /// Takes a private field out of a view.
    fn hide(_view: &mut Self::View, _field: &str) {}

    /// The person whom a view is about, where it is about one.
    fn of_person(_view: &Self::View) -> Option<Uuid> {
        None
    }

    /// What of a view that access may read.
    fn redact(mut view: Self::View, access: &Access) -> Option<Self::View> {
        if !access.may(Self::READ) {
            return None;
        }
        let own = Self::PRIVATE_TO_OTHERS_ONLY
            && Self::of_person(&view).is_some_and(|person| access.is(person.into()));
        for (field, needs) in Self::PRIVATE {
            if !own && !access.may(*needs) {
                Self::hide(&mut view, field);
            }
        }
        Some(view)
    }
}

/// The value of an entity with its version.
#[must_use]
pub fn find<E: Listed>(plan: &Plan, id: E::Id) -> Option<(Version, &E)> {
    E::Table::find(plan, id)
}

impl EntityRef {
    /// The entity of that kind and id.
    #[must_use]
    pub fn new(kind: Kind, id: impl Into<Uuid>) -> EntityRef {
        EntityRef {
            kind,
            id: id.into(),
        }
    }
}

impl Names<'_> {
    /// What that person is called today; empty where there is no such person.
    #[must_use]
    pub fn person(&self, id: PersonId) -> String {
        let entry = self.plan.people().get(&id);
        entry.map_or("", |p| p.person.name()).to_owned()
    }
}

/// Why a holiday calendar in use stays.
pub(super) const CALENDAR_IN_USE: &Message = &Message::CalendarInUse;

/// Visits a reference that may be missing.
pub(super) fn visit_optional(
    kind: Kind,
    id: Option<impl Into<Uuid>>,
    visit: &mut dyn FnMut(EntityRef),
) {
    if let Some(id) = id {
        visit(EntityRef::new(kind, id));
    }
}

/// Takes a reference out where it is to that id.
pub(super) fn take_out<I: Copy + Into<Uuid>>(reference: &mut Option<I>, id: Uuid) {
    if reference.is_some_and(|r| r.into() == id) {
        *reference = None;
    }
}

/// The records of a kind in the entry of the person they all refer to.
pub(super) fn of_person_entry<E: PersonRecord>(plan: &Plan, target: EntityRef) -> Vec<E::Id> {
    let entry = plan.people().get(&PersonId(target.id));
    let entry = entry.filter(|_| target.kind == Kind::Person);
    entry.map_or_else(Vec::new, |p| E::list(p).iter().map(|r| r.id).collect())
}

/// What an entity of a diff is, after it or, where it was removed, before.
#[must_use]
pub fn latest<E: Entity>(diff: &Diff<E>) -> Option<&E> {
    diff.after.as_ref().or(diff.before.as_ref())
}

/// Merges a patch into a value (RFC 7396): objects member by member, `null` removes, all else
/// replaces.
pub(crate) fn merge_patch(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut merged = match target {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            let before = merged.remove(name).unwrap_or(Value::Null);
            merged.insert(name.clone(), merge_patch(before, value));
        }
    }
    Value::Object(merged)
}

/// Drops members of a JSON object, if it is one.
pub(crate) fn without(mut value: Value, members: &[&str]) -> Value {
    if let Value::Object(object) = &mut value {
        for member in members {
            object.remove(*member);
        }
    }
    value
}

/// A view's id and version, which every view begins with.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identified {
    /// The entity's id.
    pub id: Uuid,
    /// Rises with every change; the resource's ETag.
    pub version: Version,
}

/// Implements [`Entity`]; names the fields that are personal values, the optional ones after `?`.
macro_rules! entity {
    ($type:ty, $id:ty, $kind:ident $(, subject = $subject:expr)? $(, personal = [$($field:ident),* $(; ? $($opt:ident),+)?])?) => {
        impl crate::kinds::Entity for $type {
            type Id = $id;
            const KIND: crate::kinds::Kind = crate::kinds::Kind::$kind;

            $(fn subject(&self, id: Self::Id) -> uuid::Uuid {
                let subject: fn(&$type, Self::Id) -> uuid::Uuid = $subject;
                subject(self, id)
            })?

            $(fn personal(&self, visit: &mut dyn FnMut(&dyn crate::personal::PersonalSlot)) {
                $(visit(&self.$field);)*
                $($(self.$opt.iter().for_each(|value| visit(value));)+)?
            }

            fn personal_mut(&mut self, visit: &mut dyn FnMut(&mut dyn crate::personal::PersonalSlot)) {
                $(visit(&mut self.$field);)*
                $($(self.$opt.iter_mut().for_each(|value| visit(value));)+)?
            })?
        }
    };
}
pub(crate) use entity;

/// A fieldless enum as the API and events spell it.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
    };
}
pub(crate) use choice;

/// A view that is an entity's id and version, then its body.
macro_rules! view {
    ($view:ident, $body:ty) => {
        /// One as the API shows it.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $view {
            /// Its id and version.
            #[serde(flatten)]
            pub identified: crate::kinds::Identified,
            /// The body that would write it.
            #[serde(flatten)]
            pub body: $body,
        }
    };
}
pub(crate) use view;

/// Fills a view made by [`view!`] from the plan.
macro_rules! view_of {
    ($plan:expr, $id:expr, $view:ident) => {{
        let (version, value) = crate::kinds::find::<Self>($plan, $id)?;
        Some($view {
            identified: crate::kinds::Identified {
                id: $id.into(),
                version,
            },
            body: crate::kinds::Resource::body(value),
        })
    }};
}
pub(crate) use view_of;
