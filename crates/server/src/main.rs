//! The binary `raally`.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod background;
mod cli;
mod compose;
mod config;
mod doctor;
mod events;
mod http;
mod memory;
mod process;
mod supervisor;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

/// A write makes and drops some hundred small values, many of them on another thread than the one
/// that made them; the C library's allocator spent a fifth of a write's time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(cli::Cli::parse()).await
}
