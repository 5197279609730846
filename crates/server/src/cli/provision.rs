//! `raally provision`

use std::path::PathBuf;

use clap::Args;

use crate::compose;
use crate::config::Config;

/// Makes the database and its two logins, as an administrator; what is there stays.
#[derive(Debug, Args)]
pub(crate) struct ProvisionArgs {
    /// Where an administrator connects, such as postgres://postgres@db.example.com/postgres.
    #[arg(
        long,
        value_name = "URL",
        env = "RAALLY_ADMIN_URL",
        hide_env_values = true
    )]
    admin_url: String,
    /// PEM certificates to trust; by default those of postgres.ca_file, else the system's.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// The database to make.
    #[arg(long, default_value = "raally")]
    database: String,
    /// The password of the login that runs migrations, `<database>_owner`.
    #[arg(long, env = "RAALLY_OWNER_PASSWORD", hide_env_values = true)]
    owner_password: String,
    /// The password of the login that serves, `<database>_server`.
    #[arg(long, env = "RAALLY_SERVER_PASSWORD", hide_env_values = true)]
    server_password: String,
}

pub(crate) async fn run(args: ProvisionArgs, config: Config) -> Result<(), String> {
    let (owner, server) = (
        format!("{}_owner", args.database),
        format!("{}_server", args.database),
    );
    compose::provision(
        &args.admin_url,
        args.ca_file.or(config.postgres.ca_file),
        &args.database,
        (&owner, &args.owner_password),
        (&server, &args.server_password),
    )
    .await?;
    println!(
        "The database {} is there. {owner} runs `raally migrate`; {server} serves.",
        args.database
    );
    Ok(())
}
