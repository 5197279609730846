//! How long it takes until others hear of a write.

use std::time::{Duration, Instant};

use raally_app::tenants::{Tenants, TenantsConfig};
use raally_app::workspaces::join;
use raally_domain::ids::UserId;
use raally_domain::kinds::Role;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Engines, services};
use crate::client::{Get, follow};
use crate::table::Table;

/// Between two writes, unless the one before is still on its way.
const BETWEEN: Duration = Duration::from_millis(50);
/// The longest that a write may be on its way; the first waits for consumers to join.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn measure(writes: usize, table: &mut Table) {
    let engines = Engines::new().await;
    let [here, there] = [0, 1].map(|_| engines.start("serve"));
    let _worker = engines.start("worker");
    let admin = here.sign_up("planner", Some("Delays")).await;
    let bo = here.sign_up("bo", None).await;
    let path = |path: &str| format!("/api/v1/tenants/{}{path}", admin.tenant);
    let post = async |to: &str, body: Value| here.post(&path(to), Some(&admin.token), &body).await;
    // As an invitation that was accepted leaves it.
    let services = services(&engines.store().await);
    let tenants = Tenants::new(services, TenantsConfig::default());
    let tenant = tenants.open(admin.tenant.parse().unwrap()).await.unwrap();
    let id = |user: &str| UserId(user.parse().unwrap());
    let join = join(id(&bo.user), Role::Member, id(&admin.user));
    tenant.submit(join).await.unwrap();
    let person = json!({ "full_name": "Bo", "user_id": bo.user });
    let person = post("/people", person).await;
    let project = post("/projects", json!({ "name": "Apollo" })).await;
    let mut live = follow(&Get {
        address: there.address.clone(),
        path: path("/live"),
        token: Some(bo.token.clone()),
    })
    .await;

    let (mut heard, mut notified) = (Vec::new(), Vec::new());
    let mut due = Instant::now();
    for n in 0..=writes {
        tokio::time::sleep_until(due.into()).await;
        let began = Instant::now();
        let work = json!({
            "person_id": person["id"], "project_id": project["id"],
            "start": "2026-11-23", "end": "2026-11-23",
            "effort": { "per": "total", "minutes": 1 },
        });
        let made = post("/assignments", work).await;
        let id = made["id"].as_str().unwrap();
        let (mut change, mut notification) = (None, None);
        while change.is_none() || notification.is_none() {
            let next = timeout(TIMEOUT, live.recv()).await;
            let (at, name, data) = next.expect("it took too long").unwrap();
            let took = at.duration_since(began).as_secs_f64() * 1000.0;
            match name.as_str() {
                "change" if data.contains(id) => change = Some(took),
                "notification" => notification = Some(took),
                _ => {}
            }
        }
        // The first finds everything cold.
        if n > 0 {
            heard.extend(change);
            notified.extend(notification);
        }
        due = (due + BETWEEN).max(Instant::now());
    }
    show("a browser on another instance", heard, Some("< 250"), table);
    show("a notification there", notified, None, table);
}

fn show(to: &str, mut delays: Vec<f64>, reach: Option<&'static str>, table: &mut Table) {
    delays.sort_by(f64::total_cmp);
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
    for (name, share, reach) in [
        ("median", 0.5, None),
        ("p99", 0.99, reach),
        ("most", 1.0, None),
    ] {
        table.figure(
            &format!("from a write to {to}, {name}"),
            at(share),
            "ms",
            reach,
        );
    }
}
