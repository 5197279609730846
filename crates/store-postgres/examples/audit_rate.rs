//! How many events a second the audit logger keeps and the reporting consumer marks, and how many
//! rows a second its refresher writes.
//!
//! `cargo run --release -p raally-store-postgres --features testing --example audit_rate -- [streams] [events each]`
//! on the PostgreSQL of `RAALLY_TEST_POSTGRES`.
#![allow(
    clippy::unwrap_used,
    reason = "a measurement may panic where it stands"
)]

use std::sync::Arc;
use std::time::Instant;

use futures::stream::{StreamExt, iter};
use raally_adapters::bus::{MemoryBus, Options};
use raally_adapters::system::{SystemClock, SystemIds};
use raally_app::World;
use raally_app::consumers::{AuditLogger, Consumer, Runner};
use raally_app::contract::{Log, batch, person};
use raally_app::ports::{Handled, Message, Store};
use raally_app::reporting::{Refresher, ReportingConsumer};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::{Database, raw};
use tokio::sync::Notify;

async fn measure(name: &str, world: &World, consumer: Arc<dyn Consumer>, last: Vec<Message>) {
    let events: u64 = last.iter().map(|m| m.seq).sum();
    let bus = Arc::new(MemoryBus::new(Options::default()));
    let runner = Runner::new(world.clone(), bus, consumer);
    let began = Instant::now();
    // Each is the last of its stream: all before it is read from the log, as after an outage.
    let taken = iter(&last).map(|message| runner.take(message, 1));
    let taken: Vec<Handled> = taken.buffer_unordered(32).collect().await;
    let took = began.elapsed();
    assert!(taken.iter().all(|handled| *handled == Handled::Done));
    let rate = events as f64 / took.as_secs_f64();
    println!("{name}: {events} events in {took:.2?}, {rate:.0} a second");
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1).map(|n| n.parse::<u128>().unwrap());
    let (streams, events) = (args.next().unwrap_or(32), args.next().unwrap_or(500));
    let database = Database::fresh().await;
    let mut config = database.application();
    config.connections = 32;
    let store = Arc::new(PostgresStore::connect(config).await.unwrap());
    let mut last = Vec::new();
    for n in 1..=streams {
        let mut log = Log::new(n);
        let people = (1..=events).map(|n| person(n, "Ana"));
        store.append(batch([log.append(people)])).await.unwrap();
        let logged = log.written.last().unwrap();
        last.push(Message {
            stream: log.tenant.into(),
            seq: logged.seq,
            body: logged.stored.body.as_str().into(),
            trace: None,
        });
    }
    let world = World {
        store: store.clone(),
        identity: store.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
    };
    let audit = Arc::new(AuditLogger::new(store.clone()));
    measure("audit logger", &world, audit, last.clone()).await;
    let tenants = Tenants::new(world.clone(), TenantsConfig::default());
    let marked = Arc::new(Notify::new());
    let refresher = Refresher::new(tenants.clone(), store.clone(), marked.clone());
    let marking = Arc::new(ReportingConsumer::new(tenants, store, marked));
    measure("reporting, marking", &world, marking, last).await;
    let began = Instant::now();
    while refresher.round().await.unwrap() > 0 {}
    let took = began.elapsed();
    let client = raw(&database.superuser()).await;
    let sql = "SELECT count(*) FROM reporting.capacity_by_day";
    let rows: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
    let rate = rows as f64 / took.as_secs_f64();
    println!("reporting, refreshing: {rows} rows in {took:.2?}, {rate:.0} a second");
}
