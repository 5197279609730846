//! The audit list: a log from its latest `occurred_at` back.
//!
//! Most events occur when they are recorded, so their order in the log is their order in the
//! list. The others (imports) and those that every filter lets pass have an index of their own,
//! and the list is the two merged. One statement reads both, so both are of one state of the log.

use raally_app::ports::{AuditFilter, AuditPosition, LoggedEvent, StoreError};
use raally_domain::ids::TenantId;
use tokio_postgres::types::ToSql;

use crate::rows::{int, limit, logged, moment};

type Entry = (AuditPosition, LoggedEvent);

/// A statement under construction.
pub(crate) struct Query {
    pub(crate) sql: String,
    params: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Query {
    pub(crate) fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.params
            .iter()
            .map(|p| &**p as &(dyn ToSql + Sync))
            .collect()
    }

    /// Takes a parameter and gives its place: `$3`, say.
    fn place(&mut self, param: impl ToSql + Sync + Send + 'static) -> String {
        self.params.push(Box::new(param));
        format!("${}", self.params.len())
    }

    pub(crate) fn new(
        tenant: TenantId,
        filter: &AuditFilter,
        before: Option<AuditPosition>,
        at_most: usize,
    ) -> Query {
        let mut query = Query {
            sql: String::new(),
            params: Vec::new(),
        };
        let tenant = query.place(tenant.0);
        let at_most = query.place(limit(at_most));
        let (in_time, in_seq) = query.bounds(&tenant, filter, before);
        let narrow = query.narrow(filter);
        let list = "SELECT seq, body, hash, occurred_at FROM raally.events WHERE tenant_id =";
        query.sql = format!(
            "(SELECT * FROM ({list} {tenant} AND (occurred_at <> recorded_at OR kind = 'history')
                 AND {in_time} AND (kind = 'history' OR ({narrow}))) apart
              ORDER BY occurred_at DESC, seq DESC LIMIT {at_most})
             UNION ALL
             (SELECT * FROM ({list} {tenant} AND occurred_at = recorded_at AND kind <> 'history'
                 AND {in_time} AND {in_seq} AND ({narrow})) in_order
              ORDER BY seq DESC LIMIT {at_most})
             ORDER BY occurred_at DESC, seq DESC LIMIT {at_most}"
        );
        query
    }

    /// The bounds in time, and what they come to in seqs where the log is in the order of time.
    fn bounds(
        &mut self,
        tenant: &str,
        filter: &AuditFilter,
        before: Option<AuditPosition>,
    ) -> (String, String) {
        let (mut in_time, mut in_seq) = (vec!["TRUE".to_owned()], vec!["TRUE".to_owned()]);
        if let Some(before) = before {
            let at = self.place(before.occurred_at.micros());
            let seq = self.place(int(before.seq));
            in_time.push(format!("(occurred_at, seq) < ({at}, {seq})"));
            in_seq.push(format!("seq <= raally.seq_at({tenant}, {at})"));
        }
        if let Some(from) = filter.from {
            let from = self.place(from.micros());
            in_time.push(format!("occurred_at >= {from}"));
            in_seq.push(format!("seq > raally.seq_at({tenant}, {from} - 1)"));
        }
        if let Some(until) = filter.until {
            let until = self.place(until.micros());
            in_time.push(format!("occurred_at < {until}"));
            in_seq.push(format!("seq <= raally.seq_at({tenant}, {until} - 1)"));
        }
        (in_time.join(" AND "), in_seq.join(" AND "))
    }

    /// What of the rest of the filter a row must meet.
    fn narrow(&mut self, filter: &AuditFilter) -> String {
        let mut conditions = vec!["TRUE".to_owned()];
        if let Some(actor) = filter.actor {
            conditions.push(format!("actor = {}", self.place(actor.0)));
        }
        if let Some(kind) = filter.kind {
            conditions.push(format!("kind = {}", self.place(kind.name())));
        }
        if let Some(entity) = filter.entity {
            conditions.push(format!("entity_id = {}", self.place(entity.id)));
            conditions.push(format!("kind = {}", self.place(entity.kind.name())));
        }
        if let Some(action) = filter.action {
            conditions.push(format!("action = {}", self.place(action.name())));
        }
        conditions.join(" AND ")
    }
}

pub(crate) fn entry(row: &tokio_postgres::Row) -> Result<Entry, StoreError> {
    let event = logged(row)?;
    let position = AuditPosition {
        occurred_at: moment(row, 3)?,
        seq: event.seq,
    };
    Ok((position, event))
}
