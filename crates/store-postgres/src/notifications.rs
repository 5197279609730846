//! The port Notifications.

use async_trait::async_trait;
use raally_app::ports::{
    Notification, NotificationPosition, Notifications, OffsetCommit, Preference, PreferencePatch,
    StoreError,
};
use raally_domain::date::Date;
use raally_domain::event::Hash;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{EntityRef, Kind};
use raally_domain::notifications::NotificationKind;
use raally_domain::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::PostgresStore;
use crate::platform::Platform;
use crate::rows::{all, get, id, int, limit, moment, number, only};
use crate::store::advance;

/// The columns in the order in which `read` takes them.
macro_rules! columns {
    () => {
        "notification_id, user_id, at, kind, actor, person_id, entity_kind, entity_id,
         project_id, from_day, to_day, count, in_app, digest_at, read_at"
    };
}

const LATEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM raally.notifications WHERE tenant_id = $1 AND user_id = $2 AND in_app
     AND (at, notification_id) < ($3, $4) ORDER BY at DESC, notification_id DESC LIMIT $5"
);
const LATEST_UNREAD: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM raally.notifications WHERE tenant_id = $1 AND user_id = $2 AND in_app
     AND read_at IS NULL AND (at, notification_id) < ($3, $4)
     ORDER BY at DESC, notification_id DESC LIMIT $5"
);
/// Taken as one array a column, from the parameter named on.
macro_rules! insert {
    ($from:literal) => {
        concat!(
            "INSERT INTO raally.notifications (tenant_id, notification_id, user_id, at, kind, actor,
             person_id, entity_kind, entity_id, project_id, from_day, to_day, count, in_app,
             digest_at, read_at) SELECT $1, n.* FROM unnest(",
            $from,
            ") AS n"
        )
    };
}
const INSERT: &str = insert!(
    "$2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::uuid[], $8::text[],
     $9::uuid[], $10::uuid[], $11::integer[], $12::integer[], $13::bigint[], $14::boolean[],
     $15::bigint[], $16::bigint[]"
);
/// After the five parameters of a commit.
const INSERT_AFTER: &str = insert!(
    "$6::uuid[], $7::uuid[], $8::bigint[], $9::text[], $10::uuid[], $11::uuid[], $12::text[],
     $13::uuid[], $14::uuid[], $15::integer[], $16::integer[], $17::bigint[], $18::boolean[],
     $19::bigint[], $20::bigint[]"
);
const CLAIM: &str = concat!(
    "UPDATE raally.notifications SET mailed_at = $3 WHERE tenant_id = $1 AND user_id = $2
     AND digest_at <= $3 AND mailed_at IS NULL AND read_at IS NULL RETURNING ",
    columns!()
);
const DUE: Platform = Platform::new("SELECT tenant_id, user_id FROM raally.digests_due($1, $2)");
const DROP: Platform = Platform::new("SELECT raally.drop_notifications($1)");

#[async_trait]
impl Notifications for PostgresStore {
    async fn add(
        &self,
        tenant: TenantId,
        commit: Option<OffsetCommit>,
        rows: Vec<Notification>,
    ) -> Result<bool, StoreError> {
        let _turn = self.background_turn().await;
        let columns = Columns::new(&rows);
        let scope = self.primary.of(tenant);
        let Some(OffsetCommit {
            consumer,
            from,
            to,
            event,
            ..
        }) = commit
        else {
            let mut params: Vec<&(dyn ToSql + Sync)> = vec![&tenant.0];
            params.extend(columns.params());
            let sql = format!("{INSERT} ON CONFLICT DO NOTHING");
            scope.write(&sql, &params).await?;
            return Ok(true);
        };
        let sql = format!(
            "WITH moved AS ({} RETURNING 1), kept AS ({INSERT_AFTER} WHERE EXISTS (SELECT FROM moved)
             ON CONFLICT DO NOTHING)
             SELECT FROM moved",
            advance(from)
        );
        let (from, to, event) = (int(from), int(to), event.as_ref().map(Hash::as_slice));
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![&tenant.0, &consumer, &from, &to, &event];
        params.extend(columns.params());
        Ok(scope.write(&sql, &params).await? == 1)
    }

    async fn list(
        &self,
        tenant: TenantId,
        user: UserId,
        unread: bool,
        before: Option<NotificationPosition>,
        at_most: usize,
    ) -> Result<Vec<Notification>, StoreError> {
        let sql = if unread { LATEST_UNREAD } else { LATEST };
        let (at, below) = before.map_or((i64::MAX, Uuid::max()), |b| (b.at.micros(), b.id));
        let params: [&(dyn ToSql + Sync); 5] = [&tenant.0, &user.0, &at, &below, &limit(at_most)];
        all(&self.primary.of(tenant).read(sql, &params).await?, read)
    }

    async fn unread(&self, tenant: TenantId, user: UserId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM raally.notifications
                   WHERE tenant_id = $1 AND user_id = $2 AND in_app AND read_at IS NULL";
        let scope = self.primary.of(tenant);
        let rows = scope.read(sql, &[&tenant.0, &user.0]).await?;
        number(only(&rows)?, 0)
    }

    async fn mark_read(
        &self,
        tenant: TenantId,
        user: UserId,
        id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE raally.notifications SET read_at = coalesce(read_at, $4)
                   WHERE tenant_id = $1 AND user_id = $2 AND notification_id = $3 AND in_app";
        let params: [&(dyn ToSql + Sync); 4] = [&tenant.0, &user.0, &id, &now.micros()];
        let changed = self.primary.of(tenant).write(sql, &params).await?;
        Ok(changed == 1)
    }

    async fn mark_all_read(
        &self,
        tenant: TenantId,
        user: UserId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let sql = "UPDATE raally.notifications SET read_at = $4 WHERE tenant_id = $1
                   AND user_id = $2 AND in_app AND read_at IS NULL AND at <= $3";
        let (until, now) = (until.micros(), now.micros());
        let params: [&(dyn ToSql + Sync); 4] = [&tenant.0, &user.0, &until, &now];
        self.primary.of(tenant).write(sql, &params).await
    }

    async fn preferences(
        &self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<Preference>, StoreError> {
        let users: Vec<Uuid> = users.iter().map(|u| u.0).collect();
        let sql = "SELECT user_id, kind, in_app, email FROM raally.notification_preferences
                   WHERE tenant_id = $1 AND user_id = ANY ($2)
                   ORDER BY array_position($2, user_id), kind COLLATE \"C\"";
        let scope = self.primary.of(tenant);
        all(&scope.read(sql, &[&tenant.0, &users]).await?, |row| {
            Ok(Preference {
                user: id(row, 0)?,
                kind: kind(row, 1)?,
                in_app: get(row, 2)?,
                email: get(row, 3)?,
            })
        })
    }

    async fn set_preference(
        &self,
        tenant: TenantId,
        default: Preference,
        patch: PreferencePatch,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO raally.notification_preferences AS p
                       (tenant_id, user_id, kind, in_app, email)
                   VALUES ($1, $2, $3, coalesce($4::boolean, $6), coalesce($5::boolean, $7))
                   ON CONFLICT (tenant_id, user_id, kind)
                   DO UPDATE SET in_app = coalesce($4, p.in_app), email = coalesce($5, p.email)";
        let (user, kind) = (default.user.0, default.kind.name());
        let params: [&(dyn ToSql + Sync); 7] = [
            &tenant.0,
            &user,
            &kind,
            &patch.in_app,
            &patch.email,
            &default.in_app,
            &default.email,
        ];
        self.primary.of(tenant).write(sql, &params).await.map(drop)
    }

    async fn digests_due(
        &self,
        now: Timestamp,
        at_most: usize,
    ) -> Result<Vec<(TenantId, UserId)>, StoreError> {
        let params: [&(dyn ToSql + Sync); 2] = [&now.micros(), &limit(at_most)];
        all(&self.primary.read(DUE, &params).await?, |row| {
            Ok((id(row, 0)?, id(row, 1)?))
        })
    }

    async fn claim_digest(
        &self,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<Notification>, StoreError> {
        let now = now.micros();
        let scope = self.primary.of(tenant);
        let params: [&(dyn ToSql + Sync); 3] = [&tenant.0, &user.0, &now];
        let rows = scope.write_returning(CLAIM, &params).await?;
        let mut found = all(&rows, read)?;
        found.sort_by_key(|n| (n.at, n.id));
        Ok(found)
    }

    async fn drop_notifications(&self, before: Timestamp) -> Result<u64, StoreError> {
        let reply = self.write(DROP, &[&before.micros()]).await?;
        number(only(&reply.rows)?, 0)
    }
}

/// One array a column.
struct Columns<'n> {
    ids: Vec<Uuid>,
    users: Vec<Uuid>,
    ats: Vec<i64>,
    kinds: Vec<&'n str>,
    actors: Vec<Option<Uuid>>,
    people: Vec<Option<Uuid>>,
    entity_kinds: Vec<Option<&'n str>>,
    entities: Vec<Option<Uuid>>,
    projects: Vec<Option<Uuid>>,
    from: Vec<Option<i32>>,
    to: Vec<Option<i32>>,
    counts: Vec<i64>,
    in_app: Vec<bool>,
    digests: Vec<Option<i64>>,
    reads: Vec<Option<i64>>,
}

impl<'n> Columns<'n> {
    fn new(rows: &'n [Notification]) -> Columns<'n> {
        fn each<T>(rows: &[Notification], column: impl Fn(&Notification) -> T) -> Vec<T> {
            rows.iter().map(column).collect()
        }
        Columns {
            ids: each(rows, |n| n.id),
            users: each(rows, |n| n.user.0),
            ats: each(rows, |n| n.at.micros()),
            kinds: each(rows, |n| n.kind.name()),
            actors: each(rows, |n| n.actor.map(|a| a.0)),
            people: each(rows, |n| n.person.map(|p| p.0)),
            entity_kinds: each(rows, |n| n.entity.map(|e| e.kind.name())),
            entities: each(rows, |n| n.entity.map(|e| e.id)),
            projects: each(rows, |n| n.project.map(|p| p.0)),
            from: each(rows, |n| n.from.map(Date::days)),
            to: each(rows, |n| n.to.map(Date::days)),
            counts: each(rows, |n| i64::from(n.count)),
            in_app: each(rows, |n| n.in_app),
            digests: each(rows, |n| n.digest_at.map(Timestamp::micros)),
            reads: each(rows, |n| n.read_at.map(Timestamp::micros)),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 15] {
        [
            &self.ids,
            &self.users,
            &self.ats,
            &self.kinds,
            &self.actors,
            &self.people,
            &self.entity_kinds,
            &self.entities,
            &self.projects,
            &self.from,
            &self.to,
            &self.counts,
            &self.in_app,
            &self.digests,
            &self.reads,
        ]
    }
}

fn kind(row: &Row, column: usize) -> Result<NotificationKind, StoreError> {
    let name: &str = get(row, column)?;
    NotificationKind::from_name(name)
        .ok_or_else(|| StoreError::Corrupt(format!("there is no kind of notification {name}")))
}

fn maybe<T: From<Uuid>>(row: &Row, column: usize) -> Result<Option<T>, StoreError> {
    Ok(get::<Option<Uuid>>(row, column)?.map(T::from))
}

fn day(row: &Row, column: usize) -> Result<Option<Date>, StoreError> {
    Ok(get::<Option<i32>>(row, column)?.and_then(Date::from_days))
}

fn read(row: &Row) -> Result<Notification, StoreError> {
    let entity_kind = get::<Option<&str>>(row, 6)?.and_then(Kind::from_name);
    let count: i64 = get(row, 11)?;
    Ok(Notification {
        id: id(row, 0)?,
        user: id(row, 1)?,
        at: moment(row, 2)?,
        kind: kind(row, 3)?,
        actor: maybe(row, 4)?,
        person: maybe(row, 5)?,
        entity: entity_kind
            .zip(maybe(row, 7)?)
            .map(|(kind, id)| EntityRef { kind, id }),
        project: maybe(row, 8)?,
        from: day(row, 9)?,
        to: day(row, 10)?,
        count: u32::try_from(count).unwrap_or(u32::MAX),
        in_app: get(row, 12)?,
        digest_at: get::<Option<i64>>(row, 13)?.map(Timestamp::from_micros),
        read_at: get::<Option<i64>>(row, 14)?.map(Timestamp::from_micros),
    })
}
