//! What one step may cost: it is refused while it is decided, whatever it would have brought.

use crate::support::{ADMIN, Tenant, booking, command};
use raally_domain::date::Date;
use raally_domain::decide::{Command, MAX_STEP_BYTES, MAX_VALUE_BYTES, Op, Reason};
use raally_domain::event::{Actor, Change, Diff, StepKind};
use raally_domain::ids::{HolidayCalendarId, PersonId, SkillId};
use raally_domain::kinds::{Holiday, HolidayCalendar, Kind, Skill};
use raally_domain::plan::{MAX_STEPS_BYTES, Plan, PlanSnapshot};
use serde_json::{Value, json};
use uuid::Uuid;

/// So many holidays with names of that length.
fn holidays(count: i32, name: usize) -> Vec<Holiday> {
    let first = Date::MIN;
    (0..count)
        .map(|n| Holiday {
            date: first.plus(n),
            name: "x".repeat(name),
            half: false,
            works_as: None,
        })
        .collect()
}

fn calendar(count: i32, name: usize) -> Value {
    json!({ "name": "Long", "holidays": holidays(count, name) })
}

fn renames(id: Uuid, count: usize) -> Vec<Command> {
    (0..count)
        .map(|n| {
            command(
                Op::Update,
                Kind::HolidayCalendar,
                Some(id),
                json!({ "name": format!("n{n}") }),
            )
        })
        .collect()
}

/// The code of the bound that a step went beyond, and the command that did.
fn bound(tenant: &mut Tenant, commands: &[Command]) -> (String, Option<usize>) {
    let rejection = tenant.decide_as(tenant.admin(), commands).unwrap_err();
    let Reason::Quota(message) = rejection.reason else {
        panic!("{rejection:?}");
    };
    (message.code().into_owned(), rejection.command)
}

#[test]
fn a_step_is_refused_at_the_command_that_goes_beyond_its_bytes() {
    let mut tenant = Tenant::new();
    let id = tenant
        .create(Kind::HolidayCalendar, calendar(5_000, 40))
        .unwrap();
    let (code, at) = bound(&mut tenant, &renames(id, 1_500));
    assert_eq!(code, "step-too-heavy");
    // Each event holds the calendar twice.
    let each = 2 * 5_000 * 40;
    assert!(at.unwrap() < MAX_STEP_BYTES / each, "{at:?}");
}

#[test]
fn what_a_command_leaves_as_it_was_is_spent_on_as_well() {
    let mut tenant = Tenant::new();
    let id = tenant
        .create(Kind::HolidayCalendar, calendar(5_000, 40))
        .unwrap();
    let same = command(
        Op::Update,
        Kind::HolidayCalendar,
        Some(id),
        json!({ "name": "Long" }),
    );
    let (code, _) = bound(&mut tenant, &vec![same; 200]);
    assert_eq!(code, "step-too-heavy");
}

#[test]
fn notes_beside_the_log_are_spent_on() {
    let mut tenant = Tenant::new();
    let body = json!({ "full_name": "Ana", "notes": "é".repeat(10_000) });
    let ana = tenant.create(Kind::Person, body).unwrap();
    let renames: Vec<Command> = (0..2_000)
        .map(|n| {
            let body = json!({ "full_name": format!("Ana {n}") });
            command(Op::Update, Kind::Person, Some(ana), body)
        })
        .collect();
    let (code, _) = bound(&mut tenant, &renames);
    assert_eq!(code, "step-too-heavy");
}

#[test]
fn a_value_has_a_bound_and_one_stored_beyond_it_can_be_mended() {
    let mut tenant = Tenant::new();
    let large = command(
        Op::Create,
        Kind::HolidayCalendar,
        None,
        calendar(5_000, 120),
    );
    assert_eq!(bound(&mut tenant, &[large]).0, "value-too-heavy");

    // As an earlier release took it.
    let id = Uuid::from_u128(70);
    let stored = HolidayCalendar {
        name: "Long".to_owned(),
        holidays: holidays(5_000, 120),
    };
    let change: Change = Diff {
        id: HolidayCalendarId(id),
        before: None,
        after: Some(stored),
    }
    .into();
    let admin = Actor::User(ADMIN);
    tenant.append(&admin, StepKind::Do, vec![change]);
    let grown = command(
        Op::Update,
        Kind::HolidayCalendar,
        Some(id),
        json!({ "name": "Longer than before" }),
    );
    assert_eq!(bound(&mut tenant, &[grown]).0, "value-too-heavy");
    let mended = json!({ "holidays": holidays(5_000, 100) });
    tenant.update(Kind::HolidayCalendar, id, mended).unwrap();
    tenant.undo().unwrap();
    tenant.delete(Kind::HolidayCalendar, id).unwrap();
    const { assert!(MAX_VALUE_BYTES < 5_000 * 120) };
}

#[test]
fn what_a_step_looks_at_and_touches_is_bounded() {
    let mut tenant = Tenant::new();
    let calendar = tenant
        .create(Kind::HolidayCalendar, json!({ "name": "Lisbon" }))
        .unwrap();
    for some in (0..3_000).collect::<Vec<u128>>().chunks(500) {
        let people: Vec<Command> = some
            .iter()
            .map(|n| {
                let body = json!({ "full_name": "Ana", "holiday_calendar_id": calendar });
                command(
                    Op::Create,
                    Kind::Person,
                    Some(Uuid::from_u128(1_000 + n)),
                    body,
                )
            })
            .collect();
        tenant.run(&people).unwrap();
    }
    let changes: Vec<Command> = (0..2_000)
        .map(|n| {
            let day = Date::MIN.plus(n);
            let body = json!({ "holidays": [{ "date": day, "name": "x" }] });
            command(Op::Update, Kind::HolidayCalendar, Some(calendar), body)
        })
        .collect();
    let (code, at) = bound(&mut tenant, &changes);
    assert_eq!(code, "step-touches-too-much");
    assert!(at.unwrap() < 200, "{at:?}");
    // A few of them are nothing unusual, and touch each row once.
    let decided = tenant.decide_as(tenant.admin(), &changes[..20]).unwrap();
    assert_eq!(decided.touched.len(), 3_000);
}

#[test]
fn turning_a_project_over_and_over_is_bounded_by_its_bookings() {
    let mut tenant = Tenant::new();
    let ana = tenant.person("Ana");
    let apollo = tenant.project("Apollo");
    let bookings: Vec<Command> = (0..2_000)
        .map(|_| {
            let body = booking(ana, apollo, "2026-11-23", "2026-11-27");
            command(Op::Create, Kind::Assignment, None, body)
        })
        .collect();
    tenant.run(&bookings).unwrap();
    let turns: Vec<Command> = (0..1_000)
        .map(|n| {
            let status = if n % 2 == 0 { "tentative" } else { "active" };
            let body = json!({ "status": status });
            command(Op::Update, Kind::Project, Some(apollo), body)
        })
        .collect();
    let (code, at) = bound(&mut tenant, &turns);
    assert_eq!(code, "step-too-wide");
    assert!(at.unwrap() < 300, "{at:?}");
}

#[test]
fn days_between_two_far_bookings_are_not_looked_at() {
    let mut tenant = Tenant::new();
    let settings = json!({ "overbooking": "forbid" });
    tenant
        .update(Kind::Settings, Uuid::nil(), settings)
        .unwrap();
    let people: Vec<PersonId> = (0..40).map(|n| tenant.person(&format!("P{n}"))).collect();
    let apollo = tenant.project("Apollo");
    let far: Vec<Command> = people
        .iter()
        .flat_map(|ana| {
            ["1970-01-05", "2199-11-25"].map(|day| {
                let body = booking(*ana, apollo, day, day);
                command(Op::Create, Kind::Assignment, None, body)
            })
        })
        .collect();
    let began = cpu_time();
    tenant.run(&far).unwrap();
    // 80 days instead of 40 × 230 years.
    assert!(cpu_time() - began < 2.0);
    let twice = tenant.create(
        Kind::Assignment,
        json!({
            "person_id": people[0].0, "project_id": apollo, "start": "1970-01-01",
            "end": "1970-01-09", "effort": { "per": "day", "minutes": 480 },
        }),
    );
    assert!(matches!(twice, Err(Reason::Rule { .. })), "{twice:?}");
}

#[test]
fn skills_by_name_cost_no_more_in_a_large_catalogue() {
    let mut tenant = Tenant::new();
    for some in (0..4_000).collect::<Vec<u32>>().chunks(1_000) {
        let skills: Vec<Command> = some
            .iter()
            .map(|n| {
                let body = json!({ "name": format!("Skill {n}") });
                command(Op::Create, Kind::Skill, None, body)
            })
            .collect();
        tenant.run(&skills).unwrap();
    }
    let skills: Vec<Value> = (3_800..4_000)
        .map(|n| json!({ "skill": format!("sKILL {n}"), "level": 3 }))
        .collect();
    let people: Vec<Command> = (0..40)
        .map(|_| {
            let body = json!({ "full_name": "Ana", "skills": skills });
            command(Op::Create, Kind::Person, None, body)
        })
        .collect();
    let began = cpu_time();
    tenant.run(&people).unwrap();
    // 8,000 names against 4,000 took a minute here.
    let took = cpu_time() - began;
    assert!(took < 5.0, "{took} s");
}

#[test]
fn a_catalogue_has_a_bound_and_what_is_beyond_it_can_be_mended() {
    let mut tenant = Tenant::new();
    let stored: Vec<Change> = (0..5_001)
        .map(|n| {
            let after = Some(Skill {
                name: format!("Skill {n}"),
            });
            let id = SkillId(Uuid::from_u128(n + 1));
            let before = None;
            Change::from(Diff { id, before, after })
        })
        .collect();
    let import = Actor::System("import".to_owned());
    tenant.append(&import, StepKind::Import, stored);
    let more = command(Op::Create, Kind::Skill, None, json!({ "name": "More" }));
    assert_eq!(bound(&mut tenant, &[more]).0, "workspace-full");
    let skill = |n| Uuid::from_u128(n);
    tenant
        .update(Kind::Skill, skill(1), json!({ "name": "Else" }))
        .unwrap();
    let taken = tenant.update(Kind::Skill, skill(2), json!({ "name": "eLSE" }));
    assert_eq!(crate::support::pointers(taken), ["/name"]);
    // The name that was given up is free.
    tenant
        .update(Kind::Skill, skill(2), json!({ "name": "Skill 0" }))
        .unwrap();
    tenant.delete(Kind::Skill, skill(2)).unwrap();
    assert_eq!(restored(&tenant), tenant.plan);
    assert_eq!(tenant.fold(), tenant.plan);
}

#[test]
fn steps_kept_for_undo_take_little_whatever_they_changed() {
    let mut tenant = Tenant::new();
    let id = tenant
        .create(Kind::HolidayCalendar, calendar(5_000, 40))
        .unwrap();
    for n in 0..12 {
        let body = json!({ "name": format!("n{n}") });
        tenant.update(Kind::HolidayCalendar, id, body).unwrap();
    }
    // Each event has the calendar twice: 800 kB.
    let bytes = tenant.plan.step_bytes();
    assert!((1..20_000).contains(&bytes), "{bytes} B");
    for n in (1..12).rev() {
        tenant.undo().unwrap();
        let name = &tenant.plan.calendars().values().next().unwrap().value.name;
        assert_eq!(*name, format!("n{}", n - 1));
    }
    assert_eq!(restored(&tenant), tenant.plan);
    assert_eq!(tenant.fold(), tenant.plan);
    tenant.redo().unwrap();
}

#[test]
fn steps_kept_for_undo_are_bounded_in_bytes_and_counted() {
    let mut tenant = Tenant::new();
    let skill = |n: u128, name: String| (SkillId(Uuid::from_u128(n)), Skill { name });
    for step in 0..20 {
        let renamed = (1..=1_000).map(|n| {
            let (id, after) = skill(n, format!("{n} in {step}"));
            let before = (step > 0).then(|| skill(n, format!("{n} in {}", step - 1)).1);
            let after = Some(after);
            Change::from(Diff { id, before, after })
        });
        tenant.append(&Actor::User(ADMIN), StepKind::Do, renamed.collect());
    }
    let steps = tenant.plan.steps(ADMIN).unwrap();
    assert!(steps.bytes() <= MAX_STEPS_BYTES, "{}", steps.bytes());
    assert!(tenant.plan.step_bytes() > MAX_STEPS_BYTES / 2);
    let kept = steps.undo.len();
    assert!((8..20).contains(&kept), "{kept} are kept");
    for step in (20 - kept..20).rev() {
        tenant.undo().unwrap();
        let mut names = tenant.plan.skills().values().map(|s| &s.value.name);
        let of_before = format!("in {}", step - 1);
        assert!(names.all(|name| name.ends_with(&of_before)));
    }
    assert!(tenant.undo().is_err(), "a step was kept beyond the bound");
    assert_eq!(restored(&tenant), tenant.plan);
    assert_eq!(tenant.fold(), tenant.plan);
    tenant.redo().unwrap();
}

/// The plan as a snapshot brings it back.
fn restored(tenant: &Tenant) -> Plan {
    let bytes = PlanSnapshot::of(&tenant.plan).to_bytes();
    let snapshot = PlanSnapshot::from_bytes(&bytes).unwrap();
    snapshot.into_plan().unwrap()
}

/// The seconds of processor time that this process has taken.
fn cpu_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}
