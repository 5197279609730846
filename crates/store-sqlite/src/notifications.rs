//! The port Notifications.

use async_trait::async_trait;
use raally_app::ports::{
    Notification, NotificationPosition, Notifications, OffsetCommit, Preference, PreferencePatch,
    StoreError,
};
use raally_domain::date::Date;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{EntityRef, Kind};
use raally_domain::notifications::NotificationKind;
use raally_domain::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::rows::{all, execute, first, id, int, moment, number};
use crate::store::advance;

/// The columns in the order in which `read` takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT notification_id, user_id, at, kind, actor, person_id, entity_kind, entity_id,
             project_id, from_day, to_day, count, in_app, digest_at, read_at FROM notifications ",
            $rest
        )
    };
}

const LATEST: &str = select!(
    "WHERE tenant_id = ?1 AND user_id = ?2 AND in_app AND (at, notification_id) < (?3, ?4)
     ORDER BY at DESC, notification_id DESC LIMIT ?5"
);
const LATEST_UNREAD: &str = select!(
    "WHERE tenant_id = ?1 AND user_id = ?2 AND in_app AND read_at IS NULL
     AND (at, notification_id) < (?3, ?4) ORDER BY at DESC, notification_id DESC LIMIT ?5"
);
const DIGEST: &str = select!(
    "WHERE tenant_id = ?1 AND user_id = ?2 AND digest_at <= ?3 AND mailed_at IS NULL
     AND read_at IS NULL ORDER BY at, notification_id"
);

#[async_trait]
impl Notifications for SqliteStore {
    async fn add(
        &self,
        tenant: TenantId,
        commit: Option<OffsetCommit>,
        rows: Vec<Notification>,
    ) -> Result<bool, StoreError> {
        self.write_behind(rows.len() * 512, move |conn| {
            if let Some(commit) = &commit
                && !advance(conn, commit)?
            {
                return Ok(false);
            }
            rows.iter().try_for_each(|row| insert(conn, tenant, row))?;
            Ok(true)
        })
        .await
    }

    async fn list(
        &self,
        tenant: TenantId,
        user: UserId,
        unread: bool,
        before: Option<NotificationPosition>,
        limit: usize,
    ) -> Result<Vec<Notification>, StoreError> {
        let sql = if unread { LATEST_UNREAD } else { LATEST };
        let (at, below) = before.map_or((i64::MAX, Uuid::max()), |b| (b.at.micros(), b.id));
        self.read(move |conn| {
            let limit = int(limit as u64);
            let whose = (tenant.0.as_bytes(), user.0.as_bytes());
            let params = params![whose.0, whose.1, at, below.as_bytes(), limit];
            all(conn, sql, params, read)
        })
        .await
    }

    async fn unread(&self, tenant: TenantId, user: UserId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM notifications
                   WHERE tenant_id = ?1 AND user_id = ?2 AND in_app AND read_at IS NULL";
        self.read(move |conn| {
            let whose = params![tenant.0.as_bytes(), user.0.as_bytes()];
            first(conn, sql, whose, |row| number(row, 0)).map(Option::unwrap_or_default)
        })
        .await
    }

    async fn mark_read(
        &self,
        tenant: TenantId,
        user: UserId,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE notifications SET read_at = coalesce(read_at, ?4)
                   WHERE tenant_id = ?1 AND user_id = ?2 AND notification_id = ?3 AND in_app";
        self.write(move |conn| {
            let whose = (tenant.0.as_bytes(), user.0.as_bytes());
            let params = params![whose.0, whose.1, id.as_bytes(), now.micros()];
            execute(conn, sql, params).map(|changed| changed == 1)
        })
        .await
    }

    async fn mark_all_read(
        &self,
        tenant: TenantId,
        user: UserId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let sql = "UPDATE notifications SET read_at = ?4 WHERE tenant_id = ?1 AND user_id = ?2
                   AND in_app AND read_at IS NULL AND at <= ?3";
        self.write(move |conn| {
            let whose = (tenant.0.as_bytes(), user.0.as_bytes());
            let params = params![whose.0, whose.1, until.micros(), now.micros()];
            execute(conn, sql, params)
        })
        .await
    }

    async fn preferences(
        &self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<Preference>, StoreError> {
        let users = users.to_vec();
        let sql = "SELECT kind, in_app, email FROM notification_preferences
                   WHERE tenant_id = ?1 AND user_id = ?2 ORDER BY kind";
        self.read(move |conn| {
            let mut found = Vec::new();
            for user in users {
                let whose = params![tenant.0.as_bytes(), user.0.as_bytes()];
                found.extend(all(conn, sql, whose, |row| {
                    Ok(Preference {
                        user,
                        kind: kind(row, 0)?,
                        in_app: row.get(1)?,
                        email: row.get(2)?,
                    })
                })?);
            }
            Ok(found)
        })
        .await
    }

    async fn set_preference(
        &self,
        tenant: TenantId,
        default: Preference,
        patch: PreferencePatch,
    ) -> Result<(), StoreError> {
        self.write(move |conn| {
            execute(
                conn,
                "INSERT INTO notification_preferences
                 VALUES (?1, ?2, ?3, coalesce(?4, ?6), coalesce(?5, ?7))
                 ON CONFLICT DO UPDATE SET in_app = coalesce(?4, in_app),
                 email = coalesce(?5, email)",
                params![
                    tenant.0.as_bytes(),
                    default.user.0.as_bytes(),
                    default.kind.name(),
                    patch.in_app,
                    patch.email,
                    default.in_app,
                    default.email
                ],
            )
            .map(drop)
        })
        .await
    }

    async fn digests_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(TenantId, UserId)>, StoreError> {
        let sql = "SELECT tenant_id, user_id FROM notifications
                   WHERE digest_at <= ?1 AND mailed_at IS NULL AND read_at IS NULL
                   GROUP BY tenant_id, user_id ORDER BY min(digest_at), tenant_id, user_id LIMIT ?2";
        self.read(move |conn| {
            all(conn, sql, params![now.micros(), int(limit as u64)], |row| {
                Ok((TenantId(id(row, 0)?), UserId(id(row, 1)?)))
            })
        })
        .await
    }

    async fn claim_digest(
        &self,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<Notification>, StoreError> {
        self.write(move |conn| {
            let whose = params![tenant.0.as_bytes(), user.0.as_bytes(), now.micros()];
            let found = all(conn, DIGEST, whose, read)?;
            execute(
                conn,
                "UPDATE notifications SET mailed_at = ?3 WHERE tenant_id = ?1 AND user_id = ?2
                 AND digest_at <= ?3 AND mailed_at IS NULL AND read_at IS NULL",
                params![tenant.0.as_bytes(), user.0.as_bytes(), now.micros()],
            )?;
            Ok(found)
        })
        .await
    }

    async fn drop_notifications(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |conn| {
            let sql = "DELETE FROM notifications WHERE at < ?1";
            execute(conn, sql, [before.micros()])
        })
        .await
    }
}

fn insert(conn: &Connection, tenant: TenantId, row: &Notification) -> rusqlite::Result<()> {
    let entity = row.entity;
    execute(
        conn,
        "INSERT INTO notifications VALUES
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, NULL, ?16)
         ON CONFLICT DO NOTHING",
        params![
            tenant.0.as_bytes(),
            row.user.0.as_bytes(),
            row.id.as_bytes(),
            row.at.micros(),
            row.kind.name(),
            row.actor.map(|a| *a.0.as_bytes()),
            row.person.map(|p| *p.0.as_bytes()),
            entity.map(|e| e.kind.name()),
            entity.map(|e| *e.id.as_bytes()),
            row.project.map(|p| *p.0.as_bytes()),
            row.from.map(Date::days),
            row.to.map(Date::days),
            row.count,
            row.in_app,
            row.digest_at.map(Timestamp::micros),
            row.read_at.map(Timestamp::micros),
        ],
    )
    .map(drop)
}

fn wrong(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<NotificationKind> {
    let name: String = row.get(column)?;
    NotificationKind::from_name(&name)
        .ok_or_else(|| wrong(column, format!("there is no kind {name}")))
}

fn maybe_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Uuid>> {
    let bytes: Option<[u8; 16]> = row.get(column)?;
    Ok(bytes.map(Uuid::from_bytes))
}

fn maybe_day(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Date>> {
    let days: Option<i32> = row.get(column)?;
    Ok(days.and_then(Date::from_days))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Notification> {
    let entity_kind: Option<String> = row.get(6)?;
    let entity_kind = entity_kind.as_deref().and_then(Kind::from_name);
    Ok(Notification {
        id: id(row, 0)?,
        user: UserId(id(row, 1)?),
        at: moment(row, 2)?,
        kind: kind(row, 3)?,
        actor: maybe_id(row, 4)?.map(UserId),
        person: maybe_id(row, 5)?.map(Into::into),
        entity: entity_kind
            .zip(maybe_id(row, 7)?)
            .map(|(kind, id)| EntityRef { kind, id }),
        project: maybe_id(row, 8)?.map(Into::into),
        from: maybe_day(row, 9)?,
        to: maybe_day(row, 10)?,
        count: row.get(11)?,
        in_app: row.get(12)?,
        digest_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_micros),
        read_at: row.get::<_, Option<i64>>(14)?.map(Timestamp::from_micros),
    })
}
