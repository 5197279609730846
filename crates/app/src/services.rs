//! Everything the use cases need of the world outside, in one value that is handed to each.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::time::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::cpu::CpuPool;
use crate::mail::{MailQueue, MailSettings};
use crate::memory::Memory;
use crate::ports::{
    AuditStore, Bus, Cache, Clock, Epochs, Identity, Ids, Mailer, Notifications, RateLimiter,
    Reporting, Sagas, Store, StoreMetrics, TenantDeletion, Traces, WebhookClient, Webhooks,
};
use crate::web_address::WebAddress;

/// How many bytes a process takes where nothing else is said.
const MEMORY: u64 = 768 << 20;

/// What a process uses beside its database.
#[derive(Clone)]
pub struct Adapters {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// Relayed events.
    pub bus: Arc<dyn Bus>,
    /// Short-lived values and channels that processes share.
    pub cache: Arc<dyn Cache>,
    /// How often something may be done.
    pub limits: Arc<dyn RateLimiter>,
    /// Mail to people.
    pub mailer: Arc<dyn Mailer>,
    /// Requests to others' endpoints.
    pub webhook_client: Arc<dyn WebhookClient>,
}

/// Makes [`Database`] and [`Services`] from the list of the database's ports.
macro_rules! services {
    (; $($(#[$doc:meta])* $field:ident: $port:ident,)+) => {
        /// All that one database keeps; implemented by whatever implements each of its ports.
        pub trait Database: $($port +)+ 'static {}
        impl<D: $($port +)+ 'static> Database for D {}

        /// The database's ports, and what a process uses beside its database.
        #[derive(Clone)]
        pub struct Services {
            $($(#[$doc])* pub $field: Arc<dyn $port>,)+
            /// Tables that people query by SQL; `None` on a database that others cannot reach.
            pub reporting: Option<Arc<dyn Reporting>>,
            /// Notified when a range of the reporting tables was marked as dirty in this process.
            pub reporting_marked: Arc<Notify>,
            /// The present.
            pub clock: Arc<dyn Clock>,
            /// Randomness.
            pub ids: Arc<dyn Ids>,
            /// Relayed events.
            pub bus: Arc<dyn Bus>,
            /// Short-lived values and channels that processes share.
            pub cache: Arc<dyn Cache>,
            /// How often something may be done.
            pub limits: Arc<dyn RateLimiter>,
            /// Mail to people.
            pub mailer: Arc<dyn Mailer>,
            /// Whose turn it is at the mailer.
            pub mail: Arc<MailQueue>,
            /// Requests to others' endpoints.
            pub webhook_client: Arc<dyn WebhookClient>,
            /// Where the web app is.
            pub web: WebAddress,
            /// Where work that keeps a processor busy runs.
            pub cpu: Arc<CpuPool>,
            /// How much of what can be made again is kept.
            pub memory: Arc<Memory>,
        }

        impl Services {
            /// The services on that database, without reporting tables and without an address.
            #[must_use]
            pub fn new<D: Database>(database: Arc<D>, adapters: Adapters) -> Services {
                Services {
                    $($field: database.clone(),)+
                    reporting: None,
                    reporting_marked: Arc::default(),
                    clock: adapters.clock,
                    ids: adapters.ids,
                    bus: adapters.bus,
                    cache: adapters.cache,
                    limits: adapters.limits,
                    mailer: adapters.mailer,
                    mail: Arc::new(MailQueue::new(MailSettings::default())),
                    webhook_client: adapters.webhook_client,
                    web: WebAddress::new(""),
                    cpu: Arc::new(CpuPool::of_this_machine()),
                    memory: Arc::new(Memory::new(MEMORY)),
                }
            }
        }
    };
}

crate::database_ports! { (services) }

impl Services {
    /// The same with reporting tables in that database.
    #[must_use]
    pub fn with_reporting(self, reporting: Arc<dyn Reporting>) -> Services {
        Services {
            reporting: Some(reporting),
            ..self
        }
    }

    /// The same for a web app at that address, with which links in mails begin.
    #[must_use]
    pub fn with_web_address(self, address: &str) -> Services {
        Services {
            web: WebAddress::new(address),
            ..self
        }
    }

    /// The same with as much mail as those settings let through.
    #[must_use]
    pub fn with_mail(self, settings: MailSettings) -> Services {
        Services {
            mail: Arc::new(MailQueue::new(settings)),
            ..self
        }
    }

    /// The same in a process that takes that many bytes of memory at most.
    #[must_use]
    pub fn with_memory(self, budget: u64) -> Services {
        Services {
            memory: Arc::new(Memory::new(budget)),
            ..self
        }
    }

    /// The present, by the clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh UUIDv7.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.ids.uuid()
    }

    /// Random bytes fit for secrets.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ids.fill(&mut bytes);
        bytes
    }

    /// A random part of that time, so that those who wait do not all come back at once.
    #[must_use]
    pub fn jitter(&self, most: Duration) -> Duration {
        most.mul_f64(f64::from(u16::from_le_bytes(self.random())) / f64::from(u16::MAX))
    }
}

/// The moment that much later.
#[must_use]
pub fn later(moment: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(moment.micros().saturating_add(by))
}

/// The moment that much earlier.
#[must_use]
pub fn earlier(moment: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(moment.micros().saturating_sub(by))
}
