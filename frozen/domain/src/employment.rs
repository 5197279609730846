//! Employment: the spans of days on which somebody has capacity.

use serde::{Deserialize, Serialize};

use crate::date::{Date, Period};
use crate::problem::Message;

/// The most spans of one person.
pub const MAX_SPANS: usize = 50;

/// First and last day, both included; open where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EmploymentSpan))]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first day; `None`: since ever.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last day; `None`: for ever.
    #[serde(default)]
    pub to: Option<Date>,
}

impl Span {
    /// Whether somebody is employed on that day by this span.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.first() <= day && day <= self.last()
    }

    /// Its first day.
    #[must_use]
    pub fn first(&self) -> Date {
        self.from.unwrap_or(Date::MIN)
    }

    /// Its last day.
    #[must_use]
    pub fn last(&self) -> Date {
        self.to.unwrap_or(Date::MAX)
    }
}

/// When somebody is employed: `null` (never said) is always, an empty list never.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Employment(Option<Box<[Span]>>);

/// Why spans are no employment: which of them, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanError {
    /// The span's place in the list, from 0.
    pub at: usize,
    /// What is wrong with it.
    pub message: Message,
}

impl Employment {
    /// Employed on every day there is.
    pub const ALWAYS: Employment = Employment(None);

    /// Employed in these spans, which come into the order of their days.
    pub fn spans(mut spans: Vec<Span>) -> Result<Employment, SpanError> {
        let wrong = |at, message| Err(SpanError { at, message });
        if spans.len() > MAX_SPANS {
            return wrong(MAX_SPANS, Message::TooManySpans { most: MAX_SPANS });
        }
        if let Some(at) = spans.iter().position(|s| s.last() < s.first()) {
            return wrong(at, Message::EndsBeforeStart);
        }
        let meets = |(at, span): (usize, &Span)| {
            let mut before = spans[..at].iter();
            before.any(|other| span.first() <= other.last() && other.first() <= span.last())
        };
        if let Some((at, _)) = spans
            .iter()
            .enumerate()
            .find(|(at, span)| meets((*at, span)))
        {
            return wrong(at, Message::SpansOverlap);
        }
        spans.sort_by_key(Span::first);
        Ok(Employment(Some(spans.into())))
    }

    /// The spans in their order; `None` where it was never said.
    #[must_use]
    pub fn as_spans(&self) -> Option<&[Span]> {
        self.0.as_deref()
    }

    /// Whether somebody is employed on that day.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        let spans = self.0.as_deref();
        spans.is_none_or(|spans| spans.iter().any(|span| span.contains(day)))
    }

    /// The same with a last day where it is open: an open span ends with that day, and one that
    /// begins later is dropped.
    #[must_use]
    pub fn cut(&self, last: Date) -> Employment {
        let always = [Span::default()];
        let spans = self.0.as_deref().unwrap_or(&always).iter();
        let cut = spans.filter_map(|span| match span.to {
            Some(_) => Some(*span),
            None => (span.first() <= last).then_some(Span {
                to: Some(last),
                ..*span
            }),
        });
        Employment(Some(cut.collect()))
    }

    /// The last day of a period on which somebody is employed; `None` where they are on none.
    #[must_use]
    pub fn last_day_in(&self, period: Period) -> Option<Date> {
        let Some(spans) = self.0.as_deref() else {
            return Some(period.to());
        };
        // The spans do not overlap, so the last that begins in time is the one.
        let begun = spans.iter().rev().find(|s| s.first() <= period.to())?;
        let last = begun.last().min(period.to());
        (last >= period.from()).then_some(last)
    }

    /// From when on somebody is employed without an end; `None` where they leave, or have left.
    #[must_use]
    pub fn open_from(&self) -> Option<Date> {
        let Some(spans) = self.0.as_deref() else {
            return Some(Date::MIN);
        };
        let last = spans.last().filter(|span| span.to.is_none())?;
        Some(last.first())
    }

    /// First day of the first span and last of the last; `None` where open, or without spans.
    #[must_use]
    pub fn bounds(&self) -> Span {
        let spans = self.0.as_deref().unwrap_or_default();
        Span {
            from: spans.first().and_then(|span| span.from),
            to: spans.last().and_then(|span| span.to),
        }
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Employment {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ArrayBuilder, SchemaType, Type};
        ArrayBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
            .items(utoipa::openapi::Ref::from_schema_name("EmploymentSpan"))
            .description(Some(
                "Spans that do not overlap, in their order; `null`: employed always, an empty \
                 list: never.",
            ))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Employment {
    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        schemas.push((
            "EmploymentSpan".to_owned(),
            <Span as utoipa::PartialSchema>::schema(),
        ));
        <Span as utoipa::ToSchema>::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i32) -> Date {
        Date::MIN.plus(n)
    }

    fn span(from: i32, to: i32) -> Span {
        Span {
            from: Some(day(from)),
            to: Some(day(to)),
        }
    }

    #[test]
    fn a_gap_between_spans_is_no_employment() {
        let employment = Employment::spans(vec![span(20, 30), span(1, 12)]).unwrap();
        let on = |n| employment.contains(day(n));
        assert_eq!(
            [1, 12, 13, 19, 20, 30, 31].map(on),
            [true, true, false, false, true, true, false]
        );
        assert_eq!(employment.bounds(), span(1, 30));
    }

    #[test]
    fn the_last_day_in_a_period_is_of_the_last_span_that_meets_it() {
        let open = Span {
            from: Some(day(20)),
            to: None,
        };
        let employment = Employment::spans(vec![span(1, 12), open]).unwrap();
        let last = |from, to| employment.last_day_in(Period::new(day(from), day(to)).unwrap());
        assert_eq!(last(0, 0), None);
        assert_eq!(last(0, 5), Some(day(5)));
        assert_eq!(last(10, 19), Some(day(12)));
        assert_eq!(last(13, 19), None);
        assert_eq!(last(5, 30), Some(day(30)));
        assert_eq!(employment.open_from(), Some(day(20)));
        let ended = Employment::spans(vec![span(1, 12)]).unwrap();
        assert_eq!(
            (ended.open_from(), Employment::ALWAYS.open_from()),
            (None, Some(day(0)))
        );
        let never = Employment::spans(Vec::new()).unwrap();
        let some = Period::new(day(0), day(9)).unwrap();
        assert_eq!((never.last_day_in(some), never.open_from()), (None, None));
    }

    #[test]
    fn never_said_is_always_and_no_span_is_never() {
        assert!(Employment::ALWAYS.contains(day(5)));
        assert!(!Employment::spans(Vec::new()).unwrap().contains(day(5)));
    }

    #[test]
    fn what_is_open_is_cut_and_what_begins_later_is_dropped() {
        let open = |from| Span {
            from: Some(day(from)),
            to: None,
        };
        let of = |spans| Employment::spans(spans).unwrap();
        let last = day(15);
        assert_eq!(
            Employment::ALWAYS.cut(last),
            of(vec![Span {
                from: None,
                to: Some(last)
            }])
        );
        assert_eq!(
            of(vec![span(1, 5), open(10)]).cut(last),
            of(vec![span(1, 5), span(10, 15)])
        );
        assert_eq!(
            of(vec![span(1, 5), open(16)]).cut(last),
            of(vec![span(1, 5)])
        );
        assert_eq!(of(vec![span(1, 50)]).cut(last), of(vec![span(1, 50)]));
        assert_eq!(Employment::ALWAYS.cut(last).open_from(), None);
    }

    #[test]
    fn spans_that_share_a_day_or_end_before_they_begin_are_refused() {
        let at = |spans| Employment::spans(spans).unwrap_err().at;
        assert_eq!(at(vec![span(1, 5), span(5, 9)]), 1);
        assert_eq!(at(vec![span(1, 5), span(9, 8)]), 1);
        let open = Span {
            from: Some(day(3)),
            to: None,
        };
        assert_eq!(at(vec![span(1, 2), open, span(40, 50)]), 2);
    }
}
