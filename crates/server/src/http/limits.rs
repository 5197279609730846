//! How often somebody may try.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use bytes::Bytes;
use raally_app::accounts::rate_limited;
use raally_app::auth::Caller;
use raally_app::ports::{Claim, Rate};
use raally_app::services::later;
use raally_domain::ids::TenantId;
use raally_domain::problem::Message;
use raally_domain::time::Timestamp;
use sha2::{Digest, Sha256};

use super::App;
use super::problem::{Problem, ProblemKind};

const PERIOD: Duration = Duration::from_secs(60);
/// Of how many who were refused it is remembered.
const REFUSED: u64 = 10_000;
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// From a network that somebody has signed in from, they may still do so while others try.
const KNOWN_FOR: Duration = DAY.saturating_mul(30);
/// How many times as often as from one network somebody may try an account from all of them.
const ALL_NETWORKS: u32 = 10;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct ClientIp(pub String);

impl FromRequestParts<App> for ClientIp {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let forwarded = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .next_back()
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.rsplit(',').next())
            .and_then(|v| v.trim().parse::<IpAddr>().ok())
            .filter(|_| app.config.behind_proxy);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = forwarded.or_else(|| peer.map(|p| p.0.ip()));
        Ok(ClientIp(address.map_or_else(String::new, network)))
    }
}

/// The address, or its /64 where it is IPv6: whoever has one address there has them all.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}

/// Counts an attempt from an address.
pub(crate) async fn by_address(app: &App, from: &ClientIp) -> Result<(), Problem> {
    let most = app.config.limits.auth_per_address;
    count(app, PERIOD, vec![("address", from.0.clone(), most)]).await
}

/// Counts an attempt on an account, whether it exists or not, from a network: whoever tries from
/// elsewhere does not lock its owner out. From all networks together an account may be tried more
/// often; one from which somebody has signed in to it lately does not count there.
pub(crate) async fn by_account(app: &App, email: &str, from: &ClientIp) -> Result<(), Problem> {
    let most = app.config.limits.sign_in_per_account;
    let account = account(email);
    let mut asked = vec![("account", format!("{account}/{}", from.0), most)];
    let known = app.services.cache.get(&known(&account, from)).await;
    if !known.is_ok_and(|known| known.is_some()) {
        asked.push(("account", account, most.saturating_mul(ALL_NETWORKS)));
    }
    count(app, PERIOD, asked).await
}

/// Notes that somebody has signed in to an account from there.
pub(crate) async fn note_known(app: &App, email: &str, from: &ClientIp) {
    let key = known(&account(email), from);
    let noted = app
        .services
        .cache
        .put(&key, Bytes::from_static(b"1"), KNOWN_FOR);
    if let Err(error) = noted.await {
        tracing::debug!(%error, "a network was not noted as known to an account");
    }
}

/// Hashed, so that a shared cache holds no addresses of people.
fn account(email: &str) -> String {
    hex::encode(Sha256::digest(email.trim().to_lowercase()))
}

fn known(account: &str, from: &ClientIp) -> String {
    format!("auth/known/{account}/{}", from.0)
}

/// Counts a workspace that somebody makes.
pub(crate) async fn by_new_workspace(app: &App, caller: &Caller) -> Result<(), Problem> {
    let most = app.config.limits.workspaces_per_user_and_day;
    count(
        app,
        DAY,
        vec![("workspaces", caller.user.to_string(), most)],
    )
    .await
}

/// Counts a request to a workspace.
pub(crate) async fn by_tenant(app: &App, caller: &Caller, tenant: TenantId) -> Result<(), Problem> {
    app.metrics
        .asked(caller.user, Some(tenant), app.services.now());
    let most = app.config.limits.requests_per_tenant;
    count(app, PERIOD, vec![("tenant", tenant.to_string(), most)]).await
}

/// Refuses a caller whose session has ended. Counts a request of a user, by the session's token too, so that one that was copied cannot take
/// all that its user may, and by the workspace that it is for: one call for all of them.
pub(crate) async fn by_request(
    app: &App,
    caller: &Caller,
    tenant: Option<TenantId>,
) -> Result<(), Problem> {
    app.metrics.asked(caller.user, tenant, app.services.now());
    let limits = &app.config.limits;
    let of_token = limits.requests_per_user - limits.requests_per_user / 4;
    let mut asked = vec![
        ("token", caller.session.to_string(), of_token),
        ("user", caller.user.to_string(), limits.requests_per_user),
    ];
    asked.extend(tenant.map(|t| ("tenant", t.to_string(), limits.requests_per_tenant)));
    let signed_in = async {
        let still = app.auth.still_signed_in(caller).await;
        still.map_err(Problem::from)
    };
    tokio::try_join!(signed_in, count(app, PERIOD, asked))?;
    Ok(())
}

/// Who was refused, until when nothing else can be said: whoever asks in between is refused here.
/// A flood that is refused costs the others who ask the limiter nothing.
pub(crate) struct Refused(moka::sync::Cache<String, Timestamp>);

impl Refused {
    pub(crate) fn new() -> Refused {
        Refused(moka::sync::Cache::new(REFUSED))
    }

    fn note(&self, key: &str, until: Timestamp) {
        self.0.insert(key.to_owned(), until);
    }

    /// For how long that key is refused yet.
    fn for_how_long(&self, key: &str, now: Timestamp) -> Option<Duration> {
        let left = self.0.get(key)?.micros() - now.micros();
        let left = u64::try_from(left).ok().filter(|left| *left > 0);
        if left.is_none() {
            self.0.invalidate(key);
        }
        left.map(Duration::from_micros)
    }
}

/// Of what, whose, and how many in the period, all of them at once if need be; 0: as many as there are.
type Asked = (&'static str, String, u32);

async fn count(app: &App, period: Duration, mut asked: Vec<Asked>) -> Result<(), Problem> {
    asked.retain(|(_, _, most)| *most > 0);
    let keyed = |(what, who, most): &Asked| {
        let rate = Rate {
            count: *most,
            period,
            burst: *most,
        };
        Claim {
            key: format!("{what}/{who}"),
            rate,
            times: 1,
        }
    };
    let keyed: Vec<Claim> = asked.iter().map(keyed).collect();
    let now = app.services.now();
    for ((what, _, _), claim) in asked.iter().zip(&keyed) {
        if let Some(retry_after) = app.refused.for_how_long(&claim.key, now) {
            app.metrics.limited(what);
            return Err(too_many(what, claim.rate, retry_after));
        }
    }
    let verdicts = match app.services.limits.check_all(&keyed, now).await {
        Ok(verdicts) => verdicts,
        Err(error) => {
            // Limits that are away must not keep everybody out.
            tracing::warn!(%error, "a request was not counted against its rate limits");
            return Ok(());
        }
    };
    let refused = asked.iter().zip(&keyed).zip(verdicts);
    for (((what, who, _), claim), verdict) in refused {
        if !verdict.allowed() {
            app.refused
                .note(&claim.key, later(now, verdict.retry_after));
            app.metrics.limited(what);
            note(app, what, who).await;
            return Err(too_many(what, claim.rate, verdict.retry_after));
        }
    }
    Ok(())
}

/// Records a refusal once a minute: whoever floods us does not write with every request.
async fn note(app: &App, what: &str, who: &str) {
    let key = format!("limited/{what}/{who}");
    let first = app
        .services
        .cache
        .put_if_absent(&key, Bytes::new(), PERIOD)
        .await;
    if first.unwrap_or(false) {
        rate_limited(&app.services, what, who).await;
    }
}

fn too_many(what: &str, rate: Rate, retry_after: Duration) -> Problem {
    let started = u64::from(retry_after.subsec_nanos() > 0);
    let seconds = (retry_after.as_secs() + started).max(1);
    let (most, period) = (rate.count, rate.period.as_secs());
    Problem {
        retry_after: Some(Duration::from_secs(seconds)),
        headers: vec![
            ("ratelimit", format!("\"{what}\";r=0;t={seconds}")),
            (
                "ratelimit-policy",
                format!("\"{what}\";q={most};w={period}"),
            ),
        ],
        ..Problem::new(ProblemKind::RateLimited, Message::RateLimited { seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_refused_is_refused_until_the_moment_that_was_said() {
        let refused = Refused::new();
        let at = |micros| Timestamp::from_micros(micros);
        refused.note("user/ana", at(100));
        let left = |key, now| refused.for_how_long(key, at(now));
        assert_eq!(left("user/bo", 50), None);
        assert_eq!(left("user/ana", 40), Some(Duration::from_micros(60)));
        assert_eq!(left("user/ana", 99), Some(Duration::from_micros(1)));
        assert_eq!(left("user/ana", 100), None);
        // It may be asked for anew, and is not remembered.
        assert_eq!(left("user/ana", 99), None);
    }
}
