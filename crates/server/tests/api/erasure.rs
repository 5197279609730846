//! Erasing somebody: what was personal is in no answer and in no file any more, their hours are.

use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::kept::run;
use crate::support::{Server, User, ok, problem};

/// In every personal field, and in nothing else.
const MARKER: &str = "Zyxomma";

/// Somebody with a marker in each field that is personal, now and before.
async fn marked(admin: &User<'_>) -> (String, Value) {
    let marked = |n: u32| format!("{MARKER} {n}");
    let person = json!({
        "full_name": marked(1), "email": format!("{MARKER}@example.com").to_lowercase(),
        "notes": marked(2), "user_id": admin.id,
    });
    let id = admin.add_id("/people", person).await;
    let of = |path: &str| format!("/people/{id}{path}");
    let changes = json!({ "full_name": marked(3), "notes": marked(4) });
    ok(admin.patch(&of(""), &changes).send().await.unwrap(), 200).await;
    let pay = json!({
        "effective_date": "2026-01-01", "type": "hourly",
        "amount": { "amount": 770_077, "currency": "EUR" }, "other_benefits": marked(5),
    });
    admin.add(&of("/compensations"), pay).await;
    for day in ["2026-11-23", "2026-11-24"] {
        let off = json!({
            "person_id": id, "from": day, "to": day, "kind": "vacation", "status": "approved",
            "reason": marked(6),
        });
        admin.add("/time-off", off).await;
    }
    let project = admin.add_id("/projects", json!({ "name": "Apollo" })).await;
    let booking = json!({
        "person_id": id, "project_id": project, "start": "2026-11-23", "end": "2026-11-27",
        "effort": { "per": "day", "minutes": 240 }, "notes": marked(7),
    });
    let booking = admin.add("/assignments", booking).await;
    // An invitation to their address that nobody has answered.
    admin.verify().await;
    let invited = format!("{MARKER}@example.com").to_lowercase();
    let invited = json!({ "email": invited, "role": "viewer" });
    admin.add("/invitations", invited).await;
    (id, booking)
}

/// What anybody may read of the workspace, at that head of the past too.
async fn all_that_is_told(admin: &User<'_>, person: &str, then: Option<&str>) -> String {
    let week = "from=2026-11-23&to=2026-11-29";
    let mut paths = vec![
        "/people".to_owned(),
        format!("/people?q={MARKER}"),
        format!("/people/{person}"),
        format!("/people/{person}/compensations"),
        "/time-off".to_owned(),
        "/assignments".to_owned(),
        "/audit?limit=200".to_owned(),
        "/notifications".to_owned(),
        "/invitations".to_owned(),
        format!("/dashboard?{week}"),
        format!("/schedule?{week}"),
        format!("/schedule?{week}&by=project"),
    ];
    if let Some(then) = then {
        paths.push(format!("/people/{person}?as_of={then}"));
        paths.push(format!("/schedule?{week}&as_of={then}"));
    }
    let mut told = String::new();
    for path in paths {
        let answer = admin.get(&path).send().await.unwrap();
        told += &format!("\n{} {}\n", path.replace(MARKER, "…"), answer.status());
        told += &answer.text().await.unwrap();
    }
    told
}

fn has_marker(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains(&MARKER.to_lowercase()) || text.contains("770077")
}

/// Whether some file of the data folder has the marker.
fn is_in_files(folder: &Path) -> Option<std::path::PathBuf> {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = match path.is_dir() {
            true => is_in_files(&path),
            false => {
                let bytes = std::fs::read(&path).unwrap();
                has_marker(&String::from_utf8_lossy(&bytes)).then_some(path)
            }
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether the engines have the marker somewhere; answers in the cache die of themselves.
async fn is_in_store(server: &Server) -> Option<String> {
    match &server.engines {
        Some(engines) => engines.rows_with(&[MARKER, "770077"]).await,
        None => is_in_files(server.data.path()).map(|path| path.display().to_string()),
    }
}

#[tokio::test]
async fn what_was_personal_is_nowhere_any_more_and_the_hours_are() {
    let server = Server::start();
    let (person, tenant) = {
        let admin = server.sign_up("admin", Some("Own")).await;
        let (person, booking) = marked(&admin).await;
        let then = booking["head"].as_str().unwrap().to_owned();
        let before = all_that_is_told(&admin, &person, Some(&then)).await;
        assert!(has_marker(&before));
        assert!(is_in_store(&server).await.is_some());
        let week = "/dashboard?from=2026-11-23&to=2026-11-29";
        let figures = admin.read(week).await;

        let path = admin.path(&format!("/people/{person}/personal"));
        let erased = ok(admin.delete_at(&path).await, 200).await;
        let name = erased["full_name"].as_str().unwrap();
        assert!(name.starts_with("Erased "), "{erased}");
        assert!(erased["erased"].as_u64().unwrap() >= 9, "{erased}");
        let left = admin.read(&format!("/people/{person}")).await;
        assert_eq!(left["full_name"], name);
        assert_eq!(
            (&left["email"], &left["notes"]),
            (&Value::Null, &Value::Null)
        );
        for path in ["booked_minutes", "capacity_minutes"] {
            assert_eq!(admin.read(week).await[path], figures[path], "{path}");
        }
        // What was asked before names a head of an epoch that has ended.
        let reset = admin.get(&format!("/people/{person}?as_of={then}"));
        assert_eq!(reset.send().await.unwrap().status(), StatusCode::CONFLICT);
        let seq = then.split_once('.').unwrap().1;
        let epoch = erased["head"].as_str().unwrap().split_once('.').unwrap().0;
        let told = all_that_is_told(&admin, &person, Some(&format!("{epoch}.{seq}"))).await;
        assert!(!has_marker(&told), "{told}");
        // It is not brought back, and doing it again finds nothing.
        for _ in 0..3 {
            problem(admin.post("/undo", &json!({})).send().await.unwrap(), 409).await;
        }
        let again = ok(admin.delete_at(&path).await, 200).await;
        assert_eq!(again["erased"], 0);
        assert_eq!(again["named_in"], json!([]));
        assert_eq!(again["full_name"], name);
        (person, admin.tenant.clone())
    };
    assert_eq!(is_in_store(&server).await, None);

    let mut server = server.again();
    assert_eq!(is_in_store(&server).await, None);
    if server.engines.is_none() {
        server.terminate();
        assert!(server.wait().success());
        assert_eq!(is_in_store(&server).await, None);
    }
    let (sound, said) = run(&server, &["verify", "--all", "--wait", "60"]).await;
    assert!(sound, "{said}");
    let args = ["export", "--tenant", &tenant];
    let (exported, lines) = run(&server, &args).await;
    assert!(exported && lines.contains(&person), "{lines}");
    assert!(!has_marker(&lines));
}

#[tokio::test]
async fn only_an_admin_erases_and_a_stranger_learns_nothing() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let (person, _) = marked(&admin).await;
    let path = admin.path(&format!("/people/{person}/personal"));
    for role in ["resource_manager", "member", "viewer"] {
        let other = admin.invite(role, role).await;
        problem(other.delete_at(&path).await, 403).await;
    }
    let stranger = server.sign_up("stranger", Some("Other")).await;
    problem(stranger.delete_at(&path).await, 404).await;
    let nobody = admin.path("/people/00000000-0000-7000-8000-000000000001/personal");
    problem(admin.delete_at(&nobody).await, 404).await;
    let there = admin.read(&format!("/people/{person}")).await;
    assert!(has_marker(&there.to_string()));
}

/// What is about something else is not changed behind its makers' backs: they are told of it.
#[tokio::test]
async fn free_text_that_names_them_is_told() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let person = json!({ "full_name": "Zyx Omma", "email": "zyx.omma@example.com" });
    let person = admin.add_id("/people", person).await;
    let renamed = admin.patch(
        &format!("/people/{person}"),
        &json!({ "full_name": "Zyx Ommason" }),
    );
    ok(renamed.send().await.unwrap(), 200).await;
    let add = async |path: &str, body: Value| admin.add_id(path, body).await;
    let project = json!({
        "name": "Handover of ZYX OMMA", "notes": "Ask zyx.omma@example.com", "tags": ["omma"],
        "owner_id": person,
    });
    let project = add("/projects", project).await;
    let placeholder = json!({ "title": "Developer", "notes": "in place of Zyx Ommason" });
    let placeholder = add("/placeholders", placeholder).await;
    let other = json!({ "full_name": "Bo", "notes": "shares a desk with Zyx Omma" });
    let other = add("/people", other).await;
    add("/projects", json!({ "name": "Apollo" })).await;
    let path = admin.path(&format!("/people/{person}/personal"));
    let erased = ok(admin.delete_at(&path).await, 200).await;
    let place = |kind: &str, id: &str, label: &str, field: &str| json!({ "kind": kind, "id": id, "label": label, "field": field });
    assert_eq!(
        erased["named_in"],
        json!([
            place("project", &project, "Handover of ZYX OMMA", "name"),
            place("project", &project, "Handover of ZYX OMMA", "notes"),
            place("placeholder", &placeholder, "Developer", "notes"),
            place("person", &other, "Bo", "notes"),
        ])
    );
    let told = admin.read(&format!("/projects/{project}")).await;
    assert_eq!(told["name"], "Handover of ZYX OMMA");
}

/// Where nobody can sign in, the operator erases.
#[tokio::test]
async fn the_operator_erases_by_a_command() {
    let mut server = Server::start();
    let (person, tenant) = {
        let admin = server.sign_up("admin", Some("Own")).await;
        let (person, _) = marked(&admin).await;
        (person, admin.tenant.clone())
    };
    if server.engines.is_none() {
        server.terminate();
        assert!(server.wait().success());
    }
    let refused = ["erase", "--tenant", &tenant, "--person", &person];
    assert!(!run(&server, &refused).await.0, "without --yes");
    let args = [&refused[..], &["--yes"]].concat();
    let (done, said) = run(&server, &args).await;
    assert!(done && said.contains("values are erased"), "{said}");
    assert_eq!(is_in_store(&server).await, None);
}
