//! What a table would bring, row by row, and bringing it.

use raally_domain::decide::{self, Context, Decision, Reason, Rejection, Warning};
use raally_domain::kinds::FieldError;
use raally_domain::plan::Plan;
use raally_domain::problem::Message;
use serde::Serialize;
use uuid::Uuid;

use crate::compile::{Compiled, Origin, compile};
use crate::field::Field;
use crate::{MAX_CELL, MAX_COLUMNS, MAX_ROWS, Table};

/// What a row would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportState))]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// It is not there yet.
    New,
    /// It is there, and other.
    Changed,
    /// It is there as it is.
    Same,
    /// Something is wrong with it.
    Wrong,
    /// There is nothing in it.
    Empty,
}

/// How a row found its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// By its id.
    Id,
    /// By the e-mail address.
    Email,
    /// By the project's code.
    Code,
    /// By name.
    Name,
    /// By person, project and dates.
    Dates,
}

/// What a row changes of its record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportChange))]
pub struct FieldChange {
    /// What of it.
    pub field: Field,
    /// In which column that stands.
    pub column: usize,
}

/// A row, looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportRow))]
pub struct CheckedRow {
    /// What it would be.
    pub state: RowState,
    /// The record that it is about, if it is there.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Uuid))]
    pub id: Option<Uuid>,
    /// How that was found.
    pub matched_by: Option<MatchedBy>,
    /// What it changes, where it is `changed`.
    pub changes: Vec<FieldChange>,
    /// What is wrong, at `/rows/3/2` with a cell, at `/rows/3` with all of it.
    pub errors: Vec<FieldError>,
}

/// What is wrong with a table as a whole.
fn bounds(table: &Table) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    if table.rows.is_empty() {
        errors.push(FieldError::new("/rows", Message::Empty));
    }
    if table.rows.len() > MAX_ROWS {
        errors.push(FieldError::new(
            "/rows",
            Message::TooMany { most: MAX_ROWS },
        ));
    }
    if table.columns.len() > MAX_COLUMNS {
        errors.push(FieldError::new(
            "/columns",
            Message::TooMany { most: MAX_COLUMNS },
        ));
    }
    let fields = table.kind.fields();
    for (at, field) in table.columns.iter().enumerate() {
        let Some(field) = field else { continue };
        if !fields.contains(field) {
            errors.push(FieldError::new(
                format!("/columns/{at}"),
                Message::NotOfThisTable,
            ));
        } else if table.columns[..at].contains(&Some(*field)) {
            errors.push(FieldError::new(
                format!("/columns/{at}"),
                Message::GivenTwice,
            ));
        }
    }
    if table.columns.iter().flatten().next().is_none() {
        errors.push(FieldError::new("/columns", Message::Empty));
    }
    for (at, row) in table.rows.iter().take(MAX_ROWS).enumerate() {
        if row.len() > MAX_COLUMNS {
            let message = Message::TooMany { most: MAX_COLUMNS };
            errors.push(FieldError::new(format!("/rows/{at}"), message));
        } else if let Some(column) = row.iter().position(|c| c.chars().count() > MAX_CELL) {
            let message = Message::TooLong { most: MAX_CELL };
            errors.push(FieldError::new(format!("/rows/{at}/{column}"), message));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// What each row would be, and what a planner would be surprised by if all of them were brought in.
///
/// # Errors
/// What is wrong with the table as a whole.
pub fn preview(
    plan: &Plan,
    context: &mut Context<'_>,
    table: &Table,
) -> Result<(Vec<CheckedRow>, Vec<Warning>), Vec<FieldError>> {
    bounds(table)?;
    let Compiled {
        mut rows,
        commands,
        origins,
    } = compile(plan, context, table);
    let decided = decide::decide(plan, context, &commands);
    let warnings = match decided {
        Ok(decision) => decision.warnings,
        Err(first) => {
            let tried = decide::try_each(plan, context, &commands);
            let mut told = false;
            for (rejection, origin) in tried.into_iter().zip(&origins) {
                let Some(rejection) = rejection else { continue };
                told |= tell(&mut rows, origin, rejection.reason);
            }
            // What all of them break together, such as a rule against overbooking.
            if !told {
                let message = message_of(&first.reason);
                return Err(vec![FieldError::new("/rows", message)]);
            }
            Vec::new()
        }
    };
    Ok((rows, warnings))
}

/// Says at its row what is wrong with one of its commands, but for what follows from something that
/// is said already.
fn tell(rows: &mut [CheckedRow], origin: &Origin, reason: Reason) -> bool {
    let row = &mut rows[origin.row];
    if !row.errors.is_empty() {
        return false;
    }
    row.state = RowState::Wrong;
    row.errors = origin.errors(reason);
    true
}

impl Origin {
    /// What is wrong with its command, at the cells that it comes from.
    fn errors(&self, reason: Reason) -> Vec<FieldError> {
        let whole = format!("/rows/{}", self.row);
        let Reason::Invalid(errors) = reason else {
            return vec![FieldError::new(whole, message_of(&reason))];
        };
        let place = |error: &FieldError| {
            let name = error.pointer.split('/').nth(1).unwrap_or("");
            let column = self.columns.iter().find(|(key, _)| *key == name);
            match column.or_else(|| self.columns.first().filter(|_| self.columns.len() == 1)) {
                Some((_, column)) => format!("{whole}/{column}"),
                None => whole.clone(),
            }
        };
        let at = |error: FieldError| {
            let place = place(&error);
            error.at(place)
        };
        errors.into_iter().map(at).collect()
    }
}

fn message_of(reason: &Reason) -> Message {
    match reason {
        Reason::NotFound(kind) => Message::from(*kind),
        Reason::Forbidden => Message::Forbidden,
        Reason::Stale { .. } => Message::PreconditionFailed,
        Reason::Invalid(errors) => errors
            .first()
            .map_or(Message::Invalid, |e| e.message.clone()),
        Reason::Conflict(message)
        | Reason::Quota(message)
        | Reason::Stands { message, .. }
        | Reason::Rule { message, .. } => message.clone(),
    }
}

/// Decides a table as one step: all rows, or none.
///
/// # Errors
/// What is wrong with the table or with its cells; or why it is refused as a whole.
pub fn import(
    plan: &Plan,
    context: &mut Context<'_>,
    table: &Table,
) -> Result<(Decision, Vec<CheckedRow>), Rejection> {
    let invalid = |errors| Rejection::from(Reason::Invalid(errors));
    bounds(table).map_err(invalid)?;
    let Compiled {
        mut rows,
        commands,
        origins,
    } = compile(plan, context, table);
    let wrong = |rows: &[CheckedRow]| -> Vec<FieldError> {
        rows.iter().flat_map(|row| row.errors.clone()).collect()
    };
    let errors = wrong(&rows);
    if !errors.is_empty() {
        return Err(invalid(errors));
    }
    match decide::decide(plan, context, &commands) {
        Ok(decision) => Ok((decision, rows)),
        Err(Rejection {
            command: Some(at),
            reason,
        }) => {
            let quota = matches!(reason, Reason::Quota(_) | Reason::Forbidden);
            if quota {
                return Err(reason.into());
            }
            tell(&mut rows, &origins[at], reason);
            Err(invalid(wrong(&rows)))
        }
        Err(rejection) => Err(rejection),
    }
}
