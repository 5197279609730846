//! Clients over HTTP: this release reads them, makes them by their name, and does not change them.

use reqwest::Response;
use serde_json::json;

use crate::support::{Server, User, id, problem};

/// The names of a list's items.
async fn names(admin: &User<'_>, path: &str) -> Vec<String> {
    let list = admin.read(path).await;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|c| c["name"].as_str().unwrap().to_owned())
        .collect()
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
    assert_eq!(names(&admin, "/clients").await, ["Acme", "Ávila", "Zenith"]);
    assert_eq!(names(&admin, "/clients?q=avi").await, ["Ávila"]);
    assert_eq!(
        names(&admin, "/clients?sort=-version&limit=1").await,
        ["Acme"]
    );
    assert_eq!(
        names(&admin, "/projects?client=%C3%81VILA").await,
        ["B", "C"]
    );
    let sorted = names(&admin, "/projects?sort=client").await;
    assert_eq!(sorted, ["D", "B", "C", "A", "E"]);
    let project = &admin.read("/projects?q=avila").await["items"][0];
    assert_eq!(project["client"], "Ávila");
    let of_client = format!("?client_id={}", project["client_id"].as_str().unwrap());
    let of_client = names(&admin, &format!("/projects{of_client}")).await;
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

#[tokio::test]
async fn a_client_is_read_and_not_yet_written() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let project = json!({ "name": "Apollo", "client": "NASA" });
    let project = admin.add("/projects", project).await;
    let client = project["client_id"].as_str().unwrap();
    let path = format!("/clients/{client}");
    let read = admin.read(&path).await;
    assert_eq!(
        (&read["name"], &read["archived"]),
        (&json!("NASA"), &json!(false))
    );
    let refused = |response: Response| async {
        let problem = problem(response, 409).await;
        let detail = problem["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("does not write them yet"), "{detail}");
    };
    let body = json!({ "name": "ESA" });
    refused(admin.post("/clients", &body).send().await.unwrap()).await;
    refused(admin.patch(&path, &body).send().await.unwrap()).await;
    refused(admin.delete(&path).send().await.unwrap()).await;
}
