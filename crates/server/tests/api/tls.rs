//! TLS where the server listens: its certificate is the one in its files, also once they change.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use super::support::{Server, problem};

/// A certificate of 127.0.0.1 with its key, and the authority that made it.
struct Made {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

fn openssl(arguments: &str, files: &[(&str, &Path)]) {
    let mut openssl = Command::new("openssl");
    openssl.args(arguments.split(' '));
    for (option, file) in files {
        openssl.arg(option).arg(file);
    }
    let Output { status, stderr, .. } = openssl.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}

impl Made {
    fn anew(folder: &Path) -> Made {
        let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj";
        let (authority, key) = (folder.join("ca.pem"), folder.join("ca.key"));
        openssl(
            &format!("{new} /CN=Tests"),
            &[("-keyout", &key), ("-out", &authority)],
        );
        let (certificate, own_key) = (folder.join("tls.crt"), folder.join("tls.key"));
        openssl(
            &format!(
                "{new} /CN=raally -addext subjectAltName=IP:127.0.0.1 \
                 -addext basicConstraints=critical,CA:FALSE"
            ),
            &[
                ("-CA", &authority),
                ("-CAkey", &key),
                ("-keyout", &own_key),
                ("-out", &certificate),
            ],
        );
        Made {
            authority,
            certificate,
            key: own_key,
        }
    }

    fn client(&self) -> reqwest::Client {
        let pem = std::fs::read(&self.authority).unwrap();
        let authority = reqwest::Certificate::from_pem(&pem).unwrap();
        let client = reqwest::Client::builder()
            .tls_built_in_root_certs(false)
            .add_root_certificate(authority)
            .pool_max_idle_per_host(0);
        client.build().unwrap()
    }

    fn server(&self) -> Server {
        Server::start_with(&[
            (
                "RAALLY__TLS__CERTIFICATE_FILE",
                self.certificate.to_str().unwrap(),
            ),
            ("RAALLY__TLS__KEY_FILE", self.key.to_str().unwrap()),
        ])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_certificate_nothing_is_said_in_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::anew(folder.path());
    let server = made.server();
    assert!(
        server.base.starts_with("https://127.0.0.1:"),
        "{}",
        server.base
    );
    let me = made.client().get(server.url("/api/v1/me")).send();
    problem(me.await.unwrap(), 401).await;

    let mut plain = TcpStream::connect(server.base.trim_start_matches("https://")).unwrap();
    plain
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    plain
        .write_all(b"GET /api/health/live HTTP/1.1\r\nHost: r\r\n\r\n")
        .unwrap();
    let mut said = Vec::new();
    let _ = tokio::task::block_in_place(|| plain.read_to_end(&mut said));
    assert!(
        !said.starts_with(b"HTTP"),
        "{}",
        String::from_utf8_lossy(&said)
    );
    // A handshake that never goes on keeps out nobody else.
    let _silent = TcpStream::connect(server.base.trim_start_matches("https://")).unwrap();
    let live = made.client().get(server.url("/api/health/live")).send();
    assert_eq!(live.await.unwrap().status(), 200);
    // Versions before 1.2 are no longer safe.
    for (version, is_spoken) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let asked = Command::new("openssl")
            .args(["s_client", version, "-cipher", "ALL:@SECLEVEL=0"])
            .args(["-connect", server.base.trim_start_matches("https://")])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&asked.stderr);
        assert_eq!(asked.status.success(), is_spoken, "{version}: {told}");
    }
    let strangers = reqwest::Client::new().get(server.url("/api/v1/me")).send();
    assert!(strangers.await.is_err(), "nobody else vouches for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_without_a_restart() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, second] = folders.each_ref().map(|folder| Made::anew(folder.path()));
    let server = first.server();
    let live = |made: &Made| made.client().get(server.url("/api/health/live")).send();
    // What cannot be used is not taken: a key alone, which is not that of the certificate.
    std::fs::copy(&second.key, &first.key).unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(live(&first).await.unwrap().status(), 200);
    std::fs::copy(&second.certificate, &first.certificate).unwrap();
    let mut renewed = live(&second).await;
    for _ in 0..600 {
        if renewed.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        renewed = live(&second).await;
    }
    assert_eq!(renewed.unwrap().status(), 200);
    assert!(live(&first).await.is_err());
}

#[test]
fn what_cannot_be_used_is_refused_at_the_start() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, second] = folders.each_ref().map(|folder| Made::anew(folder.path()));
    let serve = |certificate: Option<&Path>, key: &Path| {
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_raally"));
        command
            .current_dir(data.path())
            .env("RAALLY__DATA", data.path())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("RAALLY__TLS__KEY_FILE", key);
        if let Some(file) = certificate {
            command.env("RAALLY__TLS__CERTIFICATE_FILE", file);
        }
        let Output { status, stderr, .. } = command.output().unwrap();
        assert!(!status.success());
        String::from_utf8(stderr).unwrap()
    };
    let said = serve(None, &first.key);
    assert!(
        said.contains("both tls.certificate_file and tls.key_file"),
        "{said}"
    );
    let said = serve(Some(&first.certificate), &second.key);
    assert!(said.contains("tls.key holds nothing"), "{said}");
    let said = serve(Some(&first.key), &first.key);
    assert!(said.contains("no certificate"), "{said}");
    let said = serve(Some(Path::new("absent.pem")), &first.key);
    assert!(said.contains("absent.pem cannot be read"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_can_ask_whether_it_is_ready() {
    let health = |server: &Server, arguments: &[&str]| {
        let port = server.base.rsplit_once(':').unwrap().1;
        let mut command = server.command();
        // As in a container: it listens everywhere.
        command.env("RAALLY__LISTEN", format!("0.0.0.0:{port}"));
        let asked = command.arg("health").args(arguments).output().unwrap();
        let said = asked.stdout.iter().chain(&asked.stderr).copied().collect();
        (asked.status.success(), String::from_utf8(said).unwrap())
    };
    let server = Server::start();
    let (ready, said) = health(&server, &[]);
    assert!(ready && said.contains(r#""status":"ok""#), "{said}");
    let absent = server.url("/api/health/absent");
    let (ready, said) = health(&server, &["--url", &absent]);
    assert!(!ready && said.contains("answered 404"), "{said}");
    let (ready, said) = health(&server, &["--url", "http://127.0.0.1:1/"]);
    assert!(!ready && said.contains("cannot be asked"), "{said}");

    let folder = tempfile::tempdir().unwrap();
    let made = Made::anew(folder.path());
    let server = made.server();
    let (url, authority) = (
        server.url("/api/health/ready"),
        made.authority.to_str().unwrap(),
    );
    let (ready, said) = health(&server, &["--url", &url, "--ca-file", authority]);
    assert!(ready, "{said}");
    let (ready, said) = health(&server, &["--url", &url]);
    assert!(!ready && said.contains("certificate"), "{said}");
}
