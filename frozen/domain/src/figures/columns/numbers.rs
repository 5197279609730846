//! Numbers for keys, so that sums by key lie in vectors.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};

use super::keys::KeyHasher;

/// Numbers keys from 0 on, in the order in which they are met.
pub(in crate::figures) struct Numbers<K> {
    number_of: HashMap<K, u32, BuildHasherDefault<KeyHasher>>,
    keys: Vec<K>,
}

impl<K> Default for Numbers<K> {
    fn default() -> Numbers<K> {
        Numbers {
            number_of: HashMap::default(),
            keys: Vec::new(),
        }
    }
}

impl<K: Copy + Eq + Hash> Numbers<K> {
    /// The key's number, a new one if it has none.
    pub(super) fn number(&mut self, key: K) -> usize {
        let next = self.keys.len();
        let number = *self.number_of.entry(key).or_insert_with(|| {
            self.keys.push(key);
            u32::try_from(next).expect("keys of a plan")
        });
        number as usize
    }

    /// The key's number, if it has one.
    pub(super) fn find(&self, key: K) -> Option<usize> {
        self.number_of.get(&key).map(|number| *number as usize)
    }

    /// The keys in the order of their numbers.
    pub(in crate::figures) fn keys(&self) -> &[K] {
        &self.keys
    }
}
