//! Who is told what of a step.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::Operation;
use crate::date::{Date, Period};
use crate::event::{Actor, Change, Diff, Event, StepKind};
use crate::figures::{PersonFigures, excess_days, touched, unite};
use crate::ids::{PersonId, ProjectId, UserId};
use crate::kinds::{Assignment, Entity, EntityRef, Kind, Role, TimeOff, TimeOffStatus};
use crate::plan::Plan;

/// How far ahead overbooked days are news.
const AHEAD_DAYS: i32 = 365;

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// Work became theirs.
    Assigned,
    /// Work or time off of theirs changed.
    Changed,
    /// Work is no longer theirs.
    Removed,
    /// Days went over capacity: theirs, or those of somebody they plan.
    Overbooked,
    /// Time off takes work from a project that they own.
    Displaced,
    /// Time off waits for their approval.
    Approver,
    /// An endpoint for webhooks was turned off because it failed for days.
    WebhookDisabled,
}

impl NotificationKind {
    /// All of them, each once.
    pub const ALL: [NotificationKind; 7] = [
        NotificationKind::Assigned,
        NotificationKind::Changed,
        NotificationKind::Removed,
        NotificationKind::Overbooked,
        NotificationKind::Displaced,
        NotificationKind::Approver,
        NotificationKind::WebhookDisabled,
    ];

    /// Its name in the API and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            NotificationKind::Assigned => "assigned",
            NotificationKind::Changed => "changed",
            NotificationKind::Removed => "removed",
            NotificationKind::Overbooked => "overbooked",
            NotificationKind::Displaced => "displaced",
            NotificationKind::Approver => "approver",
            NotificationKind::WebhookDisabled => "webhook_disabled",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<NotificationKind> {
        NotificationKind::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// What one user is told of a step, all of one kind put together. Ids and dates, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationDraft {
    /// Who is told.
    pub user: UserId,
    /// What they are told.
    pub kind: NotificationKind,
    /// Whom it is about, if it is one person.
    pub person: Option<PersonId>,
    /// The assignment or time off, if it is one.
    pub entity: Option<EntityRef>,
    /// Of which project the work is, if it is one.
    pub project: Option<ProjectId>,
    /// From the first day it is about …
    pub from: Option<Date>,
    /// … to the last; `None` is open.
    pub to: Option<Date>,
    /// How many assignments, requests or (where overbooked) people.
    pub count: u32,
}

/// What the members of a tenant are told of a step, by user and kind. `before` and `after` are
/// the plan without and with the step's events. Nobody is told of what they did themselves, nor
/// of an import. Days before `today` are never overbooked news.
#[must_use]
pub fn of_step(
    before: &Plan,
    after: &Plan,
    events: &[Event],
    today: Date,
) -> Vec<NotificationDraft> {
    let Some(first) = events.first() else {
        return Vec::new();
    };
    if first.step.kind == StepKind::Import {
        return Vec::new();
    }
    let mut telling = NotificationBuilder {
        before,
        after,
        actor: &first.actor,
        today,
        told: BTreeMap::new(),
    };
    telling.assignments(events);
    telling.time_off(events);
    telling.overbooked(events);
    telling.told.into_values().collect()
}

struct NotificationBuilder<'a> {
    before: &'a Plan,
    after: &'a Plan,
    actor: &'a Actor,
    today: Date,
    told: BTreeMap<(UserId, NotificationKind), NotificationDraft>,
}

/// One thing that somebody is told of.
#[derive(Clone, Copy)]
struct Occasion {
    person: PersonId,
    entity: Option<EntityRef>,
    project: Option<ProjectId>,
    from: Date,
    to: Option<Date>,
}

impl NotificationBuilder<'_> {
    fn assignments(&mut self, events: &[Event]) {
        let diffs = net(events, |change| match change {
            Change::Assignment(d) => Some(&**d),
            _ => None,
        });
        for (id, (was, is)) in diffs {
            let entity = EntityRef {
                kind: Kind::Assignment,
                id: id.into(),
            };
            let fact = |a: &Assignment| {
                Some(Occasion {
                    person: a.owner.person()?,
                    entity: Some(entity),
                    project: Some(a.project_id),
                    from: a.start,
                    to: a.end,
                })
            };
            let (was, is) = (was.and_then(fact), is.and_then(fact));
            match (was, is) {
                (Some(was), Some(is)) if was.person == is.person => {
                    self.tell_person(NotificationKind::Changed, is);
                }
                _ => {
                    if let Some(fact) = was {
                        self.tell_person(NotificationKind::Removed, fact);
                    }
                    if let Some(fact) = is {
                        self.tell_person(NotificationKind::Assigned, fact);
                    }
                }
            }
        }
    }

    fn time_off(&mut self, events: &[Event]) {
        let diffs = net(events, |change| match change {
            Change::TimeOff(d) => Some(&**d),
            _ => None,
        });
        for (id, (was, is)) in diffs {
            let Some(off) = is.or(was) else { continue };
            let fact = Occasion {
                person: off.person_id,
                entity: Some(EntityRef {
                    kind: Kind::TimeOff,
                    id: id.into(),
                }),
                project: None,
                from: off.from,
                to: Some(off.to),
            };
            let requested =
                |t: Option<&TimeOff>| t.is_some_and(|t| t.status == TimeOffStatus::Requested);
            if requested(is) && !requested(was) {
                for user in self.planners_of(off.person_id) {
                    self.tell(user, NotificationKind::Approver, fact);
                }
            }
            self.tell_person(NotificationKind::Changed, fact);
            if is.is_some_and(|t| t.status == TimeOffStatus::Approved) {
                self.displaced(off);
            }
        }
    }

    /// Projects of which the step takes more work on the days of a time off.
    fn displaced(&mut self, off: &TimeOff) {
        let (from, to) = (
            off.from.max(self.today),
            off.to.min(self.today.plus(AHEAD_DAYS)),
        );
        let (after, before) = (self.after, self.before);
        let (Ok(period), Some(now)) = (Period::new(from, to), after.people().get(&off.person_id))
        else {
            return;
        };
        let now = PersonFigures::of(after, now, period);
        let was = before.people().get(&off.person_id);
        let was = was.map(|entry| PersonFigures::of(before, entry, period));
        let work = now.displaced(period).into_iter();
        let confirmed = work.filter(|work| !work.booking.tentative);
        let projects = confirmed.map(|work| work.booking.record.value.project_id);
        for id in BTreeSet::from_iter(projects) {
            let of = |figures: &PersonFigures<'_>| figures.displaced_of(id, period);
            let more = of(&now) > was.as_ref().map_or(0, of);
            let owner = after.projects().get(&id).and_then(|p| p.project.owner_id);
            let Some(user) = owner.filter(|_| more).and_then(|o| self.user_of(o)) else {
                continue;
            };
            let fact = Occasion {
                person: off.person_id,
                entity: None,
                project: Some(id),
                from,
                to: Some(to),
            };
            self.tell(user, NotificationKind::Displaced, fact);
        }
    }

    /// People of whom a day is over capacity that was not before.
    fn overbooked(&mut self, events: &[Event]) {
        let today = self.today;
        let rows = unite(
            events
                .iter()
                .flat_map(Event::changes)
                .flat_map(|change| touched(change, self.after)),
        );
        for row in rows {
            let Some(person) = row.person_id else {
                continue;
            };
            let (from, to) = (row.from.max(today), row.to.min(today.plus(AHEAD_DAYS)));
            let Some((from, to)) = self.newly_over(person, from, to) else {
                continue;
            };
            let fact = Occasion {
                person,
                entity: None,
                project: None,
                from,
                to: Some(to),
            };
            let mut users = self.planners_of(person);
            users.extend(self.user_of(person));
            for user in users {
                self.tell(user, NotificationKind::Overbooked, fact);
            }
        }
    }

    /// The first and the last of those days.
    fn newly_over(&self, person: PersonId, from: Date, to: Date) -> Option<(Date, Date)> {
        let period = Period::new(from, to).ok()?;
        let now = excess_days(self.after, self.after.people().get(&person)?, period);
        if now.is_empty() {
            return None;
        }
        let was: BTreeSet<Date> = match self.before.people().get(&person) {
            Some(entry) => excess_days(self.before, entry, period)
                .into_iter()
                .map(|(day, _)| day)
                .collect(),
            None => BTreeSet::new(),
        };
        let mut new = now.into_iter().map(|(day, _)| day);
        let first = new.find(|day| !was.contains(day))?;
        Some((first, new.rfind(|day| !was.contains(day)).unwrap_or(first)))
    }

    /// The user who is that person.
    fn user_of(&self, person: PersonId) -> Option<UserId> {
        let people = [self.after.people(), self.before.people()];
        let entry = people.into_iter().find_map(|p| p.get(&person))?;
        entry.person.user_id
    }

    /// Who plans that person: their manager, if they may; else the resource managers; else the
    /// admins.
    fn planners_of(&self, person: PersonId) -> BTreeSet<UserId> {
        let members = self.after.members();
        let entry = self.after.people().get(&person);
        let manager = entry
            .and_then(|e| e.placement_on(self.today)?.manager_id)
            .and_then(|manager| self.user_of(manager))
            .filter(|user| {
                let member = members.get(user);
                member.is_some_and(|m| m.value.role.may(Operation::PlanWork))
            });
        if let Some(manager) = manager {
            return BTreeSet::from([manager]);
        }
        let with = |role: Role| -> BTreeSet<UserId> {
            let found = members.values().filter(|m| m.value.role == role);
            found.map(|m| m.id).collect()
        };
        let managers = with(Role::ResourceManager);
        if managers.is_empty() {
            with(Role::Admin)
        } else {
            managers
        }
    }

    fn tell_person(&mut self, kind: NotificationKind, fact: Occasion) {
        if let Some(user) = self.user_of(fact.person) {
            self.tell(user, kind, fact);
        }
    }

    fn tell(&mut self, user: UserId, kind: NotificationKind, fact: Occasion) {
        let own = self.actor.user() == Some(user);
        if own || !self.after.members().contains_key(&user) {
            return;
        }
        let news = NotificationDraft {
            user,
            kind,
            person: Some(fact.person),
            entity: fact.entity,
            project: fact.project,
            from: Some(fact.from),
            to: fact.to,
            count: 1,
        };
        self.told
            .entry((user, kind))
            .and_modify(|told| told.merge(&news))
            .or_insert(news);
    }
}

impl NotificationDraft {
    /// Takes in another of the same user and kind.
    fn merge(&mut self, other: &NotificationDraft) {
        self.count += other.count;
        self.entity = None;
        self.person = self.person.filter(|p| other.person == Some(*p));
        self.project = self.project.filter(|p| other.project == Some(*p));
        self.from = self.from.min(other.from);
        self.to = self.to.zip(other.to).map(|(a, b)| a.max(b));
    }
}

type Net<'e, E> = BTreeMap<<E as Entity>::Id, (Option<&'e E>, Option<&'e E>)>;

/// Each entity as it was before the step and as it is after; what the step left as it was is
/// left out.
fn net<'e, E: Entity + 'e>(
    events: &'e [Event],
    pick: impl Fn(&'e Change) -> Option<&'e Diff<E>>,
) -> Net<'e, E> {
    let mut found: Net<'e, E> = BTreeMap::new();
    for diff in events.iter().filter_map(|e| pick(&e.change)) {
        found
            .entry(diff.id)
            .or_insert((diff.before.as_ref(), None))
            .1 = diff.after.as_ref();
    }
    found.retain(|_, (was, is)| was != is);
    found
}
