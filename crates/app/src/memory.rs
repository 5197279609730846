//! One budget of memory for whatever a process keeps so that it need not be worked out again:
//! workspaces' plans with their undo, consumers' plans, plans of the past, finished answers.

use std::hash::Hash;
use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;

/// What a process takes that keeps nothing.
const PROCESS: u64 = 96 << 20;

/// What a keeper keeps, the cheapest to make again first: that is the order in which it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// Plans of the past.
    Pasts,
    /// Finished answers.
    Answers,
    /// The plans that consumers go on from.
    ConsumerPlans,
    /// The plans of workspaces.
    Plans,
}

impl Kept {
    /// All of them, in the order in which they go.
    pub const ALL: [Kept; 4] = [Kept::Pasts, Kept::Answers, Kept::ConsumerPlans, Kept::Plans];

    /// As it stands in metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kept::Pasts => "pasts",
            Kept::Answers => "answers",
            Kept::ConsumerPlans => "consumer_plans",
            Kept::Plans => "plans",
        }
    }
}

/// Keeps things that can be made again.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// What it keeps.
    fn kept(&self) -> Kept;

    /// How many bytes that is estimated to take.
    fn bytes(&self) -> u64;

    /// Puts away that many bytes or somewhat more, where it has as many that nobody uses right now.
    async fn put_away(&self, bytes: u64);
}

/// The budget of a process, and those who keep within it.
pub struct Memory {
    budget: u64,
    keepers: Mutex<Vec<Weak<dyn Keeper>>>,
    put_away: [AtomicU64; Kept::ALL.len()],
}

impl Memory {
    /// The process is to take no more than that many bytes.
    #[must_use]
    pub fn new(budget: u64) -> Memory {
        Memory {
            budget,
            keepers: Mutex::default(),
            put_away: Default::default(),
        }
    }

    /// How many bytes the process is to take at most.
    #[must_use]
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// Asks that keeper, too, when memory runs short, for as long as it lives.
    pub fn register(&self, keeper: Weak<dyn Keeper>) {
        let mut keepers = self.keepers.lock();
        keepers.retain(|keeper| keeper.strong_count() > 0);
        keepers.push(keeper);
    }

    /// How many bytes are kept of each, by estimate.
    #[must_use]
    pub fn usage(&self) -> [(Kept, u64); Kept::ALL.len()] {
        let keepers = self.keepers();
        Kept::ALL.map(|kept| {
            let of = keepers.iter().filter(|keeper| keeper.kept() == kept);
            (kept, of.map(|keeper| keeper.bytes()).sum())
        })
    }

    /// How many bytes of each were put away because memory ran short.
    #[must_use]
    pub fn put_away(&self) -> [(Kept, u64); Kept::ALL.len()] {
        Kept::ALL.map(|kept| {
            let bytes = &self.put_away[kept as usize];
            (kept, bytes.load(Ordering::Relaxed))
        })
    }

    /// Puts away what the process takes beyond its budget, by what the operating system says
    /// (`resident`, in bytes) or by estimate, whichever is more. Says how many bytes went.
    pub async fn keep_within(&self, resident: Option<u64>) -> u64 {
        let estimated: u64 = self.usage().iter().map(|(_, bytes)| bytes).sum();
        let taken = resident.unwrap_or(0).max(PROCESS + estimated);
        let beyond = taken.saturating_sub(self.budget);
        let mut gone = 0;
        for keeper in self.keepers() {
            if gone >= beyond {
                break;
            }
            let before = keeper.bytes();
            keeper.put_away(beyond - gone).await;
            let went = before.saturating_sub(keeper.bytes());
            self.put_away[keeper.kept() as usize].fetch_add(went, Ordering::Relaxed);
            gone += went;
        }
        if gone > 0 {
            tracing::debug!(taken, budget = self.budget, gone, "memory ran short");
        }
        gone
    }

    /// Those that live, in the order in which they are asked.
    fn keepers(&self) -> Vec<std::sync::Arc<dyn Keeper>> {
        let keepers = self.keepers.lock();
        let mut living: Vec<_> = keepers.iter().filter_map(Weak::upgrade).collect();
        drop(keepers);
        living.sort_by_key(|keeper| keeper.kept());
        living
    }
}

/// A cache that gives up entries when memory runs short.
pub struct Cache<K, V> {
    kept: Kept,
    /// What is kept.
    pub entries: moka::future::Cache<K, V>,
}

impl<K, V> Cache<K, V> {
    /// Its entries must weigh as many bytes as they take.
    #[must_use]
    pub fn new(kept: Kept, entries: moka::future::Cache<K, V>) -> Cache<K, V> {
        Cache { kept, entries }
    }
}

#[async_trait]
impl<K, V> Keeper for Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn kept(&self) -> Kept {
        self.kept
    }

    fn bytes(&self) -> u64 {
        self.entries.weighted_size()
    }

    async fn put_away(&self, bytes: u64) {
        let left = self.bytes().saturating_sub(bytes);
        for (key, _) in &self.entries {
            if self.bytes() <= left {
                break;
            }
            self.entries.invalidate(&*key).await;
            self.entries.run_pending_tasks().await;
        }
    }
}
