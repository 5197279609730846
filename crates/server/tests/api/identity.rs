//! Whose an account is, whatever others write beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, User, ok};

fn start() -> Server {
    Server::start_with(&[
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "0"),
        ("RAALLY__LIMITS__SIGN_IN_PER_ACCOUNT", "0"),
        ("RAALLY__LIMITS__REQUESTS_PER_USER", "0"),
    ])
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    let request = server.http.post(server.url("/api/v1/auth/sign-in"));
    request.json(&body).send().await.unwrap()
}

async fn change_password(user: &User<'_>, current: &str, new: &str) -> Response {
    let body = json!({ "current_password": current, "new_password": new });
    let request = user.request(Method::POST, "/api/v1/me/password");
    request.json(&body).send().await.unwrap()
}

/// Whoever holds a session writes to the account as fast as they can, while its owner changes the
/// password: the new one holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_password_outlives_what_is_written_beside_it() {
    let server = start();
    let ana = server.sign_up("ana", None).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..4 {
        let (http, url) = (server.http.clone(), server.url("/api/v1/me"));
        let (token, stop) = (ana.token.clone(), Arc::clone(&stop));
        writers.spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let body = json!({ "last_view": format!("/w/{n}") });
                let request = http.patch(&url).bearer_auth(&token).json(&body);
                assert_eq!(request.send().await.unwrap().status(), 200);
            }
        });
    }
    let mut current = PASSWORD.to_owned();
    for n in 0..8 {
        let new = format!("another horse {n}");
        let changed = change_password(&ana, &current, &new).await;
        assert_eq!(changed.status(), 204, "{n}");
        let before = sign_in(&server, &ana.email, &current).await;
        assert_eq!(before.status(), 401, "the password of before is back: {n}");
        ok(sign_in(&server, &ana.email, &new).await, 200).await;
        current = new;
    }
    stop.store(true, Ordering::SeqCst);
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
}

/// The secret that was shown is the one that is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_webhooks_new_secret_outlives_a_change_beside_it() {
    let server = start();
    let admin = server.sign_up("maya", Some("Own")).await;
    // Nothing is sent: there is no such name.
    let hook = json!({ "url": "https://raally.invalid/" });
    let hook = format!("/webhooks/{}", admin.add_id("/webhooks", hook).await);
    for n in 0..40 {
        let description = format!("Payroll {n}");
        let change = admin.patch(&hook, &json!({ "description": description }));
        let rotate = admin.post(&format!("{hook}/rotate"), &json!({}));
        let (changed, rotated) = tokio::join!(change.send(), rotate.send());
        ok(changed.unwrap(), 200).await;
        let rotated = ok(rotated.unwrap(), 200).await;
        let kept = admin.read(&hook).await;
        assert_eq!(kept["description"], description.as_str());
        assert_eq!(kept_secret(&server, &hook).await, rotated["secret"], "{n}");
    }
}

/// What the store holds, which the API never says again.
async fn kept_secret(server: &Server, hook: &str) -> Value {
    let id = hook.rsplit('/').next().unwrap();
    let body = match &server.engines {
        Some(engines) => {
            let sql = "SELECT body FROM raally.webhook_endpoints WHERE endpoint_id = ";
            engines.text(&format!("{sql}'{id}'")).await
        }
        None => {
            let conn = rusqlite::Connection::open(server.data.path().join("raally.db")).unwrap();
            let sql = "SELECT body FROM webhook_endpoints WHERE hex(endpoint_id) = ?1";
            let id = id.replace('-', "").to_uppercase();
            conn.query_row(sql, [id], |row| row.get::<_, String>(0))
                .unwrap()
        }
    };
    let body: Value = serde_json::from_str(&body).unwrap();
    let bytes: Vec<u8> = serde_json::from_value(body["secret"].clone()).unwrap();
    json!(raally_app::webhooks::secret_text(
        &raally_app::ports::WebhookSecret(bytes)
    ))
}
