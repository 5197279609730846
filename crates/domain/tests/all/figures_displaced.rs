//! What time off takes from bookings, and how shares of one day add up, by examples worked out by
//! hand.

use crate::figures_support::{
    World, date, employed, per_day, per_week, period, put, share_of_day as share, total, week,
};
use raally_domain::date::Date;
use raally_domain::effort::{Effort, Weekdays};
use raally_domain::figures::{
    Bucket, DayFigures, Filter, GroupBy, PersonFigures, RowChoice, ScheduleQuery, SortBy, Touched,
    dashboard, project_schedule, schedule, touched,
};
use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{AssignmentStatus, Owner, Portion, TimeOffStatus};

/// 2026-11-23 is a Monday.
const MONDAY: &str = "2026-11-23";
const SUNDAY: &str = "2026-11-29";

/// A tenant of the default week (8 h Monday to Friday) with one person and one project.
fn ana() -> (World, PersonId, ProjectId) {
    let mut world = World::new();
    let ana = world.person("Ana");
    let apollo = world.project("Apollo");
    (world, ana, apollo)
}

fn figures(world: &World, person: PersonId, from: &str, to: &str) -> Vec<DayFigures> {
    let plan = world.plan();
    let entry = &plan.people()[&person];
    let figures = PersonFigures::of(&plan, entry, period(from, to));
    figures.days().map(|(_, f)| f).collect()
}

/// Booked and displaced of each day.
fn loads(world: &World, person: PersonId, from: &str, to: &str) -> Vec<(u32, u32)> {
    let days = figures(world, person, from, to).into_iter();
    days.map(|f| (f.booked, f.displaced)).collect()
}

fn with_weekends(minutes: u32) -> Effort {
    Effort::PerDay {
        minutes,
        weekdays: Weekdays::of(0..7),
        include_non_working: true,
    }
}

fn query(bucket: Bucket) -> ScheduleQuery {
    ScheduleQuery {
        period: period(MONDAY, SUNDAY),
        bucket,
        filter: Filter::default(),
        group: GroupBy::None,
        sort: SortBy::Name,
        rows: RowChoice::Page {
            offset: 0,
            limit: 10,
        },
    }
}

#[test]
fn there_is_no_jump_between_an_hour_away_and_a_day_away() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(480));
    let mut day_with = |minutes| {
        world.time_off.clear();
        world.away(ana, MONDAY, MONDAY, minutes);
        loads(&world, ana, MONDAY, MONDAY)[0]
    };
    assert_eq!(day_with(Some(60)), (420, 60));
    assert_eq!(day_with(Some(479)), (1, 479));
    assert_eq!(day_with(Some(480)), (0, 480));
    assert_eq!(day_with(Some(1440)), (0, 480));
    assert_eq!(day_with(None), (0, 480));
}

#[test]
fn each_rhythm_keeps_its_part_of_the_day_rounded_down() {
    let (mut world, ana, apollo) = ana();
    world.away_by(ana, (MONDAY, MONDAY), Portion::FirstHalf);
    world.away(ana, "2026-11-24", "2026-11-24", Some(160));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1003));
    let days = loads(&world, ana, MONDAY, "2026-11-25");
    // 201 a day: half of it, and two thirds of it.
    assert_eq!(days, [(100, 101), (134, 67), (201, 0)]);
    world.last_assignment().effort = per_day(100);
    let days = loads(&world, ana, MONDAY, "2026-11-25");
    assert_eq!(days, [(50, 50), (66, 34), (100, 0)]);
    world.last_assignment().effort = share(1000);
    let days = loads(&world, ana, MONDAY, "2026-11-25");
    assert_eq!(days, [(24, 24), (32, 16), (48, 0)]);
    world.last_assignment().effort = total(1000);
    let days = loads(&world, ana, MONDAY, "2026-11-25");
    assert!(
        days.iter().all(|(_, displaced)| *displaced == 0),
        "{days:?}"
    );
}

#[test]
fn holidays_displace_nothing_and_go_first() {
    let (mut world, ana, apollo) = ana();
    world.holidays(&["2026-11-25"], &[MONDAY, "2026-11-24"]);
    world.away(ana, "2026-11-24", "2026-11-25", None);
    world.away(ana, "2026-11-26", "2026-11-26", Some(120));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(101));
    let days = loads(&world, ana, MONDAY, "2026-11-27");
    assert_eq!(days, [(50, 0), (0, 50), (0, 0), (75, 26), (101, 0)]);
}

#[test]
fn only_what_is_approved_displaces() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(480));
    world.away(ana, MONDAY, MONDAY, None);
    for status in [TimeOffStatus::Requested, TimeOffStatus::Declined] {
        world.time_off[0].1.status = status;
        assert_eq!(loads(&world, ana, MONDAY, MONDAY), [(480, 0)]);
    }
}

#[test]
fn on_a_day_without_pattern_whole_days_and_both_halves_take_all_or_nothing() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, ("2026-11-28", "2026-12-20"), with_weekends(61));
    world.away_by(ana, ("2026-11-28", "2026-11-28"), Portion::FirstHalf);
    world.away(ana, "2026-11-29", "2026-11-29", None);
    world.away_by(ana, ("2026-12-05", "2026-12-06"), Portion::FirstHalf);
    world.away_by(ana, ("2026-12-05", "2026-12-05"), Portion::SecondHalf);
    world.away(ana, "2026-12-06", "2026-12-06", Some(1440));
    world.away(ana, "2026-12-13", "2026-12-13", None);
    world.holidays(&["2026-12-19"], &["2026-12-12", "2026-12-13"]);
    let on = |day: &str| loads(&world, ana, day, day)[0];
    assert_eq!((on("2026-11-28"), on("2026-11-29")), ((61, 0), (0, 61)));
    assert_eq!((on("2026-12-05"), on("2026-12-06")), ((0, 61), (61, 0)));
    // A half holiday halves it, and time off takes what that leaves.
    assert_eq!((on("2026-12-12"), on("2026-12-13")), ((30, 0), (0, 30)));
    assert_eq!((on("2026-12-19"), on("2026-12-20")), ((0, 0), (61, 0)));
}

#[test]
fn where_no_pattern_is_known_the_day_is_eight_hours() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([0; 7]));
    world.away(ana, MONDAY, MONDAY, Some(120));
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(80));
    world.settings.default_week = week([240, 0, 0, 0, 0, 0, 0]).into();
    // 120 of the default week's 240.
    assert_eq!(loads(&world, ana, MONDAY, MONDAY), [(40, 40)]);
    world.settings.default_week = week([0; 7]).into();
    assert_eq!(loads(&world, ana, MONDAY, MONDAY), [(60, 20)]);
}

#[test]
fn time_off_outside_employment_takes_its_part_as_well() {
    let (mut world, ana, apollo) = ana();
    world.person_mut(ana).employment = employed(None, Some(date("2026-11-20")));
    world.away_by(ana, (MONDAY, MONDAY), Portion::SecondHalf);
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(100));
    assert_eq!(loads(&world, ana, MONDAY, MONDAY), [(50, 50)]);
}

#[test]
fn displaced_work_is_told_by_bar_person_project_and_dashboard() {
    let (mut world, ana, apollo) = ana();
    let (ben, harbour) = (world.person("Ben"), world.project("Harbour"));
    let bar = world.books(ana, apollo, (MONDAY, SUNDAY), per_day(240));
    world.books(ana, harbour, (MONDAY, SUNDAY), per_day(60));
    world.books(ana, harbour, (MONDAY, SUNDAY), per_day(40));
    world.last_assignment().status = AssignmentStatus::Tentative;
    world.books(ben, harbour, (MONDAY, SUNDAY), per_day(120));
    world.away(ana, "2026-11-25", "2026-11-27", None);
    let plan = world.plan();
    let week = period(MONDAY, SUNDAY);
    let found = dashboard(&plan, week, false);
    assert_eq!((found.booked_minutes, found.displaced_minutes), (1200, 900));
    assert_eq!(found.by_week[0].displaced_minutes, 900);
    assert_eq!(found.by_role[0].displaced_minutes, 900);
    let projects: Vec<_> = found
        .projects
        .iter()
        .map(|p| (p.project_id, p.booked_minutes, p.displaced_minutes))
        .collect();
    assert_eq!(projects, [(harbour, 720, 180), (apollo, 480, 720)]);
    let listed: Vec<_> = found
        .displaced
        .iter()
        .map(|d| (d.person_id, d.project_id, d.minutes, d.from, d.to))
        .collect();
    let days = (date("2026-11-25"), date("2026-11-27"));
    let expected = [
        (ana, apollo, 720, days.0, days.1),
        (ana, harbour, 180, days.0, days.1),
    ];
    assert_eq!(listed, expected);
    assert_eq!(dashboard(&plan, week, true).displaced_minutes, 1020);
    let rows = schedule(&plan, &query(Bucket::Day)).unwrap().rows;
    assert_eq!(rows[0].displaced_minutes, [0, 0, 300, 300, 300, 0, 0]);
    let of_bar = rows[0].assignments.iter().find(|b| b.id == bar).unwrap();
    assert_eq!(of_bar.displaced_minutes, 720);
    let shown = serde_json::to_value(&rows[1].assignments[0]).unwrap();
    assert_eq!(shown.get("displaced_minutes"), None, "{shown}");
    let rows = project_schedule(&plan, &query(Bucket::Week)).unwrap().rows;
    let by_project: Vec<_> = rows.iter().map(|r| &r.displaced_minutes[..]).collect();
    assert_eq!(by_project, [[720], [180]]);
}

#[test]
fn a_project_that_lost_everything_is_still_listed() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(240));
    world.away(ana, MONDAY, SUNDAY, None);
    let found = dashboard(&world.plan(), period(MONDAY, SUNDAY), false);
    let [project] = &found.projects[..] else {
        panic!("{:?}", found.projects);
    };
    assert_eq!(
        (project.booked_minutes, project.displaced_minutes),
        (0, 1200)
    );
}

#[test]
fn two_halves_of_an_odd_day_are_the_whole_day() {
    let (mut world, ana, apollo) = ana();
    // 7 h 15 a day.
    world.works(ana, "2020-01-01", week([435, 435, 435, 435, 435, 0, 0]));
    world.books(ana, apollo, (MONDAY, MONDAY), share(5000));
    world.books(ana, apollo, (MONDAY, MONDAY), share(5000));
    assert_eq!(figures(&world, ana, MONDAY, MONDAY)[0].booked, 435);
    assert_eq!(minutes_of_each(&world, ana), [218, 217]);
    let found = dashboard(&world.plan(), period(MONDAY, MONDAY), false);
    assert_eq!((found.idle_minutes, found.people.fully_busy), (0, 1));
}

#[test]
fn three_thirds_and_what_is_missing_are_the_whole_day() {
    let (mut world, ana, apollo) = ana();
    for part in [3333, 3333, 3333, 1] {
        world.books(ana, apollo, (MONDAY, MONDAY), share(part));
    }
    // Up to each: 159.98, 319.97, 479.95 and 480.
    assert_eq!(minutes_of_each(&world, ana), [160, 160, 160]);
}

#[test]
fn confirmed_shares_are_rounded_before_tentative_ones() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([1; 7]));
    world.books(ana, apollo, (MONDAY, MONDAY), share(5000));
    world.last_assignment().status = AssignmentStatus::Tentative;
    world.books(ana, apollo, (MONDAY, MONDAY), share(5000));
    let day = figures(&world, ana, MONDAY, MONDAY)[0];
    assert_eq!((day.booked, day.tentative), (1, 0));
    world.last_assignment().status = AssignmentStatus::Tentative;
    assert_eq!(
        minutes_of_each(&world, ana),
        [1],
        "the first of the same state"
    );
}

#[test]
fn each_share_keeps_its_part_of_what_time_off_leaves() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([435; 7]));
    world.away(ana, MONDAY, MONDAY, Some(135));
    world.books(ana, apollo, (MONDAY, MONDAY), share(5000));
    world.books(ana, apollo, (MONDAY, MONDAY), share(5000));
    // 218 and 217 of 435, and of either 300 ÷ 435.
    assert_eq!(minutes_of_each(&world, ana), [150, 149]);
    assert_eq!(loads(&world, ana, MONDAY, MONDAY), [(299, 136)]);
}

#[test]
fn another_share_moves_the_others_only_within_the_row_and_days_it_touches() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([1; 7]));
    let tentative = world.books(ana, apollo, (MONDAY, SUNDAY), share(5000));
    world.last_assignment().status = AssignmentStatus::Tentative;
    assert_eq!(minutes_of_each(&world, ana), [1]);
    world.books(ana, apollo, (MONDAY, "2026-11-24"), share(5000));
    let (id, booking) = world.assignments[1].clone();
    let plan = world.plan();
    let of_day = |day: Date| {
        let entry = &plan.people()[&ana];
        let figures = PersonFigures::of(&plan, entry, period(MONDAY, SUNDAY));
        let loads = figures.loads_on(day).into_iter();
        loads.map(|(b, _)| b.record.id).collect::<Vec<_>>()
    };
    // The tentative one lost its minute on the days of the new one.
    assert_eq!(of_day(date("2026-11-24")), [id]);
    assert_eq!(of_day(date("2026-11-25")), [tentative]);
    let expected = Touched {
        person_id: Some(ana),
        placeholder_id: None,
        from: date(MONDAY),
        to: date("2026-11-24"),
    };
    assert_eq!(touched(&put(id, &booking), &plan), [expected]);
}

#[test]
fn shares_of_a_placeholder_add_up_as_well() {
    let (mut world, _, apollo) = ana();
    world.settings.default_week = week([435; 7]).into();
    let wanted = world.placeholder("Developer");
    let days = (date(MONDAY), Some(date(MONDAY)));
    for _ in 0..2 {
        world.assign(Owner::Placeholder(wanted), apollo, days, share(5000));
    }
    let found = dashboard(&world.plan(), period(MONDAY, SUNDAY), false);
    assert_eq!(found.demand_minutes, 435);
}

/// The minutes of each booking of a person on Monday, in the order of ids.
fn minutes_of_each(world: &World, person: PersonId) -> Vec<u32> {
    let plan = world.plan();
    let entry = &plan.people()[&person];
    let figures = PersonFigures::of(&plan, entry, period(MONDAY, SUNDAY));
    let loads = figures.loads_on(date(MONDAY)).into_iter();
    let mut loads: Vec<_> = loads.map(|(b, minutes)| (b.record.id, minutes)).collect();
    loads.sort_unstable();
    loads.into_iter().map(|(_, minutes)| minutes).collect()
}
