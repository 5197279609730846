//! The contract suites of all that a database keeps, on PostgreSQL.

use std::sync::Arc;

use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::Database;

async fn open() -> (Arc<PostgresStore>, Box<Database>) {
    let database = Database::fresh().await;
    (Arc::new(database.store().await), Box::new(database))
}

raally_app::database_contract!(open);
