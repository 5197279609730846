//! The tables of the kinds that are more than rows: people, projects, placeholders and their
//! assignments, the settings, and imported history.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{ApplyError, BookingPlace, PersonEntry, PlaceholderEntry, Plan, ProjectEntry, Version};
use crate::event::Diff;
use crate::ids::{AssignmentId, HistoryId, PersonId, PlaceholderId, ProjectId, TheSettings};
use crate::kinds::{
    Assignment, Entity, History, Person, Placeholder, Project, Row, Settings, Table,
};

/// Each person with all that their figures depend on.
pub type People = OrdMap<PersonId, Arc<PersonEntry>>;
/// Each project with the ids of its assignments.
pub type Projects = OrdMap<ProjectId, Arc<ProjectEntry>>;
/// Each placeholder with its assignments.
pub type Placeholders = OrdMap<PlaceholderId, Arc<PlaceholderEntry>>;
/// Where each assignment is found among the bookings.
pub type Assignments = OrdMap<AssignmentId, BookingPlace>;
/// Imported rows are history, not plan: only which there are is kept.
pub type ImportedHistory = OrdSet<HistoryId>;

/// The settings: one thing that is always there, with version 0 until it is first written.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsTable {
    pub(crate) version: Version,
    pub(crate) value: Arc<Settings>,
}

impl Default for SettingsTable {
    fn default() -> Self {
        SettingsTable {
            version: 0,
            value: Arc::new(Settings::new(String::new(), String::new())),
        }
    }
}

impl Table<Settings> for SettingsTable {
    fn put(plan: &mut Plan, diff: &Diff<Settings>, seq: Version) -> Result<(), ApplyError> {
        if let Some(settings) = &diff.after {
            plan.tables.settings = SettingsTable {
                version: seq,
                value: Arc::new(settings.clone()),
            };
        }
        Ok(())
    }

    fn find(plan: &Plan, _: TheSettings) -> Option<(Version, &Settings)> {
        let table = &plan.tables.settings;
        (table.version > 0).then(|| (table.version, &*table.value))
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, Settings>> + 'p> {
        let table = Some(&plan.tables.settings).filter(|table| table.version > 0);
        Box::new(
            table
                .into_iter()
                .map(|t| (TheSettings, t.version, Some(&t.value))),
        )
    }
}

impl Table<Person> for People {
    fn put(plan: &mut Plan, diff: &Diff<Person>, seq: Version) -> Result<(), ApplyError> {
        plan.put_person(diff, seq);
        Ok(())
    }

    fn find(plan: &Plan, id: PersonId) -> Option<(Version, &Person)> {
        let entry = plan.people().get(&id)?;
        Some((entry.version, &entry.person))
    }

    fn count(plan: &Plan) -> usize {
        plan.people().len()
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, Person>> + 'p> {
        let entries = plan.people().values();
        Box::new(entries.map(|e| (e.id, e.version, Some(&e.person))))
    }
}

impl Table<Project> for Projects {
    fn put(plan: &mut Plan, diff: &Diff<Project>, seq: Version) -> Result<(), ApplyError> {
        plan.put_project(diff, seq)
    }

    fn find(plan: &Plan, id: ProjectId) -> Option<(Version, &Project)> {
        let entry = plan.projects().get(&id)?;
        Some((entry.version, &entry.project))
    }

    fn count(plan: &Plan) -> usize {
        plan.projects().len()
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, Project>> + 'p> {
        let entries = plan.projects().values();
        Box::new(entries.map(|e| (e.id, e.version, Some(&e.project))))
    }
}

impl Table<Placeholder> for Placeholders {
    fn put(plan: &mut Plan, diff: &Diff<Placeholder>, seq: Version) -> Result<(), ApplyError> {
        plan.put_placeholder(diff, seq);
        Ok(())
    }

    fn find(plan: &Plan, id: PlaceholderId) -> Option<(Version, &Placeholder)> {
        let entry = plan.placeholders().get(&id)?;
        Some((entry.version, &entry.placeholder))
    }

    fn count(plan: &Plan) -> usize {
        plan.placeholders().len()
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, Placeholder>> + 'p> {
        let entries = plan.placeholders().values();
        Box::new(entries.map(|e| (e.id, e.version, Some(&e.placeholder))))
    }
}

impl Table<Assignment> for Assignments {
    fn put(plan: &mut Plan, diff: &Diff<Assignment>, seq: Version) -> Result<(), ApplyError> {
        plan.put_assignment(diff, seq)
    }

    fn find(plan: &Plan, id: AssignmentId) -> Option<(Version, &Assignment)> {
        let record = &plan.booking(id)?.record;
        Some((record.version, &record.value))
    }

    fn count(plan: &Plan) -> usize {
        plan.assignment_count()
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, Assignment>> + 'p> {
        let of_people = plan.people().values().flat_map(|p| &p.bookings);
        let of_placeholders = plan.placeholders().values().flat_map(|p| &p.bookings);
        let records = of_people.chain(of_placeholders).map(|b| &b.record);
        Box::new(records.map(|r| (r.id, r.version, Some(&r.value))))
    }
}

impl Table<History> for ImportedHistory {
    fn put(plan: &mut Plan, diff: &Diff<History>, _: Version) -> Result<(), ApplyError> {
        if diff.after.is_some() {
            plan.tables.history.insert(diff.id);
        } else {
            plan.tables.history.remove(&diff.id);
        }
        Ok(())
    }

    /// The value of a row of history is in the log alone.
    fn find(_: &Plan, _: HistoryId) -> Option<(Version, &History)> {
        None
    }

    fn version(plan: &Plan, id: <History as Entity>::Id) -> Option<Version> {
        plan.tables.history.contains(&id).then_some(0)
    }

    fn rows<'p>(plan: &'p Plan) -> Box<dyn Iterator<Item = Row<'p, History>> + 'p> {
        Box::new(plan.tables.history.iter().map(|id| (*id, 0, None)))
    }

    fn restore(
        plan: &mut Plan,
        id: HistoryId,
        _: Version,
        _: Option<Arc<History>>,
    ) -> Result<(), ApplyError> {
        plan.tables.history.insert(id);
        Ok(())
    }
}
