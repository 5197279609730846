//! Schedules of people, projects and placeholders, and the order of rows.

use std::collections::BTreeSet;

use proptest::prelude::*;
use raally_domain::date::Period;
use raally_domain::figures::{
    Bucket, Filter, GroupBy, RowChoice, ScheduleQuery, SortBy, Totals, fold, placeholder_schedule,
    project_schedule, ratio, schedule, schedule_index,
};
use raally_domain::kinds::Owner;
use raally_domain::plan::Plan;

use super::{months, parts, sum, weeks};
use crate::figures_support::World;
use crate::figures_support::oracle::Oracle;

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

pub(super) fn check(world: &World, plan: &Plan, period: Period) -> Result<(), TestCaseError> {
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
pub(super) fn check_order(world: &World, plan: &Plan, period: Period) -> Result<(), TestCaseError> {
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
