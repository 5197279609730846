//! Files that cannot be imported, and that no file is changed by it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use raally_domain::ids::PersonId;
use rusqlite::{Connection, params};

use super::first_raally::{FirstRaally, id};
use super::lab::{Lab, uuid, workspace};

/// Exit code 2, one line that says so, and no data folder.
fn refused(lab: &Lab, output: &Output, says: &str) {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains(says), "{error}");
    assert!(output.stdout.is_empty());
    assert!(
        !lab.data().exists(),
        "nothing is made where there is nothing to import"
    );
}

/// Names, contents and times of all files in a folder.
fn state(folder: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = entries.filter(|e| e.file_type().unwrap().is_file());
    files
        .map(|e| {
            let name = e.file_name().to_string_lossy().into_owned();
            let modified = e.metadata().unwrap().modified().unwrap();
            (name, (fs::read(e.path()).unwrap(), modified))
        })
        .collect()
}

#[test]
fn what_is_no_database_of_the_first_raally_is_refused_in_one_line() {
    let lab = Lab::empty();
    refused(&lab, &lab.run(), "cannot be read");
    fs::write(lab.file(), b"").unwrap();
    refused(&lab, &lab.run(), "not an SQLite database");
    fs::write(
        lab.file(),
        [b"SQLite format 3\0".as_slice(), &[7; 5000]].concat(),
    )
    .unwrap();
    refused(&lab, &lab.run(), "");
    fs::write(lab.file(), "id,name\n".repeat(100)).unwrap();
    refused(&lab, &lab.run(), "not an SQLite database");
    fs::remove_file(lab.file()).unwrap();
    fs::create_dir(lab.file()).unwrap();
    refused(&lab, &lab.run(), "cannot be read");
}

#[test]
fn missing_tables_and_columns_are_named() {
    let lab = Lab::sample();
    lab.edit()
        .conn
        .execute_batch("DROP TABLE compensations")
        .unwrap();
    refused(&lab, &lab.run(), "the table compensations");
    lab.edit()
        .conn
        .execute_batch("DROP TABLE assignments")
        .unwrap();
    refused(&lab, &lab.run(), "the tables compensations, assignments");
    let lab = Lab::sample();
    lab.edit()
        .conn
        .execute_batch("ALTER TABLE assignments DROP COLUMN hoursPerWeek")
        .unwrap();
    refused(
        &lab,
        &lab.run(),
        "the column hoursPerWeek of the table assignments",
    );
}

#[test]
fn a_damaged_file_is_refused() {
    let lab = Lab::sample();
    let mut bytes = fs::read(lab.file()).unwrap();
    let pages = bytes.len() / 4096;
    for page in 1..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0x5a);
    }
    fs::write(lab.file(), bytes).unwrap();
    refused(&lab, &lab.run(), "");
}

#[test]
fn a_lock_is_waited_for() {
    let lab = Lab::sample();
    let file = lab.edit();
    file.conn.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let held = Duration::from_millis(1500);
    let begun = Instant::now();
    let report = std::thread::scope(|scope| {
        let import = scope.spawn(|| lab.import());
        std::thread::sleep(held);
        file.conn.execute_batch("COMMIT").unwrap();
        import.join().unwrap()
    });
    assert!(begun.elapsed() >= held);
    assert_eq!(workspace(&report, 1)["people"], 24);
}

#[test]
fn the_file_and_its_folder_stay_as_they_were() {
    let lab = Lab::sample();
    let folder = lab.file().parent().unwrap().to_owned();
    let before = state(&folder);
    lab.import();
    lab.import();
    assert_eq!(state(&folder), before);
}

#[test]
fn a_file_that_nobody_may_write_in_a_folder_that_nobody_may_write_is_read() {
    let lab = Lab::empty();
    let folder = lab.file().with_file_name("read-only");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("first.db");
    super::first_raally::sample(&file);
    FirstRaally::open(&file)
        .conn
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    let before = state(&folder);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let output = lab.run_on(&file);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(state(&folder), before);
}

#[test]
fn what_still_lies_in_the_write_ahead_log_is_read_and_left_there() {
    let lab = Lab::sample();
    let file = lab.edit();
    file.conn
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    file.conn
        .pragma_update(None, "wal_autocheckpoint", 0)
        .unwrap();
    file.run(
        "UPDATE people SET fullName = 'From the log' WHERE id = ?1",
        params![id("person", 1)],
    );
    let folder = lab.file().parent().unwrap().to_owned();
    let before = state(&folder);
    lab.import();
    assert_eq!(state(&folder), before);
    let plan = lab.plan(1);
    assert_eq!(
        plan.people()[&PersonId(uuid("person", 1))].person.name(),
        "From the log"
    );
    drop(file);
}

#[test]
fn a_write_that_a_crash_cut_short_is_not_seen_and_not_repaired() {
    let lab = Lab::sample();
    let file = lab.edit();
    // Pages reach the file before the commit, and their old content lies in the journal.
    file.conn.pragma_update(None, "cache_size", 1).unwrap();
    file.conn.execute_batch("BEGIN; UPDATE people SET fullName = fullName || ' (half written)'; UPDATE auditLogs SET \"values\" = '{}';").unwrap();
    let crashed = lab.file().with_file_name("crashed.db");
    let journal = |of: &Path| {
        let mut name = of.as_os_str().to_owned();
        name.push("-journal");
        std::path::PathBuf::from(name)
    };
    file.conn.cache_flush().unwrap();
    fs::copy(lab.file(), &crashed).unwrap();
    fs::copy(journal(&lab.file()), journal(&crashed)).unwrap();
    file.conn.execute_batch("ROLLBACK").unwrap();
    let half = Connection::open_with_flags(
        format!("file:{}?immutable=1", crashed.display()),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI,
    );
    let torn: i64 = half
        .unwrap()
        .query_row(
            "SELECT count(*) FROM people WHERE fullName LIKE '%half%'",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert!(torn > 0, "the copy has to hold what was never committed");
    let folder = lab.file().parent().unwrap().to_owned();
    let before = state(&folder);
    let output = lab.run_on(&crashed);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(state(&folder), before);
    let plan = lab.plan(1);
    assert_eq!(
        plan.people()[&PersonId(uuid("person", 1))].person.name(),
        "John Smith"
    );
}
