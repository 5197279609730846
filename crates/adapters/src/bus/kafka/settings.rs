//! How to reach the brokers and what to ask of them.

use std::path::PathBuf;
use std::time::Duration;

use raally_app::ports::BusError;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use super::iam::Iam;
use crate::PasswordSource;

/// Where the brokers are and how the bus behaves.
#[derive(Clone)]
pub struct KafkaSettings {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// What every topic and consumer group begins with: `raally` gives `raally.audit`.
    pub prefix: String,
    pub security: KafkaSecurity,
    /// Of each topic. More can be added to a topic later, fewer never; adding moves streams to
    /// other partitions, so it is done while nothing is published.
    pub partitions: i32,
    /// Copies of each topic; -1 leaves it to the brokers.
    pub replication: i32,
    /// How long the brokers keep an event.
    pub retention: Duration,
    /// How long publishing, joining and asking wait for the brokers at most.
    pub timeout: Duration,
    /// After this long without a heartbeat a member's partitions go to others.
    pub session: Duration,
    /// How long after the first `Retry` a message is given again; doubles with every attempt.
    pub retry: Duration,
    /// The longest time between two attempts.
    pub retry_at_most: Duration,
    /// How many messages a member takes from the brokers ahead of their turn, one of more than 4 KiB
    /// counted as many.
    pub ahead: usize,
}

/// How a connection is protected.
#[derive(Clone)]
pub enum KafkaSecurity {
    /// Not at all: for brokers on the same machine.
    Plain,
    /// TLS, and a name with its password by SCRAM-SHA-512.
    Scram {
        /// Certificates to trust, as PEM; the system's if there is none.
        ca: Option<PathBuf>,
        name: String,
        password: PasswordSource,
    },
    /// TLS, and tokens signed with AWS's credentials (OAUTHBEARER), as Amazon MSK asks for.
    Iam {
        /// Certificates to trust, as PEM; the system's if there is none.
        ca: Option<PathBuf>,
        iam: Iam,
    },
}

impl KafkaSettings {
    /// Settings for brokers on the same machine, as production has them otherwise.
    #[must_use]
    pub fn new(brokers: &str) -> KafkaSettings {
        KafkaSettings {
            brokers: brokers.to_owned(),
            prefix: "raally".to_owned(),
            security: KafkaSecurity::Plain,
            partitions: 12,
            replication: -1,
            retention: Duration::from_secs(7 * 24 * 3600),
            timeout: Duration::from_secs(10),
            session: Duration::from_secs(10),
            retry: Duration::from_millis(100),
            retry_at_most: Duration::from_secs(30),
            ahead: 4096,
        }
    }

    /// Every event of every stream, in order.
    #[must_use]
    pub fn audit(&self) -> String {
        format!("{}.audit", self.prefix)
    }

    /// Consumer groups' dead letters; partitioned as the audit topic is.
    #[must_use]
    pub fn dead(&self) -> String {
        format!("{}.audit.dead", self.prefix)
    }

    pub(super) fn view(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    pub(super) fn group(&self, group: &str) -> String {
        format!("{}.{group}", self.prefix)
    }

    fn client(&self) -> Result<ClientConfig, BusError> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "raally")
            .set("socket.keepalive.enable", "true")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "2000")
            .set_log_level(RDKafkaLogLevel::Warning);
        let ca = match &self.security {
            KafkaSecurity::Plain => return Ok(config),
            KafkaSecurity::Scram { ca, name, password } => {
                let password = password().map_err(|error| {
                    BusError::Unavailable(format!("the password cannot be read: {error}"))
                })?;
                config
                    .set("sasl.mechanisms", "SCRAM-SHA-512")
                    .set("sasl.username", name)
                    .set("sasl.password", password);
                ca
            }
            KafkaSecurity::Iam { ca, .. } => {
                config.set("sasl.mechanisms", "OAUTHBEARER");
                ca
            }
        };
        config.set("security.protocol", "sasl_ssl");
        if let Some(ca) = ca {
            config.set("ssl.ca.location", ca.to_string_lossy());
        }
        Ok(config)
    }

    pub(super) fn admin(&self) -> Result<ClientConfig, BusError> {
        self.client()
    }

    /// A producer whose messages are kept by all in-sync copies, once and in order.
    pub(super) fn producer(&self) -> Result<ClientConfig, BusError> {
        let mut config = self.client()?;
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("compression.type", "zstd")
            // The same partition for a key as Java's clients choose.
            .set("partitioner", "murmur2_random")
            .set("linger.ms", "2")
            .set("message.max.bytes", "8388608")
            // What waits to be sent; whoever publishes more waits.
            .set("queue.buffering.max.kbytes", "32768")
            .set("message.timeout.ms", self.timeout.as_millis().to_string());
        Ok(config)
    }

    /// A member of a consumer group; what it has handled is committed by it alone.
    pub(super) fn member(&self, group: &str) -> Result<ClientConfig, BusError> {
        let mut config = self.follower(group)?;
        config
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", self.session.as_millis().to_string())
            .set(
                "heartbeat.interval.ms",
                (self.session.as_millis() / 20).max(100).to_string(),
            )
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "500")
            .set("enable.partition.eof", "false");
        Ok(config)
    }

    /// As [`Self::reader`], of partitions that it stays at: brokers need not answer as often where
    /// nothing comes.
    pub(super) fn follower(&self, group: &str) -> Result<ClientConfig, BusError> {
        let mut config = self.reader(group)?;
        config.set("fetch.wait.max.ms", "500");
        Ok(config)
    }

    /// How long a group may take to let a member in: it may wait for another that went without
    /// leaving.
    pub(super) fn let_in_within(&self) -> Duration {
        self.timeout + 2 * self.session
    }

    /// Reads partitions that it names itself, and says where each ends.
    pub(super) fn reader(&self, group: &str) -> Result<ClientConfig, BusError> {
        let mut config = self.client()?;
        config
            .set("group.id", self.group(group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // A partition that was added later is read from its beginning.
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "100")
            // What a broker sends at once, and what waits here to be looked at.
            .set("fetch.max.bytes", "8388608")
            .set("queued.max.messages.kbytes", "16384")
            .set("isolation.level", "read_committed");
        Ok(config)
    }
}
