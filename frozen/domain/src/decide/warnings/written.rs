//! What of a step may surprise: bookings, and whose days may have got worse.

use std::collections::{BTreeMap, BTreeSet};

use crate::date::Date;
use crate::decide::bookable::confirms;
use crate::event::{Change, Diff, Recorded};
use crate::figures::Touched;
use crate::ids::{AssignmentId, PersonId, ProjectId};
use crate::kinds::{Assignment, Owner, Person, Project};
use crate::plan::Plan;

/// What of a step is looked at.
#[derive(Default)]
pub(super) struct Written<'c> {
    /// Each booking before the step and after it.
    pub bookings: BTreeMap<AssignmentId, (Option<&'c Assignment>, Option<&'c Assignment>)>,
    /// Whose days may hold more work, or have less room for it.
    pub people: BTreeSet<PersonId>,
    /// Whose work or budget is another.
    pub projects: BTreeSet<ProjectId>,
    /// Which run from or to other days.
    pub dated: BTreeSet<ProjectId>,
    /// The days on which somebody's work or room may be another.
    rows: BTreeMap<Option<Owner>, (Date, Date)>,
}

impl<'c> Written<'c> {
    pub(super) fn of(after: &Plan, changes: &'c [Recorded], touched: &[Touched]) -> Written<'c> {
        let mut written = Written {
            rows: touched.iter().map(row).collect(),
            ..Written::default()
        };
        for change in changes.iter().flat_map(Recorded::changes) {
            match change {
                Change::Assignment(diff) => written.booking(diff),
                Change::TimeOff(diff) => {
                    let sides = diff.before.iter().chain(&diff.after);
                    written.people.extend(sides.map(|r| r.person_id));
                }
                Change::Availability(diff) => {
                    let sides = diff.before.iter().chain(&diff.after);
                    written.people.extend(sides.map(|r| r.person_id));
                }
                Change::Placement(diff) => {
                    let sides = diff.before.iter().chain(&diff.after);
                    written.people.extend(sides.map(|r| r.person_id));
                }
                Change::Person(diff) if employs_otherwise(diff) => {
                    written.people.insert(diff.id);
                }
                Change::Project(diff) => written.project(after, diff),
                _ => {}
            }
        }
        written
    }

    fn booking(&mut self, diff: &'c Diff<Assignment>) {
        let (before, after) = (diff.before.as_ref(), diff.after.as_ref());
        let known = self.bookings.entry(diff.id).or_insert((before, after));
        known.1 = after;
        if let Some(now) = after {
            self.people.extend(now.owner.person());
            self.projects.insert(now.project_id);
        }
    }

    fn project(&mut self, after: &Plan, diff: &Diff<Project>) {
        let (Some(before), Some(now)) = (&diff.before, &diff.after) else {
            return;
        };
        if before.budget != now.budget {
            self.projects.insert(diff.id);
        }
        if (before.from, before.to) != (now.from, now.to) {
            self.dated.insert(diff.id);
        }
        let entry = after.projects().get(&diff.id);
        let entry = entry.filter(|_| confirms(before.status, now.status));
        let ids = entry.iter().flat_map(|entry| &entry.assignments);
        let owners = ids.filter_map(|id| after.owner(*id)?.person());
        self.people.extend(owners);
    }

    /// The days on which the work of somebody, or the room for it, may be another.
    pub(super) fn touched(&self, owner: Owner) -> Option<(Date, Date)> {
        let rows = [Some(owner), None].into_iter();
        let days = rows.filter_map(|row| self.rows.get(&row).copied());
        days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The booking of a person that the step wrote, if it is one.
    pub(super) fn only_one_of(&self, person: PersonId) -> Option<(AssignmentId, &'c Assignment)> {
        let now = self.bookings.iter().filter_map(|(id, (_, now))| {
            let now = (*now)?;
            (now.owner.person() == Some(person)).then_some((*id, now))
        });
        let mut first = now.take(2);
        let one = first.next();
        one.filter(|_| first.next().is_none())
    }
}

/// Whose row it is, everybody's being nobody's own, and its days.
fn row(touched: &Touched) -> (Option<Owner>, (Date, Date)) {
    let person = touched.person_id.map(Owner::Person);
    let owner = person.or(touched.placeholder_id.map(Owner::Placeholder));
    (owner, (touched.from, touched.to))
}

fn employs_otherwise(diff: &Diff<Person>) -> bool {
    let employment = |side: &'_ Option<Person>| side.as_ref().map(|p| p.employment.clone());
    employment(&diff.before) != employment(&diff.after)
}
