//! A first import.

use raally_domain::date::{Date, Period};
use raally_domain::event::{Actor, Change, StepKind};
use raally_domain::figures::dashboard;
use raally_domain::ids::{PersonId, UserId};
use raally_domain::kinds::{Kind, PayType, ProjectType, Role};
use raally_domain::money::{Currency, Money};
use rusqlite::params;

use super::first_raally::{AT, id};
use super::lab::{Lab, skipped, tenant, uuid, workspace};

fn week() -> Period {
    let day = |text: &str| text.parse::<Date>().unwrap();
    Period::new(day("2022-09-12"), day("2022-09-18")).unwrap()
}

#[test]
fn the_sample_comes_in_whole_and_its_figures_are_right_to_the_minute() {
    let lab = Lab::sample();
    let report = lab.import();
    let one = workspace(&report, 1);
    assert_eq!(one["state"], "new");
    assert_eq!(one["people"], 24);
    assert_eq!(one["projects"], 4);
    assert_eq!(one["assignments"], 8);
    assert_eq!(one["members"], 2);
    assert_eq!(one["imported"]["job titles"]["created"], 25);
    assert_eq!(one["imported"]["compensations"]["created"], 7);
    assert_eq!(one["imported"]["audit rows"]["created"], 6);

    let plan = lab.plan(1);
    let d = dashboard(&plan, week(), false);
    // 40 + 40 + 37.5 h, and 41 h from Wednesday on.
    assert_eq!(d.capacity_minutes, 2400 + 2400 + 2250 + 41 * 60 * 3 / 5);
    // 30 + 20 + 20 + 10.5 + 15 h, and 10 h from Wednesday on; the weekend's 8 h nowhere.
    assert_eq!(d.booked_minutes, 1800 + 1200 + 1200 + 630 + 900 + 360);
    // All work of those whose hours nobody knows.
    assert_eq!(d.overtime_minutes, 1800 + 360 + 900);
    assert_eq!(d.people.no_capacity, 17);
    assert_eq!(plan.settings().accent.as_deref(), Some("cyan"));
    assert_eq!(plan.settings().slug, "eff1ac0c-0000-4a2a-85bd-8083a2ee62ee");
    let role = |n| plan.members()[&UserId(uuid("user", n))].value.role;
    assert_eq!([role(1), role(2)], [Role::Admin, Role::Admin]);
    let other = lab.plan(2);
    assert_eq!(
        other.members()[&UserId(uuid("user", 2))].value.role,
        Role::ResourceManager
    );
}

#[test]
fn values_keep_their_ids_and_meaning() {
    let lab = Lab::sample();
    lab.edit().run(
        "UPDATE assignments SET notes = 'Line one\nLine two', role = 'qa' WHERE id = ?1",
        params![id("assignment", 4)],
    );
    lab.import();
    let plan = lab.plan(1);
    let person = &plan.people()[&PersonId(uuid("person", 1))];
    assert_eq!(person.person.name(), "John Smith");
    let pay: Vec<_> = person
        .compensations
        .iter()
        .map(|c| c.value.pay.get().unwrap().clone())
        .collect();
    assert_eq!(pay[0].pay_type, PayType::Hourly);
    assert_eq!(pay[0].paid_time_off_days, Some(20));
    let amount = |amount| {
        let currency = Currency::USD;
        Some(Money { amount, currency })
    };
    assert_eq!(pay[0].amount, amount(2500));
    assert_eq!(pay[1].amount, amount(1625));
    let known = person
        .compensations
        .iter()
        .map(|c| c.id.0)
        .collect::<Vec<_>>();
    assert_eq!(known, [uuid("compensation", 1), uuid("compensation", 2)]);

    let booking = plan.booking(uuid("assignment", 4).into()).unwrap();
    let a = &booking.record.value;
    assert_eq!(a.role.as_deref(), Some("qa"));
    assert_eq!(
        a.notes.as_ref().unwrap().get().unwrap(),
        "Line one\nLine two"
    );
    let project = &plan.projects()[&a.project_id].project;
    assert_eq!(project.name, "Harbour International");
    assert_eq!(project.code.as_deref(), Some("P0003"));
    assert_eq!(project.project_type, Some(ProjectType::ManagedProject));
}

#[test]
fn old_passwords_sign_in_and_become_argon2id() {
    let lab = Lab::sample();
    lab.import();
    let tenants = lab.sign_in("User2@test.com", "Test@123").unwrap();
    assert_eq!(
        tenants,
        ["Workspace 01 Admin", "Workspace 02 ResourceManager"]
    );
    assert!(lab.sign_in("user1@test.com", "Test@124").is_err());
    let hash = lab.inside(|i| async move {
        let user = i
            .services
            .identity
            .user(UserId(uuid("user", 2)))
            .await
            .unwrap();
        user.unwrap().password_hash.unwrap()
    });
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    // Signing in is no change to the file's user.
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn what_is_deleted_stays_out_but_its_history_comes() {
    let lab = Lab::sample();
    let file = lab.edit();
    file.delete("people", &id("person", 3));
    file.audit(
        20,
        Some(id("tenant", 1)),
        ("person", &id("person", 3)),
        "delete",
    );
    let report = lab.import();
    assert_eq!(workspace(&report, 1)["people"], 23);
    assert_eq!(skipped(&report, "people", "deleted"), 1);
    assert_eq!(skipped(&report, "tenants", "deleted"), 1);
    assert_eq!(skipped(&report, "jobTitles", "deleted"), 1);
    assert_eq!(skipped(&report, "projects", "deleted"), 1);
    assert_eq!(skipped(&report, "jobTitles", "person_gone"), 1);
    assert_eq!(skipped(&report, "compensations", "person_gone"), 6);
    assert_eq!(skipped(&report, "assignments", "person_gone"), 6);
    assert_eq!(skipped(&report, "tenantUsers", "workspace_gone"), 1);
    assert_eq!(skipped(&report, "auditLogs", "no_workspace"), 1);
    assert_eq!(skipped(&report, "auditLogs", "workspace_gone"), 2);
    assert_eq!(lab.heads().len(), 2, "a deleted workspace is not imported");
    let deleted = lab.events(1).into_iter().any(|e| {
        matches!(&e.change, Change::History(d) if d.after.as_ref()
            .is_some_and(|h| h.action == "delete" && h.entity_id == id("person", 3)))
    });
    assert!(deleted);
}

#[test]
fn history_keeps_its_times_and_actors_and_is_marked_as_imported() {
    let lab = Lab::sample();
    lab.import();
    let rows = lab.inside(|i| async move {
        let store = &i.services.store;
        let filter = raally_app::ports::AuditFilter {
            kind: Some(Kind::History),
            ..Default::default()
        };
        let rows = store.audit(tenant(1), &filter, None, 100).await.unwrap();
        let mut values = Vec::new();
        for (at, logged) in rows {
            let event =
                raally_domain::event::Event::read_trusted(logged.seq, &logged.stored.body).unwrap();
            assert_eq!(event.occurred_at, at.occurred_at);
            let mut references = Vec::new();
            event
                .change
                .personal(&mut |_, slot| references.push(slot.reference()));
            let opened = store.personal_values(tenant(1), &references).await.unwrap();
            values.push((event, opened));
        }
        values
    });
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(e, _)| matches!(e.change, Change::History(_)))
        .collect();
    assert_eq!(rows.len(), 6);
    for (event, values) in rows {
        assert_eq!(event.occurred_at.to_string(), "2022-07-30T16:01:34.608000Z");
        assert_eq!(event.step.kind, StepKind::Import);
        assert_eq!(event.actor, Actor::System("import".to_owned()));
        let texts: Vec<_> = values.iter().map(|v| v.value.clone()).collect();
        assert!(
            texts.contains(&"\"user1@test.com\"".to_owned()),
            "{texts:?}"
        );
        assert!(
            texts.iter().any(|t| t.contains("Somebody Else")),
            "{texts:?}"
        );
        assert!(!texts.iter().any(|t| t.contains("s3cret")), "{texts:?}");
    }
}

#[test]
fn an_event_happened_when_its_row_was_changed_where_the_file_knows() {
    let lab = Lab::sample();
    lab.import();
    let events = lab.events(1);
    let of = |kind: Kind, id: uuid::Uuid| {
        let entity = raally_domain::kinds::EntityRef { kind, id };
        events.iter().find(|e| e.change.entity() == entity).unwrap()
    };
    let known = of(Kind::JobTitle, uuid("title", 1));
    assert_eq!(
        known.occurred_at.to_string(),
        AT.replace(' ', "T").replace("T+00:00", "000Z")
    );
    // A user's id stands where the time should be.
    let unknown = of(Kind::Person, uuid("person", 1));
    assert_eq!(unknown.occurred_at, unknown.recorded_at);
}

#[test]
fn of_two_records_on_one_date_the_later_row_is_in_force_whatever_updated_at_says() {
    let lab = Lab::bare();
    let file = lab.edit();
    file.person(1, 1, "Ana");
    // The higher id comes first in the file.
    file.job_title(9, 1, 1, "First row", "2022-01-01");
    file.job_title(2, 1, 1, "Second row", "2022-01-01");
    file.compensation(9, 1, 1, (&40, &10), "2022-01-01");
    file.compensation(2, 1, 1, (&20, &10), "2022-01-01");
    file.run(
        "UPDATE jobTitles SET updatedAt = '2030-01-01 00:00:00.000 +00:00' WHERE id = ?1",
        params![id("title", 9)],
    );
    lab.import();
    let plan = lab.plan(1);
    let person = &plan.people()[&PersonId(uuid("person", 1))];
    let day: Date = "2022-06-01".parse().unwrap();
    assert_eq!(person.title_on(day), Some("Second row"));
    assert_eq!(
        person.availability_on(day).unwrap().weekly_minutes,
        Some(1200)
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_comes() {
    let lab = Lab::sample();
    let file = lab.edit();
    file.compensation(60, 1, 8, (&"many", &10), "2022-01-01");
    file.compensation(61, 1, 9, (&30, &"a lot"), "2022-01-01");
    file.compensation(62, 1, 10, (&30, &10), "2022-13-01");
    file.person(50, 1, "   ");
    file.run(
        "UPDATE projects SET type = 'odd' WHERE id = ?1",
        params![id("project", 1)],
    );
    file.run(
        "INSERT INTO auditLogs VALUES (?1, 'person', 'x', ?2, 'create', NULL, NULL, 'soon', '{}')",
        params![id("audit", 50), id("tenant", 1)],
    );
    let report = lab.import();
    let unreadable = report["unreadable"].as_array().unwrap();
    let why = |table: &str, id: &str| {
        let row = unreadable
            .iter()
            .find(|r| r["table"] == table && r["id"] == id);
        let row = row.unwrap_or_else(|| panic!("{table} {id}: {unreadable:#?}"));
        row["reason"].as_str().unwrap().to_owned()
    };
    assert!(why("assignments", &id("assignment", 9)).contains("before it starts"));
    assert!(why("assignments", &id("assignment", 10)).contains("no hours"));
    assert!(why("assignments", &id("assignment", 11)).contains("no date"));
    assert!(why("compensations", &id("compensation", 60)).contains("many"));
    assert!(why("compensations", &id("compensation", 61)).contains("a lot"));
    assert!(why("compensations", &id("compensation", 62)).contains("no date"));
    assert!(why("people", &id("person", 50)).contains("no name"));
    assert!(why("auditLogs", &id("audit", 50)).contains("soon"));
    assert_eq!(unreadable.len(), 8, "{unreadable:#?}");
    let adjusted = report["adjusted"].as_array().unwrap();
    assert!(
        adjusted
            .iter()
            .any(|a| a["what"].as_str().unwrap().contains("odd"))
    );

    // Of a row whose pay cannot be read the hours come, and the other way round.
    let plan = lab.plan(1);
    let day: Date = "2022-06-01".parse().unwrap();
    let person = |n| &plan.people()[&PersonId(uuid("person", n))];
    assert_eq!(
        person(9).availability_on(day).unwrap().weekly_minutes,
        Some(1800)
    );
    assert_eq!(person(9).compensations.len(), 0);
    assert_eq!(person(8).compensations.len(), 1);
    assert_eq!(
        person(8).availability_on(day).unwrap().weekly_minutes,
        Some(0)
    );
}

#[test]
fn people_without_hours_and_bookings_without_load_are_told() {
    let lab = Lab::sample();
    let report = lab.import();
    let one = workspace(&report, 1);
    assert_eq!(one["people_without_hours"].as_array().unwrap().len(), 18);
    let from = one["people_with_hours_from"].as_array().unwrap();
    assert_eq!(from.len(), 6);
    let load = one["assignments_without_load"].as_array().unwrap();
    assert_eq!(load.len(), 1, "{load:?}");
    assert_eq!(
        load[0],
        "Todd Butler on Automate Me, 2022-09-17 to 2022-09-18"
    );

    let plan = lab.plan(1);
    let nobody = &plan.people()[&PersonId(uuid("person", 20))];
    let explicit = &nobody.availabilities[0].value;
    assert_eq!(explicit.effective_date, Date::MIN);
    assert!(explicit.pattern.is_zero());
    let text = lab.run_with(&lab.file(), &[]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("18 people without working hours"), "{text}");
    assert!(text.contains("Working hours"), "{text}");
    assert!(text.contains("assignments that load no day (1)"), "{text}");
}

#[test]
fn memberships_that_are_not_active_stay_out() {
    let lab = Lab::sample();
    let file = lab.edit();
    file.member(10, 1, 3, r#"["admin"]"#, "invited");
    file.member(11, 2, 1, r#"["owner"]"#, "active");
    file.member(12, 2, 77, r#"["admin"]"#, "active");
    let report = lab.import();
    assert_eq!(skipped(&report, "tenantUsers", "not_active"), 1);
    assert_eq!(skipped(&report, "tenantUsers", "user_gone"), 1);
    assert_eq!(skipped(&report, "tenantUsers", "unreadable"), 1);
    assert_eq!(workspace(&report, 1)["members"], 2);
    assert_eq!(workspace(&report, 2)["members"], 2);
}

#[test]
fn ids_that_are_none_and_ids_that_are_there_twice_are_named() {
    let lab = Lab::bare();
    let file = lab.edit();
    file.person(1, 1, "Ana");
    let same = id("person", 1).to_uppercase();
    for (id, name) in [(same.as_str(), "Other Ana"), ("17", "Seventeen")] {
        file.run(
            "INSERT INTO people (id, fullName, createdAt, updatedAt, tenantId)
             VALUES (?1, ?2, 'x', 'x', ?3)",
            params![id, name, super::first_raally::id("tenant", 1)],
        );
    }
    let report = lab.import();
    assert_eq!(workspace(&report, 1)["people"], 1);
    assert_eq!(skipped(&report, "people", "unreadable"), 2);
    assert_eq!(
        lab.plan(1).people()[&PersonId(uuid("person", 1))]
            .person
            .name(),
        "Ana"
    );
}
