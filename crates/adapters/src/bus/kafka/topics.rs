//! The topics: made where they are missing, checked where they are there.

use std::sync::Arc;
use std::time::Duration;

use raally_app::ports::{BusError, Topic};
use rdkafka::admin::{
    AdminClient, AdminOptions, NewTopic, OwnedResourceSpecifier, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::metadata::MetadataTopic;
use rdkafka::types::RDKafkaErrorCode;

use super::settings::KafkaSettings;
use super::{AuthContext, sign_in, unavailable};

/// How many copies hold a message before it is acknowledged.
const MIN_IN_SYNC: &str = "min.insync.replicas";

/// Views of the audit topic for others.
pub(super) const VIEWS: [&str; 3] = ["user", "tenant", "project"];

/// Makes the topics that are missing, with the partitions and copies that the settings name.
/// Those that are there are left as they are, but must agree about the partitions.
pub(super) async fn prepare(settings: &KafkaSettings) -> Result<(), BusError> {
    let admin = administrator(settings)?;
    let audit = settings.audit();
    let dead = settings.dead();
    let views = VIEWS.map(|name| settings.view(name));
    let retention = settings.retention.as_millis().to_string();
    let copies = || TopicReplication::Fixed(settings.replication);
    let mut topics = vec![
        NewTopic::new(&audit, settings.partitions, copies())
            .set("retention.ms", &retention)
            .set("max.message.bytes", "8388608"),
        NewTopic::new(&dead, settings.partitions, copies())
            .set("cleanup.policy", "compact")
            .set("max.message.bytes", "8388608"),
    ];
    for view in &views {
        topics.push(
            NewTopic::new(view, settings.partitions, copies())
                .set("retention.ms", &retention)
                .set("max.message.bytes", "8388608"),
        );
    }
    // What was acknowledged is on two brokers at least, where there are three copies.
    if settings.replication >= 3 {
        topics = topics
            .into_iter()
            .map(|topic| topic.set(MIN_IN_SYNC, "2"))
            .collect();
    }
    let made = admin
        .create_topics(&topics, &options(settings))
        .await
        .map_err(unavailable)?;
    for outcome in made {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, why)) => {
                return Err(BusError::Unavailable(format!(
                    "the topic {topic} could not be made: {why}"
                )));
            }
        }
    }
    let settings = settings.clone();
    tokio::task::spawn_blocking(move || check(&settings, &admin, [&audit, &dead]))
        .await
        .map_err(unavailable)?
}

fn administrator(settings: &KafkaSettings) -> Result<AdminClient<AuthContext>, BusError> {
    let admin: AdminClient<AuthContext> = settings
        .admin()?
        .create_with_context(AuthContext(settings.security.clone()))
        .map_err(unavailable)?;
    sign_in(&settings.security, admin.inner())?;
    Ok(admin)
}

fn options(settings: &KafkaSettings) -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(settings.timeout))
        .operation_timeout(Some(settings.timeout))
}

/// How the topics are; makes none and changes none.
pub(super) async fn look(settings: KafkaSettings) -> Result<Vec<Topic>, BusError> {
    let admin = Arc::new(administrator(&settings)?);
    let (asked, timeout) = (Arc::clone(&admin), settings.timeout);
    // All of them: a broker may make a topic that is asked for by its name.
    let metadata = tokio::task::spawn_blocking(move || asked.inner().fetch_metadata(None, timeout));
    let metadata = metadata.await.map_err(unavailable)?.map_err(unavailable)?;
    let wanted = [settings.audit(), settings.dead()].into_iter();
    let wanted = wanted.chain(VIEWS.map(|name| settings.view(name)));
    let mut topics: Vec<Topic> = wanted
        .map(|name| {
            let there = metadata.topics().iter().find(|t| t.name() == name);
            shape(name, there)
        })
        .collect();
    let there: Vec<String> = topics
        .iter()
        .filter(|t| t.partitions > 0)
        .map(|t| t.name.clone())
        .collect();
    let resources: Vec<_> = there
        .iter()
        .map(|name| ResourceSpecifier::Topic(name))
        .collect();
    if resources.is_empty() {
        return Ok(topics);
    }
    let described = admin
        .describe_configs(&resources, &options(&settings))
        .await;
    for described in described.map_err(unavailable)? {
        let described = described.map_err(unavailable)?;
        let OwnedResourceSpecifier::Topic(name) = &described.specifier else {
            continue;
        };
        let value = described
            .get(MIN_IN_SYNC)
            .and_then(|entry| entry.value.as_ref());
        if let Some(topic) = topics.iter_mut().find(|t| t.name == *name) {
            topic.min_in_sync = value.and_then(|value| value.parse().ok());
        }
    }
    Ok(topics)
}

fn shape(name: String, there: Option<&MetadataTopic>) -> Topic {
    let partitions = there.map_or(&[][..], MetadataTopic::partitions);
    Topic {
        name,
        partitions: partitions.len(),
        leaderless: partitions.iter().filter(|p| p.leader() < 0).count(),
        copies: partitions
            .iter()
            .map(|p| p.replicas().len())
            .min()
            .unwrap_or(0),
        in_sync: partitions.iter().map(|p| p.isr().len()).min().unwrap_or(0),
        min_in_sync: None,
    }
}

/// A topic just made is known to every broker only after a moment.
fn check(
    settings: &KafkaSettings,
    admin: &AdminClient<AuthContext>,
    topics: [&String; 2],
) -> Result<(), BusError> {
    const PAUSE: Duration = Duration::from_millis(50);
    let tries = settings.timeout.as_millis() / PAUSE.as_millis();
    for topic in topics {
        let mut found = 0;
        for _ in 0..tries.max(1) {
            let metadata = admin
                .inner()
                .fetch_metadata(Some(topic), settings.timeout)
                .map_err(unavailable)?;
            found = metadata.topics().first().map_or(0, |topic| {
                let led = topic.partitions().iter().filter(|p| p.leader() >= 0);
                led.count()
            });
            if i32::try_from(found) == Ok(settings.partitions) {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        if i32::try_from(found) != Ok(settings.partitions) {
            return Err(BusError::Unavailable(format!(
                "the topic {topic} has {found} partitions with a leader where {} are configured",
                settings.partitions
            )));
        }
    }
    Ok(())
}
