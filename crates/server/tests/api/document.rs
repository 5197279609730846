//! The OpenAPI document: what is kept for the web app is what the code says.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Server, problem};

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

/// The document as the program prints it.
fn document() -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_raally"))
        .arg("openapi")
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Each operation with its path.
fn operations(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().values();
        operations.map(move |operation| (path, operation))
    })
}

#[test]
fn every_operation_names_how_it_refuses() {
    let document = document();
    let shared = &document["components"]["responses"];
    for (path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        let responses = operation["responses"].as_object().unwrap();
        let refusals: Vec<&str> = responses
            .iter()
            .filter(|(status, _)| status.starts_with('4'))
            .map(|(status, response)| {
                let reference = response["$ref"].as_str().unwrap();
                let name = reference.strip_prefix("#/components/responses/").unwrap();
                let content = &shared[name]["content"]["application/problem+json"];
                assert!(content.is_object(), "{id}: {reference} is not there");
                status.as_str()
            })
            .collect();
        let names = |status: &str| refusals.contains(&status);
        let parameter = |name: &str| {
            let parameters = operation["parameters"].as_array();
            parameters.is_some_and(|all| all.iter().any(|p| p["name"] == name))
        };
        let public = operation["security"] == json!([]);
        assert!(names("400"), "{id}");
        assert!(names("401") || public, "{id}");
        assert_eq!(names("403"), path.contains("{tenant}"), "{id}");
        assert!(names("404") || !path.contains('{'), "{id}");
        assert!(names("412") || !parameter("If-Match"), "{id}");
        assert_eq!(names("415"), operation["requestBody"].is_object(), "{id}");
        assert!(names("422") || !names("415"), "{id}");
    }
}

#[test]
fn an_operations_id_is_a_name_in_other_languages() {
    let document = document();
    for (_, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        let letters = id.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let taken = [
            "import", "from", "class", "delete", "new", "return", "yield",
        ];
        assert!(letters && !id.starts_with('_'), "{id}");
        assert!(!taken.contains(&id), "{id} is a word of some language");
    }
}

#[tokio::test]
async fn what_is_said_has_a_code_of_the_list_and_its_parameters() {
    let document = document();
    let listed = &document["components"]["schemas"]["ProblemCode"];
    let known = |said: &Value| {
        let code = said["code"].as_str().unwrap();
        let codes = listed["enum"].as_array().unwrap();
        assert!(codes.iter().any(|c| c == code), "{code} is not listed");
        let names: Vec<&String> = said["params"].as_object().unwrap().keys().collect();
        let none = Value::Array(Vec::new());
        let promised = listed["x-params"].get(code).unwrap_or(&none);
        assert_eq!(json!(names), *promised, "{code}");
    };
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let person = format!("/people/{}", booked.person);
    let missing = format!("/people/{}", uuid::Uuid::from_u128(1));
    let long = json!({ "full_name": "x".repeat(201), "colour": 1 });
    let two = json!({ "full_name": "x".repeat(201), "tags": [""] });
    let commands = json!([{ "op": "delete", "resource": "people", "id": booked.person }]);
    let asked = [
        (admin.get(&missing), 404, "person-not-found"),
        (
            admin.get("/people?colour=1&limit=x"),
            400,
            "malformed-parameters",
        ),
        (admin.post("/people", &long), 422, "invalid"),
        (admin.post("/people", &two), 422, "invalid"),
        (admin.delete(&person), 409, "person-has-bookings"),
        (
            admin.post("/commands", &commands),
            409,
            "person-has-bookings",
        ),
        (admin.post("/redo", &json!({})), 409, "nothing-to-redo"),
        (
            server.http.get(server.url("/api/v1/me")),
            401,
            "unauthenticated",
        ),
    ];
    for (request, status, code) in asked {
        let problem = problem(request.send().await.unwrap(), status).await;
        assert_eq!(problem["code"], code);
        known(&problem);
        problem["errors"].as_array().unwrap().iter().for_each(known);
    }
    let wrong = problem(admin.post("/people", &two).send().await.unwrap(), 422).await;
    assert_eq!(
        wrong["errors"],
        json!([
            {
                "pointer": "/full_name", "detail": "must have at most 200 characters",
                "code": "too-long", "params": { "most": 200 },
            },
            { "pointer": "/tags/0", "detail": "must not be empty", "code": "empty", "params": {} },
        ])
    );
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
