//! Rows to commands.

mod assignments;
mod people;
mod projects;
mod time_off;

use std::collections::HashMap;

use raally_domain::date::Date;
use raally_domain::decide::{Command, Context, Op};
use raally_domain::kinds::{Client, FieldError, Kind, Resource, find};
use raally_domain::plan::Plan;
use raally_domain::problem::Message;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Table;
use crate::check::{CheckedRow, MatchedBy, RowState};
use crate::field::{Field, ImportKind};
use crate::lookup::{Found, Lookup};
use crate::value::{self, DateOrder};

/// What a command comes from.
pub(crate) struct Origin {
    /// The row.
    pub row: usize,
    /// The column of each member of the body.
    pub columns: Vec<(&'static str, usize)>,
}

/// What a table would bring.
pub(crate) struct Compiled {
    pub rows: Vec<CheckedRow>,
    /// In the order in which they are decided.
    pub commands: Vec<Command>,
    /// Of each of them.
    pub origins: Vec<Origin>,
}

type Planned = (Command, Origin);

/// Makes commands of the rows that are right, and says what is wrong with the others.
pub(crate) fn compile(plan: &Plan, context: &mut Context<'_>, table: &Table) -> Compiled {
    let mut work = Compiler {
        table,
        lookup: Lookup::of(plan),
        today: plan.day_of(context.fresh.now()),
        order: table.date_order(),
        context,
        rows: Vec::with_capacity(table.rows.len()),
        before: Vec::new(),
        planned: Vec::new(),
        then: Vec::new(),
        made: HashMap::new(),
        claimed: HashMap::new(),
    };
    match table.kind {
        ImportKind::People => people::compile(&mut work),
        ImportKind::Projects => projects::compile(&mut work),
        ImportKind::Clients => work.each(|work, mut draft| {
            draft.text(Field::Name, "name");
            draft.text(Field::Notes, "notes");
            draft.yes(Field::Archived, "archived");
            let found = work
                .by_id::<Client>(&draft)
                .map(|id| (id, MatchedBy::Id))
                .or_else(|| {
                    let (_, name) = draft.cell(Field::Name)?;
                    work.lookup.client(name).map(|id| (id.0, MatchedBy::Name))
                });
            draft.needs(Field::Name, found.is_some());
            work.finish::<Client>(draft, found);
        }),
        ImportKind::Assignments => assignments::compile(&mut work),
        ImportKind::TimeOff => time_off::compile(&mut work),
    }
    let planned = work.before.into_iter().chain(work.planned).chain(work.then);
    let (commands, origins) = planned.unzip();
    Compiled {
        rows: work.rows,
        commands,
        origins,
    }
}

struct Compiler<'a, 'c> {
    table: &'a Table,
    lookup: Lookup<'a>,
    today: Date,
    order: DateOrder,
    context: &'a mut Context<'c>,
    rows: Vec<CheckedRow>,
    /// Records that rows name and that are not there yet: they come first.
    before: Vec<Planned>,
    planned: Vec<Planned>,
    /// What needs all rows to be there.
    then: Vec<Planned>,
    /// The records of `before`, by kind and name.
    made: HashMap<(Kind, String), Uuid>,
    /// The records that rows are about, and the row that was first.
    claimed: HashMap<Uuid, usize>,
}

impl<'a> Compiler<'a, '_> {
    /// Does something with each row that is not empty, in order.
    fn each(&mut self, mut act: impl FnMut(&mut Self, Draft<'a>)) {
        for row in 0..self.table.rows.len() {
            let draft = Draft {
                table: self.table,
                order: self.order,
                row,
                body: Map::new(),
                columns: Vec::new(),
                errors: Vec::new(),
            };
            let columns = 0..self.table.columns.len();
            let mut read = columns.filter(|c| self.table.columns[*c].is_some());
            if read.all(|column| self.table.cell(row, column).is_empty()) {
                self.rows.push(CheckedRow {
                    state: RowState::Empty,
                    id: None,
                    matched_by: None,
                    changes: Vec::new(),
                    errors: Vec::new(),
                });
            } else {
                act(self, draft);
            }
        }
    }

    /// The id of a record of that name, which is made first where it is not there.
    fn found_or_made(
        &mut self,
        kind: Kind,
        known: Option<Uuid>,
        name: &str,
        from: (usize, usize),
    ) -> Uuid {
        if let Some(id) = known {
            return id;
        }
        let key = (kind, crate::lookup::key(name));
        if let Some(id) = self.made.get(&key) {
            return *id;
        }
        let id = self.context.fresh.uuid();
        self.made.insert(key, id);
        let command = Command {
            op: Op::Create,
            resource: kind,
            id: Some(id),
            expect: None,
            body: serde_json::json!({ "name": name }),
        };
        let origin = Origin {
            row: from.0,
            columns: vec![("name", from.1)],
        };
        self.before.push((command, origin));
        id
    }

    /// The record that a row names by its id.
    fn by_id<E: Resource>(&self, draft: &Draft<'_>) -> Option<Uuid> {
        let (_, text) = draft.cell(Field::Id)?;
        self.known::<E>(text)
    }

    /// The record whose id that is.
    fn known<E: Resource>(&self, text: &str) -> Option<Uuid> {
        let id = text.parse().ok()?;
        find::<E>(self.lookup.plan, E::Id::from(id))
            .is_some()
            .then_some(id)
    }

    /// Whether another row is about that record; says so.
    fn claim(&mut self, draft: &mut Draft<'_>, id: Uuid) {
        if let Some(first) = self.claimed.get(&id) {
            draft.wrong(None, Message::RowTwice { row: first + 1 });
        } else {
            self.claimed.insert(id, draft.row);
        }
    }

    /// Makes the row's command; answers with the record's id, unless something is wrong.
    fn finish<E: Resource>(
        &mut self,
        mut draft: Draft<'_>,
        found: Option<(Uuid, MatchedBy)>,
    ) -> Option<Uuid> {
        if let Some((id, _)) = found {
            self.claim(&mut draft, id);
        }
        let fresh = self.context.fresh.uuid();
        self.finish_as::<E>(draft, found, fresh)
    }

    /// The same with the id that a new record gets.
    fn finish_as<E: Resource>(
        &mut self,
        draft: Draft<'_>,
        found: Option<(Uuid, MatchedBy)>,
        fresh: Uuid,
    ) -> Option<Uuid> {
        let mut row = CheckedRow {
            state: RowState::New,
            id: found.map(|(id, _)| id),
            matched_by: found.map(|(_, by)| by),
            changes: Vec::new(),
            errors: draft.errors,
        };
        if !row.errors.is_empty() {
            row.state = RowState::Wrong;
            self.rows.push(row);
            return None;
        }
        let mut body = draft.body;
        let mut columns = draft.columns;
        if let Some((id, _)) = found {
            let view = E::view(self.lookup.plan, E::Id::from(id), self.today);
            let view = serde_json::to_value(view).unwrap_or_default();
            body.retain(|key, value| view.get(key).unwrap_or(&Value::Null) != value);
            columns.retain(|(key, _)| body.contains_key(*key));
            let changed = columns.iter().filter_map(|(_, c)| self.table.change(*c));
            row.changes = changed.collect();
            row.changes.dedup();
            row.state = if body.is_empty() {
                RowState::Same
            } else {
                RowState::Changed
            };
        }
        let id = found.map_or(fresh, |(id, _)| id);
        let op = if found.is_some() {
            Op::Update
        } else {
            Op::Create
        };
        if row.state != RowState::Same {
            let command = Command {
                op,
                resource: self.table.kind.record(),
                id: Some(id),
                expect: None,
                body: Value::Object(body),
            };
            let origin = Origin {
                row: draft.row,
                columns,
            };
            self.planned.push((command, origin));
        }
        self.rows.push(row);
        Some(id)
    }
}

/// A row on its way to a body.
struct Draft<'a> {
    table: &'a Table,
    order: DateOrder,
    row: usize,
    body: Map<String, Value>,
    columns: Vec<(&'static str, usize)>,
    errors: Vec<FieldError>,
}

/// Something that a row names: by a key of its own, such as an address or a code, or else by name.
struct Named {
    key: Field,
    name: Field,
    kind: Kind,
    /// Where it stands in the body.
    member: &'static str,
    /// In which of the columns it is missed where a row has neither.
    asked_in: &'static [Field],
}

impl<'a> Draft<'a> {
    /// What stands in the column of a field, if anything: an empty cell leaves things as they are.
    fn cell(&self, field: Field) -> Option<(usize, &'a str)> {
        let column = self.table.column(field)?;
        let cell = self.table.cell(self.row, column);
        (!cell.is_empty()).then_some((column, cell))
    }

    fn wrong(&mut self, column: Option<usize>, message: impl Into<Message>) {
        let row = self.row;
        let pointer = match column {
            Some(column) => format!("/rows/{row}/{column}"),
            None => format!("/rows/{row}"),
        };
        self.errors.push(FieldError::new(pointer, message));
    }

    fn set(&mut self, key: &'static str, column: usize, value: impl Into<Value>) {
        self.body.insert(key.to_owned(), value.into());
        self.columns.push((key, column));
    }

    /// Reads a cell into a member of the body.
    fn read<T: Into<Value>>(
        &mut self,
        field: Field,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, Message>,
    ) {
        if let Some((column, cell)) = self.cell(field) {
            match read(cell) {
                Ok(value) => self.set(key, column, value),
                Err(message) => self.wrong(Some(column), message),
            }
        }
    }

    /// Reads what a row names into the body, and says so where it is not there.
    fn named<Id: Copy + Into<Uuid>>(
        &mut self,
        named: &Named,
        needed: bool,
        by_key: impl FnOnce(&str) -> Option<Id>,
        by_name: impl FnOnce(&str) -> Found<Id>,
    ) -> Option<Id> {
        let (key, name) = (self.cell(named.key), self.cell(named.name));
        let missing = || Message::from(named.kind);
        let keyed = key.and_then(|(column, text)| Some((column, by_key(text)?)));
        let found = match (keyed, name, key) {
            (Some(found), ..) => Ok(found),
            (None, Some((column, text)), _) => match by_name(text) {
                Ok(Some((id, _))) => Ok((column, id)),
                Ok(None) => Err((Some(column), missing())),
                Err(message) => Err((Some(column), message)),
            },
            (None, None, Some((column, _))) => Err((Some(column), missing())),
            (None, None, None) if needed => Err((self.column_of(named.asked_in), Message::Missing)),
            (None, None, None) => return None,
        };
        match found {
            Ok((column, id)) => {
                let uuid: Uuid = id.into();
                self.set(named.member, column, uuid.to_string());
                Some(id)
            }
            Err((column, message)) => {
                self.wrong(column, message);
                None
            }
        }
    }

    /// The column of the first of these fields that the table has.
    fn column_of(&self, fields: &[Field]) -> Option<usize> {
        fields.iter().find_map(|field| self.table.column(*field))
    }

    fn text(&mut self, field: Field, key: &'static str) {
        self.read(field, key, |cell| Ok(cell.to_owned()));
    }

    fn yes(&mut self, field: Field, key: &'static str) {
        self.read(field, key, value::yes);
    }

    fn date(&mut self, field: Field, key: &'static str) {
        let order = self.order;
        self.read(field, key, |cell| Ok(value::date(cell, order)?.to_string()));
    }

    fn list(&mut self, field: Field, key: &'static str) {
        self.read(field, key, |cell| Ok(value::list(cell)));
    }

    fn one_of(&mut self, field: Field, key: &'static str, words: &[(&'static str, &[&str])]) {
        self.read(field, key, |cell| value::one_of(cell, words));
    }

    /// Says so where a new record lacks a field.
    fn needs(&mut self, field: Field, is_there: bool) {
        if !is_there && self.cell(field).is_none() {
            let column = self.table.column(field);
            self.wrong(column, Message::Missing);
        }
    }
}
