//! Random tenants, small and full of edges.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use raally_domain::date::{Date, Period};
use raally_domain::default_week::{DatedWeek, DefaultWeeks};
use raally_domain::effort::{Effort, Weekdays};
use raally_domain::employment::{Employment, Span};
use raally_domain::ids::{
    AssignmentId, AvailabilityId, HolidayCalendarId, JobTitleId, PersonId, PlaceholderId,
    PlacementId, ProjectId, TeamId, TimeOffId,
};
use raally_domain::kinds::{
    Assignment, AssignmentStatus, Availability, Holiday, HolidayCalendar, JobTitle, Owner,
    Placeholder, Placement, Portion, Project, ProjectStatus, Team, TimeOff, TimeOffKind,
    TimeOffStatus, WeekStart, Weekday,
};
use raally_domain::pattern::Pattern;

use super::{World, employed, holiday, id, person, project};

/// 2026-01-01 and the days after it that everything happens in.
const FIRST: i32 = 20_454;
const SPAN: i32 = 260;
const PEOPLE: usize = 4;
const PROJECTS: usize = 3;
const PLACEHOLDERS: usize = 2;
const CALENDARS: usize = 2;
const TITLES: [&str; 3] = ["Developer", "designer", "Écrivain"];
const NAMES: [&str; PEOPLE] = ["Zoë", "ana", "Ángela", "Bo"];

fn day() -> impl Strategy<Value = Date> + Clone {
    (0..SPAN).prop_map(|n| Date::from_days(FIRST + n).unwrap())
}

fn range(longest: i32) -> impl Strategy<Value = (Date, Date)> + Clone {
    (day(), 0..longest).prop_map(|(from, len)| (from, from.plus(len)))
}

pub fn period() -> impl Strategy<Value = Period> + Clone {
    range(150).prop_map(|(from, to)| Period::new(from, to).unwrap())
}

fn day_minutes() -> impl Strategy<Value = u16> + Clone {
    prop_oneof![4 => Just(0u16), 3 => Just(480), 2 => 1..600u16, 1 => Just(1440)]
}

fn one_week() -> impl Strategy<Value = [u16; 7]> {
    prop_oneof![
        3 => Just([480, 480, 480, 480, 480, 0, 0]),
        1 => Just([0; 7]),
        1 => Just([0, 0, 0, 0, 0, 300, 301]),
        3 => proptest::array::uniform7(day_minutes()),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let weeks = prop_oneof![
        4 => vec(one_week(), 1..=3),
        1 => vec(Just([0; 7]), 1..=2),
    ];
    (day(), weeks).prop_map(|(anchor, weeks)| Pattern::new(anchor, weeks).unwrap())
}

/// A working week from a day on.
pub fn dated_week() -> impl Strategy<Value = DatedWeek> {
    (day(), pattern()).prop_map(|(effective_date, pattern)| DatedWeek {
        effective_date,
        pattern,
    })
}

fn default_weeks() -> impl Strategy<Value = DefaultWeeks> {
    let first = prop_oneof![
        2 => pattern().prop_map(|pattern| DatedWeek { effective_date: Date::MIN, pattern }),
        1 => dated_week(),
    ];
    (first, vec(dated_week(), 0..=3)).prop_map(|(first, mut weeks)| {
        weeks.push(first);
        weeks.sort_by_key(|week| week.effective_date);
        weeks.dedup_by_key(|week| week.effective_date);
        DefaultWeeks::try_from(weeks).unwrap()
    })
}

/// Holidays, sometimes two of one date, and days that work as another weekday.
fn calendar() -> impl Strategy<Value = HolidayCalendar> {
    let weekday = (0..7usize).prop_map(|n| Weekday::ALL[n]);
    let off = vec((day(), any::<bool>()), 0..25);
    let worked = vec((day(), weekday), 0..12);
    (off, worked, any::<bool>()).prop_map(|(off, mut worked, both)| {
        worked.sort_by_key(|(day, _)| *day);
        worked.dedup_by_key(|(day, _)| *day);
        // A worked day may be a holiday as well.
        let both = off.iter().take(usize::from(both)).map(|(day, _)| *day);
        let both: Vec<Date> = both.collect();
        worked.retain(|(day, _)| !both.contains(day));
        worked.extend(both.into_iter().map(|day| (day, Weekday::Wednesday)));
        let off = off.into_iter().map(|(day, half)| holiday(day, half));
        let worked = worked.into_iter().map(|(day, weekday)| Holiday {
            works_as: Some(weekday),
            ..holiday(day, false)
        });
        let mut holidays: Vec<Holiday> = off.chain(worked).collect();
        holidays.sort_by_key(|h| h.date);
        HolidayCalendar {
            name: "Holidays".to_owned(),
            holidays,
        }
    })
}

fn effort() -> impl Strategy<Value = Effort> {
    let mask = option::of((1..128u8).prop_map(|bits| {
        let days = (0..7).filter(move |d| bits & (1 << d) != 0);
        Weekdays::of(days).unwrap()
    }));
    prop_oneof![
        (1..3000u32).prop_map(|minutes| Effort::PerWeek { minutes }),
        (1..700u32, mask, any::<bool>()).prop_map(|(minutes, weekdays, include_non_working)| {
            Effort::PerDay {
                minutes,
                weekdays,
                include_non_working,
            }
        }),
        (1..=10_000u32).prop_map(|share| Effort::Share { share }),
        prop_oneof![1..20_000u32, Just(100_000)].prop_map(|minutes| Effort::Total { minutes }),
    ]
}

fn owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        5 => (0..PEOPLE).prop_map(|n| Owner::Person(person_id(n))),
        1 => (0..PLACEHOLDERS).prop_map(|n| Owner::Placeholder(PlaceholderId(id(0xc0, n)))),
    ]
}

pub fn person_id(n: usize) -> PersonId {
    PersonId(id(0xa0, n))
}

pub fn project_id(n: usize) -> ProjectId {
    ProjectId(id(0xb0, n))
}

pub fn assignment() -> impl Strategy<Value = Assignment> {
    let rest = (any::<bool>(), option::of(any::<bool>()), any::<u8>());
    (owner(), 0..PROJECTS, range(90), effort(), rest).prop_map(
        |(owner, project, (start, end), effort, (tentative, billable, open))| Assignment {
            end: (matches!(effort, Effort::Total { .. }) || open > 60).then_some(end),
            effort,
            status: if tentative && open % 2 == 0 {
                AssignmentStatus::Tentative
            } else {
                AssignmentStatus::Confirmed
            },
            billable,
            ..Assignment::new(owner, project_id(project), start, effort)
        },
    )
}

pub fn time_off() -> impl Strategy<Value = TimeOff> {
    let minutes = prop_oneof![1..500u16, Just(240), Just(480)];
    let portion = prop_oneof![
        3 => Just(Portion::Day),
        2 => Just(Portion::FirstHalf),
        2 => Just(Portion::SecondHalf),
        3 => minutes.prop_map(Portion::Minutes),
    ];
    (0..PEOPLE, range(12), portion, any::<u8>()).prop_map(|(n, (from, to), portion, status)| {
        TimeOff {
            person_id: person_id(n),
            from,
            to,
            portion,
            status: match status {
                0..40 => TimeOffStatus::Requested,
                40..70 => TimeOffStatus::Declined,
                _ => TimeOffStatus::Approved,
            },
            kind: TimeOffKind::Vacation,
            reason: None,
        }
    })
}

pub fn availability() -> impl Strategy<Value = Availability> {
    // Few distinct dates, so that several records often share one.
    let from = prop_oneof![Just(FIRST - 100), (0..20i32).prop_map(|n| FIRST + n * 13)];
    (0..PEOPLE, from, pattern(), 0..1000u64).prop_map(|(n, from, pattern, created_seq)| {
        Availability {
            person_id: person_id(n),
            effective_date: Date::from_days(from).unwrap(),
            pattern,
            weekly_minutes: None,
            created_seq,
        }
    })
}

pub fn title() -> impl Strategy<Value = JobTitle> {
    let from = (0..20i32).prop_map(|n| Date::from_days(FIRST - 40 + n * 13).unwrap());
    (0..PEOPLE, from, 0..TITLES.len(), 0..1000u64).prop_map(|(n, effective_date, title, seq)| {
        JobTitle {
            person_id: person_id(n),
            title: TITLES[title].to_owned(),
            effective_date,
            created_seq: seq,
        }
    })
}

pub fn employment() -> impl Strategy<Value = Employment> {
    prop_oneof![
        3 => Just(Employment::ALWAYS),
        2 => range(150).prop_map(|(from, to)| employed(Some(from), Some(to))),
        1 => day().prop_map(|to| employed(None, Some(to))),
        2 => (range(60), 2..30i32, option::of(1..60i32)).prop_map(|((from, to), gap, days)| {
            let back = to.plus(gap);
            let again = Span { from: Some(back), to: days.map(|days| back.plus(days)) };
            Employment::spans(vec![again, Span { from: Some(from), to: Some(to) }]).unwrap()
        }),
        1 => Just(Employment::spans(Vec::new()).unwrap()),
    ]
}

pub fn calendar_choice() -> impl Strategy<Value = Option<HolidayCalendarId>> {
    option::of((0..CALENDARS).prop_map(|n| HolidayCalendarId(id(0x90, n))))
}

fn people() -> impl Strategy<Value = Vec<(PersonId, raally_domain::kinds::Person)>> {
    vec((employment(), any::<u8>()), PEOPLE).prop_map(|people| {
        let all = people.into_iter().enumerate();
        all.map(|(n, (employment, archived))| {
            let mut person = person(NAMES[n]);
            person.employment = employment;
            person.archived = archived < 30;
            (person_id(n), person)
        })
        .collect()
    })
}

/// A placement, from the beginning or from some day on.
pub fn placement() -> impl Strategy<Value = Placement> {
    let from = prop_oneof![Just(Date::MIN), day()];
    (0..PEOPLE, from, calendar_choice(), option::of(0..2usize)).prop_map(
        |(n, from, calendar, team)| Placement {
            team_id: team.map(|t| TeamId(id(0x70, t))),
            holiday_calendar_id: calendar,
            ..Placement::nowhere(person_id(n), from, 0)
        },
    )
}

fn projects() -> impl Strategy<Value = Vec<(ProjectId, Project)>> {
    vec((any::<u8>(), any::<bool>(), any::<u8>()), PROJECTS).prop_map(|projects| {
        let all = projects.into_iter().enumerate();
        all.map(|(n, (status, billable, archived))| {
            let mut project = project(["Apollo", "Éos", "borealis"][n]);
            project.billable = billable;
            project.archived = archived < 60;
            project.status = match status {
                0..60 => ProjectStatus::Tentative,
                60..100 => ProjectStatus::Completed,
                _ => ProjectStatus::Active,
            };
            (project_id(n), project)
        })
        .collect()
    })
}

/// Gives each value an id of its kind.
fn numbered<T, I>(kind: u128, of: impl Fn(uuid::Uuid) -> I, values: Vec<T>) -> Vec<(I, T)> {
    let all = values.into_iter().enumerate();
    all.map(|(n, value)| (of(id(kind, n)), value)).collect()
}

fn week_start() -> impl Strategy<Value = WeekStart> {
    prop_oneof![
        2 => Just(WeekStart::Monday),
        2 => Just(WeekStart::Sunday),
        1 => Just(WeekStart::Saturday),
    ]
}

pub fn world() -> impl Strategy<Value = World> {
    let tenant = (
        default_weeks(),
        calendar_choice(),
        prop_oneof![Just(0u32), Just(45)],
        week_start(),
    );
    let records = (
        vec(availability(), 0..8),
        vec(title(), 0..8),
        vec(placement(), 0..8),
    );
    let planned = (vec(time_off(), 0..10), vec(assignment(), 0..16));
    let wanted = vec(0..TITLES.len(), PLACEHOLDERS);
    let calendars = vec(calendar(), CALENDARS);
    (
        tenant,
        calendars,
        people(),
        projects(),
        wanted,
        records,
        planned,
    )
        .prop_map(
            |(
                tenant,
                calendars,
                people,
                projects,
                wanted,
                (works, titles, placements),
                (time_off, assignments),
            )| {
                let mut world = World::new();
                (
                    world.settings.default_week,
                    world.settings.holiday_calendar_id,
                    world.settings.tolerance_minutes,
                    world.settings.week_start,
                ) = tenant;
                world.calendars = numbered(0x90, HolidayCalendarId, calendars);
                world.teams = ["Web", "apps"]
                    .iter()
                    .enumerate()
                    .map(|(n, name)| {
                        let name = (*name).to_owned();
                        (TeamId(id(0x70, n)), Team { name })
                    })
                    .collect();
                world.people = people;
                world.projects = projects;
                let wanted = wanted.into_iter().map(|t| Placeholder {
                    title: TITLES[t].to_owned(),
                    team_id: None,
                    notes: None,
                });
                world.placeholders = numbered(0xc0, PlaceholderId, wanted.collect());
                world.availabilities = numbered(0xd0, AvailabilityId, distinct(works));
                world.titles = numbered(0xe0, JobTitleId, distinct_titles(titles));
                world.placements = numbered(0xa5, PlacementId, placements);
                for (n, (_, placement)) in world.placements.iter_mut().enumerate() {
                    placement.created_seq = n as u64;
                }
                world.time_off = numbered(0xf0, TimeOffId, time_off);
                world.assignments = numbered(0x80, AssignmentId, assignments);
                world
            },
        )
}

/// No two records have the same place in the log.
fn distinct(mut records: Vec<Availability>) -> Vec<Availability> {
    for (n, record) in records.iter_mut().enumerate() {
        record.created_seq = record.created_seq * 16 + n as u64;
    }
    records
}

fn distinct_titles(mut records: Vec<JobTitle>) -> Vec<JobTitle> {
    for (n, record) in records.iter_mut().enumerate() {
        record.created_seq = record.created_seq * 16 + n as u64;
    }
    records
}
