//! The composition root: the only place that names a store or an adapter.

mod engines;

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::courier::HttpCourier;
use raally_adapters::mail::{LogMailer, SmtpMailer};
use raally_app::auth::{Auth, AuthConfig};
use raally_app::consumers::{
    AUDIT_LOGGER, AuditLogger, CacheInvalidator, Consumer, NotificationService, Notifier,
    WebhookDispatcher,
};
use raally_app::digest::Digests;
use raally_app::history::History;
use raally_app::ports::Mailer;
use raally_app::reporting::{REPORTING, Refresher, ReportingConsumer};
use raally_app::sagas::close::CloseScript;
use raally_app::sagas::invite::InviteScript;
use raally_app::sagas::open::OpenScript;
use raally_app::sagas::{Closures, Director, Invitations, Openings, Script};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_app::webhooks::Sender;
use tokio::sync::Notify;

use crate::background::Background;
use crate::config::Config;
use crate::http::answer::Answers;
use crate::http::lifecycle::Lifecycle;
use crate::http::metrics::Metrics;
use crate::http::{App, Parts, document, routes};

use engines::Shared;
pub(crate) use engines::{Stores, bus, migrate, provision, shared, stores, world};

/// The consumers, by the names under which their places are kept.
pub(crate) const CONSUMERS: [&str; 6] = [
    "mailer",
    "notifications",
    "webhooks",
    "cache-invalidator",
    AUDIT_LOGGER,
    REPORTING,
];

/// What runs beside requests. Where other processes relay and consume, that is little.
pub(crate) fn background(app: &App) -> Background {
    let mut background = Background::start(app);
    if app.config.worker || app.config.kafka.brokers.is_empty() {
        let (world, mailer) = (|| app.world.clone(), app.mailer.clone());
        let (notifications, address) = (&app.notifications, app.config.web_address());
        let digests = Digests::new(world(), notifications.clone(), mailer.clone(), &address);
        let service =
            NotificationService::new(world(), notifications.clone(), Arc::clone(&app.cache));
        let notifier = Notifier::new(world(), mailer, address);
        let webhooks = &app.webhooks;
        let dispatcher = WebhookDispatcher::new(world(), webhooks.clone());
        let sender = Sender::new(
            world(),
            webhooks.clone(),
            app.courier.clone(),
            notifications.clone(),
            Arc::clone(&app.cache),
        );
        let invalidator = CacheInvalidator::new(Arc::clone(&app.cache));
        let audit = AuditLogger::new(Arc::clone(&app.audit));
        let mut consumers: Vec<Arc<dyn Consumer>> = vec![
            Arc::new(notifier),
            Arc::new(service),
            Arc::new(dispatcher),
            Arc::new(invalidator),
            Arc::new(audit),
        ];
        if let Some(reporting) = &app.reporting {
            let marked = Arc::new(Notify::new());
            let parts = || (app.tenants.clone(), Arc::clone(reporting), marked.clone());
            let (tenants, tables, nudge) = parts();
            consumers.push(Arc::new(ReportingConsumer::new(tenants, tables, nudge)));
            let (tenants, tables, nudge) = parts();
            background.refresh(Refresher::new(tenants, tables, nudge));
        }
        background.work(app, consumers);
        background.also(|stop| digests.run(stop));
        background.also(|stop| sender.run(stop));
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
        notifications,
        webhooks,
        audit,
        traces,
        vitals,
        sagas,
        closings,
        reporting,
        epochs: _,
    } = stores;
    let courier = Arc::new(HttpCourier::new(config.webhooks_to_loopback)?);
    let tenants = TenantsConfig {
        memory_budget: config.plan_memory_mib << 20,
        ..TenantsConfig::default()
    };
    let bus = bus(&config.kafka)?;
    let Shared { cache, limits } = shared(&config.redis, &world)?;
    let document = openapi();
    let tenants = Tenants::new(world.clone(), tenants);
    let address = config.web_address();
    let mailer = mailer(&config)?;
    let parts = || (world.clone(), tenants.clone(), mailer.clone());
    let (w, t, m) = parts();
    let invite = InviteScript::new(w, t, m, &address);
    let (w, t, m) = parts();
    let open = OpenScript::new(w, t, closings.clone(), m, &address);
    let (w, t, m) = parts();
    let close = CloseScript::new(w, t, closings.clone(), m, &address);
    let scripts: Vec<Arc<dyn Script>> = vec![Arc::new(invite), Arc::new(open), Arc::new(close)];
    let director = Director::new(world.clone(), sagas.clone(), scripts);
    let openings = Openings::new(world.clone(), sagas.clone(), director.clone());
    let auth = Auth::new(world.clone(), AuthConfig::default())
        .telling(Arc::clone(&cache))
        .opening(openings.clone());
    let grace = Duration::from_secs(config.closing_grace_seconds);
    let of_sagas = (world.clone(), sagas.clone(), director.clone());
    Ok(App::new(Parts {
        openings,
        closures: Closures::new(of_sagas.0, of_sagas.1, closings, of_sagas.2, grace),
        invitations: Invitations::new(world.clone(), sagas, director.clone()),
        director,
        mailer,
        tenants,
        history: History::new(world.clone()),
        auth: Arc::new(auth),
        slugs: moka::sync::Cache::new(10_000),
        names: moka::sync::Cache::builder()
            .max_capacity(10_000)
            .time_to_live(Duration::from_secs(60))
            .build(),
        answers: Answers::new(config.answer_memory_mib),
        lifecycle: Lifecycle::new(),
        metrics: Metrics::new(&routes::endpoints()),
        build: build(&document),
        document,
        audit,
        traces,
        vitals,
        reporting,
        bus,
        cache,
        limits,
        notifications,
        webhooks,
        courier,
        config,
        world,
    }))
}

/// To the relay, where there is one.
fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, String> {
    let relay = config.mail.relay.reveal();
    if relay.is_empty() {
        return Ok(Arc::new(LogMailer));
    }
    Ok(Arc::new(SmtpMailer::new(relay, &config.mail.from)?))
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
