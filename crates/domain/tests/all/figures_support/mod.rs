//! A small tenant as plain lists, to build plans from and to calculate by hand.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests of other crates share it, and a test may panic where it stands"
)]

pub mod edits;
pub mod oracle;
pub mod random;

use raally_domain::date::{Date, Period};
use raally_domain::effort::Effort;
use raally_domain::employment::{Employment, Span};
use raally_domain::event::{Change, Diff};
use raally_domain::ids::{
    AssignmentId, AvailabilityId, HolidayCalendarId, JobTitleId, PersonId, PersonalRef,
    PlaceholderId, PlacementId, ProjectId, TeamId, TenantId, TheSettings, TimeOffId,
};
use raally_domain::kinds::{
    Assignment, Availability, Entity, Holiday, HolidayCalendar, JobTitle, Owner, Person,
    Placeholder, Placement, Portion, Project, ProjectColour, Settings, Team, TimeOff, TimeOffKind,
    TimeOffStatus,
};
use raally_domain::pattern::Pattern;
use raally_domain::personal::Personal;
use raally_domain::plan::Plan;
use uuid::Uuid;

/// Everything there is, as lists of ids and values.
#[derive(Clone, Debug)]
pub struct World {
    pub settings: Settings,
    pub calendars: Vec<(HolidayCalendarId, HolidayCalendar)>,
    pub teams: Vec<(TeamId, Team)>,
    pub people: Vec<(PersonId, Person)>,
    pub placements: Vec<(PlacementId, Placement)>,
    pub titles: Vec<(JobTitleId, JobTitle)>,
    pub availabilities: Vec<(AvailabilityId, Availability)>,
    pub time_off: Vec<(TimeOffId, TimeOff)>,
    pub projects: Vec<(ProjectId, Project)>,
    pub placeholders: Vec<(PlaceholderId, Placeholder)>,
    pub assignments: Vec<(AssignmentId, Assignment)>,
}

pub fn put<E: Entity>(id: E::Id, value: &E) -> Change
where
    Change: From<Diff<E>>,
{
    Change::from(Diff {
        id,
        before: None,
        after: Some(value.clone()),
    })
}

impl World {
    pub fn new() -> World {
        World {
            settings: Settings::new("Acme".to_owned(), "acme".to_owned()),
            calendars: Vec::new(),
            teams: Vec::new(),
            people: Vec::new(),
            placements: Vec::new(),
            titles: Vec::new(),
            availabilities: Vec::new(),
            time_off: Vec::new(),
            projects: Vec::new(),
            placeholders: Vec::new(),
            assignments: Vec::new(),
        }
    }

    /// The changes that make it.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = vec![put(TheSettings, &self.settings)];
        changes.extend(self.calendars.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.teams.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.people.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.placements.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.titles.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.availabilities.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.time_off.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.projects.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.placeholders.iter().map(|(id, v)| put(*id, v)));
        changes.extend(self.assignments.iter().map(|(id, v)| put(*id, v)));
        changes
    }

    pub fn plan(&self) -> Plan {
        let mut plan = Plan::empty(TenantId(Uuid::from_u128(1)), 1);
        for change in self.changes() {
            plan.apply_provisional(&change).unwrap();
        }
        plan
    }

    pub fn person(&mut self, name: &str) -> PersonId {
        let id = PersonId(id(0xa0, self.people.len()));
        self.people.push((id, person(name)));
        id
    }

    pub fn person_mut(&mut self, id: PersonId) -> &mut Person {
        &mut self.people.iter_mut().find(|(p, _)| *p == id).unwrap().1
    }

    pub fn project(&mut self, name: &str) -> ProjectId {
        let id = ProjectId(id(0xb0, self.projects.len()));
        self.projects.push((id, project(name)));
        id
    }

    pub fn placeholder(&mut self, title: &str) -> PlaceholderId {
        let id = PlaceholderId(id(0xc0, self.placeholders.len()));
        let value = Placeholder {
            title: title.to_owned(),
            team_id: None,
            notes: None,
        };
        self.placeholders.push((id, value));
        id
    }

    /// A pattern from a day on; later calls count as created later.
    pub fn works(&mut self, person_id: PersonId, from: &str, pattern: Pattern) {
        let n = self.availabilities.len();
        let value = Availability {
            person_id,
            effective_date: date(from),
            pattern,
            weekly_minutes: None,
            created_seq: n as u64,
        };
        self.availabilities
            .push((AvailabilityId(id(0xd0, n)), value));
    }

    /// A placement from a day on; later calls count as created later.
    pub fn placed(
        &mut self,
        person_id: PersonId,
        from: &str,
        team_id: Option<TeamId>,
        holiday_calendar_id: Option<HolidayCalendarId>,
    ) {
        let n = self.placements.len();
        let value = Placement {
            team_id,
            holiday_calendar_id,
            ..Placement::nowhere(person_id, date(from), n as u64)
        };
        self.placements.push((PlacementId(id(0xa5, n)), value));
    }

    pub fn title(&mut self, person_id: PersonId, from: &str, title: &str) {
        let n = self.titles.len();
        let value = JobTitle {
            person_id,
            title: title.to_owned(),
            effective_date: date(from),
            created_seq: n as u64,
        };
        self.titles.push((JobTitleId(id(0xe0, n)), value));
    }

    /// Approved time off, full days where `minutes` is `None`.
    pub fn away(&mut self, person_id: PersonId, from: &str, to: &str, minutes: Option<u16>) {
        let portion = minutes.map_or(Portion::Day, Portion::Minutes);
        self.away_by(person_id, (from, to), portion);
    }

    /// Approved time off by that portion of each day.
    pub fn away_by(&mut self, person_id: PersonId, (from, to): (&str, &str), portion: Portion) {
        let value = TimeOff {
            person_id,
            from: date(from),
            to: date(to),
            portion,
            status: TimeOffStatus::Approved,
            kind: TimeOffKind::Vacation,
            reason: None,
        };
        let id = TimeOffId(id(0xf0, self.time_off.len()));
        self.time_off.push((id, value));
    }

    /// The tenant's holidays, those in `half` half ones.
    pub fn holidays(&mut self, full: &[&str], half: &[&str]) {
        let mut holidays: Vec<Holiday> = full
            .iter()
            .map(|d| holiday(date(d), false))
            .chain(half.iter().map(|d| holiday(date(d), true)))
            .collect();
        holidays.sort_by_key(|h| h.date);
        let id = HolidayCalendarId(id(0x90, self.calendars.len()));
        let name = "Holidays".to_owned();
        self.calendars
            .push((id, HolidayCalendar { name, holidays }));
        self.settings.holiday_calendar_id = Some(id);
    }

    /// A confirmed assignment.
    pub fn books(
        &mut self,
        person: PersonId,
        project: ProjectId,
        days: (&str, &str),
        effort: Effort,
    ) -> AssignmentId {
        let days = (date(days.0), Some(date(days.1)));
        self.assign(Owner::Person(person), project, days, effort)
    }

    pub fn assign(
        &mut self,
        owner: Owner,
        project_id: ProjectId,
        (start, end): (Date, Option<Date>),
        effort: Effort,
    ) -> AssignmentId {
        let id = AssignmentId(id(0x80, self.assignments.len()));
        let value = Assignment {
            end,
            ..Assignment::new(owner, project_id, start, effort)
        };
        self.assignments.push((id, value));
        id
    }

    pub fn last_assignment(&mut self) -> &mut Assignment {
        &mut self.assignments.last_mut().unwrap().1
    }
}

/// Employed from one day to another, both included.
pub fn employed(from: Option<Date>, to: Option<Date>) -> Employment {
    Employment::spans(vec![Span { from, to }]).unwrap()
}

pub fn id(kind: u128, n: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | kind << 32 | n as u128)
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn period(from: &str, to: &str) -> Period {
    Period::new(date(from), date(to)).unwrap()
}

pub fn holiday(date: Date, half: bool) -> Holiday {
    Holiday {
        date,
        name: "Holiday".to_owned(),
        half,
        works_as: None,
    }
}

pub fn person(name: &str) -> Person {
    Person {
        full_name: Personal::new(name.to_owned(), PersonalRef(Uuid::from_u128(1)), [1; 16]),
        email: None,
        user_id: None,
        employment: Employment::ALWAYS,
        skills: Vec::new(),
        tags: Vec::new(),
        notes: None,
        archived: false,
    }
}

pub fn project(name: &str) -> Project {
    Project::new(name.to_owned(), ProjectColour::nth(0))
}

/// One week over and over.
pub fn week(minutes: [u16; 7]) -> Pattern {
    cycle(&[minutes])
}

/// A cycle whose week 0 is that of 1970-01-05.
pub fn cycle(weeks: &[[u16; 7]]) -> Pattern {
    Pattern::new(Date::from_days(4).unwrap(), weeks.to_vec()).unwrap()
}

pub fn per_week(minutes: u32) -> Effort {
    Effort::PerWeek { minutes }
}

pub fn per_day(minutes: u32) -> Effort {
    Effort::PerDay {
        minutes,
        weekdays: None,
        include_non_working: false,
    }
}

pub fn share_of_day(share: u32) -> Effort {
    Effort::Share { share }
}

pub fn total(minutes: u32) -> Effort {
    Effort::Total { minutes }
}
