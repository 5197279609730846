//! `raally verify`

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::Args;
use raally_app::verify::{self, Compared};
use raally_app::{Error, Services};
use raally_domain::ids::TenantId;
use raally_domain::stream::StreamId;

use super::{DataArgs, workspace};
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    data: DataArgs,
    /// One workspace (its id or its slug); everything where it is missing.
    #[arg(long, value_name = "WORKSPACE", conflicts_with = "all")]
    tenant: Option<String>,
    /// All workspaces, and everything that is kept: logs and snapshots, audit store, reporting
    /// tables, Kafka's content.
    #[arg(long)]
    all: bool,
    /// The audit store against the logs.
    #[arg(long)]
    audit: bool,
    /// The reporting tables against the plans.
    #[arg(long)]
    reporting: bool,
    /// Kafka's content against the logs.
    #[arg(long)]
    bus: bool,
    /// How many seconds consumers and the relay are given to catch up, in all.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
}

/// Proves that what is kept of workspaces agrees with their logs; fails where it does not.
pub(crate) async fn run(args: VerifyArgs, mut config: Config) -> Result<(), String> {
    args.data.over(&mut config);
    let services = compose::services(&config).await?;
    // Nobody else has the data folder: whoever is behind stays so until `raally serve` runs.
    let alone = config.postgres.url.is_empty();
    let wait = if alone { 0 } else { args.wait };
    let mut check = Check {
        services: &services,
        until: Instant::now() + Duration::from_secs(wait),
        alone,
        unsound: 0,
    };
    let tenants = match &args.tenant {
        Some(named) => vec![workspace(&services, named).await?],
        None => check.tenants().await?,
    };
    let log = args.all || !(args.audit || args.reporting || args.bus);
    for tenant in &tenants {
        if log {
            check.log(*tenant).await?;
        }
        if args.all || args.audit {
            check.audit(StreamId::Tenant(*tenant)).await?;
        }
        if args.all || args.reporting {
            check.reporting(*tenant).await?;
        }
    }
    if args.tenant.is_none() && log {
        check.accounts().await?;
    }
    if args.tenant.is_none() && (args.all || args.audit) {
        let streams = check.asked(|| verify::all_streams(&services)).await;
        for stream in streams.map_err(|e| e.causes())? {
            if stream.tenant().is_none() {
                check.audit(stream).await?;
            }
        }
        check.orphans().await?;
    }
    if args.all || args.bus {
        let one = args.tenant.is_some().then(|| tenants[0]);
        check.bus(one).await?;
    }
    match check.unsound {
        0 => Ok(()),
        n => Err(format!("{n} comparisons found differences")),
    }
}

/// How long after a question that could not be answered it is asked again.
const AGAIN: Duration = Duration::from_secs(1);

struct Check<'a> {
    services: &'a Services,
    /// Until then consumers and the relay may catch up.
    until: Instant,
    /// No consumer can be at work meanwhile: being behind is no difference.
    alone: bool,
    unsound: usize,
}

/// Asks, and until then asks again what a busy engine cannot answer now.
async fn asked<T>(until: Instant, ask: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match ask().await {
            Err(Error::Unavailable { .. }) if Instant::now() < until => {
                tokio::time::sleep(AGAIN).await;
            }
            answer => return answer,
        }
    }
}

fn failed(tenant: TenantId) -> impl Fn(Error) -> String {
    move |error| format!("{tenant}: {}", error.causes())
}

impl Check<'_> {
    /// How long may still be waited, for all comparisons together.
    fn wait(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Asks, as often as it takes within the time that may be waited.
    async fn asked<T>(&self, ask: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
        asked(self.until, ask).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, String> {
        let tenants = self.asked(async || Ok(self.services.store.tenants().await?));
        tenants.await.map_err(|e| e.causes())
    }

    /// Whether a tenant was closed since we began: then nothing is left to be compared.
    async fn is_closed(&self, tenant: TenantId) -> Result<bool, String> {
        let closed = self.asked(|| verify::is_closed(self.services, tenant.into()));
        let closed = closed.await;
        closed.map_err(|e| e.causes())
    }

    /// Prints what a comparison found, with what was compared.
    fn tell(&mut self, what: &str, sound: bool, about: &str, differences: &[String]) {
        let verdict = if sound { "sound" } else { "NOT SOUND" };
        println!("{what}: {verdict}, {about}");
        for difference in differences {
            println!("  {difference}");
        }
        self.unsound += usize::from(!sound);
    }

    fn compared(&mut self, what: &str, unit: &str, found: Compared) {
        let sound = found.is_sound() && (self.alone || found.behind.is_none());
        let mut said = found.differences;
        if found.more > 0 {
            said.push(format!("and {} more", found.more));
        }
        said.extend(found.behind);
        self.tell(what, sound, &format!("{} {unit}", found.compared), &said);
    }

    async fn log(&mut self, tenant: TenantId) -> Result<(), String> {
        let report = self.asked(|| verify::verify(self.services, None, tenant));
        let report = report.await;
        let sound = report.as_ref().is_ok_and(|r| r.is_sound());
        if !sound && self.is_closed(tenant).await? {
            return Ok(());
        }
        let report = report.map_err(failed(tenant))?;
        let about = format!(
            "{} events, {} snapshots, head {}",
            report.events, report.snapshots, report.head
        );
        let what = format!("{tenant} {}", report.name);
        self.tell(&what, report.is_sound(), &about, &report.differences);
        Ok(())
    }

    /// The streams of users and of the platform.
    async fn accounts(&mut self) -> Result<(), String> {
        let report = self.asked(|| verify::verify_accounts(self.services)).await;
        let report = report.map_err(|e| e.causes())?;
        let about = format!("{} streams, {} events", report.streams, report.events);
        let sound = report.differences.is_empty();
        self.tell("accounts", sound, &about, &report.differences);
        Ok(())
    }

    async fn audit(&mut self, stream: StreamId) -> Result<(), String> {
        let found = self.asked(|| verify::audit(self.services, stream, self.wait()));
        let found = found.await;
        let what = format!("{stream} audit store");
        let found = found.map_err(|e| format!("{stream}: {}", e.causes()))?;
        if let Some(tenant) = stream.tenant()
            && !found.is_sound()
            && self.is_closed(tenant).await?
        {
            return Ok(());
        }
        self.compared(&what, "entries", found);
        Ok(())
    }

    async fn reporting(&mut self, tenant: TenantId) -> Result<(), String> {
        let Some(tables) = &self.services.reporting else {
            return Ok(());
        };
        let found = || verify::reporting(self.services, &**tables, tenant, self.wait());
        let found = self.asked(found).await;
        let sound = found.as_ref().is_ok_and(Compared::is_sound);
        if !sound && self.is_closed(tenant).await? {
            return Ok(());
        }
        let what = format!("{tenant} reporting");
        self.compared(&what, "rows", found.map_err(failed(tenant))?);
        Ok(())
    }

    /// What the audit store holds of streams that are nobody's.
    async fn orphans(&mut self) -> Result<(), String> {
        let orphans = self.asked(|| verify::audit_orphans(self.services)).await;
        for stream in orphans.map_err(|e| e.causes())? {
            let said = ["the audit store has it, and there is no log".to_owned()];
            self.tell(&stream, false, "no events", &said);
        }
        Ok(())
    }

    async fn bus(&mut self, one: Option<TenantId>) -> Result<(), String> {
        let epochs = self.asked(async || Ok(self.services.epochs.epochs().await?));
        let epochs = epochs.await.map_err(|e| e.causes())?;
        let epoch = epochs.last().map(|e| e.began_at);
        let report = self.asked(|| verify::bus(self.services, epoch, self.wait()));
        let report = report.await;
        let Some(report) = report.map_err(|e| e.causes())? else {
            return Ok(());
        };
        let streams: BTreeMap<_, _> = report.streams.into_iter().collect();
        for (stream, found) in streams {
            if one.is_none_or(|one| stream == StreamId::Tenant(one)) {
                self.compared(&format!("{stream} Kafka"), "messages", found);
            }
        }
        let whole = if report.whole {
            "from the first event on"
        } else {
            "older ones have been dropped by retention"
        };
        if report.lost > 0 {
            println!(
                "Kafka: {} messages are of commits that were lost before the last epoch began",
                report.lost
            );
        }
        println!(
            "Kafka: {} messages, {} of them came again, {whole}",
            report.messages, report.repeated
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn what_a_busy_engine_cannot_answer_is_asked_again_while_there_is_time() {
        let times = Cell::new(0);
        let answer = async || {
            times.set(times.get() + 1);
            match times.get() {
                1 => Err(Error::unavailable("all connections are busy")),
                n => Ok(n),
            }
        };
        let until = Instant::now() + Duration::from_secs(60);
        assert_eq!(asked(until, &answer).await.unwrap(), 2);
        times.set(0);
        let refused = asked(Instant::now(), &answer).await;
        assert!(matches!(refused, Err(Error::Unavailable { .. })));
        assert_eq!(times.get(), 1, "there was no time left");
    }
}
