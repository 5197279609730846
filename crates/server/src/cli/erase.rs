//! `raally erase`

use clap::Args;
use raally_app::erasure::{self, By};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_domain::ids::PersonId;
use uuid::Uuid;

use super::{DataArgs, workspace};
use crate::compose;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct EraseArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The workspace: its id or its slug.
    #[arg(long, value_name = "WORKSPACE")]
    tenant: String,
    /// The person's id, as the API and the address of their page have it.
    #[arg(long, value_name = "ID")]
    person: Uuid,
    /// Really do it: it cannot be taken back.
    #[arg(long, required = true)]
    yes: bool,
}

pub(crate) async fn run(args: EraseArgs, mut config: Config) -> Result<(), String> {
    args.data.over(&mut config);
    let services = compose::services(&config).await?;
    let tenant = workspace(&services, &args.tenant).await?;
    let tenants = Tenants::new(services, TenantsConfig::default());
    let erasing = erasure::erase(&tenants, tenant, PersonId(args.person), By::Operator);
    let erased = erasing.await.map_err(|e| e.causes());
    tenants.close().await;
    let erased = erased?;
    println!(
        "{} values are erased. The person is called {} now, and the log stands at {}.",
        erased.values, erased.name, erased.head
    );
    if !erased.named_in.is_empty() {
        println!("Free text that is not about them still names them; change it in the web app:");
    }
    for place in &erased.named_in {
        let (kind, id) = (place.kind.name(), place.id);
        println!("  {kind} {id} ({}): {}", place.label, place.field);
    }
    Ok(())
}
