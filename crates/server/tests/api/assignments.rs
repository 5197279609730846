//! Assignments over HTTP.

use serde_json::json;

use crate::support::{Server, ok, problem};

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
