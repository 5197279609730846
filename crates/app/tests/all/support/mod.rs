//! A real store in a temporary folder, a clock that stands where it is put, seeded randomness.

pub(crate) mod counting;
pub(crate) mod faults;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use raally_adapters::in_process;
use raally_app::Services;
use raally_app::auth::{Auth, AuthConfig};
use raally_app::ports::{Bus, Clock, Ids, LoggedEvent, Message, Store};
use raally_app::retention::Retention;
use raally_app::tenants::{Outcome, RenderedResponse, Tenants, TenantsConfig, Write};
use raally_app::workspaces::{self, NewWorkspace};
use raally_domain::decide::{Command, Op};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Kind;
use raally_domain::time::Timestamp;
use raally_store_sqlite::{Options, SqliteStore};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use counting::Counting;

/// Stands at a fixed moment until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn new() -> TestClock {
        let start: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        TestClock(AtomicI64::new(start.micros()))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0
            .fetch_add(by.as_micros().try_into().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct SeededIds(Mutex<StdRng>);

impl SeededIds {
    pub(crate) fn new(seed: u64) -> SeededIds {
        SeededIds(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Ids for SeededIds {
    fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.lock().random()).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }
}

/// One process on a data folder of its own; the folder goes when it goes.
pub(crate) struct TestProcess {
    pub(crate) services: Services,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) sqlite: SqliteStore,
    pub(crate) store: Arc<Counting>,
    pub(crate) folder: tempfile::TempDir,
}

impl TestProcess {
    /// A tenant's log as the bus carries it.
    pub(crate) async fn messages(&self, tenant: TenantId) -> Vec<Message> {
        let logged = self.store.events(tenant, 0, 2_000).await.unwrap();
        let message = |logged: LoggedEvent| Message {
            stream: tenant.into(),
            seq: logged.seq,
            body: logged.stored.body.into(),
            trace: None,
        };
        logged.into_iter().map(message).collect()
    }

    pub(crate) fn new(seed: u64) -> TestProcess {
        TestProcess::on(tempfile::tempdir().unwrap(), seed)
    }

    pub(crate) fn on(folder: tempfile::TempDir, seed: u64) -> TestProcess {
        let sqlite = SqliteStore::open(folder.path(), Options::default()).unwrap();
        let store = Arc::new(Counting::new(sqlite.clone()));
        let clock = Arc::new(TestClock::new());
        let adapters = in_process(clock.clone(), Arc::new(SeededIds::new(seed)));
        let services = Services {
            store: store.clone(),
            ..Services::new(Arc::new(sqlite.clone()), adapters)
        };
        TestProcess {
            services,
            clock,
            sqlite,
            store,
            folder,
        }
    }

    /// Ends this process's hold of the store and opens it again.
    pub(crate) fn restart(self, seed: u64) -> TestProcess {
        let TestProcess {
            services,
            sqlite,
            store,
            folder,
            ..
        } = self;
        drop((services, sqlite, store));
        TestProcess::on(folder, seed)
    }

    /// The services with another bus.
    pub(crate) fn on_bus(&self, bus: Arc<dyn Bus>) -> Services {
        Services {
            bus,
            ..self.services.clone()
        }
    }

    pub(crate) fn tenants(&self, config: TenantsConfig) -> Tenants {
        Tenants::new(self.services.clone(), config)
    }

    /// With keys, and without the pause after a failed sign-in.
    pub(crate) async fn auth(&self) -> Auth {
        let config = AuthConfig {
            failure_takes: Duration::from_millis(1),
            ..AuthConfig::default()
        };
        let auth = Auth::new(self.services.clone(), config);
        auth.keys().ensure().await.unwrap();
        auth
    }

    pub(crate) fn retention(&self, auth: Auth) -> Retention {
        Retention {
            services: self.services.clone(),
            auth: Arc::new(auth),
        }
    }

    /// A workspace with its admin.
    pub(crate) async fn workspace(&self, name: &str) -> (TenantId, UserId) {
        let admin = UserId(self.services.uuid());
        let workspace = NewWorkspace {
            name: name.to_owned(),
            slug: None,
        };
        let tenant = workspaces::create(&self.services, admin, workspace)
            .await
            .unwrap();
        (tenant.id, admin)
    }
}

pub(crate) fn create(resource: Kind, body: Value) -> Command {
    Command {
        op: Op::Create,
        resource,
        id: None,
        expect: None,
        body,
    }
}

pub(crate) fn add_team(user: UserId, name: &str) -> Write {
    Write::command(user, create(Kind::Team, json!({ "name": name })), ids)
}

pub(crate) fn add_person(user: UserId, id: Uuid, name: &str) -> Write {
    let mut command = create(Kind::Person, json!({ "full_name": name }));
    command.id = Some(id);
    Write::command(user, command, ids)
}

pub(crate) fn rename_person(user: UserId, id: Uuid, name: &str, expect: Option<u64>) -> Write {
    let command = Command {
        op: Op::Update,
        resource: Kind::Person,
        id: Some(id),
        expect,
        body: json!({ "full_name": name }),
    };
    Write::command(user, command, ids)
}

/// The answer's body: the ids of what was written and the head.
pub(crate) fn ids(outcome: &Outcome<'_>) -> RenderedResponse {
    let entities = &outcome.decision.entities;
    let ids: Vec<Uuid> = entities.iter().map(|e| e.id).collect();
    let body = json!({ "ids": ids, "head": outcome.head().to_string() });
    RenderedResponse {
        status: 201,
        body: serde_json::to_vec(&body).unwrap().into(),
    }
}

/// The first id in an answer that [`ids`] made.
pub(crate) fn first_id(rendered: &RenderedResponse) -> Uuid {
    let body: Value = serde_json::from_slice(&rendered.body).unwrap();
    serde_json::from_value(body["ids"][0].clone()).unwrap()
}
