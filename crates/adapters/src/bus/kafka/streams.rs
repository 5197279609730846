//! What one member of a group knows of a partition: which streams wait for what, and how far the
//! partition is done. Pure: it says what to do next, and `member` does it.
//!
//! A partition holds many streams. Each goes at its own pace, so messages are done out of the
//! partition's order; what is committed is the offset below which everything is done.

use std::collections::{BTreeSet, HashMap, VecDeque};

use raally_app::ports::{Handled, Message};
use raally_domain::ids::TenantId;

use super::record::Parked;

/// Something to do that only the outside can.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The stream's first message can be given to the consumer.
    Ready(TenantId),
    /// The stream's first message can be given again, after a rest for this many attempts.
    Rest(TenantId, u32),
    /// Write this to the topic of what is set aside, then tell `kept`.
    Keep(Parked, Option<i64>),
    /// Read what is set aside of the stream, then tell `loaded`.
    Load(TenantId),
}

struct Item {
    message: Message,
    /// Where it stands in the partition; `None` where it was set aside and has come back.
    offset: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Goes on as soon as it has a message.
    Free,
    /// Its first message is ready, with the consumer, or resting.
    Busy,
    /// Behind a dead letter: what comes is set aside too.
    Parked,
    /// Asked to go on; what was set aside is still being written or read.
    Loading,
}

struct Stream {
    state: State,
    items: VecDeque<Item>,
    /// How often the first message was given.
    attempts: u32,
    /// How much of it is being written to what is set aside.
    keeping: usize,
}

impl Stream {
    fn new(state: State) -> Stream {
        Stream {
            state,
            items: VecDeque::new(),
            attempts: 0,
            keeping: 0,
        }
    }
}

/// The offsets that are not done, and the one after the last seen.
#[derive(Default)]
struct Offsets {
    open: BTreeSet<i64>,
    end: Option<i64>,
}

pub(super) struct Partition {
    /// Tells this assignment from an earlier one of the same partition.
    pub generation: u64,
    /// It is on its way to another member: nothing more is given out.
    pub leaving: bool,
    streams: HashMap<TenantId, Stream>,
    offsets: Offsets,
    /// Messages that a consumer has in hand.
    in_hand: usize,
    /// Messages held here.
    held: usize,
    committed: Option<i64>,
}

impl Partition {
    /// `parked` are the streams that were found set aside.
    pub(super) fn new(generation: u64, parked: impl IntoIterator<Item = TenantId>) -> Partition {
        let streams = parked
            .into_iter()
            .map(|tenant| (tenant, Stream::new(State::Parked)));
        Partition {
            generation,
            leaving: false,
            streams: streams.collect(),
            offsets: Offsets::default(),
            in_hand: 0,
            held: 0,
            committed: None,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Nothing is with the consumer or being written.
    pub(super) fn is_quiet(&self) -> bool {
        self.in_hand == 0 && self.streams.values().all(|stream| stream.keeping == 0)
    }

    /// The offset to commit, if it is another than the last time.
    pub(super) fn commit(&mut self) -> Option<i64> {
        let first_open = self.offsets.open.first().copied().or(self.offsets.end);
        if first_open == self.committed {
            return None;
        }
        self.committed = first_open;
        first_open
    }

    /// A record that holds no message is done at once.
    pub(super) fn skip(&mut self, offset: i64) {
        self.offsets.end = Some(offset + 1);
    }

    pub(super) fn arrive(&mut self, offset: i64, message: Message) -> Option<Next> {
        self.offsets.end = Some(offset + 1);
        self.offsets.open.insert(offset);
        let tenant = message.tenant;
        let stream = self
            .streams
            .entry(tenant)
            .or_insert_with(|| Stream::new(State::Free));
        if stream.state == State::Parked {
            stream.keeping += 1;
            return Some(Next::Keep(Parked::Waiting(message), Some(offset)));
        }
        self.held += 1;
        stream.items.push_back(Item {
            message,
            offset: Some(offset),
        });
        self.go_on(tenant)
    }

    /// Makes a free stream's first message ready; forgets a stream that has none.
    fn go_on(&mut self, tenant: TenantId) -> Option<Next> {
        let stream = self.streams.get_mut(&tenant)?;
        if stream.state != State::Free {
            return None;
        }
        if stream.items.is_empty() {
            if stream.keeping == 0 {
                self.streams.remove(&tenant);
            }
            return None;
        }
        stream.state = State::Busy;
        Some(Next::Ready(tenant))
    }

    /// The stream's first message, for the consumer; how often it has been given with it.
    pub(super) fn give(&mut self, tenant: TenantId) -> Option<(Message, u32)> {
        if self.leaving {
            return None;
        }
        let stream = self.streams.get_mut(&tenant)?;
        let item = stream.items.front()?;
        stream.attempts += 1;
        self.in_hand += 1;
        Some((item.message.clone(), stream.attempts))
    }

    /// What the consumer said of the stream's first message.
    pub(super) fn answer(&mut self, tenant: TenantId, handled: Handled) -> Vec<Next> {
        self.in_hand -= 1;
        let Some(stream) = self.streams.get_mut(&tenant) else {
            return Vec::new();
        };
        if handled == Handled::Retry {
            return vec![Next::Rest(tenant, stream.attempts)];
        }
        let Some(item) = stream.items.pop_front() else {
            return Vec::new();
        };
        self.held -= 1;
        stream.attempts = 0;
        if let Handled::Poison(reason) = handled {
            return self.park(tenant, item, reason);
        }
        stream.state = State::Free;
        let mut next = Vec::new();
        match item.offset {
            Some(offset) => {
                self.offsets.open.remove(&offset);
            }
            None => {
                stream.keeping += 1;
                next.push(Next::Keep(Parked::Handled(tenant, item.message.seq), None));
            }
        }
        next.extend(self.go_on(tenant));
        next
    }

    /// Sets the stream aside: the dead letter, and what waits behind it.
    fn park(&mut self, tenant: TenantId, dead: Item, reason: String) -> Vec<Next> {
        let Some(stream) = self.streams.get_mut(&tenant) else {
            return Vec::new();
        };
        stream.state = State::Parked;
        let mut next = vec![Next::Keep(Parked::Dead(dead.message, reason), dead.offset)];
        self.held -= stream.items.len();
        for item in stream.items.drain(..) {
            // What had been set aside before still lies there.
            if item.offset.is_some() {
                next.push(Next::Keep(Parked::Waiting(item.message), item.offset));
            }
        }
        stream.keeping += next.len();
        next
    }

    /// Something has been written to what is set aside.
    pub(super) fn kept(&mut self, tenant: TenantId, offset: Option<i64>) -> Option<Next> {
        if let Some(offset) = offset {
            self.offsets.open.remove(&offset);
        }
        let stream = self.streams.get_mut(&tenant)?;
        stream.keeping -= 1;
        match stream.state {
            State::Loading if stream.keeping == 0 => Some(Next::Load(tenant)),
            State::Free => self.go_on(tenant),
            _ => None,
        }
    }

    /// Somebody asks that the stream goes on.
    pub(super) fn replay(&mut self, tenant: TenantId) -> Option<Next> {
        let stream = self.streams.get_mut(&tenant)?;
        if stream.state != State::Parked {
            return None;
        }
        stream.state = State::Loading;
        (stream.keeping == 0).then_some(Next::Load(tenant))
    }

    /// What lay aside of the stream, in its order.
    pub(super) fn loaded(&mut self, tenant: TenantId, messages: Vec<Message>) -> Option<Next> {
        let stream = self.streams.get_mut(&tenant)?;
        self.held += messages.len();
        for message in messages.into_iter().rev() {
            stream.items.push_front(Item {
                message,
                offset: None,
            });
        }
        stream.state = State::Free;
        self.go_on(tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn tenant(n: u128) -> TenantId {
        TenantId(Uuid::from_u128(n))
    }

    fn message(stream: u128, seq: u64) -> Message {
        Message {
            tenant: tenant(stream),
            seq,
            body: "{}".into(),
        }
    }

    fn dead() -> Handled {
        Handled::Poison("why".to_owned())
    }

    #[test]
    fn what_is_committed_is_what_lies_below_all_that_is_open() {
        let mut p = Partition::new(1, []);
        assert_eq!(p.commit(), None);
        for (offset, stream) in [(10, 1), (11, 2), (12, 1)] {
            p.arrive(offset, message(stream, 1));
        }
        assert_eq!(p.commit(), Some(10));
        p.give(tenant(2));
        p.answer(tenant(2), Handled::Done);
        assert_eq!(p.commit(), None, "10 is still open");
        p.give(tenant(1));
        let next = p.answer(tenant(1), Handled::Done);
        assert_eq!(next, [Next::Ready(tenant(1))]);
        assert_eq!(p.commit(), Some(12));
        p.give(tenant(1));
        p.answer(tenant(1), Handled::Done);
        assert_eq!(p.commit(), Some(13));
        assert!(
            p.streams.is_empty(),
            "a stream without messages is forgotten"
        );
        assert_eq!(p.held(), 0);
    }

    #[test]
    fn a_stream_behind_a_dead_letter_is_written_aside_and_comes_back_in_order() {
        let mut p = Partition::new(1, []);
        p.arrive(1, message(1, 1));
        p.arrive(2, message(1, 2));
        p.give(tenant(1));
        let next = p.answer(tenant(1), dead());
        let reason = "why".to_owned();
        assert_eq!(
            next,
            [
                Next::Keep(Parked::Dead(message(1, 1), reason), Some(1)),
                Next::Keep(Parked::Waiting(message(1, 2)), Some(2)),
            ]
        );
        assert_eq!(p.commit(), Some(1), "nothing is done before it is written");
        assert_eq!(p.replay(tenant(1)), None, "not before it is written");
        assert_eq!(p.kept(tenant(1), Some(1)), None);
        p.arrive(3, message(1, 3));
        assert_eq!(p.kept(tenant(1), Some(2)), Some(Next::Load(tenant(1))));
        assert_eq!(p.commit(), Some(3));
        let aside = vec![message(1, 1), message(1, 2)];
        assert_eq!(p.loaded(tenant(1), aside), Some(Next::Ready(tenant(1))));
        for seq in 1..=3 {
            assert_eq!(p.give(tenant(1)), Some((message(1, seq), 1)));
            p.answer(tenant(1), Handled::Done);
        }
        assert_eq!(p.commit(), Some(4));
    }

    #[test]
    fn a_stream_found_aside_stays_there_until_it_is_replayed() {
        let mut p = Partition::new(1, [tenant(1)]);
        let kept = p.arrive(5, message(1, 2));
        assert_eq!(
            kept,
            Some(Next::Keep(Parked::Waiting(message(1, 2)), Some(5)))
        );
        assert_eq!(p.arrive(6, message(2, 1)), Some(Next::Ready(tenant(2))));
        p.kept(tenant(1), Some(5));
        assert_eq!(p.replay(tenant(1)), Some(Next::Load(tenant(1))));
        assert_eq!(p.replay(tenant(1)), None, "once");
        assert_eq!(p.replay(tenant(3)), None, "nothing lies aside of it");
    }

    #[test]
    fn a_partition_that_leaves_gives_nothing_more_and_is_quiet_once_all_is_answered() {
        let mut p = Partition::new(1, []);
        p.arrive(1, message(1, 1));
        p.arrive(2, message(2, 1));
        p.give(tenant(1));
        p.leaving = true;
        assert_eq!(p.give(tenant(2)), None);
        assert!(!p.is_quiet());
        p.answer(tenant(1), Handled::Done);
        assert!(p.is_quiet());
        assert_eq!(p.commit(), Some(2));
    }

    #[test]
    fn attempts_are_counted_until_the_message_is_done() {
        let mut p = Partition::new(1, []);
        p.arrive(1, message(1, 1));
        for attempt in 1..=3 {
            assert_eq!(p.give(tenant(1)), Some((message(1, 1), attempt)));
            let next = p.answer(tenant(1), Handled::Retry);
            assert_eq!(next, [Next::Rest(tenant(1), attempt)]);
        }
    }
}
