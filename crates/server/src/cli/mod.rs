//! The subcommands.

pub(crate) mod import;
