//! Responses: JSON with its head and ETag, and the cache of finished bytes.

use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use raally_app::error::Error;
use raally_app::memory::{Cache, Kept, Memory};
use raally_domain::date::Date;
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use raally_domain::redact::visibility_class;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::access::InTenant;
use super::metrics::ResponseSource;
use super::problem::Problem;

pub(crate) const HEAD: HeaderName = HeaderName::from_static("raally-head");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8; header=present");

/// What an answer depends on: the tenant at a head, who sees it, and what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    head: Head,
    visibility_class: String,
    asked: String,
}

struct Finished {
    plain: Bytes,
    /// Made when it is first asked for.
    gzip: OnceLock<Bytes>,
    head: HeaderValue,
    etag: HeaderValue,
}

/// Finished answers. What they depend on is their key, so none is ever wrong; the least useful
/// go when memory is short.
pub(crate) struct ResponseCache {
    kept: Arc<Cache<Key, Arc<Finished>>>,
}

/// They may take that part of the budget of memory.
const PART: u64 = 12;

/// How long an answer is kept that nobody asks for.
const KEPT_FOR: Duration = Duration::from_secs(600);

impl ResponseCache {
    pub(crate) fn new(memory: &Memory) -> ResponseCache {
        let weigh = |key: &Key, answer: &Arc<Finished>| {
            // About a third more for the compressed form.
            let bytes = answer.plain.len() + answer.plain.len() / 3 + key.asked.len() + 256;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let entries = moka::future::Cache::builder()
            .weigher(weigh)
            .max_capacity(memory.budget() / PART)
            // Those of before an erasure are asked for no more, and must not stay.
            .time_to_idle(KEPT_FOR)
            .build();
        let kept = Arc::new(Cache::new(Kept::Answers, entries));
        let keeper = Arc::downgrade(&kept);
        memory.register(keeper);
        ResponseCache { kept }
    }
}

/// Answers with what `work` makes of the plan, from memory if it was asked before. `work` runs
/// aside in the workspace's turn, since it may take a while in a large tenant; equal questions wait
/// for one answer.
pub(crate) fn kept<T: Serialize>(
    t: &InTenant,
    plan: &Arc<Plan>,
    asked: &axum::http::Uri,
    headers: &HeaderMap,
    work: impl FnOnce(&Plan) -> Result<T, Error> + Send + 'static,
) -> impl Future<Output = Result<Response, Problem>> + Send {
    let work: Work = Box::new(move |plan| {
        let json = serde_json::to_vec(&work(plan)?);
        json.map_err(|e| Error::internal("an answer could not be written", e))
    });
    kept_json(t, plan, asked, headers, work)
}

/// What makes an answer's JSON. Boxed, so that what keeps answers is compiled once and not once for
/// each of them.
type Work = Box<dyn FnOnce(&Plan) -> Result<Vec<u8>, Error> + Send>;

async fn kept_json(
    t: &InTenant,
    plan: &Arc<Plan>,
    asked: &axum::http::Uri,
    headers: &HeaderMap,
    work: Work,
) -> Result<Response, Problem> {
    let visibility_class = visibility_class(&t.access);
    let etag = etag(t, plan.head(), &visibility_class);
    if matches(headers, &etag) {
        t.app.metrics.answered(ResponseSource::Caller);
        return Ok(unchanged(plan.head(), etag));
    }
    let key = Key {
        tenant: plan.tenant(),
        head: plan.head(),
        visibility_class,
        asked: asked
            .path_and_query()
            .map_or_else(String::new, |p| p.to_string()),
    };
    let (from, finished) = if let Some(finished) = t.app.response_cache.kept.entries.get(&key).await
    {
        (ResponseSource::Memory, finished)
    } else if let Some(finished) = shared(t, &key, &etag).await {
        (ResponseSource::Shared, finished)
    } else {
        (
            ResponseSource::Plan,
            finish(t, key, plan, etag, takes_gzip(headers), work).await?,
        )
    };
    t.app.metrics.answered(from);
    finished.respond(t, headers).await
}

/// How long other processes find an answer.
const SHARED_FOR: Duration = Duration::from_secs(300);
/// A shared cache that takes longer to say whether it has an answer is no quicker than making it.
const SHARED_WITHIN: Duration = Duration::from_millis(5);
/// Larger ones are quicker made than sent.
const SHARED_BYTES: usize = 512 * 1024;

impl Key {
    /// Under this name it is shared; another build may answer differently.
    fn shared(&self, build: &str) -> String {
        let what = Sha256::new()
            .chain_update(build)
            .chain_update(self.visibility_class.as_bytes())
            .chain_update([0])
            .chain_update(self.asked.as_bytes())
            .finalize();
        let what = hex::encode(&what[..16]);
        format!("answer/{}/{}/{what}", self.tenant, self.head)
    }
}

/// An answer that another process has made.
async fn shared(t: &InTenant, key: &Key, etag: &HeaderValue) -> Option<Arc<Finished>> {
    if !t.app.config.shares_answers() {
        return None;
    }
    let name = key.shared(&t.app.build);
    let asked = tokio::time::timeout(SHARED_WITHIN, t.app.services.cache.get(&name));
    let plain = asked.await.ok()?.ok().flatten()?;
    let finished = Arc::new(Finished {
        plain,
        gzip: OnceLock::new(),
        head: head_value(key.head),
        etag: etag.clone(),
    });
    let kept = &t.app.response_cache.kept.entries;
    kept.insert(key.clone(), finished.clone()).await;
    Some(finished)
}

/// Lets other processes have it, without anybody waiting for that.
fn share(t: &InTenant, key: &Key, finished: &Finished) {
    if !t.app.config.shares_answers() || finished.plain.len() > SHARED_BYTES {
        return;
    }
    let (app, name, plain) = (
        t.app.clone(),
        key.shared(&t.app.build),
        finished.plain.clone(),
    );
    tokio::spawn(async move {
        if let Err(error) = app.services.cache.put(&name, plain, SHARED_FOR).await {
            tracing::debug!(%error, "a response could not be put into the shared cache");
        }
    });
}

async fn finish(
    t: &InTenant,
    key: Key,
    plan: &Arc<Plan>,
    etag: HeaderValue,
    gzip: bool,
    work: Work,
) -> Result<Arc<Finished>, Problem> {
    let (plan, name) = (Arc::clone(plan), key.clone());
    let making = move || {
        let finished = Finished {
            plain: work(&plan)?.into(),
            gzip: OnceLock::new(),
            head: head_value(plan.head()),
            etag,
        };
        if gzip && finished.is_compressed() {
            finished.gzip();
        }
        Ok::<_, Error>(Arc::new(finished))
    };
    let whose = name.tenant.0;
    let aside = async { t.app.services.cpu.run(whose, making).await? };
    let made = t
        .app
        .response_cache
        .kept
        .entries
        .try_get_with(key, aside)
        .await;
    let finished = made.map_err(|error: Arc<Error>| Problem::from((*error).clone()))?;
    share(t, &name, &finished);
    Ok(finished)
}

/// Larger answers are compressed aside.
const COMPRESSED_AT_ONCE: usize = 32 << 10;

impl Finished {
    /// Whether it is sent compressed to who takes that.
    fn is_compressed(&self) -> bool {
        self.plain.len() > 1024
    }

    fn gzip(&self) -> &Bytes {
        self.gzip.get_or_init(|| compress(&self.plain))
    }

    async fn respond(
        self: Arc<Self>,
        t: &InTenant,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        let gzip = takes_gzip(headers) && self.is_compressed();
        let bytes = if !gzip {
            self.plain.clone()
        } else if self.gzip.get().is_some() || self.plain.len() <= COMPRESSED_AT_ONCE {
            self.gzip().clone()
        } else {
            let whose = t.plan.tenant().0;
            let finished = Arc::clone(&self);
            let compressing = move || finished.gzip().clone();
            t.app.services.cpu.run(whose, compressing).await?
        };
        let mut response = Response::new(Body::from(bytes));
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, JSON);
        if gzip {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        out.insert(HEAD, self.head.clone());
        out.insert(header::ETAG, self.etag.clone());
        out.insert(header::CACHE_CONTROL, PRIVATE);
        Ok(response)
    }
}

fn compress(plain: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(5));
    match encoder.write_all(plain).and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes.into(),
        // Writing to memory does not fail.
        Err(_) => Bytes::new(),
    }
}

pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|part| {
            let mut words = part.split(';').map(str::trim);
            let coding = words.next().unwrap_or("");
            let refused = words.any(|w| matches!(w, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            coding.eq_ignore_ascii_case("gzip") && !refused
        })
}

/// A list as of a day: its ETag is where the log stands, who sees it, the day, and the API's build.
pub(crate) async fn collection<T: Serialize + Send + 'static>(
    t: &InTenant,
    plan: &Plan,
    headers: &HeaderMap,
    on: Date,
    list: ListWork<T>,
) -> Result<Response, Problem> {
    let seen = format!("{}-{on}", visibility_class(&t.access));
    let etag = etag(t, plan.head(), &seen);
    if matches(headers, &etag) {
        return Ok(in_a_form(unchanged(plan.head(), etag)));
    }
    let mut response = in_a_form(at(plan.head(), &list.done(t).await?));
    response.headers_mut().insert(header::ETAG, etag);
    Ok(response)
}

/// Making a list, which is done aside unless it is a short one.
pub(crate) struct ListWork<T> {
    /// How many records are looked through.
    records: usize,
    make: Box<dyn FnOnce() -> T + Send>,
}

/// A list of so many records is made in no time.
const SHORT_LIST: usize = 1_000;

impl<T: Send + 'static> ListWork<T> {
    pub(crate) fn new(records: usize, make: impl FnOnce() -> T + Send + 'static) -> ListWork<T> {
        ListWork {
            records,
            make: Box::new(make),
        }
    }

    async fn done(self, t: &InTenant) -> Result<T, Problem> {
        if self.records <= SHORT_LIST {
            return Ok((self.make)());
        }
        let whose = t.plan.tenant().0;
        Ok(t.app.services.cpu.run(whose, self.make).await?)
    }
}

/// A list as CSV, to be kept in a file of that name: its ETag is another than the list's as JSON.
pub(crate) async fn table(
    t: &InTenant,
    plan: &Plan,
    headers: &HeaderMap,
    on: Date,
    name: &str,
    list: ListWork<Body>,
) -> Result<Response, Problem> {
    let seen = format!("{}-{on}-csv", visibility_class(&t.access));
    let etag = etag(t, plan.head(), &seen);
    if matches(headers, &etag) {
        return Ok(in_a_form(unchanged(plan.head(), etag)));
    }
    let mut response = table_at(plan.head(), name, list.done(t).await?);
    response.headers_mut().insert(header::ETAG, etag);
    Ok(response)
}

/// CSV about a tenant at a head.
pub(crate) fn table_at(head: Head, name: &str, body: Body) -> Response {
    let mut response = in_a_form(Response::new(body));
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, CSV);
    let disposition = text_value(&format!("attachment; filename=\"{name}.csv\""));
    out.insert(header::CONTENT_DISPOSITION, disposition);
    out.insert(HEAD, head_value(head));
    out.insert(header::CACHE_CONTROL, PRIVATE);
    response
}

/// An answer that would be of another form to another `Accept`.
pub(crate) fn in_a_form(mut response: Response) -> Response {
    let accept = HeaderValue::from_static("accept");
    response.headers_mut().insert(header::VARY, accept);
    response
}

/// One resource: its ETag is its version.
pub(crate) fn resource<T: Serialize>(plan: &Plan, version: u64, value: &T) -> Response {
    let mut response = at(plan.head(), value);
    response
        .headers_mut()
        .insert(header::ETAG, version_etag(version));
    response
}

/// An answer about a tenant at a head.
pub(crate) fn at<T: Serialize>(head: Head, value: &T) -> Response {
    let mut response = axum::Json(value).into_response();
    let out = response.headers_mut();
    out.insert(HEAD, head_value(head));
    out.insert(header::CACHE_CONTROL, PRIVATE);
    response
}

pub(crate) fn head_value(head: Head) -> HeaderValue {
    text_value(&head.to_string())
}

pub(crate) fn version_etag(version: u64) -> HeaderValue {
    text_value(&format!("\"{version}\""))
}

fn text_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Weak, since the same answer may come compressed.
fn etag(t: &InTenant, head: Head, visibility_class: &str) -> HeaderValue {
    text_value(&format!("W/\"{head}-{visibility_class}-{}\"", t.app.build))
}

fn matches(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(etag) = etag.to_str() else {
        return false;
    };
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|tag| opaque(tag) == opaque(etag))
}

fn unchanged(head: Head, etag: HeaderValue) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    let out = response.headers_mut();
    out.insert(HEAD, head_value(head));
    out.insert(header::ETAG, etag);
    out.insert(header::CACHE_CONTROL, PRIVATE);
    response
}
