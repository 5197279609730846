//! `raally users`

use clap::{Args, Subcommand};

use super::DataArgs;
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct UsersArgs {
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Debug, Subcommand)]
enum UsersCommand {
    /// Note that an account's address is its user's, where no mail can show it.
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The account's e-mail address.
    email: String,
}

pub(crate) async fn run(args: UsersArgs, mut config: Config) -> Result<(), String> {
    let UsersCommand::Verify(args) = args.command;
    args.data.over(&mut config);
    let services = compose::local(&config).await?;
    let verified = raally_app::accounts::verify(&services, &args.email).await;
    println!("{}", verified.map_err(|e| e.causes())?);
    Ok(())
}
