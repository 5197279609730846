//! `raally export`

use std::io::Write;

use clap::Args;
use raally_app::export;

use super::{DataArgs, workspace};
use crate::compose;
use crate::config::Config;

/// How many events are read at a time.
pub(super) const PAGE: usize = 1_000;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The workspace: its id or its slug.
    #[arg(long, value_name = "WORKSPACE")]
    tenant: String,
}

/// Prints a workspace's log: a line an event, `{"seq", "hash", "event", "personal"}`, where
/// `event` is the stored text that the hash covers and `personal` the personal values it refers
/// to that have not been erased.
pub(crate) async fn run(args: ExportArgs, mut config: Config) -> Result<(), String> {
    args.data.over(&mut config);
    let services = compose::local(&config).await?;
    let tenant = workspace(&services, &args.tenant).await?;
    let mut out = Lines::new();
    let mut after = 0;
    while let Some((last, lines)) = export::lines(&*services.store, tenant, after)
        .await
        .map_err(|e| e.causes())?
    {
        after = last;
        out.write(&lines)?;
    }
    out.end()
}

/// JSON Lines on standard output.
pub(super) struct Lines(std::io::BufWriter<std::io::StdoutLock<'static>>);

impl Lines {
    pub(super) fn new() -> Lines {
        Lines(std::io::BufWriter::new(std::io::stdout().lock()))
    }

    pub(super) fn print(&mut self, line: &serde_json::Value) -> Result<(), String> {
        writeln!(self.0, "{line}").map_err(|e| said(&e))
    }

    /// Lines with their line feeds.
    fn write(&mut self, lines: &str) -> Result<(), String> {
        self.0.write_all(lines.as_bytes()).map_err(|e| said(&e))
    }

    pub(super) fn end(mut self) -> Result<(), String> {
        self.0.flush().map_err(|e| said(&e))
    }
}

fn said(error: &std::io::Error) -> String {
    format!("the events could not be printed: {error}")
}
