//! How a store is reached and how it works.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::config::{Host, TargetSessionAttrs};

/// Says the current password whenever a connection is made, so that one changed while the
/// program runs is taken up without a restart.
pub type PasswordSource = Arc<dyn Fn() -> std::io::Result<String> + Send + Sync>;

/// How the store is reached and how it works. What `new` gives is right for a server.
#[derive(Clone)]
pub struct Config {
    /// Where the primary is; several hosts may be named, of which the one that accepts writes is
    /// taken. The role must be a member of `raally_app` and nothing more.
    pub primary: tokio_postgres::Config,
    /// Where a streaming replica is, for reads that may go there.
    pub replica: Option<tokio_postgres::Config>,
    /// Stands above a password in the addresses.
    pub password: Option<PasswordSource>,
    /// PEM certificates to trust for TLS; `None`: those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// The most connections to each server.
    pub connections: usize,
    /// How many of those to the primary may be used at once by what nobody waits for as they do for
    /// a request: consumers, the relay, reporting, webhooks.
    pub background: usize,
    /// How long a request waits for a connection before the store says that it is busy, and how
    /// long an append that lost its connection tries to find out what became of it.
    pub wait: Duration,
    /// The longest that the server may work on one statement.
    pub statement: Duration,
    /// The longest that a statement waits for a lock.
    pub lock: Duration,
    /// A connection older than that is replaced when it is next needed.
    pub max_lifetime: Duration,
}

impl Config {
    /// From an address such as `postgres://raally@db.example.org/raally?sslmode=require`.
    pub fn new(address: &str) -> Result<Config, tokio_postgres::Error> {
        Ok(Config {
            primary: tokio_postgres::Config::from_str(address)?,
            replica: None,
            password: None,
            ca_file: None,
            connections: 20,
            background: 5,
            wait: Duration::from_secs(3),
            statement: Duration::from_secs(15),
            lock: Duration::from_secs(3),
            max_lifetime: Duration::from_secs(30 * 60),
        })
    }

    /// The session that a connection to a server is to have.
    pub(crate) fn session(&self, server: &tokio_postgres::Config) -> tokio_postgres::Config {
        let mut session = server.clone();
        let millis = |d: Duration| d.as_millis();
        session.options(format!(
            "{} -c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout={} \
             -c default_transaction_isolation=read\\ committed -c jit=off",
            server.get_options().unwrap_or_default(),
            millis(self.statement),
            millis(self.lock),
            millis(self.statement),
        ));
        if server.get_application_name().is_none() {
            session.application_name("raally");
        }
        if server.get_connect_timeout().is_none() {
            session.connect_timeout(self.wait);
        }
        if server.get_tcp_user_timeout().is_none() {
            session.tcp_user_timeout(Duration::from_secs(10));
        }
        session
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(15))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3);
        session
    }

    pub(crate) fn primary_session(&self) -> tokio_postgres::Config {
        let mut session = self.session(&self.primary);
        // After a failover a name may still lead to the server that has become a standby.
        session.target_session_attrs(TargetSessionAttrs::ReadWrite);
        session
    }
}

/// Hosts, ports and database as a person would say them, without secrets.
pub(crate) fn place(server: &tokio_postgres::Config) -> String {
    let ports = server.get_ports();
    let hosts = server.get_hosts().iter().enumerate().map(|(i, host)| {
        let port = ports.get(i).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            #[cfg(unix)]
            Host::Unix(path) => format!("{}/.s.PGSQL.{port}", path.display()),
        }
    });
    let hosts: Vec<String> = hosts.collect();
    let database = server
        .get_dbname()
        .or(server.get_user())
        .unwrap_or_default();
    format!("{}/{database}", hosts.join(","))
}
