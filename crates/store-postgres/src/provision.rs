//! What an administrator does once: two logins and a database.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::config::Config;
use crate::fault::say;
use crate::migrate::{OpenError, connect};

/// Who is to own the tables and who is to use them.
#[derive(Clone, Copy)]
pub struct Provision<'a> {
    pub database: &'a str,
    /// Name and password of the role that runs migrations.
    pub owner: (&'a str, &'a str),
    /// Name and password of the role that `raally serve` connects as.
    pub application: (&'a str, &'a str),
}

/// Of the advisory lock under which roles are made; they are the cluster's, so is the database in
/// which it is taken.
const LOCK: i64 = 0x7261_616c_6c7a;

/// Makes the roles and the database where they are missing, as an administrator connected to
/// another database of the cluster (`postgres`, say). Passwords of roles that are there stay.
pub async fn provision(admin: &Config, wanted: Provision<'_>) -> Result<(), OpenError> {
    provision_with(admin, wanted, "").await
}

/// With more options of `CREATE DATABASE`.
pub(crate) async fn provision_with(
    admin: &Config,
    wanted: Provision<'_>,
    options: &str,
) -> Result<(), OpenError> {
    let client = connect(admin, admin.primary_session()).await?;
    let made = make(&client, wanted, options).await;
    made.map_err(|e| OpenError::Failed {
        place: crate::config::place(&admin.primary),
        reason: say(&e),
    })
}

async fn make(
    client: &Client,
    wanted: Provision<'_>,
    options: &str,
) -> Result<(), tokio_postgres::Error> {
    let lock = format!("SELECT pg_advisory_lock({LOCK})");
    client.batch_execute(&lock).await?;
    for name in crate::migrate::ROLES {
        role(client, name, "NOLOGIN").await?;
    }
    // The owner hands functions over to the keeper, for which it must be a member; it is not to
    // see what the keeper sees.
    let login = |password| format!("LOGIN PASSWORD {}", literal(password));
    let owner = format!("NOINHERIT {}", login(wanted.owner.1));
    role(client, wanted.owner.0, &owner).await?;
    role(client, wanted.application.0, &login(wanted.application.1)).await?;
    let (owner, application) = (name(wanted.owner.0), name(wanted.application.0));
    member(client, "raally_keeper", wanted.owner.0).await?;
    member(client, "raally_app", wanted.application.0).await?;
    let there = "SELECT FROM pg_database WHERE datname = $1";
    if client.query(there, &[&wanted.database]).await?.is_empty() {
        let database = name(wanted.database);
        client
            .batch_execute(&format!(
                "CREATE DATABASE {database} OWNER {owner} {options}"
            ))
            .await?;
        // Nobody else is let in.
        client
            .batch_execute(&format!(
                "REVOKE ALL ON DATABASE {database} FROM PUBLIC;
                 GRANT CONNECT ON DATABASE {database} TO {application}"
            ))
            .await?;
    }
    client
        .batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))
        .await
}

async fn role(client: &Client, role: &str, options: &str) -> Result<(), tokio_postgres::Error> {
    let there = "SELECT FROM pg_roles WHERE rolname = $1";
    if !client.query(there, &[&role]).await?.is_empty() {
        return Ok(());
    }
    let create = format!("CREATE ROLE {} {options}", name(role));
    match client.batch_execute(&create).await {
        // A migration elsewhere in the cluster was quicker.
        Err(e)
            if e.code() == Some(&SqlState::DUPLICATE_OBJECT)
                || e.code() == Some(&SqlState::UNIQUE_VIOLATION) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Makes `of` a member, unless it is one.
async fn member(client: &Client, group: &str, of: &str) -> Result<(), tokio_postgres::Error> {
    let there = "SELECT FROM pg_auth_members m
                 JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
                 WHERE g.rolname = $1 AND r.rolname = $2";
    if !client.query(there, &[&group, &of]).await?.is_empty() {
        return Ok(());
    }
    let join = format!("GRANT {} TO {}", name(group), name(of));
    client.batch_execute(&join).await
}

/// As an identifier.
fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// As text in a statement, whatever `standard_conforming_strings` is.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
