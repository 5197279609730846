//! `raally worker`

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use raally_app::Services;
use raally_app::consumers::{self, Registered};
use raally_app::ports::{Message, OffsetCommit};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_domain::stream::StreamId;

use super::serve::{Surface, listen};
use super::{DataArgs, workspace};
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    #[command(subcommand)]
    command: Option<WorkerCommand>,
    /// Where health and metrics are answered, such as 127.0.0.1:3002.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Subcommand)]
enum WorkerCommand {
    /// Let a consumer take again what it set aside, or what it has taken before.
    Replay(ReplayArgs),
}

#[derive(Debug, Args)]
struct ReplayArgs {
    /// The consumer, such as mailer.
    #[arg(long, value_name = "NAME")]
    consumer: String,
    /// The workspace (its id or its slug); without one, all streams that wait.
    #[arg(long, value_name = "WORKSPACE")]
    tenant: Option<String>,
    /// Set the consumer back to this event of the workspace, so that it and all after it have
    /// their effect again.
    #[arg(long, value_name = "SEQ", requires = "tenant", value_parser = clap::value_parser!(u64).range(1..))]
    from: Option<u64>,
    #[command(flatten)]
    data: DataArgs,
}

/// Relays events and runs the consumers until it is asked to stop.
pub(crate) async fn run(args: WorkerArgs, mut config: Config) -> Result<(), String> {
    if let Some(WorkerCommand::Replay(args)) = args.command {
        args.data.over(&mut config);
        return replay(args, &config).await;
    }
    args.data.over(&mut config);
    config.worker = true;
    let postgres = &mut config.postgres;
    if postgres.background_connections == 0 {
        postgres.background_connections = postgres.connections;
    }
    if config.kafka.brokers.is_empty() {
        return Err(
            "a worker beside others needs Kafka: name kafka.brokers, or let `raally serve` do \
             its work"
                .to_owned(),
        );
    }
    if let Some(address) = args.listen {
        config.listen = address;
    }
    listen(config, false, Surface::Worker).await
}

async fn replay(args: ReplayArgs, config: &Config) -> Result<(), String> {
    let services = compose::services(config).await?;
    let tenants = Tenants::new(services.clone(), TenantsConfig::default());
    let consumers = consumers::registry(&services, &tenants);
    let names: Vec<&'static str> = consumers.iter().map(Registered::name).collect();
    let consumer = names.iter().find(|name| **name == args.consumer);
    let consumer = *consumer.ok_or_else(|| {
        let names = names.join(", ");
        format!("there is no consumer {}; there are: {names}", args.consumer)
    })?;
    let named = match &args.tenant {
        Some(named) => Some(StreamId::Tenant(workspace(&services, named).await?)),
        None => None,
    };
    if let (Some(stream), Some(from)) = (named, args.from) {
        return set_back(&services, consumer, stream, from).await;
    }
    let waiting = services.bus.dead_letters(consumer).await;
    let mut replayed = 0;
    for (message, reason) in waiting.map_err(|e| e.to_string())? {
        if named.is_none_or(|stream| stream == message.stream) {
            println!("{} {}: {reason}", message.stream, message.seq);
            let replay = services.bus.replay(consumer, message.stream).await;
            replay.map_err(|e| e.to_string())?;
            replayed += 1;
        }
    }
    println!("{replayed} streams go on.");
    Ok(())
}

/// Moves the consumer's place back, and sends the last event once more to wake it.
async fn set_back(
    services: &Services,
    consumer: &'static str,
    stream: StreamId,
    seq: u64,
) -> Result<(), String> {
    let said = |e: &dyn std::fmt::Display| e.to_string();
    let store = &services.store;
    let at = store.inbox(consumer, stream).await.map_err(|e| said(&e))?;
    if seq > at {
        return Err(format!(
            "{consumer} has taken {at} events of it, and not {seq}"
        ));
    }
    let commit = OffsetCommit {
        consumer,
        stream,
        from: at,
        to: seq - 1,
        event: None,
    };
    if !store.advance_inbox(commit).await.map_err(|e| said(&e))? {
        return Err(format!("{consumer} is at work on it: try again"));
    }
    let last = store
        .stream_events(stream, at - 1, 1)
        .await
        .map_err(|e| said(&e))?;
    let again = last.into_iter().map(|logged| Message {
        stream,
        seq: logged.seq,
        body: logged.stored.body.into(),
        trace: None,
    });
    services
        .bus
        .publish(again.collect())
        .await
        .map_err(|e| said(&e))?;
    println!("{consumer} takes {stream} again from event {seq} on.");
    Ok(())
}
