//! Redis over TLS: its certificate is one that we were told to trust, or it is not talked to.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use raally_adapters::cache::{RedisCache, RedisLink, RedisSettings};
use raally_app::ports::Cache;

/// A Redis server that speaks TLS alone.
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

fn authority(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}

/// Makes a certificate with its key, and the authority that vouches for it.
fn certificate(folder: &Path) {
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj";
    let openssl = |arguments: &str, files: &[(&str, &str)]| {
        let mut openssl = Command::new("openssl");
        openssl.args(new.split(' ')).args(arguments.split(' '));
        for (option, file) in files {
            openssl.arg(option).arg(folder.join(file));
        }
        let made = openssl.stderr(Stdio::null()).status();
        assert!(made.unwrap().success());
    };
    let by = [("-keyout", "ca.key"), ("-out", "ca.pem")];
    openssl("/CN=Tests", &by);
    openssl(
        "/CN=redis -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE",
        &[
            ("-CA", "ca.pem"),
            ("-CAkey", "ca.key"),
            ("-keyout", "redis.key"),
            ("-out", "redis.pem"),
        ],
    );
}

impl Server {
    fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", "0", "--tls-port"])
            .arg(port.to_string())
            .args(["--tls-auth-clients", "no", "--tls-cert-file"])
            .arg(folder.path().join("redis.pem"))
            .arg("--tls-key-file")
            .arg(folder.path().join("redis.key"))
            .arg("--tls-ca-cert-file")
            .arg(authority(folder.path()))
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is missing: run 'scripts/engines install redis'");
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "Redis did not start within 20 s");
            std::thread::sleep(Duration::from_millis(20));
        }
        Server {
            child,
            port,
            folder,
        }
    }

    fn settings(&self, scheme: &str, ca_file: Option<PathBuf>) -> RedisSettings {
        RedisSettings {
            ca_file,
            timeout: Duration::from_secs(5),
            pause: Duration::ZERO,
            ..RedisSettings::new(&format!("{scheme}://127.0.0.1:{}/0", self.port))
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_server_is_trusted_for_its_certificate_alone() {
    let server = Server::start();
    let other = tempfile::tempdir().unwrap();
    certificate(other.path());
    let get = async |ca_file: Option<PathBuf>| {
        let link = RedisLink::new(server.settings("rediss", ca_file)).unwrap();
        RedisCache::new(link, "test").get("k").await
    };
    get(Some(authority(server.folder.path()))).await.unwrap();
    for stranger in [Some(authority(other.path())), None] {
        let refused = get(stranger.clone()).await;
        assert!(refused.is_err(), "{stranger:?}");
    }
    let absent = get(Some(other.path().join("absent.pem"))).await;
    assert!(absent.is_err());
    // Whoever is told whom to trust does not talk to anybody in plain text.
    let plain = RedisLink::new(server.settings("redis", Some(authority(other.path()))));
    let why = plain.err().unwrap().to_string();
    assert!(why.contains("rediss://"), "{why}");
}
