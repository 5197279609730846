//! Personal values: names, addresses, notes, pay, reasons.
//!
//! An event is for ever, a person's name is not. So an event carries a reference and a salted
//! commitment, and the value itself lives beside the log where it can be erased. Erasing it
//! leaves the log's hashes whole, and without the salt the commitment tells nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::decide::json_bytes;
use crate::hex::{hex, unhex};
use crate::ids::PersonalRef;

/// Random bytes that keep a commitment from being guessed.
pub type Salt = [u8; 16];

/// A value that can be erased. Written for people (JSON: events, everything relayed) it is
/// reference and commitment alone; in binary (snapshots) it carries the value as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personal<T> {
    reference: PersonalRef,
    commitment: [u8; 32],
    opened: Option<Opened<T>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Opened<T> {
    salt: Salt,
    value: T,
}

/// A personal value as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalValue {
    /// Where the value is kept.
    pub reference: PersonalRef,
    /// What the commitment was made with.
    pub salt: Salt,
    /// The value as JSON text.
    pub value: String,
}

/// Why a value cannot be put back into an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonalError {
    /// It is not the value that the event was written with.
    #[error("the stored value {0} does not match its commitment")]
    Commitment(PersonalRef),
    /// It is kept there, but cannot be read.
    #[error("the stored value {0} cannot be read: {1}")]
    Unreadable(PersonalRef, String),
}

fn commit(salt: &Salt, json: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(salt)
        .chain_update(json.as_bytes())
        .finalize()
        .into()
}

impl<T: Serialize> Personal<T> {
    /// Closes a value under a fresh reference and salt.
    pub fn new(value: T, reference: PersonalRef, salt: Salt) -> Self {
        let json = serde_json::to_string(&value).expect("personal values are plain data");
        Personal {
            reference,
            commitment: commit(&salt, &json),
            opened: Some(Opened { salt, value }),
        }
    }
}

impl<T> Personal<T> {
    /// The value, unless it has been erased or not been loaded.
    pub fn get(&self) -> Option<&T> {
        self.opened.as_ref().map(|o| &o.value)
    }
}

/// What a store needs to see of any personal value, whatever its type.
pub trait PersonalSlot {
    /// Where the value is kept.
    fn reference(&self) -> PersonalRef;
    /// What is to be stored; `None` where the value is not here.
    fn stored(&self) -> Option<PersonalValue>;
    /// Whether the value is here: not erased, and loaded.
    fn is_open(&self) -> bool;
    /// The bytes that [`PersonalSlot::stored`] takes.
    fn stored_bytes(&self) -> usize;
    /// Puts a stored value back; errors if it is not the one committed to.
    fn open(&mut self, stored: &PersonalValue) -> Result<(), PersonalError>;
    /// Forgets the value, keeping reference and commitment.
    fn close(&mut self);
}

impl<T: Serialize + DeserializeOwned> PersonalSlot for Personal<T> {
    fn reference(&self) -> PersonalRef {
        self.reference
    }

    fn stored(&self) -> Option<PersonalValue> {
        self.opened.as_ref().map(|o| PersonalValue {
            reference: self.reference,
            salt: o.salt,
            value: serde_json::to_string(&o.value).expect("personal values are plain data"),
        })
    }

    fn is_open(&self) -> bool {
        self.opened.is_some()
    }

    fn stored_bytes(&self) -> usize {
        let opened = self.opened.as_ref();
        opened.map_or(0, |o| json_bytes(&o.value))
    }

    fn open(&mut self, stored: &PersonalValue) -> Result<(), PersonalError> {
        if stored.reference != self.reference
            || commit(&stored.salt, &stored.value) != self.commitment
        {
            return Err(PersonalError::Commitment(self.reference));
        }
        let value = serde_json::from_str(&stored.value)
            .map_err(|e| PersonalError::Unreadable(self.reference, e.to_string()))?;
        self.opened = Some(Opened {
            salt: stored.salt,
            value,
        });
        Ok(())
    }

    fn close(&mut self) {
        self.opened = None;
    }
}

/// A value that can be erased, as events have it.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Personal))]
pub(crate) struct Closed {
    /// Where the value is kept.
    #[serde(rename = "ref")]
    reference: PersonalRef,
    /// SHA-256 of its salt and its JSON text.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    commitment: String,
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Closed {
                reference: self.reference,
                commitment: hex(&self.commitment),
            }
            .serialize(serializer)
        } else {
            (&self.reference, &self.commitment, &self.opened).serialize(serializer)
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Personal<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let closed = Closed::deserialize(deserializer)?;
            let commitment = unhex(&closed.commitment)
                .ok_or_else(|| serde::de::Error::custom("a commitment is 64 hexadecimal digits"))?;
            Ok(Personal {
                reference: closed.reference,
                commitment,
                opened: None,
            })
        } else {
            let (reference, commitment, opened) = Deserialize::deserialize(deserializer)?;
            Ok(Personal {
                reference,
                commitment,
                opened,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn ana() -> Personal<String> {
        Personal::new("Ana".to_owned(), PersonalRef(Uuid::from_u128(7)), [9; 16])
    }

    #[test]
    fn an_event_does_not_carry_the_value_and_the_store_brings_it_back() {
        let json = serde_json::to_string(&ana()).unwrap();
        assert!(!json.contains("Ana"));
        let mut read: Personal<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(read.get(), None);
        read.open(&ana().stored().unwrap()).unwrap();
        assert_eq!(read, ana());
    }

    #[test]
    fn a_value_that_was_tampered_with_is_refused() {
        let mut stored = ana().stored().unwrap();
        stored.value = "\"Eve\"".to_owned();
        let mut read = ana();
        read.close();
        assert_eq!(
            read.open(&stored),
            Err(PersonalError::Commitment(read.reference()))
        );
    }

    #[test]
    fn a_snapshot_carries_the_value() {
        let bytes = postcard::to_stdvec(&ana()).unwrap();
        let read: Personal<String> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, ana());
    }
}
