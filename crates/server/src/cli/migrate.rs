//! `raally migrate`

use crate::compose;
use crate::config::Config;

/// Opens the store once, which brings its tables up to date.
pub(crate) fn run(config: &Config) -> Result<(), String> {
    compose::world(&config.data)?;
    println!("The store in {} is up to date.", config.data.display());
    Ok(())
}
