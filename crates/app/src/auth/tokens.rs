//! Access tokens: JWT signed with EdDSA, five minutes, user and session only.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, Header, Validation};
use raally_domain::ids::{SessionId, UserId};
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::keys::Keys;
use crate::Message;
use crate::error::Error;
use crate::services::Services;

/// How long an access token is valid.
pub const ACCESS_LIFE: Duration = Duration::from_secs(300);
const ISSUER: &str = "raally";

/// Who a valid access token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who calls.
    pub user: UserId,
    /// The session that the token is of.
    pub session: SessionId,
    /// When the token expires; what it opened (a live stream) ends then.
    pub until: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// Makes access tokens and reads them.
pub struct Tokens {
    services: Services,
    keys: Arc<Keys>,
    /// Verifying a signature costs about 50 µs, so a token is verified once: its hash to the
    /// key that signed it and what it says.
    verified: moka::sync::Cache<[u8; 32], (Arc<str>, Caller)>,
    validation: Validation,
}

impl Tokens {
    /// Tokens that those keys sign.
    #[must_use]
    pub fn new(services: Services, keys: Arc<Keys>) -> Tokens {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "sub", "iss"]);
        // Compared with our own clock below.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Tokens {
            services,
            keys,
            verified: moka::sync::Cache::builder()
                .max_capacity(50_000)
                .time_to_live(ACCESS_LIFE)
                .build(),
            validation,
        }
    }

    /// A token for a session, valid from now for [`ACCESS_LIFE`].
    pub async fn issue(&self, user: UserId, session: SessionId) -> Result<String, Error> {
        let key = self.keys.signing().await?;
        let iat = self.services.now().micros().div_euclid(1_000_000);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user,
            sid: session,
            iat,
            exp: iat + ACCESS_LIFE.as_secs().cast_signed(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, &claims, &key.encoding)
            .map_err(|e| Error::internal("an access token could not be signed", e))
    }

    /// Who the token speaks for. Errors alike whatever is wrong with it.
    pub async fn verify(&self, token: &str) -> Result<Caller, Error> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let caller = match self.verified.get(&hash) {
            Some((kid, caller)) if self.keys.known(&kid).is_some() => caller,
            _ => {
                let (kid, caller) = self.verify_signature(token).await?;
                self.verified.insert(hash, (kid, caller));
                caller
            }
        };
        if self.services.now() < caller.until {
            Ok(caller)
        } else {
            Err(refused())
        }
    }

    async fn verify_signature(&self, token: &str) -> Result<(Arc<str>, Caller), Error> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
        let kid = header.kid.filter(|k| k.len() <= 64).ok_or_else(refused)?;
        let key = self.keys.accepted(&kid).await?.ok_or_else(refused)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation)
            .map_err(|_| refused())?
            .claims;
        let caller = Caller {
            user: claims.sub,
            session: claims.sid,
            until: Timestamp::from_micros(claims.exp.saturating_mul(1_000_000)),
        };
        Ok((kid.into(), caller))
    }
}

fn refused() -> Error {
    Error::Unauthenticated(Message::TokenInvalid)
}
