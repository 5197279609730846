//! Migrating, and what a program refuses to start on.

use std::path::Path;

use raally_store_postgres::testing::{APPLICATION, Database, raw};
use raally_store_postgres::{Config, OpenError, PostgresStore, migrate};

fn names(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let name = |e: std::fs::DirEntry| e.path().file_stem().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(|e| name(e.unwrap())).collect();
    names.sort();
    names
}

async fn refusal(config: Config) -> OpenError {
    match PostgresStore::connect(config).await {
        Err(error) => {
            let sentence = error.to_string();
            assert!(!sentence.contains(APPLICATION.1) || !sentence.contains("PASSWORD"));
            error
        }
        Ok(_) => panic!("it connected"),
    }
}

#[tokio::test]
async fn both_stores_have_the_same_migrations_and_all_are_applied_once() {
    let ours = names("migrations");
    assert_eq!(ours, names("../store-sqlite/migrations"));
    let database = Database::empty().await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let owner = database.owner();
        running.spawn(async move { migrate(&owner).await.unwrap() });
    }
    let mut applied = running.join_all().await;
    applied.sort();
    assert_eq!(applied, [vec![], vec![], vec![], ours]);
}

/// How many migrations the last releases had.
const RELEASED: [(&str, usize); 2] = [("0.8.1", 16), ("0.9.0", 16)];

/// A program starts on a schema that is one migration newer, and on none that is more: processes of a
/// release and of the one before run side by side.
#[test]
fn a_release_has_at_most_one_migration_more_than_the_one_before() {
    for pair in RELEASED.windows(2) {
        assert!(pair[1].1 <= pair[0].1 + 1, "{pair:?}");
    }
    let (version, released) = RELEASED[RELEASED.len() - 1];
    assert_eq!(version, env!("CARGO_PKG_VERSION"), "add this release");
    let more = names("migrations").len() - released;
    assert!(
        more <= 1,
        "{more} migrations since {version}: make them one"
    );
}

#[tokio::test]
async fn an_older_or_much_newer_or_other_schema_is_refused() {
    let database = Database::empty().await;
    let error = refusal(database.application()).await;
    assert!(matches!(error, OpenError::Empty { .. }), "{error}");
    migrate(&database.owner()).await.unwrap();
    let client = raw(&database.superuser()).await;
    let change = async |sql: &str| client.batch_execute(sql).await.unwrap();

    let known = names("migrations").len();
    let insert = async |number: usize, name: &str| {
        change(&format!(
            "INSERT INTO raally.migrations VALUES ({number}, '{name}', 'x')"
        ))
        .await;
    };
    insert(known + 1, "9998_next").await;
    PostgresStore::connect(database.application())
        .await
        .unwrap();
    assert_eq!(migrate(&database.owner()).await.unwrap(), [""; 0]);
    insert(known + 2, "9999_later").await;
    let error = refusal(database.application()).await;
    assert!(
        matches!(&error, OpenError::Newer { found, .. } if found == "9999_later"),
        "{error}"
    );
    let error = migrate(&database.owner()).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { .. }), "{error}");

    change("DELETE FROM raally.migrations WHERE number >= 2").await;
    let error = refusal(database.application()).await;
    assert!(
        matches!(&error, OpenError::Older { found, .. } if found == "0001_log"),
        "{error}"
    );
    change("UPDATE raally.migrations SET checksum = 'x'").await;
    let error = refusal(database.application()).await;
    assert!(matches!(error, OpenError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn a_role_that_is_not_kept_from_other_tenants_is_refused() {
    let database = Database::fresh().await;
    for config in [database.superuser(), database.owner()] {
        let error = refusal(config).await;
        assert!(matches!(error, OpenError::Powerful { .. }), "{error}");
    }
    let mut stranger = database.application();
    let name = format!("{}_stranger", database.name);
    let client = raw(&database.superuser()).await;
    let make = format!(
        "CREATE ROLE {name} LOGIN PASSWORD 'x'; GRANT CONNECT ON DATABASE {} TO {name}",
        database.name
    );
    client.batch_execute(&make).await.unwrap();
    stranger.primary.user(&name).password("x");
    let error = refusal(stranger).await;
    assert!(matches!(error, OpenError::Powerless { .. }), "{error}");
    let end = format!("DROP OWNED BY {name}; DROP ROLE {name}");
    client.batch_execute(&end).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_away_or_forgets_is_refused() {
    let database = Database::fresh().await;
    let mut forgetful = database.application();
    forgetful.primary.options("-c synchronous_commit=off");
    let error = refusal(forgetful).await;
    assert!(matches!(error, OpenError::NotDurable { .. }), "{error}");
    let mut wrong = database.application();
    wrong.primary.password("wrong");
    let error = refusal(wrong).await;
    assert!(error.to_string().contains("password"), "{error}");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = refusal(Config::new(&format!("postgres://x@127.0.0.1:{port}/x")).unwrap()).await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
}
