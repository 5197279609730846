//! Accounts: those of the file, those that are here already, and which is which.

use std::collections::{BTreeMap, HashMap};

use raally_app::accounts::yielded;
use raally_app::ports::{Identity, IdentityChange, StoreError, User, UserExpectation, UserUpdate};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::time::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::map::IncomingUser;
use crate::merge::Conflict;

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserOutcome {
    Created,
    Changed,
    Unchanged,
    /// An account with the same address was here already; the memberships go to it.
    Linked,
    /// Deleted in the file: the account can no longer sign in.
    Removed,
}

#[derive(Clone, Debug)]
pub(crate) struct SettledUser {
    /// The id in the file.
    pub(crate) id: UserId,
    /// The account that it is here.
    pub(crate) account: UserId,
    pub(crate) email: String,
    pub(crate) outcome: UserOutcome,
}

#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) users: Vec<SettledUser>,
    pub(crate) writes: Vec<IdentityChange>,
    pub(crate) conflicts: Vec<Conflict>,
}

impl Settled {
    /// The account that a user of the file is here.
    pub(crate) fn account(&self, id: UserId) -> UserId {
        let user = self.users.iter().find(|u| u.id == id);
        user.map_or(id, |u| u.account)
    }
}

/// A password hash by which a change of it can be told, and from which it cannot be had back.
fn fingerprint(hash: Option<&str>) -> Value {
    hash.map_or(Value::Null, |h| json!(hex::encode(Sha256::digest(h))))
}

type Values = BTreeMap<String, Value>;

fn values(email: &str, name: &str, hash: Option<&str>, verified: bool) -> Values {
    Values::from([
        ("email".to_owned(), json!(email)),
        ("full_name".to_owned(), json!(name)),
        ("password".to_owned(), fingerprint(hash)),
        ("email_verified".to_owned(), json!(verified)),
    ])
}

/// Works out what becomes of each user of the file.
pub(crate) async fn settle(
    identity: &dyn Identity,
    incoming: &[IncomingUser],
    tenants_of_file: &[TenantId],
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let mut settled = Settled::default();
    let mut addresses: HashMap<&str, UserId> = HashMap::new();
    for user in incoming {
        let here = identity.user(user.id).await?;
        let (account, outcome) = match here {
            Some(here) if user.deleted => (
                here.id,
                revoke(identity, here, tenants_of_file, now, &mut settled).await?,
            ),
            None if user.deleted => continue,
            Some(here) => (here.id, merge(identity, user, here, &mut settled).await?),
            None => {
                let holder = identity.user_by_email(&user.email).await?;
                let proven = match &holder {
                    Some(holder) => may_be(identity, holder, tenants_of_file).await?,
                    None => false,
                };
                let same = holder.as_ref().filter(|_| proven).map(|u| u.id);
                match same.or_else(|| addresses.get(user.email.as_str()).copied()) {
                    Some(account) => (account, UserOutcome::Linked),
                    None => {
                        settled.writes.extend(holder.as_ref().map(yielded));
                        settled
                            .writes
                            .push(IdentityChange::AddUser(create(user, now)));
                        (user.id, UserOutcome::Created)
                    }
                }
            }
        };
        addresses.entry(&user.email).or_insert(account);
        settled.users.push(SettledUser {
            id: user.id,
            account,
            email: user.email.clone(),
            outcome,
        });
    }
    Ok(settled)
}

/// Whether an account with the address of a user of the file is that user: if its address was
/// shown to be theirs, or an import has made it a member before. One that merely signed up with it
/// is not.
async fn may_be(
    identity: &dyn Identity,
    holder: &User,
    tenants_of_file: &[TenantId],
) -> Result<bool, StoreError> {
    if holder.email_verified {
        return Ok(true);
    }
    let memberships = identity.memberships(holder.id).await?;
    let mut tenants = memberships.iter().map(|(m, _)| m.tenant);
    Ok(tenants.any(|tenant| tenants_of_file.contains(&tenant)))
}

fn imported_values(user: &IncomingUser) -> Values {
    values(
        &user.email,
        &user.full_name,
        user.password_hash.as_deref(),
        user.email_verified,
    )
}

fn create(user: &IncomingUser, now: Timestamp) -> User {
    User {
        id: user.id,
        email: user.email.clone(),
        full_name: user.full_name.clone(),
        password_hash: user.password_hash.clone(),
        locale: None,
        last_view: None,
        email_verified: user.email_verified,
        created_at: user.created_at.unwrap_or(now),
        imported: Some(json!(imported_values(user)).to_string()),
    }
}

fn last_imported(user: &User) -> Values {
    let text = user.imported.as_deref();
    text.and_then(|t| serde_json::from_str(t).ok())
        .unwrap_or_default()
}

/// Brings what the file has changed of an account that an import had made.
async fn merge(
    identity: &dyn Identity,
    theirs: &IncomingUser,
    here: User,
    settled: &mut Settled,
) -> Result<UserOutcome, StoreError> {
    let mut base = last_imported(&here);
    let ours = values(
        &here.email,
        &here.full_name,
        here.password_hash.as_deref(),
        here.email_verified,
    );
    let mut update = UserUpdate::default();
    for (field, in_file) in imported_values(theirs) {
        let last = base.get(&field);
        if last == Some(&in_file) {
            continue;
        }
        let same = ours[&field] == in_file;
        let untouched = last.unwrap_or(&Value::Null) == &ours[&field];
        if !same && (!untouched || !take(identity, &field, theirs, &mut update).await?) {
            let secret = field == "password";
            let shown = |v: &Value| if secret { json!("…") } else { v.clone() };
            settled.conflicts.push(Conflict {
                what: format!("user {}", here.email),
                field: known_name(&field),
                kept: shown(&ours[&field]),
                in_file: shown(&in_file),
            });
            continue;
        }
        base.insert(field, in_file);
    }
    let imported = Some(json!(base).to_string());
    if update == UserUpdate::default() && imported == here.imported {
        return Ok(UserOutcome::Unchanged);
    }
    update.imported = Some(imported);
    update.expected = as_compared(&here, &update);
    let write = IdentityChange::UpdateUser(here.id, update);
    settled.writes.push(write);
    Ok(UserOutcome::Changed)
}

/// What the comparison with the file rests on: where somebody changed it since, the import is
/// worked out anew.
fn as_compared(here: &User, update: &UserUpdate) -> UserExpectation {
    let password = update.password_hash.as_ref();
    UserExpectation {
        imported: Some(here.imported.clone()),
        password_hash: password.map(|_| here.password_hash.clone()),
        email: update.email.as_ref().map(|_| here.email.clone()),
        email_verified: update.email_verified.map(|_| here.email_verified),
    }
}

fn known_name(field: &str) -> &'static str {
    match field {
        "email" => "email",
        "full_name" => "full_name",
        "password" => "password",
        _ => "email_verified",
    }
}

/// Takes one field from the file; false where it cannot be taken.
async fn take(
    identity: &dyn Identity,
    field: &str,
    theirs: &IncomingUser,
    update: &mut UserUpdate,
) -> Result<bool, StoreError> {
    match field {
        "email" => {
            if identity.user_by_email(&theirs.email).await?.is_some() {
                return Ok(false);
            }
            update.email = Some(theirs.email.clone());
        }
        "full_name" => update.full_name = Some(theirs.full_name.clone()),
        "password" => update.password_hash = Some(theirs.password_hash.clone()),
        _ => update.email_verified = Some(theirs.email_verified),
    }
    Ok(true)
}

/// A user who was deleted in the file can no longer sign in and is signed out, unless they belong
/// to workspaces that the file knows nothing of.
async fn revoke(
    identity: &dyn Identity,
    here: User,
    tenants_of_file: &[TenantId],
    now: Timestamp,
    settled: &mut Settled,
) -> Result<UserOutcome, StoreError> {
    let base = last_imported(&here);
    if base.is_empty() {
        return Ok(UserOutcome::Removed);
    }
    let memberships = identity.memberships(here.id).await?;
    let elsewhere = memberships
        .iter()
        .any(|(m, _)| !tenants_of_file.contains(&m.tenant));
    if elsewhere {
        return Ok(UserOutcome::Unchanged);
    }
    let update = UserUpdate {
        password_hash: Some(None),
        imported: Some(Some("{}".to_owned())),
        ..UserUpdate::default()
    };
    let end = IdentityChange::EndSessions {
        user: here.id,
        except: None,
        at: now,
    };
    let write = IdentityChange::UpdateUser(here.id, update);
    settled.writes.extend([write, end]);
    Ok(UserOutcome::Removed)
}
