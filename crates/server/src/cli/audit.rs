//! `raally audit`

use clap::{Args, Subcommand};
use raally_app::ports::AuditStore;
use raally_domain::date::Date;
use raally_domain::time::Timestamp;
use serde_json::json;

use super::export::{Lines, PAGE};
use super::{DataArgs, workspace};
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Print what was recorded in a period as JSON Lines.
    Export(ExportArgs),
}

#[derive(Debug, Args)]
struct ExportArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The first day, in UTC, such as 2026-01-01.
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The day after the last, in UTC.
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// One workspace (its id or its slug); without one, all streams.
    #[arg(long, value_name = "WORKSPACE")]
    tenant: Option<String>,
}

const DAY_MICROS: i64 = 24 * 3_600_000_000;

/// The last moment before a day begins.
fn before(day: Date) -> Timestamp {
    Timestamp::from_micros(i64::from(day.days()) * DAY_MICROS - 1)
}

/// Prints entries stream by stream: a line an entry, `{"stream", "seq", "hash", "event"}`, where
/// `event` is the stored text that the hash covers.
pub(crate) async fn run(args: AuditArgs, mut config: Config) -> Result<(), String> {
    let AuditCommand::Export(args) = args.command;
    args.data.over(&mut config);
    if args.until <= args.from {
        return Err("--until must lie after --from".to_owned());
    }
    let services = compose::local(&config).await?;
    let (audit, period) = (&*services.audit, (before(args.from), before(args.until)));
    let mut out = Lines::new();
    if let Some(named) = &args.tenant {
        let tenant = workspace(&services, named).await?;
        print(audit, &format!("tenant/{tenant}"), period, &mut out).await?;
        return out.end();
    }
    let mut after = String::new();
    loop {
        let page = audit.streams(&after, PAGE).await;
        let page = page.map_err(|e| e.to_string())?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        for stream in &page {
            print(audit, stream, period, &mut out).await?;
        }
    }
    out.end()
}

/// Prints what a stream recorded after the first of the moments and not after the second.
async fn print(
    audit: &dyn AuditStore,
    stream: &str,
    (after, until): (Timestamp, Timestamp),
    out: &mut Lines,
) -> Result<(), String> {
    let at = |moment| audit.recorded_until(stream, moment);
    let mut after = at(after).await.map_err(|e| e.to_string())?;
    let last = at(until).await.map_err(|e| e.to_string())?;
    while after < last {
        let page = audit.entries(stream, after, PAGE).await;
        let page = page.map_err(|e| e.to_string())?;
        let Some(end) = page.last() else { break };
        after = end.seq;
        for entry in page.iter().filter(|e| e.seq <= last) {
            out.print(&json!({
                "stream": stream,
                "seq": entry.seq,
                "hash": hex::encode(entry.stored.hash),
                "event": entry.stored.body,
            }))?;
        }
    }
    Ok(())
}
