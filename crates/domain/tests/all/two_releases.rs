//! Two neighbouring releases side by side: what this one writes, the one before reads, and the
//! other way round, with the same figures. The one before is kept as it was, as a crate
//! (`scripts/freeze`).

use crate::support::Tenant;
use crate::support::eventful::eventful;
use raally_domain::event::Event;
use raally_domain::figures::dashboard;
use raally_domain::ids::PersonId;
use raally_domain::kinds::Kind;
use raally_domain::plan::Plan;
use raally_domain_before as before;
use serde_json::{Value, json};
use uuid::Uuid;

/// A log as it is stored: bodies in order.
type Bodies = Vec<String>;

fn bodies(tenant: &Tenant) -> Bodies {
    let stored = tenant.log.iter();
    stored.map(|(_, stored)| stored.body.clone()).collect()
}

/// The figures of a log as this release reads it.
fn now(log: &Bodies) -> Value {
    let mut plan: Option<Plan> = None;
    let mut previous = [0; 32];
    for (seq, body) in (1..).zip(log) {
        let hash = raally_domain::event::chain_hash(&previous, body);
        let stored = raally_domain::event::StoredEvent {
            body: body.clone(),
            hash,
        };
        let event = Event::read(seq, &stored, &previous).unwrap();
        let plan = plan.get_or_insert_with(|| Plan::empty(event.tenant, 1));
        plan.apply(&event, hash).unwrap();
        previous = hash;
    }
    let period = raally_domain::date::Period::new(
        "2026-11-02".parse().unwrap(),
        "2027-01-31".parse().unwrap(),
    );
    let found = dashboard(&plan.unwrap(), period.unwrap(), true);
    serde_json::to_value(found).unwrap()
}

/// The same as the release before reads it.
fn then(log: &Bodies) -> Value {
    let mut plan: Option<before::plan::Plan> = None;
    let mut previous = [0; 32];
    for (seq, body) in (1..).zip(log) {
        let hash = before::event::chain_hash(&previous, body);
        let stored = before::event::StoredEvent {
            body: body.clone(),
            hash,
        };
        let event = before::event::Event::read(seq, &stored, &previous).unwrap();
        let plan = plan.get_or_insert_with(|| before::plan::Plan::empty(event.tenant, 1));
        plan.apply(&event, hash).unwrap();
        previous = hash;
    }
    let period =
        before::date::Period::new("2026-11-02".parse().unwrap(), "2027-01-31".parse().unwrap());
    let found = before::figures::dashboard(&plan.unwrap(), period.unwrap(), true);
    serde_json::to_value(found).unwrap()
}

/// All that the release before shows is there and equal; this one may show more.
#[track_caller]
fn assert_covers(now: &Value, then: &Value, at: &str) {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            for (name, then) in then {
                assert_covers(&now[name], then, &format!("{at}/{name}"));
            }
        }
        (Value::Array(now), Value::Array(then)) => {
            assert_eq!(now.len(), then.len(), "the number of {at}");
            for (n, (now, then)) in now.iter().zip(then).enumerate() {
                assert_covers(now, then, &format!("{at}/{n}"));
            }
        }
        _ => assert_eq!(now, then, "{at}"),
    }
}

/// A tenant with all that the newest versions can say, and work that depends on it.
fn newest() -> Tenant {
    let mut t = Tenant::new();
    let calendar = t.create(
        Kind::HolidayCalendar,
        json!({"name": "Spain", "holidays": [{"date": "2026-12-08", "name": "Inmaculada"}]}),
    );
    let team = t.create(Kind::Team, json!({"name": "Web"})).unwrap();
    let ana = t.create(
        Kind::Person,
        json!({
            "full_name": "Ana", "team_id": team,
            "employment": [{"from": "2026-01-01", "to": "2026-11-20"}, {"from": "2026-12-01", "to": null}],
        }),
    );
    let ana = PersonId(ana.unwrap());
    t.create(
        Kind::Placement,
        json!({
            "person_id": ana, "effective_date": "2026-12-07", "team_id": team,
            "holiday_calendar_id": calendar.unwrap(),
        }),
    )
    .unwrap();
    let client = t.create(Kind::Client, json!({"name": "Acme"})).unwrap();
    let apollo = t
        .create(
            Kind::Project,
            json!({"name": "Apollo", "client_id": client}),
        )
        .unwrap();
    t.create(
        Kind::Project,
        json!({"name": "Borealis", "client": "Umbrella"}),
    )
    .unwrap();
    let book = json!({
        "person_id": ana, "project_id": apollo, "start": "2026-11-16", "end": "2026-12-18",
        "effort": {"per": "day", "minutes": 300},
    });
    t.create(Kind::Assignment, book).unwrap();
    // The half lies outside the booking: releases before 0.6 left load as it was on such days.
    for (portion, day) in [("first_half", "2026-12-22"), ("day", "2026-12-03")] {
        let off = json!({"person_id": ana, "from": day, "to": day, "portion": portion});
        t.create(Kind::TimeOff, off).unwrap();
    }
    t.create(
        Kind::TimeOff,
        json!({"person_id": ana, "from": "2026-12-14", "to": "2026-12-15", "status": "declined"}),
    )
    .unwrap();
    t
}

#[test]
fn the_release_before_reads_what_this_one_writes() {
    for tenant in [eventful(), newest()] {
        let log = bodies(&tenant);
        assert_covers(&now(&log), &then(&log), "figures");
    }
    // 25 days of 300 minutes, less a day off and the holiday of the placement from 7 December on.
    assert_eq!(now(&bodies(&newest()))["booked_minutes"], json!(6900));
}

/// Ids and salts in order, and a fixed instant.
struct Source(u128);

impl before::kinds::IdSource for Source {
    fn uuid(&mut self) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | self.0)
    }

    fn salt(&mut self) -> [u8; 16] {
        [7; 16]
    }

    fn now(&self) -> before::time::Timestamp {
        before::time::Timestamp::from_micros(1_795_000_000_000_000)
    }
}

/// Decides commands as the release before does, on a log, and appends what it writes.
fn decide_before(log: &mut Bodies, commands: &[before::decide::Command]) {
    use before::event::{Actor, Event, Step, StepKind, StoredEvent, chain_hash};
    let mut plan = None;
    let mut previous = [0; 32];
    for (seq, body) in (1..).zip(&*log) {
        let hash = chain_hash(&previous, body);
        let stored = StoredEvent {
            body: body.clone(),
            hash,
        };
        let event = Event::read(seq, &stored, &previous).unwrap();
        let plan = plan.get_or_insert_with(|| before::plan::Plan::empty(event.tenant, 1));
        plan.apply(&event, hash).unwrap();
        previous = hash;
    }
    let mut plan = plan.unwrap();
    let user = crate::support::ADMIN.0.into();
    let mut source = Source(0xbef0_0000 + log.len() as u128);
    let mut context = before::decide::Context {
        access: before::access::Access {
            user,
            role: before::kinds::Role::Admin,
            person: None,
        },
        fresh: &mut source,
    };
    let decision = before::decide::decide(&plan, &mut context, commands).unwrap();
    for recorded in decision.changes {
        let seq = plan.head().seq + 1;
        let at = before::time::Timestamp::from_micros(1_795_000_900_000_000);
        let event = Event {
            tenant: plan.tenant(),
            seq,
            id: Uuid::from_u128(0xe0_0000 + u128::from(seq)).into(),
            recorded_at: at,
            occurred_at: at,
            actor: Actor::User(user),
            step: Step {
                id: Uuid::from_u128(0xe1_0000 + u128::from(seq)).into(),
                kind: StepKind::Do,
            },
            change: recorded.change,
            implied: recorded.implied,
            previous: plan.last_hash(),
        };
        let stored = event.store();
        plan.apply(&event, stored.hash).unwrap();
        log.push(stored.body);
    }
}

fn before_command(
    op: &str,
    resource: &str,
    id: Option<Uuid>,
    body: Value,
) -> before::decide::Command {
    serde_json::from_value(json!({"op": op, "resource": resource, "id": id, "body": body})).unwrap()
}

#[test]
fn this_release_reads_what_the_one_before_writes_after_it() {
    let tenant = newest();
    let mut log = bodies(&tenant);
    let kept = log.len();
    let ben = Uuid::from_u128(0xbe);
    let hermes = Uuid::from_u128(0x4e);
    decide_before(
        &mut log,
        &[
            before_command(
                "create",
                "teams",
                Some(Uuid::from_u128(0x7e)),
                json!({"name": "Data"}),
            ),
            before_command(
                "create",
                "people",
                Some(ben),
                json!({"full_name": "Ben", "team_id": Uuid::from_u128(0x7e), "employment": {"from": "2026-11-09"}}),
            ),
            // A client of that name is there already, and one that is not.
            before_command(
                "create",
                "projects",
                Some(hermes),
                json!({"name": "Hermes", "client": "acme"}),
            ),
            before_command(
                "create",
                "projects",
                None,
                json!({"name": "Iris", "client": "Globex"}),
            ),
            before_command(
                "create",
                "assignments",
                None,
                json!({
                    "person_id": ben, "project_id": hermes, "start": "2026-11-02", "end": "2026-11-13",
                    "effort": {"per": "week", "minutes": 1200},
                }),
            ),
        ],
    );
    // It wrote each kind in its own version, whichever this release writes.
    for kind in ["person", "project", "assignment"] {
        let version = before::kinds::Kind::from_name(kind).unwrap().versions().1;
        let created = format!("\"type\":\"{kind}.created\",\"version\":{version}");
        assert!(log[kept..].iter().any(|body| body.contains(&created)));
    }
    assert_covers(&now(&log), &then(&log), "figures");
    let names: Vec<&str> = log.iter().map(String::as_str).collect();
    assert!(names.iter().any(|body| body.contains("Globex")));
}
