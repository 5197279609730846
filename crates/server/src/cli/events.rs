//! `raally events`

use std::path::PathBuf;

use clap::Args;

use crate::compose;
use crate::events;

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// The folder to write to: `asyncapi.yaml`, and a schema of each event type in `events/`.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Writes the contract of what is relayed.
pub(crate) fn run(args: &EventsArgs) -> Result<(), String> {
    events::write(&args.out, compose::event_view)
}
