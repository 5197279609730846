//! The OpenAPI document: what is kept for the web app is what the code says.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn the_kept_document_is_the_codes_own() {
    let output = Command::new(env!("CARGO_BIN_EXE_raally"))
        .arg("openapi")
        .output()
        .unwrap();
    assert!(output.status.success());
    let fresh = String::from_utf8(output.stdout).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&kept, &fresh).unwrap();
    }
    let same = std::fs::read_to_string(&kept).unwrap() == fresh;
    assert!(
        same,
        "web/openapi.json is not fresh: UPDATE_OPENAPI=1 writes it"
    );
}

#[test]
fn every_operation_has_an_id_and_documents_its_problems() {
    let output = Command::new(env!("CARGO_BIN_EXE_raally"))
        .arg("openapi")
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(
                ids.insert(id.to_owned()),
                "{method} {path}: {id} is there twice"
            );
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert!(problem.is_object(), "{method} {path} documents no problem");
            assert!(
                operation["tags"][0].is_string(),
                "{method} {path} has no tag"
            );
        }
    }
    let references = document.to_string();
    for reference in references.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        let known = document["components"]["schemas"][name].is_object();
        assert!(known, "{name} is referred to and not there");
    }
}

#[test]
fn the_configuration_that_is_kept_is_what_the_code_knows() {
    let output = Command::new(env!("CARGO_BIN_EXE_raally"))
        .arg("config")
        .output()
        .unwrap();
    let fresh = String::from_utf8(output.stdout).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/raally.toml");
    let same = std::fs::read_to_string(&kept).unwrap() == fresh;
    assert!(
        same,
        "docs/raally.toml is not what the code knows: write it by `raally config > docs/raally.toml`"
    );
}

#[test]
fn a_check_says_what_would_be_used_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_raally"))
        .args(["serve", "--check", "--listen", "127.0.0.1:4444"])
        .current_dir(&folder)
        .env(
            "RAALLY__POSTGRES__URL",
            "postgres://app:hush@db.example/raally",
        )
        .output()
        .unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("listen = \"127.0.0.1:4444\""), "{said}");
    assert!(said.contains("postgres://app@db.example/raally"), "{said}");
    assert!(!said.contains("hush"), "{said}");
}
