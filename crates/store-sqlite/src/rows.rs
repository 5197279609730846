//! Between columns and types.

use raally_app::ports::LogHead;
use raally_domain::event::{Hash, Head};
use raally_domain::kinds::Role;
use raally_domain::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use uuid::Uuid;

pub(crate) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

pub(crate) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Hash> {
    row.get(column)
}

pub(crate) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_micros)
}

/// A seq or a count, which is never negative.
pub(crate) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let n: i64 = row.get(column)?;
    u64::try_from(n).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, n))
}

/// As SQLite counts; what is beyond it cannot be stored and is found nowhere.
pub(crate) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Reads `epoch, seq, hash` beginning at `column`.
pub(crate) fn log_head(row: &Row<'_>, column: usize) -> rusqlite::Result<LogHead> {
    Ok(LogHead {
        head: Head {
            epoch: row.get(column)?,
            seq: number(row, column + 1)?,
        },
        hash: hash(row, column + 2)?,
    })
}

pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::ResourceManager => "resource_manager",
        Role::Member => "member",
        Role::Viewer => "viewer",
    }
}

pub(crate) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let name: String = row.get(column)?;
    [
        Role::Admin,
        Role::ResourceManager,
        Role::Member,
        Role::Viewer,
    ]
    .into_iter()
    .find(|role| role_name(*role) == name)
    .ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            Type::Text,
            format!("there is no role {name}").into(),
        )
    })
}

/// Runs a statement that is kept prepared; returns how many rows it changed.
pub(crate) fn execute(conn: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<u64> {
    conn.prepare_cached(sql)?
        .execute(params)
        .map(|changed| changed as u64)
}

/// The first row, if there is one.
pub(crate) fn first<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    conn.prepare_cached(sql)?.query_row(params, read).optional()
}

pub(crate) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    conn.prepare_cached(sql)?.query_map(params, read)?.collect()
}
