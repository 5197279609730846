//! HTTP/1.1 over one connection at a time, as little of it as a load needs.

use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// A request that reads.
#[derive(Clone)]
pub(crate) struct Get {
    /// `host:port`.
    pub address: String,
    pub path: String,
    pub token: Option<String>,
}

impl Get {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        request("GET", self, "")
    }
}

/// A request with a JSON body.
pub(crate) fn post(to: &Get, body: &str) -> Vec<u8> {
    request("POST", to, body)
}

/// A request of any method.
pub(crate) fn request(method: &str, to: &Get, body: &str) -> Vec<u8> {
    let token = to.token.as_ref();
    let authorization = token.map_or(String::new(), |t| format!("authorization: Bearer {t}\r\n"));
    let content = if body.is_empty() {
        String::new()
    } else {
        let length = body.len();
        format!("content-type: application/json\r\ncontent-length: {length}\r\n")
    };
    let Get { address, path, .. } = to;
    format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n{authorization}{content}\r\n{body}")
        .into_bytes()
}

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection {
            stream: BufReader::with_capacity(256 * 1024, stream),
            body: Vec::new(),
        }
    }

    /// Sends a request and reads its answer; panics unless that is a success with a known length.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> &[u8] {
        self.stream.get_mut().write_all(request).await.unwrap();
        let mut head = Vec::with_capacity(1024);
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let length: usize = head
            .lines()
            .find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse().ok())?
            })
            .unwrap_or_else(|| panic!("an answer without a length: {head}"));
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await.unwrap();
        let ok = head.starts_with("HTTP/1.1 2");
        assert!(ok, "{head}{}", String::from_utf8_lossy(&self.body));
        &self.body
    }
}

/// The events of a stream of the server's, each as its name and its data, when they came.
pub(crate) async fn follow(get: &Get) -> mpsc::UnboundedReceiver<(Instant, String, String)> {
    let mut connection = Connection::open(&get.address).await;
    let request = get.bytes();
    connection
        .stream
        .get_mut()
        .write_all(&request)
        .await
        .unwrap();
    let (events, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (mut lines, mut name) = (connection.stream.lines(), String::new());
        let status = lines.next_line().await.unwrap().unwrap_or_default();
        assert!(status.starts_with("HTTP/1.1 200"), "{status}");
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(named) = line.strip_prefix("event: ") {
                name = named.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                let event = (Instant::now(), name.clone(), data.to_owned());
                if events.send(event).is_err() {
                    return;
                }
            }
        }
    });
    received
}

/// The body of one answer.
pub(crate) async fn body(get: &Get) -> Vec<u8> {
    let mut connection = Connection::open(&get.address).await;
    connection.ask(&get.bytes()).await.to_vec()
}
