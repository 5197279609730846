//! Tables of other programs: read, looked at, brought in.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use parking_lot::Mutex;
use raally_app::error::Error;
use raally_app::tenants::Write;
use raally_domain::access::Operation;
use raally_domain::decide::{Context, Warning};
use raally_domain::problem::Message;
use raally_import::{
    CheckedRow, DateOrder, Guess, MAX_COLUMNS, MAX_FILE, MAX_ROWS, ReadError, RowState, Sheet,
    Source, Table,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::TENANT;
use super::preview::FreshOf;
use crate::http::access::InTenant;
use crate::http::body::{ParsedBody, RawBody};
use crate::http::endpoint::{Endpoints, post};
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::response;
use crate::http::write::{After, RowsParams, idempotency, rendered, submit};

/// The most bytes of a table's JSON.
const MAX_TABLE: usize = 4 << 20;
/// The most cells of a table.
const MAX_CELLS: usize = 400_000;

/// A file's tables, and what they may be.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadFile {
    pub sheets: Vec<ReadSheet>,
}

/// One table of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadSheet {
    #[serde(flatten)]
    pub sheet: Sheet,
    /// The row of the headings, counted from 0; `null` where there are none.
    pub header: Option<usize>,
    /// What the table may be, the likeliest first.
    pub guesses: Vec<Guess>,
    /// Whose export it looks like.
    pub source: Option<Source>,
}

/// What a table would bring.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportPreview {
    /// Of the plan that it was looked at with.
    pub head: String,
    pub counts: Counts,
    /// How dates such as 03/04/2026 were read.
    pub date_order: DateOrder,
    /// In the order of the table.
    pub rows: Vec<CheckedRow>,
    /// What the import would warn of; empty where something is wrong.
    pub warnings: Vec<Warning>,
}

/// How many rows are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportCounts)]
pub(crate) struct Counts {
    pub new: usize,
    pub changed: usize,
    pub same: usize,
    pub wrong: usize,
    pub empty: usize,
}

impl Counts {
    fn of(rows: &[CheckedRow]) -> Counts {
        let count = |state| rows.iter().filter(|row| row.state == state).count();
        Counts {
            new: count(RowState::New),
            changed: count(RowState::Changed),
            same: count(RowState::Same),
            wrong: count(RowState::Wrong),
            empty: count(RowState::Empty),
        }
    }
}

/// What an import left.
#[derive(Serialize, ToSchema)]
pub(crate) struct Imported {
    /// `null` where the answer is given again under its `Idempotency-Key`.
    pub counts: Option<Counts>,
    #[serde(flatten)]
    pub after: After,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        post(&format!("{TENANT}/imports/read"), "read_file")
            .tag("imports")
            .summary("The tables of a file, and what their columns may be")
            .describe(
                "CSV (commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252) or XLSX, at most 4 MiB, 20,000 \
                 rows and 100 columns. Nothing is kept.",
            )
            .takes_file("The file.")
            .answers::<ReadFile>(200, "Its cells as text")
            .handled_by(read),
        post(&format!("{TENANT}/imports/preview"), "preview_import")
            .tag("imports")
            .summary("What a table would bring, row by row, committing nothing")
            .body::<Table>()
            .answers::<ImportPreview>(200, "What each row would be")
            .handled_by(preview),
        post(&format!("{TENANT}/imports"), "run_import")
            .tag("imports")
            .summary("Bring a table in as one step: all rows, or none")
            .describe("Errors point at the cell: `/rows/3/2`.")
            .writes()
            .body::<Table>()
            .answers::<Imported>(200, "Brought in")
            .handled_by(run),
    ]
}

async fn read(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManagePeople)?;
    params::read::<()>(raw.query())?;
    let head = t.plan.head();
    let read = raw.up_to(MAX_FILE).bytes_as(|bytes| {
        let sheets = raally_import::read(bytes).map_err(|e| Problem::field("", said(&e)))?;
        let sheets = sheets.into_iter().map(|sheet| {
            let (header, guesses, source) = raally_import::guess(&sheet.rows);
            ReadSheet {
                sheet,
                header,
                guesses,
                source,
            }
        });
        Ok(ReadFile {
            sheets: sheets.collect(),
        })
    });
    Ok(response::at(head, &read.await?))
}

fn said(error: &ReadError) -> Message {
    match error {
        ReadError::NotATable => Message::FileNotATable,
        ReadError::OldOrLocked => Message::FileLocked,
        ReadError::Empty => Message::FileEmpty,
        ReadError::TooLarge => Message::FileTooLarge {
            rows: MAX_ROWS,
            columns: MAX_COLUMNS,
        },
    }
}

/// The table of a body.
fn table(given: ParsedBody) -> Result<Table, Problem> {
    let table: Table = given.read()?;
    if table.rows.iter().map(Vec::len).sum::<usize>() > MAX_CELLS {
        return Err(Problem::field(
            "/rows",
            Message::TooMany { most: MAX_CELLS },
        ));
    }
    Ok(table)
}

async fn preview(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManagePeople)?;
    params::read::<()>(raw.query())?;
    let (app, plan, access) = (t.app.clone(), Arc::clone(&t.plan), t.access);
    let previewing = raw.up_to(MAX_TABLE).json_aside(move |given| {
        let table = table(given)?;
        let mut context = Context {
            access,
            fresh: &mut FreshOf(&app),
        };
        let previewed = raally_import::preview(&plan, &mut context, &table);
        let (rows, warnings) = previewed.map_err(Problem::invalid)?;
        Ok(ImportPreview {
            head: plan.head().to_string(),
            counts: Counts::of(&rows),
            date_order: table.date_order(),
            rows,
            warnings,
        })
    });
    let preview = previewing.await?;
    Ok(response::at(t.plan.head(), &preview))
}

async fn run(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ManagePeople)?;
    params::read::<()>(raw.query())?;
    let headers = raw.headers().clone();
    let parsing = raw.up_to(MAX_TABLE).json_aside(|given| {
        let hash = given.request_hash;
        Ok((hash, table(given)?))
    });
    let (request_hash, table) = parsing.await?;
    let key = idempotency(&t, &headers, request_hash)?;
    let access = t.access;
    // What the rows were is told by the answer, which is made after the decision that it is of.
    let counts = Arc::new(Mutex::new(None));
    let counted = Arc::clone(&counts);
    let write = Write::by_user(
        t.caller.user,
        move |plan, context| {
            let (decision, rows) = raally_import::import(plan, context, &table)?;
            *counted.lock() = Some(Counts::of(&rows));
            Ok::<_, Error>(decision)
        },
        move |outcome| {
            let imported = Imported {
                counts: *counts.lock(),
                after: After::of(outcome, RowsParams(None), &access),
            };
            rendered(StatusCode::OK, &imported)
        },
    );
    submit(&t, write.keyed(key).answering_much(true)).await
}
