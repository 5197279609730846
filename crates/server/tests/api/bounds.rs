//! Requests that ask for more work than one may have: refused, and cheap.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, User, ok, problem};

/// A calendar of 5,000 holidays with names of that length.
fn calendar(name: usize) -> Value {
    let holidays: Vec<Value> = (0..5_000)
        .map(|n| {
            let (year, day) = (2000 + n / 336, n % 336);
            let date = format!("{year}-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
            json!({ "date": date, "name": "x".repeat(name) })
        })
        .collect();
    json!({ "name": "Long", "holidays": holidays })
}

fn renames(id: &str, count: usize) -> Value {
    let commands: Vec<Value> = (0..count)
        .map(|n| {
            json!({
                "op": "update", "resource": "holiday-calendars", "id": id,
                "body": { "name": format!("n{n}") },
            })
        })
        .collect();
    Value::Array(commands)
}

/// The resident memory of a process, in MiB.
fn resident(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

async fn refused(admin: &User<'_>, path: &str, body: &Value, code: &str) {
    let told = problem(admin.post(path, body).send().await.unwrap(), 422).await;
    assert_eq!(told["code"], code, "{told}");
    assert!(told["type"].as_str().unwrap().ends_with("quota"), "{told}");
}

#[tokio::test]
async fn one_small_request_that_would_write_gigabytes_is_refused_cheaply() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    refused(
        &admin,
        "/holiday-calendars",
        &calendar(100),
        "value-too-heavy",
    )
    .await;
    let id = admin.add_id("/holiday-calendars", calendar(50)).await;
    let head = admin.read("/settings").await["version"].clone();
    let before = resident(&server);
    for count in [200, 1_500] {
        let began = Instant::now();
        refused(&admin, "/commands", &renames(&id, count), "step-too-heavy").await;
        let preview = "/preview?from=2026-11-23&to=2026-11-29";
        refused(&admin, preview, &renames(&id, count), "step-too-heavy").await;
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    let grown = resident(&server).saturating_sub(before);
    assert!(grown < 150, "{grown} MiB more at the highest");
    // Nothing of it was written, and the calendar can still be renamed.
    assert_eq!(admin.read("/settings").await["version"], head);
    let few = admin.post("/commands", &renames(&id, 5));
    ok(few.send().await.unwrap(), 200).await;
}
