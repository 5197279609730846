//! A write on its way to a tenant's sequencer, and what comes back.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use raally_domain::access::Access;
use raally_domain::decide::{self, Command, Context, Decision, Rejection, TakeBack};
use raally_domain::event::{Actor, Event, Hash, Head};
use raally_domain::ids::{StepId, UserId};
use raally_domain::kinds::IdSource;
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use serde_json::Value;

use crate::access;
use crate::error::Error;
use crate::trace::{self, TraceParent};

/// Decides on the plan as it is when the write's turn has come; asked again on a newer plan
/// when another process wrote first, so it must not have effects. The events are those that
/// [`Write::rests_on`] names on that plan.
pub type Decide =
    Box<dyn Fn(&Plan, &mut dyn IdSource, &[Event]) -> Result<Decision, Error> + Send + Sync>;

/// Which events of the log have to be read before it can be decided on that plan.
pub type RestsOn = Box<dyn Fn(&Plan) -> Option<RangeInclusive<u64>> + Send + Sync>;

/// Makes the answer from what was decided. Like [`Decide`] it may be asked again.
pub type Render = Box<dyn Fn(&Outcome<'_>) -> RenderedResponse + Send + Sync>;

/// Whether deciding takes so little on that plan that it is done in between; all else is done
/// aside, in turns.
pub type IsSmall = Box<dyn Fn(&Plan) -> bool + Send + Sync>;

/// One request that writes.
pub struct Write {
    /// Who does it.
    pub actor: Actor,
    /// When it happened, if not now.
    pub occurred_at: Option<Timestamp>,
    /// `None`: the same request again does it again.
    pub idempotency: Option<Idempotency>,
    /// The trace that its events belong to.
    pub trace: Option<TraceParent>,
    /// What it does.
    pub decide: Decide,
    /// What of the log has to be read for that; most writes rest on the plan alone.
    pub rests_on: Option<RestsOn>,
    /// Whether that is little.
    pub is_small: IsSmall,
    /// What is answered.
    pub render: Render,
    /// Whether working that out takes long though the write is about little.
    pub answers_much: bool,
}

/// A body with more in it is not little, whatever it is about.
const SHORT_BODIES: usize = 16 << 10;

/// Whether what commands bring takes little to read.
fn are_short(commands: &[Command]) -> bool {
    fn takes(value: &Value, left: &mut usize) -> bool {
        let own = 16 + value.as_str().map_or(0, str::len);
        let Some(rest) = left.checked_sub(own) else {
            return false;
        };
        *left = rest;
        match value {
            Value::Array(items) => items.iter().all(|item| takes(item, left)),
            Value::Object(members) => members.values().all(|member| takes(member, left)),
            _ => true,
        }
    }
    let mut left = SHORT_BODIES;
    commands.iter().all(|c| takes(&c.body, &mut left))
}

impl Write {
    /// A request of a user's that is decided under what the user is in the tenant by then.
    pub fn by_user(
        user: UserId,
        decide: impl Fn(&Plan, &mut Context<'_>) -> Result<Decision, Error> + Send + Sync + 'static,
        render: impl Fn(&Outcome<'_>) -> RenderedResponse + Send + Sync + 'static,
    ) -> Write {
        let decide: Decide = Box::new(move |plan, fresh, _| {
            let access: Access = access::of(plan, user)?;
            decide(plan, &mut Context { access, fresh })
        });
        Write::by(Actor::User(user), decide, render)
    }

    /// A request of somebody's, whose rights its decision looks at.
    pub(crate) fn by(
        actor: Actor,
        decide: Decide,
        render: impl Fn(&Outcome<'_>) -> RenderedResponse + Send + Sync + 'static,
    ) -> Write {
        Write {
            actor,
            occurred_at: None,
            idempotency: None,
            trace: trace::current(),
            decide,
            rests_on: None,
            is_small: Box::new(|_| false),
            render: Box::new(render),
            answers_much: false,
        }
    }

    /// The same, which is little whatever the plan.
    pub(crate) fn always_small(self) -> Write {
        self.small_if(|_| true)
    }

    fn small_if(mut self, is_small: impl Fn(&Plan) -> bool + Send + Sync + 'static) -> Write {
        self.is_small = Box::new(is_small);
        self
    }

    /// One command; what is wrong with it points into its body.
    pub fn command(
        user: UserId,
        command: Command,
        render: impl Fn(&Outcome<'_>) -> RenderedResponse + Send + Sync + 'static,
    ) -> Write {
        let command = Arc::new(command);
        let weighed = Arc::clone(&command);
        let is_short = are_short(std::slice::from_ref(&*command));
        let decide = move |plan: &Plan, context: &mut Context<'_>| {
            Ok(decide::decide(
                plan,
                context,
                std::slice::from_ref(&*command),
            )?)
        };
        Write::by_user(user, decide, render).small_if(move |plan| {
            is_short && decide::is_small(plan, std::slice::from_ref(&*weighed))
        })
    }

    /// Several commands as one step; what is wrong points at `/commands/3/…`.
    pub fn commands(
        user: UserId,
        commands: Vec<Command>,
        render: impl Fn(&Outcome<'_>) -> RenderedResponse + Send + Sync + 'static,
    ) -> Write {
        let commands: Arc<[Command]> = commands.into();
        let weighed = Arc::clone(&commands);
        let is_short = are_short(&commands);
        let decide = move |plan: &Plan, context: &mut Context<'_>| {
            let rejected = |r: Rejection| Error::of_command(r, "/commands");
            decide::decide(plan, context, &commands).map_err(rejected)
        };
        Write::by_user(user, decide, render)
            .small_if(move |plan| is_short && decide::is_small(plan, &weighed))
    }

    /// Takes a step back, or does it again.
    pub fn take_back(
        user: UserId,
        which: TakeBack,
        render: impl Fn(&Outcome<'_>) -> RenderedResponse + Send + Sync + 'static,
    ) -> Write {
        let decide: Decide = Box::new(move |plan, fresh, events| {
            let access = access::of(plan, user)?;
            let mut context = Context { access, fresh };
            Ok(decide::decide_take_back(plan, &mut context, which, events)?)
        });
        let access = move |plan: &Plan| access::of(plan, user).ok();
        Write {
            rests_on: Some(Box::new(move |plan| which.events(plan, &access(plan)?))),
            ..Write::by(Actor::User(user), decide, render)
        }
        .small_if(move |plan| access(plan).is_none_or(|access| which.is_small(plan, &access)))
    }

    /// The same, answered aside where that takes long.
    #[must_use]
    pub fn answering_much(mut self, much: bool) -> Write {
        self.answers_much = much;
        self
    }

    /// The same with an idempotency key.
    #[must_use]
    pub fn keyed(mut self, idempotency: Option<Idempotency>) -> Write {
        self.idempotency = idempotency;
        self
    }
}

/// The key under which a request's answer is kept for 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Whose request it is.
    pub user: UserId,
    /// The key that the client gave.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: Hash,
}

/// A decided request. Where its answer is given again, the plan is today's.
pub struct Outcome<'a> {
    /// The plan with the request's changes in it.
    pub plan: &'a Plan,
    /// Where the log stands after it.
    pub head: Head,
    /// What was decided.
    pub decision: &'a Decision,
    /// The step that it is.
    pub step: StepId,
}

impl Outcome<'_> {
    /// Where the log stands after it.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }
}

/// A response's status and body, made from the outcome of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedResponse {
    /// The status of the answer.
    pub status: u16,
    /// Its body.
    pub body: Bytes,
}

/// What a write's caller gets, durably committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is answered.
    pub rendered: RenderedResponse,
    /// A head that holds what was written.
    pub head: Head,
    /// The answer was given before, under the same idempotency key.
    pub replayed: bool,
}

#[cfg(test)]
mod tests {
    use raally_domain::decide::Op;
    use raally_domain::kinds::Kind;
    use serde_json::json;

    use super::*;

    fn command(body: Value) -> Command {
        Command {
            op: Op::Create,
            resource: Kind::Project,
            id: None,
            expect: None,
            body,
        }
    }

    #[test]
    fn what_brings_much_is_not_small_whatever_it_is_about() {
        let (tenant, user) = (
            raally_domain::ids::TenantId(uuid::Uuid::nil()),
            UserId(uuid::Uuid::nil()),
        );
        let plan = Plan::empty(tenant, 1);
        let small = |body| {
            let render = |_: &Outcome<'_>| RenderedResponse {
                status: 200,
                body: Bytes::new(),
            };
            let one = Write::command(user, command(body), render);
            (one.is_small)(&plan)
        };
        assert!(small(
            json!({ "name": "Apollo", "notes": "x".repeat(1_000) })
        ));
        assert!(!small(json!({ "name": "x".repeat(20_000) })));
        assert!(!small(json!({ "name": "Apollo", "tags": vec![0; 2_000] })));
    }
}
