//! The same file again, and newer copies of it.

use raally_app::auth::{Auth, AuthConfig};
use raally_domain::decide::Op;
use raally_domain::event::Change;
use raally_domain::ids::{PersonId, ProjectId, UserId};
use raally_domain::kinds::{Kind, ProjectType, Role};
use rusqlite::params;
use serde_json::json;

use super::first_raally::id;
use super::lab::{Lab, skipped, uuid, workspace};

#[test]
fn the_same_file_a_second_time_changes_nothing() {
    let lab = Lab::sample();
    assert_eq!(lab.import()["changed"], true);
    let heads = lab.heads();
    let report = lab.import();
    assert_eq!(report["changed"], false);
    assert_eq!(workspace(&report, 1)["state"], "unchanged");
    assert_eq!(lab.heads(), heads);
}

#[test]
fn a_newer_copy_brings_just_what_changed_and_leaves_what_was_changed_here() {
    let lab = Lab::sample();
    lab.import();
    let before = lab.heads();
    let project = uuid("project", 2);
    lab.change(
        Op::Update,
        Kind::Project,
        project,
        json!({"name": "Renamed here", "client": "Acme"}),
    );
    let file = lab.edit();
    file.run(
        "UPDATE projects SET type = 'team-augmentation' WHERE id = ?1",
        params![id("project", 2)],
    );
    file.run(
        "UPDATE people SET fullName = 'Johanna Smith' WHERE id = ?1",
        params![id("person", 1)],
    );
    file.person(40, 1, "Newcomer");
    let report = lab.import();
    let one = workspace(&report, 1);
    assert_eq!(one["conflicts"], json!([]));
    assert_eq!(one["imported"]["projects"]["changed"], 1);
    assert_eq!(one["imported"]["people"]["changed"], 1);
    assert_eq!(one["imported"]["people"]["created"], 1);
    let plan = lab.plan(1);
    let p = &plan.projects()[&ProjectId(project)].project;
    assert_eq!(
        (p.name.as_str(), p.client_name(&plan).map(String::as_str)),
        ("Renamed here", Some("Acme"))
    );
    assert_eq!(p.project_type, Some(ProjectType::TeamAugmentation));
    assert_eq!(
        plan.people()[&PersonId(uuid("person", 1))].person.name(),
        "Johanna Smith"
    );
    // Two by hand (a client made by its name, and its project), then two changes, a newcomer and
    // their unknown hours.
    let after = lab.heads();
    assert_eq!(
        after[0].1.seq.max(after[1].1.seq),
        before[0].1.seq.max(before[1].1.seq) + 6
    );
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn a_field_changed_on_both_sides_keeps_ours_and_is_reported() {
    let lab = Lab::sample();
    lab.import();
    let person = uuid("person", 1);
    lab.change(
        Op::Update,
        Kind::Person,
        person,
        json!({"full_name": "Ours"}),
    );
    let booking = uuid("assignment", 5);
    lab.change(
        Op::Update,
        Kind::Assignment,
        booking,
        json!({"start": "2022-09-20"}),
    );
    let file = lab.edit();
    file.run(
        "UPDATE people SET fullName = 'Theirs' WHERE id = ?1",
        params![id("person", 1)],
    );
    // Its end would now lie before our start.
    file.run(
        "UPDATE assignments SET endDate = '2022-09-15', hoursPerWeek = 12 WHERE id = ?1",
        params![id("assignment", 5)],
    );
    for _ in 0..2 {
        let report = lab.import();
        let conflicts = workspace(&report, 1)["conflicts"]
            .as_array()
            .unwrap()
            .clone();
        let name = conflicts
            .iter()
            .find(|c| c["field"] == "full_name")
            .unwrap();
        assert_eq!(
            (&name["kept"], &name["in_file"]),
            (&json!("Ours"), &json!("Theirs"))
        );
        assert!(
            conflicts.iter().any(|c| c["field"] == "end"),
            "{conflicts:#?}"
        );
    }
    let plan = lab.plan(1);
    assert_eq!(plan.people()[&PersonId(person)].person.name(), "Ours");
    let a = &plan.booking(booking.into()).unwrap().record.value;
    assert_eq!(a.start.to_string(), "2022-09-20");
    assert_eq!(a.end.unwrap().to_string(), "2022-09-30");
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn a_newer_copy_brings_no_work_to_whoever_was_archived_here_and_ends_what_they_have() {
    let lab = Lab::sample();
    lab.import();
    let booking = uuid("assignment", 5);
    let plan = lab.plan(1);
    let owner = plan.booking(booking.into()).unwrap().record.value.owner;
    let person = owner.person().unwrap();
    lab.change(
        Op::Update,
        Kind::Person,
        person.0,
        json!({"archived": true}),
    );
    let to = |end: &str| {
        let sql = "UPDATE assignments SET endDate = ?2 WHERE id = ?1";
        lab.edit().run(sql, params![id("assignment", 5), end]);
        let report = lab.import();
        let plan = lab.plan(1);
        let now = plan.booking(booking.into()).unwrap().record.value.end;
        (report, now.unwrap().to_string())
    };
    let (report, end) = to("2022-10-31");
    assert_eq!(end, "2022-09-30");
    assert_eq!(skipped(&report, "assignments", "not_bookable"), 1);
    let (report, end) = to("2022-09-20");
    assert_eq!(end, "2022-09-20");
    assert_eq!(skipped(&report, "assignments", "not_bookable"), 0);
}

#[test]
fn what_both_sides_changed_alike_is_no_conflict() {
    let lab = Lab::sample();
    lab.import();
    lab.change(
        Op::Update,
        Kind::Person,
        uuid("person", 1),
        json!({"full_name": "Same"}),
    );
    lab.edit().run(
        "UPDATE people SET fullName = 'Same' WHERE id = ?1",
        params![id("person", 1)],
    );
    let report = lab.import();
    assert_eq!(workspace(&report, 1)["conflicts"], json!([]));
    assert_eq!(report["changed"], false);
}

#[test]
fn hours_that_were_set_here_stay() {
    let lab = Lab::sample();
    lab.import();
    let person = PersonId(uuid("person", 20));
    let zero = lab.plan(1).people()[&person].availabilities[0].id;
    lab.change(
        Op::Update,
        Kind::Availability,
        zero.0,
        json!({"weekly_minutes": 1800}),
    );
    let report = lab.import();
    assert_eq!(report["changed"], false);
    assert_eq!(
        workspace(&report, 1)["people_without_hours"]
            .as_array()
            .unwrap()
            .len(),
        17
    );
    let plan = lab.plan(1);
    assert_eq!(
        plan.people()[&person].availabilities[0]
            .value
            .weekly_minutes,
        Some(1800)
    );
}

#[test]
fn rows_newly_deleted_go_as_if_never_imported_and_their_history_stays() {
    let lab = Lab::sample();
    lab.import();
    // Planned here, and standing on what will go.
    let ours = uuid("assignment", 500);
    lab.change(
        Op::Create,
        Kind::Assignment,
        ours,
        json!({"person_id": uuid("person", 3), "project_id": uuid("project", 2),
               "start": "2026-01-05", "effort": {"per": "week", "minutes": 600}}),
    );
    lab.change(
        Op::Update,
        Kind::Person,
        uuid("person", 4),
        json!({"manager_id": uuid("person", 9)}),
    );
    let file = lab.edit();
    file.delete("projects", &id("project", 2));
    file.delete("people", &id("person", 9));
    file.delete("compensations", &id("compensation", 2));
    file.run(
        "DELETE FROM jobTitles WHERE id = ?1",
        params![id("title", 30)],
    );
    let report = lab.import();
    let one = workspace(&report, 1);
    assert_eq!(one["people"], 23);
    assert_eq!(one["projects"], 3);
    let removed = one["removed"].as_array().unwrap();
    let project = removed
        .iter()
        .find(|r| r["what"] == "project EasyStart")
        .unwrap();
    assert_eq!(project["with"].as_array().unwrap().len(), 1, "{removed:#?}");
    let plan = lab.plan(1);
    assert!(plan.booking(ours.into()).is_none());
    assert!(plan.booking(uuid("assignment", 3).into()).is_none());
    assert!(plan.compensation(uuid("compensation", 2).into()).is_none());
    assert!(plan.job_title(uuid("title", 30).into()).is_none());
    let reporting = &plan.people()[&PersonId(uuid("person", 4))];
    assert!(
        reporting
            .placements
            .iter()
            .all(|r| r.value.manager_id.is_none())
    );
    let kept = lab
        .events(1)
        .iter()
        .filter(|e| matches!(e.change, Change::History(_)))
        .count();
    assert_eq!(kept, 6);
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn a_row_that_comes_back_is_imported_again() {
    let lab = Lab::sample();
    lab.import();
    lab.edit().delete("assignments", &id("assignment", 1));
    lab.import();
    assert!(lab.plan(1).booking(uuid("assignment", 1).into()).is_none());
    let file = lab.edit();
    file.run(
        "UPDATE assignments SET deletedAt = NULL WHERE id = ?1",
        params![id("assignment", 1)],
    );
    lab.import();
    assert!(lab.plan(1).booking(uuid("assignment", 1).into()).is_some());
}

#[test]
fn a_row_that_became_unreadable_leaves_what_was_imported() {
    let lab = Lab::sample();
    lab.import();
    let heads = lab.heads();
    let file = lab.edit();
    file.run(
        "UPDATE assignments SET hoursPerWeek = 'x' WHERE id = ?1",
        params![id("assignment", 1)],
    );
    file.run(
        "UPDATE people SET fullName = '' WHERE id = ?1",
        params![id("person", 1)],
    );
    let report = lab.import();
    assert_eq!(skipped(&report, "assignments", "unreadable"), 4);
    assert_eq!(lab.heads(), heads);
}

#[test]
fn what_was_deleted_here_stays_deleted() {
    let lab = Lab::sample();
    lab.import();
    lab.change(
        Op::Delete,
        Kind::Assignment,
        uuid("assignment", 1),
        json!(null),
    );
    let heads = lab.heads();
    let report = lab.import();
    assert_eq!(skipped(&report, "assignments", "deleted_here"), 1);
    assert_eq!(lab.heads(), heads);
    // Changed in the file meanwhile: still deleted, and told.
    lab.edit().run(
        "UPDATE assignments SET hoursPerWeek = 3 WHERE id = ?1",
        params![id("assignment", 1)],
    );
    let report = lab.import();
    let conflicts = workspace(&report, 1)["conflicts"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(conflicts.len(), 1, "{conflicts:#?}");
    assert_eq!(conflicts[0]["field"], "effort");
    assert_eq!(lab.heads(), heads);
}

#[test]
fn a_workspace_newly_deleted_can_no_longer_be_opened() {
    let lab = Lab::sample();
    lab.import();
    lab.edit().delete("tenants", &id("tenant", 2));
    let report = lab.import();
    assert_eq!(workspace(&report, 2)["state"], "removed");
    assert_eq!(workspace(&report, 2)["members"], 0);
    assert_eq!(
        lab.sign_in("user2@test.com", "Test@123").unwrap(),
        ["Workspace 01 Admin"]
    );
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn a_user_newly_deleted_cannot_sign_in_and_one_changed_can_with_the_new_password() {
    let lab = Lab::sample();
    lab.import();
    let refresh = |token: Option<String>| {
        lab.inside(|i| async move {
            let auth = Auth::new(i.services, AuthConfig::default());
            auth.keys().ensure().await.unwrap();
            match token {
                Some(token) => auth.refresh(&token).await,
                None => auth.sign_in("user3@test.com", "Test@123").await,
            }
        })
    };
    let token = refresh(None).unwrap().refresh_token;
    let file = lab.edit();
    file.delete("users", &id("user", 3));
    let hash = bcrypt::hash("Newer@123", 4).unwrap();
    file.run(
        "UPDATE users SET password = ?1, firstName = 'Una' WHERE id = ?2",
        params![hash, id("user", 1)],
    );
    let report = lab.import();
    let outcome = |n: u32| {
        let users = report["users"].as_array().unwrap();
        users.iter().find(|u| u["id"] == id("user", n)).unwrap()["outcome"].clone()
    };
    assert_eq!(
        [outcome(1), outcome(2), outcome(3)],
        ["changed", "unchanged", "removed"]
    );
    assert!(lab.sign_in("user3@test.com", "Test@123").is_err());
    assert!(refresh(Some(token)).is_err(), "the session has ended");
    assert!(lab.sign_in("user1@test.com", "Test@123").is_err());
    assert!(lab.sign_in("user1@test.com", "Newer@123").is_ok());
    assert!(!lab.plan(2).members().contains_key(&UserId(uuid("user", 3))));
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn roles_changed_in_the_file_come_and_those_changed_here_stay() {
    let lab = Lab::sample();
    lab.import();
    lab.edit().run(
        "UPDATE tenantUsers SET roles = '[\"custom\"]' WHERE id = ?1",
        params![id("member", 2)],
    );
    lab.import();
    let role = |lab: &Lab| lab.plan(1).members()[&UserId(uuid("user", 2))].value.role;
    assert_eq!(role(&lab), Role::ResourceManager);
    lab.change(
        Op::Update,
        Kind::Member,
        uuid("user", 2),
        json!({"role": "viewer"}),
    );
    lab.import();
    assert_eq!(role(&lab), Role::Viewer);
}

#[test]
fn projects_that_pass_their_codes_on_keep_one_each() {
    let lab = Lab::bare();
    let file = lab.edit();
    file.project(1, 1, "A", "First");
    file.project(2, 1, "B", "Second");
    lab.import();
    let code = |of: &str, n: u32| {
        file.run(
            "UPDATE projects SET projectId = ?1 WHERE id = ?2",
            params![of, id("project", n)],
        );
    };
    code("C", 2);
    code("B", 1);
    // A third, added here, has the code that the file now gives to a new one.
    let ours = uuid("project", 70);
    lab.change(
        Op::Create,
        Kind::Project,
        ours,
        json!({"name": "Ours", "code": "D"}),
    );
    file.project(3, 1, "D", "Third");
    let report = lab.import();
    let plan = lab.plan(1);
    let codes = [1, 2, 3, 70].map(|n| {
        let project = &plan.projects()[&ProjectId(uuid("project", n))].project;
        project.code.clone().unwrap_or_default()
    });
    assert_eq!(codes, ["B", "C", "", "D"]);
    let conflicts = workspace(&report, 1)["conflicts"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0]["field"], "code");
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn imported_changes_are_steps_that_nobody_takes_back() {
    let lab = Lab::sample();
    lab.import();
    let kinds: Vec<Kind> = lab
        .events(1)
        .iter()
        .map(|e| e.change.entity().kind)
        .collect();
    assert_eq!(kinds[0], Kind::Settings);
    assert!(lab.plan(1).steps(UserId(uuid("user", 1))).is_none());
}
