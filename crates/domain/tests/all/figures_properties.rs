//! What holds of figures whatever the plan.

use std::collections::BTreeMap;

use crate::figures_support::edits::{Edit, edit};
use crate::figures_support::{World, put, random};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use raally_domain::date::{Date, Period};
use raally_domain::default_week::{DatedWeek, DefaultWeeks};
use raally_domain::effort::Effort;
use raally_domain::event::{Change, Diff, Head};
use raally_domain::figures::{
    Bucket, Dashboard, Filter, GroupBy, PersonFigures, PlaceholderSchedule, ProjectRow,
    ProjectSchedule, RowChoice, Schedule, ScheduleQuery, ScheduleRow, SortBy, Touched, dashboard,
    placeholder_schedule, project_schedule, schedule, touched, unite,
};
use raally_domain::ids::{
    AssignmentId, AvailabilityId, JobTitleId, PersonId, PlacementId, TheSettings,
};
use raally_domain::kinds::{
    AssignmentStatus, Availability, JobTitle, Owner, Placement, Portion, TimeOff, TimeOffStatus,
};
use raally_domain::plan::{Plan, PlanSnapshot};

/// The same cases every time.
fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_124),
        ..Config::default()
    }
}

/// Every figure of a plan over a period.
#[derive(Debug, PartialEq)]
struct Everything {
    dashboards: [Dashboard; 2],
    schedules: Vec<Schedule>,
    projects: ProjectSchedule,
    placeholders: PlaceholderSchedule,
}

fn everything(plan: &Plan, period: Period) -> Everything {
    let query = |bucket| ScheduleQuery {
        period,
        bucket,
        filter: Filter::default(),
        group: GroupBy::Team,
        sort: SortBy::Utilization,
        rows: RowChoice::Page {
            offset: 0,
            limit: 200,
        },
    };
    let buckets = [Bucket::Day, Bucket::Week, Bucket::Month];
    let mut schedules: Vec<Schedule> = buckets.map(|b| schedule(plan, &query(b)).unwrap()).into();
    let mut projects = project_schedule(plan, &query(Bucket::Week)).unwrap();
    projects.head = Head::default();
    let mut placeholders = placeholder_schedule(plan, &query(Bucket::Week)).unwrap();
    placeholders.head = Head::default();
    // Head and versions say when something was written, not what the figures are.
    for schedule in &mut schedules {
        schedule.head = Head::default();
        for row in &mut schedule.rows {
            row.version = 0;
            row.assignments.iter_mut().for_each(|a| a.version = 0);
            row.time_off.iter_mut().for_each(|t| t.version = 0);
        }
    }
    for row in &mut placeholders.rows {
        row.version = 0;
        row.assignments.iter_mut().for_each(|a| a.version = 0);
    }
    for row in &mut projects.rows {
        row.version = 0;
        for person in &mut row.people {
            person.version = 0;
            person.assignments.iter_mut().for_each(|a| a.version = 0);
        }
        for placeholder in &mut row.placeholders {
            placeholder.version = 0;
            placeholder
                .assignments
                .iter_mut()
                .for_each(|a| a.version = 0);
        }
    }
    Everything {
        dashboards: [false, true].map(|with| dashboard(plan, period, with)),
        schedules,
        projects,
        placeholders,
    }
}

/// All days that anything here happens on, and some before and after.
fn all_days() -> Period {
    let first = Date::from_days(20_300).unwrap();
    Period::new(first, first.plus(650)).unwrap()
}

fn booked(plan: &Plan, of: Owner, period: Period) -> Vec<(u32, u32)> {
    let Some(entry) = of.person().and_then(|id| plan.people().get(&id)) else {
        return Vec::new();
    };
    let figures = PersonFigures::of(plan, entry, period);
    figures
        .days()
        .map(|(_, f)| (f.booked, f.capacity))
        .collect()
}

/// Load and displaced minutes by booking and day of what is no total effort.
type Rhythms = BTreeMap<(AssignmentId, Date), (u64, u64)>;

fn rhythms(plan: &Plan, person: PersonId) -> Rhythms {
    let figures = PersonFigures::of(plan, &plan.people()[&person], all_days());
    let mut found = Rhythms::new();
    for day in all_days().iter() {
        for (booking, minutes) in figures.loads_on(day) {
            if !matches!(booking.record.value.effort, Effort::Total { .. }) {
                found.entry((booking.record.id, day)).or_default().0 += u64::from(minutes);
            }
        }
        for displaced in figures.displaced(Period::new(day, day).unwrap()) {
            let id = displaced.booking.record.id;
            found.entry((id, day)).or_default().1 += displaced.minutes;
        }
    }
    found
}

fn change(id: usize, before: Option<&World>, after: Option<&World>) -> Change {
    let of = |world: &World| world.assignments[id].1.clone();
    Change::from(Diff {
        id: AssignmentId(crate::figures_support::id(0x80, id)),
        before: before.map(of),
        after: after.map(of),
    })
}

/// Whether the row of a person is said to have changed on a day.
fn covers(touched: &[Touched], person: PersonId, day: Date) -> bool {
    let mut rows = touched.iter().filter(|t| t.placeholder_id.is_none());
    rows.any(|t| t.person_id.is_none_or(|id| id == person) && t.from <= day && day <= t.to)
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn sums_agree_whichever_way_they_are_taken(
        world in random::world(),
        period in random::period(),
        with in any::<bool>(),
    ) {
        let plan = world.plan();
        let found = dashboard(&plan, period, with);
        prop_assert_eq!(found.busy_minutes + found.idle_minutes, found.capacity_minutes);
        let roles = |minutes: fn(&raally_domain::figures::RoleFigures) -> u64| {
            found.by_role.iter().map(minutes).sum::<u64>()
        };
        prop_assert_eq!(roles(|r| r.capacity_minutes), found.capacity_minutes);
        prop_assert_eq!(roles(|r| r.booked_minutes), found.booked_minutes);
        prop_assert_eq!(roles(|r| r.tentative_minutes), found.tentative_minutes);
        prop_assert_eq!(roles(|r| r.displaced_minutes), found.displaced_minutes);
        prop_assert_eq!(roles(|r| r.busy_minutes), found.busy_minutes);
        prop_assert_eq!(roles(|r| r.idle_minutes), found.idle_minutes);
        prop_assert_eq!(roles(|r| r.overtime_minutes), found.overtime_minutes);
        prop_assert_eq!(roles(|r| r.demand_minutes), found.demand_minutes);
        let weeks = found.by_week.iter();
        let booked: u64 = weeks.clone().map(|w| w.booked_minutes).sum();
        let capacity: u64 = weeks.clone().map(|w| w.capacity_minutes).sum();
        prop_assert_eq!((booked, capacity), (found.booked_minutes, found.capacity_minutes));
        let displaced: u64 = weeks.map(|w| w.displaced_minutes).sum();
        prop_assert_eq!(displaced, found.displaced_minutes);
        let projects: u64 = found.projects.iter().map(|p| p.booked_minutes).sum();
        prop_assert_eq!(projects, found.booked_minutes);
        let displaced: u64 = found.projects.iter().map(|p| p.displaced_minutes).sum();
        prop_assert_eq!(displaced, found.displaced_minutes);
        let listed: u64 = found.displaced.iter().map(|d| d.minutes).sum();
        prop_assert_eq!(listed, found.displaced_minutes);
        let p = found.people;
        let counted = p.fully_busy + p.fully_idle + p.partly_idle + p.no_capacity;
        let people = u32::try_from(plan.people().len()).unwrap();
        prop_assert!(counted <= people);
        prop_assert_eq!(found.by_role.iter().map(|r| r.people).sum::<u32>(), counted);
        let everything = everything(&plan, period);
        for schedule in &everything.schedules {
            let rows = schedule.rows.iter();
            prop_assert_eq!(u32::try_from(rows.len()).unwrap(), counted);
            let sum = |minutes: fn(&ScheduleRow) -> &Vec<u64>| -> u64 {
                rows.clone().flat_map(minutes).sum()
            };
            prop_assert_eq!(sum(|r| &r.capacity_minutes), found.capacity_minutes);
            prop_assert_eq!(sum(|r| &r.booked_minutes), found.booked_minutes);
            prop_assert_eq!(sum(|r| &r.tentative_minutes), found.tentative_minutes);
            let displaced = sum(|r| &r.displaced_minutes);
            let bars = rows.clone().flat_map(|r| &r.assignments);
            let counted = bars.filter(|b| with || !b.tentative);
            let bars: u64 = counted.map(|b| b.displaced_minutes).sum();
            prop_assert_eq!(bars, found.displaced_minutes);
            prop_assert!(with || displaced == found.displaced_minutes);
        }
        let of_projects = everything.projects.rows.iter();
        let sum = |minutes: fn(&ProjectRow) -> &Vec<u64>| -> u64 {
            of_projects.clone().flat_map(minutes).sum()
        };
        prop_assert_eq!(sum(|r| &r.booked_minutes), found.booked_minutes);
        prop_assert_eq!(sum(|r| &r.tentative_minutes), found.tentative_minutes);
        prop_assert!(with || sum(|r| &r.displaced_minutes) == found.displaced_minutes);
    }

    #[test]
    fn time_off_never_raises_capacity_and_leaves_the_sums_of_total_efforts(
        world in random::world(),
        off in random::time_off(),
    ) {
        let (plan, period) = (world.plan(), all_days());
        let mut after = plan.clone();
        let id = raally_domain::ids::TimeOffId(crate::figures_support::id(0xf0, 500));
        after.apply_provisional(&put(id, &off)).unwrap();
        for (id, entry) in after.people() {
            let owner = Owner::Person(*id);
            for (was, is) in booked(&plan, owner, period).iter().zip(booked(&after, owner, period)) {
                prop_assert!(is.1 <= was.1);
            }
            let figures = PersonFigures::of(&after, entry, period);
            for booking in &entry.bookings {
                if let Effort::Total { minutes } = booking.record.value.effort {
                    let loads = period.iter().flat_map(|day| figures.loads_on(day));
                    let own = loads.filter(|(b, _)| b.record.id == booking.record.id);
                    prop_assert_eq!(own.map(|(_, m)| m).sum::<u32>(), minutes);
                }
            }
        }
    }

    #[test]
    fn time_off_moves_minutes_of_a_rhythm_from_load_to_displaced(
        world in random::world(),
        off in random::time_off(),
    ) {
        let plan = world.plan();
        let mut after = plan.clone();
        let id = raally_domain::ids::TimeOffId(crate::figures_support::id(0xf0, 500));
        after.apply_provisional(&put(id, &off)).unwrap();
        for id in plan.people().keys() {
            let (was, is) = (rhythms(&plan, *id), rhythms(&after, *id));
            prop_assert_eq!(was.len(), is.len());
            for (key, (load, displaced)) in &was {
                let (now, taken) = is[key];
                prop_assert!(now <= *load, "{:?}", key);
                prop_assert_eq!(now + taken, load + displaced, "{:?}", key);
            }
        }
    }

    #[test]
    fn a_dated_change_leaves_every_day_before_it(
        world in random::world(),
        work in random::availability(),
        title in random::title(),
        place in random::placement(),
    ) {
        let plan = world.plan();
        let mut after = plan.clone();
        let (work, title, place) = (
            Availability { created_seq: 90_000, ..work },
            JobTitle { created_seq: 90_001, ..title },
            Placement { created_seq: 90_002, ..place },
        );
        after.apply_provisional(&put(AvailabilityId(crate::figures_support::id(0xd0, 500)), &work)).unwrap();
        after.apply_provisional(&put(JobTitleId(crate::figures_support::id(0xe0, 500)), &title)).unwrap();
        after.apply_provisional(&put(PlacementId(crate::figures_support::id(0xa5, 500)), &place)).unwrap();
        for (id, entry) in after.people() {
            let (was, is) = (rhythms(&plan, *id), rhythms(&after, *id));
            let from = work.effective_date.min(place.effective_date);
            let before = |loads: &Rhythms| {
                let loads = loads.iter().filter(|((_, day), _)| *day < from);
                loads.map(|(key, minutes)| (*key, *minutes)).collect::<Vec<_>>()
            };
            prop_assert_eq!(before(&was), before(&is));
            let was_entry = &plan.people()[id];
            let days = PersonFigures::of(&after, entry, all_days());
            let were = PersonFigures::of(&plan, was_entry, all_days());
            for day in all_days().iter() {
                prop_assert!(day >= from || were.day(day).capacity == days.day(day).capacity);
                prop_assert!(
                    day >= title.effective_date || was_entry.title_on(day) == entry.title_on(day)
                );
            }
        }
    }

    #[test]
    fn a_dated_default_week_leaves_every_day_before_it(
        mut world in random::world(),
        week in random::dated_week(),
    ) {
        // The first one holds before its date as well, so it begins with time here.
        let mut weeks = world.settings.default_week.as_slice().to_vec();
        weeks[0].effective_date = Date::MIN;
        let with = |weeks: Vec<DatedWeek>| DefaultWeeks::try_from(weeks).unwrap();
        world.settings.default_week = with(weeks.clone());
        let plan = world.plan();
        let from = week.effective_date;
        weeks.retain(|other| other.effective_date != from);
        weeks.push(week);
        weeks.sort_by_key(|week| week.effective_date);
        world.settings.default_week = with(weeks);
        let mut after = plan.clone();
        after.apply_provisional(&put(TheSettings, &world.settings)).unwrap();
        for (id, entry) in after.people() {
            let days = PersonFigures::of(&after, entry, all_days());
            let were = PersonFigures::of(&plan, &plan.people()[id], all_days());
            for day in all_days().iter().filter(|day| *day < from) {
                prop_assert_eq!(were.day(day).capacity, days.day(day).capacity);
            }
            let before = |loads: Rhythms| {
                let loads = loads.into_iter().filter(|((_, day), _)| *day < from);
                loads.collect::<Vec<_>>()
            };
            prop_assert_eq!(before(rhythms(&plan, *id)), before(rhythms(&after, *id)));
        }
    }

    #[test]
    fn both_halves_are_the_whole_day_and_what_is_not_approved_changes_nothing(
        world in random::world(),
        off in random::time_off(),
    ) {
        let days_of = |portions: &[Portion], status| {
            let mut plan = world.plan();
            for (n, portion) in portions.iter().enumerate() {
                let id = raally_domain::ids::TimeOffId(crate::figures_support::id(0xf0, 500 + n));
                let off = TimeOff { portion: *portion, status, ..off.clone() };
                plan.apply_provisional(&put(id, &off)).unwrap();
            }
            let days = plan.people().values().map(|entry| {
                let figures = PersonFigures::of(&plan, entry, all_days());
                figures.days().collect::<Vec<_>>()
            });
            days.collect::<Vec<_>>()
        };
        let halves = [Portion::FirstHalf, Portion::SecondHalf];
        let approved = TimeOffStatus::Approved;
        prop_assert_eq!(days_of(&halves, approved), days_of(&[Portion::Day], approved));
        let before = days_of(&[], approved);
        for status in [TimeOffStatus::Requested, TimeOffStatus::Declined] {
            prop_assert_eq!(&days_of(&[off.portion], status), &before);
        }
    }

    #[test]
    fn an_assignment_never_lowers_booked_and_removing_it_restores_every_figure(
        mut world in random::world(),
        mut more in random::assignment(),
        period in random::period(),
    ) {
        more.status = AssignmentStatus::Confirmed;
        let plan = world.plan();
        let before = everything(&plan, period);
        let at = world.assignments.len();
        let id = AssignmentId(crate::figures_support::id(0x80, at));
        world.assignments.push((id, more.clone()));
        let mut after = plan.clone();
        let booking = change(at, None, Some(&world));
        after.apply_provisional(&booking).unwrap();
        for (was, is) in booked(&plan, more.owner, all_days())
            .iter()
            .zip(booked(&after, more.owner, all_days()))
        {
            prop_assert!(is.0 >= was.0);
        }
        everything(&after, period);
        after.apply_provisional(&change(at, Some(&world), None)).unwrap();
        prop_assert_eq!(everything(&after, period), before);
    }

    #[test]
    fn what_is_remembered_is_what_would_be_worked_out_anew(
        mut world in random::world(),
        edits in vec(edit(), 1..10),
        period in random::period(),
    ) {
        let mut plan = world.plan();
        everything(&plan, period);
        for (n, edit) in edits.into_iter().enumerate() {
            if let Some(change) = edit.apply(&mut world, n) {
                plan.apply_provisional(&change).unwrap();
            }
            prop_assert_eq!(everything(&plan, period), everything(&world.plan(), period));
        }
    }

    #[test]
    fn undoing_restores_every_figure_and_a_snapshot_keeps_them(
        mut world in random::world(),
        edits in vec(edit(), 1..8),
        period in random::period(),
    ) {
        let mut plan = world.plan();
        let before = everything(&plan, period);
        let mut done = Vec::new();
        for (n, edit) in edits.into_iter().enumerate() {
            if let Some(change) = edit.apply(&mut world, n) {
                plan.apply_provisional(&change).unwrap();
                done.push(change);
            }
        }
        let snapshot = PlanSnapshot::from_bytes(&PlanSnapshot::of(&plan).to_bytes()).unwrap();
        let read = snapshot.into_plan().unwrap();
        prop_assert_eq!(everything(&read, period), everything(&plan, period));
        for change in done.iter().rev() {
            plan.apply_provisional(&change.inverse()).unwrap();
        }
        prop_assert_eq!(everything(&plan, period), before);
    }

    #[test]
    fn what_a_change_touches_is_all_that_differs(
        mut world in random::world(),
        edits in vec(edit(), 1..6),
    ) {
        let mut plan = world.plan();
        for (n, edit) in edits.into_iter().enumerate() {
            let Some(change) = edit.apply(&mut world, n) else { continue };
            let before = plan.clone();
            plan.apply_provisional(&change).unwrap();
            let touched = touched(&change, &plan);
            prop_assert_eq!(&unite(touched.clone()), &touched);
            for (id, entry) in plan.people() {
                let was_entry = &before.people()[id];
                let was = PersonFigures::of(&before, was_entry, all_days());
                let is = PersonFigures::of(&plan, entry, all_days());
                let loads = |figures: &PersonFigures<'_>, day| {
                    let loads = figures.loads_on(day).into_iter();
                    let loads = loads.map(|(b, m)| (b.record.id, b.billable, b.tentative, m));
                    loads.collect::<Vec<_>>()
                };
                for day in all_days().iter() {
                    let same = was.day(day) == is.day(day)
                        && loads(&was, day) == loads(&is, day)
                        && was_entry.title_on(day) == entry.title_on(day);
                    prop_assert!(same || covers(&touched, *id, day), "{} {:?}", day, change);
                }
            }
        }
    }
}

/// Edits reach every kind of change; else the properties above would prove less than they say.
#[test]
fn edits_are_of_every_kind() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::new(cases(1));
    let mut kinds = std::collections::BTreeSet::new();
    for _ in 0..300 {
        let edit: Edit = edit().new_tree(&mut runner).unwrap().current();
        kinds.insert(format!("{edit:?}").split('(').next().unwrap().to_owned());
    }
    assert_eq!(kinds.len(), 13, "{kinds:?}");
}
