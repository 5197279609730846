//! What the servers under test stand on: the embedded engines or, where `RAALLY_TEST_ON=engines`
//! says so, PostgreSQL, Kafka and Redis.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use raally_store_postgres::testing::Database;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;

/// A part of each engine that is one server's alone.
pub struct Engines {
    database: Database,
    name: String,
}

impl Engines {
    /// None where the embedded ones are wanted.
    #[allow(dead_code, reason = "each test program uses its part")]
    pub fn fresh() -> Option<Engines> {
        if !std::env::var("RAALLY_TEST_ON").is_ok_and(|on| on == "engines") {
            return None;
        }
        Some(Engines::new())
    }

    pub fn new() -> Engines {
        let engines = Engines::on(Database::fresh());
        engines.migrate();
        engines
    }

    /// With a database that holds no Raally yet.
    #[allow(dead_code, reason = "each test program uses its part")]
    pub fn unmigrated() -> Engines {
        Engines::on(Database::empty())
    }

    fn on(database: impl Future<Output = Database> + Send + 'static) -> Engines {
        // Tests run inside a runtime, which must not be blocked on; and each is alone in its own.
        let made = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(database)
        });
        let database = made.join().unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "engines outlive a run of the tests"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let name = format!("{}-{}", database.name, now.as_micros());
        Engines { database, name }
    }

    /// Changes a word in the answers that processes share; says in how many.
    #[allow(dead_code, reason = "each test program uses its part")]
    pub async fn replace_shared_answer(&self, word: &str, with: &str) -> usize {
        let client = redis::Client::open(engine("RAALLY_TEST_REDIS")).unwrap();
        let mut redis = client.get_multiplexed_async_connection().await.unwrap();
        let mut ask = redis::cmd("KEYS");
        let pattern = format!("{}:answer/*", self.name);
        let keys: Vec<String> = ask.arg(pattern).query_async(&mut redis).await.unwrap();
        for key in &keys {
            let mut get = redis::cmd("GET");
            let answer: String = get.arg(key).query_async(&mut redis).await.unwrap();
            let mut set = redis::cmd("SET");
            set.arg(key).arg(answer.replace(word, with));
            let () = set.query_async(&mut redis).await.unwrap();
        }
        keys.len()
    }

    /// The most bytes that the brokers take of a message of the audit topic.
    #[allow(dead_code, reason = "each test program uses its part")]
    pub async fn take_messages_up_to(&self, bytes: &str) {
        let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
            .set("bootstrap.servers", engine("RAALLY_TEST_KAFKA"))
            .create()
            .unwrap();
        let topic = format!("{}.audit", self.name);
        let change = AlterConfig::new(ResourceSpecifier::Topic(&topic));
        let change = change.set("max.message.bytes", bytes);
        let changed = admin.alter_configs([&change], &AdminOptions::new()).await;
        changed.unwrap().remove(0).unwrap();
    }

    /// A statement past the server; returns how many rows it changed.
    #[allow(dead_code, reason = "each test program uses its part")]
    pub async fn execute(&self, sql: &str) -> u64 {
        let client = raally_store_postgres::testing::raw(&self.database.superuser()).await;
        client.execute(sql, &[]).await.unwrap()
    }

    /// The text that a query past the server finds.
    #[allow(dead_code, reason = "each test program uses its part")]
    pub async fn text(&self, sql: &str) -> String {
        let client = raally_store_postgres::testing::raw(&self.database.superuser()).await;
        client.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// A table of the database with one of these texts in some row, in any case.
    #[allow(dead_code, reason = "each test program uses its part")]
    pub async fn rows_with(&self, texts: &[&str]) -> Option<String> {
        let client = raally_store_postgres::testing::raw(&self.database.superuser()).await;
        let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                      WHERE schemaname IN ('raally', 'reporting')";
        for table in client.query(tables, &[]).await.unwrap() {
            let table: String = table.get(0);
            // What is binary is looked through as text, too.
            let sql = format!(
                "SELECT count(*) FROM {table} t, unnest($1::text[]) AS wanted(word)
                 WHERE strpos(lower(t::text), lower(word)) > 0
                    OR strpos(t::text, encode(convert_to(word, 'UTF8'), 'hex')) > 0"
            );
            let found: i64 = client.query_one(&sql, &[&texts]).await.unwrap().get(0);
            if found > 0 {
                return Some(table);
            }
        }
        None
    }

    /// As an operator does it.
    pub fn migrate(&self) {
        let done = Command::new(env!("CARGO_BIN_EXE_raally"))
            .arg("migrate")
            .envs(self.settings())
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// What a process of Raally is told of them.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RAALLY__POSTGRES__URL", self.database.address()),
            ("RAALLY__POSTGRES__OWNER_URL", self.database.owner_address()),
            ("RAALLY__POSTGRES__CONNECTIONS", "8".to_owned()),
            ("RAALLY__KAFKA__BROKERS", engine("RAALLY_TEST_KAFKA")),
            ("RAALLY__KAFKA__PREFIX", self.name.clone()),
            ("RAALLY__KAFKA__PARTITIONS", "2".to_owned()),
            (
                "RAALLY__REDIS__URLS",
                format!("[\"{}\"]", engine("RAALLY_TEST_REDIS")),
            ),
            ("RAALLY__REDIS__PREFIX", format!("{}:", self.name)),
        ]
    }
}

/// Where an engine is, as `scripts/engines env` says it.
fn engine(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: run 'scripts/engines start', then 'eval \"$(scripts/engines env)\"'."
        )
    })
}
