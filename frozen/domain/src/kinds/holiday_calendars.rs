//! Holiday calendars.

use serde::{Deserialize, Serialize};

use super::kind::view_of;
use super::{EntityKind, Names, Resource, Topic, Upcast, Validator, choice, entity, view};
use crate::access::Operation;
use crate::date::Date;
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::HolidayCalendarId;
use crate::plan::Plan;
use crate::problem::Message;

/// Days off that people share, such as a country's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HolidayCalendar {
    /// What it is called; no two share a name.
    pub name: String,
    /// In the order of their dates. Of two on one date the larger counts.
    pub holidays: Vec<Holiday>,
}
entity!(HolidayCalendar, HolidayCalendarId, HolidayCalendar);

impl EntityKind for HolidayCalendar {
    /// 2: worked days, of which what version 1 says has none.
    const READS: u32 = 2;

    fn upcast(_: u32, data: &str) -> Result<Upcast<Self>, serde_json::Error> {
        Ok(Upcast::plain(serde_json::from_str(data)?))
    }

    const TOPIC: Option<Topic> = Some(Topic::Tenant);
    const WRITERS: &'static [Operation] = &[Operation::ManageCatalogues];

    fn label(&self, _: HolidayCalendarId, _: &Names<'_>) -> String {
        self.name.clone()
    }

    fn touched(diff: &Diff<HolidayCalendar>, after: &Plan) -> Vec<Touched> {
        touched::calendar(diff, after)
    }

    fn reach(diff: &Diff<HolidayCalendar>, after: &Plan) -> usize {
        touched::calendar_reach(diff, after)
    }
}

choice!(
    /// A day of the week.
    Weekday {
        /// The first day of an ISO week.
        Monday,
        /// The second.
        Tuesday,
        /// The third.
        Wednesday,
        /// The fourth.
        Thursday,
        /// The fifth.
        Friday,
        /// The sixth.
        Saturday,
        /// The last.
        Sunday,
    }
);

impl Weekday {
    /// All of them, in the order of a week.
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A day off, half of one, or a day that works as another weekday does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Which day. Several holidays may fall on one, but it works as one weekday at most.
    pub date: Date,
    /// What the day is called.
    pub name: String,
    /// A half holiday halves the day's capacity, rounded down.
    #[serde(default)]
    pub half: bool,
    /// No day off: the pattern's minutes of that weekday, of the same ISO week, are this day's.
    #[serde(default)]
    pub works_as: Option<Weekday>,
}

/// A holiday calendar as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HolidayCalendarBody {
    /// What it is called, in one line.
    pub name: String,
    /// Its days off and worked days, in any order.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}
view!(HolidayCalendarView, HolidayCalendarBody);

impl Resource for HolidayCalendar {
    type Body = HolidayCalendarBody;
    type View = HolidayCalendarView;

    const NOUN: &'static str = "holiday calendar";
    const MOST: Option<(usize, &'static str)> = Some((500, "holiday calendars"));

    fn body(&self) -> HolidayCalendarBody {
        HolidayCalendarBody {
            name: self.name.clone(),
            holidays: self.holidays.clone(),
        }
    }

    fn build(
        body: HolidayCalendarBody,
        _: HolidayCalendarId,
        _: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        if body.holidays.len() > 5000 {
            d.wrong("/holidays", Message::TooMany { most: 5000 });
        }
        let mut holidays: Vec<(usize, Holiday)> = body
            .holidays
            .into_iter()
            .enumerate()
            .map(|(i, h)| {
                let name = d.name(&format!("/holidays/{i}/name"), &h.name);
                if h.half && h.works_as.is_some() {
                    d.wrong(&format!("/holidays/{i}/works_as"), Message::WorkedAndHalf);
                }
                (i, Holiday { name, ..h })
            })
            .collect();
        holidays.sort_by_key(|(_, h)| h.date);
        let worked: Vec<_> = holidays
            .iter()
            .filter(|(_, h)| h.works_as.is_some())
            .collect();
        for pair in worked.windows(2) {
            if pair[0].1.date == pair[1].1.date {
                let pointer = format!("/holidays/{}/works_as", pair[1].0);
                d.wrong(&pointer, Message::WorkedTwice);
            }
        }
        HolidayCalendar {
            name: d.name("/name", &body.name),
            holidays: holidays.into_iter().map(|(_, h)| h).collect(),
        }
    }

    fn view(plan: &Plan, id: HolidayCalendarId, _: Date) -> Option<HolidayCalendarView> {
        view_of!(plan, id, HolidayCalendarView)
    }
}
