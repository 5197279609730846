//! Time off over HTTP: portions, working days, and what this release does not write yet.

use raally_domain::kinds::Kind;
use serde_json::{Value, json};

use crate::support::{Server, User, id, ok, pointers, problem};

/// 2026-11-23 is a Monday.
fn from_monday(person: &str, more: &Value) -> Value {
    let mut body = json!({ "person_id": person, "from": "2026-11-23" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn change(user: &User<'_>, off: &Value, patch: Value) -> Value {
    let path = format!("/time-off/{}", id(off));
    let version = format!("\"{}\"", off["version"]);
    let request = user.patch(&path, &patch).header("if-match", version);
    ok(request.send().await.unwrap(), 200).await
}

#[tokio::test]
async fn time_off_has_a_portion_and_may_be_asked_for_by_working_days() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let person = admin.booked().await.person;
    let off = from_monday(&person, &json!({ "working_days": 10 }));
    let off = admin.add("/time-off", off).await;
    assert_eq!(
        (&off["to"], &off["portion"], &off["minutes_per_day"]),
        (&json!("2026-12-04"), &json!("day"), &Value::Null)
    );
    assert!(off.get("working_days").is_none());
    let off = change(&admin, &off, json!({ "minutes_per_day": 60 })).await;
    assert_eq!(
        (&off["portion"], &off["minutes_per_day"]),
        (&json!("minutes"), &json!(60))
    );
    let period = "from=2026-11-23&to=2026-11-29";
    let schedule = admin.read(&format!("/schedule?{period}")).await;
    let bar = &schedule["rows"][0]["time_off"][0];
    assert_eq!(
        (&bar["portion"], &bar["minutes_per_day"]),
        (&json!("minutes"), &json!(60))
    );
    let off = change(&admin, &off, json!({ "portion": "day" })).await;
    assert_eq!(off["minutes_per_day"], Value::Null);
    let off = change(&admin, &off, json!({ "working_days": 2 })).await;
    assert_eq!(off["to"], "2026-11-24");
    for (more, pointer) in [
        (
            json!({ "working_days": 2, "to": "2026-11-24" }),
            "/working_days",
        ),
        (json!({}), "/to"),
        (json!({ "working_days": 5000 }), "/working_days"),
        (
            json!({ "to": "2026-11-24", "portion": "minutes" }),
            "/minutes_per_day",
        ),
    ] {
        let request = admin.post("/time-off", &from_monday(&person, &more));
        let refused = problem(request.send().await.unwrap(), 422).await;
        assert_eq!(pointers(&refused), [pointer], "{more}");
    }
}

#[tokio::test]
async fn half_days_and_declined_requests_are_written_by_the_release_that_may() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let person = admin.booked().await.person;
    let half = from_monday(
        &person,
        &json!({ "to": "2026-11-27", "portion": "first_half" }),
    );
    let declined = from_monday(
        &person,
        &json!({ "to": "2026-11-27", "status": "declined" }),
    );
    let written = Kind::TimeOff.versions().1 >= 2;
    for body in [half, declined] {
        let answer = admin.post("/time-off", &body).send().await.unwrap();
        if written {
            let off = ok(answer, 201).await;
            for (name, value) in body.as_object().unwrap() {
                assert_eq!(&off[name], value, "{name}");
            }
        } else {
            let refused = problem(answer, 409).await;
            assert_eq!(
                refused["detail"],
                "This release reads half days and declined requests, the next one writes them."
            );
        }
    }
    let figures = admin.read("/dashboard?from=2026-11-23&to=2026-11-29").await;
    let capacity = if written { 1200 } else { 2400 };
    assert_eq!(figures["capacity_minutes"], capacity);
}
