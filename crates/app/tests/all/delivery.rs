//! From log to bus to consumer, with restarts between.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::{TestProcess, add_team};
use async_trait::async_trait;
use parking_lot::Mutex;
use raally_adapters::bus::{MemoryBus, Options};
use raally_app::consumers::{
    Applied, ConsumeError, EventBatch, Projection, Reactor, ReceivedEvent, Registered, Runner,
    WelcomeMailConsumer, registry,
};
use raally_app::ports::{Acknowledgement, Bus, Mail, MailError, Mailer, Store, User};
use raally_app::relay::Relay;
use raally_app::services::Services;
use raally_app::tenants::{Tenants, TenantsConfig, Write};
use raally_app::workspaces;
use raally_domain::event::Actor;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Role;
use tokio::sync::watch;
use uuid::Uuid;

/// Notes which events had their effect.
#[derive(Default)]
struct Noting {
    seen: Mutex<Vec<(TenantId, u64)>>,
    /// Refuses that many times.
    refusals: AtomicU64,
    /// Never takes this one.
    poison: Option<u64>,
}

#[async_trait]
impl Reactor for Noting {
    fn name(&self) -> &'static str {
        "noting"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type.starts_with("team.")
    }

    async fn react(&self, received: &ReceivedEvent<'_>) -> Result<(), ConsumeError> {
        let event = received.event().await?;
        if self.poison == Some(event.seq) {
            return Err(ConsumeError::Fatal("cannot be done".to_owned()));
        }
        let refuse = self
            .refusals
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if refuse.is_ok() {
            return Err(ConsumeError::Retryable("not yet".to_owned()));
        }
        self.seen.lock().push((event.tenant, event.seq));
        Ok(())
    }
}

fn bus() -> Arc<MemoryBus> {
    Arc::new(MemoryBus::new(Options {
        retry: Duration::from_millis(2),
        ..Options::default()
    }))
}

/// A process that relays and consumes, until it is stopped.
struct Process {
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Process {
    async fn start(services: &Services, tenants: &Tenants, consumer: Registered) -> Process {
        let (stop, stopped) = watch::channel(false);
        let runner = Runner::new(services.clone(), consumer);
        let running = stopped.clone();
        let consuming = tokio::spawn(async move { runner.run(running).await.unwrap() });
        tokio::task::yield_now().await;
        let relay = Relay::new(services.clone(), tenants.commit_notifier().relay());
        let relaying = tokio::spawn(async move { relay.run(stopped).await });
        Process {
            stop,
            tasks: vec![consuming, relaying],
        }
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

/// Offsets are kept under these names for ever.
#[tokio::test]
async fn every_consumer_has_a_name_of_its_own_and_keeps_it() {
    let bench = TestProcess::new(9);
    let tenants = bench.tenants(TenantsConfig::default());
    let consumers = registry(&bench.services, &tenants);
    let names: BTreeSet<&str> = consumers.iter().map(Registered::name).collect();
    assert_eq!(names.len(), consumers.len());
    for name in [
        "audit-logger",
        "cache-invalidator",
        "mailer",
        "notifications",
        "webhooks",
    ] {
        assert!(names.contains(name), "{name}");
    }
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not happen");
}

async fn write(tenants: &Tenants, id: TenantId, admin: UserId, names: std::ops::Range<u32>) {
    let tenant = tenants.open(id).await.unwrap();
    for n in names {
        tenant
            .submit(add_team(admin, &format!("Team {n}")))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_happens_once_and_in_order_over_restarts() {
    let mut bench = TestProcess::new(1);
    let noting = Arc::new(Noting::default());
    let (a, admin) = bench.workspace("A").await;
    let (b, other) = bench.workspace("B").await;
    for round in 0..4u32 {
        let tenants = bench.tenants(TenantsConfig::default());
        let process = Process::start(
            &bench.on_bus(bus()),
            &tenants,
            Registered::Reactor(noting.clone()),
        )
        .await;
        let names = round * 10..round * 10 + 10;
        tokio::join!(
            write(&tenants, a, admin, names.clone()),
            write(&tenants, b, other, names.clone()),
        );
        // On odd rounds it ends at once, with much still under way.
        if round % 2 == 0 {
            let all = (round as usize + 1) * 20;
            until(|| noting.seen.lock().len() == all).await;
        }
        process.end().await;
        tenants.close().await;
        drop(tenants);
        // Leases of the process that went run out.
        bench = bench.restart(100 + u64::from(round));
        bench
            .clock
            .advance(Duration::from_secs(3600 * (u64::from(round) + 1)));
    }
    let tenants = bench.tenants(TenantsConfig::default());
    let process = Process::start(
        &bench.on_bus(bus()),
        &tenants,
        Registered::Reactor(noting.clone()),
    )
    .await;
    // What was lost with the last process's bus comes without anything new.
    until(|| noting.seen.lock().len() == 80).await;
    write(&tenants, a, admin, 40..41).await;
    write(&tenants, b, other, 40..41).await;
    until(|| noting.seen.lock().len() >= 82).await;
    process.end().await;
    let seen = noting.seen.lock();
    for tenant in [a, b] {
        let of: Vec<u64> = seen
            .iter()
            .filter(|(t, _)| *t == tenant)
            .map(|(_, s)| *s)
            .collect();
        assert_eq!(of, (3..44).collect::<Vec<_>>());
    }
}

/// Says of every event that something is away, or that it may not be taken now.
struct RefusingReactor(ConsumeError);

#[async_trait]
impl Reactor for RefusingReactor {
    fn name(&self) -> &'static str {
        "refusing"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    async fn react(&self, _: &ReceivedEvent<'_>) -> Result<(), ConsumeError> {
        Err(self.0.clone())
    }
}

#[tokio::test]
async fn an_outage_of_any_length_makes_no_dead_letter_and_refusals_do() {
    let bench = TestProcess::new(1);
    let (tenant, _) = bench.workspace("A").await;
    let first = &bench.messages(tenant).await[0];
    let answers = async |error: ConsumeError| {
        let reactor = Registered::reactor(RefusingReactor(error));
        let runner = Runner::new(bench.services.clone(), reactor);
        let mut answers = Vec::new();
        for _ in 0..200 {
            answers.push(runner.consume(first).await);
        }
        answers
    };
    let away = answers(ConsumeError::Away("away".to_owned())).await;
    assert!(away.iter().all(|a| *a == Acknowledgement::Retry));
    let refused = answers(ConsumeError::Retryable("no".to_owned())).await;
    let dead = Acknowledgement::DeadLetter("no".to_owned());
    assert_eq!(refused.iter().position(|a| *a == dead), Some(49));
}

/// Takes as much at a time as it is shown, up to an event that it never takes.
struct GreedyProjection {
    services: Services,
    poison: u64,
    taken: Mutex<Vec<Vec<u64>>>,
}

#[async_trait]
impl Projection for GreedyProjection {
    fn name(&self) -> &'static str {
        "greedy"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    async fn apply(&self, batch: &EventBatch<'_>) -> Result<Applied, ConsumeError> {
        let run = std::iter::once(batch.first.message).chain(batch.lookahead);
        let seqs: Vec<u64> = run
            .map(|m| m.seq)
            .take_while(|n| *n != self.poison)
            .collect();
        let Some(last) = seqs.last().copied() else {
            return Err(ConsumeError::Fatal("cannot be done".to_owned()));
        };
        let commit = raally_app::ports::OffsetCommit {
            to: last,
            event: None,
            ..batch.commit()
        };
        assert!(self.services.store.advance_inbox(commit).await?);
        self.taken.lock().push(seqs);
        Ok(Applied::Through(last))
    }
}

#[tokio::test]
async fn what_waits_behind_an_event_is_taken_with_it_and_once() {
    let bench = TestProcess::new(1);
    let (tenant, admin) = bench.workspace("A").await;
    let tenants = bench.tenants(TenantsConfig::default());
    write(&tenants, tenant, admin, 0..30).await;
    let log = bench.messages(tenant).await;
    let bus = bus();
    drop(bus.subscribe("greedy").await.unwrap());
    bus.publish(log).await.unwrap();
    let greedy = Arc::new(GreedyProjection {
        services: bench.services.clone(),
        poison: 20,
        taken: Mutex::default(),
    });
    let (stop, stopped) = watch::channel(false);
    let runner = Runner::new(
        bench.on_bus(bus.clone()),
        Registered::Projection(greedy.clone()),
    );
    let running = tokio::spawn(async move { runner.run(stopped).await });
    let dead = async {
        loop {
            let dead = bus.dead_letters("greedy").await.unwrap();
            if let [(message, _)] = &dead[..] {
                return message.seq;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let dead = tokio::time::timeout(Duration::from_secs(5), dead).await;
    assert_eq!(dead.unwrap(), 20, "the one that it refused, no other");
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(greedy.taken.lock()[..], [(1..20).collect::<Vec<_>>()]);
    let offset = bench.store.inbox("greedy", tenant.into()).await.unwrap();
    assert_eq!(offset, 19);
}

#[tokio::test]
async fn a_gap_is_filled_from_the_log_and_what_was_taken_is_skipped() {
    let bench = TestProcess::new(2);
    let (id, admin) = bench.workspace("A").await;
    write(&bench.tenants(TenantsConfig::default()), id, admin, 0..8).await;
    let noting = Arc::new(Noting::default());
    let runner = || Runner::new(bench.on_bus(bus()), Registered::Reactor(noting.clone()));
    let all = bench.messages(id).await;
    let at = |seq: usize| &all[seq - 1];
    let first = runner();
    for seq in [5, 4, 5, 9] {
        assert_eq!(first.consume(at(seq)).await, Acknowledgement::Ack);
    }
    // Another process takes over, and is given old ones again.
    let second = runner();
    for seq in [9, 1, 10] {
        assert_eq!(second.consume(at(seq)).await, Acknowledgement::Ack);
    }
    // The first does not know that the second was faster.
    assert_eq!(first.consume(at(10)).await, Acknowledgement::Retry);
    assert_eq!(first.consume(at(10)).await, Acknowledgement::Ack);
    let seqs: Vec<u64> = noting.seen.lock().iter().map(|(_, s)| *s).collect();
    assert_eq!(seqs, [3, 4, 5, 6, 7, 8, 9, 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_effect_comes_again_and_a_poisonous_one_stops_its_stream_alone() {
    let bench = TestProcess::new(3);
    let (a, admin) = bench.workspace("A").await;
    let (b, other) = bench.workspace("B").await;
    let noting = Arc::new(Noting {
        refusals: AtomicU64::new(3),
        poison: Some(8),
        ..Noting::default()
    });
    let bus = bus();
    let tenants = bench.tenants(TenantsConfig::default());
    let process = Process::start(
        &bench.on_bus(bus.clone()),
        &tenants,
        Registered::Reactor(noting.clone()),
    )
    .await;
    write(&tenants, a, admin, 0..9).await;
    write(&tenants, b, other, 0..4).await;
    until(|| noting.seen.lock().len() == 9).await;
    let mut dead = bus.dead_letters("noting").await.unwrap();
    while dead.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        dead = bus.dead_letters("noting").await.unwrap();
    }
    assert_eq!((dead[0].0.stream, dead[0].0.seq), (a.into(), 8));
    assert!(dead[0].1.contains("cannot be done"));
    process.end().await;
    let seen = noting.seen.lock();
    let of = |tenant| {
        seen.iter()
            .filter(|(t, _)| *t == tenant)
            .map(|(_, s)| *s)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(a), [3, 4, 5, 6, 7]);
    assert_eq!(of(b), [3, 4, 5, 6]);
}

/// Keeps what it was given; away while `away` is above zero.
#[derive(Default)]
struct RecordingMailer {
    sent: Mutex<Vec<Mail>>,
    away: AtomicU64,
}

#[async_trait]
impl Mailer for RecordingMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let away = self
            .away
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if away.is_ok() {
            return Err(MailError::Away("it does not answer".to_owned()));
        }
        self.sent.lock().push(mail);
        Ok(())
    }
}

async fn account(bench: &TestProcess, id: UserId, email: &str, locale: Option<&str>) {
    let user = User {
        id,
        email: email.to_owned(),
        full_name: email.to_owned(),
        password_hash: None,
        locale: locale.map(str::to_owned),
        last_view: None,
        email_verified: true,
        created_at: bench.services.now(),
        imported: None,
    };
    bench.services.identity.create_user(user).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_relay_refuses_holds_nobody_up() {
    struct RefusingMailer;
    #[async_trait]
    impl Mailer for RefusingMailer {
        async fn send(&self, _: Mail) -> Result<(), MailError> {
            Err(MailError::Refused("no such mailbox".to_owned()))
        }
    }
    let bench = TestProcess::new(4);
    let (id, admin) = bench.workspace("Acme").await;
    account(&bench, admin, "boss@example.com", None).await;
    let bob = UserId(Uuid::from_u128(7));
    account(&bench, bob, "bob@example.com", None).await;
    let tenants = bench.tenants(TenantsConfig::default());
    let join = Write {
        actor: Actor::User(admin),
        ..workspaces::join(bob, Role::Member, admin)
    };
    tenants.open(id).await.unwrap().submit(join).await.unwrap();
    let services = Services {
        mailer: Arc::new(RefusingMailer),
        ..bench.services.clone()
    };
    let welcome = WelcomeMailConsumer::new(services.clone());
    let runner = Runner::new(services, Registered::reactor(welcome));
    for message in bench.messages(id).await {
        assert_eq!(runner.consume(&message).await, Acknowledgement::Ack);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_added_to_a_workspace_is_told_once_in_their_language() {
    let bench = TestProcess::new(4);
    let (id, admin) = bench.workspace("Acme").await;
    account(&bench, admin, "boss@example.com", None).await;
    let bob = UserId(Uuid::from_u128(7));
    account(&bench, bob, "bob@example.com", Some("es")).await;
    let mailer = Arc::new(RecordingMailer {
        away: AtomicU64::new(2),
        ..RecordingMailer::default()
    });
    let tenants = bench.tenants(TenantsConfig::default());
    let services = Services {
        mailer: mailer.clone(),
        ..bench.on_bus(bus())
    };
    let services = services.with_web_address("https://r.example/");
    let welcome = Registered::reactor(WelcomeMailConsumer::new(services.clone()));
    let process = Process::start(&services, &tenants, welcome).await;
    let tenant = tenants.open(id).await.unwrap();
    // As the release before wrote it: by whoever added them.
    let join = Write {
        actor: Actor::User(admin),
        ..workspaces::join(bob, Role::Member, admin)
    };
    tenant.submit(join).await.unwrap();
    until(|| !mailer.sent.lock().is_empty()).await;
    // Another process finds the whole log, and nothing to do.
    process.end().await;
    let welcome = WelcomeMailConsumer::new(services.clone());
    let runner = Runner::new(services, Registered::reactor(welcome));
    for message in bench.messages(id).await {
        assert_eq!(runner.consume(&message).await, Acknowledgement::Ack);
    }
    let sent = mailer.sent.lock();
    assert_eq!(
        sent.len(),
        1,
        "the admin who made the workspace is not told"
    );
    assert_eq!(sent[0].to, "bob@example.com");
    assert!(sent[0].subject.contains("Acme") && sent[0].subject.contains("formas parte"));
    assert!(sent[0].body.contains("https://r.example/w/acme"));
}
