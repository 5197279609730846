//! What has been taken and is not written yet, and whose turn is next.

use std::collections::VecDeque;

use super::Request;

/// What is written behind shares a commit up to so many requests and bytes of them; what comes
/// together with others takes along so much of it.
pub(super) const BITE: (usize, usize) = (32, 64 << 10);
pub(super) const ALONG: (usize, usize) = (8, 8 << 10);

/// Requests that have been taken and are not written yet.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) large: VecDeque<Box<dyn Request>>,
    /// With their bytes.
    pub(super) behind: VecDeque<(usize, Box<dyn Request>)>,
    /// What is written behind had the last turn.
    was_behind: bool,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.large.is_empty() && self.behind.is_empty()
    }

    /// What has the next commit: a large one and a bite of what is written behind take turns.
    pub(super) fn next(&mut self) -> Vec<Box<dyn Request>> {
        let behind = !self.behind.is_empty() && (self.large.is_empty() || !self.was_behind);
        self.was_behind = behind;
        if !behind {
            return Vec::from_iter(self.large.pop_front());
        }
        let bite = self.bite(BITE);
        match bite.is_empty() {
            // It is more than a bite, and has a commit of its own.
            true => Vec::from_iter(self.behind.pop_front().map(|(_, request)| request)),
            false => bite,
        }
    }

    /// The first that are to be written behind, up to so many and so many bytes.
    pub(super) fn bite(&mut self, (most, most_bytes): (usize, usize)) -> Vec<Box<dyn Request>> {
        let (mut bite, mut left) = (Vec::new(), most_bytes);
        while bite.len() < most
            && let Some((bytes, request)) = self.behind.pop_front_if(|(bytes, _)| *bytes <= left)
        {
            left -= bytes;
            bite.push(request);
        }
        bite
    }
}
