//! Who is in a period, on every screen alike, and into which weeks it is cut, by examples worked
//! out by hand.

use crate::figures_support::{
    World, date, employed, per_day, per_week, period, put, share_of_day, week,
};
use raally_domain::employment::{Employment, Span};
use raally_domain::figures::{
    Bucket, Dashboard, Filter, GroupBy, PersonFigures, RowChoice, ScheduleQuery, SortBy, dashboard,
    project_schedule, schedule, schedule_index,
};
use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{AssignmentStatus, WeekStart};
use raally_domain::plan::Plan;

/// 2026-11-23 is a Monday.
const MONDAY: &str = "2026-11-23";
const SUNDAY: &str = "2026-11-29";

/// A tenant with somebody who is always there, one project and Ben.
fn ben() -> (World, PersonId, ProjectId) {
    let mut world = World::new();
    world.person("Ana");
    let ben = world.person("Ben");
    let apollo = world.project("Apollo");
    (world, ben, apollo)
}

fn query(filter: Filter) -> ScheduleQuery {
    ScheduleQuery {
        period: period(MONDAY, SUNDAY),
        bucket: Bucket::Week,
        filter,
        group: GroupBy::None,
        sort: SortBy::Name,
        rows: RowChoice::Page {
            offset: 0,
            limit: 10,
        },
    }
}

fn week_of(plan: &Plan) -> Dashboard {
    dashboard(plan, period(MONDAY, SUNDAY), false)
}

/// Whether the person is in the week, which all who tell have to agree on.
fn is_in(world: &World, person: PersonId) -> bool {
    let plan = world.plan();
    let week = period(MONDAY, SUNDAY);
    let index = schedule_index(&plan, &Filter::default(), GroupBy::None, SortBy::Name, week);
    let rows = schedule(&plan, &query(Filter::default())).unwrap().rows;
    let shown: Vec<_> = rows.iter().map(|r| r.person_id).collect();
    assert_eq!(index.rows.ids, shown);
    let found = week_of(&plan);
    let states = found.people;
    let counted = states.fully_idle + states.partly_idle + states.fully_busy + states.no_capacity;
    assert_eq!(usize::try_from(counted).unwrap(), shown.len());
    let by_role: u32 = found.by_role.iter().map(|r| r.people).sum();
    assert_eq!(by_role, counted);
    shown.contains(&person)
}

#[test]
fn who_left_long_ago_is_not_in_a_later_period() {
    let (mut world, ben, _) = ben();
    assert!(is_in(&world, ben));
    world.person_mut(ben).employment = employed(None, Some(date("2016-01-15")));
    assert!(!is_in(&world, ben));
    assert_eq!(week_of(&world.plan()).people.no_capacity, 0);
    world.person_mut(ben).employment = employed(None, Some(date(MONDAY)));
    assert!(is_in(&world, ben));
    world.person_mut(ben).employment = employed(Some(date(SUNDAY)), None);
    assert!(is_in(&world, ben));
    world.person_mut(ben).employment = employed(Some(date("2026-11-30")), None);
    assert!(!is_in(&world, ben));
    world.person_mut(ben).employment = Employment::spans(Vec::new()).unwrap();
    assert!(!is_in(&world, ben));
}

#[test]
fn who_is_between_two_employments_is_not_there() {
    let (mut world, ben, _) = ben();
    let span = |from: Option<&str>, to: Option<&str>| Span {
        from: from.map(date),
        to: to.map(date),
    };
    let spans = vec![
        span(None, Some("2026-11-22")),
        span(Some("2026-11-30"), None),
    ];
    world.person_mut(ben).employment = Employment::spans(spans).unwrap();
    assert!(!is_in(&world, ben));
}

#[test]
fn load_and_displaced_work_bring_somebody_in() {
    let (mut world, ben, apollo) = ben();
    world.person_mut(ben).employment = employed(None, Some(date("2016-01-15")));
    world.books(ben, apollo, (MONDAY, MONDAY), per_day(60));
    assert!(is_in(&world, ben));
    world.last_assignment().status = AssignmentStatus::Tentative;
    assert!(is_in(&world, ben));
    // A booking that loads nothing does not.
    world.last_assignment().effort = share_of_day(5000);
    assert!(!is_in(&world, ben));
    // All of it displaced does.
    world.last_assignment().effort = per_day(60);
    world.away(ben, MONDAY, MONDAY, None);
    assert!(is_in(&world, ben));
    world.holidays(&[MONDAY], &[]);
    assert!(!is_in(&world, ben));
}

#[test]
fn roles_count_people_by_the_title_of_their_last_employed_day() {
    let (mut world, ben, apollo) = ben();
    world.title(ben, "2020-01-01", "Developer");
    world.title(ben, "2026-11-25", "Lead");
    let people = |world: &World| {
        let found = week_of(&world.plan());
        let roles = found.by_role.iter().filter(|r| r.people > 0);
        let roles = roles.map(|r| (r.job_title.clone(), r.people));
        roles.collect::<Vec<_>>()
    };
    let of = |title: &str| vec![(Some(title.to_owned()), 1), (None, 1)];
    assert_eq!(people(&world), of("Lead"));
    world.person_mut(ben).employment = employed(None, Some(date("2026-11-24")));
    assert_eq!(people(&world), of("Developer"));
    // Without an employed day, by the title of the period's last.
    world.person_mut(ben).employment = employed(None, Some(date("2020-01-01")));
    world.books(ben, apollo, (MONDAY, MONDAY), per_day(60));
    assert_eq!(people(&world), of("Lead"));
    world.assignments.clear();
    assert_eq!(people(&world), [(None, 1)]);
}

#[test]
fn archived_people_are_shown_where_they_are_in_the_period() {
    let (mut world, ben, apollo) = ben();
    world.person_mut(ben).archived = true;
    world.person_mut(ben).employment = employed(None, Some(date("2026-11-25")));
    world.books(ben, apollo, (MONDAY, MONDAY), per_day(60));
    assert!(is_in(&world, ben));
    let rows = project_schedule(&world.plan(), &query(Filter::default()))
        .unwrap()
        .rows;
    let [row] = &rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!((row.people[0].person_id, row.booked_minutes[0]), (ben, 60));
    assert_eq!(week_of(&world.plan()).projects[0].booked_minutes, 60);
}

#[test]
fn archived_projects_have_rows_where_there_is_work_on_them() {
    let (mut world, ben, apollo) = ben();
    world.projects[0].1.archived = true;
    let rows = |world: &World, archived| {
        let filter = Filter {
            archived,
            ..Filter::default()
        };
        let found = project_schedule(&world.plan(), &query(filter)).unwrap();
        let rows = found.rows.into_iter().map(|r| r.project_id);
        rows.collect::<Vec<_>>()
    };
    assert_eq!(rows(&world, false), []);
    assert_eq!(rows(&world, true), [apollo]);
    world.books(ben, apollo, (MONDAY, MONDAY), per_day(60));
    assert_eq!(rows(&world, false), [apollo]);
}

#[test]
fn a_person_is_found_by_every_job_title_of_the_period() {
    let (mut world, ben, _) = ben();
    world.title(ben, "2020-01-01", "Developer");
    world.title(ben, "2026-11-26", "Analyst");
    world.title(ben, "2026-11-26", "Lead");
    let plan = world.plan();
    let found = |role: &str| {
        let filter = Filter {
            role: Some(role.to_owned()),
            ..Filter::default()
        };
        let found = schedule(&plan, &query(filter)).unwrap();
        found.rows.iter().any(|r| r.person_id == ben)
    };
    assert!(found("Developer") && found("Lead"));
    assert!(!found("Analyst"), "of two of one date the later holds");
}

#[test]
fn who_is_there_is_brought_to_a_changed_employment() {
    let (mut world, ben, _) = ben();
    let mut plan = world.plan();
    assert_eq!(week_of(&plan).people.fully_idle, 2);
    world.person_mut(ben).employment = employed(None, Some(date("2016-01-15")));
    let left = world.people[1].1.clone();
    plan.apply_provisional(&put(ben, &left)).unwrap();
    assert_eq!(week_of(&plan).people, week_of(&world.plan()).people);
    world.person_mut(ben).employment = Employment::ALWAYS;
    let back = world.people[1].1.clone();
    plan.apply_provisional(&put(ben, &back)).unwrap();
    assert_eq!(week_of(&plan).people.fully_idle, 2);
}

#[test]
fn weeks_are_shown_from_the_tenants_first_day_of_the_week_on() {
    let (mut world, ben, apollo) = ben();
    world.people.remove(0);
    world.settings.default_week = week([1, 10, 100, 1000, 0, 2, 20]).into();
    world.books(ben, apollo, (MONDAY, "2026-12-31"), per_day(1));
    // From a Sunday to the Saturday after the next one.
    let period = period("2026-11-29", "2026-12-12");
    let mut shown = |start| {
        world.settings.week_start = start;
        let plan = world.plan();
        let found = dashboard(&plan, period, false);
        let weeks: Vec<_> = found
            .by_week
            .iter()
            .map(|w| (w.week_start.to_string(), w.capacity_minutes))
            .collect();
        let query = ScheduleQuery {
            period,
            bucket: Bucket::Week,
            filter: Filter::default(),
            group: GroupBy::None,
            sort: SortBy::Name,
            rows: RowChoice::People(vec![ben]),
        };
        let schedule = schedule(&plan, &query).unwrap();
        let buckets: Vec<_> = schedule.buckets.iter().map(|b| b.from).collect();
        let capacity: Vec<_> = weeks.iter().map(|(_, capacity)| *capacity).collect();
        assert_eq!(schedule.rows[0].capacity_minutes, capacity);
        (weeks, buckets)
    };
    let week = |from: &str, capacity| (from.to_owned(), capacity);
    let (weeks, buckets) = shown(WeekStart::Sunday);
    assert_eq!(weeks, [week("2026-11-29", 1133), week("2026-12-06", 1133)]);
    assert_eq!(buckets, [date("2026-11-29"), date("2026-12-06")]);
    let (weeks, buckets) = shown(WeekStart::Monday);
    let expected = [
        week(MONDAY, 20),
        week("2026-11-30", 1133),
        week("2026-12-07", 1113),
    ];
    assert_eq!(weeks, expected);
    assert_eq!(buckets[..2], [date("2026-11-29"), date("2026-11-30")]);
    let (weeks, _) = shown(WeekStart::Saturday);
    let expected = [
        week("2026-11-28", 1131),
        week("2026-12-05", 1133),
        week("2026-12-12", 2),
    ];
    assert_eq!(weeks, expected);
    // What a booking per week loads does not move.
    world.last_assignment().effort = per_week(1113);
    let loads = |world: &World| {
        let plan = world.plan();
        let figures = PersonFigures::of(&plan, &plan.people()[&ben], period);
        figures.days().collect::<Vec<_>>()
    };
    let before = loads(&world);
    world.settings.week_start = WeekStart::Monday;
    assert_eq!(loads(&world), before);
}
