//! Rows beside the log that follow from it, and users that travel with it.

use raally_domain::event::Change;
use raally_domain::ids::{SessionId, TheSettings, UserId};
use raally_domain::kinds::Role;
use uuid::Uuid;

use super::{Subject, all, moved};
use crate::contract::{Log, batch, member, moment, settings, team, user};
use crate::ports::{
    AppendError, Batch, IdentityChange, NewSession, TenantName, UserExpectation, UserUpdate,
};

fn name(log: &Log, slug: &str, name: &str) -> TenantName {
    TenantName {
        id: log.tenant,
        slug: slug.to_owned(),
        name: name.to_owned(),
    }
}

fn users(users: impl IntoIterator<Item = crate::ports::User>) -> Batch {
    Batch {
        identity: users.into_iter().map(IdentityChange::AddUser).collect(),
        ..Batch::default()
    }
}

pub async fn members_and_names_follow_the_log(s: Subject) {
    let ana = UserId(Uuid::from_u128(11));
    let (mut one, mut two) = (Log::new(1), Log::new(2));
    let admin = member(ana, None, Some(Role::Admin));
    one.write(&*s.store, [settings("Zebra", "zebra"), admin.clone()])
        .await;
    two.write(&*s.store, [settings("acme", "acme"), admin])
        .await;
    let roles = || async {
        let found = s.identity.memberships(ana).await.unwrap();
        let role = |(m, t): &(crate::ports::Membership, TenantName)| (t.name.clone(), m.role);
        assert!(found.iter().all(|(m, t)| m.user == ana && m.tenant == t.id));
        found.iter().map(role).collect::<Vec<_>>()
    };
    let both = [("acme".into(), Role::Admin), ("Zebra".into(), Role::Admin)];
    assert_eq!(roles().await, both);

    two.write(
        &*s.store,
        [member(ana, Some(Role::Admin), Some(Role::Viewer))],
    )
    .await;
    one.write(&*s.store, [settings("Aardvark", "zebra")]).await;
    let both = [
        ("Aardvark".into(), Role::Admin),
        ("acme".into(), Role::Viewer),
    ];
    assert_eq!(roles().await, both);
    let found = s.identity.tenant(one.tenant).await.unwrap();
    assert_eq!(found, Some(name(&one, "zebra", "Aardvark")));
    let found = s.identity.tenant_by_slug("acme").await.unwrap();
    assert_eq!(found, Some(name(&two, "acme", "acme")));
    assert_eq!(s.identity.tenant_by_slug("ACME").await.unwrap(), None);

    one.write(&*s.store, [member(ana, Some(Role::Admin), None)])
        .await;
    assert_eq!(roles().await, [("acme".into(), Role::Viewer)]);
}

pub async fn a_slug_that_another_tenant_has_is_refused(s: Subject) {
    let (mut one, mut two, mut three) = (Log::new(1), Log::new(2), Log::new(3));
    one.write(&*s.store, [settings("One", "acme")]).await;
    let refused = batch([
        three.append([settings("Three", "three")]),
        two.append([team(1, "A"), settings("Two", "acme")]),
    ]);
    let refused = s.store.append(refused).await;
    assert!(
        matches!(&refused, Err(AppendError::SlugTaken(slug)) if slug == "acme"),
        "{refused:?}"
    );
    for log in [&two, &three] {
        assert_eq!(s.store.head(log.tenant).await.unwrap(), None);
        assert_eq!(s.identity.tenant(log.tenant).await.unwrap(), None);
    }
    // Nor can two take one together.
    let (mut two, mut three) = (Log::new(2), Log::new(3));
    let refused = batch([
        two.append([settings("Two", "same")]),
        three.append([settings("Three", "same")]),
    ]);
    let refused = s.store.append(refused).await;
    assert!(matches!(refused, Err(AppendError::SlugTaken(_))));
    // Its own is no other's.
    one.write(&*s.store, [settings("One again", "acme")]).await;
}

pub async fn a_slug_given_up_is_free(s: Subject) {
    let (mut one, mut two) = (Log::new(1), Log::new(2));
    one.write(&*s.store, [settings("One", "acme")]).await;
    one.write(&*s.store, [settings("One", "one")]).await;
    two.write(&*s.store, [settings("Two", "acme")]).await;
    let found = s.identity.tenant_by_slug("acme").await.unwrap();
    assert_eq!(found, Some(name(&two, "acme", "Two")));
    // A workspace whose settings are taken back keeps the name it had.
    let gone: Change = raally_domain::event::Diff {
        id: TheSettings,
        before: Some(raally_domain::kinds::Settings::new(
            "Two".to_owned(),
            "acme".to_owned(),
        )),
        after: None,
    }
    .into();
    two.write(&*s.store, [gone]).await;
    let found = s.identity.tenant(two.tenant).await.unwrap();
    assert_eq!(found, Some(name(&two, "acme", "Two")));
}

pub async fn users_travel_with_an_append(s: Subject) {
    let mut log = Log::new(1);
    let ana = user(11, "Ana@Example.COM");
    let mut batch = users([ana.clone(), user(12, "ben@example.com")]);
    let admin = member(ana.id, None, Some(Role::Admin));
    batch
        .appends
        .push(log.append([settings("Acme", "acme"), admin]));
    s.store.append(batch).await.unwrap();
    let found = s.identity.user_by_email("ana@example.com").await.unwrap();
    assert_eq!(found, Some(user(11, "ana@example.com")));
    assert_eq!(s.identity.memberships(ana.id).await.unwrap().len(), 1);

    let again = s.store.append(users([user(11, "anna@example.com")])).await;
    assert!(matches!(again, Err(AppendError::UserMoved(id)) if id == ana.id));
    let update = UserUpdate {
        email: Some("Anna@example.com".to_owned()),
        full_name: Some("Anna Lima".to_owned()),
        imported: Some(Some("{}".to_owned())),
        ..UserUpdate::default()
    };
    s.store.append(updated(ana.id, update)).await.unwrap();
    let mut changed = user(11, "anna@example.com");
    changed.full_name = "Anna Lima".to_owned();
    changed.imported = Some("{}".to_owned());
    assert_eq!(s.identity.user(ana.id).await.unwrap(), Some(changed));
    let found = s.identity.user_by_email("ana@example.com").await.unwrap();
    assert_eq!(found, None);

    // A batch that is refused brings no user.
    let mut refused = users([user(13, "cleo@example.com")]);
    refused.appends.push(Log::new(1).append([team(1, "Late")]));
    moved(&*s.store, refused).await;
    let found = s.identity.user(UserId(Uuid::from_u128(13))).await.unwrap();
    assert_eq!(found, None);
}

fn updated(user: UserId, update: UserUpdate) -> Batch {
    Batch {
        identity: vec![IdentityChange::UpdateUser(user, update)],
        ..Batch::default()
    }
}

fn address(email: &str) -> UserUpdate {
    UserUpdate {
        email: Some(email.to_owned()),
        ..UserUpdate::default()
    }
}

/// One that somebody else gives up in the same transaction is free.
pub async fn an_address_goes_from_one_user_to_another_in_one_append(s: Subject) {
    let (ana, ben) = (user(11, "ana@example.com"), user(12, "ben@example.com"));
    let both = users([ana.clone(), ben.clone()]);
    s.store.append(both).await.unwrap();
    let taken = updated(ben.id, address("Ana@example.com"));
    let taken = s.store.append(taken).await;
    assert!(matches!(taken, Err(AppendError::EmailTaken(email)) if email == "ana@example.com"));
    let mut given = updated(ana.id, address("given-up@example.com"));
    let taking = updated(ben.id, address("ana@example.com"));
    given.identity.extend(taking.identity);
    s.store.append(given).await.unwrap();
    let found = s.identity.user_by_email("ana@example.com").await.unwrap();
    assert_eq!(found.map(|user| user.id), Some(ben.id));
    let mut given = updated(ben.id, address("ben@example.com"));
    given
        .identity
        .extend(users([user(13, "ana@example.com")]).identity);
    s.store.append(given).await.unwrap();
    let found = s.identity.user_by_email("ana@example.com").await.unwrap();
    assert_eq!(found, Some(user(13, "ana@example.com")));
}

/// A password is changed and the sessions end, both or neither.
pub async fn sessions_end_with_an_append(s: Subject) {
    let ana = user(11, "ana@example.com");
    s.store.append(users([ana.clone()])).await.unwrap();
    let session = |n| SessionId(Uuid::from_u128(n));
    for n in [1, 2, 3] {
        let new = NewSession {
            id: session(n),
            user: ana.id,
            refresh_hash: [n as u8; 32],
            created_at: moment(0),
            expires_at: moment(100),
            device: None,
        };
        s.identity.create_session(new).await.unwrap();
    }
    let ending = |expected: &str| {
        let update = UserUpdate {
            password_hash: Some(Some("new".to_owned())),
            expected: UserExpectation {
                password_hash: Some(Some(expected.to_owned())),
                ..UserExpectation::default()
            },
            ..UserUpdate::default()
        };
        let mut batch = updated(ana.id, update);
        batch.identity.push(IdentityChange::EndSessions {
            user: ana.id,
            except: Some(session(2)),
            at: moment(5),
        });
        batch
    };
    let ended = async || {
        let mut ended = Vec::new();
        for n in [1, 2, 3] {
            let found = s.identity.session(session(n)).await.unwrap().unwrap();
            ended.push(found.ended);
        }
        ended
    };
    let refused = s.store.append(ending("another")).await;
    assert!(matches!(refused, Err(AppendError::UserMoved(_))));
    assert_eq!(ended().await, [false, false, false]);
    let hash = ana.password_hash.clone().unwrap();
    s.store.append(ending(&hash)).await.unwrap();
    assert_eq!(ended().await, [true, false, true]);
}

pub async fn a_user_with_a_taken_address_refuses_the_whole_append(s: Subject) {
    s.store
        .append(users([user(11, "ana@example.com")]))
        .await
        .unwrap();
    let mut log = Log::new(1);
    let mut refused = users([user(12, "ben@example.com"), user(13, "ANA@example.com")]);
    refused.appends.push(log.append([team(1, "Team")]));
    let refused = s.store.append(refused).await;
    assert!(
        matches!(&refused, Err(AppendError::EmailTaken(email)) if email == "ana@example.com"),
        "{refused:?}"
    );
    assert_eq!(all(&*s.store, &log).await, []);
    let found = s.identity.user_by_email("ben@example.com").await.unwrap();
    assert_eq!(found, None);
    let twice = users([user(14, "dora@example.com"), user(15, "Dora@example.com")]);
    let refused = s.store.append(twice).await;
    assert!(matches!(refused, Err(AppendError::EmailTaken(_))));
}

pub async fn a_working_store_answers_a_ping(s: Subject) {
    s.store.ping().await.unwrap();
}
