//! Figures over HTTP: planners' situations in which two screens disagreed, or work went without
//! a word.

use serde_json::{Value, json};

use crate::support::{Server, User, id, ok};

/// 2026-11-23 is a Monday.
const WEEK: &str = "from=2026-11-23&to=2026-11-29";

async fn dashboard(admin: &User<'_>) -> Value {
    admin.read(&format!("/dashboard?{WEEK}")).await
}

async fn schedule(admin: &User<'_>, query: &str) -> Value {
    admin.read(&format!("/schedule?{WEEK}&{query}")).await
}

async fn person(admin: &User<'_>, body: Value) -> String {
    admin.add_id("/people", body).await
}

/// A booking of that week.
async fn book(admin: &User<'_>, person: &str, project: &str, effort: Value) -> String {
    let body = json!({
        "person_id": person, "project_id": project, "start": "2026-11-23", "end": "2026-11-29",
        "effort": effort,
    });
    admin.add_id("/assignments", body).await
}

fn names(schedule: &Value) -> Vec<&str> {
    let rows = schedule["rows"].as_array().unwrap().iter();
    rows.map(|r| r["full_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn archiving_takes_nobodys_work_out_of_any_screen() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let employment = json!({ "from": "2020-01-01", "to": "2026-12-01" });
    let leaves = json!({ "full_name": "Leaves", "employment": employment });
    let leaves = person(&admin, leaves).await;
    let project = admin
        .add_id("/projects", json!({ "name": "Harbour" }))
        .await;
    book(
        &admin,
        &leaves,
        &project,
        json!({ "per": "day", "minutes": 480 }),
    )
    .await;
    let screens = async || {
        let people = schedule(&admin, "").await;
        let projects = schedule(&admin, "by=project").await;
        let minutes = |row: &Value| row["booked_minutes"].clone();
        let found = dashboard(&admin).await;
        (
            found["booked_minutes"].clone(),
            minutes(&found["projects"][0]),
            minutes(&people["rows"][0]),
            minutes(&projects["rows"][0]),
            minutes(&projects["rows"][0]["people"][0]),
        )
    };
    let before = screens().await;
    let week = json!([2400]);
    let expected = (json!(2400), json!(2400), week.clone(), week.clone(), week);
    assert_eq!(before, expected);
    let archive = admin.patch(&format!("/people/{leaves}"), &json!({ "archived": true }));
    ok(archive.send().await.unwrap(), 200).await;
    let archive = admin.patch(
        &format!("/projects/{project}"),
        &json!({ "archived": true }),
    );
    ok(archive.send().await.unwrap(), 200).await;
    assert_eq!(screens().await, before);
    let index = admin.read(&format!("/schedule/index?{WEEK}")).await;
    assert_eq!(index["total"], 1);
    // The directory's list leaves them out.
    assert_eq!(admin.read("/people").await["total"], 0);
}

#[tokio::test]
async fn work_that_leave_displaces_is_told() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let away = person(&admin, json!({ "full_name": "Away" })).await;
    let project = admin
        .add_id("/projects", json!({ "name": "Harbour" }))
        .await;
    book(
        &admin,
        &away,
        &project,
        json!({ "per": "day", "minutes": 480 }),
    )
    .await;
    let off = json!({
        "person_id": away, "from": "2026-11-25", "to": "2026-11-27", "status": "approved",
    });
    let off = admin.add("/time-off", off).await;
    let found = dashboard(&admin).await;
    assert_eq!(
        (&found["booked_minutes"], &found["displaced_minutes"]),
        (&json!(960), &json!(1440))
    );
    assert_eq!(found["projects"][0]["displaced_minutes"], 1440);
    let expected = json!([{
        "person_id": away, "full_name": "Away", "project_id": project, "name": "Harbour",
        "minutes": 1440, "from": "2026-11-25", "to": "2026-11-27",
    }]);
    assert_eq!(found["displaced"], expected);
    let rows = schedule(&admin, "bucket=week").await;
    assert_eq!(rows["rows"][0]["displaced_minutes"], json!([1440]));
    assert_eq!(rows["rows"][0]["assignments"][0]["displaced_minutes"], 1440);
    let rows = schedule(&admin, "bucket=week&by=project").await;
    assert_eq!(rows["rows"][0]["displaced_minutes"], json!([1440]));
    // A minute less leaves a minute a day, and nothing is overbooked.
    let patch = admin.patch(
        &format!("/time-off/{}", id(&off)),
        &json!({ "minutes_per_day": 479 }),
    );
    ok(patch.send().await.unwrap(), 200).await;
    let found = dashboard(&admin).await;
    let figures = [
        &found["booked_minutes"],
        &found["displaced_minutes"],
        &found["overtime_minutes"],
    ];
    assert_eq!(figures, [963, 1437, 0]);
}

#[tokio::test]
async fn a_title_of_the_future_is_not_shown_before_its_day() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let ada = person(&admin, json!({ "full_name": "Ada" })).await;
    for (date, title) in [("2020-01-01", "Developer"), ("2190-01-01", "Head")] {
        let body = json!({ "title": title, "effective_date": date });
        admin.add(&format!("/people/{ada}/job-titles"), body).await;
    }
    let title = async |on: &str| {
        let found = admin.read(&format!("/people/{ada}{on}")).await;
        found["job_title"].as_str().map(str::to_owned)
    };
    assert_eq!(title("").await.as_deref(), Some("Developer"));
    assert_eq!(title("?on=2190-01-01").await.as_deref(), Some("Head"));
    assert_eq!(title("?on=2019-12-31").await, None);
    let total = async |query: &str| admin.read(&format!("/people?{query}")).await["total"].clone();
    assert_eq!(
        (total("role=Developer").await, total("role=Head").await),
        (json!(1), json!(0))
    );
    assert_eq!(total("role=Head&on=2190-01-01").await, 1);
    assert_eq!(
        (total("q=devel").await, total("q=head").await),
        (json!(1), json!(0))
    );
    let table = admin
        .get("/people?on=2190-01-01")
        .header("accept", "text/csv");
    let table = table.send().await.unwrap().text().await.unwrap();
    assert!(
        table.contains("Head") && !table.contains("Developer"),
        "{table}"
    );
}

#[tokio::test]
async fn weeks_begin_on_the_workspaces_day() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    person(&admin, json!({ "full_name": "P" })).await;
    let settings = admin.patch("/settings", &json!({ "week_start": "sunday" }));
    ok(settings.send().await.unwrap(), 200).await;
    let period = "from=2026-11-29&to=2026-12-05";
    let found = admin.read(&format!("/schedule?{period}&bucket=week")).await;
    let week = json!([{ "from": "2026-11-29", "to": "2026-12-05" }]);
    assert_eq!(found["buckets"], week);
    assert_eq!(found["rows"][0]["capacity_minutes"], json!([2400]));
    let found = admin.read(&format!("/dashboard?{period}")).await;
    let weeks = found["by_week"].as_array().unwrap();
    assert_eq!(
        (weeks.len(), &weeks[0]["week_start"]),
        (1, &json!("2026-11-29"))
    );
}

#[tokio::test]
async fn who_left_is_in_no_later_period() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let left = json!({ "full_name": "Left in 2016", "employment": { "to": "2016-01-15" } });
    person(&admin, left).await;
    person(&admin, json!({ "full_name": "Here" })).await;
    assert_eq!(dashboard(&admin).await["people"]["no_capacity"], 0);
    assert_eq!(names(&schedule(&admin, "").await), ["Here"]);
}

#[tokio::test]
async fn half_and_half_of_an_odd_day_are_all_of_it() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let split = person(&admin, json!({ "full_name": "P" })).await;
    // 7 h 15 a day.
    let hours = json!({ "effective_date": "2020-01-01", "weekly_minutes": 2175 });
    admin
        .add(&format!("/people/{split}/availabilities"), hours)
        .await;
    for name in ["X", "Y"] {
        let project = admin.add_id("/projects", json!({ "name": name })).await;
        book(
            &admin,
            &split,
            &project,
            json!({ "per": "capacity", "share": 5000 }),
        )
        .await;
    }
    let found = dashboard(&admin).await;
    let figures = [
        &found["booked_minutes"],
        &found["idle_minutes"],
        &found["people"]["fully_busy"],
    ];
    assert_eq!(figures, [2175, 0, 1]);
}

#[tokio::test]
async fn hours_of_the_workspace_change_on_a_date_and_a_saturday_works_as_a_monday() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    person(&admin, json!({ "full_name": "Ana" })).await;
    let capacity = async || {
        let days = schedule(&admin, "bucket=day").await;
        days["rows"][0]["capacity_minutes"].clone()
    };
    assert_eq!(capacity().await, json!([480, 480, 480, 480, 480, 0, 0]));
    let weeks = json!({ "default_week": [
        { "effective_date": "2026-01-01", "weekly_minutes": 2400 },
        { "effective_date": "2026-11-25", "weekly_minutes": 2280 },
    ]});
    let written = admin.patch("/settings", &weeks).send().await.unwrap();
    let settings = ok(written, 200).await;
    assert_eq!(
        settings["default_week"][1]["cycle"],
        json!([[456, 456, 456, 456, 456, 0, 0]])
    );
    assert_eq!(capacity().await, json!([480, 480, 456, 456, 456, 0, 0]));
    let bridge = json!({ "name": "Company", "holidays": [
        { "date": "2026-11-23", "name": "Bridge" },
        { "date": "2026-11-28", "name": "For Monday", "works_as": "monday" },
    ]});
    let calendar = admin.add_id("/holiday-calendars", bridge).await;
    let ours = json!({ "holiday_calendar_id": calendar });
    ok(admin.patch("/settings", &ours).send().await.unwrap(), 200).await;
    assert_eq!(capacity().await, json!([0, 480, 456, 456, 456, 456, 0]));
    // One week without a date takes the place of all of them.
    let one = json!({ "default_week": { "weekly_minutes": 2400 } });
    let written = admin.patch("/settings", &one).send().await.unwrap();
    let settings = ok(written, 200).await;
    assert_eq!(settings["default_week"][0]["effective_date"], "1970-01-01");
    assert_eq!(capacity().await, json!([0, 480, 480, 480, 480, 480, 0]));
}
