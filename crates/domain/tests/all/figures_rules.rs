//! Each rule of the definitions by an example worked out by hand.

use crate::figures_support::{
    World, cycle, date, employed, id, per_day, per_week, period, put, total, week,
};
use raally_domain::date::Date;
use raally_domain::effort::{Effort, Weekdays};
use raally_domain::employment::{Employment, Span};
use raally_domain::figures::{
    Bucket, DayFigures, Filter, GroupBy, PersonFigures, RowChoice, ScheduleQuery, SortBy, Totals,
    Touched, dashboard, excess_days, placeholder_schedule, schedule, schedule_index, touched,
};
use raally_domain::ids::{PersonId, ProjectId, TeamId};
use raally_domain::kinds::{AssignmentStatus, Owner, Portion, ProjectStatus, Team, TimeOffStatus};
use raally_domain::plan::Plan;

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

fn figures(plan: &Plan, person: PersonId, from: &str, to: &str) -> Vec<DayFigures> {
    let entry = &plan.people()[&person];
    let figures = PersonFigures::of(plan, entry, period(from, to));
    figures.days().map(|(_, f)| f).collect()
}

fn booked(world: &World, person: PersonId, from: &str, to: &str) -> Vec<u32> {
    let days = figures(&world.plan(), person, from, to);
    days.iter().map(|f| f.booked).collect()
}

fn capacity(world: &World, person: PersonId, from: &str, to: &str) -> Vec<u32> {
    let days = figures(&world.plan(), person, from, to);
    days.iter().map(|f| f.capacity).collect()
}

#[test]
fn without_a_record_the_default_week_holds() {
    let (world, ana, _) = ana();
    let week = capacity(&world, ana, MONDAY, SUNDAY);
    assert_eq!(week, [480, 480, 480, 480, 480, 0, 0]);
}

#[test]
fn a_record_changes_capacity_in_the_middle_of_a_week() {
    let (mut world, ana, _) = ana();
    world.works(ana, "2026-11-25", week([60; 7]));
    let days = capacity(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [480, 480, 60, 60, 60, 60, 60]);
}

#[test]
fn of_two_records_on_one_date_the_one_created_later_holds() {
    let (mut world, ana, _) = ana();
    world.works(ana, MONDAY, week([100; 7]));
    world.works(ana, MONDAY, week([200; 7]));
    assert_eq!(capacity(&world, ana, MONDAY, MONDAY), [200]);
    world.availabilities[0].1.created_seq = 9;
    assert_eq!(capacity(&world, ana, MONDAY, MONDAY), [100]);
}

#[test]
fn a_nine_day_fortnight_is_a_cycle_of_two_weeks() {
    let (mut world, ana, _) = ana();
    let long = [533, 533, 533, 533, 533, 0, 0];
    let short = [533, 533, 533, 533, 0, 0, 0];
    world.works(ana, "2020-01-01", cycle(&[long, short]));
    let days = capacity(&world, ana, MONDAY, "2026-12-06");
    let fridays = [days[4], days[11]];
    // The week of 1970-01-05 is week 0, that of 2026-11-23 the 2,968th after it.
    assert_eq!(fridays, [533, 0]);
}

#[test]
fn a_half_holiday_halves_capacity_rounded_down_and_time_off_comes_on_top() {
    let (mut world, ana, _) = ana();
    world.works(ana, "2020-01-01", week([481; 7]));
    world.holidays(&["2026-11-24"], &["2026-11-23", "2026-11-25"]);
    world.away(ana, "2026-11-25", "2026-11-26", Some(100));
    let days = capacity(&world, ana, MONDAY, "2026-11-27");
    assert_eq!(days, [240, 0, 140, 381, 481]);
}

#[test]
fn several_kinds_of_time_off_add_up_and_requests_change_nothing() {
    let (mut world, ana, _) = ana();
    world.away(ana, MONDAY, MONDAY, Some(100));
    world.away(ana, MONDAY, MONDAY, Some(300));
    world.away(ana, "2026-11-24", "2026-11-24", Some(300));
    world.away(ana, "2026-11-24", "2026-11-24", Some(300));
    world.away(ana, "2026-11-25", "2026-11-25", None);
    world.time_off[4].1.status = TimeOffStatus::Requested;
    assert_eq!(capacity(&world, ana, MONDAY, "2026-11-25"), [80, 0, 480]);
}

#[test]
fn a_half_is_half_of_the_days_pattern_and_follows_it() {
    let (mut world, ana, _) = ana();
    world.works(ana, "2020-01-01", week([481, 481, 480, 101, 1, 0, 0]));
    world.away_by(ana, (MONDAY, MONDAY), Portion::FirstHalf);
    world.away_by(ana, ("2026-11-24", SUNDAY), Portion::SecondHalf);
    let days = capacity(&world, ana, MONDAY, SUNDAY);
    // The first half takes the odd minute, the second leaves it.
    assert_eq!(days, [240, 241, 240, 51, 1, 0, 0]);
    world.works(ana, "2026-11-25", week([60; 7]));
    let days = capacity(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [240, 241, 30, 30, 30, 30, 30]);
}

#[test]
fn the_same_half_counts_once_and_both_halves_are_the_whole_day() {
    let (mut world, ana, apollo) = ana();
    for half in [Portion::FirstHalf, Portion::FirstHalf] {
        world.away_by(ana, (MONDAY, "2026-11-28"), half);
    }
    world.away_by(ana, ("2026-11-24", "2026-11-24"), Portion::SecondHalf);
    world.away_by(ana, ("2026-11-28", "2026-11-28"), Portion::SecondHalf);
    let days = capacity(&world, ana, MONDAY, "2026-11-26");
    assert_eq!(days, [240, 0, 240, 240]);
    // A whole day off carries no load, not even of work on days without a pattern.
    let effort = Effort::PerDay {
        minutes: 60,
        weekdays: None,
        include_non_working: true,
    };
    world.books(ana, apollo, (MONDAY, SUNDAY), effort);
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [30, 0, 30, 30, 30, 0, 60]);
}

#[test]
fn on_a_half_holiday_either_half_takes_what_is_left() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([481; 7]));
    world.holidays(&["2026-11-26"], &[MONDAY, "2026-11-24", "2026-11-25"]);
    world.away_by(ana, (MONDAY, MONDAY), Portion::FirstHalf);
    world.away_by(ana, ("2026-11-24", "2026-11-24"), Portion::SecondHalf);
    world.away_by(ana, ("2026-11-26", "2026-11-27"), Portion::SecondHalf);
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(100));
    let days = figures(&world.plan(), ana, MONDAY, "2026-11-27");
    let capacity: Vec<u32> = days.iter().map(|f| f.capacity).collect();
    let booked: Vec<u32> = days.iter().map(|f| f.booked).collect();
    assert_eq!(capacity, [0, 0, 240, 0, 241]);
    // 100 × 240 ÷ 481 on the half holiday, 100 × 241 ÷ 481 after the second half.
    assert_eq!(booked, [0, 0, 49, 0, 50]);
}

#[test]
fn minutes_come_on_top_of_a_half_and_both_take_at_most_what_is_left() {
    let (mut world, ana, _) = ana();
    world.away_by(ana, (MONDAY, "2026-11-25"), Portion::SecondHalf);
    world.away(ana, MONDAY, MONDAY, Some(100));
    world.away(ana, "2026-11-24", "2026-11-24", Some(239));
    world.away(ana, "2026-11-25", "2026-11-25", Some(300));
    assert_eq!(capacity(&world, ana, MONDAY, "2026-11-25"), [140, 1, 0]);
}

#[test]
fn a_half_halves_a_rhythm_and_spreads_a_total_effort_anew() {
    let (mut world, ana, apollo) = ana();
    world.away_by(ana, (MONDAY, MONDAY), Portion::FirstHalf);
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(400));
    let day = figures(&world.plan(), ana, MONDAY, MONDAY)[0];
    assert_eq!((day.capacity, day.booked, day.displaced), (240, 200, 200));
    world.assignments.clear();
    // By 240:480:480:480:480 of 900.
    world.books(ana, apollo, (MONDAY, SUNDAY), total(900));
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [100, 200, 200, 200, 200, 0, 0]);
    // Where the pattern is unknown, of half of the default week's day.
    world.works(ana, "2020-01-01", week([0; 7]));
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [100, 200, 200, 200, 200, 0, 0]);
}

#[test]
fn what_was_declined_changes_nothing_and_is_not_drawn() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(60));
    world.books(ana, apollo, (MONDAY, SUNDAY), total(1000));
    let before = figures(&world.plan(), ana, MONDAY, SUNDAY);
    world.away(ana, MONDAY, MONDAY, None);
    world.away_by(ana, ("2026-11-24", "2026-11-24"), Portion::FirstHalf);
    world.away(ana, "2026-11-25", "2026-11-25", Some(60));
    for (_, off) in &mut world.time_off {
        off.status = TimeOffStatus::Declined;
    }
    assert_eq!(figures(&world.plan(), ana, MONDAY, SUNDAY), before);
    world.time_off[1].1.status = TimeOffStatus::Requested;
    assert_eq!(figures(&world.plan(), ana, MONDAY, SUNDAY), before);
    let query = ScheduleQuery {
        period: period(MONDAY, SUNDAY),
        bucket: Bucket::Week,
        filter: Filter::default(),
        group: GroupBy::None,
        sort: SortBy::Name,
        rows: RowChoice::People(vec![ana]),
    };
    let drawn = &schedule(&world.plan(), &query).unwrap().rows[0].time_off;
    let drawn: Vec<_> = drawn.iter().map(|bar| (bar.portion, bar.status)).collect();
    let requested = (Portion::FirstHalf.name(), TimeOffStatus::Requested);
    assert_eq!(drawn, [requested]);
}

#[test]
fn employment_has_its_first_and_last_day() {
    let (mut world, ana, apollo) = ana();
    world.person_mut(ana).employment = employed(Some(date("2026-11-24")), Some(date("2026-11-26")));
    assert_eq!(
        capacity(&world, ana, MONDAY, "2026-11-27"),
        [0, 480, 480, 480, 0]
    );
    // Outside employment a booking follows the pattern, and all of it is overtime.
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1000));
    let days = figures(&world.plan(), ana, MONDAY, SUNDAY);
    assert_eq!(
        days.iter().map(|f| f.booked).collect::<Vec<_>>(),
        [200, 200, 200, 200, 200, 0, 0]
    );
    assert_eq!(days.iter().map(|f| f.overtime(false)).sum::<u32>(), 400);
}

#[test]
fn who_leaves_and_comes_back_has_no_capacity_in_between() {
    let (mut world, ana, apollo) = ana();
    let span = |from: Option<&str>, to: Option<&str>| Span {
        from: from.map(date),
        to: to.map(date),
    };
    let spans = vec![
        span(None, Some("2026-11-23")),
        span(Some("2026-11-26"), None),
    ];
    world.person_mut(ana).employment = Employment::spans(spans).unwrap();
    assert_eq!(
        capacity(&world, ana, MONDAY, "2026-11-27"),
        [480, 0, 0, 480, 480]
    );
    world.books(ana, apollo, (MONDAY, SUNDAY), total(960));
    let days = figures(&world.plan(), ana, MONDAY, "2026-11-27");
    assert_eq!(
        days.iter().map(|f| f.booked).collect::<Vec<_>>(),
        [320, 0, 0, 320, 320]
    );
    world.person_mut(ana).employment = Employment::spans(Vec::new()).unwrap();
    assert_eq!(capacity(&world, ana, MONDAY, "2026-11-27"), [0; 5]);
}

#[test]
fn a_move_to_another_region_leaves_the_days_before_as_they_were() {
    let (mut world, ana, _) = ana();
    world.holidays(&["2026-11-25"], &[]);
    let tenants = world.settings.holiday_calendar_id;
    world.holidays(&["2026-11-23", "2026-11-26"], &[]);
    let spain = world.settings.holiday_calendar_id;
    world.settings.holiday_calendar_id = tenants;
    world.placed(ana, "2026-11-26", None, spain);
    // The tenant's until Wednesday, the other one's from Thursday on.
    assert_eq!(
        capacity(&world, ana, MONDAY, "2026-11-27"),
        [480, 480, 0, 0, 480]
    );
    world.placed(ana, "2026-11-26", None, None);
    assert_eq!(
        capacity(&world, ana, MONDAY, "2026-11-27"),
        [480, 480, 0, 480, 480]
    );
    world.placed(ana, "1970-01-01", None, spain);
    assert_eq!(
        capacity(&world, ana, MONDAY, "2026-11-27"),
        [0, 480, 480, 480, 480]
    );
}

#[test]
fn a_person_is_found_by_every_team_of_the_period() {
    let (mut world, ana, _) = ana();
    let team = |n: usize| TeamId(id(0x70, n));
    for (n, name) in ["Web", "Data"].iter().enumerate() {
        let name = (*name).to_owned();
        world.teams.push((team(n), Team { name }));
    }
    world.placed(ana, "1970-01-01", Some(team(0)), None);
    world.placed(ana, "2026-11-26", Some(team(1)), None);
    let plan = world.plan();
    let found = |n: usize, from: &str, to: &str| {
        let filter = Filter {
            team_id: Some(team(n)),
            ..Filter::default()
        };
        let index = schedule_index(
            &plan,
            &filter,
            GroupBy::Team,
            SortBy::Name,
            period(from, to),
        );
        index.rows.ids.contains(&ana)
    };
    assert!(found(0, MONDAY, SUNDAY) && found(1, MONDAY, SUNDAY));
    assert!(found(0, MONDAY, "2026-11-25") && !found(1, MONDAY, "2026-11-25"));
    assert!(!found(0, "2026-11-26", SUNDAY) && found(1, "2026-11-26", SUNDAY));
}

#[test]
fn a_week_is_shared_by_largest_remainder_the_earlier_day_first() {
    let (mut world, ana, apollo) = ana();
    // 1003 = 5 × 200 + 3 with equal remainders.
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1003));
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [201, 201, 201, 200, 200, 0, 0]);
    // By 1:2:3 of 100: 16 4/6, 33 2/6, 50; the one minute left goes to the first.
    world.works(ana, "2020-01-01", week([0, 60, 120, 180, 0, 0, 0]));
    world.last_assignment().effort = per_week(100);
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [0, 17, 33, 50, 0, 0, 0]);
    // 101: 16 5/6, 33 4/6, 50 3/6: two left, for the two largest remainders.
    world.last_assignment().effort = per_week(101);
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [0, 17, 34, 50, 0, 0, 0]);
}

#[test]
fn a_cut_week_keeps_each_days_share() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, ("2026-11-25", "2026-12-01"), per_week(1000));
    let days = booked(&world, ana, MONDAY, "2026-12-04");
    assert_eq!(days, [0, 0, 200, 200, 200, 0, 0, 200, 200, 0, 0, 0]);
}

#[test]
fn a_week_cut_by_a_change_of_pattern_keeps_the_shares_of_either_as_if_it_held_all_week() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2026-11-26", week([0, 0, 0, 240, 0, 0, 0]));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1000));
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [200, 200, 200, 1000, 0, 0, 0]);
}

#[test]
fn off_days_carry_no_load_and_their_hours_lapse() {
    let (mut world, ana, apollo) = ana();
    world.holidays(&["2026-11-24"], &[]);
    world.away(ana, "2026-11-26", "2026-11-26", Some(480));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_week(1000));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(30));
    let share = Effort::Share { share: 1000 };
    world.books(ana, apollo, (MONDAY, SUNDAY), share);
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [278, 0, 278, 0, 278, 0, 0]);
}

#[test]
fn half_a_holiday_and_half_a_day_off_leave_nothing() {
    let (mut world, ana, apollo) = ana();
    world.holidays(&[], &["2026-11-24", "2026-11-25"]);
    world.away(ana, "2026-11-24", "2026-11-24", Some(240));
    world.away(ana, "2026-11-25", "2026-11-25", Some(239));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(61));
    let days = booked(&world, ana, MONDAY, "2026-11-26");
    // Half of 61 is 30; of them the 240th part, rounded down, stays where a minute is left.
    assert_eq!(days, [61, 0, 0, 61]);
}

#[test]
fn part_day_time_off_leaves_as_much_of_load_as_of_the_day() {
    let (mut world, ana, apollo) = ana();
    world.away(ana, MONDAY, MONDAY, Some(120));
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(600));
    let plan = world.plan();
    let day = figures(&plan, ana, MONDAY, MONDAY)[0];
    assert_eq!((day.capacity, day.booked, day.displaced), (360, 450, 150));
    assert!(day.overbooked(false, 0) && day.overbooked(false, 89));
    assert!(!day.overbooked(false, 90));
    let entry = &plan.people()[&ana];
    let excess = excess_days(&plan, entry, period(MONDAY, SUNDAY));
    assert_eq!(excess, [(date(MONDAY), 90)]);
}

#[test]
fn per_day_load_keeps_to_working_days_its_mask_and_its_flag() {
    let (mut world, ana, apollo) = ana();
    let effort = |mask: Option<[usize; 2]>, include_non_working| Effort::PerDay {
        minutes: 60,
        weekdays: mask.and_then(Weekdays::of),
        include_non_working,
    };
    let mut days = |effort| {
        world.assignments.clear();
        world.books(ana, apollo, (MONDAY, SUNDAY), effort);
        booked(&world, ana, MONDAY, SUNDAY)
    };
    assert_eq!(days(effort(None, false)), [60, 60, 60, 60, 60, 0, 0]);
    assert_eq!(days(effort(None, true)), [60; 7]);
    assert_eq!(days(effort(Some([1, 5]), false)), [0, 60, 0, 0, 0, 0, 0]);
    assert_eq!(days(effort(Some([1, 5]), true)), [0, 60, 0, 0, 0, 60, 0]);
}

#[test]
fn on_a_day_without_pattern_only_whole_days_away_stop_work_on_it() {
    let (mut world, ana, apollo) = ana();
    let effort = Effort::PerDay {
        minutes: 60,
        weekdays: None,
        include_non_working: true,
    };
    world.books(ana, apollo, ("2026-11-28", "2026-11-30"), effort);
    world.away(ana, "2026-11-28", "2026-11-28", Some(60));
    world.away(ana, "2026-11-29", "2026-11-29", None);
    assert_eq!(booked(&world, ana, "2026-11-28", "2026-11-30"), [60, 0, 60]);
}

#[test]
fn a_share_is_of_the_days_capacity_before_time_off_rounded_half_up() {
    let (mut world, ana, apollo) = ana();
    world.holidays(&[], &["2026-11-24"]);
    world.works(ana, "2020-01-01", week([333; 7]));
    world.books(ana, apollo, (MONDAY, SUNDAY), Effort::Share { share: 5000 });
    // Half of 333 and of 166; on the half holiday nothing is rounded.
    assert_eq!(booked(&world, ana, MONDAY, "2026-11-24"), [167, 83]);
}

#[test]
fn a_week_of_zero_in_a_longer_cycle_is_a_week_off() {
    let (mut world, ana, apollo) = ana();
    let working = [480, 480, 480, 480, 480, 0, 0];
    world.works(ana, "2020-01-01", cycle(&[working, [0; 7]]));
    world.books(ana, apollo, (MONDAY, "2026-12-06"), per_week(1000));
    let days = booked(&world, ana, MONDAY, "2026-12-06");
    assert_eq!(days[..7], [200, 200, 200, 200, 200, 0, 0]);
    assert_eq!(days[7..], [0; 7]);
}

#[test]
fn where_capacity_is_unknown_load_follows_the_default_week_and_is_overtime() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", cycle(&[[0; 7], [0; 7]]));
    world.settings.default_week = week([0, 120, 0, 360, 0, 0, 0]).into();
    world.away(ana, "2026-12-01", "2026-12-01", None);
    world.books(ana, apollo, (MONDAY, "2026-12-06"), per_week(1000));
    world.books(ana, apollo, (MONDAY, "2026-12-06"), per_day(10));
    let days = figures(&world.plan(), ana, MONDAY, "2026-12-06");
    let booked: Vec<u32> = days.iter().map(|f| f.booked).collect();
    assert_eq!(booked, [0, 260, 0, 760, 0, 0, 0, 0, 0, 0, 760, 0, 0, 0]);
    assert!(
        days.iter()
            .all(|f| f.capacity == 0 && f.overtime(false) == f.booked)
    );
    // And if that is zero too, Monday to Friday in equal parts.
    world.settings.default_week = week([0; 7]).into();
    let days = figures(&world.plan(), ana, MONDAY, SUNDAY);
    let booked: Vec<u32> = days.iter().map(|f| f.booked).collect();
    assert_eq!(booked, [210, 210, 210, 210, 210, 0, 0]);
}

#[test]
fn a_total_effort_spreads_by_capacity_and_adds_up_exactly() {
    let (mut world, ana, apollo) = ana();
    world.away(ana, "2026-11-24", "2026-11-24", None);
    world.away(ana, "2026-11-25", "2026-11-25", Some(240));
    world.books(ana, apollo, (MONDAY, SUNDAY), total(1001));
    // By 480:0:240:480:480 of 1001: 286 each whole day, 143 the half one.
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [286, 0, 143, 286, 286, 0, 0]);
    // Equal remainders: the earlier dates take what is left over.
    world.time_off.clear();
    world.last_assignment().effort = total(1003);
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [201, 201, 201, 200, 200, 0, 0]);
}

#[test]
fn a_total_effort_without_capacity_falls_back_step_by_step() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([100, 300, 0, 0, 0, 0, 0]));
    world.books(ana, apollo, (MONDAY, SUNDAY), total(800));
    let week_of = |world: &World| booked(world, ana, MONDAY, SUNDAY);
    assert_eq!(week_of(&world), [200, 600, 0, 0, 0, 0, 0]);
    // Away all week: the pattern.
    world.away(ana, MONDAY, SUNDAY, None);
    assert_eq!(week_of(&world), [200, 600, 0, 0, 0, 0, 0]);
    // No pattern on any of its days: the default week.
    world.last_assignment().start = date("2026-11-25");
    assert_eq!(week_of(&world), [0, 0, 267, 267, 266, 0, 0]);
    // No default week either: Monday to Friday.
    world.settings.default_week = week([0; 7]).into();
    assert_eq!(week_of(&world), [0, 0, 267, 267, 266, 0, 0]);
    // None of these in the window: every day.
    world.last_assignment().start = date("2026-11-28");
    assert_eq!(week_of(&world), [0, 0, 0, 0, 0, 400, 400]);
}

#[test]
fn in_a_total_effort_a_day_of_unknown_pattern_weighs_its_default_week() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2026-11-25", week([0; 7]));
    world.books(ana, apollo, (MONDAY, SUNDAY), total(1000));
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [200, 200, 200, 200, 200, 0, 0]);
    // Away on such a day, it weighs nothing.
    world.away(ana, "2026-11-26", "2026-11-26", None);
    let days = booked(&world, ana, MONDAY, SUNDAY);
    assert_eq!(days, [250, 250, 250, 0, 250, 0, 0]);
}

#[test]
fn time_off_spreads_a_total_effort_anew_and_leaves_its_sum() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, (MONDAY, "2026-12-18"), total(3001));
    let before = booked(&world, ana, MONDAY, "2026-12-18");
    world.away(ana, "2026-11-30", "2026-12-04", None);
    let after = booked(&world, ana, MONDAY, "2026-12-18");
    assert_eq!(
        (before.iter().sum(), after.iter().sum()),
        (3001u32, 3001u32)
    );
    assert_eq!(after[7..12], [0; 5]);
    assert_ne!(before, after);
}

#[test]
fn an_open_end_goes_on_to_the_last_date_there_is() {
    let (mut world, ana, apollo) = ana();
    let open = (Date::MIN, None);
    world.assign(Owner::Person(ana), apollo, open, per_day(60));
    assert_eq!(
        booked(&world, ana, "1970-01-01", "1970-01-04"),
        [60, 60, 0, 0]
    );
    assert_eq!(booked(&world, ana, "2199-12-30", "2199-12-31"), [60, 60]);
}

#[test]
fn tentative_counts_only_where_it_is_asked_for() {
    let (mut world, ana, apollo) = ana();
    let pitch = world.project("Pitch");
    world.projects[1].1.status = ProjectStatus::Tentative;
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(300));
    world.books(ana, pitch, (MONDAY, SUNDAY), per_day(100));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(200));
    world.last_assignment().status = AssignmentStatus::Tentative;
    world.last_assignment().billable = Some(false);
    let plan = world.plan();
    let week = period(MONDAY, SUNDAY);
    let confirmed = dashboard(&plan, week, false);
    let tentative = dashboard(&plan, week, true);
    assert_eq!(confirmed.booked_minutes, 1500);
    assert_eq!(tentative.booked_minutes, 1500);
    assert_eq!(confirmed.tentative_minutes, 1500);
    assert_eq!(
        (confirmed.busy_minutes, confirmed.overtime_minutes),
        (1500, 0)
    );
    assert_eq!(
        (tentative.busy_minutes, tentative.overtime_minutes),
        (2400, 600)
    );
    assert_eq!(
        (confirmed.utilization, tentative.utilization),
        (Some(0.625), Some(1.25))
    );
    assert_eq!(
        (confirmed.billable_minutes, tentative.billable_minutes),
        (1500, 2000)
    );
    assert_eq!(
        (confirmed.people.partly_idle, tentative.people.fully_busy),
        (1, 1)
    );
    assert_eq!(
        (confirmed.overbooked_people, tentative.overbooked_people),
        (0, 1)
    );
}

#[test]
fn a_ratio_without_capacity_is_none() {
    let (mut world, ana, apollo) = ana();
    world.works(ana, "2020-01-01", week([0; 7]));
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(60));
    let found = dashboard(&world.plan(), period(MONDAY, SUNDAY), false);
    assert_eq!(
        (found.utilization, found.billable_utilization),
        (None, None)
    );
    // Booked without capacity is fully busy: nothing is idle.
    assert_eq!(found.people.fully_busy, 1);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["utilization"], serde_json::Value::Null);
    assert_eq!(json["by_week"][0]["week_start"], MONDAY);
    assert_eq!(json["by_role"][0]["job_title"], serde_json::Value::Null);
}

#[test]
fn minutes_go_to_the_job_title_in_force_each_day() {
    let (mut world, ana, apollo) = ana();
    let ben = world.person("Ben");
    world.title(ana, "2026-11-24", "Designer");
    world.title(ana, "2026-11-26", "Lead");
    world.title(ana, "2026-11-26", "Developer");
    world.title(ben, "2020-01-01", "Developer");
    world.person_mut(ben).employment = employed(None, Some(date("2026-11-26")));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(100));
    let found = dashboard(&world.plan(), period(MONDAY, SUNDAY), false);
    let roles: Vec<_> = found
        .by_role
        .iter()
        .map(|r| {
            let title = r.job_title.as_deref();
            (title, r.people, r.capacity_minutes, r.busy_minutes)
        })
        .collect();
    let expected = [
        (Some("Designer"), 0, 960, 200),
        (Some("Developer"), 2, 960 + 4 * 480, 200),
        (None, 0, 480, 100),
    ];
    // Ana has the title at the end, Ben had it on his last day.
    let mut expected = expected.to_vec();
    expected.sort_by_key(|r| (r.0.is_none(), r.0));
    assert_eq!(roles, expected);
}

#[test]
fn a_title_may_change_on_any_day() {
    for n in 0..100 {
        let (mut world, ana, _) = ana();
        world.settings.default_week = week([60; 7]).into();
        let day = date("2026-10-01").plus(n);
        world.title(ana, &day.to_string(), "Developer");
        let found = dashboard(&world.plan(), period("2026-09-21", "2027-01-31"), false);
        let without = found.by_role.last().unwrap();
        let days = u64::try_from(10 + n).unwrap();
        assert_eq!(
            (&without.job_title, without.capacity_minutes),
            (&None, days * 60)
        );
    }
}

#[test]
fn shortage_is_by_role_and_day() {
    let (mut world, ana, apollo) = ana();
    world.title(ana, "2020-01-01", "Developer");
    let wanted = world.placeholder("Developer");
    let writer = world.placeholder("Writer");
    world.books(ana, apollo, (MONDAY, "2026-11-24"), per_day(400));
    let days = (date(MONDAY), Some(date(SUNDAY)));
    world.assign(Owner::Placeholder(wanted), apollo, days, per_day(200));
    world.assign(Owner::Placeholder(writer), apollo, days, per_week(600));
    let found = dashboard(&world.plan(), period(MONDAY, SUNDAY), false);
    let role = |title: &str| {
        let mut roles = found.by_role.iter();
        let role = roles
            .find(|r| r.job_title.as_deref() == Some(title))
            .unwrap();
        (role.people, role.demand_minutes, role.shortage_minutes)
    };
    // Idle are 80, 80, 480, 480, 480; 200 are asked for on each of these days.
    assert_eq!(role("Developer"), (1, 1000, 240));
    assert_eq!(role("Writer"), (0, 600, 600));
    assert_eq!((found.demand_minutes, found.booked_minutes), (1600, 800));
}

#[test]
fn a_placeholder_follows_the_default_week_less_the_tenants_holidays() {
    let (mut world, _, apollo) = ana();
    world.settings.default_week = week([0, 240, 240, 0, 0, 0, 0]).into();
    world.holidays(&["2026-12-02"], &[]);
    let wanted = world.placeholder("Developer");
    let days = (date(MONDAY), None);
    world.assign(Owner::Placeholder(wanted), apollo, days, per_week(1200));
    let query = ScheduleQuery {
        period: period(MONDAY, "2026-12-06"),
        bucket: Bucket::Day,
        filter: Filter::default(),
        group: GroupBy::None,
        sort: SortBy::Name,
        rows: RowChoice::Page {
            offset: 0,
            limit: 10,
        },
    };
    let found = placeholder_schedule(&world.plan(), &query).unwrap();
    let minutes = &found.rows[0].demand_minutes;
    assert_eq!(minutes, &[0, 600, 600, 0, 0, 0, 0, 0, 600, 0, 0, 0, 0, 0]);
}

#[test]
fn a_window_that_cannot_hold_its_work_is_named_once() {
    let (mut world, ana, apollo) = ana();
    let tight = world.books(ana, apollo, ("2026-11-24", "2026-11-25"), total(700));
    world.books(ana, apollo, (MONDAY, "2026-12-31"), total(300));
    world.books(ana, apollo, (MONDAY, SUNDAY), per_day(200));
    let found = dashboard(&world.plan(), period(MONDAY, SUNDAY), false);
    // Room on the two days: 2 × (480 − 200).
    let [window] = &found.infeasible[..] else {
        panic!("one window, not {:?}", found.infeasible);
    };
    assert_eq!(
        (window.from, window.to),
        (date("2026-11-24"), date("2026-11-25"))
    );
    assert_eq!(
        (&window.assignment_ids[..], window.missing_minutes),
        (&[tight][..], 140)
    );
}

#[test]
fn people_become_free_when_their_last_booking_ends() {
    let (mut world, ana, apollo) = ana();
    let ben = world.person("Ben");
    let cy = world.person("Cy");
    world.books(ana, apollo, (MONDAY, "2026-11-26"), per_day(60));
    world.books(ana, apollo, (MONDAY, "2026-11-24"), per_day(60));
    world.books(ben, apollo, (MONDAY, "2026-11-25"), per_day(60));
    world.books(cy, apollo, (MONDAY, "2026-11-25"), per_day(60));
    let open = (date("2027-01-01"), None);
    world.assign(Owner::Person(cy), apollo, open, per_day(60));
    let found = dashboard(&world.plan(), period(MONDAY, SUNDAY), false);
    let listed: Vec<_> = found
        .becoming_free
        .iter()
        .map(|f| (f.person_id, f.date))
        .collect();
    assert_eq!(
        listed,
        [(ben, date("2026-11-26")), (ana, date("2026-11-27"))]
    );
}

#[test]
fn lanes_are_packed_over_the_whole_history_longer_bars_first() {
    let (mut world, ana, apollo) = ana();
    let short = world.books(ana, apollo, (MONDAY, "2026-11-24"), per_day(60));
    let long = world.books(ana, apollo, (MONDAY, "2026-12-31"), per_day(60));
    let later = world.books(ana, apollo, ("2026-11-25", "2026-11-25"), per_day(60));
    let touching = world.books(ana, apollo, ("2026-11-25", "2026-11-26"), per_day(60));
    let early = world.books(ana, apollo, ("2026-01-01", MONDAY), per_day(60));
    let plan = world.plan();
    let filter = Filter::default();
    let index = schedule_index(
        &plan,
        &filter,
        GroupBy::None,
        SortBy::Name,
        period(MONDAY, SUNDAY),
    );
    assert_eq!(index.rows.lanes, [3]);
    let entry = &plan.people()[&ana];
    let lanes = raally_domain::figures::Lanes::pack(&entry.bookings);
    let lane = |id| {
        let at = entry.bookings.iter().position(|b| b.record.id == id);
        lanes.of(at.unwrap())
    };
    assert_eq!(lane(early), 0);
    assert_eq!(lane(long), 1);
    assert_eq!(lane(short), 2);
    assert_eq!(lane(touching), 0);
    assert_eq!(lane(later), 2);
}

#[test]
fn time_off_touches_the_windows_that_it_spreads_anew() {
    let (mut world, ana, apollo) = ana();
    world.books(ana, apollo, (MONDAY, "2026-12-18"), total(3000));
    world.books(ana, apollo, ("2026-01-01", "2027-12-31"), per_day(60));
    world.away(ana, "2026-12-16", "2027-01-08", None);
    let (id, off) = world.time_off[0].clone();
    let found = touched(&put(id, &off), &world.plan());
    let expected = Touched {
        person_id: Some(ana),
        placeholder_id: None,
        from: date(MONDAY),
        to: date("2027-01-08"),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn rows_are_filtered_and_grouped() {
    let (mut world, ana, apollo) = ana();
    let zoe = world.person("Zoë");
    let gone = world.person("Gone");
    world.person_mut(gone).archived = true;
    world.title(zoe, "2026-11-29", "Designer");
    world.books(ana, apollo, (MONDAY, MONDAY), per_day(500));
    let plan = world.plan();
    let ids = |filter: Filter, to: &str| {
        let period = period(MONDAY, to);
        schedule_index(&plan, &filter, GroupBy::Role, SortBy::Name, period)
    };
    let any = Filter::default;
    let text = |q: &str| Filter {
        q: Some(q.to_owned()),
        ..any()
    };
    assert_eq!(ids(any(), "2026-11-28").rows.ids, [ana, gone, zoe]);
    let grouped = ids(any(), SUNDAY);
    assert_eq!(grouped.rows.ids, [zoe, ana, gone]);
    let groups: Vec<_> = grouped
        .groups
        .iter()
        .map(|g| (g.label.as_deref(), g.count))
        .collect();
    assert_eq!(groups, [(Some("Designer"), 1), (None, 2)]);
    assert_eq!(ids(text(" ZOE"), SUNDAY).rows.ids, [zoe]);
    let designers = Filter {
        role: Some("Designer".to_owned()),
        ..any()
    };
    assert_eq!(ids(designers, SUNDAY).rows.ids, [zoe]);
    let overbooked = Filter {
        overbooked: true,
        ..any()
    };
    assert_eq!(ids(overbooked, SUNDAY).rows.ids, [ana]);
    let booked = Filter {
        project_id: Some(apollo),
        ..any()
    };
    assert_eq!(ids(booked.clone(), SUNDAY).rows.ids, [ana]);
    let later = period("2026-11-24", SUNDAY);
    let index = schedule_index(&plan, &booked, GroupBy::None, SortBy::Name, later);
    assert_eq!(index.total, 0);
}

#[test]
fn a_large_day_is_added_up_without_overflow() {
    let (mut world, ana, apollo) = ana();
    for _ in 0..60 {
        world.books(ana, apollo, (MONDAY, MONDAY), total(u32::MAX / 64));
    }
    let plan = world.plan();
    let entry = &plan.people()[&ana];
    let week = period(MONDAY, SUNDAY);
    let totals: Totals = PersonFigures::of(&plan, entry, week).totals(week);
    assert_eq!(totals.booked, 60 * u64::from(u32::MAX / 64));
}
