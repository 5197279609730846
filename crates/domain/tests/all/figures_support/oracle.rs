//! The page of definitions, calculated day by day in the plainest way.
//!
//! Shares nothing with the code under test but the entities themselves: each figure is worked
//! out anew, from the lists of a world, by the words of the definitions.

mod infeasible;
mod load;

use std::collections::BTreeMap;

use raally_domain::date::{Date, Period};
use raally_domain::effort::Effort;
use raally_domain::ids::{AssignmentId, HolidayCalendarId, PersonId, PlaceholderId, ProjectId};
use raally_domain::kinds::{
    Assignment, AssignmentStatus, Holiday, HolidayCalendar, Owner, Placement, Portion,
    ProjectStatus, TimeOffStatus, Weekday,
};
use raally_domain::pattern::Pattern;

use super::World;

/// The minutes of a person on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    pub capacity: u64,
    pub booked: u64,
    pub tentative: u64,
    pub billable: u64,
    pub billable_tentative: u64,
    pub displaced: u64,
    pub displaced_tentative: u64,
}

impl Day {
    pub fn load(&self, with_tentative: bool) -> u64 {
        self.booked + if with_tentative { self.tentative } else { 0 }
    }

    pub fn displaced(&self, with_tentative: bool) -> u64 {
        self.displaced
            + if with_tentative {
                self.displaced_tentative
            } else {
                0
            }
    }

    pub fn busy(&self, with_tentative: bool) -> u64 {
        self.load(with_tentative).min(self.capacity)
    }

    pub fn idle(&self, with_tentative: bool) -> u64 {
        self.capacity - self.busy(with_tentative)
    }

    pub fn overtime(&self, with_tentative: bool) -> u64 {
        self.load(with_tentative).saturating_sub(self.capacity)
    }

    pub fn overbooked(&self, with_tentative: bool, tolerance: u64) -> bool {
        let load = self.load(with_tentative);
        if self.capacity > 0 {
            load > self.capacity + tolerance
        } else {
            load > 0
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Person(PersonId),
    Placeholder(PlaceholderId),
}

pub struct Oracle<'w> {
    pub world: &'w World,
    spreads: BTreeMap<AssignmentId, BTreeMap<i32, u64>>,
}

fn days_of(period: Period) -> impl Iterator<Item = Date> {
    let (from, to) = (period.from().days(), period.to().days());
    (from..=to).map(|d| Date::from_days(d).unwrap())
}

fn who(assignment: &Assignment) -> Who {
    match assignment.owner {
        Owner::Person(p) => Who::Person(p),
        Owner::Placeholder(p) => Who::Placeholder(p),
    }
}

fn runs_on(assignment: &Assignment, day: Date) -> bool {
    assignment.start <= day && assignment.end.is_none_or(|end| day <= end)
}

/// The week of a pattern that a day lies in, by its own words: week 0 is the ISO week of the
/// anchor, counted in Mondays.
fn pattern_week(pattern: &Pattern, day: Date) -> [u16; 7] {
    let monday = |d: Date| d.days() - i32::try_from(weekday(d)).unwrap();
    let weeks = (monday(day) - monday(pattern.anchor())) / 7;
    let n = i32::try_from(pattern.cycle().len()).unwrap();
    pattern.cycle()[usize::try_from(weeks.rem_euclid(n)).unwrap()]
}

/// 1970-01-01 was a Thursday.
fn weekday(day: Date) -> usize {
    usize::try_from((day.days() + 3) % 7).unwrap()
}

fn zero(pattern: &Pattern) -> bool {
    pattern
        .cycle()
        .iter()
        .all(|week| week.iter().sum::<u16>() == 0)
}

/// Shares in proportion to the weights; what is left over goes, minute by minute, to the place
/// with the largest remainder, the earlier one if they are equal.
fn largest_remainder(minutes: u64, weights: &[u64]) -> Vec<u64> {
    let whole: u64 = weights.iter().sum();
    let mut shares: Vec<u64> = weights.iter().map(|w| minutes * w / whole).collect();
    let mut remainders: Vec<Option<u64>> =
        weights.iter().map(|w| Some(minutes * w % whole)).collect();
    while shares.iter().sum::<u64>() < minutes {
        let mut best = 0;
        for at in 1..remainders.len() {
            if remainders[at] > remainders[best] {
                best = at;
            }
        }
        shares[best] += 1;
        remainders[best] = None;
    }
    shares
}

impl<'w> Oracle<'w> {
    pub fn new(world: &'w World) -> Oracle<'w> {
        let mut oracle = Oracle {
            world,
            spreads: BTreeMap::new(),
        };
        for (id, assignment) in &world.assignments {
            if let Effort::Total { minutes } = assignment.effort {
                let spread = oracle.spread(assignment, u64::from(minutes));
                oracle.spreads.insert(*id, spread);
            }
        }
        oracle
    }

    fn person(&self, id: PersonId) -> &'w raally_domain::kinds::Person {
        &self.world.people.iter().find(|(p, _)| *p == id).unwrap().1
    }

    fn calendar(&self, id: Option<HolidayCalendarId>) -> Option<&'w HolidayCalendar> {
        let calendars = &self.world.calendars;
        calendars
            .iter()
            .find(|(c, _)| Some(*c) == id)
            .map(|(_, c)| c)
    }

    pub fn title(&self, person: PersonId, day: Date) -> Option<&'w str> {
        let records = self.world.titles.iter().map(|(_, t)| t);
        records
            .filter(|t| t.person_id == person && t.effective_date <= day)
            .max_by_key(|t| (t.effective_date, t.created_seq))
            .map(|t| t.title.as_str())
    }

    /// The tenant's default week on a day: the latest that has begun, else the first.
    fn default_week(&self, day: Date) -> &'w Pattern {
        let weeks = self.world.settings.default_week.as_slice();
        let begun = weeks.iter().filter(|w| w.effective_date <= day);
        let latest = begun.max_by_key(|w| w.effective_date);
        let first = || weeks.iter().min_by_key(|w| w.effective_date).unwrap();
        &latest.unwrap_or_else(first).pattern
    }

    /// The pattern in force; a placeholder has the tenant's default week.
    fn in_force(&self, who: Who, day: Date) -> &'w Pattern {
        let records = self.world.availabilities.iter().map(|(_, a)| a);
        records
            .filter(|a| Who::Person(a.person_id) == who && a.effective_date <= day)
            .max_by_key(|a| (a.effective_date, a.created_seq))
            .map_or_else(|| self.default_week(day), |a| &a.pattern)
    }

    /// The placement in force.
    pub fn placement(&self, person: PersonId, day: Date) -> Option<&'w Placement> {
        let placements = self.world.placements.iter().map(|(_, p)| p);
        placements
            .filter(|p| p.person_id == person && p.effective_date <= day)
            .max_by_key(|p| (p.effective_date, p.created_seq))
    }

    /// What the calendar in force says of a day.
    fn calendar_days(&self, who: Who, day: Date) -> Vec<&'w Holiday> {
        let own = match who {
            Who::Person(id) => self.placement(id, day).and_then(|p| p.holiday_calendar_id),
            Who::Placeholder(_) => None,
        };
        let calendar = self.calendar(own.or(self.world.settings.holiday_calendar_id));
        let all = calendar.into_iter().flat_map(|c| &c.holidays);
        all.filter(|h| h.date == day).collect()
    }

    /// 0 none, 1 half, 2 full.
    fn holiday(&self, who: Who, day: Date) -> u8 {
        let found = self.calendar_days(who, day).into_iter();
        let off = found.filter(|h| h.works_as.is_none());
        off.map(|h| if h.half { 1 } else { 2 }).max().unwrap_or(0)
    }

    /// The weekday that a day works as, 0 for Monday: its own but on a worked day.
    fn works_as(&self, who: Who, day: Date) -> usize {
        let mut found = self.calendar_days(who, day).into_iter();
        let as_other = found.find_map(|h| h.works_as);
        as_other.map_or_else(|| weekday(day), Weekday::index)
    }

    /// A pattern's minutes of a day, in the week that it lies in.
    fn pattern_minutes(&self, who: Who, pattern: &Pattern, day: Date) -> u64 {
        u64::from(pattern_week(pattern, day)[self.works_as(who, day)])
    }

    /// The portions of approved time off on a day.
    fn time_off(&self, who: Who, day: Date) -> Vec<Portion> {
        let all = self.world.time_off.iter().map(|(_, t)| t);
        let here = all.filter(|t| {
            Who::Person(t.person_id) == who
                && t.status == TimeOffStatus::Approved
                && t.from <= day
                && day <= t.to
        });
        here.map(|t| t.portion).collect()
    }

    /// Whole days, or both halves of one.
    fn away_all_day(&self, who: Who, day: Date) -> bool {
        let portions = self.time_off(who, day);
        portions.contains(&Portion::Day)
            || (portions.contains(&Portion::FirstHalf) && portions.contains(&Portion::SecondHalf))
    }

    fn employed(&self, who: Who, day: Date) -> bool {
        match who {
            Who::Placeholder(_) => true,
            Who::Person(id) => {
                let spans = self.person(id).employment.as_spans();
                spans.is_none_or(|spans| {
                    spans.iter().any(|s| {
                        s.from.is_none_or(|from| day >= from) && s.to.is_none_or(|to| day <= to)
                    })
                })
            }
        }
    }

    /// What a holiday leaves of a pattern's minutes.
    fn after_holiday(&self, who: Who, day: Date, pattern: u64) -> u64 {
        match self.holiday(who, day) {
            0 => pattern,
            1 => pattern / 2,
            _ => 0,
        }
    }

    /// What remains of a pattern's minutes after holiday and time off.
    fn remains(&self, who: Who, day: Date, pattern: u64) -> u64 {
        let after_holiday = self.after_holiday(who, day, pattern);
        if self.away_all_day(who, day) {
            return 0;
        }
        let portions = self.time_off(who, day);
        let mut away = 0;
        if portions.contains(&Portion::FirstHalf) {
            // The two halves are all of it, and the first has the odd minute.
            away = pattern - pattern / 2;
        }
        if portions.contains(&Portion::SecondHalf) {
            away = pattern / 2;
        }
        if away > 0 && self.holiday(who, day) == 1 {
            away = after_holiday;
        }
        for portion in portions {
            if let Portion::Minutes(minutes) = portion {
                away += u64::from(minutes);
            }
        }
        after_holiday - away.min(after_holiday)
    }

    pub fn capacity(&self, who: Who, day: Date) -> u64 {
        if !self.employed(who, day) {
            return 0;
        }
        self.remains(
            who,
            day,
            self.pattern_minutes(who, self.in_force(who, day), day),
        )
    }

    /// The week that load per week and per day follows: of the pattern in force, of the default
    /// week where that is unknown, else Monday to Friday of 480 minutes.
    fn followed_week(&self, who: Who, day: Date) -> [u16; 7] {
        let known = [self.in_force(who, day), self.default_week(day)]
            .into_iter()
            .find(|p| !zero(p));
        known.map_or([480, 480, 480, 480, 480, 0, 0], |p| pattern_week(p, day))
    }

    pub fn tentative(&self, assignment: &Assignment) -> bool {
        assignment.status == AssignmentStatus::Tentative
            || self.project(assignment).status == ProjectStatus::Tentative
    }

    fn project(&self, assignment: &Assignment) -> &'w raally_domain::kinds::Project {
        let mut projects = self.world.projects.iter();
        let found = projects.find(|(id, _)| *id == assignment.project_id);
        &found.unwrap().1
    }

    pub fn day(&self, person: PersonId, day: Date) -> Day {
        let mut figures = Day {
            capacity: self.capacity(Who::Person(person), day),
            ..Day::default()
        };
        for (id, assignment) in &self.world.assignments {
            if assignment.owner != Owner::Person(person) {
                continue;
            }
            let minutes = self.load(*id, assignment, day);
            let project = self.project(assignment);
            let billable = assignment.billable.unwrap_or(project.billable);
            let tentative = self.tentative(assignment);
            let displaced = self.displaced(*id, assignment, day);
            let (load, billed) = if tentative {
                figures.displaced_tentative += displaced;
                (&mut figures.tentative, &mut figures.billable_tentative)
            } else {
                figures.displaced += displaced;
                (&mut figures.booked, &mut figures.billable)
            };
            *load += minutes;
            *billed += if billable { minutes } else { 0 };
        }
        figures
    }

    /// Employed on one of the period's days, or with load or displaced work in it.
    pub fn in_period(&self, person: PersonId, period: Period) -> bool {
        days_of(period).any(|day| {
            let f = self.day(person, day);
            self.employed(Who::Person(person), day) || f.load(true) > 0 || f.displaced(true) > 0
        })
    }

    /// By which title somebody is counted in a period: that of their last employed day in it,
    /// else that of its last day.
    pub fn title_in(&self, person: PersonId, period: Period) -> Option<&'w str> {
        let employed = days_of(period).filter(|day| self.employed(Who::Person(person), *day));
        self.title(person, employed.last().unwrap_or(period.to()))
    }

    pub fn days(&self, person: PersonId, period: Period) -> Vec<(Date, Day)> {
        days_of(period).map(|d| (d, self.day(person, d))).collect()
    }

    /// Confirmed and tentative minutes of whoever it is (or everybody) on a project.
    pub fn on_project(
        &self,
        owner: Option<Owner>,
        project: ProjectId,
        period: Period,
    ) -> (u64, u64) {
        self.sum_on_project(owner, project, period, Self::load)
    }

    /// What time off took of them.
    pub fn displaced_on_project(
        &self,
        owner: Option<Owner>,
        project: ProjectId,
        period: Period,
    ) -> (u64, u64) {
        self.sum_on_project(owner, project, period, Self::displaced)
    }

    fn sum_on_project(
        &self,
        owner: Option<Owner>,
        project: ProjectId,
        period: Period,
        of: fn(&Self, AssignmentId, &Assignment, Date) -> u64,
    ) -> (u64, u64) {
        let mut sums = (0, 0);
        for (id, a) in &self.world.assignments {
            let counts = match owner {
                Some(owner) => a.owner == owner,
                None => a.owner.person().is_some(),
            };
            if counts && a.project_id == project {
                let minutes: u64 = days_of(period).map(|d| of(self, *id, a, d)).sum();
                if self.tentative(a) {
                    sums.1 += minutes;
                } else {
                    sums.0 += minutes;
                }
            }
        }
        sums
    }

    /// What placeholders of a title ask for on a day.
    pub fn demand(&self, title: &str, day: Date, with_tentative: bool) -> u64 {
        let titled: Vec<PlaceholderId> = self
            .world
            .placeholders
            .iter()
            .filter(|(_, p)| p.title == title)
            .map(|(id, _)| *id)
            .collect();
        let asked = self.world.assignments.iter().filter(|(_, a)| {
            matches!(a.owner, Owner::Placeholder(p) if titled.contains(&p))
                && (with_tentative || !self.tentative(a))
        });
        asked.map(|(id, a)| self.load(*id, a, day)).sum()
    }
}
