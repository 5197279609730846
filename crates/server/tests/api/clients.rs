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

/// The names of a list's items.
async fn named(admin: &User<'_>, path: &str) -> Vec<String> {
    let list = admin.read(path).await;
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

#[tokio::test]
async fn a_project_written_with_a_clients_name_finds_or_makes_it() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    for (name, client) in [
        ("A", "Zenith"),
        ("B", " Ávila "),
        ("C", "ávila"),
        ("D", "Acme"),
    ] {
        let body = json!({ "name": name, "client": client });
        admin.add("/projects", body).await;
    }
    admin.add("/projects", json!({ "name": "E" })).await;
    assert_eq!(named(&admin, "/clients").await, ["Acme", "Ávila", "Zenith"]);
    assert_eq!(named(&admin, "/clients?q=avi").await, ["Ávila"]);
    assert_eq!(
        named(&admin, "/clients?sort=-version&limit=1").await,
        ["Acme"]
    );
    assert_eq!(
        named(&admin, "/projects?client=%C3%81VILA").await,
        ["B", "C"]
    );
    let sorted = named(&admin, "/projects?sort=client").await;
    assert_eq!(sorted, ["D", "B", "C", "A", "E"]);
    let project = &admin.read("/projects?q=avila").await["items"][0];
    assert_eq!(project["client"], "Ávila");
    let of_client = format!("?client_id={}", project["client_id"].as_str().unwrap());
    let of_client = named(&admin, &format!("/projects{of_client}")).await;
    assert_eq!(of_client, ["B", "C"]);
    // The activity says its name.
    let audit = admin.read("/audit?entity=project&limit=1").await;
    let changes = audit["items"][0]["changes"].to_string();
    assert!(!changes.contains("client_id"), "{changes}");
    let path = format!("/projects/{}", id(project));
    let patched = admin.patch(&path, &json!({ "client": "acme" }));
    assert_eq!(patched.send().await.unwrap().status(), 200);
    let audit = admin.read("/audit?entity=project&limit=1").await;
    let change = &audit["items"][0]["changes"][0];
    assert_eq!(
        *change,
        json!({ "field": "client", "before": "Ávila", "after": "Acme" })
    );
}
