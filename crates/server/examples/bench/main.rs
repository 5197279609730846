//! Figures beside baselines of the same run: what a request and a write cost.
//!
//! `make bench` runs it; it prints a table and, with `--json FILE`, the same as JSON. It starts
//! the `raally` beside it as processes of their own: on embedded engines, with a company made by
//! `raally demo`; and on PostgreSQL, Kafka and Redis, whose addresses the environment says.
#![allow(
    clippy::unwrap_used,
    reason = "a measurement that cannot be made ends with where it stood"
)]

mod after_writes;
mod baseline;
mod bookings;
mod client;
mod engines;
mod load;
mod server;
mod table;
mod writes;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use client::Get;
use load::{Asking, Paced, closed_loop, paced};
use table::Table;

#[derive(Debug, Parser)]
#[command(about = "Measures Raally beside baselines in one run")]
struct Args {
    /// What to measure; all of it where nothing is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    #[arg(long, default_value_t = 10_000)]
    people: u32,
    #[arg(long, default_value_t = 100_000)]
    assignments: u32,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Requests a second of the paced measurements.
    #[arg(long, default_value_t = 2_000)]
    rate: u32,
    /// Events that are relayed on the engines; consumers take a sixth of them.
    #[arg(long, default_value_t = 60_000)]
    events: usize,
    /// Writes whose way to others is timed.
    #[arg(long, default_value_t = 500)]
    delays: usize,
    /// Where the made-up company is kept between runs.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// Writes the figures as JSON as well.
    #[arg(long)]
    json: Option<PathBuf>,
    /// The baseline's own process; not for use by hand.
    #[arg(long, hide = true)]
    baseline: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Requests and writes on one process with SQLite.
    Embedded,
    /// Of these only the writes.
    Writes,
    /// Reads, writes, relaying, delays and consumers on PostgreSQL, Kafka and Redis.
    Engines,
}

const CONNECTIONS: usize = 32;
const PERIOD: &str = "from=2026-11-23&to=2027-02-21";

#[tokio::main]
async fn main() {
    let args = Args::parse();
    if let Some(folder) = &args.baseline {
        baseline::serve(folder).await;
        return;
    }
    let mut table = Table::default();
    let wanted = |part| args.parts.is_empty() || args.parts.contains(&part);
    if wanted(Part::Embedded) {
        let company = server::company(&args.folder, args.people, args.assignments);
        reads(&args, &company, &mut table).await;
    }
    if wanted(Part::Embedded) || wanted(Part::Writes) {
        let duration = Duration::from_secs(args.seconds);
        writes::measure(&args.folder, duration, &mut table).await;
        bookings::measure(&args.folder, duration, &mut table).await;
    }
    if wanted(Part::Engines) {
        engines::measure(&args, &mut table).await;
    }
    table.print();
    if let Some(file) = &args.json {
        std::fs::write(file, table.json()).unwrap();
    }
}

async fn reads(args: &Args, company: &server::Company, table: &mut Table) {
    let raally = server::Process::raally(&company.data);
    let token = raally.sign_in(&company.email, &company.password).await;
    let tenant = &company.tenant;
    let dashboard = Get {
        address: raally.address.clone(),
        path: format!("/api/v1/tenants/{tenant}/dashboard?{PERIOD}"),
        token: Some(token.clone()),
    };
    let schedule = Get {
        path: format!("/api/v1/tenants/{tenant}/schedule?{PERIOD}&bucket=week&offset=0&limit=50"),
        ..dashboard.clone()
    };
    let (opened, _) = server::timed(client::body(&dashboard)).await;
    table.figure(
        "first dashboard of a process (cold open)",
        opened,
        "ms",
        Some("< 1000"),
    );
    let (first, _) = server::timed(client::body(&schedule)).await;
    table.figure("first page of the schedule after it", first, "ms", None);
    let duration = Duration::from_secs(args.seconds);
    for (name, get) in [("dashboard", &dashboard), ("schedule", &schedule)] {
        let body = client::body(get).await;
        let still = server::Process::baseline(&args.folder, &body);
        let same = Get {
            address: still.address.clone(),
            path: "/bytes".to_owned(),
            token: None,
        };
        table.figure(
            &format!("{name}: bytes of the answer"),
            body.len() as f64,
            "B",
            (name == "schedule").then_some("≤ 150000"),
        );
        let base = closed_loop(Asking::many(&same, CONNECTIONS).await, duration).await;
        let ours = closed_loop(Asking::many(get, CONNECTIONS).await, duration).await;
        table.figure(
            &format!("{name}: axum sending the same bytes"),
            base,
            "req/s",
            None,
        );
        table.figure(&format!("{name}: Raally, warm"), ours, "req/s", None);
        table.figure(
            &format!("{name}: Raally ÷ axum"),
            ours / base,
            "",
            Some("≥ 0.5"),
        );
        for (who, get) in [("axum", &same), ("Raally", get)] {
            let Paced { p50, p99, late } = paced(get, CONNECTIONS, args.rate, duration).await;
            let at = format!("{name}: {who} at {} req/s", args.rate);
            table.figure(&format!("{at}, median"), p50, "ms", None);
            let reach = (who == "Raally").then_some("< 10");
            table.figure(&format!("{at}, p99"), p99, "ms", reach);
            table.figure(&format!("{at}, sent late"), late, "%", None);
        }
    }
    let workspace = Get {
        path: format!("/api/v1/tenants/{tenant}"),
        ..dashboard.clone()
    };
    after_writes::measure(&workspace, duration, table).await;
    let resident = raally.resident_mib();
    table.figure(
        "memory of the process after it",
        resident,
        "MiB",
        Some("< 400"),
    );
}
