//! Reads by somebody who is signed in: one that is a row of PostgreSQL's under row-level security,
//! and one that is answered from the plan.

use std::sync::Arc;
use std::time::Duration;

use raally_app::ports::Notifications;
use raally_domain::ids::{TenantId, UserId};
use raally_store_postgres::PostgresStore;
use serde_json::json;

use super::{Engines, Mean, TURNS, pgbench};
use crate::client::{Connection, Get, request};
use crate::load::{Asking, Client, closed_loop};
use crate::table::Table;

/// How many ask at once.
const CLIENTS: usize = 64;

/// What `GET …/notifications/settings` asks for, as the store does it: in one round trip.
const AT_ONCE: &str = "\\startpipeline
BEGIN;
SELECT set_config('raally.tenant_id', :tenant, true);
SELECT user_id, kind, in_app, email FROM raally.notification_preferences
    WHERE tenant_id = :tenant AND user_id = ANY (:users)
    ORDER BY array_position(:users, user_id), kind COLLATE \"C\";
COMMIT;
\\endpipeline
";

struct Reading {
    store: Arc<PostgresStore>,
    tenant: TenantId,
    user: UserId,
}

impl Client for Reading {
    async fn again(&mut self) {
        let read = self.store.preferences(self.tenant, &[self.user]).await;
        assert_eq!(read.unwrap().len(), 1);
    }
}

pub(super) async fn measure(engines: &Engines, turn: Duration, table: &mut Table) {
    let raally = engines.start("serve");
    let account = raally.sign_up("reader", Some("Readers")).await;
    let (tenant, token) = (&account.tenant, Some(account.token.as_str()));
    let at = |path: &str| Get {
        address: raally.address.clone(),
        path: format!("/api/v1/tenants/{tenant}{path}"),
        token: Some(account.token.clone()),
    };
    let person = json!({ "full_name": "Ana Souza" });
    let person = raally.post(&at("/people").path, token, &person).await;
    let person = at(&format!("/people/{}", person["id"].as_str().unwrap()));
    let settings = at("/notifications/settings");
    let set = json!({ "kinds": { "changed": { "email": false } } }).to_string();
    let mut connection = Connection::open(&raally.address).await;
    connection.ask(&request("PATCH", &settings, &set)).await;

    let store = engines.store().await;
    let reading = || Reading {
        store: store.clone(),
        tenant: tenant.parse().unwrap(),
        user: account.user.parse().unwrap(),
    };
    let users = format!("{{{}}}", account.user);
    let variables = [("tenant", tenant.as_str()), ("users", &users)];
    let each = AT_ONCE
        .replace("\\startpipeline", "")
        .replace("\\endpipeline", "");
    let mut means = [Mean::default(); 5];
    for _ in 0..TURNS {
        means[0].add(pgbench::rate(&engines.database, &each, &variables, turn));
        means[1].add(pgbench::rate(&engines.database, AT_ONCE, &variables, turn));
        let clients = (0..CLIENTS).map(|_| reading()).collect();
        means[2].add(closed_loop(clients, turn).await);
        means[3].add(closed_loop(Asking::many(&settings, CLIENTS).await, turn).await);
        means[4].add(closed_loop(Asking::many(&person, CLIENTS).await, turn).await);
    }
    let [each, at_once, stored, row, plan] = means.map(Mean::value);
    let rows = [
        ("pgbench, statement by statement", each),
        ("pgbench, the same in one round trip", at_once),
        ("our store", stored),
        ("over HTTP, signed in, from PostgreSQL", row),
        ("over HTTP, signed in, from the plan", plan),
    ];
    for (name, rate) in rows {
        table.figure(&format!("point read: {name}"), rate, "req/s", None);
    }
    let ratios = [
        ("HTTP ÷ pgbench by statement", row / each, Some("≥ 0.5")),
        ("HTTP ÷ pgbench in one round trip", row / at_once, None),
        ("store ÷ pgbench in one round trip", stored / at_once, None),
    ];
    for (name, ratio, reach) in ratios {
        table.figure(&format!("point read: {name}"), ratio, "", reach);
    }
}
