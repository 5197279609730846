//! Snapshots.

use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use uuid::Uuid;

use super::Subject;
use crate::contract::{Log, team};
use crate::ports::Snapshot;

fn snapshot(epoch: u32, seq: u64, byte: u8) -> Snapshot {
    Snapshot {
        head: Head { epoch, seq },
        bytes: vec![byte; 100_000],
    }
}

pub async fn the_latest_snapshot_at_or_before_a_seq_is_found(s: Subject) {
    let tenant = TenantId(Uuid::from_u128(1));
    for (seq, byte) in [(20, 2), (10, 1), (40, 4)] {
        let saved = s.store.save_snapshot(tenant, snapshot(1, seq, byte)).await;
        saved.unwrap();
    }
    for (at_most, wanted) in [
        (9, None),
        (10, Some((10, 1))),
        (39, Some((20, 2))),
        (40, Some((40, 4))),
        (u64::MAX, Some((40, 4))),
    ] {
        let found = s.store.snapshot(tenant, at_most).await.unwrap();
        assert_eq!(found, wanted.map(|(seq, byte)| snapshot(1, seq, byte)));
    }
}

pub async fn a_snapshot_of_the_same_head_is_replaced(s: Subject) {
    let tenant = TenantId(Uuid::from_u128(1));
    for byte in [1, 2] {
        let saved = s.store.save_snapshot(tenant, snapshot(1, 10, byte)).await;
        saved.unwrap();
    }
    let found = s.store.snapshot(tenant, 10).await.unwrap();
    assert_eq!(found, Some(snapshot(1, 10, 2)));
    assert_eq!(s.store.snapshot_heads(tenant).await.unwrap().len(), 1);
}

pub async fn snapshots_are_dropped_by_head(s: Subject) {
    let tenant = TenantId(Uuid::from_u128(1));
    let head = |epoch, seq| Head { epoch, seq };
    for (epoch, seq) in [(2, 15), (1, 20), (1, 10), (2, 30)] {
        let saved = s.store.save_snapshot(tenant, snapshot(epoch, seq, 1)).await;
        saved.unwrap();
    }
    let heads = || s.store.snapshot_heads(tenant);
    let all = [head(1, 10), head(1, 20), head(2, 15), head(2, 30)];
    assert_eq!(heads().await.unwrap(), all);
    s.store
        .drop_snapshots(tenant, &[head(1, 20), head(2, 30), head(9, 9)])
        .await
        .unwrap();
    assert_eq!(heads().await.unwrap(), [head(1, 10), head(2, 15)]);
    s.store.drop_snapshots(tenant, &[]).await.unwrap();
    assert_eq!(heads().await.unwrap().len(), 2);
}

pub async fn tenants_are_listed_in_order(s: Subject) {
    for n in [3, 1, 2] {
        Log::new(n).write(&*s.store, [team(1, "Team")]).await;
    }
    let tenants = s.store.tenants().await.unwrap();
    assert_eq!(tenants, [1, 2, 3].map(|n| TenantId(Uuid::from_u128(n))));
}
