//! Erasing what is known of a person.
//!
//! The log is never rewritten: its events refer to personal values, which lie beside it. First a
//! step takes all that is personal out of the plan, so that nothing refers to it any more. Then the
//! values go, and in the same transaction the log begins a new epoch: plans, answers and snapshots
//! of before, in whatever process, are answered with no more, and are loaded anew without them.
//! Whatever was interrupted is finished by doing it again.

mod named;

use std::collections::HashMap;

use bytes::Bytes;
use raally_domain::access::Access;
use raally_domain::decide::{self, Context, erased_name, personal_of};
use raally_domain::event::{Actor, Change, Event, Head};
use raally_domain::ids::{PersonId, PersonalRef, TenantId, UserId};
use raally_domain::kinds::{EntityRef, Kind, Role};
use raally_domain::personal::PersonalSlot;
use raally_domain::plan::Plan;
use uuid::Uuid;

pub use named::NamedIn;
use named::{Names, named_in};

use crate::audit::Pages;
use crate::epochs;
use crate::error::Error;
use crate::head_broadcast;
use crate::ports::{AuditFilter, Erasure};
use crate::sagas::invitation;
use crate::services::Services;
use crate::tenants::{Decide, Outcome, RenderedResponse, Tenants, Write};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// What the person is called now.
    pub name: String,
    /// How many values were erased, those of the past too.
    pub values: u64,
    /// Where the log stands: in a new epoch, where a value was erased.
    pub head: Head,
    /// Free text that still names the person and is not about them: whoever knows what it is for
    /// changes it.
    pub named_in: Vec<NamedIn>,
}

/// Whose wish it is.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A user of the workspace, who must be allowed to.
    User(UserId),
    /// Whoever operates the installation.
    Operator,
}

/// Erases name, address, notes, pay and reasons of a person from everything but backups and what
/// others took along. What is left is somebody without a name, whose hours still count.
///
/// # Errors
/// [`Error::NotFound`] where there is no such workspace or person, [`Error::Forbidden`] where the
/// user may not, and what a write may meet.
pub async fn erase(
    tenants: &Tenants,
    tenant: TenantId,
    person: PersonId,
    by: By,
) -> Result<Erased, Error> {
    let services = tenants.services();
    let open = tenants.open(tenant).await?;
    let written = open.submit(clearing(person, by)).await?;
    let names = names_of(services, tenant, person).await?;
    let also = told_by_history(services, tenant, person, &names).await?;
    let plan = open.plan(Some(written.head)).await?;
    let named_in = named_in(&plan, person, &names);
    invitation::withdraw(services, tenant, |email| names.have(email)).await?;
    let erasure = Erasure {
        subject: person.0,
        also,
        keep: kept(&plan, person),
        epoch: epochs::at_least(services.now()),
    };
    let erased = services.store.erase_personal(tenant, erasure).await?;
    let head = erased.head.ok_or_else(crate::access::no_workspace)?;
    open.catch_up().await?;
    // Who does not hear of it finds out within a second.
    let heads = HashMap::from([(tenant, head)]);
    if let Err(error) = head_broadcast::publish_all(&*services.cache, Uuid::nil(), &heads).await {
        tracing::warn!(%tenant, %error, "an erasure could not be announced to other processes");
    }
    Ok(Erased {
        name: erased_name(person),
        values: erased.values,
        head,
        named_in,
    })
}

/// The step that takes what is personal out of the plan.
fn clearing(person: PersonId, by: By) -> Write {
    let render = |_: &Outcome<'_>| RenderedResponse {
        status: 200,
        body: Bytes::new(),
    };
    match by {
        By::User(user) => Write::by_user(
            user,
            move |plan, context| Ok(decide::decide_erasure(plan, context, person)?),
            render,
        ),
        By::Operator => {
            let decide: Decide = Box::new(move |plan, fresh, _| {
                let access = Access {
                    user: UserId(Uuid::nil()),
                    role: Role::Admin,
                    person: None,
                };
                let mut context = Context { access, fresh };
                Ok(decide::decide_erasure(plan, &mut context, person)?)
            });
            Write {
                trace: None,
                ..Write::by(Actor::System("erasure".to_owned()), decide, render)
            }
        }
    }
}

/// The values that the plan still has of the person: the name that is nobody's, and what was
/// written since.
fn kept(plan: &Plan, person: PersonId) -> Vec<PersonalRef> {
    let mut kept = Vec::new();
    if let Some(entry) = plan.people().get(&person) {
        personal_of(entry, &mut |slot| kept.push(slot.reference()));
    }
    kept
}

/// The names and addresses that a person ever had.
async fn names_of(services: &Services, tenant: TenantId, person: PersonId) -> Result<Names, Error> {
    let (mut names, erased) = (Names::default(), erased_name(person));
    let of_person = AuditFilter {
        entity: Some(EntityRef {
            kind: Kind::Person,
            id: person.0,
        }),
        ..AuditFilter::default()
    };
    each(services, tenant, of_person, |event| {
        if let Change::Person(diff) = &event.change {
            for state in [&diff.before, &diff.after].into_iter().flatten() {
                names.add(state, &erased);
            }
        }
    })
    .await?;
    Ok(names)
}

/// Imported rows of an old audit log that tell of the person: by their id, or by a name or an
/// address that they ever had.
async fn told_by_history(
    services: &Services,
    tenant: TenantId,
    person: PersonId,
    names: &Names,
) -> Result<Vec<PersonalRef>, Error> {
    let id = person.0.to_string();
    let mut told = Vec::new();
    let history = AuditFilter {
        kind: Some(Kind::History),
        ..AuditFilter::default()
    };
    each(services, tenant, history, |event| {
        let Change::History(diff) = &event.change else {
            return;
        };
        let Some(row) = &diff.after else { return };
        let values = row.values.get();
        let values = values.is_some_and(|text| text.contains(&id) || names.are_in_json(text));
        let actor = row.actor_email.as_ref();
        let acted = actor
            .and_then(|e| e.get())
            .is_some_and(|email| names.have(email));
        if values {
            told.push(row.values.reference());
        }
        if let Some(actor) = actor.filter(|_| acted) {
            told.push(actor.reference());
        }
    })
    .await?;
    Ok(told)
}

/// Visits the events that pass a filter, opened.
async fn each(
    services: &Services,
    tenant: TenantId,
    filter: AuditFilter,
    mut visit: impl FnMut(&Event),
) -> Result<(), Error> {
    let mut pages = Pages::new(&*services.store, tenant, filter, None);
    while !pages.have_ended() {
        let (_, events) = pages.next().await?;
        events.iter().for_each(&mut visit);
    }
    Ok(())
}
