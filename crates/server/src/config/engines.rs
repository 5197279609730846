//! The engines of production, each taken where it is named.

use std::path::PathBuf;

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use super::Secret;

#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PostgresConfig {
    /// Such as `postgres://raally@db.example.com/raally?sslmode=require`; several hosts may be
    /// named, of which the one that takes writes is used. Its role is a member of `raally_app`.
    pub url: Secret,
    /// A file with the password; read again with every connection.
    pub password_file: Option<PathBuf>,
    /// A streaming replica for reads that may go there.
    pub replica_url: Secret,
    /// For `raally migrate`: the same database as the role that owns the tables.
    pub owner_url: Secret,
    /// A file with the owner's password.
    pub owner_password_file: Option<PathBuf>,
    /// PEM certificates to trust; by default the system's.
    pub ca_file: Option<PathBuf>,
    /// The most connections to each server.
    pub connections: usize,
    /// How many of them what runs in the background (consumers, relay, reporting, webhooks) may use
    /// at once; 0 for a quarter of them where requests are answered, and for all in a worker.
    pub background_connections: usize,
    /// How long a request waits for a connection, in milliseconds, until it is told to come back.
    pub wait_ms: u64,
}

impl Default for PostgresConfig {
    fn default() -> Self {
        PostgresConfig {
            url: Secret::default(),
            password_file: None,
            replica_url: Secret::default(),
            owner_url: Secret::default(),
            owner_password_file: None,
            ca_file: None,
            connections: 20,
            background_connections: 0,
            wait_ms: 3_000,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KafkaConfig {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// What the names of topics and consumer groups begin with.
    pub prefix: String,
    /// `plain`, `scram` (TLS and SCRAM-SHA-512), or `iam` (TLS and tokens signed for Amazon MSK).
    pub security: KafkaSecurityKind,
    /// Who we are, for `scram`.
    pub user: String,
    /// The password, for `scram`.
    pub password: Secret,
    /// A file with the password; read again when the brokers refuse the one we have.
    pub password_file: Option<PathBuf>,
    /// The region of AWS, for `iam`. Credentials are found as the tools of AWS find them.
    pub region: String,
    /// PEM certificates to trust; by default the system's.
    pub ca_file: Option<PathBuf>,
    /// Partitions of each topic that is made.
    pub partitions: i32,
    /// Copies of each topic that is made; -1 leaves it to the brokers.
    pub replication: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KafkaSecurityKind {
    Plain,
    Scram,
    Iam,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        KafkaConfig {
            brokers: String::new(),
            prefix: "raally".to_owned(),
            security: KafkaSecurityKind::Plain,
            region: String::new(),
            user: String::new(),
            password: Secret::default(),
            password_file: None,
            ca_file: None,
            partitions: 12,
            replication: -1,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RedisConfig {
    /// `["redis://cache.example.com"]` or `rediss://` for TLS; some nodes of a cluster.
    pub urls: Vec<Secret>,
    /// Whether they are nodes of a cluster.
    pub cluster: bool,
    /// The password.
    pub password: Secret,
    /// A file with the password; read again with every connection.
    pub password_file: Option<PathBuf>,
    /// PEM certificates to trust, for `rediss://`; by default the system's.
    pub ca_file: Option<PathBuf>,
    /// What every key and channel begins with.
    pub prefix: String,
}

impl Default for RedisConfig {
    fn default() -> Self {
        RedisConfig {
            urls: Vec::new(),
            cluster: false,
            password: Secret::default(),
            password_file: None,
            ca_file: None,
            prefix: "raally:".to_owned(),
        }
    }
}
