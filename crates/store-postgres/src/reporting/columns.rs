//! Between the reporting tables' columns and types.

use std::collections::BTreeMap;

use raally_app::ports::{
    BookedDay, CapacityDay, DirtyRange, DirtySubject, PersonDays, RefreshBatch, StoreError,
    TimeOffDay,
};
use raally_domain::date::{Date, Period};
use raally_domain::ids::PersonId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio_postgres::Row;
use uuid::Uuid;

use super::named;
use crate::rows::{get, id, int, number};

/// Of tenant and people; in the order of people and days.
pub(super) const CAPACITY: &str =
    "SELECT person_id, day - date '1970-01-01', capacity_minutes, booked_minutes, tentative_minutes
     FROM reporting.capacity_by_day WHERE tenant_id = $1 AND person_id = ANY ($2)
     ORDER BY person_id, day";
/// As [`CAPACITY`], then projects.
pub(super) const BOOKED: &str =
    "SELECT person_id, day - date '1970-01-01', project_id, booked_minutes, tentative_minutes, billable_minutes
     FROM reporting.booked_by_day WHERE tenant_id = $1 AND person_id = ANY ($2)
     ORDER BY person_id, day, project_id";
/// As [`CAPACITY`], then ids of time off.
pub(super) const TIME_OFF: &str =
    "SELECT person_id, day - date '1970-01-01', time_off_id, kind, status, minutes
     FROM reporting.time_off_by_day WHERE tenant_id = $1 AND person_id = ANY ($2)
     ORDER BY person_id, day, time_off_id";

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("the reporting tables hold {what}"))
}

pub(super) fn maybe_day(row: &Row, column: usize) -> Result<Option<Date>, StoreError> {
    let days: Option<i32> = get(row, column)?;
    days.map(|n| Date::from_days(n).ok_or_else(|| corrupt(format!("the day {n}"))))
        .transpose()
}

pub(super) fn day(row: &Row, column: usize) -> Result<Date, StoreError> {
    maybe_day(row, column)?.ok_or_else(|| corrupt("no day where one belongs"))
}

fn minutes(row: &Row, column: usize) -> Result<u32, StoreError> {
    let minutes: i32 = get(row, column)?;
    u32::try_from(minutes).map_err(|_| corrupt(format!("{minutes} minutes")))
}

/// A value out of a fixed choice, by its name.
pub(super) fn choice<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    let name: String = get(row, column)?;
    serde_json::from_value(json!(name)).map_err(|_| corrupt(format!("the value {name}")))
}

fn choice_name(value: impl Serialize) -> String {
    let name = serde_json::to_value(value).ok();
    name.and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

pub(super) fn dirty(row: &Row) -> Result<DirtyRange, StoreError> {
    let subject = match get::<&str>(row, 0)? {
        "all" => DirtySubject::Everyone,
        "person" => DirtySubject::Person(id(row, 1)?),
        "project" => DirtySubject::Project(id(row, 1)?),
        kind => return Err(corrupt(format!("dirt of the kind {kind}"))),
    };
    Ok(DirtyRange {
        subject,
        days: maybe_day(row, 2)?.zip(maybe_day(row, 3)?),
        seq: number(row, 4)?,
    })
}

#[derive(Default)]
pub(super) struct DirtColumns {
    pub(super) kinds: Vec<&'static str>,
    pub(super) ids: Vec<Uuid>,
    pub(super) froms: Vec<Option<i32>>,
    pub(super) tos: Vec<Option<i32>>,
    pub(super) seqs: Vec<i64>,
}

impl DirtColumns {
    pub(super) fn of(dirt: &[DirtyRange]) -> DirtColumns {
        let mut columns = DirtColumns::default();
        for dirt in dirt {
            let (kind, id) = named(dirt.subject);
            columns.kinds.push(kind);
            columns.ids.push(id);
            columns.froms.push(dirt.days.map(|d| d.0.days()));
            columns.tos.push(dirt.days.map(|d| d.1.days()));
            columns.seqs.push(int(dirt.seq));
        }
        columns
    }
}

/// Rows of one table by day.
#[derive(Default)]
pub(super) struct Table {
    pub(super) people: Vec<Uuid>,
    pub(super) days: Vec<i32>,
    pub(super) ids: Vec<Uuid>,
    pub(super) minutes: [Vec<i32>; 3],
}

impl Table {
    fn push(&mut self, person: PersonId, day: Date, id: Uuid, minutes: [u32; 3]) {
        self.people.push(person.0);
        self.days.push(day.days());
        self.ids.push(id);
        for (column, n) in self.minutes.iter_mut().zip(minutes) {
            column.push(i32::try_from(n).unwrap_or(i32::MAX));
        }
    }
}

#[derive(Default)]
pub(super) struct DayColumns {
    pub(super) range_people: Vec<Uuid>,
    pub(super) range_froms: Vec<i32>,
    pub(super) range_tos: Vec<i32>,
    pub(super) capacity: Table,
    pub(super) booked: Table,
    pub(super) time_off: Table,
    pub(super) time_off_kinds: Vec<String>,
    pub(super) time_off_statuses: Vec<String>,
    pub(super) time_off_minutes: Vec<Option<i32>>,
}

impl DayColumns {
    pub(super) fn of(days: &[(Period, PersonDays)]) -> DayColumns {
        let mut columns = DayColumns::default();
        for (period, of) in days {
            columns.range_people.push(of.person.0);
            columns.range_froms.push(period.from().days());
            columns.range_tos.push(period.to().days());
            for c in &of.capacity {
                let minutes = [c.capacity, c.booked, c.tentative];
                columns
                    .capacity
                    .push(of.person, c.day, Uuid::nil(), minutes);
            }
            for b in &of.booked {
                let minutes = [b.booked, b.tentative, b.billable];
                columns.booked.push(of.person, b.day, b.project.0, minutes);
            }
            for t in &of.time_off {
                columns
                    .time_off
                    .push(of.person, t.day, t.time_off.0, [0; 3]);
                columns.time_off_kinds.push(choice_name(t.kind));
                columns.time_off_statuses.push(choice_name(t.status));
                columns.time_off_minutes.push(t.minutes.map(i32::from));
            }
        }
        columns
    }
}

/// People and projects as the function takes them.
pub(super) fn rows_json(refreshed: &RefreshBatch) -> (String, String) {
    let people = refreshed.people.iter().map(|(row, reference)| {
        json!({
            "id": row.id, "gone": false, "ref": reference, "name": row.name,
            "job_title": row.job_title, "team": row.team,
            "employed_from": row.employment.from, "employed_until": row.employment.to,
            "archived": row.archived,
        })
    });
    let people_gone = refreshed.people_gone.iter();
    let people = people.chain(people_gone.map(|id| json!({ "id": id, "gone": true })));
    let projects = refreshed.projects.iter().map(|row| {
        json!({
            "id": row.id, "gone": false, "name": row.name, "code": row.code, "client": row.client,
            "status": row.status, "billable": row.billable, "archived": row.archived,
        })
    });
    let projects_gone = refreshed.projects_gone.iter();
    let projects = projects.chain(projects_gone.map(|id| json!({ "id": id, "gone": true })));
    let text = |rows: Vec<serde_json::Value>| serde_json::Value::Array(rows).to_string();
    (text(people.collect()), text(projects.collect()))
}

/// Puts the rows of three tables together by person.
pub(super) fn person_days(
    people: &[PersonId],
    capacity: &[Row],
    booked: &[Row],
    time_off: &[Row],
) -> Result<Vec<PersonDays>, StoreError> {
    let empty = |person: PersonId| PersonDays {
        person,
        capacity: Vec::new(),
        booked: Vec::new(),
        time_off: Vec::new(),
    };
    let mut days: BTreeMap<PersonId, PersonDays> = people.iter().map(|p| (*p, empty(*p))).collect();
    for row in capacity {
        let read = CapacityDay {
            day: day(row, 1)?,
            capacity: minutes(row, 2)?,
            booked: minutes(row, 3)?,
            tentative: minutes(row, 4)?,
        };
        if let Some(days) = days.get_mut(&id(row, 0)?) {
            days.capacity.push(read);
        }
    }
    for row in booked {
        let read = BookedDay {
            day: day(row, 1)?,
            project: id(row, 2)?,
            booked: minutes(row, 3)?,
            tentative: minutes(row, 4)?,
            billable: minutes(row, 5)?,
        };
        if let Some(days) = days.get_mut(&id(row, 0)?) {
            days.booked.push(read);
        }
    }
    for row in time_off {
        let minutes: Option<i32> = get(row, 5)?;
        let read = TimeOffDay {
            day: day(row, 1)?,
            time_off: id(row, 2)?,
            kind: choice(row, 3)?,
            status: choice(row, 4)?,
            minutes: minutes.and_then(|m| u16::try_from(m).ok()),
        };
        if let Some(days) = days.get_mut(&id(row, 0)?) {
            days.time_off.push(read);
        }
    }
    let of = |person| days.remove(person).unwrap_or_else(|| empty(*person));
    Ok(people.iter().map(of).collect())
}
