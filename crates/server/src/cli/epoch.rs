//! `raally epoch`

use clap::{Args, Subcommand};
use raally_app::epochs;

use super::DataArgs;
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct EpochArgs {
    #[command(subcommand)]
    command: EpochCommand,
}

#[derive(Debug, Subcommand)]
enum EpochCommand {
    /// Begin a new epoch for all workspaces: whoever holds something of what was lost is told to
    /// load again. Do it before users come back.
    Begin(BeginArgs),
    /// List the epochs that were begun.
    List(DataArgs),
}

#[derive(Debug, Args)]
struct BeginArgs {
    #[command(flatten)]
    data: DataArgs,
    /// What happened; it is kept with the epoch.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(crate) async fn run(args: EpochArgs, mut config: Config) -> Result<(), String> {
    match args.command {
        EpochCommand::Begin(begin) => {
            begin.data.over(&mut config);
            let services = compose::services(&config).await?;
            let begun = epochs::begin(&services, &begin.reason);
            let begun = begun.await.map_err(|e| e.causes())?;
            println!(
                "Epoch {} has begun for {} workspaces.",
                begun.number, begun.tenants
            );
            if let Some(error) = begun.untold {
                println!("Running processes find out by themselves within a second: {error}");
            }
        }
        EpochCommand::List(data) => {
            data.over(&mut config);
            let services = compose::local(&config).await?;
            for epoch in services.epochs.epochs().await.map_err(|e| e.to_string())? {
                println!(
                    "{} since {}: {}",
                    epoch.number, epoch.began_at, epoch.reason
                );
            }
        }
    }
    Ok(())
}
