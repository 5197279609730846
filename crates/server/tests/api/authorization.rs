//! Who may what: every operation of the document × every role × own and other workspace.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, User, id};

/// Who may: anybody, whoever is signed in, or in a workspace: admin, resource manager, member,
/// viewer.
enum May {
    Anybody,
    SignedIn,
    Roles([bool; 4]),
}

const ALL: May = May::Roles([true, true, true, true]);
const PLANNERS: May = May::Roles([true, true, false, false]);
const NOT_VIEWERS: May = May::Roles([true, true, true, false]);
const ADMINS: May = May::Roles([true, false, false, false]);

/// Every operation there is. One that is missing here fails the test.
const TABLE: &[(&str, May)] = &[
    ("root", May::Anybody),
    ("openapi", May::Anybody),
    ("health", May::Anybody),
    ("health_ready", May::Anybody),
    ("health_live", May::Anybody),
    ("metrics", May::Anybody),
    ("sign_up", May::Anybody),
    ("sign_in", May::Anybody),
    ("refresh", May::Anybody),
    ("sign_out", May::Anybody),
    ("jwks", May::Anybody),
    ("me", May::SignedIn),
    ("change_me", May::SignedIn),
    ("change_password", May::SignedIn),
    ("add_tenant", May::SignedIn),
    ("get_settings", ALL),
    ("change_settings", ADMINS),
    ("list_members", PLANNERS),
    ("get_member", PLANNERS),
    ("change_member", ADMINS),
    ("remove_member", ADMINS),
    ("list_invitations", ADMINS),
    ("add_invitation", ADMINS),
    ("remove_invitation", ADMINS),
    ("accept_invitation", May::SignedIn),
    ("read_invitation", May::Anybody),
    ("list_people", ALL),
    ("add_person", PLANNERS),
    ("get_person", ALL),
    ("change_person", PLANNERS),
    ("remove_person", PLANNERS),
    ("list_job_titles", ALL),
    ("add_job_title", PLANNERS),
    ("get_job_title", ALL),
    ("change_job_title", PLANNERS),
    ("remove_job_title", PLANNERS),
    ("list_availabilities", ALL),
    ("add_availability", PLANNERS),
    ("get_availability", ALL),
    ("change_availability", PLANNERS),
    ("remove_availability", PLANNERS),
    ("list_placements", ALL),
    ("add_placement", PLANNERS),
    ("get_placement", ALL),
    ("change_placement", PLANNERS),
    ("remove_placement", PLANNERS),
    ("list_compensations", ADMINS),
    ("add_compensation", ADMINS),
    ("get_compensation", ADMINS),
    ("change_compensation", ADMINS),
    ("remove_compensation", ADMINS),
    ("list_clients", ALL),
    ("add_client", PLANNERS),
    ("get_client", ALL),
    ("change_client", PLANNERS),
    ("remove_client", PLANNERS),
    ("list_projects", ALL),
    ("add_project", PLANNERS),
    ("get_project", ALL),
    ("change_project", PLANNERS),
    ("remove_project", PLANNERS),
    ("list_assignments", ALL),
    ("add_assignment", PLANNERS),
    ("get_assignment", ALL),
    ("change_assignment", PLANNERS),
    ("remove_assignment", PLANNERS),
    ("list_placeholders", ALL),
    ("add_placeholder", PLANNERS),
    ("get_placeholder", ALL),
    ("change_placeholder", PLANNERS),
    ("remove_placeholder", PLANNERS),
    ("list_time_offs", ALL),
    ("add_time_off", NOT_VIEWERS),
    ("get_time_off", ALL),
    ("change_time_off", NOT_VIEWERS),
    ("remove_time_off", NOT_VIEWERS),
    ("list_teams", ALL),
    ("add_team", PLANNERS),
    ("get_team", ALL),
    ("change_team", PLANNERS),
    ("remove_team", PLANNERS),
    ("list_skills", ALL),
    ("add_skill", PLANNERS),
    ("get_skill", ALL),
    ("change_skill", PLANNERS),
    ("remove_skill", PLANNERS),
    ("list_holiday_calendars", ALL),
    ("add_holiday_calendar", PLANNERS),
    ("get_holiday_calendar", ALL),
    ("change_holiday_calendar", PLANNERS),
    ("remove_holiday_calendar", PLANNERS),
    ("dashboard", ALL),
    ("schedule", ALL),
    ("schedule_index", ALL),
    ("preview", NOT_VIEWERS),
    ("run_commands", NOT_VIEWERS),
    ("undo", NOT_VIEWERS),
    ("redo", NOT_VIEWERS),
];
/// Kept apart for the length of the other.
const MORE: [(&str, May); 33] = [
    ("read_file", PLANNERS),
    ("preview_import", PLANNERS),
    ("run_import", PLANNERS),
    ("erase_person", ADMINS),
    ("ask_for_password", May::Anybody),
    ("reset_password", May::Anybody),
    ("ask_to_verify", May::SignedIn),
    ("ask_for_address", May::SignedIn),
    ("confirm_address", May::SignedIn),
    ("list_sessions", May::SignedIn),
    ("end_other_sessions", May::SignedIn),
    ("end_session", May::SignedIn),
    ("delete_account", May::SignedIn),
    ("live", ALL),
    ("close_tenant", ADMINS),
    ("get_closing", ADMINS),
    ("cancel_closing", ADMINS),
    ("get_closing_export", ADMINS),
    ("list_audit", PLANNERS),
    ("list_notifications", ALL),
    ("read_notification", ALL),
    ("read_all_notifications", ALL),
    ("get_notification_settings", ALL),
    ("change_notification_settings", ALL),
    ("list_webhooks", ADMINS),
    ("add_webhook", ADMINS),
    ("get_webhook", ADMINS),
    ("change_webhook", ADMINS),
    ("rotate_webhook_secret", ADMINS),
    ("test_webhook", ADMINS),
    ("list_webhook_deliveries", ADMINS),
    ("redeliver_webhook", ADMINS),
    ("remove_webhook", ADMINS),
];
/// About what belongs to one user alone: to all others it is not there.
const ONES_OWN: [&str; 1] = ["read_notification"];
/// For whoever has the token, whom we are not.
const BY_TOKEN: [&str; 1] = ["read_invitation"];

/// Something of every kind, by the part of the address that asks for its id.
async fn things(admin: &User<'_>) -> BTreeMap<&'static str, String> {
    let booked = admin.booked().await;
    let person = format!("/people/{}", booked.person);
    let title = json!({ "title": "Developer", "effective_date": "2026-01-01" });
    let week = json!({ "weekly_minutes": 2400, "effective_date": "2026-01-01" });
    let pay = json!({ "type": "salaried", "effective_date": "2026-01-01" });
    let off = json!({ "person_id": booked.person, "from": "2026-12-01", "to": "2026-12-02" });
    // Nothing is sent: there is no such name.
    let hook = json!({ "url": "https://raally.invalid/" });
    let add = async |path: &str, body: Value| id(&admin.add(path, body).await);
    admin.verify().await;
    let hook = add("/webhooks", hook).await;
    let project = json!({ "name": "Luna", "client": "Acme" });
    let client = admin.add("/projects", project).await["client_id"].clone();
    let client = client.as_str().unwrap().to_owned();
    // A placement is made by what a person is given.
    let team = add("/teams", json!({ "name": "Web" })).await;
    let placed = admin.patch(&person, &json!({ "team_id": team }));
    assert_eq!(placed.send().await.unwrap().status(), 200);
    let placements = admin.read(&format!("{person}/placements")).await;
    let placement = id(&placements["items"][0]);
    let test = admin.post(&format!("/webhooks/{hook}/test"), &json!({}));
    let test: Value = test.send().await.unwrap().json().await.unwrap();
    BTreeMap::from([
        (
            "job-titles",
            add(&format!("{person}/job-titles"), title).await,
        ),
        (
            "availabilities",
            add(&format!("{person}/availabilities"), week).await,
        ),
        (
            "compensations",
            add(&format!("{person}/compensations"), pay).await,
        ),
        ("time-off", add("/time-off", off).await),
        (
            "placeholders",
            add("/placeholders", json!({ "title": "Tester" })).await,
        ),
        ("clients", client),
        ("placements", placement),
        ("teams", add("/teams", json!({ "name": "Core" })).await),
        ("skills", add("/skills", json!({ "name": "React" })).await),
        (
            "holiday-calendars",
            add("/holiday-calendars", json!({ "name": "PT" })).await,
        ),
        (
            "invitations",
            add(
                "/invitations",
                json!({ "email": "new@example.com", "role": "viewer" }),
            )
            .await,
        ),
        ("members", admin.id.clone()),
        ("sessions", admin.id.clone()),
        (
            "deliveries",
            test["delivery_id"].as_str().unwrap().to_owned(),
        ),
        ("webhooks", hook),
        (
            "notifications",
            person.rsplit('/').next().unwrap().to_owned(),
        ),
        ("people", booked.person),
        ("projects", booked.project),
        ("assignments", booked.assignment),
    ])
}

/// An operation's address with the ids of real things in it.
fn address(template: &str, tenant: &str, things: &BTreeMap<&str, String>) -> String {
    let parts: Vec<&str> = template.split('/').collect();
    let filled: Vec<&str> = parts
        .iter()
        .enumerate()
        .map(|(n, part)| match *part {
            "{tenant}" => tenant,
            p if p.starts_with('{') => things[parts[n - 1]].as_str(),
            p => p,
        })
        .collect();
    let query = match filled.last() {
        Some(&"dashboard" | &"schedule" | &"index" | &"preview") => {
            "?from=2026-11-23&to=2026-11-29"
        }
        _ => "",
    };
    filled.join("/") + query
}

/// Asks as that user (or as nobody); nothing is changed, since no thing has version 0.
async fn ask(
    server: &Server,
    user: Option<&User<'_>>,
    method: &Method,
    address: &str,
) -> StatusCode {
    let mut request = server.http.request(method.clone(), server.url(address));
    if let Some(user) = user {
        request = request.bearer_auth(&user.token);
    }
    if *method == Method::POST || *method == Method::PATCH {
        request = request.json(&json!({}));
    }
    request = request.header("if-match", "\"0\"");
    request.send().await.unwrap().status()
}

/// The document names every status that an operation answers with.
fn documented(operation: &Value, status: StatusCode) {
    let named = &operation["responses"][status.as_str()];
    let id = &operation["operationId"];
    assert!(named.is_object(), "{id} does not document {status}");
}

#[tokio::test]
async fn every_operation_answers_those_who_may_and_no_others() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let manager = admin.invite("manager", "resource_manager").await;
    let member = admin.invite("member", "member").await;
    let viewer = admin.invite("viewer", "viewer").await;
    let stranger = server.sign_up("stranger", Some("Other")).await;
    let roles = [&admin, &manager, &member, &viewer];
    let own = things(&admin).await;

    let table: BTreeMap<&str, &May> = TABLE
        .iter()
        .chain(&MORE)
        .map(|(id, may)| (*id, may))
        .collect();
    let document: Value = server
        .http
        .get(server.url("/api/openapi.json"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let mut met = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let may = table.get(name);
            let may = may.unwrap_or_else(|| panic!("{name} is missing in the table"));
            let method: Method = method.to_uppercase().parse().unwrap();
            met += 1;
            let in_own = address(template, &admin.tenant, &own);
            let nobody = ask(&server, None, &method, &in_own).await;
            documented(operation, nobody);
            match may {
                // Who may be anybody needs no token, but perhaps a cookie or a body.
                May::Anybody => {
                    let open = nobody != StatusCode::FORBIDDEN
                        && (nobody != StatusCode::NOT_FOUND || BY_TOKEN.contains(&name));
                    assert!(open, "{name}: {nobody}");
                    continue;
                }
                May::SignedIn | May::Roles(_) => assert_eq!(nobody, 401, "{name}"),
            }
            let May::Roles(roles_that_may) = may else {
                let status = ask(&server, Some(&viewer), &method, &in_own).await;
                documented(operation, status);
                assert!(
                    status != 401 && status != 403 && status != 404,
                    "{name}: {status}"
                );
                continue;
            };
            for (user, may) in roles.iter().zip(roles_that_may) {
                let status = ask(&server, Some(user), &method, &in_own).await;
                documented(operation, status);
                let refused = status == StatusCode::FORBIDDEN;
                assert_eq!(refused, !may, "{name} as {}: {status}", user.email);
                assert!(
                    !status.is_server_error() && status != 401,
                    "{name}: {status}"
                );
                let not_theirs = ONES_OWN.contains(&name) && status == 404;
                assert!(
                    refused || not_theirs || status != 404,
                    "{name} as {}: {status}",
                    user.email
                );
            }
            let status = ask(&server, Some(&stranger), &method, &in_own).await;
            assert_eq!(status, 404, "{name} as a stranger");
            documented(operation, status);
            // Somebody else's things are not there in one's own workspace.
            if template.contains("{id}") || template.contains("_id}") {
                let status = ask(
                    &server,
                    Some(&stranger),
                    &method,
                    &address(template, &stranger.tenant, &own),
                )
                .await;
                assert_eq!(status, 404, "{name} with the ids of another workspace");
            }
        }
    }
    assert_eq!(
        met,
        TABLE.len() + MORE.len(),
        "the table names operations that are not there"
    );
}

#[tokio::test]
async fn a_stranger_learns_nothing_from_a_bodys_errors() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let stranger = server.sign_up("stranger", None).await;
    let path = admin.path("/people?nonsense=1");
    let broken = |request: reqwest::RequestBuilder| {
        request
            .header("content-type", "application/json")
            .body("{\"full_name\": ")
    };
    let nobody = broken(server.http.post(server.url(&path)));
    assert_eq!(nobody.send().await.unwrap().status(), 401);
    let known = broken(stranger.request(Method::POST, &path))
        .send()
        .await
        .unwrap();
    let unknown = path.replace("/own/", "/nowhere/");
    let unknown = broken(stranger.request(Method::POST, &unknown))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (known.status().as_u16(), unknown.status().as_u16()),
        (404, 404)
    );
    let text = |v: Value| (v["detail"].clone(), v["type"].clone());
    let known: Value = known.json().await.unwrap();
    assert_eq!(text(known), text(unknown.json().await.unwrap()));
}

#[tokio::test]
async fn a_role_taken_away_is_gone_at_once() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let manager = admin.invite("manager", "resource_manager").await;
    manager.add("/people", json!({ "full_name": "Bo" })).await;
    let path = format!("/members/{}", manager.id);
    let demoted = admin
        .patch(&path, &json!({ "role": "viewer" }))
        .send()
        .await
        .unwrap();
    assert_eq!(demoted.status(), 200);
    let refused = manager
        .post("/people", &json!({ "full_name": "Cy" }))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(admin.delete(&path).send().await.unwrap().status(), 200);
    assert_eq!(manager.get("/people").send().await.unwrap().status(), 404);

    let last = admin.patch(
        &format!("/members/{}", admin.id),
        &json!({ "role": "member" }),
    );
    assert_eq!(last.send().await.unwrap().status(), 409);
    let last = admin.delete(&format!("/members/{}", admin.id));
    assert_eq!(last.send().await.unwrap().status(), 409);
}
