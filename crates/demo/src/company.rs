//! A believable company, drawn by chance that repeats.

use raally_domain::date::Date;
use raally_domain::event::{Change, Diff, Recorded};
use raally_domain::ids::{
    HolidayCalendarId, PersonId, ProjectId, SkillId, TeamId, TheSettings, UserId,
};
use raally_domain::kinds::{HolidayCalendar, Listed, Member, Person, Role, Settings, Skill, Team};

use crate::chance::Chance;
use crate::holidays::COUNTRIES;
use crate::names::{DISCIPLINES, LANGUAGES, OFFICES};
use crate::staff::Hours;

/// How large a company is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub people: u32,
    pub projects: u32,
    pub assignments: u32,
}

/// Somebody as the rest of the company needs to know them.
pub(crate) struct Staff {
    pub(crate) id: PersonId,
    pub(crate) team: usize,
    pub(crate) discipline: usize,
    /// A place in the career, 0 to 3.
    pub(crate) level: usize,
    pub(crate) hired: Date,
    pub(crate) leaves: Option<Date>,
    pub(crate) hours: Hours,
}

pub(crate) struct Running {
    pub(crate) id: ProjectId,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

pub(crate) struct TeamOf {
    pub(crate) id: TeamId,
    pub(crate) discipline: usize,
    pub(crate) office: usize,
    /// Places of the projects that the team works for.
    pub(crate) projects: Vec<usize>,
    pub(crate) lead: Option<PersonId>,
}

/// The company while it is being made up.
pub(crate) struct Company<'a> {
    pub(crate) chance: &'a Chance,
    pub(crate) today: Date,
    pub(crate) size: Size,
    pub(crate) changes: Vec<Recorded>,
    pub(crate) calendars: Vec<HolidayCalendarId>,
    pub(crate) skills: Vec<(&'static str, SkillId)>,
    pub(crate) teams: Vec<TeamOf>,
    pub(crate) staff: Vec<Staff>,
    pub(crate) projects: Vec<Running>,
    pub(crate) users: &'a [(UserId, &'static str, Role)],
}

/// A company of that size as the changes that make it, in order; `users` are its members.
pub(crate) fn changes<'a>(
    chance: &'a Chance,
    today: Date,
    size: Size,
    settings: Settings,
    users: &'a [(UserId, &'static str, Role)],
) -> Vec<Recorded> {
    let mut company = Company {
        chance,
        today,
        size,
        changes: Vec::new(),
        calendars: Vec::new(),
        skills: Vec::new(),
        teams: Vec::new(),
        staff: Vec::new(),
        projects: Vec::new(),
        users,
    };
    company.catalogues(settings);
    for (user, _, role) in users {
        company.create(*user, Member { role: *role });
    }
    company.hire();
    company.sell();
    company.plan();
    company.changes
}

/// The change that makes an entity.
pub(crate) fn created<E: Listed>(id: E::Id, value: E) -> Change {
    E::change(Diff {
        id,
        before: None,
        after: Some(value),
    })
}

impl Company<'_> {
    pub(crate) fn create<E: Listed>(&mut self, id: E::Id, value: E) {
        self.changes.push(created(id, value).into());
    }

    /// The sequence number that the next change will have.
    pub(crate) fn next_seq(&self) -> u64 {
        self.changes.len() as u64 + 1
    }

    /// Settings, holiday calendars, skills and teams.
    fn catalogues(&mut self, settings: Settings) {
        self.create(TheSettings, settings.clone());
        let (year, _, _) = self.today.ymd();
        for country in &COUNTRIES {
            let id = self.chance.id();
            let calendar: HolidayCalendar = country.calendar(year - 2..=year + 3);
            self.create(id, calendar);
            self.calendars.push(id);
        }
        // The calendar has to be there before the settings can refer to it.
        let before = Some(settings.clone());
        let after = Some(Settings {
            holiday_calendar_id: self.calendars.first().copied(),
            ..settings
        });
        self.changes.push(
            Change::from(Diff {
                id: TheSettings,
                before,
                after,
            })
            .into(),
        );
        let of_disciplines = DISCIPLINES.iter().flat_map(|d| d.skills);
        for name in of_disciplines.chain(LANGUAGES) {
            if self.skills.iter().all(|(known, _)| *known != name) {
                let id = self.chance.id();
                self.skills.push((name, id));
                self.create(
                    id,
                    Skill {
                        name: name.to_owned(),
                    },
                );
            }
        }
        self.found_teams();
    }

    /// About nine people a team: each discipline first in one office, then in the next.
    fn found_teams(&mut self) {
        let count = (self.size.people as usize).div_ceil(9).clamp(1, 480);
        for n in 0..count {
            let discipline = n % DISCIPLINES.len();
            let office = (n / DISCIPLINES.len() + discipline) % OFFICES.len();
            let round = n / (DISCIPLINES.len() * OFFICES.len());
            let number = match round {
                0 => String::new(),
                round => format!(" {}", round + 1),
            };
            let name = format!(
                "{} {}{number}",
                DISCIPLINES[discipline].name, OFFICES[office]
            );
            let id = self.chance.id();
            self.create(id, Team { name });
            self.teams.push(TeamOf {
                id,
                discipline,
                office,
                projects: Vec::new(),
                lead: None,
            });
        }
    }

    /// Links the users with the people they are: the admin with the head of delivery, the
    /// resource manager with the next lead, the member with one of the team.
    pub(crate) fn user_for(&self, n: usize, person: &mut Person) {
        let member = (self.teams.len() + 2).min(self.size.people as usize - 1);
        let of_role = |(_, _, role): &&(UserId, &'static str, Role)| match role {
            Role::Admin => n == 0,
            Role::ResourceManager => n == 1,
            Role::Member => n == member && n > 1,
            Role::Viewer => false,
        };
        if let Some((user, email, _)) = self.users.iter().find(of_role) {
            person.user_id = Some(*user);
            person.email = Some(self.chance.personal((*email).to_owned()));
        }
    }
}
