//! Signatures of Standard Webhooks.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use raally_domain::time::Timestamp;

use crate::ports::{WebhookEndpoint, WebhookSecret};

/// The secret as its owner gets to see it: `whsec_` and base64.
#[must_use]
pub fn secret_text(secret: &WebhookSecret) -> String {
    format!("whsec_{}", STANDARD.encode(&secret.0))
}

/// The signature `v1,…` (HMAC-SHA256, base64) of what is sent under that id at that time, in
/// seconds since 1970.
#[must_use]
pub fn sign(secret: &WebhookSecret, id: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
    let signed = format!("{id}.{timestamp}.{body}");
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

/// The headers of a delivery at that moment, signed with every secret that holds.
pub(crate) fn headers(
    endpoint: &WebhookEndpoint,
    id: &str,
    now: Timestamp,
    body: &str,
) -> Vec<(&'static str, String)> {
    let timestamp = now.micros().div_euclid(1_000_000);
    let old = endpoint.old_secret.iter();
    let holding = old.filter(|(_, until)| *until > now).map(|(s, _)| s);
    let signatures: Vec<String> = std::iter::once(&endpoint.secret)
        .chain(holding)
        .map(|secret| sign(secret, id, timestamp, body))
        .collect();
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the libraries of Standard Webhooks.
    #[test]
    fn a_signature_is_the_standards() {
        let text = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let secret = WebhookSecret(STANDARD.decode(text).unwrap());
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "{\"test\": 2432232314}");
        let signature = sign(&secret, id, 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(secret_text(&secret), format!("whsec_{text}"));
    }
}
