//! What commands bring, and what is refused.

use crate::support::{ADMIN, Tenant, booking, command, pointers};
use raally_domain::access::Access;
use raally_domain::decide::{Op, Reason};
use raally_domain::ids::{PersonId, ProjectId, TeamId, UserId};
use raally_domain::kinds::{Kind, Role};
use raally_domain::plan::PlanSnapshot;
use serde_json::{Value, json};
use uuid::Uuid;

fn tenant() -> (Tenant, PersonId, Uuid) {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana Souza");
    let apollo = tenant.project("Apollo");
    (tenant, ana, apollo)
}

fn with(mut body: Value, patch: Value) -> Value {
    for (name, value) in patch.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn a_batch_is_one_step_and_each_command_sees_those_before_it() {
    let mut tenant = Tenant::new();
    let (person, project) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let body = booking(PersonId(person), project, "2026-11-23", "2026-11-27");
    tenant
        .run(&[
            command(
                Op::Create,
                Kind::Person,
                Some(person),
                json!({"full_name": "Ana"}),
            ),
            command(
                Op::Create,
                Kind::Project,
                Some(project),
                json!({"name": "Apollo"}),
            ),
            command(Op::Create, Kind::Assignment, None, body),
        ])
        .unwrap();
    assert_eq!(tenant.plan.assignment_count(), 1);
    tenant.undo().unwrap();
    assert_eq!(tenant.plan.assignment_count(), 0);
    assert!(tenant.plan.people().is_empty() && tenant.plan.projects().is_empty());
}

#[test]
fn a_batch_with_one_wrong_command_does_nothing_and_names_it() {
    let (mut tenant, ana, apollo) = tenant();
    let head = tenant.plan.head();
    let good = booking(ana, apollo, "2026-11-23", "2026-11-27");
    let bad = booking(ana, Uuid::from_u128(404), "2026-11-23", "2026-11-27");
    let rejection = tenant
        .decide_as(
            tenant.admin(),
            &[
                command(Op::Create, Kind::Assignment, None, good),
                command(Op::Create, Kind::Assignment, None, bad),
            ],
        )
        .unwrap_err();
    assert_eq!(rejection.command, Some(1));
    assert_eq!(pointers::<()>(Err(rejection.reason)), ["/project_id"]);
    assert_eq!(tenant.plan.head(), head);
}

#[test]
fn wrong_fields_are_named_by_their_pointers() {
    let (mut tenant, ana, apollo) = tenant();
    let good = booking(ana, apollo, "2026-11-23", "2026-11-27");
    for (patch, pointer) in [
        (json!({"start": "2026-02-30"}), "/start"),
        (json!({"end": "2026-11-22"}), "/end"),
        (json!({"end": "2031-12-31"}), "/end"),
        (
            json!({"effort": {"per": "week", "minutes": -5}}),
            "/effort/minutes",
        ),
        (
            json!({"effort": {"per": "week", "minutes": 0}}),
            "/effort/minutes",
        ),
        (
            json!({"effort": {"per": "week", "minutes": 1e12}}),
            "/effort/minutes",
        ),
        (
            json!({"effort": {"per": "week", "minutes": 10_081}}),
            "/effort/minutes",
        ),
        (
            json!({"effort": {"per": "day", "minutes": 1441}}),
            "/effort/minutes",
        ),
        (json!({"effort": {"per": "week"}}), "/effort/minutes"),
        (
            json!({"effort": {"per": "capacity", "share": 10_001}}),
            "/effort/share",
        ),
        (
            json!({"effort": {"per": "week", "minutes": 60, "share": 1}}),
            "/effort",
        ),
        (
            json!({"effort": {"per": "total", "minutes": 60}, "end": null}),
            "/end",
        ),
        (
            json!({"effort": {"per": "fortnight", "minutes": 60}}),
            "/effort/per",
        ),
        (json!({"weekdays": ["mon"]}), "/weekdays"),
        (json!({"include_non_working": true}), "/include_non_working"),
        (json!({"person_id": Uuid::from_u128(9)}), "/person_id"),
        (json!({"person_id": null}), "/person_id"),
        (json!({"notes": "bell\u{7}"}), "/notes"),
        (json!({"role": "x".repeat(201)}), "/role"),
        (json!({"colour": 3}), "/colour"),
        (json!({"status": "maybe"}), "/status"),
    ] {
        let body = with(good.clone(), patch.clone());
        let found = pointers(tenant.create(Kind::Assignment, body));
        assert_eq!(found, [pointer], "{patch}");
    }
}

#[test]
fn a_patch_merges_and_null_removes() {
    let (mut tenant, ana, _) = tenant();
    let id = ana.0;
    tenant
        .update(
            Kind::Person,
            id,
            json!({"email": "ana@acme.test", "tags": ["a", "b"]}),
        )
        .unwrap();
    tenant
        .update(Kind::Person, id, json!({"email": null}))
        .unwrap();
    let person = &tenant.plan.people()[&ana].person;
    assert_eq!(person.email, None);
    assert_eq!(person.tags, ["a", "b"]);
}

#[test]
fn a_patch_that_changes_nothing_brings_no_event() {
    let (mut tenant, ana, _) = tenant();
    let head = tenant.plan.head();
    tenant
        .update(Kind::Person, ana.0, json!({"full_name": " Ana Souza "}))
        .unwrap();
    assert_eq!(tenant.plan.head(), head);
}

#[test]
fn an_effort_may_be_patched_to_another_kind() {
    let (mut tenant, ana, apollo) = tenant();
    let id = tenant.book(ana, apollo, "2026-11-23", "2026-11-27");
    tenant
        .update(
            Kind::Assignment,
            id,
            json!({"effort": {"per": "capacity", "share": 5000}}),
        )
        .unwrap();
    tenant
        .update(Kind::Assignment, id, json!({"effort": {"share": 2500}}))
        .unwrap();
    let booking = tenant.plan.booking(id.into()).unwrap();
    assert_eq!(
        booking.record.value.effort,
        raally_domain::effort::Effort::Share { share: 2500 }
    );
}

#[test]
fn a_weekly_figure_and_a_cycle_replace_one_another() {
    let (mut tenant, ana, _) = tenant();
    let id = tenant
        .create(
            Kind::Availability,
            json!({"person_id": ana, "effective_date": "2026-01-01", "weekly_minutes": 2400}),
        )
        .unwrap();
    let week = [600, 600, 600, 600, 0, 0, 0];
    tenant
        .update(Kind::Availability, id, json!({"cycle": [week, week]}))
        .unwrap();
    let record = tenant.plan.availability(id.into()).unwrap();
    assert_eq!(record.value.pattern.cycle(), [week, week]);
    assert_eq!(record.value.weekly_minutes, None);
    tenant
        .update(Kind::Availability, id, json!({"weekly_minutes": 1200}))
        .unwrap();
    let record = tenant.plan.availability(id.into()).unwrap();
    assert_eq!(
        record.value.pattern.cycle(),
        [[240, 240, 240, 240, 240, 0, 0]]
    );
}

#[test]
fn an_expected_version_must_hold() {
    let (mut tenant, ana, _) = tenant();
    let version = tenant.plan.people()[&ana].version;
    let mut rename = command(
        Op::Update,
        Kind::Person,
        Some(ana.0),
        json!({"full_name": "Ana Silva"}),
    );
    rename.expect = Some(version);
    tenant.run(std::slice::from_ref(&rename)).unwrap();
    assert!(matches!(
        tenant.run(&[rename]),
        Err(Reason::Stale { current, .. }) if current > version
    ));
}

#[test]
fn what_has_bookings_is_not_deleted_and_what_refers_to_it_is_told() {
    let (mut tenant, ana, apollo) = tenant();
    let booked = tenant.book(ana, apollo, "2026-11-23", "2026-11-27");
    assert!(matches!(
        tenant.delete(Kind::Person, ana.0),
        Err(Reason::Conflict(_))
    ));
    assert!(matches!(
        tenant.delete(Kind::Project, apollo),
        Err(Reason::Conflict(_))
    ));
    tenant.delete(Kind::Assignment, booked).unwrap();
    tenant
        .update(Kind::Project, apollo, json!({"owner_id": ana}))
        .unwrap();
    tenant
        .create(
            Kind::JobTitle,
            json!({"person_id": ana, "title": "Designer", "effective_date": "2026-01-01"}),
        )
        .unwrap();
    let before = tenant.plan.clone();
    tenant.delete(Kind::Person, ana.0).unwrap();
    assert_eq!(
        tenant.plan.projects()[&ProjectId(apollo)].project.owner_id,
        None
    );
    tenant.undo().unwrap();
    assert_eq!(tenant.plan.people()[&ana].job_titles.len(), 1);
    assert_eq!(
        tenant.plan.projects()[&ProjectId(apollo)].project,
        before.projects()[&ProjectId(apollo)].project
    );
}

#[test]
fn a_team_that_goes_leaves_its_people() {
    let (mut tenant, ana, _) = tenant();
    let team = tenant.create(Kind::Team, json!({"name": "Web"})).unwrap();
    assert_eq!(
        pointers(tenant.create(Kind::Team, json!({"name": "web"}))),
        ["/name"]
    );
    tenant
        .update(Kind::Person, ana.0, json!({"team_id": team}))
        .unwrap();
    let day = "2026-11-23".parse().unwrap();
    let placement = tenant.plan.people()[&ana].placement_on(day).cloned();
    assert_eq!(placement.and_then(|p| p.team_id), Some(TeamId(team)));
    tenant.delete(Kind::Team, team).unwrap();
    let placement = tenant.plan.people()[&ana].placement_on(day);
    assert_eq!(placement.and_then(|p| p.team_id), None);
}

#[test]
fn the_last_admin_remains() {
    let mut tenant = Tenant::new();
    assert!(matches!(
        tenant.update(Kind::Member, ADMIN.0, json!({"role": "viewer"})),
        Err(Reason::Conflict(_))
    ));
    assert!(matches!(
        tenant.delete(Kind::Member, ADMIN.0),
        Err(Reason::Conflict(_))
    ));
}

#[test]
fn a_member_asks_for_time_off_of_their_own_and_no_more() {
    let (mut tenant, ana, apollo) = tenant();
    let ben = tenant.person("Ben");
    let access = Access {
        user: UserId(Uuid::from_u128(0xa1)),
        role: Role::Member,
        person: Some(ana),
    };
    let off = |person: PersonId, status: &str| {
        let body = json!({
            "person_id": person, "from": "2026-12-21", "to": "2026-12-24", "status": status,
        });
        [command(Op::Create, Kind::TimeOff, None, body)]
    };
    tenant.decide_as(access, &off(ana, "requested")).unwrap();
    for refused in [off(ana, "approved"), off(ben, "requested")] {
        let rejection = tenant.decide_as(access, &refused).unwrap_err();
        assert_eq!(rejection.reason, Reason::Forbidden);
    }
    let book = booking(ana, apollo, "2026-11-23", "2026-11-27");
    let rejection = tenant
        .decide_as(access, &[command(Op::Create, Kind::Assignment, None, book)])
        .unwrap_err();
    assert_eq!(rejection.reason, Reason::Forbidden);
}

#[test]
fn pay_is_written_by_admins_only() {
    let (mut tenant, ana, _) = tenant();
    let body = json!({
        "person_id": ana, "effective_date": "2026-01-01", "type": "salaried",
        "amount": {"amount": 9_000_000, "currency": "EUR"},
    });
    let pay = [command(Op::Create, Kind::Compensation, None, body)];
    let manager = Access {
        role: Role::ResourceManager,
        ..tenant.admin()
    };
    let rejection = tenant.decide_as(manager, &pay).unwrap_err();
    assert_eq!(rejection.reason, Reason::Forbidden);
    tenant.decide_as(tenant.admin(), &pay).unwrap();
}

#[test]
fn overbooking_is_refused_where_it_is_forbidden_and_names_the_days() {
    let (mut tenant, ana, apollo) = tenant();
    tenant
        .update(
            Kind::Settings,
            Uuid::nil(),
            json!({"overbooking": "forbid"}),
        )
        .unwrap();
    tenant.book(ana, apollo, "2026-11-23", "2026-11-27");
    tenant.book(ana, apollo, "2026-11-23", "2026-11-27");
    let third = booking(ana, apollo, "2026-11-26", "2026-11-30");
    let Err(Reason::Rule { days, message }) = tenant.create(Kind::Assignment, third) else {
        panic!("the third booking fits nowhere");
    };
    let days: Vec<String> = days.iter().map(ToString::to_string).collect();
    assert_eq!(days, ["2026-11-26", "2026-11-27"]);
    assert!(message.to_string().contains("Ana Souza"), "{message}");
    // Time off always passes, and what it overbooks is shown.
    tenant
        .create(
            Kind::TimeOff,
            json!({"person_id": ana, "from": "2026-11-24", "to": "2026-11-24", "minutes_per_day": 60}),
        )
        .unwrap();
}

#[test]
fn undo_is_refused_where_later_changes_stand_on_the_step() {
    let (mut tenant, ana, apollo) = tenant();
    tenant.book(ana, apollo, "2026-11-23", "2026-11-27");
    let other = Access {
        user: UserId(Uuid::from_u128(0xbe)),
        ..tenant.admin()
    };
    // The admin's last step is the booking; another user changes it.
    let id = tenant.plan.assignment_ids().next().unwrap();
    let patch = json!({"end": "2026-12-04"});
    tenant
        .decide_as(
            other,
            &[command(Op::Update, Kind::Assignment, Some(id.0), patch)],
        )
        .unwrap();
    // Taking it back would remove the booking, whose end is another's by now.
    assert!(matches!(tenant.undo(), Err(Reason::Stands { .. })));
}

#[test]
fn undo_of_a_project_is_refused_once_others_book_on_it() {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let other = Access {
        user: UserId(Uuid::from_u128(0xbe)),
        ..tenant.admin()
    };
    let body = booking(ana, apollo, "2026-11-23", "2026-11-27");
    tenant
        .decide_as(other, &[command(Op::Create, Kind::Assignment, None, body)])
        .unwrap();
    let Err(Reason::Stands { entity, .. }) = tenant.undo() else {
        panic!("it is not refused for what stands on it");
    };
    let booked = tenant.plan.assignment_ids().next().unwrap();
    assert_eq!((entity.kind, entity.id), (Kind::Assignment, booked.0));
}

#[test]
fn a_new_step_clears_redo() {
    let mut tenant = Tenant::new();
    tenant.person("Ana");
    tenant.undo().unwrap();
    tenant.person("Ben");
    assert!(matches!(tenant.redo(), Err(Reason::Conflict(_))));
}

#[test]
fn a_user_is_found_as_the_person_they_are_now_linked_with() {
    let mut tenant = Tenant::new();
    let (ana, bo) = (tenant.person("Ana"), tenant.person("Bo"));
    let link = |user: Option<UserId>| json!({ "user_id": user });
    assert_eq!(tenant.plan.person_of(ADMIN), None);
    let linked = tenant.update(Kind::Person, ana.0, link(Some(ADMIN)));
    linked.unwrap();
    assert_eq!(tenant.plan.person_of(ADMIN), Some(ana));
    assert_eq!(tenant.plan.person_of(UserId(Uuid::nil())), None);
    assert_eq!(tenant.plan.person_of(UserId(Uuid::max())), None);

    tenant.update(Kind::Person, ana.0, link(None)).unwrap();
    tenant
        .update(Kind::Person, bo.0, link(Some(ADMIN)))
        .unwrap();
    assert_eq!(tenant.plan.person_of(ADMIN), Some(bo));
    assert_eq!(tenant.fold().person_of(ADMIN), Some(bo));
    let image = PlanSnapshot::of(&tenant.plan).into_plan().unwrap();
    assert_eq!(image.person_of(ADMIN), Some(bo));

    tenant.delete(Kind::Person, bo.0).unwrap();
    assert_eq!(tenant.plan.person_of(ADMIN), None);
    tenant.undo().unwrap();
    assert_eq!(tenant.plan.person_of(ADMIN), Some(bo));
}

#[test]
fn a_booking_is_found_by_its_id_wherever_it_is_moved() {
    let mut tenant = Tenant::new();
    let (ana, bo) = (tenant.person("Ana"), tenant.person("Bo"));
    let project = tenant.project("Apollo");
    let id = tenant.book(ana, project, "2026-03-02", "2026-03-06");
    let start = |tenant: &Tenant| {
        let booking = tenant.plan.booking(id.into()).unwrap();
        booking.record.value.start.to_string()
    };
    for body in [
        json!({ "start": "2026-03-04" }),
        json!({ "end": null }),
        json!({ "person_id": bo }),
    ] {
        tenant.update(Kind::Assignment, id, body).unwrap();
        assert_eq!(start(&tenant), "2026-03-04");
        let people = tenant.plan.people().values();
        assert_eq!(people.map(|p| p.bookings.len()).sum::<usize>(), 1);
    }
    assert!(tenant.plan.people()[&ana].bookings.is_empty());
    tenant.delete(Kind::Assignment, id).unwrap();
    assert!(tenant.plan.booking(id.into()).is_none());
    assert!(tenant.plan.people()[&bo].bookings.is_empty());
    tenant.undo().unwrap();
    assert_eq!(start(&tenant), "2026-03-04");
}

#[test]
fn one_span_of_employment_is_merged_into_the_only_one_and_refused_where_there_are_several() {
    let (mut tenant, ana, _) = tenant();
    let employment = |tenant: &Tenant| {
        let employment = &tenant.plan.people()[&ana].person.employment;
        serde_json::to_value(employment).unwrap()
    };
    let patch = |tenant: &mut Tenant, employment: Value| {
        tenant.update(Kind::Person, ana.0, json!({"employment": employment}))
    };
    patch(&mut tenant, json!({"from": "2026-01-01"})).unwrap();
    patch(&mut tenant, json!({"to": "2026-05-31"})).unwrap();
    let spring = json!({"from": "2026-01-01", "to": "2026-05-31"});
    assert_eq!(employment(&tenant), json!([spring]));
    let autumn = json!({"from": "2026-09-01", "to": null});
    patch(&mut tenant, json!([autumn, spring])).unwrap();
    assert_eq!(employment(&tenant), json!([spring, autumn]));
    let refused = patch(&mut tenant, json!({"to": "2026-12-31"}));
    assert!(matches!(refused, Err(Reason::Conflict(_))), "{refused:?}");
    let overlap = json!([spring, {"from": "2026-05-31", "to": null}]);
    assert_eq!(pointers(patch(&mut tenant, overlap)), ["/employment/1/to"]);
    patch(&mut tenant, json!([])).unwrap();
    assert_eq!(employment(&tenant), json!([]));
    patch(&mut tenant, Value::Null).unwrap();
    assert_eq!(employment(&tenant), Value::Null);
}

#[test]
fn a_change_of_team_is_a_placement_from_its_day_and_nobody_manages_themselves() {
    let (mut tenant, ana, _) = tenant();
    let ben = tenant.person("Ben");
    let team = tenant.create(Kind::Team, json!({"name": "Web"})).unwrap();
    let body = json!({"team_id": team, "effective_date": "2027-01-01"});
    tenant.update(Kind::Person, ana.0, body).unwrap();
    let on = |tenant: &Tenant, day: &str| {
        let placement = tenant.plan.people()[&ana].placement_on(day.parse().unwrap());
        placement.and_then(|p| p.team_id).map(|id| id.0)
    };
    assert_eq!(on(&tenant, "2026-12-31"), None);
    assert_eq!(on(&tenant, "2027-01-01"), Some(team));
    let body = json!({"effective_date": "2027-01-01"});
    let alone = tenant.update(Kind::Person, ana.0, body);
    assert_eq!(pointers(alone), ["/effective_date"]);
    tenant.undo().unwrap();
    assert_eq!(on(&tenant, "2027-01-01"), None);

    tenant
        .update(Kind::Person, ana.0, json!({"manager_id": ben}))
        .unwrap();
    let circle = json!({"person_id": ben, "effective_date": "2027-06-01", "manager_id": ana});
    let refused = tenant.create(Kind::Placement, circle);
    assert!(matches!(refused, Err(Reason::Conflict(_))), "{refused:?}");
}
