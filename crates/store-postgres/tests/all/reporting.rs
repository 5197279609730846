//! The reporting tables on PostgreSQL hold what the plan's figures are.

use std::sync::Arc;
use std::time::Duration;

use crate::app_support::{SeededIds, TestClock};
use crate::figures_support::edits::{Edit, edit};
use crate::figures_support::{World as Company, id, random};
use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use raally_adapters::in_process;
use raally_app::Services;
use raally_app::consumers::{Registered, Runner};
use raally_app::contract::Log;
use raally_app::ports::{
    Acknowledgement, Batch, Clock, DirtyRange, DirtySubject, Erasure, Message, OffsetCommit,
    RefreshBatch, Reporting, Store,
};
use raally_app::reporting::{REPORTING, Refresher, ReportingConsumer, horizon};
use raally_app::tenants::{Tenants, TenantsConfig};
use raally_app::verify::{self, Compared};
use raally_domain::date::Date;
use raally_domain::event::{Change, Diff, Recorded};
use raally_domain::figures::PersonFigures;
use raally_domain::ids::{PersonId, PersonalRef, PlacementId, TeamId};
use raally_domain::kinds::{Entity, JobTitle, Project, Team};
use raally_domain::personal::Personal;
use raally_domain::plan::Plan;
use raally_domain::written::NotWritten;
use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::{Database, raw};

/// A tenant on PostgreSQL, with what fills its reporting tables.
struct Desk {
    database: Database,
    store: Arc<PostgresStore>,
    clock: Arc<TestClock>,
    services: Services,
    tenants: Tenants,
    runner: Runner,
    refresher: Refresher,
    log: Log,
    /// The plan of the log.
    plan: Plan,
}

impl Desk {
    async fn new() -> Desk {
        let database = Database::fresh().await;
        let store = Arc::new(database.store().await);
        let clock = Arc::new(TestClock::new());
        let adapters = in_process(clock.clone(), Arc::new(SeededIds::new(1)));
        let services = Services::new(store.clone(), adapters).with_reporting(store.clone());
        let tenants = Tenants::new(services.clone(), TenantsConfig::default());
        let consumer = ReportingConsumer::new(tenants.clone()).unwrap();
        Desk {
            runner: Runner::new(services.clone(), Registered::projection(consumer)),
            refresher: Refresher::new(tenants.clone()).unwrap(),
            log: Log::new(1),
            plan: Plan::empty(Log::new(1).tenant, 1),
            database,
            store,
            clock,
            services,
            tenants,
        }
    }

    /// Appends the changes that this release writes; the random ones may be ahead of it.
    async fn append(&mut self, changes: impl IntoIterator<Item = Change>) {
        let mut events = Vec::new();
        for change in changes {
            let written = match Recorded::from(change).as_written(&self.plan) {
                Err(NotWritten::NotYet(_)) => continue,
                written => written.unwrap(),
            };
            for recorded in written {
                self.plan.apply_recorded(&recorded).unwrap();
                events.push(recorded);
            }
        }
        let appends = vec![self.log.append(events)];
        let batch = Batch {
            appends,
            ..Batch::default()
        };
        self.store.append(batch).await.unwrap();
    }

    /// Has the consumer take the log to its end.
    async fn consume(&self) {
        let last = self.log.written.last().unwrap();
        let message = Message {
            stream: self.log.tenant.into(),
            seq: last.seq,
            body: last.stored.body.as_str().into(),
            trace: None,
        };
        assert_eq!(self.runner.consume(&message).await, Acknowledgement::Ack);
    }

    async fn refresh(&self) {
        while self.refresher.round().await.unwrap() > 0 {}
    }

    async fn write(&mut self, changes: impl IntoIterator<Item = Change>) {
        self.append(changes).await;
        self.consume().await;
        self.refresh().await;
    }

    async fn compare(&self) -> Compared {
        let wait = Duration::ZERO;
        verify::reporting(&self.services, &*self.store, self.log.tenant, wait)
            .await
            .unwrap()
    }

    async fn sound(&self) {
        let found = self.compare().await;
        assert_eq!(found.differences, [""; 0]);
        assert!(found.compared > 0);
    }

    async fn statement(&self, sql: &str) -> u64 {
        let client = raw(&self.database.superuser()).await;
        client.execute(sql, &[]).await.unwrap()
    }

    async fn number(&self, sql: &str) -> i64 {
        let client = raw(&self.database.superuser()).await;
        client.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// What a user's own sums come to, against the domain's.
    async fn sums(&self) {
        let tenant = self.tenants.open(self.log.tenant).await.unwrap();
        tenant.catch_up().await.unwrap();
        let (plan, period) = (tenant.published(), horizon(self.clock.now()));
        for entry in plan.people().values() {
            let figures = PersonFigures::of(&plan, entry, period);
            let totals = figures.totals(period);
            let sql = format!(
                "SELECT coalesce(sum(capacity_minutes::int8 * 1000000000 + booked_minutes), 0)::int8
                 FROM reporting.capacity_by_day WHERE person_id = '{}'",
                entry.id
            );
            let expected = totals.capacity * 1_000_000_000 + totals.booked;
            assert_eq!(self.number(&sql).await, i64::try_from(expected).unwrap());
            for project in plan.projects().keys() {
                let (booked, tentative) = figures.project(*project, period);
                let sql = format!(
                    "SELECT coalesce(sum(booked_minutes::int8 * 1000000000 + tentative_minutes), 0)::int8
                     FROM reporting.booked_by_day WHERE person_id = '{}' AND project_id = '{project}'",
                    entry.id
                );
                let expected = booked * 1_000_000_000 + tentative;
                assert_eq!(self.number(&sql).await, i64::try_from(expected).unwrap());
            }
        }
    }
}

/// Each name has a place of its own.
fn named(mut company: Company) -> Company {
    for (n, (_, person)) in company.people.iter_mut().enumerate() {
        let reference = PersonalRef(id(0x60, n));
        person.full_name = Personal::new(person.name().to_owned(), reference, [1; 16]);
    }
    company
}

/// The same companies every time.
fn runner() -> TestRunner {
    TestRunner::new(Config {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_123),
        ..Config::default()
    })
}

fn company(runner: &mut TestRunner) -> Company {
    named(random::world().new_tree(runner).unwrap().current())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_follow_random_plans_through_random_changes() {
    let mut random = runner();
    for _ in 0..4 {
        let mut desk = Desk::new().await;
        let mut company = company(&mut random);
        desk.write(company.changes()).await;
        desk.sound().await;
        desk.sums().await;
        let edits = vec(edit(), 24).new_tree(&mut random).unwrap().current();
        for (n, edit) in edits.into_iter().enumerate() {
            let Some(change) = edit.clone().apply(&mut company, n) else {
                continue;
            };
            desk.append([change]).await;
            // Some are worked out alone, some together.
            if n % 3 != 2 {
                desk.consume().await;
                desk.refresh().await;
                let found = desk.compare().await;
                assert_eq!(found.differences, [""; 0], "after {edit:?}");
            }
        }
        desk.consume().await;
        desk.refresh().await;
        desk.sound().await;
        desk.sums().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_come_and_go_with_time() {
    let mut desk = Desk::new().await;
    let mut company = company(&mut runner());
    // Works and is booked for ever.
    company.books(
        random::person_id(0),
        random::project_id(0),
        ("2025-01-01", "2029-12-31"),
        crate::figures_support::per_week(600),
    );
    desk.write(company.changes()).await;
    let before = horizon(desk.clock.now());
    let days = "SELECT count(DISTINCT day) FROM reporting.capacity_by_day
                WHERE day < date '2025-03-15' OR day > date '2028-03-20'";
    let early = desk.number(days).await;
    assert!(early > 0, "nothing before {}", before.from());
    desk.clock.advance(Duration::from_secs(35 * 24 * 3600));
    let after = horizon(desk.clock.now());
    assert_eq!(after.from().days() - before.from().days(), 35);
    desk.refresh().await;
    desk.sound().await;
    desk.sums().await;
    let outside = format!(
        "SELECT count(*) FROM reporting.capacity_by_day WHERE day < '{}' OR day > '{}'",
        after.from(),
        after.to()
    );
    assert_eq!(desk.number(&outside).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_again_changes_nothing_and_only_the_holder_of_the_lease_writes() {
    let mut desk = Desk::new().await;
    let company = company(&mut runner());
    desk.append(company.changes()).await;
    desk.consume().await;
    desk.consume().await;
    let (store, tenant) = (&desk.store, desk.log.tenant);
    let (now, last) = (desk.clock.now(), horizon(desk.clock.now()).to());
    let until = |s| raally_app::services::later(now, Duration::from_secs(s));
    let dirt = store.dirty_ranges(tenant, 1_000).await.unwrap();
    assert_eq!(dirt[0].subject, DirtySubject::Everyone);

    let leased = store.lease("a", now, until(5), last, 8).await.unwrap();
    assert_eq!(leased, [tenant]);
    let leased = store.lease("b", now, until(5), last, 8).await.unwrap();
    assert_eq!(leased, []);
    let leased = store.lease("b", until(5), until(9), last, 8).await.unwrap();
    assert_eq!(leased, [tenant]);
    let covers = RefreshBatch {
        covers: dirt.clone(),
        ..RefreshBatch::default()
    };
    assert!(!store.replace("a", tenant, &covers).await.unwrap());
    assert!(!store.mark_more_dirty("a", tenant, &dirt).await.unwrap());
    let settled = store.settle("a", tenant, horizon(now), now).await.unwrap();
    assert!(!settled);
    assert_eq!(store.dirty_ranges(tenant, 1_000).await.unwrap(), dirt);

    // What grows while it is worked out is worked out again.
    let offset = store.inbox(REPORTING, tenant.into()).await.unwrap();
    let more = DirtyRange {
        seq: offset + 1,
        ..dirt[0]
    };
    let commit = OffsetCommit {
        consumer: REPORTING,
        stream: tenant.into(),
        from: offset,
        to: offset + 1,
        event: None,
    };
    assert!(store.mark_dirty(commit, &[more]).await.unwrap());
    assert!(!store.mark_dirty(commit, &[more]).await.unwrap());
    assert!(store.replace("b", tenant, &covers).await.unwrap());
    assert_eq!(store.dirty_ranges(tenant, 1_000).await.unwrap(), [more]);
    let settled = store.settle("b", tenant, horizon(now), now).await.unwrap();
    assert!(!settled, "there is dirt left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_worked_out_again_and_is_the_same_is_not_written() {
    let mut desk = Desk::new().await;
    let company = company(&mut runner());
    desk.write(company.changes()).await;
    let days = horizon(desk.clock.now());
    let everyone = format!(
        "WITH work AS (INSERT INTO raally.reporting_work (tenant_id) VALUES ('{0}'))
         INSERT INTO raally.reporting_dirt (tenant_id, kind, id, from_day, to_day, seq)
         SELECT '{0}', 'all', '{1}', {2}, {3}, seq FROM raally.streams WHERE tenant_id = '{0}'",
        desk.log.tenant,
        uuid::Uuid::nil(),
        days.from().days(),
        days.to().days()
    );
    let written = "SELECT max(xmin::text::int8) FROM (
                       SELECT xmin FROM reporting.capacity_by_day
                       UNION ALL SELECT xmin FROM reporting.booked_by_day
                       UNION ALL SELECT xmin FROM reporting.time_off_by_day
                       UNION ALL SELECT xmin FROM reporting.people) rows";
    let before = desk.number(written).await;
    assert!(before > 0);
    assert_eq!(desk.statement(&everyone).await, 1);
    desk.refresh().await;
    assert_eq!(desk.number(written).await, before);
    desk.sound().await;
    // Of a person whose rows are wrong, those alone are written again.
    let tampered = "UPDATE reporting.capacity_by_day SET booked_minutes = booked_minutes + 1
                    WHERE day = (SELECT max(day) FROM reporting.capacity_by_day)";
    let wrong = desk.statement(tampered).await;
    assert!(wrong > 0);
    let since = desk.number(written).await;
    assert_eq!(desk.statement(&everyone).await, 1);
    desk.refresh().await;
    let again =
        format!("SELECT count(*) FROM reporting.capacity_by_day WHERE xmin::text::int8 > {since}");
    assert_eq!(desk.number(&again).await, i64::try_from(wrong).unwrap());
    desk.sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_name_does_not_come_back() {
    let mut desk = Desk::new().await;
    let mut company = company(&mut runner());
    desk.write(company.changes()).await;
    let person: PersonId = company.people[0].0;
    let name = format!("SELECT count(name) FROM reporting.people WHERE person_id = '{person}'");
    assert_eq!(desk.number(&name).await, 1);
    let erasure = Erasure {
        subject: person.0,
        also: Vec::new(),
        keep: Vec::new(),
        epoch: 1,
    };
    let erased = desk.store.erase_personal(desk.log.tenant, erasure).await;
    let erased = erased.unwrap();
    assert_eq!(erased.values, 1);
    desk.log.head.as_mut().unwrap().head = erased.head.unwrap();
    assert_eq!(desk.number(&name).await, 0);
    // The plan in memory still knows it when the person's rows are written again.
    let title = JobTitle {
        person_id: person,
        title: "Developer".to_owned(),
        effective_date: Date::from_ymd(2026, 2, 1).unwrap(),
        created_seq: 900,
    };
    desk.write(Edit::Promote(title).apply(&mut company, 0))
        .await;
    assert_eq!(desk.number(&name).await, 0);
    let titled = name.replace("count(name)", "count(job_title)");
    assert_eq!(desk.number(&titled).await, 1);
    desk.sound().await;
}

/// Two processes refresh while events come: nothing is lost between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_refreshers_beside_the_consumer_settle_what_is_last() {
    let mut random = runner();
    let mut desk = Desk::new().await;
    let mut company = company(&mut random);
    desk.append(company.changes()).await;
    desk.consume().await;
    let other = Tenants::new(desk.services.clone(), TenantsConfig::default());
    let stop = tokio::sync::watch::Sender::new(false);
    let mut running = tokio::task::JoinSet::new();
    for tenants in [desk.tenants.clone(), other] {
        let refresher = Refresher::new(tenants).unwrap();
        let stopped = stop.subscribe();
        running.spawn(async move { refresher.run(stopped).await });
    }
    let edits = vec(edit(), 60).new_tree(&mut random).unwrap().current();
    for (n, edit) in edits.into_iter().enumerate() {
        let Some(change) = edit.apply(&mut company, n) else {
            continue;
        };
        desk.append([change]).await;
        desk.consume().await;
    }
    let wait = Duration::from_secs(60);
    let tenant = desk.log.tenant;
    let found = verify::reporting(&desk.services, &*desk.store, tenant, wait).await;
    stop.send_replace(true);
    running.join_all().await;
    let found = found.unwrap();
    assert_eq!((found.differences, found.behind), (vec![], None));
    desk.sums().await;
}

fn changed<E: Entity>(id: E::Id, before: &E, after: Option<E>) -> Change
where
    Change: From<Diff<E>>,
{
    let before = Some(before.clone());
    Diff { id, before, after }.into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_renamed_or_removed_is_so_in_the_tables() {
    let mut desk = Desk::new().await;
    let mut company = Company::new();
    let team = TeamId(id(0x70, 0));
    let named = |name: &str| Team {
        name: name.to_owned(),
    };
    company.teams.push((team, named("Web")));
    let (ana, apollo) = (company.person("Ana"), company.project("Apollo"));
    company.placed(ana, "1970-01-01", Some(team), None);
    company.placements[0].0 = PlacementId::from_the_beginning(ana);
    let days = ("2026-03-02", "2026-05-01");
    let booking = company.books(ana, apollo, days, crate::figures_support::per_day(60));
    desk.write(company.changes()).await;

    let renamed = changed(team, &named("Web"), Some(named("Apps")));
    desk.write([renamed]).await;
    desk.sound().await;
    let apps = "SELECT count(*) FROM reporting.people WHERE team = 'Apps'";
    assert_eq!(desk.number(apps).await, 1);

    let project = &company.projects[0].1;
    let other = Project {
        name: "Artemis".to_owned(),
        ..project.clone()
    };
    desk.write([changed(apollo, project, Some(other.clone()))])
        .await;
    desk.sound().await;
    let artemis = "SELECT count(*) FROM reporting.projects WHERE name = 'Artemis'";
    assert_eq!(desk.number(artemis).await, 1);

    let booked = "SELECT count(*) FROM reporting.booked_by_day";
    assert!(desk.number(booked).await > 0);
    let assignment = &company.assignments[0].1;
    desk.write([changed(booking, assignment, None)]).await;
    assert_eq!(desk.number(booked).await, 0);
    desk.sound().await;
    let person = &company.people[0].1;
    desk.write([changed(apollo, &other, None), changed(ana, person, None)])
        .await;
    for table in ["people", "projects", "capacity_by_day"] {
        let rows = format!("SELECT count(*) FROM reporting.{table}");
        assert_eq!(desk.number(&rows).await, 0, "{table}");
    }
    assert!(desk.compare().await.is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_tampered_with_is_found() {
    let mut desk = Desk::new().await;
    let mut company = Company::new();
    let (person, project) = (company.person("Ana"), company.project("Apollo"));
    let days = ("2026-03-02", "2026-05-01");
    company.books(person, project, days, crate::figures_support::per_day(60));
    company.away(person, "2026-03-05", "2026-03-06", Some(30));
    desk.write(company.changes()).await;
    desk.sound().await;
    let stranger = id(0xaa, 1);
    for (sql, names) in [
        (
            "UPDATE reporting.capacity_by_day SET booked_minutes = booked_minutes + 1 WHERE day = '2026-03-04'",
            "capacity_by_day",
        ),
        (
            "UPDATE reporting.booked_by_day SET billable_minutes = billable_minutes - 1 WHERE day = '2026-03-09' AND billable_minutes > 0",
            "booked_by_day",
        ),
        (
            "DELETE FROM reporting.booked_by_day WHERE day = '2026-03-10'",
            "booked_by_day",
        ),
        (
            "DELETE FROM reporting.time_off_by_day WHERE day = '2026-03-05'",
            "time_off_by_day",
        ),
        ("UPDATE reporting.people SET team = 'Others'", "people"),
        ("DELETE FROM reporting.people", "people lacks"),
        (
            "INSERT INTO reporting.people SELECT tenant_id, gen_random_uuid(), name, NULL, NULL, NULL, NULL, false FROM reporting.people LIMIT 1",
            "people has",
        ),
        (
            "UPDATE reporting.projects SET billable = NOT billable",
            "projects",
        ),
        ("DELETE FROM reporting.projects", "projects lacks"),
        (
            &format!(
                "INSERT INTO reporting.time_off_by_day SELECT tenant_id, '{stranger}', day, time_off_id, kind, status, minutes FROM reporting.time_off_by_day LIMIT 1"
            ),
            "of nobody",
        ),
    ] {
        let client = raw(&desk.database.superuser()).await;
        let copy = "CREATE TABLE copy_{} AS SELECT * FROM reporting.{}";
        let tables = [
            "people",
            "projects",
            "capacity_by_day",
            "booked_by_day",
            "time_off_by_day",
        ];
        for table in tables {
            client
                .batch_execute(&copy.replace("{}", table))
                .await
                .unwrap();
        }
        assert!(desk.statement(sql).await > 0, "{sql}");
        let found = desk.compare().await;
        assert!(
            found.differences.iter().any(|d| d.contains(names)),
            "{sql}: {found:?}"
        );
        for table in tables {
            let back = format!(
                "TRUNCATE reporting.{table}; INSERT INTO reporting.{table} SELECT * FROM copy_{table};
                 DROP TABLE copy_{table}"
            );
            client.batch_execute(&back).await.unwrap();
        }
        desk.sound().await;
    }
}
