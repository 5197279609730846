//! Signing up, in and out; sessions and their tokens.

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, id, ok, pointers, problem};

/// The refresh token that an answer sets.
fn cookie(response: &Response) -> String {
    let set = response.headers()[SET_COOKIE].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    let request = server
        .http
        .post(server.url("/api/v1/auth/sign-in"))
        .json(&body);
    request.send().await.unwrap()
}

async fn refresh(server: &Server, cookie: &str) -> Response {
    let request = server.http.post(server.url("/api/v1/auth/refresh"));
    request.header(COOKIE, cookie).send().await.unwrap()
}

async fn me(server: &Server, token: &str) -> StatusCode {
    let request = server.http.get(server.url("/api/v1/me")).bearer_auth(token);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_session_goes_on_by_refreshing_and_ends_by_signing_out() {
    let server = Server::start();
    server.sign_up("ana", Some("Acme")).await;
    let signed_in = sign_in(&server, "ANA@example.com", PASSWORD).await;
    let first = cookie(&signed_in);
    let answer = ok(signed_in, 200).await;
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 300);
    assert_eq!(answer["tenants"][0]["role"], "admin");

    // Under the name that it has over HTTPS, too.
    let refreshed = refresh(&server, &format!("__Host-{first}")).await;
    let second = cookie(&refreshed);
    assert_ne!(first, second);
    let answer = ok(refreshed, 200).await;
    assert_eq!(
        me(&server, answer["access_token"].as_str().unwrap()).await,
        200
    );

    let out = server.http.post(server.url("/api/v1/auth/sign-out"));
    let out = out.header(COOKIE, &second).send().await.unwrap();
    assert_eq!(out.status(), 204);
    assert!(
        out.headers()[SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    problem(refresh(&server, &second).await, 401).await;
}

#[tokio::test]
async fn over_https_the_cookie_is_of_this_very_host() {
    let server = Server::start_with(&[("RAALLY__SECURE_COOKIES", "true")]);
    server.sign_up("ana", None).await;
    let signed_in = sign_in(&server, "ana@example.com", PASSWORD).await;
    let set = signed_in.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    let (cookie, attributes) = set.split_once("; ").unwrap();
    assert!(cookie.starts_with("__Host-raally_refresh="), "{set}");
    // What the prefix asks for: a browser refuses the cookie without any of them.
    let attributes: Vec<&str> = attributes.split("; ").collect();
    assert!(attributes.contains(&"Secure") && attributes.contains(&"Path=/"));
    assert!(!attributes.iter().any(|a| a.starts_with("Domain")));
    ok(refresh(&server, cookie).await, 200).await;
    // A session that an earlier release began goes on under the new name.
    let again = sign_in(&server, "ana@example.com", PASSWORD).await;
    let again = again.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    let older = again.split(';').next().unwrap().replace("__Host-", "");
    let refreshed = refresh(&server, &older).await;
    let set = refreshed.headers()[SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("__Host-raally_refresh="), "{set}");
}

#[tokio::test]
async fn a_token_used_again_much_later_ends_the_session() {
    let server = Server::start();
    server.sign_up("ana", None).await;
    let first = cookie(&sign_in(&server, "ana@example.com", PASSWORD).await);
    let second = cookie(&refresh(&server, &first).await);
    let third = cookie(&refresh(&server, &second).await);
    // Two exchanges ago: not a second tab, somebody else.
    problem(refresh(&server, &first).await, 401).await;
    problem(refresh(&server, &third).await, 401).await;
}

#[tokio::test]
async fn every_wrong_pair_is_told_the_same() {
    let server = Server::start();
    server.sign_up("ana", None).await;
    let wrong = problem(
        sign_in(&server, "ana@example.com", "not my password").await,
        401,
    )
    .await;
    let unknown = problem(sign_in(&server, "nobody@example.com", PASSWORD).await, 401).await;
    let told = |p: &Value| (p["type"].clone(), p["title"].clone(), p["detail"].clone());
    assert_eq!(told(&wrong), told(&unknown));
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_is_named() {
    let server = Server::start();
    server.sign_up("ana", None).await;
    let sign_up = async |body: Value| {
        let request = server
            .http
            .post(server.url("/api/v1/auth/sign-up"))
            .json(&body);
        request.send().await.unwrap()
    };
    let wrong = json!({ "email": "no address", "password": "short", "full_name": " " });
    let wrong = problem(sign_up(wrong).await, 422).await;
    assert_eq!(pointers(&wrong), ["/email", "/full_name", "/password"]);
    let taken = json!({ "email": "Ana@Example.com", "password": PASSWORD, "full_name": "A" });
    problem(sign_up(taken).await, 409).await;
    let more = json!({ "email": "b@example.com", "password": PASSWORD, "full_name": "B", "role": "admin" });
    assert_eq!(
        pointers(&problem(sign_up(more).await, 422).await),
        ["/role"]
    );
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let server = Server::start();
    let ana = server.sign_up("ana", None).await;
    let other = cookie(&sign_in(&server, "ana@example.com", PASSWORD).await);
    let change = async |current: &str| {
        let body = json!({ "current_password": current, "new_password": "another horse battery" });
        let request = ana.request(Method::POST, "/api/v1/me/password").json(&body);
        request.send().await.unwrap()
    };
    assert_eq!(
        pointers(&problem(change("wrong").await, 422).await),
        ["/current_password"]
    );
    assert_eq!(change(PASSWORD).await.status(), 204);
    problem(refresh(&server, &other).await, 401).await;
    problem(sign_in(&server, "ana@example.com", PASSWORD).await, 401).await;
    ok(
        sign_in(&server, "ana@example.com", "another horse battery").await,
        200,
    )
    .await;
}

#[tokio::test]
async fn tokens_that_are_not_ours_are_refused() {
    let server = Server::start();
    let ana = server.sign_up("ana", None).await;
    assert_eq!(me(&server, &ana.token).await, 200);
    let (body, signature) = ana.token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    let unsigned = format!(
        "eyJhbGciOiJub25lIn0.{}.",
        ana.token.split('.').nth(1).unwrap()
    );
    for token in ["", "x", "a.b.c", &format!("{body}.{turned}"), &unsigned] {
        assert_eq!(me(&server, token).await, 401, "{token}");
    }
}

#[tokio::test]
async fn keys_are_published_and_rotate_without_refusing_a_valid_token() {
    let mut server = Server::start();
    let token = server.sign_up("ana", None).await.token;
    let jwks = async |server: &Server| -> Value {
        let request = server.http.get(server.url("/api/v1/auth/jwks.json"));
        ok(request.send().await.unwrap(), 200).await
    };
    let keys = jwks(&server).await;
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
    );
    assert!(key.get("d").is_none());

    server.terminate();
    assert!(server.wait().success());
    let rotated = server
        .command()
        .args(["keys", "rotate", "--now"])
        .output()
        .unwrap();
    assert!(
        rotated.status.success(),
        "{}",
        String::from_utf8_lossy(&rotated.stderr)
    );
    let again = server.again();
    assert_eq!(me(&again, &token).await, 200);
    let keys = jwks(&again).await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn too_many_attempts_are_told_when_to_come_back() {
    let server = Server::start_with(&[("RAALLY__LIMITS__SIGN_IN_PER_ACCOUNT", "2")]);
    for _ in 0..2 {
        assert_eq!(
            sign_in(&server, "nobody@example.com", "wrong password")
                .await
                .status(),
            401
        );
    }
    let refused = sign_in(&server, "nobody@example.com", "wrong password").await;
    let headers = refused.headers().clone();
    problem(refused, 429).await;
    let after: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&after));
    assert!(headers.contains_key("ratelimit") && headers.contains_key("ratelimit-policy"));
    assert_eq!(
        sign_in(&server, "other@example.com", "wrong password")
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn an_invitation_is_listed_and_taken_back_and_opens_nothing_without_its_token() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    admin.verify().await;
    let body = json!({ "email": "New@Example.com", "role": "member" });
    let invited = admin.add("/invitations", body).await;
    assert_eq!(invited["email"], "new@example.com");
    assert_eq!(invited["invited_by"], admin.id);
    let listed = admin.read("/invitations").await;
    assert_eq!(listed["items"], json!([invited]));
    let already = json!({ "email": admin.email, "role": "viewer" });
    let refused = admin.post("/invitations", &already).send().await.unwrap();
    assert_eq!(refused.status(), 409);

    let other = server.sign_up("other", None).await;
    let accept = "/api/v1/auth/invitations/bm90aGluZw/accept";
    let refused = other.request(Method::POST, accept).send().await.unwrap();
    assert_eq!(refused.status(), 409);
    let single = format!("/invitations/{}", id(&invited));
    assert_eq!(admin.delete(&single).send().await.unwrap().status(), 204);
    assert_eq!(admin.delete(&single).send().await.unwrap().status(), 404);
    assert_eq!(admin.read("/invitations").await["items"], json!([]));
}
