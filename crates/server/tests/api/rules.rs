//! What planning rules say over HTTP: refusals that tell who and when, and warnings.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, User, assignment, id, ok, pointers, problem};

async fn today(admin: &User<'_>) -> String {
    let audit = admin.read("/audit").await;
    let at = audit["items"][0]["recorded_at"].as_str().unwrap();
    at[..10].to_owned()
}

#[tokio::test]
async fn what_takes_no_new_work_says_since_when() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let person = format!("/people/{}", booked.person);
    let archive = json!({ "archived": true, "last_day": "2026-11-25" });
    let archived = ok(admin.patch(&person, &archive).send().await.unwrap(), 200).await;
    assert_eq!(
        archived["employment"],
        json!([{ "from": null, "to": "2026-11-25" }])
    );
    assert_eq!(archived.get("last_day"), None);
    ok(
        admin
            .patch(&person, &json!({ "tags": ["old"] }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    let since = today(&admin).await;

    let new = assignment(&booked.person, &booked.project);
    let refused = problem(admin.post("/assignments", &new).send().await.unwrap(), 409).await;
    assert_eq!(refused["code"], "not-bookable");
    let params = json!({ "name": "Bo", "state": "archived", "since": since });
    assert_eq!(refused["params"], params);
    let said = format!("Bo is archived since {since} and takes no new work.");
    assert_eq!(refused["detail"], said.as_str());

    let longer = json!({ "end": "2026-12-04" });
    let commands = json!([{
        "op": "update", "resource": "assignments", "id": booked.assignment, "body": longer,
    }]);
    for path in ["/commands", "/preview?from=2026-11-23&to=2026-11-29"] {
        let refused = problem(admin.post(path, &commands).send().await.unwrap(), 409).await;
        assert_eq!(
            (&refused["code"], &refused["params"]),
            (&json!("not-bookable"), &params)
        );
        assert_eq!(pointers(&refused), ["/commands/0"]);
    }
    let one = format!("/assignments/{}", booked.assignment);
    ok(
        admin
            .patch(&one, &json!({ "end": "2026-11-24" }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;

    let project = format!("/projects/{}", booked.project);
    let over = json!({ "status": "completed" });
    ok(admin.patch(&project, &over).send().await.unwrap(), 200).await;
    let cy = admin.add_id("/people", json!({ "full_name": "Cy" })).await;
    let new = assignment(&cy, &booked.project);
    let refused = problem(admin.post("/assignments", &new).send().await.unwrap(), 409).await;
    let params = json!({ "name": "Apollo", "state": "completed", "since": since });
    assert_eq!(refused["params"], params);
}

#[tokio::test]
async fn a_write_its_preview_and_its_replay_warn_of_the_same() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let mut saturday = assignment(&booked.person, &booked.project);
    saturday["start"] = json!("2026-11-28");
    saturday["end"] = json!("2026-11-29");
    let command = json!([{ "op": "create", "resource": "assignments", "body": saturday }]);
    let preview = admin.post("/preview?from=2026-11-23&to=2026-11-29", &command);
    let preview = ok(preview.send().await.unwrap(), 200).await;
    assert_eq!(preview["warnings"][0]["code"], "no-load");

    let send = || {
        admin
            .post("/assignments", &saturday)
            .header("idempotency-key", "once")
    };
    let first = ok(send().send().await.unwrap(), 201).await;
    let warning = json!({
        "code": "no-load", "detail": "The booking has no working day: it counts nothing.",
        "person_id": booked.person, "project_id": booked.project, "assignment_id": first["id"],
        "dates": [], "count": 0, "minutes": 0,
    });
    assert_eq!(first["warnings"], json!([warning]));
    let again = ok(send().send().await.unwrap(), 201).await;
    assert_eq!(again["warnings"], first["warnings"]);

    let mut full = assignment(&booked.person, &booked.project);
    full["effort"] = json!({ "per": "day", "minutes": 480 });
    let batch = json!([{ "op": "create", "resource": "assignments", "body": full }]);
    let batch = admin.post("/commands", &batch).send().await.unwrap();
    let warnings = ok(batch, 200).await["warnings"].clone();
    assert_eq!(
        warnings.as_array().unwrap().len(),
        1,
        "once for the step: {warnings}"
    );
    assert_eq!(
        (
            &warnings[0]["code"],
            &warnings[0]["count"],
            &warnings[0]["minutes"]
        ),
        (&json!("overbooked"), &json!(5), &json!(1200))
    );
    let undone = ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(undone["warnings"], json!([]));
}

#[tokio::test]
async fn an_undo_that_is_refused_tells_who_changed_what() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let other = admin.invite("other", "resource_manager").await;
    let one = format!("/assignments/{}", booked.assignment);
    let patch = |user: &User<'_>, body: Value| user.patch(&one, &body);
    ok(
        patch(&admin, json!({ "end": "2026-12-04" }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    ok(
        patch(&other, json!({ "notes": "by other" }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    let undo = || admin.request(Method::POST, &admin.path("/undo"));
    ok(undo().send().await.unwrap(), 200).await;
    let read = admin.read(&one).await;
    assert_eq!(
        (&read["end"], &read["notes"]),
        (&json!("2026-11-27"), &json!("by other"))
    );

    ok(
        patch(&admin, json!({ "end": "2026-12-04" }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    ok(
        patch(&other, json!({ "end": "2026-12-11" }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    let refused = problem(undo().send().await.unwrap(), 409).await;
    assert_eq!(refused["code"], "undo-conflict");
    let changes = refused["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{refused}");
    assert_eq!(changes[0]["actor"]["name"], "other");
    let end = json!([{ "field": "end", "before": "2026-12-04", "after": "2026-12-11" }]);
    assert_eq!(changes[0]["changes"], end);
    assert!(changes[0]["recorded_at"].is_string());
}

#[tokio::test]
async fn an_undo_that_would_remove_what_others_use_tells_who_does() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let other = admin.invite("other", "resource_manager").await;
    let made = admin
        .add_id("/projects", json!({ "name": "Harbour" }))
        .await;
    let theirs = other
        .add_id("/assignments", assignment(&booked.person, &made))
        .await;
    let undo = admin.request(Method::POST, &admin.path("/undo"));
    let refused = problem(undo.send().await.unwrap(), 409).await;
    assert_eq!(refused["code"], "later-changes");
    let changes = refused["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{refused}");
    assert_eq!(changes[0]["actor"]["name"], "other");
    assert_eq!(changes[0]["entity_id"], json!(theirs), "{refused}");
}

#[tokio::test]
async fn names_and_dates_are_refused_by_what_is_wrong_with_them() {
    let server = Server::start();
    let sign_up = |name: &str, workspace: &str| {
        let body = json!({
            "email": "new@example.com", "password": PASSWORD, "full_name": name,
            "workspace": workspace,
        });
        let request = server.http.post(server.url("/api/v1/auth/sign-up"));
        request.json(&body).send()
    };
    for (name, code) in [
        ("Ana\u{202e}", "control-characters"),
        ("\u{2067}Ana", "control-characters"),
        ("\u{3164}", "invisible"),
    ] {
        let refused = problem(sign_up(name, name).await.unwrap(), 422).await;
        assert_eq!(pointers(&refused), ["/full_name", "/workspace"]);
        assert_eq!(refused["errors"][0]["code"], code);
    }
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let one = format!("/assignments/{}", booked.assignment);
    let wrong = admin.patch(&one, &json!({ "end": "2022-02-29" }));
    let wrong = problem(wrong.send().await.unwrap(), 422).await;
    assert_eq!(wrong["errors"][0]["code"], "no-such-day");
    let wrong = admin.get("/dashboard?from=2022-02-29&to=2022-03-01");
    let wrong = problem(wrong.send().await.unwrap(), 400).await;
    assert_eq!(wrong["errors"][0]["detail"], "there is no such date");
    let person = json!({ "full_name": "Bo", "email": "bo@example.com" });
    let first = admin.add("/people", person.clone()).await;
    let second = problem(admin.post("/people", &person).send().await.unwrap(), 422).await;
    assert_eq!(second["errors"][0]["code"], "person-email-taken");
    assert_eq!(first["full_name"], second["errors"][0]["params"]["person"]);
    assert!(!id(&first).is_empty());
}
