//! Connections: what one may keep waiting, and how many there may be.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::support::{Server, ok, problem};

/// How long the end of a wait that the server bounds may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

impl Server {
    fn connect(&self) -> TcpStream {
        let address = self.base.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// A connection that sends half a header, and nothing more.
    fn half(&self) -> TcpStream {
        let mut stream = self.connect();
        stream
            .write_all(b"GET /api/v1/me HTTP/1.1\r\nHost: ")
            .unwrap();
        stream
    }
}

/// What comes until the server closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_requests_keep_out_neither_health_nor_others_for_good() {
    let server = Server::start_with(&[("RAALLY__LIMITS__CONNECTIONS", "8")]);
    let held: Vec<TcpStream> = (0..8).map(|_| server.half()).collect();
    // Accepting is asynchronous: from some moment on there is no room.
    let me = || server.http.get(server.url("/api/v1/me")).send();
    let mut answer = me().await.unwrap();
    while answer.status() != 503 {
        assert_eq!(answer.status(), 401);
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer = me().await.unwrap();
    }
    let told = problem(answer, 503).await;
    assert!(told["detail"].as_str().unwrap().contains("connections"));
    let alive = server.http.get(server.url("/api/health/live")).send();
    assert_eq!(alive.await.unwrap().status(), 200);
    // The server closes them by itself.
    for stream in held {
        tokio::task::block_in_place(|| rest(stream));
    }
    while me().await.unwrap().status() != 401 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_a_bound_of_its_own() {
    let server = Server::start_with(&[("RAALLY__LIMITS__CONNECTIONS_PER_ADDRESS", "4")]);
    let _held: Vec<TcpStream> = (0..4).map(|_| server.half()).collect();
    let mut more = server.connect();
    let _ =
        more.write_all(b"GET /api/health/live HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n");
    assert_eq!(tokio::task::block_in_place(|| rest(more)), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Server::start();
    let mut stream = server.connect();
    let head = "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: r\r\nContent-Type: application/json\r\n\
                Content-Length: 1000\r\n\r\n{";
    stream.write_all(head.as_bytes()).unwrap();
    let said = tokio::task::block_in_place(|| rest(stream));
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    assert!(said.contains("too slowly"), "{said}");
}

#[tokio::test]
async fn a_user_has_so_many_streams_at_once() {
    let server = Server::start_with(&[("RAALLY__LIMITS__STREAMS_PER_USER", "2")]);
    let admin = server.sign_up("admin", Some("Own")).await;
    let live = || admin.get("/live").send();
    let (one, _two) = (live().await.unwrap(), live().await.unwrap());
    problem(live().await.unwrap(), 429).await;
    ok(admin.get("/people").send().await.unwrap(), 200).await;
    drop(one);
    let mut answer = live().await.unwrap();
    while answer.status() == 429 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = live().await.unwrap();
    }
    assert_eq!(answer.status(), 200);
}
