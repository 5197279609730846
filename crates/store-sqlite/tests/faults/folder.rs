//! Folders that cannot be used: one clear sentence each, and nothing in them changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use raally_app::contract::{Log, batch, team};
use raally_app::ports::{AppendError, Store, StoreError};
use raally_store_sqlite::{OpenError, Options, SqliteStore};
use rusqlite::Connection;

use super::child::Running;

fn impatient() -> Options {
    Options {
        busy_timeout: Duration::from_millis(50),
        ..Options::default()
    }
}

fn refused(folder: &Path) -> OpenError {
    match SqliteStore::open(folder, impatient()) {
        Ok(_) => panic!("{} was opened", folder.display()),
        Err(error) => error,
    }
}

/// One sentence, on one line, that names the folder or file.
fn is_a_sentence(error: &OpenError, path: &Path) {
    let text = error.to_string();
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    assert!(!text.contains('\n') && text.len() < 400, "{text}");
}

fn with_database(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("raally.db");
    fs::write(&file, content).unwrap();
    (folder, file)
}

#[test]
fn a_second_process_is_told_which_one_holds_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = Running::start("open", folder.path(), 0, &[]);
    holder.line("open").expect("the child was to open it");
    let error = refused(folder.path());
    is_a_sentence(&error, folder.path());
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", holder.child.id()))
    );
    // However it ends, the folder is free then.
    holder.kill();
    SqliteStore::open(folder.path(), Options::default()).unwrap();
}

#[test]
fn a_folder_is_free_again_when_its_store_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
        assert!(matches!(refused(folder.path()), OpenError::InUse { .. }));
        drop(store);
    }
}

#[test]
fn a_file_that_is_not_a_database_is_left_alone() {
    for content in ["not a database, but somebody's letter", "x"] {
        let content = content.repeat(7);
        let (folder, file) = with_database(content.as_bytes());
        let error = refused(folder.path());
        is_a_sentence(&error, &file);
        assert!(matches!(error, OpenError::NotSqlite(_)), "{error}");
        assert_eq!(fs::read(&file).unwrap(), content.as_bytes());
    }
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    for mode in ["DELETE", "WAL"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("raally.db");
        let other = Connection::open(&file).unwrap();
        other
            .execute_batch(&format!(
                "PRAGMA journal_mode = {mode}; CREATE TABLE users (name TEXT);
                 INSERT INTO users VALUES ('Ana')"
            ))
            .unwrap();
        drop(other);
        let before = fs::read(&file).unwrap();
        let error = refused(folder.path());
        is_a_sentence(&error, &file);
        assert!(matches!(error, OpenError::Foreign(_)), "{error}");
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}

#[test]
fn an_empty_database_file_becomes_ours() {
    let (folder, _) = with_database(b"");
    SqliteStore::open(folder.path(), Options::default()).unwrap();
    SqliteStore::open(folder.path(), Options::default()).unwrap();
}

#[test]
fn a_newer_or_another_schema_is_refused() {
    for (change, newer) in [
        (
            "INSERT INTO migrations VALUES (999, '0999_future', x'00')",
            true,
        ),
        ("UPDATE migrations SET checksum = zeroblob(32)", false),
        (
            "UPDATE migrations SET name = '0001_other' WHERE number = 1",
            false,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        drop(SqliteStore::open(folder.path(), Options::default()).unwrap());
        let file = folder.path().join("raally.db");
        let padded = change.replace("x'00'", "zeroblob(32)");
        Connection::open(&file)
            .unwrap()
            .execute_batch(&padded)
            .unwrap();
        let error = refused(folder.path());
        is_a_sentence(&error, &file);
        assert_eq!(matches!(error, OpenError::Newer { .. }), newer, "{error}");
        assert_eq!(matches!(error, OpenError::Changed { .. }), !newer);
    }
}

#[test]
fn a_read_only_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(folder.path(), Options::default()).unwrap());
    let files = || {
        fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let mode = |file, folder_mode| {
        for path in files() {
            fs::set_permissions(path, fs::Permissions::from_mode(file)).unwrap();
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(folder_mode)).unwrap();
    };
    mode(0o400, 0o500);
    // Root may write everywhere, so it runs a child that has given that right up.
    let wrapper: &[&str] = if fs::write(folder.path().join("probe"), "").is_ok() {
        fs::remove_file(folder.path().join("probe")).unwrap();
        &[
            "setpriv",
            "--bounding-set=-dac_override,-dac_read_search",
            "--",
        ]
    } else {
        &[]
    };
    let mut child = Running::start("open", folder.path(), 0, wrapper);
    let text = child.line("refused ").expect("it was to be refused");
    assert!(text.contains("cannot be written to"), "{text}");
    assert!(text.contains(folder.path().to_str().unwrap()), "{text}");
    mode(0o600, 0o700);
    SqliteStore::open(folder.path(), Options::default()).unwrap();
}

#[tokio::test]
async fn a_database_that_another_program_locks_is_waited_for_and_then_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("raally.db");
    let store = SqliteStore::open(folder.path(), impatient()).unwrap();
    let mut log = Log::new(1);
    log.write(&store, [team(1, "before")]).await;

    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut lost = log.clone();
    let refused_append = store.append(batch([lost.append([team(2, "lost")])])).await;
    match refused_append {
        Err(AppendError::Store(StoreError::Unavailable(text))) => {
            assert!(text.contains("lock"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    // Reading goes on.
    assert_eq!(store.events(log.tenant, 0, 9).await.unwrap().len(), 1);
    drop(store);
    let error = refused(folder.path());
    is_a_sentence(&error, &file);
    assert!(matches!(error, OpenError::Locked(_)), "{error}");

    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    let store = SqliteStore::open(folder.path(), impatient()).unwrap();
    log.write(&store, [team(2, "after")]).await;
    assert_eq!(store.events(log.tenant, 0, 9).await.unwrap(), log.written);
}

#[test]
fn what_is_in_the_folder_is_its_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new");
    let _store = SqliteStore::open(&folder, Options::default()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
