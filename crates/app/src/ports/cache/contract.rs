//! What every Cache promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::broadcast;

use crate::ports::Cache;

/// An empty cache.
pub struct Subject {
    pub cache: Arc<dyn Cache>,
    /// Lets time pass for the cache: sets its clock forward, or waits.
    pub pass: Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
    /// A time that is long beside what a call takes: an hour where the clock is set, some
    /// hundred milliseconds where one has to wait.
    pub unit: Duration,
    /// Lives as long as the case.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

#[macro_export]
macro_rules! cache_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, cache:
            a_value_comes_back_and_goes,
            a_value_is_replaced,
            a_value_lives_as_long_as_it_was_given,
            putting_again_renews_the_life,
            a_value_is_kept_only_where_there_is_none,
            what_has_expired_is_not_there,
            of_concurrent_puts_if_absent_one_is_kept,
            a_counter_counts,
            a_counter_lives_from_its_first_increment,
            concurrent_increments_all_count,
            a_removed_counter_begins_anew,
            every_listener_hears_an_announcement,
            announcements_come_in_order,
            an_announcement_is_for_its_channel_and_from_then_on,
        }
    };
}
pub use cache_contract as tests;

const LONG: Duration = Duration::from_secs(600);

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

impl Subject {
    async fn get(&self, key: &str) -> Option<Bytes> {
        self.cache.get(key).await.unwrap()
    }

    async fn put(&self, key: &str, value: &'static str, ttl: Duration) {
        self.cache.put(key, bytes(value), ttl).await.unwrap();
    }

    async fn put_if_absent(&self, key: &str, value: &'static str, ttl: Duration) -> bool {
        self.cache
            .put_if_absent(key, bytes(value), ttl)
            .await
            .unwrap()
    }

    async fn increment(&self, key: &str, by: u64, ttl: Duration) -> u64 {
        self.cache.increment(key, by, ttl).await.unwrap()
    }

    async fn pass(&self, units: f64) {
        (self.pass)(self.unit.mul_f64(units)).await;
    }
}

async fn hear(listener: &mut broadcast::Receiver<Bytes>) -> Bytes {
    tokio::time::timeout(Duration::from_secs(30), listener.recv())
        .await
        .expect("an announcement was to come")
        .unwrap()
}

pub async fn a_value_comes_back_and_goes(s: Subject) {
    let key = "tenant/1 \u{1F98A}:x";
    assert_eq!(s.get(key).await, None);
    let any = Bytes::from_static(&[0, 159, 146, 150, 10, 13]);
    s.cache.put(key, any.clone(), LONG).await.unwrap();
    s.put("", "", LONG).await;
    assert_eq!(s.get(key).await, Some(any));
    assert_eq!(s.get("").await, Some(bytes("")));
    s.cache.remove(key).await.unwrap();
    s.cache.remove(key).await.unwrap();
    assert_eq!(s.get(key).await, None);
}

pub async fn a_value_is_replaced(s: Subject) {
    s.put("a", "1", LONG).await;
    s.put("a", "2", LONG).await;
    s.put("A", "3", LONG).await;
    assert_eq!(s.get("a").await, Some(bytes("2")));
}

pub async fn a_value_lives_as_long_as_it_was_given(s: Subject) {
    s.put("short", "1", s.unit).await;
    s.put("long", "2", s.unit * 100).await;
    assert_eq!(s.get("short").await, Some(bytes("1")));
    s.pass(1.1).await;
    assert_eq!(s.get("short").await, None);
    assert_eq!(s.get("long").await, Some(bytes("2")));
}

pub async fn putting_again_renews_the_life(s: Subject) {
    s.put("a", "1", s.unit).await;
    s.put("a", "2", s.unit * 100).await;
    s.put("b", "1", s.unit * 100).await;
    s.put("b", "2", s.unit).await;
    s.pass(1.1).await;
    assert_eq!(s.get("a").await, Some(bytes("2")));
    assert_eq!(s.get("b").await, None);
}

pub async fn a_value_is_kept_only_where_there_is_none(s: Subject) {
    assert!(s.put_if_absent("a", "1", LONG).await);
    assert!(!s.put_if_absent("a", "2", LONG).await);
    assert_eq!(s.get("a").await, Some(bytes("1")));
    s.cache.remove("a").await.unwrap();
    assert!(s.put_if_absent("a", "3", LONG).await);
    s.put("b", "1", LONG).await;
    assert!(!s.put_if_absent("b", "2", LONG).await);
}

pub async fn what_has_expired_is_not_there(s: Subject) {
    assert!(s.put_if_absent("a", "1", s.unit).await);
    // That it was asked for does not lengthen its life.
    assert!(!s.put_if_absent("a", "2", LONG).await);
    s.pass(1.1).await;
    assert!(s.put_if_absent("a", "3", LONG).await);
    assert_eq!(s.get("a").await, Some(bytes("3")));
}

pub async fn of_concurrent_puts_if_absent_one_is_kept(s: Subject) {
    for round in 0..20 {
        let key = format!("lock-{round}");
        let mut running = tokio::task::JoinSet::new();
        for n in 0..8_u8 {
            let (cache, key) = (s.cache.clone(), key.clone());
            running.spawn(async move {
                let kept = cache.put_if_absent(&key, Bytes::from(vec![n]), LONG).await;
                kept.unwrap().then_some(n)
            });
        }
        let kept: Vec<u8> = running.join_all().await.into_iter().flatten().collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(s.get(&key).await, Some(Bytes::from(kept)));
    }
}

pub async fn a_counter_counts(s: Subject) {
    for (by, count) in [(1, 1), (1, 2), (5, 7), (0, 7)] {
        assert_eq!(s.increment("a", by, LONG).await, count);
    }
    assert_eq!(s.increment("b", 3, LONG).await, 3);
    assert_eq!(s.get("a").await, Some(bytes("7")));
}

pub async fn a_counter_lives_from_its_first_increment(s: Subject) {
    assert_eq!(s.increment("a", 1, s.unit).await, 1);
    s.pass(0.5).await;
    // Does not lengthen its life.
    assert_eq!(s.increment("a", 1, s.unit).await, 2);
    s.pass(0.6).await;
    assert_eq!(s.increment("a", 1, s.unit).await, 1);
}

pub async fn concurrent_increments_all_count(s: Subject) {
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let cache = s.cache.clone();
        running.spawn(async move {
            let mut counts = Vec::new();
            for _ in 0..25 {
                counts.push(cache.increment("a", 1, LONG).await.unwrap());
            }
            counts
        });
    }
    let mut counts: Vec<u64> = running.join_all().await.into_iter().flatten().collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=200).collect::<Vec<_>>());
}

pub async fn a_removed_counter_begins_anew(s: Subject) {
    assert_eq!(s.increment("a", 4, LONG).await, 4);
    s.cache.remove("a").await.unwrap();
    assert_eq!(s.increment("a", 1, LONG).await, 1);
}

pub async fn every_listener_hears_an_announcement(s: Subject) {
    s.cache.announce("heads", bytes("early")).await.unwrap();
    let mut one = s.cache.listen("heads").await.unwrap();
    let mut two = s.cache.listen("heads").await.unwrap();
    s.cache.announce("heads", bytes("1.7")).await.unwrap();
    assert_eq!(hear(&mut one).await, bytes("1.7"));
    assert_eq!(hear(&mut two).await, bytes("1.7"));
    drop(one);
    s.cache.announce("heads", bytes("1.8")).await.unwrap();
    assert_eq!(hear(&mut two).await, bytes("1.8"));
}

pub async fn announcements_come_in_order(s: Subject) {
    let mut listener = s.cache.listen("heads").await.unwrap();
    for n in 0..100 {
        let head = Bytes::from(format!("1.{n}"));
        s.cache.announce("heads", head).await.unwrap();
    }
    for n in 0..100 {
        assert_eq!(hear(&mut listener).await, format!("1.{n}"));
    }
}

pub async fn an_announcement_is_for_its_channel_and_from_then_on(s: Subject) {
    let mut one = s.cache.listen("one").await.unwrap();
    s.cache.announce("two", bytes("not for one")).await.unwrap();
    s.cache.announce("one", bytes("first")).await.unwrap();
    let mut late = s.cache.listen("one").await.unwrap();
    s.cache.announce("one", bytes("second")).await.unwrap();
    assert_eq!(hear(&mut one).await, bytes("first"));
    assert_eq!(hear(&mut one).await, bytes("second"));
    assert_eq!(hear(&mut late).await, bytes("second"));
    // When nobody has listened for a while, a new listener is heard all the same.
    drop((one, late));
    s.cache.announce("one", bytes("unheard")).await.unwrap();
    let mut again = s.cache.listen("one").await.unwrap();
    s.cache.announce("one", bytes("third")).await.unwrap();
    assert_eq!(hear(&mut again).await, bytes("third"));
}
