//! Client authentication: the tokens that clients give to the brokers.

use std::error::Error;
use std::ffi::CString;

use raally_app::ports::BusError;
use rdkafka::ClientContext;
use rdkafka::client::{Client, OAuthToken};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;

use super::settings::{KafkaSecurity, KafkaSettings};
use super::unavailable;

/// A client that gives tokens where they are asked for. A reader with it is told where partitions
/// end, which is no error.
#[derive(Clone)]
pub(crate) struct AuthContext(pub(super) KafkaSecurity);

impl ClientContext for AuthContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka reports an error");
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.0.token()
    }
}

impl ConsumerContext for AuthContext {}

impl KafkaSecurity {
    pub(super) fn token(&self) -> Result<OAuthToken, Box<dyn Error>> {
        match self {
            KafkaSecurity::Iam { iam, .. } => iam.token(),
            _ => Err("tokens are for IAM".into()),
        }
    }
}

/// A consumer that reads partitions which it names itself.
pub(super) fn reader(
    settings: &KafkaSettings,
    group: &str,
) -> Result<BaseConsumer<AuthContext>, BusError> {
    let reader: BaseConsumer<AuthContext> = settings
        .reader(group)?
        .create_with_context(AuthContext(settings.security.clone()))
        .map_err(unavailable)?;
    sign_in(&settings.security, reader.client())?;
    Ok(reader)
}

/// Gives a client its first token at once: librdkafka asks for it through a queue, which is looked
/// into late by readers and never by administrators.
pub(super) fn sign_in<C: ClientContext>(
    security: &KafkaSecurity,
    client: &Client<C>,
) -> Result<(), BusError> {
    let KafkaSecurity::Iam { iam, .. } = security else {
        return Ok(());
    };
    let made = iam.token().map_err(unavailable)?;
    let token = CString::new(made.token).map_err(unavailable)?;
    let name = CString::new(made.principal_name).map_err(unavailable)?;
    let mut said: [std::ffi::c_char; 512] = [0; 512];
    #[expect(unsafe_code, reason = "the binding has no safe way to set a token")]
    // SAFETY: the client lives as long as the borrow; the texts end with zero and are copied; no
    // extension is given; `said` is as long as is told.
    let code = unsafe {
        rdkafka::bindings::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            token.as_ptr(),
            made.lifetime_ms,
            name.as_ptr(),
            std::ptr::null_mut(),
            0,
            said.as_mut_ptr(),
            said.len(),
        )
    };
    if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    Err(BusError::Unavailable(format!(
        "the token is refused: {code:?}"
    )))
}
