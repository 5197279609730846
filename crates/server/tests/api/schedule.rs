//! The schedule over HTTP.

use serde_json::{Value, json};

use crate::support::{Server, User, id};

const PERIOD: &str = "from=2026-11-23&to=2027-02-21";

async fn booked(admin: &User<'_>, owner: &str, of: &Value, project: &Value) {
    let body = json!({
        owner: id(of),
        "project_id": id(project),
        "start": "2026-11-23",
        "end": "2026-12-04",
        "effort": { "per": "week", "minutes": 1200 },
    });
    admin.add("/assignments", body).await;
}

async fn planned(admin: &User<'_>) {
    let ana = admin.add("/people", json!({ "full_name": "Ana" })).await;
    let tester = json!({ "title": "Tester" });
    let tester = admin.add("/placeholders", tester).await;
    let apollo = admin.add("/projects", json!({ "name": "Apollo" })).await;
    booked(admin, "person_id", &ana, &apollo).await;
    booked(admin, "placeholder_id", &tester, &apollo).await;
}

/// The row's minutes of the first three buckets; it has one entry for each of them.
#[track_caller]
fn first_three(answer: &Value, row: &Value, field: &str) -> [u64; 3] {
    let minutes = row[field].as_array().unwrap();
    let buckets = answer["buckets"].as_array().unwrap();
    assert_eq!(minutes.len(), buckets.len(), "{field}");
    [0, 1, 2].map(|n| minutes[n].as_u64().unwrap())
}

#[tokio::test]
async fn rows_have_an_entry_for_each_bucket_and_say_whose_they_are() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    planned(&admin).await;
    let ask = |by: &str| format!("/schedule?{PERIOD}&by={by}");

    let people = admin.read(&ask("person")).await;
    assert_eq!(
        (&people["by"], &people["total"]),
        (&json!("person"), &json!(1))
    );
    let ana = &people["rows"][0];
    assert_eq!(first_three(&people, ana, "capacity_minutes"), [2400; 3]);
    assert_eq!(first_three(&people, ana, "booked_minutes"), [1200, 1200, 0]);
    assert_eq!(first_three(&people, ana, "tentative_minutes"), [0; 3]);
    assert_eq!(ana["overbooked"].as_array().unwrap().len(), 13);
    let bar = ana["assignments"][0].as_object().unwrap();
    assert!(!bar.contains_key("role") && !bar.contains_key("notes"));

    let projects = admin.read(&ask("project")).await;
    assert_eq!(projects["by"], "project");
    let apollo = &projects["rows"][0];
    assert_eq!(
        first_three(&projects, apollo, "booked_minutes"),
        [1200, 1200, 0]
    );
    assert_eq!(
        first_three(&projects, apollo, "demand_minutes"),
        [1200, 1200, 0]
    );
    let staff = &apollo["people"][0];
    assert_eq!(
        first_three(&projects, staff, "residual_minutes"),
        [1200, 1200, 2400]
    );

    let placeholders = admin.read(&ask("placeholder")).await;
    assert_eq!(placeholders["by"], "placeholder");
    let tester = &placeholders["rows"][0];
    assert_eq!(
        first_three(&placeholders, tester, "demand_minutes"),
        [1200, 1200, 0]
    );
    assert_eq!(placeholders["projects"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn rows_of_placeholders_come_in_pages() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    for title in ["Writer", "Analyst", "Tester"] {
        admin.add("/placeholders", json!({ "title": title })).await;
    }
    let path = format!("/schedule?{PERIOD}&by=placeholder&offset=1&limit=1");
    let page = admin.read(&path).await;
    assert_eq!((&page["total"], &page["offset"]), (&json!(3), &json!(1)));
    assert_eq!(page["rows"].as_array().unwrap().len(), 1);
    assert_eq!(page["rows"][0]["title"], "Tester");
}
