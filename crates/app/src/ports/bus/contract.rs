//! What every Bus promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use raally_domain::ids::TenantId;
use raally_domain::stream::StreamId;
use uuid::Uuid;

use crate::ports::{Acknowledgement, Bus, Delivery, Message, Subscription};
use crate::trace::TraceParent;

/// A bus on which nothing has been published.
pub struct Subject {
    pub bus: Arc<dyn Bus>,
    /// Lives as long as the case: a broker's topic, say.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

#[macro_export]
macro_rules! bus_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, bus:
            a_message_comes_as_it_was_published,
            streams_of_every_kind_are_told_apart,
            a_stream_comes_in_order,
            order_per_stream_holds_under_concurrent_publishers,
            every_group_gets_every_message,
            what_waits_for_a_group_is_counted,
            members_of_a_group_share_its_messages,
            a_group_begins_when_its_first_member_joins,
            a_group_goes_on_without_a_member_that_left,
            the_next_of_a_stream_waits_for_an_answer,
            a_message_in_hand_does_not_stop_other_streams,
            what_waits_behind_may_be_taken_with_the_first,
            a_retry_comes_again_and_is_counted,
            a_delivery_dropped_without_an_answer_comes_again,
            a_stream_that_retries_does_not_stop_others,
            poison_parks_its_stream_and_no_other,
            poison_of_one_group_is_none_of_anothers,
            a_replayed_stream_goes_on_in_order,
            a_dead_letter_may_die_again,
            a_replay_without_a_dead_letter_does_nothing,
        }
    };
}
pub use bus_contract as tests;

/// How long something that must come may take.
const COMES: Duration = Duration::from_secs(30);
/// How long to watch for something that must not come.
const STAYS_AWAY: Duration = Duration::from_millis(150);

fn stream(n: u128) -> StreamId {
    StreamId::Tenant(TenantId(Uuid::from_u128(n)))
}

fn message(of: u128, seq: u64) -> Message {
    Message {
        stream: stream(of),
        seq,
        body: format!("{{\"stream\":{of},\"seq\":{seq}}}").into(),
        trace: None,
    }
}

async fn publish(bus: &dyn Bus, stream: u128, seqs: impl IntoIterator<Item = u64>) {
    let messages = seqs.into_iter().map(|seq| message(stream, seq)).collect();
    bus.publish(messages).await.unwrap();
}

async fn next(member: &mut Box<dyn Subscription>) -> Delivery {
    tokio::time::timeout(COMES, member.next())
        .await
        .expect("a message was to come")
        .expect("the bus was to stay open")
}

async fn nothing_comes(member: &mut Box<dyn Subscription>) {
    let came = tokio::time::timeout(STAYS_AWAY, member.next()).await;
    if let Ok(Some(delivery)) = came {
        panic!("{:?} was not to come", delivery.message);
    }
}

/// All has been taken: what was is noted a moment later.
async fn none_waits(bus: &dyn Bus) {
    let none_waits = async {
        while bus.lag("audit").await.unwrap() > 0 {
            tokio::time::sleep(STAYS_AWAY).await;
        }
    };
    tokio::time::timeout(COMES, none_waits).await.unwrap();
}

/// Takes the next message with this answer.
async fn answer(member: &mut Box<dyn Subscription>, handled: Acknowledgement) -> (Message, u32) {
    let delivery = next(member).await;
    delivery.answer.send(handled).unwrap();
    (delivery.message, delivery.attempt)
}

async fn take(member: &mut Box<dyn Subscription>) -> Message {
    answer(member, Acknowledgement::Ack).await.0
}

fn poison() -> Acknowledgement {
    Acknowledgement::DeadLetter("cannot be read".to_owned())
}

pub async fn a_message_comes_as_it_was_published(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    let awkward = Message {
        body: "\u{1F98A} \0 \n \" \\ ".into(),
        seq: u64::from(u32::MAX) + 5,
        trace: TraceParent::read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ..message(1, 1)
    };
    s.bus.publish(vec![awkward.clone()]).await.unwrap();
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        (awkward, 1)
    );
    s.bus.publish(vec![]).await.unwrap();
    nothing_comes(&mut member).await;
}

pub async fn streams_of_every_kind_are_told_apart(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    let id = Uuid::from_u128(1);
    let streams = [
        StreamId::Tenant(id.into()),
        StreamId::User(id.into()),
        StreamId::Platform,
    ];
    let of = |stream| Message {
        stream,
        ..message(1, 1)
    };
    s.bus.publish(streams.map(of).into()).await.unwrap();
    let mut came = BTreeSet::new();
    for _ in streams {
        // None waits for another's answer to a poisonous event of its own.
        let (message, _) = answer(&mut member, poison()).await;
        assert_eq!(message, of(message.stream));
        came.insert(message.stream);
    }
    assert_eq!(came, streams.into());
    dead_letters(&*s.bus, 3).await;
    s.bus.replay("audit", StreamId::Platform).await.unwrap();
    assert_eq!(take(&mut member).await, of(StreamId::Platform));
    let mut dead = s.bus.dead_letters("audit").await.unwrap();
    dead.sort_by_key(|(message, _)| message.stream);
    let dead: Vec<Message> = dead.into_iter().map(|(message, _)| message).collect();
    assert_eq!(dead, [of(streams[0]), of(streams[1])]);
}

pub async fn a_stream_comes_in_order(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=30).await;
    for seq in 31..=40 {
        publish(&*s.bus, 1, [seq]).await;
    }
    for seq in 1..=40 {
        assert_eq!(take(&mut member).await, message(1, seq));
    }
}

/// Takes what comes until `count` different messages came, with a note of who took each.
async fn take_by(members: Vec<Box<dyn Subscription>>, count: usize) -> Vec<(usize, Message)> {
    let (note, mut notes) = tokio::sync::mpsc::unbounded_channel();
    let mut running = tokio::task::JoinSet::new();
    for (who, mut member) in members.into_iter().enumerate() {
        let note = note.clone();
        running.spawn(async move {
            while let Some(delivery) = member.next().await {
                // Noted before it is answered: the next of its stream comes after.
                note.send((who, delivery.message)).unwrap();
                let _ = delivery.answer.send(Acknowledgement::Ack);
            }
        });
    }
    let (mut taken, mut different) = (Vec::new(), BTreeSet::new());
    while different.len() < count {
        let came = tokio::time::timeout(COMES, notes.recv()).await;
        let (who, message) = came.expect("more messages were to come").unwrap();
        different.insert((message.stream, message.seq));
        taken.push((who, message));
    }
    running.abort_all();
    taken
}

pub async fn order_per_stream_holds_under_concurrent_publishers(s: Subject) {
    let mut members = Vec::new();
    for _ in 0..3 {
        members.push(s.bus.subscribe("audit").await.unwrap());
    }
    let mut publishers = tokio::task::JoinSet::new();
    for stream in 1..=8 {
        let bus = s.bus.clone();
        publishers.spawn(async move {
            for from in (1..=50).step_by(5) {
                publish(&*bus, stream, from..from + 5).await;
            }
        });
    }
    let mut streams: BTreeMap<StreamId, u64> = BTreeMap::new();
    for (_, message) in take_by(members, 8 * 50).await {
        // At least once: an earlier one may come again, but none is skipped.
        let last = streams.entry(message.stream).or_default();
        assert!(message.seq <= *last + 1, "{message:?} after {last}");
        *last = (*last).max(message.seq);
    }
    assert!(streams.values().all(|last| *last == 50), "{streams:?}");
    publishers.join_all().await;
}

pub async fn every_group_gets_every_message(s: Subject) {
    let mut groups = Vec::new();
    for group in ["audit", "cache", "mail"] {
        groups.push(s.bus.subscribe(group).await.unwrap());
    }
    publish(&*s.bus, 1, 1..=3).await;
    for member in &mut groups {
        for seq in 1..=3 {
            assert_eq!(take(member).await, message(1, seq));
        }
        nothing_comes(member).await;
    }
}

pub async fn members_of_a_group_share_its_messages(s: Subject) {
    let mut members = Vec::new();
    for _ in 0..2 {
        members.push(s.bus.subscribe("audit").await.unwrap());
    }
    for stream in 1..=32 {
        publish(&*s.bus, stream, 1..=3).await;
    }
    let taken = take_by(members, 32 * 3).await;
    let mut takers: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for (who, message) in taken {
        takers
            .entry((message.stream, message.seq))
            .or_default()
            .insert(who);
    }
    assert!(takers.values().all(|who| who.len() == 1), "{takers:?}");
}

pub async fn what_waits_for_a_group_is_counted(s: Subject) {
    assert_eq!(s.bus.lag("audit").await.unwrap(), 0);
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=3).await;
    assert_eq!(s.bus.lag("audit").await.unwrap(), 3);
    for _ in 0..3 {
        take(&mut member).await;
    }
    none_waits(&*s.bus).await;
}

pub async fn a_group_begins_when_its_first_member_joins(s: Subject) {
    let mut early = s.bus.subscribe("early").await.unwrap();
    publish(&*s.bus, 1, [1]).await;
    let mut late = s.bus.subscribe("late").await.unwrap();
    publish(&*s.bus, 1, [2]).await;
    assert_eq!(take(&mut early).await.seq, 1);
    assert_eq!(take(&mut early).await.seq, 2);
    assert_eq!(take(&mut late).await.seq, 2);
}

pub async fn a_group_goes_on_without_a_member_that_left(s: Subject) {
    let mut gone = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=3).await;
    assert_eq!(take(&mut gone).await.seq, 1);
    let unanswered = next(&mut gone).await;
    assert_eq!(unanswered.message.seq, 2);
    drop(gone);
    drop(unanswered);
    publish(&*s.bus, 1, [4]).await;
    let mut member = s.bus.subscribe("audit").await.unwrap();
    for seq in 2..=4 {
        assert_eq!(take(&mut member).await.seq, seq);
    }
}

pub async fn the_next_of_a_stream_waits_for_an_answer(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    let mut other = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=2).await;
    // Either of them may get it.
    let mut first = tokio::select! {
        delivery = next(&mut member) => delivery,
        delivery = next(&mut other) => delivery,
    };
    assert_eq!(first.message.seq, 1);
    nothing_comes(&mut member).await;
    nothing_comes(&mut other).await;
    let (unheard, _) = tokio::sync::oneshot::channel();
    let answer = std::mem::replace(&mut first.answer, unheard);
    answer.send(Acknowledgement::Ack).unwrap();
    let second = tokio::select! {
        delivery = next(&mut member) => delivery,
        delivery = next(&mut other) => delivery,
    };
    assert_eq!(second.message.seq, 2);
}

pub async fn a_message_in_hand_does_not_stop_other_streams(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=2).await;
    let in_hand = next(&mut member).await;
    for stream in 2..=6 {
        publish(&*s.bus, stream, [1]).await;
        assert_eq!(take(&mut member).await, message(stream, 1));
    }
    in_hand.answer.send(Acknowledgement::Ack).unwrap();
    assert_eq!(take(&mut member).await, message(1, 2));
}

pub async fn what_waits_behind_may_be_taken_with_the_first(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=5).await;
    // How much is there already when the first is given is the bus's own affair.
    let delivery = loop {
        let delivery = next(&mut member).await;
        assert_eq!(delivery.message, message(1, 1));
        let count = 2 + delivery.lookahead.len() as u64;
        let shown: Vec<Message> = (2..count).map(|seq| message(1, seq)).collect();
        assert_eq!(delivery.lookahead, shown);
        if shown.len() == 4 {
            break delivery;
        }
        delivery.answer.send(Acknowledgement::Retry).unwrap();
    };
    delivery
        .answer
        .send(Acknowledgement::AckThrough(3))
        .unwrap();
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        (message(1, 4), 1)
    );
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        (message(1, 5), 1)
    );
    nothing_comes(&mut member).await;
    none_waits(&*s.bus).await;
}

pub async fn a_retry_comes_again_and_is_counted(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=2).await;
    for attempt in 1..=3 {
        let given = answer(&mut member, Acknowledgement::Retry).await;
        assert_eq!(given, (message(1, 1), attempt));
    }
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        (message(1, 1), 4)
    );
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        (message(1, 2), 1)
    );
}

pub async fn a_delivery_dropped_without_an_answer_comes_again(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=2).await;
    drop(next(&mut member).await);
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        (message(1, 1), 2)
    );
    assert_eq!(take(&mut member).await, message(1, 2));
}

pub async fn a_stream_that_retries_does_not_stop_others(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, [1]).await;
    publish(&*s.bus, 2, 1..=20).await;
    let mut taken = Vec::new();
    while taken.len() < 20 {
        let delivery = next(&mut member).await;
        let handled = if delivery.message.stream == stream(1) {
            Acknowledgement::Retry
        } else {
            taken.push(delivery.message.seq);
            Acknowledgement::Ack
        };
        delivery.answer.send(handled).unwrap();
    }
    assert_eq!(taken, (1..=20).collect::<Vec<_>>());
    assert_eq!(take(&mut member).await, message(1, 1));
}

/// Makes the first message of stream 1 a dead letter of the group.
async fn parked(bus: &dyn Bus, member: &mut Box<dyn Subscription>) {
    publish(bus, 1, 1..=3).await;
    assert_eq!(answer(member, poison()).await.0, message(1, 1));
}

pub async fn poison_parks_its_stream_and_no_other(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    assert_eq!(s.bus.dead_letters("audit").await.unwrap(), []);
    parked(&*s.bus, &mut member).await;
    publish(&*s.bus, 1, [4]).await;
    publish(&*s.bus, 2, 1..=10).await;
    for seq in 1..=10 {
        assert_eq!(take(&mut member).await, message(2, seq));
    }
    nothing_comes(&mut member).await;
    let dead = s.bus.dead_letters("audit").await.unwrap();
    assert_eq!(dead, [(message(1, 1), "cannot be read".to_owned())]);
}

pub async fn poison_of_one_group_is_none_of_anothers(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    let mut other = s.bus.subscribe("mail").await.unwrap();
    parked(&*s.bus, &mut member).await;
    for seq in 1..=3 {
        assert_eq!(take(&mut other).await, message(1, seq));
    }
    assert_eq!(s.bus.dead_letters("mail").await.unwrap(), []);
    s.bus.replay("mail", stream(1)).await.unwrap();
    nothing_comes(&mut member).await;
}

/// The dead letter is known once its answer has been dealt with.
async fn dead_letters(bus: &dyn Bus, count: usize) {
    let wait = async {
        while bus.dead_letters("audit").await.unwrap().len() != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(COMES, wait).await;
    waited.expect("the dead letters were to be so many");
}

pub async fn a_replayed_stream_goes_on_in_order(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    parked(&*s.bus, &mut member).await;
    publish(&*s.bus, 1, 4..=5).await;
    dead_letters(&*s.bus, 1).await;
    s.bus.replay("audit", stream(1)).await.unwrap();
    assert_eq!(
        answer(&mut member, Acknowledgement::Ack).await,
        (message(1, 1), 1)
    );
    publish(&*s.bus, 1, [6]).await;
    for seq in 2..=6 {
        assert_eq!(take(&mut member).await, message(1, seq));
    }
    dead_letters(&*s.bus, 0).await;
}

pub async fn a_dead_letter_may_die_again(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    parked(&*s.bus, &mut member).await;
    for _ in 0..2 {
        dead_letters(&*s.bus, 1).await;
        s.bus.replay("audit", stream(1)).await.unwrap();
        assert_eq!(answer(&mut member, poison()).await.0, message(1, 1));
    }
    dead_letters(&*s.bus, 1).await;
    nothing_comes(&mut member).await;
}

pub async fn a_replay_without_a_dead_letter_does_nothing(s: Subject) {
    let mut member = s.bus.subscribe("audit").await.unwrap();
    publish(&*s.bus, 1, 1..=2).await;
    let in_hand = next(&mut member).await;
    s.bus.replay("audit", stream(1)).await.unwrap();
    s.bus.replay("audit", stream(2)).await.unwrap();
    s.bus.replay("nobody", stream(1)).await.unwrap();
    assert_eq!(s.bus.dead_letters("nobody").await.unwrap(), []);
    nothing_comes(&mut member).await;
    in_hand.answer.send(Acknowledgement::Ack).unwrap();
    assert_eq!(take(&mut member).await, message(1, 2));
}
