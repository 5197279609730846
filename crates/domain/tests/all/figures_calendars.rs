//! Default weeks with dates, and days that work as another weekday does.

use crate::figures_support::{
    World, cycle, date, holiday, id, per_day, per_week, period, share_of_day, total, week,
};
use raally_domain::default_week::{DatedWeek, DefaultWeeks};
use raally_domain::effort::{Effort, Weekdays};
use raally_domain::figures::{DayFigures, PersonFigures};
use raally_domain::ids::{HolidayCalendarId, PersonId, ProjectId};
use raally_domain::kinds::{Holiday, HolidayCalendar, Weekday};
use raally_domain::pattern::Pattern;

/// 2026-11-23 is a Monday.
const MONDAY: &str = "2026-11-23";
const SATURDAY: &str = "2026-11-28";
const SUNDAY: &str = "2026-11-29";

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

fn capacity(world: &World, person: PersonId, from: &str, to: &str) -> Vec<u32> {
    let days = figures(world, person, from, to);
    days.iter().map(|f| f.capacity).collect()
}

fn booked(world: &World, person: PersonId, from: &str, to: &str) -> Vec<u32> {
    let days = figures(world, person, from, to);
    days.iter().map(|f| f.booked).collect()
}

fn weeks(of: &[(&str, Pattern)]) -> DefaultWeeks {
    let dated = of.iter().map(|(from, pattern)| DatedWeek {
        effective_date: date(from),
        pattern: pattern.clone(),
    });
    DefaultWeeks::try_from(dated.collect::<Vec<_>>()).unwrap()
}

fn worked(day: &str, as_weekday: Weekday) -> Holiday {
    Holiday {
        works_as: Some(as_weekday),
        ..holiday(date(day), false)
    }
}

fn calendar(world: &mut World, holidays: Vec<Holiday>) {
    let id = HolidayCalendarId(id(0x90, world.calendars.len()));
    let name = "Company".to_owned();
    world
        .calendars
        .push((id, HolidayCalendar { name, holidays }));
    world.settings.holiday_calendar_id = Some(id);
}

#[test]
fn the_default_week_changes_on_its_date_and_the_first_holds_before_its_own() {
    let (mut world, ana, apollo) = ana();
    world.settings.default_week = weeks(&[
        ("2026-11-20", week([480, 480, 480, 480, 480, 0, 0])),
        ("2026-11-25", week([456, 456, 456, 456, 456, 0, 0])),
    ]);
    let days = capacity(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [480, 480, 456, 456, 456, 0, 0]);
    assert_eq!(capacity(&world, ana, "2020-01-06", "2020-01-06"), [480]);
    // Each day has its share of the week in force on it, as if that held all week.
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1000));
    assert_eq!(
        booked(&world, ana, MONDAY, SUNDAY),
        [200, 200, 200, 200, 200, 0, 0]
    );
    world.settings.default_week = weeks(&[
        (MONDAY, week([480, 480, 480, 480, 480, 0, 0])),
        ("2026-11-25", week([600, 600, 600, 600, 0, 0, 0])),
    ]);
    assert_eq!(
        booked(&world, ana, MONDAY, SUNDAY),
        [200, 200, 250, 250, 0, 0, 0]
    );
}

#[test]
fn whoever_has_hours_of_their_own_does_not_notice() {
    let (mut world, ana, _) = ana();
    world.works(ana, "2020-01-01", week([60; 7]));
    world.settings.default_week =
        weeks(&[(MONDAY, week([480; 7])), ("2026-11-25", week([240; 7]))]);
    assert_eq!(capacity(&world, ana, MONDAY, SUNDAY), [60; 7]);
}

#[test]
fn where_capacity_is_unknown_load_follows_the_default_week_of_the_day() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([0; 7]));
    world.settings.default_week = weeks(&[
        ("2020-01-01", week([480, 480, 480, 480, 480, 0, 0])),
        ("2026-11-25", week([0, 0, 480, 480, 0, 0, 0])),
        ("2026-11-27", week([0; 7])),
    ]);
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1000));
    let days = figures(&world, ana, MONDAY, SUNDAY);
    let booked: Vec<u32> = days.iter().map(|f| f.booked).collect();
    assert_eq!(booked, [200, 200, 500, 500, 200, 0, 0]);
    assert!(days.iter().all(|f| f.capacity == 0));
}

#[test]
fn a_total_effort_weighs_unknown_days_by_the_default_week_of_each() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([0; 7]));
    world.settings.default_week = weeks(&[
        ("2020-01-01", week([300; 7])),
        ("2026-11-25", week([100; 7])),
    ]);
    world.books(ana, apollo, ("2026-11-24", "2026-11-25"), total(400));
    assert_eq!(booked(&world, ana, "2026-11-24", "2026-11-25"), [300, 100]);
}

#[test]
fn a_saturday_works_as_a_monday_with_its_load_on_top() {
    let (mut world, ana, apollo) = ana();
    world.settings.default_week = week([600, 450, 450, 450, 450, 0, 0]).into();
    calendar(&mut world, vec![worked(SATURDAY, Weekday::Monday)]);
    let days = capacity(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [600, 450, 450, 450, 450, 600, 0]);
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(2400));
    // The shares are split by the week as it is; Monday's comes a second time.
    assert_eq!(
        booked(&world, ana, MONDAY, SUNDAY),
        [600, 450, 450, 450, 450, 600, 0]
    );
    world.assignments.clear();
    world.books(ana, apollo, (MONDAY, SUNDAY), share_of_day(5000));
    assert_eq!(
        booked(&world, ana, MONDAY, SUNDAY),
        [300, 225, 225, 225, 225, 300, 0]
    );
    world.assignments.clear();
    world.books(ana, apollo, ("2026-11-27", SUNDAY), total(1050));
    assert_eq!(booked(&world, ana, "2026-11-27", SUNDAY), [450, 600, 0]);
}

#[test]
fn a_mask_takes_a_worked_day_as_the_weekday_it_works_as() {
    let (mut world, ana, apollo) = ana();
    let masked = |days: &[usize]| Effort::PerDay {
        minutes: 120,
        weekdays: Some(Weekdays::of(days.iter().copied()).unwrap()),
        include_non_working: false,
    };
    calendar(&mut world, vec![worked(SATURDAY, Weekday::Tuesday)]);
    world.books(ana, apollo, (MONDAY, SUNDAY), masked(&[1, 3]));
    assert_eq!(
        booked(&world, ana, MONDAY, SUNDAY),
        [0, 120, 0, 120, 0, 120, 0]
    );
    world.assignments.clear();
    world.books(ana, apollo, (MONDAY, SUNDAY), masked(&[5]));
    assert_eq!(booked(&world, ana, MONDAY, SUNDAY), [0; 7]);
    world.assignments.clear();
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(60));
    assert_eq!(
        booked(&world, ana, MONDAY, SUNDAY),
        [60, 60, 60, 60, 60, 60, 0]
    );
}

#[test]
fn a_working_day_may_work_as_a_free_one_and_a_holiday_counts_after_it() {
    let (mut world, ana, apollo) = ana();
    let monday_free = worked(MONDAY, Weekday::Sunday);
    let half = holiday(date(SATURDAY), true);
    let saturday = worked(SATURDAY, Weekday::Friday);
    let whole = holiday(date(SUNDAY), false);
    let sunday = worked(SUNDAY, Weekday::Friday);
    calendar(&mut world, vec![monday_free, half, saturday, whole, sunday]);
    let days = capacity(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [0, 480, 480, 480, 480, 240, 0]);
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1000));
    assert_eq!(
        booked(&world, ana, MONDAY, SUNDAY),
        [0, 200, 200, 200, 200, 100, 0]
    );
}

#[test]
fn a_worked_day_looks_at_its_own_week_of_the_cycle() {
    let (mut world, ana, _) = ana();
    let fortnight = cycle(&[[480, 480, 480, 480, 480, 0, 0], [0; 7]]);
    let anchor = fortnight.anchor();
    let off = fortnight
        .week(date(SATURDAY).week())
        .iter()
        .all(|m| *m == 0);
    world.works(ana, "2020-01-01", fortnight);
    let next = date(SATURDAY).plus(7).to_string();
    calendar(
        &mut world,
        vec![
            worked(SATURDAY, Weekday::Monday),
            worked(&next, Weekday::Monday),
        ],
    );
    let expected = if off { [0, 480] } else { [480, 0] };
    let [this] = capacity(&world, ana, SATURDAY, SATURDAY)[..] else {
        panic!("one day")
    };
    let [other] = capacity(&world, ana, &next, &next)[..] else {
        panic!("one day")
    };
    assert_eq!([this, other], expected, "anchored at {anchor}");
}

#[test]
fn of_two_holidays_on_one_date_the_larger_counts_once() {
    let (mut world, ana, _) = ana();
    let halves = [true, true].map(|half| holiday(date(MONDAY), half));
    let both = [true, false].map(|half| holiday(date("2026-11-24"), half));
    calendar(&mut world, [halves, both].concat());
    assert_eq!(capacity(&world, ana, MONDAY, "2026-11-24"), [240, 0]);
}
