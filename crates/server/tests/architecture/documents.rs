//! What documents name is there.

use std::path::Path;

use super::workspace_root;

/// Where a name in a document begins that is one of a file or folder of ours.
const ROOTS: [&str; 16] = [
    ".ci",
    "adapters",
    "app",
    "crates",
    "demo",
    "docker",
    "docs",
    "domain",
    "frozen",
    "import",
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

/// The files below a folder whose names end so.
fn files(folder: &Path, extension: &str, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

/// The tests that a document names: words of at least four parts. Metrics, of which the code has the
/// parts, begin with ours.
fn tests_named(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_');
    words
        .filter(|word| word.split('_').count() >= 4 && !word.starts_with("raally_"))
        .filter(|word| !word.starts_with('_') && !word.ends_with('_'))
        .collect()
}

/// All our documents, but for the specification: it is somebody else's, of a system that was to be.
fn ours() -> Vec<(std::path::PathBuf, String)> {
    let root = workspace_root();
    let mut found = vec![root.join("README.md"), root.join("ARCHITECTURE.md")];
    files(&root.join("docs"), "md", &mut found);
    found.retain(|path| !path.ends_with("raally-saas.md") && !path.ends_with("specification.md"));
    assert!(found.len() > 30);
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    found.into_iter().map(read).collect()
}

#[test]
fn files_that_documents_name_are_there() {
    let root = workspace_root();
    let mut wrong = Vec::new();
    for (path, text) in ours() {
        let names = missing(&root, &text).into_iter();
        wrong.extend(names.map(|name| format!("{}: {name}", path.display())));
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn tests_that_documents_name_are_there() {
    let mut sources = Vec::new();
    files(&workspace_root().join("crates"), "rs", &mut sources);
    let sources: Vec<String> = sources
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let mut wrong = Vec::new();
    for (path, text) in ours() {
        let mut names = tests_named(&text);
        names.retain(|name| !sources.iter().any(|source| source.contains(name)));
        let names = names.iter();
        wrong.extend(names.map(|name| format!("{}: {name}", path.display())));
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_file_that_went_is_found() {
    let root = workspace_root();
    let text = "`crates/app/src/gone.rs` and `app/src/cpu`, `docs/how-to/NAME.md`, `web/`, `a/b`";
    assert_eq!(missing(&root, text), ["crates/app/src/gone.rs"]);
    let text = "`app/x.rs` (what_went_is_here, one_two_three), raally_requests_in_flight";
    assert_eq!(tests_named(text), ["what_went_is_here"]);
}
