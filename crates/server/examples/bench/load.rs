//! Two kinds of load: as fast as it goes, and at a steady pace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Connection, Get};

/// Somebody who does the same again and again.
pub(crate) trait Client: Send + 'static {
    fn again(&mut self) -> impl Future<Output = ()> + Send;
}

/// Sends one request again and again.
pub(crate) struct Asking {
    connection: Connection,
    request: Vec<u8>,
}

impl Asking {
    pub(crate) async fn new(address: &str, request: Vec<u8>) -> Asking {
        let connection = Connection::open(address).await;
        Asking {
            connection,
            request,
        }
    }

    /// So many who ask for the same.
    pub(crate) async fn many(get: &Get, connections: usize) -> Vec<Asking> {
        let asking = (0..connections).map(|_| Asking::new(&get.address, get.bytes()));
        futures::future::join_all(asking).await
    }
}

impl Client for Asking {
    async fn again(&mut self) {
        self.connection.ask(&self.request).await;
    }
}

/// How often a second clients get through, each beginning again at once.
pub(crate) async fn closed_loop<C: Client>(clients: Vec<C>, duration: Duration) -> f64 {
    let count = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let count = count.clone();
            tokio::spawn(async move {
                while begin.elapsed() < duration {
                    client.again().await;
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

pub(crate) async fn paced(get: &Get, connections: usize, rate: u32, duration: Duration) -> Paced {
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

async fn one(get: Get, first: Instant, between: Duration, duration: Duration) -> (Vec<f64>, usize) {
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
