//! A plan goes on into the epoch that an erasure begins, without what was erased.

use std::sync::atomic::Ordering;

use crate::support::{TestProcess, add_person, rename_person};
use raally_app::erasure::{By, erase};
use raally_app::ports::{Erasure, Store};
use raally_app::tenants::TenantsConfig;
use raally_domain::decide::erased_name;
use raally_domain::ids::PersonId;
use raally_domain::plan::{Plan, PlanSnapshot};
use uuid::Uuid;

const ANA: Uuid = Uuid::from_u128(1);
const BO: Uuid = Uuid::from_u128(2);

fn name(plan: &Plan, person: Uuid) -> Option<String> {
    let entry = plan.people().get(&PersonId(person));
    entry.and_then(|entry| entry.person.full_name.get().cloned())
}

fn bytes(plan: &Plan) -> Vec<u8> {
    PlanSnapshot::of(plan).to_bytes()
}

#[tokio::test]
async fn an_erasure_reads_no_log_again_in_any_process() {
    let bench = TestProcess::new(1);
    let (id, admin) = bench.workspace("Acme").await;
    let (tenants, others) = (
        bench.tenants(TenantsConfig::default()),
        bench.tenants(TenantsConfig::default()),
    );
    let tenant = tenants.open(id).await.unwrap();
    tenant.submit(add_person(admin, ANA, "Ana")).await.unwrap();
    tenant.submit(add_person(admin, BO, "Bo")).await.unwrap();
    for n in 0..200 {
        let write = rename_person(admin, BO, &format!("Bo {n}"), None);
        tenant.submit(write).await.unwrap();
    }
    let other = others.open(id).await.unwrap();
    assert_eq!(name(&other.published(), ANA).as_deref(), Some("Ana"));
    let read = || bench.store.events_read.load(Ordering::SeqCst);
    let before = read();
    let erased = erase(&tenants, id, PersonId(ANA), By::User(admin));
    let erased = erased.await.unwrap();
    assert_eq!(erased.values, 1);
    // The other one asks where the log stands as soon as it is asked for what came of it.
    let there = other.plan(Some(erased.head)).await.unwrap();
    let read = read() - before;
    assert!(read < 10, "{read} events were read");
    let here = tenant.published();
    for plan in [&here, &there] {
        assert_eq!(plan.head(), erased.head);
        assert_eq!(name(plan, ANA), Some(erased_name(PersonId(ANA))));
        assert_eq!(name(plan, BO).as_deref(), Some("Bo 199"));
    }
    tenants.close().await;
    let anew = bench.tenants(TenantsConfig::default());
    let anew = anew.open(id).await.unwrap().published();
    assert_eq!(bytes(&here), bytes(&anew));
    assert_eq!(bytes(&there), bytes(&anew));
}

#[tokio::test]
async fn a_plan_that_has_what_is_gone_is_loaded_anew() {
    let bench = TestProcess::new(1);
    let (id, admin) = bench.workspace("Acme").await;
    let tenants = bench.tenants(TenantsConfig::default());
    let tenant = tenants.open(id).await.unwrap();
    tenant.submit(add_person(admin, ANA, "Ana")).await.unwrap();
    let erasure = Erasure {
        subject: ANA,
        also: Vec::new(),
        keep: Vec::new(),
        epoch: 7,
    };
    // Without the step that takes it out of the plan first.
    let erased = bench.store.erase_personal(id, erasure).await.unwrap();
    assert_eq!(erased.values, 1);
    tenant.catch_up().await.unwrap();
    let plan = tenant.published();
    assert_eq!(Some(plan.head()), erased.head);
    assert_eq!(name(&plan, ANA), None);
}
