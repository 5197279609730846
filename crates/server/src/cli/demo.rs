//! `raally demo`: a made-up company of any size.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use raally_demo::{Demo, Size};
use raally_domain::date::Date;

use super::DataArgs;
use crate::compose;

/// Make a believable company; the same for the same numbers, seed and date.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many people it has.
    #[arg(long, default_value_t = 60)]
    people: u32,
    /// How many projects.
    #[arg(long, default_value_t = 14)]
    projects: u32,
    /// How many assignments, those that nobody fills yet included.
    #[arg(long, default_value_t = 260)]
    assignments: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day around which it has planned, such as 2026-11-23.
    #[arg(long, value_name = "DATE")]
    today: Date,
    #[command(flatten)]
    data: DataArgs,
    /// Print workspace and sign-ins as JSON.
    #[arg(long)]
    json: bool,
}

/// Makes the company, and prints its workspace and how to sign in.
pub(crate) async fn run(args: DemoArgs, config: Option<&Path>) -> ExitCode {
    match make(&args, config).await {
        Ok(demo) if args.json => println!("{}", demo.json()),
        Ok(demo) => print!("{}", demo.text()),
        Err(line) => {
            eprintln!("raally: {line}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn make(args: &DemoArgs, config: Option<&Path>) -> Result<Demo, String> {
    let services = compose::local(&args.data.config(config)?).await?;
    let size = Size {
        people: args.people,
        projects: args.projects,
        assignments: args.assignments,
    };
    let made = raally_demo::create(
        &*services.store,
        &*services.identity,
        size,
        args.seed,
        args.today,
    )
    .await;
    made.map_err(|e| e.to_string())
}
