//! The keys that sign access tokens: kept in the store, published before they sign, accepted
//! until the last token they signed has expired.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use raally_domain::time::Timestamp;
use serde::Serialize;

use super::tokens::ACCESS_LIFE;
use crate::error::Error;
use crate::ports::SigningKey;
use crate::services::{Services, later};

/// A process signs with a key it knows for at most that long after another has taken over, and
/// knows a new one no later.
const REREAD_AFTER: Duration = Duration::from_secs(60);
/// A token with an unknown key makes the keys be read again, but no more often than this.
const REREAD_AT_MOST: Duration = Duration::from_millis(500);
/// How long a key is published before it signs.
pub const PUBLISHED_BEFORE: Duration = Duration::from_secs(600);

/// A key as it is published (RFC 7517, RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// `OKP`: an octet key pair.
    pub kty: &'static str,
    /// `Ed25519`.
    pub crv: &'static str,
    /// `EdDSA`.
    pub alg: &'static str,
    /// `sig`: it signs.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// The key's id, which tokens name.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}

pub(super) struct Key {
    /// The key's id, which tokens name.
    pub kid: String,
    pub encoding: EncodingKey,
    pub decoding: DecodingKey,
    public: Vec<u8>,
    signs_from: Timestamp,
    retires_at: Option<Timestamp>,
}

impl Key {
    fn accepted(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|at| now < at)
    }
}

#[derive(Default)]
struct KeySet {
    keys: HashMap<String, Arc<Key>>,
}

/// When a new key takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// Once every process and every gateway has had time to learn of it.
    Announced,
    /// Now. Processes that have not heard of it look it up when they meet it.
    AtOnce,
}

/// The keys that sign access tokens: made, rotated and published.
pub struct Keys {
    services: Services,
    set: ArcSwap<KeySet>,
    read_at: AtomicI64,
    /// How many looks at the store have begun.
    looks: AtomicU64,
    reading: tokio::sync::Mutex<()>,
}

impl Keys {
    /// Keys as the store has them.
    pub fn new(services: Services) -> Keys {
        Keys {
            services,
            set: ArcSwap::default(),
            read_at: AtomicI64::new(i64::MIN / 2),
            looks: AtomicU64::new(0),
            reading: tokio::sync::Mutex::new(()),
        }
    }

    /// Makes a first key where there is none, and drops those long retired.
    pub async fn ensure(&self) -> Result<(), Error> {
        let now = self.services.now();
        let keys = self.services.identity.keys().await?;
        for key in &keys {
            if key.retires_at.is_some_and(|at| at < now) {
                self.services.identity.drop_key(&key.kid).await?;
            }
        }
        let signs = |k: &SigningKey| k.signs_from <= now && k.retires_at.is_none_or(|at| now < at);
        if !keys.iter().any(signs) {
            let key = generate(&self.services, now)?;
            self.services.identity.put_key(key).await?;
        }
        self.reread().await
    }

    /// Makes a new key and retires the others when the last token they can have signed has
    /// expired. Returns the new key's `kid`.
    pub async fn rotate(&self, takeover: Takeover) -> Result<String, Error> {
        let now = self.services.now();
        let signs_from = match takeover {
            Takeover::Announced => later(now, PUBLISHED_BEFORE),
            Takeover::AtOnce => now,
        };
        let new = generate(&self.services, signs_from)?;
        let kid = new.kid.clone();
        let last_signature = later(signs_from, REREAD_AFTER);
        let retires_at = later(last_signature, ACCESS_LIFE + Duration::from_secs(1));
        let old = self.services.identity.keys().await?;
        // First the new one: at no moment is there none.
        self.services.identity.put_key(new).await?;
        for mut key in old {
            if key.retires_at.is_none_or(|at| retires_at < at) {
                key.retires_at = Some(retires_at);
                self.services.identity.put_key(key).await?;
            }
        }
        self.reread().await?;
        Ok(kid)
    }

    /// The keys to publish: all that are, or will be, accepted.
    pub async fn published(&self) -> Result<Vec<PublicKey>, Error> {
        self.refresh().await?;
        let now = self.services.now();
        let set = self.set.load();
        let mut keys: Vec<PublicKey> = set
            .keys
            .values()
            .filter(|k| k.accepted(now))
            .map(|k| PublicKey {
                kty: "OKP",
                crv: "Ed25519",
                alg: "EdDSA",
                usage: "sig",
                kid: k.kid.clone(),
                x: URL_SAFE_NO_PAD.encode(&k.public),
            })
            .collect();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        Ok(keys)
    }

    /// The key that signs now: the one that began last.
    pub(super) async fn signing(&self) -> Result<Arc<Key>, Error> {
        self.refresh().await?;
        let now = self.services.now();
        let set = self.set.load();
        let signing = set
            .keys
            .values()
            .filter(|k| k.signs_from <= now && k.accepted(now))
            .max_by_key(|k| (k.signs_from, k.retires_at.is_none(), k.kid.clone()));
        signing.cloned().ok_or_else(|| Error::Internal {
            detail: "there is no key to sign access tokens with".to_owned(),
            source: None,
        })
    }

    /// The key of that name if its tokens are accepted; looks in the store for one not known.
    pub(super) async fn accepted(&self, kid: &str) -> Result<Option<Arc<Key>>, Error> {
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        let asked = self.looks.load(Ordering::Acquire);
        let _one_at_a_time = self.reading.lock().await;
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        // One look answers all who asked before it began.
        if self.looks.load(Ordering::Acquire) > asked {
            return Ok(None);
        }
        // Made-up names must not make the store busy, and a key that was made a moment ago must
        // be found: so whoever comes too early waits.
        let age = self.age();
        if age < REREAD_AT_MOST {
            tokio::time::sleep(REREAD_AT_MOST - age).await;
        }
        self.reread().await?;
        Ok(self.known(kid))
    }

    /// The key if it is known here and not retired.
    pub(super) fn known(&self, kid: &str) -> Option<Arc<Key>> {
        let key = Arc::clone(self.set.load().keys.get(kid)?);
        key.accepted(self.services.now()).then_some(key)
    }

    fn age(&self) -> Duration {
        let age = self.services.now().micros() - self.read_at.load(Ordering::Relaxed);
        Duration::from_micros(u64::try_from(age).unwrap_or(0))
    }

    async fn refresh(&self) -> Result<(), Error> {
        if self.age() < REREAD_AFTER {
            return Ok(());
        }
        let _one_at_a_time = self.reading.lock().await;
        if self.age() < REREAD_AFTER {
            return Ok(());
        }
        self.reread().await
    }

    async fn reread(&self) -> Result<(), Error> {
        self.looks.fetch_add(1, Ordering::AcqRel);
        let began = self.services.now().micros();
        let mut set = KeySet::default();
        for key in self.services.identity.keys().await? {
            let entry = Key {
                encoding: EncodingKey::from_ed_der(&key.private_key),
                decoding: DecodingKey::from_ed_der(&key.public_key),
                kid: key.kid,
                public: key.public_key,
                signs_from: key.signs_from,
                retires_at: key.retires_at,
            };
            set.keys.insert(entry.kid.clone(), Arc::new(entry));
        }
        self.set.store(Arc::new(set));
        self.read_at.store(began, Ordering::Relaxed);
        Ok(())
    }
}

/// What stands before the 32 bytes of a private Ed25519 key in PKCS#8 (RFC 8410).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

fn generate(services: &Services, signs_from: Timestamp) -> Result<SigningKey, Error> {
    let failed = |e| Error::internal("a signing key could not be made", e);
    let mut private_key = PKCS8.to_vec();
    private_key.extend(services.random::<32>());
    let encoding = EncodingKey::from_ed_der(&private_key);
    let jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(failed)?;
    let AlgorithmParameters::OctetKeyPair(pair) = jwk.algorithm else {
        return Err(Error::Internal {
            detail: "a signing key is not of the kind asked for".to_owned(),
            source: None,
        });
    };
    let public_key = URL_SAFE_NO_PAD
        .decode(pair.x)
        .map_err(|e| Error::internal("a signing key could not be read", e))?;
    Ok(SigningKey {
        kid: URL_SAFE_NO_PAD.encode(services.random::<12>()),
        private_key,
        public_key,
        created_at: services.now(),
        signs_from,
        retires_at: None,
    })
}
