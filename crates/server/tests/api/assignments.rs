//! Assignments over HTTP.

use serde_json::{Value, json};

use crate::support::{Server, ok, pointers, problem};

#[tokio::test]
async fn overbooking_is_refused_where_it_is_forbidden() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let forbid = json!({ "overbooking": "forbid" });
    ok(admin.patch("/settings", &forbid).send().await.unwrap(), 200).await;
    let add = async || {
        let body = json!({
            "person_id": booked.person, "project_id": booked.project, "start": "2026-11-23",
            "end": "2026-11-23", "effort": { "per": "day", "minutes": 240 },
        });
        admin.post("/assignments", &body).send().await.unwrap()
    };
    // Two people click at once: one of them is told.
    let (one, other) = tokio::join!(add(), add());
    let mut found = [one.status().as_u16(), other.status().as_u16()];
    found.sort_unstable();
    assert_eq!(found, [201, 409]);
    let told = problem(add().await, 409).await;
    assert!(told["type"].as_str().unwrap().ends_with("planning-rule"));
    assert_eq!(told["days"], json!(["2026-11-23"]));
}

#[tokio::test]
async fn a_location_is_kept_and_shown() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let path = format!("/assignments/{}", admin.booked().await.assignment);
    let say = async |location: Value| {
        let patch = json!({ "location": location });
        admin.patch(&path, &patch).send().await.unwrap()
    };
    let schedule = async || {
        let schedule = admin.read("/schedule?from=2026-11-23&to=2026-11-29");
        schedule.await["rows"][0]["assignments"][0].clone()
    };
    let refused = problem(say(json!("x".repeat(201))).await, 422).await;
    assert_eq!(pointers(&refused), ["/location"]);
    let blank = ok(say(json!("  ")).await, 200).await;
    assert_eq!(blank["location"], Value::Null);
    assert!(schedule().await.get("location").is_none());

    let answer = say(json!(" Porto, 2nd floor ")).await;
    assert_eq!(ok(answer, 200).await["location"], "Porto, 2nd floor");
    assert_eq!(admin.read(&path).await["location"], "Porto, 2nd floor");
    assert_eq!(schedule().await["location"], "Porto, 2nd floor");
    let list = admin.get("/assignments").header("accept", "text/csv");
    let list = list.send().await.unwrap().text().await.unwrap();
    assert!(
        list.lines().next().unwrap().contains(",location,"),
        "{list}"
    );
    assert!(list.contains("\"Porto, 2nd floor\""), "{list}");
    let audit = admin.read("/audit?entity=assignment&limit=1").await;
    assert_eq!(
        audit["items"][0]["changes"],
        json!([{ "field": "location", "before": null, "after": "Porto, 2nd floor" }])
    );
    ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(admin.read(&path).await["location"], Value::Null);
}
