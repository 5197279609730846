//! The topics: made where they are missing, checked where they are there.

use std::time::Duration;

use raally_app::ports::BusError;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;

use super::settings::KafkaSettings;
use super::{AuthContext, sign_in, unavailable};

/// Views of the audit topic for others.
pub(super) const VIEWS: [&str; 3] = ["user", "tenant", "project"];

/// Makes the topics that are missing, with the partitions and copies that the settings name.
/// Those that are there are left as they are, but must agree about the partitions.
pub(super) async fn prepare(settings: &KafkaSettings) -> Result<(), BusError> {
    let admin: AdminClient<AuthContext> = settings
        .admin()?
        .create_with_context(AuthContext(settings.security.clone()))
        .map_err(unavailable)?;
    sign_in(&settings.security, admin.inner())?;
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
            .map(|topic| topic.set("min.insync.replicas", "2"))
            .collect();
    }
    let options = AdminOptions::new()
        .request_timeout(Some(settings.timeout))
        .operation_timeout(Some(settings.timeout));
    let made = admin
        .create_topics(&topics, &options)
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
