//! The audit store holds what the log holds, whatever arrives how often.

use std::sync::Arc;

use crate::support::{TestProcess, add_team};
use raally_app::consumers::{
    AUDIT_LOGGER, AuditLogger, EventBatch, Projection, ReceivedEvent, Registered, Runner,
};
use raally_app::ports::{Acknowledgement, AuditStore, LoggedEvent, Message, OffsetCommit, Store};
use raally_app::tenants::TenantsConfig;
use raally_domain::ids::TenantId;

/// A workspace whose log has so many events.
async fn filled(bench: &TestProcess, events: usize) -> (TenantId, Vec<LoggedEvent>) {
    let (tenant, admin) = bench.workspace("A").await;
    let open = bench.tenants(TenantsConfig::default());
    let open = open.open(tenant).await.unwrap();
    let mut log = bench.sqlite.events(tenant, 0, 100).await.unwrap();
    while log.len() < events {
        let name = format!("Team {}", log.len());
        open.submit(add_team(admin, &name)).await.unwrap();
        log = bench.sqlite.events(tenant, 0, 100).await.unwrap();
    }
    (tenant, log)
}

fn runner(bench: &TestProcess) -> Runner {
    let logger = AuditLogger::new(Arc::clone(&bench.services.audit));
    Runner::new(bench.services.clone(), Registered::projection(logger))
}

fn message(tenant: TenantId, logged: &LoggedEvent) -> Message {
    Message {
        stream: tenant.into(),
        seq: logged.seq,
        body: logged.stored.body.as_str().into(),
        trace: None,
    }
}

async fn kept(bench: &TestProcess, tenant: TenantId) -> Vec<LoggedEvent> {
    let stream = format!("tenant/{tenant}");
    bench.sqlite.entries(&stream, 0, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_filled_and_what_comes_again_changes_nothing() {
    let bench = TestProcess::new(1);
    let (tenant, log) = filled(&bench, 9).await;
    let first = runner(&bench);
    // 1 to 4 never came over the bus, and 5 comes twice.
    for _ in 0..2 {
        let handled = first.consume(&message(tenant, &log[4])).await;
        assert_eq!(handled, Acknowledgement::Ack);
        assert_eq!(kept(&bench, tenant).await, log[..5]);
    }
    let next = first.consume(&message(tenant, &log[5])).await;
    assert_eq!(next, Acknowledgement::Ack);
    // Another process takes the stream over; the first does not know it yet.
    let second = runner(&bench);
    let over = second.consume(&message(tenant, &log[7])).await;
    assert_eq!(over, Acknowledgement::Ack);
    let stale = first.consume(&message(tenant, &log[6])).await;
    assert_eq!(stale, Acknowledgement::Retry);
    assert_eq!(kept(&bench, tenant).await, log[..8]);
    for logged in [&log[6], &log[7], &log[8], &log[0]] {
        let handled = first.consume(&message(tenant, logged)).await;
        assert_eq!(handled, Acknowledgement::Ack);
    }
    assert_eq!(kept(&bench, tenant).await, log);
    let offset = bench
        .sqlite
        .inbox(AUDIT_LOGGER, tenant.into())
        .await
        .unwrap();
    assert_eq!(offset, log.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_does_not_have_is_dropped_and_what_does_not_continue_is_set_aside() {
    let bench = TestProcess::new(2);
    let (tenant, log) = filled(&bench, 6).await;
    let first = runner(&bench);
    let take = async |runner: &Runner, seq: u64, body: &str| {
        let body = body.into();
        let message = Message {
            stream: tenant.into(),
            seq,
            body,
            trace: None,
        };
        runner.consume(&message).await
    };
    assert_eq!(
        take(&first, 2, &log[1].stored.body).await,
        Acknowledgement::Ack
    );
    // Not the log's own third event: another one has been put in its place on the way.
    let forged = log[2].stored.body.replace("Team", "Tame");
    assert_ne!(forged, log[2].stored.body);
    assert_eq!(take(&first, 3, &forged).await, Acknowledgement::Ack);
    assert_eq!(kept(&bench, tenant).await, log[..2]);
    // Its own is taken from the log.
    assert_eq!(
        take(&first, 4, &log[3].stored.body).await,
        Acknowledgement::Ack
    );
    assert_eq!(kept(&bench, tenant).await, log[..4]);

    let over = OffsetCommit {
        consumer: AUDIT_LOGGER,
        stream: tenant.into(),
        from: 4,
        to: 5,
        event: None,
    };
    assert!(bench.sqlite.advance_inbox(over).await.unwrap());
    let second = runner(&bench);
    let sixth = take(&second, 6, &log[5].stored.body).await;
    assert!(matches!(sixth, Acknowledgement::DeadLetter(_)), "{sixth:?}");
    assert_eq!(kept(&bench, tenant).await.len(), 4);
    let unreadable = take(&second, 6, r#"{"type":"team.created"}"#).await;
    assert!(
        matches!(unreadable, Acknowledgement::DeadLetter(_)),
        "{unreadable:?}"
    );
}

/// A type that this program does not know is an event all the same.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_unknown_types_are_kept() {
    let bench = TestProcess::new(3);
    let (tenant, log) = filled(&bench, 3).await;
    let first = log[0]
        .stored
        .body
        .replacen("\"type\":\"", "\"type\":\"new.", 1);
    let message = Message {
        stream: tenant.into(),
        seq: 1,
        body: first.as_str().into(),
        trace: None,
    };
    let commit = OffsetCommit {
        consumer: AUDIT_LOGGER,
        stream: tenant.into(),
        from: 0,
        to: 1,
        event: None,
    };
    let event = ReceivedEvent::new(&*bench.services.store, &message);
    let logger = AuditLogger::new(Arc::clone(&bench.services.audit));
    let batch = EventBatch::new(event, &[], commit);
    logger.apply(&batch).await.unwrap();
    assert_eq!(kept(&bench, tenant).await[0].stored.body, first);
}
