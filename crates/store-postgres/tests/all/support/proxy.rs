//! A way to the server that can lose its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Proxy {
    pub(crate) port: u16,
    lose: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(to: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let lose = Arc::new(AtomicUsize::new(0));
        let losing = lose.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                tokio::spawn(lead(near, far, losing.clone()));
            }
        });
        Proxy { port, lose, task }
    }

    /// The next answers, so many, are read from the server and never arrive; their connections end.
    pub(crate) fn lose_answers(&self, count: usize) {
        self.lose.store(count, Ordering::SeqCst);
    }

    /// How many are still to be lost.
    pub(crate) fn left(&self) -> usize {
        self.lose.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn lead(near: TcpStream, far: TcpStream, lose: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = near.into_split();
    let (mut from_server, mut to_server) = far.into_split();
    let asking = tokio::spawn(async move {
        let _ = copy(&mut from_client, &mut to_server).await;
    });
    let mut buffer = vec![0; 65536];
    while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
        let one_less = |n: usize| n.checked_sub(1);
        let lost = lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        if lost.is_ok() || to_client.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    asking.abort();
}
