//! Many processes over PostgreSQL, Apache Kafka and Redis, beside pgbench on the same server.
//!
//! What is compared is measured in turns, a part at a time, so that whatever else the machine
//! does falls on both.

mod consumers;
mod delay;
mod events;
mod pgbench;
mod reads;
mod relay;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::bus::{KafkaBus, KafkaSettings};
use raally_adapters::in_process;
use raally_adapters::system::{SystemClock, SystemIds};
use raally_app::Services;
use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::Database;

use crate::Args;
use crate::server::Process;
use crate::table::Table;

/// Connections to PostgreSQL, of pgbench and of each of our processes: as many as by default.
const CONNECTIONS: usize = 20;
/// In how many turns things are measured that are compared.
const TURNS: u32 = 3;

pub(crate) async fn measure(args: &Args, table: &mut Table) {
    let turn = Duration::from_secs(args.seconds) / TURNS;
    let engines = Engines::new().await;
    reads::measure(&engines, turn, table).await;
    writes::measure(&engines, turn, table).await;
    drop(engines);
    delay::measure(args.delays, table).await;
    relay::measure(args.events, table).await;
    consumers::measure(args.events / 6, table).await;
}

/// A part of each engine that is ours alone.
struct Engines {
    database: Database,
    /// What topics and keys begin with.
    name: String,
    folder: tempfile::TempDir,
}

impl Engines {
    async fn new() -> Engines {
        let database = Database::fresh().await;
        let services = services(&Arc::new(database.store().await));
        Engines {
            name: format!("bench-{}", services.uuid().simple()),
            folder: tempfile::tempdir().unwrap(),
            database,
        }
    }

    async fn store(&self) -> Arc<PostgresStore> {
        let mut config = self.database.application();
        config.connections = CONNECTIONS;
        config.wait = Duration::from_secs(30);
        Arc::new(PostgresStore::connect(config).await.unwrap())
    }

    async fn bus(&self) -> Arc<KafkaBus> {
        let settings = KafkaSettings {
            prefix: self.name.clone(),
            ..KafkaSettings::new(&address("RAALLY_TEST_KAFKA"))
        };
        Arc::new(KafkaBus::connect(settings).await.unwrap())
    }

    /// `serve`, which leaves the work to workers, or `worker`.
    fn start(&self, kind: &str) -> Process {
        let settings = [
            ("RAALLY__WORKER", (kind == "worker").to_string()),
            ("RAALLY__POSTGRES__URL", self.database.address()),
            ("RAALLY__POSTGRES__CONNECTIONS", CONNECTIONS.to_string()),
            ("RAALLY__KAFKA__BROKERS", address("RAALLY_TEST_KAFKA")),
            ("RAALLY__KAFKA__PREFIX", self.name.clone()),
            (
                "RAALLY__REDIS__URLS",
                format!("[\"{}\"]", address("RAALLY_TEST_REDIS")),
            ),
            ("RAALLY__REDIS__PREFIX", format!("{}:", self.name)),
        ];
        let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
        Process::start(kind, self.folder.path(), settings)
    }
}

fn services(store: &Arc<PostgresStore>) -> Services {
    let adapters = in_process(Arc::new(SystemClock), Arc::new(SystemIds));
    Services::new(store.clone(), adapters).with_reporting(store.clone())
}

/// Where an engine is, as `scripts/engines env` says it.
fn address(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: scripts/bench starts the engines and sets it")
    })
}

/// The mean of what several turns gave.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    turns: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.turns += 1.0;
    }

    fn value(self) -> f64 {
        self.sum / self.turns
    }
}
