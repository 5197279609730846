//! What was once written is read for ever: a golden file for every version of every event type,
//! and the format of snapshots.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use raally_domain::event::{Action, Event};
use raally_domain::kinds::Kind;
use raally_domain::plan::{Plan, PlanSnapshot, SnapshotError};
use serde_json::Value;
use support::eventful::eventful;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The golden events of tenants by their type and version.
fn goldens() -> BTreeMap<(String, u32), String> {
    let mut goldens = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(name) = name.strip_suffix(".json") {
            let (event_type, version) = name.rsplit_once(".v").unwrap();
            let version = version.parse().unwrap();
            // Events of users and of the platform have a test of their own.
            if event_type.starts_with("user.") || event_type.starts_with("platform.") {
                continue;
            }
            goldens.insert(
                (event_type.to_owned(), version),
                std::fs::read_to_string(path).unwrap(),
            );
        }
    }
    goldens
}

/// The types of a kind's events that can be written.
fn types(kind: Kind) -> Vec<String> {
    let actions: &[Action] = match kind {
        Kind::Settings => &[Action::Created, Action::Changed],
        Kind::History => &[Action::Created, Action::Deleted],
        _ => &[Action::Created, Action::Changed, Action::Deleted],
    };
    let name = |action: &Action| format!("{}.{}", kind.name(), action.name());
    actions.iter().map(name).collect()
}

/// The plan of that log before anything in it is deleted.
fn fullest() -> Plan {
    let tenant = eventful();
    let mut plan = Plan::empty(tenant.plan.tenant(), 1);
    let kept = |event: &Event| event.change.action() != Action::Deleted;
    for (event, stored) in tenant.log.iter().take_while(|(event, _)| kept(event)) {
        plan.apply(event, stored.hash).unwrap();
    }
    plan
}

fn read(body: &str) -> Event {
    let value: Value = serde_json::from_str(body).unwrap();
    Event::read_trusted(value["seq"].as_u64().unwrap(), body).unwrap()
}

#[test]
fn every_version_that_is_read_has_a_golden_file_and_reads() {
    let goldens = goldens();
    let expected = Kind::ALL.iter().flat_map(|kind| {
        let versions = 1..=kind.versions().0;
        let all = types(*kind).into_iter();
        all.flat_map(move |name| versions.clone().map(move |v| (name.clone(), v)))
    });
    let expected: BTreeSet<_> = expected.collect();
    assert_eq!(goldens.keys().cloned().collect::<BTreeSet<_>>(), expected);
    for ((name, version), body) in &goldens {
        let event = read(body);
        assert_eq!(&event.event_type(), name, "{name} v{version}");
    }
}

/// The stored text of the first event of each type. An event that was once written must be
/// readable, byte for byte, by every later version; the newest is what is written.
#[test]
fn the_newest_golden_files_are_what_is_written() {
    let mut seen = BTreeSet::new();
    for (event, stored) in &eventful().log {
        let name = event.event_type();
        if !seen.insert(name.clone()) {
            continue;
        }
        let version = event.change.entity().kind.versions().1;
        let path = folder().join(format!("{name}.v{version}.json"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() && !path.exists() {
            std::fs::write(&path, &stored.body).unwrap();
        }
        let golden = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{}: {e}; write it with UPDATE_GOLDEN=1", path.display()));
        let read = Event::read_trusted(event.seq, &golden).unwrap();
        // The hash of the event before it follows that one's version, not its own.
        let mut expected = event.clone();
        expected.previous = read.previous;
        assert_eq!(
            expected.store().body,
            golden,
            "{name} is written otherwise than it was"
        );
        expected.change.personal_mut(&mut |slot| slot.close());
        assert_eq!(read, expected, "{name}");
    }
    let written = Kind::ALL.iter().filter(|kind| kind.versions().1 > 0);
    assert_eq!(seen, written.flat_map(|kind| types(*kind)).collect());
}

/// Snapshots of every format there was: of the newest, the plan comes back; the others are seen
/// to be of another format, and so the log is folded again.
#[test]
fn snapshots_of_older_formats_are_told_apart() {
    let plan = fullest();
    let name = format!("{:08x}.snapshot", PlanSnapshot::FORMAT);
    let newest = folder().join(&name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&newest, PlanSnapshot::of(&plan).to_bytes()).unwrap();
    }
    let mut found = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "snapshot") {
            continue;
        }
        found += 1;
        let bytes = std::fs::read(&path).unwrap();
        let read = PlanSnapshot::from_bytes(&bytes);
        if path == newest {
            assert_eq!(read.unwrap().into_plan().unwrap(), plan);
        } else {
            assert!(matches!(read, Err(SnapshotError::Format(_))), "{path:?}");
        }
    }
    assert!(found >= 2, "the former format and this one: {found}");
    assert!(newest.exists(), "{name}: write it with UPDATE_GOLDEN=1");
}

#[cfg(feature = "openapi")]
mod format {
    use std::collections::BTreeMap;

    use raally_domain::event::{Change, Hash};
    use raally_domain::kinds::Kind;
    use raally_domain::plan::PlanSnapshot;
    use raally_domain::schema::Described;
    use sha2::{Digest, Sha256};

    use super::{fullest, goldens, read};

    /// The members of a JSON text in their order, without its values.
    fn shape(json: &str) -> String {
        let mut shape = String::new();
        let mut rest = json;
        while let Some(c) = rest.chars().next() {
            if c == '"' {
                let end = rest[1..].find('"').unwrap() + 2;
                let (text, after) = rest.split_at(end);
                shape.push_str(if after.starts_with(':') { text } else { "s" });
                rest = after;
            } else {
                let mark = if c.is_ascii_digit() { 'n' } else { c };
                if mark != 'n' || !shape.ends_with('n') {
                    shape.push(mark);
                }
                rest = &rest[c.len_utf8()..];
            }
        }
        shape
    }

    /// A hash of all that a snapshot holds: the schemas of the entities, their members' order, and
    /// the order of the tables and of what is kept of a user's steps.
    fn schema() -> Hash {
        let mut hash = Sha256::new();
        for kind in Kind::ALL {
            let Described { schema, others, .. } = Change::schema(*kind);
            hash.update(serde_json::to_string(&schema).unwrap());
            let others: BTreeMap<String, String> = others
                .into_iter()
                .map(|(name, schema)| (name, serde_json::to_string(&schema).unwrap()))
                .collect();
            hash.update(format!("{others:?}"));
        }
        for ((name, version), body) in goldens() {
            let newest = read(&body).change.entity().kind.versions().0;
            if version == newest && name.ends_with(".created") {
                hash.update(name);
                hash.update(shape(&body));
            }
        }
        let snapshot = serde_json::to_string(&PlanSnapshot::of(&fullest())).unwrap();
        hash.update(shape(&snapshot));
        hash.finalize().into()
    }

    /// What a snapshot holds cannot change without its format's number.
    #[test]
    fn the_snapshot_format_follows_from_the_schema() {
        let expected = u32::from_be_bytes(*schema().first_chunk().unwrap());
        assert_eq!(
            PlanSnapshot::FORMAT,
            expected,
            "what a snapshot holds has changed: set FORMAT in plan/snapshot.rs to {expected:#010x}, \
         and keep a snapshot of the former format (UPDATE_GOLDEN=1 writes one of the new)"
        );
    }
}
