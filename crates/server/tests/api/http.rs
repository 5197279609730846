//! What all answers have in common: headers, compression, CORS, the web app, documentation.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Server, ok};

#[tokio::test]
async fn every_answer_is_safe_in_a_browser_and_can_be_found_again() {
    let server = Server::start();
    for path in [
        "/",
        "/schedule",
        "/api",
        "/api/health",
        "/api/nonsense",
        "/api/docs",
    ] {
        let request = server.http.get(server.url(path));
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let answer = request.header("traceparent", trace).send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(headers["x-request-id"].len() == 36);
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        assert!(headers.contains_key("cache-control") || path == "/api");
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn the_page_gets_a_nonce_of_its_own_each_time() {
    let server = Server::start();
    let nonce = async || {
        let answer = server
            .http
            .get(server.url("/any/view"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        let text = answer.text().await.unwrap();
        assert!(!text.contains("__CSP_NONCE__"));
        policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_ne!(nonce().await, nonce().await);
    let missing = server
        .http
        .get(server.url("/assets/none.js"))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn large_answers_are_compressed_where_that_is_welcome() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    for n in 0..30 {
        admin
            .add(
                "/people",
                serde_json::json!({ "full_name": format!("Person {n}") }),
            )
            .await;
    }
    for path in ["/people", "/schedule?from=2026-11-23&to=2026-12-29"] {
        let plain = admin.get(path).send().await.unwrap();
        assert!(!plain.headers().contains_key("content-encoding"));
        let plain = plain.bytes().await.unwrap();
        let packed = admin
            .get(path)
            .header("accept-encoding", "gzip")
            .send()
            .await
            .unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        assert!(packed.bytes().await.unwrap().len() * 2 < plain.len());
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_call_only_where_they_are_listed() {
    let server = Server::start_with(&[("RAALLY__CORS_ORIGINS", "[\"https://app.example.com\"]")]);
    let ask = async |origin: &str| {
        let request = server
            .http
            .request(Method::OPTIONS, server.url("/api/v1/me"));
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "PATCH");
        request
            .send()
            .await
            .unwrap()
            .headers()
            .get("access-control-allow-origin")
            .cloned()
    };
    assert_eq!(
        ask("https://app.example.com").await.unwrap(),
        "https://app.example.com"
    );
    assert!(ask("https://evil.example.com").await.is_none());
}

#[tokio::test]
async fn the_api_leads_to_its_documentation() {
    let server = Server::start();
    let links: Value = ok(
        server.http.get(server.url("/api")).send().await.unwrap(),
        200,
    )
    .await;
    for name in ["documentation", "openapi", "health"] {
        let path = links[name].as_str().unwrap();
        assert_eq!(
            server
                .http
                .get(server.url(path))
                .send()
                .await
                .unwrap()
                .status(),
            200,
            "{path}"
        );
    }
    for file in ["docs.js", "docs.css"] {
        let answer = server
            .http
            .get(server.url(&format!("/api/docs/{file}")))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
    let metrics = server
        .http
        .get(server.url("/api/metrics"))
        .send()
        .await
        .unwrap();
    let text = metrics.text().await.unwrap();
    assert!(text.contains("raally_http_request_duration_seconds_count{method=\"GET\",route=\"/api\",status=\"200\"} 1"), "{text}");
}

#[tokio::test]
async fn a_workspace_is_found_by_an_address_that_looks_like_an_id() {
    let server = Server::start();
    let mut admin = server.sign_up("admin", Some("Own")).await;
    let slug = "eff1ac0c-ca59-4d2a-85bd-8083a2ee62ee";
    let patch = serde_json::json!({ "slug": slug });
    ok(admin.patch("/settings", &patch).send().await.unwrap(), 200).await;
    admin.tenant = slug.to_owned();
    assert_eq!(admin.read("/settings").await["slug"], slug);
    admin.tenant = admin.tenant_id.clone();
    assert_eq!(admin.read("/settings").await["slug"], slug);
}

#[tokio::test]
async fn every_origin_at_once_is_refused_at_the_start_with_a_sentence() {
    let server = Server::start();
    for origin in ["*", "https://*.example.com", "app.example.com"] {
        let mut command = server.command();
        let command = command.args(["serve", "--listen", "127.0.0.1:0"]);
        let output = command
            .env("RAALLY__CORS_ORIGINS", format!("[{origin:?}]"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{origin}");
        assert!(said.contains("cors_origins is not right"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
