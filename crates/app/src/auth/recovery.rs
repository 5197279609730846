//! Whose an address is: verifying it, changing it, and a new password by it.

use raally_domain::account::AccountChange;
use raally_domain::ids::{SessionId, UserId};
use raally_domain::kinds::is_email;

use super::letters;
use super::passwords::{self, Match};
use super::proof::{self, Purpose};
use super::{Auth, Caller, Me, normal};
use crate::Message;
use crate::accounts::{AccountEventDraft, record_with, yielded_address};
use crate::emails::EmailTemplate;
use crate::error::Error;
use crate::ports::{IdentityChange, User, UserExpectation, UserUpdate};

/// The most characters of an address (RFC 5321, erratum 1690).
pub(super) const MAX_EMAIL: usize = 254;

impl Auth {
    /// Mails an account's address a token that verifies it; one that is verified needs none.
    pub async fn ask_to_verify(&self, user: UserId) -> Result<(), Error> {
        let user = self.me(user).await?.user;
        if user.email_verified {
            return Ok(());
        }
        let token = proof::issue(&self.services, Purpose::Verify, &user, &user.email).await?;
        let link = self.services.web.verification(&token);
        self.mail_to(&user, &user.email, EmailTemplate::Verify { link: &link })
            .await
    }

    async fn mail_to(
        &self,
        user: &User,
        address: &str,
        template: EmailTemplate<'_>,
    ) -> Result<(), Error> {
        let to = (address, user.locale.as_deref());
        let sender = user.id.to_string();
        letters::send(&self.services, template, to, &sender).await
    }

    /// Takes the token that was mailed to an address of the caller's account: the one it has is
    /// verified, the one it is to have takes its place. That the caller is signed in to the very
    /// account keeps a stranger who reads the mail by mistake from confirming anything.
    pub async fn confirm_address(&self, caller: &Caller, token: &str) -> Result<Me, Error> {
        let purposes = [Purpose::Verify, Purpose::Change];
        let (claim, user) = proof::check(&self.services, &purposes, token).await?;
        if claim.user != caller.user {
            return Err(proof::invalid());
        }
        if claim.purpose == Purpose::Change {
            self.give_address(&user, &claim.address).await?;
        } else if !user.email_verified {
            self.note_verified(&user).await?;
        }
        self.me(user.id).await
    }

    /// Notes that a user reads the mail of the address they have.
    pub(crate) async fn note_verified(&self, user: &User) -> Result<(), Error> {
        note_verified(&self.services, user).await
    }

    async fn give_address(&self, user: &User, address: &str) -> Result<(), Error> {
        let mut changes = self.yielding(user.id, address).await?;
        let update = UserUpdate {
            email: Some(address.to_owned()),
            email_verified: Some(true),
            expected: UserExpectation {
                email: Some(user.email.clone()),
                password_hash: Some(user.password_hash.clone()),
                ..UserExpectation::default()
            },
            ..UserUpdate::default()
        };
        changes.push(IdentityChange::UpdateUser(user.id, update));
        let fields = vec!["email".to_owned()];
        let draft = AccountEventDraft::by(user.id, AccountChange::Changed { fields });
        record_with(&self.services, draft, changes).await?;
        if user.email_verified {
            let told = EmailTemplate::AddressChanged { address };
            if let Err(error) = self.mail_to(user, &user.email, told).await {
                tracing::warn!(%error, "an account's old address was not told that it was changed");
            }
        }
        Ok(())
    }

    /// What takes an address from an unverified account that has it, in favour of whoever has
    /// proved that it is theirs. [`Error::Conflict`] where its holder has proved it too.
    async fn yielding(&self, to: UserId, address: &str) -> Result<Vec<IdentityChange>, Error> {
        let holder = self.services.identity.user_by_email(address).await?;
        match holder {
            Some(holder) if holder.id != to && holder.email_verified => {
                Err(Error::Conflict(Message::EmailTaken))
            }
            Some(holder) if holder.id != to => Ok(vec![yielded(&holder)]),
            _ => Ok(Vec::new()),
        }
    }

    /// Asks for another address: both are told, and the new one gets the token that makes it so.
    pub async fn ask_for_address(
        &self,
        caller: &Caller,
        password: &str,
        address: &str,
    ) -> Result<(), Error> {
        let address = normal(address);
        if !is_email(&address) || address.chars().count() > MAX_EMAIL {
            return Err(Error::field("/email", Message::NotAnEmail));
        }
        let user = self.with_password(caller.user, password).await?;
        if address == user.email {
            return self.ask_to_verify(user.id).await;
        }
        self.yielding(user.id, &address).await?;
        let token = proof::issue(&self.services, Purpose::Change, &user, &address).await?;
        let link = self.services.web.verification(&token);
        let template = EmailTemplate::NewAddress { link: &link };
        self.mail_to(&user, &address, template).await?;
        if user.email_verified {
            let told = EmailTemplate::AddressAsked { address: &address };
            self.mail_to(&user, &user.email, told).await?;
        }
        Ok(())
    }

    /// The user, if that is the password; else [`Error::Invalid`], no sooner than always.
    pub(super) async fn with_password(&self, user: UserId, password: &str) -> Result<User, Error> {
        let not_before = tokio::time::sleep(self.config.failure_takes);
        let user = self.me(user).await?.user;
        let hash = user.password_hash.as_deref();
        if self.passwords.verify(password, hash).await? == Match::No {
            not_before.await;
            return Err(Error::field("/current_password", Message::WrongPassword));
        }
        Ok(user)
    }

    /// Mails a token for a new password to the account of that address. Whether there is one is
    /// not to be seen from outside: it answers the same after the same time.
    pub async fn ask_for_password(&self, email: &str, network: &str) -> Result<(), Error> {
        let not_before = tokio::time::sleep(self.config.failure_takes);
        let email = normal(email);
        let asked = async {
            let Some(user) = self.services.identity.user_by_email(&email).await? else {
                return Ok(());
            };
            let token = proof::issue(&self.services, Purpose::Reset, &user, &user.email).await?;
            let link = self.services.web.new_password(&token);
            let template = EmailTemplate::Reset { link: &link };
            let to = (&*user.email, user.locale.as_deref());
            letters::send(&self.services, template, to, network).await
        };
        if let Err(error) = asked.await {
            tracing::warn!(
                error = error.causes(),
                "a mail for a new password was not sent"
            );
        }
        not_before.await;
        Ok(())
    }

    /// Sets a new password by the token that was mailed for it, which also shows whose the address
    /// is: all sessions end, those of whoever had signed up with it among them.
    pub async fn reset_password(&self, token: &str, new: &str) -> Result<Vec<SessionId>, Error> {
        let (claim, user) = proof::check(&self.services, &[Purpose::Reset], token).await?;
        passwords::check_new("/new_password", new, &claim.address)?;
        let hash = self.passwords.hash(&self.services, new).await?;
        let update = UserUpdate {
            password_hash: Some(Some(hash)),
            email_verified: Some(true),
            expected: UserExpectation {
                email: Some(user.email),
                password_hash: Some(user.password_hash),
                ..UserExpectation::default()
            },
            ..UserUpdate::default()
        };
        let draft = AccountEventDraft::by(user.id, AccountChange::PasswordChanged {});
        self.write_and_end_sessions(user.id, None, update, draft)
            .await
    }
}

/// What takes its address from an account that has not proved it.
#[must_use]
pub fn yielded(holder: &User) -> IdentityChange {
    let update = UserUpdate {
        email: Some(yielded_address(holder.id)),
        expected: UserExpectation {
            email: Some(holder.email.clone()),
            email_verified: Some(false),
            ..UserExpectation::default()
        },
        ..UserUpdate::default()
    };
    IdentityChange::UpdateUser(holder.id, update)
}

/// Notes that a user reads the mail of the address they have.
pub(crate) async fn note_verified(
    services: &crate::services::Services,
    user: &User,
) -> Result<(), Error> {
    let update = UserUpdate {
        email_verified: Some(true),
        expected: UserExpectation {
            email: Some(user.email.clone()),
            ..UserExpectation::default()
        },
        ..UserUpdate::default()
    };
    let fields = vec!["email_verified".to_owned()];
    let draft = AccountEventDraft::by(user.id, AccountChange::Changed { fields });
    let update = vec![IdentityChange::UpdateUser(user.id, update)];
    record_with(services, draft, update).await?;
    Ok(())
}
