//! What the bus in memory promises beyond the contract: that its memory is bounded.

use std::sync::Arc;
use std::time::Duration;

use raally_adapters::bus::{MemoryBus, Options};
use raally_app::ports::{Acknowledgement, Bus, Message, Subscription};
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

fn bus() -> Arc<MemoryBus> {
    Arc::new(MemoryBus::new(Options {
        per_stream: 5,
        per_group: 10,
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
async fn nobody_waits_for_a_slow_group_or_a_stuck_stream() {
    let bus = bus();
    let mut fast = bus.subscribe("fast").await.unwrap();
    let mut slow = bus.subscribe("slow").await.unwrap();
    bus.publish(vec![message(1, 1)]).await.unwrap();
    let in_hand = slow.next().await.unwrap();
    assert_eq!(take(&mut fast, Acknowledgement::Ack).await, 1);
    for seq in 2..=10_000 {
        bus.publish(vec![message(1, seq)]).await.unwrap();
        assert_eq!(take(&mut fast, Acknowledgement::Ack).await, seq);
    }
    assert_eq!(bus.lag("slow").await.unwrap(), 10_000);
    // Others of the slow group get theirs.
    bus.publish(vec![message(2, 1)]).await.unwrap();
    assert_eq!(take(&mut slow, Acknowledgement::Ack).await, 1);
    in_hand.answer.send(Acknowledgement::Ack).unwrap();
    // The latest is kept: who takes it finds the gap.
    let mut last = 0;
    while last < 10_000 {
        last = take(&mut slow, Acknowledgement::Ack).await;
    }
}

#[tokio::test]
async fn of_many_streams_the_first_and_the_latest_message_are_kept() {
    let bus = bus();
    let mut member = bus.subscribe("audit").await.unwrap();
    for seq in 1..=100 {
        for stream in 1..=20 {
            bus.publish(vec![message(stream, seq)]).await.unwrap();
        }
    }
    let mut taken = vec![Vec::new(); 21];
    for _ in 0..(5 * 20) {
        let next = tokio::time::timeout(Duration::from_millis(200), member.next());
        let Ok(Some(delivery)) = next.await else {
            break;
        };
        let stream = delivery.message.stream;
        let n = (1..=20).find(|n| message(*n, 1).stream == stream).unwrap();
        taken[usize::try_from(n).unwrap()].push(delivery.message.seq);
        delivery.answer.send(Acknowledgement::Ack).unwrap();
    }
    for seqs in &taken[1..] {
        assert_eq!((seqs.first(), seqs.last()), (Some(&1), Some(&100)));
        assert!(seqs.len() <= 5, "{seqs:?}");
    }
}

#[tokio::test]
async fn a_dead_letter_neither_fills_the_bus_nor_loses_the_latest() {
    let bus = bus();
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
    let bus = bus();
    let mut member = bus.subscribe("audit").await.unwrap();
    let waiting = tokio::spawn(async move { member.next().await.is_none() });
    tokio::task::yield_now().await;
    drop(bus);
    assert!(waiting.await.unwrap());
}
