//! People: names, careers, hours, pay, skills and time off.

use std::collections::HashSet;

use raally_domain::date::Date;
use raally_domain::employment::{Employment, Span};
use raally_domain::event::Recorded;
use raally_domain::ids::{PersonId, PlacementId};
use raally_domain::kinds::{
    Availability, Compensation, JobTitle, Pay, PayType, Person, PersonSkill, Placement, Portion,
    SkillLevel, TimeOff, TimeOffKind, TimeOffStatus,
};
use raally_domain::money::{Currency, Money};
use raally_domain::pattern::{Pattern, WeekMinutes};

use crate::company::{Company, Staff, created};
use crate::names::{CULTURES, DISCIPLINES, LANGUAGES};

const FULL: WeekMinutes = [480, 480, 480, 480, 480, 0, 0];

impl Company<'_> {
    pub(crate) fn hire(&mut self) {
        let mut names = HashSet::new();
        for n in 0..self.size.people as usize {
            let team = n % self.teams.len();
            let name = self.new_name(team, &mut names);
            let staff = self.person(n, team, name);
            self.career(&staff);
            self.hours(&staff);
            self.pay(&staff);
            self.time_off(&staff);
            self.staff.push(staff);
        }
    }

    /// A name that nobody has yet; where chance finds none, with a number.
    fn new_name(&self, team: usize, taken: &mut HashSet<String>) -> String {
        let large = self.size.people > 1_000;
        let mut name = self.name(team, large);
        for _ in 0..40 {
            if taken.insert(name.clone()) {
                return name;
            }
            name = self.name(team, large);
        }
        name = format!("{name} {}", taken.len());
        taken.insert(name.clone());
        name
    }

    /// A name as it is usual about the office, or from anywhere; in a large company with a
    /// second family name, so that nobody is confused with somebody else.
    fn name(&self, team: usize, large: bool) -> String {
        // The first cultures are those of the offices, in their order.
        let home = self.teams[team].office;
        let culture = match self.chance.percent(55) {
            true => &CULTURES[home],
            false => self.chance.pick(&CULTURES),
        };
        let (first, family) = (
            self.chance.pick(&culture.first),
            self.chance.pick(&culture.family),
        );
        let family = match large {
            true => format!("{family} {}", self.chance.pick(&culture.family)),
            false => (*family).to_owned(),
        };
        match culture.family_first {
            true => format!("{family} {first}"),
            false => format!("{first} {family}"),
        }
    }

    fn person(&mut self, n: usize, team: usize, name: String) -> Staff {
        let chance = self.chance;
        let id: PersonId = chance.id();
        let lead = self.teams[team].lead;
        let level = match lead {
            None => 3,
            Some(_) => *chance.pick(&[0, 0, 1, 1, 1, 1, 2, 2, 2]),
        };
        let years = i32::try_from(level).unwrap_or(0) + 1;
        let hired = match chance.below(100) {
            // Starts in the next weeks.
            0..3 if lead.is_some() => self.today.plus(chance.between(7, 70)),
            _ => self.today.plus(-chance.between(60, 700 * years)),
        };
        let leaves = (lead.is_some() && chance.percent(4))
            .then(|| self.today.plus(chance.between(-40, 150)))
            .filter(|day| *day > hired);
        let office = self.teams[team].office;
        let mut person = Person {
            email: Some(chance.personal(address(&name, n))),
            full_name: chance.personal(name),
            user_id: None,
            employment: Employment::spans(vec![Span {
                from: Some(hired),
                to: leaves,
            }])
            .unwrap_or_default(),
            skills: self.skills_of(team, level),
            tags: self.tags(),
            notes: chance.percent(6).then(|| {
                let notes = [
                    "Prefers mornings for workshops",
                    "Wants to move into architecture",
                    "Does not travel in December",
                    "Mentors two juniors",
                ];
                chance.personal((*chance.pick(&notes)).to_owned())
            }),
            archived: false,
        };
        self.user_for(n, &mut person);
        let placement = Placement {
            team_id: Some(self.teams[team].id),
            // Leads report to the head of delivery, who came first.
            manager_id: lead.or_else(|| self.teams.first().and_then(|t| t.lead)),
            holiday_calendar_id: (office > 0).then(|| self.calendars[office]),
            ..Placement::nowhere(id, Date::MIN, 0)
        };
        self.changes.push(Recorded {
            change: created(id, person),
            implied: vec![created(PlacementId::from_the_beginning(id), placement)],
        });
        self.teams[team].lead.get_or_insert(id);
        Staff {
            id,
            team,
            discipline: self.teams[team].discipline,
            level,
            hired,
            leaves,
            hours: Hours::drawn(chance.below(100)),
        }
    }

    fn tags(&self) -> Vec<String> {
        let tags = [
            ("remote", 18),
            ("mentor", 10),
            ("on-call", 8),
            ("first aid", 4),
        ];
        let drawn = tags.into_iter().filter(|(_, p)| self.chance.percent(*p));
        drawn.map(|(tag, _)| tag.to_owned()).collect()
    }

    fn skills_of(&self, team: usize, level: usize) -> Vec<PersonSkill> {
        let discipline = &DISCIPLINES[self.teams[team].discipline];
        let known = |name: &str| {
            self.skills
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, id)| *id)
        };
        let of_trade = discipline.skills.iter().filter(|_| self.chance.percent(60));
        let languages = LANGUAGES.iter().filter(|_| self.chance.percent(40));
        let mut skills: Vec<PersonSkill> = of_trade
            .chain(languages)
            .filter_map(|name| {
                let drawn = i32::try_from(level).unwrap_or(0) + self.chance.between(1, 3);
                let level = SkillLevel::try_from(u8::try_from(drawn.clamp(1, 5)).ok()?).ok()?;
                Some(PersonSkill {
                    skill_id: known(name)?,
                    level,
                })
            })
            .collect();
        skills.sort();
        skills
    }

    /// From the first title, on the first day, to today's, step by step.
    fn career(&mut self, staff: &Staff) {
        let spent = self.today.days() - staff.hired.days();
        let ladder = &DISCIPLINES[staff.discipline].career;
        let risen = match spent {
            ..400 => 0,
            400..1100 => self.chance.below(2) as usize,
            _ => self.chance.below(3) as usize,
        };
        let first = staff.level.saturating_sub(risen);
        let steps = staff.level - first;
        for (step, title) in ladder[first..=staff.level].iter().enumerate() {
            let at = if step == 0 {
                staff.hired
            } else {
                let part = spent / i32::try_from(steps + 1).unwrap_or(1);
                let day = staff.hired.plus(part * i32::try_from(step).unwrap_or(1));
                // Promotions come into force on the first of a month.
                let (year, month, _) = day.ymd();
                Date::from_ymd(year, month, 1)
                    .unwrap_or(day)
                    .max(staff.hired.plus(1))
            };
            let record = JobTitle {
                person_id: staff.id,
                title: (*title).to_owned(),
                effective_date: at,
                created_seq: self.next_seq(),
            };
            self.create(self.chance.id(), record);
        }
    }

    fn hours(&mut self, staff: &Staff) {
        let from = staff.hired;
        match staff.hours {
            Hours::Full => self.weekly(staff, from, 2400),
            Hours::FourDays => {
                // Which day is free differs.
                let mut week = FULL;
                week[self.chance.below(5) as usize] = 0;
                self.cycle(staff, from, vec![week]);
            }
            Hours::NineDayFortnight => {
                // Every other Friday is free.
                let mut short = FULL;
                short[4] = 0;
                self.cycle(staff, from, vec![FULL, short]);
            }
            Hours::Mornings => {
                let mornings = vec![[360, 360, 360, 360, 360, 0, 0]];
                self.cycle(staff, from, mornings);
            }
            Hours::ReducedLately => {
                self.weekly(staff, from, 2400);
                let since = self.today.plus(-90);
                if since > from {
                    self.weekly(staff, since, 1920);
                }
            }
        }
    }

    fn weekly(&mut self, staff: &Staff, from: Date, minutes: u32) {
        let pattern = Pattern::weekly(from, minutes);
        self.availability(
            staff,
            from,
            pattern.unwrap_or_else(|_| Pattern::eight_hours()),
            Some(minutes),
        );
    }

    fn cycle(&mut self, staff: &Staff, from: Date, weeks: Vec<WeekMinutes>) {
        let pattern = Pattern::new(from, weeks);
        self.availability(
            staff,
            from,
            pattern.unwrap_or_else(|_| Pattern::eight_hours()),
            None,
        );
    }

    fn availability(&mut self, staff: &Staff, from: Date, pattern: Pattern, weekly: Option<u32>) {
        let record = Availability {
            person_id: staff.id,
            effective_date: from,
            pattern,
            weekly_minutes: weekly,
            created_seq: self.next_seq(),
        };
        self.create(self.chance.id(), record);
    }

    fn pay(&mut self, staff: &Staff) {
        let hourly = self.chance.percent(15);
        let level = i64::try_from(staff.level).unwrap_or(0);
        let drawn = i64::from(self.chance.between(0, 18));
        let amount = match hourly {
            true => (28 + level * 14) * 100 + drawn * 100,
            false => (38_000 + level * 19_000) * 100 + drawn * 50_000,
        };
        let raised = self.today.plus(-200);
        let mut dates = vec![(staff.hired, amount * 92 / 100)];
        if staff.hired < raised {
            dates.push((raised, amount));
        }
        for (effective_date, amount) in dates {
            let pay = Pay {
                pay_type: if hourly {
                    PayType::Hourly
                } else {
                    PayType::Salaried
                },
                amount: Some(Money {
                    amount,
                    currency: Currency::USD,
                }),
                paid_time_off_days: Some(if hourly { 0 } else { 25 }),
                other_benefits: self
                    .chance
                    .percent(30)
                    .then(|| "Public transport".to_owned()),
            };
            let record = Compensation {
                person_id: staff.id,
                effective_date,
                pay: self.chance.personal(pay),
                created_seq: self.next_seq(),
            };
            self.create(self.chance.id(), record);
        }
    }

    /// Holidays past and to come, a sick day, now and then a parental leave.
    fn time_off(&mut self, staff: &Staff) {
        let chance = self.chance;
        let monday = |day: Date| day.plus(-i32::try_from(day.weekday()).unwrap_or(0));
        let vacation = (TimeOffKind::Vacation, None);
        let mut drawn = vec![(
            monday(self.today.plus(-chance.between(60, 250))),
            11,
            vacation,
        )];
        if chance.percent(60) {
            let start = monday(self.today.plus(chance.between(10, 180)));
            drawn.push((start, *chance.pick(&[4, 4, 11]), vacation));
        }
        if chance.percent(35) {
            let day = self.today.plus(-chance.between(5, 200));
            let kind = (TimeOffKind::Sick, Some("Flu"));
            drawn.push((day, chance.between(0, 3), kind));
        }
        if chance.percent(2) {
            let start = monday(self.today.plus(chance.between(-60, 60)));
            drawn.push((start, 90, (TimeOffKind::Parental, None)));
        }
        for (from, more_days, (kind, reason)) in drawn {
            self.absence(
                staff,
                from,
                from.plus(more_days),
                Portion::Day,
                kind,
                reason,
            );
        }
        if chance.percent(20) {
            let day = self.today.plus(chance.between(1, 40));
            self.absence(
                staff,
                day,
                day,
                Portion::Minutes(240),
                TimeOffKind::Other,
                Some("Moving house"),
            );
        }
    }

    fn absence(
        &mut self,
        staff: &Staff,
        from: Date,
        to: Date,
        portion: Portion,
        kind: TimeOffKind,
        reason: Option<&str>,
    ) {
        let employed = from >= staff.hired && staff.leaves.is_none_or(|last| to <= last);
        if !employed {
            return;
        }
        let asked = from > self.today && self.chance.percent(30);
        let time_off = TimeOff {
            person_id: staff.id,
            from,
            to,
            portion,
            status: if asked {
                TimeOffStatus::Requested
            } else {
                TimeOffStatus::Approved
            },
            kind,
            reason: reason.map(|r| self.chance.personal(r.to_owned())),
        };
        self.create(self.chance.id(), time_off);
    }
}

/// How somebody works. Most work full time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hours {
    Full,
    FourDays,
    NineDayFortnight,
    Mornings,
    ReducedLately,
}

impl Hours {
    fn drawn(percent: u32) -> Hours {
        match percent {
            0..8 => Hours::FourDays,
            8..14 => Hours::NineDayFortnight,
            14..19 => Hours::Mornings,
            19..24 => Hours::ReducedLately,
            _ => Hours::Full,
        }
    }

    /// About how many minutes a week that is today.
    pub(crate) fn weekly_minutes(self) -> u32 {
        match self {
            Hours::Full => 2400,
            Hours::NineDayFortnight => 2160,
            Hours::FourDays | Hours::ReducedLately => 1920,
            Hours::Mornings => 1800,
        }
    }
}

/// An address without accents, unique by its number.
fn address(name: &str, n: usize) -> String {
    let plain: String = raally_domain::figures::fold(name)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '.' })
        .collect();
    format!("{plain}.{n}@brightwater.example")
}
