//! Tokens that are mailed to an address, and show that whoever holds one reads its mail. Nothing is
//! kept of them: what a token claims stands in it, with a digest that only we can make.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use raally_domain::event::{Hash, chain_hash};
use raally_domain::ids::UserId;
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Message;
use crate::error::Error;
use crate::ports::User;
use crate::services::{Services, later};

/// The secret that digests are made with.
const SECRET: &str = "proofs";

/// What whoever holds a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// The account's address is theirs.
    Verify,
    /// They may set a new password.
    Reset,
    /// The account gets this address instead of its own.
    Change,
}

impl Purpose {
    /// How long a token of it can be used.
    fn life(self) -> Duration {
        match self {
            Purpose::Verify => Duration::from_secs(7 * 24 * 3600),
            Purpose::Reset => Duration::from_secs(3600),
            Purpose::Change => Duration::from_secs(24 * 3600),
        }
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) purpose: Purpose,
    pub(crate) user: UserId,
    /// The address that the token was mailed to.
    pub(crate) address: String,
    until: Timestamp,
}

/// The digest of a claim about a user as they are. It holds no longer once the address has
/// changed, nor, where the claim is to more than the address, the password.
fn digest(secret: &[u8; 32], claim: &str, purpose: Purpose, user: &User) -> Hash {
    let password = match purpose {
        Purpose::Verify => None,
        Purpose::Reset | Purpose::Change => user.password_hash.as_deref(),
    };
    let stands = serde_json::json!([claim, user.email, password]).to_string();
    // Of a fixed length, so that nothing can be appended to it unseen.
    chain_hash(secret, &URL_SAFE_NO_PAD.encode(Sha256::digest(stands)))
}

/// A token that is to be mailed to `address`.
pub(crate) async fn issue(
    services: &Services,
    purpose: Purpose,
    user: &User,
    address: &str,
) -> Result<String, Error> {
    let claim = Claim {
        purpose,
        user: user.id,
        address: address.to_owned(),
        until: later(services.now(), purpose.life()),
    };
    let claim = serde_json::to_string(&claim).expect("a claim is plain data");
    let secret = services.store.secret(SECRET, services.random()).await?;
    let digest = digest(&secret, &claim, purpose, user);
    Ok(URL_SAFE_NO_PAD.encode([&digest, claim.as_bytes()].concat()))
}

/// What a token of that purpose claims, and the user it is about.
/// [`Error::Conflict`] if it is not valid (any more), whatever the reason.
pub(crate) async fn check(
    services: &Services,
    purposes: &[Purpose],
    token: &str,
) -> Result<(Claim, User), Error> {
    let Some((given, text, claim)) = read(token) else {
        return Err(invalid());
    };
    let user = services.identity.user(claim.user).await?;
    let secret = services.store.secret(SECRET, services.random()).await?;
    let user = user.ok_or_else(invalid)?;
    let ours = digest(&secret, &text, claim.purpose, &user);
    // Digests of digests take the same time to compare wherever they differ.
    let genuine = Sha256::digest(ours) == Sha256::digest(given);
    if !genuine || !purposes.contains(&claim.purpose) || services.now() >= claim.until {
        return Err(invalid());
    }
    Ok((claim, user))
}

fn read(token: &str) -> Option<(Hash, String, Claim)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (digest, text) = bytes.split_first_chunk::<32>()?;
    let text = String::from_utf8(text.to_vec()).ok()?;
    let claim = serde_json::from_str(&text).ok()?;
    Some((*digest, text, claim))
}

pub(crate) fn invalid() -> Error {
    Error::Conflict(Message::ProofInvalid)
}
