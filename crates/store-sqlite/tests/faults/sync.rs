//! That each acknowledgement comes after the sync of what it acknowledges. A killed process
//! cannot show a missing sync, since the operating system keeps what was written; so the calls
//! are traced.

use std::path::Path;
use std::process::Command;

use super::child::Running;

/// Parts of the machine that whoever runs the tests may ask to do without, by name:
/// `RAALLY_TEST_WITHOUT=strace,mount`.
pub(crate) fn without(part: &str) -> bool {
    let without = std::env::var("RAALLY_TEST_WITHOUT").unwrap_or_default();
    without.split(',').any(|word| word == part)
}

/// The acknowledgements that came too early, and how many there were in all.
fn early(synchronous: &str) -> (Vec<String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let data = folder.path().join("data");
    // The file system may find another way to it.
    let wrapper = [
        "strace",
        "-f",
        "-y",
        "-s",
        "40000",
        "-e",
        "trace=write,pwrite64,fsync,fdatasync",
        "-o",
        trace.to_str().unwrap(),
    ];
    let task = format!("sync {synchronous}");
    let mut child = Running::start(&task, &data, 0, &wrapper);
    let mut acked = Vec::new();
    while let Some(marker) = child.line("ack ") {
        acked.push(marker);
    }
    assert!(child.child.wait().unwrap().success());
    assert_eq!(acked.len(), 60);
    let trace = std::fs::read_to_string(trace).unwrap();
    let calls = calls(&trace);
    let early = acked
        .iter()
        .filter(|marker| !synced_before_ack(&calls, marker))
        .cloned()
        .collect();
    (early, acked.len())
}

/// A call as it stands in the trace: from which line to which it ran.
struct Call<'a> {
    text: &'a str,
    from: usize,
    to: usize,
}

/// Reads a trace, joining calls that others interrupted.
fn calls(trace: &str) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut open: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for (line, text) in trace.lines().enumerate() {
        let Some((thread, text)) = text.split_once(' ') else {
            continue;
        };
        let text = text.trim_start();
        if text.starts_with("<...") {
            if let Some(call) = open.remove(thread) {
                calls[call].to = line;
            }
            continue;
        }
        if text.ends_with("<unfinished ...>") {
            open.insert(thread, calls.len());
        }
        calls.push(Call {
            text,
            from: line,
            to: line,
        });
    }
    calls
}

/// Whether a sync of the write-ahead log began after the marked event was written there, and
/// ended before its acknowledgement.
fn synced_before_ack(calls: &[Call<'_>], marker: &str) -> bool {
    let on_log = |call: &Call<'_>| {
        let file = call.text.split(['<', '>']).nth(1).unwrap_or_default();
        Path::new(file)
            .file_name()
            .is_some_and(|f| f == "raally.db-wal")
    };
    let find = |wanted: &dyn Fn(&Call<'_>) -> bool| calls.iter().find(|call| wanted(call));
    let written = find(&|call| {
        call.text.starts_with("pwrite64") && on_log(call) && call.text.contains(marker)
    });
    let acked = find(&|call| {
        call.text.starts_with("write") && call.text.contains(&format!("\"ack {marker}"))
    });
    let (Some(written), Some(acked)) = (written, acked) else {
        panic!("{marker} is not in the trace");
    };
    calls.iter().any(|call| {
        (call.text.starts_with("fsync") || call.text.starts_with("fdatasync"))
            && on_log(call)
            && written.to < call.from
            && call.to < acked.from
    })
}

fn strace_is_there() -> bool {
    if without("strace") {
        return false;
    }
    let there = Command::new("strace").arg("-V").output().is_ok();
    assert!(
        there,
        "strace is missing: install it (apt-get install strace), \
         or leave this test out with RAALLY_TEST_WITHOUT=strace"
    );
    true
}

#[test]
fn each_acknowledgement_comes_after_the_sync() {
    if strace_is_there() {
        let (early, _) = early("full");
        assert_eq!(early, [""; 0], "acknowledged before it was on the disk");
    }
}

/// The test above would notice.
#[test]
fn without_full_synchronization_acknowledgements_come_early() {
    if strace_is_there() {
        for synchronous in ["normal", "off"] {
            let (early, all) = early(synchronous);
            assert!(
                early.len() > all / 2,
                "with {synchronous} only {} of {all} came early",
                early.len()
            );
        }
    }
}
