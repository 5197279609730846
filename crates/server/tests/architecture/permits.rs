//! A permit lives as long as the work it pays for, and a future that stands in a queue is polled.
//!
//! A caller who hangs up drops its future, and with it every permit in it, while work that was begun
//! elsewhere goes on: then as much runs at once as callers hang up. So work that keeps a processor
//! or a thread busy goes through what takes the turn along (`CpuPool`, `Readers`), a permit is
//! owned, and where a function begins a task under a permit, the task takes it. And a future that
//! is kept while its owner awaits something else may be given a turn that it does not take: what
//! waits for a turn is a task (`JoinSet`).

use std::path::Path;

use super::{sources, workspace_root};

/// Where threads on which one may block are used, and why no permit of a caller's is in it.
const BLOCKING: [(&str, &str); 9] = [
    (
        "adapters/src/bus/kafka/content.rs",
        "the client's answer, for a command",
    ),
    (
        "adapters/src/bus/kafka/member.rs",
        "one member's own commits",
    ),
    (
        "adapters/src/bus/kafka/member/rebalance.rs",
        "one member's end",
    ),
    (
        "adapters/src/bus/kafka/mod.rs",
        "administration, for a command or a start",
    ),
    (
        "adapters/src/bus/kafka/topics.rs",
        "administration, at the start",
    ),
    ("server/src/cli/import.rs", "a command's only work"),
    ("server/src/telemetry/mod.rs", "the end of the process"),
    (
        "store-sqlite/src/lib.rs",
        "hashing of long writes: the permit is in the closure",
    ),
    (
        "store-sqlite/src/readers.rs",
        "the helper: the permit is in the closure",
    ),
];

/// Where futures are kept beside others, and why each of them is polled all the time.
const KEPT: [(&str, &str); 3] = [
    (
        "adapters/src/bus/kafka/member.rs",
        "its loop awaits nothing but its select",
    ),
    (
        "app/src/consumers/runner.rs",
        "its loop awaits nothing but its select",
    ),
    (
        "app/src/relay.rs",
        "its loop awaits nothing but the next of them",
    ),
];

/// What is wrong in a source, each a sentence with its line.
fn wrong(file: &str, source: &str) -> Vec<String> {
    let code = code(source);
    let is_in = |list: &[(&str, &str)]| list.iter().any(|(name, _)| file.ends_with(name));
    let mut found = Vec::new();
    let mut note = |at: usize, what: &str| {
        let line = code[..at].lines().count().max(1);
        found.push(format!("{file}:{line}: {what}"));
    };
    for call in ["spawn_blocking(", "block_in_place("] {
        for (at, _) in code.match_indices(call).filter(|_| !is_in(&BLOCKING)) {
            note(
                at,
                "blocking work goes through CpuPool or Readers, which take the turn along",
            );
        }
    }
    for call in [
        ".acquire()",
        ".try_acquire()",
        ".acquire_many(",
        ".try_acquire_many(",
    ] {
        for (at, _) in code.match_indices(call) {
            note(
                at,
                "a permit that borrows its semaphore cannot go with the work: acquire_owned",
            );
        }
    }
    for call in [
        "FuturesUnordered",
        "FuturesOrdered",
        ".buffered(",
        ".buffer_unordered(",
    ] {
        for (at, _) in code.match_indices(call).filter(|_| !is_in(&KEPT)) {
            note(
                at,
                "what is kept beside others and waits for a turn is a task (JoinSet)",
            );
        }
    }
    for (at, _) in code
        .match_indices("acquire_owned(")
        .chain(code.match_indices("acquire_many_owned("))
    {
        let Some(permit) = bound_to(&code, at) else {
            continue;
        };
        if permit == "_" {
            note(at, "a permit that is bound to `_` ends at once");
            continue;
        }
        // The function's end is where a line begins with a brace that is no deeper than it.
        let rest = &code[at..];
        let end = rest.find("\n    }\n").or_else(|| rest.find("\n}\n"));
        let rest = &rest[..end.unwrap_or(rest.len())];
        for spawn in ["spawn(", "spawn_blocking("] {
            for (begun, _) in rest.match_indices(spawn) {
                let task = in_brackets(&rest[begun + spawn.len() - 1..]);
                if !has_word(task, &permit) {
                    note(
                        at + begun,
                        &format!("the task does not take the permit `{permit}` along"),
                    );
                }
            }
        }
    }
    found
}

/// The source without tests, comments and what strings say.
fn code(source: &str) -> String {
    let shipped = source.split("#[cfg(test)]\nmod tests").next();
    let lines = shipped.unwrap_or_default().lines().map(|line| {
        let code = line.split("//").next().unwrap_or_default();
        code.to_owned() + "\n"
    });
    lines.collect()
}

/// The name that the statement around that place binds, if it is a `let`.
fn bound_to(code: &str, at: usize) -> Option<String> {
    let before = &code[..at];
    let begin = before.rfind([';', '{', '}']).map_or(0, |at| at + 1);
    let statement = before[begin..].trim_start();
    let name = statement.strip_prefix("let ")?;
    let name = name.trim_start_matches("mut ");
    let name: String = name
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// What stands in the brackets with which the text begins.
fn in_brackets(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.split(|c| !is_part(c)).any(|part| part == word)
}

fn shipped() -> Vec<(String, String)> {
    let crates = workspace_root().join("crates");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&crates).unwrap() {
        let src = entry.unwrap().path().join("src");
        for path in sources_in(&src) {
            let name = path.strip_prefix(&crates).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            all.push((name.to_string_lossy().into_owned(), text));
        }
    }
    all
}

fn sources_in(src: &Path) -> Vec<std::path::PathBuf> {
    match src.is_dir() {
        true => sources(src),
        false => Vec::new(),
    }
}

#[test]
fn permits_go_with_the_work_and_what_waits_is_a_task() {
    let shipped = shipped();
    assert!(shipped.len() > 200, "{} sources were found", shipped.len());
    let found: Vec<String> = shipped.iter().flat_map(|(f, s)| wrong(f, s)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    // What is excused is still done.
    for (name, _) in BLOCKING.iter().chain(&KEPT) {
        let (_, text) = shipped.iter().find(|(file, _)| file == name).unwrap();
        assert!(!wrong("another.rs", text).is_empty(), "{name}");
    }
}

#[test]
fn each_wrong_way_is_found() {
    let hangs_up = "async fn hash(&self) {
        let turn = self.turns.clone().acquire_owned().await;
        let hash = tokio::task::spawn(move || hash());
        hash.await
    }
";
    let takes_along = hangs_up.replace("move || hash()", "async move { let _turn = turn; hash() }");
    let ends_at_once = hangs_up.replace("let turn", "let _");
    let borrowed = hangs_up.replace("acquire_owned()", "acquire()");
    let blocking = "fn f() { tokio::task::spawn_blocking(work); }";
    let kept = "fn f() { let mut all = FuturesUnordered::new(); }";
    let said = |source: &str| wrong("app/src/some.rs", source).join("\n");
    assert!(
        said(hangs_up).contains("3: the task does not take the permit `turn`"),
        "{}",
        said(hangs_up)
    );
    assert!(said(&ends_at_once).contains("bound to `_`"));
    assert!(said(&borrowed).contains("acquire_owned"));
    assert!(said(blocking).contains("CpuPool"));
    assert!(said(kept).contains("JoinSet"));
    assert_eq!(said(&takes_along), "");
    assert_eq!(wrong("store-sqlite/src/readers.rs", blocking).len(), 0);
    assert_eq!(
        said("// spawn_blocking(work)\n#[cfg(test)]\nmod tests { spawn_blocking(work) }"),
        ""
    );
}
