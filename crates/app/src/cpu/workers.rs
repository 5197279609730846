//! Threads for work that keeps a processor busy. What takes long is demoted while it runs: it gets
//! what the short work of others and the runtime's own threads leave of the processors. Long is what
//! has had much of a processor: a work that waits for one, since others keep them busy, is not.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::usage;

/// Work that has had no more of a processor has the priority of a request.
const SHORT: Duration = Duration::from_millis(5);
/// The least time between two looks at a work.
const LOOK: Duration = Duration::from_millis(2);

/// How a work stands beside others' while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Priority {
    /// As a request does, until it has taken long.
    OfARequest,
    /// From its beginning as work that takes long.
    Low,
}

/// A work; what it returns tells its outcome to whoever may still wait for it.
type Work = Box<dyn FnOnce() -> Box<dyn FnOnce() + Send> + Send>;
/// Is told what a work that takes long has had of a processor.
type Long = Box<dyn Fn(Duration) + Send>;
/// What a work came to; a panic is handed on.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

/// So many threads that were demoted are kept for work of low priority; the others end.
const KEPT_DEMOTED: usize = 8;

/// Threads that wait for work. There are never more than there are works at a time.
#[derive(Clone, Default)]
pub(super) struct Workers {
    idle: Arc<Mutex<Idle>>,
}

#[derive(Default)]
struct Idle {
    fresh: Vec<Arc<Worker>>,
    /// They cannot be promoted again without a privilege. Work of low priority takes them first: a
    /// thread that ends leaves what it has allocated to the others in pieces.
    demoted: Vec<Arc<Worker>>,
}

struct Worker {
    work: mpsc::Sender<Box<dyn FnOnce() + Send>>,
    now: Mutex<Now>,
}

/// What a thread is doing.
#[derive(Default)]
struct Now {
    /// Its id, once it has begun.
    thread: Option<priority::Thread>,
    /// Which of its works it does; `None` while it waits for one.
    work: Option<u64>,
    /// When it began with that, and what it had had of the processors by then.
    began: Option<(Instant, Duration)>,
    /// How many it has had.
    works: u64,
    /// It has been, and stays so.
    demoted: bool,
}

impl Workers {
    /// Runs work on a thread of its own; it goes on though the caller may go. Once it takes long,
    /// `long` is told now and then what it has had of a processor.
    ///
    /// # Errors
    /// With the panic of the work; `None` where there is no thread to be had.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        priority: Priority,
        long: Long,
        work: Box<dyn FnOnce() -> T + Send>,
    ) -> Option<Outcome<T>> {
        let (done, outcome) = oneshot::channel();
        let work: Work = Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            // Nobody may wait for it any more.
            Box::new(move || drop(done.send(result)))
        });
        let watching = self.begin(priority, long, work)?;
        let outcome = outcome.await.ok();
        watching.abort();
        outcome
    }

    /// Gives a thread the work, and has it watched.
    fn begin(&self, priority: Priority, long: Long, work: Work) -> Option<JoinHandle<()>> {
        let worker = self.worker(priority)?;
        let number = worker.begin();
        let (workers, of) = (self.clone(), Arc::clone(&worker));
        let whole = move || {
            of.now.lock().began = Some((Instant::now(), usage::of_this_thread()));
            if priority == Priority::Low {
                of.demote(number);
            }
            let tell = work();
            workers.ended(of);
            tell();
        };
        worker.work.send(Box::new(whole)).ok()?;
        // On its own, since the caller may hang up.
        Some(tokio::spawn(worker.watch(number, long)))
    }

    /// A thread that waits, or a new one.
    fn worker(&self, priority: Priority) -> Option<Arc<Worker>> {
        let idle = {
            let mut idle = self.idle.lock();
            let demoted = match priority {
                Priority::Low => idle.demoted.pop(),
                Priority::OfARequest => None,
            };
            demoted.or_else(|| idle.fresh.pop())
        };
        if idle.is_some() {
            return idle;
        }
        let (work, works) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let worker = Arc::new(Worker {
            work,
            now: Mutex::default(),
        });
        let of = Arc::downgrade(&worker);
        let thread = std::thread::Builder::new().name("raally-cpu".to_owned());
        let begun = thread.spawn(move || {
            if let Some(worker) = of.upgrade() {
                worker.now.lock().thread = Some(priority::Thread::current());
            }
            // Ends when nobody can give it work any more.
            while let Ok(work) = works.recv() {
                work();
            }
        });
        match begun {
            Ok(_) => Some(worker),
            Err(error) => {
                tracing::error!(%error, "a thread for work aside could not be begun");
                None
            }
        }
    }

    /// Puts a thread back that is done.
    fn ended(&self, worker: Arc<Worker>) {
        let demoted = {
            let mut now = worker.now.lock();
            (now.work, now.began) = (None, None);
            now.demoted
        };
        let mut idle = self.idle.lock();
        match demoted {
            false => idle.fresh.push(worker),
            true if idle.demoted.len() < KEPT_DEMOTED => idle.demoted.push(worker),
            true => {}
        }
    }
}

impl Worker {
    /// Notes that it is given work; the number names it.
    fn begin(&self) -> u64 {
        let mut now = self.now.lock();
        now.works += 1;
        now.work = Some(now.works);
        now.works
    }

    /// Looks at the work of that number until it is done, and demotes it where it takes long.
    async fn watch(self: Arc<Self>, number: u64, long: Long) {
        let mut pause = SHORT;
        loop {
            tokio::time::sleep(pause).await;
            let Some(used) = self.used(number) else {
                return;
            };
            pause = SHORT.saturating_sub(used).max(LOOK);
            if used >= SHORT {
                self.demote(number);
                long(used);
                pause = SHORT;
            }
        }
    }

    /// What the work of that number has had of a processor; `None` where it is done. Where that
    /// cannot be known, how long it has been.
    fn used(&self, number: u64) -> Option<Duration> {
        let now = self.now.lock();
        if now.work != Some(number) {
            return None;
        }
        let (Some((at, before)), Some(thread)) = (now.began, now.thread) else {
            return Some(Duration::ZERO);
        };
        let used = thread.used().map(|used| used.saturating_sub(before));
        Some(used.unwrap_or_else(|| at.elapsed()))
    }

    /// Work of that number takes long, if it is not done.
    fn demote(&self, number: u64) {
        let mut now = self.now.lock();
        if let (true, Some(thread)) = (now.work == Some(number), now.thread) {
            now.demoted = true;
            thread.demote();
        }
    }
}

#[cfg(target_os = "linux")]
mod priority {
    //! A priority of its own for each thread, which Linux has.

    use std::time::Duration;

    use rustix::process::{Pid, setpriority_process};

    /// How much nicer than a request: a tenth of the processor beside one.
    const NICER: i32 = 10;

    #[derive(Clone, Copy)]
    pub(super) struct Thread(Pid);

    impl Thread {
        pub(super) fn current() -> Thread {
            Thread(rustix::thread::gettid())
        }

        /// The processor time that it has had, as far as the system tells.
        pub(super) fn used(self) -> Option<Duration> {
            let path = format!("/proc/self/task/{}/schedstat", self.0);
            let told = std::fs::read_to_string(path).ok()?;
            let nanos = told.split_whitespace().next()?.parse().ok()?;
            Some(Duration::from_nanos(nanos))
        }

        pub(super) fn demote(self) {
            // Where it may not be, the work goes on as it was.
            if let Err(error) = setpriority_process(Some(self.0), NICER) {
                tracing::debug!(%error, "work that takes long could not be demoted");
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod priority {
    //! Elsewhere priorities are those of processes.

    use std::time::Duration;

    #[derive(Clone, Copy)]
    pub(super) struct Thread;

    impl Thread {
        pub(super) fn current() -> Thread {
            Thread
        }

        pub(super) fn used(self) -> Option<Duration> {
            None
        }

        pub(super) fn demote(self) {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;
    use tokio::task::JoinSet;

    use super::*;

    fn own_priority() -> i32 {
        getpriority_process(Some(rustix::thread::gettid())).unwrap()
    }

    fn nobody() -> Long {
        Box::new(|_| {})
    }

    /// Keeps a processor busy for that long.
    fn burn(least: Duration) {
        let began = usage::of_this_thread();
        while usage::of_this_thread() - began < least {
            std::hint::spin_loop();
        }
    }

    async fn run<T: Send + 'static>(
        workers: &Workers,
        priority: Priority,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let done = workers.run(priority, nobody(), Box::new(work)).await;
        done.unwrap().unwrap()
    }

    #[tokio::test]
    async fn what_takes_long_is_demoted_and_what_follows_is_not() {
        let workers = Workers::default();
        let short = run(&workers, Priority::OfARequest, own_priority).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let long = || {
            let began = own_priority();
            burn(Duration::from_millis(500));
            (began, own_priority())
        };
        let long = workers
            .run(
                Priority::OfARequest,
                Box::new(move |used| telling.lock().push(used)),
                Box::new(long),
            )
            .await;
        assert_eq!(long.unwrap().unwrap(), (short, short + 10));
        let told = told.lock().clone();
        assert!(told.is_sorted() && told[0] >= SHORT, "{told:?}");
        assert_eq!(
            run(&workers, Priority::OfARequest, own_priority).await,
            short
        );
        let low = run(&workers, Priority::Low, own_priority).await;
        assert_eq!(low, short + 10);
        // Of both, the demoted one is there for work of low priority alone.
        let lengths = |workers: &Workers| {
            let idle = workers.idle.lock();
            (idle.fresh.len(), idle.demoted.len())
        };
        assert_eq!(lengths(&workers), (1, 1));
        run(&workers, Priority::Low, || ()).await;
        assert_eq!(lengths(&workers), (1, 1));
        let mut at_once = JoinSet::new();
        let both = Arc::new(std::sync::Barrier::new(KEPT_DEMOTED + 4));
        for _ in 0..KEPT_DEMOTED + 4 {
            let (workers, both) = (workers.clone(), Arc::clone(&both));
            at_once.spawn(async move {
                run(&workers, Priority::Low, move || both.wait().is_leader()).await
            });
        }
        assert_eq!(at_once.join_all().await.len(), KEPT_DEMOTED + 4);
        assert_eq!(lengths(&workers), (0, KEPT_DEMOTED), "the others ended");
    }

    #[tokio::test]
    async fn what_waits_for_a_processor_is_not_demoted() {
        let workers = Workers::default();
        let waiting = || {
            let began = own_priority();
            std::thread::sleep(Duration::from_millis(300));
            (began, own_priority())
        };
        let (began, ended) = run(&workers, Priority::OfARequest, waiting).await;
        assert_eq!(began, ended);
        assert_eq!(workers.idle.lock().fresh.len(), 1);
    }

    #[tokio::test]
    async fn a_panic_is_handed_on_and_costs_no_thread() {
        let workers = Workers::default();
        let panicked = workers
            .run(Priority::OfARequest, nobody(), Box::new(|| panic!("harm")))
            .await
            .unwrap();
        let said = *panicked.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(said, "harm");
        assert_eq!(run(&workers, Priority::OfARequest, || 7).await, 7);
        assert_eq!(workers.idle.lock().fresh.len(), 1);
    }
}
