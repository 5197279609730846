//! `raally verify`

use clap::Args;
use raally_app::verify::verify;
use raally_domain::ids::TenantId;

use super::{DataArgs, workspace};
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    data: DataArgs,
    /// One workspace (its id or its slug); all of them where it is missing.
    #[arg(long, value_name = "WORKSPACE", conflicts_with = "all")]
    tenant: Option<String>,
    /// All workspaces.
    #[arg(long)]
    all: bool,
}

/// Proves that what is kept of workspaces agrees with their logs; fails where it does not.
pub(crate) async fn run(args: VerifyArgs, mut config: Config) -> Result<(), String> {
    args.data.over(&mut config);
    let world = compose::world(&config).await?;
    let tenants: Vec<TenantId> = match &args.tenant {
        Some(named) => vec![workspace(&world, named).await?],
        None => world.store.tenants().await.map_err(|e| e.to_string())?,
    };
    let mut unsound = 0;
    for tenant in &tenants {
        let report = verify(&world, None, *tenant).await;
        let report = report.map_err(|e| format!("{tenant}: {}", e.causes()))?;
        let verdict = if report.is_sound() {
            "sound"
        } else {
            "NOT SOUND"
        };
        println!(
            "{tenant} {}: {verdict}, {} events, {} snapshots, head {}",
            report.name, report.events, report.snapshots, report.head
        );
        for difference in &report.differences {
            println!("  {difference}");
        }
        unsound += usize::from(!report.is_sound());
    }
    match unsound {
        0 => Ok(()),
        n => Err(format!(
            "{n} of {} workspaces do not agree with their logs",
            tenants.len()
        )),
    }
}
