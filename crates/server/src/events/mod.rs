//! The contract of what is relayed: a JSON Schema of each event type, and an AsyncAPI document of
//! the topics. Both are made from the events' own types.

mod asyncapi;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use raally_domain::account::{ACCOUNT_EVENT_TYPES, AccountChange};
use raally_domain::event::{Action, Actor, Change, Step};
use raally_domain::kinds::Kind;
use raally_domain::schema::Described;
use serde_json::{Map, Value, json};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const UUID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/// The topic of views that an event type is published to; `None`: to `raally.audit` alone.
pub(crate) type ViewOf = fn(&str) -> Option<&'static str>;

/// All documents: where each belongs below `docs`, and its text.
pub(crate) fn documents(view: ViewOf) -> BTreeMap<String, String> {
    let schemas = schemas();
    let mut documents = BTreeMap::new();
    let titles: Vec<(String, String)> = schemas
        .iter()
        .map(|(name, schema)| (name.clone(), text(&schema["description"])))
        .collect();
    for (name, schema) in schemas {
        let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
        text.push('\n');
        documents.insert(format!("events/{name}.schema.json"), text);
    }
    let asyncapi = yaml::text(&asyncapi::document(&titles, view));
    documents.insert("asyncapi.yaml".to_owned(), asyncapi);
    documents
}

/// Writes all documents below a folder; says which file could not be written.
pub(crate) fn write(folder: &Path, view: ViewOf) -> Result<(), String> {
    for (name, text) in documents(view) {
        let file = folder.join(name);
        let written = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        written
            .and_then(|()| std::fs::write(&file, text))
            .map_err(|error| format!("{} could not be written: {error}", file.display()))?;
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What may happen to an entity of that kind.
fn actions(kind: Kind) -> &'static [Action] {
    match kind {
        // A workspace always has settings.
        Kind::Settings => &[Action::Created, Action::Changed],
        // What another system recorded is not changed.
        Kind::History => &[Action::Created, Action::Deleted],
        _ => &[Action::Created, Action::Changed, Action::Deleted],
    }
}

/// Every event type with its schema.
fn schemas() -> Vec<(String, Value)> {
    let mut schemas = Vec::new();
    for kind in Kind::ALL.iter().copied() {
        for action in actions(kind) {
            let name = format!("{}.{}", kind.name(), action.name());
            schemas.push((name.clone(), of_tenant(&name, kind, *action)));
        }
    }
    for name in ACCOUNT_EVENT_TYPES {
        schemas.push((name.to_owned(), of_account(name)));
    }
    schemas
}

fn of_tenant(name: &str, kind: Kind, action: Action) -> Value {
    let mut defs = Map::new();
    let entity = define(&mut defs, Change::schema(kind));
    let there = |there| {
        if there {
            entity.clone()
        } else {
            json!({ "type": "null" })
        }
    };
    let data = json!({
        "type": "object",
        "description": "What it is about, and what it was before and after.",
        "required": ["id", "before", "after"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "before": there(action != Action::Created),
            "after": there(action != Action::Deleted),
        },
    });
    let step = define(&mut defs, Described::of::<Step>());
    let thing = kind.name().replace('_', " ");
    let description = format!("In a workspace: {thing}, {}.", action.name());
    let stream = format!("^tenant/{UUID}$");
    envelope(
        name,
        kind.versions().1,
        &description,
        &stream,
        data,
        Some(step),
        defs,
    )
}

fn of_account(name: &str) -> Value {
    let mut defs = Map::new();
    define(&mut defs, Described::of::<AccountChange>());
    let changes = defs.remove("AccountChange").unwrap_or_default();
    let variants = changes["oneOf"].as_array().cloned().unwrap_or_default();
    let named = |v: &&Value| v["properties"]["type"]["enum"][0] == name;
    let variant = variants.iter().find(named).cloned().unwrap_or_default();
    let data = variant["properties"]["data"].clone();
    let described = text(&variant["description"]);
    let stream = match name.starts_with("user.") {
        true => format!("^user/{UUID}$"),
        false => "^platform$".to_owned(),
    };
    envelope(name, 1, &described, &stream, data, None, defs)
}

fn envelope(
    name: &str,
    version: u32,
    description: &str,
    stream: &str,
    data: Value,
    step: Option<Value>,
    mut defs: Map<String, Value>,
) -> Value {
    let actor = define(&mut defs, Described::of::<Actor>());
    let moment = |description| json!({ "type": "string", "format": "date-time", "description": description });
    let mut schema = json!({
        "$schema": DIALECT,
        "$id": format!("{name}.schema.json"),
        "title": name,
        "description": description,
        "type": "object",
        "required": ["stream", "seq", "id", "recorded_at", "occurred_at", "actor", "type", "version",
                     "data", "previous"],
        "properties": {
            "stream": { "type": "string", "pattern": stream },
            "seq": { "type": "integer", "minimum": 1,
                     "description": "Its place in the stream, from 1, without gaps." },
            "id": { "type": "string", "format": "uuid" },
            "recorded_at": moment("When it was recorded; never before the event before it."),
            "occurred_at": moment("When it happened; earlier for what was imported."),
            "actor": actor,
            "type": { "const": name },
            "version": { "const": version },
            "data": data,
            "previous": { "type": "string", "pattern": "^[0-9a-f]{64}$",
                          "description": "The hash of the event before it, zeros for the first." },
        },
    });
    if let Some(step) = step {
        schema["properties"]["step"] = step;
        if let Some(required) = schema["required"].as_array_mut() {
            required.push(json!("step"));
        }
    }
    keep_used(&mut defs, &schema);
    schema["$defs"] = Value::Object(defs);
    schema
}

/// Puts a type and what it refers to among the definitions; a reference to it.
fn define(defs: &mut Map<String, Value>, described: Described) -> Value {
    let Described {
        name,
        schema,
        others,
    } = described;
    let reference = json!({ "$ref": format!("#/$defs/{name}") });
    for (name, schema) in others.into_iter().chain([(name, schema)]) {
        let mut schema = serde_json::to_value(schema).unwrap_or_default();
        settle(&mut schema);
        defs.insert(name, schema);
    }
    reference
}

/// As a document of its own has it: references within it, and open to fields that come later.
fn settle(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(members) => {
            if members.get("additionalProperties") == Some(&Value::Bool(false)) {
                members.remove("additionalProperties");
            }
            if let Some(Value::String(reference)) = members.get_mut("$ref") {
                *reference = reference.replace("#/components/schemas/", "#/$defs/");
            }
            members.values_mut().for_each(settle);
        }
        _ => {}
    }
}

/// Drops definitions that nothing refers to.
fn keep_used(defs: &mut Map<String, Value>, schema: &Value) {
    loop {
        let all = format!("{schema}{}", Value::Object(defs.clone()));
        let before = defs.len();
        defs.retain(|name, _| all.contains(&format!("\"#/$defs/{name}\"")));
        if defs.len() == before {
            return;
        }
    }
}
