//! What documents name is there.

use std::path::Path;

use super::workspace_root;

/// Where a name in a document begins that is one of a file or folder of ours.
const ROOTS: [&str; 15] = [
    ".ci",
    "adapters",
    "app",
    "crates",
    "demo",
    "docker",
    "docs",
    "domain",
    "frozen",
    "k8s",
    "legacy",
    "scripts",
    "server",
    "terraform",
    "web",
];
const STORES: [&str; 2] = ["store-postgres", "store-sqlite"];

/// The files and folders that a document names between backticks.
fn named(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
            let Some((root, rest)) = name.split_once('/') else {
                return false;
            };
            let ours = ROOTS.contains(&root) || STORES.contains(&root);
            // `NAME` and `NNNN` stand for what a reader puts there.
            let placeholder = ["NAME", "NNNN", "..."]
                .iter()
                .any(|part| name.contains(part));
            ours && !rest.is_empty() && name.chars().all(plain) && !placeholder
        })
        .collect()
}

/// Those that are in the repository neither by that name nor under `crates`.
fn missing<'t>(root: &Path, text: &'t str) -> Vec<&'t str> {
    let mut names = named(text);
    names.retain(|name| !root.join(name).exists() && !root.join("crates").join(name).exists());
    names
}

fn documents(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
}

#[test]
fn files_that_documents_name_are_there() {
    let root = workspace_root();
    let mut found = vec![root.join("README.md"), root.join("ARCHITECTURE.md")];
    documents(&root.join("docs"), &mut found);
    // The specification is somebody else's, of a system that was to be.
    found.retain(|path| !path.ends_with("raally-saas.md") && !path.ends_with("specification.md"));
    assert!(found.len() > 30);
    let mut wrong = Vec::new();
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let names = missing(&root, &text);
        wrong.extend(
            names
                .iter()
                .map(|name| format!("{}: {name}", path.display())),
        );
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_file_that_went_is_found() {
    let root = workspace_root();
    let text = "`crates/app/src/gone.rs` and `app/src/cpu`, `docs/how-to/NAME.md`, `web/`, `a/b`";
    assert_eq!(missing(&root, text), ["crates/app/src/gone.rs"]);
}
