//! `raally migrate`

use super::DataArgs;
use crate::compose;
use crate::config::Config;

/// Opens the store once, which brings its tables up to date.
pub(crate) fn run(args: &DataArgs, mut config: Config) -> Result<(), String> {
    args.over(&mut config);
    compose::world(&config.data)?;
    println!("The store in {} is up to date.", config.data.display());
    Ok(())
}
