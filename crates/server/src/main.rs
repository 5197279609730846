//! The binary `raally`.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod cli;
mod demo;
mod legacy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "raally", version, about = "Resource planning")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring data from elsewhere.
    Import(cli::import::ImportArgs),
    /// Make a believable company to look at.
    Demo(cli::demo::DemoArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Import(args) => cli::import::run(args).await,
        Command::Demo(args) => cli::demo::run(args).await,
    }
}
