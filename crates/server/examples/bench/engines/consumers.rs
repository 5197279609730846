//! What each consumer takes from Kafka and keeps in PostgreSQL, alone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use raally_adapters::cache::{RedisCache, RedisLink, RedisSettings};
use raally_app::Services;
use raally_app::consumers::{Registered, Runner, registry};
use raally_app::ports::{Cache, WebhookEndpoint, WebhookSecret, Webhooks};
use raally_app::relay::Relay;
use raally_app::reporting::Refresher;
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use raally_store_postgres::testing::raw;
use tokio::sync::watch;

use super::{Engines, address, events, services};
use crate::table::Table;

/// Over how many workspaces the events are spread.
const LOGS: usize = 64;

pub(super) async fn measure(count: usize, table: &mut Table) {
    let engines = Engines::new().await;
    let store = engines.store().await;
    let services = Services {
        bus: engines.bus().await,
        cache: cache(&engines),
        ..services(&store)
    };
    let each = count.div_ceil(LOGS);
    let (all, planned) = (LOGS * each, LOGS * (each - events::BEFORE));

    let tenants = Tenants::new(services.clone(), TenantsConfig::default());
    let refresher = Refresher::new(tenants.clone()).unwrap();
    // But for mail, of which these events cause none.
    let mut consumers = registry(&services, &tenants);
    consumers.retain(|consumer| consumer.name() != "mailer");
    for consumer in &consumers {
        // A group begins with what is published from its first member on.
        drop(services.bus.subscribe(consumer.name()).await.unwrap());
    }
    let logs = events::fill(&services, 1, LOGS, each).await;
    for tenant in &logs {
        let endpoint = endpoint(&services, tenant);
        store.put_endpoint(*tenant, endpoint, None).await.unwrap();
    }
    let relay = Relay::new(services.clone(), Arc::default());
    while relay.round().await.unwrap() > 0 {}
    for consumer in consumers {
        let wanted = match consumer.name() {
            "notifications" => planned,
            _ => all,
        };
        let name = format!("consumer {}", consumer.name());
        let rate = rate(&services, consumer, wanted).await;
        table.figure(&name, rate, "events/s", None);
    }
    refreshing(&engines, &refresher, table).await;
}

fn cache(engines: &Engines) -> Arc<dyn Cache> {
    let link = RedisLink::new(RedisSettings {
        prefix: format!("{}:", engines.name),
        ..RedisSettings::new(&address("RAALLY_TEST_REDIS"))
    });
    Arc::new(RedisCache::new(link.unwrap(), "bench"))
}

/// Told of everything, from before it happened.
fn endpoint(services: &Services, tenant: &TenantId) -> WebhookEndpoint {
    let before = Timestamp::from_micros(0);
    WebhookEndpoint {
        id: tenant.0,
        url: "https://example.com/hook".to_owned(),
        description: String::new(),
        event_types: Vec::new(),
        enabled: true,
        secret: WebhookSecret(services.random::<32>().to_vec()),
        old_secret: None,
        created_at: before,
        created_by: events::user(),
        changed_at: before,
        changed_by: events::user(),
    }
}

/// Events a second until the consumer has had so many.
async fn rate(services: &Services, consumer: Registered, wanted: usize) -> f64 {
    let runner = Runner::new(services.clone(), consumer);
    let (counts, joined) = (runner.counts(), runner.joined());
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(async move { runner.run(stopped).await });
    joined.wait().await;
    let began = Instant::now();
    while counts.consumed.load(Ordering::Relaxed) < wanted as u64 {
        assert!(!running.is_finished(), "the consumer has ended");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let took = began.elapsed();
    stop.send_replace(true);
    running.await.unwrap().unwrap();
    wanted as f64 / took.as_secs_f64()
}

/// Rows a second of the reporting tables, from what the consumer has noted.
async fn refreshing(engines: &Engines, refresher: &Refresher, table: &mut Table) {
    let began = Instant::now();
    while refresher.round().await.unwrap() > 0 {}
    let took = began.elapsed();
    let client = raw(&engines.database.superuser()).await;
    let sql = "SELECT (SELECT count(*) FROM reporting.capacity_by_day)
                    + (SELECT count(*) FROM reporting.booked_by_day)";
    let rows: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
    let rate = rows as f64 / took.as_secs_f64();
    table.figure("reporting tables worked out", rate, "rows/s", None);
}
