//! The composition root: the only place that names a store or an adapter.

mod engines;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use raally_app::Services;
use raally_app::auth::{Auth, AuthConfig};
use raally_app::consumers;
use raally_app::digest::Digests;
use raally_app::history::History;
use raally_app::reporting::Refresher;
use raally_app::sagas::{
    self, Invitations, SagaExecutor, WorkspaceDeletion, WorkspaceProvisioning,
};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_app::webhooks::Sender;

use crate::background::Background;
use crate::config::Config;
use crate::http::connections::{Connections, raise_open_files};
use crate::http::lifecycle::Lifecycle;
use crate::http::metrics::Metrics;
use crate::http::response::ResponseCache;
use crate::http::{App, Parts, document, routes};
use crate::supervisor::Supervisor;

/// Descriptors that are not for connections of clients.
const KEPT_FILES: u64 = 96;

pub(crate) use engines::{
    DataFolder, NoServices, adapters, data_folder, local, migrate, on_database, provision, services,
};

/// What runs beside requests. Where other processes relay and consume, that is little.
pub(crate) fn background(app: &App) -> Background {
    let mut background = Background::start(app);
    if app.config.worker || app.config.kafka.brokers.is_empty() {
        background.work(consumers::registry(&app.services, &app.tenants));
        let services = app.services.clone();
        background.part("digests", move |stop| {
            Digests::new(services.clone()).run(stop)
        });
        let services = app.services.clone();
        background.part("webhook sender", move |stop| {
            Sender::new(services.clone()).run(stop)
        });
        if let Some(refresher) = Refresher::new(app.tenants.clone()) {
            let refresher = Arc::new(refresher);
            background.part("reporting", move |stop| {
                let refresher = Arc::clone(&refresher);
                async move { refresher.run(stop).await }
            });
        }
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
pub(crate) fn app(config: Config, services: Services) -> App {
    let document = openapi();
    let tenants = Tenants::new(services.clone(), TenantsConfig::default());
    let grace = Duration::from_secs(config.closing_grace_seconds);
    let sagas = SagaExecutor::new(services.clone(), sagas::definitions(&services, &tenants));
    let provisioning = WorkspaceProvisioning::new(services.clone(), sagas.clone());
    let auth =
        Auth::new(services.clone(), AuthConfig::default()).provisioning(provisioning.clone());
    App::new(Parts {
        provisioning,
        deletion: WorkspaceDeletion::new(services.clone(), sagas.clone(), grace),
        invitations: Invitations::new(services.clone(), sagas.clone()),
        sagas,
        tenants,
        history: History::new(services.clone()),
        auth: Arc::new(auth),
        memberships: moka::sync::Cache::new(100_000),
        refused: crate::http::limits::Refused::new(),
        names: moka::sync::Cache::builder()
            .max_capacity(10_000)
            .time_to_live(Duration::from_secs(60))
            .build(),
        response_cache: ResponseCache::new(&services.memory),
        lifecycle: Lifecycle::new(),
        connections: connections(&config),
        streams: Arc::default(),
        supervisor: Supervisor::default(),
        metrics: Metrics::new(&routes::endpoints()),
        build: build(&document),
        document,
        config,
        services,
    })
}

/// How many bytes are free on the disk that holds a folder, or will.
///
/// # Errors
/// In words, where the disk cannot be asked.
pub(crate) fn free_space(folder: &Path) -> Result<u64, String> {
    let there = folder.ancestors().find(|folder| folder.is_dir());
    let there = there.unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(there);
    let disk = disk.map_err(|e| format!("the disk of {} cannot be asked: {e}", there.display()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// As many connections as the operator lets us have, and as the system does: databases and pipes
/// need descriptors as well.
fn connections(config: &Config) -> Arc<Connections> {
    let limits = &config.limits;
    let files = raise_open_files().map(|files| files.saturating_sub(KEPT_FILES).max(1));
    let files = files.map_or(u32::MAX, |files| u32::try_from(files).unwrap_or(u32::MAX));
    let most = match limits.connections {
        0 => files,
        most => most.min(files),
    };
    let by_address = match config.behind_proxy {
        true => 0,
        false => limits.connections_per_address,
    };
    Arc::new(Connections::new(most, by_address))
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
