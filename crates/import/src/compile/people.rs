//! People, with their job titles and weekly hours.

use std::collections::HashMap;

use raally_domain::date::Date;
use raally_domain::decide::{Command, Op};
use raally_domain::ids::{PersonId, SkillId};
use raally_domain::kinds::{Availability, HolidayCalendar, Kind, Person, Skill, Team};
use raally_domain::plan::PersonEntry;
use raally_domain::problem::Message;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Compiler, Draft, Origin, Planned};
use crate::check::{MatchedBy, RowState};
use crate::field::Field;
use crate::lookup::key;
use crate::value;

/// The people that a table brings, by name and by address.
#[derive(Default)]
struct New {
    named: HashMap<String, Option<Uuid>>,
    addresses: HashMap<String, (Uuid, usize)>,
    /// Without an address, by name.
    alone: HashMap<String, usize>,
}

type Found = Option<(Uuid, MatchedBy)>;

/// Whom a row is about.
struct Matched {
    found: Found,
    /// The person's, or the one that somebody new gets.
    id: Uuid,
    /// Why that cannot be said, and the column that it lies in.
    wrong: Option<(Option<usize>, Message)>,
}

pub(super) fn compile(work: &mut Compiler<'_, '_>) {
    let mut new = New::default();
    let mut matched: HashMap<usize, Matched> = HashMap::new();
    // Who they are comes first, so that a row can name the manager of another.
    let rows = work.rows.len();
    work.each(|work, draft| {
        let (found, wrong) = match find(work, &draft) {
            Ok(found) => (found, None),
            Err(message) => (None, Some((draft.table.column(Field::Name), message))),
        };
        let id = found.map_or_else(|| work.context.fresh.uuid(), |(id, _)| id);
        let wrong = wrong.or_else(|| new.add(&draft, found.is_none(), id).map(|m| (None, m)));
        matched.insert(draft.row, Matched { found, id, wrong });
    });
    work.rows.truncate(rows);
    work.each(|work, mut draft| {
        let Some(Matched { found, id, wrong }) = matched.remove(&draft.row) else {
            return;
        };
        if let Some((column, message)) = wrong {
            draft.wrong(column, message);
        }
        if found.is_some() {
            work.claim(&mut draft, id);
        }
        let link = person(work, &mut draft, found, id, &new);
        let dated = dated(work, &mut draft, id, link);
        let row = draft.row;
        if work.finish_as::<Person>(draft, found, id).is_none() {
            return;
        }
        for (command, origin) in dated {
            let changed = &mut work.rows[row];
            if changed.state == RowState::Same {
                changed.state = RowState::Changed;
            }
            if changed.state == RowState::Changed {
                let columns = origin.columns.iter().map(|(_, column)| *column);
                changed
                    .changes
                    .extend(columns.filter_map(|column| work.table.change(column)));
            }
            if command.resource == Kind::Person {
                work.then.push((command, origin));
            } else {
                work.planned.push((command, origin));
            }
        }
    });
}

impl New {
    /// Keeps a new person in mind; says where another row has them.
    fn add(&mut self, draft: &Draft<'_>, is_new: bool, id: Uuid) -> Option<Message> {
        let name = key(&name(draft).unwrap_or_default());
        let several = |known: &mut Option<Uuid>| *known = known.filter(|other| *other == id);
        self.named
            .entry(name.clone())
            .and_modify(several)
            .or_insert(Some(id));
        if !is_new {
            return None;
        }
        let first = match draft.cell(Field::Email) {
            Some((_, email)) => {
                self.addresses
                    .entry(email.to_lowercase())
                    .or_insert((id, draft.row))
                    .1
            }
            None => *self.alone.entry(name).or_insert(draft.row),
        };
        (first != draft.row).then_some(Message::RowTwice { row: first + 1 })
    }
}

/// The name, of one column or of two.
fn name(draft: &Draft<'_>) -> Option<String> {
    if let Some((_, name)) = draft.cell(Field::Name) {
        return Some(name.to_owned());
    }
    let parts = [Field::FirstName, Field::LastName]
        .into_iter()
        .filter_map(|f| draft.cell(f));
    let parts: Vec<&str> = parts.map(|(_, text)| text).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The person that a row is about: by id, by e-mail address, then by name.
fn find(work: &Compiler<'_, '_>, draft: &Draft<'_>) -> Result<Found, Message> {
    if let Some(id) = work.by_id::<Person>(draft) {
        return Ok(Some((id, MatchedBy::Id)));
    }
    let email = draft.cell(Field::Email).map(|(_, email)| email);
    if let Some(id) = email.and_then(|email| work.lookup.address(email)) {
        return Ok(Some((id.0, MatchedBy::Email)));
    }
    let Some(name) = name(draft) else {
        return Ok(None);
    };
    let Some((id, by)) = work.lookup.name(&name)? else {
        return Ok(None);
    };
    // Somebody of that name with another address is somebody else.
    let entry = work.lookup.plan.people().get(&id);
    let has_address = entry.is_some_and(|e| e.person.email.is_some());
    Ok((email.is_none() || !has_address).then_some((id.0, by)))
}

/// The person's own fields; answers with a manager who comes with the table.
fn person(
    work: &mut Compiler<'_, '_>,
    draft: &mut Draft<'_>,
    found: Found,
    id: Uuid,
    new: &New,
) -> Option<(usize, Uuid)> {
    let name_column = draft.column_of(&[Field::Name, Field::FirstName, Field::LastName]);
    match (name(draft), name_column) {
        (Some(name), Some(column)) => draft.set("full_name", column, name),
        (_, column) if found.is_none() => draft.wrong(column, Message::Missing),
        _ => {}
    }
    draft.text(Field::Email, "email");
    draft.text(Field::Notes, "notes");
    draft.list(Field::Tags, "tags");
    draft.yes(Field::Archived, "archived");
    let entry = work.lookup.plan.people().get(&PersonId(id)).cloned();
    employment(draft, entry.as_deref());
    if let Some((column, text)) = draft.cell(Field::Team) {
        let named = || work.lookup.plan.named::<Team>(&text.to_lowercase()).next();
        let known = work.known::<Team>(text).or_else(|| named().map(|id| id.0));
        let team = work.found_or_made(Kind::Team, known, text, (draft.row, column));
        draft.set("team_id", column, team.to_string());
    }
    draft.read(Field::HolidayCalendar, "holiday_calendar_id", |text| {
        let mut calendars = work.lookup.plan.calendars().iter();
        let mut named = || calendars.find(|(_, c)| key(&c.value.name) == key(text));
        let known = work.known::<HolidayCalendar>(text);
        let calendar = known.or_else(|| named().map(|(id, _)| id.0));
        let calendar = calendar.ok_or(Message::from(Kind::HolidayCalendar))?;
        Ok(calendar.to_string())
    });
    skills(work, draft, entry.as_deref());
    manager(work, draft, new)
}

/// The first and last day: of the only span there is.
fn employment(draft: &mut Draft<'_>, entry: Option<&PersonEntry>) {
    let order = draft.order;
    let spans = entry
        .and_then(|e| e.person.employment.as_spans())
        .unwrap_or(&[]);
    let only = match spans {
        [only] => Some(*only),
        _ => None,
    };
    let mut span = Map::new();
    if let Some(only) = only {
        span.insert("from".to_owned(), json!(only.from));
        span.insert("to".to_owned(), json!(only.to));
    }
    let mut given = None;
    for (field, key) in [(Field::From, "from"), (Field::To, "to")] {
        let Some((column, cell)) = draft.cell(field) else {
            continue;
        };
        match value::date(cell, order) {
            Ok(date) => {
                span.insert(key.to_owned(), json!(date));
                given = Some(column);
            }
            Err(message) => draft.wrong(Some(column), message),
        }
    }
    let Some(column) = given else { return };
    span.entry("from").or_insert(Value::Null);
    span.entry("to").or_insert(Value::Null);
    // Of several spans the file can only say what one of them says.
    let one = Value::Object(span);
    let said = spans.len() > 1
        && spans
            .iter()
            .any(|s| json!({ "from": s.from, "to": s.to }) == one);
    if !said {
        let value = if spans.len() > 1 { one } else { json!([one]) };
        draft.set("employment", column, value);
    }
}

/// `React 4`, `React: 4`, `React (4)` or `React`.
fn skill(text: &str) -> (&str, Option<u8>) {
    let bare = text.trim_end_matches(')').trim_end();
    let level = bare.chars().last().and_then(|c| c.to_digit(10));
    let name = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    match level.and_then(|l| u8::try_from(l).ok()) {
        Some(level @ 1..=5) if name.len() + 1 == bare.len() && name.ends_with([' ', ':', '(']) => {
            (name.trim_end_matches([' ', ':', '(']).trim(), Some(level))
        }
        _ => (text.trim(), None),
    }
}

/// How well somebody can do something of which it is not said.
const MIDDLE: u8 = 3;

fn skills(work: &mut Compiler<'_, '_>, draft: &mut Draft<'_>, entry: Option<&PersonEntry>) {
    let Some((column, cell)) = draft.cell(Field::Skills) else {
        return;
    };
    let mut bodies: Vec<(Uuid, Value)> = Vec::new();
    for text in value::list(cell) {
        let (name, level) = skill(&text);
        let known = work
            .lookup
            .plan
            .named::<Skill>(&name.to_lowercase())
            .next()
            .map(|id| id.0);
        let id = work.found_or_made(Kind::Skill, known, name, (draft.row, column));
        let has = entry.and_then(|e| e.person.skills.iter().find(|s| s.skill_id.0 == id));
        let level = level.unwrap_or_else(|| has.map_or(MIDDLE, |s| s.level.into()));
        let shown = known.and_then(|id| work.lookup.plan.skills().get(&SkillId(id)));
        let name = shown.map_or(name, |record| record.value.name.as_str());
        bodies.push((id, json!({ "skill_id": id, "skill": name, "level": level })));
    }
    bodies.sort_by_key(|(id, _)| *id);
    let bodies: Vec<Value> = bodies.into_iter().map(|(_, body)| body).collect();
    draft.set("skills", column, bodies);
}

/// The manager, who may come with another row: then they are linked once all are there.
fn manager(work: &Compiler<'_, '_>, draft: &mut Draft<'_>, new: &New) -> Option<(usize, Uuid)> {
    let (column, text) = draft.cell(Field::Manager)?;
    let of_table = || {
        let by_address = new.addresses.get(&text.to_lowercase()).map(|(id, _)| *id);
        by_address.or_else(|| new.named.get(&key(text)).copied().flatten())
    };
    match work.lookup.person(text) {
        Ok(Some((id, _))) => draft.set("manager_id", column, id.0.to_string()),
        Ok(None) => match of_table() {
            Some(id) => return Some((column, id)),
            None => draft.wrong(Some(column), Kind::Person),
        },
        Err(message) => draft.wrong(Some(column), message),
    }
    None
}

/// What holds from a day on: the job title, the weekly hours, and a manager of the table. Where
/// somebody has none yet it holds from the beginning, else from today.
fn dated(
    work: &Compiler<'_, '_>,
    draft: &mut Draft<'_>,
    id: Uuid,
    link: Option<(usize, Uuid)>,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    let entry = work.lookup.plan.people().get(&PersonId(id));
    let employed = draft
        .body
        .get("employment")
        .and_then(|e| e.pointer("/0/from"));
    let employed = employed.filter(|day| !day.is_null()).cloned();
    let since = |has_records: bool| match has_records {
        true => json!(work.today),
        false => employed.clone().unwrap_or_else(|| json!(Date::MIN)),
    };
    let row = draft.row;
    let add = |resource, key: &'static str, column: usize, body: Value| -> Planned {
        let command = Command {
            op: Op::Create,
            resource,
            id: None,
            expect: None,
            body,
        };
        let columns = vec![(key, column)];
        (command, Origin { row, columns })
    };
    if let Some((column, title)) = draft.cell(Field::JobTitle)
        && entry.and_then(|e| e.title_on(work.today)) != Some(title)
    {
        let since = since(entry.is_some_and(|e| !e.job_titles.is_empty()));
        let body = json!({ "person_id": id, "title": title, "effective_date": since });
        planned.push(add(Kind::JobTitle, "title", column, body));
    }
    if let Some((column, cell)) = draft.cell(Field::HoursPerWeek) {
        match value::minutes(cell) {
            Err(message) => draft.wrong(Some(column), message),
            Ok(minutes) => {
                let now = entry.and_then(|e| e.availability_on(work.today));
                if now.map(weekly) != Some(Some(minutes)) {
                    let since = since(entry.is_some_and(|e| !e.availabilities.is_empty()));
                    let body = json!({ "person_id": id, "weekly_minutes": minutes, "effective_date": since });
                    planned.push(add(Kind::Availability, "weekly_minutes", column, body));
                }
            }
        }
    }
    if let Some((column, manager)) = link {
        let mut linked = add(
            Kind::Person,
            "manager_id",
            column,
            json!({ "manager_id": manager }),
        );
        linked.0.op = Op::Update;
        linked.0.id = Some(id);
        planned.push(linked);
    }
    planned
}

/// The minutes of somebody's week, where all weeks have the same.
fn weekly(availability: &Availability) -> Option<u32> {
    let given = availability.weekly_minutes;
    let mut weeks = availability.pattern.cycle().iter();
    let sums = |week: &[u16; 7]| week.iter().map(|m| u32::from(*m)).sum::<u32>();
    let first = weeks.next().map(sums)?;
    given.or_else(|| weeks.all(|week| sums(week) == first).then_some(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_come_with_levels_or_without() {
        for (text, expected) in [
            ("React", ("React", None)),
            ("React 4", ("React", Some(4))),
            ("React: 4", ("React", Some(4))),
            ("React (4)", ("React", Some(4))),
            ("HTML5", ("HTML5", None)),
            ("Oracle 19", ("Oracle 19", None)),
            ("Figma 9", ("Figma 9", None)),
        ] {
            assert_eq!(skill(text), expected, "{text}");
        }
    }
}
