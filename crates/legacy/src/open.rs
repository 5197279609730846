//! Opening a file of the first Raally without leaving a trace in it or beside it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Why a file cannot be imported; one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    #[error("{0} is not an SQLite database")]
    NotSqlite(PathBuf),
    #[error("{0} is not a database of the first Raally: it lacks {1}")]
    Lacks(PathBuf, String),
    #[error("{0} is locked by another program: close it there, or try again later")]
    Locked(PathBuf),
    #[error("{0} is damaged: {1}")]
    Damaged(PathBuf, String),
}

/// A connection that reads, and the copy it reads where the file itself must not be opened.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    _copy: Option<Copy>,
}

/// A folder of our own that goes with the connection.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        // Nothing depends on it: what is left of a temporary folder, the system clears.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a database keeps beside itself while it is written to.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| m.len() > 0)
}

/// Opens `path` for reading and waits for another program's lock at most `wait`.
///
/// SQLite would make files beside a database in WAL mode, and roll back the interrupted write of
/// a crashed program. Where it came to that, a copy is read instead.
pub(crate) fn open(path: &Path, wait: Duration) -> Result<Opened, Unusable> {
    let wal = is_wal(path)?;
    let journal = if wal { "-wal" } else { "-journal" };
    let pending = has_content(&beside(path, journal));
    let opened = match (wal, pending) {
        (true, false) => direct(path, "?immutable=1", wait),
        (true, true) => from_copy(path, journal, wait),
        (false, false) => direct(path, "?mode=ro", wait),
        (false, true) => direct(path, "?mode=ro", wait).or_else(|error| match error {
            // A journal that nobody is at work with: it has to be rolled back first.
            Unusable::Damaged(..) => from_copy(path, journal, wait),
            error => Err(error),
        }),
    }?;
    Ok(opened)
}

/// Whether the header says that the database is in WAL mode.
fn is_wal(path: &Path) -> Result<bool, Unusable> {
    let unreadable = |e| Unusable::Unreadable(path.to_owned(), e);
    let mut header = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(100)
        .read_to_end(&mut header)
        .map_err(unreadable)?;
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return Err(Unusable::NotSqlite(path.to_owned()));
    }
    Ok(header[19] == 2)
}

fn direct(path: &Path, mode: &str, wait: Duration) -> Result<Opened, Unusable> {
    let absolute = fs::canonicalize(path).map_err(|e| Unusable::Unreadable(path.to_owned(), e))?;
    let uri = format!("file:{}{mode}", escaped(&absolute.to_string_lossy()));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags).map_err(|e| fault(path, &e))?;
    begin(path, &connection, wait)?;
    Ok(Opened {
        connection,
        _copy: None,
    })
}

/// One read transaction for everything, begun now, so that all tables show one state.
fn begin(path: &Path, connection: &Connection, wait: Duration) -> Result<(), Unusable> {
    let begun = connection
        .busy_timeout(wait)
        .and_then(|()| connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;"));
    begun.map_err(|e| fault(path, &e))
}

/// Reads a copy of the database and of the journal that belongs to it.
fn from_copy(path: &Path, journal: &str, wait: Duration) -> Result<Opened, Unusable> {
    let unreadable = |e| Unusable::Unreadable(path.to_owned(), e);
    let folder = private_folder().map_err(unreadable)?;
    let copy = Copy(folder.clone());
    let target = folder.join("first.db");
    let files = [
        (path.to_owned(), target.clone()),
        (beside(path, journal), beside(&target, journal)),
    ];
    let deadline = std::time::Instant::now() + wait;
    loop {
        let before = states(&files);
        for (from, to) in &files {
            fs::copy(from, to).map_err(unreadable)?;
        }
        if before == states(&files) {
            break;
        }
        if std::time::Instant::now() >= deadline {
            return Err(Unusable::Locked(path.to_owned()));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let connection = Connection::open_with_flags(
        &target,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|e| fault(path, &e))?;
    begin(path, &connection, wait)?;
    Ok(Opened {
        connection,
        _copy: Some(copy),
    })
}

/// Lengths and times of change: the same before and after a copy, nothing was written meanwhile.
fn states(files: &[(PathBuf, PathBuf)]) -> Vec<Option<(u64, std::time::SystemTime)>> {
    let state = |path: &Path| {
        let meta = fs::metadata(path).ok()?;
        Some((meta.len(), meta.modified().ok()?))
    };
    files.iter().map(|(from, _)| state(from)).collect()
}

/// A new folder that only we may look into: the copy holds people's pay.
fn private_folder() -> std::io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    for n in 0..1000 {
        let name = format!("raally-import-{}-{n}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

/// A path within a URI.
fn escaped(path: &str) -> String {
    path.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

/// What SQLite's error says of the file.
pub(crate) fn fault(path: &Path, error: &rusqlite::Error) -> Unusable {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Unusable::Locked(path),
        Some(ErrorCode::NotADatabase) => Unusable::NotSqlite(path),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => match File::open(&path) {
            Err(e) => Unusable::Unreadable(path, e),
            Ok(_) => Unusable::Damaged(path, "SQLite cannot open it".to_owned()),
        },
        _ => Unusable::Damaged(path, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_waited_for_no_longer_than_told() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("first.db");
        let holder = Connection::open(&path).unwrap();
        holder
            .execute_batch("CREATE TABLE t (x); BEGIN EXCLUSIVE")
            .unwrap();
        let begun = std::time::Instant::now();
        let wait = Duration::from_millis(300);
        let refused = open(&path, wait).err();
        assert!(matches!(refused, Some(Unusable::Locked(_))), "{refused:?}");
        assert!(begun.elapsed() >= wait);
        holder.execute_batch("COMMIT").unwrap();
        assert!(open(&path, wait).is_ok());
    }
}
