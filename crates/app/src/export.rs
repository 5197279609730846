//! A workspace as lines of JSON: its log with the personal values that it refers to.

use raally_domain::event::Event;
use raally_domain::hex::hex;
use raally_domain::ids::TenantId;
use raally_domain::personal::PersonalValue;
use serde_json::{Value, json};

use crate::error::Error;
use crate::ports::{LoggedEvent, Store};

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// Lines of events after `after`, with the seq of the last; `None` where the log ends. A line is
/// `{"seq", "hash", "event", "personal"}`, where `event` is the stored text that the hash covers
/// and `personal` the personal values it refers to that have not been erased.
pub async fn lines(
    store: &dyn Store,
    tenant: TenantId,
    after: u64,
) -> Result<Option<(u64, String)>, Error> {
    let page = store.events(tenant, after, PAGE).await?;
    let Some(last) = page.last().map(|logged| logged.seq) else {
        return Ok(None);
    };
    let mut lines = String::new();
    for logged in page {
        let line = line(store, tenant, logged).await?;
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    Ok(Some((last, lines)))
}

async fn line(store: &dyn Store, tenant: TenantId, logged: LoggedEvent) -> Result<Value, Error> {
    let LoggedEvent { seq, stored } = logged;
    let event = Event::read_trusted(seq, &stored.body)
        .map_err(|e| Error::internal("an event cannot be read", e))?;
    let mut references = Vec::new();
    event
        .change
        .personal(&mut |_, slot| references.push(slot.reference()));
    let values: Vec<PersonalValue> = if references.is_empty() {
        Vec::new()
    } else {
        store.personal_values(tenant, &references).await?
    };
    let named = values.into_iter().map(|v| {
        let value = json!({ "salt": hex(&v.salt), "value": v.value });
        (v.reference.to_string(), value)
    });
    Ok(json!({
        "seq": seq,
        "hash": hex(&stored.hash),
        "event": stored.body,
        "personal": Value::Object(named.collect()),
    }))
}
