//! Windows of total efforts that cannot hold their work.

use raally_domain::date::Date;
use raally_domain::effort::Effort;
use raally_domain::ids::{AssignmentId, PersonId};
use raally_domain::kinds::{Assignment, Owner};

use super::{Oracle, Who};

impl Oracle<'_> {
    /// Every smallest infeasible window: found by trying all intervals.
    pub fn infeasible(&self, person: PersonId, with_tentative: bool) -> Vec<(Date, Date, u64)> {
        let mine: Vec<&(AssignmentId, Assignment)> = self
            .world
            .assignments
            .iter()
            .filter(|(_, a)| a.owner == Owner::Person(person))
            .filter(|(_, a)| with_tentative || !self.tentative(a))
            .collect();
        let totals: Vec<(i32, i32, u64)> = mine
            .iter()
            .filter_map(|(_, a)| match a.effort {
                Effort::Total { minutes } => {
                    Some((a.start.days(), a.end?.days(), u64::from(minutes)))
                }
                _ => None,
            })
            .collect();
        let Some(first) = totals.iter().map(|t| t.0).min() else {
            return Vec::new();
        };
        let last = totals.iter().map(|t| t.1).max().unwrap();
        let room: Vec<u64> = (first..=last)
            .map(|n| {
                let day = Date::from_days(n).unwrap();
                let other: u64 = mine
                    .iter()
                    .filter(|(_, a)| !matches!(a.effort, Effort::Total { .. }))
                    .map(|(id, a)| self.load(*id, a, day))
                    .sum();
                self.capacity(Who::Person(person), day)
                    .saturating_sub(other)
            })
            .collect();
        let mut found: Vec<(i32, i32, u64)> = Vec::new();
        for from in first..=last {
            let mut free = 0;
            for to in from..=last {
                free += room[usize::try_from(to - first).unwrap()];
                let inside = totals.iter().filter(|t| from <= t.0 && t.1 <= to);
                let work: u64 = inside.map(|t| t.2).sum();
                if work > free {
                    found.push((from, to, work - free));
                    break;
                }
            }
        }
        let holds_another = |w: &(i32, i32, u64)| {
            let mut others = found.iter();
            others.any(|o| (o.0, o.1) != (w.0, w.1) && w.0 <= o.0 && o.1 <= w.1)
        };
        let smallest = found.iter().filter(|w| !holds_another(w));
        let date = |n| Date::from_days(n).unwrap();
        smallest.map(|w| (date(w.0), date(w.1), w.2)).collect()
    }
}
