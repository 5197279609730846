//! What every Identity promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use raally_domain::event::Hash;
use raally_domain::ids::{SessionId, UserId};
use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::contract::{moment, user};
use crate::ports::{
    AppendError, Batch, Identity, IdentityChange, IdentityError, MAX_SESSION_MICROS, NewSession,
    ROTATION_GRACE_MICROS, Rotation, Session, SigningKey, Store, User, UserExpectation, UserUpdate,
};

crate::contract::subject! {
    /// A store without users, sessions, keys and logs.
    store: Store,
    identity: Identity,
}

#[macro_export]
macro_rules! identity_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, identity:
            a_user_comes_back_as_it_was_written,
            an_address_is_one_users_in_any_case,
            of_concurrent_sign_ups_with_one_address_one_wins,
            fields_of_a_user_are_written_one_by_one,
            an_update_that_expects_otherwise_writes_nothing,
            two_writers_of_a_users_fields_both_have_their_way,
            a_session_that_ends_while_it_is_refreshed_stays_ended,
            several_users_are_read_at_once,
            a_session_comes_back,
            a_refresh_token_is_exchanged,
            two_tabs_that_refresh_at_once_stay_signed_in,
            a_token_used_again_after_the_grace_ends_the_session,
            a_token_two_rotations_old_ends_the_session_at_once,
            an_expired_or_ended_session_refreshes_no_more,
            of_concurrent_rotations_all_come_within_the_grace,
            all_sessions_of_a_user_end_but_one,
            living_sessions_are_listed_with_their_last_use,
            a_session_is_over_one_day_however_often_it_is_refreshed,
            old_sessions_and_tokens_are_dropped,
            keys_are_kept_replaced_and_dropped,
        }
    };
}
pub use identity_contract as tests;

const GRACE: i64 = ROTATION_GRACE_MICROS / 1_000_000;
const EXPIRES: i64 = 100_000;

fn token(n: u8) -> Hash {
    [n; 32]
}

fn session_id(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

async fn signed_in(identity: &dyn Identity, session: u128, user: UserId, token: Hash) {
    let session = NewSession {
        id: session_id(session),
        user,
        refresh_hash: token,
        created_at: moment(0),
        expires_at: moment(EXPIRES),
        device: Some("Firefox on Linux".to_owned()),
    };
    identity.create_session(session).await.unwrap();
}

/// Ana, signed in with session 1 and token 1.
async fn ana(identity: &dyn Identity) -> UserId {
    let ana = user(11, "ana@example.com");
    identity.create_user(ana.clone()).await.unwrap();
    signed_in(identity, 1, ana.id, token(1)).await;
    ana.id
}

async fn rotate(identity: &dyn Identity, presented: u8, next: u8, now: i64) -> Rotation {
    identity
        .rotate(
            token(presented),
            token(next),
            moment(now),
            moment(now + EXPIRES),
        )
        .await
        .unwrap()
}

pub async fn a_user_comes_back_as_it_was_written(s: Subject) {
    let full = User {
        full_name: "Ünïcödé \u{1F98A}".to_owned(),
        locale: Some("pt-BR".to_owned()),
        last_view: Some("/acme/schedule?from=2026-03-01".to_owned()),
        email_verified: true,
        created_at: Timestamp::from_micros(-1),
        imported: Some("{\"id\":1}".to_owned()),
        ..user(11, "ana@example.com")
    };
    let bare = User {
        password_hash: None,
        ..user(12, "ben@example.com")
    };
    for user in [full, bare] {
        s.identity.create_user(user.clone()).await.unwrap();
        assert_eq!(s.identity.user(user.id).await.unwrap(), Some(user));
    }
    let nobody = UserId(Uuid::from_u128(99));
    assert_eq!(s.identity.user(nobody).await.unwrap(), None);
}

pub async fn an_address_is_one_users_in_any_case(s: Subject) {
    s.identity
        .create_user(user(11, "Ana@Example.com"))
        .await
        .unwrap();
    for email in ["ana@example.com", "ANA@EXAMPLE.COM", "Ana@Example.com"] {
        let found = s.identity.user_by_email(email).await.unwrap();
        assert_eq!(found, Some(user(11, "ana@example.com")));
        let again = s.identity.create_user(user(12, email)).await;
        assert!(matches!(again, Err(IdentityError::EmailTaken(_))));
    }
    let found = s.identity.user_by_email("ana_example.com").await.unwrap();
    assert_eq!(found, None);
    s.identity
        .create_user(user(12, "ben@example.com"))
        .await
        .unwrap();
    let anas = address("ANA@example.com");
    let taken = s.identity.update_user(user(12, "").id, anas).await;
    assert!(matches!(taken, Err(IdentityError::EmailTaken(_))));
    let found = s.identity.user_by_email("BEN@example.com").await.unwrap();
    assert_eq!(found, Some(user(12, "ben@example.com")));
}

pub async fn of_concurrent_sign_ups_with_one_address_one_wins(s: Subject) {
    let mut running = tokio::task::JoinSet::new();
    for n in 0..8 {
        let identity = s.identity.clone();
        let email = if n % 2 == 0 {
            "a@b.example"
        } else {
            "A@B.example"
        };
        running.spawn(async move { identity.create_user(user(n, email)).await });
    }
    let ended = running.join_all().await;
    assert_eq!(ended.iter().filter(|e| e.is_ok()).count(), 1, "{ended:?}");
    let taken = |e: &Result<(), _>| matches!(e, Err(IdentityError::EmailTaken(_)));
    assert_eq!(ended.iter().filter(|e| taken(e)).count(), 7);
}

fn address(email: &str) -> UserUpdate {
    UserUpdate {
        email: Some(email.to_owned()),
        ..UserUpdate::default()
    }
}

pub async fn fields_of_a_user_are_written_one_by_one(s: Subject) {
    let ana = user(11, "a@b.example");
    let update = |update| s.identity.update_user(ana.id, update);
    assert!(!update(address("a@b.example")).await.unwrap());
    assert_eq!(s.identity.user_by_email("a@b.example").await.unwrap(), None);
    s.identity.create_user(ana.clone()).await.unwrap();
    assert!(update(UserUpdate::default()).await.unwrap());
    assert_eq!(s.identity.user(ana.id).await.unwrap(), Some(ana.clone()));
    let some = |text: &str| Some(Some(text.to_owned()));
    let all = UserUpdate {
        email: Some("Anna@b.example".to_owned()),
        full_name: Some("Anna".to_owned()),
        password_hash: some("hash"),
        locale: some("es"),
        last_view: some("/w/acme"),
        email_verified: Some(true),
        imported: some("{}"),
        ..UserUpdate::default()
    };
    assert!(update(all).await.unwrap());
    let text = |text: &str| Some(text.to_owned());
    let mut anna = User {
        full_name: "Anna".to_owned(),
        password_hash: text("hash"),
        locale: text("es"),
        last_view: text("/w/acme"),
        email_verified: true,
        imported: text("{}"),
        ..user(11, "anna@b.example")
    };
    assert_eq!(s.identity.user(ana.id).await.unwrap(), Some(anna.clone()));
    assert_eq!(s.identity.user_by_email("a@b.example").await.unwrap(), None);
    let none = UserUpdate {
        password_hash: Some(None),
        locale: Some(None),
        last_view: Some(None),
        email_verified: Some(false),
        imported: Some(None),
        ..UserUpdate::default()
    };
    assert!(update(none).await.unwrap());
    anna = User {
        password_hash: None,
        locale: None,
        last_view: None,
        email_verified: false,
        imported: None,
        ..anna
    };
    assert_eq!(s.identity.user(ana.id).await.unwrap(), Some(anna));
}

pub async fn an_update_that_expects_otherwise_writes_nothing(s: Subject) {
    let ana = user(11, "ana@b.example");
    s.identity.create_user(ana.clone()).await.unwrap();
    let expecting = |expected| UserUpdate {
        full_name: Some("Anna".to_owned()),
        expected,
        ..UserUpdate::default()
    };
    let hash = |hash: Option<&str>| UserExpectation {
        password_hash: Some(hash.map(str::to_owned)),
        ..UserExpectation::default()
    };
    let email = |email: &str| UserExpectation {
        email: Some(email.to_owned()),
        ..UserExpectation::default()
    };
    let verified = |verified| UserExpectation {
        email_verified: Some(verified),
        ..UserExpectation::default()
    };
    let imported = |imported: Option<&str>| UserExpectation {
        imported: Some(imported.map(str::to_owned)),
        ..UserExpectation::default()
    };
    for other in [
        hash(None),
        hash(Some("other")),
        email("other@b.example"),
        verified(true),
        imported(Some("{}")),
    ] {
        let update = expecting(other.clone());
        let written = s.identity.update_user(ana.id, update.clone()).await;
        assert!(!written.unwrap(), "{other:?}");
        let refused = s.store.append(Batch {
            identity: vec![IdentityChange::UpdateUser(ana.id, update)],
            ..Batch::default()
        });
        let refused = refused.await;
        let moved = |id| matches!(refused, Err(AppendError::UserMoved(moved)) if moved == id);
        assert!(moved(ana.id), "{other:?}: {refused:?}");
        assert_eq!(s.identity.user(ana.id).await.unwrap(), Some(ana.clone()));
    }
    for same in [
        hash(ana.password_hash.as_deref()),
        email("ANA@b.example"),
        verified(false),
        imported(None),
    ] {
        let written = s.identity.update_user(ana.id, expecting(same.clone()));
        assert!(written.await.unwrap(), "{same:?}");
    }
}

/// A password is changed while another tab writes where the user is, and a sign-in writes the
/// old password under a newer hash: neither brings back what the other replaced.
pub async fn two_writers_of_a_users_fields_both_have_their_way(s: Subject) {
    let ana = user(11, "ana@b.example");
    s.identity.create_user(ana.clone()).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..24 {
        let (identity, store, ana) = (s.identity.clone(), s.store.clone(), ana.clone());
        writers.spawn(async move {
            let text = |text: &str| Some(Some(text.to_owned()));
            let mut update = UserUpdate::default();
            match n % 4 {
                0 => update.last_view = text("/w/acme"),
                1 => update.full_name = Some("Anna".to_owned()),
                2 => update.locale = text("es"),
                _ => {
                    // The first of these wins.
                    update.password_hash = text("new");
                    update.expected.password_hash = Some(ana.password_hash);
                }
            }
            match n % 8 {
                0..4 => identity.update_user(ana.id, update).await.unwrap(),
                _ => {
                    let change = IdentityChange::UpdateUser(ana.id, update);
                    let appended = store.append(Batch {
                        identity: vec![change],
                        ..Batch::default()
                    });
                    match appended.await {
                        Err(AppendError::UserMoved(_)) => false,
                        other => {
                            other.unwrap();
                            true
                        }
                    }
                }
            };
        });
    }
    while writers.join_next().await.is_some() {}
    let anna = User {
        full_name: "Anna".to_owned(),
        password_hash: Some("new".to_owned()),
        locale: Some("es".to_owned()),
        last_view: Some("/w/acme".to_owned()),
        ..ana
    };
    assert_eq!(s.identity.user(anna.id).await.unwrap(), Some(anna));
}

/// Whoever signs out while another tab refreshes is out: the refresh writes other fields.
pub async fn a_session_that_ends_while_it_is_refreshed_stays_ended(s: Subject) {
    let ana = ana(&*s.identity).await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 10..22 {
        let identity = s.identity.clone();
        writers.spawn(async move {
            if n == 14 {
                let end = identity.end_session(session_id(1), moment(50));
                return end.await.unwrap();
            }
            rotate(&*identity, 1, n, 50).await;
        });
    }
    while writers.join_next().await.is_some() {}
    let session = s.identity.session(session_id(1)).await.unwrap().unwrap();
    assert!(session.ended);
    for token in 1..22 {
        let rotation = rotate(&*s.identity, token, 99, 51).await;
        assert_eq!(rotation, Rotation::Unknown, "{token} of {ana}");
    }
}

pub async fn several_users_are_read_at_once(s: Subject) {
    let (ana, ben) = (user(11, "ana@b.example"), user(12, "ben@b.example"));
    for user in [&ana, &ben] {
        s.identity.create_user(user.clone()).await.unwrap();
    }
    let nobody = UserId(Uuid::from_u128(99));
    let mut found = s.identity.users(&[ben.id, nobody, ana.id]).await.unwrap();
    found.sort_by_key(|user| user.id);
    assert_eq!(found, [ana, ben]);
    assert_eq!(s.identity.users(&[]).await.unwrap(), []);
}

pub async fn a_session_comes_back(s: Subject) {
    let user = ana(&*s.identity).await;
    let expected = Session {
        id: session_id(1),
        user,
        created_at: moment(0),
        expires_at: moment(EXPIRES),
        ended: false,
        device: Some("Firefox on Linux".to_owned()),
        used_at: moment(0),
    };
    let session = |n| s.identity.session(session_id(n));
    assert_eq!(session(1).await.unwrap(), Some(expected.clone()));
    assert_eq!(session(2).await.unwrap(), None);
    s.identity
        .end_session(session_id(1), moment(5))
        .await
        .unwrap();
    let ended = Session {
        ended: true,
        ..expected
    };
    assert_eq!(session(1).await.unwrap(), Some(ended));
    s.identity
        .end_session(session_id(2), moment(5))
        .await
        .unwrap();
}

fn rotated(user: UserId) -> Rotation {
    Rotation::Rotated {
        session: session_id(1),
        user,
    }
}

fn reused(user: UserId) -> Rotation {
    Rotation::Reused {
        session: session_id(1),
        user,
    }
}

pub async fn a_refresh_token_is_exchanged(s: Subject) {
    let user = ana(&*s.identity).await;
    assert_eq!(rotate(&*s.identity, 1, 2, 100).await, rotated(user));
    assert_eq!(rotate(&*s.identity, 2, 3, 200).await, rotated(user));
    assert_eq!(rotate(&*s.identity, 9, 4, 200).await, Rotation::Unknown);
    let session = s.identity.session(session_id(1)).await.unwrap().unwrap();
    assert_eq!(session.expires_at, moment(200 + EXPIRES));
    assert_eq!(session.created_at, moment(0));
}

/// Both got a token, and which of the two the browser kept is not known.
pub async fn two_tabs_that_refresh_at_once_stay_signed_in(s: Subject) {
    let user = ana(&*s.identity).await;
    for kept in [2, 3] {
        let base = kept * 50;
        signed_in(&*s.identity, u128::from(kept), user, token(base)).await;
        let of_session = Rotation::Rotated {
            session: session_id(u128::from(kept)),
            user,
        };
        for (presented, new, now) in [
            (base, base + 2, 1000),
            (base, base + 3, 1000 + GRACE),
            (base + kept, base + 4, 2000),
        ] {
            let rotation = rotate(&*s.identity, presented, new, now).await;
            assert_eq!(rotation, of_session, "{presented} at {now}");
        }
    }
}

pub async fn a_token_used_again_after_the_grace_ends_the_session(s: Subject) {
    let user = ana(&*s.identity).await;
    assert_eq!(rotate(&*s.identity, 1, 2, 100).await, rotated(user));
    let late = 101 + GRACE;
    assert_eq!(rotate(&*s.identity, 1, 3, late).await, reused(user));
    let session = s.identity.session(session_id(1)).await.unwrap().unwrap();
    assert!(session.ended);
    for token in [1, 2, 3] {
        let rotation = rotate(&*s.identity, token, 4, late).await;
        assert_eq!(rotation, Rotation::Unknown, "{token}");
    }
}

pub async fn a_token_two_rotations_old_ends_the_session_at_once(s: Subject) {
    let user = ana(&*s.identity).await;
    assert_eq!(rotate(&*s.identity, 1, 2, 100).await, rotated(user));
    assert_eq!(rotate(&*s.identity, 2, 3, 101).await, rotated(user));
    assert_eq!(rotate(&*s.identity, 1, 4, 102).await, reused(user));
    assert_eq!(rotate(&*s.identity, 3, 5, 102).await, Rotation::Unknown);
}

pub async fn an_expired_or_ended_session_refreshes_no_more(s: Subject) {
    let user = ana(&*s.identity).await;
    let rotation = rotate(&*s.identity, 1, 2, EXPIRES).await;
    assert_eq!(rotation, Rotation::Unknown);
    assert_eq!(rotate(&*s.identity, 1, 2, EXPIRES - 1).await, rotated(user));
    s.identity
        .end_session(session_id(1), moment(EXPIRES))
        .await
        .unwrap();
    let rotation = rotate(&*s.identity, 2, 3, EXPIRES).await;
    assert_eq!(rotation, Rotation::Unknown);
}

pub async fn of_concurrent_rotations_all_come_within_the_grace(s: Subject) {
    let user = ana(&*s.identity).await;
    let mut running = tokio::task::JoinSet::new();
    for n in 10..18 {
        let identity = s.identity.clone();
        running.spawn(async move { rotate(&*identity, 1, n, 100).await });
    }
    for rotation in running.join_all().await {
        assert_eq!(rotation, rotated(user));
    }
    // They were one rotation: one more makes the first token two rotations old.
    assert_eq!(rotate(&*s.identity, 17, 20, 101).await, rotated(user));
    assert_eq!(rotate(&*s.identity, 1, 21, 102).await, reused(user));
}

pub async fn all_sessions_of_a_user_end_but_one(s: Subject) {
    let ana = ana(&*s.identity).await;
    let ben = user(12, "ben@example.com");
    s.identity.create_user(ben.clone()).await.unwrap();
    for (session, user) in [(2, ana), (3, ana), (4, ana), (5, ben.id)] {
        signed_in(&*s.identity, session, user, token(session as u8)).await;
    }
    s.identity
        .end_session(session_id(4), moment(1))
        .await
        .unwrap();
    let end = |except| s.identity.end_sessions_of(ana, except, moment(2));
    let mut ended = end(Some(session_id(2))).await.unwrap();
    ended.sort();
    assert_eq!(ended, [session_id(1), session_id(3)]);
    for (session, over) in [(1, true), (2, false), (3, true), (4, true), (5, false)] {
        let found = s.identity.session(session_id(session)).await.unwrap();
        assert_eq!(found.unwrap().ended, over, "{session}");
    }
    assert_eq!(rotate(&*s.identity, 1, 90, 3).await, Rotation::Unknown);
    assert_eq!(end(None).await.unwrap(), [session_id(2)]);
    assert_eq!(end(None).await.unwrap(), []);
}

pub async fn living_sessions_are_listed_with_their_last_use(s: Subject) {
    let ana = ana(&*s.identity).await;
    for n in [2, 3] {
        signed_in(&*s.identity, n, ana, token(n as u8 * 50)).await;
    }
    let new = NewSession {
        id: session_id(4),
        user: ana,
        refresh_hash: token(200),
        created_at: moment(9),
        expires_at: moment(EXPIRES),
        device: None,
    };
    s.identity.create_session(new).await.unwrap();
    let ended = s.identity.end_session(session_id(2), moment(1));
    ended.await.unwrap();
    rotate(&*s.identity, 1, 5, 70).await;
    let listed = async |now| {
        let listed = s.identity.sessions_of(ana, moment(now)).await.unwrap();
        let told = listed.into_iter().map(|session| {
            assert!(!session.ended);
            (session.id, session.used_at, session.device)
        });
        told.collect::<Vec<_>>()
    };
    let firefox = Some("Firefox on Linux".to_owned());
    let all = [
        (session_id(4), moment(9), None),
        (session_id(1), moment(70), firefox.clone()),
        (session_id(3), moment(0), firefox),
    ];
    assert_eq!(listed(80).await, all);
    // The one that was refreshed lives longer.
    assert_eq!(listed(EXPIRES).await, all[1..2]);
}

pub async fn a_session_is_over_one_day_however_often_it_is_refreshed(s: Subject) {
    let ana = ana(&*s.identity).await;
    let most = MAX_SESSION_MICROS / 1_000_000;
    let (mut now, mut presented) = (0, 1);
    while now + EXPIRES < most {
        now += EXPIRES - 1;
        assert_eq!(
            rotate(&*s.identity, presented, presented + 1, now).await,
            rotated(ana)
        );
        presented += 1;
    }
    let session = s.identity.session(session_id(1)).await.unwrap().unwrap();
    assert_eq!(session.expires_at, moment(most));
    let late = rotate(&*s.identity, presented, presented + 1, most).await;
    assert_eq!(late, Rotation::Unknown);
}

pub async fn old_sessions_and_tokens_are_dropped(s: Subject) {
    let ana = ana(&*s.identity).await;
    for n in [2, 3] {
        signed_in(&*s.identity, n, ana, token(n as u8 * 50)).await;
    }
    let ended = s.identity.end_session(session_id(2), moment(10));
    ended.await.unwrap();
    rotate(&*s.identity, 1, 5, EXPIRES - 1).await;
    let drop = |over, tokens| s.identity.drop_sessions(moment(over), moment(tokens));
    assert_eq!(drop(10, 0).await.unwrap(), 0);
    assert_eq!(drop(11, 0).await.unwrap(), 1);
    assert_eq!(s.identity.session(session_id(2)).await.unwrap(), None);
    // The third has expired by then, the first lives on.
    assert_eq!(drop(EXPIRES + 1, 1).await.unwrap(), 1);
    assert_eq!(s.identity.session(session_id(3)).await.unwrap(), None);
    let session = s.identity.session(session_id(1)).await.unwrap();
    assert!(session.is_some_and(|session| !session.ended));
    // Its first token is known no more, its present one is.
    let first = rotate(&*s.identity, 1, 6, EXPIRES + 100).await;
    assert_eq!(first, Rotation::Unknown);
    let present = rotate(&*s.identity, 5, 6, EXPIRES + 100).await;
    assert_eq!(present, rotated(ana));
}

pub async fn keys_are_kept_replaced_and_dropped(s: Subject) {
    let key = |kid: &str, at| SigningKey {
        kid: kid.to_owned(),
        private_key: vec![0, 1, 255],
        public_key: vec![7; 32],
        created_at: moment(at),
        signs_from: moment(at + 10),
        retires_at: None,
    };
    assert_eq!(s.identity.keys().await.unwrap(), []);
    for (kid, at) in [("b", 1), ("a", 3), ("c", 2)] {
        s.identity.put_key(key(kid, at)).await.unwrap();
    }
    let mut retired = key("b", 1);
    retired.retires_at = Some(moment(99));
    s.identity.put_key(retired.clone()).await.unwrap();
    let keys = s.identity.keys().await.unwrap();
    assert_eq!(keys, [retired.clone(), key("c", 2), key("a", 3)]);
    s.identity.drop_key("c").await.unwrap();
    s.identity.drop_key("unknown").await.unwrap();
    let keys = s.identity.keys().await.unwrap();
    assert_eq!(keys, [retired, key("a", 3)]);
}
