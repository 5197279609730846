//! The one thread that writes. Requests that wait together share a commit, but for large ones: each
//! has its own, and between two of them what else has come by then is written. What follows from
//! what was written (audit, deliveries, how far a consumer is) is written behind, in small bites: no
//! more of it is between a request and its commit, however much of it waits.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use raally_app::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::checkpoints::{Checkpoints, Rest, checkpoint};
use crate::fault::Fault;
use crate::folder::Folder;

/// How many requests may wait, and how many share a commit at most.
const QUEUE: usize = 1024;
const BATCH: usize = 256;

/// The pause in which those who ask together are waited for.
const BATCH_WINDOW: Duration = Duration::from_micros(50);

/// A request to write. It may be run twice: again alone, if one that shared its transaction
/// failed after having written.
pub(crate) trait Request: Send {
    /// False if nobody waits for it any more; otherwise it is under way from now on.
    fn begin(&self) -> bool;
    fn run(&mut self, conn: &Connection) -> rusqlite::Result<()>;
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// What is written behind shares a commit up to so many requests and bytes of them; what comes
/// together with others takes along so much of it.
const BITE: (usize, usize) = (32, 64 << 10);
const ALONG: (usize, usize) = (8, 8 << 10);

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

/// Requests that have been taken and are not written yet.
#[derive(Default)]
struct Waiting {
    large: VecDeque<Box<dyn Request>>,
    /// With their bytes.
    behind: VecDeque<(usize, Box<dyn Request>)>,
    /// What is written behind had the last turn.
    was_behind: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.large.is_empty() && self.behind.is_empty()
    }

    /// What has the next commit: a large one and a bite of what is written behind take turns.
    fn next(&mut self) -> Vec<Box<dyn Request>> {
        let behind = !self.behind.is_empty() && (self.large.is_empty() || !self.was_behind);
        self.was_behind = behind;
        if !behind {
            return Vec::from_iter(self.large.pop_front());
        }
        let bite = self.bite(BITE);
        match bite.is_empty() {
            // It is more than a bite, and has a commit of its own.
            true => Vec::from_iter(self.behind.pop_front().map(|(_, request)| request)),
            false => bite,
        }
    }

    /// The first that are to be written behind, up to so many and so many bytes.
    fn bite(&mut self, (most, most_bytes): (usize, usize)) -> Vec<Box<dyn Request>> {
        let (mut bite, mut left) = (Vec::new(), most_bytes);
        while bite.len() < most
            && let Some((bytes, request)) = self.behind.pop_front_if(|(bytes, _)| *bytes <= left)
        {
            left -= bytes;
            bite.push(request);
        }
        bite
    }
}

struct Thread {
    folder: Arc<Folder>,
    /// `None` after the disk failed, until a fresh connection has proved itself.
    conn: Option<Connection>,
    /// The last transaction failed.
    failing: Arc<AtomicBool>,
    checkpoints: Checkpoints,
}

impl Thread {
    fn run(mut self, mut orders: mpsc::Receiver<Order>) {
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
        sum_in(&folder.reader().unwrap())
    }

    fn sum_in(conn: &Connection) -> u64 {
        first(conn, "SELECT sum(seq) FROM inbox", [], |row| number(row, 0))
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

    /// Waits until so many requests stand in the queue of a writer that is held.
    async fn queued(writer: &Writer, requests: usize) {
        while writer.queue.as_ref().unwrap().capacity() > QUEUE - requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
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
        queued(&writer, 8).await;
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
            queued(&writer, n + 1).await;
        }
        release.send(()).unwrap();
        running.join_all().await;
        let expected = ["Small 2", "Large 0", "late", "Large 1", "Large 3"];
        assert_eq!(*order.lock().unwrap(), expected);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_checkpoint_waits_for_one_transaction_and_no_write_for_a_reader() {
        let (writer, folder, _dir) = writer(Duration::from_secs(5));
        let log = folder.path.join("raally.db-wal");
        let length = || log.metadata().unwrap().len();
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        writer
            .write(Weight::Small, |conn| note(conn, 1))
            .await
            .unwrap();
        // Somebody reads in the log, and large requests wait.
        let reader = folder.reader().unwrap();
        reader.execute_batch("BEGIN").unwrap();
        sum_in(&reader);
        let release = hold(&writer).await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..2 {
            let (writer, order) = (writer.clone(), order.clone());
            running.spawn(async move {
                let work = move |conn: &Connection| note(conn, 100 + n);
                writer.write(Weight::Large, work).await.unwrap();
                order.lock().unwrap().push("large");
            });
        }
        let (emptying, emptied) = (writer.clone(), order.clone());
        let emptying = tokio::spawn(async move {
            emptying.checkpoint().await.unwrap();
            emptied.lock().unwrap().push("emptied");
        });
        release.send(()).unwrap();
        running.join_all().await;
        writer
            .write(Weight::Small, |conn| note(conn, 2))
            .await
            .unwrap();
        assert_eq!(*order.lock().unwrap(), ["large", "large"]);
        assert_ne!(length(), 0);
        reader.execute_batch("COMMIT").unwrap();
        emptying.await.unwrap();
        assert_eq!(length(), 0);
        assert_eq!(sum(&folder), 1 + 100 + 101 + 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn those_who_ask_together_for_an_empty_log_share_a_pass() {
        let (writer, _folder, _dir) = writer(Duration::from_secs(5));
        let release = hold(&writer).await;
        let asking = (0..20).map(|_| writer.checkpoint());
        let releasing = async {
            tokio::task::yield_now().await;
            release.send(()).unwrap();
        };
        let (asked, ()) = tokio::join!(futures::future::join_all(asking), releasing);
        assert!(asked.into_iter().all(|emptied| emptied.is_ok()));
        let passes = writer.checkpoints.as_ref().unwrap().emptied();
        assert!(passes <= 2, "{passes}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_log_that_grows_long_is_moved_and_begun_anew() {
        let (writer, folder, _dir) = writer(Duration::from_secs(5));
        let log = folder.path.join("raally.db-wal");
        let text = "x".repeat(4 << 20);
        for n in 0..40 {
            let text = text.clone();
            let work = move |conn: &Connection| {
                execute(
                    conn,
                    "INSERT INTO bodies VALUES (?1, ?2)",
                    rusqlite::params![int(n), text],
                )
            };
            writer.write(Weight::Large, work).await.unwrap();
        }
        let length = log.metadata().unwrap().len();
        assert!(length < 80 << 20, "{length} bytes of 160 MiB");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_written_behind_lets_others_go_before_it() {
        let (writer, _folder, _dir) = writer(Duration::from_secs(5));
        let release = hold(&writer).await;
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut running = tokio::task::JoinSet::new();
        let behind = Weight::Behind(BITE.1 / 2);
        let more = Weight::Behind(BITE.1 * 2);
        let weights = [
            behind,
            behind,
            behind,
            more,
            Weight::Large,
            Weight::Small,
            Weight::Small,
        ];
        for (n, weight) in weights.into_iter().enumerate() {
            let (asking, order) = (writer.clone(), order.clone());
            running.spawn(async move {
                let work = move |_: &Connection| {
                    order.lock().unwrap().push(n);
                    Ok(())
                };
                asking.write(weight, work).await.unwrap();
            });
            // They come in this order.
            queued(&writer, n + 1).await;
        }
        release.send(()).unwrap();
        running.join_all().await;
        assert_eq!(*order.lock().unwrap(), [5, 6, 0, 1, 4, 2, 3]);
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
