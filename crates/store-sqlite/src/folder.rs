//! The data folder: whose it is, what lies in it, and how connections to it are made.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::fault::OpenError;
use crate::{Options, migrate};

/// `Raly`, in the header of our files.
const APPLICATION_ID: i32 = 0x5261_6c79;

/// A folder that is ours and locked for as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: Arc<Path>,
    pub(crate) file: PathBuf,
    options: Options,
    _lock: File,
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
fn lock(path: &Path) -> Result<File, OpenError> {
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
            let mut pid = String::new();
            let known = lock.read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
            return Err(OpenError::InUse {
                folder: path.to_owned(),
                process: known.then(|| format!(" (process {})", pid.trim())),
            });
        }
        Err(TryLockError::Error(e)) => return Err(failed(e)),
    }
    // Only to tell who it is: a full disk must not keep anybody from reading.
    let _ = lock
        .set_len(0)
        .and_then(|()| lock.rewind())
        .and_then(|()| writeln!(lock, "{}", std::process::id()));
    Ok(lock)
}

/// Looks at a database file without letting SQLite touch it; makes an empty one where there is
/// none, readable by its owner alone.
fn inspect(path: &Path, file: &Path) -> Result<(), OpenError> {
    let failed = |e: std::io::Error| OpenError::io(path, &e);
    let mut db = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .map_err(failed)?;
    let mut header = Vec::with_capacity(100);
    Read::by_ref(&mut db)
        .take(100)
        .read_to_end(&mut header)
        .map_err(failed)?;
    // A journal left by a power cut during creation is rolled back first; `claim` looks then.
    if header.is_empty() || path.join("raally.db-journal").exists() {
        return Ok(());
    }
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
