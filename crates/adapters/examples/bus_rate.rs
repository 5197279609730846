//! How many messages a second the bus on Apache Kafka takes and gives, on this machine:
//! `cargo run --release -p raally-adapters --example bus_rate -- [MESSAGES] [STREAMS] [BYTES]`.
#![allow(
    clippy::unwrap_used,
    reason = "a measurement may panic where it stands"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a name that no other run has used"
)]

use std::time::{Duration, Instant};

use raally_adapters::bus::{KafkaBus, KafkaSettings};
use raally_app::ports::{Bus, Handled, Message};
use raally_domain::ids::TenantId;
use uuid::Uuid;

/// What the relay hands over at once.
const BATCH: usize = 500;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(default, |n| n.parse().unwrap());
    let (count, streams, bytes) = (number(50_000), number(200), number(600));
    let brokers = std::env::var("RAALLY_TEST_KAFKA").expect("run 'scripts/engines start' first");
    let settings = KafkaSettings {
        prefix: format!("rate-{}", Uuid::now_v7().simple()),
        ..KafkaSettings::new(&brokers)
    };
    let bus = KafkaBus::connect(settings).await.unwrap();
    let mut member = bus.subscribe("audit").await.unwrap();
    let body = format!(
        "{{\"type\":\"time_off.changed\",\"x\":\"{}\"}}",
        "x".repeat(bytes)
    );
    let messages: Vec<Message> = (0..count)
        .map(|n| Message {
            stream: TenantId(Uuid::from_u128((n % streams) as u128)).into(),
            seq: (n / streams) as u64 + 1,
            body: body.as_str().into(),
        })
        .collect();

    let began = Instant::now();
    for batch in messages.chunks(BATCH) {
        bus.publish(batch.to_vec()).await.unwrap();
    }
    let published = began.elapsed();
    let began = Instant::now();
    for _ in 0..count {
        let delivery = member.next().await.unwrap();
        delivery.answer.send(Handled::Done).unwrap();
    }
    let consumed = began.elapsed();

    let mut delays: Vec<Duration> = Vec::new();
    for n in 0..200 {
        let began = Instant::now();
        let message = Message {
            seq: 1_000_000 + n,
            ..messages[0].clone()
        };
        bus.publish(vec![message]).await.unwrap();
        let delivery = member.next().await.unwrap();
        delays.push(began.elapsed());
        delivery.answer.send(Handled::Done).unwrap();
    }
    delays.sort();
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    println!(
        "publish  {:>9.0} messages/s, {BATCH} at once",
        rate(published)
    );
    println!("consume  {:>9.0} messages/s, one member", rate(consumed));
    println!(
        "delay    {:>9.1?} in the middle, {:.1?} at the 99th of 100",
        delays[100], delays[198]
    );
}
