//! From logs on PostgreSQL to the topics on Kafka.

use std::sync::Arc;
use std::time::Instant;

use raally_app::Services;
use raally_app::relay::Relay;

use super::{Engines, events, services};
use crate::table::Table;

pub(super) async fn measure(count: usize, table: &mut Table) {
    let engines = Engines::new().await;
    let services = services(&engines.store().await);
    let services = Services {
        bus: engines.bus().await,
        ..services
    };
    let relay = Relay::new(services.clone(), Arc::default());
    let mut first = 1;
    for (logs, reach) in [(1, None), (120, Some("≥ 20000")), (6_000, None)] {
        let each = count.div_ceil(logs);
        events::fill(&services, first, logs, each).await;
        first += logs as u128;
        let began = Instant::now();
        let mut relayed = 0;
        loop {
            match relay.round().await.unwrap() {
                0 => break,
                n => relayed += n,
            }
        }
        let took = began.elapsed();
        assert_eq!(relayed, logs * each);
        let rate = relayed as f64 / took.as_secs_f64();
        let name = format!("relay: logs with events that wait: {logs}, of {each} each");
        table.figure(&name, rate, "events/s", reach);
    }
}
