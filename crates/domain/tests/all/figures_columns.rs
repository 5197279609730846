//! The dashboard of a plan that is written to, beside that of the same plan read anew: what is
//! kept by column is brought to each state, whoever comes, goes or changes.

use crate::figures_support::{World, date, period, person, put};
use raally_domain::date::Period;
use raally_domain::effort::Effort;
use raally_domain::event::{Change, Diff};
use raally_domain::figures::dashboard;
use raally_domain::ids::{PersonId, ProjectId};
use raally_domain::kinds::{Entity, Owner};
use raally_domain::plan::{Plan, PlanSnapshot};

/// More than two chunks of rows.
const PEOPLE: usize = 150;

fn crowd() -> (World, Vec<PersonId>, ProjectId) {
    let mut world = World::new();
    let apollo = world.project("Apollo");
    let people: Vec<PersonId> = (0..PEOPLE)
        .map(|n| {
            let id = world.person(&format!("Person {n}"));
            world.title(id, "2026-01-01", ["Developer", "Designer", "Tester"][n % 3]);
            if n % 5 == 0 {
                world.title(id, "2026-11-12", "Manager");
            }
            let effort = Effort::PerDay {
                minutes: 60 * u32::try_from(n % 11).unwrap() + 60,
                weekdays: None,
                include_non_working: n % 4 == 0,
            };
            let ends = ["2026-11-30", "2027-03-14", "2028-02-29"][n % 3];
            world.books(id, apollo, ("2026-09-07", ends), effort);
            if n % 6 != 0 {
                world.away(id, "2026-11-12", "2026-11-16", [None, Some(120)][n % 2]);
            }
            id
        })
        .collect();
    (world, people, apollo)
}

fn periods() -> [Period; 4] {
    [
        period("2026-10-05", "2027-01-03"),
        period("2026-11-11", "2026-11-13"),
        period("2026-12-30", "2027-04-01"),
        period("2026-01-01", "2027-12-31"),
    ]
}

/// Compares every dashboard with that of a plan that never showed one.
#[track_caller]
fn agree(plan: &Plan) {
    let anew = PlanSnapshot::of(plan).into_plan().unwrap();
    for period in periods() {
        for with_tentative in [false, true] {
            assert_eq!(
                dashboard(plan, period, with_tentative),
                dashboard(&anew, period, with_tentative),
            );
        }
    }
}

fn apply(plan: &mut Plan, change: &Change) {
    plan.apply_provisional(change).unwrap();
}

fn gone<E: Entity>(id: E::Id, before: &E) -> Change
where
    Change: From<Diff<E>>,
{
    let before = Some(before.clone());
    let after = None;
    Change::from(Diff { id, before, after })
}

/// Takes away what the world's person has, then the person.
fn leave(plan: &mut Plan, world: &World, leaving: PersonId) {
    for (id, assignment) in &world.assignments {
        if assignment.owner == Owner::Person(leaving) {
            apply(plan, &gone(*id, assignment));
        }
    }
    for (id, off) in &world.time_off {
        if off.person_id == leaving {
            apply(plan, &gone(*id, off));
        }
    }
    for (id, title) in &world.titles {
        if title.person_id == leaving {
            apply(plan, &gone(*id, title));
        }
    }
    let (id, value) = world.people.iter().find(|(id, _)| *id == leaving).unwrap();
    apply(plan, &gone(*id, value));
}

#[test]
fn rows_of_those_who_leave_are_taken_by_those_who_come() {
    let (world, people, _) = crowd();
    let mut plan = world.plan();
    agree(&plan);
    for leaving in people.iter().step_by(31) {
        leave(&mut plan, &world, *leaving);
        agree(&plan);
    }
    for n in 0..8 {
        let id = PersonId(crate::figures_support::id(0xa1, n));
        apply(&mut plan, &put(id, &person(&format!("Newcomer {n}"))));
        agree(&plan);
    }
}

#[test]
fn displaced_work_is_that_of_who_is_there_the_most_first() {
    let (world, people, _) = crowd();
    let mut plan = world.plan();
    let found = dashboard(&plan, periods()[0], false);
    // Of 150 people 125 are away on working days.
    assert_eq!(found.displaced.len(), 100);
    let most = &found.displaced[0];
    let of = |id| people.iter().position(|p| *p == id).unwrap();
    // The longest days that are lost whole, two of them at the weekend for who works then.
    assert_eq!((of(most.person_id) % 11, most.minutes), (10, 5 * 660));
    let least = &found.displaced[99];
    assert!(most.minutes > least.minutes && least.minutes > 0);
    leave(&mut plan, &world, most.person_id);
    agree(&plan);
    let without = dashboard(&plan, periods()[0], false);
    assert_eq!(
        without.displaced_minutes,
        found.displaced_minutes - most.minutes
    );
    assert!(
        without
            .displaced
            .iter()
            .all(|d| d.person_id != most.person_id)
    );
}

#[test]
fn a_change_of_most_people_begins_anew() {
    let (mut world, people, apollo) = crowd();
    let mut plan = world.plan();
    agree(&plan);
    let known = world.assignments.len();
    for id in &people[..100] {
        let days = ("2026-10-12", "2026-10-23");
        world.books(*id, apollo, days, Effort::Share { share: 2500 });
    }
    for (id, assignment) in &world.assignments[known..] {
        apply(&mut plan, &put(*id, assignment));
    }
    agree(&plan);
}

#[test]
fn minutes_that_need_more_room_widen_their_chunk() {
    let (mut world, people, apollo) = crowd();
    let mut plan = world.plan();
    agree(&plan);
    let day = ("2026-11-11", "2026-11-11");
    let minutes = u32::MAX / 2;
    let id = world.books(people[70], apollo, day, Effort::Total { minutes });
    let assignment = world.last_assignment().clone();
    apply(&mut plan, &put(id, &assignment));
    agree(&plan);
    let that_day = Period::new(date(day.0), date(day.1)).unwrap();
    let before = dashboard(&world.plan(), that_day, false).booked_minutes;
    assert!(before > u64::from(minutes));
    apply(&mut plan, &gone(id, &assignment));
    agree(&plan);
}

#[test]
fn an_older_state_of_a_plan_keeps_its_own_figures() {
    let (world, people, _) = crowd();
    let older = world.plan();
    agree(&older);
    let mut newer = older.clone();
    leave(&mut newer, &world, people[3]);
    agree(&newer);
    agree(&older);
    let mut settings = world.settings.clone();
    settings.tolerance_minutes = 120;
    apply(&mut newer, &put(raally_domain::ids::TheSettings, &settings));
    agree(&newer);
    agree(&older);
}
