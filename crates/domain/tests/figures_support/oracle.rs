//! The page of definitions, calculated day by day in the plainest way.
//!
//! Shares nothing with the code under test but the entities themselves: each figure is worked
//! out anew, from the lists of a world, by the words of the definitions.

use std::collections::BTreeMap;

use raally_domain::date::{Date, Period};
use raally_domain::effort::Effort;
use raally_domain::ids::{AssignmentId, HolidayCalendarId, PersonId, PlaceholderId, ProjectId};
use raally_domain::kinds::{
    Assignment, AssignmentStatus, HolidayCalendar, Owner, Placement, ProjectStatus, TimeOffStatus,
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
}

impl Day {
    pub fn load(&self, with_tentative: bool) -> u64 {
        self.booked + if with_tentative { self.tentative } else { 0 }
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

/// The minutes of a pattern on a day, by its own words: week 0 is the ISO week of the anchor,
/// counted in Mondays.
fn pattern_minutes(pattern: &Pattern, day: Date) -> u64 {
    u64::from(pattern_week(pattern, day)[weekday(day)])
}

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

    /// The pattern in force; a placeholder has the tenant's default week.
    fn in_force(&self, who: Who, day: Date) -> &'w Pattern {
        let records = self.world.availabilities.iter().map(|(_, a)| a);
        records
            .filter(|a| Who::Person(a.person_id) == who && a.effective_date <= day)
            .max_by_key(|a| (a.effective_date, a.created_seq))
            .map_or(&self.world.settings.default_week, |a| &a.pattern)
    }

    /// The placement in force.
    pub fn placement(&self, person: PersonId, day: Date) -> Option<&'w Placement> {
        let placements = self.world.placements.iter().map(|(_, p)| p);
        placements
            .filter(|p| p.person_id == person && p.effective_date <= day)
            .max_by_key(|p| (p.effective_date, p.created_seq))
    }

    /// 0 none, 1 half, 2 full.
    fn holiday(&self, who: Who, day: Date) -> u8 {
        let own = match who {
            Who::Person(id) => self.placement(id, day).and_then(|p| p.holiday_calendar_id),
            Who::Placeholder(_) => None,
        };
        let calendar = self.calendar(own.or(self.world.settings.holiday_calendar_id));
        let found = calendar.and_then(|c| c.holidays.iter().find(|h| h.date == day));
        found.map_or(0, |h| if h.half { 1 } else { 2 })
    }

    /// Approved time off on a day: by full days, and the minutes of the others.
    fn time_off(&self, who: Who, day: Date) -> (bool, u64) {
        let mut full = false;
        let mut minutes = 0;
        for (_, t) in &self.world.time_off {
            if Who::Person(t.person_id) == who
                && t.status == TimeOffStatus::Approved
                && t.from <= day
                && day <= t.to
            {
                match t.minutes_per_day {
                    None => full = true,
                    Some(m) => minutes += u64::from(m),
                }
            }
        }
        (full, minutes)
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

    /// What remains of a pattern's minutes after holiday and time off.
    fn remains(&self, who: Who, day: Date, pattern: u64) -> u64 {
        let (full, minutes) = self.time_off(who, day);
        let after_holiday = match self.holiday(who, day) {
            0 => pattern,
            1 => pattern / 2,
            _ => 0,
        };
        if full {
            0
        } else {
            after_holiday.saturating_sub(minutes)
        }
    }

    pub fn capacity(&self, who: Who, day: Date) -> u64 {
        if !self.employed(who, day) {
            return 0;
        }
        self.remains(who, day, pattern_minutes(self.in_force(who, day), day))
    }

    /// What load per week and per day follows; `None`: Monday to Friday in equal parts.
    fn followed(&self, who: Who, day: Date) -> Option<&'w Pattern> {
        let default_week = &self.world.settings.default_week;
        [self.in_force(who, day), default_week]
            .into_iter()
            .find(|p| !zero(p))
    }

    fn off(&self, who: Who, day: Date) -> bool {
        let wholly = self.holiday(who, day) == 2 || self.time_off(who, day).0;
        let pattern = self
            .followed(who, day)
            .map_or(0, |p| pattern_minutes(p, day));
        wholly || (pattern > 0 && self.remains(who, day, pattern) == 0)
    }

    /// The minutes of an assignment on a day.
    pub fn load(&self, id: AssignmentId, assignment: &Assignment, day: Date) -> u64 {
        if day < assignment.start || assignment.end.is_some_and(|end| day > end) {
            return 0;
        }
        let who = match assignment.owner {
            Owner::Person(p) => Who::Person(p),
            Owner::Placeholder(p) => Who::Placeholder(p),
        };
        let whole = match assignment.effort {
            Effort::Total { .. } => {
                return self.spreads[&id].get(&day.days()).copied().unwrap_or(0);
            }
            Effort::Share { share } => {
                return self.capacity(who, day) * u64::from(share) / 10_000;
            }
            Effort::PerWeek { minutes } => {
                let week = self
                    .followed(who, day)
                    .map_or([1, 1, 1, 1, 1, 0, 0], |p| pattern_week(p, day));
                if week.iter().sum::<u16>() == 0 {
                    return 0;
                }
                largest_remainder(u64::from(minutes), &week.map(u64::from))[weekday(day)]
            }
            Effort::PerDay {
                minutes,
                weekdays,
                include_non_working,
            } => {
                let works = match self.followed(who, day) {
                    Some(p) => pattern_minutes(p, day) > 0,
                    None => weekday(day) < 5,
                };
                let masked = weekdays.is_some_and(|mask| !mask.contains(weekday(day)));
                if masked || !(works || include_non_working) {
                    return 0;
                }
                u64::from(minutes)
            }
        };
        if self.off(who, day) {
            0
        } else if self.holiday(who, day) == 1 {
            whole / 2
        } else {
            whole
        }
    }

    /// A total effort over its window.
    fn spread(&self, assignment: &Assignment, minutes: u64) -> BTreeMap<i32, u64> {
        let who = match assignment.owner {
            Owner::Person(p) => Who::Person(p),
            Owner::Placeholder(p) => Who::Placeholder(p),
        };
        let window = Period::new(assignment.start, assignment.end.unwrap()).unwrap();
        let default_week = &self.world.settings.default_week;
        let days: Vec<Date> = days_of(window).collect();
        let known = |day: Date| !zero(self.in_force(who, day));
        let by_capacity = |day: &Date| {
            if known(*day) {
                self.capacity(who, *day)
            } else if self.employed(who, *day) {
                self.remains(who, *day, pattern_minutes(default_week, *day))
            } else {
                0
            }
        };
        let by_pattern = |day: &Date| {
            let pattern = if known(*day) {
                self.in_force(who, *day)
            } else {
                default_week
            };
            pattern_minutes(pattern, *day)
        };
        let chain: [Vec<u64>; 5] = [
            days.iter().map(by_capacity).collect(),
            days.iter().map(by_pattern).collect(),
            days.iter()
                .map(|d| pattern_minutes(default_week, *d))
                .collect(),
            days.iter().map(|d| u64::from(weekday(*d) < 5)).collect(),
            days.iter().map(|_| 1).collect(),
        ];
        let weights = chain.iter().find(|w| w.iter().sum::<u64>() > 0).unwrap();
        let shares = largest_remainder(minutes, weights);
        days.iter().map(|d| d.days()).zip(shares).collect()
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
            let (load, billed) = if tentative {
                (&mut figures.tentative, &mut figures.billable_tentative)
            } else {
                (&mut figures.booked, &mut figures.billable)
            };
            *load += minutes;
            *billed += if billable { minutes } else { 0 };
        }
        figures
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
        let mut sums = (0, 0);
        for (id, a) in &self.world.assignments {
            let counts = match owner {
                Some(owner) => a.owner == owner,
                None => a.owner.person().is_some(),
            };
            if counts && a.project_id == project {
                let minutes: u64 = days_of(period).map(|d| self.load(*id, a, d)).sum();
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

    /// Every smallest infeasible window: found by trying all intervals.
    pub fn infeasible(&self, person: PersonId, with_tentative: bool) -> Vec<(Date, Date, u64)> {
        let mine: Vec<&(AssignmentId, Assignment)> = self
            .world
            .assignments
            .iter()
            .filter(|(_, a)| a.owner == Owner::Person(person))
            .filter(|(_, a)| with_tentative || !self.tentative(a))
            .collect();
        let totals: Vec<(i32, i32, u64)> = mine
            .iter()
            .filter_map(|(_, a)| match a.effort {
                Effort::Total { minutes } => {
                    Some((a.start.days(), a.end?.days(), u64::from(minutes)))
                }
                _ => None,
            })
            .collect();
        let Some(first) = totals.iter().map(|t| t.0).min() else {
            return Vec::new();
        };
        let last = totals.iter().map(|t| t.1).max().unwrap();
        let room: Vec<u64> = (first..=last)
            .map(|n| {
                let day = Date::from_days(n).unwrap();
                let other: u64 = mine
                    .iter()
                    .filter(|(_, a)| !matches!(a.effort, Effort::Total { .. }))
                    .map(|(id, a)| self.load(*id, a, day))
                    .sum();
                self.capacity(Who::Person(person), day)
                    .saturating_sub(other)
            })
            .collect();
        let mut found: Vec<(i32, i32, u64)> = Vec::new();
        for from in first..=last {
            let mut free = 0;
            for to in from..=last {
                free += room[usize::try_from(to - first).unwrap()];
                let inside = totals.iter().filter(|t| from <= t.0 && t.1 <= to);
                let work: u64 = inside.map(|t| t.2).sum();
                if work > free {
                    found.push((from, to, work - free));
                    break;
                }
            }
        }
        let holds_another = |w: &(i32, i32, u64)| {
            let mut others = found.iter();
            others.any(|o| (o.0, o.1) != (w.0, w.1) && w.0 <= o.0 && o.1 <= w.1)
        };
        let smallest = found.iter().filter(|w| !holds_another(w));
        let date = |n| Date::from_days(n).unwrap();
        smallest.map(|w| (date(w.0), date(w.1), w.2)).collect()
    }
}
