//! Logs lead from one line of a request to the others, and name nobody.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, assignment, id, ok};

/// Everything that the program's own parts have to say.
const FILTER: &str = "raally=trace,raally_app=trace,raally_domain=trace,raally_adapters=trace,\
                      raally_store_sqlite=trace,raally_store_postgres=trace,info";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Does what brings personal values and secrets to a server; returns them.
async fn use_it(server: &Server) -> Vec<String> {
    let mut secrets: Vec<String> = [
        PASSWORD,
        "zenobia",
        "Quimby",
        "Wilhelmina",
        "Featherstone",
        "hunter2-wrong",
        "another secret horse",
        "7316042",
        "unheard-of@nowhere.example",
        "hidden-key-of-idempotency",
        "Sabbatical-Reason",
    ]
    .map(str::to_owned)
    .into();
    let admin = server.sign_up("zenobia", Some("Vandelay")).await;
    secrets.extend([admin.email.clone(), admin.token.clone()]);

    let sign_in = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        let url = server.url("/api/v1/auth/sign-in");
        server.http.post(url).json(&body).send().await.unwrap()
    };
    for (email, password) in [
        (admin.email.as_str(), "hunter2-wrong"),
        ("unheard-of@nowhere.example", "hunter2-wrong"),
    ] {
        assert_eq!(
            sign_in(email, password).await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    let signed_in = sign_in(&admin.email, PASSWORD).await;
    let cookie = signed_in.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let refresh = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let again = server.http.post(server.url("/api/v1/auth/refresh"));
    let again = again.header("cookie", format!("raally_refresh={refresh}"));
    again.send().await.unwrap();
    secrets.push(refresh);
    let token: Value = signed_in.json().await.unwrap();
    secrets.push(token["access_token"].as_str().unwrap().to_owned());

    let me = |path: &str| admin.request(reqwest::Method::PATCH, path);
    let named = me("/api/v1/me").json(&json!({ "full_name": "Zenobia Quimby" }));
    ok(named.send().await.unwrap(), 200).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another secret horse" });
    let change = admin
        .request(reqwest::Method::POST, "/api/v1/me/password")
        .json(&change);
    assert_eq!(
        change.send().await.unwrap().status(),
        StatusCode::NO_CONTENT
    );

    let person =
        json!({ "full_name": "Wilhelmina Featherstone", "email": "w.featherstone@example.com" });
    let add = admin.post("/people", &person);
    let add = add.header("idempotency-key", "hidden-key-of-idempotency");
    let person = id(&ok(add.send().await.unwrap(), 201).await);
    let pay = json!({
        "effective_date": "2026-01-01", "type": "salaried",
        "amount": { "amount": 7_316_042, "currency": "USD" },
    });
    admin
        .add(&format!("/people/{person}/compensations"), pay)
        .await;
    let project = admin.add_id("/projects", json!({ "name": "Apollo" })).await;
    admin
        .add("/assignments", assignment(&person, &project))
        .await;
    admin.invite("newcomer-quimby", "viewer").await;
    secrets.push("newcomer-quimby".to_owned());

    // What is refused says what is wrong to its caller alone.
    let wrong = json!({ "full_name": 5, "email": "w.featherstone@", "Wilhelmina": "7316042" });
    for request in [
        admin.post("/people", &wrong),
        admin.post(
            "/people",
            &json!({ "full_name": "" , "email": "unheard-of@nowhere.example" }),
        ),
        admin.get("/audit?q=Featherstone"),
        admin.get("/people/Wilhelmina%20Featherstone"),
        admin.get("/nothing/unheard-of@nowhere.example"),
    ] {
        request.send().await.unwrap();
    }
    secrets
}

#[tokio::test]
async fn logs_name_nobody_and_lead_from_line_to_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let mut server = Server::start_logging(
        std::fs::File::create(&file).unwrap(),
        &[
            ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000"),
            ("RAALLY__LOG__FORMAT", "json"),
            ("RAALLY__LOG__FILTER", FILTER),
        ],
    );
    let secrets = use_it(&server).await;
    let admin = server.sign_up("late", Some("Later")).await;
    let tenant = admin.tenant_id.clone();
    let request = admin.get("/settings");
    let request = request.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let answer = request.send().await.unwrap();
    let request = answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    // Consumers come to it as well.
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.terminate();
    assert!(server.wait().success());

    let text = std::fs::read_to_string(&file).unwrap();
    for secret in secrets {
        let line = text.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "the log says {secret}");
    }
    let lines: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(lines.len() > 20, "{text}");
    let of_request = lines
        .iter()
        .find(|line| line["span"]["id"] == request.as_str());
    let span = &of_request.unwrap()["span"];
    assert_eq!(span["trace_id"], TRACE);
    assert_eq!(span["tenant"], tenant);
    assert_eq!(span["route"], "/api/v1/tenants/{tenant}/settings");
    let mailed = |line: &&Value| {
        line["message"]
            .as_str()
            .is_some_and(|m| m.starts_with("a mail"))
    };
    assert!(lines.iter().any(|line| mailed(&line)), "{text}");
}
