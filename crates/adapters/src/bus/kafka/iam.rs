//! Signing in to Amazon MSK by IAM: a token is a request to connect, signed by AWS's Signature
//! Version 4 in its query, which the brokers have AWS check.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use parking_lot::Mutex;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use raally_app::ports::Clock;
use rdkafka::client::OAuthToken;
use reqsign_aws_core::{
    AssumeRoleWithWebIdentityCredentialProvider, Credential, DefaultCredentialProvider,
};
use reqsign_core::hash::{hex_hmac_sha256, hex_sha256, hmac_sha256};
use reqsign_core::time::Timestamp as AwsTimestamp;
use reqsign_core::{Context, FileRead, HttpSend, OsEnv, ProvideCredential};

/// How long a token is good for; no longer is allowed.
const LIFE: Duration = Duration::from_secs(900);
/// Credentials that end sooner are asked for again.
const ENDING: Duration = Duration::from_secs(1_200);
/// How long whoever gives credentials may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// All but these is written as %XX.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Makes tokens with the credentials that AWS's own tools would find: in the environment, a
/// profile, by a web identity (IAM roles for service accounts), from a container's endpoint (EKS
/// Pod Identity, ECS) or the machine's.
#[derive(Clone)]
pub struct Iam {
    region: Arc<str>,
    clock: Arc<dyn Clock>,
    life: Duration,
    kept: Arc<Mutex<Option<Credential>>>,
}

impl Iam {
    #[must_use]
    pub fn new(region: &str, clock: Arc<dyn Clock>) -> Iam {
        Iam {
            region: region.into(),
            clock,
            life: LIFE,
            kept: Arc::default(),
        }
    }

    /// Tokens that live shorter, so that it can be seen how they are renewed.
    #[must_use]
    pub fn with_life(self, life: Duration) -> Iam {
        Iam { life, ..self }
    }

    /// A token of now. Blocks while credentials are asked for, about once an hour.
    pub(super) fn token(&self) -> Result<OAuthToken, Box<dyn Error>> {
        // As it stands in the token: whole seconds.
        let seconds = self.clock.now().micros().div_euclid(1_000_000);
        let now = AwsTimestamp::from_second(seconds)?;
        let credential = self.credential(now)?;
        let life = i64::try_from(self.life.as_millis())?;
        Ok(OAuthToken {
            token: token(&self.region, &credential, now, self.life),
            principal_name: credential.access_key_id,
            lifetime_ms: seconds * 1_000 + life,
        })
    }

    fn credential(&self, now: AwsTimestamp) -> Result<Credential, Box<dyn Error>> {
        // One asks, the others have its answer.
        let mut kept = self.kept.lock();
        let lasts = |c: &Credential| c.expires_in.is_none_or(|end| end > now + ENDING);
        if let Some(credential) = kept.as_ref().filter(|c| lasts(c)) {
            return Ok(credential.clone());
        }
        let region = self.region.to_string();
        // librdkafka asks on a thread of the runtime's, too, where nothing may be waited for.
        let asking = std::thread::spawn(move || ask(region));
        let asked = asking.join().map_err(|_| "asking for credentials failed")?;
        let credential = asked?;
        *kept = Some(credential.clone());
        Ok(credential)
    }
}

fn ask(region: String) -> Result<Credential, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let http = Http(client()?);
    runtime.block_on(find(region, http, OsEnv))
}

async fn find(
    region: String,
    http: impl HttpSend,
    env: impl reqsign_core::Env,
) -> Result<Credential, String> {
    let context = Context::new()
        .with_file_read(Files)
        .with_http_send(http)
        .with_env(env);
    let identity = AssumeRoleWithWebIdentityCredentialProvider::new()
        .with_role_session_name("raally".to_owned())
        .with_region(region)
        .with_regional_sts_endpoint();
    let chain = DefaultCredentialProvider::builder().web_identity(identity);
    let found = chain.build().provide_credential(&context).await;
    found
        .map_err(|e| format!("AWS's credentials cannot be had: {e}"))?
        .ok_or_else(|| "there are no AWS credentials".to_owned())
}

fn token(region: &str, credential: &Credential, now: AwsTimestamp, life: Duration) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(signed(region, credential, now, life))
}

/// The address of the request with its signature. Who asks is told after it, and not signed.
fn signed(region: &str, credential: &Credential, now: AwsTimestamp, life: Duration) -> String {
    let host = format!("kafka.{region}.amazonaws.com");
    let (date, stamp) = (now.format_date(), now.format_iso8601());
    let scope = format!("{date}/{region}/kafka-cluster/aws4_request");
    let who = format!("{}/{scope}", credential.access_key_id);
    let (life, session) = (life.as_secs().to_string(), &credential.session_token);
    // In the order in which they are signed.
    let mut query = vec![
        ("Action", "kafka-cluster:Connect"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", &who),
        ("X-Amz-Date", &stamp),
        ("X-Amz-Expires", &life),
    ];
    query.extend(
        session
            .as_ref()
            .map(|t| ("X-Amz-Security-Token", t.as_str())),
    );
    query.push(("X-Amz-SignedHeaders", "host"));
    let pair =
        |(name, value): (&str, &str)| format!("{name}={}", utf8_percent_encode(value, PLAIN));
    let query = query.into_iter().map(pair).collect::<Vec<_>>().join("&");
    let nothing = hex_sha256(b"");
    let request = format!("GET\n/\n{query}\nhost:{host}\n\nhost\n{nothing}");
    let digest = hex_sha256(request.as_bytes());
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}");
    let first = format!("AWS4{}", credential.secret_access_key).into_bytes();
    let parts = [&*date, region, "kafka-cluster", "aws4_request"];
    let key = parts
        .iter()
        .fold(first, |key, part| hmac_sha256(&key, part.as_bytes()));
    let signature = hex_hmac_sha256(&key, text.as_bytes());
    format!("https://{host}/?{query}&X-Amz-Signature={signature}&User-Agent=raally")
}

fn client() -> Result<reqwest::Client, String> {
    let roots = rustls_native_certs::load_native_certs();
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add_parsable_certificates(roots.certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .timeout(TIMEOUT)
        .connect_timeout(TIMEOUT / 2)
        .build()
        .map_err(|e| e.to_string())
}

#[derive(Debug)]
struct Http(reqwest::Client);

impl HttpSend for Http {
    async fn http_send(
        &self,
        request: http::Request<Bytes>,
    ) -> reqsign_core::Result<http::Response<Bytes>> {
        let failed = |e: reqwest::Error| {
            // An address may hold what must not be told.
            reqsign_core::Error::unexpected(e.without_url().to_string())
        };
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let answer = self.0.execute(request).await.map_err(failed)?;
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = answer.bytes().await.map_err(failed)?;
        Ok(response)
    }
}

#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> reqsign_core::Result<Vec<u8>> {
        let read = tokio::fs::read(path).await;
        read.map_err(|e| reqsign_core::Error::unexpected(format!("{path}: {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What botocore's `SigV4QueryAuth` makes of the same request, credentials and moment.
    #[test]
    fn a_token_is_the_request_that_botocore_signs() {
        let credential = Credential {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: Some("to/ken+with==signs".to_owned()),
            expires_in: None,
        };
        let now = AwsTimestamp::from_second(1_440_938_160).unwrap();
        let url = signed("eu-central-1", &credential, now, LIFE);
        let signature = "1628b83038a3929d05f4ebe086ca76c8c9391c52c6ecc56a233fc86414d00a49";
        assert!(
            url.ends_with(&format!("&X-Amz-Signature={signature}&User-Agent=raally")),
            "{url}"
        );
        assert!(url.starts_with(
            "https://kafka.eu-central-1.amazonaws.com/?Action=kafka-cluster%3AConnect&"
        ));
        let token = token("eu-central-1", &credential, now, LIFE);
        assert_eq!(
            BASE64_URL_SAFE_NO_PAD.decode(token).unwrap(),
            url.as_bytes()
        );
    }
}
