//! Pauses of endpoints: one that fails is tried by one delivery now and then, however many wait for
//! it, and none is called more often than a host of somebody else's can be asked to bear.

use std::time::Duration;

use raally_domain::ids::TenantId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

use crate::ports::{Rate, WebhookEndpoint};
use crate::services::{Services, later};

/// An endpoint that fails is left alone for a quarter of the time since it began to, within these.
const REST: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(3_600));
const PART: u32 = 4;
/// How often one workspace posts to one host: twenty times a second in the long run.
const TO_HOST: Rate = Rate {
    count: 1_200,
    period: Duration::from_secs(60),
    burst: 200,
};

/// Which endpoints are left alone, and until when, as this process knows: others find out by a try
/// of their own.
pub(super) struct Rests(moka::sync::Cache<(TenantId, Uuid), Timestamp>);

impl Rests {
    pub(super) fn new() -> Rests {
        let kept = moka::sync::Cache::builder()
            .max_capacity(100_000)
            .time_to_live(REST.1);
        Rests(kept.build())
    }

    /// Until when an endpoint is left alone, if it is now.
    pub(super) fn until(&self, of: (TenantId, Uuid), now: Timestamp) -> Option<Timestamp> {
        self.0.get(&of).filter(|until| now < *until)
    }

    /// Leaves an endpoint alone that has failed since then; returns until when.
    pub(super) fn begin(
        &self,
        of: (TenantId, Uuid),
        since: Timestamp,
        now: Timestamp,
    ) -> Timestamp {
        let failing = now.micros().saturating_sub(since.micros());
        let failing = Duration::from_micros(u64::try_from(failing).unwrap_or(0));
        let until = later(now, (failing / PART).clamp(REST.0, REST.1));
        self.0.insert(of, until);
        until
    }

    /// Ends the pause of an endpoint that works again; whether there was one.
    pub(super) fn end(&self, of: (TenantId, Uuid)) -> bool {
        self.0.remove(&of).is_some()
    }
}

/// Counts a call of an endpoint's host: how long it is to wait, where the workspace has called it
/// too often.
pub(super) async fn too_often(
    services: &Services,
    tenant: TenantId,
    endpoint: &WebhookEndpoint,
) -> Option<Duration> {
    let key = format!("webhooks/{tenant}/{}", host(&endpoint.url));
    let verdict = services.limits.check(&key, TO_HOST, services.now()).await;
    match verdict {
        Ok(verdict) if !verdict.allowed() => Some(verdict.retry_after.max(REST.0)),
        Ok(_) => None,
        Err(error) => {
            tracing::debug!(%error, "a webhook's host was not counted");
            None
        }
    }
}

/// The host that an address names, without the port.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let named = host.rsplit_once(':');
    let named = named.filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()));
    named.map_or(host, |(host, _)| host).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_addresses() {
        for (url, expected) in [
            ("https://Hooks.example.com/a?b=//c", "hooks.example.com"),
            ("https://example.com:8443", "example.com"),
            ("http://[::1]:8080/x", "[::1]"),
            ("https://[2606:4700::1111]/x", "[2606:4700::1111]"),
            ("https://example.com?x=1", "example.com"),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn pauses_grow_with_how_long_it_has_failed_up_to_an_hour() {
        let rests = Rests::new();
        let of = (TenantId(Uuid::nil()), Uuid::nil());
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        for (now, until) in [(0, 5), (40, 50), (4_000, 5_000), (400_000, 403_600)] {
            assert_eq!(rests.begin(of, at(0), at(now)), at(until));
            assert_eq!(rests.until(of, at(until - 1)), Some(at(until)));
            assert_eq!(rests.until(of, at(until)), None);
        }
        assert!(rests.end(of) && !rests.end(of));
    }
}
