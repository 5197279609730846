//! Keeping snapshots, spaced by doubling: a near one for opening, far ones for the past.

use std::sync::Arc;

use raally_domain::event::Head;
use raally_domain::plan::{Plan, PlanSnapshot};

use crate::error::Error;
use crate::ports::Snapshot;
use crate::services::Services;

/// How many events may follow a snapshot of that plan. Reading and applying an event takes longer
/// than reading an entity from the snapshot, so the tail is kept to a part of the plan's size.
pub(crate) fn longest_tail(plan: &Plan) -> u64 {
    let entities = plan.people().len() + plan.projects().len() + plan.assignment_count();
    entities as u64 / 8
}

/// Keeps a snapshot of the plan and drops those that have become too close to one another.
pub(crate) async fn save(services: &Services, plan: Arc<Plan>, every: u64) -> Result<(), Error> {
    let (tenant, head) = (plan.tenant(), plan.head());
    let making = move || PlanSnapshot::of(&plan).to_bytes();
    let bytes = services.cpu.run_patiently(tenant.0, making).await?;
    let store = &services.store;
    store
        .save_snapshot(tenant, Snapshot { head, bytes })
        .await?;
    let kept = store.snapshot_heads(tenant).await?;
    let superfluous = superfluous(&kept, head, every);
    if !superfluous.is_empty() {
        store.drop_snapshots(tenant, &superfluous).await?;
    }
    Ok(())
}

/// Which of these to drop so that, going back from `newest`, the gaps double: within each
/// doubling of the distance the oldest stays, since it will be the one in its place later.
fn superfluous(kept: &[Head], newest: Head, every: u64) -> Vec<Head> {
    let mut occupied = std::collections::BTreeSet::new();
    let mut oldest_first: Vec<Head> = kept.iter().copied().filter(|h| *h != newest).collect();
    oldest_first.sort_unstable();
    oldest_first
        .into_iter()
        .filter(|head| {
            let distance = newest.seq.saturating_sub(head.seq) / every.max(1);
            let doubling = u64::BITS - distance.leading_zeros();
            head.seq >= newest.seq || !occupied.insert(doubling)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_grows_with_the_logarithm_of_the_log_and_reaches_back() {
        let mut kept: Vec<Head> = Vec::new();
        for n in 1..=1_000u64 {
            let newest = Head {
                epoch: 1,
                seq: n * 100,
            };
            kept.push(newest);
            let dropped = superfluous(&kept, newest, 100);
            kept.retain(|h| !dropped.contains(h));
            assert!(kept.contains(&newest));
            assert!(kept.len() <= 12, "{} kept of {n}", kept.len());
        }
        // For any place in the log there is a snapshot no further before it than it is from
        // the end, roughly.
        assert!(kept.iter().any(|h| h.seq <= 50_000));
        for pair in kept.windows(2) {
            let from_end = 100_000 - pair[0].seq;
            assert!(pair[1].seq - pair[0].seq <= from_end);
        }
    }

    #[test]
    fn snapshots_of_a_longer_past_that_a_restore_left_behind_go() {
        let stale = Head { epoch: 1, seq: 900 };
        let newest = Head { epoch: 2, seq: 500 };
        assert_eq!(superfluous(&[stale, newest], newest, 100), vec![stale]);
    }
}
