//! A database of one's own, made for a test and dropped after it.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "for tests: they fail by panicking"
)]

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::OnceCell;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::config::Config;
use crate::provision::provision_with;
use crate::{PostgresStore, Provision, migrate, provision};

/// Tables that belong to no tenant.
pub const PLATFORM_TABLES: [&str; 11] = crate::platform::PLATFORM_TABLES;

/// Logins of the databases made here, shared by them all.
pub const OWNER: (&str, &str) = ("raally_test_owner", "owner");
pub const APPLICATION: (&str, &str) = ("raally_test_application", "application");

/// Where the administrator of the test cluster connects.
///
/// # Panics
/// When nobody has said it: a test that was silently left out would prove nothing.
#[must_use]
pub fn administrator() -> Config {
    let address = std::env::var("RAALLY_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "RAALLY_TEST_POSTGRES is not set: run 'scripts/engines start postgres', then 'eval \"$(scripts/engines env)\"'."
        )
    });
    Config::new(&address).unwrap()
}

/// A database that is dropped with this.
pub struct Database {
    admin: Config,
    pub name: String,
}

impl Database {
    /// An empty database, not migrated.
    pub async fn empty() -> Database {
        Database::empty_in(administrator()).await
    }

    /// In another cluster than the usual one.
    pub async fn empty_in(admin: Config) -> Database {
        Database::made(admin, "").await
    }

    /// A migrated database: a copy of one that was migrated once, which is made sooner.
    pub async fn fresh() -> Database {
        static MIGRATED: OnceCell<String> = OnceCell::const_new();
        let admin = administrator();
        let migrated = MIGRATED.get_or_init(|| migrated(&admin)).await;
        let copy = format!("TEMPLATE \"{migrated}\" STRATEGY file_copy");
        Database::made(admin, &copy).await
    }

    async fn made(admin: Config, options: &str) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "raally_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let database = Database { admin, name };
        // What an earlier run with our process id left, if it was killed.
        let client = raw(&database.admin).await;
        drop_database(&client, &database.name).await.unwrap();
        provision_with(&database.admin, wanted(&database.name), options)
            .await
            .unwrap();
        database
    }

    /// How its owner connects.
    #[must_use]
    pub fn owner(&self) -> Config {
        self.login(OWNER)
    }

    /// How the application connects.
    #[must_use]
    pub fn application(&self) -> Config {
        self.login(APPLICATION)
    }

    /// How a role connects that no policy binds.
    #[must_use]
    pub fn superuser(&self) -> Config {
        let mut config = self.admin.clone();
        config.primary.dbname(&self.name);
        config
    }

    fn login(&self, (user, password): (&str, &str)) -> Config {
        let mut config = self.superuser();
        config.primary.user(user).password(password);
        // Many tests run side by side in one cluster.
        config.connections = 8;
        config
    }

    pub async fn store(&self) -> PostgresStore {
        PostgresStore::connect(self.application()).await.unwrap()
    }

    /// The address of the application's login, for a program that is given one.
    #[must_use]
    pub fn address(&self) -> String {
        address(&self.application())
    }

    /// The address of the owner's login.
    #[must_use]
    pub fn owner_address(&self) -> String {
        address(&self.owner())
    }

    /// Not dropped: its cluster is about to go.
    pub fn leave(&mut self) {
        self.name.clear();
    }
}

fn wanted(database: &str) -> Provision<'_> {
    Provision {
        database,
        owner: OWNER,
        application: APPLICATION,
    }
}

/// The name of a migrated database that nobody connects to, made where there is none. It is named
/// after its migrations, and has the name only when it is whole.
async fn migrated(admin: &Config) -> String {
    let name = format!("raally_migrated_{}", migrate::fingerprint());
    let client = raw(admin).await;
    let lock = "SELECT pg_advisory_lock(hashtext('raally_migrated'))";
    client.batch_execute(lock).await.unwrap();
    let there = "SELECT FROM pg_database WHERE datname = $1";
    if client.query(there, &[&name]).await.unwrap().is_empty() {
        let unfinished = Database {
            admin: admin.clone(),
            name: format!("{name}_unfinished"),
        };
        drop_database(&client, &unfinished.name).await.unwrap();
        provision(admin, wanted(&unfinished.name)).await.unwrap();
        migrate(&unfinished.owner()).await.unwrap();
        let rename = format!(
            "ALTER DATABASE \"{}\" RENAME TO \"{name}\"",
            unfinished.name
        );
        // The migration's connection may not have ended yet.
        while let Err(e) = client.batch_execute(&rename).await {
            assert_eq!(e.code(), Some(&SqlState::OBJECT_IN_USE), "{e}");
        }
    }
    name
}

async fn drop_database(client: &Client, name: &str) -> Result<(), tokio_postgres::Error> {
    let sql = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    client.batch_execute(&sql).await
}

fn address(config: &Config) -> String {
    let text =
        |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap();
    let place = crate::config::place(&config.primary);
    let address = format!(
        "postgres://{}:{}@{place}",
        config.primary.get_user().unwrap_or_default(),
        text(config.primary.get_password()),
    );
    debug_assert!(tokio_postgres::Config::from_str(&address).is_ok());
    address
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), std::mem::take(&mut self.name));
        if name.is_empty() {
            return;
        }
        // A runtime of its own: this one may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let session = admin.session(&admin.primary);
                let client = migrate::connect(&admin, session).await.ok()?;
                drop_database(&client, &name).await.ok()
            })
        });
        let _ = dropping.join();
    }
}

/// A connection of its own, past the store.
pub async fn raw(config: &Config) -> Client {
    migrate::connect(config, config.session(&config.primary))
        .await
        .unwrap()
}
