//! The past, the audit list and verifying, on the real store.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{TestProcess, add_person, add_team, create, ids, rename_person};
use raally_app::Error;
use raally_app::audit::{self, AuditPage, AuditQuery};
use raally_app::history::{At, History};
use raally_app::ports::{Append, AppendStep, Batch, LogHead, Snapshot, Store, User};
use raally_app::tenants::{Tenant, Tenants, TenantsConfig, Write};
use raally_app::verify::verify;
use raally_app::workspaces;
use raally_domain::access::Access;
use raally_domain::decide::{Command, Op};
use raally_domain::event::{Action, Actor, Change, Diff, Event, Head, Step, StepKind};
use raally_domain::ids::{EventId, HistoryId, PersonId, PersonalRef, StepId, TenantId, UserId};
use raally_domain::kinds::{History as OldRow, Kind, Role};
use raally_domain::personal::Personal;
use raally_domain::plan::PlanSnapshot;
use serde_json::{Value, json};
use uuid::Uuid;

fn small() -> TenantsConfig {
    TenantsConfig {
        snapshot_every: 10,
        ..TenantsConfig::default()
    }
}

const ANA: Uuid = Uuid::from_u128(1);

/// A workspace where Ana is renamed every hour; the heads of each.
async fn renamed(bench: &TestProcess, tenants: &Tenants) -> (Arc<Tenant>, UserId, Vec<Head>) {
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = tenants.open(id).await.unwrap();
    let mut heads = Vec::new();
    bench.clock.advance(Duration::from_secs(3600));
    let first = tenant
        .submit(add_person(admin, ANA, "Ana 0"))
        .await
        .unwrap();
    heads.push(first.head);
    for n in 1..30 {
        bench.clock.advance(Duration::from_secs(3600));
        let write = rename_person(admin, ANA, &format!("Ana {n}"), None);
        heads.push(tenant.submit(write).await.unwrap().head);
    }
    (tenant, admin, heads)
}

#[tokio::test]
async fn the_plan_as_it_was_at_a_head_or_an_instant() {
    let bench = TestProcess::new(1);
    let tenants = bench.tenants(small());
    let start = bench.services.now();
    let (tenant, _, heads) = renamed(&bench, &tenants).await;
    let now = tenant.published();
    let history = History::new(bench.services.clone());
    let name = |plan: &raally_domain::plan::Plan| {
        let ana = plan.people().get(&PersonId(ANA));
        ana.map(|p| p.person.name().to_owned())
    };
    for (n, head) in heads.iter().enumerate() {
        let was = history.as_of(&now, At::Head(*head)).await.unwrap();
        assert_eq!(name(&was), Some(format!("Ana {n}")));
        assert_eq!(was.head(), *head);
        let hours = i64::try_from(n).unwrap() + 1;
        let at = |micros: i64| {
            At::Timestamp(raally_domain::time::Timestamp::from_micros(
                start.micros() + micros,
            ))
        };
        let was = history
            .as_of(&now, at(hours * 3_600_000_000))
            .await
            .unwrap();
        assert_eq!(name(&was), Some(format!("Ana {n}")));
        let before = history
            .as_of(&now, at(hours * 3_600_000_000 - 1))
            .await
            .unwrap();
        assert_eq!(name(&before), n.checked_sub(1).map(|n| format!("Ana {n}")));
    }
    let at = |at: &str| at.parse::<At>().unwrap();
    let none = history.as_of(&now, at("2020-01-01T00:00:00Z")).await;
    assert!(matches!(none, Err(Error::NotFound(_))));
    let future = history
        .as_of(&now, at("2100-01-01T00:00:00Z"))
        .await
        .unwrap();
    assert!(Arc::ptr_eq(&future, &now));
    assert!(matches!(
        history.as_of(&now, at("1.99")).await,
        Err(Error::Invalid { .. })
    ));
    assert!(matches!(
        history.as_of(&now, at("2.3")).await,
        Err(Error::Reset { .. })
    ));
    assert!("yesterday".parse::<At>().is_err());
}

async fn page(bench: &TestProcess, tenant: &Tenant, role: Role, query: AuditQuery) -> AuditPage {
    let access = Access {
        user: UserId(Uuid::from_u128(3)),
        role,
        person: None,
    };
    let query = AuditQuery {
        limit: if query.limit == 0 { 50 } else { query.limit },
        ..query
    };
    audit::list(&bench.services, &tenant.published(), &access, &query)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_audit_list_tells_who_changed_what_page_by_page() {
    let bench = TestProcess::new(2);
    let tenants = bench.tenants(small());
    let (tenant, admin, _) = renamed(&bench, &tenants).await;
    let user = User {
        id: admin,
        email: "boss@example.com".to_owned(),
        full_name: "The Boss".to_owned(),
        password_hash: None,
        locale: None,
        last_view: None,
        email_verified: true,
        created_at: bench.services.now(),
        imported: None,
    };
    bench.services.identity.create_user(user).await.unwrap();

    let all = page(&bench, &tenant, Role::Admin, AuditQuery::default()).await;
    assert_eq!(all.items.len(), 32);
    assert!(all.next.is_none() && all.items.is_sorted_by(|a, b| a.seq > b.seq));
    let latest = &all.items[0];
    assert_eq!(
        (latest.entity.as_str(), latest.action.as_str()),
        ("person", "changed")
    );
    assert_eq!(latest.label, "Ana 29");
    assert_eq!(latest.actor.as_ref().unwrap().name, "The Boss");
    assert_eq!(latest.changes.len(), 1, "{:?}", latest.changes);
    assert_eq!(latest.changes[0].field, "full_name");
    assert_eq!(
        (&latest.changes[0].before, &latest.changes[0].after),
        (&json!("Ana 28"), &json!("Ana 29"))
    );

    let mut paged = Vec::new();
    let mut before = None;
    loop {
        let query = AuditQuery {
            before,
            limit: 7,
            ..AuditQuery::default()
        };
        let next = page(&bench, &tenant, Role::Admin, query).await;
        paged.extend(next.items);
        before = next.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(paged, all.items);

    let filtered = |query| page(&bench, &tenant, Role::Admin, query);
    let text = filtered(AuditQuery {
        text: Some("aNA 7".to_owned()),
        ..AuditQuery::default()
    })
    .await;
    let seqs: Vec<u64> = text.items.iter().map(|i| i.seq).collect();
    assert_eq!(seqs, [11, 10], "as the value after and as the value before");
    let made = filtered(AuditQuery {
        action: Some(Action::Created),
        kind: Some(Kind::Person),
        ..AuditQuery::default()
    })
    .await;
    assert_eq!(made.items.len(), 1);
    let about = filtered(AuditQuery {
        entity_id: Some(ANA),
        ..AuditQuery::default()
    })
    .await;
    assert_eq!(about.items.len(), 30);
    let nobody = filtered(AuditQuery {
        actor: Some(UserId(ANA)),
        ..AuditQuery::default()
    })
    .await;
    assert_eq!(nobody.items.len(), 0);
}

#[tokio::test]
async fn pay_is_in_the_list_for_admins_alone_and_members_get_no_list() {
    let bench = TestProcess::new(3);
    let tenants = bench.tenants(small());
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = tenants.open(id).await.unwrap();
    tenant.submit(add_person(admin, ANA, "Ana")).await.unwrap();
    let pay = json!({
        "person_id": ANA, "effective_date": "2026-01-01", "type": "hourly",
        "amount": { "amount": 4200, "currency": "USD" },
    });
    let write = Write::command(admin, create(Kind::Compensation, pay), ids);
    tenant.submit(write).await.unwrap();
    let seen = page(&bench, &tenant, Role::Admin, AuditQuery::default()).await;
    assert_eq!(seen.items[0].entity, "compensation");
    assert!(format!("{:?}", seen.items[0].changes).contains("4200"));
    let seen = page(
        &bench,
        &tenant,
        Role::ResourceManager,
        AuditQuery::default(),
    )
    .await;
    assert_eq!(seen.items.len(), 3);
    assert!(!format!("{seen:?}").contains("4200"));
    for role in [Role::Member, Role::Viewer] {
        let access = Access {
            user: admin,
            role,
            person: Some(PersonId(ANA)),
        };
        let refused = audit::list(
            &bench.services,
            &tenant.published(),
            &access,
            &AuditQuery::default(),
        )
        .await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
    }
}

/// Appends a row of an imported audit log.
async fn import(bench: &TestProcess, tenant: TenantId, entity: &str, values: &str) {
    let LogHead { head, hash } = bench.store.head(tenant).await.unwrap().unwrap();
    let closed = |text: &str| {
        Personal::new(
            text.to_owned(),
            PersonalRef(bench.services.uuid()),
            bench.services.random(),
        )
    };
    let row = OldRow {
        entity: entity.to_owned(),
        entity_id: ANA.to_string(),
        action: "update".to_owned(),
        actor_email: Some(closed("boss@example.com")),
        at: "2022-08-01T12:32:13Z".parse().unwrap(),
        values: closed(values),
    };
    let event = Event {
        tenant,
        seq: head.seq + 1,
        id: EventId(bench.services.uuid()),
        recorded_at: bench.services.now(),
        occurred_at: row.at,
        actor: Actor::System("import".to_owned()),
        step: Step {
            id: StepId(bench.services.uuid()),
            kind: StepKind::Import,
        },
        change: Change::from(Diff {
            id: HistoryId(bench.services.uuid()),
            before: None,
            after: Some(row),
        }),
        implied: Vec::new(),
        previous: hash,
    };
    let stored = event.store();
    let append = Append {
        tenant,
        expected: Some(LogHead { head, hash }),
        steps: vec![AppendStep {
            events: vec![(event, stored)],
            response: None,
        }],
    };
    let batch = Batch {
        appends: vec![append],
        ..Batch::default()
    };
    bench.store.append(batch).await.unwrap();
}

#[tokio::test]
async fn imported_rows_are_found_by_what_they_say() {
    let bench = TestProcess::new(4);
    let tenants = bench.tenants(small());
    let (id, admin) = bench.workspace("Acme").await;
    let account = User {
        id: admin,
        email: "boss@example.com".to_owned(),
        full_name: "The Boss".to_owned(),
        password_hash: None,
        locale: None,
        last_view: None,
        email_verified: true,
        created_at: bench.services.now(),
        imported: None,
    };
    bench.services.identity.create_user(account).await.unwrap();
    import(&bench, id, "person", r#"{"id":"x","fullName":"Ana Old"}"#).await;
    import(
        &bench,
        id,
        "compensation",
        r#"{"type":"hourly","monetary":25}"#,
    )
    .await;
    let tenant = tenants.open(id).await.unwrap();
    let find = |role, query| page(&bench, &tenant, role, query);

    let person = AuditQuery {
        kind: Some(Kind::Person),
        ..AuditQuery::default()
    };
    let rows = find(Role::Admin, person.clone()).await.items;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].imported);
    assert_eq!(
        (rows[0].label.as_str(), rows[0].action.as_str()),
        ("Ana Old", "changed")
    );
    assert_eq!(
        rows[0].occurred_at.to_string(),
        "2022-08-01T12:32:13.000000Z"
    );
    let by_boss = AuditQuery {
        actor: Some(admin),
        ..AuditQuery::default()
    };
    assert_eq!(find(Role::Admin, by_boss).await.items.len(), 4);
    let by_nobody = AuditQuery {
        actor: Some(UserId(ANA)),
        ..AuditQuery::default()
    };
    assert_eq!(find(Role::Admin, by_nobody).await.items.len(), 0);
    let made = AuditQuery {
        action: Some(Action::Created),
        ..person
    };
    assert_eq!(find(Role::Admin, made).await.items.len(), 0);
    let everything = find(Role::ResourceManager, AuditQuery::default()).await;
    assert_eq!(everything.items.len(), 3);
    assert!(!format!("{everything:?}").contains("25"));
}

#[tokio::test]
async fn a_sound_tenant_verifies_and_each_kind_of_damage_is_named() {
    let bench = TestProcess::new(5);
    let tenants = bench.tenants(small());
    let (tenant, admin, _) = renamed(&bench, &tenants).await;
    let id = tenant.id();
    let member = Uuid::from_u128(50);
    let join = workspaces::join(UserId(member), Role::Viewer, admin);
    tenant.submit(join).await.unwrap();
    let leave = Command {
        op: Op::Delete,
        id: Some(member),
        ..create(Kind::Member, Value::Null)
    };
    tenant
        .submit(Write::command(admin, leave, ids))
        .await
        .unwrap();
    tenant.submit(add_team(admin, "Design")).await.unwrap();
    drop(tenant);
    tenants.close().await;
    let tenants = bench.tenants(small());
    let tenant = tenants.open(id).await.unwrap();

    let report = verify(&bench.services, Some(&tenants), id).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.events, report.head.seq), (35, 35));
    assert!(report.snapshots > 0);

    // A snapshot whose plan is another.
    let mut forged = (*tenant.published()).clone();
    let change = Change::from(Diff {
        id: raally_domain::ids::TeamId(Uuid::from_u128(1)),
        before: None,
        after: Some(raally_domain::kinds::Team {
            name: "Forged".to_owned(),
        }),
    });
    forged.apply_provisional(&change).unwrap();
    let head = Head { epoch: 1, seq: 35 };
    let bytes = PlanSnapshot::of(&forged).to_bytes();
    bench
        .store
        .save_snapshot(id, Snapshot { head, bytes })
        .await
        .unwrap();
    let found = verify(&bench.services, None, id).await.unwrap().differences;
    assert!(found[0].contains("snapshot at 1.35"), "{found:?}");
    bench.store.drop_snapshots(id, &[head]).await.unwrap();

    let damage = |sql: &str| {
        let file = bench.folder.path().join("raally.db");
        let conn = rusqlite::Connection::open(file).unwrap();
        assert!(conn.execute(sql, []).unwrap() > 0, "{sql}");
    };
    let differences = async || {
        verify(&bench.services, Some(&tenants), id)
            .await
            .unwrap()
            .differences
    };
    damage("UPDATE tenants SET name = 'Evil'");
    assert!(differences().await[0].contains("looked up as Evil"));
    damage("UPDATE tenants SET name = 'Acme'");
    damage("UPDATE memberships SET role = 'viewer'");
    assert!(differences().await[0].contains("membership of"));
    damage("UPDATE memberships SET role = 'admin'");
    assert_eq!(differences().await, Vec::<String>::new());
    damage("UPDATE personal_values SET value = '\"Eve\"' WHERE value = '\"Ana 7\"'");
    assert!(differences().await[0].contains("does not match its commitment"));
    damage("UPDATE personal_values SET value = '\"Ana 7\"' WHERE value = '\"Eve\"'");
    damage(
        "UPDATE bodies SET body = replace(body, 'seq\":9,', 'seq\":8,') WHERE body LIKE '%seq\":9,%'",
    );
    assert!(differences().await[0].contains("hash of event 9 "));
}
