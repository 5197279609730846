//! PostgreSQL's own benchmark, running what our store runs.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use raally_store_postgres::testing::Database;

use super::{CONNECTIONS, address};

/// Transactions a second of the script by as many clients as our pool has connections, with
/// prepared statements, as the application's role. `variables` are the script's.
pub(super) fn rate(
    database: &Database,
    script: &str,
    variables: &[(&str, &str)],
    duration: Duration,
) -> f64 {
    let program = format!("{}/pgbench", address("RAALLY_TEST_POSTGRES_BIN"));
    let defined = variables
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let mut child = Command::new(&program)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--file=-"])
        .arg(format!("--client={CONNECTIONS}"))
        .arg(format!("--time={}", duration.as_secs_f64().ceil()))
        .args(defined.flat_map(|variable| ["--define".to_owned(), variable]))
        .arg(database.address())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(script.as_bytes()).unwrap();
    drop(stdin);
    let said = child.wait_with_output().unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(said.status.success(), "{text}");
    let failed = "number of failed transactions: 0 ";
    assert!(text.contains(failed), "{text}");
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = rate.and_then(|rate| rate.split(' ').next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("no rate in what pgbench says: {text}"))
}
