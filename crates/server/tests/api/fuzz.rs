//! Whatever a body holds, the answer is never a 5xx.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::Server;

const BODIES: usize = 400;

/// JSON made of what our bodies are made of, wrongly put together.
fn value(ids: Vec<String>) -> impl Strategy<Value = Value> {
    let words = [
        "",
        "week",
        "day",
        "total",
        "capacity",
        "mon",
        "2026-11-23",
        "2026-02-30",
        "9999-99-99",
        "1970-01-01",
        "2199-12-31",
        "USD",
        "active",
        "tentative",
        "approved",
        "create",
        "update",
        "delete",
        "people",
        "assignments",
        "time-off",
        "\u{0}",
        "\u{202e}",
        "Zoë",
    ];
    let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).chain(ids).collect();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000i64..100_000).prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        prop::sample::select(words).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "id",
        "full_name",
        "name",
        "title",
        "email",
        "team_id",
        "manager_id",
        "employment",
        "from",
        "to",
        "skills",
        "skill",
        "skill_id",
        "level",
        "tags",
        "notes",
        "archived",
        "person_id",
        "placeholder_id",
        "project_id",
        "start",
        "end",
        "effort",
        "per",
        "minutes",
        "share",
        "weekdays",
        "include_non_working",
        "status",
        "billable",
        "role",
        "effective_date",
        "weekly_minutes",
        "anchor",
        "cycle",
        "type",
        "amount",
        "currency",
        "holidays",
        "date",
        "half",
        "colour",
        "budget",
        "phases",
        "milestones",
        "default_week",
        "time_zone",
        "slug",
        "overbooking",
        "commands",
        "op",
        "resource",
        "expect",
        "body",
        "minutes_per_day",
        "kind",
        "reason",
        "code",
        "client",
        "owner_id",
        "nonsense",
    ])
    .prop_map(str::to_owned)
}

#[tokio::test]
async fn no_body_makes_the_server_fail() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let person = format!("/people/{}", booked.person);
    let adding = [
        "/people",
        "/projects",
        "/assignments",
        "/placeholders",
        "/time-off",
        "/teams",
        "/skills",
        "/holiday-calendars",
        "/invitations",
        "/commands",
        "/preview?from=2026-11-23&to=2026-11-29",
    ];
    let records = ["/job-titles", "/availabilities", "/compensations"];
    let changing = [
        person.clone(),
        format!("/projects/{}", booked.project),
        format!("/assignments/{}", booked.assignment),
        "/settings".to_owned(),
    ];
    let mut runner = TestRunner::deterministic();
    let strategy = value(vec![booked.person, booked.project, booked.assignment]);
    for n in 0..BODIES {
        let body = strategy.new_tree(&mut runner).unwrap().current();
        let request = match n % 4 {
            0 => admin.patch(&changing[n / 4 % changing.len()], &body),
            1 => admin.post(
                &format!("{person}{}", records[n / 4 % records.len()]),
                &body,
            ),
            _ => admin.post(adding[n / 2 % adding.len()], &body),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let told = answer.text().await.unwrap();
        assert!(status.as_u16() < 500, "{status} for {body}: {told}");
    }
    // It is still there and sound.
    admin.read("/dashboard?from=2026-11-23&to=2026-11-29").await;
}
