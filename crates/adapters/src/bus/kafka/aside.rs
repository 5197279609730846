//! What groups have set aside, read from its topic.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use raally_app::ports::{BusError, Message};
use raally_domain::stream::StreamId;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::record::Parked;
use super::settings::KafkaSettings;
use super::{reader, unavailable};

/// What a group has set aside of one stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub partition: i32,
    /// By sequence number, with the reason where it is the dead letter.
    pub messages: BTreeMap<u64, (Message, Option<String>)>,
    /// Somebody has asked that it goes on, and it is not set aside again since.
    pub replaying: bool,
}

/// What a group has set aside in some partitions, and where reading ended.
#[derive(Debug, Default)]
pub(super) struct Aside {
    pub streams: BTreeMap<StreamId, Stream>,
    pub ends: HashMap<i32, i64>,
}

impl Aside {
    fn apply(&mut self, partition: i32, record: Parked) {
        let stream = self.streams.entry(record.stream()).or_default();
        stream.partition = partition;
        match record {
            Parked::Dead(message, reason) => {
                stream.replaying = false;
                stream.messages.insert(message.seq, (message, Some(reason)));
            }
            Parked::Waiting(message) => {
                stream.messages.insert(message.seq, (message, None));
            }
            Parked::Replay(_) => stream.replaying = true,
            Parked::Handled(_, seq) => {
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
/// settings' patience without a record.
pub(super) fn read(
    settings: &KafkaSettings,
    group: &str,
    partitions: &[i32],
) -> Result<Aside, BusError> {
    let topic = settings.dead();
    let reader = reader(settings, &format!("{group}.aside"))?;
    let mut from = TopicPartitionList::new();
    for partition in partitions {
        from.add_partition_offset(&topic, *partition, Offset::Beginning)
            .map_err(unavailable)?;
    }
    reader.assign(&from).map_err(unavailable)?;
    let mut aside = Aside::default();
    let mut deadline = Instant::now() + settings.patience;
    let mut ended = 0;
    while ended < partitions.len() {
        match reader.poll(settings.patience / 10) {
            Some(Ok(record)) => {
                deadline = Instant::now() + settings.patience;
                let partition = rdkafka::Message::partition(&record);
                let next = rdkafka::Message::offset(&record) + 1;
                aside.ends.insert(partition, next);
                if let Some(record) = Parked::read(&record, group) {
                    aside.apply(partition, record);
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
            Some(Err(error)) => tracing::debug!(%error, topic, "reading what is set aside"),
            None => {}
        }
        if Instant::now() >= deadline {
            return Err(BusError::Unavailable(format!(
                "{topic} could not be read within {:?}",
                settings.patience
            )));
        }
    }
    aside
        .streams
        .retain(|_, stream| !stream.messages.is_empty());
    Ok(aside)
}
