//! Tables of other programs, brought in.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Server, User, ok, pointers, problem};

async fn read(user: &User<'_>, file: &[u8]) -> Value {
    let request = user
        .request(reqwest::Method::POST, &user.path("/imports/read"))
        .body(file.to_vec());
    ok(request.send().await.unwrap(), 200).await
}

async fn preview(user: &User<'_>, table: &Value) -> Value {
    ok(
        user.post("/imports/preview", table).send().await.unwrap(),
        200,
    )
    .await
}

async fn run(user: &User<'_>, table: &Value) -> Value {
    ok(user.post("/imports", table).send().await.unwrap(), 200).await
}

/// The table of a file as its first guess has it.
async fn guessed(user: &User<'_>, file: &[u8]) -> Value {
    let sheet = read(user, file).await["sheets"][0].clone();
    let header = sheet["header"].as_u64().map_or(0, |at| at + 1);
    let rows = sheet["rows"].as_array().unwrap();
    json!({
        "kind": sheet["guesses"][0]["kind"],
        "columns": sheet["guesses"][0]["columns"],
        "rows": rows[usize::try_from(header).unwrap()..],
    })
}

fn states(preview: &Value) -> Vec<&str> {
    let rows = preview["rows"].as_array().unwrap().iter();
    rows.map(|row| row["state"].as_str().unwrap()).collect()
}

async fn names(user: &User<'_>, path: &str) -> Vec<String> {
    let list = user.read(path).await;
    let items = list["items"].as_array().unwrap().iter();
    let name = |item: &Value| {
        item.get("full_name")
            .or(item.get("name"))
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    items.map(name).collect()
}

#[tokio::test]
async fn people_come_in_whole_and_twice_is_once() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let file = "Team of Lisbon;;;;;;;\r\n\
        Nome completo;E-mail;Cargo;Horas por semana;Equipa;Manager;Skills;Data de in\u{ed}cio\r\n\
        Ana Maia;ana@example.com;Developer;37,5;Web;Rui Costa;React 4, SQL;01.03.2026\r\n\
        Rui Costa;rui@example.com;Lead;40;Web;;;\r\n";
    let mut table = guessed(&admin, file.as_bytes()).await;
    assert_eq!(table["kind"], "people");
    // The heading that is not known is matched by hand.
    assert_eq!(table["columns"][4], Value::Null);
    table["columns"][4] = json!("team");
    let before = preview(&admin, &table).await;
    assert_eq!(states(&before), ["new", "new"]);
    assert!(names(&admin, "/people").await.is_empty());

    let imported = run(&admin, &table).await;
    assert_eq!(imported["counts"]["new"], 2);
    let people = admin.read("/people?sort=name").await;
    let ana = &people["items"][0];
    let rui = &people["items"][1];
    assert_eq!(ana["job_title"], "Developer");
    assert_eq!(ana["employment"][0]["from"], "2026-03-01");
    assert_eq!(ana["manager_id"], rui["id"]);
    assert_eq!(ana["team_id"], rui["team_id"]);
    let skills = ana["skills"].as_array().unwrap();
    let level = |name| skills.iter().find(|s| s["skill"] == name).unwrap()["level"].clone();
    assert_eq!((level("React"), level("SQL")), (json!(4), json!(3)));
    let id = ana["id"].as_str().unwrap();
    let weeks = admin.read(&format!("/people/{id}/availabilities")).await;
    assert_eq!(weeks["items"][0]["weekly_minutes"], 2_250);
    assert_eq!(weeks["items"][0]["effective_date"], "2026-03-01");

    // Twice changes nothing, not even the log.
    let head = people_head(&admin).await;
    assert_eq!(states(&preview(&admin, &table).await), ["same", "same"]);
    run(&admin, &table).await;
    assert_eq!(people_head(&admin).await, head);

    // One step is one undo.
    ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert!(names(&admin, "/people").await.is_empty());
    assert!(names(&admin, "/teams").await.is_empty());
}

async fn people_head(user: &User<'_>) -> String {
    let response = user.get("/people").send().await.unwrap();
    response.headers()["raally-head"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn people_are_found_by_id_address_and_name() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let add = async |name: &str, email: Option<&str>| {
        admin
            .add_id("/people", json!({ "full_name": name, "email": email }))
            .await
    };
    let ana = add("Ana Maia", Some("ana@example.com")).await;
    let rui = add("Rui Costa", None).await;
    add("Eva Dias", Some("eva@example.com")).await;
    add("Jo\u{e3}o Sol", None).await;
    add("Jo\u{e3}o Sol", None).await;
    let table = json!({
        "kind": "people",
        "columns": ["id", "name", "email", "notes", null],
        "rows": [
            [ana, "Ana Maia Reis", "", "", "left out"],
            ["", "rui  costa", "rui@example.com", "", ""],
            ["", "Eva Dias", "another@example.com", "", ""],
            ["", "Someone Else", "ANA@example.com", "", ""],
            ["", "Jo\u{e3}o Sol", "", "x", ""],
            ["", "", "", "", "left out"],
            ["", "Ana Maia", "ana@example.com", "", ""],
        ],
    });
    let looked = preview(&admin, &table).await;
    assert_eq!(
        states(&looked),
        [
            "changed", "changed", "new", "wrong", "wrong", "empty", "wrong"
        ]
    );
    let row = |n: usize| looked["rows"][n].clone();
    assert_eq!(row(0)["matched_by"], "id");
    assert_eq!(row(0)["changes"], json!([{ "field": "name", "column": 1 }]));
    assert_eq!(
        (row(1)["matched_by"].clone(), row(1)["id"].clone()),
        (json!("name"), json!(rui))
    );
    assert_eq!(row(3)["errors"][0]["code"], "row-twice");
    assert_eq!(row(3)["errors"][0]["params"]["row"], 1);
    assert_eq!(row(4)["errors"][0]["code"], "several-of-name");
    assert_eq!(row(4)["errors"][0]["pointer"], "/rows/4/1");
    assert_eq!(
        looked["counts"],
        json!({ "new": 1, "changed": 2, "same": 0, "wrong": 3, "empty": 1 })
    );

    // All or nothing.
    let head = people_head(&admin).await;
    let refused = problem(admin.post("/imports", &table).send().await.unwrap(), 422).await;
    assert_eq!(pointers(&refused), ["/rows/3", "/rows/4/1", "/rows/6"]);
    assert_eq!(people_head(&admin).await, head);
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_cell() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let table = json!({
        "kind": "people",
        "columns": ["name", "email", "hours_per_week", "from", "manager", "holiday_calendar", "archived"],
        "rows": [
            ["", "a@example.com", "", "", "", "", ""],
            ["Ana", "not an address", "many", "31.02.2026", "Nobody", "Nowhere", "perhaps"],
            ["Rui", "rui@example.com", "900", "", "", "", ""],
            ["Eva", "eva@example.com", "40", "2026-01-01", "Rui", "", "no"],
        ],
    });
    let looked = preview(&admin, &table).await;
    let told = |n: usize| -> Vec<String> {
        let errors = looked["rows"][n]["errors"].as_array().unwrap().iter();
        errors
            .map(|e| {
                format!(
                    "{} {}",
                    e["pointer"].as_str().unwrap(),
                    e["code"].as_str().unwrap()
                )
            })
            .collect()
    };
    assert_eq!(told(0), ["/rows/0/0 missing"]);
    // What is read is told at once; what only the plan knows, once all can be read.
    assert_eq!(
        told(1),
        [
            "/rows/1/6 not-yes-or-no",
            "/rows/1/3 no-such-day",
            "/rows/1/5 holiday-calendar-not-found",
            "/rows/1/4 person-not-found",
            "/rows/1/2 not-hours",
        ]
    );
    assert_eq!(told(2), ["/rows/2/2 week-too-long"]);
    assert_eq!(told(3), Vec::<String>::new());
    assert_eq!(states(&looked), ["wrong", "wrong", "wrong", "new"]);
}

#[tokio::test]
async fn projects_clients_work_and_time_off_come_in_and_twice_is_once() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let people = json!({ "kind": "people", "columns": ["name", "email"],
        "rows": [["Ana Maia", "ana@example.com"], ["Rui Costa", "rui@example.com"]] });
    run(&admin, &people).await;
    let files: [(&str, &str, usize); 4] = [
        (
            "clients",
            "Client,Notes\nAcme,\"First line\nsecond\"\nGlobex,\n",
            2,
        ),
        (
            "projects",
            "Project,Project code,Client,Status,Start date,End date,Budget hours,Billable,Tags\n\
             Apollo,APO,Acme,tentative,3/4/2026,12/31/2026,\"1,200\",yes,\"web, big\"\n\
             Luna,LUN,,active,,,,no,\n",
            2,
        ),
        (
            "assignments",
            "Person,Project,Start date,End date,Effort,Status,Role\n\
             Ana Maia,Apollo,2026-04-06,2026-04-17,20h/w,tentative,Developer\n\
             ana@example.com,LUN,2026-04-06,2026-04-17,50%,,\n\
             Rui Costa,Luna,2026-04-06,2026-04-17,4h/d,,\n\
             Rui Costa,Luna,2026-04-06,2026-04-17,2h/d,,\n",
            4,
        ),
        (
            "time-off",
            "Employee,Leave type,From,To,Hours per day\n\
             Ana Maia,Vacation,2026-08-03,2026-08-14,\n\
             Rui Costa,Jury duty,2026-05-04,,4\n",
            2,
        ),
    ];
    for (kind, file, count) in files {
        let table = guessed(&admin, file.as_bytes()).await;
        assert_eq!(table["kind"], kind);
        let imported = run(&admin, &table).await;
        assert_eq!(imported["counts"]["new"], count, "{kind}");
        assert_eq!(
            states(&preview(&admin, &table).await),
            vec!["same"; count],
            "{kind}"
        );
    }
    let projects = admin.read("/projects?sort=name").await;
    let apollo = &projects["items"][0];
    assert_eq!(apollo["from"], "2026-03-04");
    assert_eq!(apollo["budget"]["minutes"], 72_000);
    assert_eq!(
        (&apollo["client"], &apollo["billable"]),
        (&json!("Acme"), &json!(true))
    );
    let work = admin.read("/assignments").await;
    let mut efforts: Vec<String> = work["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["effort"].to_string())
        .collect();
    efforts.sort();
    assert_eq!(efforts.len(), 4);
    assert!(efforts[3].contains("5000"), "{efforts:?}");
    let off = admin.read("/time-off").await;
    let jury = off["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["kind"] == "other")
        .unwrap();
    assert_eq!(
        (&jury["reason"], &jury["to"]),
        (&json!("Jury duty"), &json!("2026-05-04"))
    );
    assert_eq!(jury["minutes_per_day"], 240);
    // What is there already is changed, not doubled.
    let changed = json!({ "kind": "projects", "columns": ["code", "name", "status"],
        "rows": [["APO", "Apollo 11", "active"]] });
    assert_eq!(states(&preview(&admin, &changed).await), ["changed"]);
    run(&admin, &changed).await;
    assert_eq!(
        names(&admin, "/projects?sort=name").await,
        ["Apollo 11", "Luna"]
    );
}

#[tokio::test]
async fn our_own_exports_are_the_same_when_they_come_back() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let patch = json!({ "email": "ana@example.com", "tags": ["a", "b"], "employment": [{ "from": "2026-01-01" }] });
    let person = format!("/people/{}", booked.person);
    ok(admin.patch(&person, &patch).send().await.unwrap(), 200).await;
    admin
        .add("/clients", json!({ "name": "Acme", "notes": "=1+1" }))
        .await;
    admin
        .add(
            "/time-off",
            json!({ "person_id": booked.person, "from": "2026-12-01", "to": "2026-12-02" }),
        )
        .await;
    for kind in ["people", "projects", "clients", "assignments", "time-off"] {
        let request = admin
            .get(&format!("/{kind}?bom=true"))
            .header("accept", "text/csv");
        let file = request.send().await.unwrap().bytes().await.unwrap();
        let sheet = read(&admin, &file).await["sheets"][0].clone();
        assert_eq!(sheet["source"], "raally", "{kind}");
        let guess = sheet["guesses"]
            .as_array()
            .unwrap()
            .iter()
            .find(|g| g["kind"] == kind)
            .unwrap()
            .clone();
        let rows = &sheet["rows"].as_array().unwrap()[1..];
        assert!(!rows.is_empty(), "{kind}");
        let table = json!({ "kind": kind, "columns": guess["columns"], "rows": rows });
        let looked = preview(&admin, &table).await;
        assert_eq!(
            states(&looked),
            vec!["same"; rows.len()],
            "{kind}: {table} {looked}"
        );
    }
}

#[tokio::test]
async fn what_is_no_table_or_too_much_is_refused() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let refused = async |file: Vec<u8>, status: u16| {
        let request = admin
            .request(reqwest::Method::POST, &admin.path("/imports/read"))
            .body(file);
        problem(request.send().await.unwrap(), status).await
    };
    let code = |problem: &Value| problem["errors"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!(code(&refused(Vec::new(), 422).await), "file-empty");
    assert_eq!(
        code(&refused(b"PK\x03\x04 and nothing".to_vec(), 422).await),
        "file-not-a-table"
    );
    assert_eq!(
        code(&refused("a\n".repeat(20_001).into_bytes(), 422).await),
        "file-too-large"
    );
    assert_eq!(
        refused(vec![b'x'; (4 << 20) + 1], 413).await["code"],
        "too-large"
    );
    let post = async |table: Value, status: u16| {
        problem(admin.post("/imports", &table).send().await.unwrap(), status).await
    };
    let wrong = post(
        json!({ "kind": "clients", "columns": ["email", "name", "name"], "rows": [] }),
        422,
    )
    .await;
    assert_eq!(pointers(&wrong), ["/rows", "/columns/0", "/columns/2"]);
    let wide = vec!["x"; 101];
    let wrong = post(
        json!({ "kind": "clients", "columns": ["name"], "rows": [wide] }),
        422,
    )
    .await;
    assert_eq!(pointers(&wrong), ["/rows/0"]);
    let many = vec![vec![""; 100]; 4_001];
    let wrong = post(
        json!({ "kind": "clients", "columns": ["name"], "rows": many }),
        422,
    )
    .await;
    assert_eq!(pointers(&wrong), ["/rows"]);
    let unknown = post(
        json!({ "kind": "clients", "columns": ["nonsense"], "rows": [["x"]] }),
        422,
    )
    .await;
    assert_eq!(pointers(&unknown), ["/columns/0"]);
    let other = admin
        .request(reqwest::Method::POST, &admin.path("/imports"))
        .body("name\nAcme");
    assert_eq!(
        other.send().await.unwrap().status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

/// A thousand people of whom 40 are wrong: looked at, mended, brought in, taken back, brought in twice.
#[tokio::test]
async fn a_large_table_is_mended_and_brought_in_as_one_step() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let mut file = String::from("Full name,Email,Job title,Hours per week,Team,Start date\n");
    for n in 0..1_000 {
        let hours = if n % 25 == 7 { "forty" } else { "40" };
        file += &format!(
            "Person {n},p{n}@example.com,Developer {},{hours},Team {},2026-01-05\n",
            n % 9,
            n % 50
        );
    }
    let mut table = guessed(&admin, file.as_bytes()).await;
    let looked = preview(&admin, &table).await;
    assert_eq!(
        looked["counts"],
        json!({ "new": 960, "changed": 0, "same": 0, "wrong": 40, "empty": 0 })
    );
    for row in table["rows"].as_array_mut().unwrap() {
        if row[3] == "forty" {
            row[3] = json!("40");
        }
    }
    let key = |request: reqwest::RequestBuilder| request.header("idempotency-key", "once");
    let send = async || {
        ok(
            key(admin.post("/imports", &table)).send().await.unwrap(),
            200,
        )
        .await
    };
    assert_eq!(send().await["counts"]["new"], 1_000);
    // The same request again is the same import.
    assert_eq!(send().await["counts"], Value::Null);
    let total = async || admin.read("/people?limit=1").await["total"].clone();
    assert_eq!(total().await, 1_000);
    ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(total().await, 0);
    assert_eq!(run(&admin, &table).await["counts"]["new"], 1_000);
    assert_eq!(run(&admin, &table).await["counts"]["same"], 1_000);
    assert_eq!(total().await, 1_000);
}
