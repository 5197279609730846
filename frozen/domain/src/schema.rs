//! Schemas of what events hold, from the types themselves.

use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// A type's schema by its name, and those of the types it refers to by theirs.
pub struct Described {
    pub name: String,
    pub schema: RefOr<Schema>,
    pub others: Vec<(String, RefOr<Schema>)>,
}

impl Described {
    #[must_use]
    pub fn of<T: ToSchema>() -> Described {
        let mut others = Vec::new();
        T::schemas(&mut others);
        Described {
            name: T::name().into_owned(),
            schema: T::schema(),
            others,
        }
    }
}
