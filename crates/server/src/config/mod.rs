//! Configuration: defaults, then `raally.toml`, then the environment (`RAALLY__LISTEN`,
//! `RAALLY__LOG__FORMAT`, …), then the command line.

pub(crate) mod engines;
mod secret;
mod template;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use documented::DocumentedFields;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use engines::{KafkaConfig, PostgresConfig, RedisConfig};
pub(crate) use secret::Secret;

/// Everything an operator may set.
#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where everything is kept, unless PostgreSQL is named below.
    pub data: PathBuf,
    /// Where people reach the web app, such as `https://raally.example.com`, for links in mail;
    /// by default where the server listens.
    pub address: Option<String>,
    /// Whether this server also relays events and runs the consumers. Where `raally worker`
    /// processes do, it need not. Without Kafka it always does.
    pub worker: bool,
    /// Whether the refresh cookie is sent over HTTPS alone; by default unless the server
    /// listens on a loopback address.
    pub secure_cookies: Option<bool>,
    /// Origins of other sites whose pages may call the API, such as `https://app.example.com`.
    pub cors_origins: Vec<String>,
    /// Whether a proxy in front names the caller in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Whether `/api/metrics` answers here.
    pub metrics: bool,
    /// How long requests under way may take once the server is asked to stop, in seconds.
    pub drain_seconds: u64,
    /// How long closing a workspace can be taken back, in seconds; then it is erased.
    pub closing_grace_seconds: u64,
    /// Whether webhooks may also go to this machine, over HTTP too: to try them out.
    pub webhooks_to_loopback: bool,
    /// How much memory the process may take, in MiB: what it keeps to be quick (plans of workspaces,
    /// their pasts, finished answers) is put away before it takes more. What requests under way need
    /// comes on top, up to 150 MiB.
    pub memory_mib: u64,
    /// TLS where the server listens; without it, something in front has it, or nobody else can
    /// listen.
    pub tls: TlsConfig,
    /// What is logged, to standard error.
    pub log: LogConfig,
    /// Traces of requests and what follows from them, for an OpenTelemetry collector.
    pub telemetry: TelemetryConfig,
    /// How often somebody may try.
    pub limits: LimitsConfig,
    /// Who takes mail.
    pub mail: MailConfig,
    /// PostgreSQL 15 or later as the store; where no address is given, SQLite in `data` is.
    pub postgres: PostgresConfig,
    /// Apache Kafka as the event bus; where no brokers are given, it is in this process.
    pub kafka: KafkaConfig,
    /// Redis 7 or later for what instances share and may lose; where none is given, it is in
    /// this process.
    pub redis: RedisConfig,
}

/// Both or neither; read again when they change.
#[derive(Clone, Debug, Default, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TlsConfig {
    /// A PEM file with the server's certificate and those between it and a trusted one.
    pub certificate_file: Option<PathBuf>,
    /// A PEM file with its private key.
    pub key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// `auto` (text on a terminal, else JSON), `text` or `json`.
    pub format: LogFormat,
    /// A filter such as `info` or `raally=debug,warn`.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    Text,
    Json,
}

#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TelemetryConfig {
    /// Where a collector takes OTLP over HTTP, such as `http://collector.example.com:4318`;
    /// nothing is traced where none is given.
    pub endpoint: String,
    /// The share of requests that are traced, from 0 to 1. A request that comes with a trace is
    /// traced if that is.
    pub sample_ratio: f64,
}

/// How often somebody may try, a minute.
#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsConfig {
    /// Sign-ins, sign-ups and refreshes a minute from one address.
    pub auth_per_address: u32,
    /// Sign-ins a minute to one account from one network; ten times as many from all of them.
    pub sign_in_per_account: u32,
    /// Requests a minute of one user.
    pub requests_per_user: u32,
    /// Requests a minute to one workspace.
    pub requests_per_tenant: u32,
    /// Connections at once, 0 for as many as the system lets us have; some more are kept back for
    /// questions of health.
    pub connections: u32,
    /// Connections at once from one address, 0 for any number; behind a proxy they are its own,
    /// and not counted.
    pub connections_per_address: u32,
    /// Streams of live changes at once of one user.
    pub streams_per_user: u32,
    /// Workspaces a day that one user may make.
    pub workspaces_per_user_and_day: u32,
    /// Mails a day that one user may ask for (invitations, mail about their account), or one network
    /// for whoever is not signed in; 0 for any number, as in the two below.
    pub mails_per_user_and_day: u32,
    /// Invitations a day of one workspace.
    pub mails_per_workspace_and_day: u32,
    /// Mails a day to one address about its account, and as many invitations.
    pub mails_per_recipient_and_day: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MailConfig {
    /// `smtp://relay.example.com`, `smtp://user:password@relay.example.com?tls=required` or
    /// `smtps://…`; no mail is sent where none is given.
    pub relay: Secret,
    /// Whom mail says it is from.
    pub from: String,
    /// How many mails are handed over at once: at most a quarter of them for one workspace, half to
    /// one domain and one to one address, so that nobody keeps others' mail waiting.
    pub at_once: u32,
    /// How long the relay may take for one, in seconds, at most 30; then it is tried again.
    pub timeout_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 3001)),
            data: PathBuf::from("data"),
            address: None,
            worker: true,
            secure_cookies: None,
            cors_origins: Vec::new(),
            behind_proxy: false,
            metrics: true,
            drain_seconds: 20,
            closing_grace_seconds: 7 * 24 * 3_600,
            webhooks_to_loopback: false,
            memory_mib: 768,
            tls: TlsConfig::default(),
            log: LogConfig::default(),
            telemetry: TelemetryConfig::default(),
            limits: LimitsConfig::default(),
            mail: MailConfig::default(),
            postgres: PostgresConfig::default(),
            kafka: KafkaConfig::default(),
            redis: RedisConfig::default(),
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig {
            format: LogFormat::Auto,
            filter: "info".to_owned(),
        }
    }
}

impl TelemetryConfig {
    /// Whether anything is traced.
    pub(crate) fn is_on(&self) -> bool {
        !self.endpoint.is_empty()
    }
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        TelemetryConfig {
            endpoint: String::new(),
            sample_ratio: 0.1,
        }
    }
}

impl Default for MailConfig {
    fn default() -> Self {
        MailConfig {
            relay: Secret::default(),
            from: "Raally <raally@localhost>".to_owned(),
            at_once: 8,
            timeout_seconds: 20,
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        LimitsConfig {
            auth_per_address: 60,
            sign_in_per_account: 10,
            requests_per_user: 6_000,
            requests_per_tenant: 120_000,
            connections: 8_192,
            connections_per_address: 1_024,
            streams_per_user: 32,
            workspaces_per_user_and_day: 20,
            mails_per_user_and_day: 100,
            mails_per_workspace_and_day: 500,
            mails_per_recipient_and_day: 6,
        }
    }
}

/// Settings of earlier releases, and what to do instead.
const RETIRED: [(&str, &str); 2] = [
    ("plan_memory_mib", ONE_BUDGET),
    ("answer_memory_mib", ONE_BUDGET),
];
const ONE_BUDGET: &str =
    "is part of memory_mib since 0.8.0: take it out, and set how much the whole process may take";

impl Config {
    /// Reads the configuration; the file may be missing unless it is named.
    pub(crate) fn read(file: Option<&Path>) -> Result<Config, String> {
        if let Some(named) = file
            && !named.is_file()
        {
            return Err(format!(
                "the configuration file {} is not there",
                named.display()
            ));
        }
        let file = file.unwrap_or(Path::new("raally.toml"));
        let figment = Figment::from(Serialized::defaults(Config::default()))
            .merge(Toml::file(file))
            .merge(Env::prefixed("RAALLY__").split("__"));
        let retired = RETIRED.iter().find(|(name, _)| figment.contains(name));
        if let Some((name, instead)) = retired {
            return Err(format!("the configuration is not right: {name} {instead}"));
        }
        figment
            .extract()
            .map_err(|error| format!("the configuration is not right: {error}"))
    }

    pub(crate) fn cookies_are_secure(&self) -> bool {
        self.secure_cookies
            .unwrap_or(!self.listen.ip().is_loopback())
    }

    /// Whether there are other processes that answers can be shared with.
    pub(crate) fn shares_answers(&self) -> bool {
        !self.redis.urls.is_empty()
    }

    /// What is spoken where the server listens.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.tls.certificate_file {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Where people reach the web app.
    pub(crate) fn web_address(&self) -> String {
        self.address
            .clone()
            .unwrap_or_else(|| format!("{}://{}", self.scheme(), self.listen))
    }

    /// What `raally.toml` may say: every setting with its default, as a comment.
    pub(crate) fn template() -> String {
        template::commented(&Config::default())
    }

    /// What is in force, without secrets.
    pub(crate) fn in_force(&self) -> String {
        template::plain(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_stands_above_the_defaults_and_unknown_settings_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("raally.toml");
        std::fs::write(&file, "listen = \"0.0.0.0:80\"\n[log]\nformat = \"json\"\n").unwrap();
        let config = Config::read(Some(&file)).unwrap();
        assert_eq!(config.listen.port(), 80);
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.drain_seconds, 20);
        assert!(config.cookies_are_secure());

        std::fs::write(&file, "lisden = \"0.0.0.0:80\"\n").unwrap();
        assert!(Config::read(Some(&file)).unwrap_err().contains("lisden"));
    }

    #[test]
    fn a_setting_of_an_earlier_release_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("raally.toml");
        std::fs::write(&file, "plan_memory_mib = 512\n").unwrap();
        let refused = Config::read(Some(&file)).unwrap_err();
        assert!(refused.contains("plan_memory_mib is part of memory_mib"));
    }

    #[test]
    fn the_template_names_every_setting_and_changes_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("raally.toml");
        let template = Config::template();
        std::fs::write(&file, &template).unwrap();
        let read = Config::read(Some(&file)).unwrap();
        assert_eq!(read.in_force(), Config::default().in_force());
        // Every default written out holds as it stands.
        let settings = template
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|l| l.contains(" = "))
                    .unwrap_or(line)
            })
            .filter(|line| !line.starts_with('#'));
        std::fs::write(&file, settings.collect::<Vec<_>>().join("\n")).unwrap();
        assert_eq!(
            Config::read(Some(&file)).unwrap().in_force(),
            Config::default().in_force()
        );
        for setting in ["listen", "owner_url", "brokers", "password_file", "urls"] {
            assert!(template.contains(&format!("# {setting} =")), "{setting}");
        }
    }

    #[test]
    fn secrets_are_never_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("raally.toml");
        let text = "[postgres]\nurl = \"postgres://app:hush@db.example.com/raally\"\n\
                    [redis]\nurls = [\"rediss://:hush@cache.example.com\"]\npassword = \"hush\"\n\
                    [mail]\nrelay = \"smtps://us:hush@relay.example.com\"\n\
                    [kafka]\nbrokers = \"b.example.com:9092\"\npassword = \"hush\"\n";
        std::fs::write(&file, text).unwrap();
        let config = Config::read(Some(&file)).unwrap();
        assert_eq!(config.kafka.password.reveal(), "hush");
        for said in [config.in_force(), format!("{config:?}")] {
            assert!(!said.contains("hush"), "{said}");
            assert!(said.contains("db.example.com"), "{said}");
            assert!(said.contains("cache.example.com"), "{said}");
            assert!(said.contains("relay.example.com"), "{said}");
        }
    }
}
