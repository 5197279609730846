//! A server of its own for each test, and clients that are somebody.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::engines::Engines;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery";

/// A client. The library has TLS built in and leaves it to us who does the arithmetic.
fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::new()
}

pub struct Server {
    child: Child,
    pub base: String,
    pub data: TempDir,
    /// Where they are not embedded.
    pub engines: Option<Engines>,
    pub http: reqwest::Client,
}

impl Server {
    pub fn start() -> Server {
        Server::start_with(&[("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000")])
    }

    pub fn start_with(env: &[(&str, &str)]) -> Server {
        let data = tempfile::tempdir().unwrap();
        Server::on(data, Engines::fresh(), env, Stdio::inherit())
    }

    /// What it logs goes to `log`.
    pub fn start_logging(log: std::fs::File, env: &[(&str, &str)]) -> Server {
        let data = tempfile::tempdir().unwrap();
        Server::on(data, Engines::fresh(), env, log.into())
    }

    /// Starts once more on the same data.
    pub fn again(mut self) -> Server {
        let data = std::mem::replace(&mut self.data, tempfile::tempdir().unwrap());
        let engines = self.engines.take();
        drop(self);
        Server::on(data, engines, &[], Stdio::inherit())
    }

    fn on(data: TempDir, engines: Option<Engines>, env: &[(&str, &str)], log: Stdio) -> Server {
        let mut child = command(&data, engines.as_ref())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("RAALLY__LOG__FILTER", "warn")
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let base = line.split_whitespace().last().unwrap().to_owned();
        assert!(base.starts_with("http://127.0.0.1:"), "{line}");
        std::thread::spawn(move || out.read_to_string(&mut String::new()));
        Server {
            child,
            base,
            data,
            engines,
            http: client(),
        }
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

    /// Another user as a member of this one's workspace.
    pub async fn invite(&self, name: &str, role: &str) -> User<'_> {
        let mut user = self.server.sign_up(name, None).await;
        self.add("/members", json!({ "email": user.email, "role": role }))
            .await;
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

/// The JSON of an answer that must have that status.
pub async fn ok(response: Response, status: u16) -> Value {
    let (found, url) = (response.status(), response.url().clone());
    let text = response.text().await.unwrap();
    assert_eq!(found.as_u16(), status, "{url}: {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
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
