//! Requests that write beside the log, once under their idempotency key. Those that write to the
//! log have theirs kept with it, by the sequencer.

use std::time::Duration;

use raally_domain::ids::TenantId;
use uuid::Uuid;

use crate::error::Error;
use crate::ports::IdempotentResponse;
use crate::services::{Services, earlier, later};
use crate::tenants::{Idempotency, RenderedResponse};

/// A request has its key for that long; one that takes longer may be done again.
const LEASE: Duration = Duration::from_secs(60);
/// How long a request waits for the answer to the same one.
const TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Acts, or gives the answer again that was given under the key in the last 24 hours; says which.
/// `act` is given the id of whatever it makes: the same one where whoever acted before died over
/// it. What is refused leaves no answer.
///
/// # Errors
/// Those of `act`; [`Error::IdempotencyMismatch`] where the key is another request's;
/// [`Error::Unavailable`] where the same request is under way for long.
pub async fn once<E, Acting>(
    services: &Services,
    tenant: TenantId,
    key: Option<Idempotency>,
    act: impl FnOnce(Uuid) -> Acting,
) -> Result<(RenderedResponse, bool), E>
where
    E: From<Error>,
    Acting: Future<Output = Result<RenderedResponse, E>>,
{
    let Some(key) = key else {
        return Ok((act(services.uuid()).await?, false));
    };
    let deadline = later(services.now(), TIMEOUT);
    loop {
        if let Some(rendered) = lookup(services, tenant, &key).await? {
            return Ok((rendered, true));
        }
        if let Some(claim) = claim(services, tenant, &key).await? {
            return execute(services, tenant, claim, act)
                .await
                .map(|r| (r, false));
        }
        if services.now() >= deadline {
            return Err(Error::unavailable("the same request is under way: try again").into());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// The answer that was given under the key, if there is one.
async fn lookup(
    services: &Services,
    tenant: TenantId,
    key: &Idempotency,
) -> Result<Option<RenderedResponse>, Error> {
    let now = services.now();
    let stored = services
        .store
        .idempotent_response(tenant, key.user, &key.key, now)
        .await?;
    match stored {
        Some(stored) if stored.request_hash != key.request_hash => Err(Error::IdempotencyMismatch),
        Some(stored) if stored.status != IdempotentResponse::CLAIM => Ok(Some(RenderedResponse {
            status: stored.status,
            body: stored.body.into(),
        })),
        _ => Ok(None),
    }
}

/// The claim to a key, if it is ours now.
async fn claim(
    services: &Services,
    tenant: TenantId,
    key: &Idempotency,
) -> Result<Option<IdempotentResponse>, Error> {
    let now = services.now();
    let claim = IdempotentResponse {
        user: key.user,
        key: key.key.clone(),
        request_hash: key.request_hash,
        status: IdempotentResponse::CLAIM,
        body: services.uuid().as_bytes().to_vec(),
        at: now,
    };
    let store = &services.store;
    Ok(store
        .claim_idempotency_key(tenant, claim, earlier(now, LEASE))
        .await?)
}

async fn execute<E, Acting>(
    services: &Services,
    tenant: TenantId,
    claim: IdempotentResponse,
    act: impl FnOnce(Uuid) -> Acting,
) -> Result<RenderedResponse, E>
where
    E: From<Error>,
    Acting: Future<Output = Result<RenderedResponse, E>>,
{
    let id = Uuid::from_slice(&claim.body)
        .map_err(|error| Error::internal("a claim has no id", error))?;
    let acted = act(id).await;
    let answer = acted.as_ref().ok().map(|rendered| IdempotentResponse {
        status: rendered.status,
        body: rendered.body.to_vec(),
        ..claim.clone()
    });
    let settled = services
        .store
        .settle_idempotency_key(tenant, claim, answer)
        .await;
    let rendered = acted?;
    settled.map_err(Error::from)?;
    Ok(rendered)
}
