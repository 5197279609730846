//! Projects.

use std::collections::HashMap;

use raally_domain::ids::ProjectId;
use raally_domain::kinds::Project;
use raally_domain::problem::Message;
use serde_json::json;

use super::Compiler;
use crate::check::MatchedBy;
use crate::field::Field;
use crate::lookup::key;
use crate::value;

const STATUS: &[(&str, &[&str])] = &[
    (
        "tentative",
        &[
            "tentativo",
            "tentativa",
            "provisional",
            "planned",
            "proposal",
            "y",
        ],
    ),
    (
        "active",
        &[
            "confirmed",
            "activo",
            "ativo",
            "in progress",
            "running",
            "open",
            "n",
        ],
    ),
    (
        "completed",
        &[
            "complete",
            "done",
            "closed",
            "finished",
            "completado",
            "concluido",
            "concluído",
            "terminado",
        ],
    ),
];

pub(super) fn compile(work: &mut Compiler<'_, '_>) {
    // New projects by code or name, so that a table does not make one twice.
    let mut new: HashMap<String, usize> = HashMap::new();
    work.each(|work, mut draft| {
        for (field, key) in [
            (Field::Name, "name"),
            (Field::Code, "code"),
            (Field::Client, "client"),
            (Field::Notes, "notes"),
        ] {
            draft.text(field, key);
        }
        draft.date(Field::From, "from");
        draft.date(Field::To, "to");
        draft.one_of(Field::Status, "status", STATUS);
        draft.yes(Field::Billable, "billable");
        draft.yes(Field::Archived, "archived");
        draft.list(Field::Tags, "tags");

        let client = draft
            .cell(Field::Client)
            .and_then(|(_, name)| work.lookup.client(name));
        let by_id = work.by_id::<Project>(&draft);
        let code = draft.cell(Field::Code);
        let by_code = code.map(|(_, code)| work.lookup.code(code));
        let found = match (by_id, by_code) {
            (Some(id), _) => Ok(Some((id, MatchedBy::Id))),
            (None, Some(Some(id))) => Ok(Some((id.0, MatchedBy::Code))),
            // A code that nobody has is a project's own: only one without a code may have the name.
            (None, code) => match draft.cell(Field::Name) {
                None => Ok(None),
                Some((_, name)) => work.lookup.project(name, client).map(|found| {
                    let found = found.filter(|(id, _)| code.is_none() || has_no_code(work, *id));
                    found.map(|(id, by)| (id.0, by))
                }),
            },
        };
        let found = found.unwrap_or_else(|message| {
            let column = draft.table.column(Field::Name);
            draft.wrong(column, message);
            None
        });
        draft.needs(Field::Name, found.is_some());
        draft.read(Field::BudgetHours, "budget", |cell| {
            let entry = found.and_then(|(id, _)| work.lookup.plan.projects().get(&ProjectId(id)));
            let money = entry.and_then(|e| e.project.budget).and_then(|b| b.money);
            Ok(json!({ "minutes": value::minutes(cell)?, "money": money }))
        });
        if found.is_none() {
            let named = draft.cell(Field::Code).or_else(|| draft.cell(Field::Name));
            if let Some((_, name)) = named {
                let first = *new.entry(key(name)).or_insert(draft.row);
                if first != draft.row {
                    draft.wrong(None, Message::RowTwice { row: first + 1 });
                }
            }
        }
        work.finish::<Project>(draft, found);
    });
}

fn has_no_code(work: &Compiler<'_, '_>, id: ProjectId) -> bool {
    let entry = work.lookup.plan.projects().get(&id);
    entry.is_some_and(|e| e.project.code.is_none())
}
