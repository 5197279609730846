//! A kind as commands name it: by its part of the API's paths.

use serde::{Deserialize, Deserializer, Serializer};

use super::Kind;

/// Writes the path of a kind.
pub fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.path().unwrap_or(kind.name()))
}

/// Reads a kind that the API writes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    let path = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    Kind::from_path(&path).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().filter_map(|kind| kind.path()).collect();
        serde::de::Error::custom(format!("must be one of: {}", known.join(", ")))
    })
}

/// The paths of all kinds that the API writes.
#[cfg(feature = "openapi")]
#[derive(Debug)]
pub struct ResourceName;

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ResourceName {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A kind of thing, by its name in the API's paths."))
            .enum_values(Some(Kind::ALL.iter().filter_map(|kind| kind.path())))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ResourceName {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Resource")
    }
}
