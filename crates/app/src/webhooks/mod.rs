//! Webhooks: telling endpoints of others, signed as Standard Webhooks
//! (<https://www.standardwebhooks.com>) has it.

mod endpoints;
mod rests;
mod sender;
mod signing;
mod turning_off;

pub(crate) use endpoints::replace;
pub use endpoints::{EndpointPatch, NewEndpoint, add, change, find, rotate, send_test};
pub use sender::Sender;
pub use signing::{secret_text, sign};
pub(crate) use turning_off::turn_off;

use std::sync::Arc;

use raally_domain::event::Event;
use raally_domain::time::Timestamp;
use serde_json::json;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::ports::{WebhookDelivery, WebhookEndpoint, WebhookStatus};

/// A delivery that begins now.
fn delivery(
    id: Uuid,
    endpoint: Uuid,
    event_type: &str,
    body: Arc<str>,
    now: Timestamp,
) -> WebhookDelivery {
    WebhookDelivery {
        id,
        endpoint,
        event_type: event_type.to_owned(),
        body,
        created_at: now,
        status: WebhookStatus::Pending,
        next_at: Some(now),
        attempts: Vec::new(),
    }
}

/// Whether an endpoint wants events of that type (`assignment.created`).
pub(crate) fn wants(endpoint: &WebhookEndpoint, event_type: &str) -> bool {
    let fits = |filter: &String| match filter.strip_suffix(".*") {
        Some(kind) => event_type.split_once('.').is_some_and(|(k, _)| k == kind),
        None => filter == event_type,
    };
    endpoint.event_types.is_empty() || endpoint.event_types.iter().any(fits)
}

/// What is sent of an event: a CloudEvent whose data is that of the log, so that personal values
/// are references. `stored` is the event as it is stored.
pub(crate) fn body_of(event: &Event, stored: &str) -> Result<Arc<str>, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Data<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
        version: u32,
    }
    let Data { data, version } = serde_json::from_str(stored)?;
    let event_type = event.event_type();
    let body = json!({
        "specversion": "1.0",
        "id": event.id,
        "source": format!("/tenants/{}", event.tenant),
        "type": format!("raally.{event_type}.v{version}"),
        "time": event.recorded_at,
        "sequence": event.seq.to_string(),
        "datacontenttype": "application/json",
        "data": data,
    });
    Ok(body.to_string().into())
}

/// A delivery of that body to each of the endpoints.
pub(crate) fn deliveries(
    event: &Event,
    body: &Arc<str>,
    to: &[WebhookEndpoint],
    now: Timestamp,
) -> Vec<WebhookDelivery> {
    let event_type = event.event_type();
    let each = to.iter();
    each.map(|endpoint| delivery(event.id.0, endpoint.id, &event_type, Arc::clone(body), now))
        .collect()
}
