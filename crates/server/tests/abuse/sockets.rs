//! Attacks below HTTP: connections that are opened and then not used as they should be.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

fn address(base: &str) -> SocketAddr {
    base.trim_start_matches("http://").parse().unwrap()
}

async fn connect(base: &str, from: IpAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind(SocketAddr::new(from, 0)).ok()?;
    socket.connect(address(base)).await.ok()
}

/// Opens connections, sends `text` on each and holds them for a while.
pub async fn hold(base: &str, from: IpAddr, count: usize, text: &str) {
    let mut held = Vec::new();
    for _ in 0..count {
        if let Some(mut stream) = connect(base, from).await {
            let _ = stream.write_all(text.as_bytes()).await;
            held.push(stream);
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
}

/// Sends whole requests and hangs up before they are answered.
pub async fn hang_up(base: &str, from: IpAddr, count: usize, path: &str, body: &str) {
    for _ in 0..count {
        let Some(mut stream) = connect(base, from).await else {
            continue;
        };
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(request.as_bytes()).await;
    }
}
