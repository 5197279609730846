//! The commands of the binary.

mod audit;
mod config;
mod demo;
mod doctor;
mod epoch;
mod erase;
mod events;
mod export;
mod health;
mod import;
mod keys;
mod migrate;
mod openapi;
mod provision;
mod serve;
mod users;
mod verify;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use raally_app::Services;
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
    /// Relay events and run the consumers, beside `raally serve` processes.
    Worker(worker::WorkerArgs),
    /// Make a database on PostgreSQL and its logins.
    Provision(provision::ProvisionArgs),
    /// Bring the store's tables up to date. On SQLite, serving does so too.
    Migrate(DataArgs),
    /// Look whether everything that the configuration names is as it should be, and say what to do
    /// where it is not.
    Doctor(doctor::DoctorArgs),
    /// Ask a server whether it is ready.
    Health(health::HealthArgs),
    /// Bring data from elsewhere.
    Import(import::ImportArgs),
    /// Make a believable company to look at.
    Demo(demo::DemoArgs),
    /// Print a workspace's log as JSON Lines.
    Export(export::ExportArgs),
    /// The audit store.
    Audit(audit::AuditArgs),
    /// Prove that what is kept agrees with the logs.
    Verify(verify::VerifyArgs),
    /// After commits were lost: by a restore, or a standby promoted that was behind.
    Epoch(epoch::EpochArgs),
    /// Erase what is known of a person: name, address, notes, reasons and pay, of all times.
    Erase(erase::EraseArgs),
    /// The keys that sign access tokens.
    Keys(keys::KeysArgs),
    /// Accounts.
    Users(users::UsersArgs),
    /// Print a commented raally.toml with every setting.
    Config,
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

    /// The configuration with what was said here above it.
    fn config(&self, file: Option<&Path>) -> Result<Config, String> {
        let mut config = Config::read(file)?;
        self.over(&mut config);
        Ok(config)
    }
}

/// Runs a command; a failure is one sentence on standard error.
pub(crate) async fn run(cli: Cli) -> ExitCode {
    let file = cli.config.as_deref();
    let cli = match cli.command {
        // These print their reports themselves, and say by the exit code how it went.
        Command::Import(args) => return import::run(args, file).await,
        Command::Demo(args) => return demo::run(args, file).await,
        Command::Doctor(args) => return doctor::run(args, file).await,
        Command::Config => {
            config::run();
            return ExitCode::SUCCESS;
        }
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
        Command::Worker(args) => worker::run(args, config).await,
        Command::Provision(args) => provision::run(args, config).await,
        Command::Migrate(args) => migrate::run(&args, config).await,
        Command::Health(args) => health::run(args, config).await,
        Command::Export(args) => export::run(args, config).await,
        Command::Audit(args) => audit::run(args, config).await,
        Command::Verify(args) => verify::run(args, config).await,
        Command::Epoch(args) => epoch::run(args, config).await,
        Command::Erase(args) => erase::run(args, config).await,
        Command::Keys(args) => keys::run(args, config).await,
        Command::Users(args) => users::run(args, config).await,
        Command::Openapi => openapi::run(),
        Command::Events(args) => events::run(&args),
        Command::Import(_) | Command::Demo(_) | Command::Doctor(_) | Command::Config => Ok(()),
    }
}

/// The workspace of that id or slug.
async fn workspace(services: &Services, named: &str) -> Result<TenantId, String> {
    // A slug may look like an id: the first Raally's did. An id that exists wins.
    if let Ok(id) = named.parse() {
        let found = services.identity.tenant(id).await;
        if found.map_err(|e| e.to_string())?.is_some() {
            return Ok(id);
        }
    }
    let found = services.identity.tenant_by_slug(named).await;
    match found.map_err(|e| e.to_string())? {
        Some(tenant) => Ok(tenant.id),
        None => Err(format!("there is no workspace {named}")),
    }
}
