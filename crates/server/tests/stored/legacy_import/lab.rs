//! A folder with a file of the first Raally and a data folder, and what the tests do with them.

use std::future::Future;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use raally_adapters::in_process;
use raally_adapters::system::{SystemClock, SystemIds};
use raally_app::auth::{Auth, AuthConfig};
use raally_app::tenants::{RenderedResponse, Tenants, TenantsConfig, Write};
use raally_app::{Error, Services};
use raally_domain::decide::{Command as Do, Op};
use raally_domain::event::{Event, Head};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Kind;
use raally_domain::plan::Plan;
use raally_store_sqlite::{OpenError, Options, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use super::first_raally::{FirstRaally, id, sample};

pub(crate) struct Lab {
    folder: TempDir,
}

pub(crate) fn uuid(kind: &str, n: u32) -> Uuid {
    id(kind, n).parse().unwrap()
}

pub(crate) fn tenant(n: u32) -> TenantId {
    TenantId(uuid("tenant", n))
}

impl Lab {
    /// With the sample file.
    pub(crate) fn sample() -> Lab {
        let lab = Lab::empty();
        sample(&lab.file());
        lab
    }

    /// With a workspace, its admin, and nothing else.
    pub(crate) fn bare() -> Lab {
        let lab = Lab::empty();
        let file = FirstRaally::create(&lab.file());
        file.user(1, "user1@test.com");
        file.tenant(1, "Workspace 01", "workspace-01");
        file.member(1, 1, 1, r#"["admin"]"#, "active");
        lab
    }

    pub(crate) fn empty() -> Lab {
        Lab {
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("first raally?.db")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn edit(&self) -> FirstRaally {
        FirstRaally::open(&self.file())
    }

    pub(crate) fn run(&self) -> Output {
        self.run_on(&self.file())
    }

    pub(crate) fn run_on(&self, file: &std::path::Path) -> Output {
        self.run_with(file, &["--json"])
    }

    pub(crate) fn run_with(&self, file: &std::path::Path, options: &[&str]) -> Output {
        for _ in 0..100 {
            let output = Command::new(env!("CARGO_BIN_EXE_raally"))
                .args(["import", "legacy", "--from"])
                .arg(file)
                .args(options)
                .arg("--data")
                .arg(self.data())
                .output()
                .unwrap();
            // See `open_store`.
            if !String::from_utf8_lossy(&output.stderr).contains("is in use") {
                return output;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{} stays locked", self.data().display());
    }

    /// Imports; the report.
    pub(crate) fn import(&self) -> Value {
        let output = self.run();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Does something with the data folder while nobody else has it.
    pub(crate) fn inside<T, F: Future<Output = T>>(&self, work: impl FnOnce(Inside) -> F) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let store = Arc::new(open_store(&self.data()));
        let adapters = in_process(Arc::new(SystemClock), Arc::new(SystemIds));
        let services = Services::new(store, adapters);
        let tenants = Tenants::new(services.clone(), TenantsConfig::default());
        runtime.block_on(work(Inside { services, tenants }))
    }

    /// A workspace's plan.
    pub(crate) fn plan(&self, n: u32) -> Arc<Plan> {
        self.inside(|i| async move { i.plan(tenant(n)).await })
    }

    /// Where every log stands.
    pub(crate) fn heads(&self) -> Vec<(TenantId, Head)> {
        self.inside(|i| async move {
            let mut heads = Vec::new();
            for id in i.services.store.tenants().await.unwrap() {
                heads.push((id, i.services.store.head(id).await.unwrap().unwrap().head));
            }
            heads
        })
    }

    /// Every event of a workspace; personal values are closed.
    pub(crate) fn events(&self, n: u32) -> Vec<Event> {
        self.inside(|i| async move {
            let logged = i
                .services
                .store
                .events(tenant(n), 0, 100_000)
                .await
                .unwrap();
            let read = |l: &raally_app::ports::LoggedEvent| {
                Event::read_trusted(l.seq, &l.stored.body).unwrap()
            };
            logged.iter().map(read).collect()
        })
    }

    /// What the admin of the first workspace changes by hand.
    pub(crate) fn change(&self, op: Op, resource: Kind, id: Uuid, body: Value) {
        self.inside(|i| async move {
            let open = i.tenants.open(tenant(1)).await.unwrap();
            let command = Do {
                op,
                resource,
                id: Some(id),
                expect: None,
                body,
            };
            let user = UserId(uuid("user", 1));
            let write = Write::command(user, command, |_| RenderedResponse {
                status: 200,
                body: bytes::Bytes::new(),
            });
            open.submit(write).await.unwrap();
        });
    }

    /// Signs in; the workspaces' names with the roles.
    pub(crate) fn sign_in(&self, email: &str, password: &str) -> Result<Vec<String>, Error> {
        self.inside(|i| async move {
            let auth = Auth::new(i.services, AuthConfig::default());
            auth.keys().ensure().await.unwrap();
            let me = auth.sign_in(email, password).await?.me;
            let named = me
                .tenants
                .iter()
                .map(|t| format!("{} {:?}", t.name, t.role));
            Ok(named.collect())
        })
    }
}

pub(crate) struct Inside {
    pub(crate) services: Services,
    pub(crate) tenants: Tenants,
}

impl Inside {
    pub(crate) async fn plan(&self, id: TenantId) -> Arc<Plan> {
        self.tenants.open(id).await.unwrap().published()
    }
}

/// Opens a data folder. A child process that another test is just starting holds a copy of this
/// process's locks until it has begun, so a lock is asked for again for a while.
pub(crate) fn open_store(folder: &std::path::Path) -> SqliteStore {
    for _ in 0..100 {
        match SqliteStore::open(folder, Options::default()) {
            Err(OpenError::InUse { .. }) => {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            opened => return opened.unwrap(),
        }
    }
    panic!("{} stays locked", folder.display());
}

/// The rows of the report's `skipped` for a table and a reason.
pub(crate) fn skipped(report: &Value, table: &str, reason: &str) -> u64 {
    let rows = report["skipped"].as_array().unwrap();
    let of = rows
        .iter()
        .find(|r| r["table"] == table && r["reason"] == reason);
    of.map_or(0, |r| r["rows"].as_u64().unwrap())
}

/// The report on a workspace.
pub(crate) fn workspace(report: &Value, n: u32) -> Value {
    let all = report["workspaces"].as_array().unwrap();
    let of = all.iter().find(|w| w["id"] == id("tenant", n));
    of.unwrap_or_else(|| panic!("workspace {n}: {report:#}"))
        .clone()
}
