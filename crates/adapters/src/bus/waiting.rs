//! The messages of a stream that wait in memory, in order, and the room that they take.

use std::collections::VecDeque;
use std::ops::Index;

use raally_app::ports::Message;

/// A message of up to that many bytes takes the room of one, a larger one that of so many more.
const ORDINARY_BYTES: usize = 4096;

/// Something that holds a message.
pub(super) trait Holds {
    fn message(&self) -> &Message;
}

impl Holds for Message {
    fn message(&self) -> &Message {
        self
    }
}

/// How many ordinary messages it takes the room of, at least one.
fn room(held: &impl Holds) -> usize {
    1 + held.message().body.len() / ORDINARY_BYTES
}

/// A queue that knows the room that it takes: what a bus may hold is bounded in bytes, not only in
/// messages.
pub(super) struct Waiting<T> {
    queue: VecDeque<T>,
    room: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Waiting<T> {
        Waiting {
            queue: VecDeque::new(),
            room: 0,
        }
    }
}

impl<T: Holds> Waiting<T> {
    /// How many ordinary messages it takes the room of.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn front(&self) -> Option<&T> {
        self.queue.front()
    }

    pub(super) fn back(&self) -> Option<&T> {
        self.queue.back()
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.queue.get(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.queue.iter()
    }

    pub(super) fn push_back(&mut self, held: T) {
        self.room += room(&held);
        self.queue.push_back(held);
    }

    pub(super) fn push_front(&mut self, held: T) {
        self.room += room(&held);
        self.queue.push_front(held);
    }

    pub(super) fn pop_front(&mut self) -> Option<T> {
        self.remove(0)
    }

    pub(super) fn remove(&mut self, at: usize) -> Option<T> {
        let held = self.queue.remove(at)?;
        self.room -= room(&held);
        Some(held)
    }
}

impl<T: Holds> Index<usize> for Waiting<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.queue[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use raally_domain::stream::StreamId;
    use uuid::Uuid;

    #[test]
    fn a_large_message_takes_the_room_of_many() {
        let of = |bytes: usize| Message {
            stream: StreamId::Tenant(Uuid::nil().into()),
            seq: 1,
            body: "x".repeat(bytes).into(),
            trace: None,
        };
        let mut waiting = Waiting::default();
        for bytes in [0, ORDINARY_BYTES - 1, 1 << 20] {
            waiting.push_back(of(bytes));
        }
        assert_eq!(waiting.room(), 2 + 257);
        waiting.remove(2);
        assert_eq!((waiting.len(), waiting.room()), (2, 2));
        waiting.push_front(of(ORDINARY_BYTES));
        waiting.pop_front();
        assert_eq!(waiting.room(), 2);
    }
}
