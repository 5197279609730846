//! What the cache in memory promises beyond the contract: that its memory is bounded.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raally_adapters::cache::MemoryCache;
use raally_adapters::system::SystemClock;
use raally_app::ports::Cache;

#[tokio::test]
async fn what_was_used_longest_ago_makes_room() {
    let cache = MemoryCache::new(Arc::new(SystemClock), 100_000);
    let (value, ttl) = (Bytes::from(vec![0; 1000]), Duration::from_secs(600));
    for n in 0..2000 {
        cache.put(&n.to_string(), value.clone(), ttl).await.unwrap();
        // It is used all the time.
        cache.get("0").await.unwrap();
    }
    let mut kept = 0;
    for n in 0..2000 {
        kept += usize::from(cache.get(&n.to_string()).await.unwrap().is_some());
    }
    assert!((50..=90).contains(&kept), "{kept}");
    assert!(cache.get("0").await.unwrap().is_some());
}
