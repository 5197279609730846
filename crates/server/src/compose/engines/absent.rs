//! PostgreSQL, Kafka and Redis in a program that was built without them: each is refused, with
//! what to do. The functions are those of `external`.

use std::path::PathBuf;
use std::sync::Arc;

use raally_app::ports::Bus;
use raally_app::services::{Adapters, Services};

use super::NoServices;
use crate::config::engines::{KafkaConfig, PostgresConfig, RedisConfig};

fn absent(setting: &str, engine: &str) -> String {
    format!(
        "{setting} is set, but this program has no {engine}: it was built for one machine, as \
         `make run` builds it. Take the setting away, or build the program with all engines: \
         cargo build --release --package raally"
    )
}

pub(crate) async fn on_postgres(_: &PostgresConfig, _: Adapters) -> Result<Services, NoServices> {
    Err(NoServices::Wrong(absent("postgres.url", "PostgreSQL")))
}

pub(crate) async fn migrate(config: &PostgresConfig) -> Result<String, String> {
    let setting = match config.owner_url.is_empty() {
        true => "postgres.url",
        false => "postgres.owner_url",
    };
    Err(absent(setting, "PostgreSQL"))
}

pub(crate) async fn provision(
    _: &str,
    _: Option<PathBuf>,
    _: &str,
    _: (&str, &str),
    _: (&str, &str),
) -> Result<(), String> {
    Err(absent("--admin-url", "PostgreSQL"))
}

pub(crate) async fn make_topics(_: &KafkaConfig) -> Result<(), String> {
    Err(absent("kafka.brokers", "Kafka"))
}

pub(crate) fn bus(_: &KafkaConfig) -> Result<Arc<dyn Bus>, String> {
    Err(absent("kafka.brokers", "Kafka"))
}

pub(crate) fn on_redis(_: &RedisConfig, _: Adapters) -> Result<Adapters, String> {
    Err(absent("redis.urls", "Redis"))
}
