//! A server of its own for each test, and clients that are somebody.

use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsRawFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::engines::Engines;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "documented.rs"]
mod documented;

pub const PASSWORD: &str = "correct horse battery";

/// A client. The library has TLS built in and leaves it to us who does the arithmetic.
fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::new()
}

/// What servers say: what is wrong, and links that would be mailed.
const LOG_FILTER: &str = "warn,raally_adapters::mail=info";

pub struct Server {
    child: Child,
    pub base: String,
    pub data: TempDir,
    /// Where they are not embedded.
    pub engines: Option<Engines>,
    pub http: reqwest::Client,
    /// The links that a server without a mail relay has written into its log.
    links: Arc<Mutex<Vec<String>>>,
    /// Where it logs to, if that is a file.
    log: Option<std::fs::File>,
}

impl Server {
    pub fn start() -> Server {
        Server::start_with(&[("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000")])
    }

    pub fn start_with(env: &[(&str, &str)]) -> Server {
        let data = tempfile::tempdir().unwrap();
        Server::on(data, Engines::fresh(), env, None)
    }

    /// What it logs goes to `log`.
    pub fn start_logging(log: std::fs::File, env: &[(&str, &str)]) -> Server {
        let data = tempfile::tempdir().unwrap();
        Server::on(data, Engines::fresh(), env, Some(log))
    }

    /// Starts once more on the same data.
    pub fn again(mut self) -> Server {
        let data = std::mem::replace(&mut self.data, tempfile::tempdir().unwrap());
        let engines = self.engines.take();
        drop(self);
        Server::on(data, engines, &[], None)
    }

    fn on(
        data: TempDir,
        engines: Option<Engines>,
        env: &[(&str, &str)],
        log: Option<std::fs::File>,
    ) -> Server {
        let links = Arc::<Mutex<Vec<String>>>::default();
        let mut child = command(&data, engines.as_ref())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("RAALLY__LOG__FILTER", LOG_FILTER)
            .env("RAALLY__LOG__FORMAT", "json")
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(match &log {
                Some(log) => log.try_clone().unwrap().into(),
                None => Stdio::piped(),
            })
            .spawn()
            .unwrap();
        if let Some(said) = child.stderr.take() {
            let links = Arc::clone(&links);
            std::thread::spawn(move || read_log(said, &links));
        }
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let base = line.split_whitespace().last().unwrap().to_owned();
        assert!(base.contains("://127.0.0.1:"), "{line}");
        std::thread::spawn(move || out.read_to_string(&mut String::new()));
        Server {
            child,
            base,
            data,
            engines,
            http: client(),
            links,
            log,
        }
    }

    /// The token of the latest link of that kind whose bytes are as asked, from the log of a
    /// server without a mail relay. It comes soon.
    pub async fn link(&self, kind: &str, is_it: impl Fn(&[u8]) -> bool) -> String {
        for _ in 0..1_500 {
            if let Some(log) = &self.log {
                // It was opened for writing alone.
                let path = format!("/proc/self/fd/{}", log.as_raw_fd());
                let said = std::fs::read_to_string(path).unwrap();
                *self.links.lock().unwrap() = said.lines().filter_map(link_in).collect();
            }
            let links = self.links.lock().unwrap().clone();
            let tokens = links.iter().rev().filter_map(|link| {
                let (before, token) = link.rsplit_once('/')?;
                before.ends_with(kind).then_some(token)
            });
            for token in tokens {
                if URL_SAFE_NO_PAD
                    .decode(token)
                    .is_ok_and(|bytes| is_it(&bytes))
                {
                    return token.to_owned();
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no link to {kind} came within 30 s");
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The binary on the same data, for another command.
    pub fn command(&self) -> Command {
        command(&self.data, self.engines.as_ref())
    }

    /// Asks the process to stop.
    pub fn terminate(&self) {
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// Signs somebody up; with a workspace of that name if one is named.
    pub async fn sign_up(&self, name: &str, workspace: Option<&str>) -> User<'_> {
        let email = format!("{name}@example.com");
        let body = json!({
            "email": email, "password": PASSWORD, "full_name": name, "workspace": workspace,
        });
        let request = self.http.post(self.url("/api/v1/auth/sign-up")).json(&body);
        let answer: Value = ok(request.send().await.unwrap(), 201).await;
        let tenant = &answer["tenants"][0];
        User {
            server: self,
            token: answer["access_token"].as_str().unwrap().to_owned(),
            id: answer["user"]["id"].as_str().unwrap().to_owned(),
            email,
            tenant: tenant["slug"].as_str().unwrap_or("").to_owned(),
            tenant_id: tenant["id"].as_str().unwrap_or("").to_owned(),
        }
    }
}

/// Passes on what is logged, and keeps the links of mails that nobody takes.
fn read_log(log: impl Read, links: &Mutex<Vec<String>>) {
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        match link_in(&line) {
            Some(link) => links.lock().unwrap().push(link),
            None => eprintln!("{line}"),
        }
    }
}

/// The link in a line that is logged, if it has one.
fn link_in(line: &str) -> Option<String> {
    let said: Value = serde_json::from_str(line).ok()?;
    said["link"].as_str().map(str::to_owned)
}

fn command(data: &TempDir, engines: Option<&Engines>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raally"));
    command
        .current_dir(data.path())
        .env("RAALLY__DATA", data.path())
        .envs(engines.into_iter().flat_map(Engines::settings));
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone)]
pub struct User<'s> {
    pub server: &'s Server,
    pub token: String,
    pub id: String,
    pub email: String,
    pub tenant: String,
    pub tenant_id: String,
}

impl User<'_> {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.server.http.request(method, self.server.url(path));
        request.bearer_auth(&self.token)
    }

    pub fn path(&self, path: &str) -> String {
        format!("/api/v1/tenants/{}{path}", self.tenant)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, &self.path(path))
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, &self.path(path)).json(body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::PATCH, &self.path(path)).json(body)
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, &self.path(path))
    }

    /// The answer of a DELETE of a whole path.
    pub async fn delete_at(&self, path: &str) -> Response {
        self.request(Method::DELETE, path).send().await.unwrap()
    }

    pub async fn read(&self, path: &str) -> Value {
        ok(self.get(path).send().await.unwrap(), 200).await
    }

    pub async fn add(&self, path: &str, body: Value) -> Value {
        ok(self.post(path, &body).send().await.unwrap(), 201).await
    }

    /// The id of something added.
    pub async fn add_id(&self, path: &str, body: Value) -> String {
        id(&self.add(path, body).await)
    }

    /// Whether the address was shown to be theirs.
    pub async fn is_verified(&self) -> bool {
        let me = self.request(Method::GET, "/api/v1/me").send().await;
        let me = ok(me.unwrap(), 200).await;
        me["user"]["email_verified"].as_bool().unwrap()
    }

    /// The token that verifies the address, from the log.
    pub async fn proof(&self, purpose: &str) -> String {
        let claim = format!("\"purpose\":\"{purpose}\",\"user\":\"{}\"", self.id);
        let page = if purpose == "reset" {
            "/reset"
        } else {
            "/verify"
        };
        let is_mine = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&claim);
        self.server.link(page, is_mine).await
    }

    pub async fn confirm(&self, token: &str) -> Response {
        let request = self.request(Method::POST, "/api/v1/me/address/confirm");
        let body = json!({ "token": token });
        request.json(&body).send().await.unwrap()
    }

    /// Shows that the address is theirs, by the link of the mail that signing up sent.
    pub async fn verify(&self) {
        if !self.is_verified().await {
            let token = self.proof("verify").await;
            ok(self.confirm(&token).await, 200).await;
        }
    }

    /// Another user as a member of this one's workspace: invited, and accepting.
    pub async fn invite(&self, name: &str, role: &str) -> User<'_> {
        let mut user = self.server.sign_up(name, None).await;
        self.verify().await;
        let body = json!({ "email": user.email, "role": role });
        let invited = self.add_id("/invitations", body).await;
        let id = invited.parse::<uuid::Uuid>().unwrap();
        let is_it = |bytes: &[u8]| bytes.get(16..32) == Some(id.as_bytes().as_slice());
        let token = self.server.link("/invitations", is_it).await;
        let path = format!("/api/v1/auth/invitations/{token}/accept");
        ok(user.request(Method::POST, &path).send().await.unwrap(), 200).await;
        user.tenant.clone_from(&self.tenant);
        user.tenant_id.clone_from(&self.tenant_id);
        user
    }

    /// A person booked 20 h in the week of 2026-11-23.
    pub async fn booked(&self) -> Booked {
        let person = self.add_id("/people", json!({ "full_name": "Bo" })).await;
        let project = self.add_id("/projects", json!({ "name": "Apollo" })).await;
        let assignment = self
            .add_id("/assignments", assignment(&person, &project))
            .await;
        Booked {
            person,
            project,
            assignment,
        }
    }
}

pub struct Booked {
    pub person: String,
    pub project: String,
    pub assignment: String,
}

pub fn assignment(person: &str, project: &str) -> Value {
    json!({
        "person_id": person, "project_id": project, "start": "2026-11-23", "end": "2026-11-27",
        "effort": { "per": "week", "minutes": 1200 },
    })
}

pub fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// The JSON of an answer that must have that status, and be as the OpenAPI document says.
pub async fn ok(response: Response, status: u16) -> Value {
    let (found, url) = (response.status(), response.url().clone());
    let text = response.text().await.unwrap();
    assert_eq!(found.as_u16(), status, "{url}: {text}");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    documented::check(url.path(), status, &body);
    body
}

/// The problem document of an answer that must have that status.
pub async fn problem(response: Response, status: u16) -> Value {
    let headers = response.headers().clone();
    let document = ok(response, status).await;
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(document["status"], status);
    assert_eq!(
        document["instance"],
        headers["x-request-id"].to_str().unwrap()
    );
    for member in ["type", "title", "detail"] {
        assert!(document[member].as_str().is_some_and(|t| !t.is_empty()));
    }
    for said in document["errors"]
        .as_array()
        .unwrap()
        .iter()
        .chain([&document])
    {
        assert!(
            said["code"].is_string() && said["params"].is_object(),
            "{said}"
        );
    }
    document
}

/// The pointers of a problem's errors.
pub fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect()
}
