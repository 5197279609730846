//! What the caller is told, and how they want to be told.

use std::collections::{BTreeMap, HashMap};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_app::error::Error;
use raally_app::notifications::{announce, default_preference};
use raally_app::ports::{Notification, NotificationPosition, Preference, PreferencePatch};
use raally_app::tenants::RenderedResponse;
use raally_domain::access::{Access, Operation};
use raally_domain::date::Date;
use raally_domain::ids::{PersonId, ProjectId, UserId};
use raally_domain::kinds::Kind;
use raally_domain::notifications::NotificationKind;
use raally_domain::problem::Thing;
use raally_domain::redact::{Redact, all_redacted};
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use super::live::LiveActor;
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, get, patch, post};
use crate::http::params::{self, params};
use crate::http::problem::Problem;
use crate::http::response;
use crate::http::write::{bare, once, rendered};

params! {
    #[derive(Clone, Debug)]
    pub(crate) struct NotificationParams {
        /// How many at most: 1 to 200.
        limit: Default<u32> = 50,
        /// Where the page before ended: its `next_cursor`.
        cursor: Optional<String>,
        /// Only what has not been read.
        unread: Default<bool> = false,
    }
}

/// A page of what the caller is told, the latest first.
#[derive(Serialize, ToSchema)]
struct NotificationPage {
    items: Vec<NotificationView>,
    /// Where the next page begins; `null` on the last.
    next_cursor: Option<String>,
    /// How many there are that have not been read, on all pages.
    unread: u64,
}

/// Something the caller is told.
#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
struct NotificationView {
    id: Uuid,
    at: Timestamp,
    kind: NotificationKind,
    /// Who did it, if a user did.
    actor: Option<LiveActor>,
    /// Whom it is about; `null` where it is several people.
    person: Option<NamedPerson>,
    /// The assignment or time off; `null` where it is several.
    entity: Option<AboutEntity>,
    /// Of which project the work is; `null` where it is of several, or none.
    project: Option<NamedProject>,
    /// The first day it is about.
    from: Option<Date>,
    /// The last day; `null` is open.
    to: Option<Date>,
    /// How many assignments, requests or people it tells of.
    count: u32,
    read_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
struct NamedPerson {
    id: PersonId,
    /// `null` where they are no longer there.
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct NamedProject {
    id: ProjectId,
    /// `null` where it is no longer there.
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct AboutEntity {
    kind: Kind,
    id: Uuid,
}

impl Redact for NotificationView {
    fn redact(self, access: &Access) -> Option<NotificationView> {
        access.may(Operation::ReadPlan).then_some(self)
    }
}

/// How many are left.
#[derive(Serialize, ToSchema)]
struct UnreadCount {
    unread: u64,
}

/// How the caller is told of a kind.
#[derive(Clone, Copy, Serialize, ToSchema)]
struct Channels {
    /// In the app.
    in_app: bool,
    /// In the daily digest, if it has not been read by then.
    email: bool,
}

/// A setting for each kind that this release tells of.
#[derive(Serialize, ToSchema)]
struct NotificationSettings {
    kinds: BTreeMap<&'static str, Channels>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NotificationSettingsPatch {
    /// By kind.
    #[schema(value_type = BTreeMap<String, ChannelsPatch>)]
    kinds: BTreeMap<NotificationKind, ChannelsPatch>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelsPatch {
    #[serde(default)]
    in_app: Option<bool>,
    #[serde(default)]
    email: Option<bool>,
}

pub(crate) fn endpoints() -> Endpoints {
    let path = format!("{TENANT}/notifications");
    vec![
        get(&path, "list_notifications")
            .tag("notifications")
            .summary("What the caller is told, the latest first")
            .describe(
                "Kept for 90 days. `live` sends an event `notification` whenever this answer \
                 has changed.",
            )
            .query::<NotificationParams>()
            .answers::<NotificationPage>(200, "A page")
            .handled_by(list),
        post(&format!("{path}/{{id}}/read"), "read_notification")
            .tag("notifications")
            .summary("Mark one as read")
            .writes()
            .answers::<UnreadCount>(200, "Read")
            .handled_by(read_one),
        post(&format!("{path}/read-all"), "read_all_notifications")
            .tag("notifications")
            .summary("Mark all as read")
            .writes()
            .answers::<UnreadCount>(200, "Read")
            .handled_by(read_all),
        get(&format!("{path}/settings"), "get_notification_settings")
            .tag("notifications")
            .summary("How the caller is told of each kind")
            .answers::<NotificationSettings>(200, "The settings")
            .handled_by(settings),
        patch(&format!("{path}/settings"), "change_notification_settings")
            .tag("notifications")
            .summary("Change how the caller is told")
            .describe("What is not named stays as it is.")
            .body::<NotificationSettingsPatch>()
            .answers::<NotificationSettings>(200, "Changed")
            .handled_by(change_settings),
    ]
}

async fn list(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    let asked = params::read::<NotificationParams>(request.uri().query())?;
    if !(1..=200).contains(&asked.limit) {
        return Err(Problem::malformed("?limit", "must be between 1 and 200"));
    }
    let before = asked.cursor.as_deref().map(position).transpose()?;
    let (limit, tenant, user) = (asked.limit as usize, t.plan.tenant(), t.caller.user);
    // Counted first: what comes in between is announced, and must not be counted without being shown.
    let unread = unread(&t).await?.unread;
    let store = &t.app.services.notifications;
    let found = store.list(tenant, user, asked.unread, before, limit + 1);
    let mut found = found.await.map_err(Error::from)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let page = NotificationPage {
        next_cursor: found.last().filter(|_| more).map(cursor),
        items: views(&t, found).await?,
        unread,
    };
    Ok(response::at(t.plan.head(), &page))
}

/// With the names that people and things have today.
async fn views(t: &InTenant, found: Vec<Notification>) -> Result<Vec<NotificationView>, Problem> {
    let mut actors: Vec<UserId> = found.iter().filter_map(|n| n.actor).collect();
    actors.sort_unstable();
    actors.dedup();
    let users = t.app.services.identity.users(&actors).await;
    let names: HashMap<UserId, String> = users
        .map_err(Error::from)?
        .into_iter()
        .map(|user| (user.id, user.full_name))
        .collect();
    let views = found.into_iter().map(|n| view(t, n, &names)).collect();
    Ok(all_redacted(views, &t.access))
}

fn view(t: &InTenant, n: Notification, names: &HashMap<UserId, String>) -> NotificationView {
    let person = |id: PersonId| NamedPerson {
        id,
        name: t.plan.people().get(&id).map(|p| p.person.name().to_owned()),
    };
    let project = |id: ProjectId| NamedProject {
        id,
        name: t.plan.projects().get(&id).map(|p| p.project.name.clone()),
    };
    NotificationView {
        id: n.id,
        at: n.at,
        kind: n.kind,
        actor: n.actor.map(|user_id| LiveActor {
            user_id,
            name: names.get(&user_id).cloned().unwrap_or_default(),
        }),
        person: n.person.map(person),
        entity: n.entity.map(|e| AboutEntity {
            kind: e.kind,
            id: e.id,
        }),
        project: n.project.map(project),
        from: n.from,
        to: n.to,
        count: n.count,
        read_at: n.read_at,
    }
}

async fn unread(t: &InTenant) -> Result<UnreadCount, Problem> {
    let unread = t
        .app
        .services
        .notifications
        .unread(t.plan.tenant(), t.caller.user);
    Ok(UnreadCount {
        unread: unread.await.map_err(Error::from)?,
    })
}

async fn read_one(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    let key = bare(&t, raw).await?;
    let id = t.id(0, Thing::Notification)?;
    let t = &t;
    once(t, key, |_| async move {
        let (tenant, user, now) = (t.plan.tenant(), t.caller.user, t.app.services.now());
        let read = t
            .app
            .services
            .notifications
            .mark_read(tenant, user, id, now)
            .await;
        if !read.map_err(Error::from)? {
            return Err(Problem::not_found(Thing::Notification));
        }
        was_read(t).await
    })
    .await
}

async fn read_all(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    let key = bare(&t, raw).await?;
    let t = &t;
    once(t, key, |_| async move {
        let (tenant, user, now) = (t.plan.tenant(), t.caller.user, t.app.services.now());
        let read = t
            .app
            .services
            .notifications
            .mark_all_read(tenant, user, now, now);
        read.await.map_err(Error::from)?;
        was_read(t).await
    })
    .await
}

/// Tells the caller's other tabs, and answers with what is left.
async fn was_read(t: &InTenant) -> Result<RenderedResponse, Problem> {
    announce(&*t.app.services.cache, t.plan.tenant(), [t.caller.user]).await;
    Ok(rendered(StatusCode::OK, &unread(t).await?))
}

async fn settings(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    params::read::<()>(request.uri().query())?;
    let settings = preferences(&t).await?;
    Ok(response::at(t.plan.head(), &told(settings)))
}

async fn change_settings(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    params::read::<()>(raw.query())?;
    let body: NotificationSettingsPatch = raw.json().await?.read()?;
    let mut settings = preferences(&t).await?;
    for (kind, patch) in body.kinds {
        let Some(preference) = settings.get_mut(&kind) else {
            continue;
        };
        let patch = PreferencePatch {
            in_app: patch.in_app,
            email: patch.email,
        };
        let default = default_preference(t.caller.user, kind);
        let set = t
            .app
            .services
            .notifications
            .set_preference(t.plan.tenant(), default, patch);
        set.await.map_err(Error::from)?;
        preference.in_app = patch.in_app.unwrap_or(preference.in_app);
        preference.email = patch.email.unwrap_or(preference.email);
    }
    Ok(response::at(t.plan.head(), &told(settings)))
}

/// The caller's, with the default where nothing is set.
async fn preferences(t: &InTenant) -> Result<BTreeMap<NotificationKind, Preference>, Problem> {
    let user = t.caller.user;
    let mut all: BTreeMap<NotificationKind, Preference> = NotificationKind::ALL
        .into_iter()
        .map(|kind| (kind, default_preference(user, kind)))
        .collect();
    let (tenant, users) = (t.plan.tenant(), [user]);
    let set = t
        .app
        .services
        .notifications
        .preferences(tenant, &users)
        .await;
    for preference in set.map_err(Error::from)? {
        all.insert(preference.kind, preference);
    }
    Ok(all)
}

fn told(settings: BTreeMap<NotificationKind, Preference>) -> NotificationSettings {
    let kinds = settings.into_iter().map(|(kind, preference)| {
        let channels = Channels {
            in_app: preference.in_app,
            email: preference.email,
        };
        (kind.name(), channels)
    });
    NotificationSettings {
        kinds: kinds.collect(),
    }
}

fn cursor(last: &Notification) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}/{}", last.at.micros(), last.id))
}

fn position(cursor: &str) -> Result<NotificationPosition, Problem> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (micros, id) = text.split_once('/')?;
        Some(NotificationPosition {
            at: Timestamp::from_micros(micros.parse().ok()?),
            id: id.parse().ok()?,
        })
    };
    read()
        .ok_or_else(|| Problem::malformed("?cursor", "must be the next_cursor of the page before"))
}
