//! What the bus in memory promises beyond the contract: that its memory is bounded.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::bus::{MemoryBus, Options};
use raally_app::ports::{Acknowledgement, Bus, BusError, Message, Subscription};
use raally_domain::ids::TenantId;
use uuid::Uuid;

fn message(stream: u128, seq: u64) -> Message {
    Message {
        stream: TenantId(Uuid::from_u128(stream)).into(),
        seq,
        body: "{}".into(),
        trace: None,
    }
}

fn bus(timeout: Duration) -> Arc<MemoryBus> {
    Arc::new(MemoryBus::new(Options {
        capacity: 10,
        patience: timeout,
        retry: Duration::from_millis(1),
        ..Options::default()
    }))
}

async fn take(member: &mut Box<dyn Subscription>, handled: Acknowledgement) -> u64 {
    let delivery = member.next().await.unwrap();
    delivery.answer.send(handled).unwrap();
    delivery.message.seq
}

#[tokio::test]
async fn publishing_gives_up_when_a_group_is_too_far_behind() {
    let bus = bus(Duration::from_millis(20));
    let mut fast = bus.subscribe("fast").await.unwrap();
    let _slow = bus.subscribe("slow").await.unwrap();
    for seq in 1..=10 {
        bus.publish(vec![message(1, seq)]).await.unwrap();
        assert_eq!(take(&mut fast, Acknowledgement::Ack).await, seq);
    }
    let refused = bus.publish(vec![message(1, 11)]).await;
    assert!(matches!(refused, Err(BusError::Unavailable(_))));
    // Nobody has got what was refused.
    let none = tokio::time::timeout(Duration::from_millis(20), fast.next()).await;
    assert!(none.is_err());
}

#[tokio::test]
async fn publishing_waits_until_there_is_room() {
    let bus = bus(Duration::from_secs(30));
    let mut member = bus.subscribe("audit").await.unwrap();
    for seq in 1..=10 {
        bus.publish(vec![message(1, seq)]).await.unwrap();
    }
    let waiting = tokio::spawn({
        let bus = bus.clone();
        async move { bus.publish(vec![message(1, 11)]).await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    for seq in 1..=11 {
        assert_eq!(take(&mut member, Acknowledgement::Ack).await, seq);
    }
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_dead_letter_neither_fills_the_bus_nor_loses_the_latest() {
    let bus = bus(Duration::from_millis(200));
    let mut member = bus.subscribe("audit").await.unwrap();
    bus.publish(vec![message(1, 1)]).await.unwrap();
    take(
        &mut member,
        Acknowledgement::DeadLetter("broken".to_owned()),
    )
    .await;
    for seq in 2..=1000 {
        bus.publish(vec![message(1, seq), message(2, seq)])
            .await
            .unwrap();
        assert_eq!(take(&mut member, Acknowledgement::Ack).await, seq);
    }
    bus.replay("audit", message(1, 1).stream).await.unwrap();
    assert_eq!(take(&mut member, Acknowledgement::Ack).await, 1);
    let mut seqs = Vec::new();
    while seqs.last() != Some(&1000) {
        seqs.push(take(&mut member, Acknowledgement::Ack).await);
    }
    assert_eq!(seqs, (937..=1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn members_are_told_when_the_bus_closes() {
    let bus = bus(Duration::from_secs(30));
    let mut member = bus.subscribe("audit").await.unwrap();
    let waiting = tokio::spawn(async move { member.next().await.is_none() });
    tokio::task::yield_now().await;
    drop(bus);
    assert!(waiting.await.unwrap());
}
