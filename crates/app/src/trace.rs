//! The trace that what is under way belongs to, where it is traced. What records traces is
//! outside; here their context (W3C Trace Context) is only passed on, beside the events.

use std::sync::Arc;

use raally_domain::ids::EventId;
use raally_domain::time::Timestamp;

use crate::ports::EventTrace;

tokio::task_local! {
    static CURRENT: Option<TraceParent>;
}

/// A W3C `traceparent` of version 00: the trace, the span in it that caused what follows, and
/// whether it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceParent(Arc<str>);

impl TraceParent {
    /// `None` where the text is no valid `traceparent`. Of a version to come what is known of it
    /// is taken.
    #[must_use]
    pub fn read(text: &str) -> Option<TraceParent> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let nothing = |id: &str| id.bytes().all(|b| b == b'0');
        let shaped = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
        let ended = version != "00" || parts.next().is_none();
        let valid = shaped && ended && version != "ff" && !nothing(trace) && !nothing(span);
        valid.then(|| TraceParent(format!("00-{trace}-{span}-{flags}").into()))
    }

    /// As the header `traceparent` has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trace's id: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }
}

fn hex(text: &str, length: usize) -> bool {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == length && text.bytes().all(digit)
}

/// Does the work as a part of that trace: events that it appends carry it.
pub async fn within<F: Future>(trace: Option<TraceParent>, work: F) -> F::Output {
    CURRENT.scope(trace, work).await
}

/// The trace of what is under way, if it is recorded.
#[must_use]
pub fn current() -> Option<TraceParent> {
    CURRENT.try_with(Clone::clone).ok().flatten()
}

/// Events, each with when it was recorded, as part of what is under way; none of them where that is not recorded.
pub(crate) fn of_current(events: impl Iterator<Item = (EventId, Timestamp)>) -> Vec<EventTrace> {
    let Some(trace) = current() else {
        return Vec::new();
    };
    let traced = |(event, recorded_at)| EventTrace {
        event,
        recorded_at,
        trace: trace.clone(),
    };
    events.map(traced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_valid_is_taken_over() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read = TraceParent::read(text).unwrap();
        assert_eq!(read.as_str(), text);
        assert_eq!(read.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let newer = format!("cc{}-what-will-be", &text[2..]);
        assert_eq!(TraceParent::read(&newer), Some(read));
        for wrong in [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-xyz-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "",
        ] {
            assert_eq!(TraceParent::read(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn work_knows_its_trace_and_nobody_elses() {
        let one = TraceParent::read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let seen = within(one.clone(), async { current() }).await;
        assert_eq!(seen, one);
        assert_eq!(current(), None);
    }
}
