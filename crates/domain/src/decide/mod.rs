//! Deciding: from a plan and commands to the changes they bring, or to a rejection.

mod body;
pub mod bookable;
mod budget;
mod erasure;
mod fields;
mod horizon;
mod managers;
mod overbooking;
mod references;
mod remove;
mod small;
#[cfg(test)]
mod tests;
mod undo;
mod warnings;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use body::read;
pub use budget::{
    MAX_STEP_BYTES, MAX_STEP_EVENTS, MAX_STEP_TOUCHED, MAX_STEP_VISITS, MAX_VALUE_BYTES,
};
pub use erasure::{decide_erasure, erased_name, personal_of};
pub use small::is_small;
pub use undo::{TakeBack, decide_take_back};
pub use warnings::{Warning, WarningCode};

use body::split_id;
use budget::Budget;
pub(crate) use budget::json_bytes;

use crate::access::Access;
use crate::date::Date;
use crate::event::{Action, Change, Diff, Recorded, StepKind};
use crate::figures::{Touched, TouchedRows, touched};
use crate::kinds::{
    EntityKind, EntityRef, FieldError, IdSource, Kind, Member, Resource, Role, Settings, Table,
    Validator, added, find,
};
use crate::plan::{ApplyError, Plan, Version};
use crate::problem::Message;
use crate::written::{self, NotWritten};

/// What a command does to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Makes one.
    Create,
    /// Merges a body into it (RFC 7396).
    Update,
    /// Removes it.
    Delete,
}

/// Something to be done to one entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What it does.
    pub op: Op,
    /// The kind of thing it is about, by its name in the API's paths.
    #[serde(with = "crate::kinds::path")]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::kinds::path::ResourceName))]
    pub resource: Kind,
    /// Which one; a new one may be given its id here or in the body, or gets a fresh one.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// The version it must have.
    #[serde(default)]
    pub expect: Option<Version>,
    /// As in POST, or a merge patch as in PATCH.
    #[serde(default)]
    pub body: Value,
}

/// Who decides, and where ids and salts come from.
pub struct Context<'a> {
    /// Who asks, and as what.
    pub access: Access,
    /// Where ids, salts and the present come from.
    pub fresh: &'a mut dyn IdSource,
}

/// What commands bring.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// In order; empty where nothing is different afterwards.
    pub changes: Vec<Recorded>,
    /// The entity that each command was about.
    pub entities: Vec<EntityRef>,
    /// Whether it does, takes back or does again.
    pub kind: StepKind,
    /// Whose figures it may change, on which days: a row is there once.
    pub touched: Vec<Touched>,
    /// What a planner would be surprised by.
    pub warnings: Vec<Warning>,
}

impl Decision {
    /// The decision that these changes of a plan are made, one event each.
    ///
    /// # Errors
    /// Where a change does not fit the plan.
    pub fn of_changes(plan: &Plan, changes: Vec<Change>) -> Result<Decision, ApplyError> {
        let mut after = plan.clone();
        let mut rows = TouchedRows::default();
        for change in &changes {
            after.apply_provisional(change)?;
            rows.add(touched(change, &after));
        }
        Ok(Decision {
            entities: changes.iter().map(Change::entity).collect(),
            changes: changes.into_iter().map(Recorded::from).collect(),
            kind: StepKind::Do,
            touched: rows.into_rows(),
            warnings: Vec::new(),
        })
    }
}

/// Why nothing is done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Rejection {
    /// Which of the commands it is about.
    pub command: Option<usize>,
    /// Why.
    pub reason: Reason,
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// What is named is not there.
    #[error("there is no such {}", .0.noun())]
    NotFound(Kind),
    /// The role does not allow it.
    #[error("{}", Message::Forbidden)]
    Forbidden,
    /// What is wrong with the body, field by field.
    #[error("some fields are not right")]
    Invalid(Vec<FieldError>),
    /// Somebody changed it in between.
    #[error("it was changed in between: it now has version {current}")]
    Stale {
        /// What was changed.
        entity: EntityRef,
        /// The version that the caller knew.
        expected: Version,
        /// The version that it has now.
        current: Version,
    },
    /// It contradicts what stands; the sentence says how.
    #[error("{0}")]
    Conflict(Message),
    /// It contradicts what was done to an entity after that version; who did it, and when, is
    /// known to the log.
    #[error("{message}")]
    Stands {
        /// What the rule says.
        message: Message,
        /// What was changed.
        entity: EntityRef,
        /// The changes after this version are told.
        since: Version,
    },
    /// A bound of the tenant.
    #[error("{0}")]
    Quota(Message),
    /// A planning rule refuses it; the days it is about.
    #[error("{message}")]
    Rule {
        /// What the rule says.
        message: Message,
        /// The days that break it, in order.
        days: Vec<Date>,
    },
}

impl From<NotWritten> for Reason {
    fn from(error: NotWritten) -> Reason {
        Reason::Conflict(error.into())
    }
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Rejection {
        Rejection {
            command: None,
            reason,
        }
    }
}

/// Decides commands as one step: each on the plan that those before it leave.
pub fn decide(
    plan: &Plan,
    context: &mut Context<'_>,
    commands: &[Command],
) -> Result<Decision, Rejection> {
    let mut work = StepBuilder {
        plan: plan.clone(),
        access: context.access,
        fresh: context.fresh,
        changes: Vec::new(),
        budget: Budget::of_commands(),
    };
    let mut entities = Vec::with_capacity(commands.len());
    for (i, command) in commands.iter().enumerate() {
        let entity = work.run(command).map_err(|reason| Rejection {
            command: Some(i),
            reason,
        })?;
        entities.push(entity);
    }
    let StepBuilder {
        plan: after,
        changes,
        mut budget,
        ..
    } = work;
    managers::check(plan, &after, &changes, &mut budget)?;
    overbooking::check(plan, &after, &changes, &mut budget)?;
    let touched = budget.touched();
    Ok(Decision {
        warnings: warnings::of(plan, &after, &changes, &touched),
        changes,
        entities,
        kind: StepKind::Do,
        touched,
    })
}

/// Tries commands one after another, each on the plan that those before it leave, and passes over
/// those that are refused: why each of them is. Nothing is decided by it.
pub fn try_each(
    plan: &Plan,
    context: &mut Context<'_>,
    commands: &[Command],
) -> Vec<Option<Rejection>> {
    let mut work = StepBuilder {
        plan: plan.clone(),
        access: context.access,
        fresh: context.fresh,
        changes: Vec::new(),
        budget: Budget::of_commands(),
    };
    let tried = commands.iter().enumerate().map(|(i, command)| {
        let (before, changes) = (work.plan.clone(), work.changes.len());
        let reason = work.run(command).err()?;
        work.plan = before;
        work.changes.truncate(changes);
        Some(Rejection {
            command: Some(i),
            reason,
        })
    });
    tried.collect()
}

/// A step being decided.
struct StepBuilder<'a> {
    /// As it stands after the changes so far.
    plan: Plan,
    access: Access,
    fresh: &'a mut dyn IdSource,
    changes: Vec<Recorded>,
    budget: Budget,
}

impl StepBuilder<'_> {
    fn run(&mut self, command: &Command) -> Result<EntityRef, Reason> {
        match command.resource {
            Kind::Settings => self.settings(command),
            Kind::Member => self.member(command),
            kind => for_resource!(kind, E => self.write::<E>(command), else => {
                Err(Reason::NotFound(kind))
            }),
        }
    }

    fn settings(&mut self, command: &Command) -> Result<EntityRef, Reason> {
        match command.op {
            Op::Update => {
                let id = Uuid::nil();
                let command = Command {
                    id: Some(id),
                    ..command.clone()
                };
                self.write::<Settings>(&command)
            }
            Op::Create | Op::Delete => Err(Reason::Conflict(Message::SettingsStay)),
        }
    }

    /// Members, of whom one admin always remains; nobody is made one by others.
    fn member(&mut self, command: &Command) -> Result<EntityRef, Reason> {
        if command.op == Op::Create {
            return Err(Reason::Conflict(Message::MembersByInvitation));
        }
        let entity = self.write::<Member>(command)?;
        self.budget.visit(self.plan.members().len())?;
        let is_admin = |m: &crate::plan::Record<Member>| m.value.role == Role::Admin;
        if !self.plan.members().values().any(is_admin) {
            return Err(Reason::Conflict(Message::LastAdmin));
        }
        Ok(entity)
    }

    fn write<E: Resource>(&mut self, command: &Command) -> Result<EntityRef, Reason> {
        if E::WRITES == 0 {
            return Err(Reason::Conflict(written::not_yet::<E>()));
        }
        if !E::WRITERS.iter().any(|needs| self.access.may(*needs)) {
            return Err(Reason::Forbidden);
        }
        match command.op {
            Op::Create => self.create::<E>(command),
            Op::Update => self.update::<E>(command),
            Op::Delete => {
                let (id, before) = self.current::<E>(command)?;
                let diff = Diff {
                    id,
                    before: Some(before),
                    after: None,
                };
                self.permit(&diff)?;
                let entity = EntityRef::new(E::KIND, id);
                remove::remove(self, entity)?;
                Ok(entity)
            }
        }
    }

    fn permit<E: EntityKind>(&self, diff: &Diff<E>) -> Result<(), Reason> {
        if E::may_write(&self.access, diff) {
            Ok(())
        } else {
            Err(Reason::Forbidden)
        }
    }

    fn create<E: Resource>(&mut self, command: &Command) -> Result<EntityRef, Reason> {
        self.room_for::<E>()?;
        let (given, body) = split_id(&command.body)?;
        let uuid = match command.id.or(given) {
            Some(id) if id.is_nil() => return Err(invalid("/id", Message::NilUuid)),
            Some(id) => id,
            None => self.fresh.uuid(),
        };
        let id = E::Id::from(uuid);
        if find::<E>(&self.plan, id).is_some() {
            let noun = E::NOUN.to_owned();
            return Err(Reason::Conflict(Message::IdTaken { noun }));
        }
        let built = self.build::<E>(body, id, None)?;
        let diff = Diff {
            id,
            before: None,
            after: Some(built.value),
        };
        self.permit(&diff)?;
        self.record(diff, built.before, built.then)?;
        Ok(EntityRef::new(E::KIND, uuid))
    }

    fn update<E: Resource>(&mut self, command: &Command) -> Result<EntityRef, Reason> {
        let (id, before) = self.current::<E>(command)?;
        if !command.body.is_object() {
            return Err(invalid("", Message::NotAPatch));
        }
        let current = serde_json::to_value(before.body()).expect("bodies are plain data");
        let merged = E::merge(current, &command.body);
        let built = self.build::<E>(merged, id, Some(&before))?;
        let diff = Diff {
            id,
            before: Some(before),
            after: Some(built.value),
        };
        if diff.before != diff.after || !built.before.is_empty() || !built.then.is_empty() {
            self.permit(&diff)?;
            self.record(diff, built.before, built.then)?;
        } else if let Some(value) = &diff.before {
            self.budget.unchanged(value)?;
        }
        Ok(EntityRef::new(E::KIND, id))
    }

    /// The value a command is about, which must have the version it expects.
    fn current<E: Resource>(&self, command: &Command) -> Result<(E::Id, E), Reason> {
        let not_found = || Reason::NotFound(E::KIND);
        let uuid = command.id.ok_or_else(|| invalid("/id", Message::Missing))?;
        let id = E::Id::from(uuid);
        let (version, value) = find::<E>(&self.plan, id).ok_or_else(not_found)?;
        if let Some(expected) = command.expect
            && expected != version
        {
            return Err(Reason::Stale {
                entity: EntityRef::new(E::KIND, uuid),
                expected,
                current: version,
            });
        }
        Ok((id, value.clone()))
    }

    fn build<E: Resource>(
        &mut self,
        body: Value,
        id: E::Id,
        before: Option<&E>,
    ) -> Result<Built<E>, Reason> {
        let body: E::Body = read(body)?;
        let seq = self.plan.head().seq + 1;
        let mut validator = Validator::new(&self.plan, self.fresh, seq);
        let value = E::build(body, id, before, &mut validator);
        if let Some(refused) = validator.refused {
            return Err(refused);
        }
        if validator.errors.is_empty() {
            Ok(Built {
                value,
                before: validator.before,
                then: validator.then,
            })
        } else {
            Err(Reason::Invalid(validator.errors))
        }
    }

    fn room_for<E: Resource>(&self) -> Result<(), Reason> {
        let Some((most, plural)) = E::MOST else {
            return Ok(());
        };
        if E::Table::count(&self.plan) < most {
            return Ok(());
        }
        let plural = plural.to_owned();
        Err(Reason::Quota(Message::WorkspaceFull { most, plural }))
    }

    /// Records a diff with the changes that belong to it: as events of their own, or, while the
    /// kind is written in an older version, as what that one event implies.
    fn record<E: EntityKind>(
        &mut self,
        diff: Diff<E>,
        before: Vec<Change>,
        then: Vec<Change>,
    ) -> Result<(), Reason> {
        if !added::only_adds::<E>(E::WRITES) {
            return self.add(Recorded {
                change: E::change(diff),
                implied: [before, then].concat(),
            });
        }
        for change in before {
            self.push(change)?;
        }
        // What stands on it raises its version as well.
        if diff.before != diff.after || !then.is_empty() {
            self.push(E::change(diff))?;
        }
        for change in then {
            self.push(change)?;
        }
        Ok(())
    }

    fn push(&mut self, change: Change) -> Result<(), Reason> {
        self.add(Recorded::from(change))
    }

    fn add(&mut self, recorded: Recorded) -> Result<(), Reason> {
        for recorded in recorded.as_written(&self.plan)? {
            for change in recorded.changes() {
                if change.action() == Action::Created {
                    for_resource!(change.entity().kind, E => self.room_for::<E>()?, else => ());
                }
            }
            self.plan
                .apply_recorded(&recorded)
                .expect("a decided change fits its plan");
            self.budget.event(&recorded, &self.plan)?;
            self.changes.push(recorded);
        }
        Ok(())
    }
}

/// A value built from a body, with the changes that belong to it.
struct Built<E> {
    value: E,
    before: Vec<Change>,
    then: Vec<Change>,
}

fn invalid(pointer: &str, message: Message) -> Reason {
    Reason::Invalid(vec![FieldError::new(pointer, message)])
}
