//! Keeps the crates' direction: `domain` ← `app` ← {stores, adapters, legacy, demo} ← `server`,
//! and `domain` ← `import` ← `server`; only one
//! module of the server, its composition root, names a store or an adapter. ARCHITECTURE.md says why.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod documents;
mod permits;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate may depend on inside the workspace; tests may use the real store and adapters.
const DIRECTION: [(&str, &[&str]); 10] = [
    ("raally-domain", &[]),
    // The domain as the release before had it, for one test.
    ("raally-domain-before", &[]),
    ("raally-app", &["raally-domain"]),
    ("raally-store-sqlite", &["raally-app", "raally-domain"]),
    (
        "raally-store-postgres",
        // Itself: its tests use its own feature "testing".
        &["raally-app", "raally-domain", "raally-store-postgres"],
    ),
    ("raally-adapters", &["raally-app", "raally-domain"]),
    ("raally-import", &["raally-domain"]),
    ("raally-legacy", &["raally-app", "raally-domain"]),
    ("raally-demo", &["raally-app", "raally-domain"]),
    (
        "raally",
        &[
            "raally-adapters",
            "raally-app",
            "raally-demo",
            "raally-domain",
            "raally-import",
            "raally-legacy",
            "raally-store-postgres",
            "raally-store-sqlite",
        ],
    ),
];

/// What would bring I/O, time or chance into what is pure.
const IMPURE: &[&str] = &[
    "async-trait",
    "axum",
    "futures",
    "rand",
    "reqwest",
    "rusqlite",
    "tokio",
];

/// What neither the domain nor what is made of it alone may depend on, nor `app` on engines and HTTP.
const FOREIGN: [(&str, &[&str]); 3] = [
    ("raally-domain", IMPURE),
    ("raally-import", IMPURE),
    (
        "raally-app",
        &["axum", "reqwest", "rusqlite", "tower", "tower-http"],
    ),
];

fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The workspace's packages as cargo sees them: name, and the names of all their direct dependencies.
fn packages() -> Vec<(String, BTreeSet<String>)> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(workspace_root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let shipped = dependencies.filter(|d| d["kind"] != "dev");
            (
                text(&package["name"]),
                shipped.map(|d| text(&d["name"])).collect(),
            )
        })
        .collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let packages = packages();
    let ours: BTreeSet<&String> = packages.iter().map(|(name, _)| name).collect();
    assert_eq!(
        ours.iter()
            .map(|name| name.as_str())
            .collect::<BTreeSet<_>>(),
        DIRECTION
            .iter()
            .map(|(name, _)| *name)
            .collect::<BTreeSet<_>>(),
        "a new crate needs its place in DIRECTION and in ARCHITECTURE.md",
    );
    for (name, allowed) in DIRECTION {
        let (_, dependencies) = packages.iter().find(|(n, _)| n == name).unwrap();
        let inside = dependencies.iter().filter(|d| ours.contains(d));
        let wrong: Vec<_> = inside.filter(|d| !allowed.contains(&d.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not depend on {wrong:?}");
    }
}

#[test]
fn domain_and_app_stay_free_of_engines() {
    let packages = packages();
    for (name, foreign) in FOREIGN {
        let (_, dependencies) = packages.iter().find(|(n, _)| n == name).unwrap();
        let wrong: Vec<_> = foreign
            .iter()
            .filter(|f| dependencies.contains(**f))
            .collect();
        assert!(wrong.is_empty(), "{name} must not depend on {wrong:?}");
    }
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn one_module_of_the_server_names_stores_and_adapters() {
    let src = workspace_root().join("crates/server/src");
    let naming: BTreeSet<String> = sources(&src)
        .into_iter()
        .filter(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.contains("raally_store_") || text.contains("raally_adapters")
        })
        .map(|path| {
            // `compose.rs` and `compose/` are one module.
            let first = path
                .strip_prefix(&src)
                .unwrap()
                .components()
                .next()
                .unwrap();
            first
                .as_os_str()
                .to_string_lossy()
                .trim_end_matches(".rs")
                .to_owned()
        })
        // Programs beside the server are roots of their own.
        .filter(|module| module != "bin")
        .collect();
    assert!(
        naming.len() <= 1,
        "stores and adapters are named in {naming:?}"
    );
}
