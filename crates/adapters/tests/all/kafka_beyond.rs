//! What the bus on Apache Kafka promises beyond the contract.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use raally_adapters::bus::{KafkaBus, KafkaSecurity, KafkaSettings};
use raally_app::ports::{Acknowledgement, Bus, Message, Subscription};
use raally_domain::ids::TenantId;
use raally_domain::stream::StreamId;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Headers;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message as _};
use uuid::Uuid;

fn settings() -> KafkaSettings {
    KafkaSettings {
        prefix: crate::support::fresh_name(),
        partitions: 3,
        session: Duration::from_secs(6),
        retry: Duration::from_millis(2),
        ..KafkaSettings::new(&crate::support::engine("RAALLY_TEST_KAFKA"))
    }
}

fn message(stream: u128, seq: u64) -> Message {
    Message {
        stream: TenantId(Uuid::from_u128(stream)).into(),
        seq,
        body: format!("{{\"seq\":{seq}}}").into(),
        trace: None,
    }
}

async fn answer(member: &mut Box<dyn Subscription>, handled: Acknowledgement) -> Message {
    let delivery = tokio::time::timeout(Duration::from_secs(30), member.next())
        .await
        .expect("a message was to come")
        .unwrap();
    delivery.answer.send(handled).unwrap();
    delivery.message
}

async fn nothing_comes(member: &mut Box<dyn Subscription>) {
    let came = tokio::time::timeout(Duration::from_millis(500), member.next()).await;
    assert!(came.is_err(), "{:?} was not to come", came.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_outlive_the_member_and_come_back_in_order() {
    let settings = settings();
    let bus = KafkaBus::connect(settings.clone()).await.unwrap();
    let mut first = bus.subscribe("audit").await.unwrap();
    bus.publish((1..=3).map(|seq| message(1, seq)).collect())
        .await
        .unwrap();
    let dead = Acknowledgement::DeadLetter("cannot be read".to_owned());
    assert_eq!(answer(&mut first, dead).await, message(1, 1));
    drop(first);

    // Another process takes over.
    let bus = KafkaBus::connect(settings).await.unwrap();
    let mut second = bus.subscribe("audit").await.unwrap();
    bus.publish(vec![message(1, 4), message(2, 1)])
        .await
        .unwrap();
    assert_eq!(
        answer(&mut second, Acknowledgement::Ack).await,
        message(2, 1)
    );
    nothing_comes(&mut second).await;
    let dead = bus.dead_letters("audit").await.unwrap();
    assert_eq!(dead, [(message(1, 1), "cannot be read".to_owned())]);
    bus.replay("audit", message(1, 1).stream).await.unwrap();
    for seq in 1..=2 {
        assert_eq!(
            answer(&mut second, Acknowledgement::Ack).await,
            message(1, seq)
        );
    }
    drop(second);

    // A third goes on where the second stopped in the middle.
    let mut third = bus.subscribe("audit").await.unwrap();
    bus.publish(vec![message(1, 5)]).await.unwrap();
    for seq in 3..=5 {
        assert_eq!(
            answer(&mut third, Acknowledgement::Ack).await,
            message(1, seq)
        );
    }
    nothing_comes(&mut third).await;
    assert_eq!(bus.dead_letters("audit").await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_a_cloud_event_in_the_audit_topic_and_in_its_view() {
    let settings = settings();
    let bus = KafkaBus::connect(settings.clone()).await.unwrap();
    let body = r#"{"stream":"x","id":"01900000-0000-7000-8000-000000000007","recorded_at":"2026-03-02T08:00:00Z","type":"project.changed","version":1}"#;
    let event = Message {
        body: body.into(),
        ..message(1, 7)
    };
    bus.publish(vec![event.clone()]).await.unwrap();

    let prefix = &settings.prefix;
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &settings.brokers)
        .set("group.id", format!("{prefix}.test"))
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    let (audit, view) = (settings.audit(), format!("{prefix}.project"));
    reader.subscribe(&[&audit, &view]).unwrap();
    let read = tokio::task::spawn_blocking(move || {
        let mut found = HashMap::new();
        let deadline = Instant::now() + Duration::from_secs(30);
        while found.len() < 2 {
            assert!(Instant::now() < deadline, "two records were to come");
            // Nothing comes where the group only moved its partitions.
            if let Some(record) = reader.poll(Duration::from_secs(1)) {
                let record = record.unwrap().detach();
                found.insert(record.topic().to_owned(), record);
            }
        }
        found
    });
    let found = read.await.unwrap();
    for topic in [&audit, &view] {
        let record = &found[topic];
        let tenant = event.stream.key();
        assert_eq!(record.payload().unwrap(), body.as_bytes());
        assert_eq!(record.key().unwrap(), tenant.as_bytes());
        let attributes: Vec<(String, String)> = record
            .headers()
            .unwrap()
            .iter()
            .map(|h| {
                let value = String::from_utf8(h.value.unwrap().to_vec()).unwrap();
                (h.key.to_owned(), value)
            })
            .collect();
        let expected = [
            ("ce_specversion", "1.0"),
            ("ce_id", "01900000-0000-7000-8000-000000000007"),
            ("ce_source", &format!("/tenants/{tenant}")),
            ("ce_type", "raally.project.changed.v1"),
            ("ce_time", "2026-03-02T08:00:00Z"),
            ("ce_partitionkey", &tenant),
            ("ce_sequence", "7"),
            ("content-type", "application/json"),
        ];
        let expected = expected.map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(attributes, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_holds_no_event_is_passed_over() {
    let settings = settings();
    let bus = KafkaBus::connect(settings.clone()).await.unwrap();
    let mut member = bus.subscribe("audit").await.unwrap();
    let stranger: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", &settings.brokers)
        .create()
        .unwrap();
    let topic = settings.audit();
    for partition in 0..settings.partitions {
        let record = FutureRecord::to(&topic)
            .partition(partition)
            .key("x")
            .payload("y");
        let sent = stranger.send(record, Duration::from_secs(10)).await;
        sent.map_err(|(error, _)| error).unwrap();
    }
    bus.publish(vec![message(1, 1)]).await.unwrap();
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        message(1, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_a_member_holds_comes_all_the_same() {
    let settings = KafkaSettings {
        ahead: 16,
        ..settings()
    };
    let bus = KafkaBus::connect(settings).await.unwrap();
    let mut member = bus.subscribe("audit").await.unwrap();
    for stream in 1..=4 {
        let messages = (1..=100).map(|seq| message(stream, seq)).collect();
        bus.publish(messages).await.unwrap();
    }
    let mut next: HashMap<StreamId, u64> = HashMap::new();
    for _ in 0..400 {
        let came = answer(&mut member, Acknowledgement::Ack).await;
        let last = next.entry(came.stream).or_default();
        *last += 1;
        assert_eq!(came.seq, *last);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_work_is_said_soon() {
    let began = Instant::now();
    let impatient = KafkaSettings {
        timeout: Duration::from_secs(2),
        ..settings()
    };
    let nobody = KafkaSettings {
        brokers: "127.0.0.1:1".to_owned(),
        ..impatient.clone()
    };
    assert!(KafkaBus::connect(nobody).await.is_err());

    KafkaBus::connect(impatient.clone()).await.unwrap();
    let other = KafkaSettings {
        partitions: 5,
        ..impatient
    };
    let why = KafkaBus::connect(other).await.err().unwrap().to_string();
    assert!(
        why.ends_with(".audit has 3 partitions with a leader where 5 are configured"),
        "{why}"
    );
    let took = began.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
}

/// By TLS, with a password that may be another each time it is asked for.
fn scram(password: impl Fn() -> &'static str + Send + Sync + 'static) -> KafkaSettings {
    KafkaSettings {
        brokers: crate::support::engine("RAALLY_TEST_KAFKA_TLS"),
        security: KafkaSecurity::Scram {
            ca: Some(crate::support::engine("RAALLY_TEST_KAFKA_CA").into()),
            name: "raally".to_owned(),
            password: Arc::new(move || Ok(password().to_owned())),
        },
        ..settings()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_by_tls_and_scram_works_and_a_wrong_password_does_not() {
    let bus = KafkaBus::connect(scram(|| "raally")).await.unwrap();
    let mut member = bus.subscribe("audit").await.unwrap();
    bus.publish(vec![message(1, 1)]).await.unwrap();
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        message(1, 1)
    );

    let wrong = KafkaSettings {
        timeout: Duration::from_secs(2),
        ..scram(|| "guessed")
    };
    assert!(KafkaBus::connect(wrong).await.is_err());
}

/// Who asks may be less patient than the answer is slow: the right password is taken all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_is_only_asked_how_it_is_comes_to_the_right_password() {
    let asked = Arc::new(AtomicUsize::new(0));
    let wrong_at = Arc::new(AtomicUsize::new(usize::MAX));
    let (count, wrong) = (Arc::clone(&asked), Arc::clone(&wrong_at));
    let settings = scram(move || {
        let now = count.fetch_add(1, Ordering::Relaxed);
        match now == wrong.load(Ordering::Relaxed) {
            true => "guessed",
            false => "raally",
        }
    });
    // The first makes the topics; the second says how often it asks, for the producer last.
    KafkaBus::connect(settings.clone()).await.unwrap();
    let before = asked.load(Ordering::Relaxed);
    KafkaBus::connect(settings.clone()).await.unwrap();
    let after = asked.load(Ordering::Relaxed);
    wrong_at.store(after + (after - before) - 1, Ordering::Relaxed);
    let bus = KafkaBus::connect(settings).await.unwrap();
    let hasty = || tokio::time::timeout(Duration::from_millis(200), bus.ping());
    assert!(!matches!(hasty().await, Ok(Ok(()))), "with the wrong one");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !matches!(hasty().await, Ok(Ok(()))) {
        assert!(Instant::now() < deadline, "it keeps the wrong password");
    }
}
