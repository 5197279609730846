//! The contract suite of Bus, on Apache Kafka.

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::bus::{KafkaBus, KafkaSettings};
use raally_app::contract::bus::Subject;

/// Each case has topics and groups of its own.
fn settings() -> KafkaSettings {
    KafkaSettings {
        prefix: crate::support::fresh_name(),
        partitions: 4,
        session: Duration::from_secs(6),
        retry: Duration::from_millis(2),
        ..KafkaSettings::new(&crate::support::engine("RAALLY_TEST_KAFKA"))
    }
}

async fn fresh() -> Subject {
    Subject {
        bus: Arc::new(KafkaBus::connect(settings()).await.unwrap()),
        keep: Box::new(()),
    }
}

raally_app::bus_contract!(fresh);
