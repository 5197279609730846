//! Archiving as it was recorded before it ended an employment: it does so on its event's day, in
//! the workspace's time zone. Events of this release say the last day themselves.

use super::Plan;
use crate::employment::Employment;
use crate::event::{Change, Diff, Event};
use crate::kinds::{Listed, Person};

impl Plan {
    /// What an event does to a person whose employment is another here than the event knew, if it
    /// is about one.
    pub(super) fn with_last_day(&self, event: &Event) -> Option<Change> {
        let Change::Person(diff) = &event.change else {
            return None;
        };
        let here = self.people().get(&diff.id).map(|entry| &entry.person);
        let archived = diff.after.as_ref().is_some_and(|p| p.archived);
        let was_archived = diff.before.as_ref().is_some_and(|p| p.archived);
        let known = diff.before.as_ref().map(|before| &before.employment);
        let differs = here.is_some_and(|here| known != Some(&here.employment));
        let leaves_open = |p: &Person| p.archived && p.employment.open_from().is_some();
        let archives = !was_archived && diff.after.as_ref().is_some_and(leaves_open);
        if !archives && !differs {
            return None;
        }
        let mut diff: Diff<Person> = (**diff).clone();
        let untouched = known == diff.after.as_ref().map(|after| &after.employment);
        if let (Some(before), Some(here)) = (&mut diff.before, here) {
            before.employment = here.employment.clone();
        }
        if let Some(after) = &mut diff.after {
            let day = self.day_of(event.occurred_at);
            after.employment = match (here, archived && was_archived) {
                (Some(here), true) if untouched => here.employment.clone(),
                (Some(here), true) => {
                    let last = here.employment.bounds().to.unwrap_or(day);
                    ended(&after.employment, last)
                }
                _ if archived => ended(&after.employment, day),
                _ => after.employment.clone(),
            };
        }
        Some(Person::change(diff))
    }
}

fn ended(employment: &Employment, last: crate::date::Date) -> Employment {
    match employment.open_from().is_some() {
        true => employment.cut(last),
        false => employment.clone(),
    }
}
