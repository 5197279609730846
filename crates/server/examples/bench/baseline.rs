//! The baseline of reads: axum sending bytes from memory, in a process of its own.

use std::io::Write;
use std::path::Path;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;

/// The file with the bytes to send.
pub(crate) const FILE: &str = "baseline.bytes";

/// Serves `/bytes` until it is killed; prints its address first.
pub(crate) async fn serve(folder: &Path) {
    let bytes = Bytes::from(std::fs::read(folder.join(FILE)).unwrap());
    let answer = move || {
        let bytes = bytes.clone();
        async move { ([(CONTENT_TYPE, "application/json")], bytes) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    axum::serve(listener, Router::new().route("/bytes", get(answer)))
        .await
        .unwrap();
}
