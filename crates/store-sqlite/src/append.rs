//! The one way into a log.

use std::collections::{HashMap, HashSet};

use raally_app::ports::{
    Append, AppendError, Batch, EventTrace, IdempotentResponse, IdentityChange, LogHead, Lookup,
    StoreError, TenantStatus, User, UserUpdate,
};
use raally_domain::account::AccountEvent;
use raally_domain::event::{Event, Hash, Head, StoredEvent, chain_hash};
use raally_domain::ids::{SessionId, TenantId, UserId};
use raally_domain::personal::PersonalValue;
use raally_domain::time::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::accounts;
use crate::deletion::tenant_status;
use crate::identity::{
    email_holder, end_sessions, exists, insert_user, is_as_expected, update_user,
};
use crate::log::head;
use crate::rows::{execute, first, id, int, role_name};
use crate::store_metrics::put_trace;

/// A batch made ready on the caller's side, so that the writer only binds and steps.
pub(crate) struct Prepared {
    logs: Vec<LogRows>,
    users: Vec<UserWrite>,
    endings: Vec<(UserId, Option<SessionId>, Timestamp)>,
    records: Vec<(Box<AccountEvent>, StoredEvent)>,
    traces: Vec<EventTrace>,
}

impl Prepared {
    /// About how many bytes it writes.
    pub(crate) fn bytes(&self) -> usize {
        let of = |log: &LogRows| {
            let events = log.events.iter().map(|event| event.body.len());
            let personal = log.personal.iter().map(|(_, value)| value.value.len());
            events.sum::<usize>() + personal.sum::<usize>()
        };
        self.logs.iter().map(of).sum()
    }
}

enum UserWrite {
    Add(User),
    Update(UserId, UserUpdate),
}

impl UserWrite {
    /// The user, and the address that is theirs from then on, where that changes.
    fn address(&self) -> Option<(UserId, &str)> {
        match self {
            UserWrite::Add(user) => Some((user.id, &user.email)),
            UserWrite::Update(id, update) => Some((*id, update.email.as_deref()?)),
        }
    }
}

struct LogRows {
    tenant: TenantId,
    expected: Option<LogHead>,
    /// Where the log will stand; `None` if there is no event to write.
    last: Option<LogHead>,
    events: Vec<EventRow>,
    personal: Vec<(Uuid, PersonalValue)>,
    lookups: Vec<Lookup>,
    answers: Vec<IdempotentResponse>,
}

struct EventRow {
    seq: u64,
    recorded_at: i64,
    occurred_at: i64,
    actor: Option<Uuid>,
    kind: &'static str,
    entity_id: Uuid,
    action: &'static str,
    hash: Hash,
    body: String,
}

/// About how many bytes of events there are in a batch.
pub(crate) fn bytes(batch: &Batch) -> usize {
    let steps = batch.appends.iter().flat_map(|append| &append.steps);
    let events = steps.flat_map(|step| &step.events);
    events.map(|(_, stored)| stored.body.len()).sum()
}

/// Checks that the events continue the logs they are for, and readies the rows.
pub(crate) fn prepare(batch: Batch) -> Result<Prepared, StoreError> {
    let logs: Vec<LogRows> = batch
        .appends
        .into_iter()
        .map(LogRows::new)
        .collect::<Result<_, _>>()?;
    for (i, log) in logs.iter().enumerate() {
        if logs[..i].iter().any(|other| other.tenant == log.tenant) {
            return Err(StoreError::Corrupt(format!(
                "a batch appends to the log of {} twice",
                log.tenant
            )));
        }
    }
    let mut prepared = Prepared {
        logs,
        users: Vec::new(),
        endings: Vec::new(),
        records: Vec::new(),
        traces: batch.traces,
    };
    for change in batch.identity {
        match change {
            IdentityChange::AddUser(user) => prepared.users.push(UserWrite::Add(User {
                email: user.email.to_lowercase(),
                ..user
            })),
            IdentityChange::UpdateUser(id, update) => {
                let write = UserWrite::Update(id, update.normalized());
                prepared.users.push(write);
            }
            IdentityChange::EndSessions { user, except, at } => {
                prepared.endings.push((user, except, at));
            }
            IdentityChange::Record(event, stored) => {
                accounts::check(&event, &stored)?;
                prepared.records.push((event, stored));
            }
        }
    }
    Ok(prepared)
}

impl LogRows {
    fn new(append: Append) -> Result<LogRows, StoreError> {
        let start = append.expected.unwrap_or(LogHead {
            head: Head { epoch: 1, seq: 0 },
            hash: [0; 32],
        });
        let mut log = LogRows {
            tenant: append.tenant,
            expected: append.expected,
            last: None,
            events: Vec::new(),
            personal: Vec::new(),
            lookups: Vec::new(),
            answers: Vec::new(),
        };
        let mut at = start;
        for step in append.steps {
            log.lookups.extend(step.lookups());
            log.answers.extend(step.response);
            for (event, stored) in step.events {
                at = log.continued(at, &event, &stored)?;
                log.personal.extend(event.personal_values());
                log.events.push(EventRow::new(&event, stored));
            }
        }
        log.last = (!log.events.is_empty()).then_some(at);
        Ok(log)
    }

    /// Where the log stands after `event`, which must be the one that belongs after `at`.
    fn continued(
        &self,
        at: LogHead,
        event: &Event,
        stored: &StoredEvent,
    ) -> Result<LogHead, StoreError> {
        let seq = at.head.seq + 1;
        if event.tenant != self.tenant
            || event.seq != seq
            || event.previous != at.hash
            || stored.hash != chain_hash(&at.hash, &stored.body)
        {
            return Err(StoreError::Corrupt(format!(
                "event {} of {} does not continue the log of {} at {}",
                event.seq, event.tenant, self.tenant, at.head
            )));
        }
        Ok(LogHead {
            head: Head {
                epoch: at.head.epoch,
                seq,
            },
            hash: stored.hash,
        })
    }
}

impl EventRow {
    fn new(event: &Event, stored: StoredEvent) -> EventRow {
        let entity = event.change.entity();
        EventRow {
            seq: event.seq,
            recorded_at: event.recorded_at.micros(),
            occurred_at: event.occurred_at.micros(),
            actor: event.actor.user().map(|user| user.0),
            kind: entity.kind.name(),
            entity_id: entity.id,
            action: event.change.action().name(),
            hash: stored.hash,
            body: stored.body,
        }
    }
}

impl Prepared {
    /// Writes all of it, or nothing: every refusal comes before the first write.
    pub(crate) fn run(&self, conn: &Connection) -> rusqlite::Result<Result<(), AppendError>> {
        for check in [
            Self::check_tenant_status,
            Self::check_heads,
            Self::check_accounts,
            Self::check_slugs,
            Self::check_users,
            Self::check_emails,
        ] {
            if let Some(refused) = check(self, conn)? {
                return Ok(Err(refused));
            }
        }
        for write in &self.users {
            match write {
                UserWrite::Add(user) => insert_user(conn, user)?,
                UserWrite::Update(id, update) => update_user(conn, *id, update)?,
            }
        }
        for (user, except, at) in &self.endings {
            end_sessions(conn, *user, *except, *at)?;
        }
        for log in &self.logs {
            log.write(conn)?;
        }
        for (event, stored) in &self.records {
            accounts::record(conn, event, stored)?;
        }
        for trace in &self.traces {
            put_trace(conn, trace)?;
        }
        Ok(Ok(()))
    }

    fn check_accounts(&self, conn: &Connection) -> rusqlite::Result<Option<AppendError>> {
        for (event, _) in &self.records {
            let head = accounts::head(conn, event.stream)?;
            if (head.seq + 1, head.hash) != (event.seq, event.previous) {
                return Ok(Some(AppendError::AccountMoved(event.stream)));
            }
        }
        Ok(None)
    }

    fn check_tenant_status(&self, conn: &Connection) -> rusqlite::Result<Option<AppendError>> {
        for log in &self.logs {
            if tenant_status(conn, log.tenant)? != TenantStatus::Open {
                return Ok(Some(AppendError::Suspended(log.tenant)));
            }
        }
        Ok(None)
    }

    fn check_heads(&self, conn: &Connection) -> rusqlite::Result<Option<AppendError>> {
        for log in &self.logs {
            let actual = head(conn, log.tenant)?;
            if actual != log.expected {
                return Ok(Some(AppendError::HeadMoved {
                    tenant: log.tenant,
                    actual,
                }));
            }
        }
        Ok(None)
    }

    fn check_slugs(&self, conn: &Connection) -> rusqlite::Result<Option<AppendError>> {
        let mut wanted: HashMap<&str, TenantId> = HashMap::new();
        for log in &self.logs {
            for lookup in &log.lookups {
                let Lookup::Tenant { slug, .. } = lookup else {
                    continue;
                };
                let holder = first(
                    conn,
                    "SELECT tenant_id FROM tenants WHERE slug = ?1",
                    [slug],
                    |row| id(row, 0),
                )?
                .map(TenantId);
                let other = *wanted.entry(slug).or_insert(log.tenant);
                if other != log.tenant || holder.is_some_and(|holder| holder != log.tenant) {
                    return Ok(Some(AppendError::SlugTaken(slug.clone())));
                }
            }
        }
        Ok(None)
    }

    fn check_users(&self, conn: &Connection) -> rusqlite::Result<Option<AppendError>> {
        for write in &self.users {
            let (id, sound) = match write {
                UserWrite::Add(user) => (user.id, !exists(conn, user.id)?),
                UserWrite::Update(id, update) => (*id, is_as_expected(conn, *id, update)?),
            };
            if !sound {
                return Ok(Some(AppendError::UserMoved(id)));
            }
        }
        Ok(None)
    }

    /// An address is free as well where its holder gives it away before.
    fn check_emails(&self, conn: &Connection) -> rusqlite::Result<Option<AppendError>> {
        let mut wanted: HashMap<&str, UserId> = HashMap::new();
        let mut moved: HashSet<UserId> = HashSet::new();
        for (user, email) in self.users.iter().filter_map(UserWrite::address) {
            let holder = email_holder(conn, email)?;
            let holder = holder.filter(|holder| *holder != user && !moved.contains(holder));
            let other = *wanted.entry(email).or_insert(user);
            if other != user || holder.is_some() {
                return Ok(Some(AppendError::EmailTaken(email.to_owned())));
            }
            moved.insert(user);
        }
        Ok(None)
    }
}

impl LogRows {
    fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        let tenant = self.tenant.0.as_bytes();
        if let Some(LogHead { head, hash }) = self.last {
            execute(
                conn,
                "INSERT INTO streams (tenant_id, epoch, seq, hash) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
                params![tenant, head.epoch, int(head.seq), hash],
            )?;
        }
        let mut body = conn.prepare_cached("INSERT INTO bodies (body) VALUES (?1)")?;
        let mut event = conn.prepare_cached(
            "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for e in &self.events {
            let place = body.insert([&e.body])?;
            event.execute(params![
                tenant,
                int(e.seq),
                e.recorded_at,
                e.occurred_at,
                e.actor.as_ref().map(Uuid::as_bytes),
                e.kind,
                e.entity_id.as_bytes(),
                e.action,
                e.hash,
                place
            ])?;
        }
        // The values of before were stored when they were new.
        for (subject, value) in &self.personal {
            execute(
                conn,
                "INSERT OR IGNORE INTO personal_values VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    tenant,
                    value.reference.0.as_bytes(),
                    subject.as_bytes(),
                    value.salt,
                    value.value
                ],
            )?;
        }
        self.lookups
            .iter()
            .try_for_each(|lookup| put_lookup(conn, self.tenant, lookup))?;
        self.answers
            .iter()
            .try_for_each(|answer| put_answer(conn, self.tenant, answer))
    }
}

fn put_lookup(conn: &Connection, tenant: TenantId, lookup: &Lookup) -> rusqlite::Result<()> {
    let tenant = tenant.0.as_bytes();
    match lookup {
        Lookup::Tenant { slug, name } => execute(
            conn,
            "INSERT INTO tenants (tenant_id, slug, name) VALUES (?1, ?2, ?3)
             ON CONFLICT (tenant_id) DO UPDATE SET slug = excluded.slug, name = excluded.name",
            params![tenant, slug, name],
        ),
        Lookup::Member { user, role: None } => execute(
            conn,
            "DELETE FROM memberships WHERE tenant_id = ?1 AND user_id = ?2",
            params![tenant, user.0.as_bytes()],
        ),
        Lookup::Member {
            user,
            role: Some(role),
        } => execute(
            conn,
            "INSERT INTO memberships VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET role = excluded.role",
            params![tenant, user.0.as_bytes(), role_name(*role)],
        ),
    }
    .map(drop)
}

fn put_answer(
    conn: &Connection,
    tenant: TenantId,
    answer: &IdempotentResponse,
) -> rusqlite::Result<()> {
    execute(
        conn,
        "INSERT OR REPLACE INTO answers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            tenant.0.as_bytes(),
            answer.user.0.as_bytes(),
            answer.key,
            answer.request_hash,
            answer.status,
            answer.body,
            answer.at.micros()
        ],
    )
    .map(drop)
}
