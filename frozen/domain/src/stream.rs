//! Whose log it is: a tenant's, a user's or the platform's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{TenantId, UserId};

/// A log of its own, with an order and a chain of hashes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// What happens in a workspace.
    Tenant(TenantId),
    /// What happens to an account: sign-ins, changes of the password.
    User(UserId),
    /// What concerns neither: sign-ins to accounts that do not exist, refused attempts.
    Platform,
}

impl StreamId {
    /// The tenant whose stream it is.
    #[must_use]
    pub fn tenant(self) -> Option<TenantId> {
        match self {
            StreamId::Tenant(tenant) => Some(tenant),
            StreamId::User(_) | StreamId::Platform => None,
        }
    }

    /// What the bus keys its messages by; a tenant's is its id. Without a slash.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            StreamId::Tenant(tenant) => tenant.to_string(),
            StreamId::User(user) => format!("user.{user}"),
            StreamId::Platform => "platform".to_owned(),
        }
    }

    /// The stream of a key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<StreamId> {
        match key.strip_prefix("user.") {
            Some(user) => user.parse().ok().map(StreamId::User),
            None if key == "platform" => Some(StreamId::Platform),
            None => key.parse().ok().map(StreamId::Tenant),
        }
    }
}

impl From<TenantId> for StreamId {
    fn from(tenant: TenantId) -> StreamId {
        StreamId::Tenant(tenant)
    }
}

impl From<UserId> for StreamId {
    fn from(user: UserId) -> StreamId {
        StreamId::User(user)
    }
}

/// As the envelope's `stream` has it.
impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StreamId::Tenant(tenant) => write!(f, "tenant/{tenant}"),
            StreamId::User(user) => write!(f, "user/{user}"),
            StreamId::Platform => f.write_str("platform"),
        }
    }
}

impl FromStr for StreamId {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let read = || match s.split_once('/') {
            Some(("tenant", id)) => id.parse().ok().map(StreamId::Tenant),
            Some(("user", id)) => id.parse().ok().map(StreamId::User),
            None if s == "platform" => Some(StreamId::Platform),
            _ => None,
        };
        read().ok_or("must be tenant/<id>, user/<id> or platform")
    }
}

impl Serialize for StreamId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StreamId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_stream_is_found_again_by_its_text_and_by_its_key() {
        let id = Uuid::from_u128(7);
        let streams = [
            StreamId::Tenant(TenantId(id)),
            StreamId::User(UserId(id)),
            StreamId::Platform,
        ];
        for stream in streams {
            assert_eq!(stream.to_string().parse(), Ok(stream));
            assert_eq!(StreamId::from_key(&stream.key()), Some(stream));
            assert!(!stream.key().contains('/'));
        }
        assert!("tenant/7".parse::<StreamId>().is_err());
        assert!("platform/x".parse::<StreamId>().is_err());
        assert_eq!(StreamId::from_key("user.x"), None);
    }
}
