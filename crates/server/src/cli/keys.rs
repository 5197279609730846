//! `raally keys`

use clap::{Args, Subcommand};
use raally_app::auth::{Auth, AuthConfig, Takeover};

use super::DataArgs;
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// List the keys.
    List(DataArgs),
    /// Make a new key; tokens of the old one stay valid until they expire.
    Rotate(RotateArgs),
}

#[derive(Debug, Args)]
struct RotateArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Sign with the new key at once; only where no other process serves this data.
    #[arg(long)]
    now: bool,
}

pub(crate) async fn run(args: KeysArgs, mut config: Config) -> Result<(), String> {
    match args.command {
        KeysCommand::List(data) => {
            data.over(&mut config);
            let services = compose::local(&config).await?;
            let keys = services.identity.keys().await.map_err(|e| e.to_string())?;
            for key in keys {
                let retires = key
                    .retires_at
                    .map_or_else(String::new, |at| format!(", accepted until {at}"));
                println!("{} signs from {}{retires}", key.kid, key.signs_from);
            }
        }
        KeysCommand::Rotate(rotate) => {
            rotate.data.over(&mut config);
            let auth = Auth::new(compose::local(&config).await?, AuthConfig::default());
            let takeover = if rotate.now {
                Takeover::AtOnce
            } else {
                Takeover::Announced
            };
            let kid = auth.keys().rotate(takeover).await.map_err(|e| e.causes())?;
            println!("{kid}");
        }
    }
    Ok(())
}
