//! A PostgreSQL of a test's own, which it may kill.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use raally_store_postgres::Config;

/// Stopped at once when it is dropped; its folder goes with it.
pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    port: u16,
}

impl Cluster {
    pub(crate) fn start() -> Cluster {
        let cluster = Cluster::folder();
        let data = cluster.data();
        let options = [
            "--username=raally",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ];
        run(program("initdb").arg("-D").arg(&data).args(options));
        cluster.control("start", &[]);
        cluster
    }

    /// One that streams from this one.
    pub(crate) fn replica(&self) -> Cluster {
        let replica = Cluster::folder();
        let from = format!("host=127.0.0.1 port={} user=raally", self.port);
        let mut copy = program("pg_basebackup");
        copy.args(["-R", "--checkpoint=fast", "-d", &from, "-D"]);
        run(copy.arg(replica.data()));
        replica.control("start", &[]);
        replica
    }

    /// A folder and a port for one.
    fn folder() -> Cluster {
        let folder = tempfile::Builder::new()
            .prefix("raally-pg-")
            .tempdir_in("/tmp")
            .unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let cluster = Cluster { folder, port };
        if is_root() {
            let mut chown = Command::new("chown");
            run(chown.arg("postgres:").arg(cluster.folder.path()));
        }
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// As an administrator.
    pub(crate) fn config(&self) -> Config {
        Config::new(&format!(
            "postgres://raally@127.0.0.1:{}/postgres",
            self.port
        ))
        .unwrap()
    }

    /// Speaks TLS from now on, and nothing else, as `localhost`; returns the file of the authority that
    /// vouches for it.
    pub(crate) fn require_tls(&self) -> PathBuf {
        let file = |name: &str| self.folder.path().join(name);
        let openssl = |arguments: &str| {
            let mut openssl = Command::new("openssl");
            openssl.args(arguments.split(' '));
            openssl
        };
        let (authority, key) = (file("ca.pem"), file("ca.key"));
        let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj";
        let mut make = openssl(&format!("{new} /CN=Tests"));
        run(make.arg("-keyout").arg(&key).arg("-out").arg(&authority));
        let mut make = openssl(&format!(
            "{new} /CN=localhost -addext subjectAltName=DNS:localhost"
        ));
        make.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        make.arg("-CA").arg(&authority).arg("-CAkey").arg(&key);
        make.arg("-keyout").arg(file("server.key"));
        run(make.arg("-out").arg(file("server.pem")));
        let settings = format!(
            "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
            file("server.pem").display(),
            file("server.key").display()
        );
        let conf = self.data().join("postgresql.auto.conf");
        std::fs::write(&conf, settings).unwrap();
        let only = "hostssl all all 127.0.0.1/32 trust\n";
        std::fs::write(self.data().join("pg_hba.conf"), only).unwrap();
        if is_root() {
            let mut chown = Command::new("chown");
            run(chown.args(["-R", "postgres:"]).arg(self.folder.path()));
        }
        self.control("restart", &["-m", "fast"]);
        authority
    }

    /// Kills all of it without a word, as a power cut would, and starts it again.
    pub(crate) fn restart_immediately(&self) {
        self.control("restart", &["-m", "immediate"]);
    }

    fn control(&self, command: &str, more: &[&str]) {
        let folder = self.folder.path().display();
        let options = format!("-p {} -h 127.0.0.1 -k {folder}", self.port);
        let log = self.folder.path().join("log");
        let mut pg_ctl = program("pg_ctl");
        pg_ctl.arg(command).arg("-D").arg(self.data()).args(more);
        run(pg_ctl
            .args(["-w", "-t", "30", "-o", &options, "-l"])
            .arg(log));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut pg_ctl = program("pg_ctl");
        let stop = pg_ctl
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.data());
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// A program of PostgreSQL's, under a user that is not root: it refuses to be.
fn program(name: &str) -> Command {
    let folder = crate::support::engine("RAALLY_TEST_POSTGRES_BIN");
    let path = PathBuf::from(folder).join(name);
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    command.arg(path);
    command
}

/// Not by pipes: a server that is started would keep them open.
fn run(command: &mut Command) {
    let errors = tempfile::NamedTempFile::new().unwrap();
    let status = command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors.reopen().unwrap())
        .status()
        .unwrap();
    let said = std::fs::read_to_string(errors.path()).unwrap_or_default();
    assert!(status.success(), "{command:?}: {status}: {said}");
}
