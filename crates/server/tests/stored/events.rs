//! The contract of what is relayed: what is kept in docs is what the code says, and every event
//! that was ever written keeps to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files of a folder by name, those that end so.
fn files(folder: &Path, ending: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.ends_with(ending))
        .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn kept_schemas() -> BTreeMap<String, Value> {
    let kept = files(&root().join("docs/events"), ".schema.json");
    let read = |(name, text): (String, String)| {
        let name = name.strip_suffix(".schema.json").unwrap().to_owned();
        (name, serde_json::from_str(&text).unwrap())
    };
    kept.into_iter().map(read).collect()
}

#[test]
fn the_kept_documents_are_the_codes_own() {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_raally"))
        .args(["events", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let how = "'make openapi' writes it";
    let (docs, fresh) = (root().join("docs"), folder.path());
    let kept = files(&docs.join("events"), ".schema.json");
    let made = files(&fresh.join("events"), ".schema.json");
    assert!(
        kept.keys().eq(made.keys()),
        "docs/events is not fresh: {how}"
    );
    for (name, text) in made {
        assert!(
            kept[&name] == text,
            "docs/events/{name} is not fresh: {how}"
        );
    }
    let asyncapi = |folder: &Path| files(folder, "asyncapi.yaml");
    assert!(
        asyncapi(&docs) == asyncapi(fresh),
        "docs/asyncapi.yaml is not fresh: {how}"
    );
}

/// Whatever the schema does not name is refused: so a field that it forgets is found.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("type") == Some(&json!("object")) {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        _ => {}
    }
}

/// Every event of the version that its schema names. Older versions are read, but written no more.
#[test]
fn every_event_that_is_written_keeps_to_its_schema() {
    let mut seen = BTreeSet::new();
    let schemas = kept_schemas();
    for (file, text) in files(&root().join("crates/domain/tests/golden"), ".json") {
        let file = file.strip_suffix(".json").unwrap();
        let (name, version) = file.rsplit_once(".v").unwrap();
        let mut schema = schemas[name].clone();
        if schema["properties"]["version"]["const"] != version.parse::<u32>().unwrap() {
            continue;
        }
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        close(&mut schema);
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        let event: Value = serde_json::from_str(&text).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&event)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert_eq!(wrong, [""; 0], "{name}");
        // What is missing, or of another type, is noticed.
        for (field, _) in event.as_object().unwrap() {
            let mut without = event.clone();
            without.as_object_mut().unwrap().remove(field);
            assert!(!validator.is_valid(&without), "{name} without {field}");
        }
        let mut other = event.clone();
        other["data"]["surplus"] = json!(1);
        assert!(!validator.is_valid(&other), "{name} with a surplus field");
        seen.insert(name.to_owned());
    }
    let known: BTreeSet<String> = schemas.into_keys().collect();
    assert_eq!(seen, known, "an example of each, and a schema of each");
}

#[test]
fn consumers_may_meet_fields_they_do_not_know() {
    for (name, schema) in kept_schemas() {
        let text = schema.to_string();
        assert!(!text.contains("additionalProperties"), "{name}");
        assert!(!text.contains("#/components"), "{name}");
        for reference in text.split("\"#/$defs/").skip(1) {
            let of = reference.split('"').next().unwrap();
            assert!(schema["$defs"][of].is_object(), "{name}: {of}");
        }
    }
}

#[test]
fn every_type_is_a_message_of_the_audit_topic() {
    let asyncapi = std::fs::read_to_string(root().join("docs/asyncapi.yaml")).unwrap();
    for topic in ["audit", "user", "tenant", "project", "audit.dead"] {
        assert!(
            asyncapi.contains(&format!("address: \"raally.{topic}\"")),
            "{topic}"
        );
    }
    for name in kept_schemas().into_keys() {
        let reference = format!("\"#/components/messages/{name}\"");
        let count = asyncapi.matches(&reference).count();
        // In the audit topic, among the dead letters, and in one view where it has one.
        assert!((2..=3).contains(&count), "{name}: {count}");
        let file = format!("./events/{name}.schema.json");
        assert!(asyncapi.contains(&file), "{name}");
    }
}
