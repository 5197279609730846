//! The engines that tests run on, and what stands between them and a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::net::{TcpListener, TcpStream};

/// Where an engine is, as `scripts/engines env` says it.
///
/// # Panics
/// When nobody has said it: a test that was silently left out would prove nothing.
pub(crate) fn engine(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: run 'scripts/engines start', then 'eval \"$(scripts/engines env)\"'."
        )
    })
}

/// A name that no other test and no earlier run has used.
pub(crate) fn fresh_name() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "engines outlive a run of the tests"
    )]
    let id = uuid::Uuid::now_v7();
    format!("test-{}", id.simple())
}

/// A port that leads to another, which can be changed for connections to come.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    to: Arc<AtomicU16>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(to: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let to = Arc::new(AtomicU16::new(to));
        let target = to.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let port = target.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Proxy { port, to, task }
    }

    pub(crate) fn lead_to(&self, port: u16) {
        self.to.store(port, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
