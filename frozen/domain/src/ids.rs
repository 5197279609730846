//! Typed identifiers. Each is a UUID (version 7 where we make it ourselves), so ids of
//! different things cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(
            /// A UUIDv7, or one that follows from a name.
            pub Uuid,
        );

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// A tenant, called workspace in the web app.
    TenantId,
    /// Somebody who signs in; one user may belong to many tenants.
    UserId,
    /// A signed-in session of a user.
    SessionId,
    /// Somebody whose time is planned.
    PersonId,
    /// People who belong together.
    TeamId,
    /// Something that people can do.
    SkillId,
    /// Days off that people share.
    HolidayCalendarId,
    /// What somebody is called from a day on.
    JobTitleId,
    /// How much somebody works from a day on.
    AvailabilityId,
    /// Where somebody belongs from a day on.
    PlacementId,
    /// What somebody is paid from a day on.
    CompensationId,
    /// What work is done for.
    ProjectId,
    /// A customer whom projects are for.
    ClientId,
    /// A part of a project's time.
    PhaseId,
    /// A day of a project to remember.
    MilestoneId,
    /// Work of a person or a placeholder on a project.
    AssignmentId,
    /// Demand that nobody fills yet.
    PlaceholderId,
    /// Days on which somebody is away.
    TimeOffId,
    /// A row of an imported audit log.
    HistoryId,
    /// An event, whatever its stream.
    EventId,
    /// One request's worth of events: what undo takes back as a whole.
    StepId,
    /// Where a personal value is kept.
    PersonalRef,
}

impl PlacementId {
    /// The placement that a person has had from the beginning: what an event of the first edition
    /// says of somebody's team, manager and holiday calendar.
    #[must_use]
    pub fn from_the_beginning(person: PersonId) -> PlacementId {
        PlacementId(person.0)
    }
}

/// The settings of a tenant are one thing without an id of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TheSettings;

impl Serialize for TheSettings {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Uuid::nil().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TheSettings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(|_| Self)
    }
}

impl From<TheSettings> for Uuid {
    fn from(_: TheSettings) -> Self {
        Uuid::nil()
    }
}

impl From<Uuid> for TheSettings {
    fn from(_: Uuid) -> Self {
        Self
    }
}

impl ClientId {
    /// An id that follows from a name: of names that differ by case or outer blanks alone, the
    /// same one. It is a UUID of version 8, the first bytes of a SHA-256 over the name. So every
    /// process that reads an event that names a client makes the same client of it; `attempt`
    /// counts from 0 and gives another id where one is taken.
    #[must_use]
    pub fn of_name(name: &str, attempt: u32) -> ClientId {
        let digest = Sha256::new()
            .chain_update("client\0")
            .chain_update(attempt.to_be_bytes())
            .chain_update(name.trim().to_lowercase())
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        ClientId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
