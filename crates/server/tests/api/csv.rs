//! Lists as CSV: all rows, as far as the caller may see them, and nothing that a spreadsheet runs.

use std::collections::BTreeMap;

use reqwest::{Response, StatusCode};
use serde_json::json;

use crate::support::{Server, User, assignment};

type Row = BTreeMap<String, String>;

async fn table(user: &User<'_>, path: &str) -> Response {
    let request = user.get(path).header("accept", "text/csv");
    request.send().await.unwrap()
}

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize().map(Result::unwrap);
    rows.collect()
}

async fn read(user: &User<'_>, path: &str) -> Vec<Row> {
    let response = table(user, path).await;
    assert_eq!(response.status(), 200, "{path}");
    rows(&response.text().await.unwrap())
}

fn column(rows: &[Row], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].clone()).collect()
}

#[tokio::test]
async fn cells_come_back_as_they_were_written_and_none_is_a_formula() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let texts = ["\"Quoted\", and more", "=1+1", "+49", "-2", "@sum"];
    for text in texts {
        let body = json!({
            "name": text, "notes": "one\ntwo", "tags": ["a", "b"],
            "budget": { "minutes": 600, "money": { "amount": 100, "currency": "EUR" } },
        });
        admin.add("/projects", body).await;
    }
    let text = table(&admin, "/projects").await.text().await.unwrap();
    assert!(text.starts_with("id,version,"), "{text}");
    assert!(text.contains("\"\"\"Quoted\"\", and more\""), "{text}");
    assert!(text.contains("\"one\ntwo\""), "{text}");
    let rows = rows(&text);
    let mut names = column(&rows, "name");
    names.sort();
    let mut expected = vec!["\"Quoted\", and more", "'=1+1", "'+49", "'-2", "'@sum"];
    expected.sort_unstable();
    assert_eq!(names, expected);
    for row in &rows {
        assert_eq!(row["notes"], "one\ntwo");
        assert_eq!(row["tags"], "a, b");
        assert_eq!(row["budget.minutes"], "600");
        assert_eq!(row["budget.money.amount"], "100");
        assert_eq!(row["budget.money.currency"], "EUR");
        assert_eq!(row["owner_id"], "");
        assert_eq!(row["billable"], "true");
    }
}

#[tokio::test]
async fn a_table_has_all_rows_that_fit_in_their_order() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    // More than a page may hold, and than are written at a time.
    let commands: Vec<_> = (0..300)
        .map(|n| json!({ "op": "create", "resource": "teams", "body": { "name": format!("T{n:03}") } }))
        .collect();
    let run = admin.post("/commands", &json!({ "commands": commands }));
    assert_eq!(run.send().await.unwrap().status(), 200);
    let names = column(&read(&admin, "/teams?limit=5").await, "name");
    assert_eq!(names.len(), 300);
    assert!(names.is_sorted());
    let names = column(&read(&admin, "/teams?q=t29&sort=-name").await, "name");
    assert_eq!(names.first().unwrap(), "T299");
    assert_eq!((names.len(), names.last().unwrap().as_str()), (10, "T290"));
    // An empty table has its columns, and parameters are as strict as ever.
    let empty = table(&admin, "/skills").await.text().await.unwrap();
    assert_eq!(empty, "id,version,name\r\n");
    assert_eq!(table(&admin, "/teams?colour=red").await.status(), 400);
    assert_eq!(table(&admin, "/teams?sort=size").await.status(), 400);
    let members = read(&admin, "/members").await;
    assert_eq!(column(&members, "email"), ["admin@example.com"]);
}

#[tokio::test]
async fn a_table_is_another_form_of_the_list_with_an_etag_of_its_own() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    admin.add("/teams", json!({ "name": "Núcleo" })).await;
    let list = admin.get("/teams").send().await.unwrap();
    let plain = table(&admin, "/teams").await;
    assert_eq!(list.headers()["content-type"], "application/json");
    for answer in [&list, &plain] {
        let vary = answer.headers().get_all("vary").iter();
        let vary: Vec<_> = vary.map(|v| v.to_str().unwrap().to_lowercase()).collect();
        assert!(vary.iter().any(|v| v == "accept"), "{vary:?}");
    }
    let headers = plain.headers().clone();
    assert_eq!(
        headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename=\"teams.csv\""
    );
    assert_eq!(headers["raally-head"], list.headers()["raally-head"]);
    assert_ne!(headers["etag"], list.headers()["etag"]);
    let again = |etag| {
        let request = admin.get("/teams").header("accept", "text/csv");
        request.header("if-none-match", etag).send()
    };
    let same = again(&headers["etag"]).await.unwrap();
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    let other = again(&list.headers()["etag"]).await.unwrap();
    assert_eq!(other.status(), 200);

    let plain = plain.bytes().await.unwrap();
    let marked = table(&admin, "/teams?bom=true")
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(marked, ["\u{feff}".as_bytes(), &plain].concat());
    // Whoever takes anything, or something that we do not have, gets JSON as ever.
    for accept in ["*/*", "text/html", "text/csv;q=0"] {
        let request = admin.get("/teams").header("accept", accept);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
    }
}

#[tokio::test]
async fn a_table_shows_no_more_than_the_list() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let viewer = admin.invite("viewer", "viewer").await;
    let booked = admin.booked().await;
    let mut body = assignment(&booked.person, &booked.project);
    body["notes"] = json!("for planners");
    admin.add("/assignments", body).await;
    let notes = column(&read(&admin, "/assignments").await, "notes");
    assert!(notes.contains(&"for planners".to_owned()), "{notes:?}");
    let notes = column(&read(&viewer, "/assignments").await, "notes");
    assert_eq!(notes, ["", ""]);
    let pay = format!("/people/{}/compensations", booked.person);
    assert_eq!(table(&viewer, &pay).await.status(), 403);
    assert_eq!(table(&viewer, "/members").await.status(), 403);
    let stranger = server.sign_up("stranger", Some("Other")).await;
    let path = admin.path("/teams");
    let request = stranger.request(reqwest::Method::GET, &path);
    let answer = request.header("accept", "text/csv").send().await.unwrap();
    assert_eq!(answer.status(), 404);
}
