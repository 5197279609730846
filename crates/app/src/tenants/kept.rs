//! What is kept of the answer to a write under its idempotency key: where the log stood and what the
//! write was about. The rest is worked out again when the request comes again, under what its
//! caller may see by then.

use raally_domain::decide::Decision;
use raally_domain::event::{Head, StepKind};
use raally_domain::figures::Touched;
use raally_domain::ids::StepId;
use raally_domain::kinds::EntityRef;
use serde::{Deserialize, Serialize};

/// The most bytes that are kept of one answer.
const MAX_BYTES: usize = 64 << 10;
/// What a write of more rows than that touched is kept as: everybody's.
const MAX_TOUCHED: usize = 200;

/// What is kept. Answers that an earlier release kept whole are something else, and read so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// Tells what is kept from an answer: no answer has such a field.
    kept_version: u8,
    pub head: Head,
    pub step: StepId,
    pub kind: StepKind,
    /// Empty where there were too many to keep.
    entities: Vec<EntityRef>,
    touched: Vec<Touched>,
}

impl Kept {
    pub(crate) fn of(decision: &Decision, head: Head, step: StepId) -> Kept {
        let all = decision.touched.len() <= MAX_TOUCHED;
        let touched = if all {
            decision.touched.clone()
        } else {
            crate::live::everybody(&decision.touched)
        };
        Kept {
            kept_version: 1,
            head,
            step,
            kind: decision.kind,
            entities: decision.entities.clone(),
            touched,
        }
    }

    /// As the store keeps it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let whole = serde_json::to_vec(self).expect("what is kept is plain data");
        if whole.len() <= MAX_BYTES {
            return whole;
        }
        let without = Kept {
            entities: Vec::new(),
            ..self.clone()
        };
        serde_json::to_vec(&without).expect("what is kept is plain data")
    }

    /// `None` for an answer that an earlier release kept whole.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Kept> {
        serde_json::from_slice(bytes).ok()
    }

    /// The decision as far as it is kept, to answer from it again.
    pub(crate) fn decision(&self) -> Decision {
        Decision {
            changes: Vec::new(),
            entities: self.entities.clone(),
            kind: self.kind,
            touched: self.touched.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use raally_domain::kinds::Kind;
    use uuid::Uuid;

    use super::*;

    fn decision(entities: u128) -> Decision {
        let entity = |n| EntityRef::new(Kind::Person, Uuid::from_u128(n));
        Decision {
            changes: Vec::new(),
            entities: (0..entities).map(entity).collect(),
            kind: StepKind::Do,
            touched: Vec::new(),
        }
    }

    fn kept(entities: u128) -> Kept {
        let head = Head { epoch: 1, seq: 9 };
        Kept::of(&decision(entities), head, StepId(Uuid::from_u128(7)))
    }

    #[test]
    fn what_is_kept_comes_back_and_is_bounded() {
        let read = Kept::from_bytes(&kept(3).to_bytes()).unwrap();
        assert_eq!(read.decision(), decision(3));
        let many = kept(10_000).to_bytes();
        assert!(many.len() <= MAX_BYTES);
        assert_eq!(Kept::from_bytes(&many).unwrap().head, kept(1).head);
    }

    #[test]
    fn an_answer_kept_whole_by_an_earlier_release_is_told_apart() {
        assert_eq!(Kept::from_bytes(br#"{"id":"x","head":"1.9"}"#), None);
        assert_eq!(Kept::from_bytes(b""), None);
    }
}
