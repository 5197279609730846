//! Taking back by field: what others wrote beside it since stays.

use crate::support::{Tenant, command};
use raally_domain::access::Access;
use raally_domain::decide::{Op, Reason};
use raally_domain::ids::{PersonId, UserId};
use raally_domain::kinds::{Assignment, EntityRef, Kind, find};
use raally_domain::problem::Message;
use serde_json::{Value, json};
use uuid::Uuid;

fn other(tenant: &Tenant) -> Access {
    Access {
        user: UserId(Uuid::from_u128(0xbe)),
        ..tenant.admin()
    }
}

fn by_other(tenant: &mut Tenant, kind: Kind, id: Uuid, body: Value) {
    let access = other(tenant);
    let command = command(Op::Update, kind, Some(id), body);
    tenant.decide_as(access, &[command]).unwrap();
}

fn booked() -> (Tenant, PersonId, Uuid) {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let id = tenant.book(ana, apollo, "2026-11-23", "2026-11-27");
    (tenant, ana, id)
}

fn shown(tenant: &Tenant, id: Uuid) -> (String, String, Option<String>) {
    let (_, work) = find::<Assignment>(&tenant.plan, id.into()).unwrap();
    let notes = work.notes.as_ref().and_then(|n| n.get().cloned());
    (work.start.to_string(), work.end.unwrap().to_string(), notes)
}

fn conflict(result: Result<(), Reason>) -> (EntityRef, u64) {
    match result {
        Err(Reason::Stands {
            message: Message::UndoConflict,
            entity,
            since,
        }) => (entity, since),
        other => panic!("expected a conflict, got {other:?}"),
    }
}

#[test]
fn a_move_goes_back_although_somebody_wrote_a_note_since() {
    let (mut tenant, _, id) = booked();
    let moved = json!({"start": "2026-11-30", "end": "2026-12-04"});
    tenant.update(Kind::Assignment, id, moved).unwrap();
    by_other(&mut tenant, Kind::Assignment, id, json!({"notes": "by B"}));
    let note = Some("by B".to_owned());
    let first = (
        "2026-11-23".to_owned(),
        "2026-11-27".to_owned(),
        note.clone(),
    );
    let second = ("2026-11-30".to_owned(), "2026-12-04".to_owned(), note);
    tenant.undo().unwrap();
    assert_eq!(shown(&tenant, id), first);
    tenant.redo().unwrap();
    assert_eq!(shown(&tenant, id), second);
    tenant.undo().unwrap();
    assert_eq!(shown(&tenant, id), first);
    assert_eq!(tenant.fold(), tenant.plan);
}

#[test]
fn steps_before_it_go_back_by_field_as_well() {
    let (mut tenant, _, id) = booked();
    let ends = ["2026-12-04", "2026-12-11"];
    for end in ends {
        tenant
            .update(Kind::Assignment, id, json!({"end": end}))
            .unwrap();
    }
    by_other(&mut tenant, Kind::Assignment, id, json!({"notes": "by B"}));
    for end in ["2026-12-04", "2026-11-27"] {
        tenant.undo().unwrap();
        let note = Some("by B".to_owned());
        assert_eq!(
            shown(&tenant, id),
            ("2026-11-23".to_owned(), end.to_owned(), note)
        );
    }
    // It was made by the caller and has a note of somebody else's now.
    conflict(tenant.undo());
}

#[test]
fn a_field_that_somebody_else_wrote_since_is_told_with_the_version_it_was_left_at() {
    let (mut tenant, _, id) = booked();
    tenant
        .update(Kind::Assignment, id, json!({"end": "2026-12-04"}))
        .unwrap();
    let left = tenant.plan.booking(id.into()).unwrap().record.version;
    by_other(
        &mut tenant,
        Kind::Assignment,
        id,
        json!({"end": "2026-12-11"}),
    );
    let entity = EntityRef::new(Kind::Assignment, id);
    assert_eq!(conflict(tenant.undo()), (entity, left));
    by_other(
        &mut tenant,
        Kind::Assignment,
        id,
        json!({"end": "2026-12-04"}),
    );
    tenant.undo().unwrap();
    assert_eq!(shown(&tenant, id).1, "2026-11-27");
}

#[test]
fn fields_that_would_not_go_together_stay() {
    let (mut tenant, _, id) = booked();
    tenant
        .update(Kind::Assignment, id, json!({"end": "2026-12-18"}))
        .unwrap();
    by_other(
        &mut tenant,
        Kind::Assignment,
        id,
        json!({"start": "2026-12-14"}),
    );
    conflict(tenant.undo());
}

#[test]
fn personal_values_are_open_after_it() {
    let (mut tenant, ana, _) = booked();
    tenant
        .update(
            Kind::Person,
            ana.0,
            json!({"full_name": "Ana Souza", "notes": "mine"}),
        )
        .unwrap();
    by_other(
        &mut tenant,
        Kind::Person,
        ana.0,
        json!({"email": "ana@acme.test"}),
    );
    tenant.undo().unwrap();
    let person = &tenant.plan.people()[&ana].person;
    assert_eq!((person.name(), &person.notes), ("Ana", &None));
    let email = person.email.as_ref().and_then(|e| e.get());
    assert_eq!(email.map(String::as_str), Some("ana@acme.test"));
    assert_eq!(tenant.fold(), tenant.plan);
}
