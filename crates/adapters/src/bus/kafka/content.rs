//! All that the audit topic holds, read once from its beginning.

use std::collections::HashMap;
use std::time::Instant;

use raally_app::ports::{BusError, Content, Message};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message as _, Offset, TopicPartitionList};
use tokio::sync::mpsc;

use super::settings::KafkaSettings;
use super::{AuthContext, reader, record, unavailable, watermarks};

/// How many messages are read ahead of whoever receives them.
const AHEAD: usize = 1_000;

/// Begins to read; what is published from here on is left out.
pub(super) async fn read(settings: KafkaSettings) -> Result<Content, BusError> {
    let asking = settings.clone();
    let begun = tokio::task::spawn_blocking(move || begin(&asking));
    let begun = begun.await.map_err(unavailable)??;
    let (sender, messages) = mpsc::channel(AHEAD);
    let whole = begun.whole;
    tokio::task::spawn_blocking(move || {
        if let Err(error) = begun.run(&settings, &sender) {
            // Nobody may be listening any more.
            let _ = sender.blocking_send(Err(error));
        }
    });
    Ok(Content { whole, messages })
}

struct Reading {
    reader: BaseConsumer<AuthContext>,
    /// Where the partitions that are still read end.
    ends: HashMap<i32, i64>,
    whole: bool,
}

fn begin(settings: &KafkaSettings) -> Result<Reading, BusError> {
    let topic = settings.audit();
    let reader = reader(settings, "content")?;
    let mut from = TopicPartitionList::new();
    let mut reading = Reading {
        ends: HashMap::new(),
        whole: true,
        reader,
    };
    for partition in 0..settings.partitions {
        let (first, end) = watermarks(&reading.reader, settings, &topic, partition)?;
        reading.whole &= first == 0;
        if first < end {
            reading.ends.insert(partition, end);
            from.add_partition_offset(&topic, partition, Offset::Beginning)
                .map_err(unavailable)?;
        }
    }
    reading.reader.assign(&from).map_err(unavailable)?;
    Ok(reading)
}

impl Reading {
    fn run(
        mut self,
        settings: &KafkaSettings,
        sender: &mpsc::Sender<Result<Message, BusError>>,
    ) -> Result<(), BusError> {
        let mut deadline = Instant::now() + settings.timeout;
        while !self.ends.is_empty() {
            match self.reader.poll(settings.timeout / 10) {
                Some(Ok(record)) => {
                    let (partition, offset) = (record.partition(), record.offset());
                    let end = self.ends.get(&partition).copied().unwrap_or(0);
                    let message = record::message(&record).filter(|_| offset < end);
                    if let Some(message) = message
                        && sender.blocking_send(Ok(message)).is_err()
                    {
                        return Ok(());
                    }
                    if offset + 1 >= end {
                        self.ends.remove(&partition);
                    }
                    deadline = Instant::now() + settings.timeout;
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.ends.remove(&partition);
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "the content of the bus could not be read")
                }
                None => {}
            }
            if Instant::now() >= deadline {
                return Err(BusError::Unavailable(format!(
                    "{} could not be read within {:?}",
                    settings.audit(),
                    settings.timeout
                )));
            }
        }
        Ok(())
    }
}
