//! The binary `raally`.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod background;
mod cli;
mod compose;
mod config;
mod demo;
mod events;
mod http;
mod legacy;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(cli::Cli::parse()).await
}
