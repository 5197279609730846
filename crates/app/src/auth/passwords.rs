//! Passwords: Argon2id, and bcrypt for those who come from the first Raally.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use uuid::Uuid;

use crate::Message;
use crate::cpu::CpuPool;
use crate::error::Error;
use crate::services::Services;

/// The fewest characters of a new password.
pub const MIN_CHARS: usize = 8;
/// The most characters of a password.
pub const MAX_CHARS: usize = 256;

/// Hashes and verifies, no more at a time than there are cores: each takes 19 MiB and a core.
pub(crate) struct Passwords {
    pool: CpuPool,
    /// A hash that no password has, for accounts that do not exist.
    nobody: String,
}

/// How a password compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    No,
    Yes,
    /// Yes, but the hash is of an older kind and should be replaced.
    Outdated,
}

/// OWASP's first choice: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Refuses a new password that is too short, too long or the e-mail address.
pub(crate) fn check_new(pointer: &str, password: &str, email: &str) -> Result<(), Error> {
    let chars = password.chars().count();
    let message = if chars < MIN_CHARS {
        Message::TooShort { least: MIN_CHARS }
    } else if chars > MAX_CHARS {
        Message::TooLong { most: MAX_CHARS }
    } else if password.eq_ignore_ascii_case(email) {
        Message::PasswordIsEmail
    } else {
        return Ok(());
    };
    Err(Error::field(pointer, message))
}

impl Passwords {
    /// `at_once`: how many may be hashed at the same time.
    pub(crate) fn new(services: &Services, at_once: usize) -> Passwords {
        let nobody = hash_now(&services.random::<32>(), &services.random());
        Passwords {
            pool: CpuPool::new(
                at_once,
                at_once,
                "many people are signing in right now: try again",
            ),
            nobody: nobody.expect("hashing fresh bytes works"),
        }
    }

    /// The hash of a password, as a PHC string.
    pub(crate) async fn hash(&self, services: &Services, password: &str) -> Result<String, Error> {
        let password = password.to_owned();
        let salt = services.random::<16>();
        self.in_turn(move || hash_now(password.as_bytes(), &salt))
            .await?
            .map_err(|e| Error::internal("the password could not be hashed", Failure(e)))
    }

    /// Compares a password; without a hash to compare with it takes as long and says no.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Match, Error> {
        // Nobody has such a password, and hashing megabytes would be a favour to an attacker.
        if password.chars().count() > MAX_CHARS {
            return Ok(Match::No);
        }
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let password = password.to_owned();
        let found = self.in_turn(move || compare(&password, &hash)).await?;
        Ok(if known { found } else { Match::No })
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        // Of nobody's workspace: whoever signs in is not known yet.
        self.pool.run(Uuid::nil(), work).await
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(argon2::password_hash::Error);

fn hash_now(password: &[u8], salt: &[u8; 16]) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = argon2().hash_password_with_salt(password, salt)?;
    Ok(hash.to_string())
}

fn compare(password: &str, hash: &str) -> Match {
    if hash.starts_with("$2") {
        return match bcrypt::verify(password, hash) {
            Ok(true) => Match::Outdated,
            Ok(false) | Err(_) => Match::No,
        };
    }
    let Ok(parsed) = PasswordHash::new(hash) else {
        return Match::No;
    };
    match argon2().verify_password(password.as_bytes(), &parsed) {
        Ok(()) if parsed.params == expected_params() => Match::Yes,
        Ok(()) => Match::Outdated,
        Err(_) => Match::No,
    }
}

fn expected_params() -> argon2::password_hash::phc::ParamsString {
    argon2()
        .params()
        .try_into()
        .expect("the parameters can be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_with_the_parameters_meant_and_tells_right_from_wrong() {
        let hash = hash_now(b"correct horse", &[7; 16]).unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_eq!(compare("correct horse", &hash), Match::Yes);
        assert_eq!(compare("correct hors", &hash), Match::No);
        assert_eq!(compare("anything", "not a hash"), Match::No);
    }

    #[test]
    fn a_hash_of_the_first_raally_or_of_other_parameters_is_to_be_replaced() {
        let bcrypt = bcrypt::hash("Test@123", 4).unwrap();
        assert_eq!(compare("Test@123", &bcrypt), Match::Outdated);
        assert_eq!(compare("Test@124", &bcrypt), Match::No);
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let weak: PasswordHash = weak.hash_password_with_salt(b"old", &[1; 16]).unwrap();
        assert_eq!(compare("old", &weak.to_string()), Match::Outdated);
    }

    #[test]
    fn a_new_password_is_long_enough_and_not_the_address() {
        assert!(check_new("/password", "Test@123", "a@b.example").is_ok());
        assert!(check_new("/password", "Test@12", "a@b.example").is_err());
        assert!(check_new("/password", &"x".repeat(257), "a@b.example").is_err());
        assert!(check_new("/password", "Ana@B.example", "ana@b.example").is_err());
    }
}
