//! The port Identity.

use async_trait::async_trait;
use raally_app::ports::{
    Identity, IdentityError, MAX_SESSION_MICROS, Membership, NewSession, ROTATION_GRACE_MICROS,
    Rotation, Session, SigningKey, StoreError, TenantName, User, UserUpdate,
};
use raally_domain::event::Hash;
use raally_domain::ids::{SessionId, TenantId, UserId};
use raally_domain::time::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::SqliteStore;
use crate::rows::{all, execute, first, id, moment, role};

/// The columns of a user, in the order in which `read_user` takes them.
macro_rules! users {
    ($where:literal) => {
        concat!(
            "SELECT user_id, email, full_name, password_hash, locale, last_view, email_verified,
             created_at, imported FROM users WHERE ",
            $where
        )
    };
}

/// The columns of a session, in the order in which `read_session` takes them.
macro_rules! sessions {
    ($where:literal) => {
        concat!(
            "SELECT session_id, user_id, created_at, expires_at, ended_at IS NOT NULL, device,
             coalesce(rotated_at, created_at) FROM sessions WHERE ",
            $where
        )
    };
}

#[async_trait]
impl Identity for SqliteStore {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |conn| user(conn, id)).await
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        let email = email.to_lowercase();
        self.read(move |conn| first(conn, users!("email = ?1"), [email], read_user))
            .await
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |conn| {
            ids.iter()
                .filter_map(|id| user(conn, *id).transpose())
                .collect()
        })
        .await
    }

    async fn create_user(&self, mut user: User) -> Result<(), IdentityError> {
        user.email = user.email.to_lowercase();
        self.write(move |conn| {
            if email_holder(conn, &user.email)?.is_some() {
                return Ok(Err(IdentityError::EmailTaken(user.email.clone())));
            }
            insert_user(conn, &user).map(Ok)
        })
        .await?
    }

    async fn update_user(&self, id: UserId, update: UserUpdate) -> Result<bool, IdentityError> {
        let update = update.normalized();
        self.write(move |conn| {
            if !is_as_expected(conn, id, &update)? {
                return Ok(Ok(false));
            }
            if let Some(email) = &update.email
                && email_holder(conn, email)?.is_some_and(|holder| holder != id)
            {
                return Ok(Err(IdentityError::EmailTaken(email.clone())));
            }
            update_user(conn, id, &update).map(|()| Ok(true))
        })
        .await?
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<(Membership, TenantName)>, StoreError> {
        let mut found = self
            .read(move |conn| {
                all(
                    conn,
                    "SELECT tenant_id, slug, name, role FROM memberships JOIN tenants
                     USING (tenant_id) WHERE user_id = ?1",
                    [user.0.as_bytes()],
                    |row| {
                        let tenant = tenant_name(row)?;
                        let membership = Membership {
                            tenant: tenant.id,
                            user,
                            role: role(row, 3)?,
                        };
                        Ok((membership, tenant))
                    },
                )
            })
            .await?;
        found.sort_by_cached_key(|(_, tenant)| (tenant.name.to_lowercase(), tenant.id));
        Ok(found)
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<TenantName>, StoreError> {
        self.read(move |conn| {
            first(
                conn,
                "SELECT tenant_id, slug, name FROM tenants WHERE tenant_id = ?1",
                [id.0.as_bytes()],
                tenant_name,
            )
        })
        .await
    }

    async fn tenant_by_slug(&self, slug: &str) -> Result<Option<TenantName>, StoreError> {
        let slug = slug.to_owned();
        self.read(move |conn| {
            first(
                conn,
                "SELECT tenant_id, slug, name FROM tenants WHERE slug = ?1",
                [slug],
                tenant_name,
            )
        })
        .await
    }

    async fn create_session(&self, session: NewSession) -> Result<(), StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "INSERT INTO sessions (session_id, user_id, created_at, expires_at, device)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    session.id.0.as_bytes(),
                    session.user.0.as_bytes(),
                    session.created_at.micros(),
                    session.expires_at.micros(),
                    session.device
                ],
            )?;
            put_token(
                conn,
                &session.refresh_hash,
                (session.id, 0),
                session.created_at,
            )
        })
        .await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.read(move |conn| {
            first(
                conn,
                sessions!("session_id = ?1"),
                [id.0.as_bytes()],
                read_session,
            )
        })
        .await
    }

    async fn rotate(
        &self,
        presented: Hash,
        next: Hash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Rotation, StoreError> {
        self.write(move |conn| rotate(conn, &presented, &next, now, expires_at))
            .await
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.read(move |conn| {
            all(
                conn,
                sessions!(
                    "user_id = ?1 AND ended_at IS NULL AND expires_at > ?2
                     ORDER BY created_at DESC, session_id"
                ),
                params![user.0.as_bytes(), now.micros()],
                read_session,
            )
        })
        .await
    }

    async fn end_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |conn| end_session(conn, id, now)).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.write(move |conn| end_sessions(conn, user, except, now))
            .await
    }

    async fn drop_sessions(&self, over: Timestamp, tokens: Timestamp) -> Result<u64, StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "DELETE FROM refresh_tokens WHERE created_at < ?1 OR session_id IN
                     (SELECT session_id FROM sessions WHERE expires_at < ?2 OR ended_at < ?2)",
                params![tokens.micros(), over.micros()],
            )?;
            execute(
                conn,
                "DELETE FROM sessions WHERE expires_at < ?1 OR ended_at < ?1",
                [over.micros()],
            )
        })
        .await
    }

    async fn keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        self.read(|conn| {
            all(
                conn,
                "SELECT kid, private_key, public_key, created_at, signs_from, retires_at
                 FROM signing_keys ORDER BY created_at, kid",
                [],
                |row| {
                    Ok(SigningKey {
                        kid: row.get(0)?,
                        private_key: row.get(1)?,
                        public_key: row.get(2)?,
                        created_at: moment(row, 3)?,
                        signs_from: moment(row, 4)?,
                        retires_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_micros),
                    })
                },
            )
        })
        .await
    }

    async fn put_key(&self, key: SigningKey) -> Result<(), StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "INSERT OR REPLACE INTO signing_keys VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    key.kid,
                    key.private_key,
                    key.public_key,
                    key.created_at.micros(),
                    key.signs_from.micros(),
                    key.retires_at.map(Timestamp::micros)
                ],
            )
            .map(drop)
        })
        .await
    }

    async fn drop_key(&self, kid: &str) -> Result<(), StoreError> {
        let kid = kid.to_owned();
        self.write(move |conn| {
            execute(conn, "DELETE FROM signing_keys WHERE kid = ?1", [&kid]).map(drop)
        })
        .await
    }
}

fn user(conn: &Connection, id: UserId) -> rusqlite::Result<Option<User>> {
    first(conn, users!("user_id = ?1"), [id.0.as_bytes()], read_user)
}

fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(id(row, 0)?),
        email: row.get(1)?,
        full_name: row.get(2)?,
        password_hash: row.get(3)?,
        locale: row.get(4)?,
        last_view: row.get(5)?,
        email_verified: row.get(6)?,
        created_at: moment(row, 7)?,
        imported: row.get(8)?,
    })
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId(id(row, 0)?),
        user: UserId(id(row, 1)?),
        created_at: moment(row, 2)?,
        expires_at: moment(row, 3)?,
        ended: row.get(4)?,
        device: row.get(5)?,
        used_at: moment(row, 6)?,
    })
}

fn tenant_name(row: &Row<'_>) -> rusqlite::Result<TenantName> {
    Ok(TenantName {
        id: TenantId(id(row, 0)?),
        slug: row.get(1)?,
        name: row.get(2)?,
    })
}

pub(crate) fn email_holder(conn: &Connection, email: &str) -> rusqlite::Result<Option<UserId>> {
    first(
        conn,
        "SELECT user_id FROM users WHERE email = ?1",
        [email],
        |row| id(row, 0).map(UserId),
    )
}

pub(crate) fn exists(conn: &Connection, id: UserId) -> rusqlite::Result<bool> {
    Ok(user(conn, id)?.is_some())
}

/// Whether there is such a user, and as the update expects.
pub(crate) fn is_as_expected(
    conn: &Connection,
    id: UserId,
    update: &UserUpdate,
) -> rusqlite::Result<bool> {
    fn agrees<T: PartialEq>(expected: Option<&T>, found: &T) -> bool {
        expected.is_none_or(|expected| expected == found)
    }
    let expected = &update.expected;
    Ok(user(conn, id)?.is_some_and(|found| {
        agrees(expected.password_hash.as_ref(), &found.password_hash)
            && agrees(expected.email.as_ref(), &found.email)
            && agrees(expected.email_verified.as_ref(), &found.email_verified)
            && agrees(expected.imported.as_ref(), &found.imported)
    }))
}

/// Writes the fields that are named.
pub(crate) fn update_user(
    conn: &Connection,
    id: UserId,
    update: &UserUpdate,
) -> rusqlite::Result<()> {
    let (password, locale) = (&update.password_hash, &update.locale);
    let (view, imported) = (&update.last_view, &update.imported);
    execute(
        conn,
        "UPDATE users SET email = coalesce(?2, email), full_name = coalesce(?3, full_name),
             email_verified = coalesce(?4, email_verified),
             password_hash = CASE WHEN ?5 THEN ?6 ELSE password_hash END,
             locale = CASE WHEN ?7 THEN ?8 ELSE locale END,
             last_view = CASE WHEN ?9 THEN ?10 ELSE last_view END,
             imported = CASE WHEN ?11 THEN ?12 ELSE imported END
         WHERE user_id = ?1",
        params![
            id.0.as_bytes(),
            update.email,
            update.full_name,
            update.email_verified,
            password.is_some(),
            password.as_ref().and_then(Option::as_ref),
            locale.is_some(),
            locale.as_ref().and_then(Option::as_ref),
            view.is_some(),
            view.as_ref().and_then(Option::as_ref),
            imported.is_some(),
            imported.as_ref().and_then(Option::as_ref),
        ],
    )
    .map(drop)
}

pub(crate) fn insert_user(conn: &Connection, user: &User) -> rusqlite::Result<()> {
    execute(
        conn,
        "INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            user.id.0.as_bytes(),
            user.email,
            user.full_name,
            user.password_hash,
            user.locale,
            user.last_view,
            user.email_verified,
            user.created_at.micros(),
            user.imported
        ],
    )
    .map(drop)
}

fn put_token(
    conn: &Connection,
    hash: &Hash,
    (session, generation): (SessionId, i64),
    now: Timestamp,
) -> rusqlite::Result<()> {
    execute(
        conn,
        "INSERT INTO refresh_tokens (hash, session_id, generation, created_at)
         VALUES (?1, ?2, ?3, ?4)",
        params![hash, session.0.as_bytes(), generation, now.micros()],
    )
    .map(drop)
}

/// Ends the living sessions of a user, but for one; returns those ended.
pub(crate) fn end_sessions(
    conn: &Connection,
    user: UserId,
    except: Option<SessionId>,
    now: Timestamp,
) -> rusqlite::Result<Vec<SessionId>> {
    let mut living = all(
        conn,
        "SELECT session_id FROM sessions
         WHERE user_id = ?1 AND ended_at IS NULL AND expires_at > ?2 ORDER BY session_id",
        params![user.0.as_bytes(), now.micros()],
        |row| id(row, 0).map(SessionId),
    )?;
    living.retain(|session| Some(*session) != except);
    for session in &living {
        end_session(conn, *session, now)?;
    }
    Ok(living)
}

/// A session that has ended needs its tokens no more: none of them is known from then on.
fn end_session(conn: &Connection, id: SessionId, now: Timestamp) -> rusqlite::Result<()> {
    execute(
        conn,
        "UPDATE sessions SET ended_at = ?2 WHERE session_id = ?1 AND ended_at IS NULL",
        params![id.0.as_bytes(), now.micros()],
    )?;
    execute(
        conn,
        "DELETE FROM refresh_tokens WHERE session_id = ?1",
        [id.0.as_bytes()],
    )
    .map(drop)
}

/// The tokens of one generation are those given out by one rotation and by refreshes that came
/// within the grace after it. Whichever of them is presented first begins the next generation.
fn rotate(
    conn: &Connection,
    presented: &Hash,
    next: &Hash,
    now: Timestamp,
    expires_at: Timestamp,
) -> rusqlite::Result<Rotation> {
    let found = first(
        conn,
        "SELECT s.session_id, s.user_id, s.generation, s.rotated_at, t.generation
         FROM refresh_tokens t JOIN sessions s USING (session_id)
         WHERE t.hash = ?1 AND s.ended_at IS NULL AND s.expires_at > ?2",
        params![presented, now.micros()],
        |row| {
            Ok((
                SessionId(id(row, 0)?),
                UserId(id(row, 1)?),
                row.get::<_, i64>(2)?,
                row.get::<_, Option<i64>>(3)?,
                row.get::<_, i64>(4)?,
            ))
        },
    )?;
    let Some((session, user, generation, rotated_at, its_generation)) = found else {
        return Ok(Rotation::Unknown);
    };
    let in_grace = its_generation + 1 == generation
        && rotated_at.is_some_and(|at| now.micros() - at <= ROTATION_GRACE_MICROS);
    let generation = if its_generation == generation {
        execute(
            conn,
            "UPDATE sessions SET generation = ?2, rotated_at = ?3 WHERE session_id = ?1",
            params![session.0.as_bytes(), generation + 1, now.micros()],
        )?;
        generation + 1
    } else if in_grace {
        generation
    } else {
        end_session(conn, session, now)?;
        return Ok(Rotation::Reused { session, user });
    };
    execute(
        conn,
        "UPDATE sessions SET expires_at = min(?2, created_at + ?3) WHERE session_id = ?1",
        params![
            session.0.as_bytes(),
            expires_at.micros(),
            MAX_SESSION_MICROS
        ],
    )?;
    put_token(conn, next, (session, generation), now)?;
    Ok(Rotation::Rotated { session, user })
}
