//! Answers kept under idempotency keys.

use raally_domain::ids::{TenantId, UserId};
use uuid::Uuid;

use super::{Subject, moved};
use crate::contract::{Log, batch, moment, team};
use crate::ports::{IdempotentResponse, Store};

const DAY: i64 = 24 * 3600;

pub(super) fn answer(user: u128, key: &str, at: i64) -> IdempotentResponse {
    IdempotentResponse {
        user: UserId(Uuid::from_u128(user)),
        key: key.to_owned(),
        request_hash: [user as u8; 32],
        status: 201,
        body: vec![0, 159, 146, 150],
        at: moment(at),
    }
}

async fn write_answer(store: &dyn Store, log: &mut Log, answer: IdempotentResponse) {
    let mut append = log.append([team(1, "Team")]);
    append.steps[0].response = Some(answer);
    store.append(batch([append])).await.unwrap();
}

pub async fn an_answer_is_kept_a_day(s: Subject) {
    let mut log = Log::new(1);
    let first = answer(11, "key", 100);
    write_answer(&*s.store, &mut log, first.clone()).await;
    let at = |now| {
        s.store
            .idempotent_response(log.tenant, first.user, "key", moment(now))
    };
    assert_eq!(at(100).await.unwrap(), Some(first.clone()));
    assert_eq!(at(100 + DAY).await.unwrap(), Some(first.clone()));
    assert_eq!(at(101 + DAY).await.unwrap(), None);
    // Its key may be used again then.
    let second = IdempotentResponse {
        status: 200,
        ..answer(11, "key", 200 + DAY)
    };
    let mut log = log.clone();
    write_answer(&*s.store, &mut log, second.clone()).await;
    assert_eq!(at(201 + DAY).await.unwrap(), Some(second));
}

pub async fn an_answer_belongs_to_its_tenant_user_and_key(s: Subject) {
    let mut log = Log::new(1);
    let kept = answer(11, "key", 0);
    write_answer(&*s.store, &mut log, kept.clone()).await;
    let other = TenantId(Uuid::from_u128(2));
    let ben = UserId(Uuid::from_u128(12));
    for (tenant, user, key) in [
        (other, kept.user, "key"),
        (log.tenant, ben, "key"),
        (log.tenant, kept.user, "KEY"),
        (log.tenant, kept.user, ""),
    ] {
        let found = s
            .store
            .idempotent_response(tenant, user, key, moment(1))
            .await
            .unwrap();
        assert_eq!(found, None);
    }
}

pub async fn a_refused_append_leaves_no_answer(s: Subject) {
    let mut log = Log::new(1);
    log.write(&*s.store, [team(1, "Team")]).await;
    let mut append = Log::new(1).append([team(2, "Late")]);
    append.steps[0].response = Some(answer(11, "key", 0));
    moved(&*s.store, batch([append])).await;
    let ana = UserId(Uuid::from_u128(11));
    let found = s
        .store
        .idempotent_response(log.tenant, ana, "key", moment(1))
        .await;
    assert_eq!(found.unwrap(), None);
}

pub async fn old_answers_are_dropped(s: Subject) {
    let mut log = Log::new(1);
    for (key, at) in [("a", 10), ("b", 20), ("c", 30)] {
        write_answer(&*s.store, &mut log, answer(11, key, at)).await;
    }
    assert_eq!(
        s.store.drop_idempotent_responses(moment(20)).await.unwrap(),
        1
    );
    assert_eq!(
        s.store.drop_idempotent_responses(moment(20)).await.unwrap(),
        0
    );
    let ana = UserId(Uuid::from_u128(11));
    for (key, there) in [("a", false), ("b", true), ("c", true)] {
        let found = s
            .store
            .idempotent_response(log.tenant, ana, key, moment(31))
            .await;
        assert_eq!(found.unwrap().is_some(), there, "{key}");
    }
}

/// Begins to answer: an id in the claim.
fn claim(user: u128, body: u8, at: i64) -> IdempotentResponse {
    IdempotentResponse {
        status: IdempotentResponse::CLAIM,
        body: vec![body],
        ..answer(user, "key", at)
    }
}

pub async fn a_key_is_claimed_by_one_and_settled(s: Subject) {
    let tenant = Log::new(1).tenant;
    let stale = moment(0);
    let claimed = async |c: IdempotentResponse| {
        s.store
            .claim_idempotency_key(tenant, c, stale)
            .await
            .unwrap()
    };
    let mut running = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = s.store.clone();
        running.spawn(async move {
            store
                .claim_idempotency_key(tenant, claim(11, n, 100), stale)
                .await
        });
    }
    let of_all = running.join_all().await.into_iter();
    let mut got: Vec<IdempotentResponse> = of_all.filter_map(|claimed| claimed.unwrap()).collect();
    assert_eq!(got.len(), 1, "{got:?}");
    let first = got.remove(0);
    let held = s
        .store
        .idempotent_response(tenant, first.user, "key", moment(100));
    assert_eq!(held.await.unwrap(), Some(first.clone()));
    assert!(claimed(claim(12, 1, 100)).await.is_some(), "another user's");

    let settled = answer(11, "key", 100);
    let settle = s
        .store
        .settle_idempotency_key(tenant, first.clone(), Some(settled.clone()));
    settle.await.unwrap();
    let found = s
        .store
        .idempotent_response(tenant, first.user, "key", moment(101));
    assert_eq!(found.await.unwrap(), Some(settled.clone()));
    // What is answered stays, until its day is over.
    let late = s.store.settle_idempotency_key(tenant, first.clone(), None);
    late.await.unwrap();
    for at in [101, 100 + DAY] {
        let again = s
            .store
            .claim_idempotency_key(tenant, claim(11, 9, at), moment(at));
        assert_eq!(again.await.unwrap(), None);
    }
    let anew = claim(11, 9, 101 + DAY);
    assert_eq!(claimed(anew.clone()).await, Some(anew));
}

pub async fn a_claim_is_given_up_or_taken_over(s: Subject) {
    let tenant = Log::new(1).tenant;
    let take = async |c: IdempotentResponse, stale| {
        let taken = s
            .store
            .claim_idempotency_key(tenant, c, moment(stale))
            .await;
        taken.unwrap()
    };
    let first = take(claim(11, 1, 100), 0).await.unwrap();
    assert_eq!(take(claim(11, 2, 160), 100).await, None, "it is not stale");
    let other = IdempotentResponse {
        request_hash: [9; 32],
        ..claim(11, 2, 161)
    };
    assert_eq!(take(other.clone(), 101).await, None, "another request's");
    // Whoever takes it over goes on with what it was begun with.
    let over = take(claim(11, 2, 161), 101).await;
    let expected = IdempotentResponse {
        body: first.body.clone(),
        ..claim(11, 2, 161)
    };
    assert_eq!(over, Some(expected));
    s.store
        .settle_idempotency_key(tenant, first, None)
        .await
        .unwrap();
    assert_eq!(take(other.clone(), 0).await, Some(other), "it was given up");
}
