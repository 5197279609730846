//! `raally doctor`: what is as it should be, and what to do where it is not.

use std::process::Command;

use super::support::Server;

/// What it printed, and whether all is well.
fn examined(mut command: Command) -> (String, bool) {
    let output = command.arg("doctor").output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    (said, output.status.success())
}

/// The lines about a part that say so of it.
fn lines<'t>(said: &'t str, part: &str, verdict: &str) -> Vec<&'t str> {
    let of = |line: &&str| {
        let mut words = line.split_whitespace();
        words.next() == Some(part) && words.next() == Some(verdict)
    };
    said.lines().filter(of).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_installation_is_well() {
    let server = Server::start();
    server.sign_up("Ana", Some("acme")).await;
    let (said, well) = examined(server.command());
    assert!(well, "{said}");
    for part in ["configuration", "certificates", "database", "cache"] {
        assert!(!lines(&said, part, "well").is_empty(), "{part}: {said}");
    }
    assert!(said.trim_end().ends_with(" 0 wrong"), "{said}");
    if server.engines.is_none() {
        let pid = format!("(process {})", server.pid());
        assert!(said.contains(&pid), "{said}");
        return;
    }
    // One broker has one copy.
    assert_eq!(lines(&said, "topics", "notice").len(), 5, "{said}");
    assert!(said.contains("audit-logger has "), "{said}");
    assert!(said.contains("the clock of Redis is "), "{said}");
    assert!(said.contains("the clock of the database is "), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_named_and_nothing_is_made() {
    let server = Server::start();
    let with = |setting: &str, value: &str| {
        let mut command = server.command();
        command.env(setting, value);
        examined(command)
    };
    let (said, well) = with("RAALLY__LISDEN", "127.0.0.1:80");
    assert!(!well && said.contains("lisden"), "{said}");

    let nobody = "smtp://127.0.0.1:1";
    let (said, well) = with("RAALLY__MAIL__RELAY", nobody);
    assert!(!well, "{said}");
    assert_eq!(lines(&said, "mail", "WRONG").len(), 1, "{said}");

    if server.engines.is_none() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("data");
        let (said, well) = with("RAALLY__DATA", empty.to_str().unwrap());
        assert!(well && said.contains("holds nothing yet"), "{said}");
        assert!(!empty.exists());
        std::fs::create_dir(&empty).unwrap();
        std::fs::write(empty.join("raally.db"), "a letter to Ana").unwrap();
        let (said, well) = with("RAALLY__DATA", empty.to_str().unwrap());
        assert!(!well && said.contains("not a SQLite database"), "{said}");
        return;
    }
    // Twice: the first must not have made what it missed.
    for _ in 0..2 {
        let (said, well) = with("RAALLY__KAFKA__PREFIX", "raally-nobodys");
        assert!(!well, "{said}");
        assert_eq!(lines(&said, "topics", "WRONG").len(), 5, "{said}");
        assert!(said.contains("raally migrate"), "{said}");
    }
    let (said, well) = with("RAALLY__KAFKA__PARTITIONS", "3");
    assert!(!well && said.contains("kafka.partitions is 3"), "{said}");
    let (said, well) = with("RAALLY__REDIS__URLS", "[\"redis://127.0.0.1:1\"]");
    assert!(!well, "{said}");
    assert_eq!(lines(&said, "cache", "WRONG").len(), 1, "{said}");
    let (said, well) = with("RAALLY__POSTGRES__URL", "postgres://nobody@127.0.0.1:1/no");
    assert!(!well, "{said}");
    assert_eq!(lines(&said, "database", "WRONG").len(), 1, "{said}");
}
