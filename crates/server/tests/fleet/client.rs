//! A client as a good one is: it keeps asking, under one idempotency key, until it has an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use raally_domain::event::Head;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::process::PATIENCE;

pub const PASSWORD: &str = "correct horse battery";

/// What clients met.
#[derive(Debug, Default)]
pub struct Met {
    pub answered: AtomicU64,
    /// Connections refused or cut, and answers that took too long.
    pub cut: AtomicU64,
    pub unavailable: AtomicU64,
    pub slowest_unavailable_ms: AtomicU64,
}

/// The library has TLS built in and leaves it to us who does the arithmetic.
pub fn http() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
}

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    bases: Arc<Vec<String>>,
    next: Arc<AtomicUsize>,
    email: String,
    token: Arc<parking_lot::Mutex<String>>,
    /// The latest head seen, said with every question: no answer may be older.
    seen: Arc<parking_lot::Mutex<Head>>,
    pub met: Arc<Met>,
}

pub struct Reply {
    pub status: StatusCode,
    pub body: Value,
}

impl Client {
    /// Signs a new user up, with a workspace if one is named; returns its id.
    pub async fn sign_up(
        bases: &[String],
        name: &str,
        workspace: Option<&str>,
    ) -> (Client, String) {
        let client = Client {
            http: http().timeout(Duration::from_secs(20)).build().unwrap(),
            bases: Arc::new(bases.to_vec()),
            next: Arc::default(),
            email: format!("{name}@example.com"),
            token: Arc::default(),
            seen: Arc::default(),
            met: Arc::default(),
        };
        let body = json!({
            "email": client.email, "password": PASSWORD, "full_name": name, "workspace": workspace,
        });
        let reply = client
            .ask(Method::POST, "/api/v1/auth/sign-up", Some(&body))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        *client.token.lock() = reply.body["access_token"].as_str().unwrap().to_owned();
        let tenant = reply.body["tenants"][0]["id"].as_str().unwrap_or("");
        (client, tenant.to_owned())
    }

    /// The same user at one of the addresses alone.
    pub fn at(&self, base: &str) -> Client {
        Client {
            bases: Arc::new(vec![base.to_owned()]),
            ..self.clone()
        }
    }

    /// The latest head that it has seen.
    pub fn seen(&self) -> Head {
        *self.seen.lock()
    }

    /// Loads everything anew, as one does who was told `reset`.
    pub fn forget(&self) {
        *self.seen.lock() = Head::default();
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request_as(method, path, self.seen())
    }

    /// A request of one who has seen that head.
    pub fn request_as(&self, method: Method, path: &str, seen: Head) -> reqwest::RequestBuilder {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let base = &self.bases[turn % self.bases.len()];
        let request = self.http.request(method, format!("{base}{path}"));
        let request = request.bearer_auth(self.token.lock().as_str());
        if path.starts_with("/api/v1/tenants/") && seen.seq > 0 {
            return request.header("raally-head", seen.to_string());
        }
        request
    }

    pub async fn read(&self, path: &str) -> Value {
        let reply = self.ask(Method::GET, path, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.body
    }

    /// Asks, of one server after the other, until one answers for good.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let key = Uuid::from_u128(rand_key()).to_string();
        self.ask_under(&key, method, path, body).await
    }

    pub async fn ask_under(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Reply {
        let began = Instant::now();
        loop {
            let mut request = self.request(method.clone(), path);
            if method != Method::GET {
                request = request.header("idempotency-key", key);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let asked = Instant::now();
            match self.answer(request).await {
                Some((status, _)) if status == 401 && !path.ends_with("sign-in") => {
                    Box::pin(self.sign_in()).await;
                }
                Some((status, body)) if status != 503 && status != 429 => {
                    self.met.answered.fetch_add(1, Ordering::Relaxed);
                    return Reply { status, body };
                }
                Some(_) => {
                    self.met.unavailable.fetch_add(1, Ordering::Relaxed);
                    let took = u64::try_from(asked.elapsed().as_millis()).unwrap();
                    let slowest = &self.met.slowest_unavailable_ms;
                    slowest.fetch_max(took, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                None => {
                    self.met.cut.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{method} {path} is never answered"
            );
        }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Option<(StatusCode, Value)> {
        let response = request.send().await.ok()?;
        let status = response.status();
        let head = response.headers().get("raally-head");
        if let Some(head) = head.and_then(|head| head.to_str().ok()?.parse::<Head>().ok()) {
            let mut seen = self.seen.lock();
            *seen = head.max(*seen);
        }
        let text = response.text().await.ok()?;
        // A 5xx that nobody meant is a fault of ours, whatever else is going on.
        assert!(status.as_u16() < 500 || status == 503, "{status}: {text}");
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// The same user in another session.
    pub async fn sign_in_again(&self) -> Client {
        let other = Client {
            token: Arc::default(),
            ..self.clone()
        };
        other.sign_in().await;
        other
    }

    /// Access tokens live for five minutes.
    async fn sign_in(&self) {
        let body = json!({ "email": self.email, "password": PASSWORD });
        let reply = self
            .ask(Method::POST, "/api/v1/auth/sign-in", Some(&body))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        *self.token.lock() = reply.body["access_token"].as_str().unwrap().to_owned();
    }
}

fn rand_key() -> u128 {
    #[expect(clippy::disallowed_methods, reason = "keys are one request's alone")]
    let id = Uuid::new_v4();
    id.as_u128()
}
