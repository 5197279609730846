//! Somebody plans somebody else, who hears of it.

use serde_json::{Value, json};

use crate::live::Stream;
use crate::support::{Server, User, assignment, ok, problem};

/// Waits until that many are unread; how long is the live stream's business.
async fn until_unread(user: &User<'_>, stream: &mut Stream, unread: u64) -> Value {
    let mut page = user.read("/notifications").await;
    while page["unread"] != unread {
        let event = stream.next().await.expect("the stream goes on");
        if event.name == "notification" {
            assert_eq!(event.data, json!({}), "values never travel here");
            page = user.read("/notifications").await;
        }
    }
    page
}

async fn read(user: &User<'_>, path: &str) -> Value {
    ok(user.post(path, &json!({})).send().await.unwrap(), 200).await
}

#[tokio::test]
async fn who_is_planned_hears_of_it_and_reads_it() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let bo = admin.invite("bo", "member").await;
    let person = json!({ "full_name": "Bo", "user_id": bo.id });
    let person = admin.add_id("/people", person).await;
    let project = admin.add_id("/projects", json!({ "name": "Apollo" })).await;
    let mut stream = Stream::open(&bo, None).await;
    let work = admin
        .add_id("/assignments", assignment(&person, &project))
        .await;

    let page = until_unread(&bo, &mut stream, 1).await;
    let one = &page["items"][0];
    assert_eq!(one["kind"], "assigned");
    assert_eq!(
        one["actor"],
        json!({ "user_id": admin.id, "name": "admin" })
    );
    assert_eq!(one["person"], json!({ "id": person, "name": "Bo" }));
    assert_eq!(one["project"], json!({ "id": project, "name": "Apollo" }));
    assert_eq!(one["entity"], json!({ "kind": "assignment", "id": work }));
    assert_eq!(
        (&one["from"], &one["to"]),
        (&json!("2026-11-23"), &json!("2026-11-27"))
    );
    assert_eq!((&one["count"], &one["read_at"]), (&json!(1), &Value::Null));
    assert_eq!(admin.read("/notifications").await["items"], json!([]));

    let path = format!("/notifications/{}/read", one["id"].as_str().unwrap());
    let others = admin.post(&path, &json!({})).send().await.unwrap();
    problem(others, 404).await;
    assert_eq!(read(&bo, &path).await, json!({ "unread": 0 }));
    let page = bo.read("/notifications").await;
    assert!(page["items"][0]["read_at"].is_string());
    assert_eq!(
        bo.read("/notifications?unread=true").await["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_list_has_pages_and_all_are_read_at_once() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let bo = admin.invite("bo", "viewer").await;
    let person = json!({ "full_name": "Bo", "user_id": bo.id });
    let person = admin.add_id("/people", person).await;
    let project = admin.add_id("/projects", json!({ "name": "Apollo" })).await;
    let mut stream = Stream::open(&bo, None).await;
    let mut works = Vec::new();
    for n in 0..5 {
        let mut work = assignment(&person, &project);
        work["effort"]["minutes"] = json!(60 + n);
        works.push(admin.add_id("/assignments", work).await);
    }
    until_unread(&bo, &mut stream, 5).await;
    let mut met = Vec::new();
    let mut path = "/notifications?limit=2".to_owned();
    loop {
        let page = bo.read(&path).await;
        for item in page["items"].as_array().unwrap() {
            met.push(item["entity"]["id"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/notifications?limit=2&cursor={cursor}");
    }
    works.reverse();
    assert_eq!(met, works);
    assert_eq!(
        read(&bo, "/notifications/read-all").await,
        json!({ "unread": 0 })
    );
    let told = until_unread(&bo, &mut stream, 0).await;
    assert_eq!(told["items"].as_array().unwrap().len(), 5);
    for path in [
        "/notifications?limit=0",
        "/notifications?cursor=x",
        "/notifications?read=1",
    ] {
        problem(bo.get(path).send().await.unwrap(), 400).await;
    }
}

#[tokio::test]
async fn settings_are_ones_own_and_hold() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let bo = admin.invite("bo", "member").await;
    let before = bo.read("/notifications/settings").await;
    assert_eq!(before["kinds"].as_object().unwrap().len(), 7);
    assert_eq!(
        before["kinds"]["removed"],
        json!({ "in_app": true, "email": true })
    );
    let patch =
        json!({ "kinds": { "assigned": { "in_app": false }, "changed": { "email": false } } });
    let changed = bo.patch("/notifications/settings", &patch);
    let changed = ok(changed.send().await.unwrap(), 200).await;
    assert_eq!(
        changed["kinds"]["assigned"],
        json!({ "in_app": false, "email": true })
    );
    assert_eq!(
        changed["kinds"]["changed"],
        json!({ "in_app": true, "email": false })
    );
    assert_eq!(bo.read("/notifications/settings").await, changed);
    assert_eq!(admin.read("/notifications/settings").await, before);
    let unknown = json!({ "kinds": { "birthday": { "email": true } } });
    let unknown = bo.patch("/notifications/settings", &unknown);
    problem(unknown.send().await.unwrap(), 422).await;

    // What is not wanted in the app does not ring; what comes after it does.
    let person = json!({ "full_name": "Bo", "user_id": bo.id });
    let person = admin.add_id("/people", person).await;
    let project = admin.add_id("/projects", json!({ "name": "Apollo" })).await;
    let mut stream = Stream::open(&bo, None).await;
    let work = admin
        .add_id("/assignments", assignment(&person, &project))
        .await;
    let longer = admin.patch(
        &format!("/assignments/{work}"),
        &json!({ "end": "2026-11-25" }),
    );
    ok(longer.send().await.unwrap(), 200).await;
    let page = until_unread(&bo, &mut stream, 1).await;
    assert_eq!(page["items"][0]["kind"], "changed");
}
