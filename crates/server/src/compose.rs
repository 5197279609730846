//! The composition root: the only place that names a store or an adapter.

use std::path::Path;
use std::sync::Arc;

use raally_adapters::bus::{MemoryBus, Options as BusOptions};
use raally_adapters::cache::MemoryCache;
use raally_adapters::mail::LogMailer;
use raally_adapters::system::{SystemClock, SystemIds};
use raally_app::access::AccessCache;
use raally_app::auth::{Auth, AuthConfig};
use raally_app::consumers::{Consumer, NotificationService, Notifier};
use raally_app::digest::Digests;
use raally_app::history::History;
use raally_app::ports::{Bus, Cache, Mailer, Notifications};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_app::world::World;
use raally_store_sqlite::{Options, SqliteStore};

use crate::background::Background;
use crate::config::Config;
use crate::http::answer::Answers;
use crate::http::lifecycle::Lifecycle;
use crate::http::metrics::Metrics;
use crate::http::{App, Parts, document, routes};

const CACHE_BYTES: u64 = 32 << 20;

/// The ports that a store is behind.
pub(crate) struct Stores {
    pub(crate) world: World,
    pub(crate) notifications: Arc<dyn Notifications>,
}

/// The world behind the ports, on the data in that folder.
pub(crate) fn world(data: &Path) -> Result<World, String> {
    stores(data).map(|stores| stores.world)
}

/// The world, and what beside it is kept there.
pub(crate) fn stores(data: &Path) -> Result<Stores, String> {
    let store = SqliteStore::open(data, Options::default()).map_err(|e| e.to_string())?;
    let store = Arc::new(store);
    Ok(Stores {
        world: World {
            store: store.clone(),
            identity: store.clone(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        },
        notifications: store,
    })
}

/// What runs beside requests: events go to an in-process bus, mail to the log.
pub(crate) fn background(app: &App) -> Background {
    let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(BusOptions::default()));
    let address = format!("http://{}", app.config.listen);
    let mailer: Arc<dyn Mailer> = Arc::new(LogMailer);
    let notifications = || Arc::clone(&app.notifications);
    let service =
        NotificationService::new(app.world.clone(), notifications(), Arc::clone(&app.cache));
    let digests = Digests::new(app.world.clone(), notifications(), mailer.clone(), &address);
    let notifier = Notifier::new(app.world.clone(), mailer, address);
    let consumers: Vec<Arc<dyn Consumer>> = vec![Arc::new(notifier), Arc::new(service)];
    let mut background = Background::start(
        &app.world,
        &app.auth,
        &bus,
        consumers,
        app.tenants.committed(),
    );
    background.also(|stop| digests.run(stop));
    background
}

/// The OpenAPI document of this build.
pub(crate) fn openapi() -> String {
    document::text(routes::endpoints())
}

/// Everything that requests need.
pub(crate) fn app(config: Config, stores: Stores) -> App {
    let Stores {
        world,
        notifications,
    } = stores;
    let tenants = TenantsConfig {
        memory_budget: config.plan_memory_mib << 20,
        ..TenantsConfig::default()
    };
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::new(world.clock.clone(), CACHE_BYTES));
    let document = openapi();
    App::new(Parts {
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
        cache,
        notifications,
        config,
        world,
    })
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
