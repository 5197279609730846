//! Who takes no new work, and what archiving somebody does to their employment.

use crate::support::{ADMIN, Tenant, booking, command, pointers};
use raally_domain::date::Date;
use raally_domain::decide::{Op, Reason};
use raally_domain::event::{Actor, Change, Diff, StepKind};
use raally_domain::ids::PersonId;
use raally_domain::kinds::{Kind, Person, find};
use raally_domain::problem::Message;
use serde_json::{Value, json};
use uuid::Uuid;

struct Work {
    tenant: Tenant,
    ana: PersonId,
    apollo: Uuid,
    /// Ana's, from 23 to 27 November.
    booked: Uuid,
}

fn work() -> Work {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let booked = tenant.book(ana, apollo, "2026-11-23", "2026-11-27");
    Work {
        tenant,
        ana,
        apollo,
        booked,
    }
}

impl Work {
    fn change(&mut self, body: Value) -> Result<(), Reason> {
        self.tenant.update(Kind::Assignment, self.booked, body)
    }

    fn archive(&mut self) {
        let body = json!({"archived": true});
        self.tenant.update(Kind::Person, self.ana.0, body).unwrap();
    }

    fn employment(&self) -> Value {
        let (_, person) = find::<Person>(&self.tenant.plan, self.ana).unwrap();
        serde_json::to_value(&person.employment).unwrap()
    }
}

/// Whose name a refusal says, and what they are.
fn not_bookable<T: std::fmt::Debug>(result: Result<T, Reason>) -> (String, String) {
    match result {
        Err(Reason::Stands {
            message: Message::NotBookable { name, state, .. },
            ..
        }) => (name, state),
        other => panic!("expected that it takes no work, got {other:?}"),
    }
}

#[test]
fn what_adds_work_to_somebody_archived_is_refused() {
    let mut w = work();
    let ben = w.tenant.person("Ben");
    let bens = w.tenant.book(ben, w.apollo, "2026-11-23", "2026-11-27");
    w.archive();
    let ana = ("Ana".to_owned(), "archived".to_owned());
    for body in [
        json!({"end": "2026-11-28"}),
        json!({"end": null}),
        json!({"start": "2026-11-20"}),
        json!({"effort": {"minutes": 1201}}),
        json!({"effort": {"per": "day", "minutes": 1}}),
    ] {
        assert_eq!(not_bookable(w.change(body.clone())), ana, "{body}");
    }
    let new = booking(w.ana, w.apollo, "2026-12-01", "2026-12-02");
    assert_eq!(not_bookable(w.tenant.create(Kind::Assignment, new)), ana);
    let to_ana = json!({"person_id": w.ana});
    let moved = w.tenant.update(Kind::Assignment, bens, to_ana);
    assert_eq!(not_bookable(moved), ana);
}

#[test]
fn what_ends_shortens_or_moves_work_away_passes() {
    let mut w = work();
    let ben = w.tenant.person("Ben");
    w.archive();
    for body in [
        json!({"start": "2026-11-24"}),
        json!({"end": "2026-11-26"}),
        json!({"effort": {"minutes": 60}}),
        json!({"status": "tentative"}),
        json!({"notes": "until the end"}),
    ] {
        w.change(body).unwrap();
    }
    let sure = w.change(json!({"status": "confirmed"}));
    assert_eq!(not_bookable(sure).1, "archived");
    w.change(json!({"person_id": ben})).unwrap();
    w.tenant.delete(Kind::Assignment, w.booked).unwrap();
}

#[test]
fn a_mask_may_lose_days_and_not_gain_any() {
    let mut w = work();
    w.change(json!({"effort": {"per": "day", "minutes": 60}, "weekdays": ["tue", "wed"]}))
        .unwrap();
    w.archive();
    w.change(json!({"weekdays": ["tue"]})).unwrap();
    for body in [
        json!({"weekdays": ["tue", "fri"]}),
        json!({"weekdays": null}),
    ] {
        assert_eq!(not_bookable(w.change(body)).1, "archived");
    }
}

#[test]
fn projects_that_are_over_take_no_work() {
    for (body, state) in [
        (json!({"archived": true}), "archived"),
        (json!({"status": "completed"}), "completed"),
    ] {
        let mut w = work();
        let other = w.tenant.project("Other");
        let elsewhere = w.tenant.book(w.ana, other, "2026-12-01", "2026-12-02");
        w.tenant.update(Kind::Project, w.apollo, body).unwrap();
        let over = ("Apollo".to_owned(), state.to_owned());
        let new = booking(w.ana, w.apollo, "2026-12-01", "2026-12-02");
        assert_eq!(not_bookable(w.tenant.create(Kind::Assignment, new)), over);
        let to_apollo = json!({"project_id": w.apollo});
        let moved = w.tenant.update(Kind::Assignment, elsewhere, to_apollo);
        assert_eq!(not_bookable(moved), over);
        // Somebody else may do what is left of it.
        let ben = w.tenant.person("Ben");
        w.change(json!({"person_id": ben})).unwrap();
        w.change(json!({"project_id": other})).unwrap();
        // The rule holds in the order of the commands.
        let (project, back) = (w.apollo, json!({"archived": false, "status": "active"}));
        let new = booking(w.ana, project, "2026-12-01", "2026-12-02");
        let commands = [
            command(Op::Update, Kind::Project, Some(project), back),
            command(Op::Create, Kind::Assignment, None, new),
        ];
        w.tenant.run(&commands).unwrap();
    }
}

#[test]
fn a_project_is_not_made_sure_over_the_heads_of_people_who_left() {
    let mut w = work();
    let tentative = json!({"status": "tentative"});
    w.tenant.update(Kind::Project, w.apollo, tentative).unwrap();
    w.archive();
    let sure = json!({"status": "active"});
    let refused = w.tenant.update(Kind::Project, w.apollo, sure.clone());
    assert_eq!(not_bookable(refused).0, "Ana");
    // What is over by the current day, 18 November, is the past.
    w.change(json!({"start": "2026-11-23", "end": "2026-11-23"}))
        .unwrap();
    w.tenant.delete(Kind::Assignment, w.booked).unwrap();
    let ben = w.tenant.person("Ben");
    w.tenant.book(ben, w.apollo, "2026-11-23", "2026-11-27");
    w.tenant
        .update(Kind::Project, w.apollo, json!({"archived": true}))
        .unwrap();
    let refused = w.tenant.update(Kind::Project, w.apollo, sure);
    assert_eq!(not_bookable(refused).0, "Apollo");
}

#[test]
fn undo_brings_back_what_a_new_command_could_not() {
    let mut w = work();
    w.archive();
    w.change(json!({"end": "2026-11-24"})).unwrap();
    assert!(w.change(json!({"end": "2026-11-27"})).is_err());
    w.tenant.undo().unwrap();
    let booking = w.tenant.plan.booking(w.booked.into()).unwrap();
    assert_eq!(
        booking.record.value.end,
        Some("2026-11-27".parse().unwrap())
    );
}

#[test]
fn archiving_ends_an_open_employment_and_undo_takes_both_back() {
    let mut w = work();
    // The current day is 18 November 2026.
    w.archive();
    assert_eq!(w.employment(), json!([{"from": null, "to": "2026-11-18"}]));
    w.tenant.undo().unwrap();
    assert_eq!(w.employment(), Value::Null);
    w.tenant.redo().unwrap();
    assert_eq!(w.employment(), json!([{"from": null, "to": "2026-11-18"}]));
    let back = json!({"archived": false});
    w.tenant.update(Kind::Person, w.ana.0, back).unwrap();
    assert_eq!(w.employment(), json!([{"from": null, "to": "2026-11-18"}]));
    assert_eq!(
        w.tenant.fold().people()[&w.ana].person,
        w.tenant.plan.people()[&w.ana].person
    );
}

#[test]
fn a_last_day_may_be_given_and_belongs_to_who_is_archived() {
    let mut w = work();
    let spring = json!({"from": "2026-01-01", "to": "2026-05-31"});
    let autumn = json!({"from": "2026-09-01", "to": null});
    let later = json!({"from": "2027-01-01", "to": null});
    let given = |w: &mut Work, body| w.tenant.update(Kind::Person, w.ana.0, body);
    let alone = given(&mut w, json!({"last_day": "2026-12-31"}));
    assert_eq!(pointers(alone), ["/last_day"]);
    let body = json!({
        "employment": [spring, autumn], "archived": true, "last_day": "2026-12-31",
    });
    given(&mut w, body).unwrap();
    let ended = json!({"from": "2026-09-01", "to": "2026-12-31"});
    assert_eq!(w.employment(), json!([spring, ended]));
    w.tenant.undo().unwrap();
    given(
        &mut w,
        json!({"employment": [spring, later], "archived": true}),
    )
    .unwrap();
    assert_eq!(w.employment(), json!([spring]), "it had not begun");
}

#[test]
fn an_old_archive_ends_an_open_employment_on_its_events_day() {
    let mut w = work();
    let zone = json!({"time_zone": "Pacific/Auckland"});
    w.tenant.update(Kind::Settings, Uuid::nil(), zone).unwrap();
    let (_, person) = find::<Person>(&w.tenant.plan, w.ana).unwrap();
    let open = person.clone();
    let archived = Person {
        archived: true,
        ..open.clone()
    };
    let noted = Person {
        tags: vec!["former".to_owned()],
        ..archived.clone()
    };
    let mut write = |before: &Person, after: &Person| {
        let diff = Diff {
            id: w.ana,
            before: Some(before.clone()),
            after: Some(after.clone()),
        };
        let actor = Actor::User(ADMIN);
        w.tenant
            .append(&actor, StepKind::Do, vec![Change::from(diff)]);
    };
    // As an earlier release wrote it: the employment stays open in every event.
    write(&open, &archived);
    write(&archived, &noted);
    // In UTC it was the 18th still.
    let ended = json!([{"from": null, "to": "2026-11-19"}]);
    assert_eq!(w.employment(), ended);
    w.tenant.undo().unwrap();
    assert_eq!(w.employment(), ended);
    w.tenant.undo().unwrap();
    assert_eq!(w.employment(), Value::Null);
    w.tenant.redo().unwrap();
    assert_eq!(w.employment(), ended);
    assert_eq!(w.tenant.fold(), w.tenant.plan);
    let today: Date = "2026-11-20".parse().unwrap();
    assert!(
        !w.tenant.plan.people()[&w.ana]
            .person
            .employment
            .contains(today)
    );
}
