//! The log: events for ever, folds that agree, undo as the identity.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod support;

use proptest::prelude::*;
use raally_domain::decide::Op;
use raally_domain::event::{Action, Actor, Change, Diff, Event, EventError, StepKind};
use raally_domain::ids::{HistoryId, PersonId, PersonalRef};
use raally_domain::kinds::{History, Kind};
use raally_domain::personal::Personal;
use raally_domain::plan::{Plan, PlanSnapshot};
use raally_domain::time::Timestamp;
use serde_json::{Value, json};
use support::{Tenant, command};
use uuid::Uuid;

/// A tenant in which every kind of entity was created, changed and deleted.
fn eventful() -> Tenant {
    let mut t = Tenant::new();
    let calendar = create(
        &mut t,
        Kind::HolidayCalendar,
        json!({
            "name": "Portugal",
            "holidays": [{"date": "2026-12-25", "name": "Natal"}, {"date": "2026-12-24", "name": "Véspera", "half": true}],
        }),
    );
    update(
        &mut t,
        Kind::Settings,
        Uuid::nil(),
        json!({"holiday_calendar_id": calendar, "tolerance_minutes": 30}),
    );
    let user = Uuid::from_u128(0xcafe);
    t.run(&[command(
        Op::Create,
        Kind::Member,
        Some(user),
        json!({"role": "member"}),
    )])
    .unwrap();
    let team = create(&mut t, Kind::Team, json!({"name": "Web"}));
    let skill = create(&mut t, Kind::Skill, json!({"name": "React"}));
    let ana = create(
        &mut t,
        Kind::Person,
        json!({
            "full_name": "Ana Souza", "email": "ana@acme.test", "user_id": user, "team_id": team,
            "employment": {"from": "2020-01-01", "to": null}, "skills": [{"skill": "react", "level": 4}],
            "tags": ["core"], "notes": "Prefers mornings", "holiday_calendar_id": calendar,
        }),
    );
    let ben = create(
        &mut t,
        Kind::Person,
        json!({"full_name": "Ben", "manager_id": ana}),
    );
    let title = create(
        &mut t,
        Kind::JobTitle,
        json!({"person_id": ana, "title": "Designer", "effective_date": "2020-01-01"}),
    );
    let weekly = create(
        &mut t,
        Kind::Availability,
        json!({"person_id": ana, "effective_date": "2020-01-01", "weekly_minutes": 2400}),
    );
    let pay = create(
        &mut t,
        Kind::Compensation,
        json!({
            "person_id": ana, "effective_date": "2020-01-01", "type": "hourly",
            "amount": {"amount": 4200, "currency": "EUR"}, "paid_time_off_days": 22, "other_benefits": "Bicycle",
        }),
    );
    let apollo = create(
        &mut t,
        Kind::Project,
        json!({
            "name": "Apollo", "code": "APO", "client": "NASA", "type": "managed-project", "owner_id": ana,
            "budget": {"minutes": 60000, "money": {"amount": 100, "currency": "EUR"}},
            "phases": [{"name": "Launch", "from": "2026-01-01", "to": "2026-03-31"}],
            "milestones": [{"name": "Landing", "date": "2026-07-20"}], "tags": ["space"], "notes": "Go",
        }),
    );
    let wanted = create(
        &mut t,
        Kind::Placeholder,
        json!({"title": "Developer", "team_id": team}),
    );
    let efforts = [
        json!({"per": "week", "minutes": 1200}),
        json!({"per": "day", "minutes": 240}),
        json!({"per": "capacity", "share": 5000}),
        json!({"per": "total", "minutes": 4800}),
    ];
    let mut bookings = Vec::new();
    for effort in efforts {
        bookings.push(create(
            &mut t,
            Kind::Assignment,
            json!({
                "person_id": ana, "project_id": apollo, "start": "2026-11-23", "end": "2026-12-31",
                "effort": effort, "notes": "Kick-off", "role": "developer", "billable": false,
            }),
        ));
    }
    bookings.push(create(&mut t, Kind::Assignment, json!({
        "placeholder_id": wanted, "project_id": apollo, "start": "2026-11-23", "status": "tentative",
        "effort": {"per": "day", "minutes": 240}, "weekdays": ["tue", "thu"], "include_non_working": true,
    })));
    let off = create(
        &mut t,
        Kind::TimeOff,
        json!({
            "person_id": ana, "from": "2026-12-28", "to": "2026-12-31", "minutes_per_day": 240, "reason": "Family",
        }),
    );
    for (resource, id, patch) in [
        (Kind::HolidayCalendar, calendar, json!({"name": "Brasil"})),
        (Kind::Member, user, json!({"role": "viewer"})),
        (Kind::Team, team, json!({"name": "Apps"})),
        (Kind::Skill, skill, json!({"name": "TypeScript"})),
        (
            Kind::Person,
            ana,
            json!({"full_name": "Ana Silva", "archived": true}),
        ),
        (Kind::JobTitle, title, json!({"title": "Lead"})),
        (
            Kind::Availability,
            weekly,
            json!({"cycle": [[480, 480, 480, 480, 480, 0, 0], [480, 480, 480, 480, 0, 0, 0]]}),
        ),
        (Kind::Compensation, pay, json!({"type": "salaried"})),
        (Kind::Project, apollo, json!({"status": "tentative"})),
        (Kind::Placeholder, wanted, json!({"title": "Engineer"})),
        (Kind::Assignment, bookings[0], json!({"person_id": ben})),
        (Kind::TimeOff, off, json!({"status": "requested"})),
    ] {
        update(&mut t, resource, id, patch);
    }
    let history = Change::from(Diff {
        id: HistoryId(Uuid::from_u128(0x415)),
        before: None,
        after: Some(History {
            entity: "person".to_owned(),
            entity_id: ana.to_string(),
            action: "create".to_owned(),
            actor_email: Some(Personal::new(
                "old@acme.test".to_owned(),
                PersonalRef(Uuid::from_u128(1)),
                [1; 16],
            )),
            at: Timestamp::from_micros(1_600_000_000_000_000),
            values: Personal::new("{}".to_owned(), PersonalRef(Uuid::from_u128(2)), [2; 16]),
        }),
    });
    t.append(
        &Actor::System("import".to_owned()),
        StepKind::Import,
        vec![history.clone()],
    );
    for id in bookings {
        t.delete(Kind::Assignment, id).unwrap();
    }
    for (resource, id) in [
        (Kind::TimeOff, off),
        (Kind::Placeholder, wanted),
        (Kind::Project, apollo),
        (Kind::Compensation, pay),
        (Kind::Availability, weekly),
        (Kind::JobTitle, title),
        (Kind::Person, ben),
        (Kind::Person, ana),
        (Kind::Skill, skill),
        (Kind::Team, team),
        (Kind::Member, user),
    ] {
        t.delete(resource, id).unwrap();
    }
    update(
        &mut t,
        Kind::Settings,
        Uuid::nil(),
        json!({"holiday_calendar_id": null}),
    );
    t.delete(Kind::HolidayCalendar, calendar).unwrap();
    t.append(
        &Actor::System("import".to_owned()),
        StepKind::Import,
        vec![history.inverse()],
    );
    t
}

fn create(t: &mut Tenant, resource: Kind, body: Value) -> Uuid {
    t.create(resource, body).unwrap()
}

fn update(t: &mut Tenant, resource: Kind, id: Uuid, patch: Value) {
    t.update(resource, id, patch).unwrap();
}

/// The stored text of the first event of each type. These files stay for ever: an event that was
/// once written must be readable, byte for byte, by every later version.
#[test]
fn every_event_ever_written_stays_readable() {
    let tenant = eventful();
    let mut seen = std::collections::BTreeSet::new();
    for (event, stored) in &tenant.log {
        let name = event.event_type();
        if !seen.insert(name.clone()) {
            continue;
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(format!("{name}.v1.json"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() && !path.exists() {
            std::fs::write(&path, &stored.body).unwrap();
        }
        let golden = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{}: {e}; write it with UPDATE_GOLDEN=1", path.display()));
        assert_eq!(
            stored.body, golden,
            "{name} is written otherwise than it was"
        );
        let mut expected = event.clone();
        expected.change.personal_mut(&mut |slot| slot.close());
        let read = Event::read_trusted(event.seq, &golden).unwrap();
        assert_eq!(read, expected, "{name}");
    }
    let expected = Kind::ALL.iter().flat_map(|kind| {
        let actions: &[Action] = match kind {
            Kind::Settings => &[Action::Created, Action::Changed],
            Kind::History => &[Action::Created, Action::Deleted],
            _ => &[Action::Created, Action::Changed, Action::Deleted],
        };
        actions
            .iter()
            .map(move |a| format!("{}.{}", kind.name(), a.name()))
    });
    assert_eq!(seen, expected.collect());
}

#[test]
fn no_personal_value_is_in_the_log() {
    for (_, stored) in &eventful().log {
        for word in [
            "Ana", "ana@", "mornings", "Kick-off", "Family", "Bicycle", "4200", "old@",
        ] {
            assert!(!stored.body.contains(word), "{word} in {}", stored.body);
        }
    }
}

#[test]
fn a_log_that_was_tampered_with_does_not_read() {
    let tenant = eventful();
    let (event, stored) = &tenant.log[3];
    let mut forged = stored.clone();
    forged.body = forged
        .body
        .replacen("acme", "evil", 1)
        .replacen("member", "admin", 1);
    assert!(matches!(
        Event::read(event.seq, &forged, &event.previous),
        Err(EventError::Broken(4))
    ));
    assert!(matches!(
        Event::read(event.seq, stored, &[1; 32]),
        Err(EventError::Broken(4))
    ));
    let newer = stored.body.replacen("\"version\":1", "\"version\":2", 1);
    assert!(matches!(
        Event::read_trusted(event.seq, &newer),
        Err(EventError::Unknown(_, 2))
    ));
}

#[test]
fn the_fold_from_zero_equals_snapshot_and_tail_wherever_it_is_cut() {
    let tenant = eventful();
    let whole = tenant.fold();
    assert_eq!(whole, tenant.plan);
    let mut plan = Plan::empty(tenant.plan.tenant(), 1);
    for (event, stored) in &tenant.log {
        let bytes = PlanSnapshot::of(&plan).to_bytes();
        plan = PlanSnapshot::from_bytes(&bytes)
            .unwrap()
            .into_plan()
            .unwrap();
        plan.apply(event, stored.hash).unwrap();
    }
    assert_eq!(whole, plan);
}

/// One of a planner's deeds, on the n-th thing there is.
#[derive(Clone, Debug)]
enum Deed {
    AddPerson,
    AddProject {
        tentative: bool,
    },
    Book {
        n: usize,
        start: i32,
        days: i32,
        minutes: u32,
    },
    Move {
        n: usize,
        start: i32,
        to: usize,
    },
    Cut {
        n: usize,
    },
    DeletePerson {
        n: usize,
    },
    SetStatus {
        n: usize,
        tentative: bool,
    },
    TimeOff {
        n: usize,
        start: i32,
    },
    Availability {
        n: usize,
        start: i32,
        minutes: u32,
    },
    Title {
        n: usize,
        start: i32,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let n = 0..20usize;
    let start = 20_780..20_900i32;
    prop_oneof![
        Just(Deed::AddPerson),
        any::<bool>().prop_map(|tentative| Deed::AddProject { tentative }),
        (n.clone(), start.clone(), 0..40i32, 1..4000u32).prop_map(|(n, start, days, minutes)| {
            Deed::Book {
                n,
                start,
                days,
                minutes,
            }
        }),
        (n.clone(), start.clone(), n.clone()).prop_map(|(n, start, to)| Deed::Move {
            n,
            start,
            to
        }),
        n.clone().prop_map(|n| Deed::Cut { n }),
        n.clone().prop_map(|n| Deed::DeletePerson { n }),
        (n.clone(), any::<bool>()).prop_map(|(n, tentative)| Deed::SetStatus { n, tentative }),
        (n.clone(), start.clone()).prop_map(|(n, start)| Deed::TimeOff { n, start }),
        (n.clone(), start.clone(), 0..5000u32).prop_map(|(n, start, minutes)| Deed::Availability {
            n,
            start,
            minutes
        }),
        (n, start).prop_map(|(n, start)| Deed::Title { n, start }),
    ]
}

/// Does it as far as it goes: there may be nobody to do it to, or it may be refused.
fn perform(t: &mut Tenant, deed: &Deed) -> Option<()> {
    let day = |d: i32| raally_domain::date::Date::from_days(d).unwrap().to_string();
    let people: Vec<PersonId> = t.plan.people().keys().copied().collect();
    let projects: Vec<Uuid> = t.plan.projects().keys().map(|p| p.0).collect();
    let bookings: Vec<Uuid> = t.plan.assignment_ids().map(|a| a.0).collect();
    let person = |n: usize| people.get(n % people.len().max(1)).copied();
    let booking = |n: usize| bookings.get(n % bookings.len().max(1)).copied();
    let status = |tentative: bool| if tentative { "tentative" } else { "active" };
    match *deed {
        Deed::AddPerson => {
            t.create(
                Kind::Person,
                json!({"full_name": format!("P{}", people.len())}),
            )
            .ok()?;
        }
        Deed::AddProject { tentative } => {
            let body = json!({"name": "X", "status": status(tentative)});
            t.create(Kind::Project, body).ok()?;
        }
        Deed::Book {
            n,
            start,
            days,
            minutes,
        } => {
            let project = *projects.get(n % projects.len().max(1))?;
            t.create(
                Kind::Assignment,
                json!({
                    "person_id": person(n)?, "project_id": project, "start": day(start),
                    "end": day(start + days), "effort": {"per": "week", "minutes": minutes},
                }),
            )
            .ok()?;
        }
        Deed::Move { n, start, to } => {
            let patch =
                json!({"start": day(start), "end": day(start + 9), "person_id": person(to)?});
            t.update(Kind::Assignment, booking(n)?, patch).ok()?;
        }
        Deed::Cut { n } => t.delete(Kind::Assignment, booking(n)?).ok()?,
        Deed::DeletePerson { n } => t.delete(Kind::Person, person(n)?.0).ok()?,
        Deed::SetStatus { n, tentative } => {
            let project = *projects.get(n % projects.len().max(1))?;
            t.update(Kind::Project, project, json!({"status": status(tentative)}))
                .ok()?;
        }
        Deed::TimeOff { n, start } => {
            let body = json!({"person_id": person(n)?, "from": day(start), "to": day(start + 3)});
            t.create(Kind::TimeOff, body).ok()?;
        }
        Deed::Availability { n, start, minutes } => {
            let body = json!({"person_id": person(n)?, "effective_date": day(start), "weekly_minutes": minutes});
            t.create(Kind::Availability, body).ok()?;
        }
        Deed::Title { n, start } => {
            let body = json!({"person_id": person(n)?, "title": "T", "effective_date": day(start)});
            t.create(Kind::JobTitle, body).ok()?;
        }
    }
    Some(())
}

/// The entities of a plan without versions: what figures are worked out of.
fn values(plan: &Plan) -> String {
    let mut text = String::new();
    for p in plan.people().values() {
        let bookings: Vec<_> = p
            .bookings
            .iter()
            .map(|b| (b.record.id, &b.record.value, b.tentative, b.billable))
            .collect();
        let titles: Vec<_> = p.job_titles.iter().map(|r| (r.id, &r.value)).collect();
        let availabilities: Vec<_> = p.availabilities.iter().map(|r| (r.id, &r.value)).collect();
        let off: Vec<_> = p.time_off.iter().map(|r| (r.id, &r.value)).collect();
        text += &format!(
            "{:?}{:?}{bookings:?}{titles:?}{availabilities:?}{off:?}",
            p.id, p.person
        );
    }
    for p in plan.projects().values() {
        text += &format!("{:?}{:?}{:?}", p.id, p.project, p.assignments);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn undo_is_the_identity_and_redo_brings_it_back(
        deeds in proptest::collection::vec(deed(), 1..25),
    ) {
        let mut t = Tenant::new();
        let mut states = vec![values(&t.plan)];
        for deed in &deeds {
            let head = t.plan.head();
            if perform(&mut t, deed).is_some() && t.plan.head() != head {
                states.push(values(&t.plan));
            }
        }
        let steps = states.len() - 1;
        for state in states[..steps].iter().rev() {
            t.undo().unwrap();
            prop_assert_eq!(&values(&t.plan), state);
        }
        prop_assert!(t.undo().is_err());
        for state in &states[1..] {
            t.redo().unwrap();
            prop_assert_eq!(&values(&t.plan), state);
        }
        prop_assert_eq!(&t.fold(), &t.plan);
    }
}
