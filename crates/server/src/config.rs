//! Configuration: defaults, then `raally.toml`, then the environment (`RAALLY__LISTEN`,
//! `RAALLY__LOG__FORMAT`, …), then the command line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

/// Everything an operator may set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where everything is kept.
    pub data: PathBuf,
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
    /// How much memory open workspaces may take, in MiB.
    pub plan_memory_mib: u64,
    /// How much memory finished answers may take, in MiB.
    pub answer_memory_mib: u64,
    pub log: LogConfig,
    pub limits: LimitsConfig,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
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

/// How often somebody may try, a minute.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsConfig {
    /// Sign-ins, sign-ups and refreshes from one address.
    pub auth_per_address: u64,
    /// Sign-ins to one account.
    pub sign_in_per_account: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 3001)),
            data: PathBuf::from("data"),
            secure_cookies: None,
            cors_origins: Vec::new(),
            behind_proxy: false,
            metrics: true,
            drain_seconds: 20,
            plan_memory_mib: 512,
            answer_memory_mib: 64,
            log: LogConfig::default(),
            limits: LimitsConfig::default(),
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

impl Default for LimitsConfig {
    fn default() -> Self {
        LimitsConfig {
            auth_per_address: 60,
            sign_in_per_account: 10,
        }
    }
}

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
        Figment::from(Serialized::defaults(Config::default()))
            .merge(Toml::file(file))
            .merge(Env::prefixed("RAALLY__").split("__"))
            .extract()
            .map_err(|error| format!("the configuration is not right: {error}"))
    }

    pub(crate) fn cookies_are_secure(&self) -> bool {
        self.secure_cookies
            .unwrap_or(!self.listen.ip().is_loopback())
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
}
