//! Numbered migrations, each remembered with the checksum of its text.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use crate::deletion::guard_tenant_tables;
use crate::fault::OpenError;

/// Names and texts, as the build script lists them. Names are shared with the PostgreSQL store.
const MIGRATIONS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

fn checksum(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Brings the schema up to this program's, in one transaction. Refuses a newer one.
pub(crate) fn migrate(conn: &mut Connection, file: &Path) -> Result<(), OpenError> {
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
             number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL
         ) STRICT",
    )
    .map_err(failed)?;
    let there = unchanged(&applied(&tx).map_err(failed)?, file)?;
    for (i, (name, text)) in MIGRATIONS.iter().enumerate().skip(there) {
        tx.execute_batch(text).map_err(failed)?;
        tx.execute(
            "INSERT INTO migrations VALUES (?1, ?2, ?3)",
            params![i as i64 + 1, name, checksum(text)],
        )
        .map_err(failed)?;
        tracing::info!(migration = name, "applied");
    }
    guard_tenant_tables(&tx).map_err(failed)?;
    tx.commit().map_err(failed)
}

/// How many migrations a database lacks that somebody else may be using. Refuses a newer one.
pub(crate) fn missing(conn: &Connection, file: &Path) -> Result<usize, OpenError> {
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let begun = conn.table_exists(None, "migrations").map_err(failed)?;
    let applied = match begun {
        true => applied(conn).map_err(failed)?,
        false => Vec::new(),
    };
    Ok(MIGRATIONS.len() - unchanged(&applied, file)?)
}

/// A migration as the database remembers it.
type Applied = (String, [u8; 32]);

/// How many of this program's migrations the database has, all of them as they are here.
fn unchanged(applied: &[Applied], file: &Path) -> Result<usize, OpenError> {
    for (i, (name, sum)) in applied.iter().enumerate() {
        let (known, text) = MIGRATIONS.get(i).ok_or_else(|| OpenError::Newer {
            file: file.to_owned(),
            found: applied.last().map(|(n, _)| n.clone()).unwrap_or_default(),
            known: MIGRATIONS.last().map_or("none", |m| m.0).to_owned(),
        })?;
        if name != known || *sum != checksum(text) {
            return Err(OpenError::Changed {
                file: file.to_owned(),
                name: name.clone(),
            });
        }
    }
    Ok(applied.len())
}

fn applied(conn: &Connection) -> rusqlite::Result<Vec<Applied>> {
    conn.prepare("SELECT name, checksum FROM migrations ORDER BY number")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
