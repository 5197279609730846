//! `raally config`

use crate::config::Config;

/// Prints a `raally.toml` with every setting and its default, as comments.
pub(crate) fn run() {
    print!("{}", Config::template());
}
