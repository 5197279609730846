//! Whatever is missing, changed or too much beside the logs is found, on the real engines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::app_support::{SeededIds, TestClock};
use raally_adapters::bus::{KafkaBus, KafkaSettings};
use raally_adapters::in_process;
use raally_app::Services;
use raally_app::consumers::{AuditLogger, Registered, Runner};
use raally_app::contract::{Log, batch, team};
use raally_app::ports::{Acknowledgement, Message, Store};
use raally_app::verify::{self, BusReport, Compared};
use raally_domain::ids::TenantId;
use raally_store_postgres::testing::{Database, raw};
use raally_store_sqlite::{Options as SqliteOptions, SqliteStore};
use uuid::Uuid;

/// More than a page.
const EVENTS: u64 = 1_203;

fn services_on<D: raally_app::services::Database>(store: &Arc<D>) -> Services {
    let (clock, ids) = (TestClock::new(), SeededIds::new(1));
    Services::new(store.clone(), in_process(Arc::new(clock), Arc::new(ids)))
}

/// A log of so many events.
async fn filled(store: &dyn Store, tenant: u128, events: u64) -> Log {
    let mut log = Log::new(tenant);
    let teams = (1..=events).map(|n| team(u128::from(n), &format!("Team {n}")));
    store.append(batch([log.append(teams)])).await.unwrap();
    log
}

fn messages(log: &Log) -> Vec<Message> {
    let message = |logged: &raally_app::ports::LoggedEvent| Message {
        stream: log.tenant.into(),
        seq: logged.seq,
        body: logged.stored.body.as_str().into(),
        trace: None,
    };
    log.written.iter().map(message).collect()
}

/// Has the audit logger take the log to its end.
async fn keep(services: &Services, log: &Log) {
    let logger = AuditLogger::new(Arc::clone(&services.audit));
    let runner = Runner::new(services.clone(), Registered::projection(logger));
    let last = messages(log).pop().unwrap();
    assert_eq!(runner.consume(&last).await, Acknowledgement::Ack);
}

async fn audited(services: &Services, tenant: TenantId) -> Compared {
    verify::audit(services, tenant.into(), Duration::ZERO)
        .await
        .unwrap()
}

/// What is done to the audit store, and what verifying says of it then.
const TAMPERED: [(&str, &str); 6] = [
    ("DELETE FROM {} WHERE seq = 700", "lacks entry 700"),
    ("DELETE FROM {} WHERE seq = 1203", "lacks entry 1203"),
    ("DELETE FROM {}", "lacks entry 1"),
    (
        "UPDATE {} SET body = replace(body, 'Team 501\"', 'Tame 501\"') WHERE seq = 501",
        "entry 501 is not the log's event",
    ),
    (
        "UPDATE {} SET hash = (SELECT hash FROM {} WHERE seq = 2) WHERE seq = 3",
        "hash of entry 3",
    ),
    (
        "INSERT INTO {} SELECT stream, 1204, recorded_at, hash, body FROM {} WHERE seq = 1203",
        "entry 1204, the log has not",
    ),
];

fn told(found: &Compared, what: &str) -> bool {
    found.differences.iter().any(|d| d.contains(what))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tampered_audit_store_is_found_on_sqlite() {
    for (sql, what) in TAMPERED {
        let folder = tempfile::tempdir().unwrap();
        let open = || SqliteStore::open(folder.path(), SqliteOptions::default()).unwrap();
        let store = Arc::new(open());
        let log = filled(&*store, 1, EVENTS).await;
        let services = services_on(&store);
        keep(&services, &log).await;
        let found = audited(&services, log.tenant).await;
        assert!(found.is_sound(), "{found:?}");
        assert_eq!(found.compared, EVENTS);
        drop((services, store));

        let file = rusqlite::Connection::open(folder.path().join("raally.db")).unwrap();
        let sql = sql.replace("{}", "audit_entries");
        if !sql.starts_with("INSERT") {
            file.execute(&sql, []).unwrap_err();
            file.execute_batch(
                "DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_stay_as_they_are",
            )
            .unwrap();
        }
        assert!(file.execute(&sql, []).unwrap() > 0);
        drop(file);
        let store = Arc::new(open());
        let found = audited(&services_on(&store), log.tenant).await;
        assert!(told(&found, what), "{sql}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tampered_audit_store_is_found_on_postgresql() {
    let database = Database::fresh().await;
    let store = Arc::new(database.store().await);
    let log = filled(&*store, 1, EVENTS).await;
    let services = services_on(&store);
    keep(&services, &log).await;
    let client = raw(&database.superuser()).await;
    for (sql, what) in TAMPERED {
        let found = audited(&services, log.tenant).await;
        assert!(found.is_sound(), "{found:?}");
        let sql = sql.replace("{}", "audit.entries");
        client
            .batch_execute("CREATE TABLE copy AS SELECT * FROM audit.entries")
            .await
            .unwrap();
        assert!(client.execute(&sql, &[]).await.unwrap() > 0);
        let found = audited(&services, log.tenant).await;
        assert!(told(&found, what), "{sql}: {found:?}");
        client
            .batch_execute(
                "TRUNCATE audit.entries; INSERT INTO audit.entries SELECT * FROM copy;
                 DROP TABLE copy",
            )
            .await
            .unwrap();
    }
    assert_eq!(verify::audit_orphans(&services).await.unwrap(), [""; 0]);
    let stray = TenantId(Uuid::from_u128(9));
    let sql = format!("UPDATE audit.entries SET stream = 'tenant/{stray}' WHERE seq > 1200");
    client.batch_execute(&sql).await.unwrap();
    let orphans = verify::audit_orphans(&services).await.unwrap();
    assert_eq!(orphans, [format!("tenant/{stray}")]);
}

/// A bus on Kafka with topics of its own.
async fn kafka() -> KafkaBus {
    let brokers = std::env::var("RAALLY_TEST_KAFKA").expect(
        "RAALLY_TEST_KAFKA is not set: run 'scripts/engines start', then 'eval \"$(scripts/engines env)\"'.",
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "engines outlive a run of the tests"
    )]
    let id = Uuid::now_v7();
    let settings = KafkaSettings {
        prefix: format!("test-{}", id.simple()),
        partitions: 3,
        ..KafkaSettings::new(&brokers)
    };
    KafkaBus::connect(settings).await.unwrap()
}

/// Two tenants' logs on SQLite, and what verifying says of a bus that holds these messages.
struct Desk {
    _folder: tempfile::TempDir,
    services: Services,
    logs: [Log; 2],
}

impl Desk {
    async fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), SqliteOptions::default()).unwrap();
        let store = Arc::new(store);
        let logs = [
            filled(&*store, 1, EVENTS).await,
            filled(&*store, 2, 3).await,
        ];
        Desk {
            _folder: folder,
            services: services_on(&store),
            logs,
        }
    }

    async fn on_kafka(&self) -> Services {
        Services {
            bus: Arc::new(kafka().await),
            ..self.services.clone()
        }
    }

    async fn report(&self, held: Vec<Message>) -> BusReport {
        let services = self.on_kafka().await;
        services.bus.publish(held).await.unwrap();
        let report = verify::bus(&services, None, Duration::ZERO).await;
        report.unwrap().unwrap()
    }

    fn all(&self) -> Vec<Message> {
        self.logs.iter().flat_map(messages).collect()
    }
}

fn differences(report: &BusReport) -> BTreeMap<TenantId, Vec<String>> {
    let unsound = report.streams.iter().filter(|(_, found)| !found.is_sound());
    unsound
        .map(|(stream, found)| (stream.tenant().unwrap(), found.differences.clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_bus_is_sound_also_where_messages_came_again() {
    let desk = Desk::new().await;
    let mut held = desk.all();
    let again: Vec<Message> = held[200..400].to_vec();
    held.splice(400..400, again);
    let report = desk.report(held).await;
    assert_eq!(differences(&report), BTreeMap::new());
    assert_eq!((report.messages, report.repeated), (EVENTS + 3 + 200, 200));
    assert!(report.whole);
    let none = verify::bus(&desk.services, None, Duration::ZERO).await;
    assert_eq!(none.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_on_the_bus_or_changed_is_found() {
    let desk = Desk::new().await;
    let (first, second) = (desk.logs[0].tenant, desk.logs[1].tenant);
    let changed = |held: &mut Vec<Message>, at: usize| {
        held[at].body = held[at].body.replace("Team", "Tame").into();
    };
    type Change<'a> = Box<dyn Fn(&mut Vec<Message>) + 'a>;
    let cases: [(Change<'_>, TenantId, &str); 9] = [
        (
            Box::new(|held| drop(held.remove(700))),
            first,
            "events 701 to 701 are missing",
        ),
        (
            Box::new(|held| drop(held.remove(0))),
            first,
            "events 1 to 1 are missing",
        ),
        (
            Box::new(|held| held.truncate(1_204)),
            second,
            "nothing after event 1",
        ),
        (
            Box::new(|held| held.truncate(1_203)),
            second,
            "nothing after event 0",
        ),
        (
            Box::new(|held| held.swap(9, 10)),
            first,
            "events 10 to 10 are missing",
        ),
        (
            Box::new(|held| changed(held, 500)),
            first,
            "event 501 is not the log's event",
        ),
        (
            Box::new(|held| changed(held, 1_205)),
            second,
            "event 3 is not the log's event",
        ),
        (
            Box::new(|held| {
                let again = held[3].clone();
                held.insert(5, again);
                changed(held, 5);
            }),
            first,
            "event 4 came again, and is not the log's event",
        ),
        (
            Box::new(|held| {
                let body = held[1_205].body.replace("\"seq\":3", "\"seq\":4").into();
                held.push(Message {
                    stream: second.into(),
                    seq: 4,
                    body,
                    trace: None,
                });
            }),
            second,
            "the log has no event 4",
        ),
    ];
    for (change, tenant, what) in cases {
        let mut held = desk.all();
        change(&mut held);
        let report = desk.report(held).await;
        let found = differences(&report);
        let told = found
            .get(&tenant)
            .is_some_and(|d| d.iter().any(|d| d.contains(what)));
        assert!(told, "{what}: {found:?}");
        assert_eq!(found.len(), 1, "{what}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_still_on_its_way_is_waited_for() {
    let desk = Desk::new().await;
    let (services, mut held) = (desk.on_kafka().await, desk.all());
    let late = held.split_off(1_000);
    // What is wrong elsewhere does not keep it from waiting.
    let nobody = TenantId(Uuid::from_u128(7));
    held.push(Message {
        stream: nobody.into(),
        seq: 1,
        body: "{\"type\":\"nothing.known\"".into(),
        trace: None,
    });
    services.bus.publish(held).await.unwrap();
    let later = services.bus.clone();
    let sending = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(700)).await;
        later.publish(late).await.unwrap();
    });
    let wait = Duration::from_secs(20);
    let report = verify::bus(&services, None, wait).await.unwrap().unwrap();
    sending.await.unwrap();
    let wrong: Vec<TenantId> = differences(&report).into_keys().collect();
    assert_eq!(wrong, [nobody]);
}
