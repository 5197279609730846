//! Connections: how many there may be at once, in all and from one address, and how long one may
//! keep us waiting. Some are kept back for the questions of health, so that a server that is full
//! is not taken for one that is dead.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::{BoxError, Router};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use parking_lot::Mutex;
use raally_domain::ids::UserId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// How many connections are kept back for health.
const RESERVE: usize = 16;
/// How long a request's header may take, and a connection be idle: longer than load balancers keep
/// theirs, so that none asks on a connection that is being closed.
const PATIENCE: Duration = Duration::from_secs(75);
/// The same once half of the connections are in use.
const SHORT_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client's TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait after the system had no descriptor for another connection.
const PAUSE: Duration = Duration::from_millis(50);

/// The connections of this process.
pub(crate) struct Connections {
    most: usize,
    /// From one address; `None` where a proxy makes them all.
    most_by_address: Option<u32>,
    all: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    by_address: Mutex<HashMap<IpAddr, u32>>,
    refused: AtomicU64,
}

/// What is served on a connection.
#[derive(Clone)]
pub(crate) struct Routers {
    /// Everything.
    pub all: Router,
    /// Health, where there is no room for more.
    pub full: Router,
}

/// A connection's share of what there may be, as long as it lives.
struct Permit {
    connections: Arc<Connections>,
    /// Whose share it counts to.
    address: Option<IpAddr>,
    /// It is one of those that are kept back.
    is_reserve: bool,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            let mut by_address = self.connections.by_address.lock();
            if let Some(count) = by_address.get_mut(&address) {
                *count -= 1;
                if *count == 0 {
                    by_address.remove(&address);
                }
            }
        }
    }
}

impl Connections {
    /// At most `most` in all and `most_by_address` from one address; 0 is no bound.
    pub(crate) fn new(most: u32, most_by_address: u32) -> Connections {
        let most = match usize::try_from(most) {
            Ok(most) if most > 0 => most.min(Semaphore::MAX_PERMITS),
            _ => Semaphore::MAX_PERMITS,
        };
        Connections {
            most,
            most_by_address: (most_by_address > 0).then_some(most_by_address),
            all: Arc::new(Semaphore::new(most)),
            reserve: Arc::new(Semaphore::new(RESERVE)),
            by_address: Mutex::default(),
            refused: AtomicU64::new(0),
        }
    }

    /// How many there are.
    pub(crate) fn open(&self) -> usize {
        self.most - self.all.available_permits()
    }

    /// How many were closed at once, for want of room.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let (permit, is_reserve) = match Arc::clone(&self.all).try_acquire_owned() {
            Ok(permit) => (permit, false),
            Err(_) => (Arc::clone(&self.reserve).try_acquire_owned().ok()?, true),
        };
        let counted = match self.most_by_address {
            None => None,
            Some(most) => {
                let mut by_address = self.by_address.lock();
                let count = by_address.entry(address).or_default();
                if *count >= most {
                    return None;
                }
                *count += 1;
                Some(address)
            }
        };
        Some(Permit {
            connections: Arc::clone(self),
            address: counted,
            is_reserve,
            _permit: permit,
        })
    }

    fn patience(&self) -> Duration {
        if self.all.available_permits() > self.most / 2 {
            PATIENCE
        } else {
            SHORT_PATIENCE
        }
    }

    /// Serves connections, with TLS where it is given, until `stop` returns, then ends each with its request.
    pub(crate) async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        routers: Routers,
        stop: impl Future<Output = ()>,
    ) {
        let graceful = GracefulShutdown::new();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stop => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(permit) = self.admit(peer.ip()) else {
                self.refused.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let router = match permit.is_reserve {
                true => routers.full.clone(),
                false => routers.all.clone(),
            };
            self.spawn(stream, tls.clone(), peer, router, permit, &graceful);
        }
        drop(listener);
        graceful.shutdown().await;
    }

    fn spawn(
        &self,
        stream: TcpStream,
        tls: Option<TlsAcceptor>,
        peer: SocketAddr,
        router: Router,
        permit: Permit,
        graceful: &GracefulShutdown,
    ) {
        // Answers are small, and written at once.
        let _ = stream.set_nodelay(true);
        let patience = self.patience();
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let ended = match tls {
                None => serve_one(stream, patience, peer, router, watcher).await,
                Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => serve_one(stream, patience, peer, router, watcher).await,
                    Ok(Err(error)) => Err(error.into()),
                    Err(_) => Err("its TLS handshake took too long".into()),
                },
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
            drop(permit);
        });
    }
}

async fn serve_one(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    patience: Duration,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
) -> Result<(), BoxError> {
    let service = hyper::service::service_fn(move |request| answer(router.clone(), peer, request));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service);
    Ok(watcher.watch(connection).await?)
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}

/// How many streams of live changes each user has open.
#[derive(Default)]
pub(crate) struct Streams(Mutex<HashMap<UserId, u32>>);

/// One of them, as long as it lives.
pub(crate) struct StreamPermit {
    streams: Arc<Streams>,
    user: UserId,
}

impl Streams {
    /// `None` where the user has as many as they may.
    pub(crate) fn open(self: &Arc<Self>, user: UserId, most: u32) -> Option<StreamPermit> {
        let mut open = self.0.lock();
        let count = open.entry(user).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(StreamPermit {
            streams: Arc::clone(self),
            user,
        })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock();
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

/// Raises the number of files and sockets that this process may have open to what the system lets
/// it; returns that, if there is a bound.
pub(crate) fn raise_open_files() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the number of files that may be open could not be raised");
        return getrlimit(Resource::Nofile).current;
    }
    limit.current
}
