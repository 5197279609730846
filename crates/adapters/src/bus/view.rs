//! The topics of views, which Kafka carries and the documents of events name.

use raally_domain::kinds::{Kind, Topic};

/// Which view an event is published to, if any: by what it is about.
#[must_use]
pub fn view(event_type: &str) -> Option<&'static str> {
    match event_type.split_once('.')?.0 {
        "user" | "platform" => Some(Topic::User.name()),
        kind => Kind::from_name(kind)?.topic().map(Topic::name),
    }
}
