//! The engines that the configuration names, behind the ports.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use raally_adapters::PasswordSource;
use raally_adapters::bus::{Iam, KafkaBus, KafkaSecurity, KafkaSettings};
use raally_adapters::cache::{RedisCache, RedisLink, RedisSettings};
use raally_adapters::in_process::{LIMITED_KEYS, in_process};
use raally_adapters::limits::{MemoryLimiter, OrLocal, RedisLimiter};
use raally_adapters::mail::SmtpMailer;
use raally_adapters::system::{SystemClock, SystemIds};
use raally_adapters::webhook_client::HttpWebhookClient;
use raally_app::ports::{Bus, Mailer};
use raally_app::services::{Adapters, Services};
use raally_store_postgres::{Config as PostgresOptions, PostgresStore, Provision};
use raally_store_sqlite::{Options, SqliteStore};

use crate::config::{Config, KafkaConfig, KafkaSecurityKind, PostgresConfig, RedisConfig, Secret};

/// The database that is configured, and everything else in this process: for commands that talk
/// to nobody else.
pub(crate) async fn local(config: &Config) -> Result<Services, String> {
    on_database(
        config,
        in_process(Arc::new(SystemClock), Arc::new(SystemIds)),
    )
    .await
}

/// All engines that are configured.
pub(crate) async fn services(config: &Config) -> Result<Services, String> {
    let services = on_database(config, adapters(config)?).await?;
    Ok(services.with_web_address(&config.web_address()))
}

/// On PostgreSQL where it is named, else on SQLite in `data`.
async fn on_database(config: &Config, adapters: Adapters) -> Result<Services, String> {
    if config.postgres.url.is_empty() {
        let store = SqliteStore::open(&config.data, Options::default());
        let store = store.map_err(|e| e.to_string())?;
        return Ok(Services::new(Arc::new(store), adapters));
    }
    let options = postgres(&config.postgres)?;
    let store = PostgresStore::connect(options).await;
    let store = Arc::new(store.map_err(|e| e.to_string())?);
    Ok(Services::new(store.clone(), adapters).with_reporting(store))
}

/// What is configured beside the database.
fn adapters(config: &Config) -> Result<Adapters, String> {
    let local = in_process(Arc::new(SystemClock), Arc::new(SystemIds));
    let local = shared(&config.redis, local)?;
    Ok(Adapters {
        bus: bus(&config.kafka, &local)?,
        mailer: mailer(config, &local)?,
        webhook_client: Arc::new(HttpWebhookClient::new(config.webhooks_to_loopback)?),
        ..local
    })
}

/// To the mail relay, where there is one.
fn mailer(config: &Config, local: &Adapters) -> Result<Arc<dyn Mailer>, String> {
    let relay = config.mail.relay.reveal();
    if relay.is_empty() {
        return Ok(Arc::clone(&local.mailer));
    }
    Ok(Arc::new(SmtpMailer::new(relay, &config.mail.from)?))
}

/// Brings the store's tables up to date; says what was done.
pub(crate) async fn migrate(config: &Config) -> Result<String, String> {
    if config.postgres.url.is_empty() && config.postgres.owner_url.is_empty() {
        local(config).await?;
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
fn bus(config: &KafkaConfig, local: &Adapters) -> Result<Arc<dyn Bus>, String> {
    if config.brokers.is_empty() {
        return Ok(Arc::clone(&local.bus));
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

/// With cache and rate limits, which instances share and may lose, on Redis where it is named.
fn shared(config: &RedisConfig, local: Adapters) -> Result<Adapters, String> {
    let Some(first) = config.urls.first() else {
        return Ok(local);
    };
    let link = RedisLink::new(RedisSettings {
        addresses: config.urls.iter().map(|u| u.reveal().to_owned()).collect(),
        cluster: config.cluster,
        password: password(config.password_file.as_deref(), &config.password),
        prefix: config.prefix.clone(),
        ..RedisSettings::new(first.reveal())
    });
    let link = link.map_err(|e| format!("redis.urls is not right: {e}"))?;
    let cache = RedisCache::new(link.clone(), &local.ids.uuid().to_string());
    let fallback = MemoryLimiter::new(LIMITED_KEYS);
    let limits = OrLocal::new(Arc::new(RedisLimiter::new(link)), fallback);
    Ok(Adapters {
        cache: Arc::new(cache),
        limits: Arc::new(limits),
        ..local
    })
}
