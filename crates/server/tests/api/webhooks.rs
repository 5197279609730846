//! Events reach an endpoint of somebody else's, signed.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use raally_app::ports::WebhookSecret;
use raally_app::webhooks::sign;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::live::Stream;
use crate::support::{Server, User, ok, pointers, problem};

struct Call {
    headers: HeaderMap,
    body: String,
}

#[derive(Clone)]
struct Endpoint {
    calls: mpsc::UnboundedSender<Call>,
    /// What is answered next; 204 where nothing is left.
    answers: Arc<Mutex<Vec<u16>>>,
}

async fn called(State(endpoint): State<Endpoint>, headers: HeaderMap, body: String) -> StatusCode {
    let answer = endpoint.answers.lock().await.pop().unwrap_or(204);
    let _ = endpoint.calls.send(Call { headers, body });
    StatusCode::from_u16(answer).unwrap()
}

/// A real server to call, with what it is to answer, the last first.
async fn endpoint(answers: Vec<u16>) -> (String, mpsc::UnboundedReceiver<Call>) {
    let (calls, heard) = mpsc::unbounded_channel();
    let state = Endpoint {
        calls,
        answers: Arc::new(Mutex::new(answers)),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(called)).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, heard)
}

fn lenient() -> Server {
    Server::start_with(&[("RAALLY__WEBHOOKS_TO_LOOPBACK", "true")])
}

async fn hear(calls: &mut mpsc::UnboundedReceiver<Call>) -> Call {
    let heard = tokio::time::timeout(std::time::Duration::from_secs(60), calls.recv());
    heard.await.expect("the endpoint is to be called").unwrap()
}

impl Call {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether one of the signatures is made with that secret.
    fn signed_with(&self, secret: &Value) -> bool {
        let text = secret.as_str().unwrap().strip_prefix("whsec_").unwrap();
        let secret = WebhookSecret(STANDARD.decode(text).unwrap());
        let at = self.header("webhook-timestamp").parse().unwrap();
        let expected = sign(&secret, self.header("webhook-id"), at, &self.body);
        let mut given = self.header("webhook-signature").split(' ');
        given.any(|signature| signature == expected)
    }
}

async fn deliveries(admin: &User<'_>, path: &str, until: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let page = admin.read(&format!("{path}/deliveries")).await;
        if until(&page["items"]) {
            return page["items"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it is not noted");
}

#[tokio::test]
async fn events_arrive_signed_and_without_personal_values() {
    let server = lenient();
    let admin = server.sign_up("admin", Some("Own")).await;
    let (url, mut calls) = endpoint(Vec::new()).await;
    let body = json!({ "url": url, "event_types": ["person.*"] });
    let added = admin.add("/webhooks", body).await;
    let path = format!("/webhooks/{}", added["id"].as_str().unwrap());
    admin.add("/teams", json!({ "name": "Core" })).await;
    let person = admin
        .add("/people", json!({ "full_name": "Bo Canary" }))
        .await;

    let call = hear(&mut calls).await;
    assert!(call.signed_with(&added["secret"]));
    assert!(!call.body.contains("Canary"));
    assert_eq!(call.header("content-type"), "application/json");
    let event = call.json();
    assert_eq!(event["type"], "raally.person.created.v2");
    assert_eq!(event["source"], format!("/tenants/{}", admin.tenant_id));
    assert_eq!(event["data"]["id"], person["id"]);
    let done = deliveries(&admin, &path, |d| d[0]["status"] == "delivered").await;
    assert_eq!(
        done.as_array().unwrap().len(),
        1,
        "teams were not asked for"
    );
    assert_eq!(done[0]["event_type"], "person.created");
    assert_eq!(done[0]["attempts"][0]["status"], 204);

    // A day long both secrets hold.
    let rotate = admin.post(&format!("{path}/rotate"), &json!({}));
    let rotated = ok(rotate.send().await.unwrap(), 200).await;
    assert_ne!(rotated["secret"], added["secret"]);
    let test = admin.post(&format!("{path}/test"), &json!({}));
    let test = ok(test.send().await.unwrap(), 202).await;
    let call = hear(&mut calls).await;
    assert!(call.signed_with(&added["secret"]) && call.signed_with(&rotated["secret"]));
    assert_eq!(call.json()["type"], "raally.webhook.test.v1");

    // Once more, under the id that it had.
    let delivery = test["delivery_id"].as_str().unwrap();
    let again = admin.post(
        &format!("{path}/deliveries/{delivery}/redeliver"),
        &json!({}),
    );
    ok(again.send().await.unwrap(), 202).await;
    let second = hear(&mut calls).await;
    assert_eq!(second.header("webhook-id"), call.header("webhook-id"));
    assert_eq!(second.body, call.body);
    let seen = admin.read("/webhooks").await.to_string() + &admin.read(&path).await.to_string();
    assert!(!seen.contains("whsec_"), "a secret is shown once");
}

#[tokio::test]
async fn what_fails_is_tried_again_and_what_is_gone_is_left_alone() {
    let server = lenient();
    let admin = server.sign_up("admin", Some("Own")).await;
    // First it stumbles, then it works, then it is gone.
    let (url, mut calls) = endpoint(vec![410, 200, 500]).await;
    let added = admin
        .add(
            "/webhooks",
            json!({ "url": url, "event_types": ["team.created"] }),
        )
        .await;
    let path = format!("/webhooks/{}", added["id"].as_str().unwrap());
    let mut stream = Stream::open(&admin, None).await;
    admin.add("/teams", json!({ "name": "Core" })).await;
    let first = hear(&mut calls).await;
    let waiting = deliveries(&admin, &path, |d| d[0]["attempts"][0]["status"] == 500).await;
    assert_eq!(waiting[0]["status"], "pending");
    assert!(waiting[0]["next_at"].is_string());
    let second = hear(&mut calls).await;
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    deliveries(&admin, &path, |d| d[0]["status"] == "delivered").await;

    admin.add("/teams", json!({ "name": "More" })).await;
    hear(&mut calls).await;
    while admin.read("/notifications").await["unread"] != 1 {
        stream.next().await.unwrap();
    }
    let told = admin.read("/notifications").await;
    assert_eq!(told["items"][0]["kind"], "webhook_disabled");
    assert_eq!(admin.read(&path).await["enabled"], false);
}

#[tokio::test]
async fn addresses_inside_are_refused() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    for url in [
        "http://example.com/",
        "https://169.254.169.254/",
        "https://[::1]/x",
        "hello",
    ] {
        let body = json!({ "url": url, "event_types": ["person.eaten"] });
        let refused = admin.post("/webhooks", &body).send().await.unwrap();
        let refused = problem(refused, 422).await;
        assert_eq!(pointers(&refused), ["/url", "/event_types/0"], "{url}");
    }
}

/// However much waits for it, an endpoint that fails is called now and then, and once it works again
/// it gets all of it.
#[tokio::test]
async fn an_endpoint_that_fails_is_not_flooded() {
    let server = lenient();
    let admin = server.sign_up("admin", Some("Own")).await;
    let (url, mut calls) = endpoint(vec![500; 3]).await;
    let body = json!({ "url": url, "event_types": ["team.*"] });
    let path = format!("/webhooks/{}", admin.add_id("/webhooks", body).await);
    for n in 0..30 {
        admin
            .add("/teams", json!({ "name": format!("Team {n}") }))
            .await;
    }
    hear(&mut calls).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let mut called = 1;
    while calls.try_recv().is_ok() {
        called += 1;
    }
    assert!(called <= 2, "called {called} times");
    let all = |d: &Value| {
        let d = d.as_array().unwrap();
        d.len() == 30 && d.iter().all(|d| d["status"] == "delivered")
    };
    for _ in 0..60 {
        let page = admin.read(&format!("{path}/deliveries?limit=100")).await;
        if all(&page["items"]) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("what waited was not sent within a minute");
}
