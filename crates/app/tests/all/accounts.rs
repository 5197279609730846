//! What is recorded of accounts, and that it reaches consumers.

use std::sync::Arc;
use std::time::Duration;

use crate::support::TestProcess;
use async_trait::async_trait;
use parking_lot::Mutex;
use raally_adapters::bus::{MemoryBus, Options};
use raally_app::accounts::rate_limited;
use raally_app::auth::{AccountPatch, Origin, SignUp};
use raally_app::consumers::{ConsumeError, Reactor, ReceivedEvent, Registered, Runner};
use raally_app::ports::{Bus, Store};
use raally_app::relay::Relay;
use raally_app::verify::verify_accounts;
use raally_domain::account::{AccountChange, AccountEvent};
use raally_domain::event::Actor;
use raally_domain::stream::StreamId;
use tokio::sync::{Notify, watch};

const EMAIL: &str = "ana@example.com";
const PASSWORD: &str = "correct horse";

fn ana(workspace: Option<&str>) -> SignUp {
    SignUp {
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
        full_name: "Ana".to_owned(),
        locale: None,
        workspace: workspace.map(str::to_owned),
    }
}

fn from(network: &str) -> Origin<'_> {
    Origin {
        network: Some(network),
        device: None,
    }
}

async fn events(bench: &TestProcess, stream: StreamId) -> Vec<AccountEvent> {
    let logged = bench.store.account_events(stream, 0, 100).await.unwrap();
    let read =
        |e: raally_app::ports::LoggedEvent| AccountEvent::read_trusted(e.seq, &e.stored.body);
    logged.into_iter().map(|e| read(e).unwrap()).collect()
}

async fn types(bench: &TestProcess, stream: StreamId) -> Vec<String> {
    let events = events(bench, stream).await;
    events.iter().map(AccountEvent::event_type).collect()
}

#[tokio::test]
async fn what_happens_to_an_account_is_recorded() {
    let bench = TestProcess::new(1);
    let auth = bench.auth().await;
    let first = auth.sign_up(ana(None)).await.unwrap();
    let user = first.me.user.id;
    auth.sign_in_from(EMAIL, "wrong horse", from("192.0.2.1"))
        .await
        .unwrap_err();
    let elsewhere = auth.sign_in_from(EMAIL, PASSWORD, from("192.0.2.1"));
    let elsewhere = elsewhere.await.unwrap();
    let patch = |name: &str, view: &str| AccountPatch {
        full_name: Some(name.to_owned()),
        last_view: Some(Some(view.to_owned())),
        ..AccountPatch::default()
    };
    auth.update(user, patch("Anna", "/a")).await.unwrap();
    // Where she looked last is not recorded.
    auth.update(user, patch("Anna", "/b")).await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
    auth.refresh(&first.refresh_token).await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
    auth.refresh(&first.refresh_token).await.unwrap_err();
    auth.sign_out(&elsewhere.refresh_token).await.unwrap();
    auth.sign_out(&elsewhere.refresh_token).await.unwrap();
    let last = auth.sign_in(EMAIL, PASSWORD).await.unwrap();
    let caller = auth.caller(&last.access_token).await.unwrap();
    auth.change_password(&caller, PASSWORD, "new horse 12")
        .await
        .unwrap();
    assert_eq!(
        types(&bench, user.into()).await,
        [
            "user.signed_up",
            "user.signed_in",
            "user.sign_in_failed",
            "user.signed_in",
            "user.changed",
            "user.session_reused",
            "user.signed_out",
            "user.signed_in",
            "user.password_changed",
        ]
    );
    let events = events(&bench, user.into()).await;
    let AccountChange::SignInFailed { network: failed } = &events[2].change else {
        panic!("{:?}", events[2]);
    };
    assert_eq!(events[2].actor, Actor::System("auth".to_owned()));
    let AccountChange::SignedIn { network, .. } = &events[3].change else {
        panic!("{:?}", events[3]);
    };
    assert!(network.is_some() && network == failed, "the same network");
    let fields = vec!["full_name".to_owned()];
    assert_eq!(events[4].change, AccountChange::Changed { fields });
    assert_eq!(events[8].change, AccountChange::PasswordChanged {});
    assert_eq!(events[8].actor, Actor::User(user));
    // Nothing of it says who or where.
    for event in &events {
        let body = event.store().body;
        for word in ["ana@", "Ana", "Anna", "192.0.2"] {
            assert!(!body.contains(word), "{word} in {body}");
        }
    }
    let report = verify_accounts(&bench.services).await.unwrap();
    assert_eq!((report.streams, report.events), (1, 9));
    assert_eq!(report.differences, [""; 0]);
}

#[tokio::test]
async fn an_account_comes_with_its_first_event_or_not_at_all() {
    let bench = TestProcess::new(2);
    let auth = bench.auth().await;
    let user = auth.sign_up(ana(Some("Acme"))).await.unwrap().me.user.id;
    let begun = ["user.signed_up", "user.signed_in"];
    assert_eq!(types(&bench, user.into()).await, begun);
    for workspace in [None, Some("Other")] {
        auth.sign_up(ana(workspace)).await.unwrap_err();
    }
    let streams = bench.store.account_streams(None, 10).await.unwrap();
    assert_eq!(streams, [StreamId::User(user)]);
}

#[tokio::test]
async fn attempts_by_nobody_known_are_the_platforms() {
    let bench = TestProcess::new(3);
    let auth = bench.auth().await;
    for email in ["eve@example.com", "EVE@example.com ", "mallory@example.com"] {
        auth.sign_in(email, PASSWORD).await.unwrap_err();
    }
    rate_limited(&bench.services, "address", "192.0.2.1").await;
    let events = events(&bench, StreamId::Platform).await;
    let accounts: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.change {
            AccountChange::UnknownAccount { account, .. } => Some(account),
            _ => None,
        })
        .collect();
    assert_eq!(accounts.len(), 3);
    assert!(accounts[0] == accounts[1] && accounts[0] != accounts[2]);
    assert_eq!(events[3].event_type(), "platform.rate_limited");
    let bodies: String = events.iter().map(|e| e.store().body).collect();
    assert!(!bodies.contains("example") && !bodies.contains("192.0.2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_record_at_once_lose_nothing() {
    let bench = TestProcess::new(4);
    let mut running = tokio::task::JoinSet::new();
    for n in 0..12 {
        let services = bench.services.clone();
        running.spawn(async move { rate_limited(&services, "address", &n.to_string()).await });
    }
    running.join_all().await;
    let report = verify_accounts(&bench.services).await.unwrap();
    assert_eq!((report.streams, report.events), (1, 12));
    assert_eq!(report.differences, [""; 0]);
}

#[tokio::test]
async fn signing_in_does_not_fail_because_it_cannot_be_recorded() {
    let bench = TestProcess::new(5);
    let auth = bench.auth().await;
    let user = auth.sign_up(ana(None)).await.unwrap().me.user.id;
    let full = &bench.store.full;
    full.store(true, std::sync::atomic::Ordering::SeqCst);
    auth.sign_in(EMAIL, PASSWORD).await.unwrap();
    full.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(types(&bench, user.into()).await.len(), 2);
}

#[tokio::test]
async fn a_changed_stream_of_an_account_is_found_out() {
    let bench = TestProcess::new(6);
    let user = bench.auth().await.sign_up(ana(None)).await.unwrap().me.user;
    rate_limited(&bench.services, "address", "192.0.2.1").await;
    let file = bench.folder.path().join("raally.db");
    let conn = rusqlite::Connection::open(file).unwrap();
    let change = |sql: &str| assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
    let differences = async || verify_accounts(&bench.services).await.unwrap().differences;
    change(
        "UPDATE account_events SET body = replace(body, 'signed_up', 'changed') WHERE seq = 1 AND stream <> 'platform'",
    );
    let found = differences().await;
    assert!(
        found.len() == 1 && found[0].contains(&user.id.to_string()),
        "{found:?}"
    );
    change(
        "UPDATE account_events SET body = replace(body, 'changed', 'signed_up') WHERE seq = 1 AND stream <> 'platform'",
    );
    assert_eq!(differences().await, [""; 0]);
    change("DELETE FROM account_events WHERE stream = 'platform'");
    let found = differences().await;
    assert!(
        found.len() == 1 && found[0].contains("platform"),
        "{found:?}"
    );
}

/// Notes the account events that it is given.
#[derive(Default)]
struct Noting(Mutex<Vec<(StreamId, String)>>);

#[async_trait]
impl Reactor for Noting {
    fn name(&self) -> &'static str {
        "noting"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type.starts_with("user.") || event_type.starts_with("platform.")
    }

    async fn react(&self, received: &ReceivedEvent<'_>) -> Result<(), ConsumeError> {
        let event = received.account_event()?;
        assert_eq!(event.stream, received.message.stream);
        self.0.lock().push((event.stream, event.event_type()));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn account_events_reach_consumers_once_and_in_order() {
    let bench = TestProcess::new(7);
    let auth = bench.auth().await;
    let user = auth.sign_up(ana(Some("Acme"))).await.unwrap().me.user.id;
    auth.sign_in("eve@example.com", PASSWORD).await.unwrap_err();
    let noting = Arc::new(Noting::default());
    let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(Options::default()));
    let (stop, stopped) = watch::channel(false);
    let services = bench.on_bus(bus.clone());
    let runner = Runner::new(services.clone(), Registered::Reactor(noting.clone()));
    let running = stopped.clone();
    let consuming = tokio::spawn(async move { runner.run(running).await.unwrap() });
    tokio::task::yield_now().await;
    let relay = Relay::new(services, Arc::new(Notify::new()));
    // The workspace's events are relayed with them; this consumer wants none of those.
    assert_eq!(relay.round().await.unwrap(), 5);
    assert_eq!(relay.round().await.unwrap(), 0);
    for _ in 0..1_000 {
        if noting.0.lock().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(true).unwrap();
    consuming.await.unwrap();
    let mut seen = noting.0.lock().clone();
    seen.sort_by_key(|(stream, _)| *stream);
    let (ana, nobody) = (StreamId::User(user), StreamId::Platform);
    let expected = [
        (ana, "user.signed_up"),
        (ana, "user.signed_in"),
        (nobody, "platform.sign_in_failed"),
    ];
    assert_eq!(
        seen,
        expected.map(|(stream, name)| (stream, name.to_owned()))
    );
    let offset = bench.store.inbox("noting", ana).await.unwrap();
    assert_eq!(offset, 2);
}
