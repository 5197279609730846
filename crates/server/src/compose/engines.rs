//! The engines that the configuration names, behind the ports.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use raally_adapters::PasswordSource;
use raally_adapters::bus::{
    Iam, KafkaBus, KafkaSecurity, KafkaSettings, MemoryBus, Options as BusOptions,
};
use raally_adapters::cache::{MemoryCache, RedisCache, RedisLink, RedisSettings};
use raally_adapters::limits::{MemoryLimiter, OrLocal, RedisLimiter};
use raally_adapters::system::{SystemClock, SystemIds};
use raally_app::ports::{
    AuditStore, Bus, Cache, Closings, Epochs, Identity, Notifications, RateLimiter, Reporting,
    Sagas, Store, Traces, Vitals, Webhooks,
};
use raally_app::world::World;
use raally_store_postgres::{Config as PostgresOptions, PostgresStore, Provision};
use raally_store_sqlite::{Options, SqliteStore};

use crate::config::{Config, KafkaConfig, KafkaSecurityKind, PostgresConfig, RedisConfig, Secret};

/// How much the cache in this process may hold.
const CACHE_BYTES: u64 = 32 << 20;
/// Of how many keys rate limits are remembered in this process.
const LIMITED: u64 = 100_000;

/// What one database keeps.
pub(crate) struct Stores {
    pub(crate) world: World,
    pub(crate) notifications: Arc<dyn Notifications>,
    pub(crate) webhooks: Arc<dyn Webhooks>,
    pub(crate) audit: Arc<dyn AuditStore>,
    pub(crate) traces: Arc<dyn Traces>,
    pub(crate) vitals: Arc<dyn Vitals>,
    pub(crate) sagas: Arc<dyn Sagas>,
    pub(crate) closings: Arc<dyn Closings>,
    pub(crate) epochs: Arc<dyn Epochs>,
    /// Where people can ask a server by SQL.
    pub(crate) reporting: Option<Arc<dyn Reporting>>,
}

/// On PostgreSQL where it is named, else on SQLite in `data`.
pub(crate) async fn stores(config: &Config) -> Result<Stores, String> {
    if config.postgres.url.is_empty() {
        let store = SqliteStore::open(&config.data, Options::default());
        return Ok(on(Arc::new(store.map_err(|e| e.to_string())?), None));
    }
    let options = postgres(&config.postgres)?;
    let store = PostgresStore::connect(options).await;
    let store = Arc::new(store.map_err(|e| e.to_string())?);
    Ok(on(store.clone(), Some(store)))
}

/// The world behind the ports.
pub(crate) async fn world(config: &Config) -> Result<World, String> {
    stores(config).await.map(|stores| stores.world)
}

fn on<S>(store: Arc<S>, reporting: Option<Arc<dyn Reporting>>) -> Stores
where
    S: Store
        + Identity
        + AuditStore
        + Notifications
        + Webhooks
        + Sagas
        + Closings
        + Epochs
        + Traces
        + Vitals
        + 'static,
{
    Stores {
        world: World {
            store: store.clone(),
            identity: store.clone(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        },
        audit: store.clone(),
        notifications: store.clone(),
        webhooks: store.clone(),
        sagas: store.clone(),
        closings: store.clone(),
        epochs: store.clone(),
        traces: store.clone(),
        vitals: store,
        reporting,
    }
}

/// Brings the store's tables up to date; says what was done.
pub(crate) async fn migrate(config: &Config) -> Result<String, String> {
    if config.postgres.url.is_empty() && config.postgres.owner_url.is_empty() {
        world(config).await?;
        return Ok(format!(
            "The store in {} is up to date.",
            config.data.display()
        ));
    }
    let owner = &config.postgres.owner_url;
    if owner.is_empty() {
        return Err(
            "postgres.owner_url is missing: migrations are run as the role that owns \
                    the tables"
                .to_owned(),
        );
    }
    let mut options = address("postgres.owner_url", owner)?;
    options.password = password_in(config.postgres.owner_password_file.as_deref());
    options.ca_file.clone_from(&config.postgres.ca_file);
    let applied = raally_store_postgres::migrate(&options).await;
    let applied = applied.map_err(|e| e.to_string())?;
    Ok(match applied.as_slice() {
        [] => "The database is up to date.".to_owned(),
        names => format!("Applied {}; the database is up to date.", names.join(", ")),
    })
}

/// Makes a database and its two logins, each a name and a password, as an administrator.
pub(crate) async fn provision(
    admin_url: &str,
    database: &str,
    owner: (&str, &str),
    application: (&str, &str),
) -> Result<(), String> {
    let admin = PostgresOptions::new(admin_url);
    let admin = admin.map_err(|e| format!("the administrator's address is not right: {e}"))?;
    let wanted = Provision {
        database,
        owner,
        application,
    };
    let made = raally_store_postgres::provision(&admin, wanted).await;
    made.map_err(|e| e.to_string())
}

fn address(setting: &str, url: &Secret) -> Result<PostgresOptions, String> {
    PostgresOptions::new(url.reveal()).map_err(|e| format!("{setting} is not right: {e}"))
}

fn postgres(config: &PostgresConfig) -> Result<PostgresOptions, String> {
    let mut options = address("postgres.url", &config.url)?;
    if !config.replica_url.is_empty() {
        options.replica = Some(address("postgres.replica_url", &config.replica_url)?.primary);
    }
    options.password = password_in(config.password_file.as_deref());
    options.ca_file.clone_from(&config.ca_file);
    options.connections = config.connections;
    options.wait = Duration::from_millis(config.wait_ms);
    Ok(options)
}

/// Reads the file whenever it is asked, so that a changed password is taken up.
fn password_in(file: Option<&Path>) -> Option<PasswordSource> {
    let file: PathBuf = file?.to_owned();
    Some(Arc::new(move || {
        let text = std::fs::read_to_string(&file)?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }))
}

/// A password from its file or, where none is named, as it stands.
fn password(file: Option<&Path>, value: &Secret) -> Option<PasswordSource> {
    if file.is_some() {
        return password_in(file);
    }
    let value = value.clone();
    (!value.is_empty())
        .then(|| -> PasswordSource { Arc::new(move || Ok(value.reveal().to_owned())) })
}

/// Kafka where brokers are named, else a bus in this process.
pub(crate) fn bus(config: &KafkaConfig) -> Result<Arc<dyn Bus>, String> {
    if config.brokers.is_empty() {
        return Ok(Arc::new(MemoryBus::new(BusOptions::default())));
    }
    let security = match config.security {
        KafkaSecurityKind::Plain => KafkaSecurity::Plain,
        KafkaSecurityKind::Scram => KafkaSecurity::Scram {
            ca: config.ca_file.clone(),
            name: config.user.clone(),
            password: password(config.password_file.as_deref(), &config.password)
                .ok_or("kafka.password or kafka.password_file is missing")?,
        },
        KafkaSecurityKind::Iam if config.region.is_empty() => {
            return Err("kafka.region is missing: tokens are signed for it".to_owned());
        }
        KafkaSecurityKind::Iam => KafkaSecurity::Iam {
            ca: config.ca_file.clone(),
            iam: Iam::new(&config.region, Arc::new(SystemClock)),
        },
    };
    Ok(Arc::new(KafkaBus::new(KafkaSettings {
        prefix: config.prefix.clone(),
        security,
        partitions: config.partitions,
        replication: config.replication,
        ..KafkaSettings::new(&config.brokers)
    })))
}

/// What instances share.
pub(crate) struct Shared {
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) limits: Arc<dyn RateLimiter>,
}

/// What instances share and may lose: Redis where it is named, else in this process.
pub(crate) fn shared(config: &RedisConfig, world: &World) -> Result<Shared, String> {
    let local = MemoryLimiter::new(LIMITED);
    let Some(first) = config.urls.first() else {
        let cache = MemoryCache::new(world.clock.clone(), CACHE_BYTES);
        return Ok(Shared {
            cache: Arc::new(cache),
            limits: Arc::new(local),
        });
    };
    let link = RedisLink::new(RedisSettings {
        addresses: config.urls.iter().map(|u| u.reveal().to_owned()).collect(),
        cluster: config.cluster,
        password: password(config.password_file.as_deref(), &config.password),
        prefix: config.prefix.clone(),
        ..RedisSettings::new(first.reveal())
    });
    let link = link.map_err(|e| format!("redis.urls is not right: {e}"))?;
    let cache = RedisCache::new(link.clone(), &world.uuid().to_string());
    let limits = OrLocal::new(Arc::new(RedisLimiter::new(link)), local);
    Ok(Shared {
        cache: Arc::new(cache),
        limits: Arc::new(limits),
    })
}
