//! Accounts: making one, and what its owner may change.

use raally_domain::account::AccountChange;
use raally_domain::ids::{SessionId, TenantId, UserId};
use raally_domain::kinds::{holds_control, is_email, is_visible};

use super::passwords;
use super::recovery::MAX_EMAIL;
use super::{Auth, Caller, Me, Origin, SignedIn};
use crate::FieldError;
use crate::Message;
use crate::accounts::{AccountEventDraft, record_with, recorded};
use crate::error::Error;
use crate::ports::{IdentityChange, User, UserExpectation, UserUpdate};
use crate::workspaces::{self, NewWorkspace, ValidatedWorkspace};

/// What signing up takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUp {
    /// In any case; it is kept in lower case.
    pub email: String,
    /// As it was typed.
    pub password: String,
    /// What the user is called.
    pub full_name: String,
    /// `en`, `es` or `pt-BR`.
    pub locale: Option<String>,
    /// The name of a workspace to create with the account.
    pub workspace: Option<String>,
}

/// What a user changes of their account; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountPatch {
    /// `None` stays as it is.
    pub full_name: Option<String>,
    /// `Some(None)`: as the browser says.
    pub locale: Option<Option<String>>,
    /// `None` stays as it is, `Some(None)` forgets it.
    pub last_view: Option<Option<String>>,
}

/// The languages the web app speaks.
pub const LOCALES: [&str; 3] = ["en", "es", "pt-BR"];
/// The longest place in the web app that is remembered.
const MAX_VIEW: usize = 2_000;

/// An address as it is kept: without outer blanks, in lower case.
pub(crate) fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Auth {
    /// Makes an account (with its first workspace, if it names one, both or neither) and signs
    /// it in. [`Error::Conflict`] if the address has one.
    pub async fn sign_up(&self, request: SignUp) -> Result<SignedIn, Error> {
        self.sign_up_from(request, Origin::default()).await
    }

    /// As [`Auth::sign_up`], from where the caller is. The address is mailed a token that
    /// verifies it.
    pub async fn sign_up_from(
        &self,
        request: SignUp,
        origin: Origin<'_>,
    ) -> Result<SignedIn, Error> {
        let user = self.new_user(&request).await?;
        let id = user.id;
        self.make_account(user, request.workspace.as_deref().map(str::trim))
            .await?;
        // A network that has had enough mail sent is told no more than that its account is there.
        if let Err(error) = self.ask_to_verify(id).await {
            tracing::warn!(
                error = error.causes(),
                "a new account's address was not mailed to: it can be asked for again"
            );
        }
        self.begin_session(id, origin).await
    }

    /// The account that a request is for, which is not made yet.
    async fn new_user(&self, request: &SignUp) -> Result<User, Error> {
        let email = normal(&request.email);
        let name = request.full_name.trim().to_owned();
        let mut errors = Vec::new();
        if !is_email(&email) || email.chars().count() > MAX_EMAIL {
            errors.push(FieldError::new("/email", Message::NotAnEmail));
        }
        errors.extend(wrong_name("/full_name", &name));
        errors.extend(wrong_locale(request.locale.as_deref()));
        let password = passwords::check_new("/password", &request.password, &email);
        if let Err(Error::Invalid { errors: more }) = password {
            errors.extend(more);
        }
        let workspace = request.workspace.as_deref().map(str::trim);
        errors.extend(workspace.and_then(|w| wrong_name("/workspace", w)));
        if !errors.is_empty() {
            return Err(Error::Invalid { errors });
        }
        let hash = self
            .passwords
            .hash(&self.services, &request.password)
            .await?;
        Ok(User {
            id: UserId(self.services.uuid()),
            email,
            full_name: name,
            password_hash: Some(hash),
            locale: request.locale.clone(),
            last_view: None,
            email_verified: false,
            created_at: self.services.now(),
            imported: None,
        })
    }

    /// Makes an account, with its first workspace if it names one: both or neither.
    async fn make_account(&self, user: User, workspace: Option<&str>) -> Result<(), Error> {
        let id = user.id;
        match workspace {
            Some(name) => {
                let workspace = NewWorkspace {
                    name: name.to_owned(),
                    slug: None,
                };
                match &self.provisioning {
                    Some(provisioning) => drop(provisioning.with(id, Some(user), workspace).await?),
                    None => {
                        let wanted = ValidatedWorkspace::new(workspace)?;
                        let tenant = TenantId(self.services.uuid());
                        workspaces::make(&self.services, tenant, id, Some(user), &wanted).await?;
                    }
                }
            }
            None => {
                let identity = workspaces::signed_up(&self.services, user);
                self.services.store.append(recorded(identity)).await?;
            }
        }
        Ok(())
    }

    /// Changes the caller's account.
    pub async fn update(&self, user: UserId, patch: AccountPatch) -> Result<Me, Error> {
        let me = self.me(user).await?;
        let mut errors = Vec::new();
        let full_name = patch.full_name.map(|name| name.trim().to_owned());
        let wrong = |name: &String| wrong_name("/full_name", name);
        errors.extend(full_name.as_ref().and_then(wrong));
        errors.extend(
            patch
                .locale
                .as_ref()
                .and_then(|l| wrong_locale(l.as_deref())),
        );
        let view = patch.last_view.as_ref().and_then(Option::as_ref);
        if view.is_some_and(|view| !is_view(view)) {
            errors.push(FieldError::new("/last_view", Message::NotAPath));
        }
        if !errors.is_empty() {
            return Err(Error::Invalid { errors });
        }
        let is_new_name = full_name.as_ref().is_some_and(|n| *n != me.user.full_name);
        let is_new_locale = patch.locale.as_ref().is_some_and(|l| *l != me.user.locale);
        let update = UserUpdate {
            full_name,
            locale: patch.locale,
            last_view: patch.last_view,
            ..UserUpdate::default()
        };
        // Where somebody looked last is nobody's concern.
        let fields = [("full_name", is_new_name), ("locale", is_new_locale)];
        let changed = fields.iter().filter(|(_, changed)| *changed);
        let fields: Vec<String> = changed.map(|(field, _)| (*field).to_owned()).collect();
        if fields.is_empty() {
            self.services.identity.update_user(user, update).await?;
        } else {
            let draft = AccountEventDraft::by(user, AccountChange::Changed { fields });
            let update = vec![IdentityChange::UpdateUser(user, update)];
            record_with(&self.services, draft, update).await?;
        }
        self.me(user).await
    }

    /// Changes the caller's password and ends all other sessions; returns those ended.
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: &str,
        new: &str,
    ) -> Result<Vec<SessionId>, Error> {
        let user = caller.user;
        let known = self.with_password(user, current).await?;
        passwords::check_new("/new_password", new, &known.email)?;
        let hash = self.passwords.hash(&self.services, new).await?;
        let update = UserUpdate {
            password_hash: Some(Some(hash)),
            // Another may have changed it since: then the one that was given is not the current.
            expected: UserExpectation {
                password_hash: Some(known.password_hash),
                ..UserExpectation::default()
            },
            ..UserUpdate::default()
        };
        let draft = AccountEventDraft::by(user, AccountChange::PasswordChanged {});
        self.write_and_end_sessions(user, Some(caller.session), update, draft)
            .await
    }

    /// Writes to a user's row, records it, and ends the user's sessions but for one: all of it, or
    /// nothing. Returns the sessions that ended.
    pub(super) async fn write_and_end_sessions(
        &self,
        user: UserId,
        except: Option<SessionId>,
        update: UserUpdate,
        draft: AccountEventDraft,
    ) -> Result<Vec<SessionId>, Error> {
        let at = self.services.now();
        let living = self.services.identity.sessions_of(user, at).await?;
        let changes = vec![
            IdentityChange::UpdateUser(user, update),
            IdentityChange::EndSessions { user, except, at },
        ];
        record_with(&self.services, draft, changes).await?;
        let ended = living.into_iter().map(|session| session.id);
        let ended: Vec<SessionId> = ended.filter(|id| Some(*id) != except).collect();
        for session in &ended {
            self.note_ended(*session).await;
        }
        Ok(ended)
    }
}

/// Whether that is a place in the web app.
fn is_view(view: &str) -> bool {
    view.len() <= MAX_VIEW && view.starts_with('/') && !view.chars().any(char::is_control)
}

/// What is wrong with a name of one line.
pub(crate) fn wrong_name(pointer: &str, name: &str) -> Option<FieldError> {
    let message = if name.trim().is_empty() {
        Message::Empty
    } else if name.chars().count() > 200 {
        Message::TooLong { most: 200 }
    } else if holds_control(name) {
        Message::ControlCharacters
    } else if !is_visible(name) {
        Message::Invisible
    } else {
        return None;
    };
    Some(FieldError::new(pointer, message))
}

fn wrong_locale(locale: Option<&str>) -> Option<FieldError> {
    let unknown = locale.is_some_and(|l| !LOCALES.contains(&l));
    unknown.then(|| FieldError::new("/locale", Message::UnknownLocale))
}
