//! Moving what is committed out of the write-ahead log, into the database: beside the writer, whose
//! thread no write waits for meanwhile. What is left to the writer between two transactions is the
//! little that was committed while the rest was moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use raally_app::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc as queue, oneshot};

use crate::fault::Fault;
use crate::folder::Folder;
use crate::writer::{Order, ended};

/// From so many pages of 4 KiB on the log is moved.
const PAGES: u32 = 4_000;
/// The log is not emptied more often, so that erasures that come together share one pass.
const BETWEEN: Duration = Duration::from_millis(200);
/// How long readers may keep the log from being emptied, and the pause between two tries.
const PATIENCE: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_millis(5);

/// How far the writer is to go with what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It is moved as far as readers let it, so that the log begins anew.
    Move,
    /// It is moved, and nothing is left in the log's file.
    Empty,
}

enum Ask {
    /// The log has grown long.
    Move,
    /// Nothing of what was committed before is to be in the log any more.
    Empty(oneshot::Sender<Result<(), StoreError>>),
}

/// Asks for passes. Clones ask the same thread, which ends with the last of them.
#[derive(Clone)]
pub(crate) struct Checkpoints {
    asks: mpsc::Sender<Ask>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// How long the log is, in pages.
    pages: AtomicU32,
    /// A pass because of its length has been asked for and has not begun.
    is_asked: AtomicBool,
    /// How often the log has been emptied.
    emptied: AtomicU32,
}

impl Checkpoints {
    /// Starts the thread. The rest of each pass is the writer's, as long as there is one.
    pub(crate) fn start(
        folder: Arc<Folder>,
        writer: queue::WeakSender<Order>,
    ) -> std::io::Result<(Checkpoints, JoinHandle<()>)> {
        let (asks, asked) = mpsc::channel();
        let shared = Arc::<Shared>::default();
        let mut thread = Thread {
            folder,
            conn: None,
            writer,
            shared: Arc::clone(&shared),
            emptied_at: None,
            failed: false,
        };
        let named = std::thread::Builder::new().name("raally-checkpoints".to_owned());
        let thread = named.spawn(move || {
            while let Ok(first) = asked.recv() {
                thread.answer(first, &asked);
            }
        })?;
        Ok((Checkpoints { asks, shared }, thread))
    }

    /// Has a writer's connection tell how long the log is. It moves nothing by itself from then on.
    pub(crate) fn watch(&self, conn: &mut Connection) -> rusqlite::Result<()> {
        let shared = Arc::clone(&self.shared);
        conn.wal_hook(Some(move |_: &mut _, pages| {
            let pages = u32::try_from(pages).unwrap_or_default();
            shared.pages.store(pages, Ordering::Relaxed);
            Ok(())
        }))
    }

    /// After a commit: has the log moved, if it has grown long.
    pub(crate) fn move_if_long(&self) {
        let shared = &self.shared;
        if shared.pages.load(Ordering::Relaxed) >= PAGES
            && !shared.is_asked.swap(true, Ordering::AcqRel)
        {
            let _ = self.asks.send(Ask::Move);
        }
    }

    /// Has all that is committed by now moved, and the log emptied.
    pub(crate) async fn empty(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.asks.send(Ask::Empty(reply));
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    #[cfg(test)]
    pub(crate) fn emptied(&self) -> u32 {
        self.shared.emptied.load(Ordering::Relaxed)
    }
}

struct Thread {
    folder: Arc<Folder>,
    /// Opened when it is needed, and again after a failure of the disk.
    conn: Option<Connection>,
    writer: queue::WeakSender<Order>,
    shared: Arc<Shared>,
    emptied_at: Option<Instant>,
    /// The last pass failed, which has been said.
    failed: bool,
}

impl Thread {
    /// One pass for all that have asked by now.
    fn answer(&mut self, first: Ask, asked: &mpsc::Receiver<Ask>) {
        let mut waiting = Vec::new();
        if matches!(first, Ask::Empty(_)) {
            let since = self.emptied_at.map_or(BETWEEN, |at| at.elapsed());
            std::thread::sleep(BETWEEN.saturating_sub(since));
        }
        for ask in std::iter::once(first).chain(asked.try_iter()) {
            if let Ask::Empty(reply) = ask {
                waiting.push(reply);
            }
        }
        self.shared.is_asked.store(false, Ordering::Release);
        let done = self.pass(waiting.is_empty());
        if let Err(fault) = &done
            && !self.failed
        {
            let error = fault.to_error();
            tracing::warn!(%error, "the write-ahead log could not be moved into the database and grows until it can");
        }
        self.failed = done.is_err();
        for reply in waiting {
            let _ = reply.send(done.clone().map_err(|fault| fault.to_error()));
        }
    }

    fn pass(&mut self, moving: bool) -> Result<(), Fault> {
        self.move_beside()?;
        if moving {
            return self.by_the_writer(Rest::Move);
        }
        let until = Instant::now() + PATIENCE;
        loop {
            match self.by_the_writer(Rest::Empty) {
                Err(fault) if fault.is_lock() && Instant::now() < until => {
                    // A reader is in the log.
                    std::thread::sleep(AGAIN);
                }
                done => {
                    self.emptied_at = Some(Instant::now());
                    self.shared.emptied.fetch_add(1, Ordering::Relaxed);
                    return done;
                }
            }
        }
    }

    /// Moves what is committed, while others write and read.
    fn move_beside(&mut self) -> Result<(), Fault> {
        let fault = |e: rusqlite::Error| Fault::new(&self.folder.path, &e);
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.folder.writer().map_err(fault)?,
        };
        let moved = checkpoint(&conn, Rest::Move).map_err(fault);
        if !moved.as_ref().is_err_and(Fault::breaks_connection) {
            self.conn = Some(conn);
        }
        moved
    }

    /// What has been committed since is the writer's to move, who then begins the log anew.
    fn by_the_writer(&self, rest: Rest) -> Result<(), Fault> {
        let Some(writer) = self.writer.upgrade() else {
            // It moves all when it closes.
            return Ok(());
        };
        let (reply, answer) = oneshot::channel();
        if writer
            .blocking_send(Order::Checkpoint(rest, reply))
            .is_err()
        {
            return Ok(());
        }
        drop(writer);
        answer.blocking_recv().unwrap_or(Ok(()))
    }
}

/// Moves what is in the log. For the log to be emptied nobody may read in it; that is not waited for.
pub(crate) fn checkpoint(conn: &Connection, rest: Rest) -> rusqlite::Result<()> {
    let sql = match rest {
        Rest::Move => "PRAGMA wal_checkpoint(PASSIVE)",
        Rest::Empty => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let busy: i64 = conn.query_row(sql, [], |row| row.get(0))?;
    match rest {
        Rest::Empty if busy != 0 => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        )),
        Rest::Empty | Rest::Move => Ok(()),
    }
}
