//! The contract suites of all that a database keeps, on SQLite.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

use std::sync::Arc;

use raally_store_sqlite::{Options, SqliteStore};

async fn open() -> (Arc<SqliteStore>, Box<tempfile::TempDir>) {
    let folder = Box::new(tempfile::tempdir().unwrap());
    let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
    (Arc::new(store), folder)
}

raally_app::database_contract!(open);
