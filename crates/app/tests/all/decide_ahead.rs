//! Writes that are decided while a commit is under way, on the plan that it will leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::{TestProcess, add_person, add_team, ids, rename_person};
use raally_app::ports::Store;
use raally_app::tenants::{Answer, Idempotency, Tenant, Tenants, TenantsConfig, Write};
use raally_app::{Error, Services};
use raally_domain::decide::TakeBack;
use raally_domain::ids::{PersonId, TenantId, UserId};
use tokio::task::JoinHandle;
use uuid::Uuid;

const ANA: Uuid = Uuid::from_u128(1);

/// A workspace whose next commit is held, and a write that waits for it.
struct Held {
    bench: TestProcess,
    id: TenantId,
    admin: UserId,
    tenant: Arc<Tenant>,
    first: Submitted,
}

type Submitted = JoinHandle<Result<Answer, Error>>;

impl Held {
    /// `write` is the first, whose append is begun and goes no further.
    async fn new(seed: u64, write: impl FnOnce(UserId) -> Write) -> Held {
        let bench = TestProcess::new(seed);
        let (id, admin) = bench.workspace("Acme").await;
        let tenants = bench.tenants(TenantsConfig::default());
        let tenant = tenants.open(id).await.unwrap();
        let begun = bench.store.begun.load(Ordering::SeqCst);
        bench.store.held_before.send_replace(true);
        let first = submit(&tenant, write(admin));
        until(|| bench.store.begun.load(Ordering::SeqCst) > begun).await;
        Held {
            bench,
            id,
            admin,
            tenant,
            first,
        }
    }

    async fn with_ana(seed: u64) -> Held {
        Held::new(seed, |admin| add_person(admin, ANA, "Ana")).await
    }

    /// Submits another write and waits until it has been decided.
    async fn ahead(&self, write: Write) -> (Submitted, Arc<AtomicU64>) {
        let (write, decisions) = watched(write);
        let submitted = submit(&self.tenant, write);
        until(|| decisions.load(Ordering::SeqCst) == 1).await;
        (submitted, decisions)
    }

    fn release(&self) {
        self.bench.store.held_before.send_replace(false);
    }
}

fn submit(tenant: &Arc<Tenant>, write: Write) -> Submitted {
    let tenant = Arc::clone(tenant);
    tokio::spawn(async move { tenant.submit(write).await })
}

/// Counts how often the write is decided.
fn watched(mut write: Write) -> (Write, Arc<AtomicU64>) {
    let decisions = Arc::new(AtomicU64::new(0));
    let (counter, decide) = (Arc::clone(&decisions), write.decide);
    write.decide = Box::new(move |plan, fresh, events| {
        counter.fetch_add(1, Ordering::SeqCst);
        decide(plan, fresh, events)
    });
    (write, decisions)
}

async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    waited.expect("this should have happened by now");
}

/// Long enough for what must not happen.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

fn keyed(write: Write, user: UserId) -> Write {
    write.keyed(Some(Idempotency {
        user,
        key: "k".to_owned(),
        request_hash: [1; 32],
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_decided_while_another_is_committed_and_answered_after_it() {
    let held = Held::with_ana(1).await;
    let rename = rename_person(held.admin, ANA, "Ana Maria", Some(3));
    let (second, _) = held.ahead(rename).await;
    let appends = held.bench.store.appends.load(Ordering::SeqCst);
    a_while().await;
    assert!(!held.first.is_finished() && !second.is_finished());
    assert!(held.tenant.published().people().is_empty());

    held.release();
    assert_eq!(held.first.await.unwrap().unwrap().head.seq, 3);
    assert_eq!(second.await.unwrap().unwrap().head.seq, 4);
    let plan = held.tenant.published();
    assert_eq!(plan.people()[&PersonId(ANA)].person.name(), "Ana Maria");
    let more = held.bench.store.appends.load(Ordering::SeqCst) - appends;
    assert_eq!(more, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stood_on_a_commit_that_failed_is_decided_again_and_never_answered_as_done() {
    let held = Held::with_ana(2).await;
    let rename = rename_person(held.admin, ANA, "Ana Maria", Some(3));
    let (renamed, decisions) = held.ahead(rename).await;
    let (team, _) = held.ahead(add_team(held.admin, "Design")).await;

    held.bench.store.failures.store(1, Ordering::SeqCst);
    held.release();
    let failed = held.first.await.unwrap();
    assert!(
        matches!(failed, Err(Error::Unavailable { .. })),
        "{failed:?}"
    );
    let renamed = renamed.await.unwrap();
    assert!(matches!(renamed, Err(Error::NotFound(_))), "{renamed:?}");
    assert_eq!(decisions.load(Ordering::SeqCst), 2);
    // What did not need the first is done.
    assert_eq!(team.await.unwrap().unwrap().head.seq, 3);
    let logged = held.bench.store.events(held.id, 2, 10).await.unwrap();
    assert_eq!(logged.len(), 1);
    assert_eq!(held.tenant.published().head().seq, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_answer_is_about_to_be_stored_waits_for_it() {
    for failures in [0, 1] {
        let team = |admin| keyed(add_team(admin, "Design"), admin);
        let held = Held::new(3, team).await;
        let (again, decisions) = watched(team(held.admin));
        let again = submit(&held.tenant, again);
        a_while().await;
        assert_eq!(decisions.load(Ordering::SeqCst), 0);

        held.bench.store.failures.store(failures, Ordering::SeqCst);
        held.release();
        let (first, again) = (held.first.await.unwrap(), again.await.unwrap().unwrap());
        match first {
            Ok(first) => {
                assert_eq!(failures, 0);
                assert_eq!(again.rendered, first.rendered);
            }
            Err(error) => {
                assert_eq!(failures, 1);
                assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
            }
        }
        assert_eq!(again.replayed, failures == 0);
        assert_eq!(held.tenant.published().head().seq, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_gone_is_not_surprised_by_what_was_decided_ahead() {
    let held = Held::with_ana(4).await;
    let (gone, _) = held.ahead(add_team(held.admin, "Gone")).await;
    let (stays, decisions) = held.ahead(add_team(held.admin, "Stays")).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());

    held.release();
    assert_eq!(stays.await.unwrap().unwrap().head.seq, 4);
    assert_eq!(decisions.load(Ordering::SeqCst), 2);
    let plan = held.tenant.published();
    let names = plan.teams().values().map(|team| team.value.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["Stays"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_ahead_is_decided_again_where_another_process_wrote_first() {
    let held = Held::new(5, |admin| add_team(admin, "First")).await;
    let (mine, decisions) = held.ahead(add_team(held.admin, "Design")).await;
    let world = Services {
        store: Arc::new(held.bench.sqlite.clone()),
        ..held.bench.services.clone()
    };
    let there = Tenants::new(world, TenantsConfig::default());
    let there = there.open(held.id).await.unwrap();
    let theirs = there.submit(add_team(held.admin, "Design")).await;
    assert_eq!(theirs.unwrap().head.seq, 3);

    held.release();
    assert_eq!(held.first.await.unwrap().unwrap().head.seq, 4);
    let mine = mine.await.unwrap();
    assert!(matches!(mine, Err(Error::Invalid { .. })), "{mine:?}");
    assert_eq!(decisions.load(Ordering::SeqCst), 2);
    there.catch_up().await.unwrap();
    assert_eq!(*there.published(), *held.tenant.published());
}

#[test]
fn after_a_crash_the_log_ends_with_the_last_commit() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let process = runtime();
    let (bench, id) = process.block_on(async {
        let held = Held::with_ana(6).await;
        let rename = rename_person(held.admin, ANA, "Ana Maria", Some(3));
        let (second, _) = held.ahead(rename).await;
        // The commit reaches the disk, and the process dies before it hears of that.
        held.bench.store.held_after.send_replace(true);
        held.release();
        let store = &held.bench.sqlite;
        let reaching = async {
            while store.head(held.id).await.unwrap().unwrap().head.seq < 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(10), reaching).await;
        reached.expect("the commit should have reached the disk by now");
        assert!(!held.first.is_finished() && !second.is_finished());
        (held.bench, held.id)
    });
    drop(process);

    let process = runtime();
    process.block_on(async {
        let bench = bench.restart(7);
        let tenants = bench.tenants(TenantsConfig::default());
        let plan = tenants.open(id).await.unwrap().published();
        assert_eq!(plan.head().seq, 3);
        assert_eq!(plan.people()[&PersonId(ANA)].person.name(), "Ana");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_in_the_log_by_then() {
    let held = Held::with_ana(9).await;
    let last = |admin| Write::take_back(admin, TakeBack::Last, ids);
    let (undone, decisions) = watched(last(held.admin));
    let undone = submit(&held.tenant, undone);
    a_while().await;
    assert_eq!(decisions.load(Ordering::SeqCst), 0, "it was in no log");
    held.release();
    let (bench, tenant, admin) = (held.bench, held.tenant, held.admin);
    held.first.await.unwrap().unwrap();
    undone.await.unwrap().unwrap();
    assert!(tenant.published().people().is_empty());

    // What is asked for at once is done in turn.
    bench.store.held_before.send_replace(true);
    let mut asked = vec![submit(&tenant, add_team(admin, "First"))];
    a_while().await;
    for write in [add_team(admin, "Second"), last(admin), last(admin)] {
        asked.push(submit(&tenant, write));
        a_while().await;
    }
    bench.store.held_before.send_replace(false);
    for write in asked {
        write.await.unwrap().unwrap();
    }
    assert!(tenant.published().teams().is_empty());
    let again = Write::take_back(admin, TakeBack::Again, ids);
    tenant.submit(again).await.unwrap();
    let plan = tenant.published();
    let names: Vec<&str> = plan
        .teams()
        .values()
        .map(|t| t.value.name.as_str())
        .collect();
    assert_eq!(names, ["First"]);
}
