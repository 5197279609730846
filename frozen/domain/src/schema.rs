//! Schemas of what events hold, from the types themselves.

use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// A type's schema by its name, and those of the types it refers to by theirs.
pub struct Described {
    /// What the type is called.
    pub name: String,
    /// Its own schema.
    pub schema: RefOr<Schema>,
    /// The schemas of the types that it refers to, by their names.
    pub others: Vec<(String, RefOr<Schema>)>,
}

impl Described {
    /// The schema of that type.
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
