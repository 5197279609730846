//! Data that release 0.1.0 made: it opens, is sound, and shows what 0.1.0 showed. How it was made
//! stands in `fixtures/0.1.0/README.md`. The data folder is taken or, where
//! `RAALLY_TEST_ON=engines` says so, the database on PostgreSQL.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use flate2::read::GzDecoder;
use raally_store_postgres::testing::{Database, raw};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

const ADMIN: (&str, &str) = ("admin@demo.example", "raally-demo");
const IMPORTED: (&str, &str) = ("user1@test.com", "Test@123");
const IMPORTED_WORKSPACE: &str = "eff1ac0c-0000-4a2a-85bd-8083a2ee62ee";
/// Booked for 1,800 minutes a week until 0.1.0 changed it, as the last step that it did not undo.
const CHANGED: &str = "01a205b3-d239-74b6-8893-080fcdc1cc62";

/// When 0.1.0 archived people: it left their employment open, which ends with that day since.
const ARCHIVED_ON: &str = "2026-11-28";

#[tokio::test]
async fn data_of_0_1_0_is_sound_and_shows_the_same_figures() {
    let old = Old::unpack().await;
    old.run(&["migrate"]);
    old.assert_sound(&["verify"]);
    if old.database.is_some() {
        // The reporting tables hold the client's name as each project spelled it.
        let again = "worker replay --consumer reporting --tenant demo --from 1";
        old.run(&again.split(' ').collect::<Vec<_>>());
    }
    let server = old.serve();
    let admin = server.sign_in(ADMIN).await;
    compare(&server, &admin, "demo", "demo.jsonl").await;
    let imported = server.sign_in(IMPORTED).await;
    compare(&server, &imported, IMPORTED_WORKSPACE, "imported.jsonl").await;
    undo_a_step_of_0_1_0(&server, &admin).await;
    if old.database.is_some() {
        // The server makes the reporting tables follow, so it has to be there.
        old.assert_sound(&["verify", "--all"]);
        server.stop();
    } else {
        // The server has the folder to itself.
        server.stop();
        old.assert_sound(&["verify", "--all"]);
    }
}

/// Asks for everything that 0.1.0 was asked for. Where the definitions of figures have changed
/// since, the answers that differ are those kept beside its own, and no others.
async fn compare(server: &Server, token: &str, workspace: &str, file: &str) {
    let lines = kept(file);
    assert!(lines.len() > 5, "{file} has {} answers", lines.len());
    let since = match file {
        "demo.jsonl" => kept("demo_second_edition.jsonl"),
        _ => Vec::new(),
    };
    for line in lines {
        let path = line["path"].as_str().unwrap();
        let found = server.get(token, &format!("{workspace}/{path}")).await;
        let mut differing = Map::new();
        let expected = as_answered_now(path, &line["answer"]);
        differences(&found, &expected, "", &mut differing);
        let changed = since.iter().find(|line| line["path"] == path);
        let changed = changed.map_or_else(|| json!({}), |line| line["figures"].clone());
        assert_eq!(Value::Object(differing), changed, "{path}");
    }
}

/// The lines of a fixture.
fn kept(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(fixture(file)).unwrap();
    let lines = text.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// What 0.1.0 answered, with what has been given another form since.
fn as_answered_now(path: &str, answer: &Value) -> Value {
    let mut answer = answer.clone();
    let list = path.split('?').next().unwrap();
    if list == "settings" {
        // Default weeks have dates: the one there was has always held.
        let mut week = answer["default_week"].take();
        week["effective_date"] = json!("1970-01-01");
        answer["default_week"] = json!([week]);
    }
    let items = answer.get_mut("items").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        match list {
            // Employment is a list of spans, and null for always.
            "people" => {
                let mut span = item["employment"].take();
                if item["archived"] == true && span["to"].is_null() {
                    span["to"] = json!(ARCHIVED_ON);
                }
                let always = span == json!({ "from": null, "to": null });
                item["employment"] = if always { Value::Null } else { json!([span]) };
            }
            // Clients are found by their names whatever the case, and keep the name of the first.
            "projects" if item["client"] == "ATLAS FREIGHT" => {
                item["client"] = json!("Atlas Freight");
            }
            _ => {}
        }
    }
    answer
}

/// Where an answer is not what was expected, by pointer, with what is found; objects may have
/// members that 0.1.0 did not know.
fn differences(found: &Value, expected: &Value, at: &str, changed: &mut Map<String, Value>) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (name, expected) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                differences(found, expected, &format!("{at}/{name}"), changed);
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (n, (found, expected)) in found.iter().zip(expected).enumerate() {
                differences(found, expected, &format!("{at}/{n}"), changed);
            }
        }
        _ if found == expected => {}
        _ => {
            changed.insert(at.to_owned(), found.clone());
        }
    }
}

/// What 0.1.0 wrote can be taken back, which is a write of this release on top.
async fn undo_a_step_of_0_1_0(server: &Server, token: &str) {
    let path = format!("demo/assignments/{CHANGED}");
    let before = server.get(token, &path).await;
    assert_eq!(before["effort"], json!({ "per": "day", "minutes": 200 }));
    let undo = server.http.post(server.url("demo/undo"));
    let undone = undo.bearer_auth(token).send().await.unwrap();
    assert!(
        undone.status().is_success(),
        "{}",
        undone.text().await.unwrap()
    );
    let after = server.get(token, &path).await;
    assert_eq!(after["effort"], json!({ "per": "week", "minutes": 1800 }));
}

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0");
    folder.join(name)
}

fn unzip(name: &str) -> GzDecoder<std::fs::File> {
    GzDecoder::new(std::fs::File::open(fixture(name)).unwrap())
}

/// The data, in a place where it may be changed.
struct Old {
    folder: TempDir,
    database: Option<Database>,
}

impl Old {
    async fn unpack() -> Old {
        let folder = tempfile::tempdir().unwrap();
        if std::env::var("RAALLY_TEST_ON").is_ok_and(|on| on == "engines") {
            let database = Database::empty().await;
            let mut dump = String::new();
            unzip("postgres.sql.gz").read_to_string(&mut dump).unwrap();
            let client = raw(&database.superuser()).await;
            client.batch_execute(&dump).await.unwrap();
            let database = Some(database);
            return Old { folder, database };
        }
        let mut file = std::fs::File::create(folder.path().join("raally.db")).unwrap();
        std::io::copy(&mut unzip("raally.db.gz"), &mut file).unwrap();
        Old {
            folder,
            database: None,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_raally"));
        command
            .current_dir(self.folder.path())
            .env("RAALLY__DATA", self.folder.path())
            .env("RAALLY__LOG__FILTER", "warn");
        if let Some(database) = &self.database {
            command
                .env("RAALLY__POSTGRES__URL", database.address())
                .env("RAALLY__POSTGRES__OWNER_URL", database.owner_address());
        }
        command
    }

    /// What a command prints, which must succeed.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        let [out, err] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        out.into_owned()
    }

    fn assert_sound(&self, arguments: &[&str]) {
        let report = self.run(arguments);
        let sound = report.lines().filter(|line| line.contains(": sound, "));
        // The three workspaces and the accounts at least.
        assert!(
            sound.count() >= 4 && !report.contains("NOT SOUND"),
            "{report}"
        );
    }

    fn serve(&self) -> Server {
        let mut child = self
            .command()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let base = line.split_whitespace().last().unwrap().to_owned();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Server {
            child,
            base,
            http: reqwest::Client::new(),
        }
    }
}

struct Server {
    child: Child,
    base: String,
    http: reqwest::Client,
}

impl Server {
    fn url(&self, path: &str) -> String {
        format!("{}/api/v1/tenants/{path}", self.base)
    }

    /// An access token.
    async fn sign_in(&self, (email, password): (&str, &str)) -> String {
        let request = self.http.post(format!("{}/api/v1/auth/sign-in", self.base));
        let credentials = json!({ "email": email, "password": password });
        let answer = request.json(&credentials).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        let request = self.http.get(self.url(path)).bearer_auth(token);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// As an operator stops it, so that the data is let go of.
    fn stop(mut self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
