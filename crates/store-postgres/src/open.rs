//! Before a database is used: is it ours, of our time, and does it keep tenants apart?

use tokio_postgres::error::SqlState;

use crate::config::Config;
use crate::fault::{Fault, say};
use crate::migrate::{OpenError, check};
use crate::platform::Platform;
use crate::pool::{Connection, Pool};

const SCHEMA: Platform = Platform::new(crate::migrate::APPLIED);
const OURSELVES: Platform = Platform::new(
    "SELECT r.rolname::text, r.rolsuper OR r.rolbypassrls,
            (SELECT pg_has_role(current_user, n.nspowner, 'MEMBER')
             FROM pg_namespace n WHERE n.nspname = 'raally'),
            pg_has_role(current_user, 'raally_keeper', 'MEMBER'),
            current_setting('synchronous_commit')
     FROM pg_roles r WHERE r.rolname = current_user",
);

pub(crate) async fn open(
    config: &Config,
    session: tokio_postgres::Config,
) -> Result<Pool, OpenError> {
    let place = crate::config::place(&session);
    let pool = Pool::new(config, session).map_err(|reason| OpenError::Failed {
        place: place.clone(),
        reason,
    })?;
    let connection = pool
        .connection()
        .await
        .map_err(|fault| OpenError::Unreachable {
            place: place.clone(),
            reason: match fault {
                Fault::Server(error) => say(&error),
                Fault::Away(reason) => reason,
                _ => "it did not answer in time".to_owned(),
            },
        })?;
    ourselves(&connection, &place).await?;
    schema(&connection, &place).await?;
    drop(connection);
    Ok(pool)
}

async fn schema(connection: &Connection<'_>, place: &str) -> Result<(), OpenError> {
    let place = place.to_owned();
    let reply = match connection.query(SCHEMA, &[]).await {
        Ok(reply) => reply,
        Err(error) => {
            return Err(match error.code() {
                Some(code)
                    if *code == SqlState::UNDEFINED_TABLE
                        || *code == SqlState::INVALID_SCHEMA_NAME =>
                {
                    OpenError::Empty { place }
                }
                Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                    let role = role(connection).await;
                    OpenError::Powerless { place, role }
                }
                _ => OpenError::Failed {
                    place,
                    reason: say(&error),
                },
            });
        }
    };
    let applied: Result<Vec<_>, tokio_postgres::Error> = reply
        .rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect();
    let applied = applied.map_err(|e| OpenError::Failed {
        place: place.clone(),
        reason: say(&e),
    })?;
    check(&applied, &place)
}

const ROLE: Platform = Platform::new("SELECT current_user::text");

async fn role(connection: &Connection<'_>) -> String {
    let reply = connection.query(ROLE, &[]).await;
    let row = reply.ok().and_then(|reply| reply.rows.into_iter().next());
    row.and_then(|row| row.try_get(0).ok()).unwrap_or_default()
}

/// Refuses a role that row-level security does not bind, and one that loses what it wrote.
async fn ourselves(connection: &Connection<'_>, place: &str) -> Result<(), OpenError> {
    let place = place.to_owned();
    let reply = match connection.query(OURSELVES, &[]).await {
        Ok(reply) => reply,
        // No migration has ever run in this cluster: the roles are not there.
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => {
            return Err(OpenError::Empty { place });
        }
        Err(error) => {
            return Err(OpenError::Failed {
                place,
                reason: say(&error),
            });
        }
    };
    let failed = |reason: String| OpenError::Failed {
        place: place.clone(),
        reason,
    };
    let row = reply
        .rows
        .first()
        .ok_or_else(|| failed("the role we are is not listed".to_owned()))?;
    let read = || -> Result<_, tokio_postgres::Error> {
        Ok((
            row.try_get::<_, String>(0)?,
            row.try_get::<_, bool>(1)?,
            row.try_get::<_, Option<bool>>(2)?,
            row.try_get::<_, bool>(3)?,
            row.try_get::<_, String>(4)?,
        ))
    };
    let (role, unbound, owner, keeper, setting) = read().map_err(|e| failed(say(&e)))?;
    let trouble = match (unbound, owner, keeper) {
        (true, _, _) => Some("is not bound by row-level security"),
        (_, Some(true), _) => Some("owns the tables"),
        (_, _, true) => Some("is the keeper"),
        _ => None,
    };
    if let Some(trouble) = trouble {
        return Err(OpenError::Powerful {
            place,
            role,
            trouble,
        });
    }
    if setting == "off" {
        return Err(OpenError::NotDurable {
            place,
            role,
            setting,
        });
    }
    Ok(())
}
