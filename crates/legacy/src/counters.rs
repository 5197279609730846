//! What an import did to a workspace, counted.

use std::collections::BTreeMap;

use raally_domain::kinds::Kind;

use crate::map::IncomingEntity;
use crate::merge::Conflict;
use crate::skip_reason::{SkipReason, Skipped, Source};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Changed,
    Same,
}

/// Of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Counts {
    /// Of the file's rows, those that are here now.
    pub(crate) imported: usize,
    pub(crate) created: usize,
    pub(crate) changed: usize,
    pub(crate) removed: usize,
}

/// Something that the file no longer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Removed {
    pub(crate) what: String,
    /// What had been planned here and went with it.
    pub(crate) with: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) counts: BTreeMap<Kind, Counts>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) removed: Vec<Removed>,
}

impl Counters {
    pub(crate) fn of(&mut self, kind: Kind) -> &mut Counts {
        self.counts.entry(kind).or_default()
    }

    /// Counts a row, but for the hours that are made up for a person whose row it is.
    pub(crate) fn count(&mut self, incoming: &IncomingEntity, outcome: Outcome) {
        let kind = incoming.entity.kind;
        if kind == Kind::Availability && incoming.source.table == "people" {
            return;
        }
        let counts = self.of(kind);
        counts.imported += 1;
        match outcome {
            Outcome::Created => counts.created += 1,
            Outcome::Changed => counts.changed += 1,
            Outcome::Same => {}
        }
    }

    pub(crate) fn skip(&mut self, source: &Source, why: SkipReason) {
        self.skipped.push(Skipped {
            source: source.clone(),
            why,
        });
    }
}
