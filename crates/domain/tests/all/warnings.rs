//! What a write warns of: only what it brought or made worse.

use crate::support::{Tenant, command};
use raally_domain::decide::{Op, TakeBack, Warning, WarningCode};
use raally_domain::ids::PersonId;
use raally_domain::kinds::Kind;
use serde_json::{Value, json};
use uuid::Uuid;

use WarningCode::{
    Displaced, Infeasible, NoLoad, OutsideEmployment, OverBudget, Overbooked, RequestedTimeOff,
};

struct Work {
    tenant: Tenant,
    ana: PersonId,
    apollo: Uuid,
}

fn work() -> Work {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    Work {
        tenant,
        ana,
        apollo,
    }
}

impl Work {
    fn write(&mut self, op: Op, kind: Kind, id: Option<Uuid>, body: Value) -> Vec<Warning> {
        let access = self.tenant.admin();
        let command = command(op, kind, id, body);
        self.tenant.decide_as(access, &[command]).unwrap().warnings
    }

    fn create(&mut self, kind: Kind, body: Value) -> Vec<Warning> {
        self.write(Op::Create, kind, None, body)
    }

    fn update(&mut self, kind: Kind, id: Uuid, body: Value) -> Vec<Warning> {
        self.write(Op::Update, kind, Some(id), body)
    }

    fn body(&self, start: &str, end: impl Into<Value>, effort: Value) -> Value {
        json!({
            "person_id": self.ana, "project_id": self.apollo,
            "start": start, "end": end.into(), "effort": effort,
        })
    }

    fn book(&mut self, start: &str, end: &str, effort: Value) -> Vec<Warning> {
        let body = self.body(start, end, effort);
        self.create(Kind::Assignment, body)
    }

    fn last_booking(&self) -> Uuid {
        self.tenant.plan.assignment_ids().next_back().unwrap().0
    }

    fn off(&mut self, from: &str, to: &str, status: &str) -> Vec<Warning> {
        let body = json!({"person_id": self.ana, "from": from, "to": to, "status": status});
        self.create(Kind::TimeOff, body)
    }
}

fn full_days() -> Value {
    json!({"per": "day", "minutes": 480})
}

fn codes(warnings: &[Warning]) -> Vec<WarningCode> {
    warnings.iter().map(|w| w.code).collect()
}

fn days(warning: &Warning) -> Vec<String> {
    warning.dates.iter().map(ToString::to_string).collect()
}

#[test]
fn a_saturday_of_a_five_day_person_counts_nothing() {
    let mut w = work();
    for effort in [
        json!({"per": "day", "minutes": 240}),
        json!({"per": "week", "minutes": 240}),
        json!({"per": "capacity", "share": 5000}),
    ] {
        let warnings = w.book("2026-12-05", "2026-12-06", effort);
        assert_eq!(codes(&warnings), [NoLoad]);
        assert_eq!(warnings[0].assignment_id.unwrap().0, w.last_booking());
        assert_eq!(warnings[0].person_id, Some(w.ana));
    }
    let id = w.last_booking();
    let same = w.update(Kind::Assignment, id, json!({"notes": "Saturday"}));
    assert_eq!(codes(&same), [], "it counted nothing before");
    let still = w.update(Kind::Assignment, id, json!({"start": "2026-12-06"}));
    assert_eq!(codes(&still), []);
    w.update(Kind::Assignment, id, json!({"start": "2026-12-04"}));
    let again = w.update(Kind::Assignment, id, json!({"start": "2026-12-05"}));
    assert_eq!(codes(&again), [NoLoad]);
}

#[test]
fn a_placeholder_on_a_sunday_counts_nothing() {
    let mut w = work();
    let demand = w
        .tenant
        .create(Kind::Placeholder, json!({"title": "Dev"}))
        .unwrap();
    let book = |w: &Work, day: &str| {
        json!({
            "placeholder_id": demand, "project_id": w.apollo,
            "start": day, "end": day, "effort": full_days(),
        })
    };
    let (sunday, monday) = (book(&w, "2026-12-06"), book(&w, "2026-12-07"));
    assert_eq!(codes(&w.create(Kind::Assignment, sunday)), [NoLoad]);
    assert_eq!(codes(&w.create(Kind::Assignment, monday)), []);
}

#[test]
fn overbooked_days_are_named_once_they_come_or_get_worse() {
    let mut w = work();
    assert_eq!(codes(&w.book("2026-11-23", "2026-12-11", full_days())), []);
    let half = json!({"per": "day", "minutes": 240});
    let warnings = w.book("2026-11-26", "2026-12-11", half);
    assert_eq!(codes(&warnings), [Overbooked]);
    assert_eq!(warnings[0].count, Some(12));
    assert_eq!(warnings[0].minutes, Some(12 * 240));
    assert_eq!(days(&warnings[0]).len(), 10);
    assert_eq!(days(&warnings[0])[..2], ["2026-11-26", "2026-11-27"]);
    let id = w.last_booking();
    let less = w.update(Kind::Assignment, id, json!({"effort": {"minutes": 120}}));
    assert_eq!(codes(&less), [], "it got better");
    let longer = w.update(Kind::Assignment, id, json!({"start": "2026-11-25"}));
    assert_eq!(days(&longer[0]), ["2026-11-25"]);
    assert_eq!(
        codes(&w.update(Kind::Assignment, id, json!({"notes": "x"}))),
        []
    );
}

#[test]
fn work_without_an_end_has_no_count() {
    let mut w = work();
    let open = w.body("2026-11-23", Value::Null, full_days());
    assert_eq!(codes(&w.create(Kind::Assignment, open.clone())), []);
    let warnings = w.create(Kind::Assignment, open);
    assert_eq!(codes(&warnings), [Overbooked]);
    assert_eq!((warnings[0].count, warnings[0].minutes), (None, None));
    assert_eq!(days(&warnings[0])[0], "2026-11-23");
}

#[test]
fn fewer_hours_and_an_hour_off_may_overbook() {
    let mut w = work();
    w.book(
        "2026-11-23",
        "2026-11-27",
        json!({"per": "total", "minutes": 2400}),
    );
    let fewer = json!({"person_id": w.ana, "effective_date": "2026-11-25", "weekly_minutes": 1200});
    let warnings = w.create(Kind::Availability, fewer);
    assert_eq!(codes(&warnings), [Overbooked, Infeasible]);
    assert_eq!(warnings[1].minutes, Some(3 * 240));
    assert_eq!(warnings[1].count, Some(5));
    assert_eq!(warnings[1].assignment_id.unwrap().0, w.last_booking());
    let better =
        json!({"person_id": w.ana, "effective_date": "2026-11-25", "weekly_minutes": 1800});
    assert_eq!(codes(&w.create(Kind::Availability, better)), []);
}

#[test]
fn work_on_days_for_which_time_off_is_asked_is_told() {
    let mut w = work();
    assert_eq!(codes(&w.off("2026-11-25", "2026-11-26", "requested")), []);
    let warnings = w.book("2026-11-23", "2026-11-27", full_days());
    assert_eq!(codes(&warnings), [RequestedTimeOff]);
    assert_eq!(days(&warnings[0]), ["2026-11-25", "2026-11-26"]);
    assert_eq!(warnings[0].minutes, Some(960));
    let id = w.last_booking();
    let shorter = w.update(Kind::Assignment, id, json!({"start": "2026-11-24"}));
    assert_eq!(codes(&shorter), []);
}

#[test]
fn what_time_off_takes_from_bookings_is_told_by_project() {
    let mut w = work();
    let other = w.tenant.project("Other");
    let half = json!({"per": "day", "minutes": 240});
    w.book("2026-12-07", "2026-12-11", half.clone());
    let mut second = w.body("2026-12-07", "2026-12-10", half.clone());
    second["project_id"] = json!(other);
    assert_eq!(codes(&w.create(Kind::Assignment, second)), []);
    assert_eq!(codes(&w.off("2026-12-09", "2026-12-11", "requested")), []);
    let id = w.tenant.plan.time_off_ids().next().unwrap().0;
    let approved = w.update(Kind::TimeOff, id, json!({"status": "approved"}));
    assert_eq!(codes(&approved), [Displaced, Displaced]);
    let told: Vec<_> = approved
        .iter()
        .map(|w| (w.project_id.unwrap().0, w.count, w.minutes))
        .collect();
    assert_eq!(
        told,
        [(w.apollo, Some(3), Some(720)), (other, Some(2), Some(480))]
    );
    assert_eq!(days(&approved[1]), ["2026-12-09", "2026-12-10"]);
    assert_eq!(
        codes(&w.update(Kind::TimeOff, id, json!({"kind": "sick"}))),
        []
    );
    let longer = w.update(Kind::TimeOff, id, json!({"from": "2026-12-08"}));
    assert_eq!(
        (days(&longer[0]), longer[0].minutes),
        (vec!["2026-12-08".to_owned()], Some(240))
    );
    let over_leave = w.book("2026-12-09", "2026-12-09", half);
    assert_eq!(codes(&over_leave), [NoLoad, Displaced]);
    assert_eq!(over_leave[1].assignment_id.unwrap().0, w.last_booking());
}

#[test]
fn work_outside_employment_is_told_of_a_booking_and_of_archiving() {
    let mut w = work();
    let until = json!({"employment": {"to": "2026-11-25"}});
    assert_eq!(codes(&w.update(Kind::Person, w.ana.0, until)), []);
    let warnings = w.book("2026-11-23", "2026-11-27", full_days());
    assert_eq!(codes(&warnings), [Overbooked, OutsideEmployment]);
    assert_eq!(days(&warnings[1]), ["2026-11-26", "2026-11-27"]);
    let ana = w.ana.0;
    assert_eq!(
        codes(&w.update(Kind::Person, ana, json!({"employment": null}))),
        []
    );
    let archive = json!({"archived": true, "last_day": "2026-11-26"});
    let warnings = w.update(Kind::Person, ana, archive);
    assert_eq!(codes(&warnings), [Overbooked, OutsideEmployment]);
    assert_eq!(days(&warnings[1]), ["2026-11-27"]);
    assert_eq!(warnings[1].assignment_id, None);
}

#[test]
fn a_budget_that_is_passed_is_told_with_tentative_work() {
    let mut w = work();
    let budget = |minutes: u32| json!({"budget": {"minutes": minutes}});
    w.update(Kind::Project, w.apollo, budget(2400));
    assert_eq!(codes(&w.book("2026-11-23", "2026-11-27", full_days())), []);
    let mut more = w.body("2026-11-30", "2026-11-30", full_days());
    more["status"] = json!("tentative");
    let warnings = w.create(Kind::Assignment, more);
    assert_eq!(codes(&warnings), [OverBudget]);
    assert_eq!(warnings[0].minutes, Some(480));
    assert_eq!(warnings[0].project_id.unwrap().0, w.apollo);
    let id = w.last_booking();
    let less = json!({"effort": {"minutes": 60}});
    assert_eq!(codes(&w.update(Kind::Assignment, id, less)), []);
    let apollo = w.apollo;
    assert_eq!(codes(&w.update(Kind::Project, apollo, budget(2460))), []);
    assert_eq!(
        codes(&w.update(Kind::Project, apollo, budget(2459))),
        [OverBudget]
    );
    let open = w.update(Kind::Assignment, id, json!({"end": null}));
    assert_eq!(codes(&open).last(), Some(&OverBudget));
    assert_eq!(open.last().unwrap().minutes, None, "there is no end to it");
}

#[test]
fn what_only_moves_names_warns_of_nothing() {
    let mut w = work();
    w.book("2026-11-23", "2026-11-27", full_days());
    w.book("2026-11-23", "2026-11-27", full_days());
    let ana = w.ana.0;
    assert_eq!(
        codes(&w.update(Kind::Person, ana, json!({"full_name": "Ana S."}))),
        []
    );
    let title = json!({"person_id": ana, "title": "Dev", "effective_date": "2026-01-01"});
    assert_eq!(codes(&w.create(Kind::JobTitle, title)), []);
}

#[test]
fn taking_back_warns_as_well() {
    let mut w = work();
    w.book("2026-11-23", "2026-11-27", full_days());
    w.book("2026-11-23", "2026-11-27", full_days());
    let id = w.last_booking();
    w.write(Op::Delete, Kind::Assignment, Some(id), Value::Null);
    let undone = w.tenant.decide_take_back(TakeBack::Last).unwrap();
    assert_eq!(codes(&undone.warnings), [Overbooked]);
}

#[test]
fn warnings_of_a_large_step_are_bounded() {
    let mut w = work();
    let people: Vec<PersonId> = (0..300)
        .map(|n| w.tenant.person(&format!("P{n}")))
        .collect();
    let commands: Vec<_> = people
        .iter()
        .map(|person| {
            let mut body = w.body(
                "2026-11-23",
                "2026-11-23",
                json!({"per": "day", "minutes": 600}),
            );
            body["person_id"] = json!(person);
            command(Op::Create, Kind::Assignment, None, body)
        })
        .collect();
    let access = w.tenant.admin();
    let decision = w.tenant.decide_as(access, &commands).unwrap();
    assert_eq!(decision.warnings.len(), 100);
}
