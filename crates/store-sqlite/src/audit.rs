//! The audit list: a log from its latest `occurred_at` back.
//!
//! Most events occur when they are recorded, so their order in the log is their order in the
//! list. The others (imports) and those that every filter lets pass have an index of their own,
//! and the list is the two merged.

use raally_app::ports::{AuditFilter, AuditPosition, LoggedEvent};
use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::log::{logged, seq_at};
use crate::rows::{int, moment};

type Entry = (AuditPosition, LoggedEvent);

pub(crate) fn audit(
    conn: &Connection,
    tenant: TenantId,
    filter: &AuditFilter,
    before: Option<AuditPosition>,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    // Both scans are to see one state of the log.
    let tx = conn.unchecked_transaction()?;
    let scan = Scan {
        tenant,
        filter,
        before,
        limit,
    };
    let mut entries = scan.apart(&tx)?;
    entries.extend(scan.in_order(&tx)?);
    entries.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    entries.truncate(limit);
    Ok(entries)
}

struct Scan<'a> {
    tenant: TenantId,
    filter: &'a AuditFilter,
    before: Option<AuditPosition>,
    limit: usize,
}

/// A statement under construction.
struct Query {
    sql: String,
    params: Vec<Value>,
}

impl Query {
    /// Adds a condition in which `?` stands for the next parameters.
    fn and(&mut self, condition: &str, params: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.params.extend(params);
    }
}

fn bytes(id: uuid::Uuid) -> Value {
    Value::Blob(id.as_bytes().to_vec())
}

impl Scan<'_> {
    fn query(&self) -> Query {
        let mut query = Query {
            sql: "SELECT seq, body, hash, occurred_at FROM events JOIN bodies USING (place)
                  WHERE tenant_id = ?"
                .to_owned(),
            params: vec![bytes(self.tenant.0)],
        };
        if let Some(before) = self.before {
            query.and(
                "(occurred_at, seq) < (?, ?)",
                [
                    Value::Integer(before.occurred_at.micros()),
                    Value::Integer(int(before.seq)),
                ],
            );
        }
        if let Some(from) = self.filter.from {
            query.and("occurred_at >= ?", [Value::Integer(from.micros())]);
        }
        if let Some(until) = self.filter.until {
            query.and("occurred_at < ?", [Value::Integer(until.micros())]);
        }
        query
    }

    /// What of the rest of the filter a row must meet.
    fn narrow(&self) -> (String, Vec<Value>) {
        let mut conditions = Vec::new();
        let mut params = Vec::new();
        if let Some(actor) = self.filter.actor {
            conditions.push("actor = ?");
            params.push(bytes(actor.0));
        }
        if let Some(kind) = self.filter.kind {
            conditions.push("kind = ?");
            params.push(Value::Text(kind.name().to_owned()));
        }
        if let Some(entity) = self.filter.entity {
            conditions.push("entity_id = ? AND kind = ?");
            params.push(bytes(entity.id));
            params.push(Value::Text(entity.kind.name().to_owned()));
        }
        if let Some(action) = self.filter.action {
            conditions.push("action = ?");
            params.push(Value::Text(action.name().to_owned()));
        }
        if conditions.is_empty() {
            conditions.push("TRUE");
        }
        (conditions.join(" AND "), params)
    }

    /// Events whose place in the list is not their place in the log, and imported history.
    fn apart(&self, conn: &Connection) -> rusqlite::Result<Vec<Entry>> {
        let mut query = self.query();
        query.and("(occurred_at <> recorded_at OR kind = 'history')", []);
        let (narrow, params) = self.narrow();
        query.and(&format!("(kind = 'history' OR ({narrow}))"), params);
        self.run(conn, query, "occurred_at DESC, seq DESC")
    }

    /// Events in the order of the log, which the bounds in time cut to a range of seqs.
    fn in_order(&self, conn: &Connection) -> rusqlite::Result<Vec<Entry>> {
        let mut query = self.query();
        query.and("occurred_at = recorded_at AND kind <> 'history'", []);
        let (narrow, params) = self.narrow();
        query.and(&format!("({narrow})"), params);
        let until = self
            .filter
            .until
            .map(|until| until.micros().saturating_sub(1));
        let latest = until
            .into_iter()
            .chain(self.before.map(|before| before.occurred_at.micros()))
            .min();
        if let Some(latest) = latest {
            let last = seq_at(conn, self.tenant, Timestamp::from_micros(latest))?;
            query.and("seq <= ?", [Value::Integer(int(last))]);
        }
        if let Some(from) = self.filter.from {
            let earlier = Timestamp::from_micros(from.micros().saturating_sub(1));
            let first = seq_at(conn, self.tenant, earlier)?;
            query.and("seq > ?", [Value::Integer(int(first))]);
        }
        self.run(conn, query, "seq DESC")
    }

    fn run(&self, conn: &Connection, query: Query, order: &str) -> rusqlite::Result<Vec<Entry>> {
        let Query {
            mut sql,
            mut params,
        } = query;
        sql.push_str(&format!(" ORDER BY {order} LIMIT ?"));
        params.push(Value::Integer(int(self.limit as u64)));
        conn.prepare_cached(&sql)?
            .query_map(params_from_iter(params), entry)?
            .collect()
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let event = logged(row)?;
    let position = AuditPosition {
        occurred_at: moment(row, 3)?,
        seq: event.seq,
    };
    Ok((position, event))
}
