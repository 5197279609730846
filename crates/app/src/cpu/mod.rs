//! Work that keeps a processor busy: deciding, folding, rendering, compressing, hashing. It never
//! runs on the runtime's own threads, where everybody's requests would wait for it, but aside: so
//! much of it at a time, and of each workspace no more than its share. Whoever has used little of
//! late does not wait for whoever uses much.

mod usage;
mod workers;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::error::Error;
use usage::Usage;
use workers::{Priority, Workers};

/// How long a caller waits for work, its turn included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// For each slot of light workspaces, so many works may have given one up and not be done.
const LONG_FOR_EACH: usize = 4;
/// From so many queues on, those that nobody waits in are dropped.
const MAX_QUEUES: usize = 1_024;

/// Runs work aside in turns. There are slots for all and as many for light workspaces, those that
/// have used little of late; in both, whoever waits first is served first. No workspace stands there
/// with more than its share: one that asks for much waits for itself. What takes long gives up the
/// slot of a light workspace while it runs, so that none of these waits for its end.
pub struct CpuPool {
    slots: Arc<Semaphore>,
    light: Arc<Semaphore>,
    /// For works that have given up a slot of a light workspace.
    long: Arc<Semaphore>,
    usage: Arc<Usage>,
    queues: Queues,
    workers: Workers,
    /// What a caller is told who did not get its turn.
    busy: &'static str,
}

/// A queue for each workspace that asks for something of which it may have a share at a time.
pub(crate) struct Queues {
    /// Of those who wait for their share or have it.
    queues: Mutex<HashMap<Uuid, Arc<Semaphore>>>,
    share: usize,
}

/// The right to run one work. It lasts as long as the work does, whether or not anybody still
/// waits for it.
pub struct Turn {
    held: Arc<Held>,
    priority: Priority,
    workers: Workers,
}

/// What a turn holds while it lasts.
struct Held {
    slot: Mutex<Slot>,
    _share: OwnedSemaphorePermit,
    whose: Uuid,
    usage: Arc<Usage>,
    progress: Mutex<Progress>,
}

/// How far a turn's work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Short,
    /// It has used so much that its workspace is not light meanwhile.
    Long,
    Done,
}

/// What is to be worked out. Boxed, so that what waits for it is compiled once for each outcome and
/// not once for each caller.
type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// Where a work runs.
struct Slot {
    _permit: OwnedSemaphorePermit,
    /// Where one of a light workspace goes once it takes long.
    then: Option<Arc<Semaphore>>,
}

impl CpuPool {
    /// `at_once` works run at a time, and as many of light workspaces; `share` of the same one.
    #[must_use]
    pub fn new(at_once: usize, share: usize, busy: &'static str) -> CpuPool {
        CpuPool {
            slots: Arc::new(Semaphore::new(at_once.max(1))),
            light: Arc::new(Semaphore::new(at_once.max(1))),
            long: Arc::new(Semaphore::new(at_once.max(1) * LONG_FOR_EACH)),
            usage: Arc::default(),
            queues: Queues::new(share),
            workers: Workers::default(),
            busy,
        }
    }

    /// As many works as there are cores, and as many of light workspaces: they share the cores, and
    /// none of these waits for the end of what others asked for.
    #[must_use]
    pub fn of_this_machine() -> CpuPool {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let busy = "this server has much to work out right now: try again";
        CpuPool::new(cores, cores, busy)
    }

    /// Runs work of that workspace's aside.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it did not get its turn, or was not done, in time.
    pub fn run<T: Send + 'static>(
        &self,
        whose: Uuid,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        self.run_in_time(whose, Box::new(work))
    }

    async fn run_in_time<T: Send + 'static>(&self, whose: Uuid, work: Work<T>) -> Result<T, Error> {
        let done = tokio::time::timeout(TIMEOUT, self.run_in_turn(whose, work)).await;
        done.unwrap_or_else(|_| Err(self.busy()))
    }

    async fn run_in_turn<T: Send + 'static>(&self, whose: Uuid, work: Work<T>) -> Result<T, Error> {
        self.wait(whose).await?.work(work).await
    }

    /// The same for work that nobody must wait for: it gets its turn however long that takes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the process is ending.
    pub fn run_patiently<T: Send + 'static>(
        &self,
        whose: Uuid,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        self.run_in_turn(whose, Box::new(work))
    }

    /// Waits for a turn, for a while.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it does not come in time.
    pub async fn turn(&self, whose: Uuid) -> Result<Turn, Error> {
        let turn = tokio::time::timeout(TIMEOUT, self.wait(whose)).await;
        turn.unwrap_or_else(|_| Err(self.busy()))
    }

    async fn wait(&self, whose: Uuid) -> Result<Turn, Error> {
        let share = self.queues.wait(whose).await?;
        let acquire = async |slots: &Arc<Semaphore>| {
            let slot = Arc::clone(slots).acquire_owned().await;
            slot.map_err(|_| self.busy())
        };
        let (slots, then, priority) = match self.usage.is_light(whose) {
            true => (
                &self.light,
                Some(Arc::clone(&self.long)),
                Priority::OfARequest,
            ),
            false => (&self.slots, None, Priority::Low),
        };
        let slot = Slot {
            _permit: acquire(slots).await?,
            then,
        };
        Ok(Turn {
            held: Arc::new(Held {
                slot: Mutex::new(slot),
                _share: share,
                whose,
                usage: Arc::clone(&self.usage),
                progress: Mutex::default(),
            }),
            priority,
            workers: self.workers.clone(),
        })
    }

    fn busy(&self) -> Error {
        Error::unavailable(self.busy)
    }
}

impl Queues {
    pub(crate) fn new(share: usize) -> Queues {
        Queues {
            queues: Mutex::default(),
            share: share.max(1),
        }
    }

    /// Waits for a share of that workspace's.
    pub(crate) async fn wait(&self, whose: Uuid) -> Result<OwnedSemaphorePermit, Error> {
        let share = self.queue(whose).acquire_owned().await;
        share.map_err(|_| Error::unavailable("this server is being stopped"))
    }

    fn queue(&self, whose: Uuid) -> Arc<Semaphore> {
        let mut queues = self.queues.lock();
        if queues.len() >= MAX_QUEUES {
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        }
        let queue = queues.entry(whose);
        Arc::clone(queue.or_insert_with(|| Arc::new(Semaphore::new(self.share))))
    }
}

impl Turn {
    /// Runs the work. A panic of it is the caller's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the process is ending.
    pub fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        self.work(Box::new(work))
    }

    async fn work<T: Send + 'static>(self, work: Work<T>) -> Result<T, Error> {
        let span = tracing::Span::current();
        let Turn {
            held,
            priority,
            workers,
        } = self;
        // The turn ends with its work, whoever still looks at it.
        let watched: Weak<Held> = Arc::downgrade(&held);
        let long = Box::new(move |used| {
            if let Some(held) = watched.upgrade() {
                held.takes_long(used);
            }
        });
        let work = Box::new(move || {
            let began = usage::of_this_thread();
            // A work that panics has used what it used.
            let running = Running { held, began };
            let done = span.in_scope(work);
            drop(running);
            done
        });
        match workers.run(priority, long, work).await {
            Some(Ok(done)) => Ok(done),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Err(Error::unavailable("this server is being stopped")),
        }
    }
}

impl Held {
    /// Its work has had that much of a processor, and is not done.
    fn takes_long(&self, used: Duration) {
        let mut progress = self.progress.lock();
        if *progress == Progress::Short && used > usage::LIGHT {
            *progress = Progress::Long;
            self.usage.begin_long(self.whose);
        }
        let mut slot = self.slot.lock();
        if let Some(long) = &slot.then
            && let Ok(permit) = Arc::clone(long).try_acquire_owned()
        {
            *slot = Slot {
                _permit: permit,
                then: None,
            };
        }
    }

    /// Its work is done and has used that much.
    fn done(&self, used: Duration) {
        self.usage.add(self.whose, used);
        let before = std::mem::replace(&mut *self.progress.lock(), Progress::Done);
        if before == Progress::Long {
            self.usage.end_long(self.whose);
        }
    }
}

/// A work that runs.
struct Running {
    held: Arc<Held>,
    began: Duration,
}

impl Drop for Running {
    fn drop(&mut self) {
        let used = usage::of_this_thread().saturating_sub(self.began);
        self.held.done(used);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts the works that run at the same time.
    #[derive(Default)]
    struct Running {
        now: AtomicUsize,
        most: AtomicUsize,
        done: AtomicUsize,
    }

    impl Running {
        fn work(&self) {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            self.now.fetch_sub(1, Ordering::SeqCst);
            self.done.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[tokio::test]
    async fn callers_who_hang_up_do_not_make_room_before_their_work_is_done() {
        let pool = CpuPool::new(2, 2, "busy");
        let running = Arc::new(Running::default());
        for _ in 0..40 {
            let running = Arc::clone(&running);
            let asked = pool.run(id(1), move || running.work());
            // Long enough to begin where there is room, and then it is hung up.
            let _ = tokio::time::timeout(Duration::from_millis(2), asked).await;
        }
        let last = Arc::clone(&running);
        pool.run(id(1), move || last.work()).await.unwrap();
        assert!(running.done.load(Ordering::SeqCst) > 2);
        assert_eq!(running.most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_workspace_that_asks_for_much_leaves_room_for_others() {
        let pool = Arc::new(CpuPool::new(2, 1, "busy"));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let busy = Arc::clone(&pool);
        let first = tokio::spawn(async move {
            busy.run(id(1), move || held.recv().unwrap()).await.unwrap();
        });
        let mut queued = Vec::new();
        for _ in 0..10 {
            let pool = Arc::clone(&pool);
            queued.push(tokio::spawn(async move { pool.run(id(1), || ()).await }));
        }
        tokio::task::yield_now().await;
        assert_eq!(pool.run(id(2), || 7).await.unwrap(), 7);
        assert!(!first.is_finished());
        release.send(()).unwrap();
        for queued in queued {
            queued.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn who_has_used_little_does_not_wait_for_those_who_use_much() {
        let pool = Arc::new(CpuPool::new(1, 1, "busy"));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Mutex::new(held);
        let mut greedy = Vec::new();
        for n in 0..8 {
            pool.usage.add(id(n), Duration::from_secs(1));
        }
        let holds = Arc::clone(&pool);
        let first = tokio::spawn(async move {
            let hold = move || held.lock().recv().unwrap();
            holds.run(id(0), hold).await.unwrap();
        });
        for n in 1..8 {
            let pool = Arc::clone(&pool);
            greedy.push(tokio::spawn(async move { pool.run(id(n), || ()).await }));
        }
        tokio::task::yield_now().await;
        assert_eq!(pool.run(id(9), || 7).await.unwrap(), 7);
        assert!(!first.is_finished() && greedy.iter().all(|g| !g.is_finished()));
        release.send(()).unwrap();
        for greedy in greedy {
            greedy.await.unwrap().unwrap();
        }
    }

    /// Keeps a processor busy for a while.
    fn burn() {
        let began = usage::of_this_thread();
        while usage::of_this_thread() - began < Duration::from_millis(200) {
            std::hint::spin_loop();
        }
    }

    #[tokio::test]
    async fn who_uses_much_waits_behind_those_who_do() {
        let pool = CpuPool::new(1, 1, "busy");
        let whose = id(1);
        pool.run(whose, burn).await.unwrap();
        assert!(!pool.usage.is_light(whose));
        assert_eq!(pool.turn(whose).await.unwrap().priority, Priority::Low);
    }

    #[tokio::test]
    async fn what_takes_long_leaves_the_slot_to_the_next_that_is_light() {
        let pool = Arc::new(CpuPool::new(1, 2, "busy"));
        let mut running = Vec::new();
        let mut releases = Vec::new();
        // Each light at first, and together more than there are slots.
        for n in 0..=LONG_FOR_EACH as u128 {
            let (release, held) = std::sync::mpsc::channel::<()>();
            let (begun, begins) = tokio::sync::oneshot::channel();
            let pool = Arc::clone(&pool);
            running.push(tokio::spawn(async move {
                let long = move || {
                    begun.send(()).unwrap();
                    burn();
                    held.recv().unwrap();
                };
                pool.run(id(n), long).await.unwrap();
            }));
            begins.await.unwrap();
            releases.push(release);
        }
        // It counts while it runs.
        while pool.usage.is_light(id(0)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(running.iter().all(|r| !r.is_finished()));
        // But not without a bound: of those, one keeps the slot until there is room.
        let last = Arc::clone(&pool);
        let last = tokio::spawn(async move { last.run(id(99), || 7).await.unwrap() });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!last.is_finished());
        releases[0].send(()).unwrap();
        assert_eq!(last.await.unwrap(), 7);
        for release in &releases[1..] {
            release.send(()).unwrap();
        }
        for running in running {
            running.await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_get_a_turn_in_time_is_told_so() {
        let pool = CpuPool::new(1, 1, "busy");
        let turn = pool.turn(id(1)).await.unwrap();
        let late = pool.run(id(2), || ()).await.unwrap_err();
        assert!(matches!(late, Error::Unavailable { .. }), "{late:?}");
        drop(turn);
        pool.turn(id(2)).await.unwrap();
    }

    #[tokio::test]
    async fn queues_that_nobody_waits_in_are_dropped() {
        let pool = CpuPool::new(1, 1, "busy");
        for n in 0..3_000 {
            pool.run(id(n), || ()).await.unwrap();
        }
        assert!(pool.queues.queues.lock().len() <= MAX_QUEUES);
    }
}
