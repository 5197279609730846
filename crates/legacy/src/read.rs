//! The rows of a file of the first Raally, as they stand there.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Row};

use crate::cell::Cell;
use crate::open::{Unusable, fault, open};

/// How long another program's lock on the file is waited for.
pub const LOCK_WAIT: Duration = Duration::from_secs(30);

/// A table of the first Raally's.
pub(crate) trait Table: Sized {
    const NAME: &'static str;
    /// Columns without which the file is not one of the first Raally's.
    const COLUMNS: &'static [&'static str];
    /// Columns that may be missing.
    const EXTRA: &'static [&'static str];

    /// Reads a row of `rowid`, [`Table::COLUMNS`] and [`Table::EXTRA`].
    fn read(row: &Row<'_>) -> rusqlite::Result<Self>;
}

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident $name:literal {
        $($field:ident $column:literal),+ $(; $($extra:ident $extra_column:literal),+)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub(crate) struct $table {
            pub(crate) rowid: i64,
            $(pub(crate) $field: Cell,)+
            $($(pub(crate) $extra: Cell,)+)?
        }

        impl Table for $table {
            const NAME: &'static str = $name;
            const COLUMNS: &'static [&'static str] = &[$($column),+];
            const EXTRA: &'static [&'static str] = &[$($($extra_column),+)?];

            fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
                let mut at = 0;
                let mut next = || -> rusqlite::Result<Cell> {
                    at += 1;
                    row.get_ref(at).map(Cell::from)
                };
                Ok($table {
                    rowid: row.get(0)?,
                    $($field: next()?,)+
                    $($($extra: next()?,)+)?
                })
            }
        }
    )+};
}

tables! {
    UserRow "users" {
        id "id", email "email", first_name "firstName", last_name "lastName",
        password "password", email_verified "emailVerified", deleted_at "deletedAt";
        full_name "fullName", created_at "createdAt", updated_at "updatedAt"
    }
    TenantRow "tenants" {
        id "id", name "name", url "url", deleted_at "deletedAt"; updated_at "updatedAt"
    }
    TenantUserRow "tenantUsers" {
        id "id", tenant_id "tenantId", user_id "userId", roles "roles", status "status";
        deleted_at "deletedAt", updated_at "updatedAt"
    }
    SettingsRow "settings" {
        id "id", tenant_id "tenantId", theme "theme", logo_url "logoUrl",
        background_image_url "backgroundImageUrl";
        deleted_at "deletedAt", updated_at "updatedAt"
    }
    PersonRow "people" {
        id "id", tenant_id "tenantId", full_name "fullName", deleted_at "deletedAt";
        updated_at "updatedAt"
    }
    JobTitleRow "jobTitles" {
        id "id", tenant_id "tenantId", person_id "personId", title "title",
        effective_date "effectiveDate", deleted_at "deletedAt"; updated_at "updatedAt"
    }
    CompensationRow "compensations" {
        id "id", tenant_id "tenantId", person_id "personId", pay_type "type",
        work_availability "workAvailability", monetary "monetary", paid_time_off "paidTimeOff",
        other_benefits "otherBenefits", effective_date "effectiveDate", deleted_at "deletedAt";
        updated_at "updatedAt"
    }
    ProjectRow "projects" {
        id "id", tenant_id "tenantId", code "projectId", name "name", project_type "type",
        deleted_at "deletedAt"; updated_at "updatedAt"
    }
    AssignmentRow "assignments" {
        id "id", tenant_id "tenantId", person_id "personId", project_id "projectId",
        hours_per_week "hoursPerWeek", start_date "startDate", end_date "endDate", role "role",
        notes "notes", deleted_at "deletedAt"; updated_at "updatedAt"
    }
    AuditRow "auditLogs" {
        id "id", entity_name "entityName", entity_id "entityId", tenant_id "tenantId",
        action "action", actor_email "createdByEmail", timestamp "timestamp", values "values"
    }
}

/// Everything of the file that is imported, each table in the order of its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstRaally {
    pub(crate) users: Vec<UserRow>,
    pub(crate) tenants: Vec<TenantRow>,
    pub(crate) tenant_users: Vec<TenantUserRow>,
    pub(crate) settings: Vec<SettingsRow>,
    pub(crate) people: Vec<PersonRow>,
    pub(crate) job_titles: Vec<JobTitleRow>,
    pub(crate) compensations: Vec<CompensationRow>,
    pub(crate) projects: Vec<ProjectRow>,
    pub(crate) assignments: Vec<AssignmentRow>,
    pub(crate) audit: Vec<AuditRow>,
}

/// Reads the whole file in one transaction. Waits at most `wait` for another program's lock;
/// leaves the file, and the folder it lies in, as they were.
pub(crate) fn read(path: &Path, wait: Duration) -> Result<FirstRaally, Unusable> {
    let opened = open(path, wait)?;
    let conn = &opened.connection;
    check_tables(path, conn)?;
    Ok(FirstRaally {
        users: rows(path, conn)?,
        tenants: rows(path, conn)?,
        tenant_users: rows(path, conn)?,
        settings: rows(path, conn)?,
        people: rows(path, conn)?,
        job_titles: rows(path, conn)?,
        compensations: rows(path, conn)?,
        projects: rows(path, conn)?,
        assignments: rows(path, conn)?,
        audit: rows(path, conn)?,
    })
}

/// Names all tables that are missing at once.
fn check_tables(path: &Path, conn: &Connection) -> Result<(), Unusable> {
    let missing: Vec<&str> = [
        UserRow::NAME,
        TenantRow::NAME,
        TenantUserRow::NAME,
        SettingsRow::NAME,
        PersonRow::NAME,
        JobTitleRow::NAME,
        CompensationRow::NAME,
        ProjectRow::NAME,
        AssignmentRow::NAME,
        AuditRow::NAME,
    ]
    .into_iter()
    .filter_map(|table| match columns(conn, table) {
        Ok(columns) if columns.is_empty() => Some(Ok(table)),
        Ok(_) => None,
        Err(e) => Some(Err(e)),
    })
    .collect::<rusqlite::Result<_>>()
    .map_err(|e| fault(path, &e))?;
    match missing.as_slice() {
        [] => Ok(()),
        [table] => Err(Unusable::Lacks(
            path.to_owned(),
            format!("the table {table}"),
        )),
        tables => Err(Unusable::Lacks(
            path.to_owned(),
            format!("the tables {}", tables.join(", ")),
        )),
    }
}

fn columns(conn: &Connection, table: &str) -> rusqlite::Result<HashSet<String>> {
    let mut statement = conn.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

fn rows<T: Table>(path: &Path, conn: &Connection) -> Result<Vec<T>, Unusable> {
    let present = columns(conn, T::NAME).map_err(|e| fault(path, &e))?;
    if let Some(column) = T::COLUMNS.iter().find(|c| !present.contains(**c)) {
        let what = format!("the column {column} of the table {}", T::NAME);
        return Err(Unusable::Lacks(path.to_owned(), what));
    }
    let required = T::COLUMNS.iter().map(|c| format!("\"{c}\""));
    let extra = T::EXTRA.iter().map(|c| match present.contains(*c) {
        true => format!("\"{c}\""),
        false => "NULL".to_owned(),
    });
    let list = required.chain(extra).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT rowid, {list} FROM \"{}\" ORDER BY rowid", T::NAME);
    let read = || -> rusqlite::Result<Vec<T>> {
        let mut statement = conn.prepare(&sql)?;
        statement.query_map([], |row| T::read(row))?.collect()
    };
    read().map_err(|e| fault(path, &e))
}
