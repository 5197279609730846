//! The port Identity.

use async_trait::async_trait;
use raally_app::ports::{
    Identity, IdentityError, Membership, NewSession, ROTATION_GRACE_MICROS, Rotation, Session,
    SigningKey, StoreError, TenantName, User, UserUpdate,
};
use raally_domain::event::Hash;
use raally_domain::ids::{SessionId, TenantId, UserId};
use raally_domain::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::platform::Platform;
use crate::pool::Reply;
use crate::rows::{all, first, get, id, moment, only, role};

/// The columns of a user, in the order in which `read_user` takes them.
macro_rules! users {
    ($where:literal) => {
        Platform::new(concat!(
            "SELECT user_id, email, full_name, password_hash, locale, last_view, email_verified,
             created_at, imported FROM raally.users WHERE ",
            $where
        ))
    };
}

/// The columns of a session, in the order in which `read_session` takes them.
macro_rules! sessions {
    ($where:literal) => {
        Platform::new(concat!(
            "SELECT session_id, user_id, created_at, expires_at, ended_at IS NOT NULL, device,
             coalesce(rotated_at, created_at) FROM raally.sessions WHERE ",
            $where
        ))
    };
}

const USER: Platform = users!("user_id = $1");
const USERS: Platform = users!("user_id = ANY ($1)");
const USER_BY_EMAIL: Platform = users!("email = $1");
pub(crate) const ADD_USER: Platform = Platform::new(
    "INSERT INTO raally.users (user_id, email, full_name, password_hash, locale, last_view,
     email_verified, created_at, imported) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (user_id) DO NOTHING",
);
/// Writes the fields that are named, if the user is as it is expected.
pub(crate) const UPDATE_USER: Platform = Platform::new(
    "UPDATE raally.users SET email = coalesce($2, email), full_name = coalesce($3, full_name),
     email_verified = coalesce($4, email_verified),
     password_hash = CASE WHEN $5 THEN $6 ELSE password_hash END,
     locale = CASE WHEN $7 THEN $8 ELSE locale END,
     last_view = CASE WHEN $9 THEN $10 ELSE last_view END,
     imported = CASE WHEN $11 THEN $12 ELSE imported END
     WHERE user_id = $1 AND ($13::text IS NULL OR email = $13)
     AND ($14::boolean IS NULL OR email_verified = $14)
     AND (NOT $15 OR password_hash IS NOT DISTINCT FROM $16)
     AND (NOT $17 OR imported IS NOT DISTINCT FROM $18)",
);
const MEMBERSHIPS: Platform =
    Platform::new("SELECT tenant_id, slug, name, role FROM raally.memberships_of($1)");
const TENANT_BY_SLUG: Platform =
    Platform::new("SELECT tenant_id, slug, name FROM raally.tenant_by_slug($1)");
const CREATE_SESSION: Platform = Platform::new(
    "WITH session AS (
         INSERT INTO raally.sessions (session_id, user_id, created_at, expires_at, device)
         VALUES ($1, $2, $3, $4, $6))
     INSERT INTO raally.refresh_tokens (hash, session_id, generation, created_at)
     VALUES ($5, $1, 0, $3)",
);
const SESSION: Platform = sessions!("session_id = $1");
const SESSIONS_OF: Platform = sessions!(
    "user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, session_id"
);
const ROTATE: Platform =
    Platform::new("SELECT outcome, session_id, user_id FROM raally.rotate($1, $2, $3, $4, $5)");
const END_SESSION: Platform = Platform::new("SELECT raally.end_session($1, $2)");
pub(crate) const END_SESSIONS: Platform =
    Platform::new("SELECT * FROM raally.end_sessions_of($1, $2, $3)");
const DROP_TOKENS: Platform =
    Platform::new("DELETE FROM raally.refresh_tokens WHERE created_at < $1");
/// Their tokens go with them.
const DROP_SESSIONS: Platform =
    Platform::new("DELETE FROM raally.sessions WHERE expires_at < $1 OR ended_at < $1");
const KEYS: Platform = Platform::new(
    "SELECT kid, private_key, public_key, created_at, signs_from, retires_at
     FROM raally.signing_keys ORDER BY created_at, kid COLLATE \"C\"",
);
const PUT_KEY: Platform = Platform::new(
    "INSERT INTO raally.signing_keys (kid, private_key, public_key, created_at, signs_from, retires_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (kid) DO UPDATE SET private_key = excluded.private_key,
     public_key = excluded.public_key, created_at = excluded.created_at,
     signs_from = excluded.signs_from, retires_at = excluded.retires_at",
);
const DROP_KEY: Platform = Platform::new("DELETE FROM raally.signing_keys WHERE kid = $1");

#[async_trait]
impl Identity for PostgresStore {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        first(&self.primary.read(USER, &[&id.0]).await?, read_user)
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        // PostgreSQL's text cannot hold it, so nobody has it.
        if email.contains('\0') {
            return Ok(None);
        }
        let email = email.to_lowercase();
        let rows = self.primary.read(USER_BY_EMAIL, &[&email]).await?;
        first(&rows, read_user)
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let mut found = all(&self.primary.read(USERS, &[&ids]).await?, read_user)?;
        let place = |user: &User| ids.iter().position(|id| *id == user.id.0);
        found.sort_by_cached_key(place);
        Ok(found)
    }

    async fn create_user(&self, user: User) -> Result<(), IdentityError> {
        let user = User {
            email: user.email.to_lowercase(),
            ..user
        };
        let columns = UserColumns::new(&user);
        let written = self.primary.write(ADD_USER, &columns.params()).await;
        match self.of_user(written, &user.email)? {
            0 => Err(StoreError::Corrupt(format!("there is a user {}", user.id)).into()),
            _ => Ok(()),
        }
    }

    async fn update_user(&self, id: UserId, update: UserUpdate) -> Result<bool, IdentityError> {
        let update = update.normalized();
        let columns = UpdateColumns::new(id, &update);
        let written = self.primary.write(UPDATE_USER, &columns.params()).await;
        let email = update.email.as_deref().unwrap_or_default();
        Ok(self.of_user(written, email)? == 1)
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<(Membership, TenantName)>, StoreError> {
        let rows = self.primary.read(MEMBERSHIPS, &[&user.0]).await?;
        let mut found = all(&rows, |row| {
            let tenant = tenant_name(row)?;
            let membership = Membership {
                tenant: tenant.id,
                user,
                role: role(row, 3)?,
            };
            Ok((membership, tenant))
        })?;
        found.sort_by_cached_key(|(_, tenant)| (tenant.name.to_lowercase(), tenant.id));
        Ok(found)
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<TenantName>, StoreError> {
        let sql = "SELECT tenant_id, slug, name FROM raally.tenants WHERE tenant_id = $1";
        first(&self.primary.of(id).read(sql, &[&id.0]).await?, tenant_name)
    }

    async fn tenant_by_slug(&self, slug: &str) -> Result<Option<TenantName>, StoreError> {
        if slug.contains('\0') {
            return Ok(None);
        }
        first(
            &self.primary.read(TENANT_BY_SLUG, &[&slug]).await?,
            tenant_name,
        )
    }

    async fn create_session(&self, session: NewSession) -> Result<(), StoreError> {
        let hash = session.refresh_hash.as_slice();
        let params: [&(dyn ToSql + Sync); 6] = [
            &session.id.0,
            &session.user.0,
            &session.created_at.micros(),
            &session.expires_at.micros(),
            &hash,
            &session.device,
        ];
        self.write(CREATE_SESSION, &params).await.map(drop)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        first(&self.primary.read(SESSION, &[&id.0]).await?, read_session)
    }

    async fn rotate(
        &self,
        presented: Hash,
        next: Hash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Rotation, StoreError> {
        let params: [&(dyn ToSql + Sync); 5] = [
            &presented.as_slice(),
            &next.as_slice(),
            &now.micros(),
            &expires_at.micros(),
            &ROTATION_GRACE_MICROS,
        ];
        let reply = self.write(ROTATE, &params).await?;
        let row = only(&reply.rows)?;
        let outcome: &str = get(row, 0)?;
        if outcome == "unknown" {
            return Ok(Rotation::Unknown);
        }
        let (session, user) = (id(row, 1)?, id(row, 2)?);
        Ok(match outcome {
            "rotated" => Rotation::Rotated { session, user },
            _ => Rotation::Reused { session, user },
        })
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let params: [&(dyn ToSql + Sync); 2] = [&user.0, &now.micros()];
        all(
            &self.primary.read(SESSIONS_OF, &params).await?,
            read_session,
        )
    }

    async fn end_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.write(END_SESSION, &[&id.0, &now.micros()])
            .await
            .map(drop)
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        let except = except.map(|session| session.0);
        let reply = self
            .write(END_SESSIONS, &[&user.0, &except, &now.micros()])
            .await?;
        all(&reply.rows, |row| id(row, 0))
    }

    async fn drop_sessions(&self, over: Timestamp, tokens: Timestamp) -> Result<u64, StoreError> {
        self.write(DROP_TOKENS, &[&tokens.micros()]).await?;
        let reply = self.write(DROP_SESSIONS, &[&over.micros()]).await?;
        Ok(reply.changed)
    }

    async fn keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        all(&self.primary.read(KEYS, &[]).await?, |row| {
            Ok(SigningKey {
                kid: get(row, 0)?,
                private_key: get(row, 1)?,
                public_key: get(row, 2)?,
                created_at: moment(row, 3)?,
                signs_from: moment(row, 4)?,
                retires_at: get::<Option<i64>>(row, 5)?.map(Timestamp::from_micros),
            })
        })
    }

    async fn put_key(&self, key: SigningKey) -> Result<(), StoreError> {
        let params: [&(dyn ToSql + Sync); 6] = [
            &key.kid,
            &key.private_key,
            &key.public_key,
            &key.created_at.micros(),
            &key.signs_from.micros(),
            &key.retires_at.map(Timestamp::micros),
        ];
        self.write(PUT_KEY, &params).await.map(drop)
    }

    async fn drop_key(&self, kid: &str) -> Result<(), StoreError> {
        self.write(DROP_KEY, &[&kid]).await.map(drop)
    }
}

impl PostgresStore {
    /// Returns how many rows a write of a user with that address changed.
    fn of_user(&self, written: Result<Reply, Fault>, email: &str) -> Result<u64, IdentityError> {
        match written {
            Ok(reply) => Ok(reply.changed),
            Err(Fault::Server(error)) if is_email_taken(&error) => {
                Err(IdentityError::EmailTaken(email.to_owned()))
            }
            Err(fault) => Err(self.primary.error(&fault).into()),
        }
    }
}

/// Whether a statement failed because another user has the address.
pub(crate) fn is_email_taken(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| {
        *db.code() == SqlState::UNIQUE_VIOLATION && db.constraint() == Some("users_email")
    })
}

/// An update as the statement above takes it.
pub(crate) struct UpdateColumns<'u> {
    id: UserId,
    update: &'u UserUpdate,
    /// Whether each column that may become null is written, or compared.
    named: [bool; 6],
}

impl<'u> UpdateColumns<'u> {
    pub(crate) fn new(id: UserId, update: &'u UserUpdate) -> UpdateColumns<'u> {
        let expected = &update.expected;
        let named = [
            &update.password_hash,
            &update.locale,
            &update.last_view,
            &update.imported,
            &expected.password_hash,
            &expected.imported,
        ];
        UpdateColumns {
            id,
            update,
            named: named.map(Option::is_some),
        }
    }

    pub(crate) fn params(&self) -> [&(dyn ToSql + Sync); 18] {
        /// Of a column that may become null: what it becomes.
        fn to(field: &Option<Option<String>>) -> &(dyn ToSql + Sync) {
            match field {
                Some(value) => value,
                None => &None::<String>,
            }
        }
        let UserUpdate { expected, .. } = self.update;
        let [password, locale, view, imported, was_password, was_imported] = &self.named;
        [
            &self.id.0,
            &self.update.email,
            &self.update.full_name,
            &self.update.email_verified,
            password,
            to(&self.update.password_hash),
            locale,
            to(&self.update.locale),
            view,
            to(&self.update.last_view),
            imported,
            to(&self.update.imported),
            &expected.email,
            &expected.email_verified,
            was_password,
            to(&expected.password_hash),
            was_imported,
            to(&expected.imported),
        ]
    }
}

/// A user as the statements above take it.
pub(crate) struct UserColumns<'u> {
    user: &'u User,
    created_at: i64,
}

impl<'u> UserColumns<'u> {
    pub(crate) fn new(user: &'u User) -> UserColumns<'u> {
        UserColumns {
            user,
            created_at: user.created_at.micros(),
        }
    }

    pub(crate) fn params(&self) -> [&(dyn ToSql + Sync); 9] {
        let user = self.user;
        [
            &user.id.0,
            &user.email,
            &user.full_name,
            &user.password_hash,
            &user.locale,
            &user.last_view,
            &user.email_verified,
            &self.created_at,
            &user.imported,
        ]
    }
}

fn read_user(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: id(row, 0)?,
        email: get(row, 1)?,
        full_name: get(row, 2)?,
        password_hash: get(row, 3)?,
        locale: get(row, 4)?,
        last_view: get(row, 5)?,
        email_verified: get(row, 6)?,
        created_at: moment(row, 7)?,
        imported: get(row, 8)?,
    })
}

fn read_session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: id(row, 0)?,
        user: id(row, 1)?,
        created_at: moment(row, 2)?,
        expires_at: moment(row, 3)?,
        ended: get(row, 4)?,
        device: get(row, 5)?,
        used_at: moment(row, 6)?,
    })
}

fn tenant_name(row: &Row) -> Result<TenantName, StoreError> {
    Ok(TenantName {
        id: id(row, 0)?,
        slug: get(row, 1)?,
        name: get(row, 2)?,
    })
}
