//! What is kept of the answer to a write under its idempotency key: where the log stood and what the
//! write was about. The rest is worked out again when the request comes again, under what its
//! caller may see by then.

use raally_domain::decide::{Decision, Warning, WarningCode};
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
    /// What was warned of, without its sentences.
    #[serde(default)]
    warnings: Vec<Warning>,
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
            warnings: said(&decision.warnings, |_| ""),
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
            warnings: said(&self.warnings, WarningCode::detail),
        }
    }
}

/// Warnings with the sentences of their codes.
fn said(warnings: &[Warning], sentence: fn(WarningCode) -> &'static str) -> Vec<Warning> {
    let said = |warning: &Warning| Warning {
        detail: sentence(warning.code).to_owned(),
        ..warning.clone()
    };
    warnings.iter().map(said).collect()
}

#[cfg(test)]
mod tests {
    use raally_domain::date::Date;
    use raally_domain::ids::{AssignmentId, PersonId, ProjectId};
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
            warnings: Vec::new(),
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
    fn warnings_come_back_with_their_sentences_however_much_else_there_was() {
        let dates = (0..10).map(|n| Date::MAX.plus(-n)).collect();
        let warning = Warning {
            code: WarningCode::OutsideEmployment,
            detail: WarningCode::OutsideEmployment.detail().to_owned(),
            person_id: Some(PersonId(Uuid::max())),
            project_id: Some(ProjectId(Uuid::max())),
            assignment_id: Some(AssignmentId(Uuid::max())),
            dates,
            count: Some(u32::MAX),
            minutes: Some(u64::MAX),
        };
        let decided = Decision {
            warnings: vec![warning; 100],
            ..decision(10_000)
        };
        let head = Head { epoch: 1, seq: 9 };
        let kept = Kept::of(&decided, head, StepId(Uuid::from_u128(7))).to_bytes();
        assert!(kept.len() <= MAX_BYTES, "{}", kept.len());
        let read = Kept::from_bytes(&kept).unwrap().decision();
        assert_eq!(read.warnings, decided.warnings);
        let earlier = br#"{"kept_version":1,"head":{"epoch":1,"seq":9},"step":"00000000-0000-0000-0000-000000000007","kind":"do","entities":[],"touched":[]}"#;
        assert_eq!(Kept::from_bytes(earlier).unwrap().decision().warnings, []);
    }

    #[test]
    fn an_answer_kept_whole_by_an_earlier_release_is_told_apart() {
        assert_eq!(Kept::from_bytes(br#"{"id":"x","head":"1.9"}"#), None);
        assert_eq!(Kept::from_bytes(b""), None);
    }
}
