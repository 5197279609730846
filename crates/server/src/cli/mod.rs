//! The commands of the binary.

mod export;
mod keys;
mod migrate;
mod openapi;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Print a workspace's log as JSON Lines.
    Export(export::ExportArgs),
    /// The keys that sign access tokens.
    Keys(keys::KeysArgs),
    /// Print the OpenAPI document.
    Openapi,
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
    let file = cli.config.as_deref();
    let done = match cli.command {
        Command::Serve(args) => match Config::read(file) {
            Ok(config) => serve::run(args, config).await,
            Err(error) => Err(error),
        },
        Command::Migrate(args) => with(file, &args, migrate::run),
        Command::Export(args) => match Config::read(file) {
            Ok(config) => export::run(args, config).await,
            Err(error) => Err(error),
        },
        Command::Keys(args) => match Config::read(file) {
            Ok(config) => keys::run(args, config).await,
            Err(error) => Err(error),
        },
        Command::Openapi => openapi::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("raally: {error}");
            ExitCode::FAILURE
        }
    }
}

fn with(
    file: Option<&std::path::Path>,
    args: &DataArgs,
    command: impl FnOnce(&Config) -> Result<(), String>,
) -> Result<(), String> {
    let mut config = Config::read(file)?;
    args.over(&mut config);
    command(&config)
}
