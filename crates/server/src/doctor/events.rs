//! Events on their way: the topics, what waits to be relayed, and what consumers have before them.

use std::time::Duration;

use raally_app::Services;
use raally_app::consumers;
use raally_app::ports::Topic;
use raally_app::services::Adapters;
use raally_app::tenants::{Tenants, TenantsConfig};

use super::{Finding, Findings, answer};
use crate::config::Config;
use crate::config::engines::KafkaConfig;

/// An event that has waited for so long is not being relayed.
const STUCK: Duration = Duration::from_secs(60);
/// A consumer with more before it is behind.
const BEHIND: u64 = 10_000;

pub(super) async fn topics(config: &Config, adapters: &Adapters) -> Vec<Finding> {
    let mut found = Findings::of("topics");
    if config.kafka.brokers.is_empty() {
        found.well("none: events are relayed within the server's process");
        return found.made;
    }
    match answer(adapters.bus.topics()).await {
        Ok(topics) => topics
            .iter()
            .for_each(|topic| judge(&mut found, &config.kafka, topic)),
        Err(why) => found.wrong_until(
            why,
            "look at kafka.brokers, kafka.security, kafka.user, kafka.password_file and kafka.ca_file; nothing is lost meanwhile, and nothing is relayed",
        ),
    }
    found.made
}

fn judge(found: &mut Findings, wanted: &KafkaConfig, topic: &Topic) {
    let name = &topic.name;
    if topic.partitions == 0 {
        let said = format!("{name} is not there");
        return found.wrong_until(said, "run `raally migrate` with these settings");
    }
    let before = found.made.len();
    if usize::try_from(wanted.partitions) != Ok(topic.partitions) {
        found.wrong_until(
            format!(
                "{name} has {} partitions, and kafka.partitions is {}",
                topic.partitions, wanted.partitions
            ),
            "set kafka.partitions to what is there; partitions are added while nothing is published, and never taken away",
        );
    }
    if topic.leaderless > 0 {
        found.wrong_until(
            format!("{name}: {} partitions have no leader", topic.leaderless),
            "bring back the brokers that have them",
        );
    } else if topic.in_sync < topic.copies {
        found.notice(
            format!(
                "{name}: a partition has {} of {} copies up to date",
                topic.in_sync, topic.copies
            ),
            "see that every broker runs",
        );
    }
    match (topic.copies, topic.min_in_sync) {
        (0..=2, _) => found.notice(
            format!("{name}: a message has {} copies", topic.copies),
            "with three brokers or more, let it have three",
        ),
        (_, Some(2..)) => {}
        (copies, _) => found.wrong_until(
            format!("{name}: one copy of {copies} is enough for a message to count as kept"),
            format!("kafka-configs.sh --alter --topic {name} --add-config min.insync.replicas=2"),
        ),
    }
    if usize::try_from(wanted.replication).is_ok_and(|wanted| wanted > topic.copies) {
        found.wrong_until(
            format!(
                "{name}: a message has {} copies, and kafka.replication is {}",
                topic.copies, wanted.replication
            ),
            "give it more copies (kafka-reassign-partitions.sh)",
        );
    }
    if found.made.len() == before {
        let (partitions, copies) = (topic.partitions, topic.copies);
        found.well(format!(
            "{name}: {partitions} partitions of {copies} copies"
        ));
    }
}

pub(super) async fn lag(config: &Config, services: &Services) -> Vec<Finding> {
    let mut found = Findings::of("events");
    match answer(services.store_metrics.outbox_backlog()).await {
        Err(why) => found.wrong_until(
            format!("what waits to be relayed is not known: {why}"),
            "see that the database answers",
        ),
        Ok(waiting) => {
            let now = services.now().micros();
            let since = waiting.since.map_or(0, |since| now - since.micros());
            let age = Duration::from_micros(u64::try_from(since).unwrap_or(0));
            let said = format!(
                "{} wait to be relayed, the oldest for {} s",
                waiting.events,
                age.as_secs()
            );
            match age > STUCK {
                true => found.wrong_until(
                    said,
                    "start `raally worker`, or read its log: it says what keeps it from the brokers",
                ),
                false => found.well(said),
            }
        }
    }
    // What is relayed within a server's process is known to that process alone.
    if config.kafka.brokers.is_empty() {
        return found.made;
    }
    let tenants = Tenants::new(services.clone(), TenantsConfig::default());
    for consumer in consumers::registry(services, &tenants) {
        consumes(&mut found, services, consumer.name()).await;
    }
    tenants.close().await;
    found.made
}

async fn consumes(found: &mut Findings, services: &Services, consumer: &str) {
    let lag = answer(services.bus.lag(consumer)).await;
    let dead = answer(services.bus.dead_letters(consumer)).await;
    let (lag, dead) = match (lag, dead) {
        (Ok(lag), Ok(dead)) => (lag, dead.len()),
        (Err(why), _) | (_, Err(why)) => {
            let said = format!("how far {consumer} is, is not known: {why}");
            return found.wrong_until(said, "see that the brokers answer");
        }
    };
    if dead > 0 {
        found.wrong_until(
            format!("{consumer} has set {dead} streams aside that it could not consume"),
            format!("mend what its log says, then `raally worker replay --consumer {consumer}`"),
        );
    }
    let said = format!("{consumer} has {lag} before it");
    match lag > BEHIND {
        true => found.notice(
            said,
            "see whether it catches up; if not, start more workers",
        ),
        false => found.well(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    type Change = fn(&mut Topic);

    #[test]
    fn a_topic_that_can_lose_what_was_kept_is_wrong() {
        let wanted = KafkaConfig {
            replication: 3,
            ..KafkaConfig::default()
        };
        let safe = Topic {
            name: "raally.audit".to_owned(),
            partitions: 12,
            leaderless: 0,
            copies: 3,
            in_sync: 3,
            min_in_sync: Some(2),
        };
        let verdicts = |topic: Topic| -> Vec<Verdict> {
            let mut found = Findings::of("topics");
            judge(&mut found, &wanted, &topic);
            found.made.iter().map(|f| f.verdict).collect()
        };
        assert_eq!(verdicts(safe.clone()), [Verdict::Well]);
        let changed: [(Change, &[Verdict]); 6] = [
            (|t| t.partitions = 0, &[Verdict::Wrong]),
            (|t| t.partitions = 6, &[Verdict::Wrong]),
            (|t| t.leaderless = 1, &[Verdict::Wrong]),
            (|t| t.in_sync = 2, &[Verdict::Notice]),
            (|t| t.min_in_sync = Some(1), &[Verdict::Wrong]),
            (
                |t| (t.copies, t.in_sync) = (1, 1),
                &[Verdict::Notice, Verdict::Wrong],
            ),
        ];
        for (change, expected) in changed {
            let mut topic = safe.clone();
            change(&mut topic);
            assert_eq!(verdicts(topic.clone()), expected, "{topic:?}");
        }
    }
}
