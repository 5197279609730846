//! The terms of a day: what pattern, employment, holiday and time off make of it.

use crate::date::{Week, weekday_of};
use crate::default_week::DefaultWeeks;
use crate::employment::{Employment, Span};
use crate::kinds::{Availability, HolidayCalendar, Portion, TimeOff, TimeOffStatus, halves};
use crate::pattern::{Pattern, WeekMinutes};
use crate::plan::Record;

/// What load follows where nobody knows a pattern.
const WORKING_DAYS: WeekMinutes = [480, 480, 480, 480, 480, 0, 0];

/// Whose days they are. A placeholder is somebody without records who is always there.
pub(super) struct Worker<'a> {
    pub availabilities: &'a [Record<Availability>],
    pub employment: &'a Employment,
    pub time_off: &'a [Record<TimeOff>],
    pub default_week: &'a DefaultWeeks,
    /// The holiday calendars in force, each from its first day on, in days since 1970-01-01.
    pub calendars: Vec<(i32, Option<&'a HolidayCalendar>)>,
}

/// What a holiday takes of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum HolidayPart {
    #[default]
    None,
    Half,
    Whole,
}

/// One day's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Day {
    /// Minutes of the week that load follows, on this day: the pattern in force, or the
    /// default week where that one is zero throughout, or [`WORKING_DAYS`].
    pub followed: u16,
    /// What the holiday leaves of these minutes …
    after_holiday: u16,
    /// … and what approved time off leaves of that.
    after_time_off: u16,
    /// Which of [`DayRules::weeks`] that is.
    pub week: u32,
    /// The weekday that it works as, 0 for Monday: its own but on a worked day.
    pub weekday: u8,
    /// `pattern − holiday − approved time off`, 0 outside employment.
    pub capacity: u16,
    /// `pattern − holiday`, 0 outside employment.
    pub capacity_before_time_off: u16,
    /// Capacity as a weight for total efforts: where the pattern is unknown, what the capacity
    /// would be if the default week were the pattern.
    pub weight: u16,
    holiday: HolidayPart,
    /// Approved time off takes all of the day, whatever its pattern.
    away: bool,
    /// What load follows is a pattern of minutes, not [`WORKING_DAYS`].
    measured: bool,
}

/// What comes of a booking on a day, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LoadOfDay {
    pub load: u32,
    /// What approved time off took.
    pub displaced: u32,
}

impl Day {
    /// The minutes of the pattern in force, of the default week where that is unknown.
    pub(super) fn pattern(&self) -> u16 {
        if self.measured { self.followed } else { 0 }
    }

    /// What is left of a rhythm's minutes: it keeps the part of the day that holiday and time off
    /// leave, each rounded down.
    pub(super) fn keep(&self, minutes: u32) -> LoadOfDay {
        if self.followed == 0 {
            return self.keep_without_pattern(minutes);
        }
        if self.after_time_off == self.followed {
            return LoadOfDay::whole(minutes);
        }
        let after_holiday = part(minutes, self.after_holiday, self.followed);
        LoadOfDay::of(
            after_holiday,
            part(after_holiday, self.after_time_off, self.after_holiday),
        )
    }

    /// What is left of a share of the capacity before time off.
    pub(super) fn keep_share(&self, minutes: u32) -> LoadOfDay {
        let before = self.capacity_before_time_off;
        LoadOfDay::of(minutes, part(minutes, self.capacity, before))
    }

    /// Work on a day without pattern has no part to keep: time off takes all of it or nothing.
    fn keep_without_pattern(&self, minutes: u32) -> LoadOfDay {
        let after_holiday = match self.holiday {
            HolidayPart::None => minutes,
            HolidayPart::Half => minutes / 2,
            HolidayPart::Whole => 0,
        };
        LoadOfDay::of(after_holiday, if self.away { 0 } else { after_holiday })
    }

    /// What holiday and time off leave of the day.
    fn settle(&mut self, taken: TimeOffOfDay) {
        self.after_holiday = match self.holiday {
            HolidayPart::None => self.followed,
            HolidayPart::Half => self.followed / 2,
            HolidayPart::Whole => 0,
        };
        self.away = taken.takes_all();
        self.after_time_off = taken.leaves(self);
    }
}

impl LoadOfDay {
    /// Nothing of it is displaced.
    pub(super) fn whole(load: u32) -> LoadOfDay {
        LoadOfDay { load, displaced: 0 }
    }

    fn of(without_time_off: u32, load: u32) -> LoadOfDay {
        LoadOfDay {
            load,
            displaced: without_time_off - load,
        }
    }
}

/// `minutes × part ÷ whole`, rounded down; 0 of nothing.
fn part(minutes: u32, part: u16, whole: u16) -> u32 {
    if part == whole && whole > 0 {
        return minutes;
    }
    let product = u64::from(minutes) * u64::from(part);
    let quotient = product.checked_div(whole.into()).unwrap_or(0);
    u32::try_from(quotient).expect("a part is at most the whole")
}

/// A weekday in a byte.
fn narrow(weekday: usize) -> u8 {
    u8::try_from(weekday).expect("a week has seven days")
}

/// The terms of consecutive days.
pub(super) struct DayRules {
    /// The first day, in days since 1970-01-01; may lie before the range of dates.
    pub first: i32,
    pub days: Vec<Day>,
    /// The weeks that [`Day::week`] points into.
    pub weeks: Vec<WeekMinutes>,
}

/// What approved time off takes of a day.
#[derive(Clone, Copy, Default)]
struct TimeOffOfDay {
    whole: bool,
    first_half: bool,
    second_half: bool,
    /// Minutes that time off by minutes takes on top.
    minutes: u16,
}

impl TimeOffOfDay {
    fn take(&mut self, portion: Portion) {
        match portion {
            Portion::Day => self.whole = true,
            Portion::FirstHalf => self.first_half = true,
            Portion::SecondHalf => self.second_half = true,
            Portion::Minutes(minutes) => self.minutes = self.minutes.saturating_add(minutes),
        }
    }

    fn takes_all(self) -> bool {
        self.whole || (self.first_half && self.second_half)
    }

    /// What it leaves of the minutes that the holiday has left. Either half takes all that a half
    /// holiday leaves.
    fn leaves(self, day: &Day) -> u16 {
        if self.takes_all() {
            return 0;
        }
        let [first, second] = halves(day.followed);
        let half = match (self.first_half, self.second_half) {
            (false, false) => 0,
            _ if day.holiday == HolidayPart::Half => day.after_holiday,
            (true, _) => first,
            (false, true) => second,
        };
        let taken = half.saturating_add(self.minutes);
        day.after_holiday.saturating_sub(taken)
    }
}

/// What is noted of a day while its terms are being worked out.
#[derive(Clone, Copy, Default)]
struct DayScratch {
    /// The record in force has no minute in its whole cycle.
    unknown: bool,
    taken: TimeOffOfDay,
}

/// What load follows over a stretch of days.
#[derive(Clone, Copy)]
struct EffectivePattern<'a> {
    /// `None` is [`WORKING_DAYS`].
    pattern: Option<&'a Pattern>,
    /// The record in force has no minute in its whole cycle.
    unknown: bool,
}

impl DayRules {
    /// The terms of `len` days from `first` on.
    pub(super) fn of(worker: &Worker<'_>, first: i32, len: usize) -> DayRules {
        let mut terms = DayRules {
            first,
            days: vec![Day::default(); len],
            weeks: Vec::with_capacity(len / 7 + 2),
        };
        let mut notes = vec![DayScratch::default(); len];
        for (day, at) in terms.days.iter_mut().zip(first..) {
            day.weekday = narrow(weekday_of(at));
        }
        for (n, (from, calendar)) in worker.calendars.iter().enumerate() {
            let next = worker.calendars.get(n + 1);
            let to = next.map_or(i32::MAX, |(from, _)| from - 1);
            terms.mark_calendar(*calendar, *from, to);
        }
        terms.follow(worker, &mut notes);
        terms.mark_time_off(worker.time_off, &mut notes);
        terms.settle(worker.employment, &notes);
        terms
    }

    fn last(&self) -> i32 {
        self.first + i32::try_from(self.days.len()).expect("ranges are short") - 1
    }

    /// The weekday that a place works as, 0 for Monday.
    pub(super) fn weekday(&self, at: usize) -> usize {
        usize::from(self.days[at].weekday)
    }

    /// Where the days from `from` to `to`, both included, lie in these terms.
    pub(super) fn places(&self, from: i32, to: i32) -> std::ops::Range<usize> {
        let (from, to) = (from.max(self.first), to.min(self.last()));
        if to < from {
            return 0..0;
        }
        let place = |day: i32| usize::try_from(day - self.first).expect("cut to the range");
        place(from)..place(to) + 1
    }

    /// Finds what load follows, stretch of days by stretch of days.
    fn follow(&mut self, worker: &Worker<'_>, notes: &mut [DayScratch]) {
        let records = worker.availabilities;
        let mut next = records.partition_point(|r| r.value.effective_date.days() <= self.first);
        let mut from = self.first;
        while from <= self.last() {
            let to = records
                .get(next)
                .map_or(self.last(), |r| r.value.effective_date.days() - 1)
                .min(self.last());
            let record = next.checked_sub(1).and_then(|i| records.get(i));
            let own = record.map(|r| &r.value.pattern);
            if let Some(known) = own.filter(|pattern| !pattern.is_zero()) {
                self.stretch(EffectivePattern::known(known), from, to, notes);
            } else {
                for (from, to, week) in worker.default_week.stretches(from, to) {
                    let followed = EffectivePattern::default(week, own.is_some());
                    self.stretch(followed, from, to, notes);
                }
            }
            from = to + 1;
            next += 1;
        }
    }

    fn stretch(
        &mut self,
        followed: EffectivePattern<'_>,
        from: i32,
        to: i32,
        notes: &mut [DayScratch],
    ) {
        let mut current = None;
        for at in self.places(from, to) {
            let day = self.first + i32::try_from(at).expect("ranges are short");
            let week = Week::of_days(day);
            if current != Some(week) {
                let minutes = *followed.pattern.map_or(&WORKING_DAYS, |p| p.week(week));
                if self.weeks.last() != Some(&minutes) {
                    self.weeks.push(minutes);
                }
                current = Some(week);
            }
            let index = self.weeks.len() - 1;
            self.days[at].week = u32::try_from(index).expect("ranges are short");
            self.days[at].followed = self.weeks[index][self.weekday(at)];
            notes[at].unknown = followed.unknown;
            self.days[at].measured = followed.pattern.is_some();
        }
    }

    /// Marks the holidays and worked days of a calendar that is in force from one day to another,
    /// both included.
    fn mark_calendar(&mut self, calendar: Option<&HolidayCalendar>, from: i32, to: i32) {
        let Some(calendar) = calendar else { return };
        let (from, to) = (from.max(self.first), to.min(self.last()));
        let first = calendar.holidays.partition_point(|h| h.date.days() < from);
        for holiday in &calendar.holidays[first..] {
            let day = holiday.date.days();
            if day > to {
                break;
            }
            let Some(at) = self.places(day, day).next() else {
                break;
            };
            let day = &mut self.days[at];
            if let Some(weekday) = holiday.works_as {
                day.weekday = narrow(weekday.index());
                continue;
            }
            let part = if holiday.half {
                HolidayPart::Half
            } else {
                HolidayPart::Whole
            };
            day.holiday = day.holiday.max(part);
        }
    }

    fn mark_time_off(&self, time_off: &[Record<TimeOff>], notes: &mut [DayScratch]) {
        for record in time_off {
            let off = &record.value;
            if off.status != TimeOffStatus::Approved {
                continue;
            }
            for at in self.places(off.from.days(), off.to.days()) {
                notes[at].taken.take(off.portion);
            }
        }
    }

    fn settle(&mut self, employment: &Employment, notes: &[DayScratch]) {
        let places = 0..self.days.len();
        let spans = employment.as_spans();
        let employed = spans.map_or_else(
            || vec![places],
            |spans| {
                let days = |span: &Span| self.places(span.first().days(), span.last().days());
                spans.iter().map(days).collect()
            },
        );
        for (day, note) in self.days.iter_mut().zip(notes) {
            day.settle(note.taken);
        }
        for at in employed.into_iter().flatten() {
            let (day, note) = (&mut self.days[at], notes[at]);
            if day.measured {
                day.weight = day.after_time_off;
            }
            if day.measured && !note.unknown {
                day.capacity = day.after_time_off;
                day.capacity_before_time_off = day.after_holiday;
            }
        }
    }
}

impl<'a> EffectivePattern<'a> {
    fn known(pattern: &'a Pattern) -> EffectivePattern<'a> {
        EffectivePattern {
            pattern: Some(pattern),
            unknown: false,
        }
    }

    /// The default week, of whoever has no record or one without a minute.
    fn default(week: &'a Pattern, record_is_zero: bool) -> EffectivePattern<'a> {
        EffectivePattern {
            pattern: (!week.is_zero()).then_some(week),
            unknown: record_is_zero || week.is_zero(),
        }
    }
}
