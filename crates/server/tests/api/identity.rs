//! Whose an account is, whatever others write beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, User, ok, problem};

fn start() -> Server {
    Server::start_with(&[
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "0"),
        ("RAALLY__LIMITS__SIGN_IN_PER_ACCOUNT", "0"),
        ("RAALLY__LIMITS__REQUESTS_PER_USER", "0"),
    ])
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    let request = server.http.post(server.url("/api/v1/auth/sign-in"));
    request.json(&body).send().await.unwrap()
}

async fn change_password(user: &User<'_>, current: &str, new: &str) -> Response {
    let body = json!({ "current_password": current, "new_password": new });
    let request = user.request(Method::POST, "/api/v1/me/password");
    request.json(&body).send().await.unwrap()
}

/// Whoever holds a session writes to the account as fast as they can, while its owner changes the
/// password: the new one holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_password_outlives_what_is_written_beside_it() {
    let server = start();
    let ana = server.sign_up("ana", None).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..4 {
        let (http, url) = (server.http.clone(), server.url("/api/v1/me"));
        let (token, stop) = (ana.token.clone(), Arc::clone(&stop));
        writers.spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let body = json!({ "last_view": format!("/w/{n}") });
                let request = http.patch(&url).bearer_auth(&token).json(&body);
                assert_eq!(request.send().await.unwrap().status(), 200);
            }
        });
    }
    let mut current = PASSWORD.to_owned();
    for n in 0..8 {
        let new = format!("another horse {n}");
        let changed = change_password(&ana, &current, &new).await;
        assert_eq!(changed.status(), 204, "{n}");
        let before = sign_in(&server, &ana.email, &current).await;
        assert_eq!(before.status(), 401, "the password of before is back: {n}");
        ok(sign_in(&server, &ana.email, &new).await, 200).await;
        current = new;
    }
    stop.store(true, Ordering::SeqCst);
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
}

/// The secret that was shown is the one that is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_webhooks_new_secret_outlives_a_change_beside_it() {
    let server = start();
    let admin = server.sign_up("maya", Some("Own")).await;
    // Nothing is sent: there is no such name.
    let hook = json!({ "url": "https://raally.invalid/" });
    let hook = format!("/webhooks/{}", admin.add_id("/webhooks", hook).await);
    for n in 0..40 {
        let description = format!("Payroll {n}");
        let change = admin.patch(&hook, &json!({ "description": description }));
        let rotate = admin.post(&format!("{hook}/rotate"), &json!({}));
        let (changed, rotated) = tokio::join!(change.send(), rotate.send());
        ok(changed.unwrap(), 200).await;
        let rotated = ok(rotated.unwrap(), 200).await;
        let kept = admin.read(&hook).await;
        assert_eq!(kept["description"], description.as_str());
        assert_eq!(kept_secret(&server, &hook).await, rotated["secret"], "{n}");
    }
}

/// What the store holds, which the API never says again.
async fn kept_secret(server: &Server, hook: &str) -> Value {
    let id = hook.rsplit('/').next().unwrap();
    let body = match &server.engines {
        Some(engines) => {
            let sql = "SELECT body FROM raally.webhook_endpoints WHERE endpoint_id = ";
            engines.text(&format!("{sql}'{id}'")).await
        }
        None => {
            let conn = rusqlite::Connection::open(server.data.path().join("raally.db")).unwrap();
            let sql = "SELECT body FROM webhook_endpoints WHERE hex(endpoint_id) = ?1";
            let id = id.replace('-', "").to_uppercase();
            conn.query_row(sql, [id], |row| row.get::<_, String>(0))
                .unwrap()
        }
    };
    let body: Value = serde_json::from_str(&body).unwrap();
    let bytes: Vec<u8> = serde_json::from_value(body["secret"].clone()).unwrap();
    json!(raally_app::webhooks::secret_text(
        &raally_app::ports::WebhookSecret(bytes)
    ))
}

async fn bare(user: &User<'_>, method: Method, path: &str, body: Value) -> Response {
    let request = user.request(method, path).json(&body);
    request.send().await.unwrap()
}

/// Who signed up first with somebody's address gets nothing that is meant for its owner, and gives
/// the account up to whoever reads the address's mail.
#[tokio::test]
async fn an_address_counts_only_for_whoever_has_proved_it() {
    let server = start();
    let admin = server.sign_up("maya", Some("Victim")).await;
    let squatter = server.sign_up("cfo", None).await;
    assert!(!squatter.is_verified().await);
    // They invite nobody, so that nobody is mailed in the name of an address that may be another's.
    let own = json!({ "name": "Prize" });
    let own = bare(&squatter, Method::POST, "/api/v1/tenants", own).await;
    let own = ok(own, 201).await;
    let invite = format!(
        "/api/v1/tenants/{}/invitations",
        own["slug"].as_str().unwrap()
    );
    let body = json!({ "email": "x@example.com", "role": "viewer" });
    let refused = bare(&squatter, Method::POST, &invite, body).await;
    assert_eq!(problem(refused, 409).await["code"], "address-unverified");
    // An address alone makes nobody a member: it takes the token that only its mail holds.
    admin.verify().await;
    let body = json!({ "email": squatter.email, "role": "admin" });
    admin.add("/invitations", body).await;
    let path = format!("/api/v1/tenants/{}/people", admin.tenant);
    let seen = squatter.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(seen.status(), 404);
    // The owner, who reads the mail, has a new password set, and the squatter is out.
    let asked = server.http.post(server.url("/api/v1/auth/password"));
    let asked = asked.json(&json!({ "email": squatter.email }));
    assert_eq!(asked.send().await.unwrap().status(), 204);
    let token = squatter.proof("reset").await;
    reset(&server, &token, "the owners horse", 204).await;
    let out = squatter.request(Method::GET, "/api/v1/me");
    assert_eq!(out.send().await.unwrap().status(), 401);
    assert_eq!(
        sign_in(&server, &squatter.email, PASSWORD).await.status(),
        401
    );
    let owner = sign_in(&server, &squatter.email, "the owners horse").await;
    assert_eq!(ok(owner, 200).await["user"]["email_verified"], true);
    // The token was for one new password.
    reset(&server, &token, "another horse 22", 409).await;
}

async fn reset(server: &Server, token: &str, password: &str, status: u16) {
    let body = json!({ "token": token, "new_password": password });
    let request = server.http.post(server.url("/api/v1/auth/password/reset"));
    let answer = request.json(&body).send().await.unwrap();
    assert_eq!(answer.status(), status, "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn a_proof_is_of_one_account_and_one_address() {
    let server = start();
    let (ana, ben) = (
        server.sign_up("ana", None).await,
        server.sign_up("ben", None).await,
    );
    let token = ana.proof("verify").await;
    let code = async |user: &User<'_>, token: &str| {
        problem(user.confirm(token).await, 409).await["code"].clone()
    };
    // Who reads Ana's mail by mistake confirms nothing from another account.
    assert_eq!(code(&ben, &token).await, "proof-invalid");
    let mut forged = token.clone();
    forged.replace_range(2..3, if &token[2..3] == "A" { "B" } else { "A" });
    for wrong in [&*forged, "", "bm90aGluZw", "%"] {
        assert_eq!(code(&ana, wrong).await, "proof-invalid", "{wrong}");
    }
    ok(ana.confirm(&token).await, 200).await;
    assert!(ana.is_verified().await);
    ok(ana.confirm(&token).await, 200).await;
}

/// Both addresses are told, and an unverified account that has the new one gives it up.
#[tokio::test]
async fn an_address_is_changed_by_whoever_reads_the_new_one() {
    let server = start();
    let ana = server.sign_up("ana", None).await;
    ana.verify().await;
    let squatter = server.sign_up("anna", None).await;
    let proven = server.sign_up("ben", None).await;
    proven.verify().await;
    let ask = async |email: &str, password: &str| {
        let body = json!({ "email": email, "current_password": password });
        bare(&ana, Method::POST, "/api/v1/me/address", body).await
    };
    assert_eq!(ask("anna@example.com", "wrong horse 1").await.status(), 422);
    let taken = problem(ask("ben@example.com", PASSWORD).await, 409).await;
    assert_eq!(taken["code"], "email-taken");
    assert_eq!(ask("Anna@example.com", PASSWORD).await.status(), 204);
    let token = ana.proof("change").await;
    let me = ok(ana.confirm(&token).await, 200).await;
    assert_eq!(me["user"]["email"], "anna@example.com");
    assert_eq!(me["user"]["email_verified"], true);
    ok(sign_in(&server, "anna@example.com", PASSWORD).await, 200).await;
    assert_eq!(
        sign_in(&server, "ana@example.com", PASSWORD).await.status(),
        401
    );
    let theirs = squatter.request(Method::GET, "/api/v1/me").send().await;
    let theirs = ok(theirs.unwrap(), 200).await["user"]["email"].clone();
    assert!(theirs.as_str().unwrap().ends_with(".invalid"), "{theirs}");
    // Once is enough.
    problem(ana.confirm(&token).await, 409).await;
}

#[tokio::test]
async fn nobody_is_made_a_member_by_an_id() {
    let server = start();
    let admin = server.sign_up("maya", Some("Own")).await;
    let other = server.sign_up("other", None).await;
    for id in [&*other.id, "018f0000-0000-7000-8000-000000000001"] {
        let create = json!({ "op": "create", "resource": "members", "id": id,
            "body": { "role": "admin" } });
        let commands = admin.post("/commands", &json!([create]));
        let refused = problem(commands.send().await.unwrap(), 409).await;
        assert_eq!(refused["code"], "members-by-invitation", "{refused}");
    }
    assert_eq!(admin.read("/members").await["total"], 1);
}

/// An acceptance is the step of whoever accepts: the inviter's undo and redo are as before.
#[tokio::test]
async fn accepting_is_no_step_of_the_inviters() {
    let server = start();
    let admin = server.sign_up("maya", Some("Own")).await;
    let team = admin.add_id("/teams", json!({ "name": "Design" })).await;
    admin.add("/teams", json!({ "name": "Build" })).await;
    ok(
        admin
            .post("/undo", &Value::Null)
            .body("")
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    let bo = admin.invite("bo", "member").await;
    let last = admin.read("/audit?limit=1").await;
    assert_eq!(
        last["items"][0]["actor"]["user_id"],
        bo.id.as_str(),
        "{last}"
    );
    // A change of a role, which cannot be taken back, is in nobody's way either.
    let role = admin.patch(&format!("/members/{}", bo.id), &json!({ "role": "viewer" }));
    ok(role.send().await.unwrap(), 200).await;
    ok(
        admin
            .request(Method::POST, &admin.path("/redo"))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    for _ in 0..2 {
        let undo = admin.request(Method::POST, &admin.path("/undo"));
        ok(undo.send().await.unwrap(), 200).await;
    }
    let gone = admin.get(&format!("/teams/{team}")).send().await.unwrap();
    assert_eq!(gone.status(), 404);
}

/// Pay goes with a person: so does the right to touch it.
#[tokio::test]
async fn removing_asks_for_the_right_to_all_that_goes_with_it() {
    let server = start();
    let admin = server.sign_up("maya", Some("Own")).await;
    let manager = admin.invite("manager", "resource_manager").await;
    let paid = admin.add_id("/people", json!({ "full_name": "Bo" })).await;
    let pay = json!({ "type": "salaried", "effective_date": "2026-01-01" });
    admin
        .add(&format!("/people/{paid}/compensations"), pay)
        .await;
    let unpaid = admin.add_id("/people", json!({ "full_name": "Cy" })).await;
    let remove = async |by: &User<'_>, id: &str| {
        let request = by.delete(&format!("/people/{id}"));
        request.send().await.unwrap().status()
    };
    assert_eq!(remove(&manager, &paid).await, 403);
    admin.read(&format!("/people/{paid}/compensations")).await;
    assert_eq!(remove(&manager, &unpaid).await, 200);
    assert_eq!(remove(&admin, &paid).await, 200);
}

/// An admin takes back what somebody else did, who may do it again.
#[tokio::test]
async fn an_admin_takes_back_anothers_step() {
    let server = start();
    let admin = server.sign_up("maya", Some("Own")).await;
    let manager = admin.invite("manager", "resource_manager").await;
    let other = admin.invite("other", "resource_manager").await;
    let person = admin.add_id("/people", json!({ "full_name": "Bo" })).await;
    let path = format!("/people/{person}");
    let removed = ok(manager.delete(&path).send().await.unwrap(), 200).await;
    assert!(removed["head"].is_string());
    let last = admin.read("/audit?limit=1").await;
    let step = last["items"][0]["step"].as_str().unwrap().to_owned();
    let undo = async |by: &User<'_>, query: &str| {
        let path = by.path(&format!("/undo{query}"));
        by.request(Method::POST, &path).send().await.unwrap()
    };
    let named = format!("?step={step}");
    problem(undo(&other, &named).await, 409).await;
    ok(undo(&admin, &named).await, 200).await;
    assert_eq!(admin.read(&path).await["full_name"], "Bo");
    problem(undo(&admin, &named).await, 409).await;
    // The admin's own last step is still there to be taken back, after the manager's.
    let redo = manager.request(Method::POST, &manager.path("/redo"));
    ok(redo.send().await.unwrap(), 200).await;
    assert_eq!(admin.get(&path).send().await.unwrap().status(), 404);
}

/// They are told 404, and none of it counts against the members or tells which workspaces exist.
#[tokio::test]
async fn strangers_spend_nothing_of_a_workspaces() {
    let server = Server::start_with(&[
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "0"),
        ("RAALLY__LIMITS__REQUESTS_PER_USER", "0"),
        ("RAALLY__LIMITS__REQUESTS_PER_TENANT", "40"),
    ]);
    let member = server.sign_up("maya", Some("Own")).await;
    let stranger = server.sign_up("stranger", None).await;
    for n in 0..60 {
        for workspace in [&*member.tenant, &*member.tenant_id, "nowhere"] {
            let path = format!("/api/v1/tenants/{workspace}/people");
            let seen = stranger.request(Method::GET, &path).send().await.unwrap();
            assert_eq!(seen.status(), 404, "{workspace}: {n}");
        }
    }
    member.read("/people").await;
}

#[tokio::test]
async fn an_owner_signs_in_while_others_try() {
    let server = Server::start_with(&[
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "0"),
        ("RAALLY__LIMITS__SIGN_IN_PER_ACCOUNT", "2"),
        ("RAALLY__BEHIND_PROXY", "true"),
    ]);
    server.sign_up("ana", None).await;
    let from = async |network: &str, password: &str| {
        let body = json!({ "email": "ana@example.com", "password": password });
        let request = server.http.post(server.url("/api/v1/auth/sign-in"));
        let request = request.header("x-forwarded-for", network).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(from("192.0.2.1", PASSWORD).await, 200);
    let mut refused = 0;
    for n in 0..8 {
        let status = from("198.51.100.7", "not my password").await;
        refused += u32::from(status == 429);
        assert!(status == 401 || status == 429, "{n}: {status}");
    }
    assert!(
        refused >= 5,
        "whoever tries is kept from trying on: {refused}"
    );
    assert_eq!(from("192.0.2.9", PASSWORD).await, 200, "from somewhere new");
    // From very many networks at once the account is tried no more, but from where it is known.
    let networks: Vec<String> = (0..60).map(|n| format!("203.0.113.{n}")).collect();
    let tries = networks.iter().map(|n| from(n, "not my password"));
    let tries = futures::future::join_all(tries).await;
    let refused = tries.iter().filter(|status| **status == 429).count();
    assert!(refused >= 30, "{refused}");
    assert_eq!(from("192.0.2.1", PASSWORD).await, 200);
}

#[tokio::test]
async fn a_session_that_has_ended_stays_so_through_a_restart_and_ends_its_streams() {
    let server = start();
    let ana = server.sign_up("ana", Some("Own")).await;
    let here = ok(sign_in(&server, &ana.email, PASSWORD).await, 200).await;
    let here = here["access_token"].as_str().unwrap().to_owned();
    let of = |method, path: &str| {
        server
            .http
            .request(method, server.url(path))
            .bearer_auth(&here)
    };
    let path = format!("/api/v1/tenants/{}/live", ana.tenant);
    let mut live = ana.request(Method::GET, &path).send().await.unwrap();
    assert!(live.chunk().await.unwrap().is_some());
    let sessions = of(Method::GET, "/api/v1/me/sessions").send().await.unwrap();
    let sessions = ok(sessions, 200).await;
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    assert_eq!(
        [&sessions[0]["current"], &sessions[1]["current"]],
        [true, false]
    );
    let first = sessions[1]["id"].as_str().unwrap();
    let end = of(Method::DELETE, &format!("/api/v1/me/sessions/{first}"));
    assert_eq!(end.send().await.unwrap().status(), 204);
    let over = async { while live.chunk().await.unwrap().is_some() {} };
    let over = tokio::time::timeout(std::time::Duration::from_secs(5), over).await;
    over.expect("the stream ends with its session");
    let (token, path) = (ana.token.clone(), "/api/v1/me");
    assert_eq!(
        ana.request(Method::GET, path)
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    let server = server.again();
    let again = server.http.get(server.url(path)).bearer_auth(&token);
    assert_eq!(again.send().await.unwrap().status(), 401);
    let other = server.http.get(server.url(path)).bearer_auth(&here);
    assert_eq!(other.send().await.unwrap().status(), 200);
    let others = server.http.delete(server.url("/api/v1/me/sessions"));
    assert_eq!(
        others.bearer_auth(&here).send().await.unwrap().status(),
        204
    );
}

#[tokio::test]
async fn an_account_is_deleted_by_its_user() {
    let server = start();
    let admin = server.sign_up("maya", Some("Own")).await;
    let bo = admin.invite("bo", "member").await;
    let delete = async |user: &User<'_>, password: &str| {
        let body = json!({ "current_password": password });
        bare(user, Method::POST, "/api/v1/me/delete", body).await
    };
    assert_eq!(delete(&bo, "wrong horse 1").await.status(), 422);
    let last = problem(delete(&admin, PASSWORD).await, 409).await;
    assert_eq!(
        (&last["code"], &last["params"]["workspace"]),
        (&json!("admin-elsewhere"), &json!("Own"))
    );
    assert_eq!(delete(&bo, PASSWORD).await.status(), 204);
    assert_eq!(sign_in(&server, &bo.email, PASSWORD).await.status(), 401);
    assert_eq!(
        bo.request(Method::GET, "/api/v1/me")
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    assert_eq!(admin.read("/members").await["total"], 1);
    // The address is free.
    server.sign_up("bo", None).await;
}

/// One who signed up with a stranger's address cannot have that stranger flooded.
#[tokio::test]
async fn what_is_mailed_for_somebody_is_bounded() {
    let server = Server::start_with(&[
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "0"),
        ("RAALLY__LIMITS__WORKSPACES_PER_USER_AND_DAY", "3"),
    ]);
    let ana = server.sign_up("ana", None).await;
    let mut asked = Vec::new();
    for _ in 0..8 {
        let ask = ana.request(Method::POST, "/api/v1/me/verification").send();
        asked.push(ask.await.unwrap().status().as_u16());
    }
    // The sixth of the day: signing up was the first.
    assert_eq!(asked, [204, 204, 204, 204, 204, 429, 429, 429]);
    let mut made = Vec::new();
    for n in 0..4 {
        let body = json!({ "name": format!("Prize {n}") });
        made.push(
            bare(&ana, Method::POST, "/api/v1/tenants", body)
                .await
                .status()
                .as_u16(),
        );
    }
    assert_eq!(made, [201, 201, 201, 429]);
}
