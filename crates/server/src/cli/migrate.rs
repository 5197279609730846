//! `raally migrate`

use super::DataArgs;
use crate::compose;
use crate::config::Config;

/// Brings the store's tables up to date. On PostgreSQL nothing else does.
pub(crate) async fn run(args: &DataArgs, mut config: Config) -> Result<(), String> {
    args.over(&mut config);
    println!("{}", compose::migrate(&config).await?);
    Ok(())
}
