//! Time off as it is asked for, kept and taken back.

use crate::support::{Tenant, command, pointers};
use raally_domain::access::Access;
use raally_domain::decide::{Op, Reason, read};
use raally_domain::event::{Change, Diff, Event};
use raally_domain::ids::{PersonId, TimeOffId, UserId};
use raally_domain::kinds::{
    Kind, Portion, Resource, Role, TimeOff, TimeOffBody, TimeOffStatus, Validator, find,
};
use raally_domain::notifications::{self, NotificationKind};
use raally_domain::plan::Plan;
use serde_json::{Value, json};
use uuid::Uuid;

/// Whether half days and declined requests are written yet.
fn writes_all() -> bool {
    Kind::TimeOff.versions().1 >= 2
}

fn ana() -> (Tenant, PersonId) {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    (tenant, ana)
}

/// The value that a body, changed by patches, asks for.
fn built(tenant: &mut Tenant, body: &Value, patches: &[Value]) -> Result<TimeOff, Reason> {
    let id = TimeOffId(Uuid::from_u128(0xf0));
    let mut build = |body: Value, before: Option<&TimeOff>| {
        let body: TimeOffBody = read(body)?;
        let mut validator = Validator::new(&tenant.plan, &mut tenant.fresh, 1);
        let value = TimeOff::build(body, id, before, &mut validator);
        let errors = validator.errors().to_vec();
        if errors.is_empty() {
            Ok(value)
        } else {
            Err(Reason::Invalid(errors))
        }
    };
    let mut value = build(body.clone(), None)?;
    for patch in patches {
        let current = serde_json::to_value(value.body()).unwrap();
        value = build(TimeOff::merge(current, patch), Some(&value))?;
    }
    Ok(value)
}

/// A body of one week with more members.
fn week(person: PersonId, more: &Value) -> Value {
    let mut body = json!({"person_id": person, "from": "2026-11-23", "to": "2026-11-27"});
    for (name, value) in more.as_object().unwrap() {
        if value == "left out" {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

#[test]
fn a_portion_is_whole_days_unless_minutes_are_given() {
    let (mut tenant, ana) = ana();
    let mut portion = |more: Value| built(&mut tenant, &week(ana, &more), &[]).unwrap().portion;
    assert_eq!(portion(json!({})), Portion::Day);
    assert_eq!(portion(json!({"minutes_per_day": null})), Portion::Day);
    assert_eq!(portion(json!({"portion": null})), Portion::Day);
    let minutes = Portion::Minutes(60);
    assert_eq!(portion(json!({"minutes_per_day": 60})), minutes);
    assert_eq!(
        portion(json!({"portion": "minutes", "minutes_per_day": 60})),
        minutes
    );
    assert_eq!(
        portion(json!({"portion": "first_half"})),
        Portion::FirstHalf
    );
    assert_eq!(
        portion(json!({"portion": "second_half", "minutes_per_day": null})),
        Portion::SecondHalf
    );
    for (more, pointer) in [
        (json!({"portion": "minutes"}), "/minutes_per_day"),
        (
            json!({"portion": "day", "minutes_per_day": 60}),
            "/minutes_per_day",
        ),
        (
            json!({"portion": "first_half", "minutes_per_day": 60}),
            "/minutes_per_day",
        ),
        (json!({"minutes_per_day": 0}), "/minutes_per_day"),
        (json!({"minutes_per_day": 1441}), "/minutes_per_day"),
        (json!({"portion": "third"}), "/portion"),
    ] {
        let refused = built(&mut tenant, &week(ana, &more), &[]);
        assert_eq!(pointers(refused), [pointer], "{more}");
    }
}

#[test]
fn a_patch_of_the_portion_or_of_the_minutes_replaces_the_other() {
    let (mut tenant, ana) = ana();
    let mut after = |more: &Value, patch: Value| {
        let value = built(&mut tenant, &week(ana, more), &[patch]);
        value.map(|off| off.portion)
    };
    let (half, by_minutes) = (
        json!({"portion": "first_half"}),
        json!({"minutes_per_day": 60}),
    );
    for patch in [json!({"portion": "day"}), json!({"portion": null})] {
        assert_eq!(after(&by_minutes, patch.clone()), Ok(Portion::Day));
        assert_eq!(after(&half, patch), Ok(Portion::Day));
    }
    let second = json!({"portion": "second_half"});
    assert_eq!(after(&by_minutes, second.clone()), Ok(Portion::SecondHalf));
    assert_eq!(after(&half, second), Ok(Portion::SecondHalf));
    let nothing = json!({"minutes_per_day": null});
    assert_eq!(after(&by_minutes, nothing.clone()), Ok(Portion::Day));
    assert_eq!(after(&half, nothing), Ok(Portion::Day));
    let more = json!({"minutes_per_day": 90});
    assert_eq!(after(&half, more.clone()), Ok(Portion::Minutes(90)));
    assert_eq!(after(&by_minutes, more), Ok(Portion::Minutes(90)));
    // What is not about it leaves it.
    let moved = json!({"to": "2026-11-30"});
    assert_eq!(after(&half, moved.clone()), Ok(Portion::FirstHalf));
    assert_eq!(after(&by_minutes, moved), Ok(Portion::Minutes(60)));
    let named = json!({"portion": "minutes"});
    assert_eq!(after(&by_minutes, named.clone()), Ok(Portion::Minutes(60)));
    assert_eq!(pointers(after(&half, named)), ["/minutes_per_day"]);
    let both = json!({"portion": "day", "minutes_per_day": 60});
    assert_eq!(pointers(after(&half, both)), ["/minutes_per_day"]);
}

/// Monday to Thursday, a holiday on 2026-12-01, half of one on the day after it, and work until
/// the end of 2027.
fn part_time() -> (Tenant, PersonId) {
    let mut tenant = Tenant::new();
    let holidays = json!([
        {"date": "2026-12-01", "name": "Restoration"},
        {"date": "2026-12-02", "name": "Bridge", "half": true},
    ]);
    let calendar = json!({"name": "Portugal", "holidays": holidays});
    let calendar = tenant.create(Kind::HolidayCalendar, calendar).unwrap();
    let body = json!({
        "full_name": "Ana", "holiday_calendar_id": calendar,
        "employment": {"from": null, "to": "2027-12-31"},
    });
    let ana = PersonId(tenant.create(Kind::Person, body).unwrap());
    let week = [[480, 480, 480, 480, 0, 0, 0]];
    let works = json!({"person_id": ana, "effective_date": "2020-01-01", "cycle": week});
    tenant.create(Kind::Availability, works).unwrap();
    (tenant, ana)
}

#[test]
fn working_days_give_the_last_day_once() {
    let (mut tenant, ana) = part_time();
    let last = |tenant: &mut Tenant, days: u32| {
        let more = json!({"to": "left out", "working_days": days});
        built(tenant, &week(ana, &more), &[]).map(|off| off.to.to_string())
    };
    assert_eq!(last(&mut tenant, 1).unwrap(), "2026-11-23");
    assert_eq!(last(&mut tenant, 4).unwrap(), "2026-11-26");
    assert_eq!(last(&mut tenant, 5).unwrap(), "2026-11-30");
    // The holiday does not count, the half one counts as a day.
    assert_eq!(last(&mut tenant, 6).unwrap(), "2026-12-02");
    // Other time off is working time all the same.
    let away = week(ana, &json!({"to": "2026-11-25"}));
    let id = tenant.create(Kind::TimeOff, away).unwrap();
    assert_eq!(last(&mut tenant, 5).unwrap(), "2026-11-30");
    // From a day off, the next working day is the first.
    let friday = json!({"from": "2026-11-27", "to": "left out", "working_days": 1});
    let friday = built(&mut tenant, &week(ana, &friday), &[]).unwrap();
    assert_eq!(friday.to.to_string(), "2026-11-30");
    // A patch may say so too; what is kept is the day, and later changes leave it.
    let patch = json!({"working_days": 6});
    tenant.update(Kind::TimeOff, id, patch).unwrap();
    let kept = |tenant: &Tenant| {
        let (_, off) = find::<TimeOff>(&tenant.plan, TimeOffId(id)).unwrap();
        off.to.to_string()
    };
    assert_eq!(kept(&tenant), "2026-12-02");
    let calendar = tenant.plan.calendars().keys().next().unwrap().0;
    let none = json!({"holidays": []});
    tenant
        .update(Kind::HolidayCalendar, calendar, none)
        .unwrap();
    tenant
        .update(Kind::TimeOff, id, json!({"kind": "sick"}))
        .unwrap();
    assert_eq!(kept(&tenant), "2026-12-02");
}

#[test]
fn working_days_that_cannot_be_are_refused() {
    let (mut tenant, ana) = part_time();
    let mut refused =
        |more: Value, patches: &[Value]| pointers(built(&mut tenant, &week(ana, &more), patches));
    let at = ["/working_days"];
    assert_eq!(refused(json!({"working_days": 3}), &[]), at);
    assert_eq!(refused(json!({"to": "left out"}), &[]), ["/to"]);
    let without = |more: Value| week_without_end(&more);
    assert_eq!(refused(without(json!({"working_days": 0})), &[]), at);
    // She leaves after some 230 working days.
    assert_eq!(refused(without(json!({"working_days": 400})), &[]), at);
    let half = json!({"working_days": 3, "portion": "first_half"});
    assert_eq!(refused(without(half), &[]), at);
    let minutes = json!({"working_days": 3, "minutes_per_day": 60});
    assert_eq!(refused(without(minutes), &[]), at);
    let half = json!({"portion": "second_half"});
    assert_eq!(refused(half, &[json!({"working_days": 3})]), at);
    let both = json!({"working_days": 3, "to": "2026-12-24"});
    assert_eq!(refused(json!({}), &[both]), at);
    assert_eq!(refused(json!({}), &[json!({"to": null})]), ["/to"]);
    let detail = built(
        &mut tenant,
        &week(ana, &week_without_end(&json!({"working_days": 400}))),
        &[],
    );
    let Err(Reason::Invalid(errors)) = detail else {
        panic!("{detail:?}");
    };
    assert_eq!(
        errors[0].detail,
        "there are not 400 working days within 5 years of 2026-11-23"
    );
}

fn week_without_end(more: &Value) -> Value {
    let mut more = more.clone();
    more["to"] = json!("left out");
    more
}

/// The text of an event as the release before had written it.
fn as_version_1(body: &str) -> String {
    let mut event: Value = serde_json::from_str(body).unwrap();
    if event["type"].as_str().unwrap().starts_with("time_off.") {
        event["version"] = json!(1);
        for side in ["before", "after"] {
            if let Some(value) = event["data"][side].as_object_mut() {
                value.remove("portion");
            }
        }
    }
    event.to_string()
}

#[test]
fn steps_written_in_version_1_are_taken_back_and_done_again() {
    let (mut tenant, ana) = ana();
    let body = week(ana, &json!({"minutes_per_day": 240}));
    let id = tenant.create(Kind::TimeOff, body).unwrap();
    for patch in [
        json!({"status": "requested"}),
        json!({"minutes_per_day": null}),
    ] {
        tenant.update(Kind::TimeOff, id, patch).unwrap();
    }
    let mut plan = Plan::empty(tenant.plan.tenant(), 1);
    for (event, stored) in &tenant.log {
        let read = Event::read_trusted(event.seq, &as_version_1(&stored.body)).unwrap();
        plan.apply(&read, stored.hash).unwrap();
    }
    tenant.plan = plan;
    let stands = |tenant: &Tenant| {
        let found = find::<TimeOff>(&tenant.plan, TimeOffId(id));
        found.map(|(_, off)| (off.portion, off.status))
    };
    let minutes = Portion::Minutes(240);
    let all = [
        Some((Portion::Day, TimeOffStatus::Requested)),
        Some((minutes, TimeOffStatus::Requested)),
        Some((minutes, TimeOffStatus::Approved)),
        None,
    ];
    assert_eq!(stands(&tenant), all[0]);
    for expected in &all[1..] {
        tenant.undo().unwrap();
        assert_eq!(stands(&tenant), *expected);
    }
    for expected in all[..3].iter().rev() {
        tenant.redo().unwrap();
        assert_eq!(stands(&tenant), *expected);
    }
}

/// Puts time off there that a newer release has written.
fn written_by_the_next_release(tenant: &mut Tenant, person: PersonId) -> Uuid {
    let body = week(person, &json!({"portion": "first_half"}));
    let after = built(tenant, &body, &[]).unwrap();
    let id = TimeOffId(Uuid::from_u128(0xf1));
    let change = Change::from(Diff {
        id,
        before: None,
        after: Some(after),
    });
    tenant.plan.apply_provisional(&change).unwrap();
    id.0
}

#[test]
fn what_the_written_version_cannot_say_is_refused_whoever_brings_it() {
    const NOT_YET: &str =
        "this release reads half days and declined requests, the next one writes them";
    let expected = |result: Result<(), Reason>| match result {
        Ok(()) => assert!(writes_all()),
        Err(reason) => {
            assert!(!writes_all());
            assert!(matches!(reason, Reason::Conflict(_)), "{reason:?}");
            assert_eq!(reason.to_string(), NOT_YET);
        }
    };
    let (mut tenant, ana) = ana();
    let half = week(ana, &json!({"portion": "second_half"}));
    expected(tenant.create(Kind::TimeOff, half).map(drop));
    let declined = week(ana, &json!({"status": "declined"}));
    expected(tenant.create(Kind::TimeOff, declined).map(drop));
    let id = tenant.create(Kind::TimeOff, week(ana, &json!({}))).unwrap();
    expected(tenant.update(Kind::TimeOff, id, json!({"status": "declined"})));
    let id = written_by_the_next_release(&mut tenant, ana);
    expected(tenant.update(Kind::TimeOff, id, json!({"kind": "sick"})));
    expected(tenant.delete(Kind::TimeOff, id));
    // Deleting somebody deletes their time off.
    written_by_the_next_release(&mut tenant, ana);
    expected(tenant.delete(Kind::Person, ana.0));
}

#[test]
fn planners_decline_and_nobody_declines_or_changes_what_was_declined_of_their_own() {
    let (mut tenant, ana) = ana();
    let member = Access {
        user: UserId(Uuid::from_u128(0xa1)),
        role: Role::Member,
        person: Some(ana),
    };
    let requested = built(
        &mut tenant,
        &week(ana, &json!({"status": "requested"})),
        &[],
    )
    .unwrap();
    let declined = TimeOff {
        status: TimeOffStatus::Declined,
        ..requested.clone()
    };
    let diff = |before: &TimeOff, after: Option<&TimeOff>| Diff {
        id: TimeOffId(Uuid::from_u128(0xf0)),
        before: Some(before.clone()),
        after: after.cloned(),
    };
    let may = |access: &Access, diff: &Diff<TimeOff>| {
        <TimeOff as raally_domain::kinds::EntityKind>::may_write(access, diff)
    };
    let manager = Access {
        role: Role::ResourceManager,
        person: None,
        ..member
    };
    assert!(may(&member, &diff(&requested, None)));
    for diff in [
        diff(&requested, Some(&declined)),
        diff(&declined, Some(&requested)),
        diff(&declined, None),
    ] {
        assert!(!may(&member, &diff));
        assert!(may(&manager, &diff));
    }
    // Through a command as well.
    let id = tenant
        .create(Kind::TimeOff, week(ana, &json!({"status": "requested"})))
        .unwrap();
    let patch = json!({"status": "declined"});
    let decline = [command(Op::Update, Kind::TimeOff, Some(id), patch)];
    let rejection = tenant.decide_as(member, &decline).unwrap_err();
    assert_eq!(rejection.reason, Reason::Forbidden);
}

#[test]
fn who_asked_is_told_that_it_was_declined() {
    let (mut tenant, ana) = ana();
    let user = UserId(Uuid::from_u128(0xa1));
    tenant.join(user, Role::Member);
    let patch = json!({"user_id": user});
    tenant.update(Kind::Person, ana.0, patch).unwrap();
    let body = week(ana, &json!({"status": "requested"}));
    tenant.create(Kind::TimeOff, body).unwrap();
    let (last, _) = tenant.log.last().unwrap();
    let Change::TimeOff(asked) = last.change.clone() else {
        panic!("{last:?}");
    };
    let requested = asked.after.unwrap();
    let declined = TimeOff {
        status: TimeOffStatus::Declined,
        ..requested.clone()
    };
    let event = Event {
        change: Change::from(Diff {
            id: asked.id,
            before: Some(requested),
            after: Some(declined),
        }),
        ..last.clone()
    };
    let mut after = tenant.plan.clone();
    after.apply_provisional(&event.change).unwrap();
    let today = "2026-11-01".parse().unwrap();
    let told = notifications::of_step(&tenant.plan, &after, &[event], today);
    let told: Vec<_> = told.iter().map(|n| (n.user, n.kind, n.person)).collect();
    assert_eq!(told, [(user, NotificationKind::Changed, Some(ana))]);
}
