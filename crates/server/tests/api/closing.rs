//! A workspace is opened with all that belongs to it, and closed so that nothing is left.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::kept::run;
use crate::support::{Server, User, ok, pointers, problem};

fn server(grace: &str) -> Server {
    Server::start_with(&[
        ("RAALLY__CLOSING_GRACE_SECONDS", grace),
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000"),
    ])
}

async fn close(admin: &User<'_>) -> Value {
    let body = json!({ "confirm": "Own" });
    ok(admin.post("/close", &body).send().await.unwrap(), 202).await
}

/// Asks until the closing has come to that state.
async fn until(admin: &User<'_>, state: &str) {
    for _ in 0..300 {
        let closing = admin.read("/close").await;
        if closing["state"] == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the closing has not come to {state}");
}

async fn refused(request: reqwest::RequestBuilder) {
    let document = problem(request.send().await.unwrap(), 403).await;
    let kind = document["type"].as_str().unwrap();
    assert!(kind.ends_with("/workspace-closing"), "{document}");
}

#[tokio::test]
async fn a_new_workspace_has_a_calendar_of_its_own() {
    let server = server("60");
    let admin = server.sign_up("admin", Some("Own")).await;
    let settings = admin.read("/settings").await;
    let calendars = admin.read("/holiday-calendars").await;
    assert_eq!(calendars["total"], 1);
    assert_eq!(calendars["items"][0]["id"], settings["holiday_calendar_id"]);
    assert_eq!(calendars["items"][0]["holidays"], json!([]));
    // Nobody did that, so nobody takes it back.
    let undone = admin.post("/undo", &json!({})).send().await.unwrap();
    assert_eq!(undone.status(), 409);
}

#[tokio::test]
async fn a_closing_refuses_all_but_its_export_and_its_end() {
    let mut server = server("3600");
    let tenant = {
        let admin = server.sign_up("admin", Some("Own")).await;
        let member = admin.invite("member", "member").await;
        let stranger = server.sign_up("stranger", None).await;
        admin.booked().await;
        let open = admin.read("/close").await;
        assert_eq!(
            (&open["state"], &open["erase_at"]),
            (&json!("open"), &Value::Null)
        );
        let wrong = admin.post("/close", &json!({ "confirm": "Other" }));
        let wrong = problem(wrong.send().await.unwrap(), 422).await;
        assert_eq!(pointers(&wrong), ["/confirm"]);

        let begun = close(&admin).await;
        assert_eq!(begun["requested_by"], json!(admin.id));
        refused(admin.get("/people")).await;
        refused(admin.post("/people", &json!({ "full_name": "Cy" }))).await;
        refused(member.get("/settings")).await;
        refused(admin.post("/close", &json!({ "confirm": "Own" }))).await;
        assert_eq!(
            stranger
                .request(reqwest::Method::GET, &admin.path("/people"))
                .send()
                .await
                .unwrap()
                .status(),
            404
        );
        assert_eq!(member.get("/close").send().await.unwrap().status(), 403);

        until(&admin, "waiting").await;
        let export = admin.get("/close/export").send().await.unwrap();
        assert_eq!(export.headers()["content-type"], "application/x-ndjson");
        let export = export.text().await.unwrap();
        let lines: Vec<Value> = export
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let personal: Vec<&Value> = lines
            .iter()
            .flat_map(|l| l["personal"].as_object().unwrap().values())
            .collect();
        assert!(
            personal
                .iter()
                .any(|v| v["value"].as_str().unwrap().contains("Bo"))
        );
        for (n, line) in lines.iter().enumerate() {
            assert_eq!(line["seq"], n + 1);
        }

        let back = admin.delete("/close").send().await.unwrap();
        assert_eq!(back.status(), StatusCode::NO_CONTENT);
        admin.add("/people", json!({ "full_name": "Cy" })).await;
        assert_eq!(admin.read("/close").await["state"], "open");
        for again in [admin.delete("/close"), admin.get("/close/export")] {
            assert_eq!(again.send().await.unwrap().status(), 409);
        }
        // While another one runs all that is kept still agrees.
        close(&admin).await;
        until(&admin, "waiting").await;
        admin.tenant_id.clone()
    };
    verified(&mut server, &tenant).await;
}

#[tokio::test]
async fn a_workspace_that_was_closed_is_gone_everywhere() {
    let mut server = server("0");
    let tenant = {
        let admin = server.sign_up("admin", Some("Own")).await;
        let other = server.sign_up("other", Some("Second")).await;
        admin.booked().await;
        admin.verify().await;
        let invited = json!({ "email": "new@example.com", "role": "viewer" });
        admin.add("/invitations", invited).await;
        close(&admin).await;
        for _ in 0..300 {
            if admin.get("/close").send().await.unwrap().status() == 404 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let me = admin.request(reqwest::Method::GET, "/api/v1/me").send();
        let me = ok(me.await.unwrap(), 200).await;
        assert_eq!(me["tenants"], json!([]));
        for path in ["/people", "/close", "/close/export"] {
            problem(admin.get(path).send().await.unwrap(), 404).await;
        }
        // Its address is free; others are as they were.
        let again = admin.request(reqwest::Method::POST, "/api/v1/tenants");
        let again = again.json(&json!({ "name": "Own" })).send().await.unwrap();
        let again = ok(again, 201).await;
        assert_eq!(again["slug"], json!(admin.tenant));
        assert_ne!(again["id"], json!(admin.tenant_id));
        assert_eq!(other.read("/settings").await["name"], "Second");
        admin.tenant_id.clone()
    };
    let said = verified(&mut server, &tenant).await;
    assert!(!said.contains(&format!("{tenant} Own")), "{said}");
}

/// `raally verify --all` finds nothing wrong.
async fn verified(server: &mut Server, tenant: &str) -> String {
    if server.engines.is_none() {
        // The process that works has the folder for itself: it is let finish first.
        tokio::time::sleep(Duration::from_secs(3)).await;
        server.terminate();
        assert!(server.wait().success());
    }
    let (sound, said) = run(server, &["verify", "--all", "--wait", "60"]).await;
    assert!(sound, "{tenant}: {said}");
    said
}
