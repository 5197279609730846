//! NotificationBuilder users: how they want it, when their day begins, and that there is something new.

use std::collections::HashMap;

use bytes::Bytes;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use raally_domain::date::Date;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::notifications::{NotificationDraft, NotificationKind};
use raally_domain::time::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::ports::{Cache, Notification, Preference};

/// The hour at which digests are mailed, in the workspace's time zone.
const DIGEST_HOUR: i8 = 7;

/// How somebody is told who has set nothing.
#[must_use]
pub fn default_preference(user: UserId, kind: NotificationKind) -> Preference {
    Preference {
        user,
        kind,
        in_app: true,
        email: true,
    }
}

/// The channel on which it is announced that a user's notifications changed.
#[must_use]
pub fn channel(tenant: TenantId, user: UserId) -> String {
    format!("notify/{tenant}/{user}")
}

/// Tells whoever shows that user's notifications to look again.
pub async fn announce(
    cache: &dyn Cache,
    tenant: TenantId,
    users: impl IntoIterator<Item = UserId>,
) {
    for user in users {
        if let Err(error) = cache.announce(&channel(tenant, user), Bytes::new()).await {
            tracing::debug!(%error, "a user's new notification could not be broadcast");
            return;
        }
    }
}

/// The step (or another cause) that users are told of.
pub(crate) struct Cause<'a> {
    pub id: Uuid,
    pub actor: Option<UserId>,
    pub at: Timestamp,
    pub zone: &'a TimeZone,
}

/// The rows to keep of what users are told, each as its user wants it; what a user does not want
/// at all is left out. The same of one cause has the same id, whoever makes it.
#[must_use]
pub(crate) fn rows(
    cause: &Cause<'_>,
    news: Vec<NotificationDraft>,
    preferences: &[Preference],
) -> Vec<Notification> {
    let set: HashMap<(UserId, NotificationKind), &Preference> =
        preferences.iter().map(|p| ((p.user, p.kind), p)).collect();
    let digest = next_digest(cause.at, cause.zone);
    let row = |news: NotificationDraft| {
        let default = default_preference(news.user, news.kind);
        let wanted = *set
            .get(&(news.user, news.kind))
            .copied()
            .unwrap_or(&default);
        (wanted.in_app || wanted.email).then(|| Notification {
            id: id(cause.id, news.user, news.kind),
            user: news.user,
            at: cause.at,
            kind: news.kind,
            actor: cause.actor,
            person: news.person,
            entity: news.entity,
            project: news.project,
            from: news.from,
            to: news.to,
            count: news.count,
            in_app: wanted.in_app,
            digest_at: wanted.email.then_some(digest),
            read_at: None,
        })
    };
    news.into_iter().filter_map(row).collect()
}

fn id(cause: Uuid, user: UserId, kind: NotificationKind) -> Uuid {
    let hash = Sha256::new()
        .chain_update(cause)
        .chain_update(user.0)
        .chain_update(kind.name())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The time zone of that name; UTC where there is none.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// The civil date there is in that zone.
pub(crate) fn date_in(zone: &TimeZone, at: Timestamp) -> Date {
    let date = civil(zone, at).date();
    Date::from_ymd(date.year(), date.month(), date.day()).unwrap_or(Date::MIN)
}

/// The first 07:00 in that zone after a moment.
fn next_digest(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let here = civil(zone, at);
    let on = |days: i32| {
        let date = here.date().checked_add(days.days()).ok()?;
        let time = zone.to_timestamp(date.at(DIGEST_HOUR, 0, 0, 0)).ok()?;
        Some(Timestamp::from_micros(time.as_microsecond()))
    };
    let times = (0..=1).filter_map(on);
    times.into_iter().find(|time| *time > at).unwrap_or(at)
}

/// What clocks show in that zone.
fn civil(zone: &TimeZone, at: Timestamp) -> jiff::civil::DateTime {
    let timestamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    zone.to_datetime(timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(at: &str, name: &str) -> String {
        next_digest(at.parse().unwrap(), &zone(name)).to_string()
    }

    #[test]
    fn a_digest_is_due_at_seven_in_the_workspace() {
        let lisbon = "Europe/Lisbon";
        assert_eq!(
            digest("2026-03-02T06:59:59Z", lisbon),
            "2026-03-02T07:00:00.000000Z"
        );
        assert_eq!(
            digest("2026-03-02T07:00:00Z", lisbon),
            "2026-03-03T07:00:00.000000Z"
        );
        // Clocks go forward on the 29th.
        assert_eq!(
            digest("2026-03-28T12:00:00Z", lisbon),
            "2026-03-29T06:00:00.000000Z"
        );
        assert_eq!(
            digest("2026-03-02T20:00:00Z", "Asia/Tokyo"),
            "2026-03-02T22:00:00.000000Z"
        );
        assert_eq!(
            digest("2026-03-02T20:00:00Z", "Nowhere/Land"),
            "2026-03-03T07:00:00.000000Z"
        );
    }

    #[test]
    fn a_date_is_that_of_the_zone() {
        let at: Timestamp = "2026-03-02T23:30:00Z".parse().unwrap();
        assert_eq!(date_in(&zone("Asia/Tokyo"), at).to_string(), "2026-03-03");
        assert_eq!(date_in(&zone("UTC"), at).to_string(), "2026-03-02");
    }
}
