//! Mail of one workspace, or to one address, keeps nobody else waiting, and nobody has more of it
//! sent than is theirs.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::json;

use crate::post::PostOffice;
use crate::support::{PASSWORD, Server, User, ok, problem};

/// Where the relay does not go on.
const STUCK: &str = "@stuck.example";
/// Far less than the relay is waited for.
const SOON: Duration = Duration::from_secs(8);

async fn verified<'s>(server: &'s Server, post: &PostOffice, name: &str) -> User<'s> {
    let user = server.sign_up(name, Some(&format!("Of {name}"))).await;
    let letter = loop {
        let letter = post.with_link("/verify/").await;
        if letter.to == user.email {
            break letter;
        }
    };
    ok(user.confirm(&letter.token("/verify/")).await, 200).await;
    user
}

async fn invite(by: &User<'_>, email: &str) -> Response {
    let body = json!({ "email": email, "role": "viewer" });
    by.post("/invitations", &body).send().await.unwrap()
}

/// Invitations, and mail about accounts, that the relay does not go on with.
#[tokio::test]
async fn mail_that_is_stuck_keeps_nobody_elses_waiting() {
    let post = PostOffice::stuck_at(STUCK);
    let server = Server::start_with(&[
        ("RAALLY__MAIL__RELAY", &post.address),
        ("RAALLY__MAIL__TIMEOUT_SECONDS", "30"),
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000"),
    ]);
    let stuck = verified(&server, &post, "stuck").await;
    let quiet = verified(&server, &post, "quiet").await;
    for n in 0..40 {
        ok(invite(&stuck, &format!("new{n}{STUCK}")).await, 201).await;
    }
    for n in 0..8 {
        let body = json!({
            "email": format!("owner{n}{STUCK}"), "password": PASSWORD, "full_name": "Owner",
        });
        let request = server.http.post(server.url("/api/v1/auth/sign-up"));
        ok(request.json(&body).send().await.unwrap(), 201).await;
    }
    // All that can be under way by then is.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asked = Instant::now();
    ok(invite(&quiet, "bob@example.com").await, 201).await;
    assert_eq!(post.invitation().await.to, "bob@example.com");
    let took = asked.elapsed();
    assert!(took < SOON, "an invitation took {took:?}");
    let asked = Instant::now();
    let other = server.sign_up("other", None).await;
    assert_eq!(post.with_link("/verify/").await.to, other.email);
    let took = asked.elapsed();
    assert!(took < SOON, "a mail about an account took {took:?}");
    // Of the same workspace too, where the address is another.
    let asked = Instant::now();
    let closed = quiet.post("/close", &json!({ "confirm": "Of quiet" }));
    assert!(closed.send().await.unwrap().status().is_success());
    assert_eq!(post.mail().await.to, quiet.email);
    let took = asked.elapsed();
    assert!(took < SOON, "a closing's mail took {took:?}");
}

#[tokio::test]
async fn mail_is_bounded_by_sender_by_workspace_and_by_recipient() {
    let server = Server::start_with(&[
        ("RAALLY__LIMITS__AUTH_PER_ADDRESS", "100000"),
        ("RAALLY__LIMITS__MAILS_PER_USER_AND_DAY", "6"),
        ("RAALLY__LIMITS__MAILS_PER_WORKSPACE_AND_DAY", "4"),
        ("RAALLY__LIMITS__MAILS_PER_RECIPIENT_AND_DAY", "2"),
    ]);
    let admin = server.sign_up("admin", Some("Own")).await;
    admin.verify().await;
    // Of six by this sender signing up was the first.
    for n in 0..4 {
        ok(invite(&admin, &format!("new{n}@example.com")).await, 201).await;
    }
    let refused = invite(&admin, "new4@example.com").await;
    let after: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=24 * 3600 / 4).contains(&after), "{after}");
    assert_eq!(problem(refused, 429).await["code"], "too-many-attempts");
    // It was the workspace's bound, then the sender's: one more was counted of the sender's.
    let body = json!({ "name": "Second" });
    let second = admin.request(Method::POST, "/api/v1/tenants").json(&body);
    let second = ok(second.send().await.unwrap(), 201).await;
    let second = User {
        tenant: second["slug"].as_str().unwrap().to_owned(),
        ..admin.clone()
    };
    problem(invite(&second, "new5@example.com").await, 429).await;
    // Others are not held up, and an address is written to by nobody more often than that.
    let mut to_one = Vec::new();
    for name in ["ana", "ben", "cem"] {
        let other = server.sign_up(name, Some(name)).await;
        other.verify().await;
        to_one.push(invite(&other, "new0@example.com").await.status().as_u16());
    }
    assert_eq!(to_one, [201, 429, 429]);
    // Its owner gets mail about an account of theirs all the same.
    let owner = server.sign_up("new0", None).await;
    owner.verify().await;
}
