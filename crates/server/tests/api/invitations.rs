//! Invitations, from the mail into the workspace.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::post::PostOffice;
use crate::support::{Server, User, id, ok, problem};

fn start(post: &PostOffice) -> Server {
    Server::start_with(&[
        ("RAALLY__MAIL__RELAY", &post.address),
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000"),
    ])
}

/// An admin whose address was shown to be theirs.
async fn admin<'s>(server: &'s Server, post: &PostOffice) -> User<'s> {
    let admin = server.sign_up("maya", Some("Own")).await;
    let letter = post.with_link("/verify/").await;
    assert_eq!(letter.to, admin.email);
    ok(admin.confirm(&letter.token("/verify/")).await, 200).await;
    admin
}

/// What somebody without an account reads of it.
async fn read(server: &Server, token: &str) -> Value {
    let path = server.url(&format!("/api/v1/auth/invitations/{token}"));
    ok(server.http.get(path).send().await.unwrap(), 200).await
}

async fn accept(user: &User<'_>, token: &str) -> reqwest::Response {
    let path = format!("/api/v1/auth/invitations/{token}/accept");
    user.request(Method::POST, &path).send().await.unwrap()
}

fn ended(status: &str) -> Value {
    json!({
        "workspace": "Own", "status": status, "role": null, "invited_by": null,
        "expires_at": null,
    })
}

#[tokio::test]
async fn a_second_invitation_to_one_address_renews_the_first() {
    let post = PostOffice::open();
    let server = start(&post);
    let admin = admin(&server, &post).await;
    let body = |email: &str, role: &str| json!({ "email": email, "role": role });
    let first = admin
        .add("/invitations", body("New@example.com", "viewer"))
        .await;
    let letter = post.invitation().await;
    let second = admin
        .add("/invitations", body("new@example.com", "member"))
        .await;
    assert_eq!(second["id"], first["id"]);
    assert_ne!(second["expires_at"], first["expires_at"]);
    let list = admin.read("/invitations").await;
    assert_eq!(list["items"], json!([second]));
    // It is mailed again, and what was mailed first is good as well.
    let again = post.invitation().await;
    let token = again.token("/invitations/");
    assert_eq!(token, letter.token("/invitations/"));
    assert_eq!(read(&server, &token).await["role"], "member");
}

#[tokio::test]
async fn an_invitation_leads_from_the_mail_into_the_workspace() {
    let post = PostOffice::open();
    let server = start(&post);
    let admin = admin(&server, &post).await;
    let body = json!({ "email": "New@Example.com", "role": "resource_manager" });
    let invited = admin.add("/invitations", body).await;

    let letter = post.invitation().await;
    assert_eq!(letter.to, "new@example.com");
    let subject = "Subject: maya invites you to Own\r\n";
    assert!(letter.text.contains(subject), "{}", letter.text);
    let token = letter.token("/invitations/");
    let expected = json!({
        "workspace": "Own", "status": "open", "role": "resource_manager",
        "invited_by": "maya", "expires_at": invited["expires_at"],
    });
    assert_eq!(read(&server, &token).await, expected);

    let mut new = server.sign_up("new", None).await;
    let joined = ok(accept(&new, &token).await, 200).await;
    assert_eq!(joined["slug"], admin.tenant.as_str());
    assert_eq!(joined["role"], "resource_manager");
    new.tenant = admin.tenant.clone();
    new.add("/people", json!({ "full_name": "Bo" })).await;
    let members = admin.read("/members").await;
    assert_eq!(members["total"], 2, "{members}");

    // Once more is as well for them, and is nothing for others.
    assert_eq!(read(&server, &token).await, ended("accepted"));
    assert_eq!(ok(accept(&new, &token).await, 200).await, joined);
    let other = server.sign_up("other", None).await;
    problem(accept(&other, &token).await, 409).await;
    assert_eq!(other.get("/people").send().await.unwrap().status(), 404);
    assert_eq!(admin.read("/members").await["total"], 2);
    assert_eq!(admin.read("/invitations").await["items"], json!([]));
}

#[tokio::test]
async fn an_invitation_that_is_over_says_why() {
    let post = PostOffice::open();
    let server = start(&post);
    let admin = admin(&server, &post).await;
    let stranger = server.sign_up("stranger", None).await;
    let invite = async |email: &str| {
        let body = json!({ "email": email, "role": "viewer" });
        let id = admin.add_id("/invitations", body).await;
        (id, post.invitation().await.token("/invitations/"))
    };
    let (withdrawn, token) = invite("a@example.com").await;
    let taken_back = admin.delete(&format!("/invitations/{withdrawn}"));
    assert_eq!(taken_back.send().await.unwrap().status(), 204);
    assert_eq!(read(&server, &token).await, ended("withdrawn"));
    problem(accept(&stranger, &token).await, 409).await;

    let (expired, token) = invite("b@example.com").await;
    let_a_week_pass(&server, &expired).await;
    assert_eq!(read(&server, &token).await, ended("expired"));
    problem(accept(&stranger, &token).await, 409).await;
    assert_eq!(admin.read("/invitations").await["items"], json!([]));

    // Of a right one's length, and of none.
    let forged = format!("{}{}", &token[..token.len() - 3], "AAA");
    for unknown in [&forged, "bm90aGluZw", "%F0%9F%98%80"] {
        let path = server.url(&format!("/api/v1/auth/invitations/{unknown}"));
        problem(server.http.get(path).send().await.unwrap(), 404).await;
    }
}

/// As if it had been made before: nobody waits here.
async fn let_a_week_pass(server: &Server, id: &str) {
    for _ in 0..500 {
        // Not before it waits for its answer: what is noted until then writes the whole of it.
        let changed = match &server.engines {
            Some(engines) => {
                engines
                    .execute(&format!(
                        "UPDATE raally.sagas
                         SET state = jsonb_set(state::jsonb, '{{expires_at}}', '\"2026-01-01T00:00:00Z\"')::text
                         WHERE saga_id = '{id}' AND step = 1
                           AND due_at > (extract(epoch FROM now()) + 86400) * 1000000"
                    ))
                    .await
            }
            None => {
                let file = server.data.path().join("raally.db");
                let conn = rusqlite::Connection::open(file).unwrap();
                let sql = "UPDATE sagas SET state = json_set(state, '$.expires_at', '2026-01-01T00:00:00Z')
                           WHERE hex(saga_id) = ?1 AND step = 1 AND due_at > (unixepoch() + 86400) * 1000000";
                let id = id.replace('-', "").to_uppercase();
                conn.execute(sql, [id]).unwrap() as u64
            }
        };
        if changed == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the invitation was not found");
}

#[tokio::test]
async fn the_mail_speaks_the_language_of_its_reader() {
    let post = PostOffice::open();
    let server = start(&post);
    let admin = admin(&server, &post).await;
    let known = server.sign_up("known", None).await;
    let speaks = async |user: &User<'_>, locale: &str| {
        let request = user.request(Method::PATCH, "/api/v1/me");
        let body = json!({ "locale": locale });
        ok(request.json(&body).send().await.unwrap(), 200).await;
    };
    speaks(&admin, "pt-BR").await;
    speaks(&known, "es").await;
    for (email, says) in [
        (
            "unknown@example.com",
            "Você pode aceitá-lo durante sete dias",
        ),
        ("known@example.com", "Puedes aceptarla durante siete días"),
    ] {
        let body = json!({ "email": email, "role": "member" });
        admin.add("/invitations", body).await;
        let letter = post.invitation().await;
        assert_eq!(letter.to, email);
        assert!(letter.text.contains(says), "{}", letter.text);
        assert_eq!(
            read(&server, &letter.token("/invitations/")).await["status"],
            "open"
        );
    }
}

/// Posts with an idempotency key; whether it was answered before, and the answer.
async fn keyed(user: &User<'_>, path: &str, body: &Value, key: &str, status: u16) -> (bool, Value) {
    let request = user.post(path, body).header("idempotency-key", key);
    let response = request.send().await.unwrap();
    let replayed = response.headers().contains_key("idempotency-replayed");
    (replayed, ok(response, status).await)
}

#[tokio::test]
async fn of_64_invitations_under_one_key_there_is_one() {
    let post = PostOffice::open();
    let server = start(&post);
    let admin = admin(&server, &post).await;
    let body = json!({ "email": "new@example.com", "role": "member" });
    let all = (0..64).map(|_| keyed(&admin, "/invitations", &body, "once", 201));
    let all = futures::future::join_all(all).await;
    let ids: BTreeSet<String> = all.iter().map(|(_, answer)| id(answer)).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(all.iter().filter(|(replayed, _)| !replayed).count(), 1);
    let listed = admin.read("/invitations").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(post.invitation().await.to, "new@example.com");

    let other = json!({ "email": "other@example.com", "role": "member" });
    keyed(&admin, "/invitations", &other, "once", 422).await;
    // Another's key, and no key, are something else.
    let second = server.sign_up("second", None).await;
    let body = json!({ "email": second.email, "role": "admin" });
    admin.add("/invitations", body).await;
    let token = post.invitation().await.token("/invitations/");
    ok(accept(&second, &token).await, 200).await;
    let second = User {
        tenant: admin.tenant.clone(),
        ..second
    };
    assert!(second.is_verified().await, "by the token of their own mail");
    keyed(&second, "/invitations", &other, "once", 201).await;
    // What is refused leaves no answer: the same request may be right later.
    let member = json!({ "email": "late@example.com", "role": "nobody" });
    keyed(&admin, "/invitations", &member, "late", 422).await;
    let late = json!({ "email": "late@example.com", "role": "viewer" });
    keyed(&admin, "/invitations", &late, "late", 201).await;
    let listed = admin.read("/invitations").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 3, "{listed}");
}

#[tokio::test]
async fn webhooks_and_notifications_answer_a_key_once_too() {
    let server = Server::start();
    let admin = server.sign_up("maya", Some("Own")).await;
    // Nothing is sent: there is no such name.
    let hook = json!({ "url": "https://raally.invalid/" });
    let twice = async |path: String, body: Value, status: u16| {
        let (again, first) = keyed(&admin, &path, &body, &path, status).await;
        assert!(!again, "{path}");
        let (again, second) = keyed(&admin, &path, &body, &path, status).await;
        assert!(again, "{path}");
        assert_eq!(first, second, "{path}");
        first
    };
    let hook = id(&twice("/webhooks".to_owned(), hook, 201).await);
    let list = admin.read("/webhooks").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    twice(format!("/webhooks/{hook}/rotate"), json!({}), 200).await;
    let test = twice(format!("/webhooks/{hook}/test"), json!({}), 202).await;
    let test = test["delivery_id"].as_str().unwrap();
    let path = format!("/webhooks/{hook}/deliveries");
    let sent = admin.read(&path).await;
    assert_eq!(sent["items"].as_array().unwrap().len(), 1, "{sent}");
    twice(format!("{path}/{test}/redeliver"), json!({}), 202).await;
    twice("/notifications/read-all".to_owned(), json!({}), 200).await;
}
