//! Who is asking: accounts, sessions, access tokens and the keys that sign them.

mod account;
mod deletion;
mod ended;
mod keys;
mod letters;
mod passwords;
mod proof;
mod recovery;
mod sessions;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use raally_domain::ids::{SessionId, TenantId, UserId};
use raally_domain::kinds::Role;
use raally_domain::time::Timestamp;

use crate::Message;
use crate::error::Error;
use crate::ports::User;
use crate::sagas::WorkspaceProvisioning;
use crate::services::Services;

pub use account::{AccountPatch, LOCALES, SignUp};
pub(crate) use account::{normal, wrong_name};
pub use keys::{Keys, PUBLISHED_BEFORE, PublicKey, Takeover};
pub use passwords::{MAX_CHARS as MAX_PASSWORD_CHARS, MIN_CHARS as MIN_PASSWORD_CHARS};
pub(crate) use recovery::note_verified;
pub use recovery::yielded;
pub use sessions::Origin;
pub use tokens::{ACCESS_LIFE, Caller, Tokens};

use passwords::Passwords;

/// What may be set about signing in.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// A session ends that long after its last refresh.
    pub session_life: Duration,
    /// A failed sign-in is not answered sooner, so that its time tells nothing of the account.
    pub failure_takes: Duration,
    /// How many passwords are hashed at a time: as many as there are cores.
    pub hashing_at_once: usize,
}

impl Default for AuthConfig {
    fn default() -> Self {
        AuthConfig {
            session_life: Duration::from_secs(30 * 24 * 3600),
            failure_takes: Duration::from_millis(600),
            hashing_at_once: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// A workspace of a user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantOf {
    /// The workspace's id.
    pub id: TenantId,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The user's role in it.
    pub role: Role,
}

/// A user with their workspaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The account.
    pub user: User,
    /// In the order of their names.
    pub tenants: Vec<TenantOf>,
}

/// What signing in and refreshing give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// A JSON Web Token.
    pub access_token: String,
    /// Valid that long from now.
    pub expires_in: Duration,
    /// To be sent back to nobody but [`Auth::refresh`] and [`Auth::sign_out`]; used once.
    pub refresh_token: String,
    /// From when on the refresh token is not taken any more.
    pub refresh_expires_at: Timestamp,
    /// Who has signed in.
    pub me: Me,
}

/// Signing up, in and out, and who a token speaks for.
pub struct Auth {
    services: Services,
    config: AuthConfig,
    passwords: Passwords,
    keys: Arc<Keys>,
    tokens: Tokens,
    ended: ended::Ended,
    provisioning: Option<WorkspaceProvisioning>,
}

impl Auth {
    /// Without provisioning: a workspace that somebody signs up with is just made.
    #[must_use]
    pub fn new(services: Services, config: AuthConfig) -> Auth {
        let keys = Arc::new(Keys::new(services.clone()));
        Auth {
            passwords: Passwords::new(&services, config.hashing_at_once),
            tokens: Tokens::new(services.clone(), Arc::clone(&keys)),
            keys,
            config,
            ended: ended::Ended::new(Arc::clone(&services.cache)),
            services,
            provisioning: None,
        }
    }

    /// Opens a workspace that somebody signs up with in all its steps; else it is just made.
    #[must_use]
    pub fn provisioning(mut self, provisioning: WorkspaceProvisioning) -> Auth {
        self.provisioning = Some(provisioning);
        self
    }

    /// Refuses a caller whose session has ended, though the token is still valid.
    pub async fn still_signed_in(&self, caller: &Caller) -> Result<(), Error> {
        if self.ended.has(&self.services, caller.session).await? {
            return Err(sessions::ended());
        }
        Ok(())
    }

    async fn note_ended(&self, session: SessionId) {
        self.ended.note(&self.services, session).await;
    }

    /// A session ends that long after its last refresh, and a token is not taken that old.
    #[must_use]
    pub fn session_life(&self) -> Duration {
        self.config.session_life
    }

    /// The signing keys, to make the first, rotate and publish them.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Who an access token speaks for. [`Error::Unauthenticated`] if it is not valid.
    pub async fn caller(&self, access_token: &str) -> Result<Caller, Error> {
        self.tokens.verify(access_token).await
    }

    /// The user with their workspaces.
    pub async fn me(&self, user: UserId) -> Result<Me, Error> {
        let identity = &self.services.identity;
        let (found, memberships) =
            tokio::try_join!(identity.user(user), identity.memberships(user))?;
        let user = found.ok_or_else(|| Error::Unauthenticated(Message::AccountGone))?;
        let tenants = memberships
            .into_iter()
            .map(|(membership, tenant)| TenantOf {
                id: tenant.id,
                slug: tenant.slug,
                name: tenant.name,
                role: membership.role,
            })
            .collect();
        Ok(Me { user, tenants })
    }
}
