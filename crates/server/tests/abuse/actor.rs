//! Somebody with an account, from an address of their own.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server};

/// Waits that say that something is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub struct Actor {
    pub http: Client,
    pub base: String,
    pub token: String,
    pub email: String,
    pub slug: String,
    /// Where they come from; every address of 127/8 is this machine.
    pub from: IpAddr,
}

pub fn client(from: IpAddr) -> Client {
    let client = Client::builder().local_address(from).timeout(PATIENCE);
    client.build().unwrap()
}

impl Actor {
    /// Signs up with a workspace, from the address 127.0.n.1.
    pub async fn new(server: &Server, n: u8, name: &str) -> Actor {
        let from = IpAddr::V4(Ipv4Addr::new(127, 0, n, 1));
        let user = server.sign_up(name, Some(name)).await;
        user.verify().await;
        Actor {
            http: client(from),
            base: server.base.clone(),
            token: user.token,
            email: user.email,
            slug: user.tenant,
            from,
        }
    }

    pub fn to(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/tenants/{}{path}", self.base, self.slug);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// The status and the answer; `None` where the server did not answer: it may hang up on whoever
    /// means harm.
    pub async fn send(&self, request: RequestBuilder) -> Option<(StatusCode, Value)> {
        let answer = request.send().await.ok()?;
        let status = answer.status();
        assert_ne!(
            status,
            StatusCode::INTERNAL_SERVER_ERROR,
            "{}",
            answer.url()
        );
        let body = answer.bytes().await.ok()?;
        Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    pub async fn post(&self, path: &str, body: &Value) -> Option<(StatusCode, Value)> {
        self.send(self.to(Method::POST, path).json(body)).await
    }

    pub async fn get(&self, path: &str) -> Option<(StatusCode, Value)> {
        self.send(self.to(Method::GET, path)).await
    }

    /// The id of something new, where it was made.
    pub async fn add(&self, path: &str, body: &Value) -> Option<String> {
        let (status, made) = self.post(path, body).await?;
        (status == StatusCode::CREATED).then(|| made["id"].as_str().unwrap().to_owned())
    }

    /// Many things of a kind in one step.
    pub async fn add_many(&self, resource: &str, bodies: impl Iterator<Item = Value>) {
        let create = |body| json!({ "op": "create", "resource": resource, "body": body });
        let commands: Vec<Value> = bodies.map(create).collect();
        self.post("/commands", &Value::Array(commands)).await;
    }

    /// Signs in anew, since an access token lives for minutes; whether that was let in.
    pub async fn renew(&mut self) -> bool {
        let body = json!({ "email": self.email, "password": PASSWORD });
        let url = format!("{}/api/v1/auth/sign-in", self.base);
        let request = self.http.post(url).json(&body);
        let Some((StatusCode::OK, answer)) = self.send(request).await else {
            return false;
        };
        self.token = answer["access_token"].as_str().unwrap().to_owned();
        true
    }
}
