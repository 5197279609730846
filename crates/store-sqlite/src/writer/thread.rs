//! The thread that writes, with the connection that it owns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::turns::{ALONG, Waiting};
use super::{BATCH, Order, Request, Weight};
use crate::checkpoints::{Checkpoints, Rest, checkpoint};
use crate::fault::Fault;
use crate::folder::Folder;

/// The pause in which those who ask together are waited for.
const BATCH_WINDOW: Duration = Duration::from_micros(50);

pub(super) struct Thread {
    pub(super) folder: Arc<Folder>,
    /// `None` after the disk failed, until a fresh connection has proved itself.
    pub(super) conn: Option<Connection>,
    /// The last transaction failed.
    pub(super) failing: Arc<AtomicBool>,
    pub(super) checkpoints: Checkpoints,
}

impl Thread {
    pub(super) fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut taken = Vec::with_capacity(BATCH);
        let mut waiting = Waiting::default();
        loop {
            if waiting.is_empty() {
                wait_for_batch(&orders);
                if orders.blocking_recv_many(&mut taken, BATCH) == 0 {
                    return;
                }
            } else {
                // What has come while something else was written.
                while taken.len() < BATCH
                    && let Ok(order) = orders.try_recv()
                {
                    taken.push(order);
                }
            }
            let mut batch = Vec::with_capacity(taken.len());
            let mut checkpoints = Vec::new();
            for order in taken.drain(..) {
                match order {
                    Order::Write(Weight::Small, request) => batch.push(request),
                    Order::Write(Weight::Large, request) => waiting.large.push_back(request),
                    Order::Write(Weight::Behind(bytes), request) => {
                        waiting.behind.push_back((bytes, request));
                    }
                    Order::Checkpoint(rest, reply) => checkpoints.push((rest, reply)),
                }
            }
            if !batch.is_empty() {
                batch.extend(waiting.bite(ALONG));
            }
            self.write_if_awaited(batch);
            for (rest, reply) in checkpoints {
                let _ = reply.send(self.checkpoint(rest));
            }
            self.write_if_awaited(waiting.next());
        }
    }

    /// Writes those requests that somebody still waits for.
    fn write_if_awaited(&mut self, mut batch: Vec<Box<dyn Request>>) {
        batch.retain(|request| request.begin());
        self.write(batch);
    }

    fn checkpoint(&mut self, rest: Rest) -> Result<(), Fault> {
        let (path, timeout) = (Arc::clone(&self.folder.path), self.folder.busy_timeout());
        let fault = |e: rusqlite::Error| Fault::new(&path, &e);
        let conn = self.connection_or_fault()?;
        // Writes would wait for the readers, too.
        conn.busy_timeout(Duration::ZERO).map_err(fault)?;
        let done = checkpoint(conn, rest).map_err(fault);
        conn.busy_timeout(timeout).map_err(fault)?;
        if done.as_ref().is_err_and(Fault::breaks_connection) {
            self.conn = None;
        }
        done
    }

    /// Runs the requests in one transaction. Should one fail after having written, each is run
    /// again in a transaction of its own.
    fn write(&mut self, mut batch: Vec<Box<dyn Request>>) {
        if batch.is_empty() {
            return;
        }
        match self.commit(&mut batch) {
            Ok(()) => {
                self.failing.store(false, Ordering::Relaxed);
                for request in batch {
                    request.finish(Ok(()));
                }
                self.checkpoints.move_if_long();
            }
            Err(Stopped::InRequest(fault)) if batch.len() > 1 && !fault.breaks_connection() => {
                for request in batch {
                    self.write(vec![request]);
                }
            }
            Err(Stopped::InRequest(fault) | Stopped::Whole(fault)) => {
                let folder = fault.folder().display();
                tracing::error!(error = %fault.to_error(), %folder, "a transaction failed");
                self.failing.store(true, Ordering::Relaxed);
                if fault.breaks_connection() {
                    self.conn = None;
                }
                for request in batch {
                    request.finish(Err(fault.to_error()));
                }
            }
        }
    }

    fn commit(&mut self, batch: &mut [Box<dyn Request>]) -> Result<(), Stopped> {
        let path = self.folder.path.clone();
        let whole = |e: rusqlite::Error| Stopped::Whole(Fault::new(&path, &e));
        let conn = self.connection_or_fault().map_err(Stopped::Whole)?;
        conn.prepare_cached("BEGIN IMMEDIATE")
            .and_then(|mut begin| begin.execute([]))
            .map_err(whole)?;
        let done = batch
            .iter_mut()
            .try_for_each(|request| run_unwinding(&mut **request, conn))
            .map_err(|e| Stopped::InRequest(Fault::new(&path, &e)))
            .and_then(|()| {
                conn.prepare_cached("COMMIT")
                    .and_then(|mut commit| commit.execute([]))
                    .map(drop)
                    .map_err(whole)
            });
        if done.is_err() && !conn.is_autocommit() {
            // Should even this fail, the connection must not be used again.
            if conn.execute_batch("ROLLBACK").is_err() {
                self.conn = None;
            }
        }
        done
    }

    /// After a disk failure the pages in the system's memory may be newer than those on the
    /// disk, so a fresh connection first copies the whole log into the database and syncs both.
    fn connection_or_fault(&mut self) -> Result<&Connection, Fault> {
        if self.conn.is_none() {
            let conn = self
                .folder
                .writer()
                .and_then(|mut conn| {
                    checkpoint(&conn, Rest::Empty)?;
                    self.checkpoints.watch(&mut conn)?;
                    Ok(conn)
                })
                .map_err(|e| Fault::new(&self.folder.path, &e))?;
            tracing::warn!("the database was opened again after a failure of the disk");
            self.conn = Some(conn);
        }
        Ok(self.conn.as_ref().expect("it has just been opened"))
    }
}

/// A request that panics fails, and takes nobody with it: not the thread, and none of those that
/// share its transaction, which is rolled back.
fn run_unwinding(request: &mut dyn Request, conn: &Connection) -> rusqlite::Result<()> {
    catch_unwind(AssertUnwindSafe(|| request.run(conn))).unwrap_or_else(|_| {
        Err(rusqlite::Error::ToSqlConversionFailure(
            "a write panicked".into(),
        ))
    })
}

/// Those who have just been answered often ask again at once; waiting for them while they come
/// spares them a commit of their own. One who asks alone never waits.
fn wait_for_batch(orders: &mpsc::Receiver<Order>) {
    let mut waiting = orders.len();
    while (2..BATCH).contains(&waiting) {
        std::thread::sleep(BATCH_WINDOW);
        let now = orders.len();
        if now == waiting {
            return;
        }
        waiting = now;
    }
}

enum Stopped {
    /// One request failed.
    InRequest(Fault),
    /// The transaction could not be begun or committed.
    Whole(Fault),
}
