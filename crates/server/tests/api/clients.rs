//! Clients over HTTP.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Server, User, id, ok, pointers, problem};

async fn names(admin: &User<'_>, query: &str) -> Vec<String> {
    let list = admin.read(&format!("/clients{query}")).await;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|c| c["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_client_is_added_changed_found_and_removed() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let acme = json!({ "name": " Acme ", "notes": "Since 2019" });
    let acme = admin.add("/clients", acme).await;
    assert_eq!(acme["name"], "Acme");
    assert_eq!(acme["archived"], false);
    admin.add("/clients", json!({ "name": "Ávila" })).await;
    admin.add("/clients", json!({ "name": "Zenith" })).await;
    assert_eq!(names(&admin, "").await, ["Acme", "Ávila", "Zenith"]);
    assert_eq!(names(&admin, "?q=avi").await, ["Ávila"]);
    assert_eq!(names(&admin, "?sort=-version&limit=1").await, ["Zenith"]);

    let path = format!("/clients/{}", id(&acme));
    let change = |body: Value| admin.patch(&path, &body).send();
    let changed = change(json!({ "notes": null, "archived": true })).await;
    let changed = ok(changed.unwrap(), 200).await;
    assert_eq!(
        (&changed["notes"], &changed["name"]),
        (&Value::Null, &json!("Acme"))
    );
    assert_eq!(names(&admin, "").await, ["Ávila", "Zenith"]);
    assert_eq!(names(&admin, "?archived=true").await.len(), 3);
    ok(admin.delete(&path).send().await.unwrap(), 200).await;
    problem(admin.get(&path).send().await.unwrap(), 404).await;
    ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(admin.read(&path).await["archived"], true);
}

#[tokio::test]
async fn no_two_clients_share_a_name() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    admin.add("/clients", json!({ "name": "Acme" })).await;
    let other = admin.add_id("/clients", json!({ "name": "Other" })).await;
    let refused = |response: Response| async {
        let problem = problem(response, 422).await;
        assert_eq!(pointers(&problem), ["/name"]);
    };
    for name in ["ACME", " acme ", ""] {
        let body = json!({ "name": name });
        refused(admin.post("/clients", &body).send().await.unwrap()).await;
        let path = format!("/clients/{other}");
        refused(admin.patch(&path, &body).send().await.unwrap()).await;
    }
}
