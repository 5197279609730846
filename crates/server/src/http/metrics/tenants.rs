//! Which workspaces are asked for most: space-saving counters (Metwally et al. 2005), so that
//! memory is bounded and none that is asked for often is missed.

use std::collections::HashMap;

use parking_lot::Mutex;
use raally_domain::ids::TenantId;

/// So many workspaces are counted at a time.
const COUNTED: usize = 1_000;

#[derive(Default)]
pub(super) struct Busy(Mutex<HashMap<TenantId, u64>>);

impl Busy {
    pub(super) fn asked(&self, tenant: TenantId) {
        let mut counts = self.0.lock();
        if let Some(count) = counts.get_mut(&tenant) {
            *count += 1;
            return;
        }
        let mut begins = 0;
        if counts.len() >= COUNTED
            && let Some((least, count)) = counts.iter().min_by_key(|(_, count)| **count)
        {
            // It may have been asked for as often as the one that goes, and not more often.
            let least = *least;
            begins = *count;
            counts.remove(&least);
        }
        counts.insert(tenant, begins + 1);
    }

    /// Those asked for most, with about how often; at most `limit`.
    pub(super) fn busiest(&self, limit: usize) -> Vec<(TenantId, u64)> {
        let counts = self.0.lock();
        let mut all: Vec<_> = counts.iter().map(|(id, count)| (*id, *count)).collect();
        drop(counts);
        all.sort_unstable_by_key(|(id, count)| (std::cmp::Reverse(*count), id.0));
        all.truncate(limit);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn tenant(n: usize) -> TenantId {
        TenantId(Uuid::from_u128(n as u128))
    }

    #[test]
    fn the_busiest_come_first_however_many_there_are() {
        let busy = Busy::default();
        for n in 0..COUNTED * 3 {
            busy.asked(tenant(n));
            busy.asked(tenant(7));
            if n % 2 == 0 {
                busy.asked(tenant(8));
            }
        }
        let busiest = busy.busiest(2);
        assert_eq!(
            busiest.iter().map(|b| b.0).collect::<Vec<_>>(),
            [tenant(7), tenant(8)]
        );
        assert_eq!(busiest[0].1, COUNTED as u64 * 3 + 1);
        assert_eq!(busy.busiest(COUNTED * 2).len(), COUNTED);
    }
}
