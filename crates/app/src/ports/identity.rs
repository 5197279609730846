//! Users, sessions and keys: ordinary relational data. Memberships and tenant names are only
//! read here; the log is their truth.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use raally_domain::event::Hash;
use raally_domain::ids::{SessionId, TenantId, UserId};
use raally_domain::kinds::Role;
use raally_domain::time::Timestamp;

use super::StoreError;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Given when the account is made.
    pub id: UserId,
    /// In lower case; unique.
    pub email: String,
    /// What the user is called.
    pub full_name: String,
    /// A PHC string (Argon2id) or a bcrypt hash of the first Raally's; `None` cannot sign in
    /// with a password.
    pub password_hash: Option<String>,
    /// `en`, `es` or `pt-BR`; `None`: as the browser says.
    pub locale: Option<String>,
    /// Where in the web app the user was last.
    pub last_view: Option<String>,
    /// Whether the address was shown to be theirs.
    pub email_verified: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// The values last imported, as JSON text, if the user came by an import.
    pub imported: Option<String>,
}

/// What is written of a user's row: the fields that are named, and no other, so that two who write
/// different fields at once both have their way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserUpdate {
    /// In any case; it is kept in lower case.
    pub email: Option<String>,
    /// What the user is called.
    pub full_name: Option<String>,
    /// `Some(None)`: can no longer sign in with a password.
    pub password_hash: Option<Option<String>>,
    /// `Some(None)`: as the browser says.
    pub locale: Option<Option<String>>,
    /// `Some(None)`: nowhere.
    pub last_view: Option<Option<String>>,
    /// Whether the address was shown to be theirs.
    pub email_verified: Option<bool>,
    /// The values last imported.
    pub imported: Option<Option<String>>,
    /// What must still hold, or nothing is written.
    pub expected: UserExpectation,
}

/// What was read of a user before a write that rests on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserExpectation {
    /// The password's hash.
    pub password_hash: Option<Option<String>>,
    /// The address, in any case.
    pub email: Option<String>,
    /// Whether the address was shown to be theirs.
    pub email_verified: Option<bool>,
    /// The values last imported.
    pub imported: Option<Option<String>>,
}

impl UserUpdate {
    /// The same with addresses as they are kept.
    #[must_use]
    pub fn normalized(mut self) -> UserUpdate {
        let lower = |email: &mut Option<String>| *email = email.take().map(|e| e.to_lowercase());
        lower(&mut self.email);
        lower(&mut self.expected.email);
        self
    }
}

/// That a user is a member of a tenant; the tenant's log is its truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Of which tenant.
    pub tenant: TenantId,
    /// Whose it is.
    pub user: UserId,
    /// What the member may do.
    pub role: Role,
}

/// What a tenant is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantName {
    /// Which tenant.
    pub id: TenantId,
    /// Its address, unique among tenants.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// A session that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Which session.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// SHA-256 of the refresh token.
    pub refresh_hash: Hash,
    /// When it was made.
    pub created_at: Timestamp,
    /// It is over from then on.
    pub expires_at: Timestamp,
    /// What it was begun with, such as `Firefox on Linux`; `None` where that is not known.
    pub device: Option<String>,
}

/// A session as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which session.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// It is over from then on.
    pub expires_at: Timestamp,
    /// By signing out, or because a token was stolen.
    pub ended: bool,
    /// What it was begun with, such as `Firefox on Linux`; `None` where that is not known.
    pub device: Option<String>,
    /// When its token was exchanged last, or it began.
    pub used_at: Timestamp,
}

/// What became of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was current, or the one before and rotated no more than ten seconds ago (two tabs
    /// refreshing at once): the new token now holds.
    Rotated {
        /// The session that goes on.
        session: SessionId,
        /// Whose it is.
        user: UserId,
    },
    /// It had been rotated before: stolen, perhaps. The session has been ended.
    Reused {
        /// The session that was ended.
        session: SessionId,
        /// Whose it was.
        user: UserId,
    },
    /// Not known, expired or ended.
    Unknown,
}

/// An Ed25519 key that signs access tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id, which tokens name.
    pub kid: String,
    /// PKCS#8 DER.
    pub private_key: Vec<u8>,
    /// 32 bytes.
    pub public_key: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Signs from then on; published before, so that every process knows it in time.
    pub signs_from: Timestamp,
    /// No longer accepted from then on.
    pub retires_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("signs_from", &self.signs_from)
            .field("retires_at", &self.retires_at)
            .finish_non_exhaustive()
    }
}

/// Why an account was not written.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The address belongs to another account.
    #[error("another account has the e-mail address {0}")]
    EmailTaken(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long the token before the current one is still taken for a refresh under way elsewhere.
pub const ROTATION_GRACE_MICROS: i64 = 10_000_000;

/// A session ends that long after it began, however often it is refreshed.
pub const MAX_SESSION_MICROS: i64 = 90 * 24 * 3_600 * 1_000_000;

/// Accounts, sessions and keys.
///
/// # Errors
/// Every call may fail with a [`StoreError`]: `Unavailable` while the store is away, where trying
/// again helps, and `Corrupt` or `Failed`, where it does not. Whoever writes an
/// address meets [`IdentityError::EmailTaken`] where another account has it.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The account of that id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The address in any case.
    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError>;
    /// Those of the accounts that exist, in any order.
    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError>;
    /// Makes an account.
    async fn create_user(&self, user: User) -> Result<(), IdentityError>;
    /// Writes the fields that are named; false, and nothing is written, if there is no such user
    /// or it is not as the update expects.
    async fn update_user(&self, id: UserId, update: UserUpdate) -> Result<bool, IdentityError>;

    /// A user's memberships with the tenants' names, in the order of the names, whatever
    /// their case.
    async fn memberships(&self, user: UserId) -> Result<Vec<(Membership, TenantName)>, StoreError>;
    /// The name of the tenant of that id.
    async fn tenant(&self, id: TenantId) -> Result<Option<TenantName>, StoreError>;
    /// The tenant of that address.
    async fn tenant_by_slug(&self, slug: &str) -> Result<Option<TenantName>, StoreError>;

    /// Begins a session.
    async fn create_session(&self, session: NewSession) -> Result<(), StoreError>;
    /// The session of that id, also one that has ended.
    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// Exchanges a refresh token for a new one, atomically. The session goes on until
    /// `expires_at`, but no longer than [`MAX_SESSION_MICROS`].
    async fn rotate(
        &self,
        presented: Hash,
        next: Hash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Rotation, StoreError>;
    /// A user's sessions that have neither ended nor expired, the newest first.
    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;
    /// Ends a session; one that has ended stays as it is.
    async fn end_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError>;
    /// Ends all sessions of a user, but for one; returns those ended.
    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// Drops sessions that ended or expired before a moment with their tokens, and tokens that
    /// were given out before another. Returns how many sessions went.
    async fn drop_sessions(&self, over: Timestamp, tokens: Timestamp) -> Result<u64, StoreError>;

    /// All signing keys, oldest first.
    async fn keys(&self) -> Result<Vec<SigningKey>, StoreError>;
    /// Adds a key or replaces the one with its `kid`.
    async fn put_key(&self, key: SigningKey) -> Result<(), StoreError>;
    /// Removes a key, if there is one of that id.
    async fn drop_key(&self, kid: &str) -> Result<(), StoreError>;
}
