//! Requests that ask for more work than one may have: refused, and cheap.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, User, ok, problem};

/// A calendar of so many holidays of that name.
fn calendar(count: usize, name: &str) -> Value {
    let holidays: Vec<Value> = (0..count)
        .map(|n| {
            let (year, day) = (2000 + n / 336, n % 336);
            let date = format!("{year}-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
            json!({ "date": date, "name": name })
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
    // Few and large: a debug build takes long over many small values.
    let name = "\u{1f334}".repeat(200);
    refused(
        &admin,
        "/holiday-calendars",
        &calendar(700, &name),
        "value-too-heavy",
    )
    .await;
    let large = calendar(600, &name);
    let id = admin.add_id("/holiday-calendars", large).await;
    let head = admin.read("/settings").await["version"].clone();
    let before = resident(&server);
    for count in [200, 1_500] {
        refused(&admin, "/commands", &renames(&id, count), "step-too-heavy").await;
        let preview = "/preview?from=2026-11-23&to=2026-11-29";
        refused(&admin, preview, &renames(&id, count), "step-too-heavy").await;
    }
    let grown = resident(&server).saturating_sub(before);
    assert!(grown < 150, "{grown} MiB more at the highest");
    // Nothing of it was written, and the calendar can still be renamed.
    assert_eq!(admin.read("/settings").await["version"], head);
    let few = admin.post("/commands", &renames(&id, 5));
    ok(few.send().await.unwrap(), 200).await;
}

#[tokio::test]
async fn an_answer_has_a_bound_in_cells_and_says_so() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let people: Vec<Value> = (0..30)
        .map(|n| {
            json!({
                "op": "create", "resource": "people", "body": { "full_name": format!("P{n}") },
            })
        })
        .collect();
    let made = admin.post("/commands", &Value::Array(people)).send().await;
    ok(made.unwrap(), 200).await;
    let long = "from=2024-01-01&to=2028-12-30";
    let answer = admin.get(&format!("/schedule?{long}&bucket=day&limit=200"));
    let told = problem(answer.send().await.unwrap(), 422).await;
    assert_eq!(told["code"], "too-many-cells");
    assert_eq!(told["params"]["most"], 20_000);
    // Fewer rows, or larger buckets.
    for query in ["bucket=day&limit=10", "bucket=week&limit=50"] {
        let rows = admin.read(&format!("/schedule?{long}&{query}")).await;
        assert!(!rows["rows"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn of_an_idempotent_write_little_is_kept_and_rights_are_those_of_today() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let second = admin.invite("second", "admin").await;
    let booked = admin.booked().await;
    let pay = json!({
        "effective_date": "2026-01-01", "type": "salaried",
        "amount": { "amount": 7_316_042, "currency": "USD" },
    });
    let path = format!("/people/{}/compensations", booked.person);
    let record = admin.add_id(&path, pay).await;
    let change = json!([{
        "op": "update", "resource": "compensations", "id": record,
        "body": { "amount": { "amount": 7_316_043, "currency": "USD" } },
    }]);
    let rows = "/commands?from=2024-01-01&to=2028-12-30&bucket=day";
    let send = async || {
        let request = second.post(rows, &change).header("idempotency-key", "k1");
        request.send().await.unwrap()
    };
    let first = ok(send().await, 200).await;
    assert!(first.to_string().contains("7316043"));
    // The same again, as long as the rights are the same.
    let again = send().await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(ok(again, 200).await, first);
    let demoted = admin.patch(
        &format!("/members/{}", second.id),
        &json!({ "role": "member" }),
    );
    ok(demoted.send().await.unwrap(), 200).await;
    let again = send().await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    let again = ok(again, 200).await;
    assert_eq!(again["head"], first["head"]);
    assert_eq!(again["results"], json!([null]), "{again}");
    assert!(!again.to_string().contains("7316043"));
}

/// Two users of two workspaces who preview what takes long, and a third workspace beside them.
#[tokio::test(flavor = "multi_thread")]
async fn long_previews_keep_neither_health_nor_other_workspaces_waiting() {
    let server = Server::start();
    let quiet = server.sign_up("quiet", Some("Quiet")).await;
    quiet.booked().await;
    let mut busy = Vec::new();
    for n in 0..2 {
        let user = server
            .sign_up(&format!("busy{n}"), Some(&format!("Busy {n}")))
            .await;
        busy.push((
            user.add_id("/holiday-calendars", calendar(5_000, &"x".repeat(40)))
                .await,
            user,
        ));
    }
    let previews = busy.iter().flat_map(|(id, user)| {
        (0..3).map(move |_| async move {
            let began = Instant::now();
            let path = "/preview?from=2026-11-23&to=2026-11-29";
            let told = user.post(path, &renames(id, 1_000)).send().await.unwrap();
            (told.status().as_u16(), began.elapsed())
        })
    });
    let beside = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let began = Instant::now();
            let health = server.http.get(server.url("/api/health/live"));
            assert_eq!(health.send().await.unwrap().status(), 200);
            quiet.read("/people").await;
            slowest = slowest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slowest
    };
    let (previews, slowest) = tokio::join!(futures::future::join_all(previews), beside);
    for (status, _) in &previews {
        assert!([422, 503].contains(status), "{previews:?}");
    }
    assert!(
        slowest < Duration::from_secs(5),
        "{slowest:?} beside {previews:?}"
    );
}
