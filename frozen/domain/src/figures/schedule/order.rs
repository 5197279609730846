//! Which rows there are, and in what order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::{Filter, GroupBy, SortBy, as_text};
use crate::date::Period;
use crate::event::Head;
use crate::figures::memo::FigureContext;
use crate::figures::person::PersonFigures;
use crate::figures::presence::{is_in, runs_in};
use crate::figures::{SearchTerm, fold};
use crate::ids::{PersonId, TeamId};
use crate::plan::{PersonEntry, Plan};

/// The rows of a schedule before anything of them is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleIndex {
    /// The state of the log that this was worked out from.
    #[serde(serialize_with = "as_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub head: Head,
    /// How many rows there are.
    pub total: usize,
    /// In the order of the rows; none where rows are not grouped.
    pub groups: Vec<RowGroup>,
    /// All rows.
    pub rows: IndexRows,
}

/// Consecutive rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowGroup {
    /// The team's id, or the job title; `null` for those without.
    pub key: Option<String>,
    /// What to call it; `null` for those without.
    pub label: Option<String>,
    /// How many rows.
    pub count: usize,
}

/// Both of the same length, in the order of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IndexRows {
    /// Whose row.
    pub ids: Vec<PersonId>,
    /// How many lanes each row has over its whole history.
    pub lanes: Vec<u16>,
}

/// The order of all rows that a schedule of the same filter has. Deterministic: group, sort,
/// folded name, id.
#[must_use]
pub fn schedule_index(
    plan: &Plan,
    filter: &Filter,
    group: GroupBy,
    sort: SortBy,
    period: Period,
) -> ScheduleIndex {
    let rows = order(plan, filter, group, sort, period);
    ScheduleIndex {
        head: plan.head(),
        total: rows.len(),
        groups: groups(plan, group, &rows),
        rows: IndexRows {
            ids: rows.iter().map(|r| r.entry.id).collect(),
            lanes: rows
                .iter()
                .map(|r| r.entry.booked().lanes.count())
                .collect(),
        },
    }
}

/// A row before its content is worked out.
pub(super) struct Place<'p> {
    pub entry: &'p Arc<PersonEntry>,
    title: Option<&'p str>,
    team: Option<TeamId>,
}

pub(super) fn order<'p>(
    plan: &'p Plan,
    filter: &Filter,
    group: GroupBy,
    sort: SortBy,
    period: Period,
) -> Vec<Place<'p>> {
    let fits = Fits::new(plan, filter, period);
    let places: Vec<Place<'p>> = plan
        .people()
        .values()
        .filter(|entry| fits.by_name(entry) && fits.person(entry))
        .map(|entry| Place {
            entry,
            title: entry.title_on(period.to()),
            team: entry.placement_on(period.to()).and_then(|p| p.team_id),
        })
        .collect();
    let titles = title_ranks(&places);
    let teams = team_ranks(plan);
    let last = usize::MAX;
    let title_rank = |place: &Place<'_>| place.title.map_or(last, |t| titles[t]);
    let team_rank = |place: &Place<'_>| {
        place
            .team
            .and_then(|id| teams.get(&id).copied())
            .unwrap_or(last)
    };
    let context = FigureContext::of(plan);
    let utilization = |place: &Place<'_>| {
        let totals = PersonFigures::on(&context, place.entry, period).totals(period);
        // The bits of floats that are not negative sort as they do.
        Reverse(totals.utilization(false).map(f64::to_bits))
    };
    let mut keyed: Vec<_> = places
        .into_iter()
        .map(|place| {
            let group = match group {
                GroupBy::None => 0,
                GroupBy::Team => team_rank(&place),
                GroupBy::Role => title_rank(&place),
            };
            let (rank, used) = match sort {
                SortBy::Name => (0, Reverse(None)),
                SortBy::Role => (title_rank(&place), Reverse(None)),
                SortBy::Utilization => (0, utilization(&place)),
            };
            let name: &str = &place.entry.profile().folded_name;
            (group, rank, used, beginning(name), name, place)
        })
        .collect();
    keyed.sort_unstable_by(|a, b| {
        let ranks = (a.0, a.1, a.2, a.3).cmp(&(b.0, b.1, b.2, b.3));
        ranks.then_with(|| (a.4, a.5.entry.id).cmp(&(b.4, b.5.entry.id)))
    });
    keyed.into_iter().map(|(.., place)| place).collect()
}

/// The first bytes of a name as a number that sorts as they do; comparing it settles most pairs
/// without following a pointer.
fn beginning(name: &str) -> u128 {
    let mut bytes = [0; 16];
    let len = name.len().min(16);
    bytes[..len].copy_from_slice(&name.as_bytes()[..len]);
    u128::from_be_bytes(bytes)
}

fn title_ranks<'p>(places: &[Place<'p>]) -> BTreeMap<&'p str, usize> {
    let titles: BTreeSet<&str> = places.iter().filter_map(|p| p.title).collect();
    let mut titles: Vec<&str> = titles.into_iter().collect();
    titles.sort_by_cached_key(|t| (fold(t), *t));
    titles.into_iter().zip(0..).collect()
}

fn team_ranks(plan: &Plan) -> BTreeMap<TeamId, usize> {
    let mut teams: Vec<_> = plan.teams().values().collect();
    teams.sort_by_cached_key(|t| (fold(&t.value.name), t.id));
    teams.into_iter().map(|t| t.id).zip(0..).collect()
}

fn groups(plan: &Plan, group: GroupBy, rows: &[Place<'_>]) -> Vec<RowGroup> {
    let of = |place: &Place<'_>| match group {
        GroupBy::None => (None, None),
        GroupBy::Role => {
            let title = place.title.map(str::to_owned);
            (title.clone(), title)
        }
        GroupBy::Team => {
            let team = place.team.and_then(|id| plan.teams().get(&id));
            let label = team.map(|t| t.value.name.clone());
            (team.map(|t| t.id.to_string()), label)
        }
    };
    let mut groups: Vec<RowGroup> = Vec::new();
    if group == GroupBy::None {
        return groups;
    }
    for place in rows {
        let (key, label) = of(place);
        match groups.last_mut() {
            Some(last) if last.key == key => last.count += 1,
            _ => groups.push(RowGroup {
                key,
                label,
                count: 1,
            }),
        }
    }
    groups
}

/// A filter made ready to be asked of many rows.
pub(super) struct Fits<'p> {
    context: FigureContext<'p>,
    filter: &'p Filter,
    period: Period,
    term: Option<SearchTerm>,
}

impl<'p> Fits<'p> {
    pub(super) fn new(plan: &'p Plan, filter: &'p Filter, period: Period) -> Fits<'p> {
        Fits {
            context: FigureContext::of(plan),
            filter,
            period,
            term: filter.q.as_deref().map(SearchTerm::new),
        }
    }

    /// Whether one of these texts holds what is searched for.
    pub(super) fn text<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let found = |term: &SearchTerm| texts.into_iter().any(|t| term.is_in(t));
        self.term.as_ref().is_none_or(found)
    }

    fn by_name(&self, entry: &PersonEntry) -> bool {
        let (name, folded) = (entry.person.name(), &entry.profile().folded_name);
        let found = |term: &SearchTerm| term.is_in_folded(folded, name);
        self.term.as_ref().is_none_or(found)
    }

    /// Whether a person is in the period and fits everything but the text.
    pub(super) fn person(&self, entry: &PersonEntry) -> bool {
        let (filter, person) = (self.filter, &entry.person);
        let booked_on = |project| {
            let mut bookings = entry.bookings.iter();
            bookings.any(|b| b.record.value.project_id == project && runs_in(b, self.period))
        };
        is_in(&self.context, entry, self.period)
            && filter.team_id.is_none_or(|id| self.in_team(entry, id))
            && filter
                .role
                .as_deref()
                .is_none_or(|r| self.in_role(entry, r))
            && filter
                .skill_id
                .is_none_or(|id| person.skills.iter().any(|s| s.skill_id == id))
            && filter.project_id.is_none_or(booked_on)
            && (!filter.overbooked || self.overbooked(entry))
    }

    /// Whether a person is of that team on one of the period's days.
    fn in_team(&self, entry: &PersonEntry, team: TeamId) -> bool {
        let mut placements = entry.placements_in(self.period);
        placements.any(|p| p.and_then(|p| p.team_id) == Some(team))
    }

    /// Whether that job title is a person's on one of the period's days.
    fn in_role(&self, entry: &PersonEntry, title: &str) -> bool {
        let mut titles = entry.titles_in(self.period);
        titles.any(|t| t == Some(title))
    }

    fn overbooked(&self, entry: &PersonEntry) -> bool {
        let figures = PersonFigures::on(&self.context, entry, self.period);
        figures.overbooked(self.period, false).is_some()
    }

    /// Whether it asks for something that only people have.
    pub(super) fn asks_for_people(&self) -> bool {
        self.filter.skill_id.is_some() || self.filter.overbooked
    }

    pub(super) fn filter(&self) -> &Filter {
        self.filter
    }
}
