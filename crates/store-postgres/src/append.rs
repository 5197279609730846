//! The one way into a log.

use std::time::Duration;

use raally_app::ports::{
    Append, AppendError, Batch, IdempotentResponse, LogHead, Lookup, StoreError,
};
use raally_domain::event::{Event, Head, StoredEvent, chain_hash};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::stream::StreamId;
use tokio::time::{Instant, sleep};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::accounts::{self, RECORD, Record, UserWrite};
use crate::fault::{Fault, FaultKind};
use crate::identity::{
    ADD_USER, END_SESSIONS, UPDATE_USER, UpdateColumns, UserColumns, is_email_taken,
};
use crate::log::holds;
use crate::platform::Platform;
use crate::pool::{Connection, Pool, Reply, Transaction};
use crate::rows::{get, int, log_head, only, role_name};
use crate::store_metrics::{PUT_TRACES, TraceColumns};

/// Sets the tenant itself.
const APPEND: Platform = Platform::new(
    "SELECT moved, epoch, seq, hash FROM raally.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
         $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)",
);

/// What the function `append` raises for a slug that another tenant has.
const SLUG_TAKEN: &str = "RY001";
/// What is raised for a tenant that is suspended or closed.
const SUSPENDED: &str = "RY003";

/// How often a batch is sent again because another transaction stood in its way.
const AGAIN: u32 = 3;

/// A batch made ready: columns of rows, in the order in which the function takes them.
pub(crate) struct Prepared {
    logs: Vec<LogRows>,
    users: Vec<UserWrite>,
    records: Vec<Record>,
    traces: TraceColumns,
}

#[derive(Default)]
struct LogRows {
    tenant: Uuid,
    /// Where the log will stand; `None` if there is no event to write.
    last: Option<LogHead>,
    heads: HeadColumns,
    events: Events,
    personal: Personal,
    lookups: Lookups,
    responses: ResponseColumns,
}

/// `expected` and `last` as columns.
#[derive(Default)]
struct HeadColumns {
    epoch: Option<i64>,
    seq: Option<i64>,
    hash: Option<Vec<u8>>,
    last_seq: Option<i64>,
    last_hash: Option<Vec<u8>>,
}

#[derive(Default)]
struct Events {
    recorded: Vec<i64>,
    occurred: Vec<i64>,
    entities: Vec<Uuid>,
    actors: Vec<Option<Uuid>>,
    kinds: Vec<&'static str>,
    actions: Vec<&'static str>,
    hashes: Vec<Vec<u8>>,
    bodies: Vec<String>,
}

#[derive(Default)]
struct Personal {
    refs: Vec<Uuid>,
    subjects: Vec<Uuid>,
    salts: Vec<Vec<u8>>,
    values: Vec<String>,
}

#[derive(Default)]
struct Lookups {
    slugs: Vec<String>,
    names: Vec<String>,
    members: Vec<Uuid>,
    roles: Vec<Option<&'static str>>,
}

#[derive(Default)]
struct ResponseColumns {
    users: Vec<Uuid>,
    keys: Vec<String>,
    requests: Vec<Vec<u8>>,
    statuses: Vec<i32>,
    bodies: Vec<Vec<u8>>,
    ats: Vec<i64>,
}

/// Checks that the events continue the logs they are for, and readies the rows.
pub(crate) fn prepare(batch: Batch) -> Result<Prepared, StoreError> {
    let mut logs: Vec<LogRows> = batch
        .appends
        .into_iter()
        .map(LogRows::new)
        .collect::<Result<_, _>>()?;
    // One order for all who write several logs: they cannot wait for each other in a circle.
    logs.sort_by_key(|log| log.tenant);
    if let Some(twice) = logs.windows(2).find(|w| w[0].tenant == w[1].tenant) {
        return Err(StoreError::Corrupt(format!(
            "a batch appends to the log of {} twice",
            twice[0].tenant
        )));
    }
    let traces = TraceColumns::new(&batch.traces);
    let (users, records) = accounts::split(batch.identity)?;
    Ok(Prepared {
        logs,
        users,
        records,
        traces,
    })
}

impl LogRows {
    fn new(append: Append) -> Result<LogRows, StoreError> {
        let mut at = append.expected.unwrap_or(LogHead {
            head: Head { epoch: 1, seq: 0 },
            hash: [0; 32],
        });
        let mut log = LogRows {
            tenant: append.tenant.0,
            ..LogRows::default()
        };
        for step in append.steps {
            step.lookups().for_each(|lookup| log.lookups.push(lookup));
            step.response
                .into_iter()
                .for_each(|answer| log.responses.push(answer));
            for (event, stored) in step.events {
                at = continued(append.tenant, at, &event, &stored)?;
                log.last = Some(at);
                log.personal.push(&event);
                log.events.push(&event, stored);
            }
        }
        log.heads = HeadColumns::new(append.expected, log.last);
        Ok(log)
    }
}

impl HeadColumns {
    fn new(expected: Option<LogHead>, last: Option<LogHead>) -> HeadColumns {
        HeadColumns {
            epoch: expected.map(|e| i64::from(e.head.epoch)),
            seq: expected.map(|e| int(e.head.seq)),
            hash: expected.map(|e| e.hash.to_vec()),
            last_seq: last.map(|l| int(l.head.seq)),
            last_hash: last.map(|l| l.hash.to_vec()),
        }
    }
}

/// Where the log stands after `event`, which must be the one that belongs after `at`.
fn continued(
    tenant: TenantId,
    at: LogHead,
    event: &Event,
    stored: &StoredEvent,
) -> Result<LogHead, StoreError> {
    let seq = at.head.seq + 1;
    if event.tenant != tenant
        || event.seq != seq
        || event.previous != at.hash
        || stored.hash != chain_hash(&at.hash, &stored.body)
    {
        return Err(StoreError::Corrupt(format!(
            "event {} of {} does not continue the log of {tenant} at {}",
            event.seq, event.tenant, at.head
        )));
    }
    Ok(LogHead {
        head: Head { seq, ..at.head },
        hash: stored.hash,
    })
}

impl Events {
    fn push(&mut self, event: &Event, stored: StoredEvent) {
        let entity = event.change.entity();
        self.recorded.push(event.recorded_at.micros());
        self.occurred.push(event.occurred_at.micros());
        self.entities.push(entity.id);
        self.actors.push(event.actor.user().map(|user| user.0));
        self.kinds.push(entity.kind.name());
        self.actions.push(event.change.action().name());
        self.hashes.push(stored.hash.to_vec());
        self.bodies.push(stored.body);
    }
}

impl Personal {
    fn push(&mut self, event: &Event) {
        for (subject, value) in event.personal_values() {
            self.refs.push(value.reference.0);
            self.subjects.push(subject);
            self.salts.push(value.salt.to_vec());
            self.values.push(value.value);
        }
    }
}

impl Lookups {
    fn push(&mut self, lookup: Lookup) {
        match lookup {
            Lookup::Tenant { slug, name } => {
                self.slugs.push(slug);
                self.names.push(name);
            }
            Lookup::Member { user, role } => {
                self.members.push(user.0);
                self.roles.push(role.map(role_name));
            }
        }
    }
}

impl ResponseColumns {
    fn push(&mut self, answer: IdempotentResponse) {
        self.users.push(answer.user.0);
        self.keys.push(answer.key);
        self.requests.push(answer.request_hash.to_vec());
        self.statuses.push(i32::from(answer.status));
        self.bodies.push(answer.body);
        self.ats.push(answer.at.micros());
    }
}

impl Prepared {
    /// Where the logs stand once it is written.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (TenantId, Head)> + '_ {
        let logs = self.logs.iter();
        logs.filter_map(|log| Some((TenantId(log.tenant), log.last?.head)))
    }
}

/// What became of a batch that the server answered.
enum Outcome {
    Written,
    Moved {
        tenant: TenantId,
        actual: Option<LogHead>,
    },
    AccountMoved(StreamId),
    UserMoved(UserId),
    SlugTaken(String),
    EmailTaken(String),
    Suspended(TenantId),
}

/// Writes the batch. If the connection is lost meanwhile, it finds out what became of it for as
/// long as a request may wait: the batch is sent again, and either it is written now, or the log
/// already holds its last event. Heads and hashes see to it that it is never written twice.
pub(crate) async fn append(
    pool: &Pool,
    batch: &Prepared,
    wait: Duration,
) -> Result<(), AppendError> {
    let deadline = Instant::now() + wait;
    let (mut uncertain, mut tries) = (None, 0);
    loop {
        let fault = match attempt(pool, batch).await {
            Ok(Outcome::Written) => return Ok(()),
            Ok(Outcome::Moved { tenant, actual }) => {
                if uncertain.is_some() && written(pool, batch).await? {
                    return Ok(());
                }
                return Err(AppendError::HeadMoved { tenant, actual });
            }
            Ok(Outcome::AccountMoved(stream)) => {
                if uncertain.is_some() && written(pool, batch).await? {
                    return Ok(());
                }
                return Err(AppendError::AccountMoved(stream));
            }
            Ok(Outcome::UserMoved(user)) => {
                if uncertain.is_some() && written(pool, batch).await? {
                    return Ok(());
                }
                return Err(AppendError::UserMoved(user));
            }
            Ok(Outcome::SlugTaken(slug)) => return Err(AppendError::SlugTaken(slug)),
            Ok(Outcome::EmailTaken(email)) => return Err(AppendError::EmailTaken(email)),
            Ok(Outcome::Suspended(tenant)) => {
                // What was lost may have been written before the tenant was suspended.
                if uncertain.is_some() && written(pool, batch).await? {
                    return Ok(());
                }
                return Err(AppendError::Suspended(tenant));
            }
            Err(fault) => fault,
        };
        tries += 1;
        let again = match fault.kind() {
            FaultKind::Lost => Instant::now() < deadline,
            FaultKind::Away | FaultKind::Busy => uncertain.is_some() && Instant::now() < deadline,
            FaultKind::Again => tries <= AGAIN,
            _ => false,
        };
        if fault.kind() == FaultKind::Lost {
            uncertain = Some(pool.error(&fault));
        }
        if !again {
            // What was lost may have been written, whatever stood in the way of finding out.
            return Err(uncertain.unwrap_or_else(|| pool.error(&fault)).into());
        }
        sleep(Duration::from_millis(u64::from(tries.min(10)) * 20)).await;
    }
}

/// Whether a log that has moved did so by this batch.
async fn written(pool: &Pool, batch: &Prepared) -> Result<bool, StoreError> {
    let last = batch
        .logs
        .iter()
        .find_map(|log| log.last.map(|last| (TenantId(log.tenant), last)));
    if let Some((tenant, last)) = last {
        return holds(pool, tenant, &last).await;
    }
    match batch.records.first() {
        Some(record) => {
            let rows = pool.read(accounts::HOLDS, &record.position()).await?;
            Ok(!rows.is_empty())
        }
        None => Ok(false),
    }
}

async fn attempt(pool: &Pool, batch: &Prepared) -> Result<Outcome, Fault> {
    let mut connection = pool.connection().await?;
    let sending = async {
        match (&*batch.logs, &*batch.users, &*batch.records) {
            _ if !batch.traces.is_empty() => several(&mut connection, batch).await,
            // One statement is its own transaction: one round trip.
            ([log], [], []) => log.outcome(connection.query(APPEND, &log.params()).await),
            ([], [], [record]) => {
                recorded(record, connection.query(RECORD, &record.params()).await)
            }
            _ => several(&mut connection, batch).await,
        }
    };
    let answered = pool.patiently(sending).await;
    connection.kept(answered)
}

/// Several logs, or users or traces with them, in one transaction.
async fn several(connection: &mut Connection<'_>, batch: &Prepared) -> Result<Outcome, Fault> {
    let tx = connection.begin().await?;
    for log in &batch.logs {
        let outcome = log.outcome(tx.query(APPEND, &log.params()).await)?;
        if !matches!(outcome, Outcome::Written) {
            return Ok(outcome);
        }
    }
    for record in &batch.records {
        let outcome = recorded(record, tx.query(RECORD, &record.params()).await)?;
        if !matches!(outcome, Outcome::Written) {
            return Ok(outcome);
        }
    }
    for write in &batch.users {
        let outcome = of_user(&tx, write).await?;
        if !matches!(outcome, Outcome::Written) {
            return Ok(outcome);
        }
    }
    if !batch.traces.is_empty() {
        tx.query(PUT_TRACES, &batch.traces.params()).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Written)
}

async fn of_user(tx: &Transaction<'_>, write: &UserWrite) -> Result<Outcome, Fault> {
    let (answered, email) = match write {
        UserWrite::Add(user) => {
            let params = UserColumns::new(user);
            let answered = tx.query(ADD_USER, &params.params()).await;
            if answered.as_ref().is_ok_and(|reply| reply.changed == 0) {
                return Ok(Outcome::UserMoved(user.id));
            }
            (answered, &*user.email)
        }
        UserWrite::Update(id, update) => {
            let params = UpdateColumns::new(*id, update);
            let answered = tx.query(UPDATE_USER, &params.params()).await;
            if answered.as_ref().is_ok_and(|reply| reply.changed == 0) {
                return Ok(Outcome::UserMoved(*id));
            }
            (answered, update.email.as_deref().unwrap_or_default())
        }
        UserWrite::EndSessions { user, except, at } => {
            let except = except.map(|session| session.0);
            let params: [&(dyn ToSql + Sync); 3] = [&user.0, &except, &at.micros()];
            (tx.query(END_SESSIONS, &params).await, "")
        }
    };
    match answered {
        Ok(_) => Ok(Outcome::Written),
        Err(error) if is_email_taken(&error) => Ok(Outcome::EmailTaken(email.to_owned())),
        Err(error) => Err(error.into()),
    }
}

fn recorded(
    record: &Record,
    answered: Result<Reply, tokio_postgres::Error>,
) -> Result<Outcome, Fault> {
    let reply = answered?;
    Ok(match get(only(&reply.rows)?, 0)? {
        true => Outcome::Written,
        false => Outcome::AccountMoved(record.stream),
    })
}

impl LogRows {
    /// In the order of the function's parameters.
    fn params(&self) -> [&(dyn ToSql + Sync); 28] {
        let LogRows {
            tenant,
            heads: h,
            events: e,
            personal: v,
            lookups: l,
            responses: r,
            ..
        } = self;
        [
            tenant,
            &h.epoch,
            &h.seq,
            &h.hash,
            &h.last_seq,
            &h.last_hash, //
            &e.recorded,
            &e.occurred,
            &e.entities,
            &e.actors,
            &e.kinds,
            &e.actions,
            &e.hashes,
            &e.bodies, //
            &v.refs,
            &v.subjects,
            &v.salts,
            &v.values, //
            &l.slugs,
            &l.names,
            &l.members,
            &l.roles, //
            &r.users,
            &r.keys,
            &r.requests,
            &r.statuses,
            &r.bodies,
            &r.ats,
        ]
    }

    fn outcome(&self, answered: Result<Reply, tokio_postgres::Error>) -> Result<Outcome, Fault> {
        let reply = match answered {
            Ok(reply) => reply,
            Err(error) => match error.as_db_error() {
                Some(db) if db.code().code() == SLUG_TAKEN => {
                    return Ok(Outcome::SlugTaken(db.message().to_owned()));
                }
                Some(db) if db.code().code() == SUSPENDED => {
                    return Ok(Outcome::Suspended(TenantId(self.tenant)));
                }
                _ => return Err(error.into()),
            },
        };
        let row = only(&reply.rows)?;
        if !get::<bool>(row, 0)? {
            return Ok(Outcome::Written);
        }
        let nowhere = get::<Option<i64>>(row, 1)?.is_none();
        let actual = if nowhere {
            None
        } else {
            Some(log_head(row, 1)?)
        };
        let tenant = TenantId(self.tenant);
        Ok(Outcome::Moved { tenant, actual })
    }
}
