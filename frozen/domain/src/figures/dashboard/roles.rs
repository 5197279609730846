//! Figures by job title in force each day, with what placeholders ask of them.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use serde::Serialize;

use super::super::block::{Block, TitleKey, title_key};
use super::super::demand::PlaceholderFigures;
use super::super::fold::fold;
use super::super::totals::Totals;
use super::keys::KeyHasher;
use crate::date::{Date, Period};
use crate::plan::{PersonEntry, Plan};

/// The figures of a job title, in minutes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleFigures {
    /// `null`: days on which no job title is in force.
    pub job_title: Option<String>,
    /// People employed at the period's end who have the title then.
    pub people: u32,
    pub capacity_minutes: u64,
    pub booked_minutes: u64,
    pub tentative_minutes: u64,
    pub busy_minutes: u64,
    pub idle_minutes: u64,
    pub overtime_minutes: u64,
    pub utilization: Option<f64>,
    /// What placeholders of this title ask for.
    pub demand_minutes: u64,
    /// Σ over days of what they ask for beyond what is idle.
    pub shortage_minutes: u64,
}

#[derive(Default)]
struct Role<'p> {
    title: Option<&'p str>,
    people: u32,
    totals: Totals,
    /// By day of the period; empty where nothing is asked for.
    demand: Vec<u64>,
    idle: Vec<u64>,
}

pub(super) struct Roles<'p> {
    period: Period,
    with_tentative: bool,
    roles: HashMap<TitleKey, Role<'p>, BuildHasherDefault<KeyHasher>>,
}

impl<'p> Roles<'p> {
    pub(super) fn new(plan: &'p Plan, period: Period, with_tentative: bool) -> Roles<'p> {
        let mut roles = Roles {
            period,
            with_tentative,
            roles: HashMap::default(),
        };
        for entry in plan.placeholders().values() {
            let figures = PlaceholderFigures::of(plan, entry, period);
            for (booking, days) in figures.loads() {
                if with_tentative || !booking.tentative {
                    roles.ask(&entry.placeholder.title, days);
                }
            }
        }
        roles
    }

    fn ask(&mut self, title: &'p str, days: &[u32]) {
        let role = self.roles.entry(title_key(Some(title))).or_default();
        role.title = Some(title);
        role.demand.resize(days.len(), 0);
        role.idle.resize(days.len(), 0);
        for (sum, minutes) in role.demand.iter_mut().zip(days) {
            *sum += u64::from(*minutes);
        }
    }

    /// Adds those days of a block, on all of which the title is in force.
    pub(super) fn add(
        &mut self,
        title: TitleKey,
        totals: &Totals,
        entry: &'p PersonEntry,
        block: &Block,
        days: Range<usize>,
    ) {
        let role = self.roles.entry(title).or_default();
        let date =
            |day| Date::MIN.plus(block.first_day() + i32::try_from(day).expect("of a block"));
        if role.title.is_none() && title != 0 {
            role.title = entry.title_on(date(days.start));
        }
        role.totals += *totals;
        if role.demand.is_empty() {
            return;
        }
        for day in days {
            let at = usize::try_from(date(day).days() - self.period.from().days());
            let at = at.expect("within the period");
            if role.demand[at] > 0 {
                role.idle[at] += u64::from(block.day(day).idle(self.with_tentative));
            }
        }
    }

    /// Counts a person who is employed at the period's end.
    pub(super) fn count(&mut self, title: TitleKey) {
        self.roles.entry(title).or_default().people += 1;
    }

    pub(super) fn demand(&self) -> u64 {
        self.roles.values().flat_map(|r| &r.demand).sum()
    }

    /// Titles in the order of their names, none last; those of nobody and nothing left out.
    pub(super) fn finish(self) -> Vec<RoleFigures> {
        let with = self.with_tentative;
        let figures = |role: &Role<'_>| RoleFigures {
            job_title: role.title.map(str::to_owned),
            people: role.people,
            capacity_minutes: role.totals.capacity,
            booked_minutes: role.totals.booked,
            tentative_minutes: role.totals.tentative,
            busy_minutes: role.totals.busy(with),
            idle_minutes: role.totals.idle(with),
            overtime_minutes: role.totals.overtime(with),
            utilization: role.totals.utilization(with),
            demand_minutes: role.demand.iter().sum(),
            shortage_minutes: std::iter::zip(&role.demand, &role.idle)
                .map(|(demand, idle)| demand.saturating_sub(*idle))
                .sum(),
        };
        let mut found: Vec<RoleFigures> = self
            .roles
            .values()
            .map(figures)
            .filter(|r| {
                let minutes = r.capacity_minutes + r.booked_minutes + r.tentative_minutes;
                r.people > 0 || minutes + r.demand_minutes > 0
            })
            .collect();
        found.sort_by_cached_key(|r| {
            let folded = r.job_title.as_deref().map(fold);
            (folded.is_none(), folded, r.job_title.clone())
        });
        found
    }
}
