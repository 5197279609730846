//! Query parameters, read strictly: an unknown one, one given twice or one that does not parse
//! is an error. A set of parameters describes itself, so the documentation cannot differ.

use std::collections::BTreeMap;

use raally_app::history::At;
use raally_domain::date::{Date, DateError, Period};
use raally_domain::event::{Action, Head};
use raally_domain::figures::{Bucket, GroupBy, SortBy};
use raally_domain::kinds::{
    AssignmentStatus, FieldError, Kind, ProjectStatus, TimeOffKind, TimeOffStatus,
};
use raally_domain::problem::Message;
use raally_domain::time::Timestamp;
use utoipa::PartialSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, Required};
use uuid::Uuid;

use super::problem::Problem;

/// The query of one request, from which parameters are taken one by one.
pub(crate) struct Query {
    given: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

impl Query {
    fn parse(raw: &str) -> Query {
        let mut given = BTreeMap::new();
        let mut errors = Vec::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let pointer = format!("?{name}");
            if given
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                errors.push(FieldError::new(pointer, Message::GivenTwice));
            }
        }
        Query { given, errors }
    }

    /// A parameter that may be missing.
    pub(crate) fn take<T: Param>(&mut self, name: &str) -> Option<T> {
        let text = self.given.remove(name)?;
        match T::read(&text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.wrong(name, Message::MalformedPart { reason });
                None
            }
        }
    }

    /// A parameter that must be there; `None` has been noted as an error.
    pub(crate) fn need<T: Param>(&mut self, name: &str) -> Option<T> {
        if !self.given.contains_key(name) {
            self.wrong(name, Message::Missing);
            return None;
        }
        self.take(name)
    }

    pub(crate) fn wrong(&mut self, name: &str, message: impl Into<Message>) {
        self.errors
            .push(FieldError::new(format!("?{name}"), message));
    }

    fn finish<T>(mut self, value: Option<T>) -> Result<T, Problem> {
        for name in self.given.keys() {
            self.errors.push(FieldError::new(
                format!("?{name}"),
                Message::UnknownParameter,
            ));
        }
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem::new(
                super::problem::ProblemKind::Malformed,
                Message::MalformedParameters,
            )
            .with(self.errors)),
        }
    }
}

/// A set of query parameters.
pub(crate) trait Params: Sized + Send {
    /// Takes them from the query; `None` where an error was noted.
    fn take(query: &mut Query) -> Option<Self>;
    fn describe() -> Vec<Parameter>;
}

impl Params for () {
    fn take(_: &mut Query) -> Option<()> {
        Some(())
    }

    fn describe() -> Vec<Parameter> {
        Vec::new()
    }
}

impl<A: Params, B: Params> Params for (A, B) {
    fn take(query: &mut Query) -> Option<Self> {
        let (a, b) = (A::take(query), B::take(query));
        Some((a?, b?))
    }

    fn describe() -> Vec<Parameter> {
        let mut all = A::describe();
        all.extend(B::describe());
        all
    }
}

impl<A: Params, B: Params, C: Params> Params for (A, B, C) {
    fn take(query: &mut Query) -> Option<Self> {
        let (a, b, c) = (A::take(query), B::take(query), C::take(query));
        Some((a?, b?, c?))
    }

    fn describe() -> Vec<Parameter> {
        let mut all = <(A, B)>::describe();
        all.extend(C::describe());
        all
    }
}

/// Reads a query string.
pub(crate) fn read<P: Params>(raw: Option<&str>) -> Result<P, Problem> {
    let mut query = Query::parse(raw.unwrap_or(""));
    let value = P::take(&mut query);
    query.finish(value)
}

/// A value that can stand in a query.
pub(crate) trait Param: Sized {
    fn read(text: &str) -> Result<Self, String>;
    fn schema() -> RefOr<Schema>;
}

macro_rules! by_parsing {
    ($($type:ty: $schema:expr, $detail:expr);+ $(;)?) => {$(
        impl Param for $type {
            fn read(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| $detail.to_owned())
            }

            fn schema() -> RefOr<Schema> {
                $schema
            }
        }
    )+};
}

by_parsing! {
    Uuid: super::schema::uuid(), "must be a UUID";
    bool: <bool as PartialSchema>::schema(), "must be true or false";
    u32: <u32 as PartialSchema>::schema(), "must be a whole number of 0 or more";
    Timestamp: <Timestamp as PartialSchema>::schema(), "must be an instant such as 2026-11-23T09:30:00Z";
    Head: text_schema(), "must be a head such as 1.42";
}

impl Param for Date {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: DateError| error.to_string())
    }

    fn schema() -> RefOr<Schema> {
        <Date as PartialSchema>::schema()
    }
}

fn text_schema() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// The longest text a query parameter may hold.
const MAX_TEXT: usize = 1000;

impl Param for String {
    fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > MAX_TEXT {
            return Err(format!("must have at most {MAX_TEXT} characters"));
        }
        if text.chars().any(char::is_control) {
            return Err("must not hold control characters".to_owned());
        }
        Ok(text.to_owned())
    }

    fn schema() -> RefOr<Schema> {
        text_schema()
    }
}

/// Ids separated by commas.
impl Param for Vec<Uuid> {
    fn read(text: &str) -> Result<Self, String> {
        let ids: Result<Vec<Uuid>, _> = text
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::parse)
            .collect();
        ids.map_err(|_| "must be UUIDs separated by commas".to_owned())
    }

    fn schema() -> RefOr<Schema> {
        text_schema()
    }
}

/// Words that serde knows.
macro_rules! by_serde {
    ($($type:ty),+ $(,)?) => {$(
        impl Param for $type {
            fn read(text: &str) -> Result<Self, String> {
                serde_json::from_value(serde_json::Value::String(text.to_owned()))
                    .map_err(|error| error.to_string())
            }

            fn schema() -> RefOr<Schema> {
                <$type as PartialSchema>::schema()
            }
        }
    )+};
}

by_serde! {
    AssignmentStatus, ProjectStatus, TimeOffKind, TimeOffStatus, Kind, Action, Bucket, GroupBy,
    SortBy,
}

/// Describes one parameter.
pub(crate) fn parameter(
    name: &str,
    description: &str,
    required: bool,
    schema: RefOr<Schema>,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(if required {
            Required::True
        } else {
            Required::False
        })
        .description(Some(description.trim()))
        .schema(Some(schema))
        .build()
}

/// Declares a set of query parameters: `name: Type` must be given, `name: Option<Type>` may be,
/// `name: Type = value` has a default.
macro_rules! params {
    (
        $(#[$meta:meta])*
        pub(crate) struct $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident : $kind:ident<$type:ty> $(= $default:expr)? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $( $(#[doc = $doc])* pub $field: $crate::http::params::params!(@type $kind $type), )*
        }

        impl $crate::http::params::Params for $name {
            fn take(query: &mut $crate::http::params::Query) -> Option<Self> {
                $( let $field = $crate::http::params::params!(@take query $field $kind $type $(= $default)?); )*
                Some($name { $($field: $crate::http::params::params!(@unwrap $kind $field),)* })
            }

            fn describe() -> Vec<utoipa::openapi::path::Parameter> {
                vec![$(
                    $crate::http::params::parameter(
                        stringify!($field),
                        concat!($($doc),*),
                        $crate::http::params::params!(@required $kind),
                        <$type as $crate::http::params::Param>::schema(),
                    )
                ),*]
            }
        }
    };
    (@type Required $type:ty) => { $type };
    (@type Optional $type:ty) => { Option<$type> };
    (@type Default $type:ty) => { $type };
    (@take $query:ident $field:ident Required $type:ty) => { $query.need::<$type>(stringify!($field)) };
    (@take $query:ident $field:ident Optional $type:ty) => { $query.take::<$type>(stringify!($field)) };
    (@take $query:ident $field:ident Default $type:ty = $default:expr) => {
        $query.take::<$type>(stringify!($field)).unwrap_or($default)
    };
    (@unwrap Required $field:ident) => { $field? };
    (@unwrap Optional $field:ident) => { $field };
    (@unwrap Default $field:ident) => { $field };
    (@required Required) => { true };
    (@required Optional) => { false };
    (@required Default) => { false };
}
pub(crate) use params;

/// Declares words that a parameter may hold, in the case the API uses.
macro_rules! words {
    ($(#[$meta:meta])* pub(crate) enum $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $name { $($variant),+ }

        impl $crate::http::params::Param for $name {
            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err(concat!("must be one of:" $(, " ", $word)+).to_owned()),
                }
            }

            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }
    };
}
pub(crate) use words;

/// `from` and `to`, both included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeriodParams(pub Period);

impl Params for PeriodParams {
    fn take(query: &mut Query) -> Option<Self> {
        let (from, to) = (query.need::<Date>("from"), query.need::<Date>("to"));
        match Period::new(from?, to?) {
            Ok(period) => Some(PeriodParams(period)),
            Err(error) => {
                query.wrong("to", error);
                None
            }
        }
    }

    fn describe() -> Vec<Parameter> {
        vec![
            parameter("from", "The first day.", true, <Date as Param>::schema()),
            parameter(
                "to",
                "The last day, included; at most 5 years after the first.",
                true,
                <Date as Param>::schema(),
            ),
        ]
    }
}

/// A moment of the past, as an instant or a head.
impl Param for At {
    fn read(text: &str) -> Result<Self, String> {
        // A plus sign of an offset arrives as a blank.
        let text = text.replace(' ', "+");
        text.parse().map_err(str::to_owned)
    }

    fn schema() -> RefOr<Schema> {
        text_schema()
    }
}

params! {
    /// What every read takes.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct ReadParams {
        /// The plan as it was then: an instant, or a head. Permissions are today's.
        as_of: Optional<At>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    params! {
        #[derive(Debug, PartialEq)]
        pub(crate) struct Sample {
            /// A number.
            limit: Default<u32> = 50,
            /// A text.
            q: Optional<String>,
            /// A day.
            day: Required<Date>,
        }
    }

    fn errors(raw: &str) -> Vec<String> {
        let problem = read::<Sample>(Some(raw)).map(|_| ()).unwrap_err();
        problem.errors.into_iter().map(|e| e.pointer).collect()
    }

    #[test]
    fn parameters_are_read_with_their_defaults() {
        let read = read::<Sample>(Some("day=2026-11-23&q=Ana%20M")).unwrap();
        let expected = Sample {
            limit: 50,
            q: Some("Ana M".to_owned()),
            day: "2026-11-23".parse().unwrap(),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_unknown_doubled_missing_or_wrong_is_named() {
        assert_eq!(errors("limit=1"), ["?day"]);
        assert_eq!(errors("day=2026-02-30"), ["?day"]);
        assert_eq!(errors("day=2026-11-23&day=2026-11-23"), ["?day"]);
        assert_eq!(errors("day=2026-11-23&colour=red"), ["?colour"]);
        assert_eq!(errors("day=2026-11-23&limit=-1&q=%07"), ["?limit", "?q"]);
    }
}
