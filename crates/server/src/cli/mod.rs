//! The commands of the binary.

mod demo;
mod events;
mod export;
mod import;
mod keys;
mod migrate;
mod openapi;
mod serve;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use raally_app::World;
use raally_domain::ids::TenantId;

use crate::config::Config;

#[derive(Debug, Parser)]
#[command(
    name = "raally",
    version,
    about = "Who works on what, when, and who is free."
)]
pub(crate) struct Cli {
    /// The configuration file; `raally.toml` beside you where it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and the web app.
    Serve(serve::ServeArgs),
    /// Bring the store's tables up to date; serving does so too.
    Migrate(DataArgs),
    /// Bring data from elsewhere.
    Import(import::ImportArgs),
    /// Make a believable company to look at.
    Demo(demo::DemoArgs),
    /// Print a workspace's log as JSON Lines.
    Export(export::ExportArgs),
    /// Prove that what is kept agrees with the logs.
    Verify(verify::VerifyArgs),
    /// The keys that sign access tokens.
    Keys(keys::KeysArgs),
    /// Print the OpenAPI document.
    Openapi,
    /// Write the schemas of events and the AsyncAPI document.
    Events(events::EventsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// The folder that Raally keeps its data in.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DataArgs {
    fn over(&self, config: &mut Config) {
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
    }
}

/// Runs a command; a failure is one sentence on standard error.
pub(crate) async fn run(cli: Cli) -> ExitCode {
    let cli = match cli.command {
        // These print their reports themselves, and say by the exit code how it went.
        Command::Import(args) => return import::run(args).await,
        Command::Demo(args) => return demo::run(args).await,
        command => Cli { command, ..cli },
    };
    match command(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("raally: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn command(cli: Cli) -> Result<(), String> {
    let config = Config::read(cli.config.as_deref())?;
    match cli.command {
        Command::Serve(args) => serve::run(args, config).await,
        Command::Migrate(args) => migrate::run(&args, config),
        Command::Export(args) => export::run(args, config).await,
        Command::Verify(args) => verify::run(args, config).await,
        Command::Keys(args) => keys::run(args, config).await,
        Command::Openapi => openapi::run(),
        Command::Events(args) => events::run(&args),
        Command::Import(_) | Command::Demo(_) => Ok(()),
    }
}

/// The workspace of that id or slug.
async fn workspace(world: &World, named: &str) -> Result<TenantId, String> {
    // A slug may look like an id: the first Raally's did. An id that exists wins.
    if let Ok(id) = named.parse() {
        let found = world.identity.tenant(id).await;
        if found.map_err(|e| e.to_string())?.is_some() {
            return Ok(id);
        }
    }
    let found = world.identity.tenant_by_slug(named).await;
    match found.map_err(|e| e.to_string())? {
        Some(tenant) => Ok(tenant.id),
        None => Err(format!("there is no workspace {named}")),
    }
}
