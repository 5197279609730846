//! Rebalancing: partitions that are assigned to a member and revoked from it. librdkafka waits
//! until it is told that they are: time to read dead letters before an assignment, and to finish
//! what is in hand before a revocation.

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

use super::super::dead_letters::{self, DeadLetters};
use super::super::settings::KafkaSecurity;
use super::super::streams::Partition;
use super::{Member, read_dead_letters};

/// How long a revoked partition waits for what its consumer has in hand.
const HANDOVER: Duration = Duration::from_secs(5);
/// Partitions that are to be assigned or revoked. librdkafka waits until it is told that they are.
pub(super) enum Rebalance {
    Assign(Vec<i32>),
    Revoke(Vec<i32>),
}

pub(super) struct RebalanceContext {
    rebalances: mpsc::UnboundedSender<Rebalance>,
    /// Nobody receives from `rebalances` any more.
    closing: AtomicBool,
    /// The brokers refuse our credentials.
    refused: Notify,
    security: KafkaSecurity,
}

impl RebalanceContext {
    pub(super) fn new(
        rebalances: mpsc::UnboundedSender<Rebalance>,
        security: KafkaSecurity,
    ) -> RebalanceContext {
        RebalanceContext {
            rebalances,
            closing: AtomicBool::new(false),
            refused: Notify::new(),
            security,
        }
    }

    /// Returns once the brokers have refused our credentials.
    pub(super) async fn refused(&self) {
        self.refused.notified().await;
    }
}

impl ClientContext for RebalanceContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.security.token()
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Authentication) {
            tracing::warn!(reason, "the brokers refuse our credentials");
            self.refused.notify_one();
        } else {
            tracing::debug!(%error, reason, "librdkafka reports an error");
        }
    }
}

impl ConsumerContext for RebalanceContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let partitions = list.elements().iter().map(|p| p.partition()).collect();
        let assigns = what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let event = if assigns {
            Rebalance::Assign(partitions)
        } else {
            Rebalance::Revoke(partitions)
        };
        if !self.closing.load(Ordering::Acquire) && self.rebalances.send(event).is_ok() {
            return;
        }
        let told = if assigns {
            consumer.incremental_assign(list)
        } else {
            consumer.incremental_unassign(list)
        };
        if let Err(error) = told {
            tracing::warn!(%error, "a partition could not be assigned or revoked");
        }
    }
}

/// Partitions that are being assigned, and the dead letters of their streams.
pub(super) struct PendingAssignment {
    numbers: Vec<i32>,
    pub(super) dead_letters: BoxFuture<'static, DeadLetters>,
}

impl Member {
    pub(super) fn on_rebalance(&mut self, event: Rebalance) {
        match event {
            Rebalance::Assign(partitions) => {
                self.back_by = None;
                let (settings, group) = (self.settings.clone(), self.group.clone());
                let dead_letters = Box::pin(read_dead_letters(settings, group, partitions.clone()));
                self.assigning = Some(PendingAssignment {
                    numbers: partitions,
                    dead_letters,
                });
            }
            Rebalance::Revoke(partitions) => {
                for number in &partitions {
                    if let Some(partition) = self.partitions.get_mut(number) {
                        partition.leaving = true;
                    }
                }
                self.revoking = Some((partitions, Instant::now() + HANDOVER));
            }
        }
    }

    /// Where the group has lost this member (the brokers were away for longer than a session), it
    /// is let in again within some time, or never: librdkafka was seen to wait for minutes for
    /// what it had under way, while the group had no member.
    pub(super) fn look_whether_lost(&mut self) {
        if self.back_by.is_none() && self.consumer.assignment_lost() {
            self.back_by = Some(Instant::now() + self.settings.let_in_within());
        }
    }

    /// Begins to work on partitions whose dead letters are known.
    pub(super) fn assign(&mut self, dead_letters: DeadLetters) {
        let Some(PendingAssignment { numbers, .. }) = self.assigning.take() else {
            return;
        };
        let mut main = TopicPartitionList::new();
        let mut tail = TopicPartitionList::new();
        for number in &numbers {
            self.generation += 1;
            let of = |s: &dead_letters::Stream| s.partition == *number;
            let dead_lettered = dead_letters.streams.iter().filter(|(_, s)| of(s));
            let partition = Partition::new(self.generation, dead_lettered.map(|(id, _)| *id));
            self.partitions.insert(*number, partition);
            main.add_partition(&self.settings.audit(), *number);
            let end = dead_letters.ends.get(number).copied();
            let from = end.map_or(Offset::Beginning, Offset::Offset);
            if let Err(error) = tail.add_partition_offset(&self.settings.dead(), *number, from) {
                tracing::warn!(%error, "the dead letters of a partition cannot be followed");
            }
        }
        let told = self.tail.incremental_assign(&tail);
        if let Err(error) = told.and_then(|()| self.consumer.incremental_assign(&main)) {
            tracing::warn!(%error, group = self.group, "partitions could not be assigned");
        }
        if self.full {
            self.pause(&main, true);
        }
        for (id, stream) in &dead_letters.streams {
            if stream.replaying {
                self.replay(stream.partition, *id);
            }
        }
        if let Some(joined) = self.joined.take() {
            let _ = joined.send(());
        }
    }

    /// Gives revoked partitions up once nothing of theirs is under way, or the time is over.
    pub(super) async fn revoke(&mut self) {
        if self.revoking.is_some() {
            // Once they are given up it is not known any more.
            self.look_whether_lost();
        }
        let Some((numbers, until)) = &self.revoking else {
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
        self.revoking = None;
        let told = self.tail.incremental_unassign(&tail);
        if let Err(error) = told.and_then(|()| self.consumer.incremental_unassign(&main)) {
            tracing::warn!(%error, group = self.group, "partitions could not be revoked");
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
                    Some((key, handled)) = self.answers.next() => self.answered(key, handled),
                    Some((key, outcome)) = self.works.next() => self.worked(key, outcome),
                    else => break,
                }
            }
        };
        let _ = tokio::time::timeout(HANDOVER, settle).await;
        self.commit(CommitMode::Sync).await;
        // Whoever consumes hears of it now, and may join anew: closing waits for the brokers.
        self.out = mpsc::channel(1).0;
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
        let pending = self
            .assigning
            .take()
            .map(|pending| Rebalance::Assign(pending.numbers));
        let revoked = self
            .revoking
            .take()
            .map(|(numbers, _)| Rebalance::Revoke(numbers));
        let queued = std::iter::from_fn(|| self.rebalances.try_recv().ok());
        for event in pending.into_iter().chain(revoked).chain(queued) {
            let mut list = TopicPartitionList::new();
            let (Rebalance::Assign(numbers) | Rebalance::Revoke(numbers)) = &event;
            for number in numbers {
                list.add_partition(&self.settings.audit(), *number);
            }
            let told = match event {
                Rebalance::Assign(_) => self.consumer.incremental_assign(&list),
                Rebalance::Revoke(_) => self.consumer.incremental_unassign(&list),
            };
            if let Err(error) = told {
                tracing::debug!(%error, "a partition was rebalanced while its member left");
            }
        }
    }
}
