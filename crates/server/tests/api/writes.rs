//! Versions, idempotency, batches, undo, the past, previews and freshness.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, assignment, id, ok, pointers, problem};

const WEEK: &str = "from=2026-11-23&to=2026-11-29&bucket=week";

#[tokio::test]
async fn a_version_that_is_not_current_is_told_what_changed() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let manager = admin.invite("manager", "resource_manager").await;
    let person = admin.add("/people", json!({ "full_name": "Bo" })).await;
    let path = format!("/people/{}", id(&person));
    let etag = format!("\"{}\"", person["version"]);
    let got = admin.get(&path).send().await.unwrap();
    assert_eq!(got.headers()["etag"].to_str().unwrap(), etag);

    ok(
        manager
            .patch(&path, &json!({ "full_name": "Bob" }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    let late = admin
        .patch(&path, &json!({ "tags": ["x"] }))
        .header("if-match", &etag);
    let told = problem(late.send().await.unwrap(), 412).await;
    let change = &told["changes"][0];
    assert_eq!(change["actor"]["name"], "manager");
    assert_eq!(
        change["changes"][0],
        json!({ "field": "full_name", "before": "Bo", "after": "Bob" })
    );
    let several = json!([
        { "op": "create", "resource": "people", "body": { "full_name": "Cy" } },
        { "op": "update", "resource": "people", "id": id(&person), "expect": person["version"],
          "body": { "tags": ["x"] } },
    ]);
    let several = admin.post("/commands", &several).send().await.unwrap();
    let of_one_of_them = problem(several, 412).await;
    assert_eq!(of_one_of_them["changes"], told["changes"]);
    assert_eq!(of_one_of_them["current"], told["current"]);
    let current = format!("\"{}\"", told["current"]);
    let now = admin
        .patch(&path, &json!({ "tags": ["x"] }))
        .header("if-match", current);
    ok(now.send().await.unwrap(), 200).await;
}

#[tokio::test]
async fn a_key_gets_the_first_answer_again() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let send = async |name: &str| {
        let request = admin.post("/people", &json!({ "full_name": name }));
        request
            .header("idempotency-key", "key-1")
            .send()
            .await
            .unwrap()
    };
    let together = futures::future::join_all((0..8).map(|_| send("Bo"))).await;
    let mut first = None;
    for answer in together {
        let body = ok(answer, 201).await;
        assert_eq!(first.get_or_insert_with(|| body.clone()), &body);
    }
    let again = send("Bo").await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(ok(again, 201).await, first.unwrap());
    let told = problem(send("Cy").await, 422).await;
    assert!(
        told["type"]
            .as_str()
            .unwrap()
            .ends_with("idempotency-mismatch")
    );
    assert_eq!(admin.read("/people").await["total"], 1);
}

#[tokio::test]
async fn a_batch_happens_as_one_step_or_not_at_all() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let (person, project) = (
        "018f0000-0000-7000-8000-000000000001",
        "018f0000-0000-7000-8000-000000000002",
    );
    let mut commands = json!([
        { "op": "create", "resource": "people", "id": person, "body": { "full_name": "Bo" } },
        { "op": "create", "resource": "projects", "id": project, "body": { "name": "Apollo" } },
        { "op": "create", "resource": "assignments", "body": assignment(person, project) },
    ]);
    commands[2]["body"]["start"] = json!("2026-02-30");
    let told = problem(
        admin
            .post("/commands", &json!({ "commands": commands }))
            .send()
            .await
            .unwrap(),
        422,
    )
    .await;
    assert_eq!(pointers(&told), ["/commands/2/body/start"]);
    assert_eq!(admin.read("/people").await["total"], 0);

    commands[2]["body"]["start"] = json!("2026-11-23");
    let path = format!("/commands?{WEEK}");
    let done = ok(admin.post(&path, &commands).send().await.unwrap(), 200).await;
    assert_eq!(done["results"][0]["full_name"], "Bo");
    assert_eq!(done["rows"][0]["booked_minutes"][0], 1200);
    ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(admin.read("/people").await["total"], 0);

    let unknown = json!([{ "op": "create", "resource": "shoes", "body": {} }]);
    let told = problem(admin.post("/commands", &unknown).send().await.unwrap(), 422).await;
    assert_eq!(pointers(&told), ["/commands/0/resource"]);
}

#[tokio::test]
async fn a_step_is_taken_back_and_done_again() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let manager = admin.invite("manager", "resource_manager").await;
    let booked = admin.booked().await;
    let dashboard = format!("/dashboard?{}", WEEK.trim_end_matches("&bucket=week"));
    let before = admin.read(&dashboard).await;
    let path = format!("/assignments/{}", booked.assignment);
    let longer = json!({ "effort": { "per": "week", "minutes": 1800 } });
    let written = admin
        .patch(&format!("{path}?{WEEK}"), &longer)
        .send()
        .await
        .unwrap();
    assert_eq!(ok(written, 200).await["rows"][0]["booked_minutes"][0], 1800);
    let after = admin.read(&dashboard).await;
    assert_eq!(after["booked_minutes"], 1800);

    problem(manager.post("/undo", &json!({})).send().await.unwrap(), 409).await;
    let undone = ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(undone["label"], "Bo – Apollo");
    assert_eq!(admin.read(&dashboard).await, before);
    ok(admin.post("/redo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(admin.read(&dashboard).await, after);

    ok(
        manager
            .patch(&path, &json!({ "effort": { "minutes": 600 } }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    problem(admin.post("/undo", &json!({})).send().await.unwrap(), 409).await;
}

#[tokio::test]
async fn the_past_is_answered_under_todays_permissions() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let manager = admin.invite("manager", "resource_manager").await;
    let person = admin
        .add("/people", json!({ "full_name": "Bo", "notes": "private" }))
        .await;
    let head = person["head"].as_str().unwrap();
    let path = format!("/people/{}", id(&person));
    ok(
        admin
            .patch(&path, &json!({ "full_name": "Bob" }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    let then = admin.read(&format!("{path}?as_of={head}")).await;
    assert_eq!(
        (then["full_name"].as_str(), then["notes"].as_str()),
        (Some("Bo"), Some("private"))
    );
    assert_eq!(admin.read(&path).await["full_name"], "Bob");
    assert_eq!(
        admin.read(&format!("/people?as_of={head}")).await["items"][0]["full_name"],
        "Bo"
    );
    let audit = admin
        .read(&format!("/audit?entity=person&entity_id={}", id(&person)))
        .await;
    let first = audit["items"][1]["recorded_at"].as_str().unwrap();
    assert_eq!(
        admin.read(&format!("{path}?as_of={first}")).await["full_name"],
        "Bo"
    );

    let demoted = json!({ "role": "viewer" });
    let member = format!("/members/{}", manager.id);
    ok(admin.patch(&member, &demoted).send().await.unwrap(), 200).await;
    let seen = manager.read(&format!("{path}?as_of={head}")).await;
    assert_eq!(
        (seen["full_name"].as_str(), &seen["notes"]),
        (Some("Bo"), &Value::Null)
    );
    problem(admin.get("/people?as_of=2.1").send().await.unwrap(), 409).await;
    problem(
        admin
            .get("/people?as_of=2001-01-01T00:00:00Z")
            .send()
            .await
            .unwrap(),
        404,
    )
    .await;
}

#[tokio::test]
async fn a_preview_commits_nothing() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let head = admin.read("/settings").await["version"].clone();
    let more = json!({ "effort": { "per": "day", "minutes": 600 } });
    let commands = json!([
        { "op": "update", "resource": "assignments", "id": booked.assignment, "body": more },
    ]);
    let path = format!("/preview?{WEEK}");
    let preview = ok(admin.post(&path, &commands).send().await.unwrap(), 200).await;
    assert_eq!(preview["rows"][0]["booked_minutes"][0], 3000);
    assert_eq!(preview["conflicts"].as_array().unwrap().len(), 5);
    assert_eq!(preview["conflicts"][0]["over_minutes"], 120);
    assert_eq!(preview["touched"][0]["person_id"], booked.person);
    let path = format!("/assignments/{}", booked.assignment);
    assert_eq!(admin.read(&path).await["effort"]["minutes"], 1200);
    assert_eq!(admin.read("/settings").await["version"], head);
    let nonsense = json!([{ "op": "delete", "resource": "assignments", "id": booked.person }]);
    problem(
        admin
            .post(&format!("/preview?{WEEK}"), &nonsense)
            .send()
            .await
            .unwrap(),
        404,
    )
    .await;
}

#[tokio::test]
async fn answers_carry_their_head_and_etags_hold_until_something_changes() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let viewer = admin.invite("viewer", "viewer").await;
    admin.booked().await;
    for path in [
        "/people",
        "/dashboard?from=2026-11-23&to=2026-11-29",
        "/schedule?from=2026-11-23&to=2026-11-29",
    ] {
        let first = admin.get(path).send().await.unwrap();
        assert_eq!(first.headers()["cache-control"], "private, no-cache");
        let etag = first.headers()["etag"].clone();
        let head = first.headers()["raally-head"].clone();
        let same = admin
            .get(path)
            .header("if-none-match", &etag)
            .send()
            .await
            .unwrap();
        assert_eq!(
            (same.status().as_u16(), &same.headers()["raally-head"]),
            (304, &head)
        );
        let other = viewer
            .get(path)
            .header("if-none-match", &etag)
            .send()
            .await
            .unwrap();
        assert_eq!(other.status(), 200, "what another sees is another answer");
        let fresh = admin
            .get(path)
            .header("raally-head", &head)
            .send()
            .await
            .unwrap();
        assert_eq!(fresh.status(), 200);
        admin.add("/skills", json!({ "name": path })).await;
        let changed = admin
            .get(path)
            .header("if-none-match", &etag)
            .send()
            .await
            .unwrap();
        assert_eq!(changed.status(), 200);
    }
    let older = admin
        .get("/people")
        .header("raally-head", "0.1")
        .send()
        .await
        .unwrap();
    assert!(
        problem(older, 409).await["type"]
            .as_str()
            .unwrap()
            .ends_with("reset")
    );
    let beyond = admin
        .get("/people")
        .header("raally-head", "1.9999")
        .send()
        .await
        .unwrap();
    assert!(
        problem(beyond, 409).await["type"]
            .as_str()
            .unwrap()
            .ends_with("reset")
    );
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let team = admin.add_id("/teams", json!({ "name": "Core" })).await;
    for (n, name) in ["Zoë", "Ana", "Émile", "bo", "Cy"].iter().enumerate() {
        let team = (n % 2 == 0).then_some(&team);
        admin
            .add("/people", json!({ "full_name": name, "team_id": team }))
            .await;
    }
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|p| p["full_name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = admin.read("/people?limit=3").await;
    assert_eq!(
        (names(&first), &first["total"]),
        (vec!["Ana".into(), "bo".into(), "Cy".into()], &json!(5))
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = admin
        .read(&format!("/people?limit=3&cursor={cursor}"))
        .await;
    assert_eq!(
        (names(&rest), &rest["next_cursor"]),
        (vec!["Émile".into(), "Zoë".into()], &Value::Null)
    );
    assert_eq!(
        names(&admin.read("/people?sort=-name&limit=1").await),
        ["Zoë"]
    );
    assert_eq!(names(&admin.read("/people?q=zoe").await), ["Zoë"]);
    assert_eq!(
        admin.read(&format!("/people?team_id={team}")).await["total"],
        3
    );
}

#[tokio::test]
async fn only_changed_rows_come_since_a_head() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let other = admin.add("/people", json!({ "full_name": "Cy" })).await;
    let head = other["head"].as_str().unwrap();
    let path = format!("/schedule?{WEEK}&since={head}");
    assert_eq!(admin.read(&path).await["rows"], json!([]));
    let moved = json!({ "start": "2026-11-24" });
    let assignment = format!("/assignments/{}", booked.assignment);
    ok(admin.patch(&assignment, &moved).send().await.unwrap(), 200).await;
    let rows = admin.read(&path).await["rows"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["person_id"], booked.person);
}

#[tokio::test]
async fn an_export_holds_the_log_and_verifying_finds_it_sound() {
    let mut server = Server::start();
    let (slug, person) = {
        let admin = server.sign_up("admin", Some("Own")).await;
        (admin.tenant.clone(), admin.booked().await.person)
    };
    if server.engines.is_none() {
        // Nobody else may have the data folder.
        server.terminate();
        assert!(server.wait().success());
    }
    let run = |args: &[&str]| {
        let output = server.command().args(args).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let lines = run(&["export", "--tenant", &slug]);
    let lines: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines.len(), 7);
    let event: Value = serde_json::from_str(lines[4]["event"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&event["type"], &event["data"]["id"]),
        (&json!("person.created"), &json!(person))
    );
    assert!(lines[4]["personal"].to_string().contains("Bo"));
    assert!(run(&["verify"]).contains("sound, 7 events"));
    assert!(run(&["migrate"]).contains("up to date"));
    let gone = server
        .http
        .request(Method::GET, server.url("/api/health"))
        .send()
        .await;
    assert_eq!(gone.is_err(), server.engines.is_none());
}
