//! What the file no longer has: removed as if it had never been imported, together with what
//! stands on it here. Its history stays.

use std::collections::BTreeSet;

use raally_domain::event::{Change, Diff};
use raally_domain::ids::{PersonId, PlacementId, ProjectId, UserId};
use raally_domain::kinds::{
    Assignment, Availability, Compensation, EntityRef, JobTitle, Kind, Member, Person, Placement,
    Project, Resource, TimeOff, find,
};

use crate::counters::Removed;
use crate::label::label;
use crate::map::unknown_hours_of;
use crate::merge::{Merge, MergeError};

fn entity(kind: Kind, id: impl Into<uuid::Uuid>) -> EntityRef {
    EntityRef {
        kind,
        id: id.into(),
    }
}

impl Merge<'_> {
    /// Removes what `leaving` names: bookings and records before the people and projects they
    /// are of.
    pub(crate) fn remove_leaving(&mut self) -> Result<(), MergeError> {
        let leaving: BTreeSet<EntityRef> = std::mem::take(&mut self.leaving);
        for entity in leaving.into_iter().rev() {
            if self.plan.version(entity).is_none() {
                continue;
            }
            let what = label(&self.plan, entity);
            let mut with = Vec::new();
            self.remove(entity, &mut with)?;
            if !self.is_made_up(entity) {
                self.tally.of(entity.kind).removed += 1;
                self.tally.removed.push(Removed { what, with });
            }
        }
        Ok(())
    }

    /// Whether that is the availability of 0 h that no row of the file stands for.
    fn is_made_up(&self, of: EntityRef) -> bool {
        let person = self.here.imported.get(&of).and_then(|f| f.get("person_id"));
        let person = person.and_then(|id| id.as_str()?.parse().ok());
        person.is_some_and(|id| of == unknown_hours_of(id))
    }

    fn remove(&mut self, of: EntityRef, with: &mut Vec<String>) -> Result<(), MergeError> {
        match of.kind {
            Kind::Person => self.remove_person(PersonId(of.id), with),
            Kind::Project => self.remove_project(ProjectId(of.id), with),
            Kind::Member => {
                let user = Some(UserId(of.id));
                self.edit_people(|p| p.user_id == user, |p| p.user_id = None)?;
                self.take::<Member>(UserId(of.id))
            }
            Kind::JobTitle => self.take::<JobTitle>(of.id.into()),
            Kind::Availability => self.take::<Availability>(of.id.into()),
            Kind::Compensation => self.take::<Compensation>(of.id.into()),
            Kind::Assignment => self.take::<Assignment>(of.id.into()),
            Kind::TimeOff => self.take::<TimeOff>(of.id.into()),
            // The first Raally had no others that can go.
            _ => Ok(()),
        }
    }

    fn remove_person(&mut self, id: PersonId, with: &mut Vec<String>) -> Result<(), MergeError> {
        let Some(entry) = self.plan.people().get(&id).cloned() else {
            return Ok(());
        };
        let bookings = entry
            .bookings
            .iter()
            .map(|b| entity(Kind::Assignment, b.record.id));
        let time_off = entry.time_off.iter().map(|r| entity(Kind::TimeOff, r.id));
        let titles = entry
            .job_titles
            .iter()
            .map(|r| entity(Kind::JobTitle, r.id));
        let hours = entry
            .availabilities
            .iter()
            .map(|r| entity(Kind::Availability, r.id));
        let pay = entry
            .compensations
            .iter()
            .map(|r| entity(Kind::Compensation, r.id));
        let all: Vec<EntityRef> = bookings
            .chain(time_off)
            .chain(titles)
            .chain(hours)
            .chain(pay)
            .collect();
        self.remove_with(&all, with)?;
        let me = Some(id);
        let placements: Vec<PlacementId> = entry.placements.iter().map(|r| r.id).collect();
        for placement in placements {
            self.take::<Placement>(placement)?;
        }
        self.unlink_manager(id)?;
        let projects = self.plan.projects().values();
        let owned: Vec<ProjectId> = projects
            .filter(|p| p.project.owner_id == me)
            .map(|p| p.id)
            .collect();
        for project in owned {
            self.edit::<Project>(project, |p| p.owner_id = None)?;
        }
        self.take::<Person>(id)
    }

    fn remove_project(&mut self, id: ProjectId, with: &mut Vec<String>) -> Result<(), MergeError> {
        let Some(entry) = self.plan.projects().get(&id).cloned() else {
            return Ok(());
        };
        let bookings: Vec<EntityRef> = entry
            .assignments
            .iter()
            .map(|a| entity(Kind::Assignment, *a))
            .collect();
        self.remove_with(&bookings, with)?;
        self.take::<Project>(id)
    }

    /// Removes what stands on something that goes; notes what no import had brought.
    fn remove_with(
        &mut self,
        dependents: &[EntityRef],
        with: &mut Vec<String>,
    ) -> Result<(), MergeError> {
        for dependent in dependents {
            if !self.here.imported.contains_key(dependent) {
                with.push(label(&self.plan, *dependent));
            }
            self.remove(*dependent, with)?;
        }
        Ok(())
    }

    fn take<E>(&mut self, id: E::Id) -> Result<(), MergeError>
    where
        E: Resource,
        Change: From<Diff<E>>,
    {
        let before = find::<E>(&self.plan, id).map(|(_, value)| value.clone());
        match before {
            None => Ok(()),
            before => {
                let after = None;
                self.push(Change::from(Diff { id, before, after }), None)
            }
        }
    }

    fn edit<E>(&mut self, id: E::Id, change: impl FnOnce(&mut E)) -> Result<(), MergeError>
    where
        E: Resource,
        Change: From<Diff<E>>,
    {
        let before = find::<E>(&self.plan, id).map(|(_, value)| value.clone());
        let mut after = before.clone();
        let Some(value) = &mut after else {
            return Ok(());
        };
        change(value);
        self.push(Change::from(Diff { id, before, after }), None)
    }

    /// Nobody reports to that person any more.
    fn unlink_manager(&mut self, manager: PersonId) -> Result<(), MergeError> {
        let people = self.plan.people().values();
        let placements = people.flat_map(|p| &p.placements);
        let reporting: Vec<PlacementId> = placements
            .filter(|r| r.value.manager_id == Some(manager))
            .map(|r| r.id)
            .collect();
        for placement in reporting {
            self.edit::<Placement>(placement, |p| p.manager_id = None)?;
        }
        Ok(())
    }

    fn edit_people(
        &mut self,
        concerned: impl Fn(&Person) -> bool,
        change: impl Fn(&mut Person),
    ) -> Result<(), MergeError> {
        let people = self.plan.people().values();
        let ids: Vec<PersonId> = people
            .filter(|p| concerned(&p.person))
            .map(|p| p.id)
            .collect();
        for id in ids {
            self.edit::<Person>(id, &change)?;
        }
        Ok(())
    }
}
