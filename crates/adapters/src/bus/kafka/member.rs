//! A member of a consumer group: one task that takes records, gives them to the consumer stream by
//! stream, and commits. Which partitions are its own is `rebalance`'s concern.

mod rebalance;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use raally_app::ports::{Acknowledgement, BusError, Delivery, Message, Subscription};
use raally_domain::stream::StreamId;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::{Message as _, Offset, TopicPartitionList};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::dead_letters::{self, DeadLetters};
use super::record::{self, DeadLetterRecord};
use super::settings::KafkaSettings;
use super::streams::{Action, Partition};
use super::{AuthContext, Producer, keep, sign_in, unavailable};
use rebalance::{PendingAssignment, Rebalance, RebalanceContext};

/// How often what is done is committed.
const COMMIT: Duration = Duration::from_millis(200);

type Kafka = Arc<StreamConsumer<RebalanceContext>>;

/// What the consumer holds: deliveries come until it is dropped.
pub(super) struct Joined {
    deliveries: mpsc::Receiver<Delivery>,
}

#[async_trait]
impl Subscription for Joined {
    async fn next(&mut self) -> Option<Delivery> {
        self.deliveries.recv().await
    }
}

/// Joins the group; answers once the group has let the member in.
pub(super) async fn join(
    settings: KafkaSettings,
    producer: Producer,
    group: &str,
) -> Result<Joined, BusError> {
    let (sender, rebalances) = mpsc::unbounded_channel();
    let context = RebalanceContext::new(sender, settings.security.clone());
    let consumer: StreamConsumer<RebalanceContext> = settings
        .member(group)?
        .create_with_context(context)
        .map_err(unavailable)?;
    let tail: StreamConsumer<AuthContext> = settings
        .follower(&format!("{group}.aside"))?
        .create_with_context(AuthContext(settings.security.clone()))
        .map_err(unavailable)?;
    sign_in(&settings.security, consumer.client())?;
    sign_in(&settings.security, tail.client())?;
    consumer
        .subscribe(&[settings.audit().as_str()])
        .map_err(unavailable)?;
    // One at a time: what is handed over is in hand.
    let (out, deliveries) = mpsc::channel(1);
    let (joined, has_joined) = oneshot::channel();
    let limit = settings.let_in_within();
    let member = Member {
        consumer: Arc::new(consumer),
        tail: Arc::new(tail),
        producer,
        group: group.to_owned(),
        settings,
        out,
        joined: Some(joined),
        rebalances,
        assigning: None,
        revoking: None,
        back_by: None,
        partitions: HashMap::new(),
        generation: 0,
        ready: VecDeque::new(),
        backing_off: BTreeMap::new(),
        answers: FuturesUnordered::new(),
        works: FuturesUnordered::new(),
        full: false,
    };
    tokio::spawn(member.run());
    match tokio::time::timeout(limit, has_joined).await {
        Ok(Ok(())) => Ok(Joined { deliveries }),
        _ => Err(BusError::Unavailable(format!(
            "the group {group} did not let a member in within {limit:?}"
        ))),
    }
}

/// A stream of a partition, under one assignment of it.
type StreamKey = (i32, u64, StreamId);

/// What work for a stream came to.
enum Outcome {
    Written(Option<i64>),
    Loaded(Vec<Message>),
}

struct Member {
    consumer: Kafka,
    /// Follows the group's dead letters, for replays that an operator asks for.
    tail: Arc<StreamConsumer<AuthContext>>,
    producer: Producer,
    group: String,
    settings: KafkaSettings,
    out: mpsc::Sender<Delivery>,
    joined: Option<oneshot::Sender<()>>,
    rebalances: mpsc::UnboundedReceiver<Rebalance>,
    /// Partitions that are assigned once the dead letters of their streams are known.
    assigning: Option<PendingAssignment>,
    /// Partitions that are being revoked, and until when they wait.
    revoking: Option<(Vec<i32>, Instant)>,
    /// The group has lost this member, and is to let it in again until then.
    back_by: Option<Instant>,
    partitions: HashMap<i32, Partition>,
    generation: u64,
    /// Streams whose first message can be given.
    ready: VecDeque<StreamKey>,
    backing_off: BTreeMap<(Instant, StreamKey), ()>,
    answers: FuturesUnordered<BoxFuture<'static, (StreamKey, Acknowledgement)>>,
    works: FuturesUnordered<BoxFuture<'static, (StreamKey, Outcome)>>,
    /// So much is held that no more is taken.
    full: bool,
}

/// The pause after a number of attempts.
fn backoff(settings: &KafkaSettings, attempts: u32) -> Duration {
    let doubled = 1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX);
    let pause = settings.retry.saturating_mul(doubled);
    pause.min(settings.retry_at_most)
}

impl Member {
    async fn run(mut self) {
        let (consumer, tail, out) = (self.consumer.clone(), self.tail.clone(), self.out.clone());
        let mut commit = tokio::time::interval(COMMIT);
        loop {
            let wake = self.wake_at();
            tokio::select! {
                biased;
                () = out.closed() => break,
                // Whoever consumes joins again, with the password of then.
                () = consumer.context().refused() => break,
                () = tokio::time::sleep_until(self.back_by.unwrap_or(wake)), if self.back_by.is_some() => {
                    tracing::warn!(group = self.group, "the group lost a member and has not let it in again: a new one joins");
                    break;
                }
                Some(event) = self.rebalances.recv(), if self.assigning.is_none() && self.revoking.is_none() => self.on_rebalance(event),
                dead_letters = async { (&mut self.assigning.as_mut().expect("guarded").dead_letters).await }, if self.assigning.is_some() => {
                    self.assign(dead_letters);
                }
                _ = commit.tick() => {
                    self.look_whether_lost();
                    self.commit(CommitMode::Async).await;
                }
                Some((key, handled)) = self.answers.next() => self.answered(key, handled),
                Some((key, outcome)) = self.works.next() => self.worked(key, outcome),
                () = tokio::time::sleep_until(wake) => self.woken(),
                Ok(permit) = out.reserve(), if !self.ready.is_empty() => {
                    if let Some(delivery) = self.give() {
                        permit.send(delivery);
                    }
                }
                Ok(record) = tail.recv() => self.on_dead_letter_record(&record),
                record = consumer.recv() => match record {
                    Ok(record) => self.take(&record),
                    Err(error) => tracing::debug!(%error, group = self.group, "librdkafka reports an error"),
                },
            }
            self.flow();
            self.revoke().await;
        }
        drop((consumer, tail, out));
        self.leave().await;
    }

    /// The next moment at which something is due without anybody saying so.
    fn wake_at(&self) -> Instant {
        let rested = self.backing_off.keys().next().map(|(at, _)| *at);
        let gone = self.revoking.as_ref().map(|(_, until)| *until);
        let far = Instant::now() + Duration::from_secs(3600);
        [rested, gone].into_iter().flatten().min().unwrap_or(far)
    }

    async fn commit(&mut self, mode: CommitMode) {
        let topic = self.settings.audit();
        let mut done = TopicPartitionList::new();
        for (number, partition) in &mut self.partitions {
            if let Some(offset) = partition.commit()
                && let Err(error) =
                    done.add_partition_offset(&topic, *number, Offset::Offset(offset))
            {
                tracing::warn!(%error, "an offset cannot be committed");
            }
        }
        if done.count() == 0 {
            return;
        }
        let result = match mode {
            CommitMode::Async => self.consumer.commit(&done, mode).map_err(unavailable),
            CommitMode::Sync => {
                let consumer = self.consumer.clone();
                let commit = move || consumer.commit(&done, mode).map_err(unavailable);
                let committed = tokio::task::spawn_blocking(commit);
                match tokio::time::timeout(self.settings.timeout, committed).await {
                    Ok(Ok(result)) => result,
                    Ok(Err(error)) => Err(unavailable(error)),
                    Err(late) => Err(unavailable(late)),
                }
            }
        };
        if let Err(error) = result {
            // Those messages may come again.
            tracing::warn!(%error, group = self.group, "offsets could not be committed");
        }
    }

    /// Takes no more while too much is held.
    fn flow(&mut self) {
        let held: usize = self.partitions.values().map(Partition::held).sum();
        let full = if self.full {
            held > self.settings.ahead / 2
        } else {
            held >= self.settings.ahead
        };
        if full != self.full {
            self.full = full;
            let mut all = TopicPartitionList::new();
            for number in self.partitions.keys() {
                all.add_partition(&self.settings.audit(), *number);
            }
            self.pause(&all, full);
        }
    }

    fn pause(&self, partitions: &TopicPartitionList, pause: bool) {
        let told = if pause {
            self.consumer.pause(partitions)
        } else {
            self.consumer.resume(partitions)
        };
        if let Err(error) = told {
            tracing::warn!(%error, group = self.group, "partitions could not be paused or resumed");
        }
    }

    fn take(&mut self, record: &rdkafka::message::BorrowedMessage<'_>) {
        let (number, offset) = (record.partition(), record.offset());
        let Some(partition) = self.partitions.get_mut(&number) else {
            return;
        };
        let generation = partition.generation;
        match record::message(record) {
            Some(message) => {
                let id = message.stream;
                let next = partition.arrive(offset, message);
                self.all((number, generation, id), next);
            }
            None => {
                tracing::warn!(partition = number, offset, "a record holds no event");
                partition.skip(offset);
            }
        }
    }

    /// Something was written to the topic of dead letters.
    fn on_dead_letter_record(&mut self, record: &rdkafka::message::BorrowedMessage<'_>) {
        if let Some(DeadLetterRecord::Replay(id)) = DeadLetterRecord::read(record, &self.group) {
            self.replay(record.partition(), id);
        }
    }

    fn replay(&mut self, number: i32, id: StreamId) {
        if let Some(partition) = self.partitions.get_mut(&number) {
            let key = (number, partition.generation, id);
            let next = partition.replay(id);
            self.all(key, next);
        }
    }

    /// The partition of a key, if it is still under the same assignment.
    fn partition(&mut self, key: StreamKey) -> Option<&mut Partition> {
        let partition = self.partitions.get_mut(&key.0)?;
        (partition.generation == key.1).then_some(partition)
    }

    fn give(&mut self) -> Option<Delivery> {
        let key = self.ready.pop_front()?;
        let (message, lookahead, attempt) = self.partition(key)?.give(key.2)?;
        let (answer, answered) = oneshot::channel();
        self.answers.push(Box::pin(async move {
            (key, answered.await.unwrap_or(Acknowledgement::Retry))
        }));
        Some(Delivery {
            message,
            lookahead,
            attempt,
            answer,
        })
    }

    fn answered(&mut self, key: StreamKey, handled: Acknowledgement) {
        if let Some(partition) = self.partition(key) {
            let next = partition.answer(key.2, handled);
            self.all(key, next);
        }
    }

    fn worked(&mut self, key: StreamKey, outcome: Outcome) {
        if let Some(partition) = self.partition(key) {
            let next = match outcome {
                Outcome::Written(offset) => partition.written(key.2, offset),
                Outcome::Loaded(messages) => partition.loaded(key.2, messages),
            };
            self.all(key, next);
        }
    }

    fn woken(&mut self) {
        let now = Instant::now();
        while let Some(entry) = self.backing_off.first_entry()
            && entry.key().0 <= now
        {
            let ((_, key), ()) = entry.remove_entry();
            self.ready.push_back(key);
        }
    }

    fn all(&mut self, key: StreamKey, next: impl IntoIterator<Item = Action>) {
        for next in next {
            self.execute(key, next);
        }
    }

    fn execute(&mut self, key: StreamKey, next: Action) {
        match next {
            Action::Deliver(_) => self.ready.push_back(key),
            Action::BackOff(_, attempts) => {
                let at = Instant::now() + backoff(&self.settings, attempts);
                self.backing_off.insert((at, key), ());
            }
            Action::Write(what, offset) => {
                let (settings, group) = (self.settings.clone(), self.group.clone());
                let producer = self.producer.clone();
                self.works.push(Box::pin(async move {
                    let mut attempts = 1;
                    while let Err(error) = keep(&producer, &settings, &group, key.0, &what).await
                    {
                        tracing::warn!(%error, group, "a dead letter could not be written and is retried");
                        tokio::time::sleep(backoff(&settings, attempts)).await;
                        attempts += 1;
                    }
                    (key, Outcome::Written(offset))
                }));
            }
            Action::Load(id) => {
                let (settings, group) = (self.settings.clone(), self.group.clone());
                self.works.push(Box::pin(async move {
                    let mut dead_letters = read_dead_letters(settings, group, vec![key.0]).await;
                    let stream = dead_letters.streams.remove(&id).unwrap_or_default();
                    let messages = stream.messages.into_values();
                    (key, Outcome::Loaded(messages.map(|(m, _)| m).collect()))
                }));
            }
        }
    }
}

/// Reads the dead letters, until that succeeds: no stream may go on before.
async fn read_dead_letters(
    settings: KafkaSettings,
    group: String,
    partitions: Vec<i32>,
) -> DeadLetters {
    if partitions.is_empty() {
        return DeadLetters::default();
    }
    let mut attempts = 1;
    loop {
        let (of, name, which) = (settings.clone(), group.clone(), partitions.clone());
        let read =
            tokio::task::spawn_blocking(move || dead_letters::read(&of, &name, &which)).await;
        match read.map_err(unavailable).and_then(|read| read) {
            Ok(dead_letters) => return dead_letters,
            Err(error) => {
                tracing::warn!(%error, group, "dead letters could not be read and are read again")
            }
        }
        tokio::time::sleep(backoff(&settings, attempts)).await;
        attempts += 1;
    }
}
