//! People with their dated records, projects, assignments and history.

use raally_domain::date::Date;
use raally_domain::effort::Effort;
use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{Kind, Owner, PayType, ProjectType};
use raally_domain::money::{Currency, Money};
use raally_domain::pattern::{MAX_WEEK_MINUTES, Pattern};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Head, IncomingHistory, Map, Presence, availability_of, entity, head, unknown_hours_of,
};
use crate::cell::{Cell, note};
use crate::fields::{Fields, value, weekly};
use crate::read::{AssignmentRow, AuditRow, CompensationRow, JobTitleRow, PersonRow, ProjectRow};
use crate::skip_reason::{SkipReason, Source};

impl Map {
    pub(super) fn people(&mut self, rows: &[PersonRow]) {
        for row in rows {
            let head = head!(row, PersonRow);
            let Some((tenant, id)) = self.live(&head, &row.tenant_id) else {
                continue;
            };
            self.people.insert((tenant, id), Presence::Present);
            let of_row = [entity(Kind::Person, id), unknown_hours_of(id)];
            let name = row.full_name.text().unwrap_or_default();
            let name = self.line(&head.source(), "name", &name);
            if name.is_empty() {
                self.unreadable(head.source(), "the person has no name");
                self.keep(tenant, of_row);
                continue;
            }
            let [person, unknown_hours] = of_row;
            self.push(
                tenant,
                &head,
                person,
                Fields::from([("full_name", value(name))]),
            );
            let nothing = weekly(PersonId(id), Date::MIN, 0);
            self.push(tenant, &head, unknown_hours, nothing);
        }
    }

    /// The person that a row is of; a row of none is noted.
    fn person(&mut self, head: &Head<'_>, tenant: usize, person: &Cell) -> Option<PersonId> {
        let id = person
            .uuid()
            .filter(|id| self.people.get(&(tenant, *id)) == Some(&Presence::Present));
        if id.is_none() {
            self.skip(head.source(), SkipReason::PersonGone);
        }
        id.map(PersonId)
    }

    pub(super) fn job_titles(&mut self, rows: &[JobTitleRow]) {
        for row in rows {
            let head = head!(row, JobTitleRow);
            let Some((tenant, id)) = self.live(&head, &row.tenant_id) else {
                continue;
            };
            let Some(person) = self.person(&head, tenant, &row.person_id) else {
                continue;
            };
            let title = row.title.text().unwrap_or_default();
            let title = self.line(&head.source(), "title", &title);
            let read = row.effective_date.date().and_then(|date| {
                let named = (!title.is_empty()).then_some(title);
                named.map(|t| (t, date)).ok_or("it has no title".to_owned())
            });
            match read {
                Ok((title, date)) => {
                    let fields = Fields::from([
                        ("person_id", value(person)),
                        ("title", value(title)),
                        ("effective_date", value(date)),
                    ]);
                    self.push(tenant, &head, entity(Kind::JobTitle, id), fields);
                }
                Err(why) => {
                    self.unreadable(head.source(), why);
                    self.keep(tenant, [entity(Kind::JobTitle, id)]);
                }
            }
        }
    }

    /// Each becomes two records: hours a week, and pay. One may be read where the other cannot.
    pub(super) fn compensations(&mut self, rows: &[CompensationRow]) {
        for row in rows {
            let head = head!(row, CompensationRow);
            let Some((tenant, id)) = self.live(&head, &row.tenant_id) else {
                continue;
            };
            let Some(person) = self.person(&head, tenant, &row.person_id) else {
                continue;
            };
            let records = [availability_of(id), entity(Kind::Compensation, id)];
            let date = match row.effective_date.date() {
                Ok(date) => date,
                Err(why) => {
                    self.unreadable(head.source(), format!("its effective date is {why}"));
                    self.keep(tenant, records);
                    continue;
                }
            };
            let hours = work_hours(&row.work_availability).map(|m| weekly(person, date, m));
            let pay = self.pay(&head, row, person, date);
            for (record, fields) in records.into_iter().zip([hours, pay]) {
                match fields {
                    Ok(fields) => self.push(tenant, &head, record, fields),
                    Err(why) => {
                        self.unreadable(head.source(), why);
                        self.keep(tenant, [record]);
                    }
                }
            }
        }
    }

    fn pay(
        &mut self,
        head: &Head<'_>,
        row: &CompensationRow,
        person: PersonId,
        date: Date,
    ) -> Result<Fields, String> {
        let pay_type = match row.pay_type.text().as_deref() {
            Some("hourly") => PayType::Hourly,
            Some("salaried") => PayType::Salaried,
            _ => return Err(format!("the type of its pay is {}", row.pay_type.shown())),
        };
        let amount = match &row.monetary {
            Cell::Null => None,
            cell => {
                let cents = cell.scaled(100).filter(|cents| *cents >= 0);
                let wrong = || format!("its pay is {}, which is no amount", cell.shown());
                Some(Money {
                    amount: cents.ok_or_else(wrong)?,
                    currency: Currency::USD,
                })
            }
        };
        let days = match &row.paid_time_off {
            Cell::Null => None,
            cell => {
                let days = cell.scaled(1).and_then(|days| u32::try_from(days).ok());
                let wrong = || format!("its paid time off is {}", cell.shown());
                Some(days.filter(|days| *days <= 366).ok_or_else(wrong)?)
            }
        };
        let benefits = self.note(&head.source(), "benefits", &row.other_benefits);
        Ok(Fields::from([
            ("person_id", value(person)),
            ("effective_date", value(date)),
            ("type", value(pay_type)),
            ("amount", value(amount)),
            ("paid_time_off_days", value(days)),
            ("other_benefits", value(benefits)),
        ]))
    }

    /// A text of several lines; nothing where it is empty.
    fn note(&mut self, source: &Source, what: &str, cell: &Cell) -> Option<String> {
        let text = match cell {
            Cell::Text(text) => text.clone(),
            other => other.text()?,
        };
        let (kept, changed) = note(&text);
        if changed {
            let done = format!("the {what} were made fit: control characters out, 10,000 at most");
            self.adjusted(source, done);
        }
        (!kept.trim().is_empty()).then_some(kept)
    }

    pub(super) fn projects(&mut self, rows: &[ProjectRow]) {
        for row in rows {
            let head = head!(row, ProjectRow);
            let Some((tenant, id)) = self.live(&head, &row.tenant_id) else {
                continue;
            };
            self.projects.insert((tenant, id), Presence::Present);
            let source = head.source();
            let name = self.line(&source, "name", &row.name.text().unwrap_or_default());
            if name.is_empty() {
                self.unreadable(source, "the project has no name");
                self.keep(tenant, [entity(Kind::Project, id)]);
                continue;
            }
            let code = row
                .code
                .text()
                .map(|code| self.line(&source, "code", &code));
            let project_type = match row.project_type.text().as_deref() {
                Some("managed-project") => Some(ProjectType::ManagedProject),
                Some("non-managed-project") => Some(ProjectType::NonManagedProject),
                Some("team-augmentation") => Some(ProjectType::TeamAugmentation),
                _ => {
                    let shown = row.project_type.shown();
                    self.adjusted(&source, format!("the type {shown} is unknown: left out"));
                    None
                }
            };
            let fields = Fields::from([
                ("name", value(name)),
                ("code", value(code.filter(|c| !c.is_empty()))),
                ("type", value(project_type)),
            ]);
            self.push(tenant, &head, entity(Kind::Project, id), fields);
        }
    }

    pub(super) fn assignments(&mut self, rows: &[AssignmentRow]) {
        for row in rows {
            let head = head!(row, AssignmentRow);
            let Some((tenant, id)) = self.live(&head, &row.tenant_id) else {
                continue;
            };
            let Some(person) = self.person(&head, tenant, &row.person_id) else {
                continue;
            };
            let project = row
                .project_id
                .uuid()
                .filter(|id| self.projects.get(&(tenant, *id)) == Some(&Presence::Present));
            let Some(project) = project else {
                self.skip(head.source(), SkipReason::ProjectGone);
                continue;
            };
            match self.assignment(&head, row, person, project) {
                Ok(fields) => self.push(tenant, &head, entity(Kind::Assignment, id), fields),
                Err(why) => {
                    self.unreadable(head.source(), why);
                    self.keep(tenant, [entity(Kind::Assignment, id)]);
                }
            }
        }
    }

    fn assignment(
        &mut self,
        head: &Head<'_>,
        row: &AssignmentRow,
        person: PersonId,
        project: Uuid,
    ) -> Result<Fields, String> {
        let shown = row.hours_per_week.shown();
        let minutes = row
            .hours_per_week
            .scaled(60)
            .filter(|minutes| *minutes > 0)
            .and_then(|minutes| u32::try_from(minutes).ok())
            .ok_or_else(|| format!("it has no hours: hours per week are {shown}"))?;
        if minutes > MAX_WEEK_MINUTES {
            return Err(format!(
                "hours per week are {shown}; a week has at most 168"
            ));
        }
        let start = row.start_date.date();
        let start = start.map_err(|why| format!("its start is {why}"))?;
        let end = match row.end_date.text() {
            None => None,
            Some(_) => {
                let end = row.end_date.date();
                Some(end.map_err(|why| format!("its end is {why}"))?)
            }
        };
        if let Some(end) = end.filter(|end| *end < start) {
            return Err(format!("it ends on {end}, before it starts on {start}"));
        }
        let source = head.source();
        let role = row
            .role
            .text()
            .map(|role| self.line(&source, "role", &role));
        let notes = self.note(&source, "notes", &row.notes);
        Ok(Fields::from([
            ("owner", value(Owner::Person(person))),
            ("project_id", value(ProjectId(project))),
            ("start", value(start)),
            ("end", value(end)),
            ("effort", value(Effort::PerWeek { minutes })),
            ("role", value(role.filter(|r| !r.is_empty()))),
            ("notes", value(notes)),
        ]))
    }

    pub(super) fn audit(&mut self, rows: &[AuditRow]) {
        for row in rows {
            let head = Head {
                table: <AuditRow as crate::read::Table>::NAME,
                rowid: row.rowid,
                id: &row.id,
                deleted_at: &Cell::Null,
                updated_at: &row.timestamp,
            };
            let Some((tenant, id)) = self.live(&head, &row.tenant_id) else {
                continue;
            };
            let Some(at) = row.timestamp.moment() else {
                let shown = row.timestamp.shown();
                self.unreadable(head.source(), format!("its time is {shown}"));
                continue;
            };
            self.out.tenants[tenant].history.push(IncomingHistory {
                id,
                entity: row.entity_name.text().unwrap_or_default(),
                entity_id: row.entity_id.text().unwrap_or_default(),
                action: row.action.text().unwrap_or_default(),
                actor_email: row.actor_email.text(),
                at,
                values: values(&row.values),
            });
        }
    }
}

/// Minutes a week of a `workAvailability` in hours.
fn work_hours(cell: &Cell) -> Result<u32, String> {
    let wrong = |why: &str| format!("its hours a week are {}, {why}", cell.shown());
    let minutes = cell.scaled(60).ok_or_else(|| wrong("which is no number"))?;
    let minutes = u32::try_from(minutes).map_err(|_| wrong("which is below 0 or too many"))?;
    let fits = Pattern::weekly(Date::MIN, minutes);
    fits.map(|_| minutes)
        .map_err(|_| wrong("which is more than five days have"))
}

/// Recorded values as JSON text, without what nobody should read there.
fn values(cell: &Cell) -> String {
    let text = match cell {
        Cell::Text(text) => text.clone(),
        other => other.text().unwrap_or_default(),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(mut read) => {
            strip_secrets(&mut read);
            read.to_string()
        }
        Err(_) => Value::String(text).to_string(),
    }
}

fn strip_secrets(of: &mut Value) {
    match of {
        Value::Object(members) => {
            members.retain(|name, _| {
                let name = name.to_lowercase();
                !name.contains("password") && !name.contains("token")
            });
            members.values_mut().for_each(strip_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_secrets),
        _ => {}
    }
}
