//! Sagas end done or undone, wherever whoever runs them dies.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::TestProcess;
use crate::support::faults::{FaultPlan, FaultyStore, RecordingMailer};
use async_trait::async_trait;
use parking_lot::Mutex;
use raally_app::ports::{Saga, SagaStatus, Sagas, Store, User};
use raally_app::saga_steps;
use raally_app::sagas::invitation::{EXPIRES, InvitationSaga};
use raally_app::sagas::{
    Invitations, SagaDefinition, SagaExecutor, SagaStep, StepError, StepOutcome,
};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_app::{Error, Services};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Role;
use uuid::Uuid;

saga_steps! {
    enum Number {
        Zero,
        One,
        Two,
        Three,
    }
}

const STEPS: u32 = 4;

/// Each step leaves its number; one may fail for good.
struct NumberSaga {
    faults: Arc<FaultPlan>,
    left: Arc<Mutex<BTreeSet<u32>>>,
    fails: Option<u32>,
    /// Whether the step that fails has had its effect by then.
    late: bool,
}

#[async_trait]
impl SagaDefinition for NumberSaga {
    type Step = Number;

    const KIND: &'static str = "numbers";

    async fn execute(&self, step: Number, saga: &Saga) -> Result<StepOutcome, StepError> {
        assert_eq!(step.number(), saga.step);
        let dead = || StepError::Retryable("dead".to_owned());
        if self.faults.fails_here() {
            return Err(dead());
        }
        let fails = self.fails == Some(saga.step);
        if !fails || self.late {
            self.left.lock().insert(saga.step);
        }
        if self.faults.fails_here() {
            return Err(dead());
        }
        match fails {
            true => Err(StepError::Fatal("it cannot be".to_owned())),
            false => Ok(StepOutcome::Done),
        }
    }

    async fn compensate(&self, step: Number, saga: &Saga) -> Result<(), StepError> {
        assert_eq!(step.number(), saga.step);
        let dead = || StepError::Retryable("dead".to_owned());
        if self.faults.fails_here() {
            return Err(dead());
        }
        let mut left = self.left.lock();
        // The last first.
        assert!(left.iter().all(|step| *step <= saga.step), "{left:?}");
        left.remove(&saga.step);
        match self.faults.fails_here() {
            true => Err(dead()),
            false => Ok(()),
        }
    }
}

/// Runs until nothing is under way; returns whether the process died on the way.
async fn to_the_end(
    bench: &TestProcess,
    executor: &SagaExecutor,
    faults: &FaultPlan,
    saga: &Saga,
) -> (Saga, bool) {
    let mut died = false;
    for _ in 0..40 {
        let _ = executor.round().await;
        if faults.has_failed() {
            died = true;
            // Another process, which lives.
            faults.fail_at(0);
        }
        let now = bench.sqlite.saga(saga.tenant, saga.id).await.unwrap();
        let now = now.unwrap();
        if now.status.has_ended() {
            return (now, died);
        }
        bench.clock.advance(Duration::from_secs(61));
    }
    panic!("it did not end");
}

#[tokio::test]
async fn a_saga_ends_done_or_undone_wherever_its_process_dies() {
    let bench = TestProcess::new(1);
    let mut deaths = 0;
    let mut failing = vec![(None, false)];
    failing.extend((0..STEPS).flat_map(|step| [(Some(step), false), (Some(step), true)]));
    for (fails, late) in failing {
        // Further than there are places to die, to see all of it in one run too.
        for place in 0..40 {
            let faults = Arc::new(FaultPlan::default());
            let left = Arc::new(Mutex::new(BTreeSet::new()));
            let definition = NumberSaga {
                faults: faults.clone(),
                left: left.clone(),
                fails,
                late,
            };
            let sagas = Arc::new(FaultyStore {
                store: bench.sqlite.clone(),
                faults: faults.clone(),
            });
            let services = Services {
                sagas,
                ..bench.services.clone()
            };
            let executor = SagaExecutor::new(services, vec![Arc::new(definition)]);
            let saga = Saga {
                tenant: TenantId(bench.services.uuid()),
                id: bench.services.uuid(),
                kind: "numbers".to_owned(),
                status: SagaStatus::Running,
                step: 0,
                state: "{\"private\":1}".to_owned(),
                attempts: 0,
                due_at: bench.services.now(),
                version: 1,
            };
            bench.sqlite.begin(saga.clone()).await.unwrap();
            faults.fail_at(place);
            let (ended, died) = to_the_end(&bench, &executor, &faults, &saga).await;
            deaths += u32::from(died);
            let expected = match fails {
                None => (SagaStatus::Completed, (0..STEPS).collect()),
                Some(_) => (SagaStatus::Compensated, BTreeSet::new()),
            };
            let found = (ended.status, left.lock().clone());
            assert_eq!(found, expected, "{fails:?} {late} {place}");
            assert_eq!(ended.state, "{}");
        }
    }
    assert!(deaths > 9 * 8, "{deaths}");
}

fn token(mailer: &RecordingMailer) -> String {
    let sent = mailer.sent.lock();
    let body = &sent.last().unwrap().body;
    let (_, rest) = body.split_once("/invitations/").unwrap();
    rest.trim().to_owned()
}

struct Office {
    bench: TestProcess,
    tenants: Tenants,
    mailer: Arc<RecordingMailer>,
    faults: Arc<FaultPlan>,
    executor: SagaExecutor,
    invitations: Invitations,
    tenant: TenantId,
    admin: UserId,
}

async fn office(seed: u64) -> Office {
    let bench = TestProcess::new(seed);
    let (tenant, admin) = bench.workspace("Acme").await;
    let tenants = bench.tenants(TenantsConfig::default());
    let (mailer, faults) = (
        Arc::new(RecordingMailer::default()),
        Arc::new(FaultPlan::default()),
    );
    let sagas: Arc<dyn Sagas> = Arc::new(FaultyStore {
        store: bench.sqlite.clone(),
        faults: faults.clone(),
    });
    let services = Services {
        sagas,
        mailer: mailer.clone(),
        ..bench.services.clone()
    };
    let services = services.with_web_address("https://r.example/");
    let definition = InvitationSaga::new(services.clone(), tenants.clone());
    let executor = SagaExecutor::new(services.clone(), vec![Arc::new(definition)]);
    account(&bench, admin, "boss@example.com").await;
    Office {
        invitations: Invitations::new(services, executor.clone()),
        bench,
        tenants,
        mailer,
        faults,
        executor,
        tenant,
        admin,
    }
}

/// An account of a verified address.
async fn account(bench: &TestProcess, id: UserId, email: &str) {
    let user = User {
        id,
        email: email.to_owned(),
        full_name: email.to_owned(),
        password_hash: None,
        locale: None,
        last_view: None,
        email_verified: true,
        created_at: bench.services.now(),
        imported: None,
    };
    bench.services.identity.create_user(user).await.unwrap();
}

impl Office {
    async fn account(&self, email: &str) -> UserId {
        let id = UserId(self.bench.services.uuid());
        account(&self.bench, id, email).await;
        id
    }

    /// How many events the workspace's log has.
    async fn head(&self) -> u64 {
        let head = self.bench.store.head(self.tenant).await.unwrap();
        head.map_or(0, |at| at.head.seq)
    }

    async fn role(&self, user: UserId) -> Option<Role> {
        let plan = self.tenants.open(self.tenant).await.unwrap();
        let plan = plan.plan(None).await.unwrap();
        plan.members().get(&user).map(|m| m.value.role)
    }

    async fn invite(&self) -> Uuid {
        let invited = self.invitations.invite(
            (self.tenant, self.bench.services.uuid()),
            self.admin,
            " Bob@Example.com",
            Role::Viewer,
        );
        let id = invited.await.unwrap().id;
        self.executor.round().await.unwrap();
        id
    }
}

fn gone<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
}

#[tokio::test]
async fn an_invitation_is_mailed_listed_and_accepted_once() {
    let o = office(2).await;
    o.mailer.away.store(2, Ordering::SeqCst);
    let id = o.invite().await;
    // The mail server was away; the address waits meanwhile.
    let listed = o.invitations.list(o.tenant).await.unwrap();
    assert_eq!((listed[0].id, &*listed[0].email), (id, "bob@example.com"));
    for _ in 0..3 {
        o.bench.clock.advance(Duration::from_secs(10));
        o.executor.round().await.unwrap();
    }
    assert_eq!(o.mailer.sent.lock().len(), 1);
    assert_eq!(o.mailer.sent.lock()[0].to, "bob@example.com");
    let token = token(&o.mailer);
    // What is kept does not open it.
    let kept = o.bench.sqlite.saga(o.tenant, id).await.unwrap().unwrap();
    assert!(!kept.state.contains(&token));

    let bob = o.account("robert@example.org").await;
    let mut forged = token.clone();
    forged.replace_range(60..61, if &token[60..61] == "A" { "B" } else { "A" });
    for wrong in ["", "x", &forged, &token[1..]] {
        gone(o.invitations.accept(wrong, bob).await);
    }
    assert_eq!(o.role(bob).await, None);
    assert_eq!(o.invitations.accept(&token, bob).await.unwrap(), o.tenant);
    assert_eq!(o.role(bob).await, Some(Role::Viewer));
    let eve = o.account("eve@example.com").await;
    gone(o.invitations.accept(&token, eve).await);
    assert_eq!(o.role(eve).await, None);
    assert_eq!(o.invitations.list(o.tenant).await.unwrap(), []);
    let kept = o.bench.sqlite.saga(o.tenant, id).await.unwrap().unwrap();
    assert_eq!((kept.status, &*kept.state), (SagaStatus::Completed, "{}"));
}

#[tokio::test]
async fn an_invitation_ends_by_time_and_by_being_taken_back() {
    let o = office(3).await;
    let (bob, cancelled) = (o.account("b@example.com").await, o.invite().await);
    o.invitations.cancel(o.tenant, cancelled).await.unwrap();
    gone(o.invitations.accept(&token(&o.mailer), bob).await);
    gone(o.invitations.cancel(o.tenant, cancelled).await);

    let expired = o.invite().await;
    o.bench.clock.advance(EXPIRES);
    gone(o.invitations.accept(&token(&o.mailer), bob).await);
    assert_eq!(o.invitations.list(o.tenant).await.unwrap(), []);
    o.executor.round().await.unwrap();
    for id in [cancelled, expired] {
        let kept = o.bench.sqlite.saga(o.tenant, id).await.unwrap().unwrap();
        assert_eq!((kept.status, &*kept.state), (SagaStatus::Compensated, "{}"));
    }
    assert_eq!(o.role(bob).await, None);
}

#[tokio::test]
async fn who_may_not_invite_has_invited_nobody() {
    let o = office(4).await;
    let stranger = o.account("stranger@example.com").await;
    let invited = o.invitations.invite(
        (o.tenant, o.bench.services.uuid()),
        stranger,
        "bob@example.com",
        Role::Admin,
    );
    invited.await.unwrap();
    o.executor.round().await.unwrap();
    let bob = o.account("bob@example.com").await;
    gone(o.invitations.accept(&token(&o.mailer), bob).await);
    assert_eq!(o.role(bob).await, None);
    let member = o.invitations.invite(
        (o.tenant, o.bench.services.uuid()),
        o.admin,
        "nobody",
        Role::Viewer,
    );
    assert!(matches!(member.await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn an_acceptance_is_not_lost_wherever_its_process_dies() {
    let mut deaths = 0;
    for place in 0..12 {
        let o = office(100 + place).await;
        let id = o.invite().await;
        let bob = o.account("bob@example.com").await;
        let before = o.head().await;
        o.faults.fail_at(place);
        let answered = o.invitations.accept(&token(&o.mailer), bob).await;
        let died = o.faults.has_failed();
        deaths += u32::from(died);
        o.faults.fail_at(0);
        let accepted = o.bench.sqlite.saga(o.tenant, id).await.unwrap().unwrap();
        o.bench.clock.advance(Duration::from_secs(61));
        o.executor.round().await.unwrap();
        // Before the acceptance was kept nobody was told that it was; after, it happens.
        let joined = o.role(bob).await.is_some();
        let kept = accepted.step == 2 || accepted.status == SagaStatus::Completed;
        assert_eq!(joined, kept, "{place}");
        assert!(joined || answered.is_err(), "{place}");
        let after = o.head().await;
        assert_eq!(after - before, u64::from(joined), "joined once");
        if !joined {
            o.invitations.accept(&token(&o.mailer), bob).await.unwrap();
        }
        let ended = o.bench.sqlite.saga(o.tenant, id).await.unwrap().unwrap();
        assert_eq!(ended.status, SagaStatus::Completed, "{place}");
    }
    assert!(deaths >= 4, "{deaths}");
}
