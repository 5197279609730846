//! The write path: an event, the log's head, which is the outbox, and the event's personal value,
//! by the one function that appends.

use std::sync::Arc;
use std::time::Duration;

use raally_app::contract::{Log, batch, person};
use raally_app::ports::Store;
use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::raw;

use super::{CONNECTIONS, Engines, Mean, TURNS, pgbench};
use crate::load::{Client, closed_loop};
use crate::table::Table;
use crate::writes::{CLIENTS, run, tenants};

/// What the store calls, with parameters of the same size: each client continues a log of its own.
/// Its hash stays what it is, so that each call finds the head it expects; one that does not
/// divides by zero.
const APPEND: &str = "\\set next :seq + 1
SELECT moved, epoch, seq, hash, 1 / (NOT moved)::integer FROM raally.append(
    (:logs || lpad(:client_id::text, 12, '0'))::uuid, 1, :seq, :hash, :next, :hash,
    ARRAY[:at::bigint], ARRAY[:at::bigint], ARRAY[gen_random_uuid()], ARRAY[gen_random_uuid()],
    ARRAY['person'], ARRAY['created'], ARRAY[:hash::bytea], ARRAY[:body::text],
    ARRAY[gen_random_uuid()], ARRAY[gen_random_uuid()], ARRAY[:salt::bytea], ARRAY['\"Ana Souza\"'],
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}');
\\set seq :next
";

/// Makes the logs that pgbench's clients continue, with an event each.
const LOGS: &str = "SELECT raally.append(
    ($1 || lpad(n::text, 12, '0'))::uuid, NULL, NULL, NULL, 1, $2::bytea,
    '{1}', '{1}', ARRAY[gen_random_uuid()], '{NULL}', '{person}', '{created}', ARRAY[$2], '{\"\"}',
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')
    FROM generate_series(0, $3 - 1) AS n";

struct Appending {
    store: Arc<PostgresStore>,
    log: Log,
}

impl Client for Appending {
    async fn again(&mut self) {
        let n = self.log.written.len() as u128;
        let append = self.log.append([person(n, "Ana Souza")]);
        self.store.append(batch([append])).await.unwrap();
    }
}

pub(super) async fn measure(engines: &Engines, turn: Duration, table: &mut Table) {
    let raally = engines.start("serve");
    let tenants = tenants(&raally).await;
    // Plans are open then, and there is an event to take the body of.
    run(&tenants, turn / 4).await;
    let store = engines.store().await;
    let id = tenants[0].id.parse().unwrap();
    let body = store.events(id, 0, 100).await.unwrap().pop().unwrap();
    let body = body.stored.body;
    table.figure("append: bytes of an event", body.len() as f64, "B", None);
    let mut means = [Mean::default(); 4];
    for n in 0..TURNS {
        means[0].add(pgbench(engines, n, &body, turn).await);
        let clients = (0..CLIENTS as u128).map(|client| Appending {
            store: store.clone(),
            log: Log::new(u128::from(n + 1) << 64 | client),
        });
        means[1].add(closed_loop(clients.collect(), turn).await);
        means[2].add(run(&tenants[..1], turn).await);
        means[3].add(run(&tenants, turn).await);
    }
    let [same, stored, one, many] = means.map(Mean::value);
    let rows = [
        ("pgbench, the same function", same),
        ("our store, 64 clients on 64 logs", stored),
        ("64 clients on 64 tenants, over HTTP", many),
        ("64 clients on one tenant, over HTTP", one),
    ];
    for (name, rate) in rows {
        table.figure(&format!("append: {name}"), rate, "events/s", None);
    }
    let ratios = [
        ("store ÷ pgbench", stored / same, None),
        ("64 tenants over HTTP ÷ pgbench", many / same, Some("≥ 0.4")),
        ("one tenant over HTTP ÷ pgbench", one / same, Some("≥ 0.4")),
    ];
    for (name, ratio, reach) in ratios {
        table.figure(&format!("append: {name}"), ratio, "", reach);
    }
}

/// Appends a second by pgbench, on logs of its own in each turn.
async fn pgbench(engines: &Engines, turn: u32, body: &str, duration: Duration) -> f64 {
    let logs = format!("00000000-0000-4000-{:04x}-", 0x8000 + turn);
    let client = raw(&engines.database.application()).await;
    let hash = [0x5a_u8; 32].as_slice();
    let clients = i32::try_from(CONNECTIONS).unwrap();
    let made = client.query(LOGS, &[&logs, &hash, &clients]).await;
    assert_eq!(made.unwrap().len(), CONNECTIONS);
    let hash = format!("\\x{}", "5a".repeat(32));
    let salt = format!("\\x{}", "5a".repeat(16));
    let at = "1795478400000000";
    let variables = [
        ("logs", logs.as_str()),
        ("seq", "1"),
        ("at", at),
        ("hash", &hash),
        ("salt", &salt),
        ("body", body),
    ];
    pgbench::rate(&engines.database, APPEND, &variables, duration)
}
