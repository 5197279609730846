//! The demo company: the same for the same seed and date, believable, and made once.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use raally_adapters::in_process;
use raally_adapters::system::{SystemClock, SystemIds};
use raally_app::Services;
use raally_app::auth::{Auth, AuthConfig};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_domain::date::{Date, Period};
use raally_domain::effort::Effort;
use raally_domain::figures::dashboard;
use raally_domain::kinds::{AssignmentStatus, Role, TimeOffStatus};
use raally_domain::plan::Plan;
use raally_store_sqlite::{OpenError, Options, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;

/// A child process that another test is just starting holds a copy of this process's locks until
/// it has begun: what finds the folder in use is tried again for a while.
fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    for _ in 0..100 {
        if let Some(done) = attempt() {
            return done;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the folder stays locked");
}

fn demo(data: &Path, numbers: [&str; 3], seed: &str) -> Output {
    let [people, projects, assignments] = numbers;
    let output = patiently(|| {
        let output = Command::new(env!("CARGO_BIN_EXE_raally"))
            .args(["demo", "--json", "--today", "2026-11-23", "--seed", seed])
            .args(["--people", people, "--projects", projects])
            .args(["--assignments", assignments])
            .arg("--data")
            .arg(data)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (!error.contains("is in use")).then_some((output, error))
    });
    assert!(output.0.status.success(), "{}", output.1);
    output.0
}

fn services(data: &Path) -> Services {
    let opened = patiently(|| match SqliteStore::open(data, Options::default()) {
        Err(OpenError::InUse { .. }) => None,
        opened => Some(opened),
    });
    let store = Arc::new(opened.unwrap());
    Services::new(
        store,
        in_process(Arc::new(SystemClock), Arc::new(SystemIds)),
    )
}

fn inside<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// The stored text of every event.
fn log(data: &Path) -> Vec<String> {
    inside(async {
        let services = services(data);
        let tenant = services.store.tenants().await.unwrap()[0];
        let events = services.store.events(tenant, 0, 1_000_000).await.unwrap();
        events.into_iter().map(|e| e.stored.body).collect()
    })
}

fn plan(data: &Path) -> Arc<Plan> {
    inside(async {
        let services = services(data);
        let tenant = services.store.tenants().await.unwrap()[0];
        let tenants = Tenants::new(services, TenantsConfig::default());
        tenants.open(tenant).await.unwrap().published()
    })
}

#[test]
fn the_same_seed_and_date_give_the_same_bytes_and_another_seed_others() {
    let folder = TempDir::new().unwrap();
    let data = |name: &str| folder.path().join(name);
    let small = ["20", "5", "60"];
    for (name, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
        demo(&data(name), small, seed);
    }
    let [a, b, c] = ["a", "b", "c"].map(|name| log(&data(name)));
    assert_eq!(a, b);
    assert_ne!(a, c);
}

#[test]
fn it_prints_workspace_and_sign_ins_that_work_and_is_made_once() {
    let folder = TempDir::new().unwrap();
    let output = demo(folder.path(), ["60", "14", "260"], "1");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["tenant"]["slug"], "demo");
    let users = printed["users"].as_array().unwrap();
    inside(async {
        let auth = Auth::new(services(folder.path()), AuthConfig::default());
        auth.keys().ensure().await.unwrap();
        let mut roles = Vec::new();
        for user in users {
            let text = |key: &str| user[key].as_str().unwrap();
            let me = auth
                .sign_in(text("email"), text("password"))
                .await
                .unwrap()
                .me;
            assert_eq!(me.tenants[0].id.to_string(), printed["tenant"]["id"]);
            assert_eq!(
                serde_json::to_value(me.tenants[0].role).unwrap(),
                user["role"]
            );
            roles.push(me.tenants[0].role);
        }
        assert_eq!(
            roles,
            [
                Role::Admin,
                Role::ResourceManager,
                Role::Member,
                Role::Viewer
            ]
        );
    });
    let before = log(folder.path());
    // Another size and seed: it is there already, so nothing is changed.
    let second = demo(folder.path(), ["5", "2", "5"], "99");
    assert_eq!(second.stdout, output.stdout);
    assert_eq!(log(folder.path()), before);
}

#[test]
fn it_holds_what_was_asked_for_and_looks_like_a_company() {
    let folder = TempDir::new().unwrap();
    demo(folder.path(), ["60", "14", "260"], "1");
    let plan = plan(folder.path());
    assert_eq!(plan.people().len(), 60);
    assert_eq!(plan.projects().len(), 14);
    assert_eq!(plan.assignment_count(), 260);
    assert!(plan.placeholders().len() >= 3);
    assert!(plan.calendars().len() >= 5);
    assert!((5..12).contains(&plan.teams().len()));
    let today: Date = "2026-11-23".parse().unwrap();
    let bookings = || plan.people().values().flat_map(|p| &p.bookings);
    let count = |of: fn(&Effort) -> bool| bookings().filter(|b| of(&b.record.value.effort)).count();
    assert!(count(|e| matches!(e, Effort::PerWeek { .. })) > 20);
    assert!(count(|e| matches!(e, Effort::PerDay { .. })) > 10);
    assert!(count(|e| matches!(e, Effort::Share { .. })) > 10);
    assert!(count(|e| matches!(e, Effort::Total { .. })) > 10);
    let tentative =
        |b: &&raally_domain::plan::Booking| b.record.value.status == AssignmentStatus::Tentative;
    assert!(bookings().filter(tentative).count() > 3);
    assert!(bookings().any(|b| b.record.value.start < today.plus(-100)));
    assert!(bookings().any(|b| b.record.value.start > today.plus(30)));
    let people = || plan.people().values();
    let managed = |p: &&Arc<raally_domain::plan::PersonEntry>| {
        p.placement_on(today)
            .is_some_and(|p| p.manager_id.is_some())
    };
    assert!(people().any(|p| p.job_titles.len() > 1));
    assert!(people().any(|p| {
        p.availabilities
            .iter()
            .any(|a| a.value.pattern.cycle().len() == 2)
    }));
    assert!(people().filter(managed).count() > 40);
    let asked = |p: &raally_domain::plan::PersonEntry| {
        p.time_off
            .iter()
            .any(|t| t.value.status == TimeOffStatus::Requested)
    };
    assert!(people().any(|p| asked(p)));

    let month = Period::new(today.plus(-13), today.plus(14)).unwrap();
    let d = dashboard(&plan, month, false);
    let utilization = d.utilization.unwrap();
    assert!((0.6..1.0).contains(&utilization), "{utilization}");
    assert!(
        (1..20).contains(&d.overbooked_people),
        "{}",
        d.overbooked_people
    );
    assert!(d.demand_minutes > 0);
}
