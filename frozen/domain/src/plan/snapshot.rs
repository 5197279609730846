//! A plan as plain data: what a snapshot holds. Disposable; another format means fold again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Plan, UserSteps};
use crate::event::{Hash, Head};
use crate::ids::{TenantId, UserId};
use crate::kinds::TablesSnapshot;
use crate::time::Timestamp;

/// Why bytes are not a snapshot that this program reads.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It was written by another version of the program: its format.
    #[error(
        "the snapshot has format {found:#010x}, this program reads format {read:#010x}",
        read = PlanSnapshot::FORMAT,
        found = .0
    )]
    Format(u32),
    /// It ends too early, or holds what is no value.
    #[error("the snapshot cannot be read: {0}")]
    Unreadable(#[from] postcard::Error),
    /// Its parts do not fit each other.
    #[error("the snapshot contradicts itself: {0}")]
    Broken(#[from] super::ApplyError),
}

/// The entities of a plan with their ids and versions.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlanSnapshot {
    tenant: TenantId,
    head: Head,
    last_hash: Hash,
    recorded_at: Timestamp,
    tables: TablesSnapshot,
    steps: Vec<(UserId, Arc<UserSteps>)>,
}

impl PlanSnapshot {
    /// The shape of a snapshot and of all that is in it, as a number: the first bytes of a hash of
    /// their schema. The test `the_snapshot_format_follows_from_the_schema` writes the file.
    pub const FORMAT: u32 = match u32::from_str_radix(include_str!("format.hex"), 16) {
        Ok(format) => format,
        Err(_) => panic!("format.hex holds eight hexadecimal digits"),
    };

    /// The hash of the last event that the plan had.
    #[must_use]
    pub fn last_hash(&self) -> Hash {
        self.last_hash
    }

    /// The snapshot of that plan as it is now.
    #[must_use]
    pub fn of(plan: &Plan) -> PlanSnapshot {
        let steps = plan.steps.iter();
        PlanSnapshot {
            tenant: plan.tenant,
            head: plan.head,
            last_hash: plan.last_hash,
            recorded_at: plan.recorded_at,
            tables: TablesSnapshot::of(plan),
            steps: steps
                .map(|(user, steps)| (*user, Arc::clone(steps)))
                .collect(),
        }
    }

    /// The plan this is a snapshot of.
    pub fn into_plan(self) -> Result<Plan, SnapshotError> {
        let mut plan = Plan::empty(self.tenant, self.head.epoch);
        self.tables.restore(&mut plan)?;
        let steps = self.steps.into_iter().map(|(user, mut steps)| {
            Arc::make_mut(&mut steps).restored_from_snapshot();
            (user, steps)
        });
        plan.steps = steps.collect();
        plan.head = self.head;
        plan.last_hash = self.last_hash;
        plan.touch_recorded_at(self.recorded_at);
        Ok(plan)
    }

    /// The snapshot as bytes, its format first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Self::FORMAT.to_le_bytes().to_vec();
        bytes.extend(postcard::to_stdvec(self).expect("a snapshot is plain data"));
        bytes
    }

    /// Reads a snapshot.
    pub fn from_bytes(bytes: &[u8]) -> Result<PlanSnapshot, SnapshotError> {
        let (format, rest) = bytes
            .split_first_chunk::<4>()
            .ok_or(SnapshotError::Format(0))?;
        let format = u32::from_le_bytes(*format);
        if format != Self::FORMAT {
            return Err(SnapshotError::Format(format));
        }
        Ok(postcard::from_bytes(rest)?)
    }
}
