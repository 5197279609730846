//! A tenant in memory: commands go in, events come out, the log is kept.
#![allow(unreachable_pub, reason = "as if it were a library of the tests")]

pub mod eventful;

use raally_domain::access::Access;
use raally_domain::decide::{
    Command, Context, Decision, Op, Reason, Rejection, TakeBack, decide, decide_take_back,
};
use raally_domain::event::{Actor, Change, Diff, Event, Recorded, Step, StepKind, StoredEvent};
use raally_domain::ids::{EventId, PersonId, StepId, TenantId, TheSettings, UserId};
use raally_domain::kinds::{IdSource, Kind, Member, Role, Settings};
use raally_domain::personal::{PersonalValue, Salt};
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub const ADMIN: UserId = UserId(Uuid::from_u128(0xad));

/// Ids and salts that count up.
pub struct Counter(pub u128);

impl IdSource for Counter {
    /// 2026-11-18, 03:06:40 UTC.
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000)
    }

    fn uuid(&mut self) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + self.0)
    }

    fn salt(&mut self) -> Salt {
        self.0 += 1;
        let mut salt = [7; 16];
        salt[..8].copy_from_slice(&u64::try_from(self.0).unwrap().to_le_bytes());
        salt
    }
}

pub struct Tenant {
    pub plan: Plan,
    pub fresh: Counter,
    pub log: Vec<(Event, StoredEvent)>,
}

impl Tenant {
    /// A workspace with one admin.
    pub fn new() -> Tenant {
        let mut tenant = Tenant {
            plan: Plan::empty(TenantId(Uuid::from_u128(0x7e)), 1),
            fresh: Counter(0),
            log: Vec::new(),
        };
        let settings = Settings::new("Acme".to_owned(), "acme".to_owned());
        let changes = vec![
            Change::from(Diff {
                id: TheSettings,
                before: None,
                after: Some(settings),
            }),
            Change::from(Diff {
                id: ADMIN,
                before: None,
                after: Some(Member { role: Role::Admin }),
            }),
        ];
        tenant.append(&Actor::System("set-up".to_owned()), StepKind::Do, changes);
        tenant
    }

    pub fn admin(&self) -> Access {
        Access {
            user: ADMIN,
            role: Role::Admin,
            person: None,
        }
    }

    pub fn append(&mut self, actor: &Actor, kind: StepKind, changes: Vec<impl Into<Recorded>>) {
        let step = Step {
            id: StepId(self.fresh.uuid()),
            kind,
        };
        for recorded in changes {
            let Recorded { change, implied } = recorded.into();
            let seq = self.plan.head().seq + 1;
            let at = Timestamp::from_micros(1_795_000_000_000_000 + i64::try_from(seq).unwrap());
            let event = Event {
                tenant: self.plan.tenant(),
                seq,
                id: EventId(self.fresh.uuid()),
                recorded_at: at,
                occurred_at: at,
                actor: actor.clone(),
                step,
                change,
                implied,
                previous: self.plan.last_hash(),
            };
            let stored = event.store();
            self.plan.apply(&event, stored.hash).unwrap();
            self.log.push((event, stored));
        }
    }

    /// A user accepts to be a member.
    pub fn join(&mut self, user: UserId, role: Role) {
        let change = Change::from(Diff {
            id: user,
            before: None,
            after: Some(Member { role }),
        });
        self.append(&Actor::User(user), StepKind::Do, vec![change]);
    }

    pub fn decide_as(
        &mut self,
        access: Access,
        commands: &[Command],
    ) -> Result<Decision, Rejection> {
        let mut context = Context {
            access,
            fresh: &mut self.fresh,
        };
        let decision = decide(&self.plan, &mut context, commands)?;
        let actor = Actor::User(access.user);
        self.append(&actor, decision.kind, decision.changes.clone());
        Ok(decision)
    }

    pub fn run(&mut self, commands: &[Command]) -> Result<Vec<Uuid>, Reason> {
        let decision = self
            .decide_as(self.admin(), commands)
            .map_err(|rejection| rejection.reason)?;
        Ok(decision.entities.iter().map(|e| e.id).collect())
    }

    pub fn create(&mut self, resource: Kind, body: Value) -> Result<Uuid, Reason> {
        self.run(&[command(Op::Create, resource, None, body)])
            .map(|ids| ids[0])
    }

    pub fn update(&mut self, resource: Kind, id: Uuid, body: Value) -> Result<(), Reason> {
        self.run(&[command(Op::Update, resource, Some(id), body)])
            .map(drop)
    }

    pub fn delete(&mut self, resource: Kind, id: Uuid) -> Result<(), Reason> {
        self.run(&[command(Op::Delete, resource, Some(id), Value::Null)])
            .map(drop)
    }

    pub fn undo(&mut self) -> Result<(), Reason> {
        let decision = self.decide_take_back(TakeBack::Last);
        let decision = decision.map_err(|r| r.reason)?;
        self.append(&Actor::User(ADMIN), decision.kind, decision.changes);
        Ok(())
    }

    pub fn redo(&mut self) -> Result<(), Reason> {
        let decision = self.decide_take_back(TakeBack::Again);
        let decision = decision.map_err(|r| r.reason)?;
        self.append(&Actor::User(ADMIN), decision.kind, decision.changes);
        Ok(())
    }

    pub fn decide_take_back(&mut self, which: TakeBack) -> Result<Decision, Rejection> {
        let access = self.admin();
        let named = which.events(&self.plan, &access);
        let events: Vec<Event> = named
            .into_iter()
            .flatten()
            .map(|seq| self.read(seq))
            .collect();
        let mut context = Context {
            access,
            fresh: &mut self.fresh,
        };
        decide_take_back(&self.plan, &mut context, which, &events)
    }

    /// An event as the stored log has it, with its personal values.
    fn read(&self, seq: u64) -> Event {
        let (original, stored) = &self.log[usize::try_from(seq).unwrap() - 1];
        opened(Event::read_trusted(seq, &stored.body).unwrap(), original)
    }

    pub fn person(&mut self, name: &str) -> PersonId {
        let id = self.create(Kind::Person, json!({ "full_name": name }));
        PersonId(id.unwrap())
    }

    pub fn project(&mut self, name: &str) -> Uuid {
        self.create(Kind::Project, json!({ "name": name })).unwrap()
    }

    pub fn book(&mut self, person: PersonId, project: Uuid, from: &str, to: &str) -> Uuid {
        self.create(Kind::Assignment, booking(person, project, from, to))
            .unwrap()
    }

    /// The plan that the stored log gives, read back from its text.
    pub fn fold(&self) -> Plan {
        let mut plan = Plan::empty(self.plan.tenant(), 1);
        for (seq, (original, stored)) in (1..).zip(&self.log) {
            let event = Event::read(seq, stored, &plan.last_hash()).unwrap();
            plan.apply(&opened(event, original), stored.hash).unwrap();
        }
        plan
    }
}

/// The event with the personal values of the one that it was stored as.
fn opened(mut event: Event, original: &Event) -> Event {
    let values: Vec<PersonalValue> = original
        .personal_values()
        .into_iter()
        .map(|(_, value)| value)
        .collect();
    event.change.personal_mut(&mut |slot| {
        let value = values.iter().find(|v| v.reference == slot.reference());
        slot.open(value.unwrap()).unwrap();
    });
    event
}

pub fn command(op: Op, resource: Kind, id: Option<Uuid>, body: Value) -> Command {
    Command {
        op,
        resource,
        id,
        expect: None,
        body,
    }
}

pub fn booking(person: PersonId, project: Uuid, from: &str, to: &str) -> Value {
    json!({
        "person_id": person,
        "project_id": project,
        "start": from,
        "end": to,
        "effort": { "per": "week", "minutes": 1200 },
    })
}

/// The pointers of a rejection for wrong fields.
pub fn pointers<T: std::fmt::Debug>(result: Result<T, Reason>) -> Vec<String> {
    match result {
        Err(Reason::Invalid(errors)) => errors.into_iter().map(|e| e.pointer).collect(),
        other => panic!("expected wrong fields, got {other:?}"),
    }
}
