//! Store and Identity on SQLite: one file in a data folder, one writer, several readers.
//!
//! A commit is on the disk before it is acknowledged (`synchronous=FULL`). Requests that wait
//! together share a commit, so many clients pay for one sync.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod accounts;
mod append;
mod audit;
mod audit_store;
mod checkpoints;
mod deletion;
mod epochs;
mod fault;
mod folder;
mod identity;
mod log;
mod migrate;
mod notifications;
mod readers;
mod rows;
mod sagas;
mod store;
mod store_metrics;
mod webhooks;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use raally_app::ports::{Batch, StoreError};
use rusqlite::Connection;
use tokio::sync::Semaphore;

pub use fault::OpenError;
use folder::Folder;
pub use folder::{DataFolder, look};
use readers::{Much, Readers};
use writer::{Weight, Writer};

/// How a store works. The default is right for a server.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Connections that read at the same time.
    pub readers: usize,
    /// How long a request waits for its turn before the store says that it is busy.
    pub wait: Duration,
    /// How long to wait for a lock that another program holds on the database.
    pub busy_timeout: Duration,
    /// The database's largest size in pages of 4 KiB; `None`: as large as the disk.
    pub max_pages: Option<u32>,
    pub synchronous: Synchronous,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            readers: 4,
            wait: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(2),
            max_pages: None,
            synchronous: Synchronous::Full,
        }
    }
}

/// When data reaches the disk. Anything but `Full` loses acknowledged writes in a power cut, so
/// it is for measurements, and for tests that prove it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    Full,
    Normal,
    Off,
}

impl Synchronous {
    fn pragma(self) -> &'static str {
        match self {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
            Synchronous::Off => "OFF",
        }
    }
}

/// The store of one data folder. Clones share it; when the last is gone, what was committed is
/// moved into `raally.db` and the folder is free for another process.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

/// Events of so many bytes take a while to hash.
const LONG_TO_HASH: usize = 256 << 10;
/// How many such batches are hashed at a time.
const HASHING: usize = 2;

struct Inner {
    hashing: Arc<Semaphore>,
    // In the order in which they are to go: the readers, then the writer, then the lock.
    readers: Arc<Readers>,
    writer: Writer,
    _folder: Arc<Folder>,
}

impl SqliteStore {
    /// Opens the store in `folder`, making both where they are missing, and migrates it.
    pub fn open(folder: &Path, options: Options) -> Result<SqliteStore, OpenError> {
        let folder = Arc::new(Folder::open(folder, options)?);
        let conn = folder
            .writer()
            .map_err(|e| OpenError::sqlite(&folder.file, &e))?;
        let writer = Writer::start(folder.clone(), conn, options.wait)
            .map_err(|e| OpenError::io(&folder.path, &e))?;
        Ok(SqliteStore {
            inner: Arc::new(Inner {
                hashing: Arc::new(Semaphore::new(HASHING)),
                readers: Arc::new(Readers::new(folder.clone(), options.readers, options.wait)),
                writer,
                _folder: folder,
            }),
        })
    }

    /// Readies the rows of a batch; those of a long one in turn, where nobody else waits for it.
    async fn prepare(&self, batch: Batch) -> Result<append::Prepared, StoreError> {
        if append::bytes(&batch) < LONG_TO_HASH {
            return append::prepare(batch);
        }
        let turn = Arc::clone(&self.inner.hashing).acquire_owned().await;
        let turn = turn.map_err(|e| StoreError::Failed(e.into()))?;
        let prepared = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            append::prepare(batch)
        });
        prepared.await.map_err(|e| StoreError::Failed(e.into()))?
    }

    async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.readers.read(Much::No, read).await
    }

    /// The same for what may be of megabytes or of hundreds of rows.
    async fn read_much<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.readers.read(Much::Yes, read).await
    }

    /// Whether writes are taken.
    async fn ping_writer(&self) -> Result<(), StoreError> {
        self.inner.writer.ping().await
    }

    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.writer.write(Weight::Small, work).await
    }

    /// The same for what writes so many bytes.
    async fn write_bytes<T, F>(&self, bytes: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.writer.write(Weight::of(bytes), work).await
    }

    /// The same for what follows from what was written, of about so many bytes: nobody waits for it.
    async fn write_behind<T, F>(&self, bytes: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.writer.write(Weight::Behind(bytes), work).await
    }

    /// The same for what looks through a whole log.
    async fn write_long<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.inner.writer.write(Weight::Large, work).await
    }
}
