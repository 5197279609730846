//! What a write looks at.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Command, Context, Op, decide, is_small};
use crate::access::Access;
use crate::date::Date;
use crate::effort::Effort;
use crate::event::{Change, Diff};
use crate::ids::{AssignmentId, PersonId, ProjectId, TenantId, TheSettings, UserId};
use crate::kinds::{
    Assignment, Entity, IdSource, Kind, Member, Overbooking, Owner, Role, Settings,
};
use crate::personal::Salt;
use crate::plan::{Plan, visits};
use crate::time::Timestamp;

const ADMIN: UserId = UserId(Uuid::from_u128(0xad));
/// Whose days are written.
const ANA: PersonId = PersonId(Uuid::from_u128(0xa));
const APOLLO: ProjectId = ProjectId(Uuid::from_u128(0xb));
/// Which booking is written: those around it are there whoever many others are.
const WRITTEN: i32 = 50;

struct Counter(u128);

impl IdSource for Counter {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000)
    }

    fn uuid(&mut self) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(0xf000_0000 + self.0)
    }

    fn salt(&mut self) -> Salt {
        [7; 16]
    }
}

fn put<E: Entity>(plan: &mut Plan, id: E::Id, value: E)
where
    Change: From<Diff<E>>,
{
    let change = Change::from(Diff {
        id,
        before: None,
        after: Some(value),
    });
    plan.apply_provisional(&change).expect("it fits");
}

fn command(op: Op, resource: Kind, id: Option<Uuid>, body: Value) -> Command {
    Command {
        op,
        resource,
        id,
        expect: None,
        body,
    }
}

/// Decides commands and applies what they bring, as the sequencer does.
fn write(plan: &mut Plan, commands: &[Command]) -> Vec<super::Warning> {
    let access = Access {
        user: ADMIN,
        role: Role::Admin,
        person: None,
    };
    let fresh = &mut Counter(u128::from(plan.head().seq) << 8);
    let _ = is_small(plan, commands);
    let decision = decide(plan, &mut Context { access, fresh }, commands).expect("it is right");
    for change in &decision.changes {
        plan.apply_recorded(change).expect("it was decided on it");
    }
    decision.warnings
}

fn id(n: i32) -> AssignmentId {
    AssignmentId(Uuid::from_u128(0xc000_0000 + u128::from(n.unsigned_abs())))
}

fn booking(n: i32, effort: Effort) -> Assignment {
    let day = Date::MIN.plus(n);
    Assignment {
        end: Some(day),
        ..Assignment::new(Owner::Person(ANA), APOLLO, day, effort)
    }
}

/// Somebody with so many bookings, one a day, every tenth in total and every eleventh a share.
fn somebody(bookings: i32, overbooking: Overbooking) -> Plan {
    let mut plan = Plan::empty(TenantId(Uuid::from_u128(1)), 1);
    let settings = Settings {
        overbooking,
        ..Settings::new("Acme".to_owned(), "acme".to_owned())
    };
    put(&mut plan, TheSettings, settings);
    put(&mut plan, ADMIN, Member { role: Role::Admin });
    let make = |kind, id, body| command(Op::Create, kind, Some(id), body);
    let first = [
        make(Kind::Person, ANA.0, json!({"full_name": "Ana"})),
        // Most of the work lies outside its days.
        make(
            Kind::Project,
            APOLLO.0,
            json!({"name": "Apollo", "to": Date::MIN.plus(40)}),
        ),
    ];
    write(&mut plan, &first);
    for n in 0..bookings {
        let effort = match n {
            n if n % 10 == 0 => Effort::Total { minutes: 60 },
            n if n % 11 == 0 => Effort::Share { share: 1000 },
            _ => Effort::PerDay {
                minutes: 60,
                weekdays: None,
                include_non_working: true,
            },
        };
        put(&mut plan, id(n), booking(n, effort));
    }
    plan
}

/// Writes of everyday, each after those before it.
fn writes() -> Vec<Command> {
    let (day, next) = (Date::MIN.plus(WRITTEN), Date::MIN.plus(WRITTEN + 2));
    let update = |body| command(Op::Update, Kind::Assignment, Some(id(WRITTEN).0), body);
    let booked = json!({
        "person_id": ANA, "project_id": APOLLO, "start": day, "end": next,
        "effort": {"per": "total", "minutes": 4000},
    });
    let off = json!({"person_id": ANA, "from": day, "to": next, "status": "approved"});
    vec![
        update(json!({"effort": {"per": "day", "minutes": 120}, "include_non_working": true})),
        update(json!({"end": next})),
        update(json!({"start": Date::MIN.plus(WRITTEN - 3)})),
        update(json!({"notes": "as agreed"})),
        command(Op::Create, Kind::Assignment, None, booked),
        command(Op::Create, Kind::TimeOff, None, off),
        command(
            Op::Delete,
            Kind::Assignment,
            Some(id(WRITTEN + 1).0),
            Value::Null,
        ),
    ]
}

/// How many bookings each of the writes looks at, and whether it was warned of anything.
fn looked_at(bookings: i32, overbooking: Overbooking) -> Vec<(usize, bool)> {
    let mut plan = somebody(bookings, overbooking);
    let look = |command: Command| {
        let mut warned = false;
        let seen = visits(|| warned = !write(&mut plan, &[command]).is_empty());
        (seen, warned)
    };
    writes().into_iter().map(look).collect()
}

#[test]
fn a_write_looks_at_as_many_bookings_whoever_has_however_many() {
    let few = looked_at(100, Overbooking::Allow);
    let many = looked_at(20_000, Overbooking::Allow);
    assert_eq!(few, many);
    assert!(few.iter().any(|(_, warned)| *warned), "{few:?}");
    assert!(
        few.iter().all(|(seen, _)| (1..400).contains(seen)),
        "{few:?}"
    );
}
