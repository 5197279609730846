//! What was once written is read for ever: a golden file for every version of every event type,
//! and the format of snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::eventful::eventful;
use raally_domain::event::{Action, Event};
use raally_domain::kinds::Kind;
use raally_domain::plan::{Plan, PlanSnapshot, SnapshotError};
use serde_json::Value;

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

/// An event that was once written must be readable, byte for byte, by every later version; one of
/// the version that is written now is written again as it was.
#[test]
fn golden_files_of_the_version_written_are_written_again_as_they_were() {
    for ((name, version), body) in goldens() {
        let event = read(&body);
        if version == event.change.entity().kind.versions().1 {
            assert_eq!(event.store().body, body, "{name} v{version}");
        }
    }
}

/// The first event of each type gets a golden file of the version written, under UPDATE_GOLDEN=1.
#[test]
fn every_type_that_is_written_has_a_golden_file() {
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
        assert!(path.exists(), "{path:?}: scripts/golden writes it");
        let mut expected = event.clone();
        for change in std::iter::once(&mut expected.change).chain(&mut expected.implied) {
            change.personal_mut(&mut |slot| slot.close());
        }
        assert_eq!(read(&stored.body), expected, "{name}");
    }
    let written = Kind::ALL.iter().filter(|kind| kind.versions().1 > 0);
    assert_eq!(seen, written.flat_map(|kind| types(*kind)).collect());
}

/// Snapshots of every format there was: of the newest, the plan comes back; the others are seen
/// to be of another format, and so the log is folded again.
#[test]
fn snapshots_of_older_formats_are_told_apart() {
    let name = format!("{:08x}.snapshot", PlanSnapshot::FORMAT);
    let newest = folder().join(&name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() && !newest.exists() {
        std::fs::write(&newest, PlanSnapshot::of(&fullest()).to_bytes()).unwrap();
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
            let plan = read.unwrap().into_plan().unwrap();
            assert_eq!(PlanSnapshot::of(&plan).to_bytes(), bytes);
        } else {
            assert!(matches!(read, Err(SnapshotError::Format(_))), "{path:?}");
        }
    }
    assert!(found >= 2, "the former format and this one: {found}");
    assert!(newest.exists(), "{name}: scripts/golden writes it");
}

#[cfg(feature = "openapi")]
mod format {
    use std::collections::{BTreeMap, BTreeSet};

    use raally_domain::event::{Change, Hash};
    use raally_domain::kinds::Kind;
    use raally_domain::plan::PlanSnapshot;
    use raally_domain::schema::Described;
    use serde_json::Value;
    use sha2::{Digest, Sha256};

    use super::{fullest, goldens, read};

    /// The members of each object in a JSON text, in their order; each sort of object once.
    fn shapes(json: &str) -> BTreeSet<String> {
        let mut shapes = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        let mut rest = json;
        while let Some(c) = rest.chars().next() {
            let mut len = c.len_utf8();
            match c {
                '"' => {
                    len = rest[1..].find('"').unwrap() + 2;
                    if let Some(object) = open.last_mut().filter(|_| rest[len..].starts_with(':')) {
                        object.push_str(&rest[..len]);
                    }
                }
                '{' => open.push(String::new()),
                '}' => {
                    // One member has no order; it may be a variant's name, which depends on
                    // what has happened so far.
                    let object = open.pop().unwrap();
                    if object.matches('"').count() > 2 {
                        shapes.insert(object);
                    }
                }
                _ => {}
            }
            rest = &rest[len..];
        }
        shapes
    }

    /// A schema without the sentences that describe it, which a snapshot does not depend on.
    fn undescribed(schema: &impl serde::Serialize) -> String {
        fn strip(value: &mut Value) {
            if let Value::Object(members) = value {
                members.retain(|name, value| name != "description" || !value.is_string());
                members.values_mut().for_each(strip);
            } else if let Value::Array(items) = value {
                items.iter_mut().for_each(strip);
            }
        }
        let mut schema = serde_json::to_value(schema).unwrap();
        strip(&mut schema);
        schema.to_string()
    }

    /// A hash of all that a snapshot holds: the schemas of the entities, their members' order, and
    /// the order of the tables and of what is kept of a user's steps.
    fn schema() -> Hash {
        let mut hash = Sha256::new();
        for kind in Kind::ALL {
            let Described { schema, others, .. } = Change::schema(*kind);
            hash.update(undescribed(&schema));
            let others: BTreeMap<String, String> = others
                .into_iter()
                .map(|(name, schema)| (name, undescribed(&schema)))
                .collect();
            hash.update(format!("{others:?}"));
        }
        for ((name, version), body) in goldens() {
            let newest = read(&body).change.entity().kind.versions().0;
            if version == newest && name.ends_with(".created") {
                hash.update(name);
                hash.update(format!("{:?}", shapes(&body)));
            }
        }
        let snapshot = serde_json::to_string(&PlanSnapshot::of(&fullest())).unwrap();
        hash.update(format!("{:?}", shapes(&snapshot)));
        // What the shape does not tell: which events become steps.
        hash.update("steps hold no members and name their events");
        hash.finalize().into()
    }

    /// What a snapshot holds cannot change without its format's number.
    #[test]
    fn the_snapshot_format_follows_from_the_schema() {
        let expected = u32::from_be_bytes(*schema().first_chunk().unwrap());
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/plan/format.hex");
            std::fs::write(path, format!("{expected:08x}")).unwrap();
        }
        assert_eq!(
            PlanSnapshot::FORMAT,
            expected,
            "what a snapshot holds has changed: {expected:#010x}. scripts/golden writes \
             plan/format.hex and a snapshot of the new format"
        );
    }
}
