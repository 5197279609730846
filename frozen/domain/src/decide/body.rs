//! Reading bodies; what does not fit is named by its pointer.

use serde_json::Value;
use uuid::Uuid;

use super::{Reason, invalid};
use crate::date::DateError;
use crate::kinds::FieldError;
use crate::problem::Message;

/// The id that a new thing's body may carry, and the rest of it.
pub(super) fn split_id(body: &Value) -> Result<(Option<Uuid>, Value), Reason> {
    let mut body = body.clone();
    let id = match body
        .as_object_mut()
        .and_then(|members| members.remove("id"))
    {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            Some(Uuid::parse_str(&text).map_err(|_| invalid("/id", Message::NotAUuid))?)
        }
        Some(_) => return Err(invalid("/id", Message::NotAUuid)),
    };
    Ok((id, body))
}

/// Reads a body; what does not fit is named by its pointer.
pub fn read<T: serde::de::DeserializeOwned>(body: Value) -> Result<T, Reason> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            use serde_path_to_error::Segment;
            match segment {
                Segment::Map { key } => pointer.push_str(&format!("/{}", escaped(key))),
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        let message = unreadable(error.inner().to_string());
        if let Message::UnknownField { field, .. } | Message::MissingField { field, .. } = &message
        {
            let at = format!("/{}", escaped(field));
            if !pointer.ends_with(&at) {
                pointer.push_str(&at);
            }
        }
        Reason::Invalid(vec![FieldError::new(pointer, message)])
    })
}

/// What a body's reader says, which names a field where it is about one.
fn unreadable(reason: String) -> Message {
    let named = |prefix| {
        let (field, _) = reason.strip_prefix(prefix)?.split_once('`')?;
        Some(field.to_owned())
    };
    let dates = [
        DateError::Malformed,
        DateError::NoSuchDay,
        DateError::OutOfRange,
    ];
    let date = dates.into_iter().find(|error| error.to_string() == reason);
    match (named("unknown field `"), named("missing field `"), date) {
        (Some(field), ..) => Message::UnknownField { field, reason },
        (_, Some(field), _) => Message::MissingField { field, reason },
        (.., Some(error)) => error.into(),
        _ => Message::Unreadable { reason },
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
