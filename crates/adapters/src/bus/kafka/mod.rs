//! The event bus on Apache Kafka.
//!
//! - `raally.audit` carries every event of every stream, keyed by stream, so that a stream keeps
//!   its order in one partition; `raally.user`, `raally.tenant` and `raally.project` are views for
//!   others. Records are CloudEvents (`record`).
//! - A group is a Kafka consumer group with cooperative-sticky assignment. A member works on many
//!   streams of a partition at once and commits the offset below which all is done (`streams`).
//! - A message that a group cannot consume is a dead letter: it is written to
//!   `raally.audit.dead`, and the stream's messages behind it after it, so that the partition goes
//!   on; a replay brings them back in order (`dead_letters`).

mod auth;
mod content;
mod dead_letters;
mod iam;
mod member;
mod record;
mod settings;
mod streams;
mod topics;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::{BoxFuture, FutureExt, Shared};
use raally_app::ports::{Bus, BusError, Content, Message, Subscription, Topic};
use raally_domain::stream::StreamId;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

pub(crate) use auth::AuthContext;
use auth::{reader, sign_in};
pub use iam::Iam;
use record::DeadLetterRecord;
pub use settings::{KafkaSecurity, KafkaSettings};

/// Publishes, and says who we are.
pub(crate) type Producer = FutureProducer<AuthContext>;

/// Messages go to the brokers at once; whatever `publish` has answered is kept by all of them
/// that must keep it.
pub struct KafkaBus {
    settings: KafkaSettings,
    /// Made with the first call and anew after one that failed: the topics may be gone then, or
    /// the password be another.
    producer: Arc<Made>,
    /// A question whether the brokers are well that has no answer yet: whoever asks meanwhile
    /// waits for the same, and it comes to its end when nobody waits any longer.
    asked: parking_lot::Mutex<Option<Asked>>,
}

type Made = tokio::sync::Mutex<Option<Producer>>;
type Asked = Shared<BoxFuture<'static, Result<(), String>>>;

fn unavailable(error: impl std::fmt::Display) -> BusError {
    BusError::Unavailable(error.to_string())
}

impl KafkaBus {
    /// A bus that connects, and makes the topics that are missing, with its first call.
    #[must_use]
    pub fn new(settings: KafkaSettings) -> KafkaBus {
        KafkaBus {
            settings,
            producer: Arc::default(),
            asked: parking_lot::Mutex::default(),
        }
    }

    /// Connects, and makes the topics that are missing.
    ///
    /// # Errors
    /// When the brokers do not answer within the settings' timeout, refuse, or hold a topic with
    /// another number of partitions.
    pub async fn connect(settings: KafkaSettings) -> Result<KafkaBus, BusError> {
        let bus = KafkaBus::new(settings);
        let _made = bus.producer().await?;
        Ok(bus)
    }

    async fn producer(&self) -> Result<Producer, BusError> {
        producer(&self.settings, &self.producer).await
    }

    async fn try_publish(&self, messages: &[Message]) -> Result<(), BusError> {
        let producer = self.producer().await?;
        let topic = self.settings.audit();
        let timeout = self.settings.timeout;
        let mut deliveries = Vec::with_capacity(messages.len() * 2);
        for message in messages {
            let key = message.stream.key();
            let described = record::describe(message);
            if let Some(view) = described.view {
                let view = self.settings.view(view);
                let record = FutureRecord::to(&view)
                    .key(key.as_str())
                    .payload(&*message.body)
                    .headers(described.headers.clone());
                deliveries.push(enqueue(&producer, record, timeout).await?);
            }
            let record = FutureRecord::to(&topic)
                .key(key.as_str())
                .payload(&*message.body)
                .headers(described.headers);
            deliveries.push(enqueue(&producer, record, timeout).await?);
        }
        for delivery in deliveries {
            delivered(delivery).await?;
        }
        Ok(())
    }

    async fn dead_letters_of(&self, group: &str) -> Result<dead_letters::DeadLetters, BusError> {
        let (settings, group) = (self.settings.clone(), group.to_owned());
        let partitions: Vec<i32> = (0..settings.partitions).collect();
        tokio::task::spawn_blocking(move || dead_letters::read(&settings, &group, &partitions))
            .await
            .map_err(unavailable)?
    }
}

async fn producer(settings: &KafkaSettings, made: &Made) -> Result<Producer, BusError> {
    let mut made = made.lock().await;
    if let Some(producer) = &*made {
        return Ok(producer.clone());
    }
    topics::prepare(settings).await?;
    let producer: Producer = settings
        .producer()?
        .create_with_context(AuthContext(settings.security.clone()))
        .map_err(unavailable)?;
    *made = Some(producer.clone());
    Ok(producer)
}

async fn ask(settings: KafkaSettings, made: Arc<Made>) -> Result<(), BusError> {
    let producer = producer(&settings, &made).await?;
    let (topic, timeout) = (settings.audit(), settings.timeout);
    let asked = tokio::task::spawn_blocking(move || {
        let client = producer.client();
        client.fetch_metadata(Some(&topic), timeout).map(|_| ())
    });
    let answered = asked.await.map_err(unavailable)?;
    if answered.is_err() {
        *made.lock().await = None;
    }
    answered.map_err(unavailable)
}

/// Hands a record to the producer, which keeps the order of a partition; waits while its queue is full.
async fn enqueue(
    producer: &Producer,
    mut record: FutureRecord<'_, str, str>,
    timeout: Duration,
) -> Result<DeliveryFuture, BusError> {
    let deadline = Instant::now() + timeout;
    loop {
        match producer.send_result(record) {
            Ok(delivery) => return Ok(delivery),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again))
                if Instant::now() < deadline =>
            {
                record = again;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err((error, _)) => return Err(unavailable(error)),
        }
    }
}

async fn delivered(delivery: DeliveryFuture) -> Result<(), BusError> {
    match delivery.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err((error, _))) => Err(unavailable(error)),
        Err(_) => Err(BusError::Unavailable("the producer has ended".to_owned())),
    }
}

/// Writes to the topic of dead letters.
async fn keep(
    producer: &Producer,
    settings: &KafkaSettings,
    group: &str,
    partition: i32,
    what: &DeadLetterRecord,
) -> Result<(), BusError> {
    let (topic, key) = (settings.dead(), what.key(group));
    let mut record = FutureRecord::to(&topic)
        .partition(partition)
        .key(key.as_str())
        .headers(what.headers());
    if let Some(value) = what.value() {
        record = record.payload(value);
    }
    delivered(enqueue(producer, record, settings.timeout).await?).await
}

/// Where a partition ends.
fn end(
    reader: &BaseConsumer<AuthContext>,
    settings: &KafkaSettings,
    topic: &str,
    partition: i32,
) -> Result<i64, BusError> {
    watermarks(reader, settings, topic, partition).map(|(_, end)| end)
}

/// Where a partition begins and ends. A broker that has just become its leader refuses for a
/// moment.
fn watermarks(
    reader: &BaseConsumer<AuthContext>,
    settings: &KafkaSettings,
    topic: &str,
    partition: i32,
) -> Result<(i64, i64), BusError> {
    let deadline = Instant::now() + settings.timeout;
    loop {
        match reader.fetch_watermarks(topic, partition, settings.timeout) {
            Ok(found) => return Ok(found),
            Err(KafkaError::MetadataFetch(
                RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition,
            )) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(unavailable(error)),
        }
    }
}

/// Where a group has not been yet, it begins now: with what is published from here on. A group's
/// coordinator moves, and is not there at all while the brokers make their first group.
fn begin(settings: &KafkaSettings, group: &str) -> Result<(), BusError> {
    let deadline = Instant::now() + settings.timeout;
    let mut pause = Duration::from_millis(50);
    loop {
        match try_begin(settings, group) {
            Err(_) if Instant::now() + pause < deadline => std::thread::sleep(pause),
            result => return result,
        }
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

fn try_begin(settings: &KafkaSettings, group: &str) -> Result<(), BusError> {
    let topic = settings.audit();
    let reader = reader(settings, group)?;
    let mut asked = TopicPartitionList::new();
    asked.add_partition_range(&topic, 0, settings.partitions - 1);
    let known = reader
        .committed_offsets(asked, settings.timeout)
        .map_err(unavailable)?;
    let mut begins = TopicPartitionList::new();
    for partition in known.elements() {
        if partition.offset() == Offset::Invalid {
            let end = end(&reader, settings, &topic, partition.partition())?;
            begins
                .add_partition_offset(&topic, partition.partition(), Offset::Offset(end))
                .map_err(unavailable)?;
        }
    }
    if begins.count() == 0 {
        return Ok(());
    }
    match reader.commit(&begins, CommitMode::Sync) {
        // The group has members: the first of them did this.
        Err(KafkaError::ConsumerCommit(
            RDKafkaErrorCode::UnknownMemberId
            | RDKafkaErrorCode::IllegalGeneration
            | RDKafkaErrorCode::RebalanceInProgress,
        ))
        | Ok(()) => Ok(()),
        Err(error) => Err(unavailable(error)),
    }
}

/// How far what a group has committed lies behind the ends of its topic's partitions.
fn waiting(settings: &KafkaSettings, group: &str) -> Result<u64, BusError> {
    let topic = settings.audit();
    let reader = reader(settings, group)?;
    let mut asked = TopicPartitionList::new();
    asked.add_partition_range(&topic, 0, settings.partitions - 1);
    let offsets = reader
        .committed_offsets(asked, settings.timeout)
        .map_err(unavailable)?;
    let mut waiting = 0;
    for key in offsets.elements() {
        if let Offset::Offset(at) = key.offset() {
            let end = end(&reader, settings, &topic, key.partition())?;
            waiting += u64::try_from(end - at).unwrap_or(0);
        }
    }
    Ok(waiting)
}

#[async_trait]
impl Bus for KafkaBus {
    async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError> {
        let published = self.try_publish(&messages).await;
        if published.is_err() {
            *self.producer.lock().await = None;
        }
        published
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscription>, BusError> {
        let producer = self.producer().await?;
        let (settings, name) = (self.settings.clone(), group.to_owned());
        tokio::task::spawn_blocking(move || begin(&settings, &name))
            .await
            .map_err(unavailable)??;
        let joined = member::join(self.settings.clone(), producer, group).await?;
        Ok(Box::new(joined))
    }

    async fn content(&self) -> Result<Option<Content>, BusError> {
        // A topic that is missing holds nothing, and is no reason to fail.
        let _made = self.producer().await?;
        content::read(self.settings.clone()).await.map(Some)
    }

    async fn lag(&self, group: &str) -> Result<u64, BusError> {
        let (settings, group) = (self.settings.clone(), group.to_owned());
        tokio::task::spawn_blocking(move || waiting(&settings, &group))
            .await
            .map_err(unavailable)?
    }

    async fn dead_letters(&self, group: &str) -> Result<Vec<(Message, String)>, BusError> {
        Ok(self.dead_letters_of(group).await?.dead_letters())
    }

    async fn replay(&self, group: &str, stream: StreamId) -> Result<(), BusError> {
        let dead_letters = self.dead_letters_of(group).await?;
        let Some(dead_lettered) = dead_letters.streams.get(&stream).filter(|s| !s.replaying) else {
            return Ok(());
        };
        let replay = DeadLetterRecord::Replay(stream);
        let partition = dead_lettered.partition;
        let producer = self.producer().await?;
        keep(&producer, &self.settings, group, partition, &replay).await
    }

    async fn topics(&self) -> Result<Vec<Topic>, BusError> {
        topics::look(self.settings.clone()).await
    }

    async fn ping(&self) -> Result<(), BusError> {
        let asked = {
            let mut asked = self.asked.lock();
            let under_way = asked.take().filter(|a| a.peek().is_none());
            let asked_now = || {
                let asking = ask(self.settings.clone(), Arc::clone(&self.producer));
                let task = tokio::spawn(async move { asking.await.map_err(|e| e.to_string()) });
                let ended = task.map(|ended| ended.unwrap_or_else(|e| Err(e.to_string())));
                ended.boxed().shared()
            };
            asked.insert(under_way.unwrap_or_else(asked_now)).clone()
        };
        asked.await.map_err(BusError::Unavailable)
    }
}
