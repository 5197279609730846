//! Whose figures a change touches, and on which days.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::effort::Effort;
use crate::event::{Change, Diff};
use crate::ids::{PersonId, PlaceholderId};
use crate::kinds::{
    Assignment, Entity, EntityKind, Holiday, HolidayCalendar, Owner, Person, Placeholder, Project,
    Settings, TimeOff,
};
use crate::plan::{PersonEntry, Plan};

/// Days on which the row of a person (or of everybody, or of a placeholder) may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Touched {
    /// `null`: everybody, or the placeholder named.
    pub person_id: Option<PersonId>,
    /// The placeholder, where it is no person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder_id: Option<PlaceholderId>,
    /// The first day.
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
}

type Days = (Date, Date);

const ALWAYS: Days = (Date::MIN, Date::MAX);

/// What a change touches: the days it is about before and after, united, and the windows of
/// total efforts that those days spread anew. `after` is the plan with the change applied. What
/// no row shows, such as pay or the name of a team, touches nothing.
///
/// A moved bar may push others of the same row into other lanes on any day; rows say how many
/// lanes there are, and a client that sees the number change asks for all it shows of the row.
#[must_use]
pub fn touched(change: &Change, after: &Plan) -> Vec<Touched> {
    fn of<E: EntityKind>(diff: &Diff<E>, after: &Plan) -> Vec<Touched> {
        E::touched(diff, after)
    }
    for_change!(change, diff => of(diff, after))
}

/// Puts together what several changes touch: one entry a row, its days united.
#[must_use]
pub fn unite(touched: impl IntoIterator<Item = Touched>) -> Vec<Touched> {
    let mut rows = TouchedRows::default();
    rows.add(touched);
    rows.into_rows()
}

/// Rows with their days, united as they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchedRows(BTreeMap<(Option<PersonId>, Option<PlaceholderId>), Days>);

impl TouchedRows {
    /// Unites the days of more rows with those known.
    pub fn add(&mut self, touched: impl IntoIterator<Item = Touched>) {
        for t in touched {
            let row = self.0.entry((t.person_id, t.placeholder_id));
            let days = row.or_insert((t.from, t.to));
            *days = hull(*days, (t.from, t.to));
        }
    }

    /// The rows, each once.
    #[must_use]
    pub fn into_rows(self) -> Vec<Touched> {
        let rows = self.0.into_iter();
        rows.map(|((person_id, placeholder_id), (from, to))| Touched {
            person_id,
            placeholder_id,
            from,
            to,
        })
        .collect()
    }
}

fn hull(a: Days, b: Days) -> Days {
    (a.0.min(b.0), a.1.max(b.1))
}

fn of_person(id: PersonId, (from, to): Days) -> Touched {
    Touched {
        person_id: Some(id),
        placeholder_id: None,
        from,
        to,
    }
}

fn everybody((from, to): Days) -> Touched {
    Touched {
        person_id: None,
        placeholder_id: None,
        from,
        to,
    }
}

pub(crate) fn settings(d: &Diff<Settings>) -> Vec<Touched> {
    fn counts(s: &Settings) -> impl PartialEq + '_ {
        let calendar = s.holiday_calendar_id;
        // Where weeks begin, a row's buckets do.
        (&s.default_week, calendar, s.tolerance_minutes, s.week_start)
    }
    let (before, after) = (d.before.as_ref(), d.after.as_ref());
    match (before.map(counts), after.map(counts)) {
        (before, after) if before == after => Vec::new(),
        _ => vec![everybody(ALWAYS)],
    }
}

/// Its dates before and after that differ, for everybody whose calendar it is.
pub(crate) fn calendar(d: &Diff<HolidayCalendar>, after: &Plan) -> Vec<Touched> {
    fn holidays(calendar: Option<&HolidayCalendar>) -> &[Holiday] {
        calendar.map_or(&[], |c| &c.holidays)
    }
    let (old, new) = (holidays(d.before.as_ref()), holidays(d.after.as_ref()));
    let gone = old.iter().filter(|h| !new.contains(h));
    let come = new.iter().filter(|h| !old.contains(h));
    let dates: BTreeSet<Date> = gone.chain(come).map(|h| h.date).collect();
    let (Some(from), Some(to)) = (dates.first(), dates.last()) else {
        return Vec::new();
    };
    if after.settings().holiday_calendar_id == Some(d.id) {
        return vec![everybody(ALWAYS)];
    }
    let uses = |entry: &PersonEntry| {
        let mut placements = entry.placements.iter();
        placements.any(|p| p.value.holiday_calendar_id == Some(d.id))
    };
    let people = after.people().values();
    let whose = people.filter(|p| uses(p));
    spread_anew(whose.map(|p| (p.id, (*from, *to))).collect(), after)
}

/// Everybody and their bookings, where the calendar's days are others.
pub(crate) fn calendar_reach(d: &Diff<HolidayCalendar>, after: &Plan) -> usize {
    let same = match (&d.before, &d.after) {
        (Some(before), Some(now)) => before.holidays == now.holidays,
        _ => false,
    };
    if same {
        return 1;
    }
    after.people().len() + after.assignment_count()
}

pub(crate) fn person(d: &Diff<Person>) -> Vec<Touched> {
    vec![of_person(d.id, ALWAYS)]
}

pub(crate) fn placeholder(d: &Diff<Placeholder>) -> Vec<Touched> {
    vec![Touched {
        placeholder_id: Some(d.id),
        ..everybody(ALWAYS)
    }]
}

/// A dated record of a person: all days from the earlier date on; with `capacity` also the total
/// efforts that cross them.
pub(crate) fn dated<E: Entity>(
    d: &Diff<E>,
    after: &Plan,
    capacity: bool,
    of: impl Fn(&E) -> (PersonId, Date),
) -> Vec<Touched> {
    let people = records(d, |r| {
        let (person, from) = of(r);
        (person, (from, Date::MAX))
    });
    if capacity {
        return spread_anew(people, after);
    }
    let touched = people.into_iter();
    touched.map(|(id, days)| of_person(id, days)).collect()
}

pub(crate) fn time_off(d: &Diff<TimeOff>, after: &Plan) -> Vec<Touched> {
    let people = records(d, |t: &TimeOff| (t.person_id, (t.from, t.to)));
    spread_anew(people, after)
}

/// The bookings and records of whom a person's record is about: their entry is copied where it is
/// changed.
pub(crate) fn entry_reach<E: Entity>(
    d: &Diff<E>,
    after: &Plan,
    person: impl Fn(&E) -> PersonId,
) -> usize {
    let people = d.before.iter().chain(&d.after).map(person);
    let entries = people.filter_map(|id| after.people().get(&id));
    1 + entries
        .map(|entry| entry.bookings.len() + entry.records())
        .sum::<usize>()
}

/// The people a record is of before and after, with the days it is about.
fn records<E: Entity>(
    d: &Diff<E>,
    about: impl Fn(&E) -> (PersonId, Days),
) -> Vec<(PersonId, Days)> {
    let mut people: BTreeMap<PersonId, Days> = BTreeMap::new();
    for (id, days) in d.before.iter().chain(&d.after).map(about) {
        let known = people.entry(id).or_insert(days);
        *known = hull(*known, days);
    }
    people.into_iter().collect()
}

/// Widens days on which capacity changed by the total efforts that cross them.
fn spread_anew(people: Vec<(PersonId, Days)>, after: &Plan) -> Vec<Touched> {
    let widened = |(id, days): (PersonId, Days)| {
        let mut wide = days;
        let entry = after.people().get(&id).into_iter();
        let crossing = entry.flat_map(|entry| entry.bookings.between(days.0, days.1));
        for work in crossing.map(|booking| &booking.record.value) {
            if matches!(work.effort, Effort::Total { .. }) {
                wide = hull(wide, run(work));
            }
        }
        of_person(id, wide)
    };
    people.into_iter().map(widened).collect()
}

fn run(assignment: &Assignment) -> Days {
    (assignment.start, assignment.end.unwrap_or(Date::MAX))
}

fn of_owner(owner: Owner, days: Days) -> Touched {
    match owner {
        Owner::Person(id) => of_person(id, days),
        Owner::Placeholder(id) => Touched {
            placeholder_id: Some(id),
            ..everybody(days)
        },
    }
}

pub(crate) fn assignment(d: &Diff<Assignment>) -> Vec<Touched> {
    let values = d.before.iter().chain(&d.after);
    unite(values.map(|a| of_owner(a.owner, run(a))))
}

/// Whether a project's state or rate of being billable changed.
fn counts_anew(d: &Diff<Project>) -> bool {
    match (&d.before, &d.after) {
        (Some(before), Some(now)) => before.status != now.status || before.billable != now.billable,
        _ => true,
    }
}

/// A project whose state or rate of being billable changed: the days of its assignments.
pub(crate) fn project(d: &Diff<Project>, after: &Plan) -> Vec<Touched> {
    if !counts_anew(d) {
        return Vec::new();
    }
    let Some(entry) = after.projects().get(&d.id) else {
        return Vec::new();
    };
    let bookings = entry.assignments.iter().filter_map(|id| after.booking(*id));
    unite(bookings.map(|b| of_owner(b.record.value.owner, run(&b.record.value))))
}

/// Its bookings, each of which is put anew with what the project says now: that takes as long as
/// looking at several.
pub(crate) fn project_reach(d: &Diff<Project>, after: &Plan) -> usize {
    let entry = after.projects().get(&d.id).filter(|_| counts_anew(d));
    1 + 8 * entry.map_or(0, |entry| entry.assignments.len())
}
