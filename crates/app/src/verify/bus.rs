//! What the bus holds against the logs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use raally_domain::event::{EventHeader, Hash, chain_hash};
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;

use super::audit::seq;
use super::{Compared, Deadline, PAGE};
use crate::error::Error;
use crate::ports::{BusError, Message};
use crate::services::Services;

/// How long the bus is left alone before it is read again.
const AGAIN: Duration = Duration::from_secs(1);

/// What the bus holds and how it differs from the logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BusReport {
    /// How many it holds.
    pub messages: u64,
    /// Messages that came again, byte for byte, as they may after a relay has died.
    pub repeated: u64,
    /// Messages of events that no log has, recorded before the last epoch began: their commits
    /// were lost after they had been relayed.
    pub lost: u64,
    /// Older messages have been dropped: streams need not begin with their first event.
    pub whole: bool,
    /// By stream; those without a difference too.
    pub streams: BTreeMap<StreamId, Compared>,
}

/// Reads the bus from its beginning: of each stream every event is to be there, in order and byte
/// for byte. Reads again for that long where the ends of streams are missing, since the relay may
/// be under way. `None` of a bus that keeps nothing.
///
/// Keeps a few numbers a stream in memory, whatever the bus holds.
///
/// `epoch` is when the last epoch began, if one did. Streams that differ are then read once more,
/// message by message against the log, to tell what was lost with its commit.
pub async fn bus(
    services: &Services,
    epoch: Option<Timestamp>,
    wait: Duration,
) -> Result<Option<BusReport>, Error> {
    let mut heads = BTreeMap::new();
    for stream in all_streams(services).await? {
        heads.insert(stream, seq(services, stream).await?);
    }
    let deadline = Deadline::new(wait);
    loop {
        let Some(mut check) = read(services, None).await? else {
            return Ok(None);
        };
        let mut behind = check.end(&mut heads).await?;
        if let Some(before) = epoch {
            let closely = check.differing();
            if !closely.is_empty() {
                let Some(again) = read(services, Some(Closely { before, closely })).await? else {
                    return Ok(None);
                };
                check = again;
                behind = check.end(&mut heads).await?;
            }
        }
        if behind.is_empty() || !deadline.wait().await {
            return Ok(Some(check.report(behind)));
        }
        // Reading all of it again is not cheap.
        tokio::time::sleep(AGAIN).await;
    }
}

/// All streams there are: tenants', users' and the platform's.
pub async fn all_streams(services: &Services) -> Result<Vec<StreamId>, Error> {
    let tenants = services.store.tenants().await?;
    let mut streams: Vec<StreamId> = tenants.into_iter().map(StreamId::Tenant).collect();
    let mut after = None;
    loop {
        let page = services.store.account_streams(after, PAGE).await?;
        after = page.last().copied();
        if after.is_none() {
            return Ok(streams);
        }
        streams.extend(page);
    }
}

fn away(error: &BusError) -> Error {
    Error::unavailable(error.to_string())
}

/// Streams to compare with the log message by message.
struct Closely {
    /// What was recorded later was not lost.
    before: Timestamp,
    closely: BTreeSet<StreamId>,
}

async fn read<'a>(
    services: &'a Services,

    closely: Option<Closely>,
) -> Result<Option<Check<'a>>, Error> {
    let Some(mut content) = services.bus.content().await.map_err(|e| away(&e))? else {
        return Ok(None);
    };
    let mut check = Check {
        services,
        whole: content.whole,
        messages: 0,
        repeated: 0,
        lost: 0,
        closely,
        streams: BTreeMap::new(),
    };
    while let Some(message) = content.messages.recv().await {
        check.message(&message.map_err(|e| away(&e))?).await?;
    }
    Ok(Some(check))
}

struct Check<'a> {
    services: &'a Services,
    whole: bool,
    messages: u64,
    repeated: u64,
    lost: u64,
    closely: Option<Closely>,
    streams: BTreeMap<StreamId, Stream>,
}

/// What has been seen of a stream.
#[derive(Default)]
struct Stream {
    /// The seq of its last message in order, 0 before the first.
    last: u64,
    /// Worked out along its messages.
    hash: Hash,
    found: Compared,
}

impl Check<'_> {
    async fn message(&mut self, message: &Message) -> Result<(), Error> {
        let (id, seq) = (message.stream, message.seq);
        self.messages += 1;
        if self.is_lost(message).await? {
            self.lost += 1;
            return Ok(());
        }
        let stream = self.streams.entry(id).or_default();
        stream.found.compared += 1;
        if seq <= stream.last {
            if body(self.services, id, seq).await?.as_deref() == Some(&*message.body) {
                self.repeated += 1;
            } else {
                let what = format!("event {seq} came again, and is not the log's event");
                stream.found.differs(what);
            }
            return Ok(());
        }
        let outline = match EventHeader::read(seq, &message.body) {
            Ok(outline) if outline.stream == id.to_string() => outline,
            Ok(outline) => {
                let what = format!("event {seq} is one of {}", outline.stream);
                stream.found.differs(what);
                return Ok(());
            }
            Err(error) => {
                stream.found.differs(error.to_string());
                return Ok(());
            }
        };
        let follows = seq == stream.last + 1;
        let begins = stream.last == 0 && !self.whole;
        if !follows && !begins {
            let (from, to) = (stream.last + 1, seq - 1);
            stream.found.differs(format!(
                "events {from} to {to} are missing before event {seq}"
            ));
        }
        // Before the messages of one chain are left behind: were they the log's?
        let continues = follows && outline.previous == stream.hash;
        if !continues && stream.last > 0 {
            stream.agree(self.services, id).await?;
        }
        stream.hash = chain_hash(&outline.previous, &message.body);
        stream.last = seq;
        Ok(())
    }

    /// Whether it is to be looked at closely, and its event was lost before the epoch began.
    async fn is_lost(&self, message: &Message) -> Result<bool, Error> {
        let (id, seq) = (message.stream, message.seq);
        let Some(closely) = self.closely.as_ref().filter(|c| c.closely.contains(&id)) else {
            return Ok(false);
        };
        let former = EventHeader::read(seq, &message.body)
            .is_ok_and(|outline| outline.recorded_at <= closely.before);
        Ok(former && body(self.services, id, seq).await?.as_deref() != Some(&*message.body))
    }

    /// Streams with differences.
    fn differing(&self) -> BTreeSet<StreamId> {
        let differing = self.streams.iter().filter(|(_, s)| !s.found.is_sound());
        differing.map(|(id, _)| *id).collect()
    }

    /// Compares where streams end; returns those of which only the end is missing, with how far
    /// they are.
    async fn end(
        &mut self,
        heads: &mut BTreeMap<StreamId, u64>,
    ) -> Result<BTreeMap<StreamId, u64>, Error> {
        let mut behind = BTreeMap::new();
        // Of tenants that are closed the bus keeps references until retention.
        let streams = self.streams.keys().chain(heads.keys());
        for id in streams.copied().collect::<BTreeSet<_>>() {
            if super::is_closed(self.services, id).await? {
                self.streams.remove(&id);
                heads.remove(&id);
            }
        }
        for (id, stream) in &mut self.streams {
            if stream.last > 0 {
                stream.agree(self.services, *id).await?;
            }
        }
        for (id, head) in heads {
            let last = self.streams.get(id).map_or(0, |s| s.last);
            // Where older messages were dropped, all of a quiet stream's may be gone.
            if last < *head && (self.whole || last > 0) {
                behind.insert(*id, last);
            }
        }
        Ok(behind)
    }

    fn report(mut self, behind: BTreeMap<StreamId, u64>) -> BusReport {
        for (id, last) in behind {
            let what = format!("the bus has nothing after event {last}");
            self.streams.entry(id).or_default().found.differs(what);
        }
        let streams = self.streams.into_iter();
        BusReport {
            messages: self.messages,
            repeated: self.repeated,
            lost: self.lost,
            whole: self.whole,
            streams: streams.map(|(id, s)| (id, s.found)).collect(),
        }
    }
}

impl Stream {
    /// Whether its messages up to the last are the log's: then their hash is.
    async fn agree(&mut self, services: &Services, stream: StreamId) -> Result<(), Error> {
        let at = self.last;
        let logged = services.store.stream_events(stream, at - 1, 1).await?;
        match logged.first().filter(|e| e.seq == at) {
            None => self.found.differs(format!("the log has no event {at}")),
            Some(logged) if logged.stored.hash == self.hash => {}
            Some(_) => self
                .found
                .differs(format!("event {at} is not the log's event")),
        }
        Ok(())
    }
}

/// The text of an event in the log.
async fn body(services: &Services, stream: StreamId, seq: u64) -> Result<Option<String>, Error> {
    let Some(after) = seq.checked_sub(1) else {
        return Ok(None);
    };
    let page = services.store.stream_events(stream, after, 1).await?;
    let logged = page.into_iter().find(|e| e.seq == seq);
    Ok(logged.map(|e| e.stored.body))
}
