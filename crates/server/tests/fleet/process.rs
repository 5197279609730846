//! Processes of Raally that can be stopped, killed and started again at the same address.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a test waits for what must happen sooner or later. A machine that is busy with something
/// else may take minutes over what else takes a second, and a test that says how long something takes
/// says more about the machine than about us: `make bench` measures.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// The environment that processes are started with.
pub type Settings = BTreeMap<String, String>;

pub struct Process {
    /// `serve` or `worker`.
    kind: &'static str,
    settings: Settings,
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Process {
    pub fn start(kind: &'static str, settings: &Settings) -> Process {
        let mut process = Process {
            kind,
            settings: settings.clone(),
            port: free_port(),
            folder: tempfile::tempdir().unwrap(),
            child: None,
        };
        process.launch();
        process
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it, unless it runs; returns once it listens.
    pub fn launch(&mut self) {
        if let Some(child) = &mut self.child
            && child.try_wait().unwrap().is_none()
        {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.try_launch() {
                return;
            }
            // What it stands on may be away, too.
            assert!(Instant::now() < deadline, "{} does not start", self.kind);
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    fn try_launch(&mut self) -> bool {
        let mut child = Command::new(env!("CARGO_BIN_EXE_raally"))
            .args([self.kind, "--listen", &format!("127.0.0.1:{}", self.port)])
            .current_dir(self.folder.path())
            .env("RAALLY__LOG__FILTER", log_filter())
            .env("RAALLY__LOG__FORMAT", "text")
            .envs(&self.settings)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        if !line.contains("http://127.0.0.1:") {
            let _ = child.wait();
            return false;
        }
        std::thread::spawn(move || out.read_to_string(&mut String::new()));
        self.child = Some(child);
        true
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to stop, and waits for its end.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let mut child = self.child.take().unwrap();
        let began = Instant::now();
        let sent = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        (child.wait().unwrap(), began.elapsed())
    }

    /// Another command of the binary, under the same settings.
    pub fn command(settings: &Settings, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_raally"));
        command.args(args).envs(settings);
        command.env("RAALLY__LOG__FILTER", log_filter());
        command
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What processes say: nothing but errors, unless somebody looks.
fn log_filter() -> String {
    std::env::var("RAALLY_TEST_LOG").unwrap_or_else(|_| "off".to_owned())
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What tests change of the settings: more sign-ins and requests than people make.
pub fn settings(engines: impl IntoIterator<Item = (String, String)>) -> Settings {
    let limits = [
        "AUTH_PER_ADDRESS",
        "SIGN_IN_PER_ACCOUNT",
        "REQUESTS_PER_USER",
        "REQUESTS_PER_TENANT",
    ];
    let limits = limits.map(|name| (format!("RAALLY__LIMITS__{name}"), "0".to_owned()));
    engines.into_iter().chain(limits).collect()
}

/// `serve` processes that leave the work to `worker` processes beside them.
pub struct Fleet {
    pub settings: Settings,
    pub serve: Vec<Process>,
    pub workers: Vec<Process>,
}

impl Fleet {
    pub fn start(settings: Settings) -> Fleet {
        let mut serving = settings.clone();
        serving.insert("RAALLY__WORKER".to_owned(), "false".to_owned());
        let start =
            |kind, settings: &Settings| (0..2).map(|_| Process::start(kind, settings)).collect();
        Fleet {
            serve: start("serve", &serving),
            workers: start("worker", &settings),
            settings,
        }
    }

    pub fn bases(&self) -> Vec<String> {
        self.serve.iter().map(Process::base).collect()
    }
}
