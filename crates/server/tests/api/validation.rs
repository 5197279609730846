//! What is wrong with a request is a 4xx that points at it, never a 5xx.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, assignment, ok, pointers, problem};

#[tokio::test]
async fn wrong_values_are_pointed_at() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    admin.add("/teams", json!({ "name": "Core" })).await;
    let with = |change: Value| {
        let mut body = assignment(&booked.person, &booked.project);
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let person = |change: Value| {
        let mut body = json!({ "full_name": "Cy" });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let nobody = "018f0000-0000-7000-8000-000000000000";
    let titles = format!("/people/{}/job-titles", booked.person);
    let weeks = format!("/people/{}/availabilities", booked.person);
    let pay = format!("/people/{}/compensations", booked.person);
    let corpus: Vec<(&str, Value, &str)> = vec![
        (
            "/assignments",
            with(json!({ "start": "2026-02-30" })),
            "/start",
        ),
        (
            "/assignments",
            with(json!({ "start": "1969-12-31" })),
            "/start",
        ),
        ("/assignments", with(json!({ "end": "2026-11-22" })), "/end"),
        ("/assignments", with(json!({ "end": "2199-12-31" })), "/end"),
        (
            "/assignments",
            with(json!({ "effort": { "per": "week", "minutes": -5 } })),
            "/effort/minutes",
        ),
        (
            "/assignments",
            with(json!({ "effort": { "per": "week", "minutes": 0 } })),
            "/effort/minutes",
        ),
        (
            "/assignments",
            with(json!({ "effort": { "per": "day", "minutes": 99_999 } })),
            "/effort/minutes",
        ),
        (
            "/assignments",
            with(json!({ "effort": { "per": "week", "minutes": 1e30 } })),
            "/effort/minutes",
        ),
        (
            "/assignments",
            with(json!({ "effort": { "per": "capacity", "share": 10_001 } })),
            "/effort/share",
        ),
        (
            "/assignments",
            with(json!({ "effort": { "per": "fortnight", "minutes": 5 } })),
            "/effort/per",
        ),
        (
            "/assignments",
            with(json!({ "effort": { "per": "total", "minutes": 60 }, "end": null })),
            "/end",
        ),
        (
            "/assignments",
            with(json!({ "weekdays": ["tue"] })),
            "/weekdays",
        ),
        (
            "/assignments",
            with(json!({ "person_id": nobody })),
            "/person_id",
        ),
        (
            "/assignments",
            with(json!({ "project_id": nobody })),
            "/project_id",
        ),
        (
            "/assignments",
            with(json!({ "project_id": "x" })),
            "/project_id",
        ),
        (
            "/assignments",
            with(json!({ "placeholder_id": nobody })),
            "/person_id",
        ),
        ("/assignments", with(json!({ "hours": 5 })), "/hours"),
        (
            "/assignments",
            with(json!({ "notes": "a\u{0}b" })),
            "/notes",
        ),
        ("/people", json!({}), "/full_name"),
        ("/people", person(json!({ "full_name": "" })), "/full_name"),
        (
            "/people",
            person(json!({ "full_name": "a\u{7}b" })),
            "/full_name",
        ),
        (
            "/people",
            person(json!({ "full_name": "a\u{202e}b" })),
            "/full_name",
        ),
        (
            "/people",
            person(json!({ "full_name": "x".repeat(201) })),
            "/full_name",
        ),
        (
            "/people",
            person(json!({ "email": "no address" })),
            "/email",
        ),
        (
            "/people",
            person(json!({ "employment": { "from": "2026-02-02", "to": "2026-02-01" } })),
            "/employment/to",
        ),
        (
            "/people",
            person(json!({ "employment": { "form": "2026-02-02" } })),
            "/employment/form",
        ),
        (
            "/people",
            person(json!({ "skills": [{ "skill": "Juggling", "level": 3 }] })),
            "/skills/0/skill",
        ),
        (
            "/people",
            person(json!({ "skills": [{ "skill": "Juggling", "level": 9 }] })),
            "/skills/0/level",
        ),
        ("/people", person(json!({ "team_id": nobody })), "/team_id"),
        ("/people", person(json!({ "id": "x" })), "/id"),
        ("/teams", json!({ "name": "core" }), "/name"),
        ("/projects", json!({ "name": "A", "colour": 13 }), "/colour"),
        (
            "/projects",
            json!({ "name": "A", "status": "done" }),
            "/status",
        ),
        (
            "/time-off",
            json!({ "person_id": booked.person, "from": "2026-02-02", "to": "2026-02-01" }),
            "/to",
        ),
        (
            "/time-off",
            json!({ "person_id": booked.person, "from": "2026-02-02", "to": "2026-02-03", "minutes_per_day": 0 }),
            "/minutes_per_day",
        ),
        (
            "/holiday-calendars",
            json!({ "name": "PT", "holidays": [
            { "date": "2026-12-19", "name": "Bridge", "works_as": "friday" },
            { "date": "2026-12-19", "name": "Again", "works_as": "monday" },
        ] }),
            "/holidays/1/works_as",
        ),
        (
            &titles,
            json!({ "title": "Dev", "effective_date": "26-1-1" }),
            "/effective_date",
        ),
        (
            &titles,
            json!({ "title": "Dev", "effective_date": "2026-01-01", "person_id": booked.person }),
            "/person_id",
        ),
        (
            &weeks,
            json!({ "effective_date": "2026-01-01" }),
            "/weekly_minutes",
        ),
        (
            &weeks,
            json!({ "effective_date": "2026-01-01", "weekly_minutes": 4_000_000_000u64 }),
            "/weekly_minutes",
        ),
        (
            &weeks,
            json!({ "effective_date": "2026-01-01", "cycle": [] }),
            "/cycle",
        ),
        (
            &pay,
            json!({ "effective_date": "2026-01-01", "type": "salaried", "amount": { "amount": -1, "currency": "USD" } }),
            "/amount/amount",
        ),
        (
            &pay,
            json!({ "effective_date": "2026-01-01", "type": "salaried", "amount": { "amount": 1, "currency": "usd" } }),
            "/amount/currency",
        ),
    ];
    for (path, body, pointer) in corpus {
        let answer = admin.post(path, &body).send().await.unwrap();
        let told = problem(answer, 422).await;
        assert_eq!(
            told["type"], "https://raally.dev/problems/invalid",
            "{body}"
        );
        assert!(pointers(&told).contains(&pointer), "{path} {body}: {told}");
    }
    let settings = [
        (json!({ "time_zone": "Mars/Olympus" }), "/time_zone"),
        (json!({ "slug": "No Slug" }), "/slug"),
        (json!({ "tolerance_minutes": 1441 }), "/tolerance_minutes"),
        (json!({ "overbooking": "maybe" }), "/overbooking"),
        (json!({ "name": null }), "/name"),
    ];
    for (body, pointer) in settings {
        let told = problem(admin.patch("/settings", &body).send().await.unwrap(), 422).await;
        assert!(pointers(&told).contains(&pointer), "{body}: {told}");
    }
}

#[tokio::test]
async fn bodies_that_are_none_are_refused() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let send = async |content_type: &str, body: Vec<u8>| {
        let request = admin.request(Method::POST, &admin.path("/people"));
        let request = request.header("content-type", content_type).body(body);
        request.send().await.unwrap()
    };
    let json = "application/json";
    for text in [
        "",
        "{",
        "{\"full_name\": \"A\",}",
        "\u{1}",
        "{\"full_name\": \"\\ud800\"}",
        "{\"full_name\": NaN}",
    ] {
        problem(send(json, text.as_bytes().to_vec()).await, 400).await;
    }
    problem(send(json, b"{\"full_name\": \"\xff\"}".to_vec()).await, 400).await;
    let doubled = b"{\"full_name\": \"A\", \"full_name\": \"B\"}".to_vec();
    assert_eq!(
        pointers(&problem(send(json, doubled).await, 400).await),
        ["/full_name"]
    );
    problem(send(json, "[".repeat(100_000).into_bytes()).await, 400).await;
    for text in ["[]", "5", "null", "\"x\""] {
        problem(send(json, text.as_bytes().to_vec()).await, 422).await;
    }
    problem(
        send("text/plain", b"{\"full_name\": \"A\"}".to_vec()).await,
        415,
    )
    .await;
    let large = format!(
        "{{\"full_name\": \"A\", \"notes\": \"{}\"}}",
        "x".repeat(1 << 20)
    );
    problem(send(json, large.into_bytes()).await, 413).await;
    assert_eq!(admin.read("/people").await["total"], 0);
}

#[tokio::test]
async fn queries_are_read_strictly() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let wrong = [
        ("/people?limit=0", "?limit"),
        ("/people?limit=201", "?limit"),
        ("/people?limit=-1", "?limit"),
        ("/people?limit=1&limit=2", "?limit"),
        ("/people?sort=colour", "?sort"),
        ("/people?cursor=abc", "?cursor"),
        ("/people?colour=red", "?colour"),
        ("/people?q=%00", "?q"),
        ("/people?as_of=yesterday", "?as_of"),
        ("/people?as_of=1.999", "?as_of"),
        ("/dashboard?from=2026-11-23", "?to"),
        ("/dashboard?from=2026-11-23&to=2026-11-22", "?to"),
        ("/dashboard?from=2020-01-01&to=2026-11-22", "?to"),
        (
            "/dashboard?from=2026-11-23&to=2026-11-29&with_tentative=maybe",
            "?with_tentative",
        ),
        (
            "/schedule?from=2026-11-23&to=2026-11-29&bucket=year",
            "?bucket",
        ),
        (
            "/schedule?from=2026-11-23&to=2026-11-29&limit=500",
            "?limit",
        ),
        (
            "/schedule?from=2026-11-23&to=2026-11-29&people=x",
            "?people",
        ),
        (
            "/schedule/index?from=2026-11-23&to=2026-11-29&group=shoe",
            "?group",
        ),
        ("/audit?action=burnt", "?action"),
        ("/audit?limit=1000", "?limit"),
    ];
    for (path, pointer) in wrong {
        let told = problem(admin.get(path).send().await.unwrap(), 400).await;
        assert_eq!(pointers(&told), [pointer], "{path}");
    }
    let half = admin.post("/people?from=2026-11-23", &json!({ "full_name": "A" }));
    problem(half.send().await.unwrap(), 400).await;
    for header in ["raally-head", "if-match", "idempotency-key"] {
        let value = if header == "idempotency-key" {
            "x".repeat(201)
        } else {
            "nonsense".to_owned()
        };
        let path = format!(
            "/teams/{}",
            admin.add_id("/teams", json!({ "name": header })).await
        );
        let request = admin
            .patch(&path, &json!({ "name": "B" }))
            .header(header, value);
        problem(request.send().await.unwrap(), 400).await;
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_405_with_a_problem() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    for path in [
        "/people/x",
        "/people/018f0000-0000-7000-8000-000000000000",
        "/people/x/job-titles",
    ] {
        problem(admin.get(path).send().await.unwrap(), 404).await;
    }
    problem(
        server
            .http
            .get(server.url("/api/v1/nonsense"))
            .send()
            .await
            .unwrap(),
        404,
    )
    .await;
    problem(
        admin
            .request(Method::PUT, "/api/v1/me")
            .send()
            .await
            .unwrap(),
        405,
    )
    .await;
    problem(server.http.post(server.url("/")).send().await.unwrap(), 405).await;
}

#[tokio::test]
async fn what_has_bookings_stays_and_can_be_archived() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let path = format!("/people/{}", booked.person);
    let told = problem(admin.delete(&path).send().await.unwrap(), 409).await;
    assert!(told["detail"].as_str().unwrap().contains("archive"));
    ok(
        admin
            .patch(&path, &json!({ "archived": true }))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    assert_eq!(admin.read("/people").await["total"], 0);
    assert_eq!(admin.read("/people?archived=true").await["total"], 1);
}
