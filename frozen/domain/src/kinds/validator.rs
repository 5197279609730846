//! What building a value from a body needs: the plan it refers to, fresh ids and salts, and a
//! place to note what is wrong.

use std::collections::BTreeSet;

use serde::Serialize;
use uuid::Uuid;

use crate::date::{Date, Period};
use crate::decide::Reason;
use crate::event::{Change, Diff};
use crate::ids::{HolidayCalendarId, PersonId, PersonalRef, PlaceholderId, ProjectId, TeamId};
use crate::kinds::{EntityKind, Kind, PersonRecord, Placement};
use crate::personal::{Personal, Salt};
use crate::plan::Plan;
use crate::problem::{FieldError, Message};
use crate::time::Timestamp;

/// Where ids, salts and the present come from; randomness and clocks stay outside.
pub trait IdSource {
    /// A fresh UUIDv7.
    fn uuid(&mut self) -> Uuid;
    /// A random salt for a personal value.
    fn salt(&mut self) -> Salt;
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The longest name of anything.
const MAX_NAME: usize = 200;
/// The longest note.
const MAX_NOTE: usize = 10_000;
/// The most tags, skills, phases or milestones of one thing.
pub(crate) const MAX_LIST: usize = 200;

/// Checks a body against a plan and collects what is wrong with it.
pub struct Validator<'a> {
    /// The plan that the value is to fit.
    pub plan: &'a Plan,
    /// Where ids, salts and the present come from.
    pub fresh: &'a mut dyn IdSource,
    /// The sequence number its event will have.
    pub seq: u64,
    pub(crate) errors: Vec<FieldError>,
    /// A conflict with what stands, which no field is wrong about.
    pub(crate) refused: Option<Reason>,
    /// Changes that must stand before the value does, such as a client made by its name.
    pub(crate) before: Vec<Change>,
    /// Changes that stand on the value, such as a new person's placement.
    pub(crate) then: Vec<Change>,
}

impl<'a> Validator<'a> {
    /// Begins with nothing wrong; `seq` is the number that the value's event will have.
    pub fn new(plan: &'a Plan, fresh: &'a mut dyn IdSource, seq: u64) -> Validator<'a> {
        Validator {
            plan,
            fresh,
            seq,
            errors: Vec::new(),
            refused: None,
            before: Vec::new(),
            then: Vec::new(),
        }
    }

    /// What is wrong so far.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    pub(crate) fn wrong(&mut self, pointer: &str, message: impl Into<Message>) {
        self.errors.push(FieldError::new(pointer, message));
    }

    /// A name: not empty, of one line, at most 200 characters; outer blanks are dropped.
    pub(crate) fn name(&mut self, pointer: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.wrong(pointer, Message::Empty);
        }
        self.line(pointer, text)
    }

    fn line(&mut self, pointer: &str, text: &str) -> String {
        if !text.is_empty() && !is_visible(text) {
            self.wrong(pointer, Message::Invisible);
        }
        if text.chars().count() > MAX_NAME {
            self.wrong(pointer, Message::TooLong { most: MAX_NAME });
        }
        if holds_control(text) {
            self.wrong(pointer, Message::ControlCharacters);
        }
        text.to_owned()
    }

    /// A name that may be missing; an empty one counts as missing.
    pub(crate) fn optional_name(&mut self, pointer: &str, text: Option<&str>) -> Option<String> {
        let text = text.map(str::trim).filter(|t| !t.is_empty())?;
        Some(self.line(pointer, text))
    }

    /// A text of several lines; an empty one counts as missing.
    pub(crate) fn note(&mut self, pointer: &str, text: Option<&str>) -> Option<String> {
        let text = text.filter(|t| !t.trim().is_empty())?;
        if text.chars().count() > MAX_NOTE {
            self.wrong(pointer, Message::TooLong { most: MAX_NOTE });
        }
        if text
            .chars()
            .any(|c| is_control(c) && c != '\n' && c != '\t' && c != '\r')
        {
            self.wrong(pointer, Message::ControlCharacters);
        }
        Some(text.to_owned())
    }

    pub(crate) fn email(&mut self, pointer: &str, text: Option<&str>) -> Option<String> {
        let text = self.optional_name(pointer, text)?;
        if !is_email(&text) {
            self.wrong(pointer, Message::NotAnEmail);
        }
        Some(text)
    }

    /// Tags: names, each once, in the order given.
    pub(crate) fn tags(&mut self, pointer: &str, tags: &[String]) -> Vec<String> {
        if tags.len() > MAX_LIST {
            self.wrong(pointer, Message::TooMany { most: MAX_LIST });
        }
        let mut seen = BTreeSet::new();
        let named: Vec<String> = tags
            .iter()
            .enumerate()
            .map(|(i, tag)| self.name(&format!("{pointer}/{i}"), tag))
            .collect();
        named
            .into_iter()
            .filter(|t| seen.insert(t.clone()))
            .collect()
    }

    /// A personal value: the one before where it is still the same, else a fresh one.
    pub(crate) fn personal<T>(&mut self, value: T, before: Option<&Personal<T>>) -> Personal<T>
    where
        T: Serialize + PartialEq + Clone,
    {
        match before {
            Some(before) if before.get() == Some(&value) => before.clone(),
            _ => Personal::new(value, PersonalRef(self.fresh.uuid()), self.fresh.salt()),
        }
    }

    pub(crate) fn optional_personal(
        &mut self,
        value: Option<String>,
        before: Option<&Option<Personal<String>>>,
    ) -> Option<Personal<String>> {
        value.map(|v| self.personal(v, before.and_then(Option::as_ref)))
    }

    /// Notes a period that ends before it starts or is too long.
    pub(crate) fn period(&mut self, pointer: &str, from: Date, to: Date) {
        if let Err(error) = Period::new(from, to) {
            self.wrong(pointer, error);
        }
    }

    pub(crate) fn known_person(&mut self, pointer: &str, id: Option<PersonId>) {
        if id.is_some_and(|id| !self.plan.people().contains_key(&id)) {
            self.wrong(pointer, Kind::Person);
        }
    }

    pub(crate) fn known_team(&mut self, pointer: &str, id: Option<TeamId>) {
        if id.is_some_and(|id| !self.plan.teams().contains_key(&id)) {
            self.wrong(pointer, Kind::Team);
        }
    }

    pub(crate) fn known_calendar(&mut self, pointer: &str, id: Option<HolidayCalendarId>) {
        if id.is_some_and(|id| !self.plan.calendars().contains_key(&id)) {
            self.wrong(pointer, Kind::HolidayCalendar);
        }
    }

    /// Notes what a placement refers to and is not there.
    pub(crate) fn known_placement(&mut self, placement: &Placement) {
        self.known_team("/team_id", placement.team_id);
        self.known_person("/manager_id", placement.manager_id);
        if placement.manager_id == Some(placement.person_id) {
            self.wrong("/manager_id", Message::OwnManager);
        }
        self.known_calendar("/holiday_calendar_id", placement.holiday_calendar_id);
    }

    /// One dated record holds from a date on: a new one takes the place of those that are there,
    /// which go with it; one that is changed is not moved onto another.
    pub(crate) fn alone_on<E: PersonRecord + EntityKind>(
        &mut self,
        record: &E,
        id: E::Id,
        before: Option<&E>,
        date: impl Fn(&E) -> Date,
    ) {
        let of = |r: &E| (r.person(), date(r));
        if before.is_some_and(|before| of(before) == of(record)) {
            return;
        }
        let entry = self.plan.people().get(&record.person());
        let list = entry.map_or(&[][..], |entry| E::list(entry));
        let there: Vec<_> = list
            .iter()
            .filter(|r| r.id != id && of(&r.value) == of(record))
            .collect();
        if before.is_some() && !there.is_empty() {
            self.wrong("/effective_date", Message::DateTaken);
            return;
        }
        let replaced = there.into_iter().map(|r| {
            E::change(Diff {
                id: r.id,
                before: Some((*r.value).clone()),
                after: None,
            })
        });
        self.before.extend(replaced);
    }

    /// The number that the event of a new value will have.
    pub(crate) fn next_seq(&self) -> u64 {
        self.seq + self.before.len() as u64
    }

    /// The tenant's current day.
    pub(crate) fn today(&self) -> Date {
        self.plan.day_of(self.fresh.now())
    }

    pub(crate) fn known_project(&mut self, pointer: &str, id: ProjectId) {
        if !self.plan.projects().contains_key(&id) {
            self.wrong(pointer, Kind::Project);
        }
    }

    pub(crate) fn known_placeholder(&mut self, pointer: &str, id: PlaceholderId) {
        if !self.plan.placeholders().contains_key(&id) {
            self.wrong(pointer, Kind::Placeholder);
        }
    }
}

/// Control characters, and those that reorder or hide text.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether a text holds control characters, or those that turn what is around them or hide it.
#[must_use]
pub fn holds_control(text: &str) -> bool {
    text.chars().any(is_control)
}

/// Whether a text has a character that can be seen.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    !text.chars().all(is_unseen)
}

/// Blanks, control characters, and what Unicode calls default-ignorable: characters that a font
/// shows nothing for.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || is_control(c)
        || matches!(c,
            '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text has the shape of an e-mail address: something, an at sign, a domain with a dot
/// or `localhost`. Whether it works only a mail can tell.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && local.len() <= 64
        && text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && !local.contains('@')
        && (domain == "localhost"
            || (domain.contains('.') && domain.split('.').all(|part| !part.is_empty())))
}
