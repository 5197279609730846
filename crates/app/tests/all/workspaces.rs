//! Opening and closing a workspace end done or undone, wherever whoever runs them dies.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::faults::{FaultPlan, FaultyStore, RecordingMailer};
use crate::support::{TestProcess, add_team};
use raally_app::auth::TenantOf;
use raally_app::ports::{Saga, SagaStatus, Sagas, Store, TenantDeletion, TenantStatus, User};
use raally_app::sagas::deletion::DeletionSaga;
use raally_app::sagas::provisioning::ProvisioningSaga;
use raally_app::sagas::{
    AnySaga, DeletionPhase, SagaExecutor, WorkspaceDeletion, WorkspaceProvisioning,
};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_app::verify;
use raally_app::workspaces::NewWorkspace;
use raally_app::{Error, Services};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::stream::StreamId;
use uuid::Uuid;

const GRACE: Duration = Duration::from_secs(3_600);

struct Office {
    bench: TestProcess,
    tenants: Tenants,
    mailer: Arc<RecordingMailer>,
    faults: Arc<FaultPlan>,
    executor: SagaExecutor,
    provisioning: WorkspaceProvisioning,
    deletion: WorkspaceDeletion,
    ana: UserId,
}

async fn office(seed: u64) -> Office {
    let bench = TestProcess::new(seed);
    let tenants = bench.tenants(TenantsConfig {
        max_staleness: Duration::ZERO,
        ..TenantsConfig::default()
    });
    let (mailer, faults) = (
        Arc::new(RecordingMailer::default()),
        Arc::new(FaultPlan::default()),
    );
    let faulty = Arc::new(FaultyStore {
        store: bench.sqlite.clone(),
        faults: faults.clone(),
    });
    let services = Services {
        sagas: faulty.clone(),
        deletion: faulty,
        mailer: mailer.clone(),
        ..bench.services.clone()
    };
    let services = services.with_web_address("https://r.example/");
    let open = ProvisioningSaga::new(services.clone(), tenants.clone());
    let close = DeletionSaga::new(services.clone(), tenants.clone());
    let definitions: Vec<Arc<dyn AnySaga>> = vec![Arc::new(open), Arc::new(close)];
    let executor = SagaExecutor::new(services.clone(), definitions);
    let provisioning = WorkspaceProvisioning::new(services.clone(), executor.clone());
    let deletion = WorkspaceDeletion::new(services, executor.clone(), GRACE);
    let ana = UserId(bench.services.uuid());
    let user = User {
        id: ana,
        email: "ana@example.com".to_owned(),
        full_name: "Ana".to_owned(),
        password_hash: None,
        locale: Some("es".to_owned()),
        last_view: None,
        email_verified: true,
        created_at: bench.services.now(),
        imported: None,
    };
    bench.services.identity.create_user(user).await.unwrap();
    Office {
        bench,
        tenants,
        mailer,
        faults,
        executor,
        provisioning,
        deletion,
        ana,
    }
}

impl Office {
    async fn open(&self) -> Result<TenantOf, Error> {
        let workspace = NewWorkspace {
            name: "Acme".to_owned(),
            slug: None,
        };
        self.provisioning.open(self.ana, workspace).await
    }

    async fn close(&self, tenant: TenantId) -> Result<DeletionPhase, Error> {
        let open = self.tenants.open(tenant).await?;
        let plan = open.plan(None).await?;
        let closing = self.deletion.close(&plan, self.ana, " acme ").await?;
        Ok(closing.phase)
    }

    /// Another process, which lives, runs until nothing is under way.
    async fn to_the_end(&self) {
        self.faults.fail_at(0);
        for _ in 0..80 {
            let _ = self.executor.round().await;
            if self.executor.count().await.unwrap().is_empty() {
                return;
            }
            self.bench.clock.advance(Duration::from_secs(61));
        }
        panic!("it did not end");
    }

    async fn tenant_status(&self, tenant: TenantId) -> TenantStatus {
        self.bench.sqlite.tenant_status(tenant).await.unwrap()
    }

    async fn writes(&self, tenant: TenantId, team: &str) -> Result<(), Error> {
        let open = self.tenants.open(tenant).await?;
        open.submit(add_team(self.ana, team)).await.map(drop)
    }

    fn subjects(&self) -> Vec<String> {
        let sent = self.mailer.sent.lock();
        sent.iter().map(|mail| mail.subject.clone()).collect()
    }

    async fn is_sound(&self, tenant: TenantId) {
        let report = verify::verify(&self.bench.services, Some(&self.tenants), tenant).await;
        let report = report.unwrap();
        assert!(report.is_sound(), "{:?}", report.differences);
    }

    /// The calendars of a workspace, of which its settings name the only one.
    async fn calendars(&self, tenant: TenantId) -> Vec<String> {
        let plan = self.tenants.open(tenant).await.unwrap();
        let plan = plan.plan(None).await.unwrap();
        let named = plan.settings().holiday_calendar_id;
        let calendars = plan.calendars().iter();
        calendars
            .inspect(|(id, _)| assert_eq!(Some(**id), named))
            .map(|(_, calendar)| calendar.value.name.clone())
            .collect()
    }
}

#[tokio::test]
async fn a_workspace_is_opened_wherever_its_process_dies() {
    let mut deaths = 0;
    for place in 0..12 {
        let o = office(200 + place).await;
        o.faults.fail_at(place);
        // Once it is made it is there, whatever becomes of the rest.
        let made = o.open().await.unwrap();
        deaths += u32::from(o.faults.has_failed());
        o.faults.fail_at(place);
        let _ = o.executor.round().await;
        o.bench.clock.advance(Duration::from_secs(61));
        o.to_the_end().await;
        assert_eq!(o.calendars(made.id).await, ["Festivos"], "{place}");
        let subjects = o.subjects();
        assert!(!subjects.is_empty(), "{place}");
        assert!(subjects.iter().all(|s| s == "Acme está listo"));
        o.writes(made.id, "Core").await.unwrap();
        o.is_sound(made.id).await;
    }
    assert!(deaths >= 3, "{deaths}");
}

#[tokio::test]
async fn a_workspace_that_was_not_made_is_undone_and_does_not_come_late() {
    let o = office(1).await;
    o.bench.store.full.store(true, Ordering::SeqCst);
    assert!(matches!(o.open().await, Err(Error::Unavailable { .. })));
    o.bench.store.full.store(false, Ordering::SeqCst);
    o.bench.clock.advance(Duration::from_secs(61));
    o.to_the_end().await;
    assert_eq!(o.bench.sqlite.tenants().await.unwrap(), []);
    assert_eq!(o.subjects(), [""; 0]);
    // One whose address is taken leaves nothing under way.
    o.open().await.unwrap();
    o.to_the_end().await;
    let workspace = NewWorkspace {
        name: "Other".to_owned(),
        slug: Some("acme".to_owned()),
    };
    let taken = o.provisioning.open(o.ana, workspace).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    assert_eq!(o.executor.count().await.unwrap(), []);
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_undoes_no_workspace() {
    let o = office(2).await;
    o.mailer.away.store(1_000, Ordering::SeqCst);
    let made = o.open().await.unwrap();
    for _ in 0..30 {
        o.executor.round().await.unwrap();
        o.bench.clock.advance(Duration::from_secs(901));
    }
    assert_eq!(o.executor.count().await.unwrap(), []);
    assert_eq!(o.tenant_status(made.id).await, TenantStatus::Open);
    o.writes(made.id, "Core").await.unwrap();
}

#[tokio::test]
async fn a_closing_suspends_exports_waits_erases_and_confirms() {
    let o = office(3).await;
    let tenant = o.open().await.unwrap().id;
    o.to_the_end().await;
    o.writes(tenant, "Core").await.unwrap();
    let open = o.tenants.open(tenant).await.unwrap();
    let plan = open.plan(None).await.unwrap();
    let wrong = o.deletion.close(&plan, o.ana, "Acme Inc").await;
    assert!(matches!(wrong, Err(Error::Invalid { .. })), "{wrong:?}");

    assert_eq!(o.close(tenant).await.unwrap(), DeletionPhase::Preparing);
    assert!(open.is_suspended());
    let refused = o.writes(tenant, "Late").await;
    assert!(matches!(refused, Err(Error::Closing)), "{refused:?}");
    let again = o.close(tenant).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    o.is_sound(tenant).await;

    o.executor.round().await.unwrap();
    let closing = o.deletion.find(tenant).await.unwrap().unwrap();
    assert_eq!(closing.phase, DeletionPhase::Waiting);
    let export = o.deletion.export(tenant).await.unwrap();
    let part = o.deletion.part(tenant, export, 1).await.unwrap().unwrap();
    let events = o.bench.sqlite.events(tenant, 0, 100).await.unwrap();
    assert_eq!(part.lines().count(), events.len());
    for (line, logged) in part.lines().zip(&events) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["event"], logged.stored.body);
    }
    assert_eq!(o.deletion.part(tenant, export, 2).await.unwrap(), None);
    assert!(o.subjects()[1].starts_with("Acme se borrará el 2026-03-02"));

    o.bench.clock.advance(GRACE);
    o.to_the_end().await;
    assert_eq!(o.subjects().last().unwrap(), "Acme se ha cerrado");
    erased(&o, tenant).await;
    let platform = o.bench.sqlite.account_events(StreamId::Platform, 0, 9);
    let told = platform.await.unwrap();
    assert!(told[0].stored.body.contains("platform.tenant_closed"));
    assert!(told[0].stored.body.contains(&tenant.to_string()));
    assert_eq!(told.len(), 1);
    let late = o.deletion.cancel(tenant).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
}

/// Nothing is left but that it was.
async fn erased(o: &Office, tenant: TenantId) {
    assert_eq!(o.tenant_status(tenant).await, TenantStatus::Closed);
    assert_eq!(o.bench.sqlite.head(tenant).await.unwrap(), None);
    assert_eq!(o.bench.sqlite.events(tenant, 0, 9).await.unwrap(), []);
    let parts = o.bench.sqlite.last_part(tenant, Uuid::nil()).await;
    assert_eq!(parts.unwrap(), None);
    assert_eq!(o.bench.sqlite.tenants().await.unwrap(), []);
    let gone = o.writes(tenant, "Late").await;
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    for status in ["running", "compensating"] {
        let counted = o.executor.count().await.unwrap();
        assert!(counted.iter().all(|(_, s, _)| s.name() != status));
    }
}

#[tokio::test]
async fn a_workspace_is_closed_wherever_its_process_dies() {
    let mut deaths = 0;
    for place in 0..40 {
        let o = office(300 + place).await;
        let tenant = o.open().await.unwrap().id;
        o.to_the_end().await;
        o.faults.fail_at(place);
        let _ = o.close(tenant).await;
        let _ = o.executor.round().await;
        o.bench.clock.advance(GRACE);
        let _ = o.executor.round().await;
        deaths += u32::from(o.faults.has_failed());
        o.bench.clock.advance(Duration::from_secs(61));
        o.to_the_end().await;
        let subjects = o.subjects();
        assert_eq!(subjects.last().unwrap(), "Acme se ha cerrado", "{place}");
        erased(&o, tenant).await;
    }
    assert!(deaths >= 24, "{deaths}");
}

#[tokio::test]
async fn a_closing_is_taken_back_wherever_its_process_dies() {
    let mut deaths = 0;
    for place in 0..14 {
        let o = office(400 + place).await;
        let tenant = o.open().await.unwrap().id;
        o.to_the_end().await;
        o.close(tenant).await.unwrap();
        o.executor.round().await.unwrap();
        let saga = waiting(&o, tenant).await;
        o.faults.fail_at(place);
        let answered = o.deletion.cancel(tenant).await;
        deaths += u32::from(o.faults.has_failed());
        o.faults.fail_at(0);
        let kept = o.bench.sqlite.saga(tenant, saga.id).await.unwrap().unwrap();
        if kept.status == SagaStatus::Running {
            // Nobody was told that it was taken back.
            assert!(answered.is_err(), "{place}");
            o.deletion.cancel(tenant).await.unwrap();
        }
        o.bench.clock.advance(Duration::from_secs(61));
        o.to_the_end().await;
        let ended = o.bench.sqlite.saga(tenant, saga.id).await.unwrap().unwrap();
        assert_eq!(
            (ended.status, &*ended.state),
            (SagaStatus::Compensated, "{}")
        );
        assert_eq!(o.tenant_status(tenant).await, TenantStatus::Open, "{place}");
        let parts = o.bench.sqlite.last_part(tenant, saga.id).await.unwrap();
        assert_eq!(parts, None, "{place}");
        assert_eq!(o.subjects().last().unwrap(), "Acme sigue abierto");
        o.writes(tenant, "Core").await.unwrap();
        o.is_sound(tenant).await;
    }
    assert!(deaths >= 8, "{deaths}");
}

#[tokio::test]
async fn a_closing_is_taken_back_at_once_while_no_mail_can_be_sent() {
    let o = office(500).await;
    let tenant = o.open().await.unwrap().id;
    o.to_the_end().await;
    o.close(tenant).await.unwrap();
    o.executor.round().await.unwrap();
    o.mailer.away.store(3, Ordering::SeqCst);
    o.deletion.cancel(tenant).await.unwrap();
    assert_eq!(o.tenant_status(tenant).await, TenantStatus::Open);
    o.writes(tenant, "Core").await.unwrap();
    assert_ne!(o.subjects().last().unwrap(), "Acme sigue abierto");
    // The mail comes once the relay is back.
    for _ in 0..4 {
        o.bench.clock.advance(Duration::from_secs(900));
        o.to_the_end().await;
    }
    assert_eq!(o.subjects().last().unwrap(), "Acme sigue abierto");
}

async fn waiting(o: &Office, tenant: TenantId) -> Saga {
    let sagas = o.bench.sqlite.under_way(tenant, "close").await.unwrap();
    sagas.into_iter().next().unwrap()
}
