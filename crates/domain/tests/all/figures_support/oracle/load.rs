//! What assignments load, and what time off takes of that.

use std::collections::BTreeMap;

use raally_domain::date::{Date, Period};
use raally_domain::effort::Effort;
use raally_domain::ids::AssignmentId;
use raally_domain::kinds::Assignment;

use super::{Oracle, Who, days_of, largest_remainder, runs_on, who, zero};

/// Whether approved time off is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TimeOff {
    Counts,
    Ignored,
}

impl Oracle<'_> {
    /// The minutes of an assignment on a day.
    pub fn load(&self, id: AssignmentId, assignment: &Assignment, day: Date) -> u64 {
        self.load_under(id, assignment, day, TimeOff::Counts)
    }

    /// What approved time off takes from an assignment on a day. Total efforts are spread again
    /// instead.
    pub fn displaced(&self, id: AssignmentId, assignment: &Assignment, day: Date) -> u64 {
        if matches!(assignment.effort, Effort::Total { .. }) {
            return 0;
        }
        let without = self.load_under(id, assignment, day, TimeOff::Ignored);
        without - self.load(id, assignment, day)
    }

    fn load_under(
        &self,
        id: AssignmentId,
        assignment: &Assignment,
        day: Date,
        time_off: TimeOff,
    ) -> u64 {
        if !runs_on(assignment, day) {
            return 0;
        }
        let who = who(assignment);
        let whole = match assignment.effort {
            Effort::Total { .. } => {
                return self.spreads[&id].get(&day.days()).copied().unwrap_or(0);
            }
            Effort::Share { .. } => {
                let before = self.capacity_before_time_off(who, day);
                let share = self.share(id, who, day, before);
                return match time_off {
                    TimeOff::Ignored => share,
                    TimeOff::Counts if before == 0 => 0,
                    TimeOff::Counts => share * self.capacity(who, day) / before,
                };
            }
            Effort::PerWeek { minutes } => {
                let week = self.followed_week(who, day);
                if week.iter().sum::<u16>() == 0 {
                    return 0;
                }
                largest_remainder(u64::from(minutes), &week.map(u64::from))[self.works_as(who, day)]
            }
            Effort::PerDay {
                minutes,
                weekdays,
                include_non_working,
            } => {
                let works_as = self.works_as(who, day);
                let works = self.followed_week(who, day)[works_as] > 0;
                let masked = weekdays.is_some_and(|mask| !mask.contains(works_as));
                if masked || !(works || include_non_working) {
                    return 0;
                }
                u64::from(minutes)
            }
        };
        self.part_left(who, day, whole, time_off)
    }

    /// The part of a rhythm that is left of a day.
    fn part_left(&self, who: Who, day: Date, whole: u64, time_off: TimeOff) -> u64 {
        let pattern = u64::from(self.followed_week(who, day)[self.works_as(who, day)]);
        if pattern == 0 {
            let lost = time_off == TimeOff::Counts && self.away_all_day(who, day);
            return match self.holiday(who, day) {
                _ if lost => 0,
                0 => whole,
                1 => whole / 2,
                _ => 0,
            };
        }
        let after_holiday = self.after_holiday(who, day, pattern);
        let left = whole * after_holiday / pattern;
        match time_off {
            TimeOff::Ignored => left,
            TimeOff::Counts if after_holiday == 0 => 0,
            TimeOff::Counts => left * self.remains(who, day, pattern) / after_holiday,
        }
    }

    /// Capacity after the holiday, before time off.
    fn capacity_before_time_off(&self, who: Who, day: Date) -> u64 {
        if !self.employed(who, day) {
            return 0;
        }
        let pattern = self.pattern_minutes(who, self.in_force(who, day), day);
        self.after_holiday(who, day, pattern)
    }

    /// What of a day's capacity goes to one of the shares that run on it: each gets what all up
    /// to it come to, less what all before it come to.
    fn share(&self, id: AssignmentId, of: Who, day: Date, capacity: u64) -> u64 {
        let all = self.world.assignments.iter();
        let mut shares: Vec<(bool, AssignmentId, u64)> = all
            .filter(|(_, a)| who(a) == of && runs_on(a, day))
            .filter_map(|(id, a)| match a.effort {
                Effort::Share { share } => Some((self.tentative(a), *id, u64::from(share))),
                _ => None,
            })
            .collect();
        shares.sort_unstable();
        let at = shares.iter().position(|(_, of, _)| *of == id).unwrap();
        let up_to = |n: usize| {
            let sum: u64 = shares[..n].iter().map(|s| s.2).sum();
            (2 * capacity * sum + 10_000) / 20_000
        };
        up_to(at + 1) - up_to(at)
    }

    /// A total effort over its window.
    pub(super) fn spread(&self, assignment: &Assignment, minutes: u64) -> BTreeMap<i32, u64> {
        let who = who(assignment);
        let window = Period::new(assignment.start, assignment.end.unwrap()).unwrap();
        let days: Vec<Date> = days_of(window).collect();
        let known = |day: Date| !zero(self.in_force(who, day));
        let by_default = |day: &Date| self.pattern_minutes(who, self.default_week(*day), *day);
        let by_capacity = |day: &Date| {
            if known(*day) {
                self.capacity(who, *day)
            } else if self.employed(who, *day) {
                self.remains(who, *day, by_default(day))
            } else {
                0
            }
        };
        let by_pattern = |day: &Date| {
            let pattern = if known(*day) {
                self.in_force(who, *day)
            } else {
                self.default_week(*day)
            };
            self.pattern_minutes(who, pattern, *day)
        };
        let chain: [Vec<u64>; 5] = [
            days.iter().map(by_capacity).collect(),
            days.iter().map(by_pattern).collect(),
            days.iter().map(by_default).collect(),
            days.iter()
                .map(|d| u64::from(self.works_as(who, *d) < 5))
                .collect(),
            days.iter().map(|_| 1).collect(),
        ];
        let weights = chain.iter().find(|w| w.iter().sum::<u64>() > 0).unwrap();
        let shares = largest_remainder(minutes, weights);
        days.iter().map(|d| d.days()).zip(shares).collect()
    }
}
