//! Events, users and times for the suites: all fixed, nothing random.

use raally_domain::account::{AccountChange, AccountEvent};
use raally_domain::employment::Employment;
use raally_domain::event::{Actor, Change, Diff, Event, Head, Recorded, Step, StepKind};
use raally_domain::ids::{
    EventId, HistoryId, PersonId, PersonalRef, SessionId, SkillId, StepId, TeamId, TenantId,
    TheSettings, UserId,
};
use raally_domain::kinds::{Entity, History, Member, Person, Role, Settings, Skill, Team};
use raally_domain::personal::Personal;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::ports::{
    AccountHead, Append, AppendStep, Batch, IdentityChange, LogHead, LoggedEvent, Store, User,
};

/// So many seconds after 2026-03-01T00:00:00Z.
#[must_use]
pub fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_772_323_200 + seconds) * 1_000_000)
}

/// A user of that number and address, signed up at the first moment.
#[must_use]
pub fn user(n: u128, email: &str) -> User {
    User {
        id: UserId(Uuid::from_u128(n)),
        email: email.to_owned(),
        full_name: "Ana Lima".to_owned(),
        password_hash: Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned()),
        locale: None,
        last_view: None,
        email_verified: false,
        created_at: moment(0),
        imported: None,
    }
}

fn change<E: Entity>(id: E::Id, before: Option<E>, after: Option<E>) -> Change
where
    Change: From<Diff<E>>,
{
    Diff { id, before, after }.into()
}

/// The creation of a team.
#[must_use]
pub fn team(n: u128, name: &str) -> Change {
    let team = Team {
        name: name.to_owned(),
    };
    change(TeamId(Uuid::from_u128(n)), None, Some(team))
}

pub(crate) fn team_renamed(n: u128, before: &str, after: &str) -> Change {
    let named = |name: &str| {
        Some(Team {
            name: name.to_owned(),
        })
    };
    change(TeamId(Uuid::from_u128(n)), named(before), named(after))
}

pub(crate) fn skill(n: u128, name: &str) -> Change {
    let skill = Skill {
        name: name.to_owned(),
    };
    change(SkillId(Uuid::from_u128(n)), None, Some(skill))
}

/// A workspace gets its name and address.
#[must_use]
pub fn settings(name: &str, slug: &str) -> Change {
    let settings = Settings::new(name.to_owned(), slug.to_owned());
    change(TheSettings, None, Some(settings))
}

/// A change of somebody's role in the workspace; `None` is no member.
#[must_use]
pub fn member(user: UserId, before: Option<Role>, after: Option<Role>) -> Change {
    let with = |role: Option<Role>| role.map(|role| Member { role });
    change(user, with(before), with(after))
}

/// A personal value whose place follows from `n`.
pub(crate) fn personal(n: u128, value: &str) -> Personal<String> {
    Personal::new(
        value.to_owned(),
        PersonalRef(Uuid::from_u128(n)),
        [n as u8; 16],
    )
}

/// Person `n` is added; their name lies under the reference `n`.
#[must_use]
pub fn person(n: u128, name: &str) -> Change {
    change(
        PersonId(Uuid::from_u128(n)),
        None,
        Some(person_named(n, name)),
    )
}

pub(crate) fn person_named(reference: u128, name: &str) -> Person {
    Person {
        full_name: personal(reference, name),
        email: None,
        user_id: None,
        employment: Employment::ALWAYS,
        skills: Vec::new(),
        tags: Vec::new(),
        notes: None,
        archived: false,
    }
}

pub(crate) fn person_changed(n: u128, before: Person, after: Person) -> Change {
    change(PersonId(Uuid::from_u128(n)), Some(before), Some(after))
}

pub(crate) fn history(n: u128, entity_id: &str, at: Timestamp) -> Change {
    let history = History {
        entity: "resource".to_owned(),
        entity_id: entity_id.to_owned(),
        action: "UPDATE".to_owned(),
        actor_email: None,
        at,
        values: personal(n, "{}"),
    };
    change(HistoryId(Uuid::from_u128(n)), None, Some(history))
}

/// A log as its writer knows it: makes the events that come next.
#[derive(Clone)]
pub struct Log {
    /// Whose log it is.
    pub tenant: TenantId,
    /// How far the log has come; `None` without an event.
    pub head: Option<LogHead>,
    /// What has been made, in the form in which a store is to give it back.
    pub written: Vec<LoggedEvent>,
    actor: Actor,
    recorded_at: Timestamp,
    occurred_at: Option<Timestamp>,
}

impl Log {
    /// An empty log of tenant `n`, whose clock stands at `moment(0)`.
    #[must_use]
    pub fn new(n: u128) -> Log {
        Log {
            tenant: TenantId(Uuid::from_u128(n)),
            head: None,
            written: Vec::new(),
            actor: Actor::System("contract".to_owned()),
            recorded_at: moment(0),
            occurred_at: None,
        }
    }

    /// Sets who does what comes next.
    #[must_use]
    pub fn by(mut self, actor: UserId) -> Log {
        self.actor = Actor::User(actor);
        self
    }

    /// Sets when what comes next is recorded, in seconds after `moment(0)`, and is said to have occurred.
    pub fn at(&mut self, recorded: i64, occurred: Option<i64>) -> &mut Log {
        self.recorded_at = moment(recorded);
        self.occurred_at = occurred.map(moment);
        self
    }

    /// The append that brings these changes as one step.
    pub fn append(&mut self, changes: impl IntoIterator<Item = impl Into<Recorded>>) -> Append {
        let expected = self.head;
        let events = changes.into_iter().map(|c| self.event(c.into())).collect();
        Append {
            tenant: self.tenant,
            expected,
            steps: vec![AppendStep {
                events,
                response: None,
            }],
        }
    }

    fn event(&mut self, recorded: Recorded) -> (Event, raally_domain::event::StoredEvent) {
        let LogHead { head, hash } = self.head.unwrap_or(LogHead {
            head: Head { epoch: 1, seq: 0 },
            hash: [0; 32],
        });
        let seq = head.seq + 1;
        let id = self.tenant.0.as_u128() << 32 | u128::from(seq);
        let event = Event {
            tenant: self.tenant,
            seq,
            id: EventId(Uuid::from_u128(id)),
            recorded_at: self.recorded_at,
            occurred_at: self.occurred_at.unwrap_or(self.recorded_at),
            actor: self.actor.clone(),
            step: Step {
                id: StepId(Uuid::from_u128(id)),
                kind: StepKind::Do,
            },
            change: recorded.change,
            implied: recorded.implied,
            previous: hash,
        };
        let stored = event.store();
        self.head = Some(LogHead {
            head: Head { seq, ..head },
            hash: stored.hash,
        });
        self.written.push(LoggedEvent {
            seq,
            stored: stored.clone(),
        });
        (event, stored)
    }

    /// Appends these changes as one step.
    pub async fn write(
        &mut self,
        store: &dyn Store,
        changes: impl IntoIterator<Item = impl Into<Recorded>>,
    ) -> &mut Log {
        let append = self.append(changes);
        store.append(batch([append])).await.unwrap();
        self
    }
}

/// A batch of nothing but those appends.
#[must_use]
pub fn batch(appends: impl IntoIterator<Item = Append>) -> Batch {
    Batch {
        appends: appends.into_iter().collect(),
        ..Batch::default()
    }
}

/// The next event of a user's stream.
pub(crate) async fn signed_in(store: &dyn Store, user: UserId) -> (EventId, IdentityChange) {
    let head: AccountHead = store.account_head(user.into()).await.unwrap();
    let event = AccountEvent {
        stream: user.into(),
        seq: head.seq + 1,
        id: EventId(Uuid::from_u128(u128::from(head.seq) + 500)),
        recorded_at: moment(50),
        occurred_at: moment(50),
        actor: Actor::User(user),
        change: AccountChange::SignedOut {
            session: SessionId(Uuid::from_u128(9)),
        },
        previous: head.hash,
    };
    let stored = event.store();
    (event.id, IdentityChange::Record(Box::new(event), stored))
}
