//! Two kinds of load: as fast as it goes, and at a steady pace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Connection, Get};

/// Requests a second that so many connections get through, each asking again at once.
pub(crate) async fn closed_loop(get: &Get, connections: usize, duration: Duration) -> f64 {
    let count = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (get, count) = (get.clone(), count.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(&get.address).await;
                let request = get.bytes();
                while begin.elapsed() < duration {
                    connection.ask(&request).await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    count.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64()
}

/// Delays in milliseconds, from when a request was due, so that a slow answer cannot hide those
/// that had to wait behind it.
pub(crate) struct Paced {
    pub p50: f64,
    pub p99: f64,
    /// The share of requests that were sent more than 1 ms after they were due, in percent.
    pub late: f64,
}

pub(crate) async fn paced(
    get: &Get,
    connections: usize,
    rate: u32,
    duration: Duration,
) -> Paced {
    let begin = Instant::now() + Duration::from_millis(50);
    let between = Duration::from_secs_f64(connections as f64 / f64::from(rate));
    let tasks: Vec<_> = (0..connections)
        .map(|n| {
            let get = get.clone();
            let first = begin + between.mul_f64(n as f64 / connections as f64);
            tokio::spawn(one(get, first, between, duration))
        })
        .collect();
    let mut delays = Vec::new();
    let mut late = 0usize;
    for task in tasks {
        let (mut some, some_late) = task.await.unwrap();
        delays.append(&mut some);
        late += some_late;
    }
    delays.sort_by(f64::total_cmp);
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
    Paced {
        p50: at(0.5),
        p99: at(0.99),
        late: 100.0 * late as f64 / delays.len() as f64,
    }
}

async fn one(
    get: Get,
    first: Instant,
    between: Duration,
    duration: Duration,
) -> (Vec<f64>, usize) {
    let mut connection = Connection::open(&get.address).await;
    let request = get.bytes();
    let mut delays = Vec::new();
    let mut late = 0;
    let mut due = first;
    while due < first + duration {
        tokio::time::sleep_until(due.into()).await;
        late += usize::from(due.elapsed() > Duration::from_millis(1));
        connection.ask(&request).await;
        delays.push(due.elapsed().as_secs_f64() * 1000.0);
        due += between;
    }
    (delays, late)
}
