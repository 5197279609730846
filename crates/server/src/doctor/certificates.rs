//! Certificates in files: whether they can be used, and for how long yet.

use std::path::Path;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_cert::Certificate as Parsed;
use x509_cert::der::Decode;

use super::{Finding, Findings};
use crate::config::Config;
use crate::http::tls::Certificate;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Whoever renews certificates should have done so by then.
const SOON: Duration = Duration::from_secs(14 * 24 * 3_600);

/// `now` is counted from 1970, as their ends are.
pub(super) fn look(config: &Config, now: Duration) -> Vec<Finding> {
    let mut found = Findings::of("certificates");
    match Certificate::of(&config.tls) {
        Ok(None) => {}
        Ok(Some(_)) => {
            if let Some(file) = &config.tls.certificate_file {
                lasts(&mut found, now, "tls.certificate_file", file);
            }
        }
        Err(why) => found.wrong_until(why, "put the certificate and its own key there"),
    }
    for (setting, file) in [
        ("postgres.ca_file", &config.postgres.ca_file),
        ("kafka.ca_file", &config.kafka.ca_file),
        ("redis.ca_file", &config.redis.ca_file),
    ] {
        if let Some(file) = file {
            lasts(&mut found, now, setting, file);
        }
    }
    if found.made.is_empty() {
        found.well("none is named: nothing is served by TLS here, and the system's authorities are trusted");
    }
    found.made
}

/// How long the first of a file's certificates to end lasts.
fn lasts(found: &mut Findings, now: Duration, setting: &str, file: &Path) {
    let ends = match ends(file) {
        Ok(ends) => ends,
        Err(why) => {
            let said = format!("{setting}: {} {why}", file.display());
            return found.wrong_until(said, "put a PEM file there");
        }
    };
    let left = ends.saturating_sub(now);
    let days = left.as_secs() / DAY.as_secs();
    let said = |what: &str| format!("{setting}: {} {what}", file.display());
    match left {
        Duration::ZERO => found.wrong_until(
            said("has a certificate whose time is over"),
            "renew it; it is read again without a restart",
        ),
        left if left < SOON => found.notice(
            said(&format!("has a certificate that ends in {days} days")),
            "see that whoever renews it still does",
        ),
        _ => found.well(said(&format!("lasts for {days} days yet"))),
    }
}

/// When the first of them ends, counted from 1970.
fn ends(file: &Path) -> Result<Duration, String> {
    let unusable = |e: &dyn std::fmt::Display| format!("holds no usable certificate: {e}");
    let certificates = CertificateDer::pem_file_iter(file).map_err(|e| unusable(&e))?;
    let mut first = None;
    for certificate in certificates {
        let certificate = certificate.map_err(|e| unusable(&e))?;
        let parsed = Parsed::from_der(&certificate).map_err(|e| unusable(&e))?;
        let ends = parsed.tbs_certificate.validity.not_after.to_unix_duration();
        first = Some(first.map_or(ends, |first: Duration| first.min(ends)));
    }
    first.ok_or_else(|| unusable(&"it is empty"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    /// Good from 2019-01-01 to 2020-01-01.
    const OF_2019: &str = "\
-----BEGIN CERTIFICATE-----
MIIBJDCBygIBATAKBggqhkjOPQQDAjAeMRwwGgYDVQQDDBNleHBpcmVkLmV4YW1w
bGUuY29tMB4XDTE5MDEwMTAwMDAwMFoXDTIwMDEwMTAwMDAwMFowHjEcMBoGA1UE
AwwTZXhwaXJlZC5leGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
BLIv65vFFw2sDHA87stFG6xn+LH50PP/cyoKqgIy+J9pHM+f7iOSJM2n1RTzvYaO
idrtZ2NR8CBIhu1lLdVrZqkwCgYIKoZIzj0EAwIDSQAwRgIhAMrg1A8ApeCCdo3L
ViFANkn0waW2e7FzWwv+rpDKifOWAiEA6F+WqRzXkFrBUSJMflsgkOv/lPyRx9Dk
MsLxEkgp9qI=
-----END CERTIFICATE-----
";
    /// 2020-01-01, counted from 1970.
    const ENDS: Duration = Duration::from_secs(1_577_836_800);

    #[test]
    fn a_certificate_is_told_of_before_it_ends_and_wrong_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let config = Config {
            redis: serde_json::from_value(serde_json::json!({ "ca_file": file })).unwrap(),
            ..Config::default()
        };
        let verdict = |now| {
            let found = look(&config, now);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].said.starts_with("redis.ca_file: "), "{found:?}");
            found[0].verdict
        };
        assert_eq!(verdict(ENDS), Verdict::Wrong, "there is no such file");
        std::fs::write(&file, "nothing").unwrap();
        assert_eq!(verdict(ENDS), Verdict::Wrong, "it holds none");
        std::fs::write(&file, OF_2019).unwrap();
        assert_eq!(verdict(ENDS - 20 * DAY), Verdict::Well);
        assert_eq!(verdict(ENDS - 2 * DAY), Verdict::Notice);
        assert_eq!(verdict(ENDS), Verdict::Wrong);
    }
}
