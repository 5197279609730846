//! Tables of other programs, brought into a plan: a file's bytes become rows of text ([`read`]),
//! columns are matched with fields ([`guess`]), rows with what the plan has, and what is new or
//! different becomes commands ([`preview`]), which are decided as one step
//! ([`import`]).
//!
//! Pure: a plan and a table go in, commands or what is wrong with which cell come out.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod check;
mod columns;
mod compile;
mod field;
mod lookup;
mod read;
mod value;

pub use check::{CheckedRow, FieldChange, MatchedBy, RowState, import, preview};
pub use columns::{Guess, Source, guess};
pub use field::{Field, ImportKind};
pub use read::{MAX_CELL, MAX_COLUMNS, MAX_FILE, MAX_ROWS, ReadError, Sheet, read};
pub use value::DateOrder;

use serde::Deserialize;

/// A table that is to be brought in.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportTable))]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What its rows are.
    pub kind: ImportKind,
    /// What each column holds; `null` is left out.
    pub columns: Vec<Option<Field>>,
    /// The cells, row by row, without the headings; at most 20,000 rows.
    pub rows: Vec<Vec<String>>,
    /// How dates such as 03/04/2026 are read; as their column suggests where it is missing.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
}

impl Table {
    /// How its dates are read.
    #[must_use]
    pub fn date_order(&self) -> DateOrder {
        let dates = [Field::From, Field::To]
            .into_iter()
            .filter_map(|f| self.column(f));
        let cells =
            dates.flat_map(|column| (0..self.rows.len()).map(move |row| self.cell(row, column)));
        self.date_order.unwrap_or_else(|| DateOrder::of(cells))
    }

    /// The cell of a row in a column; what is missing is empty.
    fn cell(&self, row: usize, column: usize) -> &str {
        let cells = self.rows.get(row);
        cells.and_then(|c| c.get(column)).map_or("", |c| c.trim())
    }

    /// The change of what stands in a column.
    fn change(&self, column: usize) -> Option<FieldChange> {
        let field = self.columns[column]?;
        Some(FieldChange { field, column })
    }

    /// The first column that holds a field.
    fn column(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|c| *c == Some(field))
    }
}
