//! Redis over TLS: its certificate is one that we were told to trust, or it is not talked to.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use raally_adapters::cache::{RedisCache, RedisLink, RedisSettings};
use raally_app::ports::Cache;

/// A Redis server that speaks TLS alone.
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

fn authority(folder: &Path) -> PathBuf {
    folder.join("redis.pem")
}

fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30".split(' '))
        .args("-subj /CN=redis -addext subjectAltName=IP:127.0.0.1".split(' '))
        .arg("-keyout")
        .arg(folder.join("redis.key"))
        .arg("-out")
        .arg(authority(folder))
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
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
            .arg(authority(folder.path()))
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
    let set = async |ca_file: Option<PathBuf>| {
        let link = RedisLink::new(server.settings("rediss", ca_file)).unwrap();
        let one = Bytes::from_static(b"1");
        let cache = RedisCache::new(link, "test");
        cache.set("k", one, Duration::from_secs(600)).await
    };
    set(Some(authority(server.folder.path()))).await.unwrap();
    for stranger in [Some(authority(other.path())), None] {
        let refused = set(stranger.clone()).await;
        assert!(refused.is_err(), "{stranger:?}");
    }
    let absent = set(Some(other.path().join("absent.pem"))).await;
    assert!(absent.is_err());
    // Whoever is told whom to trust does not talk to anybody in plain text.
    let plain = RedisLink::new(server.settings("redis", Some(authority(other.path()))));
    let why = plain.err().unwrap().to_string();
    assert!(why.contains("rediss://"), "{why}");
}
