//! The same thing twice, names that nobody sees, circles of managers, dates that do not exist.

use crate::support::{Tenant, pointers};
use raally_domain::decide::Reason;
use raally_domain::ids::PersonId;
use raally_domain::kinds::Kind;
use raally_domain::plan::PlanSnapshot;
use raally_domain::problem::Message;
use serde_json::{Value, json};
use uuid::Uuid;

fn codes<T: std::fmt::Debug>(result: Result<T, Reason>) -> Vec<String> {
    match result {
        Err(Reason::Invalid(errors)) => {
            let codes = errors.iter().map(|e| e.message.code().into_owned());
            codes.collect()
        }
        other => panic!("expected wrong fields, got {other:?}"),
    }
}

fn jo(tenant: &mut Tenant, email: &str) -> Result<Uuid, Reason> {
    tenant.create(Kind::Person, json!({"full_name": "Jo", "email": email}))
}

#[test]
fn two_active_people_do_not_share_an_address_whatever_its_case() {
    let mut tenant = Tenant::new();
    let first = jo(&mut tenant, "jo@example.com").unwrap();
    let same = |tenant: &mut Tenant| jo(tenant, "JO@Example.com");
    assert_eq!(codes(same(&mut tenant)), ["person-email-taken"]);
    let patch = |tenant: &mut Tenant, id, body| tenant.update(Kind::Person, id, body);
    patch(&mut tenant, first, json!({"email": "Jo@example.com"})).unwrap();
    patch(&mut tenant, first, json!({"archived": true})).unwrap();
    let second = same(&mut tenant).unwrap();
    let back = patch(&mut tenant, first, json!({"archived": false}));
    assert_eq!(pointers(back), ["/email"]);
    patch(&mut tenant, first, json!({"tags": ["old"]})).unwrap();
    tenant.delete(Kind::Person, second).unwrap();
    patch(&mut tenant, first, json!({"archived": false})).unwrap();
    let read = PlanSnapshot::of(&tenant.plan).into_plan().unwrap();
    assert_eq!(read, tenant.plan);
    assert_eq!(tenant.fold(), tenant.plan);
}

#[test]
fn a_dated_record_takes_the_place_of_the_one_on_its_date() {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let bodies = [
        (
            Kind::JobTitle,
            json!({"title": "Dev"}),
            json!({"title": "Lead"}),
        ),
        (
            Kind::Availability,
            json!({"weekly_minutes": 2400}),
            json!({"weekly_minutes": 1200}),
        ),
        (
            Kind::Compensation,
            json!({"type": "hourly", "amount": {"amount": 5000, "currency": "USD"}}),
            json!({"type": "hourly", "amount": {"amount": 5000, "currency": "EUR"}}),
        ),
        (Kind::Placement, json!({}), json!({"manager_id": null})),
    ];
    for (kind, first, second) in bodies {
        let dated = |body: &Value, date: &str| {
            let mut body = body.clone();
            body["person_id"] = json!(ana);
            body["effective_date"] = json!(date);
            body
        };
        let one = tenant.create(kind, dated(&first, "2026-01-01")).unwrap();
        let two = tenant.create(kind, dated(&second, "2026-01-01")).unwrap();
        let there = |tenant: &Tenant, id| {
            let entity = raally_domain::kinds::EntityRef { kind, id };
            tenant.plan.version(entity).is_some()
        };
        assert_eq!(
            [there(&tenant, one), there(&tenant, two)],
            [false, true],
            "{kind:?}"
        );
        tenant.undo().unwrap();
        assert_eq!(
            [there(&tenant, one), there(&tenant, two)],
            [true, false],
            "{kind:?}"
        );
        let three = tenant.create(kind, dated(&second, "2026-06-01")).unwrap();
        let moved = tenant.update(kind, three, json!({"effective_date": "2026-01-01"}));
        assert_eq!(codes(moved), ["date-taken"], "{kind:?}");
    }
    assert_eq!(tenant.fold(), tenant.plan);
}

#[test]
fn a_name_has_something_one_can_see_and_does_not_turn_text_around() {
    let mut tenant = Tenant::new();
    for (name, code) in [
        ("\u{200b}", "invisible"),
        ("\u{2800}", "invisible"),
        ("\u{3164}", "invisible"),
        ("\u{2800}\u{ad} \u{3164}", "invisible"),
        ("   ", "empty"),
        ("Ana\u{202e}", "control-characters"),
        ("\u{61c}Ana", "control-characters"),
    ] {
        let person = tenant.create(Kind::Person, json!({"full_name": name}));
        assert!(codes(person).contains(&code.to_owned()), "{name:?}");
        let team = tenant.create(Kind::Team, json!({"name": name}));
        assert!(codes(team).contains(&code.to_owned()), "{name:?}");
    }
    for name in ["👩\u{200d}🔧", "मीना", "ᅟ가", "Ana\u{200b}"] {
        tenant
            .create(Kind::Person, json!({"full_name": name}))
            .unwrap();
    }
}

fn managed_by(
    tenant: &mut Tenant,
    person: PersonId,
    by: PersonId,
    from: &str,
) -> Result<Uuid, Reason> {
    let body = json!({"person_id": person, "effective_date": from, "manager_id": by});
    tenant.create(Kind::Placement, body)
}

fn circle<T: std::fmt::Debug>(result: Result<T, Reason>) -> String {
    match result {
        Err(Reason::Conflict(Message::ManagerCircle { from, .. })) => from.to_string(),
        other => panic!("expected a circle, got {other:?}"),
    }
}

#[test]
fn no_circle_of_managers_comes_by_making_changing_moving_or_removing_a_placement() {
    let mut tenant = Tenant::new();
    let [ana, ben, cy] = ["Ana", "Ben", "Cy"].map(|name| tenant.person(name));
    managed_by(&mut tenant, ana, ben, "2026-01-01").unwrap();
    managed_by(&mut tenant, ben, cy, "2026-01-01").unwrap();
    let patch = json!({"manager_id": ana, "effective_date": "2027-01-01"});
    assert_eq!(
        circle(tenant.update(Kind::Person, cy.0, patch)),
        "2027-01-01"
    );
    // Ana is led by nobody from July on, and Cy by Ana.
    let body = json!({"person_id": ana, "effective_date": "2026-07-01"});
    let free = tenant.create(Kind::Placement, body).unwrap();
    let cys = managed_by(&mut tenant, cy, ana, "2026-07-01").unwrap();
    assert_eq!(circle(tenant.delete(Kind::Placement, free)), "2026-07-01");
    let later = json!({"effective_date": "2026-08-01"});
    assert_eq!(
        circle(tenant.update(Kind::Placement, free, later)),
        "2026-07-01"
    );
    let earlier = json!({"effective_date": "2026-06-01"});
    assert_eq!(
        circle(tenant.update(Kind::Placement, cys, earlier)),
        "2026-06-01"
    );
    let dee = tenant.person("Dee");
    let of_dee = json!({"person_id": dee});
    let moved = tenant.update(Kind::Placement, free, of_dee);
    assert_eq!(circle(moved), "2026-07-01");
}

#[test]
fn a_circle_that_was_there_on_other_days_excuses_no_new_one() {
    let mut tenant = Tenant::new();
    let [ana, ben] = ["Ana", "Ben"].map(|name| tenant.person(name));
    managed_by(&mut tenant, ana, ben, "2026-01-01").unwrap();
    let free = |person: PersonId, from: &str| json!({"person_id": person, "effective_date": from});
    tenant
        .create(Kind::Placement, free(ana, "2026-02-01"))
        .unwrap();
    // As an earlier release may have written it.
    let placement = raally_domain::kinds::Placement {
        manager_id: Some(ana),
        ..raally_domain::kinds::Placement::nowhere(ben, "2026-01-01".parse().unwrap(), 9)
    };
    let diff = raally_domain::event::Diff {
        id: raally_domain::ids::PlacementId(Uuid::from_u128(77)),
        before: None,
        after: Some(placement),
    };
    let actor = raally_domain::event::Actor::System("import".to_owned());
    let change = raally_domain::event::Change::from(diff);
    tenant.append(&actor, raally_domain::event::StepKind::Import, vec![change]);
    let again = managed_by(&mut tenant, ana, ben, "2026-03-01");
    assert_eq!(circle(again), "2026-03-01");
    // It can be mended a step at a time.
    tenant
        .create(Kind::Placement, free(ben, "2026-01-15"))
        .unwrap();
}

#[test]
fn a_date_that_does_not_exist_is_told_from_what_is_no_date() {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let id = tenant.book(ana, apollo, "2026-12-01", "2026-12-04");
    for (end, code) in [
        ("2022-02-29", "no-such-day"),
        ("2027-04-31", "no-such-day"),
        ("29.2.2024", "not-a-date"),
        ("2200-01-01", "date-out-of-range"),
    ] {
        let changed = tenant.update(Kind::Assignment, id, json!({"end": end}));
        assert_eq!(codes(changed), [code], "{end}");
    }
}

#[test]
fn forbidding_holds_for_ever() {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let forbid = json!({"overbooking": "forbid"});
    tenant.update(Kind::Settings, Uuid::nil(), forbid).unwrap();
    let full = |start: &str, end: Option<&str>| {
        json!({
            "person_id": ana, "project_id": apollo, "start": start, "end": end,
            "effort": {"per": "day", "minutes": 480},
        })
    };
    let far = full("2046-12-03", Some("2046-12-07"));
    tenant.create(Kind::Assignment, far).unwrap();
    let open = tenant.create(Kind::Assignment, full("2027-01-04", None));
    let Err(Reason::Rule { days, .. }) = open else {
        panic!("nineteen years later it is overbooked: {open:?}");
    };
    assert_eq!(days.first().unwrap().to_string(), "2046-12-03");
    // Fewer hours from a day in a cycle of weeks, long after the last booking.
    let week = [480, 480, 480, 480, 480, 0, 0];
    let short = [480, 480, 480, 480, 240, 0, 0];
    let cycle = json!({
        "person_id": ana, "effective_date": "2050-01-01", "cycle": [week, week, week, short],
    });
    tenant.create(Kind::Availability, cycle).unwrap();
    let open = tenant.create(Kind::Assignment, full("2047-01-01", None));
    assert!(matches!(open, Err(Reason::Rule { .. })), "{open:?}");
    let mut until = full("2047-01-01", Some("2049-12-31"));
    until["status"] = json!("tentative");
    tenant.create(Kind::Assignment, until).unwrap();
}

#[test]
fn forbidding_holds_for_a_project_that_is_made_sure() {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let maybe = json!({"name": "Maybe", "status": "tentative"});
    let maybe = tenant.create(Kind::Project, maybe).unwrap();
    for project in [apollo, maybe, maybe] {
        tenant.book(ana, project, "2026-11-23", "2026-11-27");
    }
    let forbid = json!({"overbooking": "forbid"});
    tenant.update(Kind::Settings, Uuid::nil(), forbid).unwrap();
    let sure = tenant.update(Kind::Project, maybe, json!({"status": "active"}));
    let Err(Reason::Rule { days, .. }) = sure else {
        panic!("it overbooks a week: {sure:?}");
    };
    assert_eq!(days.len(), 5);
    tenant
        .update(Kind::Project, maybe, json!({"notes": "still open"}))
        .unwrap();
}
