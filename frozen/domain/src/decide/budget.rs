//! What one step may cost. It is spent while deciding, so that a request which asks for too much
//! is refused before it has taken the memory and the time.

use std::io;

use serde::Serialize;

use super::Reason;
use crate::event::{Change, Diff, Recorded};
use crate::figures::{Touched, TouchedRows, touched};
use crate::kinds::{Entity, EntityKind};
use crate::plan::Plan;
use crate::problem::Message;

/// The most events one step may bring.
pub const MAX_STEP_EVENTS: usize = 50_000;
/// The most bytes that a step's events take, with the personal values beside them.
pub const MAX_STEP_BYTES: usize = 16 << 20;
/// The most bytes that an entity takes in an event, which holds it as it was and as it is: an
/// event takes at most 1 MiB.
pub const MAX_VALUE_BYTES: usize = 512 << 10;
/// The most entities that deciding a step looks at beside those that are named.
pub const MAX_STEP_VISITS: usize = 4_000_000;
/// The most rows of a schedule that the changes of a step touch, each counted once a change.
pub const MAX_STEP_TOUCHED: usize = 500_000;

/// What an event takes beside its data, roughly.
const ENVELOPE_BYTES: usize = 600;

/// What is left to a step.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    spent: Limits,
    touched: TouchedRows,
}

#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    events: usize,
    bytes: usize,
    value: usize,
    visits: usize,
    touched: usize,
}

const STEP: Limits = Limits {
    events: MAX_STEP_EVENTS,
    bytes: MAX_STEP_BYTES,
    value: MAX_VALUE_BYTES,
    visits: MAX_STEP_VISITS,
    touched: MAX_STEP_TOUCHED,
};

impl Budget {
    /// Of a step that does something new.
    pub(super) fn of_commands() -> Budget {
        Budget::within(STEP)
    }

    /// Of a step that takes another back or does it again: whatever a step may do, or did by an
    /// earlier release, can be taken back, though undoing looks at more.
    pub(super) fn of_undo() -> Budget {
        Budget::within(Limits {
            events: STEP.events,
            bytes: 2 * STEP.bytes,
            value: usize::MAX,
            visits: 2 * STEP.visits,
            touched: 2 * STEP.touched,
        })
    }

    fn within(limits: Limits) -> Budget {
        Budget {
            limits,
            spent: Limits::default(),
            touched: TouchedRows::default(),
        }
    }

    /// Spends on an event that has just been applied to the plan.
    pub(super) fn event(&mut self, recorded: &Recorded, after: &Plan) -> Result<(), Reason> {
        self.spent.events += 1;
        if self.spent.events > self.limits.events {
            let most = self.limits.events;
            return Err(Reason::Quota(Message::StepTooLarge { most }));
        }
        self.bytes(ENVELOPE_BYTES)?;
        for change in recorded.changes() {
            let (before, now) = for_change!(change, diff => sides(diff));
            // What was stored larger, by an earlier release, can be mended: made smaller.
            if now > self.limits.value && now > before {
                let most_kib = self.limits.value >> 10;
                return Err(Reason::Quota(Message::ValueTooHeavy { most_kib }));
            }
            self.bytes(before + now)?;
            self.touch(change, after)?;
        }
        Ok(())
    }

    /// Spends on a value that was read and merged with what stays as it was.
    pub(super) fn unchanged<E: Entity>(&mut self, value: &E) -> Result<(), Reason> {
        self.bytes(stored_bytes(value))
    }

    /// Spends on looking at so many entities.
    pub(super) fn visit(&mut self, entities: usize) -> Result<(), Reason> {
        self.spent.visits = self.spent.visits.saturating_add(entities);
        if self.spent.visits <= self.limits.visits {
            return Ok(());
        }
        let most = self.limits.visits;
        Err(Reason::Quota(Message::StepTooWide { most }))
    }

    /// The rows touched by all that was spent on.
    pub(super) fn touched(self) -> Vec<Touched> {
        self.touched.into_rows()
    }

    fn bytes(&mut self, bytes: usize) -> Result<(), Reason> {
        self.spent.bytes = self.spent.bytes.saturating_add(bytes);
        if self.spent.bytes <= self.limits.bytes {
            return Ok(());
        }
        let most_kib = self.limits.bytes >> 10;
        Err(Reason::Quota(Message::StepTooHeavy { most_kib }))
    }

    fn touch(&mut self, change: &Change, after: &Plan) -> Result<(), Reason> {
        fn reach<E: EntityKind>(diff: &Diff<E>, after: &Plan) -> usize {
            E::reach(diff, after)
        }
        self.visit(for_change!(change, diff => reach(diff, after)))?;
        let rows = touched(change, after);
        self.spent.touched += rows.len();
        if self.spent.touched > self.limits.touched {
            let most = self.limits.touched;
            return Err(Reason::Quota(Message::StepTouchesTooMuch { most }));
        }
        self.touched.add(rows);
        Ok(())
    }
}

/// The bytes of a diff's two sides as they are stored.
fn sides<E: Entity>(diff: &Diff<E>) -> (usize, usize) {
    let bytes = |side: &Option<E>| side.as_ref().map_or(0, stored_bytes);
    (bytes(&diff.before), bytes(&diff.after))
}

/// The bytes of a value in an event and of its personal values beside it.
fn stored_bytes<E: Entity>(value: &E) -> usize {
    let mut bytes = json_bytes(value);
    value.personal(&mut |slot| bytes += slot.stored_bytes());
    bytes
}

/// The length of a value's JSON text, which is not made.
pub(crate) fn json_bytes(value: &impl Serialize) -> usize {
    struct Counter(usize);
    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // What cannot be written is found by whoever writes it.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}
