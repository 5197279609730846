//! The first and the last day of a project, and work that lies outside them.

use crate::support::{Tenant, command, pointers};
use raally_domain::decide::{Op, Warning, WarningCode};
use raally_domain::event::{Actor, Change, Diff, StepKind};
use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{EntityKind, Kind, Project, find};
use serde_json::{Value, json};
use uuid::Uuid;

use WarningCode::{NoLoad, OutsideProject};

struct Work {
    tenant: Tenant,
    ana: PersonId,
    apollo: Uuid,
}

/// Apollo runs from one day to another, whichever version is written.
fn work(from: Option<&str>, to: Option<&str>) -> Work {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let mut work = Work {
        tenant,
        ana,
        apollo,
    };
    work.date(from, to);
    work
}

impl Work {
    fn date(&mut self, from: Option<&str>, to: Option<&str>) {
        let id = ProjectId(self.apollo);
        let (_, before) = find::<Project>(&self.tenant.plan, id).unwrap();
        let day = |day: Option<&str>| day.map(|day| day.parse().unwrap());
        let after = Project {
            from: day(from),
            to: day(to),
            ..before.clone()
        };
        let diff = Diff {
            id,
            before: Some(before.clone()),
            after: Some(after),
        };
        let actor = Actor::System("set-up".to_owned());
        self.tenant
            .append(&actor, StepKind::Do, vec![Change::from(diff)]);
    }

    fn write(&mut self, op: Op, kind: Kind, id: Option<Uuid>, body: Value) -> Vec<Warning> {
        let access = self.tenant.admin();
        let command = command(op, kind, id, body);
        self.tenant.decide_as(access, &[command]).unwrap().warnings
    }

    fn book(&mut self, owner: (&str, Uuid), start: &str, end: impl Into<Value>) -> Vec<Warning> {
        let mut body = json!({
            "project_id": self.apollo, "start": start, "end": end.into(),
            "effort": {"per": "day", "minutes": 120},
        });
        body[owner.0] = json!(owner.1);
        self.write(Op::Create, Kind::Assignment, None, body)
    }

    fn ana(&self) -> (&'static str, Uuid) {
        ("person_id", self.ana.0)
    }

    fn last_booking(&self) -> Uuid {
        self.tenant.plan.assignment_ids().next_back().unwrap().0
    }
}

fn codes(warnings: &[Warning]) -> Vec<WarningCode> {
    warnings.iter().map(|w| w.code).collect()
}

fn days(warning: &Warning) -> Vec<String> {
    warning.dates.iter().map(ToString::to_string).collect()
}

#[test]
fn days_of_a_booking_outside_its_project_are_told_once_they_come() {
    let mut w = work(Some("2026-11-24"), Some("2026-12-01"));
    let ana = w.ana();
    assert_eq!(codes(&w.book(ana, "2026-11-24", "2026-12-01")), []);
    // A Friday, the weekend, then Monday before the project; and two days after it.
    let warnings = w.book(ana, "2026-11-20", "2026-12-03");
    assert_eq!(codes(&warnings), [OutsideProject]);
    let told = &warnings[0];
    assert_eq!(
        days(told),
        ["2026-11-20", "2026-11-23", "2026-12-02", "2026-12-03"]
    );
    assert_eq!((told.count, told.minutes), (Some(4), Some(4 * 120)));
    assert_eq!(told.person_id, Some(w.ana));
    assert_eq!(told.project_id.unwrap().0, w.apollo);
    assert_eq!(told.assignment_id.unwrap().0, w.last_booking());
    let id = Some(w.last_booking());
    let less = w.write(
        Op::Update,
        Kind::Assignment,
        id,
        json!({"start": "2026-11-23"}),
    );
    assert_eq!(codes(&less), [], "it got better");
    let longer = w.write(
        Op::Update,
        Kind::Assignment,
        id,
        json!({"end": "2026-12-04"}),
    );
    assert_eq!(days(&longer[0]), ["2026-12-04"]);
    let more = json!({"effort": {"per": "day", "minutes": 180}, "end": "2026-12-02"});
    let more = w.write(Op::Update, Kind::Assignment, id, more);
    assert_eq!(days(&more[0]), ["2026-11-23", "2026-12-02"]);
    let weekend = w.book(ana, "2026-12-05", "2026-12-06");
    assert_eq!(codes(&weekend), [NoLoad], "it counts nothing there");
}

#[test]
fn of_one_day_given_the_other_side_is_open() {
    let mut w = work(None, Some("2026-11-25"));
    let ana = w.ana();
    assert_eq!(codes(&w.book(ana, "2024-01-08", "2026-11-25")), []);
    let warnings = w.book(ana, "2026-11-25", "2026-11-26");
    assert_eq!(days(&warnings[0]), ["2026-11-26"]);
    let mut w = work(Some("2026-11-25"), None);
    assert_eq!(codes(&w.book(ana, "2026-11-25", "2027-01-29")), []);
    let warnings = w.book(ana, "2026-11-24", "2026-11-26");
    assert_eq!(days(&warnings[0]), ["2026-11-24"]);
}

#[test]
fn work_without_an_end_lies_outside_for_ever() {
    // Nothing else begins or ends after the booking begins.
    let mut w = work(None, Some("2031-05-30"));
    let ana = w.ana();
    let warnings = w.book(ana, "2026-11-23", Value::Null);
    assert_eq!(codes(&warnings), [OutsideProject]);
    assert_eq!((warnings[0].count, warnings[0].minutes), (None, None));
    assert_eq!(days(&warnings[0])[..2], ["2031-06-02", "2031-06-03"]);
    let id = Some(w.last_booking());
    let noted = w.write(Op::Update, Kind::Assignment, id, json!({"notes": "x"}));
    assert_eq!(codes(&noted), []);
    let ended = w.write(
        Op::Update,
        Kind::Assignment,
        id,
        json!({"end": "2031-05-30"}),
    );
    assert_eq!(codes(&ended), []);
}

#[test]
fn placeholders_are_told_of_as_well() {
    let mut w = work(Some("2026-11-24"), Some("2026-11-30"));
    let demand = w.tenant.create(Kind::Placeholder, json!({"title": "Dev"}));
    let owner = ("placeholder_id", demand.unwrap());
    assert_eq!(codes(&w.book(owner, "2026-11-24", "2026-11-30")), []);
    let warnings = w.book(owner, "2026-11-28", Value::Null);
    assert_eq!(codes(&warnings), [OutsideProject]);
    assert_eq!(warnings[0].person_id, None);
    assert_eq!(warnings[0].assignment_id.unwrap().0, w.last_booking());
    assert_eq!(warnings[0].count, None);
    assert_eq!(days(&warnings[0])[0], "2026-12-01");
}

/// Two bookings of one person are told together, and of none in particular.
#[test]
fn time_off_that_pushes_work_out_is_told() {
    let mut w = work(None, Some("2026-11-25"));
    let total = json!({
        "person_id": w.ana, "project_id": w.apollo, "start": "2026-11-23", "end": "2026-11-27",
        "effort": {"per": "total", "minutes": 1200},
    });
    let warnings = w.write(Op::Create, Kind::Assignment, None, total.clone());
    assert_eq!(warnings[0].minutes, Some(480));
    let second = w.write(Op::Create, Kind::Assignment, None, total);
    assert_eq!(
        (second[0].minutes, second[0].assignment_id),
        (Some(960), None)
    );
    let off = json!({"person_id": w.ana, "from": "2026-11-24", "to": "2026-11-24"});
    let warnings = w.write(Op::Create, Kind::TimeOff, None, off);
    let outside = warnings.iter().find(|w| w.code == OutsideProject).unwrap();
    assert_eq!((outside.count, outside.minutes), (Some(2), Some(1200)));
}

#[test]
fn dates_are_written_and_told_of() {
    let mut w = work(None, None);
    let (from, to) = ("2026-11-24", "2026-11-30");
    let apollo = w.apollo;
    let ana = w.ana();
    w.book(ana, "2026-11-23", "2026-12-01");
    let body = json!({"from": from, "to": to});
    let warnings = w.write(Op::Update, Kind::Project, Some(apollo), body);
    assert_eq!(codes(&warnings), [OutsideProject]);
    assert_eq!(days(&warnings[0]), ["2026-11-23", "2026-12-01"]);
    assert_eq!(w.tenant.fold(), w.tenant.plan);
    let wider = json!({"to": null});
    assert_eq!(
        codes(&w.write(Op::Update, Kind::Project, Some(apollo), wider)),
        []
    );
    let sooner = json!({"to": "2026-11-30"});
    let warnings = w.write(Op::Update, Kind::Project, Some(apollo), sooner);
    assert_eq!(days(&warnings[0]), ["2026-12-01"]);
    w.tenant.undo().unwrap();
    let (_, project) = find::<Project>(&w.tenant.plan, ProjectId(apollo)).unwrap();
    assert_eq!((project.from, project.to), (from.parse().ok(), None));
}

#[test]
fn a_project_does_not_end_before_it_begins() {
    let mut w = work(None, None);
    let body = |to: &str| json!({"name": "Gemini", "from": "2026-11-24", "to": to});
    let refused = w.tenant.create(Kind::Project, body("2026-11-23"));
    assert_eq!(pointers(refused), ["/to"]);
    for to in ["2026-11-24", "2199-12-31"] {
        w.tenant.create(Kind::Project, body(to)).unwrap();
    }
}

#[test]
fn events_of_older_versions_have_no_dates_and_newer_ones_do() {
    let project = |more: &str| {
        format!(
            r#"{{"name":"Apollo","code":null,"client_id":null,"colour":1,"project_type":null,"status":"active","owner_id":null,"billable":true,"budget":null,"phases":[],"milestones":[],"tags":[],"notes":null,"archived":false{more}}}"#
        )
    };
    let data = |side: &str| format!(r#"{{"id":"{}","before":null,"after":{side}}}"#, Uuid::nil());
    let older = Project::upcast(2, &data(&project(""))).unwrap().diff;
    assert_eq!(older.after.as_ref().unwrap().from, None);
    let dates = r#","from":"2026-11-24","to":null"#;
    let newer = Project::upcast(3, &data(&project(dates))).unwrap().diff;
    assert_eq!(newer.after.unwrap().from, "2026-11-24".parse().ok());
}
