//! Deleting one's account.

use raally_domain::account::AccountChange;
use raally_domain::decide::Decision;
use raally_domain::event::{Actor, Change, Diff};
use raally_domain::ids::UserId;
use raally_domain::kinds::{Member, Role};
use raally_domain::plan::Plan;

use super::{Auth, Caller};
use crate::Message;
use crate::accounts::{AccountEventDraft, yielded_address};
use crate::error::Error;
use crate::ports::{UserExpectation, UserUpdate};
use crate::tenants::{Decide, Outcome, RenderedResponse, Tenants, Write};

impl Auth {
    /// Deletes the caller's account: they leave their workspaces, what the account holds of them
    /// goes, and nobody can sign in to it any more. Its id stays, by which logs name it.
    /// [`Error::Conflict`] where they are the only admin of a workspace.
    pub async fn delete_account(
        &self,
        tenants: &Tenants,
        caller: &Caller,
        password: &str,
    ) -> Result<(), Error> {
        let user = self.with_password(caller.user, password).await?;
        let memberships = self.me(user.id).await?.tenants;
        // All of them are looked at before the first is left.
        for of in &memberships {
            let plan = tenants.open(of.id).await?.plan(None).await?;
            leaving(&plan, user.id)?;
        }
        for of in &memberships {
            let tenant = tenants.open(of.id).await?;
            tenant.submit(leave(user.id)).await?;
        }
        let update = UserUpdate {
            email: Some(yielded_address(user.id)),
            full_name: Some(String::new()),
            password_hash: Some(None),
            locale: Some(None),
            last_view: Some(None),
            email_verified: Some(false),
            imported: Some(None),
            expected: UserExpectation {
                password_hash: Some(user.password_hash),
                ..UserExpectation::default()
            },
        };
        let fields = ["email", "full_name", "password"].map(str::to_owned);
        let fields = fields.to_vec();
        let draft = AccountEventDraft::by(user.id, AccountChange::Changed { fields });
        self.write_and_end_sessions(user.id, None, update, draft)
            .await?;
        Ok(())
    }
}

/// The change by which a member leaves; `None` for who is none.
fn leaving(plan: &Plan, user: UserId) -> Result<Option<Change>, Error> {
    let Some(member) = plan.members().get(&user) else {
        return Ok(None);
    };
    let mut others = plan.members().values().filter(|other| other.id != user);
    let alone = others.all(|other| other.value.role != Role::Admin);
    if member.value.role == Role::Admin && alone {
        return Err(Error::Conflict(Message::AdminElsewhere {
            workspace: plan.settings().name.clone(),
        }));
    }
    let diff = Diff::<Member> {
        id: user,
        before: Some((*member.value).clone()),
        after: None,
    };
    Ok(Some(diff.into()))
}

fn leave(user: UserId) -> Write {
    let decide: Decide = Box::new(move |plan, _, _| {
        let changes = leaving(plan, user)?.into_iter().collect();
        Decision::of_changes(plan, changes)
            .map_err(|e| Error::internal("a decision does not fit its plan", e))
    });
    let left = |_: &Outcome<'_>| RenderedResponse {
        status: 204,
        body: bytes::Bytes::new(),
    };
    Write::by(Actor::User(user), decide, left).always_small()
}
