//! Engines of this test's own, which it may kill.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use raally_store_postgres::{Config, Provision, provision};
use serde_json::Value;
use tempfile::TempDir;

use super::process::{PATIENCE, Process, Settings, settings};
use super::proxy::Proxy;

pub struct Own {
    folder: TempDir,
    env: std::collections::HashMap<String, String>,
    pub postgres: Proxy,
    pub standby: Proxy,
    /// The standby has been promoted.
    pub failed_over: bool,
    /// Streams that exist nowhere but in Kafka, because something was put there.
    pub poisoned: Vec<String>,
    /// What processes are told.
    pub settings: Settings,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn engines(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(root().join("scripts/engines"));
    let output = command
        .args(args)
        .env("RAALLY_ENGINES", folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "engines {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn port(address: &str) -> u16 {
    let (_, rest) = address.rsplit_once(':').unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

impl Own {
    pub async fn start() -> Own {
        let folder = tempfile::Builder::new()
            .prefix("raally-chaos-")
            .tempdir()
            .unwrap();
        // PostgreSQL does not run as root: its user must reach the folder.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let all = ["postgres", "postgres-replica", "kafka", "redis"];
        engines(folder.path(), &[&["start"], &all[..]].concat());
        let env = engines(folder.path(), &["env"]);
        let env = env.lines().filter_map(|line| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('\'').to_owned()))
        });
        let env: std::collections::HashMap<String, String> = env.collect();
        let postgres = Proxy::start(port(&env["RAALLY_TEST_POSTGRES"])).await;
        let standby = Proxy::start(port(&env["RAALLY_TEST_POSTGRES_REPLICA"])).await;
        let mut own = Own {
            folder,
            env,
            postgres,
            standby,
            failed_over: false,
            poisoned: Vec::new(),
            settings: Settings::new(),
        };
        own.provision().await;
        own
    }

    /// A database, its logins, a standby that has every acknowledged commit.
    async fn provision(&mut self) {
        let admin = Config::new(&self.env["RAALLY_TEST_POSTGRES"]).unwrap();
        let wanted = Provision {
            database: "raally",
            owner: ("raally_owner", "raally"),
            application: ("raally_server", "raally"),
        };
        provision(&admin, wanted).await.unwrap();
        let (first, second) = (self.postgres.port, self.standby.port);
        let login = |name: &str| {
            format!("postgres://{name}:raally@127.0.0.1:{first},127.0.0.1:{second}/raally")
        };
        let told = [
            ("RAALLY__POSTGRES__URL", login("raally_server")),
            ("RAALLY__POSTGRES__OWNER_URL", login("raally_owner")),
            (
                "RAALLY__KAFKA__BROKERS",
                self.env["RAALLY_TEST_KAFKA"].clone(),
            ),
            ("RAALLY__KAFKA__PARTITIONS", "4".to_owned()),
            (
                "RAALLY__REDIS__URLS",
                format!("[\"{}\"]", self.env["RAALLY_TEST_REDIS"]),
            ),
        ];
        self.settings = settings(told.map(|(name, value)| (name.to_owned(), value)));
        let migrated = Process::command(&self.settings, &["migrate"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&migrated.stderr);
        assert!(migrated.status.success(), "{said}");
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("SELECT pg_reload_conf()");
    }

    /// Has processes take their passwords from files, over TLS and SCRAM where Kafka is asked.
    pub fn with_secret_files(&mut self) {
        let login = |url: &str| url.replacen(":raally@", "@", 1);
        let url = login(&self.settings["RAALLY__POSTGRES__URL"]);
        let file = |engine: &str| self.secret_file(engine).display().to_string();
        let told = [
            ("RAALLY__POSTGRES__URL", url),
            ("RAALLY__POSTGRES__PASSWORD_FILE", file("postgres")),
            (
                "RAALLY__KAFKA__BROKERS",
                self.env["RAALLY_TEST_KAFKA_TLS"].clone(),
            ),
            (
                "RAALLY__KAFKA__CA_FILE",
                self.env["RAALLY_TEST_KAFKA_CA"].clone(),
            ),
            ("RAALLY__KAFKA__SECURITY", "scram".to_owned()),
            ("RAALLY__KAFKA__USER", "raally".to_owned()),
            ("RAALLY__KAFKA__PASSWORD_FILE", file("kafka")),
            ("RAALLY__REDIS__PASSWORD_FILE", file("redis")),
        ];
        self.settings
            .extend(told.map(|(name, value)| (name.to_owned(), value)));
        for engine in ["postgres", "kafka"] {
            self.write_secret(engine, "raally");
        }
        self.change_redis("raally");
    }

    fn secret_file(&self, engine: &str) -> PathBuf {
        self.folder.path().join(format!("{engine}.password"))
    }

    fn write_secret(&self, engine: &str, password: &str) {
        std::fs::write(self.secret_file(engine), format!("{password}\n")).unwrap();
    }

    /// A new password, and every connection has to show it.
    pub fn change_postgres(&self, password: &str) {
        self.sql(&format!("ALTER ROLE raally_server PASSWORD '{password}'"));
        self.write_secret("postgres", password);
        self.postgres.cut();
    }

    pub fn change_redis(&self, password: &str) {
        let mut place = self.env["RAALLY_TEST_REDIS"].clone();
        if let Ok(old) = std::fs::read_to_string(self.secret_file("redis")) {
            place = place.replacen("://", &format!("://:{}@", old.trim()), 1);
        }
        let client = ::redis::Client::open(place).unwrap();
        let mut connection = client.get_connection().unwrap();
        let mut set = ::redis::cmd("CONFIG");
        let () = set
            .arg("SET")
            .arg("requirepass")
            .arg(password)
            .query(&mut connection)
            .unwrap();
        self.write_secret("redis", password);
        let mut kill = ::redis::cmd("CLIENT");
        let () = kill
            .arg("KILL")
            .arg("TYPE")
            .arg("normal")
            .query(&mut connection)
            .unwrap();
        let mut kill = ::redis::cmd("CLIENT");
        let () = kill
            .arg("KILL")
            .arg("TYPE")
            .arg("pubsub")
            .query(&mut connection)
            .unwrap();
    }

    pub fn change_kafka(&self, password: &str) {
        let change = format!("SCRAM-SHA-512=[password={password}]");
        let deadline = Instant::now() + PATIENCE;
        self.kafka_answers(deadline);
        loop {
            let output = self.kafka_users(&["--alter", "--add-config", &change]);
            let said = String::from_utf8_lossy(&output.stderr);
            if output.status.success() {
                break;
            }
            // The tool's own patience ends sooner than a busy machine's broker answers.
            let late = said.contains("TimeoutException");
            assert!(late && Instant::now() < deadline, "{said}");
        }
        self.write_secret("kafka", password);
        self.crash("kafka");
        self.start_again("kafka");
    }

    fn kafka_users(&self, what: &[&str]) -> std::process::Output {
        let libs = format!("{}/*", self.env["RAALLY_TEST_KAFKA_LIBS"]);
        let tool = ["-cp", &libs, "kafka.admin.ConfigCommand"];
        let server = ["--bootstrap-server", &self.env["RAALLY_TEST_KAFKA"]];
        let user = ["--entity-type", "users", "--entity-name", "raally"];
        let mut java = Command::new("java");
        java.args(tool).args(server).args(what).args(user);
        java.output().unwrap()
    }

    /// Waits until the broker, which may have been started just now, answers questions.
    fn kafka_answers(&self, deadline: Instant) {
        use rdkafka::consumer::{BaseConsumer, Consumer};
        let client: BaseConsumer = rdkafka::ClientConfig::new()
            .set("bootstrap.servers", &self.env["RAALLY_TEST_KAFKA"])
            .create()
            .unwrap();
        while let Err(error) = client.fetch_metadata(None, Duration::from_secs(2)) {
            assert!(Instant::now() < deadline, "Kafka does not answer: {error}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn kafka(&self) -> String {
        self.env["RAALLY_TEST_KAFKA"].clone()
    }

    pub fn redis(&self) -> String {
        self.env["RAALLY_TEST_REDIS"].clone()
    }

    /// Asks the server that takes writes, as an administrator, past the proxies.
    pub fn sql(&self, sql: &str) -> String {
        let server = if self.failed_over {
            "RAALLY_TEST_POSTGRES_REPLICA"
        } else {
            "RAALLY_TEST_POSTGRES"
        };
        self.ask(&self.env[server], sql)
    }

    /// The same, in the processes' own database.
    pub fn sql_in(&self, database: &str, sql: &str) -> String {
        let server = if self.failed_over {
            "RAALLY_TEST_POSTGRES_REPLICA"
        } else {
            "RAALLY_TEST_POSTGRES"
        };
        let (server, _) = self.env[server].rsplit_once('/').unwrap();
        self.ask(&format!("{server}/{database}"), sql)
    }

    fn ask(&self, address: &str, sql: &str) -> String {
        let bin = Path::new(&self.env["RAALLY_TEST_POSTGRES_BIN"]).join("psql");
        let output = Command::new(bin)
            .args([address, "-qAtc", sql])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{sql}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Ends an engine as a crash does; returns once it is gone.
    pub fn crash(&self, engine: &str) {
        let process = if engine == "kafka" { "kafka/1" } else { engine };
        let file = self.folder.path().join(process).join("pid");
        let text = std::fs::read_to_string(file).unwrap();
        let pid = text.split_whitespace().next().unwrap().to_owned();
        // PostgreSQL's own word for a crash, which its children hear as well.
        let signal = if engine.starts_with("postgres") {
            "-QUIT"
        } else {
            "-KILL"
        };
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
        let deadline = Instant::now() + PATIENCE;
        while Path::new("/proc").join(&pid).exists() && !is_zombie(&pid) {
            assert!(Instant::now() < deadline, "{engine} does not end");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn start_again(&self, engine: &str) {
        engines(self.folder.path(), &["start", engine]);
    }

    /// From now on the standby hears of no commit, and no commit waits for it.
    pub fn leave_standby_behind(&self) {
        self.sql("ALTER SYSTEM SET synchronous_standby_names = ''");
        self.sql("SELECT pg_reload_conf()");
        let standby = &self.env["RAALLY_TEST_POSTGRES_REPLICA"];
        self.ask(standby, "ALTER SYSTEM SET primary_conninfo = ''");
        self.ask(standby, "SELECT pg_reload_conf()");
        let deadline = Instant::now() + PATIENCE;
        while self.sql("SELECT count(*) FROM pg_stat_replication") != "0" {
            assert!(Instant::now() < deadline, "the standby still listens");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The primary is lost for good, and the standby takes its place.
    pub fn fail_over(&mut self) {
        self.crash("postgres");
        self.failed_over = true;
        assert_eq!(self.sql("SELECT pg_promote()"), "t");
    }

    /// Compares all that is kept; of what was put into Kafka from outside, nothing else is to be
    /// found than that.
    pub fn verify(&self) -> (bool, String) {
        let args = ["verify", "--all", "--wait", "240"];
        let output = Process::command(&self.settings, &args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
        let ours = |line: &&str| !self.poisoned.iter().any(|id| line.starts_with(id));
        let unsound = said.lines().filter(|line| line.contains("NOT SOUND"));
        let found = unsound.filter(ours).count();
        let whole = said.contains("Kafka: ") && said.contains("audit store: sound");
        let expected = output.status.success() || !self.poisoned.is_empty();
        (found == 0 && whole && expected, said + &wrong)
    }
}

fn is_zombie(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ")
        .next()
        .is_none_or(|rest| rest.starts_with('Z'))
}

impl Drop for Own {
    fn drop(&mut self) {
        engines(
            self.folder.path(),
            &["stop", "kafka", "redis", "postgres-replica", "postgres"],
        );
    }
}

/// A figure in an answer of `/api/health`.
pub fn health(answer: &Value, part: &str) -> String {
    answer["checks"][part]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
