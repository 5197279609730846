//! Accounts: making one, and what its owner may change.

use raally_domain::account::AccountChange;
use raally_domain::ids::{SessionId, TenantId, UserId};
use raally_domain::kinds::is_email;

use super::passwords::{self, Match};
use super::{Auth, Caller, Me, SignedIn};
use crate::FieldError;
use crate::Message;
use crate::accounts::{AccountEventDraft, record_with, recorded};
use crate::error::Error;
use crate::ports::{IdentityChange, User};
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
        let email = normal(&request.email);
        let name = request.full_name.trim().to_owned();
        let mut errors = Vec::new();
        if !is_email(&email) || email.chars().count() > 254 {
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
        let user = User {
            id: UserId(self.services.uuid()),
            email,
            full_name: name,
            password_hash: Some(hash),
            locale: request.locale,
            last_view: None,
            email_verified: false,
            created_at: self.services.now(),
            imported: None,
        };
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
        self.begin_session(id, None).await
    }

    /// Changes the caller's account.
    pub async fn update(&self, user: UserId, patch: AccountPatch) -> Result<Me, Error> {
        let mut me = self.me(user).await?;
        let before = me.user.clone();
        let mut errors = Vec::new();
        if let Some(name) = patch.full_name {
            let name = name.trim().to_owned();
            errors.extend(wrong_name("/full_name", &name));
            me.user.full_name = name;
        }
        if let Some(locale) = patch.locale {
            errors.extend(wrong_locale(locale.as_deref()));
            me.user.locale = locale;
        }
        if let Some(view) = patch.last_view {
            let fits = |v: &String| v.len() <= MAX_VIEW && v.starts_with('/');
            if view
                .as_ref()
                .is_some_and(|v| !fits(v) || v.chars().any(char::is_control))
            {
                errors.push(FieldError::new("/last_view", Message::NotAPath));
            }
            me.user.last_view = view;
        }
        if !errors.is_empty() {
            return Err(Error::Invalid { errors });
        }
        // Where somebody looked last is nobody's concern.
        let fields = [
            ("full_name", before.full_name != me.user.full_name),
            ("locale", before.locale != me.user.locale),
        ];
        let changed = fields.iter().filter(|(_, changed)| *changed);
        let fields: Vec<String> = changed.map(|(field, _)| (*field).to_owned()).collect();
        if fields.is_empty() {
            self.services.identity.update_user(me.user.clone()).await?;
        } else {
            let change = AccountChange::Changed { fields };
            self.put_user(me.user.clone(), change).await?;
        }
        Ok(me)
    }

    /// Replaces a user and records why, both or neither.
    async fn put_user(&self, user: User, change: AccountChange) -> Result<(), Error> {
        let draft = AccountEventDraft::by(user.id, change);
        let put = vec![IdentityChange::PutUser(user)];
        Ok(record_with(&self.services, draft, put).await?)
    }

    /// Changes the caller's password and ends all other sessions; returns those ended.
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: &str,
        new: &str,
    ) -> Result<Vec<SessionId>, Error> {
        let not_before = tokio::time::sleep(self.config.failure_takes);
        let me = self.me(caller.user).await?;
        let hash = me.user.password_hash.as_deref();
        if self.passwords.verify(current, hash).await? == Match::No {
            not_before.await;
            return Err(Error::field("/current_password", Message::WrongPassword));
        }
        passwords::check_new("/new_password", new, &me.user.email)?;
        let hash = self.passwords.hash(&self.services, new).await?;
        let user = User {
            password_hash: Some(hash),
            ..me.user
        };
        self.put_user(user, AccountChange::PasswordChanged {})
            .await?;
        let now = self.services.now();
        let identity = &self.services.identity;
        let ended = identity.end_sessions_of(caller.user, Some(caller.session), now);
        let ended = ended.await?;
        for session in &ended {
            self.note_ended(*session).await;
        }
        Ok(ended)
    }
}

/// What is wrong with a name of one line.
pub(crate) fn wrong_name(pointer: &str, name: &str) -> Option<FieldError> {
    let message = if name.trim().is_empty() {
        Message::Empty
    } else if name.chars().count() > 200 {
        Message::TooLong { most: 200 }
    } else if name.chars().any(char::is_control) {
        Message::ControlCharacters
    } else {
        return None;
    };
    Some(FieldError::new(pointer, message))
}

fn wrong_locale(locale: Option<&str>) -> Option<FieldError> {
    let unknown = locale.is_some_and(|l| !LOCALES.contains(&l));
    unknown.then(|| FieldError::new("/locale", Message::UnknownLocale))
}
