//! The one thread that writes. Requests that wait together share a commit, but for large ones: each
//! has its own, and between two of them what else has come by then is written.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use raally_app::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::fault::Fault;
use crate::folder::Folder;

/// How many requests may wait, and how many share a commit at most.
const QUEUE: usize = 1024;
const BATCH: usize = 256;

/// The pause in which those who ask together are waited for.
const BATCH_WINDOW: Duration = Duration::from_micros(50);

/// A request to write. It may be run twice: again alone, if one that shared its transaction
/// failed after having written.
trait Request: Send {
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

enum Order {
    Write(Weight, Box<dyn Request>),
    /// Moves the whole write-ahead log into the database and empties it.
    Checkpoint(oneshot::Sender<Result<(), StoreError>>),
}

pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    wait: Duration,
    /// The last transaction failed.
    failing: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread, which owns `conn`.
    pub(crate) fn start(
        folder: Arc<Folder>,
        conn: Connection,
        wait: Duration,
    ) -> std::io::Result<Writer> {
        let (queue, orders) = mpsc::channel(QUEUE);
        let failing = Arc::<AtomicBool>::default();
        let failed = Arc::clone(&failing);
        let thread = std::thread::Builder::new()
            .name("raally-writer".to_owned())
            .spawn(move || {
                Thread {
                    folder,
                    conn: Some(conn),
                    failing: failed,
                }
                .run(orders);
            })?;
        Ok(Writer {
            queue: Some(queue),
            thread: Some(thread),
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
        let (reply, answer) = oneshot::channel();
        self.send(Order::Checkpoint(reply)).await?;
        self.answer(answer, &AtomicU8::new(UNDER_WAY)).await
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
    /// Ends the thread once it has done what it was asked.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ended() -> StoreError {
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

struct Thread {
    folder: Arc<Folder>,
    /// `None` after the disk failed, until a fresh connection has proved itself.
    conn: Option<Connection>,
    /// The last transaction failed.
    failing: Arc<AtomicBool>,
}

impl Thread {
    fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut taken = Vec::with_capacity(BATCH);
        let mut large: VecDeque<Box<dyn Request>> = VecDeque::new();
        loop {
            if large.is_empty() {
                wait_for_batch(&orders);
                if orders.blocking_recv_many(&mut taken, BATCH) == 0 {
                    return;
                }
            } else {
                // What has come while a large one was written.
                while taken.len() < BATCH
                    && let Ok(order) = orders.try_recv()
                {
                    taken.push(order);
                }
            }
            let mut batch = Vec::with_capacity(taken.len());
            for order in taken.drain(..) {
                match order {
                    Order::Write(Weight::Large, request) => large.push_back(request),
                    Order::Write(Weight::Small, request) => batch.push(request),
                    Order::Checkpoint(reply) => {
                        // It covers all that was asked before it.
                        self.write_if_awaited(std::mem::take(&mut batch));
                        for request in large.drain(..) {
                            self.write_if_awaited(vec![request]);
                        }
                        let _ = reply.send(self.checkpoint());
                    }
                }
            }
            self.write_if_awaited(batch);
            if let Some(request) = large.pop_front() {
                self.write_if_awaited(vec![request]);
            }
        }
    }

    /// Writes those requests that somebody still waits for.
    fn write_if_awaited(&mut self, mut batch: Vec<Box<dyn Request>>) {
        batch.retain(|request| request.begin());
        self.write(batch);
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        let conn = self.connection()?;
        truncate_log(conn).map_err(|e| Fault::new(&self.folder.path, &e).to_error())
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

    fn connection(&mut self) -> Result<&Connection, StoreError> {
        self.connection_or_fault().map_err(|fault| fault.to_error())
    }

    /// After a disk failure the pages in the system's memory may be newer than those on the
    /// disk, so a fresh connection first copies the whole log into the database and syncs both.
    fn connection_or_fault(&mut self) -> Result<&Connection, Fault> {
        if self.conn.is_none() {
            let conn = self
                .folder
                .writer()
                .and_then(|conn| truncate_log(&conn).map(|()| conn))
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

fn truncate_log(conn: &Connection) -> rusqlite::Result<()> {
    let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 {
        Ok(())
    } else {
        Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::rows::{execute, first, int, number};

    fn writer(wait: Duration) -> (Arc<Writer>, Arc<Folder>, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(dir.path(), Options::default()).unwrap());
        let conn = folder.writer().unwrap();
        let writer = Writer::start(folder.clone(), conn, wait).unwrap();
        (Arc::new(writer), folder, dir)
    }

    fn note(conn: &Connection, n: u64) -> rusqlite::Result<u64> {
        execute(
            conn,
            "INSERT INTO inbox VALUES (x'00', ?1, ?2)",
            rusqlite::params![n.to_string(), int(n)],
        )
    }

    fn sum(folder: &Folder) -> u64 {
        let conn = folder.reader().unwrap();
        first(&conn, "SELECT sum(seq) FROM inbox", [], |row| {
            number(row, 0)
        })
        .unwrap()
        .unwrap()
    }

    /// Keeps the writer busy until told.
    async fn hold(writer: &Arc<Writer>) -> std::sync::mpsc::Sender<()> {
        let (release, held) = std::sync::mpsc::channel();
        let (begun, begins) = oneshot::channel();
        let (writer, mut begun) = (writer.clone(), Some(begun));
        tokio::spawn(async move {
            writer
                .write(Weight::Small, move |_| {
                    begun.take().unwrap().send(()).unwrap();
                    let _ = held.recv();
                    Ok(())
                })
                .await
        });
        begins.await.unwrap();
        release
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_request_that_fails_after_writing_spoils_no_other() {
        let (writer, folder, _dir) = writer(Duration::from_secs(5));
        let release = hold(&writer).await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..40 {
            let writer = writer.clone();
            running.spawn(async move {
                let work = move |conn: &Connection| {
                    note(conn, n)?;
                    match n % 4 {
                        0 => execute(conn, "INSERT INTO nowhere VALUES (1)", []),
                        _ => Ok(n),
                    }
                };
                (n, writer.write(Weight::Small, work).await)
            });
        }
        // They are to share a transaction.
        while writer.queue.as_ref().unwrap().capacity() > QUEUE - 40 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        release.send(()).unwrap();
        for (n, result) in running.join_all().await {
            match result {
                Ok(result) => assert_eq!(result, n),
                Err(StoreError::Failed(e)) => {
                    assert_eq!(n % 4, 0, "{e}");
                    assert!(e.to_string().contains("nowhere"), "{e}");
                }
                Err(other) => panic!("{other}"),
            }
        }
        let kept: u64 = (0..40).filter(|n| n % 4 != 0).sum();
        assert_eq!(sum(&folder), kept);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_request_that_panics_fails_alone_and_the_thread_lives_on() {
        let (writer, folder, _dir) = writer(Duration::from_secs(5));
        let release = hold(&writer).await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..8 {
            let writer = writer.clone();
            running.spawn(async move {
                let work = move |conn: &Connection| {
                    note(conn, n)?;
                    assert_ne!(n, 3, "it panics");
                    Ok(n)
                };
                (n, writer.write(Weight::Small, work).await)
            });
        }
        while writer.queue.as_ref().unwrap().capacity() > QUEUE - 8 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        release.send(()).unwrap();
        for (n, result) in running.join_all().await {
            assert_eq!(result.is_ok(), n != 3, "{n}: {result:?}");
        }
        assert_eq!(sum(&folder), (0..8).filter(|n| *n != 3).sum::<u64>());
        writer.ping().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn small_requests_wait_for_one_large_one_at_most() {
        let (writer, _folder, _dir) = writer(Duration::from_secs(5));
        let release = hold(&writer).await;
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut running = tokio::task::JoinSet::new();
        let weights = [Weight::Large, Weight::Large, Weight::Small, Weight::Large];
        for (n, weight) in weights.into_iter().enumerate() {
            let (asking, order) = (writer.clone(), order.clone());
            running.spawn(async move {
                let again = asking.clone();
                let late = order.clone();
                let runtime = tokio::runtime::Handle::current();
                let work = move |_: &Connection| {
                    order.lock().unwrap().push(format!("{weight:?} {n}"));
                    if n == 0 {
                        // One that comes while the first large one is written.
                        let (again, late) = (again.clone(), late.clone());
                        let before = again.queue.as_ref().unwrap().capacity();
                        let asked = again.clone();
                        runtime.spawn(async move {
                            let work = move |_: &Connection| {
                                late.lock().unwrap().push("late".to_owned());
                                Ok(())
                            };
                            again.write(Weight::Small, work).await
                        });
                        while asked.queue.as_ref().unwrap().capacity() == before {
                            std::thread::sleep(Duration::from_millis(1));
                        }
                    }
                    Ok(())
                };
                asking.write(weight, work).await.unwrap();
            });
            // They come in this order.
            while writer.queue.as_ref().unwrap().capacity() > QUEUE - n - 1 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        release.send(()).unwrap();
        running.join_all().await;
        let expected = ["Small 2", "Large 0", "late", "Large 1", "Large 3"];
        assert_eq!(*order.lock().unwrap(), expected);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_request_that_was_given_up_is_not_run_later() {
        let (writer, folder, _dir) = writer(Duration::from_millis(50));
        let release = hold(&writer).await;
        let given_up = writer.write(Weight::Small, |conn| note(conn, 1)).await;
        match given_up {
            Err(StoreError::Unavailable(text)) => assert!(text.contains("busy"), "{text}"),
            other => panic!("{other:?}"),
        }
        release.send(()).unwrap();
        writer
            .write(Weight::Small, |conn| note(conn, 10))
            .await
            .unwrap();
        assert_eq!(sum(&folder), 10);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_request_under_way_is_waited_for() {
        let (writer, folder, _dir) = writer(Duration::from_millis(50));
        let slow = |conn: &Connection| {
            std::thread::sleep(Duration::from_millis(120));
            note(conn, 1)
        };
        assert_eq!(writer.write(Weight::Small, slow).await.unwrap(), 1);
        assert_eq!(sum(&folder), 1);
    }

    #[tokio::test]
    async fn what_was_asked_before_the_end_is_done() {
        let (writer, folder, _dir) = writer(Duration::from_secs(5));
        let pending = tokio::spawn({
            let writer = writer.clone();
            async move { writer.write(Weight::Small, |conn| note(conn, 1)).await }
        });
        tokio::task::yield_now().await;
        drop(writer);
        assert_eq!(pending.await.unwrap().unwrap(), 1);
        assert_eq!(sum(&folder), 1);
    }
}
