//! Statements that need no tenant.

/// Tables that belong to no tenant. Another one here needs a good reason; a test compares them
/// with the catalog, where every other table has a column `tenant_id` (or, in the schema `audit`,
/// `stream`).
pub(crate) const PLATFORM_TABLES: [&str; 11] = [
    "account_events",
    "account_inbox",
    "account_streams",
    "epochs",
    "event_traces",
    "migrations",
    "refresh_tokens",
    "secrets",
    "sessions",
    "signing_keys",
    "users",
];

/// The schemas that hold tables of tenants.
const SCHEMAS: [&str; 3] = ["raally", "reporting", "audit"];

/// A statement that touches no tenant's table and so needs no tenant. One that does is refused
/// when it is compiled: a forgotten tenant does not get as far as a test.
///
/// Functions of the schemas may be called: they set the tenant themselves or are the keeper's.
#[derive(Clone, Copy)]
pub(crate) struct Platform(&'static str);

impl Platform {
    pub(crate) const fn new(sql: &'static str) -> Platform {
        let bytes = sql.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let mut n = 0;
            while n < SCHEMAS.len() {
                let schema = SCHEMAS[n].as_bytes();
                if begins_name(bytes, at) && has(bytes, at, schema, b'.') {
                    assert!(
                        is_allowed(bytes, at + schema.len() + 1, n == 0),
                        "the statement names a tenant's table: ask in the tenant's scope"
                    );
                }
                n += 1;
            }
            at += 1;
        }
        Platform(sql)
    }

    pub(crate) const fn sql(self) -> &'static str {
        self.0
    }
}

/// Whether what begins there is a function, or a table of the schema `raally` that belongs to no
/// tenant.
const fn is_allowed(sql: &[u8], at: usize, in_raally: bool) -> bool {
    let mut end = at;
    while end < sql.len() && is_part_of_name(sql[end]) {
        end += 1;
    }
    if end < sql.len() && sql[end] == b'(' {
        return true;
    }
    let mut n = 0;
    while in_raally && n < PLATFORM_TABLES.len() {
        let table = PLATFORM_TABLES[n].as_bytes();
        if table.len() == end - at && starts_with(sql, at, table) {
            return true;
        }
        n += 1;
    }
    false
}

const fn begins_name(sql: &[u8], at: usize) -> bool {
    at == 0 || !is_part_of_name(sql[at - 1])
}

/// Whether the word stands there, with that character after it.
const fn has(sql: &[u8], at: usize, word: &[u8], then: u8) -> bool {
    starts_with(sql, at, word) && at + word.len() < sql.len() && sql[at + word.len()] == then
}

const fn starts_with(sql: &[u8], at: usize, word: &[u8]) -> bool {
    let mut n = 0;
    while n < word.len() {
        if at + n >= sql.len() || sql[at + n] != word[n] {
            return false;
        }
        n += 1;
    }
    true
}

const fn is_part_of_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "ask in the tenant's scope")]
    fn a_statement_on_a_tenants_table_needs_the_tenant() {
        Platform::new("SELECT 1 FROM raally.users u JOIN raally.events e ON e.actor = u.user_id");
    }

    #[test]
    #[should_panic(expected = "ask in the tenant's scope")]
    fn so_does_one_on_a_table_of_another_schema() {
        Platform::new("SELECT count(*) FROM reporting.people");
    }

    #[test]
    fn functions_and_other_tables_do_not() {
        Platform::new("SELECT * FROM raally.tenants_with_log()");
        Platform::new("SELECT * FROM raally.tenant_by_slug($1)");
        Platform::new("SELECT 1 FROM raally.users");
        Platform::new("SELECT audit.entries_of($1, $2, $3)");
    }
}
