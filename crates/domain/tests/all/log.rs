//! The log: events for ever, folds that agree, undo as the identity.

use crate::support::Tenant;
use crate::support::eventful::eventful;
use proptest::prelude::*;
use raally_domain::event::{Event, EventError};
use raally_domain::ids::PersonId;
use raally_domain::kinds::Kind;
use raally_domain::plan::{Plan, PlanSnapshot};
use serde_json::json;
use uuid::Uuid;

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
    let written = format!("\"version\":{}", event.change.entity().kind.versions().1);
    let newer = stored.body.replacen(&written, "\"version\":9", 1);
    assert!(matches!(
        Event::read_trusted(event.seq, &newer),
        Err(EventError::Unknown(_, 9))
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
