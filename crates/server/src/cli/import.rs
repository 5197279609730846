//! `raally import`: bringing data from elsewhere.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use raally_legacy::{ImportError, Ports, Report};

use super::DataArgs;
use crate::compose;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, Subcommand)]
enum Source {
    /// Import a database of the first Raally; the file is not changed.
    Legacy(LegacyArgs),
}

#[derive(Debug, Args)]
struct LegacyArgs {
    /// The first Raally's database, such as raally.db.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// The exit code for a file that cannot be imported.
const UNUSABLE: u8 = 2;

/// Imports, prints the report, and says by the exit code whether it worked.
pub(crate) async fn run(args: ImportArgs, config: Option<&Path>) -> ExitCode {
    let Source::Legacy(args) = args.source;
    match legacy_import(&args, config).await {
        Ok(report) if args.json => {
            println!("{}", report.json());
            ExitCode::SUCCESS
        }
        Ok(report) => {
            print!("{}", report.text());
            ExitCode::SUCCESS
        }
        Err((code, line)) => {
            eprintln!("raally: {line}");
            ExitCode::from(code)
        }
    }
}

async fn legacy_import(args: &LegacyArgs, config: Option<&Path>) -> Result<Report, (u8, String)> {
    // The file first: nothing is made where there is nothing to import.
    let from = args.from.clone();
    let first = tokio::task::spawn_blocking(move || raally_legacy::read_file(&from))
        .await
        .map_err(|e| (1, e.to_string()))?
        .map_err(|e| (UNUSABLE, e.to_string()))?;
    let config = args.data.config(config).map_err(|e| (1, e))?;
    let services = compose::local(&config).await.map_err(|e| (1, e.into()))?;
    let ports = Ports {
        store: &*services.store,
        identity: &*services.identity,
        clock: &*services.clock,
        ids: &*services.ids,
    };
    raally_legacy::import(ports, &first).await.map_err(|error| {
        let code = match &error {
            ImportError::Unusable(_) | ImportError::Bound(_) => UNUSABLE,
            _ => 1,
        };
        (code, error.to_string())
    })
}
