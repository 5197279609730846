//! What PostgreSQL and the way to it complain of, put into sentences.

use std::error::Error as _;
use std::sync::Arc;

use raally_app::ports::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Why something did not come about.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No connection became free in time.
    Busy,
    /// No connection could be made: nothing was asked of the server.
    Away(String),
    /// The server did not answer in time, and the connection was given up.
    Silent,
    Server(Error),
    /// What the server gave is not what was asked.
    Store(StoreError),
}

/// What a fault comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Busy,
    Away,
    /// The connection broke while it was in use: what was asked may or may not have happened.
    Lost,
    /// Nothing happened, and would at another try: two transactions stood in each other's way.
    Again,
    Full,
    ReadOnly,
    /// The server ended it because it took too long or waited too long for a lock.
    Slow,
    Refused,
    Corrupt,
    /// The tenant is closed.
    Closed,
    Other,
}

impl Fault {
    pub(crate) fn kind(&self) -> FaultKind {
        match self {
            Fault::Busy => FaultKind::Busy,
            Fault::Away(_) => FaultKind::Away,
            Fault::Silent => FaultKind::Lost,
            Fault::Store(_) => FaultKind::Other,
            Fault::Server(error) => of(error),
        }
    }

    /// Whether the connection that met it, and others like it, lead to where we no longer want to
    /// go.
    pub(crate) fn breaks_connection(&self) -> bool {
        matches!(self.kind(), FaultKind::Lost | FaultKind::ReadOnly)
    }

    /// What whoever asked is told, which may be a stranger: where PostgreSQL is, and what it said,
    /// is for the log.
    pub(crate) fn to_error(&self, place: &Arc<str>) -> StoreError {
        let sentence = match self.kind() {
            FaultKind::Busy => {
                "all connections to PostgreSQL are busy: nothing was written; try again in a few seconds"
            }
            FaultKind::Away => {
                "PostgreSQL cannot be reached: nothing was written; try again in a few seconds"
            }
            FaultKind::Lost => {
                "PostgreSQL went away while it was asked: look before trying again in a few seconds"
            }
            FaultKind::Again => {
                "others write the same in PostgreSQL: nothing was written; try again in a few seconds"
            }
            FaultKind::Full => {
                "the disk of PostgreSQL is full: nothing was written; free some space and try again"
            }
            FaultKind::ReadOnly => {
                "PostgreSQL accepts no writes at present (a standby, perhaps): nothing was written; try again in a few seconds"
            }
            FaultKind::Slow => {
                "PostgreSQL took too long and was told to stop: nothing was written; try again in a few seconds"
            }
            FaultKind::Refused => {
                "PostgreSQL refuses us: nothing was written; correct its roles, limits or our settings"
            }
            FaultKind::Closed => "this workspace is closed: nothing was written",
            FaultKind::Corrupt => {
                return StoreError::Corrupt(format!(
                    "the database is damaged ({}); restore a backup",
                    self.detail()
                ));
            }
            FaultKind::Other => {
                return match self {
                    Fault::Store(StoreError::Corrupt(what)) => StoreError::Corrupt(what.clone()),
                    _ => StoreError::Failed(self.detail().into()),
                };
            }
        };
        tracing::warn!(%place, detail = self.detail(), "PostgreSQL did not do what was asked");
        StoreError::Unavailable(sentence.to_owned())
    }

    fn detail(&self) -> String {
        match self {
            Fault::Busy => "no connection became free".to_owned(),
            Fault::Silent => "it did not answer".to_owned(),
            Fault::Away(detail) => detail.clone(),
            Fault::Store(error) => error.to_string(),
            Fault::Server(error) => say(error),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Server(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

/// The error with what is behind it, which it does not say itself.
pub(crate) fn say(error: &Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{} [{}]", db.message(), db.code().code());
    }
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// What an error comes to.
pub(crate) fn of(error: &Error) -> FaultKind {
    let Some(state) = error.code() else {
        let io = error
            .source()
            .is_some_and(|source| source.is::<std::io::Error>());
        return if error.is_closed() || io {
            FaultKind::Lost
        } else {
            FaultKind::Other
        };
    };
    match *state {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => FaultKind::Again,
        SqlState::DISK_FULL => FaultKind::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION => FaultKind::ReadOnly,
        SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => FaultKind::Slow,
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => FaultKind::Lost,
        SqlState::CANNOT_CONNECT_NOW => FaultKind::Away,
        SqlState::TOO_MANY_CONNECTIONS
        | SqlState::OUT_OF_MEMORY
        | SqlState::INVALID_PASSWORD
        | SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        | SqlState::INVALID_CATALOG_NAME
        | SqlState::INSUFFICIENT_PRIVILEGE => FaultKind::Refused,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => FaultKind::Corrupt,
        _ if state.code() == "RY003" => FaultKind::Closed,
        _ if state.code().starts_with("08") => FaultKind::Lost,
        _ => FaultKind::Other,
    }
}
