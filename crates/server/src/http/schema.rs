//! Schemas that follow from others: a body with an id for POST, a merge patch for PATCH.

use std::borrow::Cow;
use std::marker::PhantomData;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::endpoint::Schemas;

/// A body as POST takes it: with an id of the client's own, if it likes.
pub(crate) struct New<B>(PhantomData<B>);

/// A body as PATCH takes it: any of its fields (RFC 7396).
pub(crate) struct Patch<B>(PhantomData<B>);

/// A body without its person, who stands in the address.
pub(crate) struct WithoutPerson<B>(PhantomData<B>);

impl<B: ToSchema> PartialSchema for WithoutPerson<B> {
    fn schema() -> RefOr<Schema> {
        match B::schema() {
            RefOr::T(Schema::Object(mut object)) => {
                object.properties.remove("person_id");
                object.required.retain(|name| name != "person_id");
                RefOr::T(Schema::Object(object))
            }
            other => other,
        }
    }
}

impl<B: ToSchema> ToSchema for WithoutPerson<B> {
    fn name() -> Cow<'static, str> {
        B::name()
    }

    fn schemas(schemas: &mut Schemas) {
        B::schemas(schemas);
    }
}

fn noun<B: ToSchema>() -> String {
    let name = B::name();
    name.strip_suffix("Body").unwrap_or(&name).to_owned()
}

impl<B: ToSchema> PartialSchema for New<B> {
    fn schema() -> RefOr<Schema> {
        match B::schema() {
            RefOr::T(Schema::Object(object)) => {
                ObjectBuilder::from(object).property("id", uuid()).into()
            }
            other => other,
        }
    }
}

impl<B: ToSchema> ToSchema for New<B> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("New{}", noun::<B>()))
    }

    fn schemas(schemas: &mut Schemas) {
        B::schemas(schemas);
    }
}

impl<B: ToSchema> PartialSchema for Patch<B> {
    fn schema() -> RefOr<Schema> {
        match B::schema() {
            RefOr::T(Schema::Object(mut object)) => {
                object.required.clear();
                RefOr::T(Schema::Object(object))
            }
            other => other,
        }
    }
}

impl<B: ToSchema> ToSchema for Patch<B> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Patch", noun::<B>()))
    }

    fn schemas(schemas: &mut Schemas) {
        B::schemas(schemas);
    }
}

/// The schema of a UUID.
pub(crate) fn uuid() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .into()
}
