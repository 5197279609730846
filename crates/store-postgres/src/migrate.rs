//! Numbered migrations, each remembered with the checksum of its text.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::config::{Config, place};
use crate::fault::say;
use crate::tls;

/// Names and texts, as the build script lists them. Names are shared with the SQLite store.
const MIGRATIONS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Of the advisory lock under which one process migrates at a time.
const LOCK: i64 = 0x7261_616c_6c79;

/// How long a migration waits for a lock on a table that is in use, and for its turn.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// The roles that the migrations name; none can sign in.
pub(crate) const ROLES: [&str; 3] = ["raally_app", "raally_keeper", "raally_reader"];

/// Why a database cannot be used or migrated.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("PostgreSQL at {place} cannot be reached: {reason}")]
    Unreachable { place: String, reason: String },
    #[error("the database {place} holds no Raally yet; run `raally migrate` first")]
    Empty { place: String },
    #[error(
        "the database {place} is older than this program (it has migration {found}, {known} is needed); run `raally migrate` first"
    )]
    Older {
        place: String,
        found: String,
        known: String,
    },
    #[error(
        "the database {place} was written by a newer Raally (it has migration {found}, this program knows {known}); start that one"
    )]
    Newer {
        place: String,
        found: String,
        known: String,
    },
    #[error(
        "migration {name} of the database {place} is not the one that this program knows; start the program that made it or restore a backup"
    )]
    Changed { place: String, name: String },
    #[error(
        "the role {role} of the database {place} {trouble}, so tenants would not be kept apart; connect as a role that is a member of raally_app alone"
    )]
    Powerful {
        place: String,
        role: String,
        trouble: &'static str,
    },
    #[error(
        "the role {role} of the database {place} may not use Raally's tables; run: GRANT raally_app TO \"{role}\""
    )]
    Powerless { place: String, role: String },
    #[error(
        "synchronous_commit is {setting} for the role {role} of the database {place}, so a power cut would lose acknowledged writes; set it to on"
    )]
    NotDurable {
        place: String,
        role: String,
        setting: String,
    },
    #[error(
        "the role {role} may not create the role {missing}; run as an administrator: CREATE ROLE {missing} NOLOGIN; GRANT {missing} TO \"{role}\""
    )]
    MissingRole { role: String, missing: String },
    #[error("the database {place} cannot be used: {reason}")]
    Failed { place: String, reason: String },
}

fn checksum(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The same for the same migrations, in hexadecimal.
#[cfg(feature = "testing")]
pub(crate) fn fingerprint() -> String {
    let all: String = MIGRATIONS.iter().map(|(_, text)| *text).collect();
    raally_domain::hex::hex(&checksum(&all)[..8])
}

/// A migration as the database remembers it.
type Applied = (String, Vec<u8>);

/// Brings the schema up to this program's, as the role that is to own it (it must own the
/// database, or may create schemas in it). Returns the names of the migrations applied now.
/// A schema one step newer is left as it is.
pub async fn migrate(config: &Config) -> Result<Vec<String>, OpenError> {
    let place = place(&config.primary);
    let mut client = connect(config, config.primary_session()).await?;
    let failed = |e: tokio_postgres::Error| OpenError::Failed {
        place: place.clone(),
        reason: say(&e),
    };
    let begin = format!(
        "SET lock_timeout = {}; SELECT pg_advisory_lock({LOCK})",
        LOCK_WAIT.as_millis()
    );
    client.batch_execute(&begin).await.map_err(failed)?;
    roles(&client).await?;
    client
        .batch_execute(
            "SET client_min_messages = warning;
             CREATE SCHEMA IF NOT EXISTS raally;
             CREATE TABLE IF NOT EXISTS raally.migrations (
                 number integer NOT NULL PRIMARY KEY, name text NOT NULL, checksum bytea NOT NULL
             )",
        )
        .await
        .map_err(failed)?;
    let applied = applied(&client).await.map_err(failed)?;
    unchanged(&applied, &place)?;
    let mut names = Vec::new();
    for (i, (name, text)) in MIGRATIONS.iter().enumerate().skip(applied.len()) {
        let number = i32::try_from(i + 1).unwrap_or(i32::MAX);
        let tx = client.transaction().await.map_err(failed)?;
        tx.batch_execute(text).await.map_err(failed)?;
        tx.execute(
            "INSERT INTO raally.migrations (number, name, checksum) VALUES ($1, $2, $3)",
            &[&number, name, &checksum(text).as_slice()],
        )
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        tracing::info!(migration = name, "applied");
        names.push((*name).to_owned());
    }
    Ok(names)
}

/// A connection of its own, which ends when the client is dropped.
pub(crate) async fn connect(
    config: &Config,
    mut session: tokio_postgres::Config,
) -> Result<Client, OpenError> {
    let unreachable = |reason: String| OpenError::Unreachable {
        place: place(&config.primary),
        reason,
    };
    // A migration may take long.
    session.options(config.primary.get_options().unwrap_or_default());
    if let Some(password) = &config.password {
        let password = password().map_err(|e| unreachable(e.to_string()))?;
        session.password(password);
    }
    let tls = tls::connector(config.ca_file.as_deref()).map_err(|e| unreachable(e.to_string()))?;
    let connected = session.connect(tls).await;
    let (client, connection) = connected.map_err(|e| unreachable(say(&e)))?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes the roles that the migrations name, where they are missing, and joins the keeper's, to
/// whom functions are handed over. Roles are the cluster's: other databases may use them too.
async fn roles(client: &Client) -> Result<(), OpenError> {
    let ours = "SELECT rolname::text FROM pg_roles WHERE rolname = current_user";
    let role = match client.query_one(ours, &[]).await {
        Ok(row) => row.get::<_, String>(0),
        Err(_) => "current_user".to_owned(),
    };
    for name in ROLES {
        let missing = |_| OpenError::MissingRole {
            role: role.clone(),
            missing: name.to_owned(),
        };
        let there = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
        let row = client.query_one(there, &[&name]).await.map_err(missing)?;
        if !row.get::<_, bool>(0) {
            let made = client
                .batch_execute(&format!("CREATE ROLE {name} NOLOGIN"))
                .await;
            match made {
                // Another database's migration was quicker.
                Err(e) if matches!(e.code(), Some(c) if *c == SqlState::DUPLICATE_OBJECT || *c == SqlState::UNIQUE_VIOLATION) =>
                    {}
                other => other.map_err(missing)?,
            }
        }
    }
    let keeper = ROLES[1];
    let missing = |_| OpenError::MissingRole {
        role: role.clone(),
        missing: keeper.to_owned(),
    };
    let member = "SELECT pg_has_role(current_user, $1::text, 'MEMBER')";
    let row = client
        .query_one(member, &[&keeper])
        .await
        .map_err(missing)?;
    if !row.get::<_, bool>(0) {
        let join = format!("GRANT {keeper} TO CURRENT_USER");
        client.batch_execute(&join).await.map_err(missing)?;
    }
    Ok(())
}

async fn applied(client: &Client) -> Result<Vec<Applied>, tokio_postgres::Error> {
    let rows = client.query(APPLIED, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

pub(crate) const APPLIED: &str = "SELECT name, checksum FROM raally.migrations ORDER BY number";

/// Refuses a schema whose known migrations differ, and one that is more than a step newer.
fn unchanged(applied: &[Applied], place: &str) -> Result<(), OpenError> {
    for ((name, sum), (known, text)) in applied.iter().zip(MIGRATIONS) {
        if name != known || *sum != checksum(text) {
            return Err(OpenError::Changed {
                place: place.to_owned(),
                name: name.clone(),
            });
        }
    }
    if applied.len() > MIGRATIONS.len() + 1 {
        return Err(OpenError::Newer {
            place: place.to_owned(),
            found: applied.last().map(|(n, _)| n.clone()).unwrap_or_default(),
            known: newest(),
        });
    }
    Ok(())
}

fn newest() -> String {
    MIGRATIONS.last().map_or("none", |m| m.0).to_owned()
}

/// Refuses a schema that this program cannot work with: older, or more than a step newer.
pub(crate) fn check(applied: &[Applied], place: &str) -> Result<(), OpenError> {
    unchanged(applied, place)?;
    let Some((found, _)) = applied.last() else {
        return Err(OpenError::Empty {
            place: place.to_owned(),
        });
    };
    if applied.len() < MIGRATIONS.len() {
        return Err(OpenError::Older {
            place: place.to_owned(),
            found: found.clone(),
            known: newest(),
        });
    }
    Ok(())
}
