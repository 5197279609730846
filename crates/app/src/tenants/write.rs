//! A write on its way to a tenant's sequencer, and what comes back.

use bytes::Bytes;
use raally_domain::event::{Actor, Hash, Head};
use raally_domain::ids::{StepId, UserId};
use raally_domain::plan::Plan;
use raally_domain::time::Moment;

use crate::decision::{Decision, Fresh, Rejection};

/// Decides on the plan as it is when the write's turn has come; asked again on a newer plan
/// when another process wrote first, so it must not have effects.
pub type Decide = Box<dyn Fn(&Plan, &mut dyn Fresh) -> Result<Decision, Rejection> + Send + Sync>;

/// Makes the answer from what was decided. Like [`Decide`] it may be asked again.
pub type Render = Box<dyn Fn(&Outcome<'_>) -> Rendered + Send + Sync>;

/// One request that writes.
pub struct Write {
    pub actor: Actor,
    /// When it happened, if not now.
    pub occurred_at: Option<Moment>,
    pub idempotency: Option<Idempotency>,
    pub decide: Decide,
    pub render: Render,
}

/// The key under which a request's answer is kept for 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    pub user: UserId,
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: Hash,
}

/// A decided request, before it is known to be committed.
pub struct Outcome<'a> {
    /// The plan with the request's changes in it.
    pub plan: &'a Plan,
    pub decision: &'a Decision,
    pub step: StepId,
}

impl Outcome<'_> {
    /// Where the log stands after it.
    #[must_use]
    pub fn head(&self) -> Head {
        self.plan.head()
    }
}

/// An answer's status and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub status: u16,
    pub body: Bytes,
}

/// What a write's caller gets, durably committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub rendered: Rendered,
    /// A head that holds what was written.
    pub head: Head,
    /// The answer was given before, under the same idempotency key.
    pub replayed: bool,
}
