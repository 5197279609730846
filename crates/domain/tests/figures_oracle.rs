//! The fast calculus agrees with a naive one on random plans.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod figures_support;

use std::collections::{BTreeMap, BTreeSet};

use figures_support::oracle::{Day, Oracle};
use figures_support::{World, random};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use raally_domain::date::{Date, Period};
use raally_domain::figures::{
    Bucket, Dashboard, Filter, GroupBy, PersonFigures, RowChoice, ScheduleQuery, SortBy, Totals,
    dashboard, excess_days, fold, placeholder_schedule, project_schedule, ratio, schedule,
    schedule_index,
};
use raally_domain::kinds::{Owner, WeekStart};
use raally_domain::plan::Plan;

/// The same cases every time.
fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_123),
        ..Config::default()
    }
}

fn sum(days: &[(Date, Day)], part: Period) -> Totals {
    let mut totals = Totals::default();
    for (_, day) in days.iter().filter(|(d, _)| part.contains(*d)) {
        totals.capacity += day.capacity;
        totals.booked += day.booked;
        totals.tentative += day.tentative;
        totals.billable += day.billable;
        totals.billable_tentative += day.billable_tentative;
        totals.busy += day.busy(false);
        totals.busy_with_tentative += day.busy(true);
        totals.displaced += day.displaced;
        totals.displaced_tentative += day.displaced_tentative;
    }
    totals
}

/// The ISO weeks or months of a period, told apart day by day.
fn parts<K: PartialEq>(period: Period, key: impl Fn(Date) -> K) -> Vec<Period> {
    let mut parts: Vec<(K, Period)> = Vec::new();
    for day in period.iter() {
        match parts.last_mut() {
            Some((k, part)) if *k == key(day) => *part = Period::new(part.from(), day).unwrap(),
            _ => parts.push((key(day), Period::new(day, day).unwrap())),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// Weeks as they are shown: 1970-01-05 is a Monday.
fn weeks(world: &World, period: Period) -> Vec<Period> {
    parts(period, |d| (d.days() - first_week(world)).div_euclid(7))
}

/// The first day of a week early in 1970, before the tests' periods.
fn first_week(world: &World) -> i32 {
    match world.settings.week_start {
        WeekStart::Monday => 4,
        WeekStart::Sunday => 3,
        WeekStart::Saturday => 2,
    }
}

fn months(period: Period) -> Vec<Period> {
    parts(period, |d| (d.ymd().0, d.ymd().1))
}

fn check_people(world: &World, plan: &Plan, period: Period) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(world);
    let tolerance = u64::from(world.settings.tolerance_minutes);
    for entry in plan.people().values() {
        let expected = oracle.days(entry.id, period);
        let figures = PersonFigures::of(plan, entry, period);
        let mut excess = Vec::new();
        for (day, e) in &expected {
            let f = figures.day(*day);
            let found = (f.capacity, f.booked, f.tentative);
            let found = (found.0.into(), found.1.into(), found.2.into());
            prop_assert_eq!(
                found,
                (e.capacity, e.booked, e.tentative),
                "{} {:?}",
                day,
                e
            );
            let displaced = (f.displaced.into(), f.displaced_tentative.into());
            prop_assert_eq!(displaced, (e.displaced, e.displaced_tentative), "{}", day);
            let explained: u64 = figures.loads_on(*day).iter().map(|l| u64::from(l.1)).sum();
            prop_assert_eq!(explained, e.booked + e.tentative);
            for with in [false, true] {
                let tolerated = world.settings.tolerance_minutes;
                let over = e.overbooked(with, tolerance);
                prop_assert_eq!(f.overbooked(with, tolerated), over);
            }
            if e.overbooked(false, tolerance) {
                let allowed = if e.capacity == 0 {
                    0
                } else {
                    e.capacity + tolerance
                };
                excess.push((*day, u32::try_from(e.booked - allowed).unwrap()));
            }
        }
        prop_assert_eq!(excess_days(plan, entry, period), excess);
        for part in weeks(world, period)
            .into_iter()
            .chain(months(period))
            .chain([period])
        {
            prop_assert_eq!(figures.totals(part), sum(&expected, part));
        }
    }
    Ok(())
}

/// The expected role figures: people, totals, demand, shortage.
type Roles<'w> = BTreeMap<Option<&'w str>, (u32, Totals, u64, u64)>;

fn roles<'w>(
    oracle: &Oracle<'w>,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Roles<'w> {
    let world = oracle.world;
    let mut roles = Roles::new();
    let titles = world.placeholders.iter().map(|(_, p)| p.title.as_str());
    let wanted: Vec<&str> = titles.collect();
    for (n, (_, days)) in all.iter().enumerate() {
        let (id, _) = &world.people[n];
        for (day, figures) in days {
            let role = roles.entry(oracle.title(*id, *day)).or_default();
            role.1 += sum(&[(*day, *figures)], period);
        }
        if oracle.in_period(*id, period) {
            roles.entry(oracle.title_in(*id, period)).or_default().0 += 1;
        }
    }
    for title in wanted.iter().collect::<BTreeSet<_>>() {
        let role = roles.entry(Some(*title)).or_default();
        for day in period.iter() {
            let demand = oracle.demand(title, day, with);
            let holders = world.people.iter().zip(all);
            let idle: u64 = holders
                .filter(|((id, _), _)| oracle.title(*id, day) == Some(*title))
                .map(|(_, (_, days))| days.iter().find(|(d, _)| *d == day).unwrap().1.idle(with))
                .sum();
            role.2 += demand;
            role.3 += demand.saturating_sub(idle);
        }
    }
    roles.retain(|_, r| {
        r.0 > 0 || r.1.capacity + r.1.booked + r.1.tentative + r.1.displaced(with) + r.2 > 0
    });
    roles
}

fn check_dashboard(
    world: &World,
    plan: &Plan,
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(world);
    let found = dashboard(plan, period, with);
    let all: Vec<(usize, Vec<(Date, Day)>)> = (0..world.people.len())
        .map(|n| (n, oracle.days(world.people[n].0, period)))
        .collect();
    let mut totals = Totals::default();
    let mut states = [0u32; 4];
    for (n, days) in &all {
        let own = sum(days, period);
        totals += own;
        if !oracle.in_period(world.people[*n].0, period) {
            continue;
        }
        let idle: u64 = days.iter().map(|(_, d)| d.idle(with)).sum();
        let state = match (own.load(with), own.capacity, idle) {
            (0, 0, _) => 0,
            (0, _, _) => 1,
            (_, _, 0) => 3,
            _ => 2,
        };
        states[state] += 1;
    }
    let overtime: u64 = all
        .iter()
        .flat_map(|(_, days)| days.iter().map(|(_, d)| d.overtime(with)))
        .sum();
    prop_assert_eq!(found.capacity_minutes, totals.capacity);
    prop_assert_eq!(found.booked_minutes, totals.booked);
    prop_assert_eq!(found.tentative_minutes, totals.tentative);
    prop_assert_eq!(found.displaced_minutes, totals.displaced(with));
    prop_assert_eq!(found.overtime_minutes, overtime);
    prop_assert_eq!(found.busy_minutes + found.idle_minutes, totals.capacity);
    prop_assert_eq!(found.idle_minutes, totals.idle(with));
    let billable = totals.billable + if with { totals.billable_tentative } else { 0 };
    prop_assert_eq!(found.billable_minutes, billable);
    prop_assert_eq!(found.billable_utilization, ratio(billable, totals.capacity));
    prop_assert_eq!(found.utilization, ratio(totals.load(with), totals.capacity));
    let people = found.people;
    let counted = [
        people.no_capacity,
        people.fully_idle,
        people.partly_idle,
        people.fully_busy,
    ];
    prop_assert_eq!(counted, states);
    check_roles(&oracle, &found, &all, period, with)?;
    check_weeks(world, &found, &all, period, with)?;
    check_projects(&oracle, &found, period, with)?;
    check_displaced(&oracle, &found, period, with)?;
    check_lists(&oracle, &found, &all, period, with)
}

fn check_roles(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let expected = roles(oracle, all, period, with);
    prop_assert_eq!(found.by_role.len(), expected.len());
    prop_assert_eq!(
        found.demand_minutes,
        expected.values().map(|r| r.2).sum::<u64>()
    );
    for role in &found.by_role {
        let (people, totals, demand, shortage) = expected[&role.job_title.as_deref()];
        prop_assert_eq!(role.people, people);
        prop_assert_eq!(role.capacity_minutes, totals.capacity);
        prop_assert_eq!(role.booked_minutes, totals.booked);
        prop_assert_eq!(role.tentative_minutes, totals.tentative);
        prop_assert_eq!(role.displaced_minutes, totals.displaced(with));
        prop_assert_eq!(role.busy_minutes, totals.busy(with));
        prop_assert_eq!(role.idle_minutes, totals.idle(with));
        prop_assert_eq!(role.overtime_minutes, totals.overtime(with));
        prop_assert_eq!(
            (role.demand_minutes, role.shortage_minutes),
            (demand, shortage)
        );
    }
    Ok(())
}

fn check_weeks(
    world: &World,
    found: &Dashboard,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let expected: Vec<_> = weeks(world, period)
        .into_iter()
        .map(|week| {
            let mut totals = Totals::default();
            for (_, days) in all {
                totals += sum(days, week);
            }
            let from = week.from().days();
            let first = from - (from - first_week(world)).rem_euclid(7);
            let minutes = (totals.capacity, totals.booked, totals.tentative);
            (first, minutes, totals.displaced(with))
        })
        .collect();
    let found: Vec<_> = found
        .by_week
        .iter()
        .map(|w| {
            let minutes = (w.capacity_minutes, w.booked_minutes, w.tentative_minutes);
            (w.week_start.days(), minutes, w.displaced_minutes)
        })
        .collect();
    prop_assert_eq!(found, expected);
    Ok(())
}

fn check_projects(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let mut expected = BTreeMap::new();
    for (id, _) in &oracle.world.projects {
        let sums = oracle.on_project(None, *id, period);
        let (displaced, tentative) = oracle.displaced_on_project(None, *id, period);
        let displaced = displaced + if with { tentative } else { 0 };
        if (sums, displaced) != ((0, 0), 0) {
            expected.insert(*id, (sums, displaced));
        }
    }
    let order: Vec<_> = found
        .projects
        .iter()
        .map(|p| {
            (
                std::cmp::Reverse(p.booked_minutes),
                std::cmp::Reverse(p.tentative_minutes),
            )
        })
        .collect();
    prop_assert!(order.is_sorted());
    let found: BTreeMap<_, _> = found
        .projects
        .iter()
        .map(|p| {
            let minutes = (p.booked_minutes, p.tentative_minutes);
            (p.project_id, (minutes, p.displaced_minutes))
        })
        .collect();
    prop_assert_eq!(found, expected);
    Ok(())
}

/// The list of what time off took from whose work for which project.
fn check_displaced(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let mut expected = BTreeMap::new();
    for (person, _) in &oracle.world.people {
        let own = oracle.world.assignments.iter();
        for (id, a) in own.filter(|(_, a)| a.owner == Owner::Person(*person)) {
            let days = period.iter().filter(|_| with || !oracle.tentative(a));
            for (day, minutes) in days.map(|day| (day, oracle.displaced(*id, a, day))) {
                if minutes > 0 {
                    let key = (*person, a.project_id);
                    let known = expected.entry(key).or_insert((0, day, day));
                    *known = (known.0 + minutes, known.1.min(day), known.2.max(day));
                }
            }
        }
    }
    prop_assert!(
        found
            .displaced
            .is_sorted_by_key(|d| std::cmp::Reverse(d.minutes))
    );
    let listed = found.displaced.iter();
    let listed = listed.map(|d| ((d.person_id, d.project_id), (d.minutes, d.from, d.to)));
    prop_assert_eq!(listed.collect::<BTreeMap<_, _>>(), expected);
    Ok(())
}

fn check_lists(
    oracle: &Oracle<'_>,
    found: &Dashboard,
    all: &[(usize, Vec<(Date, Day)>)],
    period: Period,
    with: bool,
) -> Result<(), TestCaseError> {
    let world = oracle.world;
    let tolerance = u64::from(world.settings.tolerance_minutes);
    let mut overbooked = BTreeMap::new();
    let mut free = BTreeMap::new();
    let mut infeasible = Vec::new();
    for ((id, person), (_, days)) in world.people.iter().zip(all) {
        let over: Vec<&(Date, Day)> = days
            .iter()
            .filter(|(_, d)| d.overbooked(with, tolerance))
            .collect();
        if let Some((first, _)) = over.first() {
            let overtime: u64 = days.iter().map(|(_, d)| d.overtime(with)).sum();
            overbooked.insert(*id, (over.len(), *first, overtime));
        }
        let own = world.assignments.iter().map(|(_, a)| a);
        let ends: Vec<Option<Date>> = own
            .filter(|a| a.owner == Owner::Person(*id) && (with || !oracle.tentative(a)))
            .map(|a| a.end)
            .collect();
        if !ends.is_empty()
            && ends.iter().all(Option::is_some)
            && let Some(Some(last)) = ends.iter().max()
            && period.contains(*last)
            && person.employment.contains(last.plus(1))
        {
            free.insert(*id, last.plus(1));
        }
        for (from, to, missing) in oracle.infeasible(*id, with) {
            if from <= period.to() && period.from() <= to {
                infeasible.push((from, to, *id, missing));
            }
        }
    }
    infeasible.sort();
    prop_assert_eq!(found.overbooked_people, overbooked.len());
    let listed = found.overbooked.iter().map(|o| {
        let days = usize::try_from(o.days).unwrap();
        (o.person_id, (days, o.first_day, o.overtime_minutes))
    });
    prop_assert_eq!(listed.collect::<BTreeMap<_, _>>(), overbooked);
    let listed = found.becoming_free.iter().map(|f| (f.person_id, f.date));
    prop_assert_eq!(listed.collect::<BTreeMap<_, _>>(), free);
    let listed = found.infeasible.iter();
    let listed: Vec<_> = listed
        .map(|w| (w.from, w.to, w.person_id, w.missing_minutes))
        .collect();
    prop_assert_eq!(listed, infeasible);
    Ok(())
}

fn query(period: Period, bucket: Bucket, group: GroupBy, sort: SortBy) -> ScheduleQuery {
    ScheduleQuery {
        period,
        bucket,
        filter: Filter::default(),
        group,
        sort,
        rows: RowChoice::Page {
            offset: 0,
            limit: 200,
        },
    }
}

fn check_schedule(world: &World, plan: &Plan, period: Period) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(world);
    let tolerance = u64::from(world.settings.tolerance_minutes);
    for bucket in [Bucket::Day, Bucket::Week, Bucket::Month] {
        let parts = match bucket {
            Bucket::Day => parts(period, |d| d),
            Bucket::Week => weeks(world, period),
            Bucket::Month => months(period),
        };
        let asked = query(period, bucket, GroupBy::None, SortBy::Name);
        let found = schedule(plan, &asked).unwrap();
        let spans: Vec<_> = found.buckets.iter().map(|b| (b.from, b.to)).collect();
        let expected: Vec<_> = parts.iter().map(|p| (p.from(), p.to())).collect();
        prop_assert_eq!(spans, expected);
        prop_assert_eq!(found.rows.len(), found.total);
        let shown: BTreeSet<_> = found.rows.iter().map(|r| r.person_id).collect();
        let people = world.people.iter().map(|(id, _)| *id);
        let expected: BTreeSet<_> = people.filter(|id| oracle.in_period(*id, period)).collect();
        prop_assert_eq!(shown, expected);
        for row in &found.rows {
            let days = oracle.days(row.person_id, period);
            let whole = sum(&days, period);
            prop_assert_eq!(row.utilization, ratio(whole.booked, whole.capacity));
            let totals: Vec<_> = parts.iter().map(|part| sum(&days, *part)).collect();
            let each = |minutes: fn(&Totals) -> u64| totals.iter().map(minutes).collect::<Vec<_>>();
            prop_assert_eq!(&row.capacity_minutes, &each(|t| t.capacity));
            prop_assert_eq!(&row.booked_minutes, &each(|t| t.booked));
            prop_assert_eq!(&row.tentative_minutes, &each(|t| t.tentative));
            prop_assert_eq!(&row.displaced_minutes, &each(|t| t.displaced));
            for bar in &row.assignments {
                let own = oracle
                    .world
                    .assignments
                    .iter()
                    .find(|(id, _)| *id == bar.id);
                let (id, a) = own.unwrap();
                let expected: u64 = period.iter().map(|d| oracle.displaced(*id, a, d)).sum();
                prop_assert_eq!(bar.displaced_minutes, expected);
            }
            let overbooked = parts.iter().map(|part| {
                let mut days = days.iter().filter(|(d, _)| part.contains(*d));
                days.any(|(_, d)| d.overbooked(false, tolerance))
            });
            prop_assert_eq!(&row.overbooked, &overbooked.collect::<Vec<_>>());
        }
        let asked = query(period, bucket, GroupBy::None, SortBy::Name);
        for row in &placeholder_schedule(plan, &asked).unwrap().rows {
            prop_assert_eq!(row.demand_minutes.len(), parts.len());
            for (n, part) in parts.iter().enumerate() {
                let owner = Owner::Placeholder(row.placeholder_id);
                let mut expected = (0, 0);
                for (id, _) in &world.projects {
                    let (booked, tentative) = oracle.on_project(Some(owner), *id, *part);
                    expected = (expected.0 + booked, expected.1 + tentative);
                }
                prop_assert_eq!((row.demand_minutes[n], row.tentative_minutes[n]), expected);
            }
        }
    }
    check_project_rows(&oracle, plan, period)
}

fn check_project_rows(
    oracle: &Oracle<'_>,
    plan: &Plan,
    period: Period,
) -> Result<(), TestCaseError> {
    let found = project_schedule(
        plan,
        &query(period, Bucket::Week, GroupBy::None, SortBy::Name),
    )
    .unwrap();
    for (id, project) in &oracle.world.projects {
        if found.rows.iter().all(|row| row.project_id != *id) {
            prop_assert!(project.archived);
            prop_assert_eq!(oracle.on_project(None, *id, period), (0, 0));
            prop_assert_eq!(oracle.displaced_on_project(None, *id, period), (0, 0));
        }
    }
    for row in &found.rows {
        for (n, week) in weeks(oracle.world, period).into_iter().enumerate() {
            let mut sums = (0, 0);
            let mut displaced_sum = 0;
            for person in &row.people {
                prop_assert!(oracle.in_period(person.person_id, period));
                let owner = Owner::Person(person.person_id);
                let expected = oracle.on_project(Some(owner), row.project_id, week);
                let found = (person.booked_minutes[n], person.tentative_minutes[n]);
                prop_assert_eq!(found, expected);
                let displaced = oracle
                    .displaced_on_project(Some(owner), row.project_id, week)
                    .0;
                prop_assert_eq!(person.displaced_minutes[n], displaced);
                displaced_sum += displaced;
                let days = oracle.days(person.person_id, week);
                let idle: u64 = days.iter().map(|(_, d)| d.idle(false)).sum();
                prop_assert_eq!(person.residual_minutes[n], idle);
                sums = (sums.0 + expected.0, sums.1 + expected.1);
            }
            prop_assert_eq!((row.booked_minutes[n], row.tentative_minutes[n]), sums);
            prop_assert_eq!(sums, oracle.on_project(None, row.project_id, week));
            prop_assert_eq!(row.displaced_minutes[n], displaced_sum);
            let placeholders = oracle.world.placeholders.iter();
            let demand: u64 = placeholders
                .map(|(id, _)| {
                    let owner = Some(Owner::Placeholder(*id));
                    oracle.on_project(owner, row.project_id, week).0
                })
                .sum();
            prop_assert_eq!(row.demand_minutes[n], demand);
        }
    }
    Ok(())
}

/// The order of rows, said another way: sort by what comes last first, stably.
fn check_order(world: &World, plan: &Plan, period: Period) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(world);
    let team_name = |id| {
        let mut teams = world.teams.iter();
        teams.find(|(t, _)| *t == id).map(|(_, t)| fold(&t.name))
    };
    for group in [GroupBy::None, GroupBy::Team, GroupBy::Role] {
        for sort in [SortBy::Name, SortBy::Utilization, SortBy::Role] {
            let people = world.people.iter();
            let mut people: Vec<_> = people
                .filter(|(id, _)| oracle.in_period(*id, period))
                .collect();
            let title = |id| oracle.title(id, period.to()).map(fold);
            people.sort_by_key(|(id, _)| *id);
            people.sort_by_key(|(_, p)| fold(p.name()));
            match sort {
                SortBy::Name => {}
                SortBy::Role => people.sort_by_key(|(id, _)| (title(*id).is_none(), title(*id))),
                SortBy::Utilization => people.sort_by(|(a, _), (b, _)| {
                    let used = |id| {
                        let totals = sum(&oracle.days(id, period), period);
                        ratio(totals.booked, totals.capacity).unwrap_or(-1.0)
                    };
                    used(*b).total_cmp(&used(*a))
                }),
            }
            match group {
                GroupBy::None => {}
                GroupBy::Role => people.sort_by_key(|(id, _)| (title(*id).is_none(), title(*id))),
                GroupBy::Team => {
                    people.sort_by_key(|(id, _)| {
                        let placement = oracle.placement(*id, period.to());
                        let name = placement.and_then(|p| p.team_id).and_then(team_name);
                        (name.is_none(), name)
                    });
                }
            }
            let index = schedule_index(plan, &Filter::default(), group, sort, period);
            let expected: Vec<_> = people.iter().map(|(id, _)| *id).collect();
            prop_assert_eq!(&index.rows.ids, &expected);
            let grouped: usize = index.groups.iter().map(|g| g.count).sum();
            prop_assert_eq!(
                grouped,
                if group == GroupBy::None {
                    0
                } else {
                    expected.len()
                }
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(160))]

    #[test]
    fn people_day_by_day_and_in_sums(world in random::world(), period in random::period()) {
        check_people(&world, &world.plan(), period)?;
    }

    #[test]
    fn dashboards(world in random::world(), period in random::period(), with in any::<bool>()) {
        check_dashboard(&world, &world.plan(), period, with)?;
    }

    #[test]
    fn schedules(world in random::world(), period in random::period()) {
        let plan = world.plan();
        check_schedule(&world, &plan, period)?;
        check_order(&world, &plan, period)?;
    }

    #[test]
    fn default_weeks_and_holidays_that_change_while_figures_are_remembered(
        mut world in random::world(),
        other in random::world(),
        period in random::period(),
    ) {
        let mut plan = world.plan();
        check_people(&world, &plan, period)?;
        world.settings = other.settings;
        plan.apply_provisional(&figures_support::put(
            raally_domain::ids::TheSettings,
            &world.settings,
        )).unwrap();
        check_people(&world, &plan, period)?;
        world.calendars = other.calendars;
        for (id, calendar) in &world.calendars {
            plan.apply_provisional(&figures_support::put(*id, calendar)).unwrap();
        }
        check_people(&world, &plan, period)?;
        check_dashboard(&world, &plan, period, false)?;
    }
}
