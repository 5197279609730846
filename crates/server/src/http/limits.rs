//! How often somebody may try to sign in, sign up or refresh.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use raally_app::accounts::rate_limited;
use sha2::{Digest, Sha256};

use super::App;
use super::problem::{Kind, Problem};

const WINDOW: Duration = Duration::from_secs(60);

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct From(pub String);

impl FromRequestParts<App> for From {
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
        Ok(From(address.map_or_else(String::new, network)))
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
pub(crate) async fn by_address(app: &App, from: &From) -> Result<(), Problem> {
    let most = app.config.limits.auth_per_address;
    count(app, "address", &from.0, most).await
}

/// Counts an attempt on an account, whether it exists or not.
pub(crate) async fn by_account(app: &App, email: &str) -> Result<(), Problem> {
    let most = app.config.limits.sign_in_per_account;
    let email = email.trim().to_lowercase();
    // Hashed, so that a shared cache holds no addresses of people.
    count(app, "account", &hex::encode(Sha256::digest(email)), most).await
}

async fn count(app: &App, what: &str, who: &str, most: u64) -> Result<(), Problem> {
    let seconds = app.world.now().micros().div_euclid(1_000_000);
    let window = i64::try_from(WINDOW.as_secs()).unwrap_or(60);
    let (slot, left) = (
        seconds.div_euclid(window),
        window - seconds.rem_euclid(window),
    );
    let key = format!("limit/{what}/{who}/{slot}");
    match app.cache.increment(&key, 1, WINDOW).await {
        Ok(count) if count > most => {
            // Once a window: whoever floods us does not write with every request.
            if count == most + 1 {
                rate_limited(&app.world, what, who).await;
            }
            Err(too_many(what, most, left))
        }
        Ok(_) => Ok(()),
        Err(error) => {
            // A cache that is away must not keep everybody out.
            tracing::warn!(%error, "attempts are not counted");
            Ok(())
        }
    }
}

fn too_many(what: &str, most: u64, left: i64) -> Problem {
    Problem {
        retry_after: Some(Duration::from_secs(left.unsigned_abs())),
        headers: vec![
            ("ratelimit", format!("\"{what}\";r=0;t={left}")),
            (
                "ratelimit-policy",
                format!("\"{what}\";q={most};w={}", WINDOW.as_secs()),
            ),
        ],
        ..Problem::new(
            Kind::RateLimited,
            format!("Too many attempts; try again in {left} s."),
        )
    }
}
