//! What every Notifications promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use raally_domain::ids::{PersonId, ProjectId, TenantId, UserId};
use raally_domain::kinds::{EntityRef, Kind};
use raally_domain::notifications::NotificationKind;
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::contract::moment;
use crate::ports::{
    Notification, NotificationPosition, Notifications, OffsetCommit, Preference, PreferencePatch,
    Store,
};

crate::contract::subject! {
    /// A store without anything in it.
    store: Store,
    notifications: Notifications,
}

#[macro_export]
macro_rules! notifications_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, notifications:
            a_notification_comes_back_as_it_was_kept,
            notifications_are_kept_once_with_the_passage,
            one_that_is_there_stays_as_it_is,
            a_list_runs_from_the_latest_back_and_goes_on_where_it_ended,
            what_is_read_is_no_longer_counted,
            all_are_read_that_came_until_then,
            what_is_not_for_the_app_is_not_shown,
            others_and_other_tenants_see_nothing,
            preferences_are_set_and_replaced,
            two_writers_of_a_preference_both_have_their_way,
            a_digest_is_claimed_once_when_it_is_due,
            of_concurrent_claims_one_gets_the_digest,
            old_notifications_are_dropped,
        }
    };
}
pub use notifications_contract as tests;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));
const ANA: UserId = UserId(Uuid::from_u128(11));
const BO: UserId = UserId(Uuid::from_u128(12));

fn row(n: u128, user: UserId, seconds: i64) -> Notification {
    Notification {
        id: Uuid::from_u128(n),
        user,
        at: moment(seconds),
        kind: NotificationKind::Assigned,
        actor: None,
        person: None,
        entity: None,
        project: None,
        from: None,
        to: None,
        count: 1,
        in_app: true,
        digest_at: None,
        read_at: None,
    }
}

fn mailed(n: u128, user: UserId, digest: i64) -> Notification {
    Notification {
        digest_at: Some(moment(digest)),
        ..row(n, user, 10 + i64::try_from(n).unwrap())
    }
}

fn commit(from: u64, to: u64) -> Option<OffsetCommit> {
    Some(OffsetCommit {
        consumer: "notifications",
        stream: StreamId::Tenant(TENANT),
        from,
        to,
        event: None,
    })
}

impl Subject {
    async fn add(&self, rows: impl IntoIterator<Item = Notification>) {
        let rows = rows.into_iter().collect();
        assert!(self.notifications.add(TENANT, None, rows).await.unwrap());
    }

    async fn ids(&self, user: UserId, unread: bool) -> Vec<u128> {
        let list = self.notifications.list(TENANT, user, unread, None, 100);
        ids(&list.await.unwrap())
    }

    async fn unread(&self, user: UserId) -> u64 {
        self.notifications.unread(TENANT, user).await.unwrap()
    }

    async fn claim(&self, user: UserId, seconds: i64) -> Vec<u128> {
        let now = moment(seconds);
        ids(&self
            .notifications
            .claim_digest(TENANT, user, now)
            .await
            .unwrap())
    }

    async fn due(&self, seconds: i64) -> Vec<(TenantId, UserId)> {
        let due = self.notifications.digests_due(moment(seconds), 100);
        due.await.unwrap()
    }
}

fn ids(rows: &[Notification]) -> Vec<u128> {
    rows.iter().map(|n| n.id.as_u128()).collect()
}

pub async fn a_notification_comes_back_as_it_was_kept(s: Subject) {
    let full = Notification {
        kind: NotificationKind::Overbooked,
        actor: Some(BO),
        person: Some(PersonId(Uuid::from_u128(21))),
        entity: Some(EntityRef {
            kind: Kind::TimeOff,
            id: Uuid::from_u128(22),
        }),
        project: Some(ProjectId(Uuid::from_u128(23))),
        from: Some("2026-03-02".parse().unwrap()),
        to: Some("2199-12-31".parse().unwrap()),
        count: 50_000,
        digest_at: Some(moment(99)),
        read_at: Some(moment(7)),
        ..row(u128::MAX, ANA, 6)
    };
    let bare = row(1, ANA, 5);
    s.add([bare.clone(), full.clone()]).await;
    let found = s.notifications.list(TENANT, ANA, false, None, 10).await;
    assert_eq!(found.unwrap(), [full, bare]);
}

pub async fn notifications_are_kept_once_with_the_passage(s: Subject) {
    let n = &s.notifications;
    assert!(
        n.add(TENANT, commit(0, 5), vec![row(1, ANA, 1)])
            .await
            .unwrap()
    );
    assert!(
        !n.add(TENANT, commit(0, 5), vec![row(2, ANA, 1)])
            .await
            .unwrap()
    );
    assert!(
        !n.add(TENANT, commit(4, 6), vec![row(3, ANA, 1)])
            .await
            .unwrap()
    );
    assert!(n.add(TENANT, commit(5, 6), Vec::new()).await.unwrap());
    assert!(
        n.add(TENANT, commit(6, 9), vec![row(4, ANA, 2)])
            .await
            .unwrap()
    );
    assert_eq!(s.ids(ANA, false).await, [4, 1]);
    assert_eq!(
        s.store.inbox("notifications", TENANT.into()).await.unwrap(),
        9
    );
}

pub async fn one_that_is_there_stays_as_it_is(s: Subject) {
    let n = &s.notifications;
    s.add([row(1, ANA, 1)]).await;
    let id = Uuid::from_u128(1);
    n.mark_read(TENANT, ANA, id, moment(5)).await.unwrap();
    let again = vec![row(1, ANA, 1), row(2, ANA, 1)];
    assert!(n.add(TENANT, commit(0, 1), again).await.unwrap());
    s.add([row(1, ANA, 9)]).await;
    assert_eq!(s.ids(ANA, false).await, [2, 1]);
    assert_eq!(s.ids(ANA, true).await, [2]);
}

pub async fn a_list_runs_from_the_latest_back_and_goes_on_where_it_ended(s: Subject) {
    // Three of one moment: the id decides.
    s.add([
        row(5, ANA, 1),
        row(9, ANA, 3),
        row(7, ANA, 3),
        row(8, ANA, 3),
        row(1, ANA, 4),
    ])
    .await;
    let mut before = None;
    let mut met = Vec::new();
    loop {
        let page = s.notifications.list(TENANT, ANA, false, before, 2);
        let page = page.await.unwrap();
        met.extend(ids(&page));
        let Some(last) = page.last() else { break };
        before = Some(NotificationPosition {
            at: last.at,
            id: last.id,
        });
    }
    assert_eq!(met, [1, 9, 8, 7, 5]);
}

pub async fn what_is_read_is_no_longer_counted(s: Subject) {
    s.add([row(1, ANA, 1), row(2, ANA, 2)]).await;
    assert_eq!(s.unread(ANA).await, 2);
    let n = &s.notifications;
    let read = async |user, id, at| {
        let id = Uuid::from_u128(id);
        n.mark_read(TENANT, user, id, moment(at)).await.unwrap()
    };
    assert!(!read(BO, 1, 5).await, "it is not Bo's");
    assert!(!read(ANA, 3, 5).await);
    assert!(read(ANA, 1, 5).await);
    assert!(read(ANA, 1, 6).await, "reading again is no mistake");
    assert_eq!(s.unread(ANA).await, 1);
    assert_eq!(s.ids(ANA, true).await, [2]);
    let list = n.list(TENANT, ANA, false, None, 10).await.unwrap();
    let times: Vec<Option<Timestamp>> = list.iter().map(|n| n.read_at).collect();
    assert_eq!(times, [None, Some(moment(5))]);
}

pub async fn all_are_read_that_came_until_then(s: Subject) {
    s.add([
        row(1, ANA, 1),
        row(2, ANA, 2),
        row(3, ANA, 3),
        row(4, BO, 1),
    ])
    .await;
    let n = &s.notifications;
    let read = n.mark_all_read(TENANT, ANA, moment(2), moment(9)).await;
    assert_eq!(read.unwrap(), 2);
    assert_eq!(s.ids(ANA, true).await, [3]);
    assert_eq!(s.unread(BO).await, 1);
}

pub async fn what_is_not_for_the_app_is_not_shown(s: Subject) {
    let mail_only = Notification {
        in_app: false,
        ..mailed(1, ANA, 20)
    };
    s.add([mail_only]).await;
    assert_eq!(s.unread(ANA).await, 0);
    assert!(s.ids(ANA, false).await.is_empty());
    let n = &s.notifications;
    let id = Uuid::from_u128(1);
    assert!(!n.mark_read(TENANT, ANA, id, moment(5)).await.unwrap());
    assert_eq!(
        n.mark_all_read(TENANT, ANA, moment(99), moment(5))
            .await
            .unwrap(),
        0
    );
    assert_eq!(s.claim(ANA, 20).await, [1]);
}

pub async fn others_and_other_tenants_see_nothing(s: Subject) {
    s.add([row(1, ANA, 1)]).await;
    assert!(s.ids(BO, false).await.is_empty());
    let n = &s.notifications;
    assert!(n.list(OTHER, ANA, false, None, 9).await.unwrap().is_empty());
    assert_eq!(n.unread(OTHER, ANA).await.unwrap(), 0);
    let id = Uuid::from_u128(1);
    assert!(!n.mark_read(OTHER, ANA, id, moment(5)).await.unwrap());
    assert_eq!(
        n.mark_all_read(OTHER, ANA, moment(99), moment(5))
            .await
            .unwrap(),
        0
    );
    assert!(
        n.claim_digest(OTHER, ANA, moment(99))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(s.unread(ANA).await, 1);
}

pub async fn preferences_are_set_and_replaced(s: Subject) {
    let preference = |user, kind, in_app, email| Preference {
        user,
        kind,
        in_app,
        email,
    };
    let first = preference(ANA, NotificationKind::Removed, true, false);
    let second = preference(ANA, NotificationKind::Removed, false, true);
    let third = preference(BO, NotificationKind::Assigned, false, false);
    let n = &s.notifications;
    let both = |set: Preference| PreferencePatch {
        in_app: Some(set.in_app),
        email: Some(set.email),
    };
    for set in [first, third, second] {
        n.set_preference(TENANT, set, both(set)).await.unwrap();
    }
    n.set_preference(OTHER, first, PreferencePatch::default())
        .await
        .unwrap();
    assert_eq!(n.preferences(TENANT, &[ANA]).await.unwrap(), [second]);
    assert_eq!(
        n.preferences(TENANT, &[BO, ANA]).await.unwrap(),
        [third, second]
    );
    assert_eq!(n.preferences(OTHER, &[BO, ANA]).await.unwrap(), [first]);
    assert!(n.preferences(TENANT, &[]).await.unwrap().is_empty());
}

/// Two tabs, one switch each.
pub async fn two_writers_of_a_preference_both_have_their_way(s: Subject) {
    let default = Preference {
        user: ANA,
        kind: NotificationKind::Removed,
        in_app: false,
        email: false,
    };
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let notifications = s.notifications.clone();
        let patch = match n % 2 {
            0 => PreferencePatch {
                in_app: Some(true),
                email: None,
            },
            _ => PreferencePatch {
                in_app: None,
                email: Some(true),
            },
        };
        writers.spawn(async move {
            let set = notifications.set_preference(TENANT, default, patch);
            set.await.unwrap();
        });
    }
    while writers.join_next().await.is_some() {}
    let set = s.notifications.preferences(TENANT, &[ANA]).await.unwrap();
    let both = Preference {
        in_app: true,
        email: true,
        ..default
    };
    assert_eq!(set, [both]);
}

pub async fn a_digest_is_claimed_once_when_it_is_due(s: Subject) {
    s.add([
        mailed(3, ANA, 100),
        mailed(2, ANA, 100),
        mailed(4, ANA, 200),
        mailed(5, BO, 50),
        row(6, BO, 1),
    ])
    .await;
    s.notifications
        .add(OTHER, None, vec![mailed(7, ANA, 70)])
        .await
        .unwrap();
    assert!(s.due(49).await.is_empty());
    assert_eq!(
        s.due(100).await,
        [(TENANT, BO), (OTHER, ANA), (TENANT, ANA)]
    );
    // What has been read in the meantime is not mailed.
    let id = Uuid::from_u128(5);
    s.notifications
        .mark_read(TENANT, BO, id, moment(60))
        .await
        .unwrap();
    assert!(s.claim(BO, 100).await.is_empty());
    assert_eq!(s.claim(ANA, 100).await, [2, 3]);
    assert!(s.claim(ANA, 100).await.is_empty());
    assert_eq!(s.due(100).await, [(OTHER, ANA)]);
    assert_eq!(s.unread(ANA).await, 3, "mailed is not read");
    assert_eq!(s.claim(ANA, 200).await, [4]);
}

pub async fn of_concurrent_claims_one_gets_the_digest(s: Subject) {
    s.add((1..=20).map(|n| mailed(n, ANA, 50))).await;
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let notifications = s.notifications.clone();
        claims.spawn(async move {
            let claimed = notifications.claim_digest(TENANT, ANA, moment(60));
            claimed.await.unwrap().len()
        });
    }
    let claimed = claims.join_all().await;
    assert_eq!(claimed.iter().sum::<usize>(), 20);
    assert_eq!(claimed.iter().filter(|n| **n > 0).count(), 1, "{claimed:?}");
}

pub async fn old_notifications_are_dropped(s: Subject) {
    s.add([row(1, ANA, 1), row(2, BO, 2), row(3, ANA, 3)]).await;
    let n = &s.notifications;
    n.add(OTHER, None, vec![row(4, ANA, 2)]).await.unwrap();
    assert_eq!(n.drop_notifications(moment(3)).await.unwrap(), 3);
    assert_eq!(s.ids(ANA, false).await, [3]);
    assert_eq!(n.drop_notifications(moment(3)).await.unwrap(), 0);
}
