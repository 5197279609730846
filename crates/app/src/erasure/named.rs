//! Where somebody is named: in imported rows of an old audit log, whose values go, and in free text
//! that is not about them, of which the admin is told.

use std::collections::BTreeSet;

use raally_domain::ids::PersonId;
use raally_domain::kinds::{Client, Kind, Person};
use raally_domain::plan::{Bookings, Plan};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Shorter names would be found in what is about anybody.
const TELLING: usize = 4;
/// More places are not told: once these are changed, one asks again.
const MOST: usize = 200;

/// Names and addresses that a person ever had, in small letters.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    pub(super) fn add(&mut self, person: &Person, not: &str) {
        let email = person.email.as_ref().and_then(|e| e.get());
        let all = [person.full_name.get(), email].into_iter().flatten();
        let telling = all.filter(|text| *text != not && text.chars().count() >= TELLING);
        self.0.extend(telling.map(|text| text.to_lowercase()));
    }

    /// Whether a text has one of them.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|name| text.contains(name.as_str()))
    }

    /// Whether that is one of them.
    pub(super) fn have(&self, text: &str) -> bool {
        self.0.contains(&text.trim().to_lowercase())
    }

    /// Whether some text of a JSON document has one of them, however it is escaped there.
    pub(super) fn are_in_json(&self, json: &str) -> bool {
        match serde_json::from_str::<Value>(json) {
            Ok(value) => self.are_in_value(&value),
            Err(_) => self.are_in(json),
        }
    }

    fn are_in_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.are_in(text),
            Value::Array(values) => values.iter().any(|value| self.are_in_value(value)),
            Value::Object(fields) => fields.values().any(|value| self.are_in_value(value)),
            _ => false,
        }
    }
}

/// A text that names an erased person and is not about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedIn {
    /// What kind of thing the text is of.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
    /// What it is called, or whoever it is of.
    pub label: String,
    /// Its field: `notes`.
    pub field: &'static str,
}

/// Where free text of the workspace, as it is now, names the person.
pub(super) fn named_in(plan: &Plan, person: PersonId, names: &Names) -> Vec<NamedIn> {
    let mut found = Found {
        names,
        found: Vec::new(),
        kind: Kind::Project,
        id: Uuid::nil(),
        label: String::new(),
    };
    for (id, entry) in plan.projects() {
        let project = &entry.project;
        found.at(Kind::Project, id.0, &project.name);
        found.look("name", [&project.name]);
        found.look("code", &project.code);
        found.look("tags", &project.tags);
        found.look("notes", &project.notes);
        found.look_in("phases", &project.phases);
        found.look_in("milestones", &project.milestones);
    }
    for (id, entry) in plan.placeholders() {
        let placeholder = &entry.placeholder;
        found.at(Kind::Placeholder, id.0, &placeholder.title);
        found.look("title", [&placeholder.title]);
        found.look("notes", &placeholder.notes);
        found.look_in_bookings(&entry.bookings, &placeholder.title);
    }
    for (id, team) in plan.teams() {
        found.at(Kind::Team, id.0, &team.value.name);
        found.look("name", [&team.value.name]);
    }
    for (id, client) in plan.table::<Client>().iter() {
        found.at(Kind::Client, id.0, &client.value.name);
        found.look("name", [&client.value.name]);
    }
    for (id, entry) in plan.people().iter().filter(|(id, _)| **id != person) {
        let name = entry.person.full_name.get().map_or("", String::as_str);
        found.at(Kind::Person, id.0, name);
        found.look("notes", entry.person.notes.iter().filter_map(|n| n.get()));
        for off in &entry.time_off {
            found.at(Kind::TimeOff, off.id.0, name);
            found.look("reason", off.value.reason.iter().filter_map(|r| r.get()));
        }
        found.look_in_bookings(&entry.bookings, name);
    }
    found.found
}

struct Found<'n> {
    names: &'n Names,
    found: Vec<NamedIn>,
    kind: Kind,
    id: Uuid,
    label: String,
}

impl Found<'_> {
    /// What comes next is of this.
    fn at(&mut self, kind: Kind, id: Uuid, label: &str) {
        (self.kind, self.id) = (kind, id);
        label.clone_into(&mut self.label);
    }

    fn look<'t>(&mut self, field: &'static str, texts: impl IntoIterator<Item = &'t String>) {
        if texts.into_iter().any(|text| self.names.are_in(text)) {
            self.note(field);
        }
    }

    /// As [`Found::look`], in all texts of something that has parts.
    fn look_in(&mut self, field: &'static str, parts: &[impl Serialize]) {
        let named = |part| {
            let value = serde_json::to_value(part).unwrap_or_default();
            self.names.are_in_value(&value)
        };
        if parts.iter().any(named) {
            self.note(field);
        }
    }

    fn look_in_bookings(&mut self, bookings: &Bookings, whose: &str) {
        for booking in bookings.iter() {
            self.at(Kind::Assignment, booking.record.id.0, whose);
            let notes = booking.record.value.notes.iter();
            self.look("notes", notes.filter_map(|n| n.get()));
        }
    }

    fn note(&mut self, field: &'static str) {
        if self.found.len() < MOST {
            self.found.push(NamedIn {
                kind: self.kind,
                id: self.id,
                label: self.label.clone(),
                field,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        let names = Names(BTreeSet::from(["josé núñez".to_owned()]));
        assert!(names.are_in("for JOSÉ NÚÑEZ only"));
        assert!(names.are_in_json(r#"{"a": [1, {"b": "Jos\u00e9 N\u00fa\u00f1ez"}]}"#));
        assert!(names.are_in_json("not JSON: José Núñez"));
        assert!(!names.are_in_json(r#"{"a": "José"}"#));
        assert!(names.have(" José Núñez ") && !names.have("José"));
    }
}
