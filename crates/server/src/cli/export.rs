//! `raally export`

use std::io::Write;

use clap::Args;
use raally_domain::ids::TenantId;
use raally_domain::personal::PersonalValue;

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
    let world = compose::world(&config).await?;
    let tenant = workspace(&world, &args.tenant).await?;
    let mut out = Lines::new();
    let mut after = 0;
    loop {
        let page = world.store.events(tenant, after, PAGE).await;
        let page = page.map_err(|e| e.to_string())?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for logged in &page {
            let values = personal(&world, tenant, logged.seq, &logged.stored.body).await?;
            out.print(&serde_json::json!({
                "seq": logged.seq,
                "hash": hex::encode(logged.stored.hash),
                "event": logged.stored.body,
                "personal": values,
            }))?;
        }
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

    pub(super) fn end(mut self) -> Result<(), String> {
        self.0.flush().map_err(|e| said(&e))
    }
}

fn said(error: &std::io::Error) -> String {
    format!("the events could not be printed: {error}")
}

async fn personal(
    world: &raally_app::World,
    tenant: TenantId,
    seq: u64,
    body: &str,
) -> Result<serde_json::Value, String> {
    let event = raally_domain::event::Event::read_trusted(seq, body).map_err(|e| e.to_string())?;
    let mut references = Vec::new();
    event
        .change
        .personal(&mut |_, slot| references.push(slot.reference()));
    let values: Vec<PersonalValue> = if references.is_empty() {
        Vec::new()
    } else {
        let found = world.store.personal_values(tenant, &references).await;
        found.map_err(|e| e.to_string())?
    };
    let named = values.into_iter().map(|v| {
        let value = serde_json::json!({ "salt": hex::encode(v.salt), "value": v.value });
        (v.reference.to_string(), value)
    });
    Ok(serde_json::Value::Object(named.collect()))
}
