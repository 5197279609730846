//! What is done to a fleet while it works.

use std::time::Duration;

use raally_adapters::bus::{KafkaBus, KafkaSettings};
use raally_app::ports::{Bus, Message};
use raally_domain::ids::TenantId;
use raally_domain::stream::StreamId;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use uuid::Uuid;

use super::own::Own;
use super::process::{Fleet, PATIENCE};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    KillServe,
    KillWorker,
    RestartServe,
    CrashPostgres,
    CutPostgres,
    SlowPostgres,
    CrashKafka,
    CrashRedis,
    FlushRedis,
    Poison,
    LoseView,
    FailOver,
}

impl Fault {
    /// What happens often, and what less.
    pub fn choose(chance: &mut ChaCha8Rng) -> Fault {
        match chance.next_u32() % 40 {
            0..14 => Fault::KillServe,
            14..24 => Fault::KillWorker,
            24..26 => Fault::RestartServe,
            26..28 => Fault::CrashPostgres,
            28..31 => Fault::CutPostgres,
            31..33 => Fault::SlowPostgres,
            33 => Fault::CrashKafka,
            34..36 => Fault::CrashRedis,
            36..38 => Fault::FlushRedis,
            38 => Fault::Poison,
            _ => Fault::LoseView,
        }
    }

    /// Does it, and puts the part back.
    pub async fn strike(self, own: &mut Own, fleet: &mut Fleet, chance: &mut ChaCha8Rng) {
        let one = usize::try_from(chance.next_u32()).unwrap() % 2;
        let while_ = Duration::from_millis(u64::from(chance.next_u32() % 1_500));
        match self {
            Fault::KillServe => {
                fleet.serve[one].kill();
                tokio::time::sleep(while_).await;
                tokio::task::block_in_place(|| fleet.serve[one].launch());
            }
            Fault::KillWorker => {
                fleet.workers[one].kill();
                tokio::time::sleep(while_).await;
                tokio::task::block_in_place(|| fleet.workers[one].launch());
            }
            Fault::RestartServe => {
                let (status, took) = tokio::task::block_in_place(|| fleet.serve[one].terminate());
                assert!(status.success(), "{status}");
                assert!(took < PATIENCE, "{took:?}");
                tokio::task::block_in_place(|| fleet.serve[one].launch());
            }
            Fault::CrashPostgres if !own.failed_over => {
                tokio::task::block_in_place(|| own.crash("postgres"));
                tokio::time::sleep(while_).await;
                tokio::task::block_in_place(|| own.start_again("postgres"));
            }
            Fault::CutPostgres | Fault::CrashPostgres => {
                own.postgres.cut();
                own.standby.cut();
            }
            Fault::SlowPostgres => {
                own.postgres.delay(Duration::from_millis(40));
                own.standby.delay(Duration::from_millis(40));
                tokio::time::sleep(while_ * 2).await;
                own.postgres.delay(Duration::ZERO);
                own.standby.delay(Duration::ZERO);
            }
            Fault::CrashKafka => crash(own, "kafka", while_ * 4).await,
            Fault::CrashRedis => crash(own, "redis", while_).await,
            Fault::FlushRedis => flush(&own.redis()).await,
            Fault::Poison => {
                let nobody = poison(&own.kafka(), chance).await;
                own.poisoned.push(nobody);
            }
            Fault::LoseView => lose_view(&own.kafka()).await,
            Fault::FailOver => {
                if !own.failed_over {
                    tokio::task::block_in_place(|| own.fail_over());
                }
            }
        }
    }
}

async fn crash(own: &Own, engine: &str, away: Duration) {
    tokio::task::block_in_place(|| own.crash(engine));
    tokio::time::sleep(away).await;
    tokio::task::block_in_place(|| own.start_again(engine));
}

async fn flush(address: &str) {
    let client = redis::Client::open(address).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHALL")
        .query_async(&mut connection)
        .await
        .unwrap();
}

/// Something that is no event, in a stream that has none else.
/// Returns that stream.
async fn poison(brokers: &str, chance: &mut ChaCha8Rng) -> String {
    let settings = KafkaSettings {
        partitions: 4,
        ..KafkaSettings::new(brokers)
    };
    let nobody = Uuid::from_u128(u128::from(chance.next_u64()) | 7 << 76);
    let message = Message {
        stream: TenantId(nobody).into(),
        seq: 1,
        body: "{\"type\":\"nothing.known\"".into(),
        trace: None,
    };
    // Kafka may be away: then there is no poison.
    let _ = KafkaBus::new(settings).publish(vec![message]).await;
    StreamId::Tenant(TenantId(nobody)).to_string()
}

/// A topic that others read is removed; ours makes it anew.
async fn lose_view(brokers: &str) {
    use rdkafka::admin::{AdminClient, AdminOptions};
    use rdkafka::client::DefaultClientContext;
    let client: AdminClient<DefaultClientContext> = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .create()
        .unwrap();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)));
    let _ = client.delete_topics(&["raally.project"], &options).await;
}
