//! How long the figures of a large tenant take, and how much they weigh:
//! `cargo run --release -p raally-domain --example figures_bench [people] [assignments]`.
//!
//! Prints the time of a 13-week dashboard with nothing remembered, with everything remembered,
//! and after one person changed; of schedules and their order; and what a year of remembered
//! figures takes.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring tool reads the clock and may panic"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use raally_domain::date::{Date, Period};
use raally_domain::effort::{Effort, Weekdays};
use raally_domain::employment::Employment;
use raally_domain::event::{Change, Diff};
use raally_domain::figures::{
    Bucket, Filter, GroupBy, PersonFigures, RowChoice, ScheduleQuery, SortBy, dashboard,
    remembered_bytes, schedule, schedule_index,
};
use raally_domain::ids::{
    AssignmentId, AvailabilityId, HolidayCalendarId, JobTitleId, PersonId, PersonalRef, ProjectId,
    TenantId, TheSettings, TimeOffId,
};
use raally_domain::kinds::{
    Assignment, AssignmentStatus, Availability, Entity, Holiday, HolidayCalendar, JobTitle, Owner,
    Person, Portion, Project, ProjectColour, ProjectStatus, Settings, TimeOff, TimeOffKind,
    TimeOffStatus,
};
use raally_domain::pattern::Pattern;
use raally_domain::personal::Personal;
use raally_domain::plan::Plan;
use uuid::Uuid;

/// A small generator of numbers, the same ones every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn small(&mut self, n: u32) -> u32 {
        u32::try_from(self.below(n.into())).unwrap()
    }

    fn uuid(&mut self) -> Uuid {
        let high = 0x0190_0000_0000_7000_u64 << 4 >> 4;
        Uuid::from_u64_pair(high | self.below(1 << 12), self.below(u64::MAX) | 1 << 63)
    }
}

const TITLES: [&str; 12] = [
    "Developer",
    "Designer",
    "Analyst",
    "Tester",
    "Architect",
    "Manager",
    "Writer",
    "Consultant",
    "Engineer",
    "Researcher",
    "Support",
    "Operator",
];
const FIRST: [&str; 8] = ["Ana", "João", "Mia", "Łucja", "Noah", "Zoë", "Omar", "Ines"];
const LAST: [&str; 8] = [
    "Souza", "Silva", "Novák", "Müller", "Smith", "Kim", "Ode", "Ruiz",
];

fn put<E: Entity>(plan: &mut Plan, id: E::Id, value: E)
where
    Change: From<Diff<E>>,
{
    let after = Some(value);
    let diff = Diff {
        id,
        before: None,
        after,
    };
    plan.apply_provisional(&Change::from(diff)).unwrap();
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn tenant(people: u32, assignments: u32) -> (Plan, Vec<PersonId>) {
    let mut dice = Dice(1);
    let mut plan = Plan::empty(TenantId(Uuid::from_u128(1)), 1);
    let calendar = HolidayCalendarId(dice.uuid());
    let holidays = ["2026-01-01", "2026-04-03", "2026-05-01", "2026-12-25"];
    let holidays = holidays.map(|d| Holiday {
        date: day(d),
        name: "Holiday".to_owned(),
        half: false,
        works_as: None,
    });
    put(
        &mut plan,
        calendar,
        HolidayCalendar {
            name: "Country".to_owned(),
            holidays: holidays.into(),
        },
    );
    let mut settings = Settings::new("Large".to_owned(), "large".to_owned());
    settings.holiday_calendar_id = Some(calendar);
    put(&mut plan, TheSettings, settings);
    let projects: Vec<ProjectId> = (0..2000)
        .map(|n| project(&mut plan, &mut dice, n))
        .collect();
    let ids: Vec<PersonId> = (0..people)
        .map(|n| person(&mut plan, &mut dice, n))
        .collect();
    for n in 0..assignments {
        let owner = ids[(n % people) as usize];
        let project = projects[dice.below(2000) as usize];
        let assignment = assignment(&mut dice, owner, project);
        put(&mut plan, AssignmentId(dice.uuid()), assignment);
    }
    (plan, ids)
}

fn project(plan: &mut Plan, dice: &mut Dice, n: usize) -> ProjectId {
    let id = ProjectId(dice.uuid());
    let project = Project {
        code: Some(format!("P{n}")),
        status: if n.is_multiple_of(10) {
            ProjectStatus::Tentative
        } else {
            ProjectStatus::Active
        },
        billable: !n.is_multiple_of(5),
        ..Project::new(format!("Project {n}"), ProjectColour::nth(n))
    };
    put(plan, id, project);
    id
}

fn person(plan: &mut Plan, dice: &mut Dice, n: u32) -> PersonId {
    let id = PersonId(dice.uuid());
    let first = FIRST[dice.below(8) as usize];
    let name = format!("{first} {} {n}", LAST[dice.below(8) as usize]);
    let person = Person {
        full_name: Personal::new(name, PersonalRef(dice.uuid()), [1; 16]),
        email: None,
        user_id: None,
        employment: Employment::ALWAYS,
        skills: Vec::new(),
        tags: Vec::new(),
        notes: None,
        archived: false,
    };
    put(plan, id, person);
    for (n, from) in ["2024-01-01", "2026-02-10"].iter().enumerate() {
        if n == 0 || dice.below(10) == 0 {
            let title = JobTitle {
                person_id: id,
                title: TITLES[dice.below(12) as usize].to_owned(),
                effective_date: day(from),
                created_seq: n as u64,
            };
            put(plan, JobTitleId(dice.uuid()), title);
            let minutes = if dice.below(4) == 0 { 1800 } else { 2400 };
            let availability = Availability {
                person_id: id,
                effective_date: day(from),
                pattern: Pattern::weekly(day(from), minutes).unwrap(),
                weekly_minutes: Some(minutes),
                created_seq: n as u64,
            };
            put(plan, AvailabilityId(dice.uuid()), availability);
        }
    }
    for _ in 0..2 {
        let from = day("2026-01-01").plus(i32::try_from(dice.below(360)).unwrap());
        let off = TimeOff {
            person_id: id,
            from,
            to: from.plus(i32::try_from(dice.below(14)).unwrap()),
            portion: Portion::Day,
            status: TimeOffStatus::Approved,
            kind: TimeOffKind::Vacation,
            reason: None,
        };
        put(plan, TimeOffId(dice.uuid()), off);
    }
    id
}

/// One of ten in two years: a person has about two and a half at a time.
fn assignment(dice: &mut Dice, person: PersonId, project_id: ProjectId) -> Assignment {
    let start = day("2025-07-01").plus(i32::try_from(dice.below(730)).unwrap());
    let end = start.plus(30 + i32::try_from(dice.below(240)).unwrap());
    let effort = match dice.below(10) {
        0..5 => Effort::PerWeek {
            minutes: 240 + 60 * dice.small(16),
        },
        5..7 => Effort::PerDay {
            minutes: 60 + 30 * dice.small(6),
            weekdays: Weekdays::of([1, 3]),
            include_non_working: false,
        },
        7..9 => Effort::Share {
            share: 1000 + 500 * dice.small(8),
        },
        _ => Effort::Total {
            minutes: 2400 + 60 * dice.small(200),
        },
    };
    Assignment {
        end: Some(end),
        status: if dice.below(8) == 0 {
            AssignmentStatus::Tentative
        } else {
            AssignmentStatus::Confirmed
        },
        ..Assignment::new(Owner::Person(person), project_id, start, effort)
    }
}

/// Time this thread has spent on a processor, where the system tells (Linux, in steps of a
/// scheduler's tick); wall time elsewhere. Other work on the machine does not disturb it.
fn on_cpu(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat");
    let nanos = told.ok().and_then(|s| s.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

fn time<T>(label: &str, runs: u32, mut run: impl FnMut() -> T) {
    let mut best = Duration::MAX;
    let since = Instant::now();
    let before = on_cpu(since);
    for _ in 0..runs {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed());
    }
    let each = (on_cpu(since) - before) / runs;
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    println!(
        "{label:<52} {:>9.2} ms on CPU {:>9.2} ms best wall",
        ms(each),
        ms(best)
    );
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse().unwrap());
    let people = arguments.next().unwrap_or(10_000);
    let assignments = arguments.next().unwrap_or(100_000);
    let start = Instant::now();
    let (mut plan, ids) = tenant(people, assignments);
    println!(
        "{people} people, {assignments} assignments, built in {:.2} s, {} MiB resident",
        start.elapsed().as_secs_f64(),
        resident_kib() / 1024
    );
    let aligned = Period::new(day("2026-03-30"), day("2026-06-28")).unwrap();
    let straddling = Period::new(day("2026-05-06"), day("2026-08-04")).unwrap();
    let year = Period::new(day("2026-01-01"), day("2026-12-31")).unwrap();

    time("dashboard, 13 weeks, nothing remembered", 1, || {
        dashboard(&plan, aligned, false)
    });
    time("dashboard, 13 weeks, all remembered", 100, || {
        dashboard(&plan, aligned, false)
    });
    time("dashboard, 13 other weeks cut by days, cold", 1, || {
        dashboard(&plan, straddling, false)
    });
    time("dashboard, 13 other weeks cut by days, warm", 100, || {
        dashboard(&plan, straddling, false)
    });
    let mut n = 0;
    time("dashboard, 13 weeks, one person changed", 100, || {
        n += 1;
        let person = plan.people()[&ids[n]].person.as_ref().clone();
        put(&mut plan, ids[n], person);
        dashboard(&plan, aligned, false)
    });
    let years = Period::new(day("2024-02-07"), day("2029-02-02")).unwrap();
    time("dashboard, five years, cold", 1, || {
        dashboard(&plan, years, false)
    });
    time("dashboard, five years, all remembered", 1000, || {
        dashboard(&plan, years, false)
    });
    for with in [false, true] {
        let mut n = 200;
        let label = format!("dashboard, five years, a person changed, {with}");
        time(&label, 50, || {
            n += 1;
            let person = plan.people()[&ids[n]].person.as_ref().clone();
            put(&mut plan, ids[n], person);
            let shift = i32::try_from(n % 60).unwrap();
            let years = Period::new(years.from().plus(shift), years.to()).unwrap();
            dashboard(&plan, years, with)
        });
    }
    println!(
        "{:.1} MiB in columns and blocks",
        remembered_bytes(&plan) as f64 / 1_048_576.0
    );
    let filter = Filter::default();
    let index = |sort| schedule_index(&plan, &filter, GroupBy::None, sort, aligned);
    time("order of rows by name, nothing folded", 1, || {
        index(SortBy::Name)
    });
    time("order of rows by name", 50, || index(SortBy::Name));
    time("order of rows by utilization", 50, || {
        index(SortBy::Utilization)
    });
    for (label, bucket) in [("days", Bucket::Day), ("weeks", Bucket::Week)] {
        let query = ScheduleQuery {
            period: aligned,
            bucket,
            filter: Filter::default(),
            group: GroupBy::None,
            sort: SortBy::Name,
            rows: RowChoice::Page {
                offset: 5000,
                limit: 50,
            },
        };
        let label = format!("schedule, 50 rows of 13 weeks by {label}");
        time(&label, 50, || schedule(&plan, &query));
        let bytes = |value: serde_json::Result<String>| value.unwrap().len() as f64 / 1000.0;
        let answer = schedule(&plan, &query).expect("within the bound");
        println!(
            "  as JSON {:.0} kB, its bars {:.0} kB, its holidays {:.0} kB",
            bytes(serde_json::to_string(&answer)),
            answer
                .rows
                .iter()
                .map(|r| bytes(serde_json::to_string(&r.assignments)))
                .sum::<f64>(),
            answer
                .rows
                .iter()
                .map(|r| bytes(serde_json::to_string(&r.holidays)))
                .sum::<f64>(),
        );
    }
    let fresh = {
        let (plan, _) = tenant(people, assignments);
        plan
    };
    let before = resident_kib();
    time("a year of everybody's days, nothing remembered", 1, || {
        for entry in fresh.people().values() {
            black_box(PersonFigures::of(&fresh, entry, year));
        }
    });
    time("dashboard, a year, all remembered", 5, || {
        dashboard(&fresh, year, false)
    });
    println!(
        "a year remembered: {:.1} MiB in blocks, {:.1} MiB resident",
        remembered_bytes(&fresh) as f64 / 1_048_576.0,
        (resident_kib() - before) as f64 / 1024.0
    );
}
