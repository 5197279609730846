//! The bookings of one person or placeholder.

use std::cmp::Reverse;

use imbl::OrdMap;
use imbl::ordmap::Values;
use imbl::shared_ptr::DefaultSharedPtr;

use super::Booking;
use crate::date::Date;
use crate::ids::AssignmentId;

/// The order of lanes: start, longer first, id.
pub type LaneKey = (Date, Reverse<Date>, AssignmentId);

/// Bookings in the order of lanes. A clone shares them all with its origin, and a change copies
/// only its way down the tree: one more booking costs somebody with thousands of them hardly more
/// than somebody with none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bookings(OrdMap<LaneKey, Booking>);

impl Bookings {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The booking of that key.
    #[must_use]
    pub fn get(&self, key: &LaneKey) -> Option<&Booking> {
        self.0.get(key)
    }

    /// In the order of lanes.
    #[must_use]
    pub fn iter(&self) -> Values<'_, LaneKey, Booking, DefaultSharedPtr> {
        self.0.values()
    }

    pub(super) fn insert(&mut self, booking: Booking) {
        self.0.insert(booking.lane_key(), booking);
    }

    pub(super) fn remove(&mut self, key: &LaneKey) -> Option<Booking> {
        self.0.remove(key)
    }
}

impl<'a> IntoIterator for &'a Bookings {
    type Item = &'a Booking;
    type IntoIter = Values<'a, LaneKey, Booking, DefaultSharedPtr>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
