//! Whose deliveries are next: by workspace and endpoint, within the bounds of each.

use std::collections::{BTreeMap, HashMap};

use raally_app::ports::LeaseBounds;
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::rows::{all, execute, first, id, int};

/// Whether any delivery is due that nobody holds.
pub(super) fn is_due(conn: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
    first(conn, DUE, [now.micros()], |_| Ok(())).map(|found| found.is_some())
}

/// How many deliveries are held.
#[derive(Default)]
struct Held {
    by_endpoint: HashMap<(TenantId, Uuid), usize>,
    by_tenant: HashMap<TenantId, usize>,
}

impl Held {
    /// Whether one more may be held.
    fn has_room(&self, turn: &Turn, bounds: LeaseBounds) -> bool {
        let of_endpoint = self.by_endpoint.get(&(turn.tenant, turn.endpoint));
        let of_tenant = self.by_tenant.get(&turn.tenant);
        of_endpoint.copied().unwrap_or(0) < turn.most
            && of_tenant.copied().unwrap_or(0) < bounds.per_tenant
    }

    fn add(&mut self, tenant: TenantId, endpoint: Uuid) {
        *self.by_endpoint.entry((tenant, endpoint)).or_default() += 1;
        *self.by_tenant.entry(tenant).or_default() += 1;
    }
}

/// A delivery whose turn it is.
pub(super) struct Turn {
    pub(super) tenant: TenantId,
    pub(super) endpoint: Uuid,
    pub(super) id: Uuid,
    next_at: i64,
    /// How many of its endpoint's may be held.
    most: usize,
}

/// Takes those that nobody has taken meanwhile.
pub(super) fn lease(
    conn: &Connection,
    next: &[Turn],
    owner: &str,
    (now, until): (Timestamp, Timestamp),
    bounds: LeaseBounds,
) -> rusqlite::Result<Vec<Turn>> {
    let mut held = held(conn, now)?;
    let mut leased = Vec::with_capacity(next.len());
    for turn in next {
        if !held.has_room(turn, bounds) {
            continue;
        }
        let changed = execute(
            conn,
            "UPDATE webhook_deliveries SET lease_owner = ?4, lease_until = ?5, asked_again_at = NULL
             WHERE tenant_id = ?1 AND endpoint_id = ?2 AND delivery_id = ?3
             AND next_at <= ?6 AND lease_until <= ?6",
            params![
                turn.tenant.0.as_bytes(),
                turn.endpoint.as_bytes(),
                turn.id.as_bytes(),
                owner,
                until.micros(),
                now.micros()
            ],
        )?;
        if changed == 1 {
            held.add(turn.tenant, turn.endpoint);
            leased.push(Turn { ..*turn });
        }
    }
    Ok(leased)
}

/// Deliveries that are due and that nobody holds, as the bounds let them have their turn.
pub(super) fn in_turn(
    conn: &Connection,
    now: Timestamp,
    bounds: LeaseBounds,
) -> rusqlite::Result<Vec<Turn>> {
    let held = held(conn, now)?;
    let endpoints = "SELECT tenant_id, endpoint_id, failing_since IS NOT NULL, rests_until > ?1
                     FROM webhook_endpoints";
    let endpoints = all(conn, endpoints, [now.micros()], |row| {
        let of = (TenantId(id(row, 0)?), id(row, 1)?);
        Ok((of, row.get::<_, bool>(2)?, row.get::<_, bool>(3)?))
    })?;
    // By workspace: the place within its endpoint's, and when it was due.
    let mut waiting: BTreeMap<TenantId, Vec<(usize, Turn)>> = BTreeMap::new();
    for ((tenant, endpoint), fails, rests) in endpoints {
        let most = if fails { 1 } else { bounds.per_endpoint };
        let of_endpoint = held.by_endpoint.get(&(tenant, endpoint));
        let room = most.saturating_sub(of_endpoint.copied().unwrap_or(0));
        if room > 0 {
            let of = (tenant.0.as_bytes(), endpoint.as_bytes());
            let params = params![of.0, of.1, now.micros(), int(room as u64)];
            let next = if rests { NEXT_OF_RESTING } else { NEXT };
            let due = all(conn, next, params, |row| {
                Ok(Turn {
                    tenant,
                    endpoint,
                    id: id(row, 0)?,
                    next_at: row.get(1)?,
                    most,
                })
            })?;
            let waiting = waiting.entry(tenant).or_default();
            waiting.extend(due.into_iter().enumerate());
        }
    }
    let mut turns = Vec::new();
    for (tenant, mut due) in waiting {
        due.sort_by_key(|(place, turn)| (*place, turn.next_at));
        let before = held.by_tenant.get(&tenant).copied().unwrap_or(0);
        let room = bounds.per_tenant.saturating_sub(before);
        let due = due.into_iter().take(room).enumerate();
        turns.extend(due.map(|(n, (_, turn))| (before + n, turn)));
    }
    turns.sort_by_key(|(n, turn)| (*n, turn.next_at));
    turns.truncate(bounds.limit);
    Ok(turns.into_iter().map(|(_, turn)| turn).collect())
}

/// The index is of those with a lease: SQLite takes it only where it is told that there is one.
const HELD: &str = "SELECT tenant_id, endpoint_id FROM webhook_deliveries
     WHERE lease_until > 0 AND lease_until > ?1";
const NEXT: &str = "SELECT delivery_id, next_at FROM webhook_deliveries
     WHERE tenant_id = ?1 AND endpoint_id = ?2 AND next_at <= ?3 AND lease_until <= ?3
     ORDER BY next_at LIMIT ?4";
/// Of an endpoint that is left alone: what was tried has a moment of its own, what an admin tries
/// out has theirs.
const NEXT_OF_RESTING: &str = "SELECT delivery_id, next_at FROM webhook_deliveries
     WHERE tenant_id = ?1 AND endpoint_id = ?2 AND next_at <= ?3 AND lease_until <= ?3
     AND (attempts <> '[]' OR event_type = 'webhook.test') ORDER BY next_at LIMIT ?4";
const DUE: &str =
    "SELECT 1 FROM webhook_deliveries WHERE next_at <= ?1 AND lease_until <= ?1 LIMIT 1";

fn held(conn: &Connection, now: Timestamp) -> rusqlite::Result<Held> {
    let leased = all(conn, HELD, [now.micros()], |row| {
        Ok((TenantId(id(row, 0)?), id(row, 1)?))
    })?;
    let mut held = Held::default();
    for (tenant, endpoint) in leased {
        held.add(tenant, endpoint);
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::Options;
    use crate::folder::Folder;
    use crate::migrate::migrate;

    /// Tables grow by as many deliveries as anybody asks for.
    #[test]
    fn what_is_next_is_found_by_an_index() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, std::path::Path::new("memory")).unwrap();
        for (sql, index) in [
            (HELD, "webhook_deliveries_leased"),
            (NEXT, "webhook_deliveries_turn"),
            (NEXT_OF_RESTING, "webhook_deliveries_tried"),
            (DUE, "webhook_deliveries_due"),
        ] {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let mut statement = conn.prepare(&explain).unwrap();
            let given = (1..=statement.parameter_count()).map(|n| n as i64);
            let steps: Vec<String> = statement
                .query_map(rusqlite::params_from_iter(given), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(steps.len(), 1, "{steps:?}");
            assert!(steps[0].contains(index), "{steps:?}");
        }
    }
    /// SQLite compiles a statement anew where its plan might depend on what a parameter holds.
    #[test]
    fn what_is_next_is_compiled_once_whenever_it_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::open(folder.path(), Options::default()).unwrap();
        let conn = folder.reader().unwrap();
        for sql in [HELD, NEXT, NEXT_OF_RESTING, DUE] {
            let mut statement = conn.prepare(sql).unwrap();
            for now in 1..10 {
                let given = (1..=statement.parameter_count()).map(|n| n as i64 * now);
                let given = rusqlite::params_from_iter(given);
                assert!(!statement.exists(given).unwrap());
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }
}
