//! A copy of before takes the data folder's place, and what was lost is still known elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::{TestProcess, add_team};
use async_trait::async_trait;
use raally_app::consumers::{
    AuditLogger, ConsumeError, Reactor, ReceivedEvent, Registered, Runner,
};
use raally_app::live::Live;
use raally_app::ports::{Acknowledgement, Epochs};
use raally_app::tenants::TenantsConfig;
use raally_app::{Error, epochs, verify};
use raally_domain::event::Head;
use raally_domain::ids::{TenantId, UserId};

/// An effect that happens elsewhere and cannot be taken back.
#[derive(Default)]
struct Mailing(AtomicU64);

#[async_trait]
impl Reactor for Mailing {
    fn name(&self) -> &'static str {
        "mailing"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == "team.created"
    }

    async fn react(&self, _: &ReceivedEvent<'_>) -> Result<(), ConsumeError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

async fn write(bench: &TestProcess, id: TenantId, admin: UserId, name: &str, times: u32) -> Head {
    let tenants = bench.tenants(TenantsConfig::default());
    let tenant = tenants.open(id).await.unwrap();
    for n in 0..times {
        let write = add_team(admin, &format!("{name} {n}"));
        tenant.submit(write).await.unwrap();
    }
    let head = tenant.published().head();
    drop(tenant);
    tenants.close().await;
    head
}

fn copy(bench: &TestProcess) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(bench.folder.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

fn runner(bench: &TestProcess, consumer: Registered) -> Runner {
    Runner::new(bench.services.clone(), consumer)
}

async fn begin(bench: &TestProcess) -> u32 {
    let begun = epochs::begin(&bench.services, "a restore").await;
    let begun = begun.unwrap();
    assert!(begun.untold.is_none());
    assert_eq!(begun.tenants, 1);
    begun.number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_begins_a_new_epoch_and_what_was_lost_has_no_effect() {
    let bench = TestProcess::new(1);
    let (id, admin) = bench.workspace("A").await;
    let kept = write(&bench, id, admin, "Kept", 3).await;
    let mut bench = bench.restart(2);
    let older = copy(&bench);
    bench = bench.restart(3);
    let lost = write(&bench, id, admin, "Lost", 5).await;
    assert_eq!(lost.seq, kept.seq + 5);
    let relayed = bench.messages(id).await;
    drop(bench);

    let bench = TestProcess::on(older, 4);
    let mailing = Arc::new(Mailing::default());
    let logger = AuditLogger::new(Arc::clone(&bench.services.audit));
    let logger = runner(&bench, Registered::projection(logger));
    let mailer = runner(&bench, Registered::Reactor(mailing.clone()));
    for runner in [&logger, &mailer] {
        // What was kept is among it.
        for message in &relayed {
            assert_eq!(runner.consume(message).await, Acknowledgement::Ack);
        }
        assert_eq!(runner.counts().lost.load(Ordering::Relaxed), 5);
    }
    let entries = bench
        .services
        .audit
        .entries(&format!("tenant/{id}"), 0, 100)
        .await
        .unwrap();
    assert_eq!(entries.len() as u64, kept.seq);
    assert_eq!(mailing.0.load(Ordering::SeqCst), 3);

    let tenants = bench.tenants(TenantsConfig::default());
    let tenant = tenants.open(id).await.unwrap();
    let mut follower = tenant.follow(None).await.unwrap();
    let epoch = begin(&bench).await;
    let now = Head {
        epoch,
        seq: kept.seq,
    };
    // In the process that runs, and for whoever comes with a head of before.
    assert_eq!(follower.next().await.unwrap().unwrap(), Live::Reset(now));
    for before in [kept, lost] {
        let refused = tenant.plan(Some(before)).await;
        assert!(matches!(refused, Err(Error::Reset { head }) if head == now));
        let mut late = tenant.follow(Some(before)).await.unwrap();
        assert_eq!(late.next().await.unwrap().unwrap(), Live::Reset(now));
    }
    drop((follower, tenant));
    tenants.close().await;

    let new = write(&bench, id, admin, "New", 7).await;
    assert_eq!(
        new,
        Head {
            epoch,
            seq: kept.seq + 7
        }
    );
    for runner in [&logger, &mailer] {
        for message in bench.messages(id).await.iter().rev() {
            assert_eq!(runner.consume(message).await, Acknowledgement::Ack);
        }
    }
    assert_eq!(mailing.0.load(Ordering::SeqCst), 3 + 7);
    let found = verify::audit(&bench.services, id.into(), Duration::ZERO).await;
    let found = found.unwrap();
    assert!(found.is_sound() && found.behind.is_none(), "{found:?}");
    let report = verify::verify(&bench.services, None, id).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.head, new);
}

/// A restore takes the beginning of an epoch back: the next is not begun under its number.
#[tokio::test]
async fn a_number_is_not_given_twice_though_its_beginning_was_lost() {
    let bench = TestProcess::new(5);
    bench.workspace("A").await;
    let bench = bench.restart(6);
    let older = copy(&bench);
    let bench = bench.restart(7);
    let first = begin(&bench).await;
    drop(bench);
    let bench = TestProcess::on(older, 8);
    bench.clock.advance(Duration::from_secs(60));
    assert_eq!(bench.sqlite.epochs().await.unwrap(), []);
    assert_eq!(begin(&bench).await, first + 60);
    assert_eq!(begin(&bench).await, first + 61);
}
