//! A copy of before takes the data folder's place, and what was lost is still known elsewhere.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use raally_app::consumers::{
    AuditLogger, ConsumeError, Reactor, ReceivedEvent, Registered, Runner,
};
use raally_app::live::Live;
use raally_app::ports::{Acknowledgement, Epochs, LoggedEvent, Message, Store};
use raally_app::tenants::TenantsConfig;
use raally_app::{Error, epochs, verify};
use raally_domain::event::Head;
use raally_domain::ids::{TenantId, UserId};
use support::{TestProcess, add_team};

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

async fn write(process: &TestProcess, id: TenantId, admin: UserId, name: &str, times: u32) -> Head {
    let tenants = process.tenants(TenantsConfig::default());
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

async fn messages(process: &TestProcess, tenant: TenantId) -> Vec<Message> {
    let logged = process.store.events(tenant, 0, 1_000).await.unwrap();
    let message = |l: LoggedEvent| Message {
        stream: tenant.into(),
        seq: l.seq,
        body: l.stored.body.into(),
        trace: None,
    };
    logged.into_iter().map(message).collect()
}

fn copy(process: &TestProcess) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(process.folder.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

fn runner(process: &TestProcess, consumer: Registered) -> Runner {
    Runner::new(process.services.clone(), consumer)
}

async fn begin(process: &TestProcess) -> u32 {
    let begun = epochs::begin(&process.services, "a restore").await;
    let begun = begun.unwrap();
    assert!(begun.untold.is_none());
    assert_eq!(begun.tenants, 1);
    begun.number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_begins_a_new_epoch_and_what_was_lost_has_no_effect() {
    let process = TestProcess::new(1);
    let (id, admin) = process.workspace("A").await;
    let kept = write(&process, id, admin, "Kept", 3).await;
    let mut process = process.restart(2);
    let older = copy(&process);
    process = process.restart(3);
    let lost = write(&process, id, admin, "Lost", 5).await;
    assert_eq!(lost.seq, kept.seq + 5);
    let relayed = messages(&process, id).await;
    drop(process);

    let process = TestProcess::on(older, 4);
    let mailing = Arc::new(Mailing::default());
    let logger = AuditLogger::new(Arc::clone(&process.services.audit));
    let logger = runner(&process, Registered::projection(logger));
    let mailer = runner(&process, Registered::Reactor(mailing.clone()));
    for runner in [&logger, &mailer] {
        // What was kept is among it.
        for message in &relayed {
            assert_eq!(runner.consume(message, 1).await, Acknowledgement::Ack);
        }
        assert_eq!(runner.counts().lost.load(Ordering::Relaxed), 5);
    }
    let entries = process
        .services
        .audit
        .entries(&format!("tenant/{id}"), 0, 100)
        .await
        .unwrap();
    assert_eq!(entries.len() as u64, kept.seq);
    assert_eq!(mailing.0.load(Ordering::SeqCst), 3);

    let tenants = process.tenants(TenantsConfig::default());
    let tenant = tenants.open(id).await.unwrap();
    let mut follower = tenant.follow(None).await.unwrap();
    let epoch = begin(&process).await;
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

    let new = write(&process, id, admin, "New", 7).await;
    assert_eq!(
        new,
        Head {
            epoch,
            seq: kept.seq + 7
        }
    );
    for runner in [&logger, &mailer] {
        for message in messages(&process, id).await.iter().rev() {
            assert_eq!(runner.consume(message, 1).await, Acknowledgement::Ack);
        }
    }
    assert_eq!(mailing.0.load(Ordering::SeqCst), 3 + 7);
    let found = verify::audit(&process.services, id.into(), Duration::ZERO).await;
    let found = found.unwrap();
    assert!(found.is_sound() && found.behind.is_none(), "{found:?}");
    let report = verify::verify(&process.services, None, id).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.head, new);
}

/// A restore takes the beginning of an epoch back: the next is not begun under its number.
#[tokio::test]
async fn a_number_is_not_given_twice_though_its_beginning_was_lost() {
    let process = TestProcess::new(5);
    process.workspace("A").await;
    let process = process.restart(6);
    let older = copy(&process);
    let process = process.restart(7);
    let first = begin(&process).await;
    drop(process);
    let process = TestProcess::on(older, 8);
    process.clock.advance(Duration::from_secs(60));
    assert_eq!(process.sqlite.epochs().await.unwrap(), []);
    assert_eq!(begin(&process).await, first + 60);
    assert_eq!(begin(&process).await, first + 61);
}
