//! The topics on Kafka as an AsyncAPI 3.0 document.

use serde_json::{Map, Value, json};

use super::ViewOf;

const BINDING: &str = "0.5.0";

/// A topic, what it carries, and whether it is compacted instead of cleared by age.
struct Topic {
    id: &'static str,
    description: &'static str,
}

const TOPICS: [Topic; 4] = [
    Topic {
        id: "audit",
        description: "Every event, in order per stream.",
    },
    Topic {
        id: "user",
        description: "What happens to accounts, and attempts by nobody known.",
    },
    Topic {
        id: "tenant",
        description: "Settings, members and catalogues of workspaces.",
    },
    Topic {
        id: "project",
        description: "Projects, assignments and placeholders.",
    },
];

/// The document; `events` are the types with a sentence each.
pub(super) fn document(events: &[(String, String)], view: ViewOf) -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    for topic in TOPICS {
        let carried = |name: &str| topic.id == "audit" || view(name) == Some(topic.id);
        let types = events.iter().map(|(name, _)| name.as_str());
        let messages = types.filter(|name| carried(name)).map(reference).collect();
        let channel = channel(topic.id, topic.description, messages, "delete");
        channels.insert(topic.id.to_owned(), channel);
        operations.insert(format!("publish.{}", topic.id), operation(topic.id));
    }
    let dead = "What Raally's own consumer groups have set aside, by stream: the events with the \
                reason, until they are replayed.";
    let messages = events.iter().map(|(name, _)| reference(name)).collect();
    channels.insert(
        "dead".to_owned(),
        channel("audit.dead", dead, messages, "compact"),
    );
    operations.insert("publish.dead".to_owned(), operation("dead"));
    let messages: Map<String, Value> = events
        .iter()
        .map(|(name, description)| (name.clone(), message(name, description)))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Raally's events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Events on Apache Kafka, as docs/events/README.md describes them. The \
                prefix `raally` of the topics is configured. Deliveries repeat after a crash: keep \
                the last `ce_sequence` per `ce_source` and skip what is not higher.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "messageTraits": { "cloudevent": cloudevent() },
        },
    })
}

fn reference(name: &str) -> (String, Value) {
    let to = format!("#/components/messages/{name}");
    (name.to_owned(), json!({ "$ref": to }))
}

fn channel(topic: &str, description: &str, messages: Map<String, Value>, policy: &str) -> Value {
    let topic = format!("raally.{topic}");
    json!({
        "address": topic,
        "description": description,
        "messages": messages,
        "bindings": { "kafka": {
            "topic": topic,
            "topicConfiguration": { "cleanup.policy": [policy] },
            "bindingVersion": BINDING,
        } },
    })
}

fn operation(channel: &str) -> Value {
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{channel}") },
        "summary": "Raally publishes; once every replica that must has it.",
    })
}

fn message(name: &str, description: &str) -> Value {
    json!({
        "name": format!("raally.{name}.v1"),
        "title": name,
        "summary": description,
        "contentType": "application/json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": { "$ref": format!("./events/{name}.schema.json") },
        },
        "traits": [{ "$ref": "#/components/messageTraits/cloudevent" }],
    })
}

/// The headers of the CloudEvents Kafka binding in binary mode.
fn cloudevent() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "headers": {
            "type": "object",
            "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_partitionkey",
                         "ce_sequence", "content-type"],
            "properties": {
                "ce_specversion": { "type": "string", "const": "1.0" },
                "ce_id": text("The event's id; with ce_source the same for ever."),
                "ce_source": text("The stream: /tenants/<id>, /users/<id> or /platform."),
                "ce_type": text("raally.<type>.v<version>"),
                "ce_time": { "type": "string", "format": "date-time",
                             "description": "When it was recorded." },
                "ce_partitionkey": text("The record's key (partitioning extension)."),
                "ce_sequence": text("Its place in the stream, from 1, without gaps (sequence extension)."),
                "content-type": { "type": "string", "const": "application/json" },
                "raally_reason": text("Only on raally.audit.dead: why the event was set aside."),
            },
        },
        "bindings": { "kafka": {
            "key": text("The stream: the tenant's id, user. and the user's id, or platform; on \
                         raally.audit.dead group/stream/seq."),
            "bindingVersion": BINDING,
        } },
    })
}
