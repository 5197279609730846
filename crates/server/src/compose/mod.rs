//! The composition root: the only place that names a store or an adapter.

mod engines;

use std::sync::Arc;

use raally_adapters::mail::LogMailer;
use raally_app::access::AccessCache;
use raally_app::auth::{Auth, AuthConfig};
use raally_app::consumers::{AUDIT_LOGGER, AuditLogger, CacheInvalidator, Consumer, Notifier};
use raally_app::history::History;
use raally_app::reporting::{REPORTING, Refresher, ReportingConsumer};
use raally_app::tenants::{Tenants, TenantsConfig};
use tokio::sync::Notify;

use crate::background::Background;
use crate::config::Config;
use crate::http::answer::Answers;
use crate::http::lifecycle::Lifecycle;
use crate::http::metrics::Metrics;
use crate::http::{App, Parts, document, routes};

use engines::Shared;
pub(crate) use engines::{Stores, bus, migrate, provision, stores, world};

/// The consumers, by the names under which their places are kept.
pub(crate) const CONSUMERS: [&str; 4] = ["mailer", "cache-invalidator", AUDIT_LOGGER, REPORTING];

/// What runs beside requests. Where other processes relay and consume, that is little.
pub(crate) fn background(app: &App) -> Background {
    let mut background = Background::start(app);
    if app.config.worker || app.config.kafka.brokers.is_empty() {
        let notifier = Notifier::new(
            app.world.clone(),
            Arc::new(LogMailer),
            app.config.web_address(),
        );
        let invalidator = CacheInvalidator::new(Arc::clone(&app.cache));
        let audit = AuditLogger::new(Arc::clone(&app.audit));
        let mut consumers: Vec<Arc<dyn Consumer>> =
            vec![Arc::new(notifier), Arc::new(invalidator), Arc::new(audit)];
        if let Some(reporting) = &app.reporting {
            let marked = Arc::new(Notify::new());
            let parts = || (app.tenants.clone(), Arc::clone(reporting), marked.clone());
            let (tenants, tables, nudge) = parts();
            consumers.push(Arc::new(ReportingConsumer::new(tenants, tables, nudge)));
            let (tenants, tables, nudge) = parts();
            background.refresh(Refresher::new(tenants, tables, nudge));
        }
        background.work(app, consumers);
    }
    background
}

/// The topic of views that events of a type are published to.
pub(crate) fn event_view(event_type: &str) -> Option<&'static str> {
    raally_adapters::bus::view(event_type)
}

/// The OpenAPI document of this build.
pub(crate) fn openapi() -> String {
    document::text(routes::endpoints())
}

/// Everything that requests need.
pub(crate) fn app(config: Config, stores: Stores) -> Result<App, String> {
    let Stores {
        world,
        audit,
        reporting,
    } = stores;
    let tenants = TenantsConfig {
        memory_budget: config.plan_memory_mib << 20,
        ..TenantsConfig::default()
    };
    let bus = bus(&config.kafka)?;
    let Shared { cache, limits } = engines::shared(&config.redis, &world)?;
    let document = openapi();
    Ok(App::new(Parts {
        tenants: Tenants::new(world.clone(), tenants),
        history: History::new(world.clone()),
        auth: Arc::new(Auth::new(world.clone(), AuthConfig::default())),
        access: AccessCache::new(),
        slugs: moka::sync::Cache::new(10_000),
        names: moka::sync::Cache::builder()
            .max_capacity(10_000)
            .time_to_live(std::time::Duration::from_secs(60))
            .build(),
        answers: Answers::new(config.answer_memory_mib),
        lifecycle: Lifecycle::new(),
        metrics: Metrics::default(),
        build: build(&document),
        document,
        audit,
        reporting,
        bus,
        cache,
        limits,
        config,
        world,
    }))
}

/// Changes with the API and its version, so that an ETag of another build never matches.
fn build(document: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::new()
        .chain_update(env!("CARGO_PKG_VERSION"))
        .chain_update(document)
        .finalize();
    hex::encode(&hash[..6])
}
