//! Partitions that come to a member and go from it. librdkafka says what moves and waits until it
//! is told that it has: time to read what is set aside before, and to finish what is in hand after.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::StreamExt;
use rdkafka::client::OAuthToken;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::super::aside::{self, Aside};
use super::super::settings::KafkaSecurity;
use super::super::streams::Partition;
use super::{Member, read_aside};

/// How long a partition that goes to another member waits for what its consumer has in hand.
const HANDOVER: Duration = Duration::from_secs(5);
/// Partitions that come or go. librdkafka waits until it is told that they have.
pub(super) enum Move {
    Come(Vec<i32>),
    Go(Vec<i32>),
}

pub(super) struct Context {
    moves: mpsc::UnboundedSender<Move>,
    /// Nobody listens to `moves` any more.
    closing: AtomicBool,
    /// The brokers refuse who we say we are.
    refused: Notify,
    security: KafkaSecurity,
}

impl Context {
    pub(super) fn new(moves: mpsc::UnboundedSender<Move>, security: KafkaSecurity) -> Context {
        Context {
            moves,
            closing: AtomicBool::new(false),
            refused: Notify::new(),
            security,
        }
    }

    /// Returns once the brokers have refused who we say we are.
    pub(super) async fn refused(&self) {
        self.refused.notified().await;
    }
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.security.token()
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Authentication) {
            tracing::warn!(reason, "the brokers refuse us");
            self.refused.notify_one();
        } else {
            tracing::debug!(%error, reason, "the brokers say");
        }
    }
}

impl ConsumerContext for Context {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let partitions = list.elements().iter().map(|p| p.partition()).collect();
        let comes = what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let event = if comes {
            Move::Come(partitions)
        } else {
            Move::Go(partitions)
        };
        if !self.closing.load(Ordering::Acquire) && self.moves.send(event).is_ok() {
            return;
        }
        let told = if comes {
            consumer.incremental_assign(list)
        } else {
            consumer.incremental_unassign(list)
        };
        if let Err(error) = told {
            tracing::warn!(%error, "a partition could not be left");
        }
    }
}

/// Partitions that come, and what their streams have set aside.
pub(super) struct Coming {
    numbers: Vec<i32>,
    pub(super) aside: BoxFuture<'static, Aside>,
}

impl Member {
    pub(super) fn moving(&mut self, event: Move) {
        match event {
            Move::Come(partitions) => {
                let (settings, group) = (self.settings.clone(), self.group.clone());
                let aside = Box::pin(read_aside(settings, group, partitions.clone()));
                self.coming = Some(Coming {
                    numbers: partitions,
                    aside,
                });
            }
            Move::Go(partitions) => {
                for number in &partitions {
                    if let Some(partition) = self.partitions.get_mut(number) {
                        partition.leaving = true;
                    }
                }
                self.going = Some((partitions, Instant::now() + HANDOVER));
            }
        }
    }

    /// Begins to work on partitions, knowing what is set aside of them.
    pub(super) fn come(&mut self, aside: Aside) {
        let Some(Coming { numbers, .. }) = self.coming.take() else {
            return;
        };
        let mut main = TopicPartitionList::new();
        let mut tail = TopicPartitionList::new();
        for number in &numbers {
            self.generation += 1;
            let of = |s: &aside::Stream| s.partition == *number;
            let parked = aside.streams.iter().filter(|(_, s)| of(s));
            let partition = Partition::new(self.generation, parked.map(|(id, _)| *id));
            self.partitions.insert(*number, partition);
            main.add_partition(&self.settings.audit(), *number);
            let end = aside.ends.get(number).copied();
            let from = end.map_or(Offset::Beginning, Offset::Offset);
            if let Err(error) = tail.add_partition_offset(&self.settings.dead(), *number, from) {
                tracing::warn!(%error, "a partition cannot be followed");
            }
        }
        let told = self.tail.incremental_assign(&tail);
        if let Err(error) = told.and_then(|()| self.consumer.incremental_assign(&main)) {
            tracing::warn!(%error, group = self.group, "partitions could not be taken");
        }
        if self.full {
            self.pause(&main, true);
        }
        for (id, stream) in &aside.streams {
            if stream.replaying {
                self.replay(stream.partition, *id);
            }
        }
        if let Some(joined) = self.joined.take() {
            let _ = joined.send(());
        }
    }

    /// Lets partitions go once nothing of theirs is under way, or the time is over.
    pub(super) async fn go(&mut self) {
        let Some((numbers, until)) = &self.going else {
            return;
        };
        let quiet = |n: &i32| self.partitions.get(n).is_none_or(Partition::is_quiet);
        let lost = self.consumer.assignment_lost();
        if !lost && *until > Instant::now() && !numbers.iter().all(quiet) {
            return;
        }
        let numbers = numbers.clone();
        if !lost {
            self.commit(CommitMode::Sync).await;
        }
        let mut main = TopicPartitionList::new();
        let mut tail = TopicPartitionList::new();
        for number in &numbers {
            self.partitions.remove(number);
            main.add_partition(&self.settings.audit(), *number);
            tail.add_partition(&self.settings.dead(), *number);
        }
        self.going = None;
        let told = self.tail.incremental_unassign(&tail);
        if let Err(error) = told.and_then(|()| self.consumer.incremental_unassign(&main)) {
            tracing::warn!(%error, group = self.group, "partitions could not be let go");
        }
    }

    /// Ends what is under way, commits, and leaves the group.
    pub(super) async fn leave(mut self) {
        for partition in self.partitions.values_mut() {
            partition.leaving = true;
        }
        let settle = async {
            while !self.partitions.values().all(Partition::is_quiet) {
                tokio::select! {
                    Some((place, handled)) = self.answers.next() => self.answered(place, handled),
                    Some((place, outcome)) = self.works.next() => self.worked(place, outcome),
                    else => break,
                }
            }
        };
        let _ = tokio::time::timeout(HANDOVER, settle).await;
        self.commit(CommitMode::Sync).await;
        // Closing waits for the brokers.
        let closed = tokio::task::spawn_blocking(move || drop(self));
        if let Err(error) = closed.await {
            tracing::warn!(%error, "a member could not leave its group");
        }
    }
}

impl Drop for Member {
    /// Closing waits until librdkafka has been told of every partition that it moves, also where
    /// the runtime ends before the member could leave.
    fn drop(&mut self) {
        self.consumer
            .context()
            .closing
            .store(true, Ordering::Release);
        let coming = self.coming.take().map(|coming| Move::Come(coming.numbers));
        let going = self.going.take().map(|(numbers, _)| Move::Go(numbers));
        let queued = std::iter::from_fn(|| self.moved.try_recv().ok());
        for event in coming.into_iter().chain(going).chain(queued) {
            let mut list = TopicPartitionList::new();
            let (Move::Come(numbers) | Move::Go(numbers)) = &event;
            for number in numbers {
                list.add_partition(&self.settings.audit(), *number);
            }
            let told = match event {
                Move::Come(_) => self.consumer.incremental_assign(&list),
                Move::Go(_) => self.consumer.incremental_unassign(&list),
            };
            if let Err(error) = told {
                tracing::debug!(%error, "a partition moved while its member left");
            }
        }
    }
}
