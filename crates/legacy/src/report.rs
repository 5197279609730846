//! What an import tells the one who ran it, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use raally_domain::kinds::Kind;
use serde_json::{Value, json};

use crate::counters::{Counts, Removed};
use crate::idle::{without_hours, without_load};
use crate::label;
use crate::map::Incoming;
use crate::merge::Conflict;
use crate::skip_reason::{Adjusted, SkipReason, Skipped};
use crate::tenant::{Outcome, State};
use crate::users::{Settled, SettledUser, UserOutcome};

/// Where people's hours are changed.
const WHERE_HOURS: &str = "People, the person, Working hours";

/// An import's report.
#[derive(Debug)]
pub struct Report {
    file: String,
    changed: bool,
    rows: BTreeMap<&'static str, usize>,
    users: Vec<SettledUser>,
    user_conflicts: Vec<Conflict>,
    workspaces: Vec<Workspace>,
    skipped: Vec<Skipped>,
    adjusted: Vec<Adjusted>,
}

#[derive(Debug)]
struct Workspace {
    id: String,
    name: String,
    slug: String,
    wanted_slug: Option<String>,
    state: State,
    head: String,
    without_admin: bool,
    /// How many of each there are now, imported or not.
    holds: [(Kind, usize); 4],
    counts: BTreeMap<Kind, Counts>,
    without_hours: Vec<String>,
    hours_from: Vec<(String, String)>,
    without_load: Vec<String>,
    conflicts: Vec<Conflict>,
    removed: Vec<Removed>,
}

impl Workspace {
    fn of(outcome: Outcome) -> Workspace {
        let plan = &outcome.plan;
        let name = |id: &raally_domain::ids::PersonId| {
            let entry = plan.people().get(id);
            entry.map_or_else(|| id.to_string(), |p| p.person.name().to_owned())
        };
        let hours = without_hours(plan);
        let at_first = hours.at_first.iter();
        let mut without: Vec<String> = hours.never.iter().map(name).collect();
        without.sort();
        Workspace {
            id: outcome.id.to_string(),
            name: plan.settings().name.clone(),
            slug: plan.settings().slug.clone(),
            wanted_slug: outcome.wanted_slug,
            state: outcome.state,
            head: outcome.head.to_string(),
            without_admin: outcome.without_admin,
            holds: [
                (Kind::Person, plan.people().len()),
                (Kind::Project, plan.projects().len()),
                (Kind::Assignment, plan.assignment_count()),
                (Kind::Member, plan.members().len()),
            ],
            counts: outcome.tally.counts,
            without_hours: without,
            hours_from: at_first
                .map(|(p, day)| (name(p), day.to_string()))
                .collect(),
            without_load: without_load(plan)
                .into_iter()
                .map(|b| label::booking(plan, b))
                .collect(),
            conflicts: outcome.tally.conflicts,
            removed: outcome.tally.removed,
        }
    }

    fn json(&self) -> Value {
        let counts: BTreeMap<&str, &Counts> =
            self.counts.iter().map(|(k, c)| (plural(*k).0, c)).collect();
        let [people, projects, assignments, members] = self.holds.map(|(_, n)| n);
        json!({
            "id": self.id, "name": self.name, "slug": self.slug, "wanted_slug": self.wanted_slug,
            "state": self.state, "head": self.head, "without_admin": self.without_admin,
            "people": people, "projects": projects, "assignments": assignments,
            "members": members, "imported": counts,
            "people_without_hours": self.without_hours,
            "people_with_hours_from": self.hours_from.iter()
                .map(|(name, day)| json!({"full_name": name, "from": day})).collect::<Vec<_>>(),
            "assignments_without_load": self.without_load,
            "conflicts": self.conflicts.iter().map(conflict_json).collect::<Vec<_>>(),
            "removed": self.removed.iter()
                .map(|r| json!({"what": r.what, "with": r.with})).collect::<Vec<_>>(),
        })
    }

    fn text(&self, out: &mut String) {
        let state = match self.state {
            State::New => "new",
            State::Changed => "changed",
            State::Unchanged => "unchanged",
            State::Removed => "deleted in the file: nobody can open it any more",
        };
        line(
            out,
            0,
            &format!("Workspace {} (/{}), {state}", self.name, self.slug),
        );
        let holds = self.holds.map(|(kind, n)| counted(n, plural(kind)));
        line(out, 1, &format!("holds now: {}", holds.join(", ")));
        for (kind, c) in &self.counts {
            let mut done = vec![format!("{} in the file", c.imported)];
            let parts = [
                (c.created, "new"),
                (c.changed, "changed"),
                (c.removed, "removed"),
            ];
            let parts = parts.into_iter().filter(|(n, _)| *n > 0);
            done.extend(parts.map(|(n, what)| format!("{n} {what}")));
            line(out, 1, &format!("{}: {}", plural(*kind).0, done.join(", ")));
        }
        if let Some(wanted) = &self.wanted_slug {
            let what = format!(
                "its address {wanted} is another workspace's: it is /{}",
                self.slug
            );
            line(out, 1, &what);
        }
        if self.without_admin {
            line(
                out,
                1,
                "no member is an admin: nobody can manage this workspace",
            );
        }
        self.attention(out);
    }

    /// What a planner should look at.
    fn attention(&self, out: &mut String) {
        if !self.without_hours.is_empty() {
            let n = counted(self.without_hours.len(), ("people", "person"));
            let what = format!(
                "{n} without working hours in the file: all their work counts as overtime. \
                 Set the hours under {WHERE_HOURS}."
            );
            line(out, 1, &what);
        }
        if !self.hours_from.is_empty() {
            let n = counted(self.hours_from.len(), ("people", "person"));
            let what = format!(
                "{n} without working hours before a first date: work before it counts as \
                 overtime. Set earlier hours under {WHERE_HOURS}."
            );
            line(out, 1, &what);
        }
        list(out, "assignments that load no day", &self.without_load);
        let conflicts: Vec<String> = self.conflicts.iter().map(conflict_text).collect();
        list(out, "changed on both sides; kept as it is here", &conflicts);
        let removed = self.removed.iter().map(|r| match r.with.as_slice() {
            [] => r.what.clone(),
            with => format!("{}; with it, planned here: {}", r.what, with.join("; ")),
        });
        list(
            out,
            "removed, since the file no longer has it",
            &removed.collect::<Vec<_>>(),
        );
    }
}

impl Report {
    pub(crate) fn of(
        file: &str,
        incoming: &Incoming,
        users: Settled,
        outcomes: Vec<Outcome>,
        changed: bool,
    ) -> Report {
        let here = outcomes.iter().flat_map(|o| o.tally.skipped.clone());
        let skipped = incoming.skipped.iter().cloned().chain(here).collect();
        Report {
            file: file.to_owned(),
            changed,
            rows: incoming.rows.clone(),
            users: users.users,
            user_conflicts: users.conflicts,
            workspaces: outcomes.into_iter().map(Workspace::of).collect(),
            skipped,
            adjusted: incoming.adjusted.clone(),
        }
    }

    /// How many rows of which table are not imported, by reason.
    fn reasons(&self) -> BTreeMap<(&'static str, &'static str, &'static str), usize> {
        let mut reasons = BTreeMap::new();
        for s in &self.skipped {
            let key = (s.source.table, s.why.code(), s.why.sentence());
            *reasons.entry(key).or_default() += 1;
        }
        reasons
    }

    fn unreadable(&self) -> impl Iterator<Item = (&Skipped, &str)> {
        self.skipped.iter().filter_map(|s| match &s.why {
            SkipReason::Unreadable(why) => Some((s, why.as_str())),
            _ => None,
        })
    }

    /// The report as one JSON document.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "file": self.file,
            "changed": self.changed,
            "rows_in_file": self.rows,
            "workspaces": self.workspaces.iter().map(Workspace::json).collect::<Vec<_>>(),
            "users": self.users.iter().map(|u| json!({
                "id": u.id, "account": u.account, "email": u.email, "outcome": u.outcome,
            })).collect::<Vec<_>>(),
            "user_conflicts": self.user_conflicts.iter().map(conflict_json).collect::<Vec<_>>(),
            "skipped": self.reasons().into_iter().map(|((table, code, sentence), rows)| json!({
                "table": table, "reason": code, "detail": sentence, "rows": rows,
            })).collect::<Vec<_>>(),
            "unreadable": self.unreadable().map(|(s, why)| json!({
                "table": s.source.table, "row": s.source.rowid, "id": s.source.id, "reason": why,
            })).collect::<Vec<_>>(),
            "adjusted": self.adjusted.iter().map(|a| json!({
                "table": a.source.table, "row": a.source.rowid, "id": a.source.id, "what": a.what,
            })).collect::<Vec<_>>(),
        })
    }

    /// The report for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        line(&mut out, 0, &format!("Import of {}", self.file));
        if !self.changed {
            line(&mut out, 0, "Nothing has changed since the last import.");
        }
        out.push('\n');
        for workspace in &self.workspaces {
            workspace.text(&mut out);
            out.push('\n');
        }
        let users: Vec<String> = self.users.iter().map(user_text).collect();
        list_at(&mut out, 0, "users", &users);
        let conflicts: Vec<String> = self.user_conflicts.iter().map(conflict_text).collect();
        list_at(
            &mut out,
            0,
            "of users, changed on both sides; kept as it is here",
            &conflicts,
        );
        let reasons = self.reasons();
        let skipped: Vec<String> = reasons
            .iter()
            .map(|((table, _, sentence), n)| format!("{n} of {table} {sentence}"))
            .collect();
        list_at(&mut out, 0, "rows not imported", &skipped);
        let unreadable: Vec<String> = self
            .unreadable()
            .map(|(s, why)| format!("{}: {why}", s.source))
            .collect();
        list_at(&mut out, 0, "rows that cannot be read", &unreadable);
        let adjusted: Vec<String> = self
            .adjusted
            .iter()
            .map(|a| format!("{}: {}", a.source, a.what))
            .collect();
        list_at(
            &mut out,
            0,
            "imported otherwise than in the file",
            &adjusted,
        );
        out
    }
}

/// A kind's name in plural and in singular, of those that the first Raally had.
fn plural(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Settings => ("settings", "settings"),
        Kind::Member => ("members", "member"),
        Kind::Person => ("people", "person"),
        Kind::JobTitle => ("job titles", "job title"),
        Kind::Availability => ("working hours", "working hours"),
        Kind::Compensation => ("compensations", "compensation"),
        Kind::Project => ("projects", "project"),
        Kind::Assignment => ("assignments", "assignment"),
        Kind::History => ("audit rows", "audit row"),
        other => (other.noun(), other.noun()),
    }
}

fn counted(n: usize, (many, one): (&str, &str)) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn user_text(user: &SettledUser) -> String {
    let outcome = match user.outcome {
        UserOutcome::Created => "new; signs in with the old password",
        UserOutcome::Changed => "changed",
        UserOutcome::Unchanged => "unchanged",
        UserOutcome::Linked => "has an account here already: the memberships go to it",
        UserOutcome::Removed => "deleted in the file: can no longer sign in",
    };
    format!("{}: {outcome}", user.email)
}

fn conflict_json(c: &Conflict) -> Value {
    json!({ "what": c.what, "field": c.field, "kept": c.kept, "in_file": c.in_file })
}

fn conflict_text(c: &Conflict) -> String {
    format!(
        "{}, {}: here {}, in the file {}",
        c.what, c.field, c.kept, c.in_file
    )
}

fn line(out: &mut String, indent: usize, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{:1$}{text}", "", indent * 2);
}

fn list(out: &mut String, title: &str, items: &[String]) {
    list_at(out, 1, title, items);
}

fn list_at(out: &mut String, indent: usize, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    line(out, indent, &format!("{title} ({}):", items.len()));
    for item in items {
        line(out, indent + 1, item);
    }
}
