//! The data folder: whose it is, what lies in it, and how connections to it are made.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::fault::OpenError;
use crate::{Options, migrate};

/// `Raly`, in the header of our files.
const APPLICATION_ID: i32 = 0x5261_6c79;

/// How a data folder is, without anything being changed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataFolder {
    /// There is no database in it yet; opening it makes one.
    Empty,
    /// A process has it open, with that number where it is known.
    InUse(Option<String>),
    /// Nobody has it open, and so many migrations are missing; opening it applies them.
    Free {
        /// 0 where its tables are this program's.
        missing_migrations: usize,
    },
}

/// Looks at a data folder without changing it.
///
/// # Errors
/// As opening it has, but for a folder that is in use.
pub fn look(path: &Path) -> Result<DataFolder, OpenError> {
    let file = path.join("raally.db");
    let failed = |e: std::io::Error| OpenError::io(path, &e);
    if let Some(process) = held(path).map_err(failed)? {
        return Ok(DataFolder::InUse(process));
    }
    let header = match File::open(&file) {
        Ok(db) => header(db).map_err(failed)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    if header.is_empty() {
        return Ok(DataFolder::Empty);
    }
    ours(&header, &file)?;
    let failed = |e: rusqlite::Error| OpenError::sqlite(&file, &e);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(&file, flags).map_err(failed)?;
    let missing_migrations = migrate::missing(&conn, &file)?;
    Ok(DataFolder::Free { missing_migrations })
}

/// Who has the folder open, if somebody has.
fn held(path: &Path) -> std::io::Result<Option<Option<String>>> {
    let mut lock = match File::open(path.join("raally.lock")) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match lock.try_lock_shared() {
        Ok(()) => {
            drop(Lock(lock));
            Ok(None)
        }
        Err(TryLockError::WouldBlock) => Ok(Some(holder(&mut lock))),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The number of the process that holds the lock, as that process has written it.
fn holder(lock: &mut File) -> Option<String> {
    let mut pid = String::new();
    let known = lock.read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
    known.then(|| pid.trim().to_owned())
}

/// A folder that is ours and locked for as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: Arc<Path>,
    pub(crate) file: PathBuf,
    options: Options,
    _lock: Lock,
}

/// A lock on a folder. Closing the file would not do to let go of it: another process that is
/// being started at that moment has a copy of the file, and with it the lock.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Where this fails, the file's closing, which follows, is what lets go of it.
        let _ = self.0.unlock();
    }
}

impl Folder {
    /// Locks the folder (made where it is missing), looks at what lies in it, and brings the
    /// schema up to date.
    pub(crate) fn open(path: &Path, options: Options) -> Result<Folder, OpenError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|e| OpenError::io(path, &e))?;
        let lock = lock(path)?;
        let file = path.join("raally.db");
        inspect(path, &file)?;
        let folder = Folder {
            path: Arc::from(path),
            file,
            options,
            _lock: lock,
        };
        folder.prepare()?;
        Ok(folder)
    }

    fn prepare(&self) -> Result<(), OpenError> {
        let failed = |e: rusqlite::Error| OpenError::sqlite(&self.file, &e);
        let mut conn = self.connect().map_err(failed)?;
        claim(&conn, &self.file)?;
        conn.pragma_update(None, "journal_mode", "WAL")
            .map_err(failed)?;
        self.tune_writer(&conn).map_err(failed)?;
        migrate::migrate(&mut conn, &self.file)?;
        // Names of new files are durable once their folder is.
        File::open(&self.path)
            .and_then(|dir| dir.sync_all())
            .map_err(|e| OpenError::io(&self.path, &e))
    }

    /// The connection that writes: every commit is on the disk when it returns.
    pub(crate) fn writer(&self) -> rusqlite::Result<Connection> {
        let conn = self.connect()?;
        self.tune_writer(&conn)?;
        Ok(conn)
    }

    /// How long a lock of another program's is waited for.
    pub(crate) fn busy_timeout(&self) -> Duration {
        self.options.busy_timeout
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> rusqlite::Result<Connection> {
        let conn = self.connect()?;
        conn.pragma_update(None, "cache_size", -2 * 1024)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(
            &self.file,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        conn.busy_timeout(self.options.busy_timeout)?;
        conn.set_prepared_statement_cache_capacity(64);
        conn.pragma_update(None, "foreign_keys", true)?;
        // Plans do not depend on what a parameter holds: else statements beside a partial index are
        // compiled anew for each value.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A failing disk is to give an error, not a signal.
        conn.pragma_update(None, "mmap_size", 0)?;
        Ok(conn)
    }

    fn tune_writer(&self, conn: &Connection) -> rusqlite::Result<()> {
        conn.pragma_update(None, "synchronous", self.options.synchronous.pragma())?;
        conn.pragma_update(None, "cache_size", -16 * 1024)?;
        // What is erased is not to be found in free pages.
        conn.pragma_update(None, "secure_delete", true)?;
        // See `checkpoints`.
        conn.pragma_update(None, "wal_autocheckpoint", 0)?;
        conn.pragma_update(None, "journal_size_limit", 32 << 20)?;
        if let Some(pages) = self.options.max_pages {
            conn.pragma_update(None, "max_page_count", pages)?;
        }
        Ok(())
    }
}

/// One process at a time: the operating system lets go of the lock when that process ends,
/// however it ends.
fn lock(path: &Path) -> Result<Lock, OpenError> {
    let failed = |e: std::io::Error| OpenError::io(path, &e);
    let mut lock = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path.join("raally.lock"))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let process = holder(&mut lock).map(|pid| format!(" (process {pid})"));
            return Err(OpenError::InUse {
                folder: path.to_owned(),
                process,
            });
        }
        Err(TryLockError::Error(e)) => return Err(failed(e)),
    }
    // Only to tell who it is: a full disk must not keep anybody from reading.
    let _ = lock
        .set_len(0)
        .and_then(|()| lock.rewind())
        .and_then(|()| writeln!(lock, "{}", std::process::id()));
    Ok(Lock(lock))
}

/// Looks at a database file without letting SQLite touch it; makes an empty one where there is
/// none, readable by its owner alone.
fn inspect(path: &Path, file: &Path) -> Result<(), OpenError> {
    let failed = |e: std::io::Error| OpenError::io(path, &e);
    let db = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .map_err(failed)?;
    let header = header(db).map_err(failed)?;
    // A journal left by a power cut during creation is rolled back first; `claim` looks then.
    if header.is_empty() || path.join("raally.db-journal").exists() {
        return Ok(());
    }
    ours(&header, file)
}

/// What SQLite keeps about a database at the beginning of its file; empty of an empty file.
fn header(db: File) -> std::io::Result<Vec<u8>> {
    let mut header = Vec::with_capacity(100);
    db.take(100).read_to_end(&mut header)?;
    Ok(header)
}

fn ours(header: &[u8], file: &Path) -> Result<(), OpenError> {
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(OpenError::NotSqlite(file.to_owned()));
    }
    if header.get(68..72) != Some(&APPLICATION_ID.to_be_bytes()[..]) {
        return Err(OpenError::Foreign(file.to_owned()));
    }
    Ok(())
}

/// Marks an empty database as ours; refuses one that is not.
fn claim(conn: &Connection, file: &Path) -> Result<(), OpenError> {
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let id: i32 = conn
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(failed)?;
    let tables: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    match (id, tables) {
        (APPLICATION_ID, _) => Ok(()),
        (0, 0) => conn
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(failed),
        _ => Err(OpenError::Foreign(file.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_tells_how_a_folder_is_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        assert_eq!(look(&path).unwrap(), DataFolder::Empty);
        assert!(!path.exists());
        let open = Folder::open(&path, Options::default()).unwrap();
        let process = Some(std::process::id().to_string());
        assert_eq!(look(&path).unwrap(), DataFolder::InUse(process));
        drop(open);
        let free = |missing_migrations| DataFolder::Free { missing_migrations };
        assert_eq!(look(&path).unwrap(), free(0));
        let change = |sql: &str| {
            let db = Connection::open(path.join("raally.db")).unwrap();
            db.execute(sql, []).unwrap()
        };
        change("DELETE FROM migrations WHERE number > 3");
        let missing = look(&path).unwrap();
        assert!(missing != free(0), "{missing:?}");
        assert_eq!(look(&path).unwrap(), missing);
        change("UPDATE migrations SET checksum = zeroblob(32) WHERE number = 2");
        assert!(matches!(look(&path), Err(OpenError::Changed { .. })));
    }

    #[test]
    fn a_folder_is_free_again_although_a_process_that_starts_still_has_its_files() {
        let path = tempfile::tempdir().unwrap();
        let folder = Folder::open(path.path(), Options::default()).unwrap();
        let copy = folder._lock.0.try_clone().unwrap();
        assert!(held(path.path()).unwrap().is_some());
        drop(folder);
        assert_eq!(held(path.path()).unwrap(), None);
        Folder::open(path.path(), Options::default()).unwrap();
        drop(copy);
    }
}
