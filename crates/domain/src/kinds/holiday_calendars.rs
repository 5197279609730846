//! Holiday calendars.

use serde::{Deserialize, Serialize};

use super::kind::view_of;
use super::{EntityKind, Names, Resource, Topic, Validator, entity, view};
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
    /// In the order of their dates; at most one a date.
    pub holidays: Vec<Holiday>,
}
entity!(HolidayCalendar, HolidayCalendarId, HolidayCalendar);

impl EntityKind for HolidayCalendar {
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

/// A day off, or half of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Which day; each day once.
    pub date: Date,
    /// What the day is called.
    pub name: String,
    /// A half holiday halves the day's capacity, rounded down.
    #[serde(default)]
    pub half: bool,
}

impl HolidayCalendar {
    /// The holiday on that day, if it is one.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&Holiday> {
        let at = self.holidays.binary_search_by_key(&day, |h| h.date).ok()?;
        self.holidays.get(at)
    }
}

/// A holiday calendar as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HolidayCalendarBody {
    /// What it is called, in one line.
    pub name: String,
    /// Its days off, in any order.
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
                (i, Holiday { name, ..h })
            })
            .collect();
        holidays.sort_by_key(|(_, h)| h.date);
        for pair in holidays.windows(2) {
            if pair[0].1.date == pair[1].1.date {
                d.wrong(
                    &format!("/holidays/{}/date", pair[1].0),
                    Message::HolidayTwice,
                );
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
