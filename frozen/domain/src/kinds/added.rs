//! Versions of a kind's events that only add fields which may be missing ([`EntityKind::ADDED`]):
//! the older text is read as it is, and written by leaving the fields out.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::EntityKind;
use crate::event::Diff;

/// Whether all that lies between a version and the newest that is read is added fields.
pub(crate) fn only_adds<E: EntityKind>(version: u32) -> bool {
    let added = |later| E::ADDED.iter().any(|(version, _)| *version == later);
    (version + 1..=E::READS).all(added)
}

/// The fields that came after a version.
pub(super) fn after<E: EntityKind>(version: u32) -> impl Iterator<Item = &'static str> {
    let later = E::ADDED.iter().filter(move |(added, _)| *added > version);
    later.map(|(_, field)| *field)
}

/// The first field which the version that is written does not have, and which the diff fills on
/// either side.
pub(crate) fn filled<E: EntityKind>(diff: &Diff<E>) -> Option<&'static str> {
    let fills = |field: &&'static str| {
        let mut sides = diff.before.iter().chain(&diff.after);
        sides.any(|side| !is_null(side, field))
    };
    after::<E>(E::WRITES).find(fills)
}

/// Whether a value has nothing in that field.
fn is_null(value: &impl Serialize, field: &str) -> bool {
    let value = serde_json::to_value(value);
    value.is_ok_and(|value| value.get(field).is_none_or(serde_json::Value::is_null))
}

/// The data of an event of that version.
///
/// # Errors
/// A value is not an object in JSON, which no entity is.
pub(super) fn write<E: EntityKind>(
    diff: &Diff<E>,
    version: u32,
) -> Result<Box<RawValue>, serde_json::Error> {
    let fields: Vec<_> = after::<E>(version).collect();
    let older = |side: &Option<E>| -> Result<_, serde_json::Error> {
        let side = side.as_ref().map(|value| without(value, &fields));
        side.transpose()
    };
    to_raw_value(&Data {
        id: diff.id,
        before: older(&diff.before)?,
        after: older(&diff.after)?,
    })
}

/// A diff whose sides are objects of JSON.
#[derive(serde::Serialize)]
struct Data<I> {
    id: I,
    before: Option<Members>,
    after: Option<Members>,
}

/// The members of an object in their order, each as the text that it was. (`serde_json::Value`
/// keeps no order.)
struct Members(Vec<(String, Box<RawValue>)>);

fn without(value: &impl Serialize, fields: &[&str]) -> Result<Members, serde_json::Error> {
    let mut members: Members = serde_json::from_str(&serde_json::to_string(value)?)?;
    members
        .0
        .retain(|(name, _)| !fields.contains(&name.as_str()));
    Ok(members)
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The schema of a value without the fields that came after that version.
#[cfg(feature = "openapi")]
pub(super) fn schema<E: EntityKind + utoipa::ToSchema>(version: u32) -> crate::schema::Described {
    use utoipa::openapi::{RefOr, Schema};

    let mut described = crate::schema::Described::of::<E>();
    let fields: Vec<_> = after::<E>(version).collect();
    if let RefOr::T(Schema::Object(object)) = &mut described.schema {
        let stays = |name: &str| !fields.contains(&name);
        object.properties.retain(|name, _| stays(name));
        object.required.retain(|name| stays(name));
    }
    described
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

    use serde::Serialize;

    use super::{is_null, without};

    #[derive(Serialize)]
    struct Room {
        name: &'static str,
        seats: Option<u8>,
        doors: [&'static str; 2],
        floor: Option<&'static str>,
    }

    const ROOM: Room = Room {
        name: "Sala \"Azul\"\n",
        seats: None,
        doors: ["é", "east"],
        floor: Some("second"),
    };

    #[test]
    fn an_older_text_is_the_newer_without_the_fields() {
        let text = |fields: &[&str]| serde_json::to_string(&without(&ROOM, fields).unwrap());
        let whole = serde_json::to_string(&ROOM).unwrap();
        assert_eq!(text(&[]).unwrap(), whole);
        assert_eq!(
            text(&["floor", "seats"]).unwrap(),
            r#"{"name":"Sala \"Azul\"\n","doors":["é","east"]}"#
        );
        assert!(without(&["no object"], &[]).is_err());
    }

    #[test]
    fn a_field_is_filled_or_not() {
        assert!(is_null(&ROOM, "seats"));
        assert!(!is_null(&ROOM, "floor"));
    }
}
