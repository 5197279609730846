//! What of a schedule a role sees.

use super::{PlaceholderSchedule, ProjectSchedule, Schedule, ScheduleRow, bars::AssignmentBar};
use crate::access::{Access, Operation};
use crate::ids::PersonId;
use crate::redact::Redact;

fn hide_notes(bars: &mut [AssignmentBar], person: Option<PersonId>, access: &Access) {
    let own = person.is_some_and(|id| access.is(id));
    if !own && !access.may(Operation::ReadPrivateNotes) {
        for bar in bars {
            bar.notes = None;
        }
    }
}

impl Redact for ScheduleRow {
    fn redact(mut self, access: &Access) -> Option<Self> {
        hide_notes(&mut self.assignments, Some(self.person_id), access);
        Some(self)
    }
}

impl Redact for Schedule {
    fn redact(mut self, access: &Access) -> Option<Self> {
        for row in &mut self.rows {
            hide_notes(&mut row.assignments, Some(row.person_id), access);
        }
        Some(self)
    }
}

impl Redact for PlaceholderSchedule {
    fn redact(mut self, access: &Access) -> Option<Self> {
        for row in &mut self.rows {
            hide_notes(&mut row.assignments, None, access);
        }
        Some(self)
    }
}

impl Redact for ProjectSchedule {
    fn redact(mut self, access: &Access) -> Option<Self> {
        for row in &mut self.rows {
            for person in &mut row.people {
                hide_notes(&mut person.assignments, Some(person.person_id), access);
            }
            for placeholder in &mut row.placeholders {
                hide_notes(&mut placeholder.assignments, None, access);
            }
        }
        Some(self)
    }
}
