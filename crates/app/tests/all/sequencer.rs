//! Writes on one tenant: shared commits, turns, idempotency, other processes, outages.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::support::{TestProcess, add_person, add_team, create, first_id, ids, rename_person};
use raally_app::Error;
use raally_app::ports::Store;
use raally_app::tenants::{Answer, Idempotency, Tenant, TenantsConfig, Write};
use raally_app::workspaces;
use raally_domain::decide::{Command, Op, TakeBack};
use raally_domain::event::{Event, Head};
use raally_domain::ids::{PersonId, TeamId, UserId};
use raally_domain::kinds::{Kind, Role};
use serde_json::json;
use uuid::Uuid;

fn key(user: UserId, key: &str, request: u8) -> Option<Idempotency> {
    Some(Idempotency {
        user,
        key: key.to_owned(),
        request_hash: [request; 32],
    })
}

/// Submits all at once and waits for all.
async fn all(
    tenant: &Arc<Tenant>,
    writes: impl IntoIterator<Item = Write>,
) -> Vec<Result<Answer, Error>> {
    let submitted = writes.into_iter().map(|write| {
        let tenant = tenant.clone();
        tokio::spawn(async move { tenant.submit(write).await })
    });
    let submitted: Vec<_> = submitted.collect();
    let mut answers = Vec::new();
    for one in submitted {
        answers.push(one.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_share_commits_and_each_gets_its_own_head() {
    let bench = TestProcess::new(1);
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let before = bench.store.appends.load(Ordering::SeqCst);
    let clients = (0..64).map(|client| {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            for n in 0..10 {
                let write = add_team(admin, &format!("Team {client}-{n}"));
                let answer = tenant.submit(write).await.unwrap();
                seen.push((answer.head.seq, first_id(&answer.rendered)));
            }
            seen
        })
    });
    let mut heads = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        let seen = client.await.unwrap();
        assert!(seen.is_sorted_by(|a, b| a.0 < b.0));
        for (seq, team) in seen {
            let plan = tenant.published();
            assert_eq!(plan.teams().get(&TeamId(team)).unwrap().version, seq);
            heads.push(seq);
        }
    }
    heads.sort_unstable();
    assert_eq!(
        heads,
        (3..643).collect::<Vec<_>>(),
        "one head a write, without gap"
    );
    let appends = bench.store.appends.load(Ordering::SeqCst) - before;
    assert!(appends < 320, "{appends} commits for 640 writes");
    assert_eq!(tenant.published().head(), Head { epoch: 1, seq: 642 });
}

#[tokio::test]
async fn a_write_sees_those_before_it_in_the_same_batch_and_a_rejected_one_harms_nobody() {
    let bench = TestProcess::new(2);
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let before = bench.store.appends.load(Ordering::SeqCst);
    let ana = Uuid::from_u128(1);
    // One thread: all are queued before the sequencer runs, so they are one batch.
    let answers = all(
        &tenant,
        [
            add_person(admin, ana, "Ana"),
            rename_person(admin, ana, "Ana Maria", Some(3)),
            rename_person(admin, ana, "Eve", Some(3)),
            rename_person(admin, Uuid::from_u128(2), "Nobody", None),
            add_team(admin, ""),
            rename_person(admin, ana, "Ana M.", Some(4)),
        ],
    )
    .await;
    assert!(answers[0].is_ok() && answers[1].is_ok() && answers[5].is_ok());
    assert!(
        matches!(answers[2], Err(Error::Stale { current: 4, .. })),
        "{:?}",
        answers[2]
    );
    assert!(matches!(answers[3], Err(Error::NotFound(_))));
    let Err(Error::Invalid { errors }) = &answers[4] else {
        panic!("{:?}", answers[4]);
    };
    assert_eq!(errors[0].pointer, "/name");
    let plan = tenant.published();
    let person = plan.people().get(&PersonId(ana)).unwrap();
    assert_eq!((person.version, person.person.name()), (5, "Ana M."));
    assert_eq!(bench.store.appends.load(Ordering::SeqCst) - before, 1);
}

#[tokio::test]
async fn several_commands_are_one_step_and_point_at_what_is_wrong() {
    let bench = TestProcess::new(3);
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let teams = |names: &[&str]| {
        let one = |n: &&str| create(Kind::Team, json!({ "name": n }));
        Write::commands(admin, names.iter().map(one).collect(), ids)
    };
    let refused = tenant.submit(teams(&["A", "B", "a"])).await.unwrap_err();
    let Error::Invalid { errors } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(errors[0].pointer, "/commands/2/body/name");
    assert_eq!(tenant.published().head().seq, 2, "all of a step or nothing");
    let missing = Command {
        op: Op::Delete,
        id: Some(Uuid::from_u128(9)),
        ..create(Kind::Team, json!(null))
    };
    let refused = Write::commands(
        admin,
        vec![create(Kind::Team, json!({"name": "A"})), missing],
        ids,
    );
    let Err(Error::Command { pointer, error }) = tenant.submit(refused).await else {
        panic!();
    };
    assert_eq!(pointer, "/commands/1");
    assert!(matches!(*error, Error::NotFound(_)));

    tenant.submit(teams(&["A", "B"])).await.unwrap();
    assert_eq!(tenant.published().teams().len(), 2);
    tenant
        .submit(Write::take_back(admin, TakeBack::Last, ids))
        .await
        .unwrap();
    assert_eq!(tenant.published().teams().len(), 0);
    tenant
        .submit(Write::take_back(admin, TakeBack::Again, ids))
        .await
        .unwrap();
    assert_eq!(tenant.published().teams().len(), 2);
}

#[tokio::test]
async fn strangers_and_viewers_write_nothing() {
    let bench = TestProcess::new(4);
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let viewer = UserId(Uuid::from_u128(5));
    let stranger = UserId(Uuid::from_u128(6));
    let join = workspaces::join(viewer, Role::Viewer, admin);
    tenant.submit(join).await.unwrap();
    let refused = tenant.submit(add_team(viewer, "A")).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let refused = tenant.submit(add_team(stranger, "A")).await;
    assert!(matches!(refused, Err(Error::NotFound(_))));
    assert_eq!(tenant.published().head().seq, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_at_once_or_later_changes_once_and_answers_alike() {
    let bench = TestProcess::new(5);
    let (id, admin) = bench.workspace("Acme").await;
    let tenants = bench.tenants(TenantsConfig::default());
    let tenant = tenants.open(id).await.unwrap();
    let team = || add_team(admin, "Design").keyed(key(admin, "k1", 1));
    let answers = all(&tenant, (0..16).map(|_| team())).await;
    let first = answers[0].as_ref().unwrap().rendered.clone();
    for answer in &answers {
        assert_eq!(answer.as_ref().unwrap().rendered, first);
    }
    let replayed = |a: &&Result<Answer, Error>| a.as_ref().unwrap().replayed;
    assert_eq!(answers.iter().filter(replayed).count(), 15);
    assert_eq!(tenant.published().head().seq, 3);

    // Another process, or this one after a restart.
    let other = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let again = other.submit(team()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.rendered, first);

    let reused = add_team(admin, "Other").keyed(key(admin, "k1", 2));
    assert!(matches!(
        tenant.submit(reused).await,
        Err(Error::IdempotencyMismatch)
    ));
    // Another user's key is another key.
    let other_user = UserId(Uuid::from_u128(77));
    let refused = add_team(other_user, "Design").keyed(key(other_user, "k1", 1));
    assert!(matches!(
        tenant.submit(refused).await,
        Err(Error::NotFound(_))
    ));
    assert_eq!(tenant.published().head().seq, 3);
}

#[tokio::test]
async fn two_requests_in_one_batch_with_one_key_and_other_bodies_do_not_mix() {
    let bench = TestProcess::new(6);
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let answers = all(
        &tenant,
        [
            // Rejected, and a rejection is not stored: the key is free for the next.
            add_team(admin, "").keyed(key(admin, "k", 9)),
            add_team(admin, "A").keyed(key(admin, "k", 1)),
            add_team(admin, "B").keyed(key(admin, "k", 2)),
            add_team(admin, "A").keyed(key(admin, "k", 1)),
        ],
    )
    .await;
    assert!(matches!(answers[0], Err(Error::Invalid { .. })));
    assert!(!answers[1].as_ref().unwrap().replayed);
    assert!(matches!(answers[2], Err(Error::IdempotencyMismatch)));
    assert!(answers[3].as_ref().unwrap().replayed);
    assert_eq!(tenant.published().teams().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_write_one_log_without_loss_or_overbooking_each_other() {
    let bench = TestProcess::new(7);
    let (id, admin) = bench.workspace("Acme").await;
    let config = TenantsConfig {
        retries: 50,
        ..TenantsConfig::default()
    };
    let here = bench.tenants(config.clone()).open(id).await.unwrap();
    let there = bench.tenants(config).open(id).await.unwrap();
    let mut tasks = Vec::new();
    for n in 0..60 {
        let tenant = if n % 2 == 0 {
            here.clone()
        } else {
            there.clone()
        };
        // Every name is asked for on both sides: one of the two must be refused.
        let write = add_team(admin, &format!("Team {}", n / 2));
        tasks.push(tokio::spawn(async move { tenant.submit(write).await }));
    }
    let mut accepted = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(Error::Invalid { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(accepted, 30);
    here.catch_up().await.unwrap();
    there.catch_up().await.unwrap();
    assert_eq!(here.published().teams().len(), 30);
    assert_eq!(*here.published(), *there.published());
}

#[tokio::test]
async fn a_rejection_never_rests_on_an_old_plan() {
    let bench = TestProcess::new(8);
    let (id, admin) = bench.workspace("Acme").await;
    let here = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let there = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let ana = Uuid::from_u128(1);
    here.submit(add_person(admin, ana, "Ana")).await.unwrap();
    // `there` has not heard of Ana yet.
    assert_eq!(there.published().people().len(), 0);
    let renamed = there
        .submit(rename_person(admin, ana, "Ana M.", Some(3)))
        .await;
    assert_eq!(renamed.unwrap().head.seq, 4);
}

#[tokio::test]
async fn an_outage_is_told_to_all_and_leaves_the_plan_as_it_was() {
    let bench = TestProcess::new(9);
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let before = tenant.published();
    bench.store.full.store(true, Ordering::SeqCst);
    let answers = all(&tenant, (0..5).map(|n| add_team(admin, &format!("T{n}")))).await;
    for answer in answers {
        assert!(matches!(answer, Err(Error::Unavailable { .. })));
    }
    assert!(Arc::ptr_eq(&before, &tenant.published()));
    bench.store.full.store(false, Ordering::SeqCst);
    let answer = tenant.submit(add_team(admin, "T0")).await.unwrap();
    assert_eq!(answer.head.seq, 3);
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused_and_the_rest_of_the_batch_goes_on() {
    let bench = TestProcess::new(10);
    bench.workspace("Taken").await;
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    let settings = |slug: &str| {
        let command = Command {
            op: Op::Update,
            ..create(Kind::Settings, json!({ "slug": slug }))
        };
        Write::command(admin, command, ids)
    };
    let answers = all(
        &tenant,
        [
            add_team(admin, "A"),
            settings("taken"),
            add_team(admin, "B"),
        ],
    )
    .await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(
        matches!(&answers[1], Err(Error::Conflict(text)) if text.to_string().contains("taken"))
    );
    tenant.submit(settings("acme-2")).await.unwrap();
    assert_eq!(tenant.published().settings().slug, "acme-2");
}

#[tokio::test]
async fn time_recorded_never_runs_backwards() {
    let bench = TestProcess::new(11);
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = bench
        .tenants(TenantsConfig::default())
        .open(id)
        .await
        .unwrap();
    bench.clock.advance(std::time::Duration::from_secs(60));
    tenant.submit(add_team(admin, "A")).await.unwrap();
    let at = tenant.published().recorded_at();
    // The host's clock is set back by an hour.
    let behind = TestProcess::on(tempfile::tempdir().unwrap(), 0);
    let services = raally_app::Services {
        clock: behind.clock.clone(),
        ..bench.services.clone()
    };
    let other = raally_app::tenants::Tenants::new(services, TenantsConfig::default());
    let other = other.open(id).await.unwrap();
    other.submit(add_team(admin, "B")).await.unwrap();
    let last = bench.store.events(id, 3, 1).await.unwrap().remove(0);
    let event = Event::read_trusted(4, &last.stored.body).unwrap();
    assert_eq!((event.recorded_at, event.occurred_at), (at, at));
}
