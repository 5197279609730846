//! Accounts, sessions, access tokens and keys, on the real store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::TestProcess;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_app::Error;
use raally_app::auth::{
    ACCESS_LIFE, AccountPatch, Auth, AuthConfig, PUBLISHED_BEFORE, SignUp, Takeover,
};
use raally_app::ports::{Store, User};
use raally_domain::ids::UserId;
use raally_domain::kinds::Role;
use uuid::Uuid;

const EMAIL: &str = "ana@example.com";
const PASSWORD: &str = "correct horse";

fn ana() -> SignUp {
    SignUp {
        email: " Ana@Example.com ".to_owned(),
        password: PASSWORD.to_owned(),
        full_name: "Ana".to_owned(),
        locale: Some("es".to_owned()),
        workspace: None,
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(
        matches!(result, Err(Error::Unauthenticated(_))),
        "{result:?}"
    );
}

#[tokio::test]
async fn an_account_with_its_workspace_comes_as_one_or_not_at_all() {
    let bench = TestProcess::new(1);
    let auth = bench.auth().await;
    let with = |email: &str, name: &str| SignUp {
        email: email.to_owned(),
        workspace: Some(name.to_owned()),
        ..ana()
    };
    let signed = auth.sign_up(with(EMAIL, "Acme & Söhne")).await.unwrap();
    assert_eq!(signed.me.user.email, EMAIL);
    assert_eq!(signed.me.tenants.len(), 1);
    let workspace = &signed.me.tenants[0];
    assert_eq!(
        (workspace.slug.as_str(), workspace.role),
        ("acme-s-hne", Role::Admin)
    );
    assert_eq!(
        auth.caller(&signed.access_token).await.unwrap().user,
        signed.me.user.id
    );

    let taken = auth.sign_up(with("ANA@example.com", "Other")).await;
    assert!(matches!(taken, Err(Error::Conflict(_))));
    assert_eq!(bench.store.tenants().await.unwrap().len(), 1);
    // Another workspace of the name gets an address of its own.
    let bob = auth
        .sign_up(with("bob@example.com", "Acme & Söhne"))
        .await
        .unwrap();
    assert_eq!(bob.me.tenants[0].slug, "acme-s-hne-2");
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_is_told_by_field() {
    let bench = TestProcess::new(2);
    let auth = bench.auth().await;
    let request = SignUp {
        email: "no address".to_owned(),
        password: "short".to_owned(),
        full_name: "\u{7}".to_owned(),
        locale: Some("tlh".to_owned()),
        workspace: Some(" ".to_owned()),
    };
    let Err(Error::Invalid { errors }) = auth.sign_up(request).await else {
        panic!()
    };
    let pointers: Vec<&str> = errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        ["/email", "/full_name", "/locale", "/password", "/workspace"]
    );
}

#[tokio::test]
async fn any_wrong_pair_gives_the_same_answer_after_the_same_time() {
    let bench = TestProcess::new(3);
    let floor = Duration::from_millis(400);
    let auth = Auth::new(
        bench.services.clone(),
        AuthConfig {
            failure_takes: floor,
            ..AuthConfig::default()
        },
    );
    auth.keys().ensure().await.unwrap();
    auth.sign_up(ana()).await.unwrap();
    let mut texts = Vec::new();
    for (email, password) in [
        (EMAIL, "wrong horse"),
        ("eve@example.com", PASSWORD),
        ("", ""),
    ] {
        let began = Instant::now();
        let error = auth.sign_in(email, password).await.unwrap_err();
        assert!(began.elapsed() >= floor, "{email}");
        texts.push(error.to_string());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    auth.sign_in("ANA@EXAMPLE.COM", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_hash_of_the_first_raally_works_once_and_is_replaced() {
    let bench = TestProcess::new(4);
    let auth = bench.auth().await;
    let user = User {
        id: UserId(Uuid::from_u128(1)),
        email: "user1@test.com".to_owned(),
        full_name: "User One".to_owned(),
        password_hash: Some(bcrypt::hash("Test@123", 4).unwrap()),
        locale: None,
        last_view: None,
        email_verified: true,
        created_at: bench.services.now(),
        imported: None,
    };
    bench
        .services
        .identity
        .create_user(user.clone())
        .await
        .unwrap();
    refused(auth.sign_in("user1@test.com", "Test@124").await);
    auth.sign_in("user1@test.com", "Test@123").await.unwrap();
    let kept = bench
        .services
        .identity
        .user(user.id)
        .await
        .unwrap()
        .unwrap();
    assert!(kept.password_hash.unwrap().starts_with("$argon2id$"));
    auth.sign_in("user1@test.com", "Test@123").await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_theft_ends_the_session() {
    let bench = TestProcess::new(5);
    let auth = bench.auth().await;
    let first = auth.sign_up(ana()).await.unwrap();
    let second = auth.refresh(&first.refresh_token).await.unwrap();
    assert_ne!(first.refresh_token, second.refresh_token);
    assert!(URL_SAFE_NO_PAD.decode(&second.refresh_token).unwrap().len() == 32);
    // Long after, somebody presents the first one again: both are worthless now.
    bench.clock.advance(Duration::from_secs(60));
    refused(auth.refresh(&first.refresh_token).await);
    refused(auth.refresh(&second.refresh_token).await);
    refused(auth.refresh("never heard of").await);
}

#[tokio::test]
async fn a_session_ends_by_signing_out_and_by_time() {
    let bench = TestProcess::new(6);
    let auth = bench.auth().await;
    let signed = auth.sign_up(ana()).await.unwrap();
    auth.sign_out(&signed.refresh_token).await.unwrap();
    refused(auth.refresh(&signed.refresh_token).await);
    auth.sign_out("unknown").await.unwrap();

    // One that was exchanged before is somebody else's: it ends the session, and that is told.
    let first = auth.sign_in(EMAIL, PASSWORD).await.unwrap();
    let second = auth.refresh(&first.refresh_token).await.unwrap();
    let caller = auth.caller(&second.access_token).await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
    auth.still_signed_in(&caller).await.unwrap();
    auth.sign_out(&first.refresh_token).await.unwrap();
    refused(auth.still_signed_in(&caller).await);

    let signed = auth.sign_in(EMAIL, PASSWORD).await.unwrap();
    bench.clock.advance(Duration::from_secs(29 * 24 * 3600));
    let signed = auth.refresh(&signed.refresh_token).await.unwrap();
    bench.clock.advance(Duration::from_secs(31 * 24 * 3600));
    refused(auth.refresh(&signed.refresh_token).await);
}

/// Whoever keeps asking does not wait for the store: it is asked again before its word is too old.
#[tokio::test]
async fn what_another_process_ended_is_looked_for_aside() {
    let bench = TestProcess::new(8);
    let auth = bench.auth().await;
    let signed = auth.sign_up(ana()).await.unwrap();
    let caller = auth.caller(&signed.access_token).await.unwrap();
    auth.still_signed_in(&caller).await.unwrap();
    let identity = &bench.services.identity;
    identity
        .end_session(caller.session, bench.services.now())
        .await
        .unwrap();
    bench.clock.advance(Duration::from_millis(500));
    auth.still_signed_in(&caller).await.unwrap();
    bench.clock.advance(Duration::from_millis(200));
    let deadline = Instant::now() + Duration::from_secs(20);
    while auth.still_signed_in(&caller).await.is_ok() {
        assert!(Instant::now() < deadline, "nobody looks");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    refused(auth.still_signed_in(&caller).await);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let bench = TestProcess::new(7);
    let auth = bench.auth().await;
    let here = auth.sign_up(ana()).await.unwrap();
    let elsewhere = auth.sign_in(EMAIL, PASSWORD).await.unwrap();
    let caller = auth.caller(&here.access_token).await.unwrap();
    let wrong = auth
        .change_password(&caller, "wrong horse", "new horse 1")
        .await;
    assert!(matches!(wrong, Err(Error::Invalid { .. })));
    let same_as_address = auth.change_password(&caller, PASSWORD, EMAIL).await;
    assert!(matches!(same_as_address, Err(Error::Invalid { .. })));
    auth.refresh(&elsewhere.refresh_token).await.unwrap();
    let ended = auth
        .change_password(&caller, PASSWORD, "new horse 1")
        .await
        .unwrap();
    assert_eq!(ended.len(), 1);
    refused(auth.refresh(&elsewhere.refresh_token).await);
    auth.refresh(&here.refresh_token).await.unwrap();
    refused(auth.sign_in(EMAIL, PASSWORD).await);
    auth.sign_in(EMAIL, "new horse 1").await.unwrap();
}

#[tokio::test]
async fn an_account_is_changed_by_field() {
    let bench = TestProcess::new(8);
    let auth = bench.auth().await;
    let user = auth.sign_up(ana()).await.unwrap().me.user;
    let patch = AccountPatch {
        locale: Some(None),
        last_view: Some(Some("/acme/schedule".to_owned())),
        ..AccountPatch::default()
    };
    auth.update(user.id, patch).await.unwrap();
    let me = auth.me(user.id).await.unwrap().user;
    assert_eq!((me.full_name.as_str(), me.locale), ("Ana", None));
    assert_eq!(me.last_view.as_deref(), Some("/acme/schedule"));
    for view in ["https://evil.example", "/a\nb"] {
        let patch = AccountPatch {
            last_view: Some(Some(view.to_owned())),
            ..AccountPatch::default()
        };
        assert!(matches!(
            auth.update(user.id, patch).await,
            Err(Error::Invalid { .. })
        ));
    }
}

#[tokio::test]
async fn a_token_that_expired_was_changed_or_signed_otherwise_is_refused() {
    let bench = TestProcess::new(9);
    let auth = bench.auth().await;
    let token = auth.sign_up(ana()).await.unwrap().access_token;
    bench.clock.advance(ACCESS_LIFE - Duration::from_secs(1));
    let caller = auth.caller(&token).await.unwrap();

    let parts: Vec<&str> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let claims = String::from_utf8(claims).unwrap();
    assert_eq!(
        claims.matches(':').count(),
        5,
        "user and session only: {claims}"
    );
    let other = claims.replace(&caller.user.to_string(), &Uuid::from_u128(9).to_string());
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let kid = &auth.keys().published().await.unwrap()[0].kid;
    let none = encode(&format!(r#"{{"alg":"none","kid":"{kid}"}}"#));
    let hmac = encode(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#));
    for forged in [
        format!("{}.{}.{}", parts[0], encode(&other), parts[2]),
        format!("{none}.{}.", parts[1]),
        format!("{hmac}.{}.{}", parts[1], parts[2]),
        String::new(),
        "a.b.c".to_owned(),
    ] {
        refused(auth.caller(&forged).await);
    }
    bench.clock.advance(Duration::from_secs(2));
    refused(auth.caller(&token).await);
}

/// One look at the store answers all who asked before it began: nobody waits for those before them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_keys_do_not_wait_for_one_another() {
    let bench = TestProcess::new(10);
    let auth = Arc::new(bench.auth().await);
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let mut asking = tokio::task::JoinSet::new();
    for n in 0..200 {
        let head = encode(&format!(r#"{{"alg":"EdDSA","kid":"made-up-{n}"}}"#));
        let token = format!("{head}.{}.{}", encode("{}"), "A".repeat(86));
        let auth = Arc::clone(&auth);
        asking.spawn(async move { refused(auth.caller(&token).await) });
    }
    let all = tokio::time::timeout(Duration::from_secs(30), asking.join_all());
    all.await
        .expect("200 looks, one after the other, take 100 s");
}

#[tokio::test]
async fn rotating_keys_rejects_no_valid_token_in_any_process() {
    let bench = TestProcess::new(10);
    let here = bench.auth().await;
    let there = bench.auth().await;
    let signed = here.sign_up(ana()).await.unwrap();
    there.caller(&signed.access_token).await.unwrap();
    let old = here.keys().published().await.unwrap();
    assert_eq!(old.len(), 1, "the second process found the first one's key");

    let late = bench.auth().await;
    let kid = here.keys().rotate(Takeover::AtOnce).await.unwrap();
    let after = here.refresh(&signed.refresh_token).await.unwrap();
    assert!(key_of(&after.access_token).contains(&kid));
    // The other process has not heard of the new key, and looks it up when it meets it.
    there.caller(&after.access_token).await.unwrap();
    // One that has met nothing new signs with the old key for a while, and is understood.
    bench.clock.advance(Duration::from_secs(55));
    let stale = late.sign_in(EMAIL, PASSWORD).await.unwrap();
    assert!(!key_of(&stale.access_token).contains(&kid));
    for process in [&here, &there, &late] {
        process.caller(&signed.access_token).await.unwrap();
        process.caller(&stale.access_token).await.unwrap();
    }
    bench.clock.advance(ACCESS_LIFE - Duration::from_secs(1));
    for process in [&here, &there, &late] {
        process.caller(&stale.access_token).await.unwrap();
    }
    // Once nothing it signed can be valid any more, the old key is gone.
    bench.clock.advance(Duration::from_secs(120));
    let left = here.keys().published().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].kid, kid);
    here.keys().ensure().await.unwrap();
    assert_eq!(bench.services.identity.keys().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_that_is_announced_is_published_before_it_signs() {
    let bench = TestProcess::new(11);
    let auth = bench.auth().await;
    auth.sign_up(ana()).await.unwrap();
    let kid = auth.keys().rotate(Takeover::Announced).await.unwrap();
    assert_eq!(auth.keys().published().await.unwrap().len(), 2);
    let before = auth.sign_in(EMAIL, PASSWORD).await.unwrap();
    assert!(!key_of(&before.access_token).contains(&kid));
    bench.clock.advance(PUBLISHED_BEFORE);
    let after = auth.sign_in(EMAIL, PASSWORD).await.unwrap();
    assert!(key_of(&after.access_token).contains(&kid));
}

#[tokio::test]
async fn a_retired_key_opens_nothing_though_its_token_was_seen_before() {
    let bench = TestProcess::new(12);
    let auth = bench.auth().await;
    let token = auth.sign_up(ana()).await.unwrap().access_token;
    auth.caller(&token).await.unwrap();
    let mut key = bench.services.identity.keys().await.unwrap().remove(0);
    key.retires_at = Some(bench.services.now());
    bench.services.identity.put_key(key).await.unwrap();
    auth.keys().ensure().await.unwrap();
    refused(auth.caller(&token).await);
}

/// A token's header.
fn key_of(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

#[tokio::test]
async fn answers_are_kept_for_a_day_and_then_cleared_away() {
    use raally_app::tenants::{Idempotency, TenantsConfig};
    let bench = TestProcess::new(13);
    let auth = bench.auth().await;
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let write = crate::support::add_team(admin, "A").keyed(Some(Idempotency {
        user: admin,
        key: "k".to_owned(),
        request_hash: [1; 32],
    }));
    tenant.submit(write).await.unwrap();
    let began = bench.services.now();
    let kept = async || {
        let answer = bench
            .store
            .idempotent_response(id, admin, "k", began)
            .await
            .unwrap();
        answer.is_some()
    };
    let retention = bench.retention(auth);
    bench.clock.advance(Duration::from_secs(24 * 3600));
    retention.round().await.unwrap();
    assert!(kept().await);
    bench.clock.advance(Duration::from_secs(1));
    retention.round().await.unwrap();
    assert!(!kept().await);
}
