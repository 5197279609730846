//! Signing in and out, and exchanging refresh tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_domain::account::{AccountChange, Digest};
use raally_domain::event::Hash;
use raally_domain::ids::{SessionId, UserId};
use raally_domain::stream::StreamId;
use sha2::{Digest as _, Sha256};

use super::passwords::Match;
use super::{ACCESS_LIFE, Auth, Caller, SignedIn};
use crate::Message;
use crate::accounts::{AccountEventDraft, digest, record};
use crate::error::Error;
use crate::ports::{NewSession, Rotation, Session, User, UserExpectation, UserUpdate};
use crate::services::later;

/// Where a request comes from, as far as that is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// The caller's network.
    pub network: Option<&'a str>,
    /// What the caller uses, such as `Firefox on Linux`.
    pub device: Option<&'a str>,
}

impl Auth {
    /// Signs in. Any wrong pair gives the same [`Error::Unauthenticated`] after the same time.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, Error> {
        self.sign_in_from(email, password, Origin::default()).await
    }

    /// As [`Auth::sign_in`]; the record of it holds a digest of the network the caller is in, the
    /// session the device.
    pub async fn sign_in_from(
        &self,
        email: &str,
        password: &str,
        origin: Origin<'_>,
    ) -> Result<SignedIn, Error> {
        let not_before = tokio::time::sleep(self.config.failure_takes);
        let email = super::account::normal(email);
        let user = self.services.identity.user_by_email(&email).await?;
        let known = user.as_ref().map(|user| user.id);
        if let Some(user) = self.check_password(user, password).await? {
            return self.begin_session(user.id, origin).await;
        }
        // Whatever recording takes, it is not seen: the answer comes no sooner than always.
        self.failed(known, &email, origin.network).await;
        not_before.await;
        Err(Error::Unauthenticated(Message::WrongCredentials))
    }

    async fn check_password(
        &self,
        user: Option<User>,
        password: &str,
    ) -> Result<Option<User>, Error> {
        let hash = user.as_ref().and_then(|u| u.password_hash.as_deref());
        match self.passwords.verify(password, hash).await? {
            Match::No => Ok(None),
            Match::Yes => Ok(user),
            Match::Outdated => {
                let Some(user) = user else { return Ok(None) };
                let hash = self.passwords.hash(&self.services, password).await?;
                let imported = user.imported.is_some();
                let update = UserUpdate {
                    password_hash: Some(Some(hash)),
                    // Who knows the password that came with an imported account has it from the
                    // first Raally, whose word for the address stands.
                    email_verified: imported.then_some(true),
                    // Where it was changed meanwhile, the new password stays.
                    expected: UserExpectation {
                        password_hash: Some(user.password_hash.clone()),
                        ..UserExpectation::default()
                    },
                    ..UserUpdate::default()
                };
                self.services.identity.update_user(user.id, update).await?;
                Ok(Some(user))
            }
        }
    }

    async fn failed(&self, known: Option<UserId>, email: &str, network: Option<&str>) {
        let network = self.digest(network).await;
        let draft = match known {
            Some(user) => {
                AccountEventDraft::by_nobody(user.into(), AccountChange::SignInFailed { network })
            }
            None => {
                let Some(account) = self.digest(Some(email)).await else {
                    return;
                };
                let change = AccountChange::UnknownAccount { account, network };
                AccountEventDraft::by_nobody(StreamId::Platform, change)
            }
        };
        record(&self.services, draft).await;
    }

    async fn digest(&self, text: Option<&str>) -> Option<Digest> {
        digest(&self.services, text?).await
    }

    /// Begins a session of a user who has shown who they are.
    pub(crate) async fn begin_session(
        &self,
        user: UserId,
        origin: Origin<'_>,
    ) -> Result<SignedIn, Error> {
        let now = self.services.now();
        let session = SessionId(self.services.uuid());
        let (refresh_token, refresh_hash) = self.fresh_token();
        let expires_at = later(now, self.config.session_life);
        self.services
            .identity
            .create_session(NewSession {
                id: session,
                user,
                refresh_hash,
                created_at: now,
                expires_at,
                device: origin.device.map(str::to_owned),
            })
            .await?;
        let network = self.digest(origin.network).await;
        let change = AccountChange::SignedIn { session, network };
        record(&self.services, AccountEventDraft::by(user, change)).await;
        self.signed_in(user, session, refresh_token).await
    }

    /// Exchanges a refresh token for a new one and a new access token. One that was exchanged
    /// before ends its session: it may have been stolen.
    pub async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, Error> {
        let now = self.services.now();
        let (next, next_hash) = self.fresh_token();
        let expires_at = later(now, self.config.session_life);
        let rotation = self
            .services
            .identity
            .rotate(hash(refresh_token), next_hash, now, expires_at)
            .await?;
        match rotation {
            Rotation::Rotated { session, user } => self.signed_in(user, session, next).await,
            Rotation::Reused { session, user } => {
                self.reused(session, user).await;
                Err(ended())
            }
            Rotation::Unknown => Err(ended()),
        }
    }

    /// Ends the session of that refresh token, if it is one.
    pub async fn sign_out(&self, refresh_token: &str) -> Result<(), Error> {
        let now = self.services.now();
        // Whoever holds the current token may end its session: rotating shows that they do.
        let (_, next_hash) = self.fresh_token();
        let expires_at = later(now, self.config.session_life);
        let rotation = self
            .services
            .identity
            .rotate(hash(refresh_token), next_hash, now, expires_at)
            .await?;
        match rotation {
            Rotation::Rotated { session, user } => {
                self.services.identity.end_session(session, now).await?;
                self.note_ended(session).await;
                let change = AccountChange::SignedOut { session };
                record(&self.services, AccountEventDraft::by(user, change)).await;
            }
            Rotation::Reused { session, user } => self.reused(session, user).await,
            Rotation::Unknown => {}
        }
        Ok(())
    }

    /// Tells of a session that was ended because a token of it came a second time.
    async fn reused(&self, session: SessionId, user: UserId) {
        self.note_ended(session).await;
        tracing::warn!(%session, %user, "a refresh token was used twice: the session was ended");
        let change = AccountChange::SessionReused { session };
        let draft = AccountEventDraft::by_nobody(user.into(), change);
        record(&self.services, draft).await;
    }

    /// A user's sessions, the newest first.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, Error> {
        let now = self.services.now();
        Ok(self.services.identity.sessions_of(user, now).await?)
    }

    /// Ends a session of the caller's; one that is not there, or another's, is over for them.
    pub async fn end_session(&self, caller: &Caller, session: SessionId) -> Result<(), Error> {
        let living = self.sessions(caller.user).await?;
        if !living.iter().any(|s| s.id == session) {
            return Ok(());
        }
        let now = self.services.now();
        self.services.identity.end_session(session, now).await?;
        self.note_ended(session).await;
        let change = AccountChange::SignedOut { session };
        record(&self.services, AccountEventDraft::by(caller.user, change)).await;
        Ok(())
    }

    /// Ends all sessions of the caller's but the one that asks.
    pub async fn end_other_sessions(&self, caller: &Caller) -> Result<(), Error> {
        for session in self.sessions(caller.user).await? {
            if session.id != caller.session {
                self.end_session(caller, session.id).await?;
            }
        }
        Ok(())
    }

    async fn signed_in(
        &self,
        user: UserId,
        session: SessionId,
        refresh_token: String,
    ) -> Result<SignedIn, Error> {
        Ok(SignedIn {
            access_token: self.tokens.issue(user, session).await?,
            expires_in: ACCESS_LIFE,
            refresh_token,
            refresh_expires_at: later(self.services.now(), self.config.session_life),
            me: self.me(user).await?,
        })
    }

    /// 32 random bytes as text, and the hash that is kept of it.
    fn fresh_token(&self) -> (String, Hash) {
        let token = URL_SAFE_NO_PAD.encode(self.services.random::<32>());
        let hash = hash(&token);
        (token, hash)
    }
}

fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

pub(super) fn ended() -> Error {
    Error::Unauthenticated(Message::SessionEnded)
}
