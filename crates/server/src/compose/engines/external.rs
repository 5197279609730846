//! PostgreSQL, Kafka and Redis, as the configuration names them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use raally_adapters::PasswordSource;
use raally_adapters::bus::{Iam, KafkaBus, KafkaSecurity, KafkaSettings};
use raally_adapters::cache::{RedisCache, RedisLink, RedisSettings};
use raally_adapters::in_process::LIMITED_KEYS;
use raally_adapters::limits::{CountedAhead, MemoryLimiter, OrLocal, RedisLimiter};
use raally_adapters::system::SystemClock;
use raally_app::ports::Bus;
use raally_app::services::{Adapters, Services};
use raally_store_postgres::{Config as PostgresOptions, OpenError, PostgresStore, Provision};

use super::NoServices;
use crate::config::Secret;
use crate::config::engines::{KafkaConfig, KafkaSecurityKind, PostgresConfig, RedisConfig};

/// With the database as the store, and as what keeps the reporting tables.
pub(crate) async fn on_postgres(
    config: &PostgresConfig,
    adapters: Adapters,
) -> Result<Services, NoServices> {
    let store = PostgresStore::connect(postgres(config)?).await;
    let store = Arc::new(store.map_err(|e| match e {
        OpenError::Unreachable { .. } | OpenError::Empty { .. } | OpenError::Older { .. } => {
            NoServices::NotYet(e.to_string())
        }
        _ => NoServices::Wrong(e.to_string()),
    })?);
    Ok(Services::new(store.clone(), adapters).with_reporting(store))
}

/// Brings the database's tables up to date; says what was done.
pub(crate) async fn migrate(config: &PostgresConfig) -> Result<String, String> {
    let owner = &config.owner_url;
    if owner.is_empty() {
        return Err(
            "postgres.owner_url is missing: migrations are run as the role that owns \
                    the tables"
                .to_owned(),
        );
    }
    let mut options = address("postgres.owner_url", owner)?;
    options.password = password_in(config.owner_password_file.as_deref());
    options.ca_file.clone_from(&config.ca_file);
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
    ca_file: Option<PathBuf>,
    database: &str,
    owner: (&str, &str),
    application: (&str, &str),
) -> Result<(), String> {
    let admin = PostgresOptions::new(admin_url);
    let mut admin = admin.map_err(|e| format!("the administrator's address is not right: {e}"))?;
    admin.ca_file = ca_file;
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
    options.background = match config.background_connections {
        0 => config.connections / 4,
        most => most.min(config.connections),
    };
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

/// The bus on Kafka.
pub(crate) fn bus(config: &KafkaConfig) -> Result<Arc<dyn Bus>, String> {
    Ok(Arc::new(KafkaBus::new(kafka(config)?)))
}

/// Makes the topics that are missing, so that no server finds the brokers without them.
pub(crate) async fn make_topics(config: &KafkaConfig) -> Result<(), String> {
    let made = KafkaBus::connect(kafka(config)?).await;
    made.map(drop).map_err(|e| e.to_string())
}

fn kafka(config: &KafkaConfig) -> Result<KafkaSettings, String> {
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
    Ok(KafkaSettings {
        prefix: config.prefix.clone(),
        security,
        partitions: config.partitions,
        replication: config.replication,
        ..KafkaSettings::new(&config.brokers)
    })
}

/// With cache and rate limits, which instances share and may lose, on Redis.
pub(crate) fn on_redis(config: &RedisConfig, local: Adapters) -> Result<Adapters, String> {
    let first = config.urls.first().ok_or("redis.urls is empty")?;
    let link = RedisLink::new(RedisSettings {
        addresses: config.urls.iter().map(|u| u.reveal().to_owned()).collect(),
        cluster: config.cluster,
        password: password(config.password_file.as_deref(), &config.password),
        ca_file: config.ca_file.clone(),
        prefix: config.prefix.clone(),
        ..RedisSettings::new(first.reveal())
    });
    let link = link.map_err(|e| format!("redis.urls is not right: {e}"))?;
    let cache = RedisCache::new(Arc::clone(&link), &local.ids.uuid().to_string());
    let fallback = MemoryLimiter::new(LIMITED_KEYS);
    // Each request is counted: it waits for no answer that somebody else is sent from the cache.
    let limiter = RedisLimiter::new(link.beside());
    let ahead = CountedAhead::new(Arc::new(limiter), LIMITED_KEYS);
    let limits = OrLocal::new(Arc::new(ahead), fallback);
    Ok(Adapters {
        cache: Arc::new(cache),
        limits: Arc::new(limits),
        ..local
    })
}
