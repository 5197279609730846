//! Between columns and types.

use raally_app::ports::{LogHead, LoggedEvent, StoreError};
use raally_domain::event::{Hash, Head, StoredEvent};
use raally_domain::kinds::Role;
use raally_domain::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

fn corrupt(column: usize, what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("column {column} of what PostgreSQL gave: {what}"))
}

pub(crate) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|e| corrupt(column, e))
}

pub(crate) fn id<T: From<Uuid>>(row: &Row, column: usize) -> Result<T, StoreError> {
    get::<Uuid>(row, column).map(T::from)
}

pub(crate) fn moment(row: &Row, column: usize) -> Result<Timestamp, StoreError> {
    get(row, column).map(Timestamp::from_micros)
}

/// Bytes of a fixed number.
pub(crate) fn bytes<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], StoreError> {
    let bytes: &[u8] = get(row, column)?;
    bytes
        .try_into()
        .map_err(|_| corrupt(column, format!("{} bytes where {N} belong", bytes.len())))
}

/// A seq or a count, which is never negative.
pub(crate) fn number(row: &Row, column: usize) -> Result<u64, StoreError> {
    let n: i64 = get(row, column)?;
    u64::try_from(n).map_err(|_| corrupt(column, n))
}

/// As PostgreSQL counts; what is beyond it cannot be stored and is found nowhere.
pub(crate) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn limit(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn epoch(row: &Row, column: usize) -> Result<u32, StoreError> {
    let epoch: i64 = get(row, column)?;
    u32::try_from(epoch).map_err(|_| corrupt(column, epoch))
}

/// Reads `epoch, seq` beginning at `column`.
pub(crate) fn head(row: &Row, column: usize) -> Result<Head, StoreError> {
    Ok(Head {
        epoch: epoch(row, column)?,
        seq: number(row, column + 1)?,
    })
}

/// Reads `epoch, seq, hash` beginning at `column`.
pub(crate) fn log_head(row: &Row, column: usize) -> Result<LogHead, StoreError> {
    Ok(LogHead {
        head: head(row, column)?,
        hash: hash(row, column + 2)?,
    })
}

pub(crate) fn hash(row: &Row, column: usize) -> Result<Hash, StoreError> {
    bytes(row, column)
}

/// Reads `seq, body, hash`.
pub(crate) fn logged(row: &Row) -> Result<LoggedEvent, StoreError> {
    Ok(LoggedEvent {
        seq: number(row, 0)?,
        stored: StoredEvent {
            body: get(row, 1)?,
            hash: hash(row, 2)?,
        },
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

pub(crate) fn role(row: &Row, column: usize) -> Result<Role, StoreError> {
    let name: &str = get(row, column)?;
    [
        Role::Admin,
        Role::ResourceManager,
        Role::Member,
        Role::Viewer,
    ]
    .into_iter()
    .find(|role| role_name(*role) == name)
    .ok_or_else(|| corrupt(column, format!("there is no role {name}")))
}

/// The first row, if there is one.
pub(crate) fn first<T>(
    rows: &[Row],
    read: impl FnOnce(&Row) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    rows.first().map(read).transpose()
}

pub(crate) fn all<T>(
    rows: &[Row],
    read: impl FnMut(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

/// The one row that a function always gives.
pub(crate) fn only(rows: &[Row]) -> Result<&Row, StoreError> {
    rows.first()
        .ok_or_else(|| StoreError::Corrupt("PostgreSQL gave no row where one belongs".to_owned()))
}
