//! The OpenAPI document, made from the endpoints themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use utoipa::openapi::path::PathItem;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder, PathsBuilder, ServerBuilder,
};

use super::endpoint::{CONTENT_SCHEMA, Endpoints};
use super::refusals;

const DESCRIPTION: &str = "Who works on what, when, and who is free.\n\n\
    Dates are civil dates, work is whole minutes, money is integer minor units. Answers about a \
    workspace carry `Raally-Head`; send it back to read what you have written. Errors are problem \
    documents (RFC 9457).";

const TAGS: &[(&str, &str)] = &[
    ("auth", "Accounts, sessions and keys"),
    ("workspaces", "Workspaces, their settings and members"),
    ("people", "People with their dated records"),
    ("projects", "Projects"),
    ("planning", "Assignments, placeholders and time off"),
    ("catalogues", "Teams, skills and holiday calendars"),
    (
        "schedule",
        "Figures, previews, live changes, undo and audit",
    ),
    ("notifications", "What a user is told, and how"),
    ("webhooks", "Where a workspace's events are sent"),
    ("operations", "Health and metrics"),
];

/// Properties of answers that may be missing, in the schemas whose names hold that text; all others
/// are always there.
const MAY_BE_MISSING: &[(&str, &str)] = &[
    ("Touched", "placeholder_id"),
    ("Written", "rows"),
    ("After", "rows"),
    ("Removed", "rows"),
    ("Stepped", "rows"),
    ("Batched", "rows"),
    ("Imported", "rows"),
    ("AssignmentBar", "weekdays"),
    ("AssignmentBar", "include_non_working"),
    ("AssignmentBar", "role"),
    ("AssignmentBar", "location"),
    ("AssignmentBar", "displaced_minutes"),
    ("AssignmentBar", "notes"),
];

/// The document as JSON text, the same for the same endpoints.
pub(crate) fn text(endpoints: Endpoints) -> String {
    let mut document = serde_json::to_value(build(endpoints)).unwrap_or(Value::Null);
    complete_answers(&mut document);
    write_out_numbers(&mut document);
    name_content_schemas(&mut document);
    drop_unused(&mut document);
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn build(endpoints: Endpoints) -> utoipa::openapi::OpenApi {
    let mut paths: BTreeMap<String, PathItem> = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    for endpoint in endpoints {
        schemas.extend(endpoint.schemas);
        let item = PathItem::new(endpoint.method, endpoint.operation);
        match paths.get_mut(&endpoint.path) {
            Some(known) => known.merge_operations(item),
            None => {
                paths.insert(endpoint.path, item);
            }
        }
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("An access token, as sign-in and refresh give it."))
        .build();
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .responses_from_iter(refusals::shared())
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .build();
    let tags = TAGS.iter().map(|(name, description)| {
        TagBuilder::new()
            .name(*name)
            .description(Some(*description))
            .build()
    });
    let license = LicenseBuilder::new()
        .name("Apache License 2.0")
        .identifier(Some("Apache-2.0"))
        .build();
    let server = ServerBuilder::new()
        .url("/")
        .description(Some("The server that this document comes from"))
        .build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Raally")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(DESCRIPTION))
                .license(Some(license)),
        )
        .servers(Some([server]))
        .paths(
            paths
                .into_iter()
                .fold(PathsBuilder::new(), |p, (path, item)| p.path(path, item)),
        )
        .components(Some(components))
        .tags(Some(tags))
        .build()
}

/// What we answer is whole: schemas that no request uses get all their parts in one object, and
/// every property is there, if only as `null`, but for instructions (`writeOnly`).
fn complete_answers(document: &mut Value) {
    let asked = asked(document);
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let before = schemas.clone();
    for (name, schema) in schemas.iter_mut() {
        if !asked.contains(name) {
            *schema = whole(schema, name, &before);
        }
    }
}

/// Schemas that nothing reaches are parts of other schemas' making, and no types of the API.
fn drop_unused(document: &mut Value) {
    let mut open = Vec::new();
    for part in ["/paths", "/components/responses"] {
        references(document.pointer(part).unwrap_or(&Value::Null), &mut open);
    }
    let used = closure(document, open);
    let schemas = document.pointer_mut("/components/schemas");
    if let Some(schemas) = schemas.and_then(Value::as_object_mut) {
        schemas.retain(|name, _| used.contains(name));
    }
}

/// Aliases of numbers are no types of the API.
fn write_out_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(write_out_numbers),
        Value::Object(members) => {
            if members.get("$ref").and_then(referred) == Some("u64") {
                members.remove("$ref");
                members.insert("type".to_owned(), json!("integer"));
                members.insert("format".to_owned(), json!("int64"));
                members.insert("minimum".to_owned(), json!(0));
            }
            if let Some(schemas) = members.get_mut("schemas").and_then(Value::as_object_mut) {
                schemas.remove("u64");
            }
            members.values_mut().for_each(write_out_numbers);
        }
        _ => {}
    }
}

/// What a text holds, under the name that JSON Schema has for it.
fn name_content_schemas(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(name_content_schemas),
        Value::Object(members) => {
            if let Some(schema) = members.remove(CONTENT_SCHEMA) {
                members.insert("contentSchema".to_owned(), schema);
            }
            members.values_mut().for_each(name_content_schemas);
        }
        _ => {}
    }
}

/// The schemas that request bodies reach.
fn asked(document: &Value) -> BTreeSet<String> {
    let mut open: Vec<String> = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for operation in paths
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .flat_map(Map::values)
    {
        if let Some(body) = operation.get("requestBody") {
            references(body, &mut open);
        }
    }
    closure(document, open)
}

/// The schemas of these names, and all that they refer to.
fn closure(document: &Value, mut open: Vec<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(schema) = document.pointer(&format!("/components/schemas/{name}"))
            && found.insert(name)
        {
            references(schema, &mut open);
        }
    }
    found
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(referred) {
                found.push(name.to_owned());
            }
            members.values().for_each(|v| references(v, found));
        }
        _ => {}
    }
}

fn referred(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/components/schemas/")
}

fn whole(schema: &Value, name: &str, all: &Map<String, Value>) -> Value {
    let mut properties = Map::new();
    gather(schema, all, &mut properties);
    if properties.is_empty() {
        return schema.clone();
    }
    let among = |list: &[(&str, &str)], property: &str| {
        list.iter()
            .any(|(owner, p)| name.contains(owner) && *p == property)
    };
    properties.retain(|_, property| property.get("writeOnly") != Some(&Value::Bool(true)));
    let always = properties.keys().filter(|p| !among(MAY_BE_MISSING, p));
    let required: Vec<&String> = always.collect();
    let mut whole = json!({ "type": "object", "required": required, "properties": properties });
    if let (Some(description), Some(whole)) = (schema.get("description"), whole.as_object_mut()) {
        whole.insert("description".to_owned(), description.clone());
    }
    whole
}

/// The properties of an object and of all it consists of.
fn gather(schema: &Value, all: &Map<String, Value>, properties: &mut Map<String, Value>) {
    if let Some(name) = schema.get("$ref").and_then(referred)
        && let Some(schema) = all.get(name)
    {
        gather(schema, all, properties);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        parts.iter().for_each(|part| gather(part, all, properties));
    }
    if let Some(own) = schema.get("properties").and_then(Value::as_object) {
        properties.extend(own.clone());
    }
}
