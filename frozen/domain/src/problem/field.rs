//! Messages as they are sent: with the field that they are about, and by their codes.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Message;

/// What is wrong with one field: a JSON pointer (RFC 6901) and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where it is in the request; `?name` for a query parameter.
    pub pointer: String,
    /// In English.
    pub detail: String,
    /// With its code and parameters.
    pub message: Message,
}

impl FieldError {
    /// What is wrong there.
    pub fn new(pointer: impl Into<String>, message: impl Into<Message>) -> FieldError {
        let message = message.into();
        FieldError {
            pointer: pointer.into(),
            detail: message.to_string(),
            message,
        }
    }

    /// The same of another place.
    #[must_use]
    pub fn at(self, pointer: String) -> FieldError {
        FieldError { pointer, ..self }
    }
}

/// What is wrong with one part of a request.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = FieldError))]
struct SentFieldError<'a> {
    /// Where it is in the request, as a JSON pointer; `?name` for a query parameter.
    pointer: &'a str,
    detail: &'a str,
    #[cfg_attr(feature = "openapi", schema(value_type = ProblemCode))]
    code: Cow<'static, str>,
    /// What the text of the code speaks of.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    params: Map<String, Value>,
}

impl Serialize for FieldError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sent = SentFieldError {
            pointer: &self.pointer,
            detail: &self.detail,
            code: self.message.code(),
            params: self.message.params(),
        };
        sent.serialize(serializer)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for FieldError {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <SentFieldError<'_> as utoipa::PartialSchema>::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for FieldError {
    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        <SentFieldError<'_> as utoipa::ToSchema>::schemas(schemas);
    }
}

/// The schema of a code: one of those that there are.
#[cfg(feature = "openapi")]
#[derive(Clone, Copy, Debug)]
pub struct ProblemCode;

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ProblemCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::extensions::ExtensionsBuilder;
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let with = super::CODES.iter().filter(|(_, params)| !params.is_empty());
        let params = with.map(|(code, params)| ((*code).to_owned(), serde_json::json!(params)));
        let params = Value::Object(params.collect());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Message::codes()))
            .description(Some(
                "What is said, as a name that stays the same: one for each sentence. Later \
                 releases may add some. `x-params` names what the `params` of a code hold.",
            ))
            .extensions(Some(
                ExtensionsBuilder::new().add("x-params", params).build(),
            ))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ProblemCode {}
