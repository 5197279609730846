//! What SQLite complains of, put into sentences.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use raally_app::ports::StoreError;
use rusqlite::ErrorCode;

/// A complaint that several waiting writers can each be told.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    kind: FaultKind,
    folder: Arc<Path>,
    detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FaultKind {
    Full,
    ReadOnly,
    Locked,
    /// The disk failed; what is on it is known only after looking again.
    Io,
    Corrupt,
    Other,
}

/// Growing the shared-memory file fails with it where the disk is full.
const IOERR_SHMSIZE: i32 = 10 | (19 << 8);

impl Fault {
    /// Where the database lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn new(folder: &Arc<Path>, error: &rusqlite::Error) -> Fault {
        use rusqlite::Error as E;
        let kind = match error {
            E::SqliteFailure(e, _) if e.extended_code == IOERR_SHMSIZE => FaultKind::Full,
            E::SqliteFailure(e, _) => match e.code {
                ErrorCode::DiskFull => FaultKind::Full,
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                    FaultKind::ReadOnly
                }
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => FaultKind::Locked,
                ErrorCode::SystemIoFailure => FaultKind::Io,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => FaultKind::Corrupt,
                _ => FaultKind::Other,
            },
            E::FromSqlConversionFailure(..)
            | E::InvalidColumnType(..)
            | E::IntegralValueOutOfRange(..)
            | E::Utf8Error(..) => FaultKind::Corrupt,
            _ => FaultKind::Other,
        };
        Fault {
            kind,
            folder: folder.clone(),
            detail: error.to_string(),
        }
    }

    /// Whether the connection that met it is to be trusted no more.
    pub(crate) fn breaks_connection(&self) -> bool {
        matches!(self.kind, FaultKind::Io | FaultKind::Corrupt)
    }

    /// Whether somebody holds a lock for now.
    pub(crate) fn is_lock(&self) -> bool {
        self.kind == FaultKind::Locked
    }

    /// What whoever asked is told, which may be a stranger: where the database lies is for the log.
    pub(crate) fn to_error(&self) -> StoreError {
        match self.kind {
            FaultKind::Full => StoreError::Unavailable(
                "the server's disk is full: nothing was written; free some space and try again"
                    .to_owned(),
            ),
            FaultKind::ReadOnly => StoreError::Unavailable(
                "the server's data folder cannot be written to: nothing was written; let Raally's user write there"
                    .to_owned(),
            ),
            FaultKind::Locked => StoreError::Unavailable(
                "another program holds a lock on the database: nothing was written; close it and try again"
                    .to_owned(),
            ),
            FaultKind::Corrupt => StoreError::Corrupt(format!(
                "the database is damaged ({}); restore a backup",
                self.detail
            )),
            FaultKind::Io | FaultKind::Other => StoreError::Failed(self.detail.clone().into()),
        }
    }
}

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder {} is in use by another Raally process{}; stop it or choose another folder", .folder.display(), .process.as_deref().unwrap_or_default())]
    InUse {
        folder: PathBuf,
        /// ` (process 1234)`, where it is known.
        process: Option<String>,
    },
    #[error("the data folder {} cannot be written to; let Raally's user write there or choose another folder", .0.display())]
    ReadOnly(PathBuf),
    #[error("{} is not a SQLite database, so it is left as it is; choose another data folder", .0.display())]
    NotSqlite(PathBuf),
    #[error("{} is the database of another program, so it is left as it is; choose another data folder", .0.display())]
    Foreign(PathBuf),
    #[error("{} was written by a newer Raally (it has migration {found}, this program knows {known}); start that one", .file.display())]
    Newer {
        file: PathBuf,
        found: String,
        known: String,
    },
    #[error("migration {name} of {} is not the one that this program knows; start the program that made it or restore a backup", .file.display())]
    Changed { file: PathBuf, name: String },
    #[error("the disk that holds {} is full; free some space and try again", .0.display())]
    Full(PathBuf),
    #[error("another program holds a lock on {}; close it and try again", .0.display())]
    Locked(PathBuf),
    #[error("{} cannot be opened: {reason}", .path.display())]
    Failed { path: PathBuf, reason: String },
}

impl OpenError {
    pub(crate) fn sqlite(file: &Path, error: &rusqlite::Error) -> OpenError {
        let fault = Fault::new(&Arc::from(file), error);
        match (fault.kind, error) {
            (FaultKind::Full, _) => OpenError::Full(file.to_owned()),
            (FaultKind::ReadOnly, _) => OpenError::ReadOnly(
                file.parent()
                    .map_or_else(|| file.to_owned(), Path::to_path_buf),
            ),
            (FaultKind::Locked, _) => OpenError::Locked(file.to_owned()),
            (FaultKind::Corrupt, rusqlite::Error::SqliteFailure(e, _))
                if e.code == ErrorCode::NotADatabase =>
            {
                OpenError::NotSqlite(file.to_owned())
            }
            _ => OpenError::Failed {
                path: file.to_owned(),
                reason: fault.detail,
            },
        }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> OpenError {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                OpenError::ReadOnly(path.to_owned())
            }
            ErrorKind::StorageFull => OpenError::Full(path.to_owned()),
            _ => OpenError::Failed {
                path: path.to_owned(),
                reason: error.to_string(),
            },
        }
    }
}
