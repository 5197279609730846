//! Holds every answer against the OpenAPI document: what it promises is there, and nothing else is.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

const DOCUMENT: &str = include_str!("../../../../web/openapi.json");
const SCHEMAS: &str = "#/components/schemas/";

/// One answer that the document names.
struct Answer {
    path: Vec<String>,
    status: String,
    valid: Validator,
}

/// Fails where the answer of a path is none that the document names for it. What the document does not know, as pages
/// of the web app, is passed by.
pub fn check(path: &str, status: u16, body: &Value) {
    let parts: Vec<&str> = path.split('/').collect();
    let status = status.to_string();
    let named: Vec<&Answer> = answers()
        .iter()
        .filter(|a| a.status == status && matches(&a.path, &parts))
        .collect();
    if named.is_empty() || named.iter().any(|a| a.valid.is_valid(body)) {
        return;
    }
    let wrong: Vec<String> = named
        .iter()
        .flat_map(|a| a.valid.iter_errors(body))
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    panic!("{path} answered {status} otherwise than documented: {wrong:#?}\n{body:#}");
}

fn matches(template: &[String], path: &[&str]) -> bool {
    template.len() == path.len()
        && template
            .iter()
            .zip(path)
            .all(|(t, p)| t.starts_with('{') || t == p)
}

fn answers() -> &'static [Answer] {
    static ANSWERS: OnceLock<Vec<Answer>> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
        close(&mut document);
        let schemas = document["components"]["schemas"].take();
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, item)| {
                let operations = item.as_object().unwrap().values();
                operations.flat_map(|o| named(path, o, &schemas).collect::<Vec<_>>())
            })
            .collect()
    })
}

/// The answers of an operation that are JSON.
fn named(path: &str, operation: &Value, schemas: &Value) -> impl Iterator<Item = Answer> {
    let responses = operation["responses"].as_object().unwrap();
    responses.iter().filter_map(move |(status, response)| {
        let schema = response.pointer("/content/application~1json/schema")?;
        let whole = json!({ "allOf": [schema], "components": { "schemas": schemas } });
        Some(Answer {
            path: path.split('/').map(str::to_owned).collect(),
            status: status.clone(),
            valid: jsonschema::validator_for(&whole).unwrap(),
        })
    })
}

/// Objects hold no more than their schema names, but for those that are parts of others.
fn close(document: &mut Value) {
    let mut parts = BTreeSet::new();
    find_parts(document, &mut parts);
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for (name, schema) in schemas {
        if let Some(schema) = schema.as_object_mut()
            && !parts.contains(name)
        {
            close_one(schema);
        }
    }
}

fn close_one(schema: &mut Map<String, Value>) {
    if schema.contains_key("properties") && !schema.contains_key("allOf") {
        schema
            .entry("additionalProperties")
            .or_insert(Value::Bool(false));
    }
}

/// The schemas that an `allOf` refers to.
fn find_parts(value: &Value, parts: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_parts(item, parts)),
        Value::Object(members) => {
            let of = members.get("allOf").and_then(Value::as_array);
            let names = of.into_iter().flatten().filter_map(|p| p["$ref"].as_str());
            parts.extend(
                names
                    .filter_map(|n| n.strip_prefix(SCHEMAS))
                    .map(str::to_owned),
            );
            members.values().for_each(|v| find_parts(v, parts));
        }
        _ => {}
    }
}
