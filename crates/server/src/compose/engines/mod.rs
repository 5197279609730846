//! The engines that the configuration names, behind the ports. PostgreSQL, Kafka and Redis are the
//! feature `engines`: a program without it refuses a configuration that names one of them.

#[cfg(feature = "engines")]
mod external;
#[cfg(not(feature = "engines"))]
#[path = "absent.rs"]
mod external;

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::in_process;
use raally_adapters::mail::SmtpMailer;
use raally_adapters::system::{SystemClock, SystemIds};
use raally_adapters::webhook_client::HttpWebhookClient;
use raally_app::mail::{MailAllowance, MailBounds, MailSettings};
use raally_app::ports::{Bus, Mailer};
use raally_app::services::{Adapters, Services};
use raally_store_sqlite::{Options, SqliteStore};

use crate::config::Config;

pub(crate) use external::provision;
pub(crate) use raally_store_sqlite::DataFolder;

/// Why there are no services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoServices {
    /// It may pass by itself: the database is away, or not migrated to what this program needs.
    #[cfg_attr(
        not(feature = "engines"),
        expect(dead_code, reason = "SQLite is there, or somebody must do something")
    )]
    NotYet(String),
    /// Somebody must change something.
    Wrong(String),
}

impl From<String> for NoServices {
    fn from(reason: String) -> NoServices {
        NoServices::Wrong(reason)
    }
}

impl From<NoServices> for String {
    fn from(error: NoServices) -> String {
        match error {
            NoServices::NotYet(reason) | NoServices::Wrong(reason) => reason,
        }
    }
}

/// The database that is configured, and everything else in this process: for commands that talk
/// to nobody else.
pub(crate) async fn local(config: &Config) -> Result<Services, NoServices> {
    on_database(
        config,
        in_process(Arc::new(SystemClock), Arc::new(SystemIds)),
    )
    .await
}

/// All engines that are configured.
pub(crate) async fn services(config: &Config) -> Result<Services, NoServices> {
    let services = on_database(config, adapters(config)?).await?;
    Ok(services
        .with_web_address(&config.web_address())
        .with_mail(mail(config))
        .with_memory(config.memory_mib << 20))
}

/// On PostgreSQL where it is named, else on SQLite in `data`.
pub(crate) async fn on_database(
    config: &Config,
    adapters: Adapters,
) -> Result<Services, NoServices> {
    if config.postgres.url.is_empty() {
        let store = SqliteStore::open(&config.data, Options::default());
        let store = store.map_err(|e| e.to_string())?;
        return Ok(Services::new(Arc::new(store), adapters));
    }
    external::on_postgres(&config.postgres, adapters).await
}

/// How the data folder is, where the store is in it.
///
/// # Errors
/// In words, where it cannot be used.
pub(crate) fn data_folder(config: &Config) -> Result<DataFolder, String> {
    raally_store_sqlite::look(&config.data).map_err(|e| e.to_string())
}

/// What is configured beside the database.
pub(crate) fn adapters(config: &Config) -> Result<Adapters, String> {
    let local = in_process(Arc::new(SystemClock), Arc::new(SystemIds));
    let local = match config.redis.urls.is_empty() {
        true => local,
        false => external::on_redis(&config.redis, local)?,
    };
    Ok(Adapters {
        bus: bus(config, &local)?,
        mailer: mailer(config, &local)?,
        webhook_client: Arc::new(HttpWebhookClient::new(config.webhooks_to_loopback)?),
        ..local
    })
}

/// On Kafka where brokers are named, else in this process.
fn bus(config: &Config, local: &Adapters) -> Result<Arc<dyn Bus>, String> {
    match config.kafka.brokers.is_empty() {
        true => Ok(Arc::clone(&local.bus)),
        false => external::bus(&config.kafka),
    }
}

fn mail(config: &Config) -> MailSettings {
    let limits = &config.limits;
    MailSettings {
        bounds: MailBounds {
            at_once: config.mail.at_once.max(1) as usize,
            // A step that mails is one process's for a minute.
            takes: Duration::from_secs(config.mail.timeout_seconds.clamp(1, 30)),
        },
        allowance: MailAllowance {
            per_recipient: limits.mails_per_recipient_and_day,
            per_sender: limits.mails_per_user_and_day,
            per_workspace: limits.mails_per_workspace_and_day,
        },
    }
}

/// To the mail relay, where there is one.
fn mailer(config: &Config, local: &Adapters) -> Result<Arc<dyn Mailer>, String> {
    let relay = config.mail.relay.reveal();
    if relay.is_empty() {
        return Ok(Arc::clone(&local.mailer));
    }
    let bounds = mail(config).bounds;
    let connections = u32::try_from(bounds.at_once).unwrap_or(u32::MAX);
    let mailer = SmtpMailer::new(relay, &config.mail.from, connections, bounds.takes)?;
    Ok(Arc::new(mailer))
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
    let said = external::migrate(&config.postgres).await?;
    if config.kafka.brokers.is_empty() {
        return Ok(said);
    }
    let made = external::make_topics(&config.kafka).await;
    made.map_err(|e| format!("{said} The topics are not there: {e}"))?;
    Ok(format!("{said} The topics are there."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::Path;

    /// Nobody answers at the address, and nobody is asked.
    fn naming(setting: &str, data: &Path) -> Config {
        let (engine, field) = setting.split_once('.').unwrap();
        let value = match field {
            "urls" => json!(["nowhere"]),
            _ => json!("nowhere"),
        };
        serde_json::from_value(json!({ "data": data, engine: { field: value } })).unwrap()
    }

    /// The program lacks the engine exactly where it was built so, and says what to do then.
    fn lacking(setting: &str, refused: Option<String>) {
        let refused = refused.unwrap_or_default();
        let of_program = format!("{setting} is set, but this program has no ");
        let build = "cargo build --release --package raally";
        let lacks = refused.starts_with(&of_program) && refused.contains(build);
        assert_eq!(lacks, !cfg!(feature = "engines"), "{setting}: {refused:?}");
    }

    #[tokio::test]
    async fn an_engine_that_is_not_in_the_program_is_refused_with_what_to_do() {
        let folder = tempfile::TempDir::new().unwrap();
        for setting in ["postgres.url", "kafka.brokers", "redis.urls"] {
            let config = naming(setting, folder.path());
            lacking(setting, services(&config).await.err().map(String::from));
        }
        let setting = "postgres.owner_url";
        lacking(
            setting,
            migrate(&naming(setting, folder.path())).await.err(),
        );
    }
}
