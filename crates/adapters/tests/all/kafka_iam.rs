//! Signing in to Kafka by tokens, with brokers of this test's own that check them as Amazon MSK does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use raally_adapters::bus::{Iam, KafkaBus, KafkaSecurity, KafkaSettings};
use raally_adapters::system::SystemClock;
use raally_app::ports::{Acknowledgement, Bus, Message};
use raally_domain::stream::StreamId;

/// The broker's, as `scripts/kafka/SignedTokens.java` knows it.
const SECRET: &str = "raally";
/// The test begins itself anew with these credentials in its environment.
const AGAIN: &str = "RAALLY_TEST_IAM";

struct Broker(tempfile::TempDir);

fn engines(folder: &Path, args: &[&str]) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(root.join("scripts/engines"));
    let output = command.args(args).env("RAALLY_ENGINES", folder).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "engines {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

impl Broker {
    fn start() -> Broker {
        let broker = Broker(
            tempfile::Builder::new()
                .prefix("raally-iam-")
                .tempdir()
                .unwrap(),
        );
        engines(broker.0.path(), &["start", "kafka"]);
        broker
    }

    fn settings(&self, life: Duration) -> KafkaSettings {
        let env = engines(self.0.path(), &["env"]);
        let said = |name: &str| {
            let begin = format!("export {name}='");
            let line = env
                .lines()
                .find_map(|line| line.strip_prefix(&begin))
                .unwrap();
            line.trim_end_matches('\'').to_owned()
        };
        let iam = Iam::new("eu-central-1", Arc::new(SystemClock)).with_life(life);
        KafkaSettings {
            partitions: 2,
            security: KafkaSecurity::Iam {
                ca: Some(said("RAALLY_TEST_KAFKA_CA").into()),
                iam,
            },
            ..KafkaSettings::new(&said("RAALLY_TEST_KAFKA_TLS"))
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        engines(self.0.path(), &["stop", "kafka"]);
    }
}

fn message(seq: u64) -> Message {
    let event = serde_json::json!({
        "stream": "platform", "seq": seq, "id": uuid::Uuid::from_u128(seq.into()),
        "type": "platform.rate_limited", "version": 1, "recorded_at": "2026-03-01T00:00:00Z",
        "occurred_at": "2026-03-01T00:00:00Z", "actor": { "system": "test" }, "data": {},
        "previous": "0".repeat(64),
    });
    Message {
        stream: StreamId::Platform,
        seq,
        body: event.to_string().into(),
        trace: None,
    }
}

/// Publishes and takes, longer than three tokens live; returns how many messages.
async fn work(settings: KafkaSettings, lasts: Duration) -> u64 {
    let bus = KafkaBus::connect(settings).await.unwrap();
    let mut member = bus.subscribe("tokens").await.unwrap();
    let began = Instant::now();
    let mut seq = 0;
    while began.elapsed() < lasts {
        seq += 1;
        bus.publish(vec![message(seq)]).await.unwrap();
        let next = tokio::time::timeout(Duration::from_secs(30), member.next());
        let delivery = next.await.unwrap();
        let delivery = delivery.unwrap_or_else(|| panic!("refused after {:?}", began.elapsed()));
        assert_eq!(delivery.message.seq, seq);
        delivery.answer.send(Acknowledgement::Ack).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(bus.content().await.unwrap().unwrap().whole);
    bus.ping().await.unwrap();
    seq
}

async fn again() {
    let broker = Broker::start();
    let life = Duration::from_secs(12);
    let taken = work(broker.settings(life), 3 * life).await;
    println!("{taken} messages while three tokens ended");
}

/// In a process of its own, whose environment holds the credentials.
fn with(secret: &str) -> (bool, String) {
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--ignored", "--nocapture", "tokens_are_taken_and_renewed"]);
    test.env(AGAIN, "1").env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    let output = test.env("AWS_SECRET_ACCESS_KEY", secret).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "starts a Kafka of its own: `make chaos` runs it"]
async fn tokens_are_taken_and_renewed_before_they_end() {
    if std::env::var_os(AGAIN).is_some() {
        return again().await;
    }
    let (done, said) = with(SECRET);
    assert!(done, "{said}");
    let (done, said) = with("another");
    assert!(
        !done,
        "a token signed with another secret was taken: {said}"
    );
}
