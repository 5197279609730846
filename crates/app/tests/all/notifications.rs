//! Steps become notifications, once, and unread ones a digest.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::{TestProcess, create, first_id, ids};
use async_trait::async_trait;
use parking_lot::Mutex;
use raally_adapters::cache::MemoryCache;
use raally_app::Services;
use raally_app::consumers::{NotificationService, Registered, Runner};
use raally_app::digest::Digests;
use raally_app::notifications::channel;
use raally_app::ports::{
    Acknowledgement, Cache, Mail, MailError, Mailer, Message, Notification, Notifications,
    Preference, PreferencePatch, User,
};
use raally_app::tenants::{Tenants, TenantsConfig, Write};
use raally_app::workspaces;
use raally_domain::decide::{Command, Op, TakeBack};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{Kind, Role};
use raally_domain::notifications::NotificationKind;
use serde_json::{Value, json};
use uuid::Uuid;

/// A workspace with an admin, and Bo, a member who is a person; a project to work on.
struct Scene {
    bench: TestProcess,
    tenants: Tenants,
    cache: Arc<dyn Cache>,
    tenant: TenantId,
    admin: UserId,
    bo: UserId,
    bo_person: Uuid,
    project: Uuid,
}

impl Scene {
    async fn new() -> Scene {
        let bench = TestProcess::new(7);
        let (tenant, admin) = bench.workspace("Acme").await;
        let tenants = bench.tenants(TenantsConfig::default());
        let cache = MemoryCache::new(bench.clock.clone(), 1 << 20);
        let mut scene = Scene {
            bench,
            tenants,
            cache: Arc::new(cache),
            tenant,
            admin,
            bo: admin,
            bo_person: Uuid::nil(),
            project: Uuid::nil(),
        };
        scene.bo = scene.member("bo", Role::Member).await;
        scene.bo_person = scene
            .add(
                Kind::Person,
                json!({ "full_name": "Bo", "user_id": scene.bo }),
            )
            .await;
        scene.project = scene.add(Kind::Project, json!({ "name": "Apollo" })).await;
        scene
    }

    async fn member(&self, name: &str, role: Role) -> UserId {
        let user = User {
            id: UserId(self.bench.services.uuid()),
            email: format!("{name}@example.com"),
            full_name: name.to_owned(),
            password_hash: None,
            locale: Some("es".to_owned()),
            last_view: None,
            email_verified: true,
            created_at: self.bench.services.now(),
            imported: None,
        };
        let services = &self.bench.services;
        services.identity.create_user(user.clone()).await.unwrap();
        let tenant = self.tenants.open(self.tenant).await.unwrap();
        let join = workspaces::join(user.id, role, self.admin);
        tenant.submit(join).await.unwrap();
        user.id
    }

    async fn submit(&self, write: Write) -> Uuid {
        let tenant = self.tenants.open(self.tenant).await.unwrap();
        let answer = tenant.submit(write).await.unwrap();
        first_id(&answer.rendered)
    }

    async fn add(&self, resource: Kind, body: Value) -> Uuid {
        self.submit(Write::command(self.admin, create(resource, body), ids))
            .await
    }

    async fn change(&self, resource: Kind, id: Uuid, body: Value) {
        let command = Command {
            op: Op::Update,
            resource,
            id: Some(id),
            expect: None,
            body,
        };
        self.submit(Write::command(self.admin, command, ids)).await;
    }

    fn work(&self, minutes: u32) -> Value {
        json!({
            "person_id": self.bo_person, "project_id": self.project,
            "start": "2026-03-02", "end": "2026-03-06",
            "effort": { "per": "day", "minutes": minutes },
        })
    }

    fn service(&self) -> NotificationService {
        NotificationService::new(Services {
            cache: self.cache.clone(),
            ..self.bench.services.clone()
        })
    }

    /// Hands every event to the consumer of a new process.
    async fn consume(&self) {
        self.hand_over(&self.bench.messages(self.tenant).await)
            .await;
    }

    /// Hands the last event alone to the consumer of a new process, which missed those before it.
    async fn catch_up(&self) {
        let last = self.bench.messages(self.tenant).await.pop();
        self.hand_over(last.as_slice()).await;
    }

    async fn hand_over(&self, messages: &[Message]) {
        let service = Registered::projection(self.service());
        let runner = Runner::new(self.bench.services.clone(), service);
        assert!(!messages.is_empty());
        for message in messages {
            assert_eq!(runner.consume(message).await, Acknowledgement::Ack);
        }
    }

    async fn told(&self, user: UserId) -> Vec<Notification> {
        let list = self.bench.sqlite.list(self.tenant, user, false, None, 100);
        list.await.unwrap()
    }

    async fn kinds(&self, user: UserId) -> Vec<(NotificationKind, u32)> {
        let told = self.told(user).await;
        let mut kinds: Vec<_> = told.iter().map(|n| (n.kind, n.count)).collect();
        kinds.sort_unstable();
        kinds
    }
}

#[tokio::test]
async fn a_person_is_told_of_work_once_whatever_comes_again() {
    let scene = Scene::new().await;
    let mut heard = scene
        .cache
        .listen(&channel(scene.tenant, scene.bo))
        .await
        .unwrap();
    let assignment = scene.add(Kind::Assignment, scene.work(60)).await;
    scene.consume().await;
    let told = scene.told(scene.bo).await;
    let [one] = &told[..] else { panic!("{told:?}") };
    assert_eq!(one.kind, NotificationKind::Assigned);
    assert_eq!(one.actor, Some(scene.admin));
    assert_eq!(one.entity.unwrap().id, assignment);
    assert_eq!(one.project.unwrap().0, scene.project);
    let days = (one.from.unwrap().to_string(), one.to.unwrap().to_string());
    assert_eq!(days, ("2026-03-02".to_owned(), "2026-03-06".to_owned()));
    // Monday 09:00 UTC: the digest is Tuesday's.
    assert_eq!(
        one.digest_at.unwrap().to_string(),
        "2026-03-03T07:00:00.000000Z"
    );
    heard.try_recv().expect("it was announced");
    for _ in 0..3 {
        scene.consume().await;
    }
    assert_eq!(scene.told(scene.bo).await, told);
    assert!(
        scene.told(scene.admin).await.is_empty(),
        "it was the admin's own doing"
    );
}

#[tokio::test]
async fn a_step_is_one_notification_and_undoing_it_another() {
    let scene = Scene::new().await;
    let project = create(Kind::Project, json!({ "name": "Gemini" }));
    let mut commands: Vec<Command> = (0..700)
        .map(|_| create(Kind::Assignment, scene.work(1)))
        .collect();
    // Neither the first nor the last event is one that concerns anybody.
    commands.insert(0, project.clone());
    commands.push(project);
    scene
        .submit(Write::commands(scene.admin, commands, ids))
        .await;
    scene.consume().await;
    let mut expected = vec![
        (NotificationKind::Assigned, 700),
        (NotificationKind::Overbooked, 1),
    ];
    assert_eq!(scene.kinds(scene.bo).await, expected);
    scene
        .submit(Write::take_back(scene.admin, TakeBack::Last, ids))
        .await;
    scene.consume().await;
    expected.insert(1, (NotificationKind::Removed, 700));
    assert_eq!(scene.kinds(scene.bo).await, expected);
}

/// Each step was looked for the end of in the 500 events after it.
#[tokio::test]
async fn steps_that_wait_are_not_read_again_for_each_of_them() {
    let scene = Scene::new().await;
    for _ in 0..200 {
        scene.add(Kind::Assignment, scene.work(1)).await;
    }
    let commands = (0..700).map(|_| create(Kind::Assignment, scene.work(2)));
    let commands = Write::commands(scene.admin, commands.collect(), ids);
    scene.submit(commands).await;
    let read = || scene.bench.store.events_read.load(Ordering::SeqCst);
    let before = read();
    scene.catch_up().await;
    assert_eq!(scene.told(scene.bo).await.len(), 100, "a page of them");
    let read = read() - before;
    // The log, what is missed of it, and each step for itself.
    assert!(read < 4 * 910, "{read} events were read");
}

#[tokio::test]
async fn what_changes_what_goes_and_what_is_filled_is_told() {
    let scene = Scene::new().await;
    let placeholder = scene
        .add(Kind::Placeholder, json!({ "title": "Dev" }))
        .await;
    let mut work = scene.work(60);
    work["person_id"] = Value::Null;
    work["placeholder_id"] = json!(placeholder);
    let assignment = scene.add(Kind::Assignment, work).await;
    scene.consume().await;
    assert!(scene.told(scene.bo).await.is_empty());
    let person = json!({ "person_id": scene.bo_person, "placeholder_id": null });
    scene.change(Kind::Assignment, assignment, person).await;
    let longer = json!({ "end": "2026-03-13" });
    scene.change(Kind::Assignment, assignment, longer).await;
    let placeholder = json!({ "person_id": null, "placeholder_id": placeholder });
    scene
        .change(Kind::Assignment, assignment, placeholder)
        .await;
    scene.consume().await;
    let expected = [
        NotificationKind::Assigned,
        NotificationKind::Changed,
        NotificationKind::Removed,
    ];
    assert_eq!(scene.kinds(scene.bo).await, expected.map(|kind| (kind, 1)));
}

#[tokio::test]
async fn the_owner_of_a_project_is_told_of_work_that_time_off_takes() {
    let scene = Scene::new().await;
    let owner = scene.member("cleo", Role::Member).await;
    let cleo = json!({ "full_name": "Cleo", "user_id": owner });
    let cleo = scene.add(Kind::Person, cleo).await;
    let owned = json!({ "owner_id": cleo });
    scene.change(Kind::Project, scene.project, owned).await;
    scene.add(Kind::Assignment, scene.work(60)).await;
    let off = |status: &str| {
        json!({
            "person_id": scene.bo_person, "from": "2026-03-04", "to": "2026-03-12",
            "status": status,
        })
    };
    let asked = scene.add(Kind::TimeOff, off("requested")).await;
    scene.consume().await;
    assert!(scene.told(owner).await.is_empty(), "it takes nothing yet");
    scene
        .change(Kind::TimeOff, asked, json!({ "status": "approved" }))
        .await;
    scene.consume().await;
    let told = scene.told(owner).await;
    let [one] = &told[..] else { panic!("{told:?}") };
    assert_eq!(one.kind, NotificationKind::Displaced);
    assert_eq!(one.project.unwrap().0, scene.project);
    assert_eq!(one.person.unwrap().0, scene.bo_person);
    let days = (one.from.unwrap().to_string(), one.to.unwrap().to_string());
    assert_eq!(days, ("2026-03-04".to_owned(), "2026-03-12".to_owned()));
    // What takes no more than it took is no news.
    let why = json!({ "reason": "Family" });
    scene.change(Kind::TimeOff, asked, why).await;
    scene.consume().await;
    assert_eq!(scene.told(owner).await.len(), 1);
}

#[tokio::test]
async fn overbooked_days_are_told_to_the_person_and_who_plans_them() {
    let scene = Scene::new().await;
    let manager = scene.member("cleo", Role::ResourceManager).await;
    let other = scene.member("dan", Role::ResourceManager).await;
    let first = scene.add(Kind::Assignment, scene.work(300)).await;
    scene.add(Kind::Assignment, scene.work(240)).await;
    // Over capacity already: that is no news.
    scene
        .change(
            Kind::Assignment,
            first,
            json!({ "effort": { "per": "day", "minutes": 330 } }),
        )
        .await;
    scene.consume().await;
    let over: Vec<_> = scene
        .told(scene.bo)
        .await
        .into_iter()
        .filter(|n| n.kind == NotificationKind::Overbooked)
        .collect();
    let [one] = &over[..] else { panic!("{over:?}") };
    assert_eq!(one.person.unwrap().0, scene.bo_person);
    assert_eq!(one.from.unwrap().to_string(), "2026-03-02");
    assert_eq!(one.to.unwrap().to_string(), "2026-03-06");
    for user in [manager, other] {
        assert_eq!(scene.kinds(user).await, [(NotificationKind::Overbooked, 1)]);
    }
    // Once Bo has a manager, the other one is left alone.
    let cleo = json!({ "full_name": "Cleo", "user_id": manager });
    let cleo = scene.add(Kind::Person, cleo).await;
    scene
        .change(Kind::Person, scene.bo_person, json!({ "manager_id": cleo }))
        .await;
    let mut next = scene.work(600);
    next["start"] = json!("2026-04-06");
    next["end"] = json!("2026-04-06");
    scene.add(Kind::Assignment, next).await;
    scene.consume().await;
    assert_eq!(scene.kinds(manager).await.len(), 2);
    assert_eq!(scene.kinds(other).await.len(), 1);
}

#[tokio::test]
async fn who_approves_hears_of_a_request_and_the_person_of_the_answer() {
    let scene = Scene::new().await;
    let off = json!({ "person_id": scene.bo_person, "from": "2026-05-04", "to": "2026-05-05", "status": "requested" });
    let request = create(Kind::TimeOff, off);
    let off = scene.submit(Write::command(scene.bo, request, ids)).await;
    scene.consume().await;
    assert_eq!(
        scene.kinds(scene.admin).await,
        [(NotificationKind::Approver, 1)]
    );
    assert!(scene.told(scene.bo).await.is_empty());
    scene
        .change(Kind::TimeOff, off, json!({ "status": "approved" }))
        .await;
    scene.consume().await;
    assert_eq!(
        scene.kinds(scene.bo).await,
        [(NotificationKind::Changed, 1)]
    );
}

#[tokio::test]
async fn old_news_are_no_news() {
    let scene = Scene::new().await;
    scene.add(Kind::Assignment, scene.work(60)).await;
    scene
        .bench
        .clock
        .advance(Duration::from_secs(4 * 24 * 3600));
    scene.consume().await;
    assert!(scene.told(scene.bo).await.is_empty());
    scene.add(Kind::Assignment, scene.work(60)).await;
    scene.consume().await;
    assert_eq!(
        scene.kinds(scene.bo).await,
        [(NotificationKind::Assigned, 1)]
    );
    let last = scene
        .bench
        .services
        .store
        .head(scene.tenant)
        .await
        .unwrap()
        .unwrap();
    let inbox = scene
        .bench
        .services
        .store
        .inbox("notifications", scene.tenant.into());
    assert_eq!(inbox.await.unwrap(), last.head.seq);
}

#[tokio::test]
async fn nobody_is_told_what_they_do_not_want() {
    let scene = Scene::new().await;
    let set = |kind, in_app, email| {
        let preference = Preference {
            user: scene.bo,
            kind,
            in_app,
            email,
        };
        let patch = PreferencePatch {
            in_app: Some(in_app),
            email: Some(email),
        };
        scene
            .bench
            .sqlite
            .set_preference(scene.tenant, preference, patch)
    };
    set(NotificationKind::Assigned, false, false).await.unwrap();
    set(NotificationKind::Changed, true, false).await.unwrap();
    let assignment = scene.add(Kind::Assignment, scene.work(60)).await;
    scene
        .change(Kind::Assignment, assignment, scene.work(90))
        .await;
    scene.consume().await;
    let told = scene.told(scene.bo).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].kind, told[0].digest_at),
        (NotificationKind::Changed, None)
    );
}

#[derive(Default)]
struct RecordingMailer(Mutex<Vec<Mail>>);

#[async_trait]
impl Mailer for RecordingMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        self.0.lock().push(mail);
        Ok(())
    }
}

#[tokio::test]
async fn what_is_unread_is_mailed_once_in_the_readers_language() {
    let scene = Scene::new().await;
    scene.add(Kind::Assignment, scene.work(60)).await;
    scene.consume().await;
    let mailer = Arc::new(RecordingMailer::default());
    let digests = || {
        let services = Services {
            mailer: mailer.clone(),
            ..scene.bench.services.clone()
        };
        Digests::new(services.with_web_address("https://raally.example/"))
    };
    assert_eq!(digests().round().await.unwrap(), 0, "it is not seven yet");
    scene.bench.clock.advance(Duration::from_secs(22 * 3600));
    let (one, other) = (digests(), digests());
    let (one, other) = tokio::join!(one.round(), other.round());
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(digests().round().await.unwrap(), 0);
    let mailer = mailer.0.lock();
    let [mail] = &mailer[..] else {
        panic!("{mailer:?}")
    };
    assert_eq!(mail.to, "bo@example.com");
    assert_eq!(mail.subject, "Una novedad en Acme");
    let expected = "Hola, bo:\n\n- Nueva asignación: Apollo, 2026-03-02 – 2026-03-06\n\nhttps://raally.example/w/acme\n";
    assert_eq!(mail.body, expected);
}

#[tokio::test]
async fn old_notifications_go() {
    let scene = Scene::new().await;
    scene.add(Kind::Assignment, scene.work(60)).await;
    scene.consume().await;
    let auth = scene.bench.auth().await;
    let retention = scene.bench.retention(auth);
    scene
        .bench
        .clock
        .advance(Duration::from_secs(89 * 24 * 3600));
    retention.round().await.unwrap();
    assert_eq!(scene.told(scene.bo).await.len(), 1);
    scene
        .bench
        .clock
        .advance(Duration::from_secs(2 * 24 * 3600));
    retention.round().await.unwrap();
    assert!(scene.told(scene.bo).await.is_empty());
}

/// What is due first each minute must not be what can never be mailed.
#[tokio::test]
async fn a_digest_of_a_workspace_that_does_not_open_is_given_up() {
    let scene = Scene::new().await;
    scene.add(Kind::Assignment, scene.work(60)).await;
    scene.consume().await;
    scene.bench.clock.advance(Duration::from_secs(22 * 3600));
    let file = scene.bench.folder.path().join("raally.db");
    let tampering = rusqlite::Connection::open(file).unwrap();
    tampering
        .execute_batch("DELETE FROM snapshots; UPDATE bodies SET body = replace(body, '{', '[')")
        .unwrap();
    let mailer = Arc::new(RecordingMailer::default());
    let services = Services {
        mailer: mailer.clone(),
        ..scene.bench.services.clone()
    };
    let digests = Digests::new(services.with_web_address("https://raally.example/"));
    let due = || {
        let (now, notifications) = (
            raally_app::ports::Clock::now(&*scene.bench.clock),
            &scene.bench.services.notifications,
        );
        async move { notifications.digests_due(now, 10).await.unwrap().len() }
    };
    assert_eq!(due().await, 1);
    assert_eq!(digests.round().await.unwrap(), 0);
    assert_eq!(due().await, 0);
    assert!(mailer.0.lock().is_empty());
}
