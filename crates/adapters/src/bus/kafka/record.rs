//! Messages as Kafka records: CloudEvents 1.0, Kafka protocol binding, binary mode. The record's
//! value is the event's stored text, byte for byte, so that its hash still covers it.

use raally_app::ports::Message;
use raally_app::trace::TraceParent;
use raally_domain::stream::StreamId;
use rdkafka::message::{Header, Headers, OwnedHeaders};
use serde::Deserialize;

use crate::bus::view;

/// What of an event's envelope becomes an attribute.
#[derive(Deserialize, Default)]
struct Envelope {
    id: Option<String>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    version: Option<u32>,
    recorded_at: Option<serde_json::Value>,
}

/// The attributes of a message, and the view that it belongs to beside the audit topic.
pub(super) struct Described {
    pub headers: OwnedHeaders,
    pub view: Option<&'static str>,
}

fn text(headers: OwnedHeaders, key: &str, value: &str) -> OwnedHeaders {
    headers.insert(Header {
        key,
        value: Some(value),
    })
}

/// Text that was not written by an event (a consumer cannot read it: it becomes a dead letter) travels
/// with what is known of it.
pub(super) fn describe(message: &Message) -> Described {
    let envelope: Envelope = serde_json::from_str(&message.body).unwrap_or_default();
    let event_type = envelope.event_type.as_deref().unwrap_or("event");
    let id = envelope
        .id
        .unwrap_or_else(|| format!("{}.{}", message.stream.key(), message.seq));
    let mut headers = OwnedHeaders::new_with_capacity(11);
    headers = text(headers, "ce_specversion", "1.0");
    headers = text(headers, "ce_id", &id);
    headers = text(headers, "ce_source", &source(message.stream));
    let version = envelope.version.unwrap_or(1);
    headers = text(
        headers,
        "ce_type",
        &format!("raally.{event_type}.v{version}"),
    );
    if let Some(at) = envelope.recorded_at.as_ref().and_then(|at| at.as_str()) {
        headers = text(headers, "ce_time", at);
    }
    headers = text(headers, "ce_partitionkey", &message.stream.key());
    headers = text(headers, "ce_sequence", &message.seq.to_string());
    headers = text(headers, "content-type", "application/json");
    if let Some(trace) = &message.trace {
        // As an attribute (distributed tracing extension) and as tracers look for it.
        headers = text(headers, "ce_traceparent", trace.as_str());
        headers = text(headers, "traceparent", trace.as_str());
    }
    Described {
        headers,
        view: view(event_type),
    }
}

/// The stream as an address (`ce_source`).
fn source(stream: StreamId) -> String {
    match stream {
        StreamId::Tenant(tenant) => format!("/tenants/{tenant}"),
        StreamId::User(user) => format!("/users/{user}"),
        StreamId::Platform => "/platform".to_owned(),
    }
}

pub(super) fn header<'a>(record: &'a impl rdkafka::Message, key: &str) -> Option<&'a str> {
    let found = record.headers()?.iter().find(|header| header.key == key)?;
    std::str::from_utf8(found.value?).ok()
}

/// The message that a record holds; `None` for a record that Raally did not write.
pub(super) fn message(record: &impl rdkafka::Message) -> Option<Message> {
    let stream = StreamId::from_key(header(record, "ce_partitionkey")?)?;
    Some(Message {
        stream,
        seq: header(record, "ce_sequence")?.parse().ok()?,
        body: std::str::from_utf8(record.payload()?).ok()?.into(),
        trace: header(record, "traceparent").and_then(TraceParent::read),
    })
}

/// What is written to the topic of dead letters, in its order. The topic is compacted: a message
/// that is not resolved is a dead letter, or waits behind one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DeadLetterRecord {
    /// The message that nobody could handle, with the reason.
    Dead(Message, String),
    /// A message behind one.
    Waiting(Message),
    /// The stream may go on, from its dead letter.
    Replay(StreamId),
    /// This one has been handled since.
    Resolved(StreamId, u64),
}

impl DeadLetterRecord {
    pub(super) fn stream(&self) -> StreamId {
        match self {
            DeadLetterRecord::Dead(message, _) | DeadLetterRecord::Waiting(message) => {
                message.stream
            }
            DeadLetterRecord::Replay(stream) | DeadLetterRecord::Resolved(stream, _) => *stream,
        }
    }

    pub(super) fn key(&self, group: &str) -> String {
        match self {
            DeadLetterRecord::Dead(m, _) | DeadLetterRecord::Waiting(m) => {
                format!("{group}/{}/{}", m.stream.key(), m.seq)
            }
            DeadLetterRecord::Resolved(stream, seq) => format!("{group}/{}/{seq}", stream.key()),
            DeadLetterRecord::Replay(stream) => format!("{group}/{}/replay", stream.key()),
        }
    }

    /// What the record's value is; a handled message leaves none, so that compaction drops it.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            DeadLetterRecord::Dead(message, _) | DeadLetterRecord::Waiting(message) => {
                Some(&message.body)
            }
            DeadLetterRecord::Replay(_) => Some("{}"),
            DeadLetterRecord::Resolved(..) => None,
        }
    }

    pub(super) fn headers(&self) -> OwnedHeaders {
        match self {
            DeadLetterRecord::Dead(message, reason) => {
                text(describe(message).headers, "raally_reason", reason)
            }
            DeadLetterRecord::Waiting(message) => describe(message).headers,
            DeadLetterRecord::Replay(_) | DeadLetterRecord::Resolved(..) => OwnedHeaders::new(),
        }
    }

    /// Reads a record of a group's; `None` for other groups' and foreign ones.
    pub(super) fn read(record: &impl rdkafka::Message, group: &str) -> Option<DeadLetterRecord> {
        let key = std::str::from_utf8(record.key()?).ok()?;
        let (of, key) = key.rsplit_once('/').and_then(|(rest, what)| {
            let (of, stream) = rest.rsplit_once('/')?;
            Some((of, (stream, what)))
        })?;
        if of != group {
            return None;
        }
        let stream = StreamId::from_key(key.0)?;
        if key.1 == "replay" {
            return Some(DeadLetterRecord::Replay(stream));
        }
        let seq: u64 = key.1.parse().ok()?;
        if record.payload().is_none() {
            return Some(DeadLetterRecord::Resolved(stream, seq));
        }
        let message = message(record)?;
        Some(match header(record, "raally_reason") {
            Some(reason) => DeadLetterRecord::Dead(message, reason.to_owned()),
            None => DeadLetterRecord::Waiting(message),
        })
    }
}
