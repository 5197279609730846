//! Dead letters: messages that groups could not consume and what waits behind them, read from
//! their topic.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use raally_app::ports::{BusError, Message};
use raally_domain::stream::StreamId;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::record::DeadLetterRecord;
use super::settings::KafkaSettings;
use super::{reader, unavailable};

/// What a group has in the dead-letter topic of one stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub partition: i32,
    /// By sequence number, with the reason where it is the dead letter.
    pub messages: BTreeMap<u64, (Message, Option<String>)>,
    /// A replay was asked for, and no message has become a dead letter since.
    pub replaying: bool,
}

/// A group's dead letters in some partitions, and where reading ended.
#[derive(Debug, Default)]
pub(super) struct DeadLetters {
    pub streams: BTreeMap<StreamId, Stream>,
    pub ends: HashMap<i32, i64>,
}

impl DeadLetters {
    fn apply(&mut self, partition: i32, record: DeadLetterRecord) {
        let stream = self.streams.entry(record.stream()).or_default();
        stream.partition = partition;
        match record {
            DeadLetterRecord::Dead(message, reason) => {
                stream.replaying = false;
                stream.messages.insert(message.seq, (message, Some(reason)));
            }
            DeadLetterRecord::Waiting(message) => {
                stream.messages.insert(message.seq, (message, None));
            }
            DeadLetterRecord::Replay(_) => stream.replaying = true,
            DeadLetterRecord::Resolved(_, seq) => {
                stream.messages.remove(&seq);
            }
        }
    }

    /// The group's dead letters that nobody has asked to replay yet, in the order of their streams.
    pub(super) fn dead_letters(self) -> Vec<(Message, String)> {
        let waiting = self.streams.into_values().filter(|s| !s.replaying);
        waiting
            .flat_map(|stream| stream.messages.into_values())
            .filter_map(|(message, reason)| Some((message, reason?)))
            .collect()
    }
}

/// Reads the partitions from their beginning to where they end now. Blocks, at most for the
/// settings' timeout without a record.
pub(super) fn read(
    settings: &KafkaSettings,
    group: &str,
    partitions: &[i32],
) -> Result<DeadLetters, BusError> {
    let topic = settings.dead();
    let reader = reader(settings, &format!("{group}.aside"))?;
    let mut from = TopicPartitionList::new();
    for partition in partitions {
        from.add_partition_offset(&topic, *partition, Offset::Beginning)
            .map_err(unavailable)?;
    }
    reader.assign(&from).map_err(unavailable)?;
    let mut dead_letters = DeadLetters::default();
    let mut deadline = Instant::now() + settings.timeout;
    let mut ended = 0;
    while ended < partitions.len() {
        match reader.poll(settings.timeout / 10) {
            Some(Ok(record)) => {
                deadline = Instant::now() + settings.timeout;
                let partition = rdkafka::Message::partition(&record);
                let next = rdkafka::Message::offset(&record) + 1;
                dead_letters.ends.insert(partition, next);
                if let Some(record) = DeadLetterRecord::read(&record, group) {
                    dead_letters.apply(partition, record);
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
            Some(Err(error)) => tracing::debug!(%error, topic, "dead letters could not be read"),
            None => {}
        }
        if Instant::now() >= deadline {
            return Err(BusError::Unavailable(format!(
                "{topic} could not be read within {:?}",
                settings.timeout
            )));
        }
    }
    dead_letters
        .streams
        .retain(|_, stream| !stream.messages.is_empty());
    Ok(dead_letters)
}
