//! `raally serve`

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use raally_app::Services;
use raally_demo::ensure_demo;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::DataArgs;
use crate::compose::NoServices;
use crate::config::Config;
use crate::http::connections::{Connections, Routers};
use crate::http::lifecycle::Phase;
use crate::http::tls::Certificate;
use crate::http::{self, App};
use crate::{compose, telemetry};

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen, such as 127.0.0.1:3001.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    data: DataArgs,
    /// Make a demo workspace, unless there is one, and print how to sign in.
    #[arg(long)]
    demo: bool,
    /// Only print what would be used, without secrets.
    #[arg(long)]
    check: bool,
}

/// How long readiness says no before connections are refused, so that a balancer can tell.
const NOTICE: Duration = Duration::from_millis(500);

/// How often the database is looked for before there is one.
const RETRY: Duration = Duration::from_secs(1);
/// How many connections may ask meanwhile.
const WAITING_CONNECTIONS: u32 = 256;

pub(crate) async fn run(args: ServeArgs, mut config: Config) -> Result<(), String> {
    args.data.over(&mut config);
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    if args.check {
        print!("{}", config.in_force());
        return Ok(());
    }
    listen(config, args.demo, Surface::All).await
}

/// What a process answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    /// The API and the web app.
    All,
    /// Health and metrics alone.
    Worker,
}

pub(super) async fn listen(config: Config, demo: bool, surface: Surface) -> Result<(), String> {
    for origin in &config.cors_origins {
        http::origin(origin)?;
    }
    let mut stop = StopSignals::listen()?;
    let telemetry = telemetry::start(&config.log, &config.telemetry)?;
    let certificate = Certificate::of(&config.tls)?;
    let scheme = config.scheme();
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        format!(
            "{} cannot be listened on ({error}): is another server running there?",
            config.listen
        )
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| format!("the address could not be found out: {error}"))?;
    let tls = certificate.as_ref().map(Certificate::acceptor);
    let tls = tls.transpose()?;
    let found = services(&config, listener, tls.as_ref(), &mut stop).await?;
    let Some((services, listener)) = found else {
        return Ok(());
    };
    let demo = if demo {
        let made = ensure_demo(&*services.store, &*services.identity, &*services.clock).await;
        Some(made.map_err(|error| error.to_string())?)
    } else {
        None
    };
    let app = compose::app(config, services);
    app.auth.keys().ensure().await.map_err(|e| e.causes())?;
    match surface {
        Surface::All => println!("Raally listens on {scheme}://{address}"),
        Surface::Worker => println!("Raally's worker listens on {scheme}://{address}"),
    }
    if let Some(demo) = demo {
        print!("{}", demo.text());
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "serving");
    let served = serve(app, listener, (certificate, tls), surface, stop).await;
    telemetry.stop().await;
    served
}

/// The services. Until the database is there, with the tables that this program needs, health is
/// answered and nothing else is; `None` where the process is told to stop meanwhile.
async fn services(
    config: &Config,
    listener: TcpListener,
    tls: Option<&TlsAcceptor>,
    signals: &mut StopSignals,
) -> Result<Option<(Services, TcpListener)>, String> {
    let mut reason = match compose::services(config).await {
        Ok(services) => return Ok(Some((services, listener))),
        Err(NoServices::NotYet(reason)) => reason,
        Err(NoServices::Wrong(reason)) => return Err(reason),
    };
    tracing::warn!(reason, "waiting for the database");
    let no_clone = |error| format!("the listener could not be shared: {error}");
    let listener = listener.into_std().map_err(no_clone)?;
    let own = listener.try_clone().map_err(no_clone)?;
    let own = TcpListener::from_std(own).map_err(no_clone)?;
    let router = http::starting::router();
    let routers = Routers {
        all: router.clone(),
        full: router,
    };
    let (found, stop) = oneshot::channel::<()>();
    let connections = Arc::new(Connections::new(WAITING_CONNECTIONS, 0));
    let answering = tokio::spawn(connections.serve(own, tls.cloned(), routers, async {
        let _ = stop.await;
    }));
    let services = loop {
        tokio::select! {
            () = signals.asked_to_stop() => break None,
            () = tokio::time::sleep(RETRY) => {}
        }
        match compose::services(config).await {
            Ok(services) => break Some(services),
            Err(NoServices::Wrong(reason)) => return Err(reason),
            Err(NoServices::NotYet(now)) if now != reason => {
                tracing::warn!(reason = now, "waiting for the database");
                reason = now;
            }
            Err(NoServices::NotYet(_)) => {}
        }
    };
    let _ = found.send(());
    let _ = tokio::time::timeout(NOTICE, answering).await;
    let listener = TcpListener::from_std(listener).map_err(no_clone)?;
    Ok(services.map(|services| (services, listener)))
}

async fn serve(
    app: App,
    listener: TcpListener,
    (certificate, tls): (Option<Arc<Certificate>>, Option<TlsAcceptor>),
    surface: Surface,
    mut signals: StopSignals,
) -> Result<(), String> {
    let routers = Routers {
        all: match surface {
            Surface::All => http::router(&app),
            Surface::Worker => http::operations(&app),
        },
        full: http::full(&app),
    };
    let stopping = app.clone();
    let stop = async move {
        signals.asked_to_stop().await;
        tracing::info!("stopping");
        stopping.lifecycle.enter_phase(Phase::Draining);
        tokio::time::sleep(NOTICE).await;
    };
    let renewal = certificate.map(|certificate| tokio::spawn(certificate.keep_fresh()));
    let background = compose::background(&app);
    app.lifecycle.enter_phase(Phase::Serving);
    let server = Arc::clone(&app.connections).serve(listener, tls, routers, stop);
    let drain = Duration::from_secs(app.config.drain_seconds);
    let patience = async {
        app.lifecycle.draining().await;
        tokio::time::sleep(NOTICE + drain).await;
    };
    tokio::select! {
        () = server => {}
        () = patience => tracing::warn!(
            in_flight = app.lifecycle.in_flight(),
            "requests took too long and were cut off"
        ),
    }
    if let Some(renewal) = renewal {
        renewal.abort();
    }
    background.stop().await;
    app.tenants.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// SIGTERM and SIGINT, heard from the moment on that this is made: a process that is told to stop
/// while it starts must not be cut off in between.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> Result<StopSignals, String> {
        let heard = |kind| signal(kind).map_err(|e| format!("signals cannot be heard: {e}"));
        Ok(StopSignals {
            terminate: heard(SignalKind::terminate())?,
            interrupt: heard(SignalKind::interrupt())?,
        })
    }

    /// Returns on either.
    async fn asked_to_stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
