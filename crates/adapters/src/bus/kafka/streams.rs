//! What one member of a group knows of a partition: which streams wait for what, and how far the
//! partition is done. Pure: it says what to do next, and `member` does it.
//!
//! A partition holds many streams. Each goes at its own pace, so messages are done out of the
//! partition's order; what is committed is the offset below which everything is done.

use std::collections::{BTreeSet, HashMap};

use raally_app::ports::{Acknowledgement, LOOKAHEAD, Message};
use raally_domain::stream::StreamId;

use super::record::DeadLetterRecord;
use crate::bus::waiting::{Holds, Waiting};

/// Something to do that only the outside can.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The stream's first message can be delivered to the consumer.
    Deliver(StreamId),
    /// The stream's first message can be delivered again, after the pause for this many attempts.
    BackOff(StreamId, u32),
    /// Write this to the topic of dead letters, then call `written`.
    Write(DeadLetterRecord, Option<i64>),
    /// Read the stream's dead letters, then call `loaded`.
    Load(StreamId),
}

struct Item {
    message: Message,
    /// Where it stands in the partition; `None` where it is replayed.
    offset: Option<i64>,
}

impl Holds for Item {
    fn message(&self) -> &Message {
        &self.message
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Goes on as soon as it has a message.
    Free,
    /// Its first message is ready, with the consumer, or backing off.
    Busy,
    /// Behind a dead letter: messages that come are written behind it.
    DeadLettered,
    /// A replay was asked for; dead letters are still being written or read.
    Loading,
}

/// How many messages of a stream that is not taken at the first try are held, a large one counted as
/// many. Those between the first and the latest are dropped: a consumer that finds a gap reads the
/// log.
const HELD_OF_STUCK_STREAM: usize = 64;

struct Stream {
    state: State,
    items: Waiting<Item>,
    /// How often the first message was given.
    attempts: u32,
    /// The first message was not taken at the first try.
    stuck: bool,
    /// How many of its messages are being written to the topic of dead letters.
    writing: usize,
}

impl Stream {
    fn new(state: State) -> Stream {
        Stream {
            state,
            items: Waiting::default(),
            attempts: 0,
            stuck: false,
            writing: 0,
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
    streams: HashMap<StreamId, Stream>,
    offsets: Offsets,
    /// Messages that a consumer has in hand.
    in_hand: usize,
    /// The room of messages held here, but for those of streams that are tried again: others must
    /// not wait for those.
    held: usize,
    committed: Option<i64>,
}

impl Partition {
    /// `dead_lettered` are the streams that have dead letters.
    pub(super) fn new(
        generation: u64,
        dead_lettered: impl IntoIterator<Item = StreamId>,
    ) -> Partition {
        let streams = dead_lettered
            .into_iter()
            .map(|id| (id, Stream::new(State::DeadLettered)));
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
        self.in_hand == 0 && self.streams.values().all(|stream| stream.writing == 0)
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

    pub(super) fn arrive(&mut self, offset: i64, message: Message) -> Option<Action> {
        self.offsets.end = Some(offset + 1);
        self.offsets.open.insert(offset);
        let id = message.stream;
        let stream = self
            .streams
            .entry(id)
            .or_insert_with(|| Stream::new(State::Free));
        if stream.state == State::DeadLettered {
            stream.writing += 1;
            return Some(Action::Write(
                DeadLetterRecord::Waiting(message),
                Some(offset),
            ));
        }
        let before = stream.items.room();
        stream.items.push_back(Item {
            message,
            offset: Some(offset),
        });
        if stream.stuck {
            self.drop_surplus(id);
        } else {
            self.held += stream.items.room() - before;
        }
        self.go_on(id)
    }

    /// Drops what a stuck stream holds too much. The offset of its first message stays open, so
    /// none of those dropped is committed before the consumer has passed it.
    fn drop_surplus(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        while stream.items.room() > HELD_OF_STUCK_STREAM {
            // A message that is replayed is the only one that knows of its dead letter.
            let last = stream.items.len().saturating_sub(1);
            let Some(at) = (1..last).find(|at| stream.items[*at].offset.is_some()) else {
                return;
            };
            let dropped = stream.items.remove(at).and_then(|item| item.offset);
            dropped.map(|offset| self.offsets.open.remove(&offset));
        }
    }

    /// Makes a free stream's first message ready; forgets a stream that has none.
    fn go_on(&mut self, id: StreamId) -> Option<Action> {
        let stream = self.streams.get_mut(&id)?;
        if stream.state != State::Free {
            return None;
        }
        if stream.items.is_empty() {
            if stream.writing == 0 {
                self.streams.remove(&id);
            }
            return None;
        }
        stream.state = State::Busy;
        Some(Action::Deliver(id))
    }

    /// The stream's first message, for the consumer, some of what waits behind it, and how often
    /// it has been given.
    pub(super) fn give(&mut self, id: StreamId) -> Option<(Message, Vec<Message>, u32)> {
        if self.leaving {
            return None;
        }
        let stream = self.streams.get_mut(&id)?;
        let item = stream.items.front()?;
        stream.attempts += 1;
        self.in_hand += 1;
        let lookahead = stream.items.iter().skip(1).take(LOOKAHEAD);
        let lookahead = lookahead.map(|item| item.message.clone()).collect();
        Some((item.message.clone(), lookahead, stream.attempts))
    }

    /// What the consumer said of the stream's first message.
    pub(super) fn answer(&mut self, id: StreamId, handled: Acknowledgement) -> Vec<Action> {
        self.in_hand -= 1;
        let Some(stream) = self.streams.get_mut(&id) else {
            return Vec::new();
        };
        let upto = match handled {
            Acknowledgement::Ack => 0,
            Acknowledgement::AckThrough(seq) => seq,
            Acknowledgement::Retry => {
                let attempts = stream.attempts;
                if !stream.stuck {
                    self.held -= stream.items.room();
                }
                stream.stuck = true;
                self.drop_surplus(id);
                return vec![Action::BackOff(id, attempts)];
            }
            Acknowledgement::DeadLetter(reason) => return self.dead_letter(id, reason),
        };
        if std::mem::take(&mut stream.stuck) {
            self.held += stream.items.room();
        }
        stream.attempts = 0;
        stream.state = State::Free;
        let mut next = Vec::new();
        let before = stream.items.room();
        let mut done = stream.items.pop_front();
        while let Some(item) = done {
            match item.offset {
                Some(offset) => {
                    self.offsets.open.remove(&offset);
                }
                None => {
                    stream.writing += 1;
                    next.push(Action::Write(
                        DeadLetterRecord::Resolved(id, item.message.seq),
                        None,
                    ));
                }
            }
            let more = stream.items.front();
            let more = more.is_some_and(|item| item.message.seq <= upto);
            done = if more { stream.items.pop_front() } else { None };
        }
        self.held -= before - stream.items.room();
        next.extend(self.go_on(id));
        next
    }

    /// Writes the stream's first message as the dead letter, and what waits behind it.
    fn dead_letter(&mut self, id: StreamId, reason: String) -> Vec<Action> {
        let Some(stream) = self.streams.get_mut(&id) else {
            return Vec::new();
        };
        if std::mem::take(&mut stream.stuck) {
            self.held += stream.items.room();
        }
        stream.attempts = 0;
        self.held -= stream.items.room();
        let mut items = std::mem::take(&mut stream.items);
        let Some(dead) = items.pop_front() else {
            return Vec::new();
        };
        stream.state = State::DeadLettered;
        let mut next = vec![Action::Write(
            DeadLetterRecord::Dead(dead.message, reason),
            dead.offset,
        )];
        while let Some(item) = items.pop_front() {
            // A message that is replayed is still in the topic.
            if item.offset.is_some() {
                next.push(Action::Write(
                    DeadLetterRecord::Waiting(item.message),
                    item.offset,
                ));
            }
        }
        stream.writing += next.len();
        next
    }

    /// A message has been written to the topic of dead letters.
    pub(super) fn written(&mut self, id: StreamId, offset: Option<i64>) -> Option<Action> {
        if let Some(offset) = offset {
            self.offsets.open.remove(&offset);
        }
        let stream = self.streams.get_mut(&id)?;
        stream.writing -= 1;
        match stream.state {
            State::Loading if stream.writing == 0 => Some(Action::Load(id)),
            State::Free => self.go_on(id),
            _ => None,
        }
    }

    /// A replay of the stream is asked for.
    pub(super) fn replay(&mut self, id: StreamId) -> Option<Action> {
        let stream = self.streams.get_mut(&id)?;
        if stream.state != State::DeadLettered {
            return None;
        }
        stream.state = State::Loading;
        (stream.writing == 0).then_some(Action::Load(id))
    }

    /// The stream's dead letter and what waited behind it, in its order.
    pub(super) fn loaded(&mut self, id: StreamId, messages: Vec<Message>) -> Option<Action> {
        let stream = self.streams.get_mut(&id)?;
        let before = stream.items.room();
        for message in messages.into_iter().rev() {
            stream.items.push_front(Item {
                message,
                offset: None,
            });
        }
        self.held += stream.items.room() - before;
        stream.state = State::Free;
        self.go_on(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> StreamId {
        StreamId::Tenant(Uuid::from_u128(n).into())
    }

    fn message(stream: u128, seq: u64) -> Message {
        Message {
            stream: id(stream),
            seq,
            body: "{}".into(),
            trace: None,
        }
    }

    fn dead() -> Acknowledgement {
        Acknowledgement::DeadLetter("why".to_owned())
    }

    #[test]
    fn what_is_committed_is_what_lies_below_all_that_is_open() {
        let mut p = Partition::new(1, []);
        assert_eq!(p.commit(), None);
        for (offset, stream) in [(10, 1), (11, 2), (12, 1)] {
            p.arrive(offset, message(stream, 1));
        }
        assert_eq!(p.commit(), Some(10));
        p.give(id(2));
        p.answer(id(2), Acknowledgement::Ack);
        assert_eq!(p.commit(), None, "10 is still open");
        p.give(id(1));
        let next = p.answer(id(1), Acknowledgement::Ack);
        assert_eq!(next, [Action::Deliver(id(1))]);
        assert_eq!(p.commit(), Some(12));
        p.give(id(1));
        p.answer(id(1), Acknowledgement::Ack);
        assert_eq!(p.commit(), Some(13));
        assert!(
            p.streams.is_empty(),
            "a stream without messages is forgotten"
        );
        assert_eq!(p.held(), 0);
    }

    #[test]
    fn a_stream_behind_a_dead_letter_is_written_away_and_comes_back_in_order() {
        let mut p = Partition::new(1, []);
        p.arrive(1, message(1, 1));
        p.arrive(2, message(1, 2));
        p.give(id(1));
        let next = p.answer(id(1), dead());
        let reason = "why".to_owned();
        assert_eq!(
            next,
            [
                Action::Write(DeadLetterRecord::Dead(message(1, 1), reason), Some(1)),
                Action::Write(DeadLetterRecord::Waiting(message(1, 2)), Some(2)),
            ]
        );
        assert_eq!(p.commit(), Some(1), "nothing is done before it is written");
        assert_eq!(p.replay(id(1)), None, "not before it is written");
        assert_eq!(p.written(id(1), Some(1)), None);
        p.arrive(3, message(1, 3));
        assert_eq!(p.written(id(1), Some(2)), Some(Action::Load(id(1))));
        assert_eq!(p.commit(), Some(3));
        let dead_letters = vec![message(1, 1), message(1, 2)];
        assert_eq!(p.loaded(id(1), dead_letters), Some(Action::Deliver(id(1))));
        for seq in 1..=3 {
            let (first, _, attempt) = p.give(id(1)).unwrap();
            assert_eq!((first, attempt), (message(1, seq), 1));
            p.answer(id(1), Acknowledgement::Ack);
        }
        assert_eq!(p.commit(), Some(4));
    }

    #[test]
    fn a_stream_with_a_dead_letter_stays_there_until_it_is_replayed() {
        let mut p = Partition::new(1, [id(1)]);
        let kept = p.arrive(5, message(1, 2));
        assert_eq!(
            kept,
            Some(Action::Write(
                DeadLetterRecord::Waiting(message(1, 2)),
                Some(5)
            ))
        );
        assert_eq!(p.arrive(6, message(2, 1)), Some(Action::Deliver(id(2))));
        p.written(id(1), Some(5));
        assert_eq!(p.replay(id(1)), Some(Action::Load(id(1))));
        assert_eq!(p.replay(id(1)), None, "once");
        assert_eq!(p.replay(id(3)), None, "it has no dead letter");
    }

    #[test]
    fn a_partition_that_leaves_gives_nothing_more_and_is_quiet_once_all_is_answered() {
        let mut p = Partition::new(1, []);
        p.arrive(1, message(1, 1));
        p.arrive(2, message(2, 1));
        p.give(id(1));
        p.leaving = true;
        assert_eq!(p.give(id(2)), None);
        assert!(!p.is_quiet());
        p.answer(id(1), Acknowledgement::Ack);
        assert!(p.is_quiet());
        assert_eq!(p.commit(), Some(2));
    }

    #[test]
    fn what_waits_behind_may_be_taken_with_the_first() {
        let mut p = Partition::new(1, []);
        for (offset, seq) in [(1, 1), (2, 2), (3, 3), (4, 2), (5, 4)] {
            p.arrive(offset, message(1, seq));
        }
        let behind = [2, 3, 2, 4].map(|seq| message(1, seq)).to_vec();
        assert_eq!(p.give(id(1)), Some((message(1, 1), behind, 1)));
        let next = p.answer(id(1), Acknowledgement::AckThrough(3));
        assert_eq!(next, [Action::Deliver(id(1))]);
        assert_eq!(p.commit(), Some(5), "what came twice is done as well");
        assert_eq!(p.held(), 1);
        assert_eq!(p.give(id(1)), Some((message(1, 4), vec![], 1)));
    }

    #[test]
    fn a_stuck_stream_takes_nobodys_room_and_loses_nothing() {
        let mut p = Partition::new(1, []);
        p.arrive(0, message(1, 1));
        p.give(id(1));
        p.answer(id(1), Acknowledgement::Retry);
        for seq in 2..=1000 {
            p.arrive(i64::try_from(seq).unwrap(), message(1, seq));
        }
        assert_eq!(p.held(), 0, "others have all the room");
        let (first, behind, attempt) = p.give(id(1)).unwrap();
        assert_eq!((first.seq, attempt), (1, 2));
        assert_eq!(behind.len(), HELD_OF_STUCK_STREAM - 1);
        assert_eq!(behind.last().unwrap().seq, 1000, "the latest is kept");
        assert_eq!(p.commit(), Some(0), "what was dropped is not done");
        p.answer(id(1), Acknowledgement::Ack);
        assert_eq!(p.held(), HELD_OF_STUCK_STREAM - 1, "it counts again");
    }

    #[test]
    fn a_large_message_takes_the_room_of_many() {
        let large = |seq| Message {
            body: "x".repeat(1 << 20).into(),
            ..message(1, seq)
        };
        let mut p = Partition::new(1, []);
        for seq in 1..=4 {
            p.arrive(i64::try_from(seq).unwrap(), large(seq));
        }
        assert_eq!(p.held(), 4 * 257);
        p.give(id(1));
        p.answer(id(1), Acknowledgement::Retry);
        assert_eq!(p.held(), 0);
        let (first, behind, _) = p.give(id(1)).unwrap();
        assert_eq!((first.seq, behind.len()), (1, 1), "first and latest");
        assert_eq!(behind[0].seq, 4);
        p.answer(id(1), Acknowledgement::Ack);
        assert_eq!(p.held(), 257);
        p.give(id(1));
        p.answer(id(1), dead());
        assert_eq!(p.held(), 0);
    }

    #[test]
    fn attempts_are_counted_until_the_message_is_done() {
        let mut p = Partition::new(1, []);
        p.arrive(1, message(1, 1));
        for attempt in 1..=3 {
            assert_eq!(p.give(id(1)), Some((message(1, 1), vec![], attempt)));
            let next = p.answer(id(1), Acknowledgement::Retry);
            assert_eq!(next, [Action::BackOff(id(1), attempt)]);
        }
    }
}
