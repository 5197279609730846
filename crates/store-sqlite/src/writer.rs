//! The one thread that writes. Requests that wait together share a commit, but for large ones: each
//! has its own, and between two of them what else has come by then is written. What follows from
//! what was written (audit, deliveries, how far a consumer is) is written behind, in small bites: no
//! more of it is between a request and its commit, however much of it waits.

mod thread;
mod turns;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use raally_app::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::checkpoints::{Checkpoints, Rest};
use crate::fault::Fault;
use crate::folder::Folder;
use thread::Thread;

/// How many requests may wait, and how many share a commit at most.
const QUEUE: usize = 1024;
const BATCH: usize = 256;

/// A request to write. It may be run twice: again alone, if one that shared its transaction
/// failed after having written.
pub(crate) trait Request: Send {
    /// False if nobody waits for it any more; otherwise it is under way from now on.
    fn begin(&self) -> bool;
    fn run(&mut self, conn: &Connection) -> rusqlite::Result<()>;
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// How much a request writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Little: a commit of its own would cost more than the work.
    Small,
    /// So much that others are not to wait for the same commit.
    Large,
    /// About so many bytes that nobody waits for.
    Behind(usize),
}

impl Weight {
    /// From so many bytes on a request is large.
    const LARGE: usize = 256 * 1024;

    pub(crate) fn of(bytes: usize) -> Weight {
        match bytes {
            0..Weight::LARGE => Weight::Small,
            _ => Weight::Large,
        }
    }
}

pub(crate) enum Order {
    Write(Weight, Box<dyn Request>),
    /// What is left of a checkpoint, to be done between two transactions.
    Checkpoint(Rest, oneshot::Sender<Result<(), Fault>>),
}

pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Order>>,
    checkpoints: Option<Checkpoints>,
    threads: Vec<JoinHandle<()>>,
    wait: Duration,
    /// The last transaction failed.
    failing: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread, which owns `conn`, and beside it the one that moves what it has written.
    pub(crate) fn start(
        folder: Arc<Folder>,
        mut conn: Connection,
        wait: Duration,
    ) -> std::io::Result<Writer> {
        let (queue, orders) = mpsc::channel(QUEUE);
        let beside = Checkpoints::start(Arc::clone(&folder), queue.downgrade())?;
        let (checkpoints, moving) = beside;
        checkpoints
            .watch(&mut conn)
            .map_err(std::io::Error::other)?;
        let after_commits = checkpoints.clone();
        let failing = Arc::<AtomicBool>::default();
        let failed = Arc::clone(&failing);
        let thread = std::thread::Builder::new()
            .name("raally-writer".to_owned())
            .spawn(move || {
                Thread {
                    folder,
                    conn: Some(conn),
                    failing: failed,
                    checkpoints: after_commits,
                }
                .run(orders);
            })?;
        Ok(Writer {
            queue: Some(queue),
            checkpoints: Some(checkpoints),
            threads: vec![thread, moving],
            wait,
            failing,
        })
    }

    /// Asks for a turn, as a write does; after a failure it writes, so that the end of what was
    /// wrong is found even if nobody else does.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let write = self.failing.load(Ordering::Relaxed);
        self.write(Weight::Small, move |conn| {
            if write {
                conn.execute("UPDATE migrations SET name = name", [])?;
            }
            Ok(())
        })
        .await
    }

    /// Runs `work` in a transaction and returns its result once that is durable. `work` should
    /// look before it writes: an error makes its transaction be rolled back and run again.
    pub(crate) async fn write<T, F>(&self, weight: Weight, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let state = Arc::new(AtomicU8::new(WAITING));
        let (reply, answer) = oneshot::channel();
        let task = Box::new(Task {
            work,
            result: None,
            reply,
            state: state.clone(),
        });
        self.send(Order::Write(weight, task)).await?;
        self.answer(answer, &state).await
    }

    /// Moves what has been committed out of the write-ahead log.
    pub(crate) async fn checkpoint(&self) -> Result<(), StoreError> {
        let checkpoints = self.checkpoints.as_ref().ok_or_else(ended)?;
        let emptied = tokio::time::timeout(self.wait * 6, checkpoints.empty()).await;
        emptied.unwrap_or_else(|_| Err(self.busy()))
    }

    async fn send(&self, order: Order) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or_else(ended)?;
        match tokio::time::timeout(self.wait, queue.send(order)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(ended()),
            Err(_) => Err(self.busy()),
        }
    }

    async fn answer<T>(
        &self,
        mut answer: oneshot::Receiver<Result<T, StoreError>>,
        state: &AtomicU8,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.wait, &mut answer).await {
            Ok(Ok(result)) => return result,
            Ok(Err(_)) => return Err(ended()),
            Err(_) => {}
        }
        if state
            .compare_exchange(WAITING, ABANDONED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
        {
            return Err(self.busy());
        }
        // It is being written; only its end can say what came of it.
        match tokio::time::timeout(self.wait * 6, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ended()),
            Err(_) => Err(StoreError::Failed(
                "the disk has not answered; whether this was written is not known".into(),
            )),
        }
    }

    fn busy(&self) -> StoreError {
        StoreError::Unavailable(format!(
            "the store has been busy writing for {} s: nothing was written; try again",
            self.wait.as_secs()
        ))
    }
}

impl Drop for Writer {
    /// Ends the threads once they have done what they were asked.
    fn drop(&mut self) {
        (self.queue, self.checkpoints) = (None, None);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What those are told who still ask.
pub(crate) fn ended() -> StoreError {
    StoreError::Unavailable("the store has been closed".to_owned())
}

const WAITING: u8 = 0;
const UNDER_WAY: u8 = 1;
const ABANDONED: u8 = 2;

struct Task<T, F> {
    work: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    state: Arc<AtomicU8>,
}

impl<T, F> Request for Task<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> rusqlite::Result<T> + Send,
{
    fn begin(&self) -> bool {
        !self.reply.is_closed()
            && self
                .state
                .compare_exchange(WAITING, UNDER_WAY, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
    }

    fn run(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        self.result = Some((self.work)(conn)?);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Task { result, reply, .. } = *self;
        let none = || StoreError::Failed("a write has no result".into());
        let _ = reply.send(outcome.and_then(|()| result.ok_or_else(none)));
    }
}

#[cfg(test)]
mod tests;
