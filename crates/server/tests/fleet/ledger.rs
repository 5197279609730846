//! What was acknowledged, and whether the logs have it: each write once, where it was said to be.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use serde_json::Value;

use super::process::{Process, Settings};

/// An acknowledged write.
#[derive(Clone, Debug)]
struct Acknowledged {
    id: String,
    /// The type of its event.
    event: &'static str,
    /// A name that no other write has, where the event shows it.
    name: Option<String>,
}

#[derive(Default)]
pub struct Ledger {
    /// By workspace and seq: the version that an answer names is the seq of its event.
    writes: Mutex<BTreeMap<(String, u64), Acknowledged>>,
}

impl Ledger {
    /// Notes the answer to a write. Two answers for one place in a log would be two writes in one.
    pub fn acknowledged(
        &self,
        tenant: &str,
        event: &'static str,
        answer: &Value,
        name: Option<String>,
    ) {
        let seq = answer["version"]
            .as_u64()
            .unwrap_or_else(|| panic!("{answer}"));
        let id = answer["id"].as_str().unwrap().to_owned();
        let write = Acknowledged { id, event, name };
        let before = self.writes.lock().insert((tenant.to_owned(), seq), write);
        assert!(
            before.is_none(),
            "two writes are said to be event {seq}: {before:?} and {answer}"
        );
    }

    pub fn len(&self) -> usize {
        self.writes.lock().len()
    }

    /// Compares with the logs; returns what does not agree.
    pub fn differences(&self, settings: &Settings) -> Vec<String> {
        let writes = self.writes.lock();
        let mut tenants: Vec<&String> = writes.keys().map(|(tenant, _)| tenant).collect();
        tenants.dedup();
        let mut found = Vec::new();
        for tenant in tenants {
            let log = log(settings, tenant);
            let mut names: HashMap<&str, u64> = HashMap::new();
            for (seq, event) in &log {
                if let Some(name) = event["data"]["after"]["name"].as_str()
                    && event["type"]
                        .as_str()
                        .is_some_and(|t| t.ends_with(".created"))
                    && let Some(before) = names.insert(name, *seq)
                {
                    found.push(format!("{tenant}: {name} was made by {before} and {seq}"));
                }
            }
            let range = (tenant.clone(), 0)..=(tenant.clone(), u64::MAX);
            for ((_, seq), write) in writes.range(range) {
                let event = log.get(seq);
                let there = event.is_some_and(|event| {
                    event["type"] == write.event && event["data"]["id"] == write.id.as_str()
                });
                if !there {
                    found.push(format!(
                        "{tenant}: event {seq} is not {write:?} but {event:?}"
                    ));
                } else if let Some(name) = &write.name
                    && names.get(name.as_str()) != Some(seq)
                {
                    found.push(format!("{tenant}: {name} is not where it was said to be"));
                }
            }
        }
        found
    }
}

/// A workspace's log, by seq; its seqs have no gap.
pub fn log(settings: &Settings, tenant: &str) -> BTreeMap<u64, Value> {
    let output = Process::command(settings, &["export", "--tenant", tenant])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let mut log = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let event = serde_json::from_str(line["event"].as_str().unwrap()).unwrap();
        let seq = line["seq"].as_u64().unwrap();
        assert_eq!(seq, log.len() as u64 + 1, "{tenant} has a gap");
        log.insert(seq, event);
    }
    log
}
