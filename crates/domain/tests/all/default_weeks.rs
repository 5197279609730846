//! The default weeks of a workspace, and its worked days, as commands write them.

use crate::support::{Tenant, pointers};
use raally_domain::decide::Reason;
use raally_domain::kinds::{EntityKind, HolidayCalendar, Kind, Settings, SettingsView};
use serde_json::{Value, json};
use uuid::Uuid;

fn set(tenant: &mut Tenant, weeks: Value) -> Result<(), Reason> {
    tenant.update(Kind::Settings, Uuid::nil(), json!({"default_week": weeks}))
}

fn shown(tenant: &Tenant) -> Value {
    serde_json::to_value(SettingsView::of(&tenant.plan)).unwrap()["default_week"].clone()
}

fn week(from: &str, minutes: u32) -> Value {
    json!({"effective_date": from, "weekly_minutes": minutes})
}

#[test]
fn one_week_takes_the_place_of_all() {
    let mut t = Tenant::new();
    set(&mut t, json!({"weekly_minutes": 2280})).unwrap();
    assert_eq!(
        t.plan.settings().default_week.only().unwrap().cycle(),
        [[456, 456, 456, 456, 456, 0, 0]]
    );
    // A list of one that has always held says the same.
    set(&mut t, json!([week("1970-01-01", 2400)])).unwrap();
    let week = json!({
        "effective_date": "1970-01-01", "anchor": "1970-01-05",
        "cycle": [[480, 480, 480, 480, 480, 0, 0]],
    });
    assert_eq!(shown(&t), json!([week]));
    // What is shown can be sent back, and changes nothing.
    let head = t.plan.head();
    let same = shown(&t);
    set(&mut t, same).unwrap();
    assert_eq!(t.plan.head(), head);
}

#[test]
fn weeks_have_dates() {
    let mut t = Tenant::new();
    let list = json!([week("2026-07-01", 2280), week("2026-01-01", 2400)]);
    set(&mut t, list).unwrap();
    let dates: Vec<Value> = shown(&t)
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["effective_date"].clone())
        .collect();
    assert_eq!(
        dates,
        ["2026-01-01", "2026-07-01"],
        "in the order of their dates"
    );
    assert_eq!(t.fold(), t.plan);
    t.undo().unwrap();
    assert!(t.plan.settings().default_week.only().is_some());
    t.redo().unwrap();
    set(&mut t, json!({"weekly_minutes": 2400})).unwrap();
    assert!(t.plan.settings().default_week.only().is_some());
}

#[test]
fn a_list_that_is_none_is_refused_at_its_place() {
    let mut t = Tenant::new();
    assert_eq!(pointers(set(&mut t, json!([]))), ["/default_week"]);
    let twice = json!([
        week("2026-01-01", 2400),
        week("2026-07-01", 1),
        week("2026-01-01", 1)
    ]);
    assert_eq!(
        pointers(set(&mut t, twice)),
        ["/default_week/2/effective_date"]
    );
    let long = json!([week("2026-01-01", 2400), {"effective_date": "2026-02-01"}]);
    assert_eq!(
        pointers(set(&mut t, long)),
        ["/default_week/1/weekly_minutes"]
    );
    let many: Vec<Value> = (0..101)
        .map(|n| week(&format!("{}-01-01", 2000 + n), 2400))
        .collect();
    assert_eq!(pointers(set(&mut t, json!(many))), ["/default_week"]);
}

#[test]
fn a_date_works_as_one_weekday() {
    let mut t = Tenant::new();
    let calendar = |days: Value| json!({"name": "Company", "holidays": days});
    let saturday = json!({"date": "2026-11-28", "name": "Bridge", "works_as": "monday"});
    t.create(Kind::HolidayCalendar, calendar(json!([saturday])))
        .unwrap();
    assert_eq!(t.fold(), t.plan);
    let again = json!({"date": "2026-11-28", "name": "Again", "works_as": "friday"});
    let twice = calendar(json!([again, saturday]));
    let refused = t.create(Kind::HolidayCalendar, twice);
    assert_eq!(pointers(refused), ["/holidays/1/works_as"]);
    let half = json!({"date": "2026-11-28", "name": "Half", "half": true, "works_as": "friday"});
    let refused = t.create(Kind::HolidayCalendar, calendar(json!([half])));
    assert_eq!(pointers(refused), ["/holidays/0/works_as"]);
}

#[test]
fn two_holidays_fall_on_one_date() {
    let mut t = Tenant::new();
    let both = json!({"name": "Spain", "holidays": [
        {"date": "2026-12-08", "name": "Inmaculada", "half": true},
        {"date": "2026-12-08", "name": "Local", "half": true},
    ]});
    t.create(Kind::HolidayCalendar, both).unwrap();
}

#[test]
fn events_of_version_1_have_one_week_and_no_worked_day() {
    let t = Tenant::new();
    let body = &t.log[0].1.body;
    let event: Value = serde_json::from_str(body).unwrap();
    assert_eq!(event["type"], "settings.created");
    let mut older = event["data"].clone();
    older["after"]["default_week"] =
        json!({"anchor": "2026-01-05", "cycle": [[456, 456, 456, 456, 456, 0, 0]]});
    let diff = Settings::upcast(1, &older.to_string()).unwrap().diff;
    let week = diff.after.unwrap().default_week;
    assert_eq!(week.as_slice()[0].effective_date.to_string(), "1970-01-01");
    assert_eq!(week.only().unwrap().anchor().to_string(), "2026-01-05");
    let newer = json!([
        {"effective_date": "2026-02-01", "pattern": {"anchor": "2026-01-05", "cycle": [[1, 1, 1, 1, 1, 0, 0]]}},
        {"effective_date": "2026-01-01", "pattern": {"anchor": "2026-01-05", "cycle": [[1, 1, 1, 1, 1, 0, 0]]}},
    ]);
    older["after"]["default_week"] = newer;
    let read = Settings::upcast(2, &older.to_string());
    assert!(read.is_err(), "out of order, which nobody writes");
    let calendar = r#"{"id":"00000000-0000-0000-0000-000000000001","before":null,"after":{"name":"Spain","holidays":[{"date":"2026-12-25","name":"Navidad","half":false}]}}"#;
    let diff = HolidayCalendar::upcast(1, calendar).unwrap().diff;
    assert_eq!(diff.after.unwrap().holidays[0].works_as, None);
}
